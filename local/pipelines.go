package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/engine"
	"datalake/local/interpreter"
)

// pipeline says what starts a pipeline. All else follows from what the stack registered.
type pipeline struct {
	name string
	// sample is the machine that makes sample data, and setting the configuration that deploys it: it is run first, and
	// for a stack without it, it is borrowed.
	sample, setting string
	// script makes sample data instead, of so many days before the schedule's next start: it is run with a directory,
	// whose files are laid over the source bucket.
	script     string
	scriptDays int
	// scheduled is the machine that a schedule starts.
	scheduled string
}

var pipelines = []pipeline{
	{name: "usage", sample: "create-dataset", setting: "datalake:sampleDataset", scheduled: "crawl-dataset"},
	{name: "weather", script: "sample.py", scriptDays: 9, scheduled: "weekly-etl"},
}

type runOptions struct {
	stack, pipeline, data string
	keep                  bool
	now                   time.Time
}

// runPipelines runs a stack's pipelines from their beginning to the message that subscribers would get.
func runPipelines(arguments []string, stdout, stderr io.Writer) (int, error) {
	var o runOptions
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.StringVar(&o.stack, "stack", "dev", "`name` of the stack")
	flags.StringVar(&o.pipeline, "pipeline", "all", "`name` of the pipeline: "+pipelineNames())
	flags.StringVar(&o.data, "data", "", "`directory` to lay over the source bucket first")
	flags.BoolVar(&o.keep, "keep", false, "go on from the store that the last run left")
	flags.Func("now", "the `instant` at which the virtual clock starts", instant(&o.now))
	if err := parse(flags, arguments, stderr); err != nil {
		return 0, err
	}
	chosen, err := choose(o.pipeline)
	if err != nil {
		return 0, usage(err)
	}
	if info, err := os.Stat(o.data); o.data != "" && (err != nil || !info.IsDir()) {
		return 0, usage(fmt.Errorf("--data %s is not a directory", o.data))
	}
	return o.run(chosen, stdout)
}

func pipelineNames() string {
	var names []string
	for _, p := range pipelines {
		names = append(names, p.name)
	}
	return strings.Join(append(names, "all"), ", ")
}

func choose(name string) ([]pipeline, error) {
	if name == "all" {
		return pipelines, nil
	}
	i := slices.IndexFunc(pipelines, func(p pipeline) bool { return p.name == name })
	if i < 0 {
		return nil, fmt.Errorf("there is no pipeline %q: there are %s", name, pipelineNames())
	}
	return pipelines[i : i+1], nil
}

func (o runOptions) run(chosen []pipeline, stdout io.Writer) (int, error) {
	say := func(format string, args ...any) { fmt.Fprintf(stdout, format+"\n", args...) }
	say("Running stack %s on this machine: %s", o.stack, o.pipeline)
	began := time.Now()
	evaluation, err := evaluate(o.stack, nil)
	if err != nil {
		return 0, err
	}
	evaluated := time.Since(began)
	say("Evaluated the program: %d resources in %.2f s", len(evaluation.Resources), evaluated.Seconds())

	options, err := options(o.stack)
	if err != nil {
		return 0, err
	}
	options.Empty, options.Start, options.Progress = !o.keep, o.now, say
	borrowed := false
	if o.data == "" {
		if borrowed, err = o.borrowSamples(evaluation, chosen, options); err != nil {
			return 0, err
		}
		options.Empty = options.Empty && !borrowed
	}
	e, err := engine.Open(evaluation, options)
	if err != nil {
		return 0, err
	}
	err = o.follow(e, evaluation, chosen, borrowed, say)
	report, reportErr := e.Report()
	if err := errors.Join(err, reportErr, e.Close()); err != nil {
		return 0, err
	}
	written := newReport(o.stack, len(evaluation.Resources), evaluated, report)
	file := filepath.Join(options.Directory, "report.json")
	if err := written.save(file); err != nil {
		return 0, err
	}
	written.summarize(stdout)
	say("\nThe whole report: %s", filepath.Join("local", file))
	return written.exitCode(), nil
}

// follow starts what nothing triggers, then what a schedule or the data starts, and lets time pass until all is done.
func (o runOptions) follow(e *engine.Engine, evaluation *mockaws.Evaluation, chosen []pipeline, borrowed bool, say func(string, ...any)) error {
	if o.data != "" {
		laid, err := e.Lay(o.data)
		if err != nil {
			return err
		}
		say("Laid %d objects from %s over the source bucket", laid, o.data)
	}
	for _, p := range chosen {
		if p.script != "" && o.data == "" && !e.HadSucceeded(p.scheduled) {
			if err := o.makeSample(e, evaluation, p, say); err != nil {
				return err
			}
		}
		if e.Has(p.sample) && !e.HadSucceeded(p.sample) {
			if err := e.Start(p.sample, []byte("{}")); err != nil {
				return err
			}
			e.Run()
		}
		err := e.Schedule(p.scheduled)
		if errors.Is(err, engine.ErrNoSchedule) && borrowed {
			err = e.Arrive()
		}
		if err != nil && !errors.Is(err, engine.ErrNoSchedule) {
			return err
		}
		e.Run()
	}
	return nil
}

// makeSample has a pipeline's script make its sample data, and lays it over the source bucket.
func (o runOptions) makeSample(e *engine.Engine, evaluation *mockaws.Evaluation, p pipeline, say func(string, ...any)) error {
	scheduled, err := engine.Schedules(evaluation, e.Now(), 1)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(scheduled, func(s engine.Scheduled) bool { return s.StateMachine == p.scheduled && len(s.Next) > 0 })
	if i < 0 {
		return fmt.Errorf("make the sample data of %s: %w", p.name, engine.ErrNoSchedule)
	}
	next := scheduled[i].Next[0].In(scheduled[i].Local)
	directory := filepath.Join(outDirectory, o.stack, "sample", p.name)
	if err := os.RemoveAll(directory); err != nil {
		return fmt.Errorf("make the sample data of %s: %w", p.name, err)
	}
	if printed, err := exec.Command(python, filepath.Join(etlFolder, p.script), directory,
		"--first-day="+next.AddDate(0, 0, -p.scriptDays).Format(time.DateOnly), "--utc-offset="+next.Format("-07:00")).CombinedOutput(); err != nil {
		return fmt.Errorf("make the sample data of %s with %s: %w: %s (`make setup` installs what it needs)", p.name, p.script, err, printed)
	}
	laid, err := e.Lay(directory)
	if err != nil {
		return err
	}
	say("Laid %d objects of sample data over the source bucket", laid)
	return nil
}

// borrowSamples makes the sample data of pipelines whose sample machine the stack does not deploy, with the machine as
// it would be deployed, and tells whether there were any.
func (o runOptions) borrowSamples(evaluation *mockaws.Evaluation, chosen []pipeline, options engine.Options) (borrowed bool, err error) {
	options.Quiet = true
	for _, p := range chosen {
		if _, err := engine.Describe(evaluation, p.sample); p.sample == "" || !errors.Is(err, engine.ErrNoMachine) {
			continue // deployed, and part of the run, or made by a script
		}
		withSample, err := evaluate(o.stack, map[string]string{p.setting: "true"})
		if err != nil {
			return false, err
		}
		options.Empty = options.Empty && !borrowed
		if err := borrow(withSample, p, options); err != nil {
			return false, fmt.Errorf("make the sample data of %s: %w", p.name, err)
		}
		borrowed = true
	}
	return borrowed, nil
}

func borrow(evaluation *mockaws.Evaluation, p pipeline, options engine.Options) error {
	e, err := engine.Open(evaluation, options)
	if err != nil {
		return err
	}
	if e.HadSucceeded(p.sample) {
		return e.Close()
	}
	result, err := e.Execute(p.sample, []byte("{}"))
	if err == nil && result.Status != interpreter.Succeeded {
		cause, _ := json.Marshal(result.Cause)
		err = fmt.Errorf("%s %s: %s", p.sample, result.Status, cause)
	}
	return errors.Join(err, e.Close())
}
