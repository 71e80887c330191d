package engine

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"datalake/internal/mockaws"

	"github.com/stretchr/testify/require"
)

// Nothing hides from root, so that this thread reads files as nobody.
func TestSurveyNamesWhatItMayNotRead(t *testing.T) {
	directory := t.TempDir()
	files(t, directory, "closed.json", "folder/x.json", "open.json")
	require.NoError(t, os.Chmod(filepath.Join(directory, "open.json"), 0o644))
	require.NoError(t, os.Chmod(filepath.Join(directory, "closed.json"), 0))
	require.NoError(t, os.Chmod(filepath.Join(directory, "folder"), 0))
	require.NoError(t, os.Chmod(filepath.Dir(directory), 0o755))
	if os.Geteuid() == 0 {
		const nobody = 65534
		runtime.LockOSThread() // never unlocked: the thread ends with the test
		require.NoError(t, syscall.Setfsuid(nobody))
		defer func() { require.NoError(t, syscall.Setfsuid(0)) }()
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(directory, "folder"), 0o755) })
	_, err := Survey(&mockaws.Evaluation{}, directory, "nowhere")
	require.ErrorContains(t, err, `"closed.json" can't be read: `)
	require.ErrorContains(t, err, `"folder" can't be read: `)
	require.NotContains(t, err.Error(), "open.json")
}
