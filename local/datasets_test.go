package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// ownStack writes the stack file of a stack called own, with a list of datasets.
func ownStack(t *testing.T, datasets string) {
	t.Helper()
	file := filepath.Join(projectDirectory, "Pulumi.own.yaml")
	require.NoError(t, os.WriteFile(file, []byte("config:\n  aws:region: eu-west-1\n  datalake:disposable: true\n  datalake:datasets:\n"+datasets), 0o600))
}

// A dataset of one's own is an entry of the stack file: no sample is made for it, and it runs like the others.
func TestADatasetOfOnesOwn(t *testing.T) {
	home(t)
	ownStack(t, "    - {name: orders, prefix: shop/orders/, schedule: \"SUN 02:30\"}\n    - {name: web-logs, prefix: logs/, arrival: true}\n")
	data := t.TempDir()
	write(t, filepath.Join(data, "shop/orders/day=2026-01-01/a.csv"), "id,item,amount\n1,tea,2.5\n2,rice,4\n")
	write(t, filepath.Join(data, "shop/orders/day=2026-01-02/a.csv"), "id,item,amount\n3,tea,2.5\n")

	code, stdout, stderr := command("run", "--stack", "own", "--pipeline", "orders", "--data", data)
	require.Zero(t, code, stderr+stdout)
	first := report(t, "own")
	require.Len(t, first.Executions, 2, "a dataset without queries is crawled, its weekly success is looked for, and that is all")
	require.Equal(t, "crawl-orders", first.Executions[0].StateMachine)
	require.Equal(t, []string{"watchdog", "schedule watchdog-orders-trigger", "SUCCEEDED"},
		[]string{first.Executions[1].StateMachine, first.Executions[1].Trigger, first.Executions[1].Status})
	require.Equal(t, "orders_own.orders", first.Tables[0].Database+"."+first.Tables[0].Name)
	require.Equal(t, 2, first.Tables[0].Partitions)

	code, stdout, stderr = command("run", "--stack", "own", "--pipeline", "web-logs")
	require.Zero(t, code, stderr+stdout)
	require.Empty(t, report(t, "own").Executions)
	require.Contains(t, stdout, "web-logs: nothing lies under s3://lake-source-")
}

func TestScheduleShowsEachDataset(t *testing.T) {
	home(t)
	ownStack(t, "    - {name: orders, prefix: orders/, schedule: \"02:30\", fullCrawl: \"SUN 04:00\"}\n")
	code, stdout, stderr := command("schedule", "--stack", "own", "--now", "2026-01-05T00:00:00Z")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "crawl-orders: Daily 02:30 +07:00\n  Mon 2026-01-05 19:30 UTC   Tue 2026-01-06 02:30 +07:00\n")
	require.Contains(t, stdout, "crawl-orders-full: Sundays 04:00 +07:00\n  Sat 2026-01-10 21:00 UTC   Sun 2026-01-11 04:00 +07:00\n")
}

func TestAnUnknownPipelineIsRefusedWithThoseOfTheStack(t *testing.T) {
	home(t)
	ownStack(t, "    - {name: orders, prefix: orders/, schedule: \"02:30\"}\n")
	code, _, stderr := command("run", "--stack", "own", "--pipeline", "usage")
	require.Equal(t, 2, code)
	require.Contains(t, stderr, `there is no pipeline "usage": there are orders, weather, all`)
}

// The data has no column that the reports ask for: they fail, and so does the run.
func TestARunThatDidNotSucceedExitsWith1(t *testing.T) {
	home(t)
	data := t.TempDir()
	write(t, filepath.Join(data, "data/daily-user-summaries/year=2021/a.json"), `{"other": 1}`)
	code, stdout, stderr := command("run", "--pipeline", "usage", "--data", data)
	require.Equal(t, 1, code, stderr)
	require.Contains(t, stdout, "QueriesFailed")
}
