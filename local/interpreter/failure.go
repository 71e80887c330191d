package interpreter

import (
	"fmt"
	"math"
	"slices"
	"time"

	"datalake/local/jsonata"
)

// Error names of Step Functions.
const (
	anyError         = "States.ALL"
	taskFailedError  = "States.TaskFailed"
	timeoutError     = "States.Timeout"
	heartbeatError   = "States.HeartbeatTimeout"
	runtimeError     = "States.Runtime"
	dataLimitError   = "States.DataLimitExceeded"
	queryError       = "States.QueryEvaluationError"
	noChoiceError    = "States.NoChoiceMatched"
	thresholdError   = "States.ExceedToleratedFailureThreshold"
	itemsFailedCause = "The specified tolerated failure threshold was exceeded"
)

// failure is an error on its way through retriers, catchers and outer states.
type failure struct {
	name, cause *string // nil where AWS gives none
	task        bool    // reported by a task, which States.TaskFailed matches
}

func fail(name, cause string) *failure { return &failure{name: &name, cause: &cause} }

// within refuses a payload larger than Step Functions passes on; what is the state or task that it comes from.
func within(payload any, what string) *failure {
	if len(text(payload)) <= payloadLimit {
		return nil
	}
	return fail(dataLimitError, fmt.Sprintf("The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", what))
}

func (f *failure) details() details { return errorDetails(f.name, f.cause) }

// output is the Error Output; AWS writes what is not given as an empty string.
func (f *failure) output() *jsonata.Object {
	return jsonata.NewObject("Error", orEmpty(f.name), "Cause", orEmpty(f.cause))
}

func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// uncaught is the error with which an execution fails: a heartbeat that nobody caught is a time-out.
func (f *failure) uncaught() *string {
	if name := timeoutError; f.task && orEmpty(f.name) == heartbeatError {
		return &name
	}
	return f.name
}

// matches tells whether an ErrorEquals holds the failure. Nothing matches States.Runtime, and States.DataLimitExceeded
// is matched by its name alone ("Handling errors in Step Functions workflows").
func (f *failure) matches(names []string) bool {
	name := orEmpty(f.name)
	if name == runtimeError {
		return false
	}
	return slices.ContainsFunc(names, func(wanted string) bool {
		switch wanted {
		case name:
			return true
		case anyError:
			return name != dataLimitError
		case taskFailedError:
			return f.task && name != timeoutError && name != heartbeatError
		case timeoutError:
			return name == heartbeatError
		}
		return false
	})
}

// retrier is one entry of Retry.
type retrier struct {
	errors   []string
	interval time.Duration
	attempts int
	rate     float64
	most     time.Duration // 0: no MaxDelaySeconds
}

// delay is the wait before a retry, the first being 0. With JitterStrategy FULL, AWS waits a random part of it; here it
// is the whole, the longest that AWS could wait.
func (r *retrier) delay(retry int) time.Duration {
	longest := float64(standardLimit)
	if r.most > 0 {
		longest = float64(r.most)
	}
	return time.Duration(min(float64(r.interval)*math.Pow(r.rate, float64(retry)), longest))
}

// catcher is one entry of Catch.
type catcher struct {
	errors         []string
	next           string
	assign, output *template
}

// retryAfter finds the first retrier that matches; attempts counts what each has done in this visit.
func (s *state) retryAfter(failed *failure, attempts []int) (time.Duration, bool) {
	for i, r := range s.retry {
		if failed.matches(r.errors) {
			if attempts[i] >= r.attempts {
				return 0, false
			}
			attempts[i]++
			return r.delay(attempts[i] - 1), true
		}
	}
	return 0, false
}
