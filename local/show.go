package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// newShow is the command that shows again what a run did.
func newShow(in *invocation) *cobra.Command {
	var stack string
	var file path
	cmd := &cobra.Command{
		Use:   "show [FILE]",
		Short: "Show what the last run did, from its report, and open its page",
		Long: `Show what the last run did, from its report, and open its page in a browser, where
there is a screen. The page is drawn anew, beside the report. FILE is another run's
report.json.`,
		Example: `  local show
  local show --json | jq '.executions[].status'
  local show kept/report.json`,
		Args: func(_ *cobra.Command, words []string) error {
			if len(words) > 1 {
				return refusal{fmt.Errorf("one report is shown at a time, not %d", len(words))}
			}
			return file.Set(strings.Join(words, ""))
		},
	}
	cmd.RunE = in.does(func(cmd *cobra.Command, _ []string) (int, error) {
		source := reportFile(stack)
		report, err := readReport(stack)
		if file.given != "" {
			source = file.absolute
			report, err = reportIn(source)
		}
		if err != nil {
			return 0, refusal{err}
		}
		if !in.json {
			if err := drawPage(source); err != nil {
				return 0, err
			}
		}
		err = in.show(report, source, cmd.OutOrStdout())
		if !in.json {
			err = errors.Join(err, openPage(pageFile(source), cmd.OutOrStdout()))
		}
		return report.exitCode(), err
	})
	in.stackFlag(cmd, &stack, "dev")
	return cmd
}

// show prints the report that a file holds, for a person or as JSON.
func (in *invocation) show(report runReport, file string, stdout io.Writer) error {
	if in.json {
		return writeResult(stdout, report)
	}
	report.summarize(stdout)
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return nil // it could not be saved, which is an error of its own
	}
	more := fmt.Sprintf("The whole report: %s\nAs a page: %s", named(file), named(pageFile(file)))
	if len(report.failed()) > 0 {
		more = fmt.Sprintf("Each state's input, output and error: make show STACK=%s\n%s", report.Stack, more)
	}
	_, err := fmt.Fprintf(stdout, "\n%s\n", more)
	return err
}

// named is a file as it is called outside of local/.
func named(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join("local", file)
}

func reportFile(stack string) string { return filepath.Join(outDirectory, stack, "report.json") }

// readReport is what the last run of a stack did.
func readReport(stack string) (runReport, error) {
	report, err := reportIn(reportFile(stack))
	if errors.Is(err, fs.ErrNotExist) {
		return report, fmt.Errorf("stack %s has not run here yet: run `make local STACK=%[1]s` first", stack)
	}
	return report, err
}

// reportIn is the report that a file holds.
func reportIn(file string) (report runReport, err error) {
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &report)
	}
	if err == nil && report.Report == nil {
		err = fmt.Errorf("%s holds none", file)
	}
	if err != nil {
		return report, fmt.Errorf("read the report of a run: %w", err)
	}
	return report, nil
}
