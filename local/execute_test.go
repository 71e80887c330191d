package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const passing = `{"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": true}}}`

func TestExecutePrintsHowItEnded(t *testing.T) {
	home(t)
	result := executed(t, "--definition", file(t, passing), "--input", file(t, `{"a": [1]}`))
	require.Equal(t, ended{Status: "SUCCEEDED", Output: map[string]any{"a": []any{1.0}}, States: []string{"Pass"}, Transitions: 1}, result)
}

func TestExecuteStartsAtTheInstantGiven(t *testing.T) {
	home(t)
	definition := file(t, `{"QueryLanguage": "JSONata", "StartAt": "Now", "States": {"Now": {"Type": "Pass", "Output": "{% $now() %}", "End": true}}}`)
	require.Equal(t, "2026-01-05T00:00:00.000Z", executed(t, "--definition", definition).Output)
	require.Equal(t, "2030-05-06T07:08:09.000Z", executed(t, "--definition", definition, "--now", "2030-05-06T07:08:09Z").Output)
}

func TestExecuteFailsATaskThatNothingAnswers(t *testing.T) {
	home(t)
	result := executed(t, "--definition", file(t, `{"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true}}}`))
	require.Equal(t, "FAILED", result.Status)
	require.Contains(t, *result.Cause, "lambda:invoke")
	require.Contains(t, *result.Cause, "--responses")
}

func TestBadUsageExitsWith2(t *testing.T) {
	home(t)
	good := file(t, passing)
	for name, test := range map[string]struct {
		arguments []string
		says      string
	}{
		"no command":                {nil, "Usage:"},
		"another command":           {[]string{"deploy"}, "Usage:"},
		"an unknown option":         {[]string{"run", "--pipelines", "usage"}, "-pipelines"},
		"a stray word":              {[]string{"run", "usage"}, `"usage" is not an option`},
		"an unknown stack":          {[]string{"run", "--stack", "staging"}, "there are dev, prod"},
		"an unknown pipeline":       {[]string{"run", "--pipeline", "sales"}, "there are usage, weather, all"},
		"data that is no directory": {[]string{"run", "--data", good}, "is not a directory"},
		"an instant that is none":   {[]string{"run", "--now", "yesterday"}, "such as 2026-01-05T00:00:00Z"},
		"nothing to execute":        {[]string{"execute"}, "--definition, or --stack and --machine"},
		"two things to execute":     {[]string{"execute", "--definition", good, "--stack", "dev", "--machine", "x"}, "--definition, or --stack and --machine"},
		"a stack without machine":   {[]string{"execute", "--stack", "dev"}, "--definition, or --stack and --machine"},
		"an unknown machine":        {[]string{"execute", "--stack", "dev", "--machine", "x"}, "the stack has crawl-dataset, create-dataset, execute-queries, report-weather, watchdog, weekly-etl"},
		"a missing definition":      {[]string{"execute", "--definition", "nowhere.json"}, "nowhere.json"},
		"a definition AWS refuses":  {[]string{"execute", "--definition", file(t, `{"StartAt": "A", "States": {}}`)}, "A"},
		"an input that is no JSON":  {[]string{"execute", "--definition", good, "--input", file(t, "{")}, "InvalidExecutionInput"},
		"faults that are none":      {[]string{"execute", "--stack", "dev", "--machine", "weekly-etl", "--faults", file(t, `[{"state": "Start the crawl", "error": "S3.S3Exception"}]`)}, "it can with Glue.CrawlerRunningException"},
		"faults of a run":           {[]string{"run", "--faults", file(t, `[{"state": "Start"}]`)}, "nothing is to happen"},
		"faults that are missing":   {[]string{"run", "--faults", "nowhere.json"}, "nowhere.json"},
		"faults of a definition":    {[]string{"execute", "--definition", good, "--faults", good}, "--faults goes with --stack and --machine"},
		"responses that are none":   {[]string{"execute", "--definition", good, "--responses", file(t, `{"A": []}`)}, "A"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := command(test.arguments...)
			require.Equal(t, 2, code)
			require.Contains(t, stderr, test.says)
		})
	}
}
