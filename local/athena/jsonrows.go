package athena

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// jsonRows reads an object of the OpenX JsonSerDe: one JSON object per line, keys matched without regard to case.
type jsonRows struct {
	columns []scanColumn
	// keys are the columns' keys in the JSON, lower case.
	keys  []string
	lines *lineReader
}

func newJSONRows(s *scan, body io.Reader) (rowReader, error) {
	r := &jsonRows{columns: s.columns[:s.dataColumns], lines: newLineReader(body)}
	for _, column := range r.columns {
		key := column.name
		// The SerDe's parameter mapping.<column> names the key that a column is read from.
		if mapped, ok := s.table.SerDeParameters["mapping."+column.name]; ok {
			key = strings.ToLower(mapped)
		}
		r.keys = append(r.keys, key)
	}
	return r, nil
}

func (r *jsonRows) next() ([]any, error) {
	text, err := r.lines.next()
	if err != nil {
		return nil, err
	}
	values, err := parseObject(text)
	if err != nil {
		return nil, fmt.Errorf("HIVE_CURSOR_ERROR: Row is not a valid JSON Object: line %d: %w", r.lines.line, err)
	}
	row := make([]any, len(r.columns))
	for i, column := range r.columns {
		if row[i], err = column.hive.fromJSON(values[r.keys[i]]); err != nil {
			return nil, fmt.Errorf("HIVE_BAD_DATA: Error parsing field value for field %s: line %d: %w", column.name, r.lines.line, err)
		}
	}
	return row, nil
}

// parseObject reads one JSON object, its keys in lower case. Like the SerDe, it refuses two keys that differ in case only.
func parseObject(text []byte) (map[string]any, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("the line is blank; what the SerDe makes of it is not known")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if token, err := decoder.Token(); err != nil {
		return nil, err
	} else if token != json.Delim('{') {
		return nil, fmt.Errorf("it starts with %v: each line must be a whole object, {…}", token)
	}
	values := map[string]any{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		key := strings.ToLower(token.(string))
		if _, ok := values[key]; ok {
			return nil, fmt.Errorf("duplicate key %q", key)
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		values[key] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, errors.New("the object is not closed")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after the object: each line must be one object")
	}
	return values, nil
}

// fromJSON turns a JSON value, numbers as json.Number, into the value that DuckDB takes for the type.
func (t hiveType) fromJSON(value any) (any, error) {
	switch value := value.(type) {
	case nil:
		return nil, nil
	case string:
		return t.parse(value)
	case json.Number:
		return t.parse(value.String())
	case bool:
		if t.name != "boolean" && t.name != "string" {
			break
		}
		return t.parse(fmt.Sprint(value))
	case []any:
		if t.name != "array" {
			break
		}
		list := make([]any, len(value))
		for i, element := range value {
			var err error
			if list[i], err = t.children[0].fromJSON(element); err != nil {
				return nil, fmt.Errorf("element %d: %w", i+1, err)
			}
		}
		return list, nil
	case map[string]any:
		return t.fromJSONObject(value)
	}
	return nil, fmt.Errorf("%s is not a value of type %s", describe(value), t.name)
}

func (t hiveType) fromJSONObject(object map[string]any) (any, error) {
	switch t.name {
	case "struct":
		folded := map[string]any{}
		for key, value := range object {
			folded[strings.ToLower(key)] = value
		}
		fields := map[string]any{}
		for _, field := range t.children {
			value, err := field.fromJSON(folded[field.name])
			if err != nil {
				return nil, fmt.Errorf("field %s: %w", field.name, err)
			}
			fields[field.name] = value
		}
		return fields, nil
	case "map":
		entries := duckdb.Map{}
		for key, value := range object {
			k, err := t.children[0].parse(key)
			if err != nil {
				return nil, err
			}
			if entries[k], err = t.children[1].fromJSON(value); err != nil {
				return nil, fmt.Errorf("entry %q: %w", key, err)
			}
		}
		return entries, nil
	default:
		return nil, fmt.Errorf("%s is not a value of type %s", describe(object), t.name)
	}
}

func describe(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	if len(text) > 80 {
		return string(text[:80]) + "…"
	}
	return string(text)
}
