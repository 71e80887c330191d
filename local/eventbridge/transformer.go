package eventbridge

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Transformer makes a target's input of an event: a template, with values of the event at its placeholders.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
type Transformer struct {
	// paths lead to the values, by the placeholders' names.
	paths    map[string][]string
	template string
}

// Limits: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html
const maxPaths, maxTemplate = 100, 8192

var (
	pathName    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	simplePath  = regexp.MustCompile(`^\$(\.[A-Za-z0-9_-]+)*$`)
	placeholder = regexp.MustCompile(`<([^<>]*)>`)

	quoteOrEscape = regexp.MustCompile(`\\.|"`)
)

// ParseTransformer reads the paths by their names, and the template: lines in quotes, each with what it says, or JSON. The
// error joins every part that EventBridge would refuse or leave unfilled, or that is not supported here.
func ParseTransformer(paths map[string]string, template string) (*Transformer, error) {
	t := &Transformer{paths: map[string][]string{}, template: template}
	var faults []error
	fault := func(format string, values ...any) { faults = append(faults, fmt.Errorf(format, values...)) }
	if len(paths) > maxPaths || template == "" || len(template) > maxTemplate {
		fault("there are %d paths, and the template has %d bytes: EventBridge takes at most %d, and 1 to %d", len(paths), len(template), maxPaths, maxTemplate)
	}
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		if !pathName.MatchString(name) {
			fault("the path's name %q: give letters, digits, _ and -", name)
		}
		if !simplePath.MatchString(paths[name]) {
			fault("the path %q of <%s>: the local run follows paths such as $.detail.status", paths[name], name)
		}
		t.paths[name] = strings.Split(paths[name], ".")[1:]
	}
	for _, found := range placeholder.FindAllStringSubmatch(template, -1) {
		if _, known := paths[found[1]]; !known {
			fault("the template's %s has no path", found[0])
		}
	}
	if !t.wellFormed() {
		fault("the template is neither lines in quotes nor JSON: %s", template)
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("read the input transformer: %w", errors.Join(faults...))
	}
	return t, nil
}

// isJSON tells whether the template is JSON, not text.
func (t *Transformer) isJSON() bool {
	return strings.HasPrefix(strings.TrimSpace(t.template), "{") || strings.HasPrefix(strings.TrimSpace(t.template), "[")
}

func (t *Transformer) wellFormed() bool {
	filled := t.fill(func(string) (any, bool) { return "x", true })
	if t.isJSON() {
		return json.Valid([]byte(filled))
	}
	for line := range strings.SplitSeq(filled, "\n") {
		var text string
		if json.Unmarshal([]byte(line), &text) != nil {
			return false
		}
	}
	return true
}

// Apply makes the input. EventBridge escapes no value that it puts between quotes, and puts nothing where the event has no
// value: what is no JSON any more then cannot be delivered.
func (t *Transformer) Apply(event map[string]any) (string, error) {
	filled := t.fill(func(name string) (any, bool) { return follow(event, t.paths[name]) })
	if t.isJSON() && !json.Valid([]byte(filled)) {
		return "", fmt.Errorf("the input that its template makes is no JSON: %s", filled)
	}
	return filled, nil
}

// fill puts values at the placeholders: as they read between quotes, as JSON outside.
func (t *Transformer) fill(value func(name string) (any, bool)) string {
	var filled strings.Builder
	end, inQuotes := 0, false
	for _, place := range placeholder.FindAllStringSubmatchIndex(t.template, -1) {
		before := t.template[end:place[0]]
		filled.WriteString(before)
		inQuotes = inQuotes != (quotes(before)%2 == 1)
		end = place[1]
		found, has := value(t.template[place[2]:place[3]])
		if !has {
			continue
		}
		if text, is := found.(string); is && inQuotes {
			filled.WriteString(text)
			continue
		}
		encoded, err := json.Marshal(found)
		if err != nil {
			panic(fmt.Errorf("encode a value of an event: %w", err)) // it was made of JSON
		}
		filled.Write(encoded)
	}
	filled.WriteString(t.template[end:])
	return filled.String()
}

// quotes counts those that are not escaped.
func quotes(text string) (count int) {
	for _, found := range quoteOrEscape.FindAllString(text, -1) {
		if found == `"` {
			count++
		}
	}
	return count
}

// follow goes down a path of members.
func follow(value any, path []string) (any, bool) {
	for _, step := range path {
		object, _ := value.(map[string]any)
		next, has := object[step]
		if !has {
			return nil, false
		}
		value = next
	}
	return value, true
}
