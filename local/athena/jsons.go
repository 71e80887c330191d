package athena

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// jsonFunctions (Trino: JSON functions and operators). A value of type json is its text, as compact as Trino prints it.
// Malformed JSON fails a query here, where Athena may give NULL or what it found before the fault.
var jsonFunctions = []function{
	{name: "json_parse", arguments: []string{"varchar"}, rewrite: toJSON("parse"), bound: jsonName("parse"), as: "an object's keys are sorted"},
	{name: "json_format", arguments: []string{"json"}, code: onText(func(s string) string { return s })},
	{name: "json_extract", arguments: []string{"varchar varchar", "json varchar"}, rewrite: toJSON("extract"), bound: jsonName("extract"), as: "paths such as $.a[0].b"},
	{name: "json_extract_scalar", arguments: []string{"varchar varchar", "json varchar"}, code: []builtin{{"VARCHAR VARCHAR -> VARCHAR", jsonExtractScalar}}, as: "paths such as $.a[0].b"},
	{name: "json_array_length", arguments: []string{"varchar", "json"}, code: []builtin{{"VARCHAR -> BIGINT", jsonArrayLength}}, as: "NULL if it is no array"},
}

func jsonName(name string) string { return ownPrefix + "json_" + name }

// jsonHelpers give text that a cast makes json of.
var jsonHelpers = map[string][]builtin{
	jsonName("parse"): {{"VARCHAR -> VARCHAR", func(values []driver.Value) (any, error) {
		value, err := readJSON(values[0].(string))
		if err != nil {
			return nil, err
		}
		return value.print(true)
	}}},
	jsonName("extract"): {{"VARCHAR VARCHAR -> VARCHAR", func(values []driver.Value) (any, error) {
		value, err := jsonAt(values)
		if err != nil || value == nil {
			return nil, err
		}
		return value.print(false)
	}}},
}

// toJSON makes a call one of a helper, and what that gives json.
func toJSON(name string) func(node) {
	return func(call node) {
		plain := node{}
		replace(plain, call)
		rename(jsonName(name))(plain)
		replace(call, newCall(ownPrefix+"as_json", plain))
	}
}

// jsonValue is a JSON value that keeps the order of an object's keys.
type jsonValue struct {
	// scalar is a string, a json.Number, a boolean or nil.
	scalar any
	// brackets are "[]" or "{}"; a scalar has none.
	brackets string
	keys     []string
	values   []*jsonValue
}

func readJSON(text string) (*jsonValue, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	value, err := decodeJSON(decoder)
	if err == nil {
		if _, after := decoder.Token(); !errors.Is(after, io.EOF) {
			err = errors.New("there is more after the value")
		}
	}
	if err != nil {
		return nil, invalidArgument("Cannot convert value to JSON: '%s': %v", text, err)
	}
	return value, nil
}

func decodeJSON(decoder *json.Decoder) (*jsonValue, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	open, ok := token.(json.Delim)
	if !ok {
		return &jsonValue{scalar: token}, nil
	}
	value := &jsonValue{brackets: map[json.Delim]string{'[': "[]", '{': "{}"}[open]}
	for decoder.More() {
		if open == '{' {
			key, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			if slices.Contains(value.keys, key.(string)) {
				return nil, errors.New("a key stands twice in an object")
			}
			value.keys = append(value.keys, key.(string))
		}
		child, err := decodeJSON(decoder)
		if err != nil {
			return nil, err
		}
		value.values = append(value.values, child)
	}
	_, err = decoder.Token()
	return value, err
}

// print is the value as Trino prints it, with sorted keys or as they came.
func (v *jsonValue) print(sorted bool) (any, error) {
	var out bytes.Buffer
	if err := v.write(&out, sorted); err != nil {
		return nil, err
	}
	return out.String(), nil
}

var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})$`)

func (v *jsonValue) write(out *bytes.Buffer, sorted bool) error {
	if v.brackets == "" {
		switch scalar := v.scalar.(type) {
		case json.Number:
			if text := scalar.String(); !plainNumber.MatchString(text) || text == "-0" {
				f, err := scalar.Float64()
				if err != nil || formatFloat(f, 64) != text {
					return notEqual("the number %s in JSON: Athena may print it in another form", text)
				}
			}
			out.WriteString(scalar.String())
		case string:
			if strings.ContainsFunc(scalar, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufffd' }) {
				return notEqual("a control character in JSON: Athena may print it in another form")
			}
			out.WriteString(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(scalar) + `"`)
		case bool:
			out.WriteString(strconv.FormatBool(scalar))
		default:
			out.WriteString("null")
		}
		return nil
	}
	order := make([]int, len(v.values))
	for i := range order {
		order[i] = i
	}
	if sorted && v.keys != nil {
		slices.SortFunc(order, func(a, b int) int { return strings.Compare(v.keys[a], v.keys[b]) })
	}
	out.WriteByte(v.brackets[0])
	for n, i := range order {
		separate(out, n)
		if v.keys != nil {
			if err := (&jsonValue{scalar: v.keys[i]}).write(out, sorted); err != nil {
				return err
			}
			out.WriteByte(':')
		}
		if err := v.values[i].write(out, sorted); err != nil {
			return err
		}
	}
	out.WriteByte(v.brackets[1])
	return nil
}

var jsonStep = regexp.MustCompile(`^(?:\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]|\["([^"\\]*)"\])`)

// jsonAt is the value at a path, nil if there is none.
func jsonAt(values []driver.Value) (*jsonValue, error) {
	path := values[1].(string)
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return nil, notEqual("JSON path '%s': write a path such as $.a[0].b", path)
	}
	value, err := readJSON(values[0].(string))
	if err != nil {
		return nil, notEqual("malformed JSON: %w", err)
	}
	for rest != "" {
		step := jsonStep.FindStringSubmatch(rest)
		if step == nil {
			return nil, notEqual(`JSON path '%s': write a path such as $.a[0]["b c"]`, path)
		}
		rest = rest[len(step[0]):]
		if value != nil {
			value = value.at(step[1]+step[3], step[2])
		}
	}
	return value, nil
}

// at is the field of an object, or the element of an array.
func (v *jsonValue) at(key, index string) *jsonValue {
	at := -1
	if number, err := strconv.Atoi(index); err == nil && v.brackets == "[]" && number < len(v.values) {
		at = number
	}
	if index == "" && v.brackets == "{}" {
		at = slices.Index(v.keys, key)
	}
	if at < 0 {
		return nil
	}
	return v.values[at]
}

func jsonExtractScalar(values []driver.Value) (any, error) {
	value, err := jsonAt(values)
	if err != nil || value == nil || value.brackets != "" || value.scalar == nil {
		return nil, err
	}
	switch scalar := value.scalar.(type) {
	case bool:
		return strconv.FormatBool(scalar), nil
	case json.Number:
		return scalar.String(), nil
	default:
		return scalar, nil
	}
}

func jsonArrayLength(values []driver.Value) (any, error) {
	value, err := readJSON(values[0].(string))
	if err != nil {
		return nil, notEqual("malformed JSON: %w", err)
	}
	if value.brackets != "[]" {
		return nil, nil
	}
	return int64(len(value.values)), nil
}
