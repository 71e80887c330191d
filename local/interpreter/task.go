package interpreter

import (
	"strings"
	"time"

	"datalake/local/jsonata"
)

type taskAction struct {
	resource           string
	arguments          *template
	timeout, heartbeat *template
}

func (a *taskAction) perform(v *visit) (any, *failure) {
	arguments := v.input
	if a.arguments != nil {
		var failed *failure
		if arguments, failed = v.evaluate(a.arguments, "Arguments"); failed != nil {
			return nil, failed
		}
	}
	deadline, failed := a.deadline(v)
	if failed != nil {
		return nil, failed
	}
	if failed := within(arguments, a.name()); failed != nil {
		return nil, failed
	}
	kind := a.eventKind()
	v.history.add(kind + "Scheduled")
	v.history.add(kind + "Started")
	start := v.clock.Now()
	wait := v.started.Add(v.limit).Sub(start)
	if deadline.after > 0 {
		wait = min(wait, deadline.after)
	}
	answer := v.caller.Call(Task{
		State:     v.state.name,
		Resource:  a.resource,
		Arguments: jsonata.Plain(arguments),
		Text:      text(arguments),
		Execution: &v.execution,
		Wait:      wait,
	})
	if deadline.after > 0 && answer.After > deadline.after {
		v.process.Sleep(start.Add(deadline.after))
		v.history.add(kind + "TimedOut")
		return nil, &failure{name: &deadline.name, task: true}
	}
	v.process.Sleep(start.Add(answer.After))
	if answer.Fault != nil {
		v.history.add(kind + "Failed")
		failed := &failure{name: &answer.Fault.Name, task: true}
		if answer.Fault.Cause != "" {
			failed.cause = &answer.Fault.Cause
		}
		return nil, failed
	}
	if a.submits() {
		v.history.add(kind + "Submitted")
	}
	output, err := jsonata.From(answer.Output)
	if err != nil {
		return nil, v.failedState(runtimeError, "The task's output is not JSON: "+err.Error())
	}
	if failed := within(output, a.name()); failed != nil {
		return nil, failed
	}
	v.history.add(kind + "Succeeded")
	return output, nil
}

// deadline is when a task that has not answered fails, and as what; after is 0 for never.
type deadline struct {
	after time.Duration
	name  string
}

func (a *taskAction) deadline(v *visit) (deadline, *failure) {
	var first deadline
	for _, limit := range []struct {
		seconds     *template
		field, name string
		applies     bool
	}{
		{a.timeout, "TimeoutSeconds", timeoutError, true},
		{a.heartbeat, "HeartbeatSeconds", heartbeatError, a.waitsForToken() || a.eventKind() == "Activity"},
	} {
		if limit.seconds == nil {
			continue
		}
		seconds, failed := v.evaluateWhole(limit.seconds, limit.field, 1, longestWait)
		if failed != nil {
			return first, failed
		}
		// Nothing here sends heartbeats: a worker is silent until it answers.
		if after := time.Duration(seconds) * time.Second; limit.applies && (first.after == 0 || after < first.after) {
			first = deadline{after, limit.name}
		}
	}
	return first, nil
}

func (a *taskAction) waitsForToken() bool { return strings.HasSuffix(a.resource, ".waitForTaskToken") }

// submits tells whether the service's acceptance is an event of its own.
func (a *taskAction) submits() bool {
	return a.waitsForToken() || strings.HasSuffix(a.resource, ".sync") || strings.HasSuffix(a.resource, ".sync:2")
}

// eventKind is how the history's events of the task begin.
func (a *taskAction) eventKind() string {
	switch service, kind, _ := a.parts(); {
	case service == "lambda":
		return "LambdaFunction"
	case service == "states" && kind == "activity":
		return "Activity"
	}
	return "Task"
}

// name is what a message calls the task: the service of an integration, the ARN of a function or an activity.
func (a *taskAction) name() string {
	_, kind, rest := a.parts()
	if a.eventKind() != "Task" {
		return a.resource
	}
	if kind == "aws-sdk" {
		service, _, _ := strings.Cut(rest, ":")
		return "aws-sdk:" + service
	}
	return kind
}

// parts splits arn:partition:service:region:account:kind:rest.
func (a *taskAction) parts() (service, kind, rest string) {
	parts := strings.SplitN(a.resource, ":", 7)
	parts = append(parts, make([]string, 7)...)
	return parts[2], parts[5], parts[6]
}
