package graph

import (
	"encoding/json"
	"fmt"
	"strings"
)

// rule is a schedule, or what an event triggers. One that is disabled triggers nothing.
func (b *builder) rule(in, out properties, name string) error {
	if in.text("state") != "ENABLED" {
		return nil
	}
	var id string
	if expression := in.text("scheduleExpression"); expression != "" {
		words, _ := b.evaluation.Exports["schedules"].(map[string]any)
		when := properties(words).text(strings.TrimSuffix(name, "-trigger"))
		if when == "" {
			when = expression
		}
		id = b.node(Schedule, name, name, when)
	} else {
		var pattern map[string]any
		if err := json.Unmarshal([]byte(in.text("eventPattern")), &pattern); err != nil {
			return fmt.Errorf("read the event pattern: %w", err)
		}
		id = b.pattern(pattern, name)
	}
	for _, registered := range b.evaluation.Find("aws:cloudwatch/eventTarget:EventTarget") {
		target := properties(registered.Inputs)
		if target.text("rule") != out.text("name") {
			continue
		}
		to, known := b.byARN[target.text("arn")]
		switch {
		case !known:
			return fmt.Errorf("its target %s is no state machine or topic of the stack", target.text("arn"))
		case b.nodes[to].Kind == Topic:
			b.edge(id, Notifies, to)
		default:
			b.edge(id, Triggers, to)
		}
	}
	return nil
}

// pattern adds a rule and what triggers it: executions that ended, objects that arrived, events of state machines.
func (b *builder) pattern(pattern properties, name string) (id string) {
	detail := pattern.object("detail")
	id = b.node(Rule, name, name, strings.ToLower(strings.ReplaceAll(strings.Join(detail.texts("status"), ", "), "_", " ")))
	for _, source := range pattern.texts("source") {
		switch source {
		case "aws.states":
			for _, arn := range detail.texts("stateMachineArn") {
				if machine, known := b.byARN[arn]; known {
					b.edge(machine, Triggers, id)
				}
			}
		case "aws.s3":
			for _, bucket := range detail.object("bucket").texts("name") {
				for _, key := range detail.object("object").objects("key") {
					key := key.text("wildcard") + key.text("prefix")
					key, _, _ = strings.Cut(key, "*")
					b.edge(b.data("s3://"+bucket+"/"+key[:strings.LastIndex(key, "/")+1]), Triggers, id)
				}
			}
		default:
			for _, detailType := range pattern.texts("detail-type") {
				b.edge(b.node(Event, source+"/"+detailType, detailType, source), Triggers, id)
			}
		}
	}
	return id
}
