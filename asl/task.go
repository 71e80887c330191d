package asl

import "time"

// Task calls a service and waits for its answer.
type Task struct {
	Name string
	// Call is the service integration, its arguments and the permissions that it needs.
	Call Call
	// Timeout fails the task with States.Timeout when the answer takes longer. Required, whole seconds.
	Timeout time.Duration
	// Retry is tried in order for a failed call, before Catch.
	Retry []Retrier
	// Catch says where a failure leads that no retrier mended.
	Catch []Catcher
	// Assign sets variables from $states.result and $states.input.
	Assign map[string]any
	// Output is what the state passes on. Default: the result.
	Output any
	Next   string
}

// Retrier calls again after a failure. The wait before the n-th retry is Interval × Backoff^(n-1), at most MaxDelay.
type Retrier struct {
	// Errors are the names of the errors it is for; States.ALL stands alone, and last.
	Errors []string
	// Interval is the wait before the first retry. Whole seconds, at least one.
	Interval time.Duration
	// Attempts is how many retries there are at the most.
	Attempts int
	// Backoff multiplies the wait from retry to retry. At least 1.
	Backoff float64
	// MaxDelay is the longest wait. Whole seconds, longer than Interval; 0 for none.
	MaxDelay time.Duration
	// Jitter takes a random part of each wait (JitterStrategy FULL), so that many callers do not return at once.
	Jitter bool
}

// Catcher leads a failure to another state.
type Catcher struct {
	// Errors are the names of the errors it is for; States.ALL stands alone, and last. States.ALL takes neither
	// States.DataLimitExceeded nor States.Runtime.
	Errors []string
	// Assign sets variables from $states.errorOutput (Error and Cause) and $states.input.
	Assign map[string]any
	// Output is what the next state gets. Default: $states.errorOutput.
	Output any
	Next   string
}

func (t Task) stateName() string { return t.Name }

func (t Task) exits() []string { return append([]string{t.Next}, catchExits(t.Catch)...) }

func (t Task) fields(c *compiler) map[string]any {
	where := quote(t.Name)
	c.seconds(where+"'s Timeout", t.Timeout)
	if t.Timeout > c.machine.Timeout {
		c.fault("%s has a Timeout of %s, longer than the machine's %s", where, t.Timeout, c.machine.Timeout)
	}
	if t.Call.Integration == "" {
		c.fault("%s calls nothing: give a Call", where)
	}
	if c.machine.Express && t.Call.waits() {
		c.fault("%s calls %s: an Express workflow cannot wait for a job (.sync)", where, t.Call.Integration)
	}
	c.permissions = append(c.permissions, t.Call.Needs...)
	fields := map[string]any{
		"Type":           "Task",
		"Resource":       "arn:" + c.machine.Partition + ":states:::" + t.Call.Integration,
		"TimeoutSeconds": int(t.Timeout.Seconds()),
	}
	put(fields, "Arguments", t.Call.Arguments)
	put(fields, "Output", t.Output)
	c.assign(where, fields, t.Assign)
	c.handlers(where, fields, t.Retry, t.Catch, t.Call.Raises)
	return fields
}

func catchExits(catchers []Catcher) []string {
	var out []string
	for _, catcher := range catchers {
		out = append(out, catcher.Next)
	}
	return out
}

// handlers checks and adds Retry and Catch, whose errors are among those that the state raises.
func (c *compiler) handlers(where string, fields map[string]any, retriers []Retrier, catchers []Catcher, raises func(string) bool) {
	var retry, catch []any
	for i, r := range retriers {
		at := where + "'s Retry"
		c.errorNames(at, r.Errors, i == len(retriers)-1, raises)
		c.seconds(at+" Interval", r.Interval)
		if r.Attempts < 1 || r.Backoff < 1 {
			c.fault("%s has %d Attempts and a Backoff of %v: both are at least 1", at, r.Attempts, r.Backoff)
		}
		entry := map[string]any{
			"ErrorEquals":     r.Errors,
			"IntervalSeconds": int(r.Interval.Seconds()),
			"MaxAttempts":     r.Attempts,
			"BackoffRate":     r.Backoff,
		}
		if r.MaxDelay != 0 {
			c.seconds(at+" MaxDelay", r.MaxDelay)
			if r.MaxDelay <= r.Interval {
				c.fault("%s has a MaxDelay of %s, which is not longer than its Interval of %s", at, r.MaxDelay, r.Interval)
			}
			entry["MaxDelaySeconds"] = int(r.MaxDelay.Seconds())
		}
		if r.Jitter {
			entry["JitterStrategy"] = "FULL"
		}
		retry = append(retry, entry)
	}
	for i, k := range catchers {
		at := where + "'s Catch"
		c.errorNames(at, k.Errors, i == len(catchers)-1, raises)
		if k.Next == "" {
			c.fault("%s has no Next: name the state that handles %s", at, join(k.Errors))
		}
		entry := map[string]any{"ErrorEquals": k.Errors, "Next": k.Next}
		put(entry, "Output", k.Output)
		c.assign(at, entry, k.Assign)
		catch = append(catch, entry)
	}
	if retry != nil {
		fields["Retry"] = retry
	}
	if catch != nil {
		fields["Catch"] = catch
	}
}

func (c *compiler) errorNames(where string, names []string, last bool, raises func(string) bool) {
	if len(names) == 0 {
		c.fault("%s names no errors", where)
	}
	for _, name := range names {
		switch {
		case name == "":
			c.fault("%s holds an empty error name", where)
		case !raises(name):
			c.fault("%s names %s, which nothing there fails with: give a class of the called service in the AWS SDK for Java 2, such as Glue.GlueException, or one of States.*", where, name)
		}
		if name == "States.ALL" && (len(names) > 1 || !last) {
			c.fault("%s: States.ALL must stand alone and last, or what stands beside or after it never matches", where)
		}
	}
}
