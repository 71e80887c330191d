package page

import (
	"regexp"
	"strings"
)

// pipelineGraph is how a stack's pipelines hang together.
type pipelineGraph struct {
	Nodes []struct{ ID, Kind, Name, Detail string }
	Edges []struct{ From, To, Kind string }
}

// drawPipelines makes the diagram, nil for none. What is read leads to who reads it, so that data flows one way, and what is
// described to what describes it. The state machines that ran say how that ended, and lead to it.
func drawPipelines(g pipelineGraph, ran []executionView) *diagram {
	if len(g.Nodes) == 0 {
		return nil
	}
	d := &diagram{Title: "The pipelines", sideways: true}
	nodes := map[string]*node{}
	handsOn := g.notifiers()
	for _, given := range g.Nodes {
		if handsOn[given.ID] != nil {
			continue
		}
		n := &node{Class: given.Kind}
		details := []string{kindInWords(given.Kind)}
		if given.Detail != "" {
			details[0] += ": " + given.Detail
		}
		for _, x := range ran {
			if given.Kind != "stateMachine" || x.StateMachine != given.Name || n.Class == given.Kind+" failed" {
				continue // of several executions, one that failed is the news
			}
			n.Class, n.Mark, n.Target = given.Kind+" "+x.Class(), x.Class(), x.ID
		}
		n.text(given.Name, details...)
		nodes[given.ID] = n
		d.Nodes = append(d.Nodes, n)
	}
	for _, given := range g.Edges {
		if topics := handsOn[given.To]; topics != nil {
			for _, topic := range topics {
				d.Edges = append(d.Edges, &edge{Class: "notifies", from: nodes[given.From], to: nodes[topic]})
			}
			continue
		}
		from, to := nodes[given.From], nodes[given.To]
		if from == nil || to == nil {
			continue
		}
		e := &edge{Class: given.Kind, from: from, to: to}
		if given.Kind == "reads" || given.Kind == "describes" {
			e.from, e.to, e.loose = to, from, strings.HasPrefix(given.From, "stateMachine:")
		}
		d.Edges = append(d.Edges, e)
	}
	return d
}

// notifiers are the rules that do nothing but notify, with whom: an edge stands for one.
func (g pipelineGraph) notifiers() map[string][]string {
	found := map[string][]string{}
	for _, n := range g.Nodes {
		var notified []string
		others := n.Kind != "rule"
		for _, e := range g.Edges {
			if e.From == n.ID {
				notified, others = append(notified, e.To), others || e.Kind != "notifies"
			}
		}
		if !others {
			found[n.ID] = notified
		}
	}
	return found
}

var capital = regexp.MustCompile(`[A-Z][a-z]`)

// kindInWords makes "state machine" of stateMachine.
func kindInWords(kind string) string {
	return capital.ReplaceAllStringFunc(kind, func(found string) string { return " " + strings.ToLower(found) })
}
