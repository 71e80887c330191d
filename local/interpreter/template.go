package interpreter

import (
	"errors"
	"fmt"
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

// compile makes a template of a field's value; expressions are only looked for in JSONata states.
func (c *checker) compile(at string, value any, expressions bool) *template {
	if !expressions || !holdsExpression(value) {
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
		if err := c.evaluator.Check(t.source); err != nil {
			c.fault(at, "The JSONata expression '%s' is not valid: %v", t.source, err)
		}
		return t
	case *jsonata.Object:
		t := &template{members: []member{}}
		for name, inner := range value.All() {
			t.members = append(t.members, member{name, c.compile(at+"/"+name, inner, true)})
		}
		return t
	case []any:
		t := &template{items: []*template{}}
		for i, inner := range value {
			t.items = append(t.items, c.compile(fmt.Sprintf("%s[%d]", at, i), inner, true))
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
			return nil, v.evaluationFailed("The JSONata expression '%s' specified for the field '%s' returned nothing (undefined).", t.source, field)
		case err != nil:
			return nil, v.evaluationFailed("The JSONata expression '%s' specified for the field '%s' threw an error during evaluation. %s", t.source, field, err)
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
		return typed, v.evaluationFailed("The JSONata expression '%s' specified for the field '%s' returned an unexpected result type. Expected '%s', but was '%s' for value: %s",
			t.source, field, typeName, jsonata.TypeName(value), text(value))
	}
	return typed, nil
}

// evaluateWhole is evaluate for a field that takes whole numbers in a range.
func (v *visit) evaluateWhole(t *template, field string, least, most int) (int, *failure) {
	number, failed := evaluateTo[float64](v, t, field, "number")
	if failed != nil {
		return 0, failed
	}
	whole := int(number)
	if float64(whole) != number || whole < least || whole > most {
		return 0, v.evaluationFailed("The JSONata expression '%s' specified for the field '%s' returned the number %s. Expected an integer from %d to %d", t.source, field, text(number), least, most)
	}
	return whole, nil
}

// evaluationFailed is a States.QueryEvaluationError in this state.
func (v *visit) evaluationFailed(format string, args ...any) *failure {
	v.history.add("EvaluationFailed")
	return v.failedState(queryError, fmt.Sprintf(format, args...))
}

// failedState words a cause as Step Functions does for an error of the interpreter's own.
func (v *visit) failedState(name, cause string) *failure {
	return fail(name, fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). %s", v.state.name, v.event, cause))
}
