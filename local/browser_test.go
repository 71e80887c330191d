package main

import (
	"cmp"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "make the README's picture anew")

// The pages of a whole run and of one in which a query is refused: what is tried with them stands in the script.
func TestThePageInABrowser(t *testing.T) {
	chromium, err := exec.LookPath(cmp.Or(os.Getenv("CHROMIUM"), "chromium"))
	require.NoError(t, err, "Chromium is named by local/setup.sh all browser")
	script, err := filepath.Abs(filepath.Join("page", "browser.test.mjs"))
	require.NoError(t, err)
	picture := ""
	if *update {
		picture, err = filepath.Abs(filepath.Join(projectDirectory, "docs", "report.png"))
		require.NoError(t, err)
	}
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

	code, stdout, stderr := command("run")
	require.Zero(t, code, stderr+stdout)
	good := kept("good.html")
	code, stdout, stderr = command("run", "--pipeline", "usage", "--data", mine(t), "--faults", file(t, `[
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
