package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
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

// usage is what the usage pipeline must find in its sample.
type usage struct {
	partitions, partitionsOf2021, objects int
	bytes, bytesOf2021                    int64
	total, totalOf2021                    float64
	// crawl is what the transitions of the crawl's execution cost: the more objects, the longer it is waited for.
	crawl float64
}

// The usage pipeline on the first day of each month of the sample.
func TestUsagePipeline(t *testing.T) {
	home(t)
	require.Equal(t, "SUCCEEDED", executed(t, "--stack", "dev", "--machine", "create-dataset", "--input", file(t, `{"days": [1]}`)).Status)
	code, stdout, stderr := command("run", "--stack", "dev", "--pipeline", "usage", "--keep")
	require.Zero(t, code, stderr+stdout)
	first := report(t, "dev")
	requireReasons(t, first, "crawl-dataset", "execute-queries", "alerts")
	require.Len(t, first.Executions, 2, "the sample is there already")
	usage{72, 12, 792, 30240, 5040, 603360, 100560, 0.0004}.require(t, first)
	require.Contains(t, stdout, "  partitions: usage-2021 read 17% of its tables' bytes, ")

	// A new day arrives. The queries do not see it until the crawler has run again.
	day := filepath.Join(t.TempDir(), "data", "daily-user-summaries", "year=2021", "month=12", "date=2021-12-28")
	require.NoError(t, os.MkdirAll(day, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(day, "2021-12-28_user-00000000001.json"), []byte(`{"usage":100,"user":"user-00000000001"}`), 0o600))
	copyDay(t, day)
	result := executed(t, "--stack", "dev", "--machine", "execute-queries")
	require.Equal(t, 603360.0, totalOf(result), "a partition that the catalog does not know is not read")

	require.Equal(t, "SUCCEEDED", executed(t, "--stack", "dev", "--machine", "crawl-dataset").Status)
	require.Equal(t, 603460.0, totalOf(executed(t, "--stack", "dev", "--machine", "execute-queries")))

	// The same in one command, with one more day.
	require.NoError(t, os.Rename(day, filepath.Join(filepath.Dir(day), "date=2021-12-29")))
	code, stdout, stderr = command("run", "--stack", "dev", "--pipeline", "usage", "--keep", "--data", filepath.Join(day, "..", "..", "..", "..", ".."))
	require.Zero(t, code, stderr+stdout)
	second := report(t, "dev")
	require.Equal(t, 74, second.Tables[0].Partitions)
	require.Equal(t, 794, second.Tables[0].Objects)
	require.Equal(t, 603560.0, total(t, second, "all-time-usage"))
	require.Len(t, second.Executions, 2, "the sample is there already")
	require.Equal(t, 1, second.Data.Objects)
	require.True(t, second.Data.BesideSample)
}

// require checks the report of a run whose last executions are those of crawl-dataset and execute-queries.
func (want usage) require(t *testing.T, got runReport) {
	t.Helper()
	last := len(got.Executions) - 2
	for i, name := range []string{"crawl-dataset", "execute-queries"} {
		require.Equal(t, name, got.Executions[last+i].StateMachine)
		require.Equal(t, "SUCCEEDED", got.Executions[last+i].Status)
		require.Equal(t, name, got.Phases[last+i+1].Name)
	}
	crawled, reported := got.Executions[last], got.Executions[last+1]
	require.Contains(t, crawled.Trigger, "schedule")
	require.Contains(t, reported.Trigger, "rule")

	table := got.Tables[0]
	require.Equal(t, "usage_dev.daily_user_summaries", table.Database+"."+table.Name)
	require.Equal(t, "[{usage int} {user string}]", fmt.Sprint(table.Columns))
	require.Equal(t, "[{year string} {month string} {date string}]", fmt.Sprint(table.PartitionKeys))
	require.Equal(t, []any{want.partitions, want.objects, want.bytes}, []any{table.Partitions, table.Objects, table.Bytes})

	require.Len(t, got.Queries, 2)
	require.Equal(t, want.total, total(t, got, "all-time-usage"))
	require.Equal(t, want.totalOf2021, total(t, got, "usage-2021"))
	require.Equal(t, []int64{want.bytes, want.bytesOf2021}, []int64{got.Queries[0].DataScannedInBytes, got.Queries[1].DataScannedInBytes})
	require.Equal(t, []int{want.partitions, want.partitionsOf2021}, []int{got.Queries[0].PartitionsScanned, got.Queries[1].PartitionsScanned})

	require.Equal(t, engine.CostParts{StepFunctions: want.crawl, GlueCrawlers: 0.146666667}, crawled.Cost.Parts)
	require.Equal(t, engine.CostParts{StepFunctions: 0.000225, Athena: 0.0001, SNS: 0.0000005, EventBridge: 0.000001}, reported.Cost.Parts)
	require.InDeltaSlice(t, []float64{0.146666667 + want.crawl, 0.0003265}, []float64{crawled.Cost.Total, reported.Cost.Total}, 1e-9)
	require.Equal(t, 1.5, got.IdleCost.Month, "fifteen alarms")
	for _, query := range got.Queries {
		require.Equal(t, []float64{0.00005, 0.00005}, []float64{query.Cost, *query.CostUnpartitioned}, "10 MB are billed at least")
		require.Equal(t, want.bytes, *query.BytesUnpartitioned)
	}

	require.Len(t, got.Messages, 1, "one message, and no alert")
	require.Equal(t, "results", got.Messages[0].Topic)
	require.Equal(t, "execute-queries: 2 of 2 queries succeeded", got.Messages[0].Subject)
	queries := got.Messages[0].Message.(map[string]any)["queries"].([]any)
	require.Len(t, queries, 2)
	for i, found := range []struct {
		total float64
		bytes int64
	}{{want.total, want.bytes}, {want.totalOf2021, want.bytesOf2021}} {
		query := queries[i].(map[string]any)
		rows := query["rows"].([]any)
		require.Equal(t, map[string]any{"user": "total", "total_usage": found.total}, rows[len(rows)-1], "numbers are numbers")
		require.Equal(t, float64(found.bytes), query["dataScannedInBytes"])
		require.Regexp(t, `^s3://.+\.csv$`, query["resultLocation"])
	}
	var reports int
	for _, event := range got.Events {
		if event.Source == "datalake" {
			require.Equal(t, got.Messages[0].Message, event.Detail, "the event says what the message says")
			reports++
		}
	}
	require.Equal(t, 1, reports)
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
