package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"datalake/local/trino"
)

// server runs the queries of all tests here.
var server *trino.Server

func TestMain(m *testing.M) {
	directory, err := os.MkdirTemp("", "trino-")
	if err == nil {
		server, err = trino.New(trino.Config{Home: filepath.Join("..", "trino", "target"), Directory: directory})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = server.Close()
	_ = os.RemoveAll(directory)
	os.Exit(code)
}
