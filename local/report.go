package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

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
	// PeakBytes is the most memory that the process has held.
	PeakBytes int64 `json:"peakBytes"`
	*engine.Report
}

type phase struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

func newReport(stack string, resources int, evaluated time.Duration, happened *engine.Report) runReport {
	report := runReport{
		Stack:     stack,
		Resources: resources,
		Phases:    []phase{{"evaluate", evaluated.Seconds()}},
		PeakBytes: peakBytes(),
		Report:    happened,
	}
	for _, x := range happened.Executions {
		report.Phases = append(report.Phases, phase{x.StateMachine, x.WallSeconds})
	}
	return report
}

// peakBytes is the process's greatest resident size; Linux counts it in KiB, macOS in bytes.
func peakBytes() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	if runtime.GOOS == "linux" {
		return usage.Maxrss * 1024
	}
	return usage.Maxrss
}

func (r runReport) save(file string) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// exitCode is 1 if an execution did not succeed.
func (r runReport) exitCode() int {
	for _, x := range r.Executions {
		if x.Status != interpreter.Succeeded {
			return 1
		}
	}
	return 0
}

// summarize tells a person what happened.
func (r runReport) summarize(out io.Writer) {
	say := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	say("\nExecutions (peak memory %d MB)", r.PeakBytes>>20)
	for _, x := range r.Executions {
		say("  %-16s %-9s %6d transitions, %.1f s of virtual time, %.1f s here", x.StateMachine, x.Status, x.Transitions, x.VirtualSeconds, x.WallSeconds)
		if x.Error != nil {
			cause := ""
			if x.Cause != nil {
				cause = *x.Cause
			}
			say("    %s: %s", *x.Error, cause)
		}
	}
	say("\nTables")
	for _, t := range r.Tables {
		say("  %s.%s (%s) by %s: %d partitions, %d objects, %d bytes", t.Database, t.Name, columnList(t.Columns), columnList(t.PartitionKeys), t.Partitions, t.Objects, t.Bytes)
	}
	say("\nQueries")
	for _, q := range r.Queries {
		if q.Error != nil {
			say("  %-16s failed: %s", q.Name, *q.Error)
			continue
		}
		say("  %-16s %d rows; %d bytes scanned in %d of %d partitions; %d ms", q.Name, len(q.Rows), q.DataScannedInBytes, q.PartitionsScanned, q.PartitionsTotal, q.Milliseconds)
	}
	for _, m := range r.Messages {
		text, _ := json.MarshalIndent(m.Message, "  ", "  ") // it was read from JSON
		say("\nMessage on topic %s: %s\n  %s", m.Topic, m.Subject, text)
	}
}

func columnList(columns []engine.ColumnReport) string {
	var list []string
	for _, column := range columns {
		list = append(list, column.Name+" "+column.Type)
	}
	return strings.Join(list, ", ")
}
