package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"datalake/local/engine"
	"datalake/local/serve"

	"github.com/spf13/cobra"
)

type serveOptions struct {
	*invocation
	stack string
	port  uint
}

// newServe is the command that answers AWS's own clients on the lake that the last run of a stack left, until Ctrl-C.
func newServe(in *invocation) *cobra.Command {
	o := serveOptions{invocation: in}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer AWS's own clients on the lake that the last run left, until Ctrl-C",
		Example: `  local serve --port 4566
  eval "$(local serve | head -3)"    # in another shell: docs/clients.md`,
		Args: noWords,
	}
	cmd.RunE = in.does(func(cmd *cobra.Command, _ []string) (int, error) {
		return 0, o.serve(cmd.OutOrStdout(), cmd.ErrOrStderr())
	})
	in.stackFlag(cmd, &o.stack, "dev")
	cmd.Flags().UintVar(&o.port, "port", 0, "`number` of the port on 127.0.0.1; 0 for one that is free")
	return cmd
}

func (o serveOptions) serve(stdout, stderr io.Writer) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	e, closeLake, err := openLake(o.stack, false, o.arguments)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close(), closeLake()) }()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", o.port))
	if err != nil {
		return refusal{fmt.Errorf("listen for AWS's clients: %w: choose another --port, or 0", err)}
	}
	endpoint := "http://" + listener.Addr().String()
	if o.json {
		err = writeResult(stdout, map[string]any{"endpoint": endpoint, "region": e.Region()})
	} else {
		_, err = fmt.Fprint(stdout, exports(e, endpoint))
	}
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	return serve.New(e, endpoint, func(line string) {
		if !o.quiet {
			fmt.Fprintln(stderr, line)
		}
	}).Serve(ctx, listener)
}

// exports are the settings with which a client finds the endpoint, for a shell to read.
func exports(e *engine.Engine, endpoint string) string {
	return fmt.Sprintf("export AWS_ENDPOINT_URL=%s\nexport AWS_REGION=%[2]s AWS_DEFAULT_REGION=%[2]s\n"+
		"export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_EC2_METADATA_DISABLED=true\n", endpoint, e.Region())
}
