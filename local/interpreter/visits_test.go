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

// visited runs a machine and writes each visit as a line.
func visited(b *bench, definition, input string) (lines []string, result interpreter.Result) {
	result = b.run(definition, input)
	for _, v := range result.Visits {
		line := v.State
		if v.Map != "" {
			line += fmt.Sprintf(" in %s[%d]", v.Map, v.Iteration)
		}
		line += fmt.Sprintf(" %v r%d %s→%s", v.Duration, v.Retries, v.Input, v.Output)
		if v.Failed {
			line += " !"
			if v.Error != nil {
				line += *v.Error
			}
			if v.Cause != nil {
				line += ": " + *v.Cause
			}
		}
		if v.Next != "" {
			line += " then " + v.Next
		}
		lines = append(lines, line)
	}
	return lines, result
}

func TestVisitsAreTheWayThatAnExecutionTook(t *testing.T) {
	b := newBench(t)
	calls := 0
	b.caller.answer = func(interpreter.Task) interpreter.Answer {
		if calls++; calls < 3 {
			return interpreter.Answer{Fault: fault.Errorf("Busy", "later"), After: time.Second}
		}
		return interpreter.Answer{Output: map[string]any{"n": 1}, After: time.Second}
	}
	lines, _ := visited(b, `{"QueryLanguage": "JSONata", "StartAt": "Call", "States": {
		"Call": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:glue:getCrawler", "Next": "Both",
			"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 1}]},
		"Both": {"Type": "Parallel", "Next": "Wrong", "Output": {}, "Branches": [
			{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}, {"StartAt": "B", "States": {"B": {"Type": "Wait", "Seconds": 3, "End": true}}}]},
		"Wrong": {"Type": "Pass", "Output": "{% $error('no') %}", "Next": "Never"}, "Never": {"Type": "Succeed"}}}`, `{}`)
	require.Equal(t, []string{
		`Call 7s r2 {}→{"n":1} then Both`,
		`Both 3s r0 {"n":1}→{} then Wrong`,
		`A 0s r0 {"n":1}→{"n":1}`,
		`B 3s r0 {"n":1}→{"n":1}`,
	}, lines[:4])
	require.Contains(t, lines[4], `Wrong 0s r0 {}→ !States.QueryEvaluationError: `)
	require.NotContains(t, lines[4], " then ")
	require.Len(t, lines, 5)
}

func TestAFailureThatIsCaughtIsSeen(t *testing.T) {
	b := newBench(t)
	b.caller.answer = func(interpreter.Task) interpreter.Answer {
		return interpreter.Answer{Fault: fault.Errorf("Lost", "gone")}
	}
	lines, _ := visited(b, `{"QueryLanguage": "JSONata", "StartAt": "Call", "States": {
		"Call": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:glue:getCrawler", "Next": "Well", "Catch": [{"ErrorEquals": ["Lost"], "Next": "Ill", "Output": 1}]},
		"Well": {"Type": "Succeed"}, "Ill": {"Type": "Fail", "Error": "Told"}}}`, `{}`)
	require.Equal(t, []string{`Call 0s r0 {}→1 !Lost: gone then Ill`, `Ill 0s r0 1→ !Told`}, lines)
}

// Of many iterations the first and the last are kept, of a Map inside a Map too, and each that failed.
func TestTheFirstAndTheLastIterationsAreKept(t *testing.T) {
	_, result := visited(newBench(t), `{"QueryLanguage": "JSONata", "StartAt": "Outer", "States": {
		"Outer": {"Type": "Map", "Items": "{% [1..50] %}", "MaxConcurrency": 1, "Output": {}, "End": true, "ItemProcessor": {"StartAt": "Inner", "States": {
		"Inner": {"Type": "Map", "Items": "{% [1..30] %}", "Output": {}, "End": true, "ItemProcessor": {"StartAt": "Leaf", "States": {
		"Leaf": {"Type": "Pass", "End": true}}}}}}}}}`, `{}`)
	require.Equal(t, []interpreter.MapCount{{State: "Inner", Iterations: 1500, Kept: 40}, {State: "Outer", Iterations: 50, Kept: 40}}, result.Maps)
	kept := map[string][]int{}
	for _, v := range result.Visits {
		kept[v.State] = append(kept[v.State], v.Iteration)
	}
	ends := func(count int) (numbers []int) {
		for i := range 20 {
			numbers = append(numbers, i)
		}
		for i := range 20 {
			numbers = append(numbers, count-20+i)
		}
		return numbers
	}
	require.Equal(t, map[string][]int{"Outer": {0}, "Inner": ends(50), "Leaf": ends(1500)}, kept)

	_, result = visited(newBench(t), `{"QueryLanguage": "JSONata", "StartAt": "Each", "States": {"Each": {"Type": "Map", "Items": "{% [1..100] %}", "End": true,
		"MaxConcurrency": 1, "ItemProcessor": {"StartAt": "Look", "States": {
		"Look": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input = 71 %}", "Next": "Stop"}], "Default": "Go"},
		"Go": {"Type": "Pass", "End": true}, "Stop": {"Type": "Fail", "Error": "Enough"}}}}}}`, `{}`)
	require.Equal(t, []interpreter.MapCount{{State: "Each", Iterations: 71, Kept: 41}}, result.Maps)
	last := result.Visits[len(result.Visits)-1]
	require.Equal(t, []any{"Stop", 70, "Enough"}, []any{last.State, last.Iteration, *last.Error})
}

func TestALongDocumentIsCut(t *testing.T) {
	_, result := visited(newBench(t), `{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}`, `"`+strings.Repeat("é", 10_000)+`"`)
	require.Len(t, result.Visits[0].Input, 4096-1+len("…"), "no half of a character is left")
	require.Equal(t, result.Visits[0].Input, result.Visits[0].Output)
}

// A machine that goes round for long is known by its beginning and its end.
func TestTheFirstAndTheLastVisitsAreKept(t *testing.T) {
	_, result := visited(newBench(t), `{"QueryLanguage": "JSONata", "StartAt": "Count", "States": {
		"Count": {"Type": "Pass", "Output": "{% $states.input + 1 %}", "Next": "Done?"},
		"Done?": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input = 2000 %}", "Next": "Done"}], "Default": "Count"}, "Done": {"Type": "Succeed"}}}`, `0`)
	require.Len(t, result.Visits, 1000)
	require.Equal(t, "0", result.Visits[0].Input)
	require.Equal(t, "Done", result.Visits[999].State)
}
