package asl

import (
	"maps"
	"regexp"
	"strings"
)

// State is one step of a flow: [Task], [Pass], [Choice], [Wait], [Map], [Parallel], [Succeed] or [Fail].
type State interface {
	stateName() string
	// exits are the ways out of the state: names of states, with "" for the state below and End for the end of the flow.
	exits() []string
	// fields are the state's own members of the document, its faults reported to the compiler.
	fields(c *compiler) map[string]any
}

var lineBreak = regexp.MustCompile(`\s*\n\s*`)

// JSONata marks an expression, as Step Functions expects it: between {% and %}. Line breaks and the indentation after
// them become one space, so that a long expression can be laid out in Go without reaching the definition.
func JSONata(expression string) string {
	return "{% " + lineBreak.ReplaceAllString(strings.TrimSpace(expression), " ") + " %}"
}

// variableName is what Assign accepts: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
var variableName = regexp.MustCompile(`^\p{L}[\p{L}\p{N}_]{0,79}$`)

// put adds a member unless its value is absent.
func put(fields map[string]any, name string, value any) {
	switch v := value.(type) {
	case nil:
		return
	case map[string]any:
		if v == nil {
			return
		}
	}
	fields[name] = value
}

// assign checks and adds an Assign member.
func (c *compiler) assign(where string, fields map[string]any, variables map[string]any) {
	for name := range maps.Keys(variables) {
		if name == "states" || !variableName.MatchString(name) {
			c.fault("%s assigns $%s: a variable is a letter followed by letters, digits and _, and not \"states\"", where, name)
		}
	}
	put(fields, "Assign", variables)
}
