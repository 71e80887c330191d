package main

import (
	"encoding/json"
	"maps"
	"strconv"
	"testing"
	"time"

	"datalake/local/interpreter"

	"github.com/stretchr/testify/require"
)

const (
	startJob   = "arn:aws:states:::glue:startJobRun.sync"
	getObject  = "arn:aws:states:::aws-sdk:s3:getObject"
	putObject  = "arn:aws:states:::aws-sdk:s3:putObject"
	putMetrics = "arn:aws:states:::aws-sdk:cloudwatch:putMetricData"
)

// metricsOf is the document of a run that wrote some days, of each of which it has a name.
func metricsOf(changes map[string]any, dates ...string) string {
	metrics := map[string]any{
		"window_start": "2026-01-01T00:00:00+07:00", "window_end": "2026-01-10T00:00:00+07:00", "objects_read": 40, "objects_ignored": 1,
		"records_read": 100, "records_aggregated": 90, "records_duplicate": 4, "records_outside_window": 1,
		"records_quarantined": map[string]any{"not-json": 3, "no-time": 2},
		"windows_written":     24, "days_written": len(dates), "locations": 3, "devices": 4, "dates": dates,
	}
	maps.Copy(metrics, changes)
	text, _ := json.Marshal(metrics)
	return string(text)
}

// week are answers under which everything goes well: a crawl, a job, its metrics, two days.
func week(changes answers) answers {
	a := answers{
		getCrawler:   {crawler("READY", 1, "SUCCEEDED"), crawler("READY", 2, "SUCCEEDED")},
		startCrawler: {done},
		startJob:     {map[string]any{"output": map[string]any{"Id": "jr-1", "JobRunState": "SUCCEEDED", "ExecutionTime": 100, "MaxCapacity": 2}, "after": 100}},
		getObject:    {body(metricsOf(nil, "2026-01-01", "2026-01-02"))},
		putMetrics:   {done},
		publish:      {done},
		putEvents:    {done},
		putObject:    {done},
	}
	maps.Copy(a, changes)
	return a
}

// body is the answer of an object that holds a text.
func body(text string) map[string]any {
	return map[string]any{"output": map[string]any{"Body": text}}
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
	require.Equal(t, []any{"2026-01-01", "2026-01-02"}, summary["dates"])
	require.Equal(t, 1.0, summary["objects_ignored"])
	require.Equal(t, []string{
		"Check the input", "Plan the window", "Look at the crawler", "Is it free?", "Start the crawl", "Wait for the crawl", "Check the crawl", "Is it complete?",
		"Transform the messages", "Read the metrics", "Send the metrics", "Notify the subscribers", "Send the event", "The dataset is up to date",
	}, result.States)
	require.InDelta(t, 120+100, result.VirtualSeconds, 2, "the crawl is looked at every two minutes")
}

// Glue says what a run used where it scales or is flexible, else how long it took on what. Where it says neither, nothing is sent.
func TestTheMetricsOfARun(t *testing.T) {
	home(t)
	for name, test := range map[string]struct {
		run   map[string]any
		hours any
	}{
		"DPU seconds":          {map[string]any{"ExecutionTime": 100, "MaxCapacity": 2, "DPUSeconds": 540}, 0.15},
		"seconds on so much":   {map[string]any{"ExecutionTime": 1800, "MaxCapacity": 2}, 1.0},
		"seconds on who knows": {map[string]any{"ExecutionTime": 100}, nil},
	} {
		test.run["Id"] = "jr-1"
		told, result := overhear(t, "weekly-etl", "+07:00", "2026-01-10T17:00:00Z", `{}`, week(answers{startJob: {map[string]any{"output": test.run}}}))
		require.Equal(t, interpreter.Succeeded, result.Status, name)
		require.Equal(t, "datalake/weather", told[putMetrics]["Namespace"])
		sent := map[string]any{}
		for _, each := range told[putMetrics]["MetricData"].([]any) {
			metric := each.(map[string]any)
			require.Equal(t, []any{map[string]any{"Name": "Pipeline", "Value": "weekly-etl"}}, metric["Dimensions"])
			sent[metric["MetricName"].(string)+" "+metric["Unit"].(string)] = metric["Value"]
		}
		expected := map[string]any{
			"RecordsRead Count": 100.0, "RecordsAggregated Count": 90.0, "RecordsDuplicate Count": 4.0, "RecordsQuarantined Count": 5.0, "QuarantinedShare Percent": 5.0,
		}
		if test.hours != nil {
			expected["DPUHours None"] = test.hours
		}
		require.Equal(t, expected, sent, name)
	}
}

func TestAnEmptyWeekSucceeds(t *testing.T) {
	home(t)
	result := weekly(t, answers{getObject: {body(metricsOf(map[string]any{
		"objects_read": 0, "records_read": 0, "records_aggregated": 0, "records_duplicate": 0, "records_outside_window": 0,
		"records_quarantined": map[string]any{}, "windows_written": 0, "locations": 0, "devices": 0, "dates": []string{},
	}))}}, `{}`)
	require.Equal(t, "SUCCEEDED", result.Status)
	require.Equal(t, 0.0, result.Output.(map[string]any)["quarantinedShare"])
}

// A run's summary is as small with thousands of locations as with one, and a longer backfill is refused.
func TestTheSummaryStaysSmall(t *testing.T) {
	home(t)
	for name, test := range map[string]struct {
		days  int
		input string
		most  int
	}{
		"a week of 5,000 locations": {9, `{}`, 1_000},
		"a year of 5,000 locations": {366, `{"from": "2024-01-01", "to": "2025-01-01"}`, 6_000},
	} {
		var dates []string
		for i := range test.days {
			dates = append(dates, time.Date(2024, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
		}
		records := 5_000 * 4 * 24 * test.days
		told, result := overhear(t, "weekly-etl", "+07:00", "2026-01-10T17:00:00Z", test.input, week(answers{getObject: {body(metricsOf(map[string]any{
			"objects_read": records, "records_read": records, "records_aggregated": records, "records_duplicate": 0, "records_outside_window": 0,
			"records_quarantined": map[string]any{}, "windows_written": 5_000 * 24 * test.days, "locations": 5_000, "devices": 5_000,
		}, dates...))}}))
		require.Equal(t, interpreter.Succeeded, result.Status, name)
		require.Less(t, result.Transitions, 30, "%s: no state for each partition", name)
		require.Less(t, len(result.Output), test.most, name)
		require.Less(t, len(told[publish]["Message"].(string)), test.most, name)
		require.Equal(t, "weekly-etl: "+strconv.Itoa(5_000*24*test.days)+" windows from "+strconv.Itoa(records)+" records", told[publish]["Subject"], name)
	}
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
		"the metrics are no JSON":  {answers{getObject: {body("oops")}}, "States.QueryEvaluationError", "parse"},
		"the topic refuses":        {answers{publish: {failure("SNS.NotFoundException", "Topic does not exist")}}, "SNS.NotFoundException", "Topic does not exist"},
		"EventBridge refuses":      {answers{putEvents: {failure("EventBridge.FailedEntry", "NotAuthorized")}}, "EventBridge.FailedEntry", "NotAuthorized"},
		"CloudWatch refuses":       {answers{putMetrics: {failure("CloudWatch.InvalidParameterValueException", "bad value")}}, "CloudWatch.InvalidParameterValueException", "bad value"},
		"S3 refuses the document":  {answers{startJob: jobEnded("FAILED", "out of memory"), putObject: {failure("S3.S3Exception", "Access Denied")}}, "States.TaskFailed", "out of memory"},
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
		`{"from": "2019-12-31", "to": "2020-01-08"}`:             "from is before 2020-01-01, the first day that queries see",
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
