// Package interpreter runs state machines in Amazon States Language under a virtual clock, as Step Functions does: same
// results, same error names, same history and limits. Tasks are answered by a Caller.
//
// It covers JSONata, and JSONPath where no path is used. What it does not cover is refused by name when a definition is
// loaded, and what Step Functions refuses with its code, text and place. Integers are exact to 64 bits but in arithmetic. See the Step Functions developer guide and the Amazon States Language specification.
package interpreter

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"datalake/local/fault"
	"datalake/local/jsonata"
	"datalake/local/virtual"
)

// The quotas of Step Functions that executions can meet.
const (
	payloadLimit    = 262_144  // bytes of UTF-8: input, output, arguments and result of a state
	historyLimit    = 25_000   // events of a Standard execution
	variablesLimit  = 10 << 20 // bytes of UTF-8: all variables of an execution
	definitionLimit = 1 << 20  // bytes
	nameLimit       = 80       // characters of a state's name
	inlineLimit     = 40       // iterations of an inline Map at one time
	childLimit      = 10_000   // child executions of a distributed Map at one time
	standardLimit   = 365 * 24 * time.Hour
	expressLimit    = 5 * time.Minute
)

// expressTransitions bounds an Express execution that loops without any virtual time passing: one that has made so many
// transitions is taken to last until it times out.
const expressTransitions = 250_000

// Execution is what is known of an execution when it starts.
type Execution struct {
	Name, ARN                         string
	StateMachineName, StateMachineARN string
	RoleARN                           string
	// Express executions last five minutes at most, have no bound history and call no .sync or .waitForTaskToken.
	Express bool
	// Input is one JSON text of at most 262,144 bytes.
	Input []byte
}

// region is that of the state machine.
func (e *Execution) region() string {
	parts := append(strings.Split(e.StateMachineARN, ":"), make([]string, 4)...)
	return parts[3]
}

var integrationARN = regexp.MustCompile(`^arn:aws[a-z-]*:states:::(.+)$`)

// Integration is the service integration that a Resource names, such as glue:startJobRun.sync; empty for a function's or an
// activity's ARN.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
func Integration(resource string) string {
	if parts := integrationARN.FindStringSubmatch(resource); parts != nil {
		return parts[1]
	}
	return ""
}

// Task is one attempt of a Task state.
type Task struct {
	// State is the state's name, Resource its Resource as written.
	State, Resource string
	// Arguments are as encoding/json decodes them into an any; Text is the same with the order of members kept.
	Arguments any
	Text      json.RawMessage
	Execution *Execution
	// Wait is how long the state machine waits for the answer, in virtual time.
	Wait time.Duration
	// Kill has the process that carries the task out killed in the middle, where one does. The interpreter never sets it.
	Kill bool
}

// Answer is what came of a Task.
type Answer struct {
	// Output is any value that encoding/json can marshal. Members of maps are sorted; a json.RawMessage keeps its order.
	Output any
	// Fault is the failure, nil for success.
	Fault *fault.Error
	// Aborted says with which error and cause, which may be empty, the execution was stopped when the answer came; nil if
	// it was not. Nothing else of it runs.
	//
	// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
	Aborted *fault.Error
	// After is the virtual time from the call to the answer.
	After time.Duration
}

// Caller carries out tasks. It is called when a task starts, once for each attempt; calls at one virtual instant come in
// order of branch and iteration.
type Caller interface {
	Call(task Task) Answer
}

// The states in which an execution ends.
const (
	Succeeded = "SUCCEEDED"
	Failed    = "FAILED"
	TimedOut  = "TIMED_OUT"
	Aborted   = "ABORTED"
)

// Result is how an execution ended.
type Result struct {
	// Status is Succeeded, Failed, TimedOut or Aborted.
	Status string
	// Output is the output's JSON text, nil unless it succeeded.
	Output json.RawMessage
	// Error and Cause are nil where AWS gives none: a Fail state need not name an error.
	Error, Cause *string
	// States are the names of the states in the order in which they were first entered.
	States []string
	// Transitions counts the states entered and the retries, which is what AWS bills.
	Transitions int
	// Duration is virtual time.
	Duration time.Duration
	// Visits are those of the states, in the order of entering, of which the first and the last are kept, and Maps counts the
	// iterations of Map states. They are not kept from one run to the next.
	Visits []Visit    `json:"-"`
	Maps   []MapCount `json:"-"`
	// History are the events, those of a distributed Map's child executions left out; nil for an Express execution, of
	// which AWS keeps none.
	History []Event
}

// CheckExpress joins the reasons for which the machine cannot be Express, nil if it can.
func (m *Machine) CheckExpress() error { return errors.Join(m.standardOnly...) }

// Start begins an execution now; it goes on as the clock runs, and done is called once it has ended. It refuses what
// StartExecution and CreateStateMachine would: an input that is no JSON text or too large, and a machine that cannot be
// Express.
func (m *Machine) Start(clock *virtual.Clock, execution Execution, caller Caller, done func(Result)) error {
	if len(execution.Input) > payloadLimit {
		return fmt.Errorf("starting %s: InvalidExecutionInput: the input has %d bytes, more than the %d of the quota", execution.Name, len(execution.Input), payloadLimit)
	}
	input, err := jsonata.Parse(execution.Input)
	if err != nil {
		return fmt.Errorf("starting %s: InvalidExecutionInput: %w", execution.Name, err)
	}
	limit, events := standardLimit, historyLimit
	if execution.Express {
		if err := m.CheckExpress(); err != nil {
			return fmt.Errorf("starting %s: %w", execution.Name, err)
		}
		limit, events = expressLimit, 0
	}
	if m.timeout > 0 && m.timeout < limit {
		limit = m.timeout
	}
	e := &run{
		evaluator: m.evaluator,
		clock:     clock,
		execution: execution,
		caller:    caller,
		done:      done,
		started:   clock.Now(),
		limit:     limit,
		entered:   map[string]bool{},
	}
	e.describe(input)
	e.main = &branch{
		run:       e,
		history:   &history{limit: events, kept: !execution.Express, full: e.exceedHistory},
		variables: &variables{stored: new(int)},
	}
	e.root = clock.Go(func(p *virtual.Process) {
		e.main.process = p
		e.main.aside("ExecutionStarted", func() details {
			return payload(details{"roleArn": execution.RoleARN}, "input", text(input))
		})
		output, failed := e.main.follow(m.flow, input)
		e.conclude(output, failed)
	})
	e.watchdog = clock.Go(func(p *virtual.Process) {
		p.Sleep(e.started.Add(limit))
		name := timeoutError
		e.end(Result{Status: TimedOut, Error: &name}, "ExecutionTimedOut")
		e.root.Abort()
	})
	return nil
}
