package faults

import (
	"testing"
	"time"

	"datalake/local/fault"
	"datalake/local/interpreter"

	"github.com/stretchr/testify/require"
)

const (
	startCrawler = "arn:aws:states:::aws-sdk:glue:startCrawler"
	startQuery   = "arn:aws:states:::athena:startQueryExecution.sync"
)

// machines are two: one whose queries run in branches, and one that crawls.
var machines = []Machine{
	{Name: "report", ARN: "arn:report", Definition: []byte(`{"States": {"All": {"Type": "Parallel", "Branches": [
		{"States": {"First": {"Type": "Task", "Resource": "` + startQuery + `"}}},
		{"States": {"Each": {"Type": "Map", "ItemProcessor": {"States": {"Second": {"Type": "Task", "Resource": "` + startQuery + `"}}}}}}
	]}}}`)},
	{Name: "crawl", ARN: "arn:crawl", Definition: []byte(`{"States": {"Start": {"Type": "Task", "Resource": "` + startCrawler + `"}, "Done": {"Type": "Succeed"}}}`)},
}

// served answers every call at once, and remembers which of them came with a kill.
type served struct{ killed []bool }

func (s *served) Call(task interpreter.Task) interpreter.Answer {
	s.killed = append(s.killed, task.Kill)
	return interpreter.Answer{Output: "served", After: time.Second}
}

func load(t *testing.T, text string) (*Faults, *served, func(machine, state, resource string) interpreter.Answer) {
	t.Helper()
	f, err := Load([]byte(text), machines)
	require.NoError(t, err)
	inner := &served{}
	caller := f.Around(inner)
	return f, inner, func(machine, state, resource string) interpreter.Answer {
		return caller.Call(interpreter.Task{State: state, Resource: resource, Execution: &interpreter.Execution{StateMachineARN: "arn:" + machine}})
	}
}

func TestAFaultMeetsAsManyCallsAsItSays(t *testing.T) {
	f, inner, call := load(t, `[
		{"state": "Start", "error": "Glue.GlueException", "cause": "Rate exceeded", "times": 2},
		{"resource": "`+startCrawler+`", "after": 120, "times": 1}
	]`)
	failed := interpreter.Answer{Fault: &fault.Error{Name: "Glue.GlueException", Cause: "Rate exceeded"}, After: 100 * time.Millisecond}
	require.Equal(t, failed, call("crawl", "Start", startCrawler))
	require.Equal(t, []string{"fault 1 (Start) met 1 of 2 calls", "fault 2 (" + startCrawler + ") met no call"}, f.Unmet())
	require.Equal(t, failed, call("crawl", "Start", startCrawler))
	require.Empty(t, inner.killed, "nothing is carried out of what fails")
	require.Equal(t, interpreter.Answer{Output: "served", After: 2 * time.Minute}, call("crawl", "Start", startCrawler), "what is late is carried out")
	require.Equal(t, interpreter.Answer{Output: "served", After: time.Second}, call("crawl", "Start", startCrawler))
	require.Empty(t, f.Unmet())
}

func TestAFaultWithoutTimesMeetsEveryCall(t *testing.T) {
	f, inner, call := load(t, `[{"machine": "report", "resource": "`+startQuery+`", "kill": true}, {"machine": "crawl", "state": "Start", "error": "Glue.SdkClientException", "after": 3}]`)
	for range 3 {
		call("report", "First", startQuery)
		require.Equal(t, 3*time.Second, call("crawl", "Start", startCrawler).After)
	}
	call("report", "Second", startQuery)
	require.Equal(t, []bool{true, true, true, true}, inner.killed)
	require.Empty(t, f.Unmet())
}

func TestFaultsAreForTheirOwnMachines(t *testing.T) {
	_, inner, call := load(t, `[{"machine": "crawl", "resource": "`+startCrawler+`", "error": "Glue.GlueException"}, {"state": "First", "error": "Athena.AthenaException"}]`)
	require.Nil(t, call("report", "Start", startCrawler).Fault)
	require.Nil(t, call("another", "First", startQuery).Fault, "a machine that is not the stack's")
	require.Equal(t, []bool{false, false}, inner.killed)
}

func TestFaultsThatAreRefused(t *testing.T) {
	for name, test := range map[string]struct{ text, says string }{
		"no JSON":                      {`[{]`, "the file holds no list such as"},
		"an object":                    {`{"faults": []}`, "the file holds no list such as"},
		"a fault that is none":         {`["Start"]`, `it must be an object such as {"state": "Start the crawl", "error": "Glue.GlueException"}, but is "Start"`},
		"null":                         {`[null]`, "but is null"},
		"an unknown member":            {`[{"state": "Start", "error": "Glue.GlueException", "tims": 1}]`, `the key "tims" is none of machine, state, resource, error, cause, after, kill, times`},
		"a member in capitals":         {`[{"State": "Start", "error": "Glue.GlueException"}]`, `the key "State" is none of`},
		"a text for a number":          {`[{"state": "Start", "after": "2 minutes"}]`, `"after" must not be a string`},
		"half a call":                  {`[{"state": "Start", "after": 2, "times": 1.5}]`, `"times" must not be a number 1.5`},
		"no call at all":               {`[{"state": "Start", "after": 2, "times": 0}]`, `"times" is 0: give 1 or more, or leave it out for every call`},
		"no time":                      {`[{"state": "Start", "after": 0}]`, `"after" is 0: give seconds`},
		"more than a year":             {`[{"state": "Start", "after": 1e9}]`, "at most 31536000"},
		"nothing that is meant":        {`[{"error": "Glue.GlueException"}]`, `give either "state"`},
		"two that are meant":           {`[{"state": "Start", "resource": "` + startCrawler + `", "error": "Glue.GlueException"}]`, `give either "state"`},
		"nothing that happens":         {`[{"state": "Start"}]`, `nothing is to happen: give "error", "after" or "kill"`},
		"a kill and an error":          {`[{"state": "First", "kill": true, "error": "Athena.AthenaException"}]`, `"kill" stands alone`},
		"a cause of nothing":           {`[{"state": "Start", "after": 2, "cause": "late"}]`, `"cause" goes with "error" only`},
		"an unknown machine":           {`[{"machine": "crawl-it", "state": "Start", "after": 2}]`, `there is no state machine "crawl-it": there are report, crawl`},
		"an unknown state":             {`[{"state": "Begin", "after": 2}]`, `no task's state is called "Begin": there are First, Second, Start`},
		"another machine's state":      {`[{"machine": "crawl", "state": "First", "after": 2}]`, `no task's state is called "First" in crawl: there are Start`},
		"a state that calls nothing":   {`[{"state": "Done", "after": 2}]`, `no task's state is called "Done"`},
		"an unknown resource":          {`[{"resource": "arn:aws:states:::lambda:invoke", "after": 2}]`, `no task calls "arn:aws:states:::lambda:invoke": there are ` + startQuery + ", " + startCrawler},
		"an error of another service":  {`[{"state": "Start", "error": "S3.S3Exception"}]`, `"Start" calls ` + startCrawler + `, which cannot fail with "S3.S3Exception": it can with Glue.CrawlerRunningException, `},
		"another operation's error":    {`[{"state": "Start", "error": "Glue.ConcurrentRunsExceededException"}]`, "cannot fail with"},
		"a failed job of what is none": {`[{"state": "Start", "error": "States.TaskFailed"}]`, "cannot fail with"},
		"a kill of what is no process": {`[{"state": "Start", "kill": true}]`, `which nothing can be killed of: "kill" is for athena:startQueryExecution.sync, glue:startJobRun.sync`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load([]byte(test.text), machines)
			require.ErrorContains(t, err, test.says)
		})
	}
}

func TestAllFaultsOfAFileAreNamed(t *testing.T) {
	_, err := Load([]byte(`[{"state": "Begin", "after": 2}, {"state": "Start", "after": 2}, {"state": "Start", "kill": true}]`), machines)
	require.ErrorContains(t, err, "fault 1: no task's state")
	require.ErrorContains(t, err, "fault 3: ")
	require.NotContains(t, err.Error(), "fault 2")
}

func TestErrorsOfAnIntegration(t *testing.T) {
	require.Subset(t, Raised("glue:startJobRun.sync"), []string{"Glue.ConcurrentRunsExceededException", "Glue.ThrottlingException", "States.TaskFailed"})
	require.NotContains(t, Raised("aws-sdk:glue:getCrawler"), "Glue.CrawlerRunningException")
}
