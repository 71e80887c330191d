package stack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"datalake/internal/document"
	"datalake/internal/mockaws"
)

var at, parse, put = document.At, document.Parse, document.Put

// textAt is what [at] finds, as text; "" if it is none.
func textAt(value any, path ...any) string {
	found, _ := at(value, path...).(string)
	return found
}

// change changes a deployment in place; inputs that are changed are copied, since nothing else shares them.
type change func(d *deployment)

// set gives an input another value, in a JSON text too; nil removes it, and a position one past a list's end appends.
// A function's value is what it returns.
func set(token, name string, value any, path ...any) change {
	return func(d *deployment) {
		if late, is := value.(func(*deployment) string); is {
			value = late(d)
		}
		r := d.named(token, name)
		r.Inputs = put(r.Inputs, path, value).(map[string]any)
	}
}

// drop removes a resource.
func drop(token, name string) change {
	return func(d *deployment) {
		gone := d.named(token, name).URN
		d.Resources = slices.DeleteFunc(d.Resources, func(r mockaws.Resource) bool { return r.URN == gone })
	}
}

// add registers another resource.
func add(token, name string, inputs map[string]any) change {
	return func(d *deployment) {
		d.Resources = append(d.Resources, mockaws.Resource{Type: token, Name: name, URN: token + "::" + name, Custom: true, Inputs: inputs})
	}
}

// retain changes whether a resource stays when it is deleted.
func retain(token, name string, is bool) change {
	return func(d *deployment) { d.named(token, name).Retain = is }
}

// protect changes a resource's protection.
func protect(token, name string, is bool) change {
	return func(d *deployment) { d.named(token, name).Protect = is }
}

// configure gives a setting of the stack file another value.
func configure(key, value string) change {
	return func(d *deployment) { d.stack.Config[key] = value }
}

// output is a resource's output, for [set].
func output(token, name, key string) func(*deployment) string {
	return func(d *deployment) string { return d.named(token, name).Outputs[key].(string) }
}

func (d *deployment) named(token, name string) *mockaws.Resource {
	for i, r := range d.Resources {
		if r.Type == token && r.Name == name {
			return &d.Resources[i]
		}
	}
	panic(fmt.Sprintf("there is no %s %q to change", token, name))
}

// statement is one statement of a policy; what may be one text or a list of them is a list.
type statement struct {
	Effect                               string
	Principal                            principals
	Action, Resource                     oneOrMore
	NotAction, NotResource, NotPrincipal any
	Condition                            map[string]map[string]oneOrMore
}

// statements reads a policy. A text that is none would pass every rule, so it does not pass here.
func statements(r mockaws.Resource, input string) []statement {
	var policy struct{ Statement []statement }
	if err := json.Unmarshal([]byte(textAt(r.Inputs, input)), &policy); err != nil {
		panic(fmt.Sprintf("%s: read the policy: %v", label(r), err))
	}
	return policy.Statement
}

// isBoundTo tells whether the statement is for one account alone.
func (s statement) isBoundTo(account string) bool {
	return slices.Equal(s.Condition["StringEquals"]["aws:SourceAccount"], oneOrMore{account})
}

// services are the AWS services that the statement is for.
func (s statement) services() []string { return s.Principal["Service"] }

type oneOrMore []string

func (t *oneOrMore) UnmarshalJSON(document []byte) error {
	var one string
	if json.Unmarshal(document, &one) == nil {
		*t = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(document, (*[]string)(t))
}

// principals are who a statement is for, by their kinds; "*" is anyone.
type principals map[string]oneOrMore

func (p *principals) UnmarshalJSON(document []byte) error {
	var one string
	if json.Unmarshal(document, &one) == nil {
		*p = principals{"AWS": {one}}
		return nil
	}
	return json.Unmarshal(document, (*map[string]oneOrMore)(p))
}

func (p principals) isAnyone() bool {
	for _, ids := range p {
		if slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(id, "*") }) {
			return true
		}
	}
	return false
}

// state is a state of a machine's definition, wherever it is nested.
type state struct {
	name   string
	fields map[string]any
}

// statesOf are a definition's states, those of branches and iterations included, in the order of their names.
func statesOf(definition any) (found []state) {
	states, _ := at(definition, "States").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(states)) {
		fields := states[name].(map[string]any)
		found = append(found, state{name, fields})
		branches, _ := fields["Branches"].([]any)
		for _, nested := range append(branches, fields["ItemProcessor"]) {
			found = append(found, statesOf(nested)...)
		}
	}
	return found
}

// definition is a state machine's definition.
func definition(r mockaws.Resource) any { return parse(textAt(r.Inputs, "definition")) }
