package interpreter

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Visit is one stay in a state, retries included.
type Visit struct {
	// State is the state's name, Type its type, such as Task.
	State, Type string
	// Map is the Map state that the state is inside, empty for none, and Iteration which one of all its iterations in the
	// execution, from 0.
	Map       string
	Iteration int
	Entered   time.Time
	// Duration is virtual time.
	Duration time.Duration
	Retries  int
	// Input and Output are JSON texts, of which 4 KB are kept. A state that failed has an output where that was caught.
	Input, Output string
	// Failed is true of a state that failed, Error and Cause what it failed with; either may be missing.
	Failed       bool
	Error, Cause *string
	// Next is the state that came next, empty where none did.
	Next string
}

// MapCount is how many iterations of a Map state there were in an execution, and the visits of how many were kept.
type MapCount struct {
	State            string
	Iterations, Kept int
}

// Of an execution's own visits keptVisits are kept, of a Map state's iterations keptIterations and all that failed: the first and
// as many of the last.
const keptVisits, keptIterations, keptText = 500, 20, 4096

// visits are those that are kept of an execution.
type visits struct {
	entered int // how many states
	own     ends[numberedVisit]
	maps    map[string]*iterations
}

type numberedVisit struct {
	number int // in the order of entering
	Visit
}

// iterations are those of a Map state.
type iterations struct {
	count  int
	ends   ends[*iteration]
	failed []*iteration
}

// iteration is one of a Map state's.
type iteration struct {
	of     string
	number int
	visits []numberedVisit
}

// ends are the first and the last of a sequence.
type ends[T any] struct{ first, last []T }

func (e *ends[T]) add(one T, most int) {
	if len(e.first) < most {
		e.first = append(e.first, one)
		return
	}
	if len(e.last) == most {
		e.last = slices.Delete(e.last, 0, 1)
	}
	e.last = append(e.last, one)
}

// begin is an iteration of a Map state.
func (v *visits) begin(state string) *iteration {
	if v.maps == nil {
		v.maps = map[string]*iterations{}
	}
	if v.maps[state] == nil {
		v.maps[state] = &iterations{}
	}
	v.maps[state].count++
	return &iteration{of: state, number: v.maps[state].count - 1}
}

// end decides whether an iteration is kept, as far as that is known.
func (v *visits) end(i *iteration, failed bool) {
	of := v.maps[i.of]
	if failed {
		of.failed = append(of.failed, i)
		return
	}
	of.ends.add(i, keptIterations)
}

// visited notes a visit that has ended.
func (v *visit) visited(failed *failure) {
	note := Visit{
		State: v.state.name, Type: v.state.kind, Entered: v.began, Duration: v.clock.Now().Sub(v.began), Retries: v.retries,
		Input: cut(text(v.input)), Next: v.next,
	}
	if v.failed != nil {
		note.Failed, note.Error, note.Cause = true, v.failed.uncaught(), v.failed.cause
	}
	if failed != nil {
		note.Next = ""
	} else {
		note.Output = cut(text(v.result))
	}
	if v.iteration == nil {
		v.visits.own.add(numberedVisit{v.number, note}, keptVisits)
		return
	}
	note.Map, note.Iteration = v.iteration.of, v.iteration.number
	v.iteration.visits = append(v.iteration.visits, numberedVisit{v.number, note})
}

// cut is the beginning of a JSON text.
func cut(text json.RawMessage) string {
	if len(text) <= keptText {
		return string(text)
	}
	return string(bytes.ToValidUTF8(text[:keptText], nil)) + "…"
}

// kept are the visits, in the order of entering, and the counts of the Map states.
func (v *visits) kept() (all []Visit, counts []MapCount) {
	numbered := slices.Concat(v.own.first, v.own.last)
	for _, state := range slices.Sorted(maps.Keys(v.maps)) {
		of := v.maps[state]
		kept := slices.Concat(of.ends.first, of.ends.last, of.failed)
		counts = append(counts, MapCount{state, of.count, len(kept)})
		for _, each := range kept {
			numbered = append(numbered, each.visits...)
		}
	}
	slices.SortFunc(numbered, func(a, b numberedVisit) int { return cmp.Compare(a.number, b.number) })
	for _, each := range numbered {
		all = append(all, each.Visit)
	}
	return all, counts
}
