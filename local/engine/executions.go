package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"datalake/local/fault"
	"datalake/local/interpreter"
)

// Execution is one run of a state machine.
type Execution struct {
	// StateMachine is the logical name, Trigger what started it.
	StateMachine, Trigger string
	interpreter.Execution
	Started time.Time
	// Result is how it ended; its zero value while it runs.
	interpreter.Result
	// Wall is the real time from start to end.
	Wall time.Duration `json:"-"`

	usage
	tasks   int // how many calls
	watched Watched
	running context.Context
	stop    context.CancelCauseFunc // with a *fault.Error
	ended   chan struct{}
}

// Ended is closed once an execution that was started here has ended.
func (x *Execution) Ended() <-chan struct{} { return x.ended }

// kept is how many of the latest executions, queries, job runs, events and messages a serving engine knows.
const kept = 200

// Executions are those of a state machine's ARN, or of all when it is empty, the oldest first, as they stand now, those
// of earlier runs among them.
func (e *Engine) Executions(machineARN string) []Execution {
	e.lock.Lock()
	defer e.lock.Unlock()
	found := []Execution{}
	for _, x := range slices.Concat(e.past, e.executions) {
		if machineARN == "" || x.StateMachineARN == machineARN {
			found = append(found, *x)
		}
	}
	return found
}

// Forget keeps the latest of what happened alone, as is right for an engine that serves for long.
func (e *Engine) Forget() {
	e.lock.Lock()
	defer e.lock.Unlock()
	e.athena.Forget(kept)
	e.past = latest(e.past, kept-len(e.executions))
	e.executions = latest(e.executions, kept)
	e.jobs = latest(e.jobs, kept)
	e.events, e.messages = latest(e.events, kept), latest(e.messages, kept)
}

// latest are the last of a list, without the memory of the others.
func latest[E any](all []E, most int) []E {
	if excess := len(all) - max(0, most); excess > 0 {
		return slices.Clone(all[excess:])
	}
	return all
}

// start starts a state machine by its ARN, its tasks carried out by the engines. Without a name, the execution gets one.
func (e *Engine) start(machineARN, trigger, name string, input []byte) (*Execution, error) {
	i := slices.IndexFunc(e.resources.machines, func(m Machine) bool { return m.ARN == machineARN })
	if i < 0 {
		return nil, fmt.Errorf("%w: %s", ErrNoMachine, machineARN)
	}
	machine := e.resources.machines[i]
	x := &Execution{StateMachine: machine.Name, Trigger: trigger, Execution: machine.execution(e.saved.Executions+1, name), Started: e.clock.Now()}
	x.Input = input
	x.running, x.stop = context.WithCancelCause(context.Background())
	x.ended = make(chan struct{})
	x.watched = e.options.Watch.Begin(machine.Name, 0)
	role := e.calls.Execute(machine.ARN, machine.RoleARN, machine.Physical)
	began := time.Now()
	err := e.machines[machine.ARN].Start(e.clock, x.Execution, e.answers, func(result interpreter.Result) {
		e.lock.Lock()
		x.Result, x.Wall = result, time.Since(began)
		e.lock.Unlock()
		x.stop(nil)
		close(x.ended)
		x.watched.End()
		if machine.Express && result.Status != interpreter.Succeeded {
			role.LogFailure(machine.ARN)
		}
		e.options.Progress("%s  %s %s after %s (%.1f s here)", e.clock.Now().Format(time.DateTime), machine.Name,
			result.Status, result.Duration.Round(time.Millisecond), x.Wall.Seconds())
		e.emitStatus(machine, x)
	})
	if err != nil {
		x.watched.End()
		return nil, err
	}
	e.saved.Executions++
	e.lock.Lock()
	e.executions = append(e.executions, x)
	e.lock.Unlock()
	e.options.Progress("%s  %s starts (%s)", x.Started.Format(time.DateTime), machine.Name, trigger)
	e.emitStatus(machine, x)
	return x, nil
}

// StopExecution ends an execution as ABORTED, with an error and a cause, each of which may be empty; one that has ended stays
// as it is. What the execution waits for is cancelled; false says that there is no such execution.
func (e *Engine) StopExecution(arn, name, cause string) bool {
	e.lock.Lock()
	defer e.lock.Unlock()
	for _, x := range slices.Concat(e.past, e.executions) {
		if x.ARN == arn {
			if x.stop != nil {
				x.stop(fault.Errorf(name, "%s", cause))
			}
			return true
		}
	}
	return false
}

// StopAll stops what runs.
func (e *Engine) StopAll(cause string) {
	for _, x := range e.Executions("") {
		e.StopExecution(x.ARN, "", cause)
	}
}

// running is the context of the execution that calls a task; one that a test makes up has none.
func (e *Engine) running(execution *interpreter.Execution) context.Context {
	e.lock.Lock()
	defer e.lock.Unlock()
	if x := e.current(execution); x != nil {
		return x.running
	}
	return context.Background()
}

// current is the execution that calls a task, nil if there is none. The lock is held.
func (e *Engine) current(execution *interpreter.Execution) *Execution {
	for _, x := range slices.Backward(e.executions) {
		if execution != nil && x.ARN == execution.ARN {
			return x
		}
	}
	return nil
}

// execution describes an execution of a machine. An Express execution's ARN has a unique part after the name, since its name
// need not be one; AWS's is random.
func (m Machine) execution(number int, name string) interpreter.Execution {
	if name == "" {
		name = fmt.Sprintf("%s-%d", m.Name, number)
	}
	arn := strings.Replace(m.ARN, ":stateMachine:", ":execution:", 1) + ":" + name
	if m.Express {
		arn = fmt.Sprintf("%s:%s:00000000-0000-4000-8000-%012d", strings.Replace(m.ARN, ":stateMachine:", ":express:", 1), name, number)
	}
	return interpreter.Execution{
		Name:             name,
		ARN:              arn,
		StateMachineName: m.Physical,
		StateMachineARN:  m.ARN,
		RoleARN:          m.RoleARN,
		Express:          m.Express,
	}
}
