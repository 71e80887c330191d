package interpreter

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"datalake/local/jsonata"
)

// node is an object of a definition and its place in it. Its methods read fields and note what is wrong with them.
type node struct {
	*checker
	at     string
	object *jsonata.Object
}

func (c *checker) node(at string, value any) (node, bool) {
	object, ok := value.(*jsonata.Object)
	if !ok {
		c.fault(at, "The value must be an object, but is %s", article(jsonata.TypeName(value)))
	}
	return node{c, at, object}, ok
}

// article puts a JSON type into a sentence.
func article(typeName string) string {
	switch typeName {
	case "null":
		return typeName
	case "object", "array":
		return "an " + typeName
	}
	return "a " + typeName
}

// get returns a field that is there, or notes that it must be.
func (n node) get(field string, required bool) (any, bool) {
	value, found := n.object.Get(field)
	if !found && required {
		n.fault(n.at, "The field %q is required", field)
	}
	return value, found
}

func (n node) text(field string, required bool) (string, bool) {
	value, found := n.get(field, required)
	if !found {
		return "", false
	}
	text, ok := value.(string)
	if !ok || required && text == "" {
		n.fault(n.at+"/"+field, "The value must be a string that is not empty, but is %s", shortened(value))
	}
	return text, ok
}

// shortened is a value for a message, cut where it is long.
func shortened(value any) string {
	written := []rune(string(text(value)))
	if len(written) > 60 {
		return string(written[:60]) + "…"
	}
	return string(written)
}

// choice reads a field that has one of a few values.
func (n node) choice(field, otherwise string, values ...string) (string, bool) {
	value, found := n.object.Get(field)
	if !found {
		return otherwise, false
	}
	text, _ := value.(string)
	if !slices.Contains(values, text) {
		n.fault(n.at+"/"+field, "The value must be one of %s, but is %s", strings.Join(values, ", "), shortened(value))
		return otherwise, false
	}
	return text, true
}

func (n node) whole(field string, least, most int) (int, bool) {
	value, found := n.object.Get(field)
	if !found {
		return 0, false
	}
	whole, ok := wholeNumber(value)
	if !ok || whole < least || whole > most {
		n.fault(n.at+"/"+field, "The value must be an integer from %d to %d, but is %s", least, most, shortened(value))
		return 0, false
	}
	return whole, true
}

func (n node) child(field string, required bool) (node, bool) {
	value, found := n.get(field, required)
	if !found {
		return node{}, false
	}
	return n.node(n.at+"/"+field, value)
}

// list reads an array of objects.
func (n node) list(field string, required bool) []node {
	value, found := n.get(field, required)
	if !found {
		return nil
	}
	items, ok := value.([]any)
	if !ok || required && len(items) == 0 {
		n.fault(n.at+"/"+field, "The value must be an array that is not empty, but is %s", shortened(value))
		return nil
	}
	var nodes []node
	for i, item := range items {
		if inner, ok := n.node(n.at+"/"+indexed(field, i), item); ok {
			nodes = append(nodes, inner)
		}
	}
	return nodes
}

// only notes the fields that do not belong here.
func (n node) only(fields ...string) {
	for field := range n.object.All() {
		if !slices.Contains(fields, field) {
			n.fault(n.at+"/"+field, "The field %q is not supported by Step Functions here", field)
		}
	}
}

// template compiles a field that takes any JSON. members are those of $states that its expressions see.
func (s stateNode) template(n node, field string, members []string) *template {
	value, found := n.object.Get(field)
	if !found {
		return nil
	}
	if !s.jsonata {
		s.refusePaths(n.at+"/"+field, value)
		members = nil
	}
	return n.compile(n.at+"/"+field, value, members)
}

// typed compiles a field that takes a constant for which fits holds, or an expression.
func (s stateNode) typed(field, what string, fits func(any) bool) *template {
	t := s.template(s.node, field, statesMembers)
	if t == nil || t.source != "" {
		return t
	}
	if value, _ := s.object.Get(field); !fits(value) {
		s.fault(s.at+"/"+field, "The value must be %s, but is %s", what, shortened(value))
	}
	return t
}

func (s stateNode) wholeTemplate(field string, least, most int) *template {
	return s.typed(field, fmt.Sprintf("an integer from %d to %d", least, most), func(value any) bool {
		whole, ok := wholeNumber(value)
		return ok && whole >= least && whole <= most
	})
}

func (s stateNode) textTemplate(field string) *template {
	return s.typed(field, "a string", func(value any) bool {
		_, ok := value.(string)
		return ok
	})
}

// assign compiles an Assign, of the state, a choice rule or a catcher.
func (s stateNode) assign(n node, members []string) *template {
	value, found := n.object.Get("Assign")
	if !found {
		return nil
	}
	variables, ok := n.node(n.at+"/Assign", value)
	if !ok {
		return nil
	}
	for name := range variables.object.All() {
		if problem := variableProblem(strings.TrimSuffix(name, ".$")); problem != "" {
			s.fault(variables.at+"/"+name, "The variable name %q %s", name, problem)
		}
	}
	return s.template(n, "Assign", members)
}

// variableProblem says what is wrong with the name of a variable, if anything: it is a Unicode identifier of at most 80
// characters, and not the reserved "states".
func variableProblem(name string) string {
	runes := []rune(name)
	switch {
	case name == "states":
		return "is reserved"
	case len(runes) == 0 || len(runes) > nameLimit:
		return "must have 1 to 80 characters"
	case !unicode.IsLetter(runes[0]):
		return "must begin with a letter"
	}
	for _, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.In(r, unicode.Pc, unicode.Mn, unicode.Mc, unicode.Nl) {
			return "must be of letters, digits and underscores"
		}
	}
	return ""
}
