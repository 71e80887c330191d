package main

import (
	"flag"
	"fmt"
	"io"
	"time"

	"datalake/local/engine"
)

// showSchedule prints the next five runs of everything that a schedule starts, in UTC and in the stack's local time.
func showSchedule(arguments []string, stdout, stderr io.Writer) (int, error) {
	stack, now := "dev", time.Now()
	flags := flag.NewFlagSet("schedule", flag.ContinueOnError)
	flags.StringVar(&stack, "stack", stack, "`name` of the stack")
	flags.Func("now", "the `instant` to count from (default: the present)", instant(&now))
	if err := parse(flags, arguments, stderr); err != nil {
		return 0, err
	}
	evaluation, err := evaluate(stack, nil)
	if err != nil {
		return 0, err
	}
	scheduled, err := engine.Schedules(evaluation, now, 5)
	if err != nil {
		return 0, err
	}
	for _, s := range scheduled {
		fmt.Fprintf(stdout, "%s: %s\n", s.Name, s.Words)
		for _, at := range s.Next {
			fmt.Fprintf(stdout, "  %s   %s\n", at.UTC().Format("Mon 2006-01-02 15:04 MST"), at.In(s.Local).Format("Mon 2006-01-02 15:04 -07:00"))
		}
	}
	return 0, nil
}
