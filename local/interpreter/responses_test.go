package interpreter_test

import (
	"testing"
	"time"

	"datalake/local/interpreter"

	"github.com/stretchr/testify/require"
)

func TestResponsesAnswerInTurn(t *testing.T) {
	caller, err := interpreter.LoadResponses([]byte(`{
		"arn:x": [{"output": {"b": 1, "a": 2}}, {"error": "E", "cause": "c", "after": 2.5}],
		"Named": [{"output": null}]
	}`))
	require.NoError(t, err)
	call := func(state string) interpreter.Answer {
		return caller.Call(interpreter.Task{State: state, Resource: "arn:x"})
	}
	first := call("A")
	require.Equal(t, 100*time.Millisecond, first.After)
	require.Nil(t, first.Fault)
	for range 2 { // the last repeats, for any state with the resource
		again := call("B")
		require.Equal(t, "E: c", again.Fault.Error())
		require.Equal(t, 2500*time.Millisecond, again.After)
	}
	require.Nil(t, call("Named").Fault, "the state's name wins")
	require.Nil(t, call("Named").Output)
}

func TestResponsesInAnExecution(t *testing.T) {
	cases := map[string]struct{ responses, want string }{
		"the order of members is kept": {`{"T": [{"output": {"b": 1, "a": 2}}]}`, `SUCCEEDED {"b":1,"a":2}`},
		"each attempt takes the next":  {`{"T": [{"error": "E"}, {"output": 1}]}`, `SUCCEEDED 1`},
		"past the timeout":             {`{"T": [{"output": 1, "after": 60.5}]}`, `FAILED States.Timeout: null`},
		"a task that is not named":     {`{"U": [{"output": 1}]}`, `FAILED Local.NoResponse: the responses name neither the state "T" nor its resource arn:aws:states:::aws-sdk:glue:getCrawler`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			caller, err := interpreter.LoadResponses([]byte(c.responses))
			require.NoError(t, err)
			b.caller.answer = caller.Call
			require.Equal(t, c.want, show(b.run(machine(task("T", `"TimeoutSeconds": 60, "Retry": [{"ErrorEquals": ["E"]}], "End": true`)), `{}`)))
		})
	}
}

func TestResponsesAreReadStrictly(t *testing.T) {
	for text, want := range map[string]string{
		`[`:                                    "reading the responses",
		`[]`:                                   "but holds an array",
		`{"T": {}}`:                            `the answers of "T" must be a list that is not empty, but are {}`,
		`{"T": []}`:                            `the answers of "T" must be a list that is not empty, but are []`,
		`{"T": [1]}`:                           `answer 1 of "T": it must be an object`,
		`{"T": [{}]}`:                          `either "output" or "error"`,
		`{"T": [{"output": 1}, {"oops":1}]}`:   `answer 2 of "T": the key "oops" is none of`,
		`{"T": [{"output": 1, "error": "E"}]}`: `either "output" or "error"`,
		`{"T": [{"output": 1, "cause": "c"}]}`: `"cause" goes with "error" only`,
		`{"T": [{"error": ""}]}`:               `"error" must not be ""`,
		`{"T": [{"error": 1}]}`:                `"error" must not be 1`,
		`{"T": [{"error": "E", "cause": 1}]}`:  `"cause" must not be 1`,
		`{"T": [{"output": 1, "after": -1}]}`:  `"after" must not be -1`,
		`{"T": [{"output": 1, "after": "1"}]}`: `"after" must not be "1"`,
	} {
		_, err := interpreter.LoadResponses([]byte(text))
		require.ErrorContains(t, err, want, text)
	}
}
