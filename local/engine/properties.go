package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// properties are a resource's inputs or outputs; what is not there reads as the zero value.
type properties map[string]any

func (p properties) text(name string) string {
	text, _ := p[name].(string)
	return text
}

func (p properties) number(name string) float64 {
	number, _ := p[name].(float64)
	return number
}

func (p properties) object(name string) properties {
	object, _ := p[name].(map[string]any)
	return object
}

func (p properties) objects(name string) []properties {
	list, _ := p[name].([]any)
	var out []properties
	for _, element := range list {
		object, _ := element.(map[string]any)
		out = append(out, object)
	}
	return out
}

func (p properties) texts(name string) []string {
	list, _ := p[name].([]any)
	var out []string
	for _, element := range list {
		text, _ := element.(string)
		out = append(out, text)
	}
	return out
}

func (p properties) textMap() map[string]string {
	texts := map[string]string{}
	for name := range p {
		texts[name] = p.text(name)
	}
	return texts
}

// only refuses every property that is not named: the local run would pass over it in silence.
func (p properties) only(names ...string) error {
	var unknown []string
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if !slices.Contains(names, name) {
			unknown = append(unknown, name)
		}
	}
	if unknown != nil {
		return fmt.Errorf("the local run does not support %s", strings.Join(unknown, ", "))
	}
	return nil
}
