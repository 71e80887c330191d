package main

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	startJob      = "arn:aws:states:::glue:startJobRun.sync"
	getObject     = "arn:aws:states:::aws-sdk:s3:getObject"
	putObject     = "arn:aws:states:::aws-sdk:s3:putObject"
	addPartitions = "arn:aws:states:::aws-sdk:glue:batchCreatePartition"
	putMetrics    = "arn:aws:states:::aws-sdk:cloudwatch:putMetricData"
)

// week are answers under which everything goes well: a crawl, a job, its metrics, two partitions.
func week(changes answers) answers {
	metrics, _ := json.Marshal(map[string]any{
		"records_read": 100, "records_aggregated": 90, "records_duplicate": 4, "records_outside_window": 1,
		"records_quarantined": map[string]any{"not-json": 3, "no-time": 2},
		"windows_written":     24, "days_written": 2,
		"partitions": [][]string{{"Hà Nội", "2026-01-01"}, {"hue", "2026-01-02"}},
	})
	a := answers{
		getCrawler:    {crawler("READY", 1, "SUCCEEDED"), crawler("READY", 2, "SUCCEEDED")},
		startCrawler:  {done},
		startJob:      {map[string]any{"output": map[string]any{"Id": "jr-1", "JobRunState": "SUCCEEDED", "ExecutionTime": 100, "MaxCapacity": 2}, "after": 100}},
		getObject:     {map[string]any{"output": map[string]any{"Body": string(metrics)}}},
		addPartitions: {map[string]any{"output": map[string]any{"Errors": []any{map[string]any{"ErrorDetail": map[string]any{"ErrorCode": "AlreadyExistsException"}}}}}},
		putMetrics:    {done},
		publish:       {done},
		putEvents:     {done},
		putObject:     {done},
	}
	maps.Copy(a, changes)
	return a
}

func weekly(t *testing.T, changes answers, input string) ended {
	t.Helper()
	text, err := json.Marshal(week(changes))
	require.NoError(t, err)
	return executed(t, "--stack", "dev", "--machine", "weekly-etl", "--responses", file(t, string(text)), "--input", file(t, input))
}

func TestTheWeekIsMadeAndSent(t *testing.T) {
	home(t)
	result := weekly(t, nil, `{"time": "2026-01-10T17:00:00Z"}`)
	require.Equal(t, "SUCCEEDED", result.Status)
	summary := result.Output.(map[string]any)
	require.Equal(t, 5.0, summary["quarantined"])
	require.Equal(t, 0.05, summary["quarantinedShare"])
	require.Equal(t, map[string]any{"run": "jr-1", "seconds": 100.0, "dpuSeconds": 200.0}, summary["job"], "run time × capacity, without auto scaling")
	require.NotContains(t, summary, "partitions")
	require.Equal(t, []string{
		"Check the input", "Plan the window", "Look at the crawler", "Is it free?", "Start the crawl", "Wait for the crawl", "Check the crawl", "Is it complete?",
		"Transform the messages", "Read the metrics", "Add the partitions", "Describe the partitions", "Add them to the catalog", "Were they added?",
		"They are in the catalog", "Send the metrics", "Notify the subscribers", "Send the event", "The dataset is up to date",
	}, result.States)
	require.InDelta(t, 120+100, result.VirtualSeconds, 2, "the crawl is looked at every two minutes")
}

func TestAnEmptyWeekSucceeds(t *testing.T) {
	home(t)
	metrics := `{"records_read": 0, "records_aggregated": 0, "records_duplicate": 0, "records_outside_window": 0, "records_quarantined": {}, "windows_written": 0, "partitions": []}`
	result := weekly(t, answers{getObject: {map[string]any{"output": map[string]any{"Body": metrics}}}, addPartitions: {failure("Never.Called", "")}}, `{}`)
	require.Equal(t, "SUCCEEDED", result.Status)
	require.Equal(t, 0.0, result.Output.(map[string]any)["quarantinedShare"])
	require.NotContains(t, result.States, "Add them to the catalog")
}

func TestWhatGoesWrongIsExportedFirst(t *testing.T) {
	home(t)
	jobEnded := func(state, message string) []any {
		cause, _ := json.Marshal(map[string]any{"JobRunState": state, "ErrorMessage": message})
		return []any{failure("States.TaskFailed", string(cause))}
	}
	for name, test := range map[string]struct {
		changes answers
		error   string
		says    string
	}{
		"the job fails":            {answers{startJob: jobEnded("FAILED", "argument --source: it is missing")}, "States.TaskFailed", "argument --source"},
		"the job times out":        {answers{startJob: jobEnded("TIMEOUT", "timed out after 60 minutes")}, "States.TaskFailed", "timed out"},
		"the job is stopped":       {answers{startJob: jobEnded("STOPPED", "stopped by hand")}, "States.TaskFailed", "STOPPED"},
		"another run is under way": {answers{startJob: {failure("Glue.ConcurrentRunsExceededException", "Concurrent runs exceeded")}}, "Glue.ConcurrentRunsExceededException", "Concurrent runs exceeded"},
		"the task takes too long":  {answers{startJob: {map[string]any{"output": map[string]any{}, "after": 100_000}}}, "States.Timeout", "no message"},
		"the crawl fails":          {answers{getCrawler: {crawler("READY", 1, "SUCCEEDED"), crawler("READY", 2, "FAILED", "Internal Service Exception")}}, "CrawlFailed", "Internal Service Exception"},
		"the crawler is missing":   {answers{getCrawler: {failure("Glue.EntityNotFoundException", "no such crawler")}}, "Glue.EntityNotFoundException", "no such crawler"},
		"the metrics are missing":  {answers{getObject: {failure("S3.NoSuchKeyException", "The specified key does not exist")}}, "S3.NoSuchKeyException", "does not exist"},
		"the metrics are no JSON":  {answers{getObject: {map[string]any{"output": map[string]any{"Body": "oops"}}}}, "States.QueryEvaluationError", "parse"},
		"a partition is refused": {answers{addPartitions: {map[string]any{"output": map[string]any{"Errors": []any{
			map[string]any{"PartitionValues": []string{"hue", "2026-01-02"}, "ErrorDetail": map[string]any{"ErrorCode": "InvalidInputException"}},
		}}}}}, "PartitionsRefused", "InvalidInputException"},
		"the topic refuses":       {answers{publish: {failure("SNS.NotFoundException", "Topic does not exist")}}, "SNS.NotFoundException", "Topic does not exist"},
		"EventBridge refuses":     {answers{putEvents: {failure("EventBridge.FailedEntry", "NotAuthorized")}}, "EventBridge.FailedEntry", "NotAuthorized"},
		"CloudWatch refuses":      {answers{putMetrics: {failure("CloudWatch.InvalidParameterValueException", "bad value")}}, "CloudWatch.InvalidParameterValueException", "bad value"},
		"S3 refuses the document": {answers{startJob: jobEnded("FAILED", "out of memory"), putObject: {failure("S3.S3Exception", "Access Denied")}}, "States.TaskFailed", "out of memory"},
	} {
		t.Run(name, func(t *testing.T) {
			result := weekly(t, test.changes, `{}`)
			require.Equal(t, "FAILED", result.Status)
			require.Equal(t, test.error, *result.Error)
			require.Contains(t, *result.Cause, test.says)
			require.Equal(t, []string{"Note the error", "Fail with the error"}, result.States[len(result.States)-2:])
		})
	}
}

func TestOnlyAStartThatFailedIsTriedAgain(t *testing.T) {
	home(t)
	calm := weekly(t, nil, `{}`)
	throttled := weekly(t, answers{startJob: append([]any{failure("Glue.ThrottlingException", "Rate exceeded")}, week(nil)[startJob]...)}, `{}`)
	require.Equal(t, "SUCCEEDED", throttled.Status)
	require.Equal(t, calm.Transitions+1, throttled.Transitions)
}

func TestBackfillsThatAreRefused(t *testing.T) {
	home(t)
	for input, says := range map[string]string{
		`{"from": "2026-01-08", "to": "2026-01-01"}`:             "from is before to",
		`{"from": "2026-01-01", "to": "2026-01-01"}`:             "from is before to",
		`{"from": "2020-01-01", "to": "2026-01-01"}`:             "at most 366 days",
		`{"from": "2026-01-01"}`:                                 "both given",
		`{"to": "2026-01-01"}`:                                   "both given",
		`{"from": "2026-02-29", "to": "2026-03-01"}`:             "days that exist",
		`{"from": "2026-1-1", "to": "2026-01-08"}`:               "days that exist",
		`{"from": "2026-01-01T00:00:00Z", "to": "2026-01-08"}`:   "days that exist",
		`{"from": 20260101, "to": 20260108}`:                     "days that exist",
		`{"from": "2026-01-01", "to": "2026-01-08", "force": 1}`: "something else",
		`[1]`: "something else",
	} {
		result := weekly(t, nil, input)
		require.Equal(t, "FAILED", result.Status, input)
		require.Equal(t, "InvalidInput", *result.Error, input)
		require.Contains(t, *result.Cause, says, input)
		require.Equal(t, []string{"Check the input", "Refuse the input"}, result.States, input)
	}
}
