package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/engine"
	"datalake/local/interpreter"
	"datalake/stack"
)

// makeSample makes a pipeline's sample data where the directory has none yet: with its script, or with its machine where
// the stack deploys that.
func (o runOptions) makeSample(e *engine.Engine, evaluation *mockaws.Evaluation, p pipeline, say func(string, ...any)) error {
	if p.sample.Script != "" && !e.HadSucceeded(p.machine) {
		return o.runScript(e, evaluation, p, say)
	}
	if !e.Has(p.sample.Machine) || e.HadSucceeded(p.sample.Machine) {
		return nil
	}
	if err := e.WillHold(true, false); err != nil {
		return err
	}
	if err := e.Start(p.sample.Machine, []byte("{}")); err != nil {
		return err
	}
	e.Run()
	return nil
}

// runScript has a pipeline's script make its sample data, and copies it to the source bucket.
func (o runOptions) runScript(e *engine.Engine, evaluation *mockaws.Evaluation, p pipeline, say func(string, ...any)) error {
	scheduled, err := engine.Schedules(evaluation, e.Now(), 1)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(scheduled, func(s engine.Scheduled) bool { return s.StateMachine == p.machine && len(s.Next) > 0 })
	if i < 0 {
		return fmt.Errorf("make the sample data of %s: %w", p.name, engine.ErrNoSchedule)
	}
	next := scheduled[i].Next[0].In(scheduled[i].Local)
	// Beside the stack's directory, of which no part may be copied.
	directory, err := os.MkdirTemp("", "datalake-"+p.name+"-")
	if err != nil {
		return fmt.Errorf("make the sample data of %s: %w", p.name, err)
	}
	defer func() { _ = os.RemoveAll(directory) }() // a temporary directory
	if printed, err := exec.Command(python, filepath.Join(projectDirectory, p.sample.Script), directory,
		"--first-day="+next.AddDate(0, 0, -p.sample.Days).Format(time.DateOnly), "--utc-offset="+next.Format("-07:00")).CombinedOutput(); err != nil {
		return fmt.Errorf("make the sample data of %s with %s: %w: %s (`make setup` installs what it needs)", p.name, p.sample.Script, err, printed)
	}
	data, err := engine.Survey(evaluation, directory, "")
	if err != nil {
		return err
	}
	if err := e.WillHold(true, false); err != nil {
		return err
	}
	copied, err := e.Copy(data)
	if err != nil {
		return err
	}
	say("Copied %d objects of sample data to the source bucket", copied.Objects)
	return nil
}

// makesSample tells whether a machine makes the sample data of a pipeline.
func makesSample(machine string) bool {
	for _, sample := range stack.Samples {
		if sample.Machine == machine {
			return true
		}
	}
	return false
}

// borrowSamples makes the sample data of pipelines whose sample machine the stack does not deploy, with the machine as
// it would be deployed, and tells whether there were any.
func (o runOptions) borrowSamples(evaluation *mockaws.Evaluation, chosen []pipeline, options engine.Options) (borrowed bool, err error) {
	options.Quiet = true
	for _, p := range chosen {
		if _, err := engine.Describe(evaluation, p.sample.Machine); p.sample.Machine == "" || !errors.Is(err, engine.ErrNoMachine) {
			continue // deployed, and part of the run, or made by a script
		}
		withSample, err := evaluate(o.stack, stack.WithSample)
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
	if e.HadSucceeded(p.sample.Machine) {
		return e.Close()
	}
	if err := e.WillHold(true, false); err != nil {
		return errors.Join(err, e.Close())
	}
	result, err := e.Execute(p.sample.Machine, []byte("{}"))
	if err == nil && result.Status != interpreter.Succeeded {
		cause, _ := json.Marshal(result.Cause)
		err = fmt.Errorf("%s %s: %s", p.sample.Machine, result.Status, cause)
	}
	return errors.Join(err, e.Close())
}
