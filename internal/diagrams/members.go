package main

import (
	"maps"

	"datalake/internal/graph"
)

// membersOf are the IDs of the nodes of each pipeline: what follows from the state machine with which it begins, what
// starts or watches that, and who writes what it reads.
func membersOf(s drawnStack) map[string]map[string]bool {
	pipelines, _ := s.evaluation.Exports["pipelines"].(map[string]any)
	all := map[string]map[string]bool{}
	for name, first := range pipelines {
		members := map[string]bool{}
		for _, node := range s.graph.Nodes {
			if node.Kind == graph.StateMachine && node.Name == first {
				follow(s.graph, node.ID, members)
			}
		}
		for range 2 { // who writes or watches, and what starts that
			precede(s.graph, members)
		}
		all[name] = members
	}
	return all
}

// follow adds a node and all that it leads to, also what it reads.
func follow(g graph.Graph, id string, members map[string]bool) {
	if members[id] {
		return
	}
	members[id] = true
	for _, edge := range g.Edges {
		if edge.From == id {
			follow(g, edge.To, members)
		}
	}
}

// precede adds those that act on the members, and whom they notify. Being notified by others too does not tell who they are.
func precede(g graph.Graph, members map[string]bool) {
	acting := map[string]bool{}
	for _, edge := range g.Edges {
		acts := edge.Kind != graph.Notifies && (edge.Kind != graph.Reads || g.Node(edge.To).Kind == graph.StateMachine)
		if acts && members[edge.To] && !members[edge.From] {
			acting[edge.From] = true
		}
	}
	for _, edge := range g.Edges {
		if acting[edge.From] && (edge.Kind == graph.Notifies || g.Node(edge.To).Kind == graph.Rule) {
			members[edge.To] = true
		}
	}
	maps.Copy(members, acting)
}
