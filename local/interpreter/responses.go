package interpreter

import (
	"errors"
	"fmt"
	"time"

	"datalake/local/fault"
	"datalake/local/jsonata"
)

// CallLatency is the virtual time that a call takes which answers at once, when nothing else is said.
const CallLatency = 100 * time.Millisecond

// LoadResponses reads a responses file: an object from the name of a state or the Resource of a task (the name wins) to
// a list of answers, {"output": …} or {"error": "Name", "cause": "…"}, each with "after" (seconds) if it takes longer
// than 100 ms. Each attempt takes the next answer, and the last one repeats. A task that the file does not name fails
// with Local.NoResponse. The error joins all faults of the file.
func LoadResponses(data []byte) (Caller, error) {
	value, err := jsonata.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading the responses: %w", err)
	}
	file, ok := value.(*jsonata.Object)
	if !ok {
		return nil, fmt.Errorf("reading the responses: the file must hold an object from state names or resources to lists of answers, but holds %s", article(jsonata.TypeName(value)))
	}
	r := &responses{answers: map[string][]Answer{}, taken: map[string]int{}}
	var faults []error
	for name, value := range file.All() {
		entries, ok := value.([]any)
		if !ok || len(entries) == 0 {
			faults = append(faults, fmt.Errorf("the answers of %q must be a list that is not empty, but are %s", name, shortened(value)))
			continue
		}
		for i, entry := range entries {
			answer, err := readAnswer(entry)
			if err != nil {
				faults = append(faults, fmt.Errorf("answer %d of %q: %w", i+1, name, err))
			}
			r.answers[name] = append(r.answers[name], answer)
		}
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("reading the responses: %w", errors.Join(faults...))
	}
	return r, nil
}

func readAnswer(entry any) (Answer, error) {
	answer := Answer{After: CallLatency}
	object, ok := entry.(*jsonata.Object)
	if !ok {
		return answer, fmt.Errorf("it must be an object with \"output\" or \"error\", but is %s", article(jsonata.TypeName(entry)))
	}
	var faults []error
	failed := fault.Error{}
	for name, value := range object.All() {
		fits := true
		switch name {
		case "output":
			answer.Output = value
		case "error":
			if failed.Name, fits = value.(string); failed.Name == "" {
				fits = false
			}
		case "cause":
			failed.Cause, fits = value.(string)
		case "after":
			var seconds float64
			seconds, fits = value.(float64)
			fits = fits && seconds >= 0 && seconds <= longestWait
			answer.After = time.Duration(seconds * float64(time.Second))
		default:
			faults = append(faults, fmt.Errorf("the key %q is none of output, error, cause and after", name))
		}
		if !fits {
			faults = append(faults, fmt.Errorf("%q must not be %s", name, shortened(value)))
		}
	}
	_, hasOutput := object.Get("output")
	_, hasError := object.Get("error")
	_, hasCause := object.Get("cause")
	switch {
	case hasOutput == hasError:
		faults = append(faults, errors.New("it must have either \"output\" or \"error\""))
	case hasCause && !hasError:
		faults = append(faults, errors.New("\"cause\" goes with \"error\" only"))
	case hasError:
		answer.Fault = &failed
	}
	return answer, errors.Join(faults...)
}

// responses answers tasks from a file.
type responses struct {
	answers map[string][]Answer
	taken   map[string]int
}

func (r *responses) Call(task Task) Answer {
	key := task.State
	answers, found := r.answers[key]
	if !found {
		key = task.Resource
		answers, found = r.answers[key]
	}
	if !found {
		return Answer{
			Fault: fault.Errorf("Local.NoResponse", "the responses name neither the state %q nor its resource %s", task.State, task.Resource),
			After: CallLatency,
		}
	}
	next := min(r.taken[key], len(answers)-1)
	r.taken[key]++
	return answers[next]
}
