package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

func TestTheCommandIsCalledFromAnywhereInACheckout(t *testing.T) {
	home(t)
	local, err := os.Getwd()
	require.NoError(t, err)
	checkout := filepath.Dir(local)
	deep := filepath.Join(checkout, "some", "where")
	require.NoError(t, os.MkdirAll(deep, 0o755))
	outside := t.TempDir()
	write(t, filepath.Join(outside, "machine.json"), passing)
	for name, each := range map[string]struct {
		from      string
		arguments []string
		code      int
	}{
		"local":              {local, nil, 0},
		"the checkout":       {checkout, nil, 0},
		"below it":           {deep, nil, 0},
		"outside":            {outside, nil, 2},
		"outside, told":      {outside, []string{"--project", checkout}, 0},
		"told, from below":   {deep, []string{"--project", filepath.Join("..", "..")}, 0},
		"told another place": {local, []string{"--project", outside}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(each.from)
			code, stdout, stderr := command(append([]string{"schedule"}, each.arguments...)...)
			require.Equal(t, each.code, code, stderr)
			require.Equal(t, each.code == 0, strings.Contains(stdout, "crawl-dataset: Daily 01:00 +07:00"))
			require.Equal(t, each.code == 2, strings.Contains(stderr, "--project") || strings.Contains(stderr, "no checkout"))
		})
	}
	t.Chdir(outside)
	code, stdout, stderr := command("execute", "--project", checkout, "--definition", "machine.json")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "SUCCEEDED", "a file is named from where the caller is")
}

func TestEachCommandSaysWhatItDoesAndHow(t *testing.T) {
	root := newRoot(&invocation{})
	for _, cmd := range root.Commands() {
		code, help, stderr := command(cmd.Name(), "--help")
		require.Zero(t, code, stderr)
		require.Contains(t, help, "Usage:\n  local "+cmd.Name())
		require.Contains(t, help, "Examples:\n  ", cmd.Name())
	}
	_, help, _ := command("help")
	require.Contains(t, help, "Exit codes:\n  0  done\n")
}

func TestAShellCompletesNames(t *testing.T) {
	home(t)
	for arguments, want := range map[string]string{
		"run --stack ":                              "dev prod",
		"run --stack prod --pipeline ":              "all usage weather",
		"execute --stack prod --machine ":           "crawl-dataset execute-queries report-weather watchdog weekly-etl",
		"query --format ":                           "csv json table",
		"run --pipelin":                             "--pipeline",
		"run --stack nowhere --pipeline ":           "all",
		"--project /nowhere run --stack ":           "",
		"execute --stack nowhere --machine weekly-": "",
	} {
		_, stdout, _ := command(append([]string{cobra.ShellCompNoDescRequestCmd}, strings.Split(arguments, " ")...)...)
		lines := strings.Split(strings.TrimSpace(stdout), "\n")
		require.ElementsMatch(t, strings.Fields(want), lines[:len(lines)-1], arguments)
	}
	code, script, _ := command("completion", "bash")
	require.Zero(t, code)
	require.Contains(t, script, "__complete")
}

// A result as JSON has the standard output for itself; what is said on the way is said elsewhere, or not at all.
func TestResultsAsJSON(t *testing.T) {
	home(t)
	code, stdout, stderr := command("run", "--pipeline", "usage", "--data", mine(t), "--json")
	require.Zero(t, code, stderr)
	require.Contains(t, stderr, "Evaluated the program")
	written, err := os.ReadFile(filepath.Join(outDirectory, "dev", "report.json"))
	require.NoError(t, err)
	require.Equal(t, string(written), stdout)

	code, shown, _ := command("show", "--json")
	require.Zero(t, code)
	require.JSONEq(t, stdout, shown)

	code, summary, stderr := command("show", "--quiet")
	require.Zero(t, code)
	require.Empty(t, stderr)
	require.Contains(t, summary, "\nExecutions (peak memory ")
	require.Contains(t, summary, "  crawl-dataset    SUCCEEDED")

	code, stdout, stderr = command("query", "--json", "SELECT sum(usage) AS total FROM usage_dev.daily_user_summaries")
	require.Zero(t, code, stderr)
	var answer struct{ Rows [][]any }
	require.NoError(t, json.Unmarshal([]byte(stdout), &answer))
	require.Equal(t, [][]any{{28.0}}, answer.Rows)

	code, stdout, stderr = command("schedule", "--now", "2026-01-05T00:00:00Z", "--json")
	require.Zero(t, code, stderr)
	var scheduled []scheduledResult
	require.NoError(t, json.Unmarshal([]byte(stdout), &scheduled))
	require.Equal(t, "crawl-dataset", scheduled[0].Name)
	require.Equal(t, "2026-01-05T18:00:00Z", scheduled[0].Next[0].Format("2006-01-02T15:04:05Z07:00"))
}

func TestShowHasNothingToShowBeforeARun(t *testing.T) {
	home(t)
	code, _, stderr := command("show", "--stack", "prod")
	require.Equal(t, 2, code)
	require.Contains(t, stderr, "stack prod has not run here yet: run `make local STACK=prod` first")
}
