package engine

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/fault"
	"datalake/local/interpreter"
	"datalake/stack"

	"github.com/stretchr/testify/require"
)

// evaluated is the committed dev stack with some settings changed, each KEY=VALUE.
func evaluated(t *testing.T, settings ...string) *mockaws.Evaluation {
	t.Helper()
	loaded, err := mockaws.LoadStack("../..", "dev")
	require.NoError(t, err)
	for _, setting := range settings {
		key, value, _ := strings.Cut(setting, "=")
		loaded.Config[key] = value
	}
	evaluation, err := mockaws.Evaluate(stack.Deploy, loaded, false)
	require.NoError(t, err)
	return evaluation
}

// open opens an empty engine for the committed dev stack, with some settings changed.
func open(t *testing.T, settings ...string) *Engine {
	t.Helper()
	e, err := Open(evaluated(t, settings...), Options{Directory: t.TempDir(), Project: filepath.Join("..", ".."), JSONata: filepath.Join("..", "node_modules", "jsonata", "jsonata.js"), Trino: server})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

// call calls a service as a state machine would.
func call(t *testing.T, e *Engine, integration string, arguments any) interpreter.Answer {
	t.Helper()
	text, err := json.Marshal(arguments)
	require.NoError(t, err)
	var plain any
	require.NoError(t, json.Unmarshal(text, &plain))
	return e.Call(interpreter.Task{State: "Call", Resource: "arn:aws:states:::" + integration, Arguments: plain, Text: text})
}

type object = map[string]any

// Step Functions writes the body's JSON: a string keeps its quotes.
func TestPutObjectWritesJSON(t *testing.T) {
	e := open(t)
	bucket := e.resources.outputs["buckets"]["source"]
	for name, test := range map[string]struct {
		arguments object
		stored    string
	}{
		"an object": {object{"Body": json.RawMessage(`{"b":1,"a":"<&>"}`)}, `{"b":1,"a":"<&>"}`},
		"a list":    {object{"Body": []any{1, 2}}, `[1,2]`},
		"a string":  {object{"Body": "text data"}, `"text data"`},
		"no body":   {object{}, ``},
	} {
		test.arguments["Bucket"], test.arguments["Key"] = bucket, name
		var encoded strings.Builder
		encoder := json.NewEncoder(&encoded)
		encoder.SetEscapeHTML(false)
		require.NoError(t, encoder.Encode(test.arguments))
		answer := e.Call(interpreter.Task{Resource: "arn:aws:states:::aws-sdk:s3:putObject", Text: json.RawMessage(encoded.String())})
		require.Nil(t, answer.Fault, name)
		require.Equal(t, 100*time.Millisecond, answer.After)
		stored, err := e.store.Get(bucket, name)
		require.NoError(t, err)
		require.Equal(t, test.stored, string(stored), name)
	}
}

// metrics are arguments of PutMetricData: so many of a metric with a change.
func metrics(count int, change object, namespace string) object {
	metric := object{"MetricName": "M", "Value": 1.0}
	maps.Copy(metric, change)
	return object{"Namespace": namespace, "MetricData": slices.Repeat([]any{metric}, count)}
}

func TestCallsThatAreRefused(t *testing.T) {
	e := open(t)
	topic := e.resources.outputs["topics"]["results"]
	entry := func(change object) object {
		entry := object{"EventBusName": "default", "Source": "datalake", "DetailType": "Test", "Detail": object{"a": 1}}
		for key, value := range change {
			entry[key] = value
		}
		return object{"Entries": []any{entry}}
	}
	for name, test := range map[string]struct {
		integration string
		arguments   object
		error, says string
	}{
		"an integration that is not carried out": {"lambda:invoke", object{}, "Local.UnsupportedResource", "lambda:invoke"},
		"an argument that is not known":          {"aws-sdk:s3:putObject", object{"Bucket": "b", "Key": "k", "ACL": "private"}, "Local.UnsupportedArgument", "ACL"},
		"an argument in camel case":              {"athena:startQueryExecution.sync", object{"queryString": "SELECT 1"}, "Local.UnsupportedArgument", `unknown field "queryString": its first letter is to be a capital`},
		"an argument of another type":            {"athena:startQueryExecution.sync", object{"QueryString": 1}, "Local.UnsupportedArgument", "cannot unmarshal number into Go struct field StartQueryExecution.QueryString of type string"},
		"half a row":                             {"athena:getQueryResults", object{"QueryExecutionId": "x", "MaxResults": 1.5}, "Local.UnsupportedArgument", "cannot unmarshal number 1.5 into Go struct field GetQueryResults.MaxResults of type int"},
		"a bucket that does not exist":           {"aws-sdk:s3:putObject", object{"Bucket": "nowhere", "Key": "k"}, "S3.NoSuchBucketException", "nowhere"},
		"a crawler that does not exist":          {"aws-sdk:glue:getCrawler", object{"Name": "nobody"}, "Glue.EntityNotFoundException", "nobody"},
		"the history of no crawler":              {"aws-sdk:glue:listCrawls", object{"CrawlerName": "nobody"}, "Glue.EntityNotFoundException", "nobody"},
		"a filter of a history":                  {"aws-sdk:glue:listCrawls", object{"CrawlerName": "nobody", "Filters": []any{}}, "Local.UnsupportedArgument", "Filters"},
		"a topic that does not exist":            {"sns:publish", object{"TopicArn": "arn:aws:sns:eu-west-1:1:x", "Message": "m"}, "SNS.NotFoundException", "Topic does not exist"},
		"an empty message":                       {"sns:publish", object{"TopicArn": topic, "Message": ""}, "SNS.InvalidParameterException", "Empty message"},
		"a long message":                         {"sns:publish", object{"TopicArn": topic, "Message": strings.Repeat("é", 131_073)}, "SNS.InvalidParameterException", "Message too long"},
		"a long subject":                         {"sns:publish", object{"TopicArn": topic, "Message": "m", "Subject": strings.Repeat("s", 100)}, "SNS.InvalidParameterException", "Subject"},
		"a subject of two lines":                 {"sns:publish", object{"TopicArn": topic, "Message": "m", "Subject": "a\nb"}, "SNS.InvalidParameterException", "Subject"},
		"no events":                              {"events:putEvents", object{"Entries": []any{}}, "EventBridge.EventBridgeException", "Value at 'entries' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		"eleven events":                          {"events:putEvents", object{"Entries": slices.Repeat([]any{object{"Source": "datalake"}}, 11)}, "EventBridge.EventBridgeException", "Member must have length less than or equal to 10"},
		"a long query":                           {"athena:startQueryExecution.sync", object{"QueryString": strings.Repeat(" ", 262_145)}, "Athena.InvalidRequestException", "Value at 'queryString' failed to satisfy constraint: Member must have length less than or equal to 262144"},
		"no namespace":                           {"aws-sdk:cloudwatch:putMetricData", metrics(1, object{}, ""), "CloudWatch.MissingRequiredParameterException", "The parameter Namespace is required."},
		"no metrics":                             {"aws-sdk:cloudwatch:putMetricData", metrics(0, object{}, "N"), "CloudWatch.MissingRequiredParameterException", "The parameter MetricData is required."},
		"too many metrics":                       {"aws-sdk:cloudwatch:putMetricData", metrics(1001, object{}, "N"), "CloudWatch.InvalidParameterValueException", "The collection MetricData must not have a size greater than 1000."},
		"a metric without a name":                {"aws-sdk:cloudwatch:putMetricData", metrics(1, object{"MetricName": ""}, "N"), "CloudWatch.MissingRequiredParameterException", "The parameter MetricData.member.1.MetricName is required."},
		"a metric without a value":               {"aws-sdk:cloudwatch:putMetricData", metrics(2, object{"Value": nil}, "N"), "CloudWatch.MissingRequiredParameterException", "The parameter MetricData.member.1.Value is required."},
		"too many dimensions":                    {"aws-sdk:cloudwatch:putMetricData", metrics(1, object{"Dimensions": make([]any, 31)}, "N"), "CloudWatch.InvalidParameterValueException", "The collection MetricData.member.1.Dimensions must not have a size greater than 30."},
		"an event of AWS":                        {"events:putEvents", entry(object{"Source": "aws.states"}), "EventBridge.FailedEntry", "begin with aws."},
		"an event without a type":                {"events:putEvents", entry(object{"DetailType": ""}), "EventBridge.FailedEntry", "DetailType"},
		"a detail that is no object":             {"events:putEvents", entry(object{"Detail": "[1]"}), "EventBridge.FailedEntry", "object"},
		"a detail that is no JSON":               {"events:putEvents", entry(object{"Detail": "{"}), "EventBridge.FailedEntry", "malformed"},
		"a large event":                          {"events:putEvents", entry(object{"Detail": object{"a": strings.Repeat("x", 262_144)}}), "EventBridge.FailedEntry", "at most 262144"},
		"a source that no rule was checked for":  {"events:putEvents", entry(object{"Source": "elsewhere"}), "Local.EngineFailed", "elsewhere"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := call(t, e, test.integration, test.arguments)
			require.Nil(t, answer.Output)
			require.Equal(t, test.error, answer.Fault.Name)
			require.Contains(t, answer.Fault.Cause, test.says)
		})
	}
}

// An empty lake: the crawl finds nothing, so that the queries fail, which the message and one alert say.
func TestPeopleAreNotifiedOfAFailureOnce(t *testing.T) {
	e := open(t)
	require.NoError(t, e.Schedule("crawl-dataset"))
	e.Run()
	report, err := e.Report()
	require.NoError(t, err)
	require.Len(t, report.Executions, 2)
	require.Equal(t, "SUCCEEDED", report.Executions[0].Status)
	require.Equal(t, "FAILED", report.Executions[1].Status)
	require.Equal(t, "QueriesFailed", *report.Executions[1].Error)

	require.Len(t, report.Messages, 2)
	require.Equal(t, "results", report.Messages[0].Topic)
	require.Equal(t, "execute-queries: 0 of 2 queries succeeded", report.Messages[0].Subject)
	require.Equal(t, "alerts", report.Messages[1].Topic)
	failed := e.executions[1]
	lines := strings.Split(report.Messages[1].Message.(string), "\n")
	require.Regexp(t, `^"FAILED: execution `+failed.Name+` of execute-queries, at 2026-01-05T18:0\d:\d\dZ\."$`, lines[0])
	require.Equal(t, []string{
		`"Open https://ap-southeast-1.console.aws.amazon.com/states/home?region=ap-southeast-1#/v2/executions/details/` + failed.ARN + ` to see which state failed, and why."`,
		`"Next: put that right, then choose New execution there, which starts execute-queries again with the same input."`,
	}, lines[1:])
}

func TestTheNightlyScheduleIsKept(t *testing.T) {
	e := open(t)
	require.NoError(t, e.Schedule("crawl-dataset"))
	e.Run()
	require.Equal(t, "2026-01-05T18:00:00Z", e.executions[0].start(t, e), "01:00 at +07:00")
	require.ErrorIs(t, e.Schedule("create-dataset"), ErrNoSchedule)
	require.ErrorIs(t, e.Schedule("nobody"), ErrNoMachine)
}

// start is when the crawl that an execution started began.
func (x *Execution) start(t *testing.T, e *Engine) string {
	t.Helper()
	var output struct{ LastCrawl struct{ StartTime string } }
	require.NoError(t, json.Unmarshal(x.Output, &output))
	return output.LastCrawl.StartTime
}

// ran lists the executions by their machine and trigger.
func (e *Engine) ran() (ran []string) {
	for _, x := range e.executions {
		ran = append(ran, x.StateMachine+" by "+x.Trigger)
	}
	return ran
}

func TestArrivingDataStartsTheCrawlOnce(t *testing.T) {
	e := open(t, `datalake:datasets=[{"name": "usage", "prefix": "data/daily-user-summaries/", "arrival": true, "sample": true}]`)
	require.ErrorIs(t, e.Schedule("crawl-dataset"), ErrNoSchedule)
	require.NoError(t, e.Start("create-dataset", []byte(`{"years": [2021], "days": [1, 2], "users": [{"usage": 1, "user": "a"}]}`)))
	e.Run()
	require.Equal(t, []string{
		"create-dataset by start",
		"crawl-dataset by rule crawl-dataset-trigger",
		"execute-queries by rule execute-queries-trigger",
	}, e.ran(), "24 objects and one _SUCCESS arrived")
	require.Equal(t, interpreter.Succeeded, e.executions[2].Status)
	report, err := e.Report()
	require.NoError(t, err)
	require.Equal(t, "Object Created", report.Events[0].DetailType, "the one that a rule took")
	require.Equal(t, "data/daily-user-summaries/_SUCCESS", report.Events[0].Detail.(object)["object"].(object)["key"])
}

func TestOnlyTheRulesOwnObjectsStartTheCrawl(t *testing.T) {
	e := open(t, `datalake:datasets=[{"name": "usage", "prefix": "data/daily-user-summaries/", "arrival": true, "sample": true}]`)
	folder := t.TempDir()
	for _, name := range []string{"other/_SUCCESS", "data/_SUCCESS", "data/daily-user-summaries/year=2021/a.json", "data/daily-user-summaries/_SUCCESS.json"} {
		file := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(`{"a":1}`), 0o600))
	}
	_, copied := copyFrom(t, e, folder)
	require.Equal(t, 4, copied.Objects)
	e.Run()
	require.Empty(t, e.ran())

	require.NoError(t, os.WriteFile(filepath.Join(folder, "data/daily-user-summaries/year=2021/_SUCCESS"), nil, 0o600))
	copyFrom(t, e, folder)
	e.Run()
	require.Len(t, e.ran(), 2)
}

// A rule names its own machine: what another machine does moves nothing.
func TestRulesFollowTheirOwnMachines(t *testing.T) {
	e := open(t)
	for _, machine := range []string{"crawl-dataset", "execute-queries"} {
		e.emit(Event{Source: "aws.states", DetailType: "Step Functions Execution Status Change", Detail: object{
			"stateMachineArn": e.resources.outputs["machines"][machine] + "-another", "status": "SUCCEEDED",
		}})
	}
	e.Run()
	require.Empty(t, e.ran())
	require.Empty(t, e.messages)
}

func TestAnExpressExecutionSendsNoEvents(t *testing.T) {
	e := open(t)
	result, err := e.Execute("create-dataset", []byte(`{"years": [2021], "days": [1], "users": [{"usage": 1, "user": "a"}]}`))
	require.NoError(t, err)
	require.Equal(t, interpreter.Succeeded, result.Status)
	require.JSONEq(t, `{"objects": 12}`, string(result.Output))
	require.Empty(t, e.events)
}

func TestSampleInputsThatAreRefused(t *testing.T) {
	e := open(t)
	for input, says := range map[string]string{
		`[]`:                         "an object with years, days and users",
		`{"year": [2021]}`:           "an object with years, days and users",
		`{"years": 2021}`:            "years is a list",
		`{"years": []}`:              "years is a list",
		`{"years": [2021, 2021]}`:    "years is a list of different years",
		`{"years": ["2021"]}`:        "years is a list",
		`{"years": [2021.5]}`:        "years is a list",
		`{"days": [0]}`:              "days is a list",
		`{"days": [29]}`:             "from 1 to 28",
		`{"users": ["a"]}`:           "users is a list",
		`{"users": [{"user": "a"}]}`: "users is a list",
		`{"users": [{"usage": 1, "user": "../a"}]}`:                                                                             "letters, digits, _ and -",
		`{"users": [{"usage": 1, "user": "a"}, {"usage": 2, "user": "a"}]}`:                                                     "names a user twice",
		`{"years": [2001,2002,2003,2004,2005,2006,2007,2008,2009,2010,2011,2012,2013,2014,2015,2016,2017,2018,2019,2020,2021]}`: "too large",
	} {
		result, err := e.Execute("create-dataset", []byte(input))
		require.NoError(t, err)
		require.Equal(t, interpreter.Failed, result.Status, input)
		require.Equal(t, "InvalidInput", *result.Error, input)
		require.Contains(t, *result.Cause, says, input)
		require.Equal(t, []string{"Check the input", "Refuse the input"}, result.States, "before anything is written")
	}
}

func TestOpenRefusesWhatItDoesNotSupport(t *testing.T) {
	resource := func(kind string, inputs map[string]any) mockaws.Resource {
		return mockaws.Resource{Type: kind, Name: "thing", Custom: true, Inputs: inputs, Outputs: inputs}
	}
	evaluation := &mockaws.Evaluation{Resources: []mockaws.Resource{
		resource("aws:dynamodb/table:Table", nil),
		resource("aws:glue/crawler:Crawler", object{"name": "c", "jdbcTargets": []any{}}),
		resource("aws:cloudwatch/eventRule:EventRule", object{"name": "r", "eventPattern": `{"source": ["aws.ec2"]}`}),
		resource("aws:cloudwatch/eventRule:EventRule", object{"name": "q", "state": "ENABLED", "scheduleExpression": "rate(1 day)"}),
		resource("aws:cloudwatch/eventTarget:EventTarget", object{"rule": "q", "arn": "arn:aws:sqs:eu-west-1:1:queue"}),
		resource("aws:cloudwatch/eventRule:EventRule", object{"name": "u", "state": "ENABLED", "scheduleExpression": "rate(1 day)"}),
		resource("aws:cloudwatch/eventTarget:EventTarget", object{"rule": "u", "arn": "arn:aws:sqs:eu-west-1:1:queue", "input": "{full}"}),
		resource("aws:cloudwatch/eventRule:EventRule", object{"name": "v", "state": "ENABLED", "scheduleExpression": "rate(1 day)"}),
		resource("aws:cloudwatch/eventTarget:EventTarget", object{"rule": "v", "arn": "arn:aws:sqs:eu-west-1:1:queue", "inputTransformer": object{
			"inputPaths": object{"all": "$.detail.*"}, "inputTemplate": `"<all> of <everything>"`,
		}}),
		resource("aws:cloudwatch/eventRule:EventRule", object{"name": "w", "state": "ENABLED", "scheduleExpression": "rate(1 day)"}),
		resource("aws:cloudwatch/eventTarget:EventTarget", object{"rule": "w", "arn": "arn:aws:sqs:eu-west-1:1:queue", "input": "{}", "inputTransformer": object{}}),
		resource("aws:cloudwatch/eventRule:EventRule", object{"name": "s", "scheduleExpression": "at(noon)"}),
	}}
	_, err := Open(evaluation, Options{Directory: t.TempDir()})
	for _, says := range []string{
		"aws:dynamodb/table:Table", "jdbcTargets", "nothing sends on this machine", "at(noon)", "not the target arn:aws:sqs", "the input is no JSON: {full}",
		`its target "thing": read the input transformer: the path "$.detail.*" of <all>`, "the template's <everything> has no path", "input and inputTransformer exclude each other",
	} {
		require.ErrorContains(t, err, says, "every fault is reported at once")
	}
}

func TestEngineFailuresNameTheState(t *testing.T) {
	e := open(t)
	answer := call(t, e, "events:putEvents", object{"Entries": 1})
	require.Equal(t, &fault.Error{Name: "Local.UnsupportedArgument", Cause: answer.Fault.Cause}, answer.Fault)
	require.Contains(t, answer.Fault.Cause, `"Call"`)
}
