package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"datalake/internal/graph"
	"datalake/internal/mockaws"
)

// machines draws each state machine of a stack under a heading.
func machines(s drawnStack) (string, error) {
	var text strings.Builder
	for _, node := range s.graph.Nodes {
		if node.Kind != graph.StateMachine {
			continue
		}
		var definition struct {
			Comment string
			flow
		}
		if err := json.Unmarshal([]byte(definitionOf(s.evaluation, node)), &definition); err != nil {
			return "", fmt.Errorf("read the definition of %s: %w", node.Name, err)
		}
		fmt.Fprintf(&text, "## %s\n\n%s.\n\n%s\n", node.Name, definition.Comment, block(definition.mermaid()))
	}
	return text.String(), nil
}

func definitionOf(evaluation *mockaws.Evaluation, node graph.Node) string {
	for _, machine := range evaluation.Find("aws:sfn/stateMachine:StateMachine") {
		if strings.HasSuffix(node.ID, ":"+machine.Name) {
			return machine.Inputs["definition"].(string)
		}
	}
	return ""
}

// flow is what is drawn of a definition.
//
// https://states-language.net/spec.html
type flow struct {
	StartAt string
	States  map[string]state
}

type state struct {
	Type, Next, Default string
	Choices             []choice
	Catch               []catcher
	ItemProcessor       *flow
	Branches            []flow
}

type choice struct{ Comment, Condition, Next string }

type catcher struct {
	ErrorEquals []string
	Next        string
}

// mermaid writes the flow as a flowchart, the flows inside its states as frames.
//
// https://mermaid.js.org/syntax/flowchart.html
func (f flow) mermaid() string {
	c := &chart{ids: map[string]string{}}
	c.line("flowchart TD")
	c.line("  start((start)) --> %s", c.id(f.StartAt))
	c.flow(f, "  ")
	return c.text.String()
}

type chart struct {
	text strings.Builder
	ids  map[string]string
}

func (c *chart) line(format string, arguments ...any) {
	fmt.Fprintf(&c.text, format+"\n", arguments...)
}

// id names a state in the drawing: Mermaid's identifiers take no spaces.
func (c *chart) id(state string) string {
	if c.ids[state] == "" {
		c.ids[state] = fmt.Sprintf("s%d", len(c.ids)+1)
	}
	return c.ids[state]
}

func (c *chart) flow(f flow, indent string) {
	for _, name := range f.order() {
		state, id := f.States[name], c.id(name)
		switch state.Type {
		case "Choice":
			c.line("%s%s{%s}", indent, id, quoted(name))
		case "Map":
			c.frame(id, name+", for each item", []flow{*state.ItemProcessor}, indent)
		case "Parallel":
			c.frame(id, name+", side by side", state.Branches, indent)
		case "Succeed", "Fail":
			c.line("%s%s([%s])", indent, id, quoted(name))
		default:
			c.line("%s%s[%s]", indent, id, quoted(name))
		}
		for _, exit := range state.exits() {
			if exit.label == "" {
				c.line("%s%s --> %s", indent, id, c.id(exit.to))
			} else {
				c.line("%s%s -- %s --> %s", indent, id, quoted(exit.label), c.id(exit.to))
			}
		}
	}
}

func (c *chart) frame(id, title string, flows []flow, indent string) {
	c.line("%ssubgraph %s [%s]", indent, id, quoted(title))
	for _, flow := range flows {
		c.flow(flow, indent+"  ")
	}
	c.line("%send", indent)
}

// order are the names of the states as a person follows them: each way to its end.
func (f flow) order() (names []string) {
	var visit func(name string)
	visit = func(name string) {
		if slices.Contains(names, name) {
			return
		}
		names = append(names, name)
		for _, exit := range f.States[name].exits() {
			visit(exit.to)
		}
	}
	visit(f.StartAt)
	return names
}

// exit is a way out of a state.
type exit struct{ to, label string }

func (s state) exits() (exits []exit) {
	if s.Next != "" {
		exits = append(exits, exit{to: s.Next})
	}
	for _, choice := range s.Choices {
		label := choice.Comment
		if label == "" {
			label = strings.Trim(choice.Condition, "{% }")
		}
		exits = append(exits, exit{choice.Next, label})
	}
	if s.Default != "" {
		exits = append(exits, exit{s.Default, "otherwise"})
	}
	for _, catcher := range s.Catch {
		exits = append(exits, exit{catcher.Next, "on " + strings.Join(catcher.ErrorEquals, ", ")})
	}
	return exits
}
