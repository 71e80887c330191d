// Package document finds and changes places in plain values, such as a resource's inputs: maps, lists, and texts that hold JSON.
package document

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// At goes down a path of keys and positions, through texts that hold JSON too; nil if there is nothing.
func At(value any, path ...any) any {
	for _, step := range path {
		if text, is := value.(string); is {
			value = Parse(text)
		}
		switch v := value.(type) {
		case map[string]any:
			value = v[fmt.Sprint(step)]
		case []any:
			i, is := step.(int)
			if !is || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// Parse reads JSON; nil if it is none.
func Parse(text string) (document any) {
	if json.Unmarshal([]byte(text), &document) != nil {
		return nil
	}
	return document
}

// Put returns a copy of a tree with one place changed, in a JSON text too; nil removes it, and a position one past a list's end
// appends.
func Put(tree any, path []any, value any) any {
	if len(path) == 0 {
		return value
	}
	switch v := tree.(type) {
	case string:
		document, err := json.Marshal(Put(Parse(v), path, value))
		if err != nil {
			panic(err)
		}
		return string(document)
	case []any:
		i, elements := path[0].(int), slices.Clone(v)
		if i == len(elements) {
			elements = append(elements, nil)
		}
		if elements[i] = Put(elements[i], path[1:], value); elements[i] == nil {
			elements = slices.Delete(elements, i, i+1)
		}
		return elements
	default: // a map, or nothing yet
		members, _ := v.(map[string]any)
		if members = maps.Clone(members); members == nil {
			members = map[string]any{}
		}
		key := path[0].(string)
		if changed := Put(members[key], path[1:], value); changed == nil {
			delete(members, key)
		} else {
			members[key] = changed
		}
		return members
	}
}
