//go:build nightly

package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The usage pipeline at its full size: 11 users on 1,944 days.
func TestUsagePipelineAtItsFullSize(t *testing.T) {
	home(t)
	code, stdout, stderr := command("run", "--stack", "dev", "--pipeline", "usage")
	require.Zero(t, code, stderr+stdout)
	got := report(t, "dev")
	requireReasons(t, got, "create-dataset", "crawl-dataset", "execute-queries", "alerts")
	require.Len(t, got.Executions, 3)
	usage{1944, 324, 21384, 816480, 136080, 16290720, 2715120, 0.000475}.require(t, got)
	require.Contains(t, stdout, "  partitions: usage-2021 read 17% of its tables' bytes, ")

	created := got.Executions[0]
	require.Equal(t, []string{"create-dataset", "SUCCEEDED"}, []string{created.StateMachine, created.Status})
	require.Equal(t, "create-dataset", got.Phases[1].Name)
	require.Less(t, created.VirtualSeconds, 60.0, "well inside Express's five minutes")
	require.Equal(t, 0.106925, created.Cost.Parts.S3, "21,384 objects and _SUCCESS")
	require.Less(t, created.Cost.Parts.StepFunctions, 0.0001, "an Express workflow: transitions cost nothing")

	// A day of a person's own does not join the sample without a word.
	data := t.TempDir()
	write(t, filepath.Join(data, "data/daily-user-summaries/year=2021/month=12/date=2021-12-29/x.json"), `{"usage":100,"user":"user-00000000001"}`)
	code, stdout, stderr = command("run", "--stack", "dev", "--pipeline", "usage", "--keep", "--data", data)
	require.Zero(t, code, stderr+stdout)
	second := report(t, "dev")
	require.Len(t, second.Executions, 2, "the sample is there already")
	require.Equal(t, []int{1945, 21385}, []int{second.Tables[0].Partitions, second.Tables[0].Objects})
	require.Contains(t, strings.Join(strings.Fields(stdout), " "), "Copied 1 objects, 39 bytes, from "+data+
		" to the source bucket; sample data of an earlier run stays beside them")
}
