package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/interpreter"
)

// ErrNoSchedule says that no schedule starts a state machine.
var ErrNoSchedule = errors.New("no schedule starts it")

// ErrNoMachine says that the stack has no state machine of that name.
var ErrNoMachine = errors.New("no such state machine")

// Start starts a state machine by its logical name, as a person would.
func (e *Engine) Start(name string, input []byte) error {
	machine, err := e.resources.machine(name)
	if err != nil {
		return err
	}
	_, err = e.start(machine.ARN, "start", "", input)
	return err
}

// Has tells whether the stack has a state machine of that name.
func (e *Engine) Has(name string) bool {
	_, err := e.resources.machine(name)
	return err == nil
}

// Ran tells whether a state machine has been started since the engine was opened.
func (e *Engine) Ran(name string) bool {
	return slices.ContainsFunc(e.executions, func(x *Execution) bool { return x.StateMachine == name })
}

func (r *resources) machine(name string) (Machine, error) {
	var names []string
	for _, machine := range r.machines {
		if machine.Name == name {
			return machine, nil
		}
		names = append(names, machine.Name)
	}
	slices.Sort(names)
	return Machine{}, fmt.Errorf("%w: %q; the stack has %s", ErrNoMachine, name, strings.Join(names, ", "))
}

// Schedule lets the clock reach the next time at which a schedule starts a state machine, and has it start it. Then come the
// schedules of the names that are given, each at its next time after that start; whatever starts the machine before the last of
// them starts it too.
func (e *Engine) Schedule(name string, then ...string) error {
	machine, err := e.resources.machine(name)
	if err != nil {
		return err
	}
	var starts []rule
	var first time.Time
	for _, rule := range e.resources.rules {
		if !rule.schedules(machine.ARN) {
			continue
		}
		starts = append(starts, rule)
		if next, fires := rule.schedule.Next(e.clock.Now()); fires && (first.IsZero() || next.Before(first)) {
			first = next
		}
	}
	switch {
	case len(starts) == 0:
		return fmt.Errorf("state machine %q: %w", name, ErrNoSchedule)
	case first.IsZero():
		return fmt.Errorf("the schedule of state machine %q does not fire again", name)
	}
	last := first
	for _, schedule := range then {
		i := slices.IndexFunc(e.resources.rules, func(r rule) bool { return r.schedule != nil && r.scheduleName() == schedule })
		if i < 0 {
			return fmt.Errorf("the stack has no schedule %q", schedule)
		}
		if next, fires := e.resources.rules[i].schedule.Next(first); fires {
			e.fireAt(next, e.resources.rules[i])
			last = slices.MaxFunc([]time.Time{last, next}, time.Time.Compare)
		}
	}
	for _, rule := range starts {
		for next, fires := rule.schedule.Next(e.clock.Now()); fires && !next.After(last); next, fires = rule.schedule.Next(next) {
			e.fireAt(next, rule)
		}
	}
	return nil
}

// fireAt has a schedule's rule fire when the clock reaches a time.
func (e *Engine) fireAt(at time.Time, scheduled rule) {
	e.clock.At(at, func() {
		e.fire(scheduled, "schedule "+scheduled.name, map[string]any{
			"version": "0", "id": "scheduled", "source": "aws.events", "detail-type": "Scheduled Event",
			"time": at.Format(time.RFC3339), "resources": []any{scheduled.name}, "detail": map[string]any{},
		})
	})
}

// Now is the virtual time.
func (e *Engine) Now() time.Time { return e.clock.Now() }

// Run lets time pass until nothing is left to do.
func (e *Engine) Run() { e.clock.Run() }

// Execute runs one execution of a state machine to its end.
func (e *Engine) Execute(name string, input []byte) (interpreter.Result, error) {
	machine, err := e.resources.machine(name)
	if err != nil {
		return interpreter.Result{}, err
	}
	x, err := e.start(machine.ARN, "start", "", input)
	if err != nil {
		return interpreter.Result{}, err
	}
	e.Run()
	return x.Result, nil
}

// Described is a state machine as an interpreter takes it.
type Described struct {
	Definition []byte
	// Execution describes its first execution, without an input.
	Execution interpreter.Execution
}

// Describe finds a state machine among a stack's registrations, by its logical name.
func Describe(evaluation *mockaws.Evaluation, name string) (Described, error) {
	resources, err := read(evaluation)
	if err != nil {
		return Described{}, err
	}
	machine, err := resources.machine(name)
	if err != nil {
		return Described{}, err
	}
	return Described{Definition: []byte(machine.Definition), Execution: machine.execution(1, "")}, nil
}
