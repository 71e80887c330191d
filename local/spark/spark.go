// Package spark runs the script of a Glue job on the Spark of this machine.
package spark

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"datalake/local/resident"
)

// Job is what Glue knows of a job.
type Job struct {
	Name string
	// Script is the script's file.
	Script string
	// Modules are archives and files of modules, on the Python path of the script and its workers, as Glue has --extra-py-files.
	Modules []string
	// Arguments are handed over by name, such as --source.
	Arguments map[string]string
	// Timeout ends a run that takes longer.
	Timeout time.Duration
}

// Spark is where jobs run.
type Spark struct {
	// Python is the interpreter that has pyspark.
	Python string
	// Log takes what the runs print, a file each.
	Log string
}

// Run is how a job run ended.
type Run struct {
	// State is SUCCEEDED, FAILED, STOPPED or TIMEOUT.
	State string
	// Elapsed is real time.
	Elapsed time.Duration
	// PeakBytes is the greatest resident size among the run's processes.
	PeakBytes int64
	// Message says why the run did not succeed: the last line that it printed.
	Message string
}

// quick are a compiler and a collector for a Java that runs for seconds, and whose cores are for Python: a job of the sample takes
// two thirds of the time.
const quick = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

// ErrKilled is the cause of a context whose end is to look like a crash.
var ErrKilled = errors.New("the job is killed")

// Run runs the job, its arguments in the order of their names, and waits for its end, which comes as STOPPED when ctx ends, and as
// FAILED when it ends for ErrKilled. An error means that it could not be started.
func (s Spark) Run(ctx context.Context, job Job, id string) (Run, error) {
	if _, err := os.Stat(s.Python); errors.Is(err, fs.ErrNotExist) {
		return Run{}, fmt.Errorf("run job %s: there is no %s: run `make setup`", job.Name, s.Python)
	}
	if err := os.MkdirAll(s.Log, 0o755); err != nil {
		return Run{}, fmt.Errorf("run job %s: %w", job.Name, err)
	}
	words := []string{job.Script, "--JOB_NAME", job.Name}
	for _, name := range slices.Sorted(maps.Keys(job.Arguments)) {
		words = append(words, name, job.Arguments[name])
	}
	limited, cancel := context.WithTimeout(ctx, job.Timeout)
	defer cancel()
	var printed bytes.Buffer
	command := exec.CommandContext(limited, s.Python, words...)
	command.Stdout, command.Stderr = &printed, &printed
	command.WaitDelay = 10 * time.Second
	command.Env = append(os.Environ(),
		"PYSPARK_PYTHON="+s.Python,
		"PYSPARK_SUBMIT_ARGS=--master local[2] --driver-memory 2g --conf spark.ui.enabled=false --conf spark.driver.bindAddress=127.0.0.1 "+
			"--driver-java-options '"+quick+"' pyspark-shell",
		"SPARK_LOCAL_IP=127.0.0.1",
		"PYTHONDONTWRITEBYTECODE=1",
		"PYTHONPATH="+strings.Join(job.Modules, string(os.PathListSeparator)),
	)
	began := time.Now()
	err := command.Run()
	run := Run{State: "SUCCEEDED", Elapsed: time.Since(began)}
	if command.ProcessState != nil {
		run.PeakBytes = resident.Of(command.ProcessState)
	}
	if writeErr := os.WriteFile(filepath.Join(s.Log, id+".log"), printed.Bytes(), 0o644); writeErr != nil {
		return Run{}, fmt.Errorf("keep the log of job %s: %w", job.Name, writeErr)
	}
	var exit *exec.ExitError
	switch {
	case errors.Is(context.Cause(ctx), ErrKilled):
		run.State, run.Message = "FAILED", "Command failed with exit code 137" // the shell's, for SIGKILL
	case ctx.Err() != nil:
		run.State, run.Message = "STOPPED", "Job run was stopped"
	case limited.Err() != nil:
		run.State, run.Message = "TIMEOUT", fmt.Sprintf("Job run timed out after %s", job.Timeout)
	case errors.As(err, &exit):
		run.State, run.Message = "FAILED", lastLine(printed.String())
	case err != nil:
		return Run{}, fmt.Errorf("run job %s: %w", job.Name, err)
	}
	return run, nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
