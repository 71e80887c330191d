package interpreter_test

import (
	"fmt"
	"strings"
	"testing"

	"datalake/local/interpreter"

	"github.com/stretchr/testify/require"
)

func TestLoadRefuses(t *testing.T) {
	const end = `"E": {"Type": "Succeed"}`
	pass := func(fields string) string { return machine(`"A": {"Type": "Pass", ` + fields + `}`) }
	inMap := func(fields string) string {
		return machine(`"A": {"Type": "Map", ` + fields + `, "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}, "End": true}`)
	}
	rule := func(fields string) string {
		return machine(`"A": {"Type": "Choice", "Choices": [{`+fields+`}], "Default": "E"}`, end)
	}
	paths := func(state string) string { return `{"StartAt": "A", "States": {"A": ` + state + `, ` + end + `}}` }

	cases := map[string]struct {
		definition string
		want       []string
	}{
		"no JSON":                        {`{`, []string{"INVALID_JSON_DESCRIPTION"}},
		"no object":                      {`[]`, []string{"INVALID_JSON_DESCRIPTION", "is an array"}},
		"nothing":                        {`{}`, []string{`The field "StartAt" is required at /`, `The field "States" is required at /`}},
		"too large":                      {`"` + strings.Repeat(" ", 1<<20) + `"`, []string{"INVALID_DEFINITION", "1048578 bytes"}},
		"no states":                      {`{"StartAt": "A", "States": {}}`, []string{"at least one state at /States"}},
		"unknown fields":                 {`{"StartAt": "A", "Timeout": 1, "States": {"A": {"Type": "Pass", "Nxt": "B", "End": true}}}`, []string{`The field "Timeout" is not supported by Step Functions here at /Timeout`, `The field "Nxt" is not supported by Step Functions in a Pass state at /States/A/Nxt`}},
		"another version":                {`{"Version": "2.0", "StartAt": "E", "States": {` + end + `}}`, []string{`must be one of 1.0, but is "2.0" at /Version`}},
		"another query language":         {`{"QueryLanguage": "JMESPath", "StartAt": "E", "States": {` + end + `}}`, []string{`must be one of JSONPath, JSONata, but is "JMESPath" at /QueryLanguage`}},
		"a timeout of nothing":           {`{"TimeoutSeconds": 0, "StartAt": "E", "States": {` + end + `}}`, []string{`an integer from 1 to 99999999, but is 0 at /TimeoutSeconds`}},
		"an unknown start":               {`{"StartAt": "B", "States": {` + end + `}}`, []string{`MISSING_TRANSITION_TARGET: Missing transition target: "B" is not a state here at /StartAt`}},
		"an unknown next":                {pass(`"Next": "B"`), []string{`"B" is not a state here at /States/A/Next`}},
		"an unreachable state":           {machine(`"A": {"Type": "Succeed"}`, end), []string{`State "E" is not reachable at /States/E`}},
		"neither Next nor End":           {pass(`"Comment": "x"`), []string{`either "Next" or "End": true at /States/A`}},
		"both Next and End":              {machine(`"A": {"Type": "Pass", "Next": "E", "End": true}`, end), []string{`either "Next" or "End": true at /States/A`}},
		"Next on a Choice":               {machine(`"A": {"Type": "Choice", "Next": "E", "Choices": [{"Condition": true, "Next": "E"}]}`, end), []string{`"Next" is not supported by Step Functions in a Choice state`}},
		"no type":                        {machine(`"A": {"End": true}`), []string{`The field "Type" is required at /States/A`}},
		"an unknown type":                {machine(`"A": {"Type": "Sleep", "End": true}`), []string{`must be one of Pass, Task, Choice, Wait, Succeed, Fail, Parallel, Map, but is "Sleep" at /States/A/Type`}},
		"a state that is no object":      {machine(`"A": 1`), []string{`The value must be an object, but is a number at /States/A`}},
		"a long name":                    {machine(fmt.Sprintf(`%q: {"Type": "Succeed"}`, strings.Repeat("ü", 81))), []string{"longer than 80 characters"}},
		"a name twice":                   {machine(`"A": {"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}], "End": true}`), []string{"DUPLICATE_STATE_NAME", "/States/A/Branches[0]/States/A"}},
		"out of a branch":                {machine(`"A": {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "E"}}}], "Next": "E"}`, end), []string{`"E" is not a state here at /States/A/Branches[0]/States/B/Next`}},
		"a syntax error":                 {pass(`"Output": {"a": "{% 1 + %}"}, "End": true`), []string{`The JSONata expression '1 +' is not valid: S0207`, `at /States/A/Output/a`}},
		"spaces around an expression":    {pass(`"Output": " {% 1 %}", "End": true`), []string{`must start with {% and end with %}`, `/States/A/Output`}},
		"an unfinished expression":       {pass(`"Output": ["{% 1"], "End": true`), []string{`/States/A/Output[0]`}},
		"Arguments on a Pass":            {pass(`"Arguments": {}, "End": true`), []string{`"Arguments" is not supported by Step Functions in a Pass state`}},
		"Result on a JSONata Pass":       {pass(`"Result": {}, "End": true`), []string{`"Result" is not supported`}},
		"Assign on Succeed":              {machine(`"A": {"Type": "Succeed", "Assign": {}}`), []string{`"Assign" is not supported`}},
		"Output on Fail":                 {machine(`"A": {"Type": "Fail", "Output": {}}`), []string{`"Output" is not supported`}},
		"an Error that is no string":     {machine(`"A": {"Type": "Fail", "Error": 1}`), []string{`The value must be a string, but is 1 at /States/A/Error`}},
		"Assign that is no object":       {pass(`"Assign": "{% {} %}", "End": true`), []string{`must be an object, but is a string at /States/A/Assign`}},
		"names of variables":             {pass(`"Assign": {"states": 1, "1a": 1, "a-b": 1, "": 1}, "End": true`), []string{`"states" is reserved`, `"1a" must begin with a letter`, `"a-b" must be of letters`, `"" must have 1 to 80 characters`}},
		"an inner variable that shadows": {machine(`"A": {"Type": "Map", "Items": [1], "Assign": {"v": 1}, "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "Assign": {"v": 2}, "End": true}}}, "End": true}`), []string{`The variable "v" is assigned in an outer scope`, `/B/Assign/v`}},
		"no resource":                    {machine(`"A": {"Type": "Task", "End": true}`), []string{`The field "Resource" is required at /States/A`}},
		"a resource that is no ARN":      {machine(`"A": {"Type": "Task", "Resource": "glue", "End": true}`), []string{`"glue" is not a valid resource ARN at /States/A/Resource`}},
		"a job of the SDK":               {machine(`"A": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:glue:startCrawler.sync", "End": true}`), []string{`(.sync)`, `/States/A/Resource`}},
		"a heartbeat past the timeout":   {machine(task("A", `"TimeoutSeconds": 5, "HeartbeatSeconds": 5, "End": true`)), []string{`must be smaller than TimeoutSeconds (5), but is 5`}},
		"a part of a second":             {machine(`"A": {"Type": "Wait", "Seconds": 1.5, "End": true}`), []string{`an integer from 0 to 99999999, but is 1.5 at /States/A/Seconds`}},
		"a local time":                   {machine(`"A": {"Type": "Wait", "Timestamp": "2016-03-14 01:59:00", "End": true}`), []string{`ISO 8601`, `/States/A/Timestamp`}},
		"two waits":                      {machine(`"A": {"Type": "Wait", "Seconds": 1, "Timestamp": "2016-03-14T01:59:00Z", "End": true}`), []string{`exactly one of "Seconds" and "Timestamp"`}},
		"no rule":                        {machine(`"A": {"Type": "Choice", "Choices": []}`), []string{`an array that is not empty, but is [] at /States/A/Choices`}},
		"a rule without condition":       {rule(`"Next": "E"`), []string{`The field "Condition" is required at /States/A/Choices[0]`}},
		"a rule without next":            {rule(`"Condition": true`), []string{`The field "Next" is required at /States/A/Choices[0]`}},
		"a rule with a variable":         {rule(`"Condition": "yes", "Variable": "$.a", "Next": "E"`), []string{`a boolean or a JSONata expression, but is "yes" at /States/A/Choices[0]/Condition`, `"Variable" is not supported`}},
		"Items that are no list":         {inMap(`"Items": 7`), []string{`an array, an object or a JSONata expression, but is 7 at /States/A/Items`}},
		"a negative concurrency":         {inMap(`"Items": [], "MaxConcurrency": -1`), []string{`but is -1 at /States/A/MaxConcurrency`}},
		"features not covered":           {inMap(`"ItemReader": {}, "ResultWriter": {}, "ItemBatcher": {}, "ToleratedFailureCount": -1`), []string{`"ItemReader" is not covered by the local run at /States/A/ItemReader`, `"ResultWriter"`, `"ItemBatcher"`, `but is -1 at /States/A/ToleratedFailureCount`}},
		"tolerance of a distributed Map": {machine(`"A": {"Type": "Map", "ToleratedFailurePercentage": 5, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "B", "States": {"B": {"Type": "Succeed"}}}, "End": true}`), []string{`"ToleratedFailurePercentage" of a distributed Map is not covered`}},
		"no processor":                   {machine(`"A": {"Type": "Map", "End": true}`), []string{`The field "ItemProcessor" is required at /States/A`}},
		"an unknown mode":                {machine(`"A": {"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "FAST"}, "StartAt": "B", "States": {"B": {"Type": "Succeed"}}}, "End": true}`), []string{`must be one of INLINE, DISTRIBUTED, but is "FAST"`}},
		"no branches":                    {machine(`"A": {"Type": "Parallel", "Branches": [], "End": true}`), []string{`/States/A/Branches`}},
		"retriers": {
			machine(task("A", `"End": true, "Retry": [
			{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 0}, {"ErrorEquals": ["States.ALL", "E"], "MaxAttempts": -1},
			{"ErrorEquals": [], "BackoffRate": 0.5}, {"ErrorEquals": ["E"], "IntervalSeconds": 9, "MaxDelaySeconds": 9, "JitterStrategy": "HALF", "Max": 1}, {}]`)),
			[]string{
				"must appear in the last entry at /States/A/Retry[0]/ErrorEquals", "but is 0 at /States/A/Retry[0]/IntervalSeconds",
				"must appear alone at /States/A/Retry[1]", "but is -1 at /States/A/Retry[1]/MaxAttempts",
				"/States/A/Retry[2]/ErrorEquals", "at least 1.0, but is 0.5 at /States/A/Retry[2]/BackoffRate",
				"greater than IntervalSeconds (9), but is 9", "one of FULL, NONE", `"Max" is not supported`, `"ErrorEquals" is required at /States/A/Retry[4]`,
			},
		},
		"catchers": {
			machine(task("A", `"End": true, "Catch": [{"ErrorEquals": ["E"], "Next": "B", "ResultPath": "$.e"}, {"ErrorEquals": ["E"]}]`)),
			[]string{`"ResultPath" is not supported`, `"B" is not a state here at /States/A/Catch[0]/Next`, `"Next" is required at /States/A/Catch[1]`},
		},
		"Catch on a Pass": {pass(`"Catch": [], "End": true`), []string{`"Catch" is not supported`}},

		"JSONPath: paths of a Task": {
			paths(`{"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "InputPath": "$.a", "Parameters": {}, "ResultSelector": {}, "ResultPath": "$.r", "OutputPath": "$.r", "TimeoutSecondsPath": "$.t", "Next": "E"}`),
			[]string{`"InputPath" is for JSONPath`, `"Parameters" is for JSONPath`, `"ResultSelector" is`, `"ResultPath" is`, `"OutputPath" is`, `"TimeoutSecondsPath" is`},
		},
		"JSONPath: ItemsPath":          {paths(`{"Type": "Map", "ItemsPath": "$.a", "Iterator": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}, "Next": "E"}`), []string{`"ItemsPath" is for JSONPath`}},
		"JSONPath: a rule":             {paths(`{"Type": "Choice", "Choices": [{"And": [{"Not": {"Variable": "$.a", "IsPresent": true}}], "Next": "E"}], "Default": "E"}`), []string{`"Variable" is for JSONPath`, `/Choices[0]/And[0]/Not/Variable`}},
		"JSONPath: Assign with a path": {paths(`{"Type": "Pass", "Assign": {"a": {"b.$": "$.c"}}, "Next": "E"}`), []string{`"b.$" is for JSONPath`, `/States/A/Assign/a/b.$`}},
		"JSONPath: a catcher's path":   {paths(`{"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Catch": [{"ErrorEquals": ["E"], "ResultPath": "$.e", "Next": "E"}], "Next": "E"}`), []string{`"ResultPath" is for JSONPath`}},
		"JSONPath: ErrorPath":          {`{"StartAt": "A", "States": {"A": {"Type": "Fail", "ErrorPath": "$.e"}}}`, []string{`"ErrorPath" is for JSONPath`}},
		"JSONPath: Output":             {paths(`{"Type": "Pass", "Output": {}, "Next": "E"}`), []string{`"Output" is supported in JSONata states only`}},
		"JSONPath inside JSONata":      {pass(`"QueryLanguage": "JSONPath", "End": true`), []string{`cannot be JSONPath at /States/A/QueryLanguage`}},
	}
	b := newBench(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := interpreter.Load([]byte(c.definition), b.evaluator)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
			require.LessOrEqual(t, strings.Count(err.Error(), "\n"), len(c.want)-1, "one line for each fault: %v", err)
		})
	}
}

// What Step Functions says of expressions and of the graph: its code, its text and the place.
func TestLoadRefusesAsStepFunctionsDoes(t *testing.T) {
	const bare, end = "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'name' at the top level is not supported. at ", `"E": {"Type": "Succeed"}`
	field := func(name string) string {
		return "INVALID_JSONATA_EXPRESSION: Field '$states." + name + "' does not exist. at "
	}
	b := newBench(t)
	for definition, want := range map[string]string{
		machine(`"A": {"Type": "Pass", "Output": {"v": ["{% name %}"]}, "End": true}`):                                                                                          bare + "/States/A/Output/v[0]",
		machine(`"A": {"Type": "Pass", "Assign": {"v": "{% name %}"}, "End": true}`):                                                                                            bare + "/States/A/Assign/v",
		machine(`"A": {"Type": "Wait", "Seconds": "{% name %}", "End": true}`):                                                                                                  bare + "/States/A/Seconds",
		machine(`"A": {"Type": "Wait", "Timestamp": "{% name %}", "End": true}`):                                                                                                bare + "/States/A/Timestamp",
		machine(`"A": {"Type": "Fail", "Error": "{% name %}"}`):                                                                                                                 bare + "/States/A/Error",
		machine(`"A": {"Type": "Fail", "Cause": "{% name %}"}`):                                                                                                                 bare + "/States/A/Cause",
		machine(`"A": {"Type": "Succeed", "Output": "{% name %}"}`):                                                                                                             bare + "/States/A/Output",
		machine(task("A", `"Arguments": {"a": {"b": "{% name %}"}}, "End": true`)):                                                                                              bare + "/States/A/Arguments/a/b",
		machine(task("A", `"TimeoutSeconds": "{% name %}", "End": true`)):                                                                                                       bare + "/States/A/TimeoutSeconds",
		machine(task("A", `"HeartbeatSeconds": "{% name %}", "End": true`)):                                                                                                     bare + "/States/A/HeartbeatSeconds",
		machine(task("A", `"Catch": [{"ErrorEquals": ["E"], "Output": "{% name %}", "Next": "E"}], "End": true`), end):                                                          bare + "/States/A/Catch[0]/Output",
		machine(task("A", `"Catch": [{"ErrorEquals": ["E"], "Assign": {"v": "{% name %}"}, "Next": "E"}], "End": true`), end):                                                   bare + "/States/A/Catch[0]/Assign/v",
		machine(`"A": {"Type": "Choice", "Choices": [{"Condition": "{% name = 1 %}", "Next": "E"}], "Default": "E"}`, end):                                                      bare + "/States/A/Choices[0]/Condition",
		machine(`"A": {"Type": "Choice", "Choices": [{"Condition": true, "Output": "{% name %}", "Next": "E"}]}`, end):                                                          bare + "/States/A/Choices[0]/Output",
		machine(`"A": {"Type": "Map", "Items": "{% name %}", "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}, "End": true}`):                            bare + "/States/A/Items",
		machine(`"A": {"Type": "Map", "Items": [], "ItemSelector": {"a": "{% name %}"}, "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}, "End": true}`): bare + "/States/A/ItemSelector/a",
		machine(`"A": {"Type": "Map", "Items": [], "MaxConcurrency": "{% name %}", "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}, "End": true}`):      bare + "/States/A/MaxConcurrency",
		machine(`"A": {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass", "Output": "{% name %}", "End": true}}}], "End": true}`):               bare + "/States/A/Branches[0]/States/B/Output",
		`{"StartAt": "A", "States": {"A": {"Type": "Succeed", "QueryLanguage": "JSONata", "Output": "{% name %}"}}}`:                                                            bare + "/States/A/Output",
		machine(`"A": {"Type": "Pass", "Output": "{% $states.result %}", "End": true}`):                                                                                         field("result") + "/States/A/Output",
		machine(task("A", `"Arguments": "{% $states.result %}", "End": true`)):                                                                                                  field("result") + "/States/A/Arguments",
		machine(task("A", `"Output": "{% $states.errorOutput %}", "End": true`)):                                                                                                field("errorOutput") + "/States/A/Output",
		machine(task("A", `"Catch": [{"ErrorEquals": ["E"], "Output": "{% $states.result %}", "Next": "E"}], "End": true`), end):                                                field("result") + "/States/A/Catch[0]/Output",
		machine(`"A": {"Type": "Choice", "Choices": [{"Condition": "{% $states.result = 1 %}", "Next": "E"}], "Default": "E"}`, end):                                            field("result") + "/States/A/Choices[0]/Condition",
		machine(`"A": {"Type": "Pass", "Output": "{% ( %}", "End": true}`):                                                                                                      "INVALID_JSONATA_EXPRESSION: The JSONata expression '(' is not valid: S0203: Expected \")\" before end of expression at /States/A/Output",
		machine(`"A": {"Type": "Pass", "Next": "B"}`, `"B": {"Type": "Wait", "Seconds": 1, "Next": "A"}`):                                                                       "MISSING_END_STATE: Workflow has no terminal state at /",
		machine(`"A": {"Type": "Map", "Items": [], "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "B"}}}, "End": true}`):                            "MISSING_END_STATE: Workflow has no terminal state at /States/A/ItemProcessor",
	} {
		_, err := interpreter.Load([]byte(definition), b.evaluator)
		require.EqualError(t, err, want, definition)
	}
}

func TestLoadTakes(t *testing.T) {
	b := newBench(t)
	for name, definition := range map[string]string{
		"comments everywhere": `{"Comment": "x", "Version": "1.0", "TimeoutSeconds": 1, "QueryLanguage": "JSONata", "StartAt": "A", "States": {
			"A": {"Comment": "x", "Type": "Choice", "Choices": [{"Comment": "x", "Condition": true, "Next": "B"}]},
			"B": {"Type": "Parallel", "Branches": [{"Comment": "x", "StartAt": "C", "States": {"C": {"Type": "Succeed"}}}],
				"Retry": [{"Comment": "x", "ErrorEquals": ["E"]}], "Catch": [{"Comment": "x", "ErrorEquals": ["E"], "Next": "A"}], "End": true}}}`,
		"JSONPath without a path": `{"StartAt": "A", "States": {
			"A": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "TimeoutSeconds": 5, "Retry": [{"ErrorEquals": ["States.ALL"]}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "Next": "B"},
			"B": {"Type": "Wait", "Timestamp": "2016-03-14T01:59:00Z", "Next": "C"},
			"C": {"Type": "Pass", "Result": {"a.$": "not a template"}, "Next": "D"},
			"D": {"Type": "Map", "ItemSelector": {"a": 1}, "MaxConcurrency": 2, "Iterator": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}, "End": true}}}`,
		"the same variable side by side": machine(`"A": {"Type": "Parallel", "End": true, "Branches": [
			{"StartAt": "B", "States": {"B": {"Type": "Pass", "Assign": {"v": 1}, "End": true}}},
			{"StartAt": "C", "States": {"C": {"Type": "Pass", "Assign": {"v": 1}, "End": true}}}]}`),
		"a loop that can be left":                          machine(`"A": {"Type": "Choice", "Choices": [{"Condition": "{% $v = 1 %}", "Next": "A"}], "Default": "B"}`, `"B": {"Type": "Fail"}`),
		"what looks like an expression where none is read": machine(task("A", `"Comment": "{% name %}", "Retry": [{"ErrorEquals": ["{% name %}"]}], "End": true`)),
		"a concurrency of 64 bits":                         machine(`"A": {"Type": "Map", "Items": [], "MaxConcurrency": 9223372036854775807, "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}, "End": true}`),
	} {
		_, err := interpreter.Load([]byte(definition), b.evaluator)
		require.NoError(t, err, name)
	}
}
