package jsonata

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Object is a JSON object that keeps the order of its members, as the JSON text that Step Functions hands from state to
// state does. The other JSON values are []any, string, float64, bool, nil, and int64 for an integer beyond 2^53, which a
// float64 would round. Values are not changed once handed on.
type Object struct {
	names  []string
	values map[string]any
}

// NewObject returns an object of alternating names and values.
func NewObject(pairs ...any) *Object {
	o := &Object{names: make([]string, 0, len(pairs)/2), values: make(map[string]any, len(pairs)/2)}
	for i := 0; i+1 < len(pairs); i += 2 {
		o.Set(pairs[i].(string), pairs[i+1])
	}
	return o
}

// Get returns a member and whether it is there.
func (o *Object) Get(name string) (any, bool) {
	value, found := o.values[name]
	return value, found
}

// Set adds a member, or replaces its value where it stands.
func (o *Object) Set(name string, value any) {
	if _, found := o.values[name]; !found {
		o.names = append(o.names, name)
	}
	o.values[name] = value
}

// All yields the members in order.
func (o *Object) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, name := range o.names {
			if !yield(name, o.values[name]) {
				return
			}
		}
	}
}

// Len is the number of members.
func (o *Object) Len() int { return len(o.names) }

// MarshalJSON writes the members in order.
func (o *Object) MarshalJSON() ([]byte, error) { return Append(nil, o), nil }

// Parse reads one JSON text. Of a name that stands twice in an object, the last value holds.
func Parse(text []byte) (any, error) { return parse(text, false) }

// parseUnique refuses a name that stands twice in an object.
func parseUnique(text []byte) (any, error) { return parse(text, true) }

func parse(text []byte, unique bool) (any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("the JSON text is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := parseValue(decoder, unique)
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the JSON text ends too early")
	}
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the JSON text goes on after its value, at byte %d", decoder.InputOffset())
	}
	return value, nil
}

func parseValue(decoder *json.Decoder, unique bool) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		object := NewObject()
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			value, err := parseValue(decoder, unique)
			if err != nil {
				return nil, err
			}
			if _, taken := object.Get(name.(string)); taken && unique {
				return nil, fmt.Errorf("the name %q stands twice in an object", name)
			}
			object.Set(name.(string), value)
		}
		_, err := decoder.Token()
		return object, err
	case json.Delim('['):
		array := []any{}
		for decoder.More() {
			value, err := parseValue(decoder, unique)
			if err != nil {
				return nil, err
			}
			array = append(array, value)
		}
		_, err := decoder.Token()
		return array, err
	}
	if number, is := token.(json.Number); is {
		return parseNumber(string(number))
	}
	return token, nil
}

// maxExact is how far a float64 tells integers apart.
const maxExact = 1 << 53

func parseNumber(text string) (any, error) {
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
		return fromInteger(whole), nil
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fmt.Errorf("the number %s is out of range", text)
	}
	return number, nil
}

// fromInteger is the JSON value of an integer.
func fromInteger(whole int64) any {
	if whole < -maxExact || whole > maxExact {
		return whole
	}
	return float64(whole)
}

// From turns what encoding/json knows into a JSON value; the members of a map are sorted by name.
func From(value any) (any, error) {
	switch value := value.(type) {
	case nil, bool, float64, string, *Object:
		return value, nil
	case map[string]any:
		object := NewObject()
		for _, name := range slices.Sorted(maps.Keys(value)) {
			member, err := From(value[name])
			if err != nil {
				return nil, err
			}
			object.Set(name, member)
		}
		return object, nil
	case []any:
		array := make([]any, len(value))
		for i := range value {
			var err error
			if array[i], err = From(value[i]); err != nil {
				return nil, err
			}
		}
		return array, nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return Parse(text)
}

// Plain turns a JSON value into what encoding/json decodes into an any: objects become map[string]any.
func Plain(value any) any {
	switch value := value.(type) {
	case *Object:
		members := make(map[string]any, value.Len())
		for name, member := range value.All() {
			members[name] = Plain(member)
		}
		return members
	case []any:
		items := make([]any, len(value))
		for i := range value {
			items[i] = Plain(value[i])
		}
		return items
	}
	return value
}

// Append writes a JSON value to text, compact and with nothing escaped that need not be; its length is what the size
// limits of Step Functions count.
func Append(text []byte, value any) []byte {
	switch value := value.(type) {
	case *Object:
		text = append(text, '{')
		for i, name := range value.names {
			if i > 0 {
				text = append(text, ',')
			}
			text = append(appendString(text, name), ':')
			text = Append(text, value.values[name])
		}
		return append(text, '}')
	case []any:
		text = append(text, '[')
		for i, item := range value {
			if i > 0 {
				text = append(text, ',')
			}
			text = Append(text, item)
		}
		return append(text, ']')
	case string:
		return appendString(text, value)
	case float64:
		return appendNumber(text, value)
	case int64:
		return strconv.AppendInt(text, value, 10)
	case bool:
		return strconv.AppendBool(text, value)
	case nil:
		return append(text, "null"...)
	}
	panic(fmt.Sprintf("jsonata: %T is not a JSON value", value))
}

func appendString(text []byte, s string) []byte {
	const hexadecimal = "0123456789abcdef"
	text = append(text, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			text = append(text, '\\', c)
		case c >= ' ':
			text = append(text, c)
		case c == '\n':
			text = append(text, `\n`...)
		case c == '\r':
			text = append(text, `\r`...)
		case c == '\t':
			text = append(text, `\t`...)
		default:
			text = append(text, `\u00`...)
			text = append(text, hexadecimal[c>>4], hexadecimal[c&15])
		}
	}
	return append(text, '"')
}

// appendNumber writes a number as encoding/json does, which is how JavaScript writes it.
func appendNumber(text []byte, number float64) []byte {
	if number == float64(int64(number)) && number > -maxExact && number < maxExact {
		return strconv.AppendInt(text, int64(number), 10)
	}
	encoded, err := json.Marshal(number)
	if err != nil {
		panic(fmt.Sprintf("jsonata: %v is not a JSON number", number))
	}
	return append(text, encoded...)
}

// TypeName is the type of a JSON value as Step Functions' messages name it.
func TypeName(value any) string {
	switch value.(type) {
	case *Object:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case float64, int64:
		return "number"
	case bool:
		return "boolean"
	}
	return "null"
}
