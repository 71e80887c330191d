package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExecuteHasCallsMeetFaults(t *testing.T) {
	home(t)
	answered, err := json.Marshal(week(nil))
	require.NoError(t, err)
	arguments := []string{"execute", "--stack", "dev", "--machine", "weekly-etl", "--responses", file(t, string(answered)), "--faults", file(t, `[
		{"state": "Start the crawl", "error": "Glue.ThrottlingException", "cause": "Rate exceeded", "times": 2},
		{"machine": "crawl-dataset", "state": "Check the crawl", "after": 60},
		{"machine": "weekly-etl", "state": "Send the event", "error": "EventBridge.InternalException", "times": 9}
	]`)}
	code, stdout, stderr := command(arguments...)
	require.Zero(t, code, stderr)
	var result ended
	require.NoError(t, json.Unmarshal([]byte(stdout), &result))
	require.Equal(t, "FAILED", result.Status)
	require.Equal(t, "EventBridge.InternalException", *result.Error)
	require.Contains(t, result.States, "Note the error")
	require.Equal(t, "local: fault 2 (Check the crawl) met no call\nlocal: fault 3 (Send the event) met 6 of 9 calls\n", stderr)
}

// The queries run and are reported, but nobody can be notified: the execution fails, and that is announced.
func TestARunMeetsFaults(t *testing.T) {
	home(t)
	code, stdout, stderr := command("run", "--stack", "dev", "--pipeline", "usage", "--data", mine(t), "--faults", file(t, `[
		{"machine": "execute-queries", "state": "Notify the subscribers", "error": "SNS.NotFoundException", "cause": "Topic does not exist"},
		{"state": "Write the summary", "error": "S3.S3Exception"}
	]`))
	require.Equal(t, 1, code, stderr+stdout)
	require.Contains(t, stdout, "The file of faults: fault 2 (Write the summary) met no call\n")
	got := report(t, "dev")
	require.Equal(t, []string{"SUCCEEDED", "FAILED"}, []string{got.Executions[0].Status, got.Executions[1].Status})
	require.Equal(t, "SNS.NotFoundException", *got.Executions[1].Error)
	require.Len(t, got.Messages, 1)
	require.Equal(t, "alerts", got.Messages[0].Topic)
}
