// Command local runs a stack's pipelines on this machine: no AWS account, real engines, virtual time.
//
//	go run . run --stack dev --pipeline usage
//	go run . help
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/engine"
	"datalake/local/trino"
	"datalake/stack"
)

// The commands work in local/: the project is above it, and what npm installed beside.
const (
	projectDirectory = ".."
	outDirectory     = "out"
)

var (
	jsonataFile = filepath.Join("node_modules", "jsonata", "jsonata.js")
	judgeFile   = filepath.Join("policy", "judge.mjs")
	etlFolder   = filepath.Join(projectDirectory, "etl")
	python      = filepath.Join(etlFolder, ".venv", "bin", "python")
)

// jobPython runs the jobs. Tests of what goes on around them have one that does without Spark.
var jobPython = python

// openTrino makes the server that runs a command's queries, and says how to close it. Tests share one.
var openTrino = func(directory string) (*trino.Server, func() error, error) {
	server, err := trino.New(trino.Config{Home: filepath.Join("trino", "target"), Directory: directory})
	return server, server.Close, err
}

// options are how a stack's engine is opened, and how what they hold is closed.
func options(stack string) (engine.Options, func() error, error) {
	directory := filepath.Join(outDirectory, stack)
	interpreter, err := filepath.Abs(jobPython) // jobs are run in a directory of their own
	if err != nil {
		return engine.Options{}, nil, fmt.Errorf("find the Python of the jobs: %w", err)
	}
	server, closeServer, err := openTrino(filepath.Join(directory, "trino"))
	if err != nil {
		return engine.Options{}, nil, fmt.Errorf("prepare Trino: %w", err)
	}
	return engine.Options{
		Directory: directory,
		Project:   projectDirectory,
		JSONata:   jsonataFile,
		Trino:     server,
		Python:    interpreter,
	}, closeServer, nil
}

func main() {
	debug.SetGCPercent(400) // the heap is small; collecting it at the usual pace costs a third of the time
	time.Local = time.UTC   // Trino's driver reads timestamps in it, and other zones lack an hour a year
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// evaluate runs the Pulumi program for a stack, with its configuration changed; nil changes nothing.
func evaluate(name string, change func(project string, config map[string]string) error) (*mockaws.Evaluation, error) {
	loaded, err := mockaws.LoadStack(projectDirectory, name)
	if err != nil {
		return nil, refusal{err}
	}
	if change != nil {
		if err := change(loaded.Project, loaded.Config); err != nil {
			return nil, refusal{err}
		}
	}
	evaluation, err := mockaws.Evaluate(stack.Deploy, loaded, false)
	if err != nil {
		return nil, refusal{fmt.Errorf("evaluate stack %q: %w", name, err)}
	}
	return evaluation, nil
}
