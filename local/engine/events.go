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
		"id":          fmt.Sprintf("event-%d", len(e.events)),
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
		e.clock.At(e.clock.Now().Add(callLatency), func() {
			text := []byte(target.input)
			if target.input == "" {
				var err error
				if text, err = json.Marshal(envelope); err != nil {
					panic(fmt.Errorf("encode an event for %s: %w", target.arn, err)) // it was made of JSON
				}
			}
			if _, isTopic := e.resources.topics[target.arn]; isTopic {
				e.deliver(target.arn, "", string(text))
				return
			}
			if err := e.start(target.arn, trigger, text); err != nil {
				e.options.Progress("%s could not start %s: %v", trigger, target.arn, err)
			}
		})
	}
}

// deliver gives a message to a topic's subscribers: here, to the report.
func (e *Engine) deliver(topicARN, subject, text string) (id string) {
	message := Message{Topic: e.resources.topics[topicARN], Subject: subject, Message: text}
	var parsed any
	if json.Unmarshal([]byte(text), &parsed) == nil {
		message.Message = parsed
	}
	e.messages = append(e.messages, message)
	return fmt.Sprintf("message-%d", len(e.messages))
}

// emitStatus sends the status change of a Standard execution; Express workflows send none.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
func (e *Engine) emitStatus(machine machine, execution interpreter.Execution, started time.Time, result *interpreter.Result) {
	if machine.express {
		return
	}
	detail := map[string]any{
		"executionArn":    execution.ARN,
		"stateMachineArn": machine.arn,
		"name":            execution.Name,
		"status":          "RUNNING",
		"startDate":       started.UnixMilli(),
		"stopDate":        nil,
		"input":           string(execution.Input),
		"output":          nil,
		"error":           nil,
		"cause":           nil,
	}
	if result != nil {
		detail["status"] = result.Status
		detail["stopDate"] = e.clock.Now().UnixMilli()
		if result.Output != nil {
			detail["output"] = string(result.Output)
		}
		if result.Error != nil {
			detail["error"] = *result.Error
		}
		if result.Cause != nil {
			detail["cause"] = *result.Cause
		}
	}
	e.emit(Event{Source: "aws.states", DetailType: "Step Functions Execution Status Change", Detail: detail})
}
