package jsonata

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"

	"github.com/dop251/goja"
)

// lazyStates is $states: most expressions ask for one member only.
type lazyStates struct{ scope *Scope }

func (l lazyStates) Get(name string) goja.Value {
	s := l.scope
	if converted, found := s.members[name]; found {
		return converted
	}
	value, found := s.states.Get(name)
	if !found {
		return nil
	}
	converted := s.machine.toScript(value)
	s.members[name] = converted
	return converted
}

func (l lazyStates) Has(name string) bool {
	_, found := l.scope.states.Get(name)
	return found
}

func (l lazyStates) Keys() []string              { return l.scope.states.names }
func (l lazyStates) Set(string, goja.Value) bool { return false }
func (l lazyStates) Delete(string) bool          { return false }

func (m *machine) toScript(value any) goja.Value {
	switch value := value.(type) {
	case *Object:
		object := m.NewObject()
		for name, member := range value.All() {
			// Unlike Set, this does not take __proto__ for the prototype; it fails on frozen objects only.
			_ = object.DefineDataProperty(name, m.toScript(member), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		}
		return object
	case []any:
		items := make([]any, len(value))
		for i := range value {
			items[i] = m.toScript(value[i])
		}
		return m.NewArray(items...)
	case int64:
		return m.ToValue(big.NewInt(value))
	case nil:
		return goja.Null()
	}
	return m.ToValue(value)
}

// fromScript copies a result out of the machine. It goes by what JSON.stringify would write, so what jsonata notes on
// its arrays (sequence, keepSingleton) stays behind.
func fromScript(value goja.Value) (any, error) {
	object, ok := value.(*goja.Object)
	if !ok {
		switch scalar := value.Export().(type) {
		case int64:
			return float64(scalar), nil
		case *big.Int:
			if scalar.IsInt64() {
				return fromInteger(scalar.Int64()), nil
			}
			number, _ := new(big.Float).SetInt(scalar).Float64()
			return number, nil
		case float64:
			if math.IsNaN(scalar) || math.IsInf(scalar, 0) {
				return value.String(), nil // JSON has no such numbers: Step Functions makes them the text NaN, Infinity or -Infinity
			}
			return scalar, nil
		case string, bool, nil:
			return scalar, nil
		default:
			return nil, fmt.Errorf("the result holds a %T, which JSON cannot represent", scalar)
		}
	}
	if isFunction(object) {
		return nil, errors.New("the result holds a function, which JSON cannot represent")
	}
	if object.ClassName() == "Array" {
		items := make([]any, object.Get("length").ToInteger())
		for i := range items {
			item := object.Get(strconv.Itoa(i))
			if item == nil || goja.IsUndefined(item) {
				continue // null, as in JSON.stringify
			}
			var err error
			if items[i], err = fromScript(item); err != nil {
				return nil, err
			}
		}
		return items, nil
	}
	result := NewObject()
	for _, name := range object.Keys() {
		member := object.Get(name)
		if member == nil || goja.IsUndefined(member) {
			continue
		}
		converted, err := fromScript(member)
		if err != nil {
			return nil, err
		}
		result.Set(name, converted)
	}
	return result, nil
}

func isFunction(object *goja.Object) bool {
	if _, callable := goja.AssertFunction(object); callable {
		return true
	}
	for _, mark := range []string{"_jsonata_function", "_jsonata_lambda"} {
		if marked := object.Get(mark); marked != nil && marked.ToBoolean() {
			return true
		}
	}
	return false
}
