package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"datalake/local/fault"
	"datalake/local/interpreter"
	"datalake/local/spark"
)

// job is a Glue job: what it runs with unless a run says otherwise.
type job struct {
	script    string // s3:// URI
	arguments map[string]string
	timeout   time.Duration
	// busyUntil is when its last run ends, in virtual time: one run at a time.
	busyUntil time.Time
}

// JobReport is one run of a job.
type JobReport struct {
	Name   string `json:"name"`
	Status string `json:"status"`
	// Seconds is real time.
	Seconds float64 `json:"seconds"`
	// Metrics is the document that the run wrote at --metrics, null if it wrote none.
	Metrics any `json:"metrics"`
}

type startJobArguments struct {
	JobName   string
	Arguments map[string]string
}

// startJobRun runs a job to its end, on real Spark and in real time.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
func (e *Engine) startJobRun(task interpreter.Task) (any, time.Duration, error) {
	var request startJobArguments
	if err := json.Unmarshal(task.Text, &request); err != nil {
		return nil, callLatency, fault.Errorf("Local.UnsupportedArgument", "State %q starts a job with arguments that the local run does not take: %v.", task.State, err)
	}
	job := e.resources.jobs[request.JobName]
	switch {
	case job == nil:
		return nil, callLatency, fault.Errorf("Glue.EntityNotFoundException", "Failed to start job run due to missing metadata: job %s not found", request.JobName)
	case e.clock.Now().Before(job.busyUntil):
		return nil, callLatency, fault.Errorf("Glue.ConcurrentRunsExceededException", "Concurrent runs exceeded for %s", request.JobName)
	}
	arguments := map[string]string{}
	for name, value := range job.arguments {
		arguments[name] = value
	}
	for name, value := range request.Arguments {
		arguments[name] = value
	}
	metrics := arguments["--metrics"]
	script, err := e.localPath(job.script)
	if err != nil {
		return nil, callLatency, err
	}
	modules, err := e.modules(arguments["--extra-py-files"])
	if err != nil {
		return nil, callLatency, err
	}
	for name, value := range arguments {
		if strings.HasPrefix(value, "s3://") && name != "--extra-py-files" {
			path, err := e.localPath(value)
			if err != nil {
				return nil, callLatency, fmt.Errorf("argument %s: %w", name, err)
			}
			arguments[name] = "file://" + path
		}
	}
	id := fmt.Sprintf("jr-%d", e.saved.Jobs+len(e.jobs)+1)
	e.options.Progress("  job %s runs on Spark: %s", request.JobName, strings.Join(windowOf(request.Arguments), " to "))
	run, err := e.spark.Run(spark.Job{Name: request.JobName, Script: script, Modules: modules, Arguments: arguments, Timeout: job.timeout}, id)
	if err != nil {
		return nil, callLatency, err
	}
	e.jobsPeak = max(e.jobsPeak, run.PeakBytes)
	job.busyUntil = e.clock.Now().Add(run.Elapsed)
	e.jobs = append(e.jobs, JobReport{Name: request.JobName, Status: run.State, Seconds: run.Elapsed.Seconds(), Metrics: e.document(metrics)})
	description := map[string]any{
		"Id":            id,
		"JobName":       request.JobName,
		"JobRunState":   run.State,
		"ExecutionTime": math.Ceil(run.Elapsed.Seconds()),
		"Arguments":     request.Arguments,
	}
	if run.State != "SUCCEEDED" {
		description["ErrorMessage"] = run.Message
		cause, err := json.Marshal(description)
		if err != nil {
			return nil, run.Elapsed, fmt.Errorf("describe the job run: %w", err)
		}
		return nil, run.Elapsed, &fault.Error{Name: "States.TaskFailed", Cause: string(cause)}
	}
	return description, run.Elapsed, nil
}

func windowOf(arguments map[string]string) []string {
	return []string{arguments["--window-start"], arguments["--window-end"]}
}

// modules are the files of what --extra-py-files names: s3:// URIs with commas between them.
//
// https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-libraries.html
func (e *Engine) modules(uris string) (files []string, err error) {
	if uris == "" {
		return nil, nil
	}
	for uri := range strings.SplitSeq(uris, ",") {
		file, err := e.localPath(uri)
		if err != nil {
			return nil, fmt.Errorf("argument --extra-py-files: %w", err)
		}
		files = append(files, file)
	}
	return files, nil
}

// localPath is the file or directory that stands for an s3:// URI.
func (e *Engine) localPath(uri string) (string, error) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	if folder, is := strings.CutSuffix(key, "/"); is {
		path, err := e.store.Path(bucket, folder+"/a.file")
		return strings.TrimSuffix(path, "a.file"), err
	}
	return e.store.Path(bucket, key)
}

// document reads a JSON object; nil if there is none.
func (e *Engine) document(uri string) any {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	text, err := e.store.Get(bucket, key)
	if err != nil {
		return nil
	}
	var parsed any
	if json.Unmarshal(text, &parsed) != nil {
		return string(text)
	}
	return parsed
}

type getObjectArguments struct{ Bucket, Key string }

func (e *Engine) getObject(arguments getObjectArguments) (any, error) {
	body, err := e.store.Get(arguments.Bucket, arguments.Key)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Body": string(body), "ContentLength": len(body)}, nil
}

type putMetricsArguments struct {
	Namespace  string
	MetricData []struct {
		MetricName, Unit string
		Value            *float64
		Dimensions       []struct{ Name, Value string }
	}
}

// putMetrics checks metrics as CloudWatch does. No alarm is judged on this machine.
func (e *Engine) putMetrics(arguments putMetricsArguments) (any, error) {
	var faults []error
	if arguments.Namespace == "" || len(arguments.MetricData) == 0 || len(arguments.MetricData) > 1000 {
		faults = append(faults, errors.New("a Namespace and 1 to 1000 metrics are needed"))
	}
	for _, metric := range arguments.MetricData {
		if metric.MetricName == "" || metric.Value == nil {
			faults = append(faults, fmt.Errorf("metric %q has no name or no value", metric.MetricName))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fault.Errorf("CloudWatch.InvalidParameterValueException", "%v", err)
	}
	return map[string]any{}, nil
}
