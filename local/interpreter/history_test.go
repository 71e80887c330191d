package interpreter_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"datalake/local/fault"
	"datalake/local/interpreter"

	"github.com/stretchr/testify/require"
)

// written shows a history one event a line: id<previous, seconds since the start, type and details.
func written(t *testing.T, history []interpreter.Event) string {
	var lines strings.Builder
	for _, e := range history {
		fmt.Fprintf(&lines, "%d<%d %vs %s", e.ID, e.PreviousEventID, e.Timestamp.Sub(start).Seconds(), e.Type)
		if e.Details != nil {
			details, err := json.Marshal(e.Details)
			require.NoError(t, err)
			fmt.Fprintf(&lines, " %s", details)
		}
		lines.WriteByte('\n')
	}
	// Each payload has it, and it is always the same.
	return strings.NewReplacer(`"inputDetails":{"truncated":false},`, "", `"outputDetails":{"truncated":false},`, "", `,"outputDetails":{"truncated":false}`, "").Replace(lines.String())
}

// counts are how many events there are of each type.
func counts(history []interpreter.Event) map[string]int {
	types := map[string]int{}
	for _, event := range history {
		types[event.Type]++
	}
	return types
}

func TestHistories(t *testing.T) {
	for name, c := range map[string]struct {
		definition string
		answer     func(interpreter.Task) interpreter.Answer
		want       string
	}{
		"a task is tried again, then caught": {
			machine(task("T", `"TimeoutSeconds": 9, "Arguments": {"Name": "c"}, "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1}], "Next": "W",
				"Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"why": "{% $states.errorOutput.Error %}"}, "Output": {"n": 1}, "Next": "W"}]`),
				`"W": {"Type": "Wait", "Seconds": 5, "Next": "F"}`, `"F": {"Type": "Fail", "Error": "{% $why %}", "Cause": "after all"}`),
			failing(2, "E"),
			`
2<0 0s TaskStateEntered {"input":"{}","name":"T"}
3<2 0s TaskScheduled {"parameters":"{\"Name\":\"c\"}","region":"eu-west-1","resource":"getCrawler","resourceType":"aws-sdk:glue","timeoutInSeconds":9}
4<3 0s TaskStarted {"resource":"getCrawler","resourceType":"aws-sdk:glue"}
5<4 1s TaskFailed {"cause":"because","error":"E","resource":"getCrawler","resourceType":"aws-sdk:glue"}
6<5 2s TaskScheduled {"parameters":"{\"Name\":\"c\"}","region":"eu-west-1","resource":"getCrawler","resourceType":"aws-sdk:glue","timeoutInSeconds":9}
7<6 2s TaskStarted {"resource":"getCrawler","resourceType":"aws-sdk:glue"}
8<7 3s TaskFailed {"cause":"because","error":"E","resource":"getCrawler","resourceType":"aws-sdk:glue"}
9<8 3s TaskStateExited {"assignedVariables":{"why":"\"E\""},"assignedVariablesDetails":{"truncated":false},"name":"T","output":"{\"n\":1}"}
10<9 3s WaitStateEntered {"input":"{\"n\":1}","name":"W"}
11<10 8s WaitStateExited {"name":"W","output":"{\"n\":1}"}
12<11 8s FailStateEntered {"input":"{\"n\":1}","name":"F"}
13<12 8s ExecutionFailed {"cause":"after all","error":"E"}
`,
		},
		"a job": {
			machine(`"J": {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "End": true}`),
			echo, `
2<0 0s TaskStateEntered {"input":"{}","name":"J"}
3<2 0s TaskScheduled {"parameters":"{}","region":"eu-west-1","resource":"startJobRun.sync","resourceType":"glue"}
4<3 0s TaskStarted {"resource":"startJobRun.sync","resourceType":"glue"}
5<4 0s TaskSubmitted {"resource":"startJobRun.sync","resourceType":"glue"}
6<5 1s TaskSucceeded {"output":"{}","resource":"startJobRun.sync","resourceType":"glue"}
7<6 1s TaskStateExited {"name":"J","output":"{}"}
8<7 1s ExecutionSucceeded {"output":"{}"}
`,
		},
		"a job that fails": {
			machine(`"J": {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "End": true}`),
			failing(1, "States.TaskFailed"), `
2<0 0s TaskStateEntered {"input":"{}","name":"J"}
3<2 0s TaskScheduled {"parameters":"{}","region":"eu-west-1","resource":"startJobRun.sync","resourceType":"glue"}
4<3 0s TaskStarted {"resource":"startJobRun.sync","resourceType":"glue"}
5<4 0s TaskSubmitted {"resource":"startJobRun.sync","resourceType":"glue"}
6<5 1s TaskFailed {"cause":"because","error":"States.TaskFailed","resource":"startJobRun.sync","resourceType":"glue"}
7<6 1s ExecutionFailed {"cause":"because","error":"States.TaskFailed"}
`,
		},
		"a job that is not taken": {
			machine(`"J": {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "End": true}`),
			failing(1, "Glue.ConcurrentRunsExceededException"), `
2<0 0s TaskStateEntered {"input":"{}","name":"J"}
3<2 0s TaskScheduled {"parameters":"{}","region":"eu-west-1","resource":"startJobRun.sync","resourceType":"glue"}
4<3 0s TaskStarted {"resource":"startJobRun.sync","resourceType":"glue"}
5<4 1s TaskFailed {"cause":"because","error":"Glue.ConcurrentRunsExceededException","resource":"startJobRun.sync","resourceType":"glue"}
6<5 1s ExecutionFailed {"cause":"because","error":"Glue.ConcurrentRunsExceededException"}
`,
		},
		"a function": {
			machine(`"L": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f", "TimeoutSeconds": 1, "End": true}`),
			echo, `
2<0 0s TaskStateEntered {"input":"{}","name":"L"}
3<2 0s LambdaFunctionScheduled {"input":"{}","resource":"arn:aws:lambda:eu-west-1:123456789012:function:f","timeoutInSeconds":1}
4<3 0s LambdaFunctionStarted
5<4 1s LambdaFunctionSucceeded {"output":"{}"}
6<5 1s TaskStateExited {"name":"L","output":"{}"}
7<6 1s ExecutionSucceeded {"output":"{}"}
`,
		},
		"an activity without a word": {
			machine(`"A": {"Type": "Task", "Resource": "arn:aws:states:eu-west-1:123456789012:activity:knead", "TimeoutSeconds": 9, "HeartbeatSeconds": 3, "End": true}`),
			func(interpreter.Task) interpreter.Answer { return interpreter.Answer{After: 4 * time.Second} }, `
2<0 0s TaskStateEntered {"input":"{}","name":"A"}
3<2 0s ActivityScheduled {"heartbeatInSeconds":3,"input":"{}","resource":"arn:aws:states:eu-west-1:123456789012:activity:knead","timeoutInSeconds":9}
4<3 0s ActivityStarted
5<4 3s ActivityTimedOut {"error":"States.HeartbeatTimeout"}
6<5 3s ExecutionFailed {"error":"States.Timeout"}
`,
		},
		"branches": {
			machine(`"P": {"Type": "Parallel", "End": true, "Output": 0, "Branches": [
				{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 2, "End": true}}},
				{"StartAt": "B", "States": {"B": {"Type": "Wait", "Seconds": 1, "Next": "C"}, "C": {"Type": "Succeed"}}}]}`),
			nil, `
2<0 0s ParallelStateEntered {"input":"{}","name":"P"}
3<2 0s ParallelStateStarted
4<3 0s WaitStateEntered {"input":"{}","name":"A"}
5<3 0s WaitStateEntered {"input":"{}","name":"B"}
6<5 1s WaitStateExited {"name":"B","output":"{}"}
7<6 1s SucceedStateEntered {"input":"{}","name":"C"}
8<7 1s SucceedStateExited {"name":"C","output":"{}"}
9<4 2s WaitStateExited {"name":"A","output":"{}"}
10<9 2s ParallelStateSucceeded
11<9 2s ParallelStateExited {"name":"P","output":"0"}
12<11 2s ExecutionSucceeded {"output":"0"}
`,
		},
		"a branch that fails": {
			machine(`"P": {"Type": "Parallel", "End": true, "Branches": [
				{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 2, "End": true}}},
				{"StartAt": "B", "States": {"B": {"Type": "Fail"}}}]}`),
			nil, `
2<0 0s ParallelStateEntered {"input":"{}","name":"P"}
3<2 0s ParallelStateStarted
4<3 0s WaitStateEntered {"input":"{}","name":"A"}
5<3 0s FailStateEntered {"input":"{}","name":"B"}
6<5 0s ParallelStateFailed
7<6 0s ExecutionFailed {}
`,
		},
		"iterations one after another": {
			machine(`"M": {"Type": "Map", "Items": [7, 8], "MaxConcurrency": 1, "Output": 0, "End": true,
				"ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}}}`),
			nil, `
2<0 0s MapStateEntered {"input":"{}","name":"M"}
3<2 0s MapStateStarted {"length":2}
4<3 0s MapIterationStarted {"index":0,"name":"M"}
5<4 0s PassStateEntered {"input":"7","name":"I"}
6<5 0s PassStateExited {"name":"I","output":"7"}
7<6 0s MapIterationSucceeded {"index":0,"name":"M"}
8<3 0s MapIterationStarted {"index":1,"name":"M"}
9<8 0s PassStateEntered {"input":"8","name":"I"}
10<9 0s PassStateExited {"name":"I","output":"8"}
11<10 0s MapIterationSucceeded {"index":1,"name":"M"}
12<11 0s MapStateSucceeded
13<11 0s MapStateExited {"name":"M","output":"0"}
14<13 0s ExecutionSucceeded {"output":"0"}
`,
		},
		"an iteration that fails": {
			machine(`"M": {"Type": "Map", "Items": [9, 8, 1], "End": true, "Catch": [{"ErrorEquals": ["Bad"], "Output": 0, "Next": "Z"}],
				"ItemProcessor": {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": "{% $states.input %}", "Next": "F"}, "F": {"Type": "Fail", "Error": "Bad"}}}}`,
				`"Z": {"Type": "Succeed"}`),
			nil, `
2<0 0s MapStateEntered {"input":"{}","name":"M"}
3<2 0s MapStateStarted {"length":3}
4<3 0s MapIterationStarted {"index":0,"name":"M"}
5<4 0s WaitStateEntered {"input":"9","name":"W"}
6<3 0s MapIterationStarted {"index":1,"name":"M"}
7<6 0s WaitStateEntered {"input":"8","name":"W"}
8<3 0s MapIterationStarted {"index":2,"name":"M"}
9<8 0s WaitStateEntered {"input":"1","name":"W"}
10<9 1s WaitStateExited {"name":"W","output":"1"}
11<10 1s FailStateEntered {"input":"1","name":"F"}
12<11 1s MapIterationFailed {"index":2,"name":"M"}
13<5 1s MapIterationAborted {"index":0,"name":"M"}
14<7 1s MapIterationAborted {"index":1,"name":"M"}
15<11 1s MapStateFailed
16<15 1s MapStateExited {"name":"M","output":"0"}
17<16 1s SucceedStateEntered {"input":"0","name":"Z"}
18<17 1s SucceedStateExited {"name":"Z","output":"0"}
19<18 1s ExecutionSucceeded {"output":"0"}
`,
		},
		"no items": {
			machine(`"M": {"Type": "Map", "Items": [], "End": true, "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}}}`),
			nil, `
2<0 0s MapStateEntered {"input":"{}","name":"M"}
3<2 0s MapStateStarted {"length":0}
4<3 0s MapStateSucceeded
5<3 0s MapStateExited {"name":"M","output":"[]"}
6<5 0s ExecutionSucceeded {"output":"[]"}
`,
		},
		"an item that cannot be selected": {
			machine(`"M": {"Type": "Map", "Items": [1], "ItemSelector": "{% $states.input.none %}", "End": true,
				"ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}}}`),
			nil, `
2<0 0s MapStateEntered {"input":"{}","name":"M"}
3<2 0s MapStateStarted {"length":1}
4<3 0s MapIterationStarted {"index":0,"name":"M"}
5<4 0s EvaluationFailed {"cause":"An error occurred while executing the state 'M' (entered at the event id #2). The JSONata expression '$states.input.none' specified for the field 'ItemSelector' returned nothing (undefined).","error":"States.QueryEvaluationError","location":"ItemSelector","state":"M"}
6<5 0s MapIterationFailed {"index":0,"name":"M"}
7<5 0s MapStateFailed
8<7 0s ExecutionFailed {"cause":"An error occurred while executing the state 'M' (entered at the event id #2). The JSONata expression '$states.input.none' specified for the field 'ItemSelector' returned nothing (undefined).","error":"States.QueryEvaluationError"}
`,
		},
		"a distributed Map": {
			machine(`"M": {"Type": "Map", "Items": [7], "Label": "each", "End": true,
				"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}}}`),
			nil, `
2<0 0s MapStateEntered {"input":"{}","name":"M"}
3<2 0s MapStateStarted {"length":1}
4<3 0s MapRunStarted {"mapRunArn":"arn:aws:states:eu-west-1:123456789012:mapRun:machine/each:run-1-3"}
5<4 0s MapRunSucceeded
6<5 0s MapStateSucceeded
7<4 0s MapStateExited {"name":"M","output":"[7]"}
8<7 0s ExecutionSucceeded {"output":"[7]"}
`,
		},
		"a distributed Map that fails": {
			machine(`"M": {"Type": "Map", "Items": [7], "End": true,
				"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "I", "States": {"I": {"Type": "Fail"}}}}`),
			nil, `
2<0 0s MapStateEntered {"input":"{}","name":"M"}
3<2 0s MapStateStarted {"length":1}
4<3 0s MapRunStarted {"mapRunArn":"arn:aws:states:eu-west-1:123456789012:mapRun:machine/M:run-1-3"}
5<4 0s MapRunFailed {"cause":"The specified tolerated failure threshold was exceeded","error":"States.ExceedToleratedFailureThreshold"}
6<5 0s MapStateFailed
7<6 0s ExecutionFailed {"cause":"The specified tolerated failure threshold was exceeded","error":"States.ExceedToleratedFailureThreshold"}
`,
		},
		"variables": {
			machine(`"A": {"Type": "Pass", "Assign": {"n": 1, "o": {"p": ["x"]}}, "Output": {"b": 1, "a": "é"}, "End": true}`),
			nil, `
2<0 0s PassStateEntered {"input":"{}","name":"A"}
3<2 0s PassStateExited {"assignedVariables":{"n":"1","o":"{\"p\":[\"x\"]}"},"assignedVariablesDetails":{"truncated":false},"name":"A","output":"{\"b\":1,\"a\":\"é\"}"}
4<3 0s ExecutionSucceeded {"output":"{\"b\":1,\"a\":\"é\"}"}
`,
		},
		"an expression without a value": {
			machine(`"A": {"Type": "Pass", "Output": {"n": "{% $none %}"}, "End": true}`),
			nil, `
2<0 0s PassStateEntered {"input":"{}","name":"A"}
3<2 0s EvaluationFailed {"cause":"An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression '$none' specified for the field 'Output/n' returned nothing (undefined).","error":"States.QueryEvaluationError","location":"Output/n","state":"A"}
4<3 0s ExecutionFailed {"cause":"An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression '$none' specified for the field 'Output/n' returned nothing (undefined).","error":"States.QueryEvaluationError"}
`,
		},
		"an execution that takes too long": {
			strings.Replace(machine(`"W": {"Type": "Wait", "Seconds": 9, "End": true}`), `{`, `{"TimeoutSeconds": 3, `, 1),
			nil, `
2<0 0s WaitStateEntered {"input":"{}","name":"W"}
3<0 3s ExecutionTimedOut {"error":"States.Timeout"}
`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.caller.answer = c.answer
			history := b.run(c.definition, `{}`).History
			require.Equal(t, "ExecutionStarted", history[0].Type)
			require.Equal(t, c.want[1:], written(t, history[1:]))

			kept, err := json.Marshal(history)
			require.NoError(t, err)
			var read []interpreter.Event
			require.NoError(t, json.Unmarshal(kept, &read))
			require.Equal(t, history, read, "it can be kept in a file")
		})
	}
}

func TestTheDocumentOfAnEvent(t *testing.T) {
	history := newBench(t).run(machine(`"W": {"Type": "Wait", "Seconds": 5, "Next": "P"}`,
		`"P": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}]}`), `{"b": 1, "a": "é"}`).History
	type object = map[string]any
	whole := object{"truncated": false}
	for id, want := range map[int]object{
		1: {
			"id": 1, "previousEventId": 0, "timestamp": start, "type": "ExecutionStarted",
			"executionStartedEventDetails": object{"input": `{"b":1,"a":"é"}`, "inputDetails": whole, "roleArn": "arn:aws:iam::123456789012:role/machine"},
		},
		2: {
			"id": 2, "previousEventId": 0, "timestamp": start, "type": "WaitStateEntered",
			"stateEnteredEventDetails": object{"name": "W", "input": `{"b":1,"a":"é"}`, "inputDetails": whole},
		},
		3: {
			"id": 3, "previousEventId": 2, "timestamp": start.Add(5 * time.Second), "type": "WaitStateExited",
			"stateExitedEventDetails": object{"name": "W", "output": `{"b":1,"a":"é"}`, "outputDetails": whole},
		},
		5: {"id": 5, "previousEventId": 4, "timestamp": start.Add(5 * time.Second), "type": "ParallelStateStarted"},
	} {
		require.Equal(t, want, history[id-1].Document())
	}
}

func TestExpressExecutionsKeepNoHistory(t *testing.T) {
	b := newBench(t)
	b.execution.Express = true
	require.Nil(t, b.run(machine(task("T", `"End": true`)), `{}`).History)
}

// stopped answers that the execution was stopped after three seconds.
func stopped(name, cause string) func(interpreter.Task) interpreter.Answer {
	return func(interpreter.Task) interpreter.Answer {
		return interpreter.Answer{Aborted: &fault.Error{Name: name, Cause: cause}, After: 3 * time.Second}
	}
}

func TestAStoppedExecution(t *testing.T) {
	b := newBench(t)
	b.caller.answer = stopped("Enough", "by hand")
	handled := func(next string) string {
		return fmt.Sprintf(`"Retry": [{"ErrorEquals": ["States.ALL"]}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": %q}], "End": true`, next)
	}
	result := b.run(machine(`"P": {"Type": "Parallel", `+handled("Z")+`, "Branches": [
		{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3, "Next": "Never"}, "Never": {"Type": "Wait", "Seconds": 9, "End": true}}},
		{"StartAt": "T", "States": {`+task("T", handled("Y"))+`, "Y": {"Type": "Succeed"}}}]}`,
		`"Z": {"Type": "Succeed"}`), `{}`)
	require.Equal(t, "ABORTED Enough: by hand", show(result))
	require.Equal(t, 3*time.Second, result.Duration)
	require.Equal(t, start.Add(3*time.Second), b.clock.Now(), "nothing is left on the clock")
	require.Len(t, b.caller.calls, 1)
	require.Equal(t, `
2<0 0s ParallelStateEntered {"input":"{}","name":"P"}
3<2 0s ParallelStateStarted
4<3 0s WaitStateEntered {"input":"{}","name":"W"}
5<3 0s TaskStateEntered {"input":"{}","name":"T"}
6<5 0s TaskScheduled {"parameters":"{}","region":"eu-west-1","resource":"getCrawler","resourceType":"aws-sdk:glue"}
7<6 0s TaskStarted {"resource":"getCrawler","resourceType":"aws-sdk:glue"}
8<4 3s WaitStateExited {"name":"W","output":"{}"}
9<8 3s WaitStateEntered {"input":"{}","name":"Never"}
10<3 3s ExecutionAborted {"cause":"by hand","error":"Enough"}
`[1:], written(t, result.History[1:]))
}

func TestStoppingNeedNotSayWhy(t *testing.T) {
	for _, express := range []bool{false, true} {
		b := newBench(t)
		b.caller.answer = stopped("", "")
		b.execution.Express = express
		result := b.run(machine(task("T", `"End": true`)), `{}`)
		require.Equal(t, "ABORTED null: null", show(result))
		if !express {
			require.Equal(t, "5<4 3s ExecutionAborted {}\n", written(t, result.History[4:]))
		}
	}
}

func TestATaskTimesOutBeforeItIsStopped(t *testing.T) {
	b := newBench(t)
	b.caller.answer = stopped("Enough", "")
	require.Equal(t, "FAILED States.Timeout: null", show(b.run(machine(task("T", `"TimeoutSeconds": 2, "End": true`)), `{}`)))
}
