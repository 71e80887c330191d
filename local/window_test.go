package main

import (
	"testing"

	"datalake/local/interpreter"

	"github.com/stretchr/testify/require"
)

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
		"from the table's first day":  {"+07:00", "2026-01-10T17:00:00Z", `{"from": "2020-01-01", "to": "2020-01-02"}`, "2020-01-01T00:00:00+07:00", "2020-01-02T00:00:00+07:00"},
		"a backfill":                  {"+07:00", "2026-01-10T17:00:00Z", `{"from": "2025-12-01", "to": "2025-12-31"}`, "2025-12-01T00:00:00+07:00", "2025-12-31T00:00:00+07:00"},
	} {
		t.Run(name, func(t *testing.T) {
			told, result := overhear(t, "weekly-etl", test.offset, test.now, test.input, week(nil))
			require.Equal(t, interpreter.Succeeded, result.Status)
			arguments := told[startJob]["Arguments"].(map[string]any)
			require.Equal(t, test.start, arguments["--window-start"])
			require.Equal(t, test.end, arguments["--window-end"])
			require.Regexp(t, `^s3://lake-processed-[0-9a-f]+/metrics/weekly-etl-1\.json$`, arguments["--metrics"])
		})
	}
}

// What went wrong is written down whole, where the README says.
func TestTheErrorDocument(t *testing.T) {
	home(t)
	told, result := overhear(t, "weekly-etl", "+07:00", "2026-01-10T17:00:00Z", `{"from": "2026-01-01", "to": "2026-01-03"}`,
		week(answers{startJob: {failure("Glue.ConcurrentRunsExceededException", "Concurrent runs exceeded")}}))
	require.Equal(t, interpreter.Failed, result.Status)
	require.Equal(t, "errors/weekly-etl-1.json", told[putObject]["Key"])
	document := told[putObject]["Body"].(map[string]any)
	require.Regexp(t, `^2026-01-10T17:02:\d\d`, document["failedAt"])
	delete(document, "failedAt")
	require.Regexp(t, `:execution:.*:weekly-etl-1$`, document["execution"])
	delete(document, "execution")
	require.Equal(t, map[string]any{
		"startedAt": "2026-01-10T17:00:00.000Z",
		"state":     "Transform the messages",
		"error":     "Glue.ConcurrentRunsExceededException",
		"cause":     "Concurrent runs exceeded",
		"window":    map[string]any{"start": "2026-01-01T00:00:00+07:00", "end": "2026-01-03T00:00:00+07:00"},
		"input":     map[string]any{"from": "2026-01-01", "to": "2026-01-03"},
	}, document)
}
