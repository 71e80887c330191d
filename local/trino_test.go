package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
	"time"

	"datalake/local/spark/sparktest"
	"datalake/local/trino"
)

// withTrino lets all the tests' runs share one Trino, which takes longer to start than they do.
func withTrino(run func() int) int {
	time.Local = time.UTC   // as main does
	debug.SetGCPercent(400) // too
	directory, err := os.MkdirTemp("", "trino-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	server, err := trino.New(trino.Config{Home: filepath.Join("trino", "target"), Directory: directory})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	openTrino = func(string) (*trino.Server, func() error, error) {
		return server, func() error { return nil }, nil
	}
	code := run()
	if err := errors.Join(server.Close(), os.RemoveAll(directory)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// withoutSpark lets a test's jobs run without Spark, which takes longer to start than they do.
func withoutSpark(t *testing.T) {
	t.Helper()
	jobPython = sparktest.Python(t, projectDirectory)
	t.Cleanup(func() { jobPython = python })
}
