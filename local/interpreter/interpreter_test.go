package interpreter_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"datalake/local/fault"
	"datalake/local/interpreter"
	"datalake/local/jsonata"
	"datalake/local/virtual"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// caller answers tasks and notes when each was called.
type caller struct {
	clock  *virtual.Clock
	answer func(task interpreter.Task) interpreter.Answer
	calls  []string
}

func (c *caller) Call(task interpreter.Task) interpreter.Answer {
	c.calls = append(c.calls, fmt.Sprintf("%s@%v %s", task.State, c.clock.Now().Sub(start).Seconds(), task.Text))
	return c.answer(task)
}

// echo answers with the arguments after a second.
func echo(task interpreter.Task) interpreter.Answer {
	return interpreter.Answer{Output: task.Text, After: time.Second}
}

// failing fails so many times with an error, then answers null; every answer takes a second.
func failing(times int, name string) func(interpreter.Task) interpreter.Answer {
	return func(interpreter.Task) interpreter.Answer {
		if times--; times >= 0 {
			return interpreter.Answer{Fault: &fault.Error{Name: name, Cause: "because"}, After: time.Second}
		}
		return interpreter.Answer{After: time.Second}
	}
}

// bench runs definitions.
type bench struct {
	testing.TB
	clock     *virtual.Clock
	evaluator *jsonata.Evaluator
	caller    *caller
	execution interpreter.Execution
}

func newBench(t testing.TB) *bench {
	t.Helper()
	clock := virtual.NewClock(start)
	evaluator, err := jsonata.New("../node_modules/jsonata/jsonata.js", clock.Now)
	require.NoError(t, err)
	return &bench{
		TB:        t,
		clock:     clock,
		evaluator: evaluator,
		caller:    &caller{clock: clock, answer: echo},
		execution: interpreter.Execution{
			Name: "run-1", ARN: "arn:aws:states:eu-west-1:123456789012:execution:machine:run-1",
			StateMachineName: "machine", StateMachineARN: "arn:aws:states:eu-west-1:123456789012:stateMachine:machine",
			RoleARN: "arn:aws:iam::123456789012:role/machine", Input: []byte(`{}`),
		},
	}
}

func (b *bench) run(definition, input string) interpreter.Result {
	b.Helper()
	machine, err := interpreter.Load([]byte(definition), b.evaluator)
	require.NoError(b, err)
	b.execution.Input = []byte(input)
	var ended []interpreter.Result
	require.NoError(b, machine.Start(b.clock, b.execution, b.caller, func(r interpreter.Result) { ended = append(ended, r) }))
	b.clock.Run()
	require.Len(b, ended, 1)
	return ended[0]
}

// machine is a JSONata definition of states given as "Name": {…}, starting at the first.
func machine(states ...string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(states[0]), `"`), `"`)
	return fmt.Sprintf(`{"QueryLanguage": "JSONata", "StartAt": %q, "States": {%s}}`, first, strings.Join(states, ","))
}

// task is a Task state with more fields.
func task(name, fields string) string {
	return fmt.Sprintf(`%q: {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:glue:getCrawler", %s}`, name, fields)
}

// show writes how an execution ended in one line.
func show(r interpreter.Result) string {
	if r.Status == interpreter.Succeeded {
		return fmt.Sprintf("%s %s", r.Status, r.Output)
	}
	or := func(s *string) string {
		if s == nil {
			return "null"
		}
		return *s
	}
	return fmt.Sprintf("%s %s: %s", r.Status, or(r.Error), or(r.Cause))
}

func TestStates(t *testing.T) {
	cases := map[string]struct{ definition, input, want string }{
		"Pass hands its input on": {
			machine(`"A": {"Type": "Pass", "End": true}`), `{"b":1,"a":[null]}`, `SUCCEEDED {"b":1,"a":[null]}`,
		},
		"Pass Output mixes constants and expressions": {
			machine(`"A": {"Type": "Pass", "Output": {"z": "{% $states.input.n + 1 %}", "a": [1, "{% 'x' %}", {}], "s": "{ not }"}, "End": true}`),
			`{"n":1}`, `SUCCEEDED {"z":2,"a":[1,"x",{}],"s":"{ not }"}`,
		},
		"Pass Result in JSONPath": {
			`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"n": "{% 1 %}"}, "End": true}}}`, `{}`, `SUCCEEDED {"n":"{% 1 %}"}`,
		},
		"a JSONata state in a JSONPath machine": {
			`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"v": 1}, "Next": "B"},
			  "B": {"Type": "Succeed", "QueryLanguage": "JSONata", "Output": "{% $v %}"}}}`, `{}`, `SUCCEEDED 1`,
		},
		"Succeed ends with Output": {
			machine(`"A": {"Type": "Succeed", "Output": "{% $states.input.n %}"}`), `{"n":null}`, `SUCCEEDED null`,
		},
		"Fail says why": {
			machine(`"A": {"Type": "Fail", "Error": "{% $states.input.e %}", "Cause": "no"}`), `{"e":"E"}`, `FAILED E: no`,
		},
		"Fail need not say why": {
			machine(`"A": {"Type": "Fail"}`), `{}`, `FAILED null: null`,
		},
		"Fail takes strings only": {
			machine(`"A": {"Type": "Fail", "Error": "{% 1 %}"}`), `{}`,
			`FAILED States.QueryEvaluationError: An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression '1' specified for the field 'Error' returned an unexpected result type. Expected 'string', but was 'number' for value: 1`,
		},
		"Choice takes the first rule that holds": {
			machine(`"A": {"Type": "Choice", "Choices": [
				{"Condition": false, "Next": "B"},
				{"Condition": "{% $states.input.n > 1 %}", "Output": {"rule": 2}, "Assign": {"v": "{% $states.input.n %}"}, "Next": "B"},
				{"Condition": true, "Next": "B"}], "Default": "B", "Output": "default"}`,
				`"B": {"Type": "Succeed", "Output": {"in": "{% $states.input %}", "v": "{% $exists($v) ? $v : 'none' %}"}}`),
			`{"n":2}`, `SUCCEEDED {"in":{"rule":2},"v":2}`,
		},
		"a rule without Output hands the input on": {
			machine(`"A": {"Type": "Choice", "Choices": [{"Condition": true, "Next": "B"}], "Output": "default"}`, `"B": {"Type": "Succeed"}`),
			`{"n":2}`, `SUCCEEDED {"n":2}`,
		},
		"Choice's own Output and Assign go with Default": {
			machine(`"A": {"Type": "Choice", "Choices": [{"Condition": false, "Next": "B"}], "Default": "B", "Output": "default", "Assign": {"v": 1}}`,
				`"B": {"Type": "Succeed", "Output": "{% [$states.input, $v] %}"}`), `{}`, `SUCCEEDED ["default",1]`,
		},
		"Choice without a match": {
			machine(`"A": {"Type": "Choice", "Choices": [{"Condition": false, "Next": "B"}]}`, `"B": {"Type": "Succeed"}`), `{}`,
			`FAILED States.NoChoiceMatched: An error occurred while executing the state 'A' (entered at the event id #2). Failed to transition out of the state. The state does not point to a next state.`,
		},
		"a condition is a boolean": {
			machine(`"A": {"Type": "Choice", "Choices": [{"Condition": "{% 'yes' %}", "Next": "B"}]}`, `"B": {"Type": "Succeed"}`), `{}`,
			`FAILED States.QueryEvaluationError: An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression ''yes'' specified for the field 'Choices[0]/Condition' returned an unexpected result type. Expected 'boolean', but was 'string' for value: "yes"`,
		},
		"an expression that throws": {
			machine(`"A": {"Type": "Pass", "Output": {"deep": ["{% 1 + 'a' %}"]}, "End": true}`), `{}`,
			`FAILED States.QueryEvaluationError: An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression '1 + 'a'' specified for the field 'Output/deep[0]' threw an error during evaluation. T2002: The right side of the "+" operator must evaluate to a number`,
		},
		"Wait takes whole seconds": {
			machine(`"A": {"Type": "Wait", "Seconds": "{% 1.5 %}", "End": true}`), `{}`,
			`FAILED States.QueryEvaluationError: An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression '1.5' specified for the field 'Seconds' returned the number 1.5. Expected an integer from 0 to 99999999`,
		},
		"Parallel gives a list in order of branches": {
			machine(`"A": {"Type": "Parallel", "Arguments": {"n": "{% $states.input.n %}"}, "End": true, "Branches": [
				{"StartAt": "Slow", "States": {"Slow": {"Type": "Wait", "Seconds": 9, "Output": "slow", "End": true}}},
				{"StartAt": "Fast", "States": {"Fast": {"Type": "Pass", "End": true}}}]}`), `{"n":1,"m":2}`, `SUCCEEDED ["slow",{"n":1}]`,
		},
		"Map over Items with ItemSelector": {
			machine(`"A": {"Type": "Map", "Items": "{% $states.input.list %}",
				"ItemSelector": {"i": "{% $states.context.Map.Item.Index %}", "v": "{% $states.context.Map.Item.Value %}", "all": "{% $count($states.input.list) %}"},
				"ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "Output": "{% [$states.input.i, $states.input.v, $states.input.all, $states.context.Map.Item.Index] %}", "End": true}}},
				"Output": {"r": "{% $states.result %}"}, "End": true}`), `{"list":["a","b"]}`, `SUCCEEDED {"r":[[0,"a",2,0],[1,"b",2,1]]}`,
		},
		"Map over a single item": {
			machine(`"A": {"Type": "Map", "Items": "{% [$states.input.list[n=1]] %}", "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}`),
			`{"list":[{"n":1},{"n":2}]}`, `SUCCEEDED [{"n":1}]`,
		},
		"Map over what is no array": {
			machine(`"A": {"Type": "Map", "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}`), `"x"`,
			`FAILED States.QueryEvaluationError: An error occurred while executing the state 'A' (entered at the event id #2). Map state input must be an array but was: string`,
		},
		"Map over what is no array, in JSONPath": {
			`{"StartAt": "A", "States": {"A": {"Type": "Map", "Iterator": {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}}}`, `{}`,
			`FAILED States.Runtime: An error occurred while executing the state 'A' (entered at the event id #2). Reference path "$" must point to array.`,
		},
		"an inline Map takes a tolerance without effect": {
			machine(`"A": {"Type": "Map", "ToleratedFailureCount": "{% 1 %}", "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Fail", "Error": "E"}}}, "End": true}`), `[1]`, `FAILED E: null`,
		},
		"distributed Map": {
			machine(`"A": {"Type": "Map", "Label": "x", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}`),
			`[1,2]`, `SUCCEEDED [1,2]`,
		},
		"distributed Map with a failed item": {
			machine(`"A": {"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "B", "States": {"B": {"Type": "Fail", "Error": "E"}}}, "End": true}`),
			`[1,2]`, `FAILED States.ExceedToleratedFailureThreshold: The specified tolerated failure threshold was exceeded`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, show(newBench(t).run(c.definition, c.input))) })
	}
}

func TestVariables(t *testing.T) {
	cases := map[string]struct{ definition, want string }{
		"Assign sees the values before the state, Output too": {
			machine(`"A": {"Type": "Pass", "Assign": {"x": 1, "y": 1}, "Next": "B"}`,
				`"B": {"Type": "Pass", "Assign": {"x": "{% $y + 1 %}", "y": "{% $x + 10 %}"}, "Output": "{% [$x, $y] %}", "Next": "C"}`,
				`"C": {"Type": "Succeed", "Output": {"before": "{% $states.input %}", "after": "{% [$x, $y] %}"}}`),
			`SUCCEEDED {"before":[1,1],"after":[2,11]}`,
		},
		"inner states read outer variables and keep their own": {
			machine(`"A": {"Type": "Pass", "Assign": {"outer": "o"}, "Output": [1, 2], "Next": "M"}`,
				`"M": {"Type": "Map", "ItemProcessor": {"StartAt": "B", "States": {
					"B": {"Type": "Pass", "Assign": {"inner": "{% $outer & $string($states.input) %}"}, "Next": "C"},
					"C": {"Type": "Pass", "Output": "{% $inner %}", "End": true}}}, "Assign": {"outer": "{% $states.result %}"}, "Next": "Z"}`,
				`"Z": {"Type": "Succeed", "Output": "{% [$outer, $exists($inner)] %}"}`),
			`SUCCEEDED ["o1","o2",false]`,
		},
		"a distributed Map's items see none": {
			machine(`"A": {"Type": "Pass", "Assign": {"outer": "o"}, "Output": [1], "Next": "M"}`,
				`"M": {"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {
					"B": {"Type": "Pass", "Output": "{% $exists($outer) %}", "End": true}}}, "End": true}`),
			`SUCCEEDED [false]`,
		},
		"a catcher's Assign instead of the state's": {
			machine(task("A", `"Arguments": {}, "Assign": {"v": "state"}, "Catch": [{"ErrorEquals": ["E"], "Assign": {"v": "{% $states.errorOutput.Error & $states.errorOutput.Cause %}"}, "Output": "{% $states.input %}", "Next": "B"}], "Next": "B"`),
				`"B": {"Type": "Succeed", "Output": "{% [$v, $states.input.n] %}"}`),
			`SUCCEEDED ["Ebecause",1]`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.caller.answer = failing(9, "E")
			require.Equal(t, c.want, show(b.run(c.definition, `{"n":1}`)))
		})
	}
}

func TestIntegersKeep64BitsThroughStates(t *testing.T) {
	const id, input = `9007199254740993`, `{"id":9007199254740993,"list":[9007199254740993,-9223372036854775808]}`
	for definition, want := range map[string]string{
		machine(`"A": {"Type": "Pass", "End": true}`): input,
		machine(`"A": {"Type": "Pass", "Output": {"constant": 9007199254740995, "id": "{% $states.input.id %}", "text": "{% $string($states.input.id) %}"}, "End": true}`):   `{"constant":9007199254740995,"id":9007199254740993,"text":"9007199254740993"}`,
		machine(`"A": {"Type": "Pass", "Assign": {"v": "{% $states.input.id %}"}, "Next": "B"}`, `"B": {"Type": "Succeed", "Output": "{% $v %}"}`):                           id,
		machine(`"A": {"Type": "Map", "Items": "{% $states.input.list %}", "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}`): `[9007199254740993,-9223372036854775808]`,
		machine(task("A", `"Arguments": {"a": "{% $states.input.id %}"}, "End": true`)):                                                                                      `{"a":9007199254740993}`,
		machine(`"A": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.id = 9007199254740992 %}", "Next": "B"}], "Default": "C"}`,
			`"B": {"Type": "Succeed", "Output": "rounded"}`, `"C": {"Type": "Succeed", "Output": "exact"}`): `"exact"`,
		`{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 9007199254740993, "End": true}}}`: id,
	} {
		b := newBench(t)
		b.caller.answer = func(task interpreter.Task) interpreter.Answer { return interpreter.Answer{Output: task.Text} }
		require.Equal(t, "SUCCEEDED "+want, show(b.run(definition, input)), definition)
	}
}

func TestAMapOverAnObjectTakesItsPairs(t *testing.T) {
	const pair = `"ItemSelector": {"key": "{% $states.context.Map.Item.Key %}", "value": "{% $states.context.Map.Item.Value %}", "source": "{% $states.context.Map.Item.Source %}"},
		"ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}`
	want := `SUCCEEDED [{"key":"b","value":1,"source":"STATE_DATA"},{"key":"a","value":[2],"source":"STATE_DATA"}]`
	require.Equal(t, want, show(newBench(t).run(machine(`"M": {"Type": "Map", `+pair), `{"b":1,"a":[2]}`)))
	require.Equal(t, want, show(newBench(t).run(machine(`"M": {"Type": "Map", "Items": {"b": 1, "a": "{% [2] %}"}, `+pair), `{}`)))
}

func TestACauseNamesTheRuleOrTheCatcher(t *testing.T) {
	for definition, place := range map[string]string{
		machine(`"A": {"Type": "Choice", "Choices": [{"Condition": false, "Next": "Z"}, {"Condition": true, "Output": {"v": "{% $none %}"}, "Next": "Z"}]}`, `"Z": {"Type": "Succeed"}`):   "Choices[1]/Output/v",
		machine(`"A": {"Type": "Choice", "Choices": [{"Condition": true, "Assign": {"v": "{% $none %}"}, "Next": "Z"}]}`, `"Z": {"Type": "Succeed"}`):                                      "Choices[0]/Assign/v",
		machine(task("A", `"Catch": [{"ErrorEquals": ["F"], "Next": "Z"}, {"ErrorEquals": ["E"], "Assign": {"v": "{% $none %}"}, "Next": "Z"}], "Next": "Z"`), `"Z": {"Type": "Succeed"}`): "Catch[1]/Assign/v",
		machine(`"A": {"Type": "Pass", "Output": ["{% $none %}"], "End": true}`):                                                                                                           "Output[0]",
	} {
		b := newBench(t)
		b.caller.answer = failing(9, "E")
		require.Contains(t, show(b.run(definition, `{}`)), "specified for the field '"+place+"' returned nothing (undefined).")
	}
}

func TestContextObject(t *testing.T) {
	result := newBench(t).run(machine(`"Wait": {"Type": "Wait", "Seconds": 61, "Next": "Here"}`,
		`"Here": {"Type": "Pass", "Output": "{% $states.context %}", "End": true}`), `{"n":1}`)
	require.JSONEq(t, `{
		"Execution": {
			"Id": "arn:aws:states:eu-west-1:123456789012:execution:machine:run-1", "Name": "run-1", "Input": {"n": 1},
			"RoleArn": "arn:aws:iam::123456789012:role/machine", "StartTime": "2026-01-01T00:00:00.000Z", "RedriveCount": 0},
		"StateMachine": {"Id": "arn:aws:states:eu-west-1:123456789012:stateMachine:machine", "Name": "machine"},
		"State": {"Name": "Here", "EnteredTime": "2026-01-01T00:01:01.000Z", "RetryCount": 0}
	}`, string(result.Output))
}

func TestWhatATaskIsAsked(t *testing.T) {
	b := newBench(t)
	var asked interpreter.Task
	b.caller.answer = func(task interpreter.Task) interpreter.Answer {
		asked = task
		return interpreter.Answer{Output: map[string]any{"b": []any{1.0}, "a": nil}, After: 2500 * time.Millisecond}
	}
	result := b.run(machine(task("T", `"Arguments": {"Name": "{% $states.input.n %}", "A": {"x": 1}}, "Output": {"in": "{% $states.input.n %}", "out": "{% $states.result %}"}, "End": true`)), `{"n":"c"}`)
	require.Equal(t, `SUCCEEDED {"in":"c","out":{"a":null,"b":[1]}}`, show(result))
	require.Equal(t, "T", asked.State)
	require.Equal(t, "arn:aws:states:::aws-sdk:glue:getCrawler", asked.Resource)
	require.Equal(t, `{"Name":"c","A":{"x":1}}`, string(asked.Text))
	require.Equal(t, map[string]any{"Name": "c", "A": map[string]any{"x": 1.0}}, asked.Arguments)
	require.Equal(t, "run-1", asked.Execution.Name)
	require.Equal(t, 2500*time.Millisecond, result.Duration)
	require.Equal(t, map[string]int{
		"ExecutionStarted": 1, "TaskStateEntered": 1, "TaskScheduled": 1, "TaskStarted": 1, "TaskSucceeded": 1, "TaskStateExited": 1, "ExecutionSucceeded": 1,
	}, counts(result.History))
}

func TestTaskEventsFollowTheIntegration(t *testing.T) {
	for resource, want := range map[string]string{
		"arn:aws:states:::sns:publish":                             "TaskScheduled TaskStarted TaskSucceeded",
		"arn:aws:states:::athena:startQueryExecution.sync":         "TaskScheduled TaskStarted TaskSubmitted TaskSucceeded",
		"arn:aws:states:::sqs:sendMessage.waitForTaskToken":        "TaskScheduled TaskStarted TaskSubmitted TaskSucceeded",
		"arn:aws:lambda:eu-west-1:123456789012:function:f":         "LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionSucceeded",
		"arn:aws-cn:states:cn-north-1:123456789012:activity:knead": "ActivityScheduled ActivityStarted ActivitySucceeded",
	} {
		result := newBench(t).run(machine(fmt.Sprintf(`"T": {"Type": "Task", "Resource": %q, "End": true}`, resource)), `{}`)
		events := counts(result.History)
		for _, other := range []string{"ExecutionStarted", "TaskStateEntered", "TaskStateExited", "ExecutionSucceeded"} {
			delete(events, other)
		}
		wanted := map[string]int{}
		for _, event := range strings.Fields(want) {
			wanted[event] = 1
		}
		require.Equal(t, wanted, events, resource)
	}
}

func TestTheTokenOfACallbackTask(t *testing.T) {
	b := newBench(t)
	b.run(machine(`"T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Arguments": "{% $states.context.Task.Token %}", "End": true}`), `{}`)
	require.Equal(t, []string{`T@0 "arn:aws:states:eu-west-1:123456789012:execution:machine:run-1:1"`}, b.caller.calls)
}

func TestCallsComeInOrderOfBranchAndIteration(t *testing.T) {
	inner := func(name string) string {
		return fmt.Sprintf(`{"StartAt": "M%[1]s", "States": {"M%[1]s": {"Type": "Map", "Items": [1, 2, 3], "MaxConcurrency": 2, "End": true,
			"ItemProcessor": {"StartAt": %[1]q, "States": {%[2]s}}}}}`, name, task(name, `"Arguments": "{% $states.input %}", "End": true`))
	}
	b := newBench(t)
	result := b.run(machine(fmt.Sprintf(`"P": {"Type": "Parallel", "Branches": [%s, %s], "End": true}`, inner("A"), inner("B"))), `{}`)
	require.Equal(t, `SUCCEEDED [[1,2,3],[1,2,3]]`, show(result))
	require.Equal(t, []string{"A@0 1", "A@0 2", "B@0 1", "B@0 2", "A@1 3", "B@1 3"}, b.caller.calls)
	require.Equal(t, []string{"P", "MA", "A", "MB", "B"}, result.States)
	require.Equal(t, 2*time.Second, result.Duration)
}

func TestInlineMapsRunAtMost40AtATime(t *testing.T) {
	for concurrency, want := range map[string]time.Duration{"0": 3, "1000": 3, `"{% 50 %}"`: 3, "41": 3, "7": 15, "1": 100} {
		result := newBench(t).run(machine(fmt.Sprintf(`"M": {"Type": "Map", "Items": "{%% [1..100] %%}", "MaxConcurrency": %s, "End": true,
			"ItemProcessor": {"StartAt": "T", "States": {%s}}}`, concurrency, task("T", `"End": true`))), `{}`)
		require.Equal(t, want*time.Second, result.Duration, concurrency)
	}
}

func TestWaits(t *testing.T) {
	for field, want := range map[string]time.Duration{
		`"Seconds": 90`:                                                90 * time.Second,
		`"Seconds": 0`:                                                 0,
		`"Seconds": "{% $states.input.n * 2 %}"`:                       8 * time.Second,
		`"Timestamp": "2026-01-01T00:00:00.250Z"`:                      250 * time.Millisecond,
		`"Timestamp": "{% '2026-01-01T08:00:00+07:00' %}"`:             time.Hour,
		`"Timestamp": "{% $fromMillis($millis() + 5000) %}"`:           5 * time.Second,
		`"Timestamp": "2016-03-14T01:59:00Z"`:                          0,
		`"Timestamp": "{% $states.context.Execution.StartTime %}"`:     0,
		`"Timestamp": "{% $now() %}", "Assign": {"waited": "{% 1 %}"}`: 0,
	} {
		result := newBench(t).run(machine(`"W": {"Type": "Wait", `+field+`, "End": true}`), `{"n":4}`)
		require.Equal(t, interpreter.Succeeded, result.Status, field)
		require.Equal(t, want, result.Duration, field)
	}
}

func TestAWaitOfMoreThan24855Days(t *testing.T) {
	wait := func(days int) string {
		return show(newBench(t).run(machine(fmt.Sprintf(`"W": {"Type": "Wait", "Timestamp": "{%% $fromMillis($millis() + %d * 86400000) %%}", "Output": 1, "End": true}`, days)), `{}`))
	}
	require.Equal(t, "FAILED States.Runtime: Wait state delay is too long.", wait(24_856))
	require.Equal(t, "TIMED_OUT", wait(24_855)[:9], "an execution lasts a year")
}

func TestExecutionsShareAClock(t *testing.T) {
	b := newBench(t)
	m, err := interpreter.Load([]byte(machine(task("T", `"End": true`))), b.evaluator)
	require.NoError(t, err)
	var log []string
	for i, name := range []string{"first", "second"} {
		b.clock.At(start.Add(time.Duration(i)*500*time.Millisecond), func() {
			execution := b.execution
			execution.Name = name
			require.NoError(t, m.Start(b.clock, execution, b.caller, func(r interpreter.Result) {
				log = append(log, fmt.Sprintf("%s ended at %v after %v", name, b.clock.Now().Sub(start), r.Duration))
			}))
		})
	}
	b.clock.Run()
	require.Equal(t, []string{"first ended at 1s after 1s", "second ended at 1.5s after 1s"}, log)
}

func TestResultsAreTheSameEachTime(t *testing.T) {
	definition := machine(`"M": {"Type": "Map", "Items": "{% [1..50] %}", "End": true, "ItemProcessor": {"StartAt": "T", "States": {` +
		task("T", `"Arguments": "{% [$random(), $uuid(), $now()] %}", "End": true`) + `}}}`)
	first, second := newBench(t).run(definition, `{}`), newBench(t).run(definition, `{}`)
	require.Equal(t, first, second)
	var drawn [][]any
	require.NoError(t, json.Unmarshal(first.Output, &drawn))
	require.NotEqual(t, drawn[0][1], drawn[1][1])
}
