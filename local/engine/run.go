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
	return e.start(machine.arn, "start", input)
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

func (r *resources) machine(name string) (machine, error) {
	var names []string
	for _, machine := range r.machines {
		if machine.name == name {
			return machine, nil
		}
		names = append(names, machine.name)
	}
	slices.Sort(names)
	return machine{}, fmt.Errorf("%w: %q; the stack has %s", ErrNoMachine, name, strings.Join(names, ", "))
}

// Schedule lets the clock reach the next time at which a schedule starts a state machine, and has it start it.
func (e *Engine) Schedule(name string) error {
	machine, err := e.resources.machine(name)
	if err != nil {
		return err
	}
	var first rule
	var at time.Time
	scheduled := false
	for _, rule := range e.resources.rules {
		if !rule.schedules(machine.arn) {
			continue
		}
		scheduled = true
		if next, fires := rule.schedule.Next(e.clock.Now()); fires && (at.IsZero() || next.Before(at)) {
			first, at = rule, next
		}
	}
	switch {
	case !scheduled:
		return fmt.Errorf("state machine %q: %w", name, ErrNoSchedule)
	case at.IsZero():
		return fmt.Errorf("the schedule of state machine %q does not fire again", name)
	}
	e.clock.At(at, func() {
		e.fire(first, "schedule "+first.name, map[string]any{
			"version": "0", "id": "scheduled", "source": "aws.events", "detail-type": "Scheduled Event",
			"time": at.Format(time.RFC3339), "resources": []any{first.name}, "detail": map[string]any{},
		})
	})
	return nil
}

// Now is the virtual time.
func (e *Engine) Now() time.Time { return e.clock.Now() }

// Run lets time pass until nothing is left to do.
func (e *Engine) Run() { e.clock.Run() }

// start starts a state machine by its ARN, its tasks carried out by the engines.
func (e *Engine) start(machineARN, trigger string, input []byte) error {
	i := slices.IndexFunc(e.resources.machines, func(m machine) bool { return m.arn == machineARN })
	if i < 0 {
		return fmt.Errorf("%w: %s", ErrNoMachine, machineARN)
	}
	machine := e.resources.machines[i]
	description := machine.execution(e.saved.Executions + len(e.executions) + 1)
	description.Input = input
	execution := &Execution{StateMachine: machine.name, Trigger: trigger}
	e.executions = append(e.executions, execution)
	began, started := time.Now(), e.clock.Now()
	e.options.Progress("%s  %s starts (%s)", started.Format(time.DateTime), machine.name, trigger)
	e.emitStatus(machine, description, started, nil)
	return e.machines[machine.arn].Start(e.clock, description, e, func(result interpreter.Result) {
		execution.Result, execution.Wall = result, time.Since(began)
		e.options.Progress("%s  %s %s after %s (%.1f s here)", e.clock.Now().Format(time.DateTime), machine.name,
			result.Status, result.Duration.Round(time.Millisecond), execution.Wall.Seconds())
		e.emitStatus(machine, description, started, &result)
	})
}

// Execute runs one execution of a state machine to its end.
func (e *Engine) Execute(name string, input []byte) (interpreter.Result, error) {
	if err := e.Start(name, input); err != nil {
		return interpreter.Result{}, err
	}
	e.Run()
	return e.executions[len(e.executions)-1].Result, nil
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
	return Described{Definition: []byte(machine.definition), Execution: machine.execution(1)}, nil
}

func (m machine) execution(number int) interpreter.Execution {
	name := fmt.Sprintf("%s-%d", m.name, number)
	return interpreter.Execution{
		Name:             name,
		ARN:              strings.Replace(m.arn, ":stateMachine:", ":execution:", 1) + ":" + name,
		StateMachineName: m.physical,
		StateMachineARN:  m.arn,
		RoleARN:          m.roleARN,
		Express:          m.express,
	}
}
