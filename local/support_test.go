package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"datalake/local/engine"
	"datalake/local/interpreter"
	"datalake/local/jsonata"
	"datalake/local/virtual"

	"github.com/stretchr/testify/require"
)

// home makes a directory in which the commands can be run as in local/, with an out/ of its own, and goes there.
func home(t *testing.T) {
	t.Helper()
	project, err := filepath.Abs(projectDirectory)
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(project, "local", jsonataFile), "npm packages are installed by make setup")
	directory := t.TempDir()
	files, err := filepath.Glob(filepath.Join(project, "Pulumi*.yaml"))
	require.NoError(t, err)
	for _, file := range files {
		require.NoError(t, os.Symlink(file, filepath.Join(directory, filepath.Base(file))))
	}
	require.NoError(t, os.Symlink(filepath.Join(project, "etl"), filepath.Join(directory, "etl")))
	require.NoError(t, os.Mkdir(filepath.Join(directory, "local"), 0o755))
	for _, made := range []string{"node_modules", "policy", "trino"} {
		require.NoError(t, os.Symlink(filepath.Join(project, "local", made), filepath.Join(directory, "local", made)))
	}
	t.Chdir(filepath.Join(directory, "local"))
}

// command runs a command as from the shell.
func command(arguments ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(arguments, &out, &errs)
	return code, out.String(), errs.String()
}

// file writes text into a file of the test's own.
func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file.json")
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

// ended is what execute prints.
type ended struct {
	Status         string
	Output         any
	Error, Cause   *string
	States         []string
	Transitions    int
	VirtualSeconds float64
}

// executed runs `execute` and reads what it printed.
func executed(t *testing.T, arguments ...string) ended {
	t.Helper()
	code, stdout, stderr := command(append([]string{"execute"}, arguments...)...)
	require.Zero(t, code, stderr)
	var result ended
	require.NoError(t, json.Unmarshal([]byte(stdout), &result))
	return result
}

// responses are answers as execute reads them from a file.
func responses(t *testing.T, a answers) interpreter.Caller {
	t.Helper()
	text, err := json.Marshal(a)
	require.NoError(t, err)
	caller, err := interpreter.LoadResponses(text)
	require.NoError(t, err)
	return caller
}

// overheard answers like another caller and remembers what each service was told last.
type overheard struct {
	interpreter.Caller
	told map[string]map[string]any
}

func (o *overheard) Call(task interpreter.Task) interpreter.Answer {
	o.told[task.Resource] = task.Arguments.(map[string]any)
	return o.Caller.Call(task)
}

// overhear runs a machine of the dev stack at another offset.
func overhear(t *testing.T, machineName, offset, now, input string, a answers) (told map[string]map[string]any, result interpreter.Result) {
	t.Helper()
	evaluation, err := evaluate("dev", func(project string, config map[string]string) error {
		config[project+":utcOffset"] = offset
		return nil
	})
	require.NoError(t, err)
	described, err := engine.Describe(evaluation, machineName)
	require.NoError(t, err)
	start, err := time.Parse(time.RFC3339, now)
	require.NoError(t, err)
	clock := virtual.NewClock(start)
	evaluator, err := jsonata.New(jsonataFile, clock.Now)
	require.NoError(t, err)
	machine, err := interpreter.Load(described.Definition, evaluator)
	require.NoError(t, err)
	caller := &overheard{Caller: responses(t, a), told: map[string]map[string]any{}}
	described.Execution.Input = []byte(input)
	require.NoError(t, machine.Start(clock, described.Execution, caller, func(r interpreter.Result) { result = r }))
	clock.Run()
	return caller.told, result
}
