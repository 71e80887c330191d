package eventbridge

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// parseMatcher reads one alternative: a plain value, or an object with one operator.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func parseMatcher(path string, alternative any) (matcher, error) {
	operation, is := alternative.(map[string]any)
	if !is {
		return equals(alternative), nil
	}
	if len(operation) != 1 {
		return nil, fmt.Errorf("%s holds an alternative with %d operators: give one", path, len(operation))
	}
	name := slices.Sorted(maps.Keys(operation))[0]
	operand := operation[name]
	switch name {
	case "prefix", "suffix", "wildcard", "equals-ignore-case":
		text, is := operand.(string)
		if !is {
			return nil, fmt.Errorf("%s: %s takes a text", path, name)
		}
		return textMatcher(path, name, text)
	case "exists":
		wanted, is := operand.(bool)
		if !is {
			return nil, fmt.Errorf("%s: exists takes true or false", path)
		}
		return func(_ any, present bool) bool { return present == wanted }, nil
	case "anything-but":
		return anythingBut(path, operand)
	case "numeric":
		return numeric(path, operand)
	default:
		return nil, fmt.Errorf("%s: the operator %q is not supported by the local run", path, name)
	}
}

func equals(wanted any) matcher {
	return func(value any, present bool) bool { return present && value == wanted }
}

func textMatcher(path, operator, wanted string) (matcher, error) {
	compare := map[string]func(text string) bool{
		"prefix":             func(text string) bool { return strings.HasPrefix(text, wanted) },
		"suffix":             func(text string) bool { return strings.HasSuffix(text, wanted) },
		"equals-ignore-case": func(text string) bool { return strings.EqualFold(text, wanted) },
		"wildcard":           func(text string) bool { return wildcard(wanted, text) },
	}[operator]
	if operator == "wildcard" && strings.Contains(wanted, "**") {
		return nil, fmt.Errorf("%s: the wildcard %q has two stars in a row, which EventBridge refuses", path, wanted)
	}
	return func(value any, _ bool) bool {
		text, is := value.(string)
		return is && compare(text)
	}, nil
}

// wildcard matches a text with a pattern in which each star stands for any characters, and a backslash takes the
// meaning from a star or a backslash.
func wildcard(pattern, text string) bool {
	var parts []string
	var part strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch {
		case pattern[i] == '\\' && i+1 < len(pattern):
			i++
			part.WriteByte(pattern[i])
		case pattern[i] == '*':
			parts = append(parts, part.String())
			part.Reset()
		default:
			part.WriteByte(pattern[i])
		}
	}
	last := part.String()
	if len(parts) == 0 {
		return text == last
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, middle := range parts[1:] {
		_, after, found := strings.Cut(text, middle)
		if !found {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, last)
}

// anythingBut takes a value that none of the given ones, or no text with the given prefix, suffix or wildcard, matches.
func anythingBut(path string, operand any) (matcher, error) {
	refused := []any{operand}
	if list, is := operand.([]any); is {
		refused = list
	}
	var matchers []matcher
	for _, one := range refused {
		matches, err := parseMatcher(path+" anything-but", one)
		if err != nil {
			return nil, err
		}
		matchers = append(matchers, matches)
	}
	return func(value any, present bool) bool {
		return present && !slices.ContainsFunc(matchers, func(matches matcher) bool { return matches(value, true) })
	}, nil
}

// numeric takes a number that every comparison of the list holds for, such as [">", 0, "<=", 5].
func numeric(path string, operand any) (matcher, error) {
	list, is := operand.([]any)
	if !is || len(list) == 0 || len(list)%2 != 0 {
		return nil, fmt.Errorf(`%s: numeric takes pairs such as [">", 0, "<=", 5]`, path)
	}
	compares := map[any]func(a, b float64) bool{
		"=":  func(a, b float64) bool { return a == b },
		"<":  func(a, b float64) bool { return a < b },
		"<=": func(a, b float64) bool { return a <= b },
		">":  func(a, b float64) bool { return a > b },
		">=": func(a, b float64) bool { return a >= b },
	}
	for i := 0; i < len(list); i += 2 {
		_, known := compares[list[i]]
		_, number := list[i+1].(float64)
		if !known || !number {
			return nil, fmt.Errorf("%s: numeric holds %v %v: give one of = < <= > >= and a number", path, list[i], list[i+1])
		}
	}
	return func(value any, _ bool) bool {
		number, is := value.(float64)
		if !is {
			return false
		}
		for i := 0; i < len(list); i += 2 {
			if !compares[list[i]](number, list[i+1].(float64)) {
				return false
			}
		}
		return true
	}, nil
}
