package main

import (
	"fmt"
	"io"
	"time"

	"datalake/local/engine"

	"github.com/spf13/cobra"
)

// newSchedule is the command that shows the next five runs of everything that a schedule starts, in UTC and in the stack's local
// time.
func newSchedule(in *invocation) *cobra.Command {
	var stack string
	now := instant{time.Now()}
	cmd := &cobra.Command{
		Use:   "schedule",
		Short: "Show the next five runs of what is scheduled, in UTC and local time",
		Example: `  local schedule --stack prod
  local schedule --now 2026-03-29T00:00:00Z --json`,
		Args: noWords,
	}
	cmd.RunE = in.does(func(cmd *cobra.Command, _ []string) (int, error) {
		evaluation, err := evaluate(stack, nil)
		if err != nil {
			return 0, err
		}
		scheduled, err := engine.Schedules(evaluation, now.Time, 5)
		if err != nil {
			return 0, err
		}
		if in.json {
			return 0, writeResult(cmd.OutOrStdout(), scheduleResult(scheduled))
		}
		writeSchedules(cmd.OutOrStdout(), scheduled)
		return 0, nil
	})
	in.stackFlag(cmd, &stack, "dev")
	cmd.Flags().Var(&now, "now", "the `instant` to count from (default: the present)")
	return cmd
}

func writeSchedules(stdout io.Writer, scheduled []engine.Scheduled) {
	for _, s := range scheduled {
		fmt.Fprintf(stdout, "%s: %s\n", s.Name, s.Words)
		for _, at := range s.Next {
			fmt.Fprintf(stdout, "  %s   %s\n", at.UTC().Format("Mon 2006-01-02 15:04 MST"), at.In(s.Local).Format("Mon 2006-01-02 15:04 -07:00"))
		}
	}
}

// scheduledResult is a schedule as JSON.
type scheduledResult struct {
	Name         string      `json:"name"`
	StateMachine string      `json:"stateMachine"`
	Words        string      `json:"words"`
	Next         []time.Time `json:"next"` // in UTC
}

func scheduleResult(scheduled []engine.Scheduled) []scheduledResult {
	results := []scheduledResult{}
	for _, s := range scheduled {
		result := scheduledResult{s.Name, s.StateMachine, s.Words, []time.Time{}}
		for _, at := range s.Next {
			result.Next = append(result.Next, at.UTC())
		}
		results = append(results, result)
	}
	return results
}
