package interpreter

import (
	"encoding/json"
	"fmt"
	"time"

	"datalake/local/fault"
	"datalake/local/jsonata"
	"datalake/local/virtual"
)

// run is an execution under way.
type run struct {
	evaluator *jsonata.Evaluator
	clock     *virtual.Clock
	execution Execution
	caller    Caller
	done      func(Result)
	started   time.Time
	limit     time.Duration

	root, watchdog *virtual.Process
	main           *branch
	entered        map[string]bool
	states         []string
	transitions    int
	tokens         int
	visits         visits

	executionContext, machineContext *jsonata.Object
}

// describe prepares the parts of the context object that stay the same.
func (r *run) describe(input any) {
	r.executionContext = jsonata.NewObject(
		"Id", r.execution.ARN,
		"Input", input,
		"Name", r.execution.Name,
		"RoleArn", r.execution.RoleARN,
		"StartTime", Timestamp(r.started),
		"RedriveCount", 0.0,
	)
	r.machineContext = jsonata.NewObject("Id", r.execution.StateMachineARN, "Name", r.execution.StateMachineName)
}

// Timestamp is a time as Step Functions writes it: ISO 8601 to the millisecond.
func Timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

func (r *run) conclude(output any, failed *failure) {
	if failed != nil {
		r.end(Result{Status: Failed, Error: failed.uncaught(), Cause: failed.cause}, "ExecutionFailed")
	} else {
		r.end(Result{Status: Succeeded, Output: text(output)}, "ExecutionSucceeded")
	}
	r.watchdog.Abort()
}

func (r *run) end(result Result, event string) {
	last := Event{PreviousEventID: r.main.tail, Type: event, Timestamp: r.clock.Now()}
	if result.Status == TimedOut {
		last.PreviousEventID = 0 // as AWS has it
	}
	r.main.history.end(last, func() details {
		if result.Status == Succeeded {
			return payload(details{}, "output", result.Output)
		}
		return errorDetails(result.Error, result.Cause)
	})
	result.States = r.states
	result.Transitions = r.transitions
	result.Duration = r.clock.Now().Sub(r.started)
	result.History = r.main.history.events
	result.Visits, result.Maps = r.visits.kept()
	r.clock.At(r.clock.Now(), func() { r.done(result) })
}

// exceedHistory ends the execution, whatever its states would catch.
func (r *run) exceedHistory() {
	r.conclude(nil, fail(runtimeError, fmt.Sprintf("The execution reached the maximum number of history events (%d).", historyLimit)))
	r.root.Abort()
}

// abort ends the execution as StopExecution does, whatever its states would catch.
func (r *run) abort(stopped *fault.Error) {
	r.end(Result{Status: Aborted, Error: given(stopped.Name), Cause: given(stopped.Cause)}, "ExecutionAborted")
	r.watchdog.Abort()
	r.root.Abort()
}

// variables are one scope of assigned variables; those of the outer scopes can be read.
type variables struct {
	outer  *variables
	values map[string]any
	sizes  map[string]int // bytes of JSON
	stored *int           // bytes of all variables of the execution
}

// inside makes an empty scope within this one.
func (v *variables) inside() *variables { return &variables{outer: v, stored: v.stored} }

func (v *variables) get(name string) (any, bool) {
	for ; v != nil; v = v.outer {
		if value, found := v.values[name]; found {
			return value, true
		}
	}
	return nil, false
}

// assign sets variables and returns how many bytes of JSON all of the execution have then.
func (v *variables) assign(values *jsonata.Object) int {
	if v.values == nil {
		v.values, v.sizes = map[string]any{}, map[string]int{}
	}
	for name, value := range values.All() {
		size := len(text(value))
		*v.stored += size - v.sizes[name]
		v.values[name], v.sizes[name] = value, size
	}
	return *v.stored
}

// leave ends the scope.
func (v *variables) leave() {
	for _, size := range v.sizes {
		*v.stored -= size
	}
}

// branch is one sequence of states under way: the machine itself, a branch of a Parallel or an iteration of a Map.
type branch struct {
	*run
	process   *virtual.Process
	variables *variables
	item      *jsonata.Object // the context object's Map
	iteration *iteration      // nil outside of a Map

	history *history
	last    int // the id of the event that the next one follows, at first of the event that forked the branch
	tail    int // the same, but events aside count
}

// follow carries out a flow from its first state to its end.
func (b *branch) follow(f *flow, input any) (any, *failure) {
	for name := f.startAt; ; {
		v := b.enter(f.states[name], input)
		failed := v.carryOut()
		v.visited(failed)
		if failed != nil {
			return nil, failed
		}
		if v.state.kind != "Fail" {
			b.record(v.state.kind+"StateExited", v.exitedDetails)
		}
		if v.next == "" {
			return v.result, nil
		}
		name, input = v.next, v.result
	}
}

// enter begins a visit of a state.
func (b *branch) enter(s *state, input any) *visit {
	if b.execution.Express && b.transitions >= expressTransitions {
		b.process.Park() // until the execution times out
	}
	if !b.entered[s.name] {
		b.entered[s.name] = true
		b.states = append(b.states, s.name)
	}
	v := &visit{branch: b, state: s, input: input, began: b.clock.Now(), number: b.visits.entered}
	b.visits.entered++
	v.event = b.record(s.kind+"StateEntered", v.enteredDetails)
	b.transitions++
	return v
}

// visit is one stay in a state, retries included.
type visit struct {
	*branch
	state   *state
	input   any
	began   time.Time
	number  int // in the order of entering
	event   int // the id of the event of entering
	retries int
	failed  *failure // the one that was not retried

	scope          *jsonata.Scope
	next           string
	assign, output *template
	place          string // of Assign and Output within the state: of a choice rule or a catcher
	result         any    // in the end, the state's output
	newVariables   *jsonata.Object
}

// carryOut does what the state does, with its retriers and catchers.
func (v *visit) carryOut() *failure {
	attempts := make([]int, len(v.state.retry))
	for {
		failed := v.attempt()
		if failed == nil {
			return nil
		}
		delay, again := v.state.retryAfter(failed, attempts)
		if !again {
			v.failed = failed
			return v.catch(failed)
		}
		v.process.Sleep(v.clock.Now().Add(delay))
		v.retries++
		v.transitions++
	}
}

func (v *visit) attempt() *failure {
	v.next, v.assign, v.output, v.place = v.state.next, v.state.assign, v.state.output, ""
	v.scope = v.evaluator.Scope(jsonata.NewObject("input", v.input, "context", v.context()), v.variables.get)
	result, failed := v.state.action.perform(v)
	if failed != nil {
		return failed
	}
	if v.state.produces() {
		if failed := within(result, v.state.name); failed != nil {
			return failed
		}
		v.scope = v.scope.With("result", result)
	}
	return v.leave(result)
}

// leave evaluates Assign and Output, both with the variables as they were on entry; result is the output by default.
func (v *visit) leave(result any) *failure {
	assigned, failed := v.assigned()
	if failed != nil {
		return failed
	}
	v.result = result
	if v.output != nil {
		if v.result, failed = v.evaluate(v.output, v.place+"Output"); failed != nil {
			return failed
		}
	}
	if failed := within(v.result, v.state.name); failed != nil {
		return failed
	}
	if v.newVariables = assigned; assigned != nil {
		if v.variables.assign(assigned) > variablesLimit {
			return fail(dataLimitError, fmt.Sprintf("The state '%s' assigned variables that take the execution's beyond the maximum number of bytes service limit (%d).", v.state.name, variablesLimit))
		}
	}
	return nil
}

func (v *visit) assigned() (*jsonata.Object, *failure) {
	if v.assign == nil {
		return nil, nil
	}
	values, failed := v.evaluate(v.assign, v.place+"Assign")
	if failed != nil {
		return nil, failed
	}
	if len(text(values)) > payloadLimit {
		return nil, fail(dataLimitError, fmt.Sprintf("The state '%s' assigned variables with a size exceeding the maximum number of bytes service limit.", v.state.name))
	}
	return values.(*jsonata.Object), nil
}

// catch hands a failure to the first catcher that matches; without one the failure stands.
func (v *visit) catch(failed *failure) *failure {
	if v.state.kind == "Map" || v.state.kind == "Parallel" {
		v.record(v.state.kind+"StateFailed", nil)
	}
	for i, c := range v.state.catch {
		if !failed.matches(c.errors) {
			continue
		}
		v.next, v.assign, v.output, v.place = c.next, c.assign, c.output, indexed("Catch", i)+"/"
		output := failed.output()
		v.scope = v.scope.With("errorOutput", output)
		return v.leave(output)
	}
	return failed
}

// context is the context object as this state sees it.
func (v *visit) context() *jsonata.Object {
	context := jsonata.NewObject(
		"Execution", v.executionContext,
		"StateMachine", v.machineContext,
		"State", jsonata.NewObject("EnteredTime", Timestamp(v.began), "Name", v.state.name, "RetryCount", float64(v.retries)),
	)
	if v.item != nil {
		context.Set("Map", v.item)
	}
	if t, ok := v.state.action.(*taskAction); ok && t.waitsForToken() {
		v.tokens++
		context.Set("Task", jsonata.NewObject("Token", fmt.Sprintf("%s:%d", v.execution.ARN, v.tokens)))
	}
	return context
}

// text is a value as the JSON text that AWS hands on.
func text(value any) json.RawMessage { return jsonata.Append(nil, value) }
