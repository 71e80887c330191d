package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
)

// ofTheRun are the members of messages that tell one run from another, with the same data or not.
var ofTheRun = []string{"execution", "job", "milliseconds", "resultLocation", "startedAt"}

// differences are the places in which two documents in JSON differ, in order, but for what is of the run alone.
func differences(place string, deployed, here any) (found []string) {
	switch d := deployed.(type) {
	case map[string]any:
		h, is := here.(map[string]any)
		if !is {
			break
		}
		names := maps.Clone(d)
		maps.Copy(names, h)
		for _, name := range slices.Sorted(maps.Keys(names)) {
			if !slices.Contains(ofTheRun, name) {
				found = append(found, differences(place+" "+name, d[name], h[name])...)
			}
		}
		return found
	case []any:
		h, is := here.([]any)
		if !is || len(d) != len(h) {
			break
		}
		for i := range d {
			found = append(found, differences(fmt.Sprintf("%s %d", place, i+1), d[i], h[i])...)
		}
		return found
	case float64: // the last digits are another language's
		if h, is := here.(float64); is && math.Abs(d-h) <= 1e-9*math.Max(math.Abs(d), math.Abs(h)) {
			return nil
		}
	}
	if reflect.DeepEqual(deployed, here) {
		return nil
	}
	return []string{strings.TrimSpace(fmt.Sprintf("%s is %s deployed and %s here", place, brief(deployed), brief(here)))}
}

// brief is a value as JSON, cut where it gets long.
func brief(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	if list, is := value.([]any); is {
		return fmt.Sprintf("%d elements", len(list))
	}
	if runes := []rune(string(text)); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return string(text)
}

// shortened are the first differences.
func shortened(all []string) string {
	const most = 3
	if len(all) <= most {
		return strings.Join(all, "; ")
	}
	return fmt.Sprintf("%s; and %d more", strings.Join(all[:most], "; "), len(all)-most)
}
