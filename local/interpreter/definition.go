package interpreter

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"datalake/local/jsonata"
)

// Machine is a state machine definition that AWS would take.
type Machine struct {
	evaluator    *jsonata.Evaluator
	flow         *flow
	timeout      time.Duration // 0: none
	standardOnly []error       // why it cannot be Express
}

// flow is a set of states with a start: the machine, a branch of a Parallel, or what a Map does to each item.
type flow struct {
	startAt string
	states  map[string]*state
}

type state struct {
	name, kind     string
	action         action
	next           string // none: the flow ends
	assign, output *template
	retry          []retrier
	catch          []catcher
}

// produces tells whether the state has a result of its own, apart from its input.
func (s *state) produces() bool { return s.kind == "Task" || s.kind == "Map" || s.kind == "Parallel" }

// Load reads a definition in Amazon States Language and applies the rules by which AWS takes or refuses one. The error
// joins all faults, each with the state and field it lies in. Paths of JSONPath, and the few features that are not
// covered here, are refused by name. The evaluator is also what the machine's executions use.
func Load(definition []byte, evaluator *jsonata.Evaluator) (*Machine, error) {
	if len(definition) > definitionLimit {
		return nil, fmt.Errorf("INVALID_DEFINITION: the definition has %d bytes, more than the %d of the quota", len(definition), definitionLimit)
	}
	value, err := jsonata.Parse(definition)
	if err != nil {
		return nil, fmt.Errorf("INVALID_JSON_DESCRIPTION: the definition is not JSON: %w", err)
	}
	object, ok := value.(*jsonata.Object)
	if !ok {
		return nil, fmt.Errorf("INVALID_JSON_DESCRIPTION: the definition is %s, not a JSON object", article(jsonata.TypeName(value)))
	}
	c := &checker{evaluator: evaluator, names: map[string]string{}}
	top := node{c, "", object}
	language, _ := top.choice("QueryLanguage", languageJSONPath, languageJSONPath, languageJSONata)
	c.jsonata = language == languageJSONata
	top.choice("Version", "1.0", "1.0")
	top.only("Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version")
	timeout, _ := top.whole("TimeoutSeconds", 1, longestWait)
	m := &Machine{
		evaluator: evaluator,
		flow:      c.flow(top, nil),
		timeout:   time.Duration(timeout) * time.Second,
	}
	if err := errors.Join(c.faults...); err != nil {
		return nil, err
	}
	m.standardOnly = c.standardOnly
	return m, nil
}

const (
	languageJSONPath = "JSONPath"
	languageJSONata  = "JSONata"
)

// checker builds a machine and gathers its faults.
type checker struct {
	evaluator    *jsonata.Evaluator
	jsonata      bool // the machine's query language, which its states have by default
	names        map[string]string
	faults       []error
	standardOnly []error
}

func (c *checker) fault(at, format string, args ...any) {
	c.faults = append(c.faults, located("SCHEMA_VALIDATION_FAILED", at, format, args...))
}

func located(code, at, format string, args ...any) error {
	if at == "" {
		at = "/"
	}
	return fmt.Errorf("%s: %s at %s", code, fmt.Sprintf(format, args...), at)
}

// flow reads StartAt and States; outer are the variables that the states around it assign.
func (c *checker) flow(n node, outer []string) *flow {
	before := len(c.faults)
	f := &flow{states: map[string]*state{}}
	f.startAt, _ = n.text("StartAt", true)
	states, ok := n.child("States", true)
	if !ok {
		return f
	}
	if states.object.Len() == 0 {
		c.fault(states.at, "There must be at least one state")
		return f
	}
	scope := c.scope(states, outer)
	for name, value := range states.object.All() {
		inner, ok := c.node(states.at+"/"+name, value)
		if !ok {
			f.states[name] = &state{name: name}
			continue
		}
		if len([]rune(name)) > nameLimit {
			c.fault(inner.at, "The state's name is longer than %d characters", nameLimit)
		}
		if other, taken := c.names[name]; taken {
			c.faults = append(c.faults, located("DUPLICATE_STATE_NAME", inner.at, "The state's name is also that of %s", other))
		}
		c.names[name] = inner.at
		f.states[name] = c.state(inner, name, scope)
	}
	c.connect(n, states, f)
	if len(c.faults) == before && !f.ends() {
		c.faults = append(c.faults, located("MISSING_END_STATE", n.at, "Workflow has no terminal state"))
	}
	return f
}

// ends tells whether any state of the flow can be its last.
func (f *flow) ends() bool {
	for _, s := range f.states {
		if s.kind != "Choice" && s.next == "" {
			return true
		}
	}
	return false
}

// connect checks that all transitions lead to states of the flow and that each state is reached.
func (c *checker) connect(n, states node, f *flow) {
	missing := func(at, target string) {
		c.faults = append(c.faults, located("MISSING_TRANSITION_TARGET", at, "Missing transition target: %q is not a state here", target))
	}
	if f.startAt == "" {
		return
	}
	if f.states[f.startAt] == nil {
		missing(n.at+"/StartAt", f.startAt)
		return
	}
	reached := map[string]bool{}
	pending := []string{f.startAt}
	for len(pending) > 0 {
		name := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		s := f.states[name]
		if s == nil || reached[name] {
			continue
		}
		reached[name] = true
		for _, transition := range s.transitions() {
			pending = append(pending, transition.target)
		}
	}
	for name := range states.object.All() {
		s := f.states[name]
		if s == nil {
			continue
		}
		for _, transition := range s.transitions() {
			if transition.target != "" && f.states[transition.target] == nil {
				missing(states.at+"/"+name+"/"+transition.field, transition.target)
			}
		}
		if !reached[name] {
			c.faults = append(c.faults, located("MISSING_TRANSITION_TARGET", states.at+"/"+name, "State %q is not reachable", name))
		}
	}
}

type transition struct{ field, target string }

func (s *state) transitions() []transition {
	var all []transition
	if s.next != "" {
		all = append(all, transition{"Next", s.next})
	}
	if choice, ok := s.action.(*choiceAction); ok {
		for i, rule := range choice.rules {
			all = append(all, transition{indexed("Choices", i) + "/Next", rule.next})
		}
		if choice.fallback != "" {
			all = append(all, transition{"Default", choice.fallback})
		}
	}
	for i, catcher := range s.catch {
		all = append(all, transition{indexed("Catch", i) + "/Next", catcher.next})
	}
	return all
}

func indexed(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }

// scope is outer with the variables that the states of one flow assign.
func (c *checker) scope(states node, outer []string) []string {
	taken := map[string]bool{}
	for _, name := range outer {
		taken[name] = true
	}
	var all []string
	note := func(at string, holder any) {
		object, ok := holder.(*jsonata.Object)
		if !ok {
			return
		}
		assign, _ := object.Get("Assign")
		variables, ok := assign.(*jsonata.Object)
		if !ok {
			return
		}
		for name := range variables.All() {
			if name = strings.TrimSuffix(name, ".$"); taken[name] {
				c.fault(at+"/Assign/"+name, "The variable %q is assigned in an outer scope; an inner scope cannot assign it", name)
			}
			all = append(all, name)
		}
	}
	for name, value := range states.object.All() {
		at := states.at + "/" + name
		note(at, value)
		object, ok := value.(*jsonata.Object)
		if !ok {
			continue
		}
		for _, field := range []string{"Choices", "Catch"} {
			entries, _ := object.Get(field)
			list, _ := entries.([]any)
			for i, entry := range list {
				note(at+"/"+indexed(field, i), entry)
			}
		}
	}
	return append(all, outer...)
}
