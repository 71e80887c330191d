package asl

import (
	"fmt"
	"strings"
)

// Diagram draws the machine as a Mermaid flowchart, nested flows as subgraphs. The machine is taken as it is; check it
// with [Compile].
//
// https://mermaid.js.org/syntax/flowchart.html
func (m Machine) Diagram() string {
	d := &diagram{ids: map[string]string{}}
	d.line("flowchart TD")
	d.line("  start((start)) --> %s", d.id(m.Flow[0].stateName()))
	d.flow(m.Flow, "  ")
	return d.text.String()
}

type diagram struct {
	text strings.Builder
	ids  map[string]string
}

func (d *diagram) line(format string, args ...any) { fmt.Fprintf(&d.text, format+"\n", args...) }

// id names a state in the drawing: Mermaid's identifiers take no spaces.
func (d *diagram) id(state string) string {
	if _, known := d.ids[state]; !known {
		d.ids[state] = fmt.Sprintf("s%d", len(d.ids)+1)
	}
	return d.ids[state]
}

func (d *diagram) flow(flow Flow, indent string) {
	for i, state := range flow {
		id := d.id(state.stateName())
		switch s := state.(type) {
		case Choice:
			d.line("%s%s{%s}", indent, id, label(s.Name))
		case Map:
			d.nested(id, s.Name+", for each item", []Flow{s.Each}, indent)
		case Parallel:
			d.nested(id, s.Name+", side by side", s.Branches, indent)
		case Succeed, Fail:
			d.line("%s%s([%s])", indent, id, label(state.stateName()))
		default:
			d.line("%s%s[%s]", indent, id, label(state.stateName()))
		}
		for _, exit := range state.exits() {
			to := follow(flow, i, exit.to)
			switch {
			case to == End:
			case exit.label == "":
				d.line("%s%s --> %s", indent, id, d.id(to))
			default:
				d.line("%s%s -- %s --> %s", indent, id, label(exit.label), d.id(to))
			}
		}
	}
}

func (d *diagram) nested(id, title string, flows []Flow, indent string) {
	d.line("%ssubgraph %s [%s]", indent, id, label(title))
	for _, flow := range flows {
		d.flow(flow, indent+"  ")
	}
	d.line("%send", indent)
}

// label quotes text for Mermaid.
func label(text string) string {
	text = lineBreak.ReplaceAllString(text, " ")
	return `"` + strings.ReplaceAll(text, `"`, "#quot;") + `"`
}
