package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"datalake/local/engine"
)

// openLake opens what the last run of a stack left, and says how it is closed. Where it is quiet, events start nothing.
func openLake(stack string, quiet bool, command string, arguments []string) (e *engine.Engine, closeLake func() error, err error) {
	evaluation, err := evaluate(stack, nil)
	if err != nil {
		return nil, nil, err
	}
	options, closeTrino, err := options(stack)
	if err != nil {
		return nil, nil, err
	}
	if _, err := os.Stat(filepath.Join(options.Directory, "catalog.json")); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, refusal{fmt.Errorf("stack %s has no lake here yet: run `make local STACK=%s` first", stack, stack)}
	}
	release, err := claim(options.Directory, command, arguments)
	if err != nil {
		return nil, nil, err
	}
	options.Quiet = quiet
	if e, err = engine.Open(evaluation, options); err != nil {
		release()
		return nil, nil, err
	}
	return e, func() error {
		defer release()
		return closeTrino()
	}, nil
}

// serveTrino keeps Trino up on the lake that the last run left, for Trino's own command line and for other clients.
func serveTrino(arguments []string, stdout, stderr io.Writer) (code int, err error) {
	var stack string
	var commandLine bool
	flags := flag.NewFlagSet("trino", flag.ContinueOnError)
	flags.StringVar(&stack, "stack", "dev", "`name` of the stack")
	flags.BoolVar(&commandLine, "cli", false, "open Trino's command line, and end with it")
	if err := parse(flags, arguments, stderr); err != nil {
		return 0, err
	}
	// Ctrl-C ends the wait; in the command line it ends a query, and is not for us.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	e, closeLake, err := openLake(stack, true, "trino", arguments)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, closeLake()) }()
	address, err := e.Trino().Address()
	if err != nil {
		return 0, err
	}
	if commandLine {
		command := e.Trino().CommandLine(address)
		command.Stdin, command.Stdout, command.Stderr = os.Stdin, stdout, stderr
		return 0, command.Run()
	}
	fmt.Fprintf(stdout, "Trino serves stack %s until Ctrl-C. Whoever has the user's name may read the lake.\n\n  %s\n\n"+
		"  host %s  port %d  user %s  catalog %s  databases %s\n", stack, address.JDBC(), address.Host, address.Port, address.User, address.Catalog, e.Databases())
	<-ctx.Done()
	return 0, nil
}
