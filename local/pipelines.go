package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"datalake/internal/graph"
	"datalake/internal/mockaws"
	"datalake/local/engine"
	"datalake/local/parameters"
	"datalake/local/resident"
	"datalake/stack"

	"github.com/spf13/cobra"
)

// pipeline is one of the stack's: a state machine that a schedule or arriving data starts, and what that starts.
type pipeline struct {
	name, machine string
	sample        stack.Sample
	// checks are the schedules on which its success is looked for.
	checks []string
}

type runOptions struct {
	*invocation
	stack, pipeline string
	data, faults    path
	keep            bool
	now             instant
}

// newRun is the command that runs a stack's pipelines from their beginning to the message that subscribers would get.
func newRun(in *invocation) *cobra.Command {
	o := runOptions{invocation: in}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run pipelines from their beginning to the message that subscribers would get",
		Long: `Run pipelines from their beginning to the message that subscribers would get: sample
data is made, or yours copied, the schedules start what they start, and the report
is local/out/STACK/report.json, with the page report.html beside it.`,
		Example: `  local run
  local run --stack prod --pipeline usage
  local run --data ./mine            # your data in place of the sample's
  local run --keep --data ./more     # go on from the last run
  local run --faults faults.json     # have calls fail: docs/faults.md`,
		Args: noWords,
	}
	cmd.RunE = in.does(func(cmd *cobra.Command, _ []string) (int, error) {
		if info, err := os.Stat(o.data.absolute); o.data.given != "" && (err != nil || !info.IsDir()) {
			return 0, refusal{fmt.Errorf("--data %s is not a directory", o.data.given)}
		}
		return o.run(cmd.OutOrStdout(), cmd.ErrOrStderr())
	})
	in.stackFlag(cmd, &o.stack, "dev")
	flags := cmd.Flags()
	flags.StringVar(&o.pipeline, "pipeline", allPipelines, "`name` of the pipeline")
	flags.Var(&o.data, "data", "`directory` to copy to the source bucket first; no sample data is made then")
	flags.Var(&o.faults, "faults", "`file` that says which calls fail, and how")
	flags.BoolVar(&o.keep, "keep", false, "go on from the store that the last run left")
	flags.Var(&o.now, "now", "the `instant` at which the virtual clock starts")
	in.complete(cmd, "pipeline", func() []string { return append(exportNames(o.stack, "pipelines"), allPipelines) })
	return cmd
}

// allPipelines is the name for every pipeline of the stack.
const allPipelines = "all"

// choose finds the pipelines to run, in the order in which they start.
func (o runOptions) choose(evaluation *mockaws.Evaluation) ([]pipeline, error) {
	var names []string
	var chosen []pipeline
	for name, machine := range evaluation.Exports["pipelines"].(map[string]any) {
		names = append(names, name)
		if o.pipeline == name || o.pipeline == allPipelines {
			p := pipeline{name: name, machine: machine.(string), sample: stack.Samples[name]}
			if _, checked := evaluation.Exports["schedules"].(map[string]any)[stack.Check(name)]; checked {
				p.checks = []string{stack.Check(name)}
			}
			chosen = append(chosen, p)
		}
	}
	if len(chosen) == 0 {
		slices.Sort(names)
		return nil, fmt.Errorf("there is no pipeline %q: there are %s", o.pipeline, strings.Join(append(names, allPipelines), ", "))
	}
	scheduled, err := engine.Schedules(evaluation, engine.DefaultStart, 1)
	if err != nil {
		return nil, err
	}
	starts := func(p pipeline) (at time.Time) { // those that data starts come first
		for _, s := range scheduled {
			if s.StateMachine == p.machine && len(s.Next) > 0 && (at.IsZero() || s.Next[0].Before(at)) {
				at = s.Next[0]
			}
		}
		return at
	}
	slices.SortFunc(chosen, func(a, b pipeline) int {
		return cmp.Or(starts(a).Compare(starts(b)), strings.Compare(a.name, b.name))
	})
	return chosen, nil
}

func (o runOptions) run(stdout, stderr io.Writer) (int, error) {
	say, watcher, stop := o.watch(o.stack, stdout, stderr)
	report, err := o.carryOut(say, watcher)
	stop()
	if report == nil {
		return 0, err
	}
	return report.exitCode(), errors.Join(err, o.show(*report, reportFile(o.stack), stdout))
}

// carryOut runs the pipelines, and reports what happened unless nothing could.
func (o runOptions) carryOut(say func(format string, args ...any), watcher engine.Watcher) (*runReport, error) {
	say("Running stack %s on this machine: %s", o.stack, o.pipeline)
	began := time.Now()
	evaluation, err := evaluate(o.stack, nil)
	if err != nil {
		return nil, err
	}
	evaluated := time.Since(began)
	chosen, err := o.choose(evaluation)
	if err != nil {
		return nil, refusal{err}
	}
	meet, err := loadFaults(o.faults.absolute, evaluation)
	if err != nil {
		return nil, err
	}
	options, closeTrino, err := options(o.stack)
	if err != nil {
		return nil, err
	}
	defer func() { _ = closeTrino() }() // it has nothing left to say
	release, err := claim(options.Directory, o.arguments)
	if err != nil {
		return nil, err
	}
	defer release()
	var data *engine.Data
	if o.data.given != "" {
		if data, err = engine.Survey(evaluation, o.data.absolute, options.Directory); err != nil {
			return nil, refusal{err}
		}
	}
	file := reportFile(o.stack)
	if err := tryReport(file); err != nil {
		return nil, err
	}
	say("Evaluated the program: %d resources in %.2f s", len(evaluation.Resources), evaluated.Seconds())

	calls := filepath.Join(options.Directory, "calls.jsonl")
	if options.Record, err = parameters.Create(calls); err != nil {
		return nil, err
	}
	options.Empty, options.Start, options.Progress, options.Watch, options.Around = !o.keep, o.now.Time, say, watcher, meet.Around
	r := pipelineRun{runOptions: o, evaluation: evaluation, say: say, brought: data}
	e, err := r.open(chosen, options)
	if err != nil {
		return nil, err
	}
	err = r.follow(e, chosen)
	for _, fault := range meet.Unmet() {
		say("The file of faults: %s", fault)
	}
	happened, reportErr := e.Report()
	if reportErr != nil {
		return nil, errors.Join(err, reportErr, e.Close(), closeTrino())
	}
	began = time.Now()
	var judgeErr, checkErr error
	happened.Judgement, judgeErr = e.Judge(judgeFile)
	happened.Checked, checkErr = checkParameters(options.Record, calls, python)
	judged := time.Since(began)
	pipelines, graphErr := graph.Of(evaluation)
	err = errors.Join(err, judgeErr, checkErr, graphErr, e.Illustrate(happened), e.Close(), closeTrino())
	report := newReport(o.stack, len(evaluation.Resources), evaluated, happened)
	report.Graph = pipelines
	report.Phases = append(report.Phases, phase{"judge", judged.Seconds()})
	report.PeakBytes = resident.Own() + options.Trino.PeakBytes() + happened.JobsPeakBytes
	report.Data, report.NotStarted = r.copied, append(report.NotStarted, r.notStarted...)
	return &report, errors.Join(err, report.save(file))
}

// checkParameters has the arguments of the calls checked, where the environment of the jobs is: what is checked is nil without
// it.
func checkParameters(record *parameters.Record, calls, python string) (parameters.Checked, error) {
	if err := record.Close(); err != nil {
		return parameters.Checked{}, err
	}
	if _, err := os.Stat(python); errors.Is(err, fs.ErrNotExist) {
		return parameters.Checked{}, nil
	}
	return parameters.Check(calls, python)
}

// pipelineRun is a run of some pipelines.
type pipelineRun struct {
	runOptions
	evaluation *mockaws.Evaluation
	say        func(format string, args ...any)
	// brought is what a person brings, nil for nothing; theirs is true if the store holds, or is to hold, a person's data.
	brought *engine.Data
	theirs  bool
	// borrowed is true if the sample data was made by a machine that the stack does not deploy.
	borrowed bool

	copied     *dataReport
	notStarted []notStarted
}

// open opens the stack's engine.
func (r *pipelineRun) open(chosen []pipeline, options engine.Options) (*engine.Engine, error) {
	var sample bool
	if r.keep {
		var err error
		if sample, r.theirs, err = engine.Holds(options.Directory); err != nil {
			return nil, err
		}
	}
	if r.brought != nil {
		r.theirs, r.copied = true, &dataReport{Directory: r.data.given, BesideSample: sample}
	}
	if !r.theirs {
		var err error
		if r.borrowed, err = r.borrowSamples(r.evaluation, chosen, options); err != nil {
			return nil, err
		}
		options.Empty = options.Empty && !r.borrowed
	}
	return engine.Open(r.evaluation, options)
}

// follow starts what nothing triggers, then what a schedule or the data starts, and lets time pass until all is done.
func (r *pipelineRun) follow(e *engine.Engine, chosen []pipeline) error {
	if r.brought != nil {
		if err := r.bring(e); err != nil {
			return err
		}
	}
	for _, p := range chosen {
		if err := r.followPipeline(e, p); err != nil {
			return fmt.Errorf("run pipeline %s: %w", p.name, err)
		}
	}
	return nil
}

// bring copies a person's data to the source bucket.
func (r *pipelineRun) bring(e *engine.Engine) (err error) {
	if err := e.WillHold(false, true); err != nil {
		return err
	}
	r.copied.Copied, err = e.Copy(r.brought)
	r.say("%s", r.copied)
	return err
}

func (r *pipelineRun) followPipeline(e *engine.Engine, p pipeline) error {
	if !r.theirs {
		if err := r.makeSample(e, r.evaluation, p, r.say); err != nil {
			return err
		}
	}
	empty, err := e.EmptyTargets(p.machine)
	if err != nil {
		return err
	}
	if len(empty) > 0 {
		r.skip(p, "nothing lies under "+strings.Join(empty, ", "))
		return nil
	}
	err = e.Schedule(p.machine, p.checks...)
	unscheduled := errors.Is(err, engine.ErrNoSchedule)
	if unscheduled && r.borrowed {
		err = e.Arrive()
	}
	if err != nil && !unscheduled {
		return err
	}
	e.Run()
	if unscheduled && !e.Ran(p.machine) {
		r.skip(p, "no schedule starts "+p.machine+", and no object that arrived did")
	}
	return nil
}

func (r *pipelineRun) skip(p pipeline, reason string) {
	r.notStarted = append(r.notStarted, notStarted{p.name, reason})
}
