package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Where nothing is installed, setup names all that a pipeline needs, and nothing that it doesn't.
func TestSetupNamesWhatIsMissing(t *testing.T) {
	bash, err := exec.LookPath("bash")
	require.NoError(t, err)
	tools := t.TempDir()
	for _, tool := range []string{"dirname", "grep", "sed"} {
		found, err := exec.LookPath(tool)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(found, filepath.Join(tools, tool)))
	}
	always := []string{"Go 1.26", "Node.js 20", "npm"}
	trino := []string{"a JDK 17", "Maven 3.8"}
	spark := []string{"Python 3.11"}
	for pipeline, c := range map[string]struct{ needed, others []string }{
		"none":    {always, slices.Concat(trino, spark)},
		"usage":   {slices.Concat(always, trino), spark},
		"orders":  {slices.Concat(always, trino), spark},
		"weather": {slices.Concat(always, trino, spark), nil},
		"all":     {slices.Concat(always, trino, spark), nil},
	} {
		t.Run(pipeline, func(t *testing.T) {
			setup := exec.Command(bash, "setup.sh", pipeline)
			setup.Env = []string{"PATH=" + tools}
			said, err := setup.CombinedOutput()
			require.Error(t, err)
			for _, tool := range c.needed {
				require.Contains(t, string(said), "\n  "+tool)
			}
			for _, tool := range c.others {
				require.NotContains(t, string(said), "\n  "+tool)
			}
		})
	}
}
