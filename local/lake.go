package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"datalake/local/engine"

	"github.com/spf13/cobra"
)

// openLake opens what the last run of a stack left, and says how it is closed. Where it is quiet, events start nothing.
func openLake(stack string, quiet bool, arguments []string) (e *engine.Engine, closeLake func() error, err error) {
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
	release, err := claim(options.Directory, arguments)
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

type trinoOptions struct {
	*invocation
	stack       string
	commandLine bool
}

// newTrino is the command that keeps Trino up on the lake that the last run left, for Trino's own command line and for other
// clients.
func newTrino(in *invocation) *cobra.Command {
	o := trinoOptions{invocation: in}
	cmd := &cobra.Command{
		Use:   "trino",
		Short: "Keep Trino up on the lake that the last run left, for JDBC and other clients",
		Example: `  local trino
  local trino --cli      # Trino's own command line`,
		Args: noWords,
	}
	cmd.RunE = in.does(func(cmd *cobra.Command, _ []string) (int, error) {
		return 0, o.serve(cmd.OutOrStdout(), cmd.ErrOrStderr())
	})
	in.stackFlag(cmd, &o.stack, "dev")
	cmd.Flags().BoolVar(&o.commandLine, "cli", false, "open Trino's command line, and end with it")
	return cmd
}

func (o trinoOptions) serve(stdout, stderr io.Writer) (err error) {
	// Ctrl-C ends the wait; in the command line it ends a query, and is not for us.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	e, closeLake, err := openLake(o.stack, true, o.arguments)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLake()) }()
	address, err := e.Trino().Address()
	if err != nil {
		return err
	}
	if o.commandLine {
		command := e.Trino().CommandLine(address)
		command.Stdin, command.Stdout, command.Stderr = os.Stdin, stdout, stderr
		return command.Run()
	}
	if o.json {
		err = writeResult(stdout, map[string]any{
			"jdbc": address.JDBC(), "host": address.Host, "port": address.Port, "user": address.User, "catalog": address.Catalog, "databases": e.Databases(),
		})
	} else {
		_, err = fmt.Fprintf(stdout, "Trino serves stack %s until Ctrl-C. Whoever has the user's name may read the lake.\n\n  %s\n\n"+
			"  host %s  port %d  user %s  catalog %s  databases %s\n", o.stack, address.JDBC(), address.Host, address.Port, address.User, address.Catalog, e.Databases())
	}
	if err == nil {
		<-ctx.Done()
	}
	return err
}
