package interpreter

import (
	"regexp"
	"time"
)

// action is what a type of state does: it gives the state's result, or its input where it has none.
type action interface {
	perform(v *visit) (any, *failure)
}

type passAction struct{ result *template } // of a JSONPath state

func (a *passAction) perform(v *visit) (any, *failure) {
	if a.result != nil {
		return a.result.constant, nil
	}
	return v.input, nil
}

type succeedAction struct{}

func (succeedAction) perform(v *visit) (any, *failure) { return v.input, nil }

type failAction struct{ name, cause *template }

func (a *failAction) perform(v *visit) (any, *failure) {
	var (
		failed failure
		wrong  *failure
	)
	if failed.name, wrong = v.optionalText(a.name, "Error"); wrong != nil {
		return nil, wrong
	}
	if failed.cause, wrong = v.optionalText(a.cause, "Cause"); wrong != nil {
		return nil, wrong
	}
	return nil, &failed
}

func (v *visit) optionalText(t *template, field string) (*string, *failure) {
	if t == nil {
		return nil, nil
	}
	value, failed := evaluateTo[string](v, t, field, "string")
	return &value, failed
}

type choiceAction struct {
	rules    []choiceRule
	fallback string
}

type choiceRule struct {
	condition      *template
	next           string
	assign, output *template
}

func (a *choiceAction) perform(v *visit) (any, *failure) {
	for i, rule := range a.rules {
		holds, failed := evaluateTo[bool](v, rule.condition, indexed("Choices", i)+"/Condition", "boolean")
		if failed != nil {
			return nil, failed
		}
		if holds {
			v.next, v.assign, v.output, v.place = rule.next, rule.assign, rule.output, indexed("Choices", i)+"/"
			return v.input, nil
		}
	}
	if a.fallback == "" {
		return nil, v.failedState(noChoiceError, "Failed to transition out of the state. The state does not point to a next state.")
	}
	v.next = a.fallback
	return v.input, nil
}

type waitAction struct{ seconds, timestamp *template }

// longestWait is the greatest number of seconds that AWS takes, in Wait and in timeouts.
const longestWait = 99_999_999

// longestDelay is how long a Wait may last, whatever an execution may: that many milliseconds fit 31 bits of seconds.
const longestDelay = 24_855 * 24 * time.Hour

func (a *waitAction) perform(v *visit) (any, *failure) {
	until := v.clock.Now()
	if a.seconds != nil {
		seconds, failed := v.evaluateWhole(a.seconds, "Seconds", 0, longestWait)
		if failed != nil {
			return nil, failed
		}
		until = until.Add(time.Duration(seconds) * time.Second)
	} else {
		written, failed := evaluateTo[string](v, a.timestamp, "Timestamp", "string")
		if failed != nil {
			return nil, failed
		}
		var ok bool
		if until, ok = parseTimestamp(written); !ok {
			return nil, v.evaluationFailed("Timestamp", "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: %s", written)
		}
	}
	if until.Sub(v.clock.Now()) > longestDelay {
		return nil, fail(runtimeError, "Wait state delay is too long.")
	}
	v.process.Sleep(until)
	return v.input, nil
}

var timestampShape = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$`)

// parseTimestamp reads an ISO 8601 date and time with an offset, as Amazon States Language wants it.
func parseTimestamp(written string) (time.Time, bool) {
	if !timestampShape.MatchString(written) {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, written); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
