package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"datalake/local/interpreter"
)

// Event is an event on the default bus.
type Event struct {
	Source     string `json:"source"`
	DetailType string `json:"detailType"`
	Detail     any    `json:"detail"`
}

// Message is what a topic's subscribers get.
type Message struct {
	// Topic is the topic's logical name.
	Topic   string `json:"topic"`
	Subject string `json:"subject"`
	// Message is the text, or what it says where it is JSON.
	Message any `json:"message"`
}

// emit puts an event on the bus and has the rules that match it start their targets.
func (e *Engine) emit(event Event) (id string) {
	e.events = append(e.events, event)
	e.saved.Events++
	envelope := e.envelope(event)
	if e.options.Quiet {
		return envelope["id"].(string)
	}
	for _, rule := range e.resources.rules {
		if rule.takes(envelope) {
			e.fire(rule, "rule "+rule.name, envelope)
		}
	}
	return envelope["id"].(string)
}

// arrived sends the event of a new object, where its bucket sends any. Those that no rule takes are left out of the
// report: a dataset has thousands.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
func (e *Engine) arrived(bucket, key string, size int64, etag string) {
	if !e.listens(bucket) {
		return
	}
	event := Event{Source: "aws.s3", DetailType: "Object Created", Detail: map[string]any{
		"version": "0",
		"reason":  "PutObject",
		"bucket":  map[string]any{"name": bucket},
		"object":  map[string]any{"key": key, "size": float64(size), "etag": etag},
	}}
	envelope := e.envelope(event)
	if slices.ContainsFunc(e.resources.rules, func(r rule) bool { return r.takes(envelope) }) {
		e.emit(event)
	}
}

// listens tells whether a bucket sends its events and a rule waits for some.
func (e *Engine) listens(bucket string) bool {
	return !e.options.Quiet && e.resources.notifying[bucket] && slices.ContainsFunc(e.resources.rules, func(r rule) bool {
		return r.pattern != nil && slices.Contains(r.pattern.Sources(emitted), "aws.s3")
	})
}

// envelope is an event as the bus carries it.
func (e *Engine) envelope(event Event) map[string]any {
	return map[string]any{
		"version":     "0",
		"id":          fmt.Sprintf("event-%d", e.saved.Events),
		"source":      event.Source,
		"detail-type": event.DetailType,
		"account":     e.resources.account,
		"time":        e.clock.Now().Format(time.RFC3339),
		"resources":   []any{},
		"detail":      event.Detail,
	}
}

// fire hands an event to a rule's targets, one call's latency later.
func (e *Engine) fire(rule rule, trigger string, envelope map[string]any) {
	for _, target := range rule.targets {
		e.clock.At(e.clock.Now().Add(interpreter.CallLatency), func() {
			text, err := target.takes(envelope)
			if err != nil {
				e.options.Progress("%s could not deliver to %s: %v", trigger, target.arn, err)
				return
			}
			if _, isTopic := e.resources.topics[target.arn]; isTopic {
				e.calls.Event(trigger).Publish(target.arn)
				e.record(trigger, "sns:publish", map[string]any{"TopicArn": target.arn, "Message": text})
				e.deliver(target.arn, "", text)
				return
			}
			e.calls.Take("events.amazonaws.com", target.role, rule.arn, trigger).Call("states:StartExecution", target.arn)
			e.record(trigger, "aws-sdk:sfn:startExecution", map[string]any{"StateMachineArn": target.arn, "Input": text})
			if _, err := e.start(target.arn, trigger, "", []byte(text)); err != nil {
				e.calls.Send("events.amazonaws.com", rule.arn, target.deadLetters)
				e.options.Progress("%s could not start %s: %v", trigger, target.arn, err)
			}
		})
	}
}

// takes is what a target gets of an event.
func (t target) takes(envelope map[string]any) (string, error) {
	switch {
	case t.transformer != nil:
		return t.transformer.Apply(envelope)
	case t.input != "":
		return t.input, nil
	}
	text, err := json.Marshal(envelope)
	if err != nil {
		return "", fmt.Errorf("encode the event: %w", err)
	}
	return string(text), nil
}

// deliver gives a message to a topic's subscribers: here, to their queues and to the report.
func (e *Engine) deliver(topicARN, subject, text string) (id string) {
	message := Message{Topic: e.resources.topics[topicARN], Subject: subject, Message: text}
	var parsed any
	if json.Unmarshal([]byte(text), &parsed) == nil {
		message.Message = parsed
	}
	e.messages = append(e.messages, message)
	e.saved.Messages++
	for _, queue := range e.resources.subscribed[topicARN] {
		e.queues.Send(queue, text, e.clock.Now())
		e.calls.Send("sns.amazonaws.com", topicARN, queue)
	}
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", e.saved.Messages)
}

// emitStatus sends the status change of a Standard execution; Express workflows send none.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
func (e *Engine) emitStatus(machine Machine, x *Execution) {
	if machine.Express {
		return
	}
	detail := map[string]any{
		"executionArn":    x.ARN,
		"stateMachineArn": machine.ARN,
		"name":            x.Name,
		"status":          "RUNNING",
		"startDate":       x.Started.UnixMilli(),
		"stopDate":        nil,
		"input":           string(x.Input),
		"output":          nil,
		"error":           nil,
		"cause":           nil,
	}
	if x.Status != "" {
		detail["status"] = x.Status
		detail["stopDate"] = e.clock.Now().UnixMilli()
		if x.Output != nil {
			detail["output"] = string(x.Output)
		}
		if x.Error != nil {
			detail["error"] = *x.Error
		}
		if x.Cause != nil {
			detail["cause"] = *x.Cause
		}
	}
	e.emit(Event{Source: "aws.states", DetailType: "Step Functions Execution Status Change", Detail: detail})
}
