package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalake/local/engine"

	"github.com/stretchr/testify/require"
)

// The weather pipeline on real Spark, over nine days of messages of all shapes with every kind of defect. What must come
// out, the sample's maker says from its plan alone.
func TestWeatherPipeline(t *testing.T) {
	home(t)
	code, stdout, stderr := command("run", "--stack", "dev", "--pipeline", "weather")
	require.Zero(t, code, stderr+stdout)
	first := report(t, "dev")
	requireReasons(t, first, "weekly-etl", "report-weather", "watchdog", "alerts")
	require.Len(t, first.Executions, 3)
	for i, name := range []string{"weekly-etl", "report-weather", "watchdog"} {
		require.Equal(t, name, first.Executions[i].StateMachine)
		require.Equal(t, "SUCCEEDED", first.Executions[i].Status)
	}
	require.Equal(t, "schedule watchdog-weather-trigger", first.Executions[2].Trigger)
	var found struct{ Pipeline, Execution string }
	require.NoError(t, json.Unmarshal(first.Executions[2].Output, &found))
	require.Equal(t, "weather", found.Pipeline)
	require.Contains(t, found.Execution, ":execution:weekly-etl-machine-", "the check found the run of the week")
	evaluation, err := evaluate("dev", nil)
	require.NoError(t, err)
	require.ElementsMatch(t, slices.DeleteFunc(slices.Clone(jobCalls), func(call string) bool { return strings.Contains(call, "s3:DeleteObject") }),
		inWords(first.Calls, "job WeatherDataTransformJob", evaluation.Exports["buckets"].(map[string]any)), "nothing was there to be deleted")
	require.Len(t, first.Jobs, 1)
	require.Equal(t, "WeatherDataTransformJob-dev", first.Jobs[0].Name)
	require.Equal(t, "SUCCEEDED", first.Jobs[0].Status)
	require.GreaterOrEqual(t, first.Executions[0].Cost.Parts.GlueJobs, 0.009666667, "two flexible workers for a minute at least")

	expected, err := exec.Command(python, filepath.Join(etlFolder, "sample.py"), t.TempDir(), "--days", "9").Output()
	require.NoError(t, err)
	var metrics map[string]any
	require.NoError(t, json.NewDecoder(bytes.NewReader(expected)).Decode(&metrics))
	require.Equal(t, metrics, first.Jobs[0].Metrics, "each number of the metrics")

	// One object a day, whatever the number of locations, and nobody added a partition.
	days := len(metrics["dates"].([]any))
	require.Equal(t, 9, days)
	require.Equal(t, "weather_summaries", first.Tables[len(first.Tables)-1].Name)
	table := first.Tables[len(first.Tables)-1]
	require.Equal(t, []int{days, days}, []int{table.Partitions, table.Objects})
	require.Equal(t, []engine.ColumnReport{{Name: "date", Type: "string"}}, table.PartitionKeys)
	require.Equal(t, engine.ColumnReport{Name: "location", Type: "string"}, table.Columns[2])

	require.Len(t, first.Queries, 1)
	require.Equal(t, "daily-weather", first.Queries[0].Name)
	locationDays := days * int(metrics["locations"].(float64))
	require.Len(t, first.Queries[0].Rows, locationDays, "a row for each location and day")
	require.Equal(t, []int{days, days}, []int{first.Queries[0].PartitionsScanned, first.Queries[0].PartitionsTotal})
	require.Equal(t, table.Bytes, first.Queries[0].DataScannedInBytes)
	samples := 0.0
	for _, row := range first.Queries[0].Rows {
		samples += row[3].(float64)
	}
	require.Equal(t, metrics["records_aggregated"], samples, "every aggregated record is in the dataset that Athena reads")

	topics := map[string]int{}
	for _, message := range first.Messages {
		topics[message.Topic]++
	}
	require.Equal(t, map[string]int{"results": 1, "weather": 1}, topics, "the summary and the report, and no alert")

	// A day is found by its name; one that isn't there has no rows. The catalog knows of none.
	for sql, want := range map[string]string{
		`SELECT count(DISTINCT location) FROM weather_summaries WHERE "date" = '2026-01-03'`:                "4",
		`SELECT count(*) FROM weather_summaries WHERE "date" BETWEEN '2020-01-01' AND '2026-01-01'`:         "0",
		`SELECT count(DISTINCT "date") FROM weather_summaries WHERE "date" >= '2026-01-09'`:                 "2",
		`SELECT count(*) FROM weather_summaries WHERE substr(window_start, 1, 10) <> "date" OR samples < 1`: "0",
	} {
		code, stdout, stderr := command("query", "--format", "csv", "--database", "weather_data_catalog_dev", sql)
		require.Zero(t, code, stderr)
		require.Equal(t, want, strings.Trim(strings.SplitN(stdout, "\n", 3)[1], `"`), sql)
	}
	code, stdout, stderr = command("query", "--format", "csv", "SHOW PARTITIONS weather_data_catalog_dev.weather_summaries")
	require.Zero(t, code, stderr)
	require.Empty(t, stdout)
}
