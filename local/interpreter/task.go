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
	v.record(kind+"Scheduled", func() details { return a.scheduled(v, arguments, deadline) })
	v.record(kind+"Started", a.started)
	start := v.clock.Now()
	answer := v.caller.Call(a.task(v, arguments, deadline))
	if a.submits() && answer.accepted() {
		v.record(kind+"Submitted", func() details { return a.about(details{}) })
	}
	if deadline.after > 0 && answer.After > deadline.after {
		v.process.Sleep(start.Add(deadline.after))
		return nil, a.fail(v, "TimedOut", &deadline.name, nil)
	}
	v.process.Sleep(start.Add(answer.After))
	return a.take(v, answer)
}

// task is what the Caller is asked.
func (a *taskAction) task(v *visit, arguments any, deadline deadline) Task {
	wait := v.started.Add(v.limit).Sub(v.clock.Now())
	if deadline.after > 0 {
		wait = min(wait, deadline.after)
	}
	return Task{
		State:     v.state.name,
		Resource:  a.resource,
		Arguments: jsonata.Plain(arguments),
		Text:      text(arguments),
		Execution: &v.execution,
		Wait:      wait,
	}
}

// accepted tells whether the service took the job that it was asked for: States.TaskFailed is how a job fails.
func (a Answer) accepted() bool { return a.Fault == nil || a.Fault.Name == taskFailedError }

// take makes a result of an answer that came in time.
func (a *taskAction) take(v *visit, answer Answer) (any, *failure) {
	if answer.Aborted != nil {
		v.abort(answer.Aborted)
	}
	if answer.Fault != nil {
		return nil, a.fail(v, "Failed", &answer.Fault.Name, given(answer.Fault.Cause))
	}
	output, err := jsonata.From(answer.Output)
	if err != nil {
		return nil, v.failedState(runtimeError, "The task's output is not JSON: "+err.Error())
	}
	if failed := within(output, a.name()); failed != nil {
		return nil, failed
	}
	v.record(a.eventKind()+"Succeeded", func() details { return a.about(payload(details{}, "output", text(output))) })
	return output, nil
}

func (a *taskAction) fail(v *visit, event string, name, cause *string) *failure {
	failed := &failure{name: name, cause: cause, task: true}
	v.record(a.eventKind()+event, func() details { return a.about(failed.details()) })
	return failed
}

// about adds what all events of an integration's task say. Those of a function or an activity name it once, when it is
// scheduled.
func (a *taskAction) about(content details) details {
	if a.eventKind() == "Task" {
		_, _, rest := a.parts()
		content["resourceType"], content["resource"] = a.name(), rest[strings.LastIndex(rest, ":")+1:]
	}
	return content
}

func (a *taskAction) scheduled(v *visit, arguments any, deadline deadline) details {
	content := details{}
	if a.eventKind() == "Task" {
		content["region"], content["parameters"] = v.execution.region(), string(text(arguments))
	} else {
		payload(content, "input", text(arguments))["resource"] = a.resource
	}
	if deadline.timeout > 0 {
		content["timeoutInSeconds"] = float64(deadline.timeout)
	}
	if deadline.heartbeat > 0 {
		content["heartbeatInSeconds"] = float64(deadline.heartbeat)
	}
	return a.about(content)
}

func (a *taskAction) started() details {
	if a.eventKind() != "Task" {
		return nil
	}
	return a.about(details{})
}

// deadline is when a task that has not answered fails, and as what; after is 0 for never.
type deadline struct {
	after              time.Duration
	name               string
	timeout, heartbeat int // seconds, 0 for none
}

func (a *taskAction) deadline(v *visit) (deadline, *failure) {
	var first deadline
	for _, limit := range []struct {
		template    *template
		field, name string
		applies     bool
		seconds     *int
	}{
		{a.timeout, "TimeoutSeconds", timeoutError, true, &first.timeout},
		{a.heartbeat, "HeartbeatSeconds", heartbeatError, a.waitsForToken() || a.eventKind() == "Activity", &first.heartbeat},
	} {
		if limit.template == nil {
			continue
		}
		seconds, failed := v.evaluateWhole(limit.template, limit.field, 1, longestWait)
		if failed != nil {
			return first, failed
		}
		if !limit.applies {
			continue
		}
		*limit.seconds = seconds
		// Nothing here sends heartbeats: a worker is silent until it answers.
		if after := time.Duration(seconds) * time.Second; first.after == 0 || after < first.after {
			first.after, first.name = after, limit.name
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
