package main

import (
	"testing"
	"time"

	"datalake/local/engine"
	"datalake/local/interpreter"
	"datalake/local/jsonata"
	"datalake/local/virtual"

	"github.com/stretchr/testify/require"
)

// overheard answers like another caller and remembers what the job was told.
type overheard struct {
	interpreter.Caller
	told map[string]any
}

func (o *overheard) Call(task interpreter.Task) interpreter.Answer {
	if task.Resource == startJob {
		o.told = task.Arguments.(map[string]any)["Arguments"].(map[string]any)
	}
	return o.Caller.Call(task)
}

// The window is whole local days: the week and the two days of lateness before the local midnight that has passed last.
func TestTheWindowOfARun(t *testing.T) {
	home(t)
	for name, test := range map[string]struct {
		offset, now, input string
		start, end         string
	}{
		"the schedule, to the minute": {"+07:00", "2026-01-10T17:00:09Z", `{"time": "2026-01-10T17:00:00Z"}`, "2026-01-02T00:00:00+07:00", "2026-01-11T00:00:00+07:00"},
		"a schedule that came late":   {"+07:00", "2026-01-11T19:00:00Z", `{"time": "2026-01-10T17:00:00Z"}`, "2026-01-02T00:00:00+07:00", "2026-01-11T00:00:00+07:00"},
		"started by hand":             {"+07:00", "2026-01-10T16:59:59Z", `{}`, "2026-01-01T00:00:00+07:00", "2026-01-10T00:00:00+07:00"},
		"west of Greenwich":           {"-05:00", "2026-01-11T04:59:59Z", `{}`, "2026-01-01T00:00:00-05:00", "2026-01-10T00:00:00-05:00"},
		"west, at midnight":           {"-05:00", "2026-01-11T05:00:00Z", `{}`, "2026-01-02T00:00:00-05:00", "2026-01-11T00:00:00-05:00"},
		"a quarter hour east":         {"+05:45", "2026-03-01T18:15:00Z", `{}`, "2026-02-21T00:00:00+05:45", "2026-03-02T00:00:00+05:45"},
		"a backfill":                  {"+07:00", "2026-01-10T17:00:00Z", `{"from": "2025-12-01", "to": "2025-12-31"}`, "2025-12-01T00:00:00+07:00", "2025-12-31T00:00:00+07:00"},
	} {
		t.Run(name, func(t *testing.T) {
			evaluation, err := evaluate("dev", map[string]string{"datalake:utcOffset": test.offset})
			require.NoError(t, err)
			described, err := engine.Describe(evaluation, "weekly-etl")
			require.NoError(t, err)
			now, err := time.Parse(time.RFC3339, test.now)
			require.NoError(t, err)
			clock := virtual.NewClock(now)
			evaluator, err := jsonata.New(jsonataFile, clock.Now)
			require.NoError(t, err)
			machine, err := interpreter.Load(described.Definition, evaluator)
			require.NoError(t, err)
			caller := &overheard{Caller: responses(t, week(nil))}
			described.Execution.Input = []byte(test.input)
			require.NoError(t, machine.Start(clock, described.Execution, caller, func(result interpreter.Result) {
				require.Equal(t, interpreter.Succeeded, result.Status)
			}))
			clock.Run()
			require.Equal(t, test.start, caller.told["--window-start"])
			require.Equal(t, test.end, caller.told["--window-end"])
			require.Regexp(t, `^s3://lake-processed-[0-9a-f]+/metrics/weekly-etl-1\.json$`, caller.told["--metrics"])
		})
	}
}
