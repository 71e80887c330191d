package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalake/local/engine"

	"github.com/stretchr/testify/require"
)

// report reads what a run wrote.
func report(t *testing.T, stack string) (report runReport) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(outDirectory, stack, "report.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &report))
	return report
}

// total is the total that a query found: its last row.
func total(t *testing.T, report runReport, query string) float64 {
	t.Helper()
	for _, q := range report.Queries {
		if q.Name == query {
			last := q.Rows[len(q.Rows)-1]
			require.Equal(t, "total", last[0])
			return last[1].(float64)
		}
	}
	require.Failf(t, "no such query", "%s", query)
	return 0
}

// The usage pipeline at its full size: 11 users on 1,944 days.
func TestUsagePipeline(t *testing.T) {
	home(t)
	code, stdout, stderr := command("run", "--stack", "dev", "--pipeline", "usage")
	require.Zero(t, code, stderr+stdout)
	first := report(t, "dev")
	requireReasons(t, first, "create-dataset", "crawl-dataset", "execute-queries", "alerts")

	require.Len(t, first.Executions, 3)
	for i, name := range []string{"create-dataset", "crawl-dataset", "execute-queries"} {
		require.Equal(t, name, first.Executions[i].StateMachine)
		require.Equal(t, "SUCCEEDED", first.Executions[i].Status)
		require.Equal(t, name, first.Phases[i+1].Name)
	}
	require.Less(t, first.Executions[0].VirtualSeconds, 60.0, "well inside Express's five minutes")
	require.Contains(t, first.Executions[1].Trigger, "schedule")
	require.Contains(t, first.Executions[2].Trigger, "rule")

	table := first.Tables[0]
	require.Equal(t, "usage_dev.daily_user_summaries", table.Database+"."+table.Name)
	require.Equal(t, "[{usage int} {user string}]", fmt.Sprint(table.Columns))
	require.Equal(t, "[{year string} {month string} {date string}]", fmt.Sprint(table.PartitionKeys))
	require.Equal(t, []any{1944, 21384, int64(816480)}, []any{table.Partitions, table.Objects, table.Bytes})

	require.Len(t, first.Queries, 2)
	require.Equal(t, 16290720.0, total(t, first, "all-time-usage"))
	require.Equal(t, 2715120.0, total(t, first, "usage-2021"))
	require.Equal(t, []int64{816480, 136080}, []int64{first.Queries[0].DataScannedInBytes, first.Queries[1].DataScannedInBytes})
	require.Equal(t, []int{1944, 324}, []int{first.Queries[0].PartitionsScanned, first.Queries[1].PartitionsScanned})

	created, crawled, reported := first.Executions[0].Cost, first.Executions[1].Cost, first.Executions[2].Cost
	require.Equal(t, 0.106925, created.Parts.S3, "21,384 objects and _SUCCESS")
	require.Less(t, created.Parts.StepFunctions, 0.0001, "an Express workflow: transitions cost nothing")
	require.Equal(t, engine.CostParts{StepFunctions: 0.000475, GlueCrawlers: 0.146666667}, crawled.Parts)
	require.Equal(t, engine.CostParts{StepFunctions: 0.000225, Athena: 0.0001, SNS: 0.0000005, EventBridge: 0.000001}, reported.Parts)
	require.Equal(t, []float64{0.147141667, 0.0003265}, []float64{crawled.Total, reported.Total})
	require.Equal(t, 1.5, first.IdleCost.Month, "fifteen alarms")
	for _, query := range first.Queries {
		require.Equal(t, []float64{0.00005, 0.00005}, []float64{query.Cost, *query.CostUnpartitioned}, "10 MB are billed at least")
		require.Equal(t, int64(816480), *query.BytesUnpartitioned)
	}
	require.Contains(t, stdout, "  partitions: usage-2021 read 17% of its tables' bytes, ")

	require.Len(t, first.Messages, 1, "one message, and no alert")
	require.Equal(t, "results", first.Messages[0].Topic)
	require.Equal(t, "execute-queries: 2 of 2 queries succeeded", first.Messages[0].Subject)
	queries := first.Messages[0].Message.(map[string]any)["queries"].([]any)
	require.Len(t, queries, 2)
	for i, want := range []struct{ total, bytes float64 }{{16290720, 816480}, {2715120, 136080}} {
		query := queries[i].(map[string]any)
		rows := query["rows"].([]any)
		require.Equal(t, map[string]any{"user": "total", "total_usage": want.total}, rows[len(rows)-1], "numbers are numbers")
		require.Equal(t, want.bytes, query["dataScannedInBytes"])
		require.Regexp(t, `^s3://.+\.csv$`, query["resultLocation"])
	}
	var reports int
	for _, event := range first.Events {
		if event.Source == "datalake" {
			require.Equal(t, first.Messages[0].Message, event.Detail, "the event says what the message says")
			reports++
		}
	}
	require.Equal(t, 1, reports)

	// A new day arrives. The queries do not see it until the crawler has run again.
	day := filepath.Join(t.TempDir(), "data", "daily-user-summaries", "year=2021", "month=12", "date=2021-12-28")
	require.NoError(t, os.MkdirAll(day, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(day, "2021-12-28_user-00000000001.json"), []byte(`{"usage":100,"user":"user-00000000001"}`), 0o600))
	copyDay(t, day)
	result := executed(t, "--stack", "dev", "--machine", "execute-queries")
	require.Equal(t, 16290720.0, totalOf(result), "a partition that the catalog does not know is not read")

	require.Equal(t, "SUCCEEDED", executed(t, "--stack", "dev", "--machine", "crawl-dataset").Status)
	require.Equal(t, 16290820.0, totalOf(executed(t, "--stack", "dev", "--machine", "execute-queries")))

	// The same in one command, with one more day.
	require.NoError(t, os.Rename(day, filepath.Join(filepath.Dir(day), "date=2021-12-29")))
	code, stdout, stderr = command("run", "--stack", "dev", "--pipeline", "usage", "--keep", "--data", filepath.Join(day, "..", "..", "..", "..", ".."))
	require.Zero(t, code, stderr+stdout)
	second := report(t, "dev")
	require.Equal(t, 1946, second.Tables[0].Partitions)
	require.Equal(t, 21386, second.Tables[0].Objects)
	require.Equal(t, 16290920.0, total(t, second, "all-time-usage"))
	require.Len(t, second.Executions, 2, "the sample is there already")
	require.Contains(t, strings.Join(strings.Fields(stdout), " "), "Copied 1 objects, 39 bytes, from "+second.Data.Directory+
		" to the source bucket; sample data of an earlier run stays beside them", "a person's data does not join the sample without a word")
}

// totalOf is the all-time total in what execute-queries returned.
func totalOf(result ended) float64 {
	rows := result.Output.(map[string]any)["queries"].([]any)[0].(map[string]any)["rows"].([]any)
	return rows[len(rows)-1].(map[string]any)["total_usage"].(float64)
}

// copyDay copies a day's folder into the source bucket of the dev stack, as someone who uploads it would.
func copyDay(t *testing.T, day string) {
	t.Helper()
	buckets, err := filepath.Glob(filepath.Join(outDirectory, "dev", "store", "lake-source-*"))
	require.NoError(t, err)
	require.Len(t, buckets, 1)
	target := filepath.Join(buckets[0], "data", "daily-user-summaries", "year=2021", "month=12", filepath.Base(day))
	require.NoError(t, os.CopyFS(target, os.DirFS(day)))
}
