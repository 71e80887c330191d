package interpreter

import (
	"encoding/json"
	"strings"
	"time"
)

// Event is one event of an execution's history.
//
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
type Event struct {
	// ID counts from 1. PreviousEventID is the event that this one follows in its branch, 0 for none.
	ID, PreviousEventID int
	// Type is one of the API's, such as TaskStateEntered.
	Type string
	// Timestamp is virtual time.
	Timestamp time.Time
	// Details are the content of the member that the type calls for, nil where it has none. Numbers are float64, as
	// encoding/json decodes them.
	Details map[string]any
}

// Document is the event as GetExecutionHistory gives it, its timestamp a time.Time.
//
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
func (e Event) Document() map[string]any {
	document := map[string]any{"id": e.ID, "previousEventId": e.PreviousEventID, "timestamp": e.Timestamp, "type": e.Type}
	if e.Details != nil {
		document[e.member()] = e.Details
	}
	return document
}

// member is the name of the member that holds the details.
func (e Event) member() string {
	for _, shared := range []string{"StateEntered", "StateExited"} {
		if strings.HasSuffix(e.Type, shared) {
			return "s" + shared[1:] + "EventDetails"
		}
	}
	return strings.ToLower(e.Type[:1]) + e.Type[1:] + "EventDetails"
}

// details is the content of an event.
type details = map[string]any

// history is what an execution, or a child execution of a distributed Map, has gone through.
type history struct {
	count, limit int  // no limit when 0
	kept         bool // whether there is a history to ask for
	events       []Event
	full         func() // does not return
}

// add notes an event and returns its id. The last event that fits must be the one that ends the execution.
func (h *history) add(event Event, content func() details) int {
	if h.limit > 0 && h.count == h.limit-1 {
		h.full()
	}
	return h.end(event, content)
}

// end is add for the event that ends the execution.
func (h *history) end(event Event, content func() details) int {
	h.count++
	if !h.kept {
		return h.count
	}
	event.ID = h.count
	if content != nil {
		event.Details = content()
	}
	h.events = append(h.events, event)
	return h.count
}

// record notes an event of the branch and returns its id; content is called if the history is kept.
func (b *branch) record(kind string, content func() details) int {
	b.last = b.history.add(Event{PreviousEventID: b.last, Type: kind, Timestamp: b.clock.Now()}, content)
	b.tail = b.last
	return b.last
}

// aside notes an event that no state's event follows. AWS has the branch's next one follow what was before
// ExecutionStarted, MapIterationFailed, MapRunSucceeded, MapStateSucceeded and ParallelStateSucceeded.
func (b *branch) aside(kind string, content func() details) {
	b.tail = b.history.add(Event{PreviousEventID: b.tail, Type: kind, Timestamp: b.clock.Now()}, content)
}

// payload adds a JSON text to details. AWS never truncates it for an API call.
func payload(content details, member string, text json.RawMessage) details {
	content[member], content[member+"Details"] = string(text), details{"truncated": false}
	return content
}

// errorDetails says why something failed.
func errorDetails(name, cause *string) details {
	content := details{}
	if name != nil {
		content["error"] = *name
	}
	if cause != nil {
		content["cause"] = *cause
	}
	return content
}

// given is a text that may be missing.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (v *visit) enteredDetails() details {
	return payload(details{"name": v.state.name}, "input", text(v.input))
}

func (v *visit) exitedDetails() details {
	content := payload(details{"name": v.state.name}, "output", text(v.result))
	if v.newVariables == nil {
		return content
	}
	variables := details{}
	for name, value := range v.newVariables.All() {
		variables[name] = string(text(value))
	}
	content["assignedVariables"], content["assignedVariablesDetails"] = variables, details{"truncated": false}
	return content
}
