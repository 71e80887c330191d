package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"datalake/local/interpreter"

	"github.com/stretchr/testify/require"
)

const (
	startQuery = "arn:aws:states:::athena:startQueryExecution.sync"
	getResults = "arn:aws:states:::athena:getQueryResults"
	publish    = "arn:aws:states:::sns:publish"
	putEvents  = "arn:aws:states:::events:putEvents"
)

// queried is a query that succeeded.
var queried = map[string]any{"output": map[string]any{"QueryExecution": map[string]any{
	"QueryExecutionId":    "id",
	"Status":              map[string]any{"State": "SUCCEEDED"},
	"Statistics":          map[string]any{"DataScannedInBytes": 1000, "EngineExecutionTimeInMillis": 7},
	"ResultConfiguration": map[string]any{"OutputLocation": "s3://results/id.csv"},
}}}

// unqueried is a query that did not: what .sync makes of it.
func unqueried(state, reason string) any {
	cause, _ := json.Marshal(map[string]any{"QueryExecution": map[string]any{
		"Status":     map[string]any{"State": state, "StateChangeReason": reason},
		"Statistics": map[string]any{"DataScannedInBytes": 20_000_000},
	}})
	return failure("States.TaskFailed", string(cause))
}

// pageOfResults is a page of results: a column of names and one of counts.
func pageOfResults(more bool, rows ...[2]string) any {
	lines := []any{map[string]any{"Data": []any{cell("name"), cell("count")}}}
	for _, row := range rows {
		lines = append(lines, map[string]any{"Data": []any{cell(row[0]), cell(row[1])}})
	}
	output := map[string]any{"ResultSet": map[string]any{"Rows": lines, "ResultSetMetadata": map[string]any{"ColumnInfo": []any{
		map[string]any{"Name": "name", "Type": "varchar"}, map[string]any{"Name": "count", "Type": "bigint"},
	}}}}
	if more {
		output["NextToken"] = "next"
	}
	return map[string]any{"output": output}
}

func cell(value string) any { return map[string]any{"VarCharValue": value} }

// wide are 999 rows of a given width.
func wide(width int) (rows [][2]string) {
	for i := range 999 {
		rows = append(rows, [2]string{fmt.Sprintf("%0*d", width, i), "1"})
	}
	return rows
}

// reported runs execute-queries against answers, and reads the report from what the machine returned.
func reported(t *testing.T, a answers) (ended, map[string]map[string]any) {
	t.Helper()
	text, err := json.Marshal(completed(a))
	require.NoError(t, err)
	result := executed(t, "--stack", "dev", "--machine", "execute-queries", "--responses", file(t, string(text)))
	queries := map[string]map[string]any{}
	if output, is := result.Output.(map[string]any); is {
		for _, query := range output["queries"].([]any) {
			queries[query.(map[string]any)["name"].(string)] = query.(map[string]any)
		}
	}
	return result, queries
}

// completed adds to answers what goes well.
func completed(a answers) answers {
	for resource, answer := range map[string]any{
		startQuery: queried,
		getResults: pageOfResults(false, [2]string{"a", "1"}),
		publish:    map[string]any{"output": map[string]any{"MessageId": "1"}},
		putEvents:  map[string]any{"output": map[string]any{"FailedEntryCount": 0}},
	} {
		if a[resource] == nil {
			a[resource] = []any{answer}
		}
	}
	return a
}

func TestReportOfQueriesThatSucceed(t *testing.T) {
	home(t)
	result, queries := reported(t, answers{getResults: {pageOfResults(false, [2]string{"a", "16290720"}, [2]string{"b", "9007199254740993"})}})
	require.Equal(t, "SUCCEEDED", result.Status)
	require.Len(t, queries, 2)
	require.Equal(t, map[string]any{
		"name": "usage-2021", "status": "SUCCEEDED",
		"rows": []any{
			map[string]any{"name": "a", "count": 16290720.0},
			map[string]any{"name": "b", "count": "9007199254740993"}, // more than a double holds
		},
		"rowsShown": 2.0, "rowsCut": 0.0, "moreRows": false,
		"dataScannedInBytes": 1000.0, "milliseconds": 7.0, "resultLocation": "s3://results/id.csv",
	}, queries["usage-2021"])
}

func TestReportOfAnEmptyResult(t *testing.T) {
	home(t)
	result, queries := reported(t, answers{getResults: {pageOfResults(false)}})
	require.Equal(t, "SUCCEEDED", result.Status)
	require.Equal(t, []any{}, queries["all-time-usage"]["rows"])
	require.Equal(t, 0.0, queries["all-time-usage"]["rowsShown"])
}

// told is the message that subscribers get while execute-queries runs against answers, and how the execution ends.
func told(t *testing.T, a answers) (message map[string]any, result interpreter.Result) {
	t.Helper()
	heard, result := overhear(t, "execute-queries", "+07:00", "2026-01-05T18:00:00Z", `{}`, completed(a))
	require.NoError(t, json.Unmarshal([]byte(heard[publish]["Message"].(string)), &message))
	entry := heard[putEvents]["Entries"].([]any)[0].(map[string]any)
	require.Equal(t, message, entry["Detail"], "the event says what the message says")
	return message, result
}

func TestTheMessageSaysWhichQueryFailedAndWhy(t *testing.T) {
	home(t)
	for name, test := range map[string]struct {
		changes answers
		failed  []any
		cause   string
	}{
		"one fails":             {answers{"all-time-usage": {unqueried("FAILED", `TYPE_MISMATCH: "a" is not a number`)}}, []any{"all-time-usage"}, `TYPE_MISMATCH: "a" is not a number`},
		"all fail":              {answers{startQuery: {unqueried("FAILED", "no")}}, []any{"all-time-usage", "usage-2021"}, "no"},
		"the cut-off ends one":  {answers{"usage-2021": {unqueried("CANCELLED", "Bytes scanned limit was exceeded")}}, []any{"usage-2021"}, "Bytes scanned limit was exceeded"},
		"a result is not given": {answers{"usage-2021: read 1000 rows": {failure("Athena.InvalidRequestException", "no such query")}}, []any{"usage-2021"}, "no such query"},
	} {
		t.Run(name, func(t *testing.T) {
			message, result := told(t, test.changes)
			require.Equal(t, test.failed, message["failed"])
			require.Equal(t, interpreter.Failed, result.Status, "the execution fails after the message is sent")
			require.Equal(t, "QueriesFailed", *result.Error)
			require.Contains(t, *result.Cause, fmt.Sprintf("%d of 2 queries failed", len(test.failed)))
			for _, query := range message["queries"].([]any) {
				query := query.(map[string]any)
				if slices.Contains(test.failed, query["name"]) {
					require.Equal(t, []any{"FAILED", test.cause}, []any{query["status"], query["cause"]})
				} else {
					require.Equal(t, []any{map[string]any{"name": "a", "count": 1.0}}, query["rows"], "one failed query does not hide the others")
				}
			}
		})
	}
}

func TestReportCutsWideRows(t *testing.T) {
	home(t)
	result, queries := reported(t, answers{getResults: {pageOfResults(true, wide(100)...)}})
	require.Equal(t, "SUCCEEDED", result.Status)
	query := queries["all-time-usage"]
	rows := query["rows"].([]any)
	require.Equal(t, float64(len(rows)), query["rowsShown"])
	require.Equal(t, 999.0, query["rowsShown"].(float64)+query["rowsCut"].(float64), "the message says how many rows were cut")
	require.Equal(t, true, query["moreRows"])
	require.Greater(t, len(rows), 100)
	require.NotEmpty(t, query["resultLocation"], "and where the whole result lies")
	message, err := json.Marshal(result.Output)
	require.NoError(t, err)
	require.Less(t, len(message), 60_000)
}

// A page of more than 256 KiB ends the call that asked for it: fewer rows are asked for, and none in the end.
func TestReportOfPagesThatAreTooLarge(t *testing.T) {
	home(t)
	result, queries := reported(t, answers{
		"all-time-usage: read 1000 rows": {pageOfResults(true, wide(300)...)},
		"all-time-usage: read 100 rows":  {pageOfResults(true, wide(10)[:99]...)},
		"usage-2021: read 1000 rows":     {pageOfResults(true, wide(300)...)},
		"usage-2021: read 100 rows":      {pageOfResults(true, wide(300)...)},
		"usage-2021: read 10 rows":       {pageOfResults(true, wide(300)...)},
	})
	require.Equal(t, "SUCCEEDED", result.Status)
	require.Equal(t, 99.0, queries["all-time-usage"]["rowsShown"])
	require.Equal(t, []any{0.0, nil, true}, []any{queries["usage-2021"]["rowsShown"], queries["usage-2021"]["rowsCut"], queries["usage-2021"]["moreRows"]})
	require.Equal(t, "s3://results/id.csv", queries["usage-2021"]["resultLocation"])
}

// Characters of four bytes, and of two bytes in JSON: the message stays below SNS's 262,144 bytes all the same.
func TestReportOfWideCharacters(t *testing.T) {
	home(t)
	for _, text := range []string{strings.Repeat("😀", 40), strings.Repeat(`"`, 80), strings.Repeat("\u0001", 30)} {
		rows := make([][2]string, 900)
		for i := range rows {
			rows[i] = [2]string{text, "1"}
		}
		result, _ := reported(t, answers{getResults: {pageOfResults(true, rows...)}})
		require.Equal(t, "SUCCEEDED", result.Status)
		message, err := json.Marshal(result.Output)
		require.NoError(t, err)
		require.Less(t, len(message), 262_144)
	}
}

func TestReportWaitsOutThrottling(t *testing.T) {
	home(t)
	calm, _ := reported(t, answers{})
	throttled := failure("Athena.TooManyRequestsException", "You have exceeded the limit for concurrent queries")
	busy, _ := reported(t, answers{"all-time-usage": {throttled, throttled, queried}, "usage-2021: read 1000 rows": {failure("Athena.AthenaException", "Rate exceeded"), pageOfResults(false)}})
	require.Equal(t, "SUCCEEDED", busy.Status)
	require.InDelta(t, calm.VirtualSeconds+2+4, busy.VirtualSeconds, 1)
}

// A page of a result can be asked for again. A query that is late may still run, and is not.
func TestALatePageIsAskedForAgain(t *testing.T) {
	home(t)
	late := func(answer any, seconds int) any {
		return map[string]any{"output": answer.(map[string]any)["output"], "after": seconds}
	}
	result, told := reported(t, answers{"usage-2021: read 1000 rows": {late(pageOfResults(false), 31), pageOfResults(false)}})
	require.Equal(t, "SUCCEEDED", result.Status, told)
	result, _ = reported(t, answers{"usage-2021": {late(queried, 3600), queried}})
	require.Equal(t, "QueriesFailed", *result.Error)
}

func TestANotificationThatIsRefused(t *testing.T) {
	home(t)
	for _, resource := range []string{publish, putEvents} {
		refused := failure("Service.InternalErrorException", "not now")
		once, _ := reported(t, answers{resource: {refused, map[string]any{"output": map[string]any{}}}})
		require.Equal(t, "SUCCEEDED", once.Status, resource)

		forever, _ := reported(t, answers{resource: {refused}})
		require.Equal(t, "FAILED", forever.Status, "a failure to notify is a failure")
		require.Equal(t, "Service.InternalErrorException", *forever.Error)
		require.Equal(t, "not now", *forever.Cause)
	}
}
