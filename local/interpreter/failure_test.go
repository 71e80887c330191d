package interpreter_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"datalake/local/fault"
	"datalake/local/interpreter"

	"github.com/stretchr/testify/require"
)

func TestRetriesWaitLongerEachTime(t *testing.T) {
	cases := map[string]struct {
		retry string
		want  []string // when the attempts start; each takes a second
	}{
		"defaults":            {`{"ErrorEquals": ["E"]}`, []string{"0", "2", "5", "10"}},
		"own figures":         {`{"ErrorEquals": ["X", "E"], "IntervalSeconds": 10, "MaxAttempts": 2, "BackoffRate": 1.5}`, []string{"0", "11", "27"}},
		"a ceiling":           {`{"ErrorEquals": ["E"], "IntervalSeconds": 3, "MaxAttempts": 3, "MaxDelaySeconds": 4}`, []string{"0", "4", "9", "14"}},
		"full jitter":         {`{"ErrorEquals": ["E"], "MaxAttempts": 1, "JitterStrategy": "FULL"}`, []string{"0", "2"}},
		"never":               {`{"ErrorEquals": ["E"], "MaxAttempts": 0}`, []string{"0"}},
		"the first that fits": {`{"ErrorEquals": ["E"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}`, []string{"0"}},
		"any task error":      {`{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1}`, []string{"0", "2"}},
		"another error":       {`{"ErrorEquals": ["F"]}`, []string{"0"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.caller.answer = failing(99, "E")
			result := b.run(machine(task("T", `"Arguments": "", "Retry": [`+c.retry+`], "End": true`)), `{}`)
			require.Equal(t, "FAILED E: because", show(result))
			var started []string
			for _, call := range b.caller.calls {
				started = append(started, strings.TrimSuffix(strings.TrimPrefix(call, "T@"), ` ""`))
			}
			require.Equal(t, c.want, started)
			require.Equal(t, len(c.want), result.Transitions, "each retry is a transition")
		})
	}
}

func TestEachRetrierCountsItsOwnAttempts(t *testing.T) {
	b := newBench(t)
	names := []string{"A", "B", "C", "B", "never"}
	b.caller.answer = func(interpreter.Task) interpreter.Answer {
		name := names[0]
		names = names[1:]
		return interpreter.Answer{Fault: fault.Errorf(name, "")}
	}
	result := b.run(machine(task("T", `"Arguments": "{% $states.context.State.RetryCount %}", "Retry": [
		{"ErrorEquals": ["A", "B"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 2},
		{"ErrorEquals": ["C"], "IntervalSeconds": 5}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}], "End": true`),
		`"Z": {"Type": "Succeed"}`), `{}`)
	require.Equal(t, `SUCCEEDED {"Error":"B","Cause":""}`, show(result))
	require.Equal(t, []string{"T@0 0", "T@1 1", "T@3 2", "T@8 3"}, b.caller.calls)
	require.Equal(t, 5, result.Transitions)
}

func TestWhatCatches(t *testing.T) {
	const caught = `SUCCEEDED "caught"`
	cases := []struct{ thrown, listed, want string }{
		{"E", "E", caught},
		{"E", "States.ALL", caught},
		{"E", "States.TaskFailed", caught},
		{"E", "F", "FAILED E: because"},
		{"States.Timeout", "States.TaskFailed", "FAILED States.Timeout: because"},
		{"States.Timeout", "States.ALL", caught},
		{"States.HeartbeatTimeout", "States.Timeout", caught},
		{"States.DataLimitExceeded", "States.ALL", "FAILED States.DataLimitExceeded: because"},
		{"States.DataLimitExceeded", "States.DataLimitExceeded", caught},
		{"States.Runtime", "States.ALL", "FAILED States.Runtime: because"},
		{"States.Runtime", "States.Runtime", "FAILED States.Runtime: because"},
	}
	for _, c := range cases {
		t.Run(c.thrown+" by "+c.listed, func(t *testing.T) {
			b := newBench(t)
			b.caller.answer = failing(1, c.thrown)
			result := b.run(machine(task("T", fmt.Sprintf(`"Catch": [{"ErrorEquals": [%q], "Output": "caught", "Next": "Z"}], "End": true`, c.listed)),
				`"Z": {"Type": "Succeed"}`), `{}`)
			require.Equal(t, c.want, show(result))
		})
	}
}

func TestFailuresInsideParallelAndMap(t *testing.T) {
	slow := `{"StartAt": "Slow", "States": {"Slow": {"Type": "Wait", "Seconds": 100, "Next": "Late"}, ` + task("Late", `"End": true`) + `}}`
	failed := `{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 5, "Next": "Bad"}, "Bad": {"Type": "Fail", "Error": "Bad", "Cause": "so"}}}`
	cases := map[string]struct {
		fields, want string
		after        time.Duration
	}{
		"ends the others at once":       {`"End": true`, "FAILED Bad: so", 5 * time.Second},
		"can be caught":                 {`"Catch": [{"ErrorEquals": ["Bad"], "Next": "Z"}], "End": true`, `SUCCEEDED {"Error":"Bad","Cause":"so"}`, 5 * time.Second},
		"is not a task's failure":       {`"Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Z"}], "End": true`, "FAILED Bad: so", 5 * time.Second},
		"can be retried as a whole":     {`"Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}], "Next": "Z"`, "FAILED Bad: so", 11 * time.Second},
		"an Output that fails is one":   {`"Output": "{% $nothing %}", "Catch": [{"ErrorEquals": ["Bad"], "Output": 1, "Next": "Z"}], "End": true`, "SUCCEEDED 1", 5 * time.Second},
		"a catcher's Output fails last": {`"Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.input.none %}", "Next": "Z"}], "End": true`, "FAILED States.QueryEvaluationError: An error occurred while executing the state 'P' (entered at the event id #2). The JSONata expression '$states.input.none' specified for the field 'Catch[0]/Output' returned nothing (undefined).", 5 * time.Second},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			states := []string{`"P": {"Type": "Parallel", "Branches": [` + slow + `,` + failed + `], ` + c.fields + `}`}
			if strings.Contains(c.fields, `"Z"`) {
				states = append(states, `"Z": {"Type": "Succeed"}`)
			}
			result := b.run(machine(states...), `{}`)
			require.Equal(t, c.want, show(result))
			require.Empty(t, b.caller.calls, "the other branch got no further")
			require.Equal(t, c.after, result.Duration)
			require.Equal(t, start.Add(c.after), b.clock.Now(), "nothing is left on the clock")
		})
	}
}

func TestAFailedIterationAbortsTheOthers(t *testing.T) {
	result := newBench(t).run(machine(`"M": {"Type": "Map", "Items": [3, 2, 1], "End": true, "ItemProcessor": {"StartAt": "W", "States": {
		"W": {"Type": "Wait", "Seconds": "{% $states.input %}", "Next": "C"},
		"C": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input = 2 %}", "Next": "F"}], "Default": "S"},
		"F": {"Type": "Fail", "Error": "Two"}, "S": {"Type": "Succeed"}}}}`), `{}`)
	require.Equal(t, "FAILED Two: null", show(result))
	require.Equal(t, 2*time.Second, result.Duration)
	events := counts(result.History)
	require.Equal(t, []int{3, 1, 1, 1}, []int{
		events["MapIterationStarted"], events["MapIterationSucceeded"], events["MapIterationFailed"], events["MapIterationAborted"],
	})
	require.Equal(t, 1, events["MapStateFailed"])
}

func TestTaskTimeouts(t *testing.T) {
	const callback = `"T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", %s, "End": true}`
	cases := map[string]struct {
		state, want string
		after       time.Duration
	}{
		"past TimeoutSeconds":             {task("T", `"TimeoutSeconds": 29, "End": true`), "FAILED States.Timeout: null", 29 * time.Second},
		"just in time":                    {task("T", `"TimeoutSeconds": 30, "End": true`), "SUCCEEDED {}", 30 * time.Second},
		"by expression":                   {task("T", `"TimeoutSeconds": "{% 4 + 5 %}", "End": true`), "FAILED States.Timeout: null", 9 * time.Second},
		"each attempt anew":               {task("T", `"TimeoutSeconds": 5, "Retry": [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1}], "End": true`), "FAILED States.Timeout: null", 11 * time.Second},
		"a silent worker":                 {fmt.Sprintf(callback, `"HeartbeatSeconds": 7`), "FAILED States.Timeout: null", 7 * time.Second},
		"no heartbeat where none is sent": {task("T", `"HeartbeatSeconds": 7, "End": true`), "SUCCEEDED {}", 30 * time.Second},
		"a timeout of nothing":            {task("T", `"TimeoutSeconds": "{% 0 %}", "End": true`), "FAILED States.QueryEvaluationError: An error occurred while executing the state 'T' (entered at the event id #2). The JSONata expression '0' specified for the field 'TimeoutSeconds' returned the number 0. Expected an integer from 1 to 99999999", 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.caller.answer = func(interpreter.Task) interpreter.Answer {
				return interpreter.Answer{Output: map[string]any{}, After: 30 * time.Second}
			}
			result := b.run(machine(c.state), `{}`)
			require.Equal(t, c.want, show(result))
			require.Equal(t, c.after, result.Duration)
		})
	}
}

func TestExecutionTimeouts(t *testing.T) {
	waiting := `"A": {"Type": "Parallel", "Branches": [{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": %d, "End": true}}}],
		"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "End": true}, "B": {"Type": "Succeed"}`
	cases := map[string]struct {
		timeout string
		seconds int
		express bool
		want    string
		after   time.Duration
	}{
		"TimeoutSeconds cannot be caught": {`"TimeoutSeconds": 60,`, 61, false, interpreter.TimedOut, time.Minute},
		"the last instant counts":         {`"TimeoutSeconds": 60,`, 60, false, interpreter.Succeeded, time.Minute},
		"Express lasts five minutes":      {``, 301, true, interpreter.TimedOut, 5 * time.Minute},
		"Express may last less":           {`"TimeoutSeconds": 10,`, 11, true, interpreter.TimedOut, 10 * time.Second},
		"Express may not last more":       {`"TimeoutSeconds": 600,`, 301, true, interpreter.TimedOut, 5 * time.Minute},
		"Standard lasts a year":           {``, 99_999_999, false, interpreter.TimedOut, 365 * 24 * time.Hour},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.execution.Express = c.express
			result := b.run(`{"QueryLanguage": "JSONata", `+c.timeout+`"StartAt": "A", "States": {`+fmt.Sprintf(waiting, c.seconds)+`}}`, `{}`)
			require.Equal(t, c.want, result.Status)
			require.Equal(t, c.after, result.Duration)
			require.Equal(t, start.Add(c.after), b.clock.Now(), "nothing is left on the clock")
			if c.want == interpreter.TimedOut {
				require.Equal(t, "States.Timeout", *result.Error)
			}
		})
	}
}

func TestEndlessLoopsEnd(t *testing.T) {
	loop := machine(`"A": {"Type": "Pass", "Next": "B"}`, `"B": {"Type": "Choice", "Choices": [{"Condition": true, "Next": "A"}], "Default": "Z"}`, `"Z": {"Type": "Succeed"}`)
	t.Run("Standard", func(t *testing.T) {
		result := newBench(t).run(loop, `{}`)
		require.Equal(t, "FAILED States.Runtime: The execution reached the maximum number of history events (25000).", show(result))
		require.Len(t, result.History, 25_000)
		require.Equal(t, "ExecutionFailed", result.History[24_999].Type)
	})
	t.Run("Express", func(t *testing.T) {
		b := newBench(t)
		b.execution.Express = true
		result := b.run(loop, `{}`)
		require.Equal(t, interpreter.TimedOut, result.Status)
		require.Equal(t, 5*time.Minute, result.Duration)
	})
}

func TestTheHistoryLimitCannotBeCaught(t *testing.T) {
	items := machine(`"M": {"Type": "Map", "Items": "{% [1..9000] %}", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}], "Next": "Z",
		"ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}`, `"Z": {"Type": "Succeed"}`)
	require.Equal(t, "FAILED States.Runtime: The execution reached the maximum number of history events (25000).", show(newBench(t).run(items, `{}`)))
}

func TestTheLastEventOfTheHistoryMayBeSuccess(t *testing.T) {
	// A Map's iteration over one Pass makes 4 events, the Map 4, a Pass 2, the execution 2.
	count := func(items, passes int) string {
		states := []string{fmt.Sprintf(`"M": {"Type": "Map", "Items": "{%% [1..%d] %%}", "Output": 0, "Next": "P0", "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "Output": 0, "End": true}}}}`, items)}
		for i := range passes - 1 {
			states = append(states, fmt.Sprintf(`"P%d": {"Type": "Pass", "Next": "P%d"}`, i, i+1))
		}
		return machine(append(states, fmt.Sprintf(`"P%d": {"Type": "Pass", "End": true}`, passes-1))...)
	}
	result := newBench(t).run(count(6248, 1), `{}`)
	require.Equal(t, interpreter.Succeeded, result.Status, "4·6248 + 4 + 2 + 2 = 25,000")
	require.Equal(t, interpreter.Failed, newBench(t).run(count(6248, 2), `{}`).Status)
}

func TestPayloadLimits(t *testing.T) {
	const limit = 262_144
	// A string of n bytes in UTF-8 has n + 2 as JSON; ü has two.
	sized := func(bytes int) string { return fmt.Sprintf(`$pad('', %d, 'ü')`, (bytes-2)/2) }
	cases := map[string]struct{ definition, want string }{
		"an output that fits": {machine(`"A": {"Type": "Pass", "Output": "{% `+sized(limit)+` %}", "Next": "B"}`, `"B": {"Type": "Succeed", "Output": 1}`), "SUCCEEDED 1"},
		"an output too large": {
			machine(`"A": {"Type": "Pass", "Output": "{% `+sized(limit+2)+` %}", "Next": "B"}`, `"B": {"Type": "Succeed", "Output": 1}`),
			"FAILED States.DataLimitExceeded: The state/task 'A' returned a result with a size exceeding the maximum number of bytes service limit.",
		},
		"arguments too large": {
			machine(task("T", `"Arguments": "{% `+sized(limit+2)+` %}", "Output": 1, "End": true`)),
			"FAILED States.DataLimitExceeded: The state/task 'aws-sdk:glue' returned a result with a size exceeding the maximum number of bytes service limit.",
		},
		"a Map's result, whatever Output makes of it": {
			machine(`"M": {"Type": "Map", "Items": [1, 2], "Output": 1, "End": true, "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Pass", "Output": "{% ` + sized(limit-2) + ` %}", "End": true}}}}`),
			"FAILED States.DataLimitExceeded: The state/task 'M' returned a result with a size exceeding the maximum number of bytes service limit.",
		},
		"what ItemSelector makes": {
			machine(`"M": {"Type": "Map", "Items": [1], "ItemSelector": "{% ` + sized(limit+2) + ` %}", "End": true, "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Pass", "Output": 1, "End": true}}}}`),
			"FAILED States.DataLimitExceeded: The state/task 'M' returned a result with a size exceeding the maximum number of bytes service limit.",
		},
		"a variable too large": {
			machine(`"A": {"Type": "Pass", "Assign": {"v": "{% ` + sized(limit+2) + ` %}"}, "End": true}`),
			"FAILED States.DataLimitExceeded: The state 'A' assigned variables with a size exceeding the maximum number of bytes service limit.",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, show(newBench(t).run(c.definition, `{}`))) })
	}

	t.Run("a task's result counts before Output cuts it", func(t *testing.T) {
		for length, want := range map[int]string{
			limit - 2: "SUCCEEDED 1",
			limit - 1: "FAILED States.DataLimitExceeded: The state/task 'aws-sdk:glue' returned a result with a size exceeding the maximum number of bytes service limit.",
		} {
			b := newBench(t)
			b.caller.answer = func(interpreter.Task) interpreter.Answer {
				return interpreter.Answer{Output: strings.Repeat("x", length)}
			}
			require.Equal(t, want, show(b.run(machine(task("T", `"Output": 1, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}], "Next": "Z"`), `"Z": {"Type": "Succeed"}`), `{}`)))
		}
	})
}

// All variables of an execution together, those of scopes that have ended left out.
func TestVariablesHaveALimitTogether(t *testing.T) {
	kept := func(count int) (states []string) {
		for i := range count {
			states = append(states, fmt.Sprintf(`"A%[1]d": {"Type": "Pass", "Assign": {"v%[1]d": "{%% $states.context.Execution.Input %%}"}, "Next": "A%[2]d"}`, i, i+1))
		}
		return append(states, fmt.Sprintf(`"A%d": {"Type": "Succeed", "Output": 1}`, count))
	}
	input := `"` + strings.Repeat("x", 262_000) + `"`
	start := func(states []string) string {
		return strings.Replace(machine(states...), `"StartAt": "A"`, `"StartAt": "A0"`, 1)
	}
	require.Equal(t, "SUCCEEDED 1", show(newBench(t).run(start(kept(40)), input)))
	require.Equal(t, "FAILED States.DataLimitExceeded: The state 'A40' assigned variables that take the execution's beyond the maximum number of bytes service limit (10485760).",
		show(newBench(t).run(start(kept(41)), input)))
	const each = `"M": {"Type": "Map", "Items": "{% [1..50] %}", "MaxConcurrency": 1, "Output": 1, "End": true, "ItemProcessor": {"StartAt": "I", "States": {
		"I": {"Type": "Pass", "Assign": {"v": "{% $states.context.Execution.Input %}"}, "Output": 1, "End": true}}}}`
	require.Equal(t, "SUCCEEDED 1", show(newBench(t).run(machine(each), input)), "an iteration's variables go with it")
}

func TestStartRefuses(t *testing.T) {
	b := newBench(t)
	sync, err := interpreter.Load([]byte(machine(`"T": {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "End": true}`)), b.evaluator)
	require.NoError(t, err)
	pass, err := interpreter.Load([]byte(machine(`"A": {"Type": "Pass", "End": true}`)), b.evaluator)
	require.NoError(t, err)
	cases := map[string]struct {
		machine *interpreter.Machine
		express bool
		input   string
		want    string
	}{
		"no input":            {pass, false, ``, "InvalidExecutionInput"},
		"two inputs":          {pass, false, `{} {}`, "InvalidExecutionInput"},
		"an input too large":  {pass, false, `"` + strings.Repeat("x", 262_143) + `"`, "262145 bytes"},
		"a job under Express": {sync, true, `{}`, `Express state machines do not support the resource "arn:aws:states:::glue:startJobRun.sync" at /States/T/Resource`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			execution := interpreter.Execution{Name: "run-1", Express: c.express, Input: []byte(c.input)}
			err := c.machine.Start(b.clock, execution, b.caller, func(interpreter.Result) { t.Error("ended") })
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "run-1")
		})
	}
	b.clock.Run()
}

// A service that works in real time may not work on after the state machine has stopped waiting.
func TestATaskKnowsHowLongItIsWaitedFor(t *testing.T) {
	for name, c := range map[string]struct {
		definition string
		wait       time.Duration
	}{
		"its own time out":           {machine(task("T", `"TimeoutSeconds": 29, "End": true`)), 29 * time.Second},
		"the machine's, what's left": {strings.Replace(machine(`"W": {"Type": "Wait", "Seconds": 40, "Next": "T"}`, task("T", `"TimeoutSeconds": 29, "End": true`)), `{`, `{"TimeoutSeconds": 60, `, 1), 20 * time.Second},
		"a year for none":            {machine(task("T", `"End": true`)), 365 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			var waited time.Duration
			b.caller.answer = func(task interpreter.Task) interpreter.Answer {
				waited = task.Wait
				return interpreter.Answer{Output: map[string]any{}}
			}
			b.run(c.definition, `{}`)
			require.Equal(t, c.wait, waited)
		})
	}
}
