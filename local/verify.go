package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"datalake/local/objects"
	"datalake/local/verify"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/lipgloss/table"
	"github.com/spf13/cobra"
)

type verifyOptions struct {
	*invocation
	stack, endpoint string
	copy            bool
}

// newVerify is the command that compares a deployed stack with the last local run of it.
func newVerify(in *invocation) *cobra.Command {
	o := verifyOptions{invocation: in}
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Compare a deployed stack with its last local run",
		Example: `  local verify --stack dev
  local verify --endpoint http://127.0.0.1:4566    # what serve serves, in place of AWS`,
		Args: noWords,
	}
	cmd.RunE = in.does(func(cmd *cobra.Command, _ []string) (int, error) {
		return o.verify(cmd.OutOrStdout(), cmd.ErrOrStderr())
	})
	in.stackFlag(cmd, &o.stack, "dev")
	flags := cmd.Flags()
	flags.StringVar(&o.endpoint, "endpoint", "", "`URL` that serve printed, to verify what is served in place of AWS")
	flags.BoolVar(&o.copy, "copy", false, "copy to the deployed source bucket first what the local run had in its own, where it is missing")
	return cmd
}

func (o verifyOptions) verify(stdout, stderr io.Writer) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	compared, err := o.gather(ctx)
	if err != nil {
		return 0, refusal{err}
	}
	verifier, err := o.verifier(ctx, compared)
	if err != nil {
		return 0, err
	}
	verifier.Progress = o.says(stderr, stderr)
	checks, err := verifier.Verify(ctx, compared)
	switch {
	case o.json:
		err = errors.Join(err, writeResult(stdout, append([]verify.Check{}, checks...)))
	case len(checks) > 0:
		err = errors.Join(err, writeChecks(stdout, checks))
	}
	for _, check := range checks {
		if check.Verdict == verify.Differs {
			return 1, err
		}
	}
	return 0, err
}

// gather reads what is compared.
func (o verifyOptions) gather(ctx context.Context) (compared verify.Stack, err error) {
	compared.Name = o.stack
	if compared.Program, err = evaluate(o.stack, nil); err != nil {
		return compared, err
	}
	directory := filepath.Join(outDirectory, o.stack)
	report, err := readReport(o.stack)
	if err != nil {
		return compared, fmt.Errorf("find what to compare with: %w", err)
	}
	compared.Report = report.Report
	if o.copy {
		if compared.Objects, err = objects.Open(filepath.Join(directory, "store")); err != nil {
			return compared, err
		}
	}
	compared.Outputs = compared.Program.Exports
	if o.endpoint == "" {
		compared.Outputs, err = o.deployed(ctx)
	}
	return compared, err
}

// deployed are the outputs of the stack on AWS.
func (o verifyOptions) deployed(ctx context.Context) (outputs map[string]any, err error) {
	var complaint bytes.Buffer
	pulumi := exec.CommandContext(ctx, "pulumi", "stack", "output", "--json", "--non-interactive", "--stack", o.stack, "--cwd", projectDirectory)
	pulumi.Stderr = &complaint
	text, err := pulumi.Output()
	if err == nil {
		err = json.Unmarshal(text, &outputs)
	}
	if err != nil {
		return nil, fmt.Errorf("ask pulumi for the outputs of stack %s: %w: %s(log in to the state with pulumi login, or give --endpoint to verify what serve serves)", o.stack, err, &complaint)
	}
	return outputs, nil
}

// verifier asks AWS in the stack's own region, or the endpoint.
func (o verifyOptions) verifier(ctx context.Context, compared verify.Stack) (*verify.Verifier, error) {
	settings := []func(*config.LoadOptions) error{config.WithRegion(compared.Program.Region)}
	if o.endpoint != "" {
		settings = append(settings, config.WithBaseEndpoint(o.endpoint), config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("local", "local", "")))
	}
	loaded, err := config.LoadDefaultConfig(ctx, settings...)
	if err != nil {
		return nil, fmt.Errorf("find AWS's settings: %w", err)
	}
	verifier := verify.New(loaded)
	if o.endpoint != "" { // time is virtual there
		verifier.Poll, verifier.Patience = 50*time.Millisecond, 10*time.Second
	}
	return verifier, nil
}

// writeChecks prints what was found, and what to do.
func writeChecks(to io.Writer, checks []verify.Check) error {
	found := table.New().Headers("what", "deployed", "").StyleFunc(func(int, int) lipgloss.Style {
		return lipgloss.NewStyle().Padding(0, 1)
	})
	counts := map[verify.Verdict]int{}
	var next strings.Builder
	for _, check := range checks {
		verdict := string(check.Verdict)
		if check.Verdict == verify.Differs && check.Here != "" {
			verdict += ": here " + check.Here
		}
		found.Row(check.What, check.Deployed, verdict)
		if counts[check.Verdict]++; check.Next != "" {
			fmt.Fprintf(&next, "  %s: %s\n", check.What, check.Next)
		}
	}
	_, err := fmt.Fprintf(to, "%s\n%d checks: %d the same, %d differ, %d sent, %d not checked\n", found,
		len(checks), counts[verify.Same], counts[verify.Differs], counts[verify.Sent], counts[verify.NotChecked])
	if err == nil && next.Len() > 0 {
		_, err = fmt.Fprintf(to, "\nWhat to do:\n%s", &next)
	}
	return err
}
