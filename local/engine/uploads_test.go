package engine

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The job is given the very archive that a deployment would upload.
func TestThePackageOfTheScriptIsUploaded(t *testing.T) {
	e := open(t)
	job := e.resources.jobs["WeatherDataTransformJob-dev"]
	modules, err := e.modules(job.arguments["--extra-py-files"])
	require.NoError(t, err)
	require.Len(t, modules, 1)
	require.Equal(t, "weather.zip", filepath.Base(modules[0]))
	archive, err := zip.OpenReader(modules[0])
	require.NoError(t, err)
	defer archive.Close()
	var names []string
	for _, file := range archive.File {
		names = append(names, file.Name)
		opened, err := file.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(opened)
		require.NoError(t, err)
		require.NoError(t, opened.Close())
		own, err := os.ReadFile(filepath.Join("..", "..", "etl", file.Name))
		require.NoError(t, err)
		require.Equal(t, string(own), string(text), file.Name)
	}
	modulesOfPackage, err := filepath.Glob("../../etl/weather/*.py")
	require.NoError(t, err)
	require.Len(t, names, len(modulesOfPackage), "the modules and nothing else")
	require.Contains(t, names, "weather/__init__.py")

	script, err := e.localPath(job.script)
	require.NoError(t, err)
	require.NoDirExists(t, filepath.Join(filepath.Dir(script), "weather"), "the script finds the archive's modules and no others")
}

func TestTheSameFilesMakeTheSameArchive(t *testing.T) {
	project := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(project, "a.py"), []byte("A = 1\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(project, "b.py"), []byte("B = 2\n"), 0o600))
	u := upload{key: "p.zip", files: map[string]string{"p/b.py": "b.py", "p/a.py": "a.py"}}
	first, err := u.body(project)
	require.NoError(t, err)
	second, err := u.body(project)
	require.NoError(t, err)
	require.True(t, bytes.Equal(first, second))

	u.files["p/c.py"] = "c.py"
	_, err = u.body(project)
	require.ErrorIs(t, err, os.ErrNotExist)
	u.files = map[string]string{"../a.py": "a.py"}
	_, err = u.body(project)
	require.ErrorContains(t, err, `"../a.py" can't be the name of a file in an archive`)
}
