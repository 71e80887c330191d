// Package sparktest runs the job without Spark, for tests of what goes on around it.
package sparktest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Python is an interpreter that runs the job on the stand-in for Spark that the job's own tests have, which starts at once;
// project is the project's directory.
func Python(t testing.TB, project string) string {
	t.Helper()
	etl, err := filepath.Abs(filepath.Join(project, "etl"))
	require.NoError(t, err)
	tests, err := json.Marshal(filepath.Join(etl, "tests"))
	require.NoError(t, err)
	directory := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(directory, "run.py"), []byte(`
import importlib.util, sys, types
sys.modules["pyspark"] = sys.modules["pyspark.sql"] = types.SimpleNamespace(SparkSession=None)  # slow to import
sys.path.append(`+string(tests)+`)
from here import Here
spec = importlib.util.spec_from_file_location("job", sys.argv[1])
job = importlib.util.module_from_spec(spec)
spec.loader.exec_module(job)
job.start_spark = lambda directory: Here()
job.main(sys.argv[2:])
`), 0o600))
	wrapper := filepath.Join(directory, "python")
	interpreter := filepath.Join(etl, ".venv", "bin", "python")
	require.NoError(t, os.WriteFile(wrapper, []byte("#!/bin/sh\nexec '"+interpreter+"' '"+directory+"/run.py' \"$@\"\n"), 0o700)) //nolint:gosec // it is to be run
	return wrapper
}
