package interpreter

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"datalake/local/jsonata"
)

// template is the value of a field that may hold JSONata: a constant, an expression, or an object or array of templates.
type template struct {
	constant any
	source   string // of an expression
	members  []member
	items    []*template
}

type member struct {
	name  string
	value *template
}

// Members of $states: every expression sees the first two, and those of a state that has a result, or of a catcher, one
// more.
var (
	statesMembers  = []string{"input", "context"}
	resultMembers  = append(slices.Clip(statesMembers), "result")
	catcherMembers = append(slices.Clip(statesMembers), "errorOutput")
)

// compile makes a template of a field's value. members are those of $states that its expressions see; nil where none are
// looked for, in JSONPath states.
func (c *checker) compile(at string, value any, members []string) *template {
	if members == nil || !holdsExpression(value) {
		return &template{constant: value}
	}
	switch value := value.(type) {
	case string:
		opened, closed := strings.HasPrefix(value, "{%"), strings.HasSuffix(value, "%}")
		if !opened || !closed || len(value) < len("{%%}") {
			c.fault(at, "The JSONata expression %q must start with {%% and end with %%}, without spaces outside", value)
			return &template{source: value}
		}
		t := &template{source: strings.TrimSpace(value[2 : len(value)-2])}
		var refusal *jsonata.Error
		if errors.As(c.evaluator.Check(t.source, members...), &refusal) {
			c.faults = append(c.faults, located(refusal.Code, at, "%s", refusal.Message))
		}
		return t
	case *jsonata.Object:
		t := &template{members: []member{}}
		for name, inner := range value.All() {
			t.members = append(t.members, member{name, c.compile(at+"/"+name, inner, members)})
		}
		return t
	case []any:
		t := &template{items: []*template{}}
		for i, inner := range value {
			t.items = append(t.items, c.compile(fmt.Sprintf("%s[%d]", at, i), inner, members))
		}
		return t
	}
	return &template{constant: value}
}

func holdsExpression(value any) bool {
	switch value := value.(type) {
	case string:
		return strings.HasPrefix(value, "{%") || strings.HasSuffix(value, "%}")
	case *jsonata.Object:
		for _, inner := range value.All() {
			if holdsExpression(inner) {
				return true
			}
		}
	case []any:
		for _, inner := range value {
			if holdsExpression(inner) {
				return true
			}
		}
	}
	return false
}

// evaluate gives a template's value in the state's scope; field is its place in the state, for messages.
func (v *visit) evaluate(t *template, field string) (any, *failure) {
	switch {
	case t.source != "":
		value, err := v.scope.Evaluate(t.source)
		switch {
		case errors.Is(err, jsonata.ErrUndefined):
			return nil, v.evaluationFailed(field, "The JSONata expression '%s' specified for the field '%s' returned nothing (undefined).", t.source, field)
		case err != nil:
			return nil, v.evaluationFailed(field, "The JSONata expression '%s' specified for the field '%s' threw an error during evaluation. %s", t.source, field, err)
		}
		return value, nil
	case t.members != nil:
		object := jsonata.NewObject()
		for _, m := range t.members {
			value, failed := v.evaluate(m.value, field+"/"+m.name)
			if failed != nil {
				return nil, failed
			}
			object.Set(m.name, value)
		}
		return object, nil
	case t.items != nil:
		array := make([]any, len(t.items))
		for i, item := range t.items {
			var failed *failure
			if array[i], failed = v.evaluate(item, fmt.Sprintf("%s[%d]", field, i)); failed != nil {
				return nil, failed
			}
		}
		return array, nil
	}
	return t.constant, nil
}

// evaluateTo is evaluate for a field that takes one type of value only.
func evaluateTo[T any](v *visit, t *template, field, typeName string) (T, *failure) {
	value, failed := v.evaluate(t, field)
	if failed != nil {
		return *new(T), failed
	}
	typed, ok := value.(T)
	if !ok {
		return typed, v.unexpectedType(t, field, typeName, value)
	}
	return typed, nil
}

func (v *visit) unexpectedType(t *template, field, expected string, value any) *failure {
	return v.evaluationFailed(field, "The JSONata expression '%s' specified for the field '%s' returned an unexpected result type. Expected '%s', but was '%s' for value: %s",
		t.source, field, expected, jsonata.TypeName(value), text(value))
}

// wholeNumber is a JSON number as an integer, if it is one.
func wholeNumber(value any) (int, bool) {
	switch number := value.(type) {
	case int64:
		return int(number), true
	case float64:
		return int(number), number == float64(int(number))
	}
	return 0, false
}

// evaluateWhole is evaluate for a field that takes whole numbers in a range.
func (v *visit) evaluateWhole(t *template, field string, least, most int) (int, *failure) {
	value, failed := v.evaluate(t, field)
	if failed != nil {
		return 0, failed
	}
	if jsonata.TypeName(value) != "number" {
		return 0, v.unexpectedType(t, field, "number", value)
	}
	whole, ok := wholeNumber(value)
	if !ok || whole < least || whole > most {
		return 0, v.evaluationFailed(field, "The JSONata expression '%s' specified for the field '%s' returned the number %s. Expected an integer from %d to %d", t.source, field, text(value), least, most)
	}
	return whole, nil
}

// evaluationFailed is a States.QueryEvaluationError in this state; field is where in it, if in a field.
func (v *visit) evaluationFailed(field, format string, args ...any) *failure {
	failed := v.failedState(queryError, fmt.Sprintf(format, args...))
	v.record("EvaluationFailed", func() details {
		content := errorDetails(failed.name, failed.cause)
		content["state"] = v.state.name
		if field != "" {
			content["location"] = field
		}
		return content
	})
	return failed
}

// failedState words a cause as Step Functions does for an error of the interpreter's own.
func (v *visit) failedState(name, cause string) *failure {
	return fail(name, fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). %s", v.state.name, v.event, cause))
}
