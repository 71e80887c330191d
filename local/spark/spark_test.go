package spark

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// These need a Python, not Spark: what a run is told and how it ends.
func runScript(t *testing.T, script string, timeout time.Duration, modules ...string) (Run, string) {
	t.Helper()
	python, err := exec.LookPath("python3")
	require.NoError(t, err)
	directory := t.TempDir()
	file := filepath.Join(directory, "job.py")
	require.NoError(t, os.WriteFile(file, []byte(script), 0o600))
	run, err := Spark{Python: python, Log: directory}.Run(t.Context(), Job{
		Name: "transform", Script: file, Modules: modules, Timeout: timeout, Arguments: map[string]string{"--utc-offset": "-05:00", "--source": "file:///x"},
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

// Nothing else is on the path: what isn't deployed is not found.
func TestModulesAreOnThePythonPath(t *testing.T) {
	directory := t.TempDir()
	t.Setenv("PYTHONPATH", directory)
	require.NoError(t, os.WriteFile(filepath.Join(directory, "undeployed.py"), nil, 0o600))
	archive := filepath.Join(directory, "levels.zip")
	var zipped bytes.Buffer
	file := zip.NewWriter(&zipped)
	module, err := file.Create("levels/__init__.py")
	require.NoError(t, err)
	_, err = module.Write([]byte("BAR = 100_000\n"))
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.NoError(t, os.WriteFile(archive, zipped.Bytes(), 0o600))

	run, log := runScript(t, "import levels; print(levels.BAR)", time.Minute, archive)
	require.Equal(t, "SUCCEEDED", run.State, log)
	require.Equal(t, "100000\n", log)
	run, _ = runScript(t, "import undeployed", time.Minute, archive)
	require.Equal(t, "ModuleNotFoundError: No module named 'undeployed'", run.Message)
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
	_, err := Spark{Python: "nowhere/python"}.Run(t.Context(), Job{Name: "transform"}, "run-1")
	require.ErrorContains(t, err, "make setup")
}

// A run that is killed looks like a crash; one that is stopped does not.
func TestARunThatIsKilledHasFailed(t *testing.T) {
	python, err := exec.LookPath("python3")
	require.NoError(t, err)
	directory := t.TempDir()
	file := filepath.Join(directory, "job.py")
	require.NoError(t, os.WriteFile(file, []byte("import time; time.sleep(60)"), 0o600))
	for cause, state := range map[error]string{ErrKilled: "FAILED", errors.New("stopped by hand"): "STOPPED"} {
		ctx, end := context.WithCancelCause(t.Context())
		end(cause)
		run, err := Spark{Python: python, Log: directory}.Run(ctx, Job{Name: "transform", Script: file, Timeout: time.Minute}, "run-1")
		require.NoError(t, err)
		require.Equal(t, state, run.State)
	}
}
