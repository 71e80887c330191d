package main

import (
	"slices"

	"datalake/internal/graph"
)

// overview draws a whole stack, each pipeline in a frame. What a state machine starts is a part of its box, the outcomes of
// a pipeline are one box for each bucket, and what several boxes of a frame do, the frame does. Data takes the longest way;
// events are left out.
func overview(s drawnStack) *drawing {
	all := map[string]bool{}
	for _, node := range s.graph.Nodes {
		all[node.ID] = node.Kind != graph.Event
	}
	d := picture(s.graph, all)
	d.frame(membersOf(s))
	d.absorb()
	d.merge(func(b box) string {
		if b.kind == graph.Data && !d.leads(b.id) {
			return b.group + " " + b.detail
		}
		return b.id
	})
	d.straighten()
	d.raise()
	return d
}

// straighten leaves out the arrows of data that also takes a longer way.
func (d *drawing) straighten() {
	leadsTo := map[string][]string{}
	for _, a := range d.arrows {
		if a.data {
			leadsTo[a.from] = append(leadsTo[a.from], a.to)
		}
	}
	// arrives tells whether data gets from a box to another.
	var arrives func(from, to string, seen map[string]bool) bool
	arrives = func(from, to string, seen map[string]bool) bool {
		if seen[from] {
			return false
		}
		seen[from] = true
		return from == to || slices.ContainsFunc(leadsTo[from], func(next string) bool { return arrives(next, to, seen) })
	}
	d.arrows = slices.DeleteFunc(d.arrows, func(a arrow) bool {
		return a.data && slices.ContainsFunc(leadsTo[a.from], func(next string) bool {
			return next != a.to && arrives(next, a.to, map[string]bool{a.from: true})
		})
	})
}

// frame puts what belongs to one pipeline alone into its frame.
func (d *drawing) frame(members map[string]map[string]bool) {
	for i, b := range d.boxes {
		var in []string
		for pipeline := range members {
			if members[pipeline][b.id] {
				in = append(in, pipeline)
			}
		}
		if len(in) == 1 {
			d.boxes[i].group = in[0]
		}
	}
}

// absorb makes crawlers, jobs and queries parts of the state machines that start them. What a state machine reads of what
// it writes is no arrow then.
func (d *drawing) absorb() {
	is := map[string]string{}
	for _, b := range d.boxes {
		is[b.id] = b.id
	}
	for _, engine := range d.boxes {
		for i, machine := range d.boxes {
			starts := slices.Contains(d.arrows, arrow{from: machine.id, to: engine.id})
			if machine.kind == graph.StateMachine && starts && slices.Contains([]graph.Kind{graph.Crawler, graph.Job, graph.Query}, engine.kind) {
				is[engine.id] = machine.id
				d.boxes[i].parts = append(d.boxes[i].parts, engine.kind)
			}
		}
	}
	d.boxes = slices.DeleteFunc(d.boxes, func(b box) bool { return is[b.id] != b.id })
	d.rename(is)
	written := slices.Clone(d.arrows)
	d.arrows = slices.DeleteFunc(d.arrows, func(a arrow) bool {
		fromData := slices.ContainsFunc(d.boxes, func(b box) bool { return b.id == a.from && b.kind == graph.Data })
		return fromData && a.data && slices.Contains(written, arrow{from: a.to, to: a.from, data: true})
	})
}

// leads tells whether an arrow begins at a box.
func (d *drawing) leads(id string) bool {
	return slices.ContainsFunc(d.arrows, func(a arrow) bool { return a.from == id })
}

// raise has a frame do what several of its boxes do to one that is in no frame.
func (d *drawing) raise() {
	group := map[string]string{}
	for _, b := range d.boxes {
		group[b.id] = b.group
	}
	var raised []arrow
	for _, a := range d.arrows {
		alike := 0
		for _, b := range d.arrows {
			if b.to == a.to && b.label == a.label && group[b.from] == group[a.from] {
				alike++
			}
		}
		if alike > 1 && group[a.to] == "" && group[a.from] != "" {
			a.from = group[a.from]
		}
		if !slices.Contains(raised, a) {
			raised = append(raised, a)
		}
	}
	d.arrows = raised
}
