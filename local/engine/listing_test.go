package engine

import (
	"testing"
	"time"

	"datalake/local/interpreter"

	"github.com/stretchr/testify/require"
)

// executionsOf puts executions of the weekly machine on record: where each ended, and after how many minutes.
func executionsOf(t *testing.T, e *Engine, ends ...interpreter.Result) (machineARN string) {
	t.Helper()
	machine, err := e.resources.machine("weekly-etl")
	require.NoError(t, err)
	for i, end := range ends {
		e.executions = append(e.executions, &Execution{
			StateMachine: machine.Name, Execution: machine.execution(i+1, ""), Result: end, Started: DefaultStart.Add(time.Duration(i) * time.Minute),
		})
	}
	return machine.ARN
}

func TestExecutionsAreListedAsStepFunctionsDoes(t *testing.T) {
	e := open(t)
	ended := func(status string, after time.Duration) interpreter.Result {
		return interpreter.Result{Status: status, Duration: after}
	}
	arn := executionsOf(t, e,
		ended(interpreter.Succeeded, 10*time.Minute), ended(interpreter.Failed, time.Second), ended(interpreter.Succeeded, time.Minute), interpreter.Result{})

	list := func(arguments object) (names []string, output object) {
		arguments["StateMachineArn"] = arn
		answer := call(t, e, "aws-sdk:sfn:listExecutions", arguments)
		require.Nil(t, answer.Fault)
		output = answer.Output.(object)
		for _, listed := range output["Executions"].([]any) {
			names = append(names, listed.(object)["Name"].(string))
		}
		return names, output
	}
	all, output := list(object{})
	require.Equal(t, []string{"weekly-etl-1", "weekly-etl-4", "weekly-etl-3", "weekly-etl-2"}, all, "the last end first, or start of what runs")
	require.NotContains(t, output, "NextToken")
	require.Equal(t, object{
		"ExecutionArn": e.executions[0].ARN, "Name": "weekly-etl-1", "RedriveCount": 0, "StateMachineArn": arn, "Status": "SUCCEEDED",
		"StartDate": "2026-01-05T00:00:00.000Z", "StopDate": "2026-01-05T00:10:00.000Z",
	}, output["Executions"].([]any)[0])
	require.NotContains(t, output["Executions"].([]any)[1], "StopDate", "it runs")

	for status, expected := range map[string][]string{
		"SUCCEEDED": {"weekly-etl-1", "weekly-etl-3"}, "FAILED": {"weekly-etl-2"}, "RUNNING": {"weekly-etl-4"}, "TIMED_OUT": nil,
	} {
		names, _ := list(object{"StatusFilter": status})
		require.Equal(t, expected, names, status)
	}

	first, output := list(object{"MaxResults": 3})
	rest, last := list(object{"MaxResults": 3, "NextToken": output["NextToken"]})
	require.Equal(t, all, append(first, rest...))
	require.NotContains(t, last, "NextToken")
}

func TestListsOfExecutionsThatAreRefused(t *testing.T) {
	e := open(t)
	weekly, express := e.resources.outputs["machines"]["weekly-etl"], e.resources.outputs["machines"]["create-dataset"]
	for says, test := range map[string]struct {
		error     string
		arguments object
	}{
		"State Machine Does Not Exist: ''":    {"Sfn.StateMachineDoesNotExistException", object{}},
		"State Machine Does Not Exist: 'x'":   {"Sfn.StateMachineDoesNotExistException", object{"StateMachineArn": "x"}},
		"not supported by this type":          {"Sfn.StateMachineTypeNotSupportedException", object{"StateMachineArn": express}},
		"statusFilter is 'DONE': give one of": {"Sfn.ValidationException", object{"StateMachineArn": weekly, "StatusFilter": "DONE"}},
		"maxResults is 1001: give 0 to 1000":  {"Sfn.ValidationException", object{"StateMachineArn": weekly, "MaxResults": 1001}},
		"maxResults is -1: give 0 to 1000":    {"Sfn.ValidationException", object{"StateMachineArn": weekly, "MaxResults": -1}},
		"Invalid Token: 'from-7'":             {"Sfn.InvalidTokenException", object{"StateMachineArn": weekly, "NextToken": "from-7"}},
		"Invalid Token: 'page 2'":             {"Sfn.InvalidTokenException", object{"StateMachineArn": weekly, "NextToken": "page 2"}},
		`unknown field "MapRunArn"`:           {"Local.UnsupportedArgument", object{"MapRunArn": weekly}},
		`unknown field "RedriveFilter"`:       {"Local.UnsupportedArgument", object{"StateMachineArn": weekly, "RedriveFilter": "REDRIVEN"}},
	} {
		t.Run(says, func(t *testing.T) {
			answer := call(t, e, "aws-sdk:sfn:listExecutions", test.arguments)
			require.NotNil(t, answer.Fault)
			require.Equal(t, test.error, answer.Fault.Name)
			require.Contains(t, answer.Fault.Cause, says)
		})
	}
}

// alerts are the messages on the alerts topic, each the lines of its text.
func alerts(e *Engine) (texts []string) {
	for _, message := range e.messages {
		if message.Topic == "alerts" {
			texts = append(texts, message.Message.(string))
		}
	}
	return texts
}

// The weekly machine was not started at all: nothing but its check says so.
func TestAWeekThatNothingStartedIsAnnounced(t *testing.T) {
	e := open(t)
	require.NoError(t, e.Schedule("watchdog"))
	e.Run()
	require.Len(t, e.executions, 1)
	check := e.executions[0]
	require.Equal(t, []string{"watchdog", "schedule watchdog-weather-trigger", interpreter.Failed, "NoSuccess"},
		[]string{check.StateMachine, check.Trigger, check.Status, *check.Error})
	require.Contains(t, *check.Cause, "weather (Sundays 00:00 +07:00) has not succeeded: no execution that began at 2026-01-10T17:00:00.000Z or later has")
	require.Len(t, alerts(e), 1)
	require.Regexp(t, `^"FAILED: execution watchdog-1 of watchdog, at 2026-01-10T22:10:00Z\."\n"Open https://\S+ to see which pipeline has not succeeded`, alerts(e)[0])
}

// The weekly machine fails: that is announced when it happens, and the week without a success when it is over.
func TestAWeekThatFailedIsAnnounced(t *testing.T) {
	e := open(t) // there is no Spark to run its job
	require.NoError(t, e.Schedule("weekly-etl", "watchdog-weather"))
	e.Run()
	var ends []string
	for _, x := range e.executions {
		ends = append(ends, x.StateMachine+" "+x.Status)
	}
	require.Equal(t, []string{"weekly-etl FAILED", "watchdog FAILED"}, ends)
	require.Len(t, alerts(e), 2)
	require.Contains(t, alerts(e)[0], "of weekly-etl, at 2026-01-10T17:")
	require.Contains(t, alerts(e)[1], "of watchdog, at 2026-01-10T22:10:00Z")
}

// A success of the week before is none of this week; the one that a person started after a failure is.
func TestASuccessOfTheWeekIsFound(t *testing.T) {
	e := open(t)
	executionsOf(t, e, interpreter.Result{Status: interpreter.Succeeded, Duration: time.Minute}) // on Monday
	require.NoError(t, e.Schedule("watchdog"))
	e.Run()
	require.Equal(t, interpreter.Failed, e.executions[1].Status)

	executionsOf(t, e, interpreter.Result{Status: interpreter.Succeeded, Duration: time.Minute})
	e.executions[2].Started = e.clock.Now()
	require.NoError(t, e.Start("watchdog", []byte(`{"pipeline": "weather"}`)))
	e.Run()
	require.Equal(t, interpreter.Succeeded, e.executions[3].Status)
}

func TestAScheduleThatIsNotThereIsNamed(t *testing.T) {
	require.ErrorContains(t, open(t).Schedule("weekly-etl", "watchdog-rain"), `no schedule "watchdog-rain"`)
}
