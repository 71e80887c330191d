package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pulumi stands in for Pulumi's command line.
func pulumi(t *testing.T, commands string) {
	t.Helper()
	directory := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(directory, "pulumi"), []byte("#!/bin/sh\n"+commands+"\n"), 0o700))
	t.Setenv("PATH", directory+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestADeployedStackIsVerified(t *testing.T) {
	lakeOf(t)
	exported := served(t)
	_, endpoint, _ := strings.Cut(exported, "AWS_ENDPOINT_URL=")
	endpoint, _, _ = strings.Cut(endpoint, "\n")

	code, stdout, stderr := command("verify", "--endpoint", endpoint)
	require.Zero(t, code, stdout+stderr)
	require.Contains(t, stderr, "Verifying stack dev in account 111122223333")
	require.Regexp(t, `│ query all-time-usage of execute-queries +│ SUCCEEDED: 3 rows, 108 bytes +│ same +│`, stdout)
	require.Regexp(t, `\d+ checks: \d+ the same, 0 differ, 1 sent, \d not checked\n\nWhat to do:\n`, stdout)

	// On AWS, Pulumi's command line knows what is deployed.
	evaluation, err := evaluate("dev", nil)
	require.NoError(t, err)
	outputs, err := json.Marshal(evaluation.Exports)
	require.NoError(t, err)
	pulumi(t, `[ "$*" = "stack output --json --non-interactive --stack dev --cwd .." ] && cat <<'OUTPUTS'
`+strings.Replace(string(outputs), "execute-queries-results", "another-topic", 1)+`
OUTPUTS`)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"} {
		t.Setenv(name, value)
	}
	code, stdout, stderr = command("verify")
	require.Equal(t, 1, code, stdout+stderr)
	require.Regexp(t, `│ message of execute-queries +│ .* │ differs: here execute-queries: 2 of 2 queries succeeded`, stdout)
	require.Contains(t, stdout, `message of execute-queries: topic is "" deployed and "results" here`)
}

func TestWhatCannotBeVerified(t *testing.T) {
	home(t)
	for _, c := range []struct {
		pulumi, says string
		report       string
	}{
		{says: "stack dev has not run here yet: run `make local STACK=dev` first"},
		{report: "{", says: "read the report of a run: unexpected end of JSON input"},
		{report: `{"executions": []}`, pulumi: "echo 'error: no stack named dev found' >&2; exit 255", says: "ask pulumi for the outputs of stack dev: exit status 255: error: no stack named dev found"},
		{report: `{"executions": []}`, pulumi: "echo '{}'", says: "its output machines is empty"},
	} {
		if c.report != "" {
			require.NoError(t, os.MkdirAll(filepath.Join(outDirectory, "dev"), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(outDirectory, "dev", "report.json"), []byte(c.report), 0o600))
		}
		pulumi(t, c.pulumi)
		code, _, stderr := command("verify")
		require.NotZero(t, code)
		require.Contains(t, stderr, c.says)
	}
	code, _, stderr := command("verify", "--stack", "nowhere")
	require.Equal(t, 2, code)
	require.Contains(t, stderr, `stack "nowhere": no such stack`)
}
