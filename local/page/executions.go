package page

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// executionView is an execution with its pictures.
type executionView struct {
	execution
	ID      string
	Diagram *diagram
	States  []*stateView
	// Failed are the states in which it went wrong, the one to look at first before the others.
	Failed []*stateView
}

// stateView is a state of an execution with its visits.
type stateView struct {
	ID, Name, Type string
	// Iterations are those of a Map state, else 0.
	Iterations int
	Visits     []visit
	// More is how many visits the report has, and the page has not.
	More  int
	Error string
}

func succeeded(status string) string {
	if status == "SUCCEEDED" {
		return "succeeded"
	}
	return "failed"
}

// Class is how an execution ended.
func (x executionView) Class() string { return succeeded(x.Status) }

// Began is when the first state was entered; zero where that is not known.
func (x executionView) Began() (at time.Time) {
	for _, v := range x.Visits {
		if at.IsZero() || v.Entered.Before(at) {
			at = v.Entered
		}
	}
	return at
}

// Class is how the visits ended.
func (s *stateView) Class() string {
	switch {
	case s.Error != "":
		return "failed"
	case len(s.Visits) > 0:
		return "succeeded"
	default:
		return "unvisited"
	}
}

// Reason is what the error of the last visit that failed says.
func (s *stateView) Reason() string {
	for _, v := range slices.Backward(s.Visits) {
		if v.Error != nil {
			return v.Reason()
		}
	}
	return ""
}

// Told are the times and retries, in words.
func (s *stateView) Told() []string {
	visits := len(s.Visits) + s.More
	if visits == 0 {
		return nil
	}
	longest, retries := 0.0, 0
	for _, v := range s.Visits {
		longest, retries = max(longest, v.Seconds), retries+v.Retries
	}
	told := []string{duration(longest)}
	if visits > 1 {
		told = []string{counted(visits, "visit"), "up to " + duration(longest)}
	}
	if s.Iterations > 0 {
		told = append(told, counted(s.Iterations, "iteration"))
	}
	switch {
	case retries == 1:
		told = append(told, "1 retry")
	case retries > 1:
		told = append(told, number(retries)+" retries")
	}
	return told
}

// view looks at an execution; of the visits of a state it keeps so many, and all that failed.
func (x execution) view(id string, d definition, keep int) executionView {
	v := executionView{execution: x, ID: id}
	states := map[string]*stateView{}
	add := func(name, kind string) *stateView {
		s := &stateView{ID: fmt.Sprintf("%s-state-%d", id, len(v.States)+1), Name: name, Type: kind}
		v.States = append(v.States, s)
		states[name] = s
		return s
	}
	d.walk(func(name string, s state) { add(name, s.Type) })
	for _, name := range x.States { // where the report has no definition
		if states[name] == nil {
			add(name, "")
		}
	}
	for _, visit := range x.Visits {
		s := states[visit.State]
		if s == nil {
			s = add(visit.State, "")
		}
		if visit.Error != nil {
			s.Error = *visit.Error
		} else if len(s.Visits) >= keep {
			s.More++
			continue
		}
		s.Visits = append(s.Visits, visit)
	}
	for _, counted := range x.Maps {
		if s := states[counted.State]; s != nil {
			s.Iterations = counted.Iterations
		}
	}
	for _, name := range x.failedIn(d) {
		v.Failed = append(v.Failed, states[name])
	}
	if len(d.States) == 0 {
		return v
	}
	v.Diagram = draw("The states of "+x.StateMachine, d, x.Visits, func(name string, _ state) *node {
		s := states[name]
		n := &node{Class: s.Class()}
		if n.Class != "unvisited" {
			n.Mark, n.Target = n.Class, s.ID
		}
		details := []string{strings.Join(append([]string{s.Type}, s.Told()...), ", ")}
		if s.Error != "" {
			details = append(details, cut(s.Error, 60))
		}
		n.text(name, details...)
		return n
	})
	return v
}

// failedIn are the states in which an execution went wrong: those that failed uncaught, or else those that were caught, the
// latest first. A Fail state and those around others only pass it on, and are named where there is no other.
func (x execution) failedIn(d definition) []string {
	if succeeded(x.Status) == "succeeded" {
		return nil
	}
	kinds := map[string]string{}
	d.walk(func(name string, s state) { kinds[name] = s.Type })
	var uncaught, caught, passed []string
	for _, v := range slices.Backward(x.Visits) {
		to := &caught
		switch kind := kinds[v.State]; {
		case v.Error == nil || slices.Contains(uncaught, v.State) || slices.Contains(caught, v.State):
			continue
		case kind == "Fail" || kind == "Map" || kind == "Parallel":
			to = &passed
		case v.Next == "" && v.Output == "":
			to = &uncaught
		}
		*to = append(*to, v.State)
	}
	for _, states := range [][]string{uncaught, caught, passed[:min(1, len(passed))]} {
		if len(states) > 0 {
			return states
		}
	}
	return x.States[max(0, len(x.States)-1):] // such as where it timed out
}

// Reason is what an execution's error says.
func (x execution) Reason() string {
	return reason(x.Error, x.Cause)
}

func reason(name, cause *string) string {
	var said []string
	for _, text := range []*string{name, cause} {
		if text != nil && *text != "" {
			said = append(said, *text)
		}
	}
	return strings.Join(said, ": ")
}

// Reason is what a visit's error says.
func (v visit) Reason() string { return reason(v.Error, v.Cause) }

// Unchanged is true where the output is the input.
func (v visit) Unchanged() bool { return v.Output == v.Input }

// Where is the iteration that a visit is of, in words.
func (v visit) Where() string {
	if v.Map == "" {
		return ""
	}
	return fmt.Sprintf("%s, iteration %s", v.Map, number(v.Iteration))
}

// parts are the amounts that a cost is made of, by the names that people know.
func (c costParts) parts() []float64 {
	return []float64{c.StepFunctions, c.Athena, c.GlueCrawlers, c.GlueJobs, c.S3, c.SNS, c.EventBridge}
}

// isJSON tells a document from other text.
func isJSON(text json.RawMessage) bool { return len(text) > 0 && string(text) != "null" }
