package faults

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"datalake/asl"
	"datalake/local/fault"
	"datalake/local/interpreter"
)

// Machine is a state machine whose calls may be given faults.
type Machine struct {
	// Name is its logical name, ARN that of the state machine.
	Name, ARN string
	// Definition is in Amazon States Language.
	Definition []byte
}

// Load reads a faults file: a list of objects, each with
//
//   - "state", the name of a task's state, or "resource", a task's Resource; "machine", the logical name of a state machine,
//     where only its own calls are meant;
//   - "error" and perhaps "cause": the call fails with that, and nothing is carried out; or "kill": true: what carries the
//     call out is killed in the middle, of a query or a job; or neither;
//   - "after": how many seconds after the call the answer comes, where it would come sooner;
//   - "times": how many calls the fault meets; every one where it is left out.
//
// Of several faults for a call, the first in the file that has calls left meets it. What no state machine calls, and an
// error that a call cannot raise, is refused. The error joins all faults of the file.
func Load(data []byte, machines []Machine) (*Faults, error) {
	f := &Faults{machines: map[string]string{}}
	var tasks []task
	for _, machine := range machines {
		f.machines[machine.ARN] = machine.Name
		found, err := tasksOf(machine)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, found...)
	}
	var entries []json.RawMessage
	if err := json.Unmarshal(data, &entries); err != nil {
		return nil, fmt.Errorf(`reading the faults: the file holds no list such as [{"state": "Start the crawl", "error": "Glue.GlueException", "times": 1}]: %w`, err)
	}
	var wrong []error
	for i, text := range entries {
		entry, err := readEntry(text)
		if err == nil {
			err = entry.check(tasks)
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("fault %d: %w", i+1, err))
		}
		f.entries = append(f.entries, entry)
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("reading the faults: %w", errors.Join(wrong...))
	}
	return f, nil
}

// task is a Task state of a machine.
type task struct{ machine, state, resource string }

// tasksOf are the Task states of a definition, those of its branches and iterations among them, by their names.
func tasksOf(machine Machine) ([]task, error) {
	var definition any
	if err := json.Unmarshal(machine.Definition, &definition); err != nil {
		return nil, fmt.Errorf("reading the definition of %s: %w", machine.Name, err)
	}
	var tasks []task
	var look func(value any)
	look = func(value any) {
		switch value := value.(type) {
		case []any:
			for _, each := range value {
				look(each)
			}
		case map[string]any:
			states, _ := value["States"].(map[string]any)
			for _, name := range slices.Sorted(maps.Keys(states)) {
				state, _ := states[name].(map[string]any)
				if resource, is := state["Resource"].(string); is && state["Type"] == "Task" {
					tasks = append(tasks, task{machine.Name, name, resource})
				}
				look(state["Branches"])
				look(state["ItemProcessor"])
				look(state["Iterator"])
			}
		}
	}
	look(definition)
	return tasks, nil
}

// entry is a fault as the file has it.
type entry struct {
	Machine, State, Resource string
	Error, Cause             string
	After                    *float64
	Kill                     bool
	Times                    *int

	met int
}

var members = []string{"machine", "state", "resource", "error", "cause", "after", "kill", "times"}

func readEntry(text []byte) (entry, error) {
	var e entry
	var given map[string]any
	if err := json.Unmarshal(text, &given); err != nil || given == nil {
		return e, fmt.Errorf(`it must be an object such as {"state": "Start the crawl", "error": "Glue.GlueException"}, but is %.60s`, text)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(members, name) {
			return e, fmt.Errorf("the key %q is none of %s", name, list(members))
		}
	}
	var mistyped *json.UnmarshalTypeError
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&e); errors.As(err, &mistyped) {
		return e, fmt.Errorf("%q must not be a %s: machine, state, resource, error and cause are texts, after is a number of seconds, kill is true, times a whole number", strings.ToLower(mistyped.Field), mistyped.Value)
	}
	return e, nil
}

// longest is a year, the longest execution.
const longest = 365 * 24 * 3600

func (e *entry) check(tasks []task) error {
	var wrong []error
	refuse := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	switch {
	case e.Error == "" && e.After == nil && !e.Kill:
		refuse(`nothing is to happen: give "error", "after" or "kill"`)
	case e.Kill && (e.Error != "" || e.After != nil):
		refuse(`"kill" stands alone: what was killed answers by itself`)
	}
	if e.Cause != "" && e.Error == "" {
		refuse(`"cause" goes with "error" only`)
	}
	if e.After != nil && (*e.After <= 0 || *e.After > longest) {
		refuse(`"after" is %v: give seconds, more than 0 and at most %d`, *e.After, longest)
	}
	if e.Times != nil && *e.Times < 1 {
		refuse(`"times" is %d: give 1 or more, or leave it out for every call`, *e.Times)
	}
	meant, err := e.tasks(tasks)
	wrong = append(wrong, err)
	for _, each := range meant {
		wrong = append(wrong, e.fits(each))
	}
	return errors.Join(wrong...)
}

// tasks are those that the fault is for, one of each resource.
func (e *entry) tasks(tasks []task) ([]task, error) {
	if (e.State == "") == (e.Resource == "") {
		return nil, errors.New(`give either "state", the name of a task's state, or "resource", a task's Resource`)
	}
	var machines, names []string
	var meant []task
	for _, each := range tasks {
		machines = append(machines, each.machine)
		if e.Machine != "" && e.Machine != each.machine {
			continue
		}
		if e.State != "" {
			names = append(names, each.state)
		} else {
			names = append(names, each.resource)
		}
		if (e.State == each.state || e.Resource == each.resource) && !slices.ContainsFunc(meant, func(t task) bool { return t.resource == each.resource }) {
			meant = append(meant, each)
		}
	}
	switch {
	case e.Machine != "" && !slices.Contains(machines, e.Machine):
		return nil, fmt.Errorf("there is no state machine %q: there are %s", e.Machine, list(machines))
	case len(meant) == 0 && e.State != "":
		return nil, fmt.Errorf("no task's state is called %q%s: there are %s", e.State, of(e.Machine), list(names))
	case len(meant) == 0:
		return nil, fmt.Errorf("no task calls %q%s: there are %s", e.Resource, of(e.Machine), list(names))
	}
	return meant, nil
}

func of(machine string) string {
	if machine == "" {
		return ""
	}
	return " in " + machine
}

// fits refuses an error that a task cannot fail with, and to kill what is no process.
func (e *entry) fits(t task) error {
	integration := interpreter.Integration(t.resource)
	if e.Kill && !slices.Contains(killable, integration) {
		return fmt.Errorf("%q calls %s, which nothing can be killed of: %q is for %s", t.state, t.resource, "kill", list(killable))
	}
	if e.Error == "" {
		return nil
	}
	raised := Raised(integration)
	if !slices.Contains(raised, e.Error) {
		return fmt.Errorf("%q calls %s, which cannot fail with %q: it can with %s", t.state, t.resource, e.Error, list(raised))
	}
	return nil
}

// killable are the integrations that a process carries out here: Spark, and Trino.
var killable = []string{"athena:startQueryExecution.sync", "glue:startJobRun.sync"}

// Raised are the errors that a call of an integration can fail with, those of its operation first, then its service's, then
// Step Functions' own.
func Raised(integration string) []string {
	declared, common := asl.Call{Integration: integration}.Errors()
	raised := slices.Concat(declared, common, []string{"States.DataLimitExceeded", "States.Permissions", "States.Timeout"})
	if strings.HasSuffix(integration, ".sync") {
		raised = append(raised, "States.TaskFailed")
	}
	return raised
}

// list are names, each once.
func list(names []string) string {
	var each []string
	for _, name := range names {
		if !slices.Contains(each, name) {
			each = append(each, name)
		}
	}
	return strings.Join(each, ", ")
}

// failure is the error that the fault answers with, nil for none.
func (e *entry) failure() *fault.Error {
	if e.Error == "" {
		return nil
	}
	return &fault.Error{Name: e.Error, Cause: e.Cause}
}

// after is when the answer comes at the earliest.
func (e *entry) after() time.Duration {
	if e.After == nil {
		return 0
	}
	return time.Duration(*e.After * float64(time.Second))
}

func (e *entry) left() bool { return e.Times == nil || e.met < *e.Times }
