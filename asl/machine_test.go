package asl

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// poll is a sound machine: it looks until a crawler is ready.
func poll() Machine {
	look := GetCrawler("raw", []any{"arn:aws:glue:eu-west-1:1:crawler/raw"})
	return Machine{
		Comment: "Waits for a crawler",
		Timeout: time.Hour,
		Flow: Flow{
			Task{
				Name: "Look", Call: look, Timeout: 30 * time.Second,
				Retry:  []Retrier{{Errors: look.Throttles, Interval: 2 * time.Second, Attempts: 3, Backoff: 1.5, MaxDelay: time.Minute, Jitter: true}},
				Catch:  []Catcher{{Errors: []string{"States.ALL"}, Next: "Lost", Assign: map[string]any{"why": JSONata(`$states.errorOutput.Cause`)}}},
				Output: JSONata(`$states.result.Crawler`),
			},
			Choice{Name: "Ready?", Rules: []Rule{{If: `$states.input.State = 'READY'`, Next: "Done"}}, Otherwise: "Rest"},
			Wait{Name: "Rest", For: 30 * time.Second, Next: "Look"},
			Succeed{Name: "Done"},
			Fail{Name: "Lost", Error: "Lost", Cause: JSONata(`$why`)},
		},
	}
}

func TestCompileWritesAmazonStatesLanguage(t *testing.T) {
	definition, err := Compile(poll())
	require.NoError(t, err)
	text, err := Encode(definition.Document)
	require.NoError(t, err)
	require.JSONEq(t, `{
		"Comment": "Waits for a crawler", "QueryLanguage": "JSONata", "TimeoutSeconds": 3600, "StartAt": "Look",
		"States": {
			"Look": {
				"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:glue:getCrawler", "Arguments": {"Name": "raw"}, "TimeoutSeconds": 30,
				"Retry": [{
					"ErrorEquals": ["Glue.GlueException", "Glue.ThrottlingException", "Glue.OperationTimeoutException", "Glue.InternalServiceException", "Glue.SdkClientException", "States.Timeout"],
					"IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 1.5, "MaxDelaySeconds": 60, "JitterStrategy": "FULL"
				}],
				"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Lost", "Assign": {"why": "{% $states.errorOutput.Cause %}"}}],
				"Output": "{% $states.result.Crawler %}",
				"Next": "Ready?"
			},
			"Ready?": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.State = 'READY' %}", "Next": "Done"}], "Default": "Rest"},
			"Rest": {"Type": "Wait", "Seconds": 30, "Next": "Look"},
			"Done": {"Type": "Succeed"},
			"Lost": {"Type": "Fail", "Error": "Lost", "Cause": "{% $why %}"}
		}
	}`, text)
	require.Equal(t, []Permission{{Actions: []string{"glue:GetCrawler"}, Resources: []any{"arn:aws:glue:eu-west-1:1:crawler/raw"}}}, definition.Permissions)
}

func TestNestedFlowsStandInTheirStates(t *testing.T) {
	machine := Machine{Comment: "Nests", Timeout: time.Minute, Flow: Flow{
		Parallel{Name: "Both", Branches: []Flow{{Pass{Name: "One"}}, {Pass{Name: "Two", Output: 2}}}, Output: JSONata(`$states.result`)},
		Map{
			Name: "All", Items: `[1, 2]`, Concurrency: 2, ItemSelector: map[string]any{"n": JSONata(`$states.context.Map.Item.Value`)},
			Each: Flow{Pass{Name: "Item", Assign: map[string]any{"n": JSONata(`$states.input.n`)}}},
		},
	}}
	definition, err := Compile(machine)
	require.NoError(t, err)
	text, err := Encode(definition.Document)
	require.NoError(t, err)
	require.JSONEq(t, `{
		"Comment": "Nests", "QueryLanguage": "JSONata", "TimeoutSeconds": 60, "StartAt": "Both",
		"States": {
			"Both": {"Type": "Parallel", "Output": "{% $states.result %}", "Next": "All", "Branches": [
				{"StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}}},
				{"StartAt": "Two", "States": {"Two": {"Type": "Pass", "Output": 2, "End": true}}}
			]},
			"All": {"Type": "Map", "Items": "{% [1, 2] %}", "MaxConcurrency": 2, "End": true,
				"ItemSelector": {"n": "{% $states.context.Map.Item.Value %}"},
				"ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Item", "States": {
					"Item": {"Type": "Pass", "Assign": {"n": "{% $states.input.n %}"}, "End": true}
				}}}
		}
	}`, text)
}

func TestCompileRefuses(t *testing.T) {
	task := func(change func(*Task)) Flow {
		state := Task{Name: "Look", Call: GetCrawler("raw", []any{"arn"}), Timeout: time.Second}
		change(&state)
		return Flow{state, Fail{Name: "Lost", Error: "e", Cause: "c"}}
	}
	retry := func(r Retrier) Flow {
		return Flow{Task{Name: "Look", Call: GetCrawler("raw", []any{"arn"}), Timeout: time.Second, Retry: []Retrier{r}}}
	}
	for name, test := range map[string]struct {
		flow Flow
		says string
	}{
		"an empty flow":               {Flow{}, "the machine has an empty flow"},
		"an unknown Next":             {Flow{Pass{Name: "A", Next: "B"}}, `state "A" leads to "B", and the machine has no such state`},
		"a Next out of a branch":      {Flow{Parallel{Name: "P", Branches: []Flow{{Pass{Name: "A", Next: "Z"}}}}, Pass{Name: "Z"}}, `state "A" leads to "Z", and state "P" has no such state`},
		"an unreachable state":        {Flow{Pass{Name: "A", Next: End}, Pass{Name: "B"}}, `state "B" is never reached`},
		"a loop without a Wait":       {Flow{Pass{Name: "A"}, Pass{Name: "B", Next: "A"}}, "runs in a loop without a Wait"},
		"no last state":               {Flow{Wait{Name: "W", For: time.Second, Next: "W"}}, "the machine has no last state"},
		"no last state in a branch":   {Flow{Parallel{Name: "P", Branches: []Flow{{Wait{Name: "W", For: time.Second, Next: "W"}}}}}, `state "P" has no last state`},
		"a name used twice":           {Flow{Pass{Name: "A"}, Pass{Name: "A"}}, `two states are called "A"`},
		"a name used in a branch too": {Flow{Pass{Name: "A"}, Parallel{Name: "P", Branches: []Flow{{Pass{Name: "A"}}}}}, `two states are called "A"`},
		"no name":                     {Flow{Pass{}}, "a state without a Name"},
		"a long name":                 {Flow{Pass{Name: strings.Repeat("é", 81)}}, "longer than 80 characters"},
		"a control character":         {Flow{Pass{Name: "a\nb"}}, "control character"},
		"no task timeout":             {task(func(s *Task) { s.Timeout = 0 }), `state "Look"'s Timeout is missing`},
		"a long task timeout":         {task(func(s *Task) { s.Timeout = 2 * time.Hour }), "longer than the machine's 1h0m0s"},
		"half a second":               {task(func(s *Task) { s.Timeout = time.Second / 2 }), "give whole seconds"},
		"no call":                     {task(func(s *Task) { s.Call = Call{} }), "calls nothing"},
		"States.ALL beside another":   {task(func(s *Task) { s.Catch = []Catcher{{Errors: []string{"A", "States.ALL"}, Next: "Lost"}} }), "States.ALL must stand alone and last"},
		"States.ALL before another": {task(func(s *Task) {
			s.Catch = []Catcher{{Errors: []string{"States.ALL"}, Next: "Lost"}, {Errors: []string{"A"}, Next: "Lost"}}
		}), "States.ALL must stand alone and last"},
		"a catcher without Next":      {task(func(s *Task) { s.Catch = []Catcher{{Errors: []string{"A"}}} }), "has no Next"},
		"a catcher without errors":    {task(func(s *Task) { s.Catch = []Catcher{{Next: "Lost"}} }), "names no errors"},
		"an error of another service": {task(func(s *Task) { s.Catch = []Catcher{{Errors: []string{"S3.NoSuchKeyException"}, Next: "Lost"}} }), "names S3.NoSuchKeyException, which nothing there fails with"},
		"another operation's error":   {task(func(s *Task) { s.Catch = []Catcher{{Errors: []string{"Glue.CrawlerRunningException"}, Next: "Lost"}} }), "which nothing there fails with"},
		"an error that is no class":   {task(func(s *Task) { s.Catch = []Catcher{{Errors: []string{"Glue.CrawlerRunning"}, Next: "Lost"}} }), "give a class of the called service"},
		"an empty error name":         {task(func(s *Task) { s.Catch = []Catcher{{Errors: []string{""}, Next: "Lost"}} }), "empty error name"},
		"a variable called states":    {task(func(s *Task) { s.Assign = map[string]any{"states": 1} }), "assigns $states"},
		"a variable with a dash":      {task(func(s *Task) { s.Assign = map[string]any{"a-b": 1} }), "assigns $a-b"},
		"a retrier without interval":  {retry(Retrier{Errors: []string{"A"}, Attempts: 1, Backoff: 1}), "Interval is missing"},
		"a retrier without attempts":  {retry(Retrier{Errors: []string{"A"}, Interval: time.Second, Backoff: 1}), "0 Attempts"},
		"a shrinking backoff":         {retry(Retrier{Errors: []string{"A"}, Interval: time.Second, Attempts: 1, Backoff: 0.5}), "Backoff of 0.5"},
		"a small ceiling":             {retry(Retrier{Errors: []string{"A"}, Interval: time.Minute, Attempts: 1, Backoff: 1, MaxDelay: time.Second}), "not longer than its Interval"},
		"a choice without rules":      {Flow{Choice{Name: "C", Otherwise: "A"}, Pass{Name: "A"}}, "has no Rules"},
		"a choice without otherwise":  {Flow{Choice{Name: "C", Rules: []Rule{{If: "true", Next: "A"}}}, Pass{Name: "A"}}, "has no Otherwise"},
		"a rule without a condition":  {Flow{Choice{Name: "C", Rules: []Rule{{Next: "A"}}, Otherwise: "A"}, Pass{Name: "A"}}, "without an If"},
		"a wait of nothing":           {Flow{Wait{Name: "W"}}, "For is missing"},
		"a map without items":         {Flow{Map{Name: "M", Concurrency: 1, Each: Flow{Pass{Name: "A"}}}}, "has no Items"},
		"a map of 41 at once":         {Flow{Map{Name: "M", Items: "[]", Concurrency: 41, Each: Flow{Pass{Name: "A"}}}}, "Concurrency of 41"},
		"a map of nothing":            {Flow{Map{Name: "M", Items: "[]", Concurrency: 1}}, `state "M" has an empty flow`},
		"a parallel of nothing":       {Flow{Parallel{Name: "P"}}, "has no Branches"},
		"a fail without words":        {Flow{Fail{Name: "F"}}, "needs an Error and a Cause"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Compile(Machine{Comment: "Refused", Timeout: time.Hour, Flow: test.flow})
			require.ErrorContains(t, err, test.says)
		})
	}
}

func TestCompileReportsEveryFaultAtOnce(t *testing.T) {
	_, err := Compile(Machine{Flow: Flow{Pass{Name: "A", Next: "B"}, Fail{Name: "F"}}})
	for _, says := range []string{"no Comment", "the machine's Timeout is missing", `leads to "B"`, `state "F" is never reached`, "needs an Error"} {
		require.ErrorContains(t, err, says)
	}
}

func TestExpressIsKeptToItsLimits(t *testing.T) {
	machine := Machine{Comment: "c", Express: true, Timeout: 6 * time.Minute, Flow: Flow{
		Task{Name: "Query", Call: StartQuery(Query{}), Timeout: time.Minute},
	}}
	_, err := Compile(machine)
	require.ErrorContains(t, err, "an Express workflow ends after 5m0s")
	require.ErrorContains(t, err, "cannot wait for a job (.sync)")
}

func TestPartition(t *testing.T) {
	machine := poll()
	machine.Partition = "aws-cn"
	definition, err := Compile(machine)
	require.NoError(t, err)
	text, err := Encode(definition.Document)
	require.NoError(t, err)
	require.Contains(t, text, `"arn:aws-cn:states:::aws-sdk:glue:getCrawler"`)
}

func TestEncode(t *testing.T) {
	text, err := Encode(map[string]any{"b": "<&>", "a": []any{1, nil}})
	require.NoError(t, err)
	require.Equal(t, `{"a":[1,null],"b":"<&>"}`, text)

	_, err = EncodeDefinition(map[string]any{"sql": strings.Repeat("x", 1<<20)})
	require.ErrorContains(t, err, "takes at most 1048576")
}

func TestJSONataLaysOutOnOneLine(t *testing.T) {
	require.Equal(t, "{% $a and $b %}", JSONata("\n\t\t$a\n\t\t\tand $b\n\t"))
}
