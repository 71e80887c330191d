// Package mutants changes what a stack registers for the worse, one thing at a time, so that tests can show that each such
// change is noticed: a permission that is missing, a branch that leads elsewhere, a query that reads too much.
package mutants

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"datalake/internal/document"
	"datalake/internal/mockaws"
)

// Judge is what has to notice a kind of mutants. Nothing compares with what was registered before.
type Judge string

// The judges.
const (
	// Guardrails are the rules that everything registered keeps.
	Guardrails Judge = "the guardrails"
	// Run is a run of the stack's pipelines on this machine.
	Run Judge = "a run"
)

// Kind is one way in which something goes wrong.
type Kind struct {
	// Name says what goes wrong, and By who has to notice it.
	Name string
	By   Judge
	make func(*mockaws.Evaluation) []Mutant
}

// Kinds are all that there are.
var Kinds = slices.Concat(flowKinds, taskKinds, handlerKinds, queryKinds, permissionKinds, trustKinds, deliveryKinds, alarmKinds, storageKinds, processingKinds)

// Mutants are those of a kind, one for each place where it applies.
func (k Kind) Mutants(e *mockaws.Evaluation) []Mutant {
	made := k.make(e)
	for i := range made {
		made[i].Kind = k.Name
	}
	return made
}

// Mutant is one change of what a stack registers.
type Mutant struct {
	// Kind is its kind's name, Resource the resource's type and name, State that of a state machine's state, if it is in one, and
	// What says what is changed.
	Kind, Resource, State, What string
	// edits are what is changed; a resource that is dropped is not there.
	edits   []edit
	dropped string // its URN
}

type edit struct {
	urn   string
	path  []any // from the inputs on
	value any   // nil to remove what is there
	// option changes what is no input; nil for none.
	option func(*mockaws.Resource)
}

// String names the mutant, in a sentence that is its own among those of its stack.
func (m Mutant) String() string {
	text := m.Resource + ": "
	if m.State != "" {
		text += m.State + ": "
	}
	return m.Kind + ": " + text + m.What
}

// In returns what is registered with the change; what it is made of stays as it is.
func (m Mutant) In(e *mockaws.Evaluation) *mockaws.Evaluation {
	changed := *e
	changed.Resources = slices.Clone(e.Resources)
	if m.dropped != "" {
		changed.Resources = slices.DeleteFunc(changed.Resources, func(r mockaws.Resource) bool { return r.URN == m.dropped })
	}
	for _, edit := range m.edits {
		i := slices.IndexFunc(changed.Resources, func(r mockaws.Resource) bool { return r.URN == edit.urn })
		r := &changed.Resources[i]
		if edit.option != nil {
			edit.option(r)
			continue
		}
		input := edit.path[0].(string)
		same := reflect.DeepEqual(r.Inputs[input], r.Outputs[input])
		r.Inputs = document.Put(r.Inputs, edit.path, edit.value).(map[string]any)
		if same { // what was asked for is what AWS answers
			r.Outputs = document.Put(r.Outputs, edit.path[:1], r.Inputs[input]).(map[string]any)
		}
	}
	return &changed
}

// place is a part of a resource's inputs that is changed, and what stands there. The first steps of the path, which lead to its
// state, need no words.
type place struct {
	resource mockaws.Resource
	state    string
	path     []any
	toState  int
	value    any
}

// resources are the places of all inputs of the resources of types, such as "sqs/queue:Queue".
func resources(e *mockaws.Evaluation, types ...string) (places []place) {
	for _, token := range types {
		for _, r := range e.Find("aws:" + token) {
			places = append(places, whole(r))
		}
	}
	return places
}

// in makes a kind's mutants of each of some places.
func in(find func(*mockaws.Evaluation) []place, change func(p place) []Mutant) func(*mockaws.Evaluation) []Mutant {
	return func(e *mockaws.Evaluation) (made []Mutant) {
		for _, p := range find(e) {
			made = append(made, change(p)...)
		}
		return made
	}
}

// of finds the resources of types.
func of(types ...string) func(*mockaws.Evaluation) []place {
	return func(e *mockaws.Evaluation) []place { return resources(e, types...) }
}

// whole is the place of all inputs of a resource.
func whole(r mockaws.Resource) place { return place{resource: r, value: r.Inputs} }

// below is the place at a path further down.
func (p place) below(path ...any) place {
	p.path, p.value = slices.Concat(p.path, path), p.at(path...)
	return p
}

// each are the places of a list's elements.
func (p place) each(path ...any) (places []place) {
	list, _ := p.at(path...).([]any)
	for i := range list {
		places = append(places, p.below(path...).below(i))
	}
	return places
}

// at is what stands further down.
func (p place) at(path ...any) any {
	return document.At(p.value, path...)
}

func (p place) text(path ...any) string {
	text, _ := p.at(path...).(string)
	return text
}

// set gives what stands further down another value; there is no mutant where nothing stands, or that value.
func (p place) set(value any, path ...any) []Mutant {
	was := p.at(path...)
	if was == nil || reflect.DeepEqual(was, value) {
		return nil
	}
	return p.changed(fmt.Sprintf("%s is %s, not %s", p.words(path), short(value), short(was)), value, path...)
}

// lose removes what stands further down, if anything does.
func (p place) lose(path ...any) []Mutant {
	was := p.at(path...)
	if was == nil {
		return nil
	}
	words := p.words(path)
	whole := slices.Concat(p.path, path)
	if _, inList := whole[len(whole)-1].(int); inList {
		words += " (" + short(was) + ")"
	}
	return p.changed(words+" is gone", nil, path...)
}

// loseEach removes the elements of a list, or the members of a map, in turn, where there is more than one.
func (p place) loseEach(path ...any) (made []Mutant) {
	switch v := p.at(path...).(type) {
	case []any:
		for i := range v {
			if len(v) > 1 {
				made = append(made, p.lose(slices.Concat(path, []any{i})...)...)
			}
		}
	case map[string]any:
		for _, key := range sorted(v) {
			if len(v) > 1 {
				made = append(made, p.lose(slices.Concat(path, []any{key})...)...)
			}
		}
	}
	return made
}

// drop removes the resource.
func (p place) drop() []Mutant {
	m := p.mutant("is gone")
	m.dropped = p.resource.URN
	return []Mutant{m}
}

// changed gives a place further down a value, and says so in words.
func (p place) changed(what string, value any, path ...any) []Mutant {
	m := p.mutant(what)
	m.edits = []edit{{urn: p.resource.URN, path: slices.Concat(p.path, path), value: value}}
	return []Mutant{m}
}

func (p place) mutant(what string) Mutant {
	token := p.resource.Type
	return Mutant{Resource: token[strings.LastIndex(token, ":")+1:] + " " + p.resource.Name, State: p.state, What: what}
}

func (p place) words(path []any) string {
	var words []string
	for _, step := range slices.Concat(p.path, path)[p.toState:] {
		words = append(words, fmt.Sprint(step))
	}
	return strings.Join(words, " ")
}

// short is a value in a sentence.
func short(value any) string {
	text := strings.Join(strings.Fields(fmt.Sprint(value)), " ")
	if runes := []rune(text); len(runes) > 80 {
		return string(runes[:40]) + "…" + string(runes[len(runes)-39:])
	}
	return text
}

// with is what stands here, with one thing in it changed.
func (p place) with(value any, path ...any) any { return document.Put(p.at(), path, value) }
