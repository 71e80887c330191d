// Package trinotest has the tests of a package share a Trino, which takes longer to start than they do.
package trinotest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
	"time"

	"datalake/local/trino"
)

// Run runs the tests of a package in a directory beside trino, with times in UTC and a collector as main has them. It makes
// *server before, which starts with the first query, and gives the code to exit with.
func Run(m *testing.M, server **trino.Server) int {
	time.Local = time.UTC
	debug.SetGCPercent(400)
	directory, err := os.MkdirTemp("", "trino-")
	if err == nil {
		*server, err = trino.New(trino.Config{Home: filepath.Join("..", "trino", "target"), Directory: directory})
	}
	code := 1
	if err == nil {
		code = m.Run()
		err = errors.Join((*server).Close(), os.RemoveAll(directory))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
