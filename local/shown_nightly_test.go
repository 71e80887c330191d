//go:build nightly

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the pages show of this program and no other test runs is run as it stands there, one page after the other, in a checkout
// of its own with the files that it names: a page's own JSON where it shows that.
func TestTheCommandsThatThePagesShowRun(t *testing.T) {
	project, err := filepath.Abs(projectDirectory)
	require.NoError(t, err)
	pages := allPages(t)
	home(t)
	binary := filepath.Join(t.TempDir(), "local")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = filepath.Join(project, "local")
	printed, err := build.CombinedOutput()
	require.NoError(t, err, string(printed))
	require.NoError(t, os.Rename(mine(t), "../DIR"))
	write(t, "machine.asl.json", passing)
	write(t, "input.json", "{}")
	write(t, "usage.sql", `SELECT count(*) FROM daily_user_summaries`)

	ran := 0
	for _, page := range pages {
		for _, block := range page.blocks {
			switch {
			case page.name != "docs/faults.md" || block.language != "json":
			case strings.HasPrefix(block.text, "["):
				write(t, "faults.json", block.text)
			default:
				write(t, "answers.json", block.text)
			}
		}
		for _, block := range page.blocks {
			if block.language != "" || !strings.HasPrefix(strings.TrimSpace(block.text), "cd local\n") {
				continue
			}
			for line := range strings.Lines(block.text) {
				if !strings.Contains(line, "go run . ") {
					continue
				}
				shown := strings.ReplaceAll(strings.ReplaceAll(line, "go run . ", `"$LOCAL" `), "--data DIR", "--data ../DIR")
				shell := exec.Command("bash", "-o", "pipefail", "-c", shown)
				shell.Env = append(os.Environ(), "LOCAL="+binary)
				printed, err := shell.CombinedOutput()
				ended := (*exec.ExitError)(nil)
				if strings.Contains(line, "--faults") && errors.As(err, &ended) && ended.ExitCode() == 1 {
					err = nil // a call failed, as it was to
				}
				require.NoError(t, err, "%s: %s\n%s", page.name, line, printed)
				ran++
			}
		}
	}
	require.GreaterOrEqual(t, ran, 11)
}

// The job by hand, as etl/README.md has it, reads the sample that it makes.
func TestTheJobRunsByHandAsItsPageShows(t *testing.T) {
	etl, err := filepath.Abs(etlFolder)
	require.NoError(t, err)
	lake := filepath.Join(t.TempDir(), "lake")
	ran := 0
	for _, page := range allPages(t) {
		for _, block := range page.blocks {
			if page.name != "etl/README.md" || !strings.Contains(block.text, "weather-transform.py --source") {
				continue
			}
			shell := exec.Command("bash", "-o", "errexit", "-c", strings.ReplaceAll(block.text, "/some/lake", lake))
			shell.Dir = etl
			printed, err := shell.CombinedOutput()
			require.NoError(t, err, string(printed))
			ran++
		}
	}
	require.Equal(t, 1, ran)
	require.FileExists(t, filepath.Join(lake, "metrics.json"))
	require.FileExists(t, filepath.Join(lake, "processed", "date=2026-01-02", "part-00000.csv"))
}
