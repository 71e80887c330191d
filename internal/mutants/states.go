package mutants

import (
	"maps"
	"slices"

	"datalake/internal/mockaws"
)

const machineType = "sfn/stateMachine:StateMachine"

func sorted(members map[string]any) []string { return slices.Sorted(maps.Keys(members)) }

// flows are the places of all definitions, and of the flows of branches and iterations in them.
func flows(e *mockaws.Evaluation) (places []place) {
	for _, machine := range resources(e, machineType) {
		places = append(places, flowsIn(machine.below("definition"))...)
	}
	return places
}

func flowsIn(flow place) []place {
	found := []place{flow}
	for _, s := range statesIn(flow) {
		branches := append(s.each("Branches"), s.below("ItemProcessor"))
		for _, nested := range branches {
			if nested.at("States") != nil {
				found = append(found, flowsIn(nested)...)
			}
		}
	}
	return found
}

func statesIn(flow place) (places []place) {
	members, _ := flow.at("States").(map[string]any)
	for _, name := range sorted(members) {
		s := flow.below("States", name)
		s.state, s.toState = name, len(s.path)
		places = append(places, s)
	}
	return places
}

// states are the places of all states of some types, or of any.
func states(types ...string) func(*mockaws.Evaluation) []place {
	return func(e *mockaws.Evaluation) (places []place) {
		for _, flow := range flows(e) {
			for _, s := range statesIn(flow) {
				if len(types) == 0 || slices.Contains(types, s.text("Type")) {
					places = append(places, s)
				}
			}
		}
		return places
	}
}

// parts are the places of the elements of a list in each state, such as its catchers.
func parts(list string) func(*mockaws.Evaluation) []place {
	return func(e *mockaws.Evaluation) (places []place) {
		for _, s := range states()(e) {
			places = append(places, s.each(list)...)
		}
		return places
	}
}

// flow is the place of the flow that a state is in.
func (p place) flow() place {
	return whole(p.resource).below(p.path[:p.toState-2]...)
}

// next is the name of the state that comes after one, if it is always the same.
func next(s place) string { return s.text("Next") }
