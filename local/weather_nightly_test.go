//go:build nightly

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"datalake/local/policy"

	"github.com/stretchr/testify/require"
)

func TestABackfillOfSomeDaysLeavesTheDatasetAsItIs(t *testing.T) {
	home(t)
	code, stdout, stderr := command("run", "--stack", "dev", "--pipeline", "weather")
	require.Zero(t, code, stderr+stdout)
	first := report(t, "dev")
	result := executed(t, "--stack", "dev", "--machine", "weekly-etl", "--input", file(t, `{"from": "2026-01-03", "to": "2026-01-05"}`))
	require.Equal(t, "SUCCEEDED", result.Status)
	require.Equal(t, "2026-01-03T00:00:00+07:00", result.Output.(map[string]any)["window_start"])
	again := executed(t, "--stack", "dev", "--machine", "report-weather")
	require.Equal(t, "SUCCEEDED", again.Status)
	rows := again.Output.(map[string]any)["queries"].([]any)[0].(map[string]any)["rows"].([]any)
	require.Len(t, rows, len(first.Queries[0].Rows))
}

// A week of 5,000 locations is nine objects, and no more work for the state machine than a week of one; in prod, whose key
// encrypts everything, and whose policies allow it.
func TestAWeekOfManyLocations(t *testing.T) {
	home(t)
	const locations = 5_000
	var lines strings.Builder
	for day := 2; day <= 10; day++ {
		fmt.Fprintf(&lines, `{"timestamp": "2026-01-%02dT05:00:00Z", "temperature": %d}`+"\n", day, 20+day)
	}
	data := t.TempDir()
	for i := range locations {
		folder := filepath.Join(data, "raw", fmt.Sprintf("location=station-%04d", i), "date=2026-01-10")
		require.NoError(t, os.MkdirAll(folder, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(folder, "1768024800000.json"), []byte(lines.String()), 0o600))
	}
	code, stdout, stderr := command("run", "--stack", "prod", "--pipeline", "weather", "--data", data)
	require.Zero(t, code, stderr+stdout)
	got := report(t, "prod")
	require.Equal(t, []policy.Denial{}, got.Denied)
	week := got.Executions[0]
	require.Equal(t, "SUCCEEDED", week.Status)
	require.Less(t, week.Transitions, 30)
	require.Less(t, len(week.Output), 1_000)
	metrics := got.Jobs[0].Metrics.(map[string]any)
	require.Equal(t, []any{9.0, 5_000.0, 45_000.0, 45_000.0}, []any{metrics["days_written"], metrics["locations"], metrics["records_aggregated"], metrics["windows_written"]})
	table := got.Tables[len(got.Tables)-1]
	require.Equal(t, []any{"weather_summaries", 9, 9}, []any{table.Name, table.Partitions, table.Objects})

	require.Empty(t, got.Queries[0].Error)
	require.Len(t, got.Queries[0].Rows, 45_000)
	require.Equal(t, 9, got.Queries[0].PartitionsScanned)
	require.Equal(t, "SUCCEEDED", got.Executions[1].Status)
}
