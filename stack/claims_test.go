package stack

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// docs/claims.md names the tests of what the README says.
func TestEveryClaimOfTheREADMEHasItsTests(t *testing.T) {
	readme := unwrapped(t, "../README.md")
	tests := namesOfTests(t)
	claims := map[string]bool{}
	row := regexp.MustCompile(`(?m)^\| (.+) \| ([^|]+) \|$`)
	text, err := os.ReadFile("../docs/claims.md")
	require.NoError(t, err)
	for _, found := range row.FindAllStringSubmatch(string(text), -1)[1:] {
		claims[found[1]] = true
		require.Contains(t, readme, found[1], "the README says so no more")
		for test := range strings.SplitSeq(found[2], ", ") {
			require.True(t, tests[test], "%s: there is no test %s", found[1], test)
		}
	}
	_, points, found := strings.Cut(readme, "What it gives a data team: ")
	require.True(t, found)
	points, _, found = strings.Cut(points, " [docs/claims.md]")
	require.True(t, found)
	for point := range strings.SplitSeq(strings.TrimPrefix(points, "- "), " - ") {
		require.True(t, claims[strings.TrimRight(point, ";.")], "docs/claims.md does not name the tests of: %s", point)
	}
}

// unwrapped is a text with its lines joined.
func unwrapped(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return strings.Join(strings.Fields(string(text)), " ")
}

// namesOfTests are those of the whole project, in Go and Python.
func namesOfTests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	test := regexp.MustCompile(`^(?:func|def) ([Tt]est\w+)\(`)
	for _, pattern := range []string{"../*/*_test.go", "../*/*/*_test.go", "../etl/tests/test_*.py"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range files {
			file, err := os.Open(name)
			require.NoError(t, err)
			for lines := bufio.NewScanner(file); lines.Scan(); {
				if found := test.FindStringSubmatch(lines.Text()); found != nil {
					names[found[1]] = true
				}
			}
			require.NoError(t, file.Close())
		}
	}
	return names
}

// .devcontainer/ has what local/setup.sh asks for and go.mod names.
func TestTheDevelopmentContainerHasWhatSetupAsksFor(t *testing.T) {
	text, err := os.ReadFile("../.devcontainer/Dockerfile")
	require.NoError(t, err)
	module, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(string(module))[1]
	setup, err := os.ReadFile("../local/setup.sh")
	require.NoError(t, err)
	for pinned, needed := range map[string]string{
		"FROM golang:" + version + ".": `"Go ` + version,
		"FROM node:20.":                "Node.js 20",
		"python3.11 python3.11-venv":   "python3.11",
		"openjdk-17-jdk-headless":      "openjdk-17-jdk-headless",
		"maven":                        "maven",
		"chromium fonts-dejavu-core":   "chromium fonts-dejavu-core",
	} {
		require.Contains(t, string(text), pinned)
		require.Contains(t, string(setup), needed)
	}
	require.NotContains(t, string(text), ":latest")
}
