package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// An old report is shown again wherever it is kept, and its page is drawn beside it.
func TestAnOldReportIsShownAgain(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("page", "testdata", "failed.json"))
	require.NoError(t, err)
	home(t)
	checkout, err := filepath.Abs(projectDirectory)
	require.NoError(t, err)
	kept := t.TempDir()
	write(t, filepath.Join(kept, "monday.json"), string(text))
	t.Chdir(kept)

	code, stdout, stderr := command("show", "--project", checkout, "monday.json")
	require.Equal(t, 1, code, "the run that it reports did not succeed")
	require.Empty(t, stderr)
	drawn := filepath.Join(kept, "monday.html")
	require.Contains(t, stdout, "\nAs a page: "+drawn+"\n")
	page, err := os.ReadFile(drawn)
	require.NoError(t, err)
	require.Contains(t, string(page), "The run did not succeed")

	write(t, filepath.Join(kept, "empty.json"), "{}")
	for fault, words := range map[string][]string{
		"one report is shown at a time, not 2": {"monday.json", "tuesday.json"},
		"tuesday.json: no such file":           {"tuesday.json"},
		"empty.json holds none":                {"empty.json"},
	} {
		t.Chdir(kept)
		code, _, stderr := command(append([]string{"show", "--project", checkout}, words...)...)
		require.Equal(t, 2, code)
		require.Contains(t, stderr, fault)
	}
}

func TestAPageIsOpenedWhereThereIsAScreen(t *testing.T) {
	for _, c := range []struct{ system, variable, opener string }{
		{"darwin", "", "open"},
		{"linux", "DISPLAY", "xdg-open"},
		{"linux", "WAYLAND_DISPLAY", "xdg-open"},
		{"linux", "", ""},
	} {
		environment := func(name string) string { return map[string]string{c.variable: ":0"}[name] }
		require.Equal(t, c.opener, openerOf(c.system, environment), c)
	}
}
