package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// section is what a page says under a heading.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(projectDirectory, page))
	require.NoError(t, err)
	_, after, found := strings.Cut(string(text), "\n## "+heading+"\n")
	require.True(t, found, heading)
	inside, _, _ := strings.Cut(after, "\n## ")
	return inside
}

var (
	fenced = regexp.MustCompile("(?s)\n   ```([a-z]*)\n(.*?)\n   ```")
	step   = regexp.MustCompile(`(?m)^(\d+)\. `)
)

// The README's ten steps, as they stand there, in a clone of one's own: the entry in the stack file, then each command.
func TestTheTenStepsOfTheREADME(t *testing.T) {
	steps := section(t, "README.md", "A dataset of your own, in ten steps")
	require.Len(t, step.FindAllString(steps, -1), 10)
	clone := cloned(t)
	var shown string
	for _, block := range fenced.FindAllStringSubmatch(steps, -1) {
		text := strings.ReplaceAll("\n"+block[2], "\n   ", "\n")[1:]
		switch block[1] {
		case "yaml":
			file := filepath.Join(clone, "Pulumi.dev.yaml")
			settings, err := os.ReadFile(file)
			require.NoError(t, err)
			const list = "\n  datalake:datasets:\n"
			require.Contains(t, string(settings), list)
			require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(settings), list, list+indented(text, "   ")+"\n", 1)), 0o600))
		case "sh":
			command := exec.Command("bash", "-euc", text)
			command.Dir = clone
			printed, err := command.CombinedOutput()
			require.NoError(t, err, "%s\n%s", text, printed)
			shown += string(printed)
		default:
			for line := range strings.SplitSeq(text, "\n") {
				require.Contains(t, shown, strings.TrimSpace(line))
			}
		}
	}
	require.Contains(t, shown, "crawl-orders: Daily 02:00 +07:00")
}

func indented(text, by string) string { return by + strings.ReplaceAll(text, "\n", "\n"+by) }

// cloned is a copy of the files that the project consists of, with what setup installs.
func cloned(t *testing.T) string {
	t.Helper()
	project, err := filepath.Abs(projectDirectory)
	require.NoError(t, err)
	listed, err := exec.Command("git", "-C", project, "ls-files", "--cached", "--others", "--exclude-standard").Output()
	require.NoError(t, err)
	// At one place, so that Go compiles there once and not in every run of the test.
	place := filepath.Join(project, "local", outDirectory, "ten-steps")
	release, err := claim(place, []string{"the test of the ten steps"})
	require.NoError(t, err)
	t.Cleanup(release)
	clone := filepath.Join(place, "clone")
	require.NoError(t, os.RemoveAll(clone))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(clone)) })
	for name := range strings.Lines(string(listed)) {
		name = strings.TrimSuffix(name, "\n")
		text, err := os.ReadFile(filepath.Join(project, name))
		if err != nil {
			continue // deleted, but not committed yet
		}
		info, err := os.Stat(filepath.Join(project, name))
		require.NoError(t, err)
		file := filepath.Join(clone, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, text, info.Mode().Perm()))
		modified := info.ModTime() // by which Go knows a file
		if filepath.Ext(name) != ".go" {
			modified = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) // what is installed is newer
		}
		require.NoError(t, os.Chtimes(file, modified, modified))
	}
	for _, made := range []string{"node_modules", filepath.Join("trino", "target")} {
		require.NoError(t, os.Symlink(filepath.Join(project, "local", made), filepath.Join(clone, "local", made)))
	}
	require.NoError(t, os.Symlink(filepath.Join(project, "etl", ".venv"), filepath.Join(clone, "etl", ".venv")))
	return clone
}
