package asl

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// flow compiles one list of states: its states' members, its names and its graph.
func (c *compiler) flow(where string, flow Flow) map[string]any {
	if len(flow) == 0 {
		c.fault("%s has an empty flow: give it at least one state", where)
		return map[string]any{}
	}
	states := map[string]any{}
	for i, state := range flow {
		name := state.stateName()
		c.stateName(where, name)
		fields := state.fields(c)
		switch state.(type) {
		case Choice, Succeed, Fail: // these have no Next of their own
		default:
			if to := follow(flow, i, state.exits()[0]); to == End {
				fields["End"] = true
			} else {
				fields["Next"] = to
			}
		}
		states[name] = fields
	}
	c.graph(where, flow)
	return map[string]any{"StartAt": flow[0].stateName(), "States": states}
}

// follow resolves an exit of the i-th state: "" is the state below, or the end after the last one.
func follow(flow Flow, i int, to string) string {
	switch {
	case to != "":
		return to
	case i+1 < len(flow):
		return flow[i+1].stateName()
	default:
		return End
	}
}

// stateName checks what Step Functions asks of a name: at most 80 characters, and unique in the whole machine.
func (c *compiler) stateName(where, name string) {
	switch {
	case name == "":
		c.fault("%s holds a state without a Name", where)
	case utf8.RuneCountInString(name) > 80:
		c.fault("state %q is longer than 80 characters", name)
	case strings.IndexFunc(name, unicode.IsControl) >= 0:
		c.fault("state %q holds a control character", name)
	case c.names[name]:
		c.fault("two states are called %q: a name is used once in a machine", name)
	}
	c.names[name] = true
}

// graph checks where the states of one flow lead: every Next exists in it, every state is reached, some state is the
// last, and every loop passes a Wait.
func (c *compiler) graph(where string, flow Flow) {
	index := map[string]int{}
	for i, state := range flow {
		index[state.stateName()] = i
	}
	leads := make([][]int, len(flow))
	ends := false
	for i, state := range flow {
		for _, exit := range state.exits() {
			to := follow(flow, i, exit)
			if to == End {
				ends = true
				continue
			}
			if next, known := index[to]; known {
				leads[i] = append(leads[i], next)
			} else {
				c.fault("%s leads to %q, and %s has no such state", quote(state.stateName()), to, where)
			}
		}
	}
	if !ends {
		c.fault("%s has no last state: have one end the flow, such as a Succeed", where)
	}
	reached := make([]bool, len(flow))
	var reach func(int)
	reach = func(i int) {
		if !reached[i] {
			reached[i] = true
			for _, next := range leads[i] {
				reach(next)
			}
		}
	}
	reach(0)
	for i, state := range flow {
		if !reached[i] {
			c.fault("%s is never reached: nothing in %s leads to it", quote(state.stateName()), where)
		}
	}
	if loop := hastyLoop(flow, leads); loop != "" {
		c.fault("%s runs in a loop without a Wait: it would spend its 25,000 history events in minutes", quote(loop))
	}
}

// hastyLoop returns a state on a loop that passes no Wait, or "".
func hastyLoop(flow Flow, leads [][]int) string {
	const open, done = 1, 2
	mark := make([]int, len(flow))
	var visit func(int) string
	visit = func(i int) string {
		if _, waits := flow[i].(Wait); waits || mark[i] == done {
			return ""
		}
		if mark[i] == open {
			return flow[i].stateName()
		}
		mark[i] = open
		for _, next := range leads[i] {
			if loop := visit(next); loop != "" {
				return loop
			}
		}
		mark[i] = done
		return ""
	}
	for i := range flow {
		if loop := visit(i); loop != "" {
			return loop
		}
	}
	return ""
}

func quote(name string) string { return "state \"" + name + "\"" }

func join(names []string) string { return strings.Join(names, ", ") }
