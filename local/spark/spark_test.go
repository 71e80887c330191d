package spark

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// These need a Python, not Spark: what a run is told and how it ends.
func runScript(t *testing.T, script string, timeout time.Duration) (Run, string) {
	t.Helper()
	python, err := exec.LookPath("python3")
	require.NoError(t, err)
	directory := t.TempDir()
	file := filepath.Join(directory, "job.py")
	require.NoError(t, os.WriteFile(file, []byte(script), 0o600))
	run, err := Spark{Python: python, Log: directory}.Run(Job{
		Name: "transform", Script: file, Timeout: timeout, Arguments: map[string]string{"--utc-offset": "-05:00", "--source": "file:///x"},
	}, "run-1")
	require.NoError(t, err)
	log, err := os.ReadFile(filepath.Join(directory, "run-1.log"))
	require.NoError(t, err)
	return run, string(log)
}

func TestArgumentsAreHandedOverAsGlueDoes(t *testing.T) {
	run, log := runScript(t, "import sys; print(sys.argv[1:])", time.Minute)
	require.Equal(t, "SUCCEEDED", run.State)
	require.Equal(t, "['--JOB_NAME', 'transform', '--source', 'file:///x', '--utc-offset', '-05:00']\n", log)
}

func TestAFailedRunSaysWhy(t *testing.T) {
	run, _ := runScript(t, "import sys; print('working'); sys.exit('argument --source: it is missing')", time.Minute)
	require.Equal(t, "FAILED", run.State)
	require.Equal(t, "argument --source: it is missing", run.Message)
}

func TestARunThatTakesTooLongIsEnded(t *testing.T) {
	run, _ := runScript(t, "import time; time.sleep(60)", 200*time.Millisecond)
	require.Equal(t, "TIMEOUT", run.State)
	require.Contains(t, run.Message, "200ms")
}

func TestAMissingPythonNamesTheFix(t *testing.T) {
	_, err := Spark{Python: "nowhere/python"}.Run(Job{Name: "transform"}, "run-1")
	require.ErrorContains(t, err, "make setup")
}
