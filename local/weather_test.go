package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The weather pipeline on real Spark, over nine days of messages of all shapes with every kind of defect. What must come
// out, the sample's maker says from its plan alone.
func TestWeatherPipeline(t *testing.T) {
	home(t)
	code, stdout, stderr := command("run", "--stack", "dev", "--pipeline", "weather")
	require.Zero(t, code, stderr+stdout)
	first := report(t, "dev")
	require.Len(t, first.Executions, 2)
	for i, name := range []string{"weekly-etl", "report-weather"} {
		require.Equal(t, name, first.Executions[i].StateMachine)
		require.Equal(t, "SUCCEEDED", first.Executions[i].Status)
	}
	require.Len(t, first.Jobs, 1)
	require.Equal(t, "WeatherDataTransformJob-dev", first.Jobs[0].Name)
	require.Equal(t, "SUCCEEDED", first.Jobs[0].Status)

	expected, err := exec.Command(python, filepath.Join(etlFolder, "sample.py"), t.TempDir(), "--days", "9").Output()
	require.NoError(t, err)
	var metrics map[string]any
	require.NoError(t, json.NewDecoder(bytes.NewReader(expected)).Decode(&metrics))
	require.Equal(t, metrics, first.Jobs[0].Metrics, "each number of the metrics")

	partitions := len(metrics["partitions"].([]any))
	require.Len(t, first.Queries, 1)
	require.Equal(t, "daily-weather", first.Queries[0].Name)
	require.Len(t, first.Queries[0].Rows, partitions, "a row for each location and day")
	require.Equal(t, partitions, first.Queries[0].PartitionsTotal)
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

	// A backfill of two days of the same window leaves the dataset as it is.
	result := executed(t, "--stack", "dev", "--machine", "weekly-etl", "--input", file(t, `{"from": "2026-01-03", "to": "2026-01-05"}`))
	require.Equal(t, "SUCCEEDED", result.Status)
	require.Equal(t, "2026-01-03T00:00:00+07:00", result.Output.(map[string]any)["window_start"])
	again := executed(t, "--stack", "dev", "--machine", "report-weather")
	require.Equal(t, "SUCCEEDED", again.Status)
	rows := again.Output.(map[string]any)["queries"].([]any)[0].(map[string]any)["rows"].([]any)
	require.Len(t, rows, partitions)
}
