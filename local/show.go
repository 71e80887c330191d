package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// newShow is the command that shows again what the last run did.
func newShow(in *invocation) *cobra.Command {
	var stack string
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show what the last run did, from its report",
		Example: `  local show
  local show --json | jq '.executions[].status'`,
		Args: noWords,
	}
	cmd.RunE = in.does(func(cmd *cobra.Command, _ []string) (int, error) {
		report, err := readReport(stack)
		if err != nil {
			return 0, refusal{err}
		}
		return report.exitCode(), in.show(report, cmd.OutOrStdout())
	})
	in.stackFlag(cmd, &stack, "dev")
	return cmd
}

// show prints a report, for a person or as JSON.
func (in *invocation) show(report runReport, stdout io.Writer) error {
	if in.json {
		return writeResult(stdout, report)
	}
	report.summarize(stdout)
	if info, err := os.Stat(reportFile(report.Stack)); err != nil || !info.Mode().IsRegular() {
		return nil // it could not be saved, which is an error of its own
	}
	more := "The whole report: " + filepath.Join("local", reportFile(report.Stack))
	if len(report.failed()) > 0 {
		more = fmt.Sprintf("Each state's input, output and error: make show STACK=%s\n%s", report.Stack, more)
	}
	_, err := fmt.Fprintf(stdout, "\n%s\n", more)
	return err
}

func reportFile(stack string) string { return filepath.Join(outDirectory, stack, "report.json") }

// readReport is what the last run of a stack did.
func readReport(stack string) (report runReport, err error) {
	text, err := os.ReadFile(reportFile(stack))
	if errors.Is(err, fs.ErrNotExist) {
		return report, fmt.Errorf("stack %s has not run here yet: run `make local STACK=%[1]s` first", stack)
	}
	if err == nil {
		err = json.Unmarshal(text, &report)
	}
	if err != nil {
		return report, fmt.Errorf("read the report of the last run: %w", err)
	}
	return report, nil
}
