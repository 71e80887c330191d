package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"datalake/local/engine"
	"datalake/local/serve"
)

// serveAWS answers AWS's own clients on the lake that the last run of a stack left, until Ctrl-C.
func serveAWS(arguments []string, stdout, stderr io.Writer) (code int, err error) {
	var stack string
	var port uint
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.StringVar(&stack, "stack", "dev", "`name` of the stack")
	flags.UintVar(&port, "port", 0, "`number` of the port on 127.0.0.1; 0 for one that is free")
	if err := parse(flags, arguments, stderr); err != nil {
		return 0, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	e, closeLake, err := openLake(stack, false, "serve", arguments)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, e.Close(), closeLake()) }()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return 0, refusal{fmt.Errorf("listen for AWS's clients: %w: choose another --port, or 0", err)}
	}
	endpoint := "http://" + listener.Addr().String()
	fmt.Fprint(stdout, exports(e, endpoint))
	return 0, serve.New(e, endpoint, func(line string) { fmt.Fprintln(stderr, line) }).Serve(ctx, listener)
}

// exports are the settings with which a client finds the endpoint, for a shell to read.
func exports(e *engine.Engine, endpoint string) string {
	return fmt.Sprintf("export AWS_ENDPOINT_URL=%s\nexport AWS_REGION=%[2]s AWS_DEFAULT_REGION=%[2]s\n"+
		"export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_EC2_METADATA_DISABLED=true\n", endpoint, e.Region())
}
