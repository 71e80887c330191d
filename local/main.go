// Command local runs a stack's pipelines on this machine: no AWS account, real engines, virtual time.
//
//	go run . run --stack dev --pipeline usage
//	go run . run --stack dev --faults faults.json
//	go run . execute --stack dev --machine crawl-dataset --responses answers.json
//	go run . schedule --stack dev
//	go run . trino --stack dev
//	go run . serve --stack dev
//	go run . verify --stack dev
//	go run . query --stack dev 'SELECT count(*) FROM usage_dev.daily_user_summaries'
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/engine"
	"datalake/local/trino"
	"datalake/stack"
)

// The commands are run in local/: the project is above it, and what npm installed beside.
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

// openTrino makes the server that runs a command's queries, and says how to close it. Tests share one.
var openTrino = func(directory string) (*trino.Server, func() error, error) {
	server, err := trino.New(trino.Config{Home: filepath.Join("trino", "target"), Directory: directory})
	return server, server.Close, err
}

// options are how a stack's engine is opened, and how what they hold is closed.
func options(stack string) (engine.Options, func() error, error) {
	directory := filepath.Join(outDirectory, stack)
	interpreter, err := filepath.Abs(python) // jobs are run in a directory of their own
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

// refusal is an error of the caller's, for which nothing was touched: the exit code is 2.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

func main() {
	debug.SetGCPercent(400) // the heap is small; collecting it at the usual pace costs a third of the time
	time.Local = time.UTC   // Trino's driver reads timestamps in it, and other zones lack an hour a year
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run carries out a command and returns its exit code: 0, 1 for a run that did not succeed, 2 for bad usage.
func run(arguments []string, stdout, stderr io.Writer) int {
	commands := map[string]func([]string, io.Writer, io.Writer) (int, error){"run": runPipelines, "execute": execute, "schedule": showSchedule, "query": query, "trino": serveTrino, "serve": serveAWS, "verify": verifyStack}
	if len(arguments) == 0 || commands[arguments[0]] == nil {
		fmt.Fprintln(stderr, "usage: run [--stack NAME] [--pipeline NAME] [--keep] [--data DIR] [--faults FILE] [--now INSTANT]\n"+
			"       execute (--definition FILE | --stack NAME --machine NAME) [--input FILE] [--responses FILE] [--faults FILE] [--now INSTANT]\n"+
			"       schedule [--stack NAME] [--now INSTANT]\n"+
			"       query [--stack NAME] [--database NAME] [--format table|csv|json] [--file FILE | 'SELECT …']\n"+
			"       trino [--stack NAME] [--cli]\n"+
			"       serve [--stack NAME] [--port NUMBER]\n"+
			"       verify [--stack NAME] [--endpoint URL] [--copy]")
		return 2
	}
	code, err := commands[arguments[0]](arguments[1:], stdout, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "local:", err)
		if refused := (refusal{}); errors.As(err, &refused) {
			return 2
		}
		return 1
	}
	return code
}

// parse reads flags strictly.
func parse(flags *flag.FlagSet, arguments []string, stderr io.Writer) error {
	flags.SetOutput(stderr)
	if err := flags.Parse(arguments); err != nil {
		return refusal{err}
	}
	if flags.NArg() > 0 && flags.Name() != "query" {
		return refusal{fmt.Errorf("%q is not an option", flags.Arg(0))}
	}
	return nil
}

// instant is a flag's value for --now.
func instant(into *time.Time) func(string) error {
	return func(text string) (err error) {
		if *into, err = time.Parse(time.RFC3339, text); err != nil {
			return fmt.Errorf("give an instant such as 2026-01-05T00:00:00Z: %w", err)
		}
		return nil
	}
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
