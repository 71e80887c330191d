package main

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The page of a run on the first day of each month of the sample, whose job does without Spark. At night it is a whole run's.
func TestThePageInABrowser(t *testing.T) {
	tryInABrowser(t, "", func() {
		withoutSpark(t)
		require.Equal(t, "SUCCEEDED", executed(t, "--stack", "dev", "--machine", "create-dataset", "--input", file(t, `{"days": [1]}`)).Status)
		code, stdout, stderr := command("run", "--keep")
		require.Zero(t, code, stderr+stdout)
	})
}

// tryInABrowser tries the page of a good run and that of one in which a query is refused: how, stands in the script. A picture
// of the first goes into a file if it has a name.
func tryInABrowser(t *testing.T, picture string, goodRun func()) {
	t.Helper()
	chromium, err := exec.LookPath(cmp.Or(os.Getenv("CHROMIUM"), "chromium"))
	require.NoError(t, err, "Chromium is named by local/setup.sh all browser")
	script, err := filepath.Abs(filepath.Join("page", "browser.test.mjs"))
	require.NoError(t, err)
	home(t)
	pages := t.TempDir()
	kept := func(name string) string {
		file := filepath.Join(pages, name)
		require.NoError(t, os.Rename(pageFile(reportFile("dev")), file))
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.Less(t, info.Size(), int64(1_000_000))
		return file
	}

	goodRun()
	good := kept("good.html")
	code, stdout, stderr := command("run", "--pipeline", "usage", "--data", mine(t), "--faults", file(t, `[
		{"machine": "execute-queries", "state": "usage-2021", "error": "Athena.InvalidRequestException", "cause": "this query is refused"},
		{"machine": "crawl-dataset", "state": "Start the crawl", "error": "Glue.ThrottlingException", "times": 2}
	]`))
	require.Equal(t, 1, code, stderr+stdout)
	failed := kept("failed.html")

	tests := exec.Command("node", "--test", "--test-reporter=spec", script)
	tests.Env = append(os.Environ(), "GOOD="+good, "FAILED="+failed, "CHROMIUM="+chromium, "PICTURE="+picture)
	said, err := tests.CombinedOutput()
	t.Logf("%s", said)
	require.NoError(t, err)
}
