package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"datalake/local/fault"
	"datalake/local/interpreter"
	"datalake/local/objects"
	"datalake/local/spark"
)

// job is a Glue job: what it runs with unless a run says otherwise.
type job struct {
	role      string // ARN
	script    string // s3:// URI
	arguments map[string]string
	timeout   time.Duration
	dpus      float64 // 0 if its workers have no price here
	flexible  bool
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

// with are the job's arguments with those of a run.
func (j *job) with(arguments map[string]string) map[string]string {
	all := maps.Clone(j.arguments)
	maps.Copy(all, arguments)
	return all
}

// JobRun is a run of a job.
type JobRun struct {
	JobReport
	ID        string
	Arguments map[string]string
	// Started and Completed are virtual; Completed is zero while it runs.
	Started, Completed time.Time
	// Message says why it did not succeed.
	Message string

	kill bool // in the middle
}

// StartJobArguments are those of Glue's StartJobRun.
type StartJobArguments struct {
	JobName   string
	Arguments map[string]string
}

// startJobRun runs a job to its end, on real Spark and in real time.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
func (e *Engine) startJobRun(ctx context.Context, task interpreter.Task) (any, time.Duration, error) {
	var request StartJobArguments
	if err := json.Unmarshal(task.Text, &request); err != nil {
		return nil, interpreter.CallLatency, fault.Errorf("Local.UnsupportedArgument", "State %q starts a job with arguments that the local run does not take: %v.", task.State, err)
	}
	run, err := e.beginJob(request)
	if err != nil {
		return nil, interpreter.CallLatency, err
	}
	e.bill(task, func(u *usage) { u.jobs = append(u.jobs, run) })
	run.kill = task.Kill
	elapsed, err := e.runJob(ctx, run)
	if err != nil {
		return nil, interpreter.CallLatency, err
	}
	e.noteWait(task, run)
	description := map[string]any{
		"Id":            run.ID,
		"JobName":       run.Name,
		"JobRunState":   run.Status,
		"ExecutionTime": math.Ceil(elapsed.Seconds()),
		"Arguments":     run.Arguments,
	}
	if run.Status != "SUCCEEDED" {
		description["ErrorMessage"] = run.Message
		cause, err := json.Marshal(description)
		if err != nil {
			return nil, elapsed, fmt.Errorf("describe the job run: %w", err)
		}
		return nil, elapsed, &fault.Error{Name: "States.TaskFailed", Cause: string(cause)}
	}
	return description, elapsed, nil
}

// StartJobRun lets a job run as soon as time passes, and returns the run's id.
func (e *Engine) StartJobRun(request StartJobArguments) (id string, err error) {
	run, err := e.beginJob(request)
	if err != nil {
		return "", err
	}
	e.clock.At(e.clock.Now(), func() {
		if _, err := e.runJob(context.Background(), run); err != nil {
			e.options.Progress("job %s could not run: %v", run.Name, err)
		}
		e.clock.At(run.Completed, func() {}) // the time that it took passes
	})
	return run.ID, nil
}

// JobRuns are the latest runs of a job, the last one first, as they stand now.
func (e *Engine) JobRuns(name string) ([]JobRun, error) {
	if e.resources.jobs[name] == nil {
		return nil, fault.Errorf("Glue.EntityNotFoundException", "Job %s not found", name)
	}
	e.lock.Lock()
	defer e.lock.Unlock()
	var runs []JobRun
	for _, run := range slices.Backward(e.jobs) {
		if run.Name == name {
			runs = append(runs, *run)
		}
	}
	return runs, nil
}

// beginJob notes a run of a job that may run now.
func (e *Engine) beginJob(request StartJobArguments) (*JobRun, error) {
	job := e.resources.jobs[request.JobName]
	switch {
	case job == nil:
		return nil, fault.Errorf("Glue.EntityNotFoundException", "Failed to start job run due to missing metadata: job %s not found", request.JobName)
	case e.clock.Now().Before(job.busyUntil):
		return nil, fault.Errorf("Glue.ConcurrentRunsExceededException", "Concurrent runs exceeded for %s", request.JobName)
	}
	e.saved.Jobs++
	run := &JobRun{
		JobReport: JobReport{Name: request.JobName, Status: "RUNNING"},
		ID:        fmt.Sprintf("jr-%d", e.saved.Jobs),
		Arguments: request.Arguments,
		Started:   e.clock.Now(),
	}
	e.lock.Lock()
	defer e.lock.Unlock()
	e.jobs = append(e.jobs, run)
	return run, nil
}

// runJob runs a job and notes how it ended.
func (e *Engine) runJob(ctx context.Context, run *JobRun) (elapsed time.Duration, err error) {
	job := e.resources.jobs[run.Name]
	arguments := job.with(run.Arguments)
	before, err := e.written(arguments)
	if err != nil {
		return 0, err
	}
	described, metrics, err := e.describeJob(job, run)
	ended := spark.Run{State: "FAILED"}
	if err == nil {
		e.options.Progress("  job %s runs on Spark: %s", run.Name, strings.Join(windowOf(run.Arguments), " to "))
		if run.kill {
			var stop context.CancelFunc
			ctx, stop = killWhenWriting(ctx, described.Arguments)
			defer stop()
		}
		ended, err = e.spark.Run(ctx, described, run.ID)
		if run.kill && err == nil && ended.State == "SUCCEEDED" {
			err = errors.New("the job was to be killed in the middle, but ended before it was seen to write")
		}
	}
	e.jobsPeak = max(e.jobsPeak, ended.PeakBytes)
	job.busyUntil = e.clock.Now().Add(ended.Elapsed)
	e.lock.Lock()
	defer e.lock.Unlock()
	run.Status, run.Message, run.Seconds, run.Completed = ended.State, ended.Message, ended.Elapsed.Seconds(), job.busyUntil
	run.Metrics = e.document(metrics)
	if err != nil {
		run.Message = err.Error()
		return ended.Elapsed, err
	}
	return ended.Elapsed, e.noteJob(job, run, arguments, before)
}

// describeJob is a job as Spark takes it, and where it is to write its metrics.
func (e *Engine) describeJob(job *job, run *JobRun) (described spark.Job, metrics string, err error) {
	arguments := job.with(run.Arguments)
	metrics = arguments["--metrics"]
	script, err := e.localPath(job.script)
	if err != nil {
		return spark.Job{}, metrics, err
	}
	modules, err := e.modules(arguments["--extra-py-files"])
	if err != nil {
		return spark.Job{}, metrics, err
	}
	for name, value := range arguments {
		if strings.HasPrefix(value, "s3://") && name != "--extra-py-files" {
			path, err := e.localPath(value)
			if err != nil {
				return spark.Job{}, metrics, fmt.Errorf("argument %s: %w", name, err)
			}
			arguments[name] = "file://" + path
		}
	}
	return spark.Job{Name: run.Name, Script: script, Modules: modules, Arguments: arguments, Timeout: job.timeout}, metrics, nil
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
	bucket, key := objects.SplitURI(uri)
	if folder, is := strings.CutSuffix(key, "/"); is {
		path, err := e.store.Path(bucket, folder+"/a.file")
		return strings.TrimSuffix(path, "a.file"), err
	}
	return e.store.Path(bucket, key)
}

// document reads a JSON object; nil if there is none.
func (e *Engine) document(uri string) any {
	bucket, key := objects.SplitURI(uri)
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

// maxMetrics and maxDimensions are how many PutMetricData takes, of metrics and of a metric's dimensions.
const maxMetrics, maxDimensions = 1000, 30

// putMetrics checks metrics as CloudWatch does. No alarm is judged on this machine.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
func (e *Engine) putMetrics(arguments putMetricsArguments) (any, error) {
	required := func(parameter string) (any, error) {
		return nil, fault.Errorf("CloudWatch.MissingRequiredParameterException", "The parameter %s is required.", parameter)
	}
	tooMany := func(collection string, most int) (any, error) {
		return nil, fault.Errorf("CloudWatch.InvalidParameterValueException", "The collection %s must not have a size greater than %d.", collection, most)
	}
	switch {
	case arguments.Namespace == "":
		return required("Namespace")
	case len(arguments.MetricData) == 0:
		return required("MetricData")
	case len(arguments.MetricData) > maxMetrics:
		return tooMany("MetricData", maxMetrics)
	}
	for i, metric := range arguments.MetricData {
		member := fmt.Sprintf("MetricData.member.%d.", i+1)
		switch {
		case metric.MetricName == "":
			return required(member + "MetricName")
		case metric.Value == nil:
			return required(member + "Value")
		case len(metric.Dimensions) > maxDimensions:
			return tooMany(member+"Dimensions", maxDimensions)
		}
	}
	return map[string]any{}, nil
}
