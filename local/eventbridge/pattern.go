// Package eventbridge decides, as EventBridge does, which events a rule takes and when a schedule fires.
package eventbridge

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Pattern is an event pattern: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
type Pattern struct {
	// fields are the patterns of the event's members, all of which must hold.
	fields map[string]node
}

// node is a pattern for a nested object, or the alternatives for a value.
type node struct {
	fields       map[string]node
	alternatives []matcher
}

// matcher is one alternative for a value. present is false when the event has no such member.
type matcher func(value any, present bool) bool

// ParsePattern reads a pattern. The error joins every part that EventBridge would refuse, or that is not supported here.
func ParsePattern(text string) (*Pattern, error) {
	var tree map[string]any
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return nil, fmt.Errorf("read the event pattern: %w", err)
	}
	fields, err := parseFields("", tree)
	if err != nil {
		return nil, fmt.Errorf("read the event pattern: %w", err)
	}
	return &Pattern{fields: fields}, nil
}

// Matches tells whether a rule with this pattern takes the event.
func (p *Pattern) Matches(event map[string]any) bool { return matchFields(p.fields, event) }

// Sources are those of the known sources whose events the pattern may take.
func (p *Pattern) Sources(known []string) []string {
	var matched []string
	for _, source := range known {
		if node, asks := p.fields["source"]; !asks || node.matches(source, true) {
			matched = append(matched, source)
		}
	}
	return matched
}

func parseFields(path string, tree map[string]any) (map[string]node, error) {
	if len(tree) == 0 {
		return nil, fmt.Errorf("%s is an empty object: name at least one member", orPattern(path))
	}
	fields := map[string]node{}
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		at := strings.TrimPrefix(path+"."+name, ".")
		if name == "$or" {
			faults = append(faults, fmt.Errorf("%s is not supported by the local run", at))
			continue
		}
		parsed, err := parseNode(at, tree[name])
		faults = append(faults, err)
		fields[name] = parsed
	}
	return fields, errors.Join(faults...)
}

func parseNode(path string, value any) (node, error) {
	switch v := value.(type) {
	case map[string]any:
		fields, err := parseFields(path, v)
		return node{fields: fields}, err
	case []any:
		if len(v) == 0 {
			return node{}, fmt.Errorf("%s is an empty list: it would match nothing", path)
		}
		var out node
		var faults []error
		for _, alternative := range v {
			matcher, err := parseMatcher(path, alternative)
			faults = append(faults, err)
			out.alternatives = append(out.alternatives, matcher)
		}
		return out, errors.Join(faults...)
	default:
		return node{}, fmt.Errorf("%s is %v: a pattern's values stand in lists, such as [%[2]v]", path, value)
	}
}

func matchFields(fields map[string]node, event map[string]any) bool {
	for name, node := range fields {
		value, present := event[name]
		if !node.matches(value, present) {
			return false
		}
	}
	return true
}

func (n node) matches(value any, present bool) bool {
	if n.fields != nil {
		object, is := value.(map[string]any)
		return is && matchFields(n.fields, object)
	}
	values := []any{value}
	if list, is := value.([]any); is { // any element of a list may match
		values = list
	}
	for _, matches := range n.alternatives {
		if slices.ContainsFunc(values, func(v any) bool { return matches(v, present) }) || !present && matches(nil, false) {
			return true
		}
	}
	return false
}

func orPattern(path string) string {
	if path == "" {
		return "the pattern"
	}
	return path
}
