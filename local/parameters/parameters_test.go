package parameters_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalake/local/parameters"

	"github.com/stretchr/testify/require"
)

// python is that of the jobs.
var python = filepath.Join("..", "..", "etl", ".venv", "bin", "python")

// check has calls checked, of an operation each.
func check(t *testing.T, calls ...parameters.Call) parameters.Checked {
	t.Helper()
	file := filepath.Join(t.TempDir(), "calls.jsonl")
	record, err := parameters.Create(file)
	require.NoError(t, err)
	for _, call := range calls {
		record.Note(call)
	}
	require.NoError(t, record.Close())
	checked, err := parameters.Check(file, python)
	require.NoError(t, err)
	return checked
}

// call is one that a task makes.
func call(integration, arguments string) parameters.Call {
	service, operation := parameters.Operation(integration)
	return parameters.Call{By: `machine, state "Task"`, Service: service, Operation: operation, Arguments: json.RawMessage(arguments)}
}

func TestFaultsOfArguments(t *testing.T) {
	for name, each := range map[string]struct{ integration, arguments, fault string }{
		"unknown":              {"aws-sdk:glue:getCrawler", `{"Name": "c", "Region": "x"}`, `Unknown parameter in input: "Region", must be one of: Name`},
		"the API's own name":   {"aws-sdk:sfn:listExecutions", `{"stateMachineArn": "a"}`, `Unknown parameter in input: "stateMachineArn", must be one of: StateMachineArn, StatusFilter, MaxResults, NextToken, MapRunArn, RedriveFilter`},
		"missing":              {"athena:startQueryExecution.sync", `{"WorkGroup": "w"}`, `Missing required parameter in input: "QueryString"`},
		"missing inside":       {"aws-sdk:cloudwatch:putMetricData", `{"Namespace": "N", "MetricData": [{"Value": 1}]}`, `Missing required parameter in MetricData[0]: "MetricName"`},
		"type":                 {"glue:startJobRun.sync", `{"JobName": "j", "Arguments": {"--a": 1}}`, `Invalid type for parameter Arguments.--a, value: 1, type: <class 'int'>, valid types: <class 'str'>`},
		"none of the values":   {"glue:startJobRun.sync", `{"JobName": "j", "ExecutionClass": "SPOT"}`, `Value 'SPOT' at 'ExecutionClass' failed to satisfy constraint: Member must satisfy enum value set: [FLEX, STANDARD]`},
		"too short":            {"aws-sdk:s3:putObject", `{"Bucket": "b", "Key": "", "Body": {}}`, `Invalid length for parameter Key, value: 0, valid min length: 1`},
		"too long":             {"aws-sdk:glue:startCrawler", `{"Name": "` + strings.Repeat("a", 256) + `"}`, `Value '` + strings.Repeat("a", 100) + `…' at 'Name' failed to satisfy constraint: Member must have length less than or equal to 255`},
		"too many":             {"events:putEvents", `{"Entries": [` + strings.Repeat(`{},`, 10) + `{}]}`, `Value '[{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}]' at 'Entries' failed to satisfy constraint: Member must have length less than or equal to 10`},
		"too great":            {"athena:getQueryResults", `{"QueryExecutionId": "q", "MaxResults": 1001}`, `Value '1001' at 'MaxResults' failed to satisfy constraint: Member must have value less than or equal to 1000`},
		"pattern":              {"athena:startQueryExecution.sync", `{"QueryString": "SELECT 1", "WorkGroup": "my group"}`, `Value 'my group' at 'WorkGroup' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9._-]{1,128}`},
		"pattern of Java's":    {"aws-sdk:glue:startCrawler", `{"Name": "a\u0000"}`, `Value 'a` + "\x00" + `' at 'Name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*`},
		"JSON that is no text": {"aws-sdk:s3:putObject", `{"Bucket": "b", "Key": {"a": 1}}`, `Invalid type for parameter Key, value: {'a': 1}, type: <class 'dict'>, valid types: <class 'str'>`},
	} {
		t.Run(name, func(t *testing.T) {
			c := call(each.integration, each.arguments)
			require.Equal(t, []parameters.Invalid{{Call: c.Service + ":" + c.Operation, Fault: each.fault, By: c.By, Count: 1}}, check(t, c).Invalid)
		})
	}
}

// What Step Functions writes as text may be any JSON, and a name may have characters beyond U+FFFF.
func TestArgumentsWithoutFaults(t *testing.T) {
	require.Equal(t, parameters.Checked{ParametersChecked: 11, Invalid: []parameters.Invalid{}}, check(t,
		call("sns:publish", `{"TopicArn": "arn:aws:sns:eu-west-1:111122223333:t", "Message": {"a": [1]}}`),
		call("events:putEvents", `{"Entries": [{"Source": "s", "DetailType": "d", "Detail": {"a": 1}}]}`),
		call("aws-sdk:s3:putObject", `{"Bucket": "b", "Key": "k", "Body": [1, 2]}`),
		call("aws-sdk:glue:startCrawler", `{"Name": "😀"}`),
	))
}

// Thousands of calls from one state would be thousands of lines: the first stands for all with the same fault.
func TestCallsWithTheSameFaultAreOne(t *testing.T) {
	other := call("aws-sdk:s3:putObject", `{"Bucket": "b", "Key": ""}`)
	other.By = "other"
	checked := check(t,
		call("aws-sdk:cloudwatch:putMetricData", `{"Namespace": "N", "MetricData": [{"MetricName": ""}, {"MetricName": ""}]}`),
		call("aws-sdk:s3:putObject", `{"Bucket": "b", "Key": ""}`), call("aws-sdk:s3:putObject", `{"Bucket": "c", "Key": ""}`), other)
	counts := map[string]int{}
	for _, i := range checked.Invalid {
		counts[i.By+" "+i.Call] += i.Count
	}
	require.Equal(t, map[string]int{`machine, state "Task" cloudwatch:PutMetricData`: 1, `machine, state "Task" s3:PutObject`: 2, "other s3:PutObject": 1}, counts)
	require.Len(t, checked.Invalid, 3)
}

func TestARecordThatCannotBeWrittenOrChecked(t *testing.T) {
	_, err := parameters.Create(t.TempDir())
	require.ErrorContains(t, err, "record the calls: ")

	_, err = parameters.Check(filepath.Join(t.TempDir(), "none"), python)
	require.ErrorIs(t, err, os.ErrNotExist)

	file := filepath.Join(t.TempDir(), "calls.jsonl")
	require.NoError(t, os.WriteFile(file, []byte(`{"by": "b", "service": "glue", "operation": "Gossip", "arguments": {}}`), 0o600))
	_, err = parameters.Check(file, python)
	require.ErrorContains(t, err, "check parameters with "+python)
	require.ErrorContains(t, err, "Gossip")
}
