package main

import (
	"fmt"
	"slices"
	"strings"

	"datalake/local/engine"
	"datalake/local/interpreter"
)

// failed are the executions that did not succeed.
func (r runReport) failed() []engine.ExecutionReport {
	return slices.DeleteFunc(slices.Clone(r.Executions), func(x engine.ExecutionReport) bool { return x.Status == interpreter.Succeeded })
}

// failure says of an execution that did not succeed where that began and why.
func (s summary) failure(x engine.ExecutionReport) {
	s.line("  %s %s", x.StateMachine, x.Status)
	began := beginnings(x.Visits)
	for _, v := range began[:min(maxCause, len(began))] {
		where := fmt.Sprintf("in state %q", v.State)
		if v.Map != "" {
			where += fmt.Sprintf(", iteration %d of %q", v.Iteration, v.Map)
		}
		if v.Retries > 0 {
			where += fmt.Sprintf(", tried %d times", v.Retries+1)
		}
		s.wrapped("    ", where+": "+errorText(v.Error, v.Cause), maxCause)
	}
}

// beginnings are the visits with which an execution's failure began: those in which something failed that was not caught, or
// else those in which it was, the latest first. A Fail state, and a state around others, only pass it on.
func beginnings(visits []engine.VisitReport) (uncaught []engine.VisitReport) {
	var caught []engine.VisitReport
	for _, v := range slices.Backward(visits) {
		switch {
		case v.Error == nil || v.Type == "Fail" || v.Type == "Map" || v.Type == "Parallel":
		case v.Output == "":
			uncaught = append(uncaught, v)
		default:
			caught = append(caught, v)
		}
	}
	if len(uncaught) == 0 {
		return caught
	}
	return uncaught
}

// errorText is an error with its cause, either of which may be missing.
func errorText(name, cause *string) string {
	var parts []string
	for _, part := range []*string{name, cause} {
		if part != nil {
			parts = append(parts, *part)
		}
	}
	return strings.Join(parts, ": ")
}
