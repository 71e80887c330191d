package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"datalake/internal/graph"
	"datalake/local/engine"
	"datalake/local/interpreter"
)

// runReport is report.json.
type runReport struct {
	Stack string `json:"stack"`
	// Resources is how many the program registered.
	Resources int `json:"resources"`
	// Phases are the evaluation of the program and each execution, in real seconds.
	Phases []phase `json:"phases"`
	// PeakBytes is the most memory that the run's processes have held: this one, Trino, and the greatest of the jobs'.
	PeakBytes int64 `json:"peakBytes"`
	// Data is what --data copied, null without it.
	Data *dataReport `json:"data"`
	// NotStarted are the pipelines that there was nothing to start for.
	NotStarted []notStarted `json:"notStarted"`
	// Graph is how the stack's pipelines hang together.
	Graph graph.Graph `json:"graph"`
	*engine.Report
}

// dataReport is a copy of a person's data.
type dataReport struct {
	Directory string `json:"directory"`
	engine.Copied
	// BesideSample is true if sample data of an earlier run stays beside it.
	BesideSample bool `json:"besideSample"`
}

func (d *dataReport) String() string {
	text := fmt.Sprintf("Copied %d objects, %d bytes, from %s to the source bucket", d.Objects, d.Bytes, d.Directory)
	if d.Replaced > 0 {
		text += fmt.Sprintf("; %d of them replaced objects of earlier runs", d.Replaced)
	}
	if d.BesideSample {
		text += "; sample data of an earlier run stays beside them (without --keep it would not)"
	}
	return text
}

// notStarted is a pipeline that was chosen, and why it was not started.
type notStarted struct {
	Pipeline string `json:"pipeline"`
	Reason   string `json:"reason"`
}

type phase struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

func newReport(stack string, resources int, evaluated time.Duration, happened *engine.Report) runReport {
	report := runReport{
		Stack:      stack,
		Resources:  resources,
		Phases:     []phase{{"evaluate", evaluated.Seconds()}},
		NotStarted: []notStarted{},
		Report:     happened,
	}
	for _, x := range happened.Executions {
		report.Phases = append(report.Phases, phase{x.StateMachine, x.WallSeconds})
	}
	return report
}

// tryReport sees that a report and its page can be written, and removes those of an earlier run: they would pass for those of a
// run that is broken off.
func tryReport(file string) error {
	for _, file := range []string{file, pageFile(file)} {
		opened, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE, 0o644)
		if err == nil {
			err = errors.Join(opened.Close(), os.Remove(file))
		}
		if err != nil {
			return refusal{fmt.Errorf("the report could not be written at the end: %w", err)}
		}
	}
	return nil
}

// save writes a report and then its page.
func (r runReport) save(file string) error {
	var text bytes.Buffer
	err := writeResult(&text, r)
	if err == nil {
		err = os.WriteFile(file, text.Bytes(), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return drawPage(file)
}

// exitCode is 1 if an execution did not succeed, or if a call is denied or has arguments that its service refuses.
func (r runReport) exitCode() int {
	if len(r.Denied) > 0 || len(r.Invalid) > 0 {
		return 1
	}
	for _, x := range r.Executions {
		if x.Status != interpreter.Succeeded {
			return 1
		}
	}
	return 0
}
