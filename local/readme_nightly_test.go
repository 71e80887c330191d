//go:build nightly

package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the README shows of a run is what a run prints, in its order, but for what is measured. A line with … alone stands for
// any number of lines.
func TestARunPrintsWhatTheREADMEShows(t *testing.T) {
	_, shown, found := strings.Cut(section(t, "README.md", "What you see"), "```text\n")
	require.True(t, found)
	shown, _, _ = strings.Cut(shown, "```")
	home(t)
	code, printed, errs := command("run")
	require.Zero(t, code, errs+printed)
	rest := strings.Split(withoutMeasures(printed), "\n")
	skips := false
	for line := range strings.SplitSeq(strings.TrimSuffix(withoutMeasures(shown), "\n"), "\n") {
		if strings.TrimSpace(line) == "…" {
			skips = true
			continue
		}
		at := 0
		for skips && at < len(rest)-1 && rest[at] != line {
			at++
		}
		require.Equal(t, line, rest[at], "the README shows this line next; printed was\n\n%s", printed)
		rest, skips = rest[at+1:], false
	}
}

var (
	measures = regexp.MustCompile(` *[\d.]+ s here| in [\d.]+ s\b|memory \d+ MB|; \d+ ms\b|executions [\d.]+`)
	digits   = regexp.MustCompile(`[\d.]+`)
)

// withoutMeasures leaves out how long what is real took, also of the time and the costs that depend on it.
func withoutMeasures(text string) string {
	var lines strings.Builder
	for line := range strings.Lines(measures.ReplaceAllString(text, "N")) {
		if strings.Contains(line, "weekly-etl SUCCEEDED after") { // virtual time takes what Spark takes
			line = digits.ReplaceAllString(line, "N")
		}
		lines.WriteString(line)
	}
	return lines.String()
}
