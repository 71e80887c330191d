package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

const listExecutions = "arn:aws:states:::aws-sdk:sfn:listExecutions"

// The weekly machine's scheduled time of the week in which these checks start.
const scheduled = "2026-01-10T17:00:00.000Z"

// listing is an answer with successes, each from one time to another, and with the token of the next page if there is one.
func listing(token string, times ...[2]string) map[string]any {
	executions := []any{}
	for _, t := range times {
		executions = append(executions, map[string]any{
			"ExecutionArn": "arn:aws:states:eu-west-1:111122223333:execution:weekly:" + t[0], "Name": t[0], "RedriveCount": 0,
			"StateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:weekly", "Status": "SUCCEEDED", "StartDate": t[0], "StopDate": t[1],
		})
	}
	output := map[string]any{"Executions": executions}
	if token != "" {
		output["NextToken"] = token
	}
	return map[string]any{"output": output}
}

func checked(t *testing.T, now, input string, listed ...any) ended {
	t.Helper()
	text, err := json.Marshal(answers{listExecutions: listed})
	require.NoError(t, err)
	return executed(t, "--stack", "prod", "--machine", "watchdog", "--now", now, "--input", file(t, input), "--responses", file(t, string(text)))
}

func TestAWeekIsJudgedByTheSuccessesSinceItsSchedule(t *testing.T) {
	home(t)
	lastWeek := [2]string{"2026-01-03T17:00:12.345Z", "2026-01-03T17:09:00.000Z"}
	thisWeek := [2]string{"2026-01-10T17:00:12.345Z", "2026-01-10T17:09:00.000Z"}
	toTheInstant := [2]string{scheduled, "2026-01-10T17:09:00.000Z"}
	tooEarly := [2]string{"2026-01-10T16:59:59.999Z", "2026-01-10T17:09:00.000Z"}
	throttled := failure("Sfn.SfnException", "Rate exceeded (Service: Sfn, Status Code: 400)")
	for name, test := range map[string]struct {
		listed  []any
		succeed bool
		calls   int
	}{
		"one after":                             {[]any{listing("", thisWeek)}, true, 1},
		"one after, and older ones":             {[]any{listing("", thisWeek, lastWeek)}, true, 1},
		"one to the instant":                    {[]any{listing("", toTheInstant)}, true, 1},
		"only older ones":                       {[]any{listing("", lastWeek)}, false, 1},
		"one that began before and ended after": {[]any{listing("", tooEarly)}, false, 1},
		"none, or failed ones alone":            {[]any{listing("")}, false, 1},
		"one behind one that began before":      {[]any{listing("page 2", tooEarly), listing("", thisWeek)}, true, 2},
		"one behind an empty page":              {[]any{listing("page 2"), listing("page 3"), listing("", thisWeek)}, true, 3},
		"older ones, and more behind them":      {[]any{listing("page 2", lastWeek), listing("", thisWeek)}, false, 1},
		"empty pages alone":                     {[]any{listing("page 2"), listing("")}, false, 2},
		"the list is throttled once":            {[]any{throttled, listing("", thisWeek)}, true, 2},
		"the list is not answered once":         {[]any{failure("Sfn.SdkClientException", "Unable to execute HTTP request"), listing("")}, false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			result := checked(t, "2026-01-10T21:10:07Z", `{"pipeline": "weather"}`, test.listed...)
			if test.succeed {
				require.Equal(t, "SUCCEEDED", result.Status, result)
				output := result.Output.(map[string]any)
				require.Equal(t, []any{"weather", scheduled}, []any{output["pipeline"], output["since"]})
				require.Regexp(t, `^arn:aws:states:.*:execution:weekly:2026-01-10T17:00`, output["execution"])
			} else {
				require.Equal(t, "FAILED", result.Status)
				require.Equal(t, "NoSuccess", *result.Error)
				require.Regexp(t, `^weather \(Sundays 00:00 \+07:00\) has not succeeded: no execution that began at `+scheduled+` or later has\. `+
					`Next: see whether its schedule started it, and how that ended: https://\S+/states/home\?region=\S+#/statemachines/view/arn:aws:states:\S+:stateMachine:weekly-etl-machine-\w+$`, *result.Cause)
			}
			require.Equal(t, 3+test.calls+2*pages(test.listed, test.calls), result.Transitions, "the choice, the calls, and for each page a wait and another look")
		})
	}
}

// pages is how many pages after the first one were read by so many calls.
func pages(listed []any, calls int) (count int) {
	for _, answer := range listed[:calls] {
		if _, failed := answer.(map[string]any)["error"]; !failed {
			count++
		}
	}
	return count - 1
}

// The scheduled time is the last one whose run must have ended, whenever the check starts.
func TestTheCheckLooksBackToTheLastScheduledTime(t *testing.T) {
	home(t)
	for now, since := range map[string]string{
		"2026-01-10T20:09:59Z": "2026-01-03T17:00:00.000Z", // the run of this week may take one more second
		"2026-01-10T20:10:00Z": scheduled,
		"2026-01-10T21:09:58Z": scheduled, // a clock that is behind
		"2026-01-10T21:10:59Z": scheduled,
		"2026-01-11T21:10:00Z": scheduled, // a start that was delivered a day later
		"2026-01-17T17:00:00Z": scheduled,
		"2026-01-17T21:10:00Z": "2026-01-17T17:00:00.000Z",
	} {
		result := checked(t, now, `{"pipeline": "weather"}`, listing(""))
		require.Contains(t, *result.Cause, "began at "+since+" or later", now)
	}
}

func TestAListThatCannotBeReadFailsTheCheck(t *testing.T) {
	home(t)
	result := checked(t, "2026-01-10T21:10:00Z", `{"pipeline": "weather"}`, failure("Sfn.StateMachineDoesNotExistException", "State Machine Does Not Exist"))
	require.Equal(t, "FAILED", result.Status)
	require.Equal(t, "Sfn.StateMachineDoesNotExistException", *result.Error)
}

func TestChecksThatAreRefused(t *testing.T) {
	home(t)
	for _, input := range []string{`{}`, `{"pipeline": "usage"}`, `{"pipeline": ["weather"]}`, `{"pipeline": null}`, `[1]`, `"weather"`} {
		result := checked(t, "2026-01-10T21:10:00Z", input, listing(""))
		require.Equal(t, "InvalidInput", *result.Error, input)
		require.Contains(t, *result.Cause, `{"pipeline": "NAME"}, with the name of one that is watched: weather.`, input)
	}
}
