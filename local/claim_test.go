package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// asCommand makes this test binary the command itself: a process of its own.
const asCommand = "DATALAKE_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(withTrino(m.Run))
}

// stopped starts a run in a process of its own, and stops it once it has begun.
func stopped(t *testing.T) *exec.Cmd {
	t.Helper()
	process := exec.Command(os.Args[0], "run", "--stack", "dev", "--pipeline", "usage")
	process.Env = append(os.Environ(), asCommand+"=1")
	output, err := process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	t.Cleanup(func() { _ = process.Process.Kill() })
	for lines := bufio.NewScanner(output); lines.Scan() && !strings.Contains(lines.Text(), "create-dataset starts"); {
	}
	require.NoError(t, process.Process.Signal(syscall.SIGSTOP))
	return process
}

// snapshot is every file below a directory with its size and time.
func snapshot(t *testing.T, directory string) (files []string) {
	t.Helper()
	require.NoError(t, filepath.Walk(directory, func(path string, info os.FileInfo, err error) error {
		files = append(files, fmt.Sprint(path, info.Size(), info.ModTime()))
		return err
	}))
	return files
}

func TestOneDirectoryIsOneRuns(t *testing.T) {
	home(t)
	other := stopped(t)
	before := snapshot(t, outDirectory)
	for _, arguments := range [][]string{
		{"run", "--stack", "dev"},
		{"run", "--stack", "dev", "--keep", "--data", t.TempDir()},
		{"execute", "--stack", "dev", "--machine", "execute-queries"},
	} {
		code, _, stderr := command(arguments...)
		require.Equal(t, 2, code)
		require.Regexp(t, fmt.Sprintf(`^local: out/dev is in use by process %d \("run --stack dev --pipeline usage", since 20\d\d-`, other.Process.Pid), stderr)
	}
	require.Equal(t, before, snapshot(t, outDirectory), "nothing was touched")

	code, _, stderr := command("execute", "--stack", "dev", "--machine", "create-dataset", "--responses", file(t, `{}`))
	require.Zero(t, code, stderr)
	code, _, stderr = command("schedule")
	require.Zero(t, code, stderr)

	require.NoError(t, other.Process.Kill())
	require.ErrorContains(t, other.Wait(), "killed")
	code, _, stderr = command("run", "--stack", "dev", "--data", t.TempDir())
	require.Zero(t, code, stderr)
}
