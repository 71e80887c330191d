package main

import (
	"fmt"
	"slices"
	"strings"

	"datalake/internal/graph"
)

// drawing is what is drawn of a graph. Arrows go the way that control and data go.
type drawing struct {
	boxes  []box
	arrows []arrow
}

// box is a node, or several that are alike.
type box struct {
	id     string
	kind   graph.Kind
	names  []string
	detail string
	// parts are the kinds of what is drawn as a part of the box.
	parts []graph.Kind
	group string
}

type arrow struct {
	from, to, label string
	data            bool
}

// picture draws the nodes of a graph that are among the members. A rule between two of them is an arrow, and nodes that are
// alike are one box.
func picture(g graph.Graph, members map[string]bool) *drawing {
	d := &drawing{}
	for _, node := range g.Nodes {
		if members[node.ID] && node.Kind != graph.Rule {
			d.boxes = append(d.boxes, box{id: node.ID, kind: node.Kind, names: []string{node.Name}, detail: node.Detail})
		}
	}
	for _, edge := range g.Edges {
		from, to := g.Node(edge.From), g.Node(edge.To)
		switch {
		case !members[edge.From] || !members[edge.To] || from.Kind == graph.Rule:
		case to.Kind == graph.Rule:
			for _, next := range g.Edges {
				if next.From == edge.To && members[next.To] {
					d.arrows = append(d.arrows, arrow{from: edge.From, to: next.To, label: condition(to)})
				}
			}
		case edge.Kind == graph.Reads && to.Kind == graph.StateMachine:
			d.arrows = append(d.arrows, arrow{from: edge.To, to: edge.From, label: "executions", data: true})
		case edge.Kind == graph.Reads || edge.Kind == graph.Describes:
			d.arrows = append(d.arrows, arrow{from: edge.To, to: edge.From, data: true})
		default:
			d.arrows = append(d.arrows, arrow{from: edge.From, to: edge.To, data: edge.Kind == graph.Writes})
		}
	}
	d.merge(func(b box) string { return string(b.kind) + b.detail + strings.Join(d.around(b.id), " ") })
	return d
}

// condition says when a rule does something.
func condition(rule graph.Node) string {
	switch {
	case rule.Detail == "":
		return "arrived"
	case strings.Contains(rule.Detail, "succeeded"):
		return rule.Detail
	default:
		return "ended badly"
	}
}

// around says where a box's arrows lead.
func (d *drawing) around(id string) (all []string) {
	for _, arrow := range d.arrows {
		if arrow.from == id {
			all = append(all, fmt.Sprint("to ", arrow.to, arrow.label, arrow.data))
		}
		if arrow.to == id {
			all = append(all, fmt.Sprint("from ", arrow.from, arrow.label, arrow.data))
		}
	}
	return all
}

// merge makes boxes with the same key one.
func (d *drawing) merge(key func(box) string) {
	first := map[string]int{} // the box of a key
	is := map[string]string{} // which box a box is now
	keys := make([]string, len(d.boxes))
	for i, b := range d.boxes {
		keys[i] = key(b)
	}
	var kept []box
	for i, b := range d.boxes {
		at, known := first[keys[i]]
		if !known {
			at = len(kept)
			first[keys[i]] = at
			kept = append(kept, b)
		} else {
			kept[at].names = append(kept[at].names, b.names...)
		}
		is[b.id] = kept[at].id
	}
	d.boxes = kept
	d.rename(is)
}

// rename has arrows begin and end at other boxes; what is not renamed vanishes, and so do arrows that are there already.
func (d *drawing) rename(is map[string]string) {
	var kept []arrow
	for _, arrow := range d.arrows {
		arrow.from, arrow.to = is[arrow.from], is[arrow.to]
		if arrow.from != "" && arrow.to != "" && arrow.from != arrow.to && !slices.Contains(kept, arrow) {
			kept = append(kept, arrow)
		}
	}
	d.arrows = kept
}
