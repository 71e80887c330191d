package mutants

import (
	"regexp"
	"strconv"

	"datalake/internal/mockaws"
)

const (
	ruleType         = "cloudwatch/eventRule:EventRule"
	targetType       = "cloudwatch/eventTarget:EventTarget"
	alarmType        = "cloudwatch/metricAlarm:MetricAlarm"
	queueType        = "sqs/queue:Queue"
	topicType        = "sns/topic:Topic"
	subscriptionType = "sns/topicSubscription:TopicSubscription"
)

// deliveryKinds are about what starts a state machine, and who hears of it.
var deliveryKinds = []Kind{
	{"a rule is missing", Guardrails, in(of(ruleType), place.drop)},
	{"a rule is switched off", Guardrails, in(of(ruleType), func(rule place) []Mutant { return rule.set("DISABLED", "state") })},
	{"a schedule is an hour late", Guardrails, in(of(ruleType), func(rule place) []Mutant { return rescheduled(rule, 2, 24) })},
	{"a schedule is a minute late", Guardrails, in(of(ruleType), func(rule place) []Mutant { return rescheduled(rule, 1, 60) })},
	{"a schedule is on another day", Guardrails, in(of(ruleType), func(rule place) []Mutant {
		cron := regexp.MustCompile(`^(cron\(\d+ \d+ )(\* \* \?|\? \* [A-Z]+)( \*\))$`).FindStringSubmatch(rule.text("scheduleExpression"))
		if cron == nil {
			return nil
		}
		return rule.set(cron[1]+"? * MON"+cron[3], "scheduleExpression")
	})},
	{"a rule waits for other events", Guardrails, in(of(ruleType), func(rule place) (made []Mutant) {
		made = append(made, rule.set("datalake.other", "eventPattern", "source", 0)...)
		return append(made, rule.set("Other", "eventPattern", "detail-type", 0)...)
	})},
	{"a rule waits for too few events", Guardrails, in(of(ruleType), func(rule place) []Mutant { return rule.loseEach("eventPattern", "detail", "status") })},
	{"a rule waits for too many events", Guardrails, in(of(ruleType), func(rule place) (made []Mutant) {
		made = append(rule.loseEach("eventPattern", "detail"), rule.lose("eventPattern", "source")...)
		if statuses, has := rule.at("eventPattern", "detail", "status").([]any); has {
			made = append(made, rule.changed("it waits for RUNNING too", "RUNNING", "eventPattern", "detail", "status", len(statuses))...)
		}
		return made
	})},
	{"a rule waits for another machine", Guardrails, func(e *mockaws.Evaluation) (made []Mutant) {
		for _, rule := range resources(e, ruleType) {
			if another := sibling(e, rule.text("eventPattern", "detail", "stateMachineArn", 0)); another != "" {
				made = append(made, rule.set(another, "eventPattern", "detail", "stateMachineArn", 0)...)
			}
		}
		return made
	}},
	{"a rule has no target", Guardrails, in(of(targetType), place.drop)},
	{"a rule's target is another", Guardrails, anotherOf("arn", targetType)},
	{"a rule starts with another's role", Guardrails, anotherOf("roleArn", targetType)},
	{"a rule starts without a role", Guardrails, in(of(targetType), func(target place) []Mutant { return target.lose("roleArn") })},
	{"a start that fails is forgotten", Guardrails, in(of(targetType), func(target place) []Mutant { return target.lose("deadLetterConfig") })},
	{"a start that fails goes elsewhere", Guardrails, func(e *mockaws.Evaluation) []Mutant {
		return another(e, "deadLetterConfig", targetType, "arn")
	}},
	{"a start is not tried again", Guardrails, in(of(targetType), func(target place) []Mutant {
		return append(target.set(0.0, "retryPolicy", "maximumRetryAttempts"), target.set(60.0, "retryPolicy", "maximumEventAgeInSeconds")...)
	})},
	{"a start has another input", Guardrails, in(of(targetType), func(target place) []Mutant {
		return append(target.set(`{"pipeline":"usage"}`, "input"), target.lose("input")...)
	})},
	{"an alert is an event's JSON", Guardrails, in(of(targetType), func(target place) []Mutant { return target.lose("inputTransformer") })},
	{"an alert leaves something out", Guardrails, in(of(targetType), func(target place) []Mutant { return target.loseEach("inputTransformer", "inputPaths") })},
	{"an alert says something else", Guardrails, in(of(targetType), func(target place) []Mutant {
		return append(target.set("$.detail.startDate", "inputTransformer", "inputPaths", "status"), target.set(`"Something failed."`, "inputTransformer", "inputTemplate")...)
	})},
	{"nobody is subscribed", Guardrails, in(of(subscriptionType), place.drop)},
	{"a subscription is to another topic", Guardrails, anotherOf("topic", subscriptionType)},
	{"a subscription is another's", Guardrails, anotherOf("endpoint", subscriptionType)},
	{"a subscription has another protocol", Guardrails, in(of(subscriptionType), func(s place) []Mutant { return s.set("https", "protocol") })},
	{"a subscription leaves messages out", Guardrails, in(of(subscriptionType), func(s place) []Mutant {
		return s.changed("filterPolicy asks for an attribute", `{"kind":["other"]}`, "filterPolicy")
	})},
	{"a message is wrapped", Guardrails, in(of(subscriptionType), func(s place) []Mutant { return s.set(false, "rawMessageDelivery") })},
	{"a message that cannot be delivered is forgotten", Guardrails, in(of(subscriptionType, queueType), func(s place) []Mutant { return s.lose("redrivePolicy") })},
	{"a message is given up at once", Guardrails, in(of(queueType), func(q place) []Mutant { return q.set(1.0, "redrivePolicy", "maxReceiveCount") })},
	{"a queue forgets early", Guardrails, in(of(queueType), func(q place) []Mutant { return q.set(3600.0, "messageRetentionSeconds") })},
	{"a topic or queue is not encrypted", Guardrails, in(of(topicType, queueType), func(r place) []Mutant {
		return append(r.lose("kmsMasterKeyId"), r.set(false, "sqsManagedSseEnabled")...)
	})},
	{"a topic has another key", Guardrails, in(of(topicType), func(topic place) []Mutant {
		return topic.changed("kmsMasterKeyId is alias/other", "alias/other", "kmsMasterKeyId")
	})},
	{"devices' messages go elsewhere, or nowhere", Guardrails, in(of("iot/topicRule:TopicRule"), func(rule place) (made []Mutant) {
		made = append(rule.set(false, "enabled"), rule.lose("errorAction")...)
		made = append(made, rule.set("other/${timestamp()}.json", "s3", 0, "key")...)
		return append(made, rule.set("SELECT * FROM 'other/+'", "sql")...)
	})},
}

// alarmKinds are about alarms.
var alarmKinds = []Kind{
	{"an alarm is missing", Guardrails, in(of(alarmType), place.drop)},
	{"an alarm tells nobody", Guardrails, in(of(alarmType), func(a place) []Mutant {
		return append(a.lose("alarmActions"), a.changed("actionsEnabled is false", false, "actionsEnabled")...)
	})},
	{"an alarm tells another topic", Guardrails, func(e *mockaws.Evaluation) []Mutant { return another(e, "alarmActions", alarmType, 0) }},
	{"an alarm lets more pass", Guardrails, in(of(alarmType), func(a place) []Mutant { return a.set(a.at("threshold").(float64)+10, "threshold") })},
	{"an alarm compares the wrong way", Guardrails, in(of(alarmType), func(a place) []Mutant {
		return append(a.set("LessThanThreshold", "comparisonOperator"), a.set("GreaterThanOrEqualToThreshold", "comparisonOperator")...)
	})},
	{"an alarm takes missing data otherwise", Guardrails, in(of(alarmType), func(a place) (made []Mutant) {
		for _, as := range []string{"missing", "ignore", "breaching", "notBreaching"} {
			made = append(made, a.set(as, "treatMissingData")...)
		}
		return append(made, a.lose("treatMissingData")...)
	})},
	{"an alarm watches another thing", Guardrails, func(e *mockaws.Evaluation) (made []Mutant) {
		for _, alarm := range resources(e, alarmType) {
			for _, leaf := range leaves(alarm.below("dimensions")) {
				if another := sibling(e, leaf.text()); another != "" {
					made = append(made, leaf.set(another)...)
				} else {
					made = append(made, leaf.set("other")...)
				}
			}
		}
		return made
	}},
	{"an alarm watches another metric", Guardrails, in(of(alarmType), func(a place) []Mutant {
		return append(a.set("Other", "metricName"), a.set("AWS/Other", "namespace")...)
	})},
	{"an alarm counts otherwise", Guardrails, in(of(alarmType), func(a place) (made []Mutant) {
		made = append(a.set("Minimum", "statistic"), a.set(86400.0, "period")...)
		return append(made, a.set(a.at("evaluationPeriods").(float64)+5, "evaluationPeriods")...)
	})},
}

// rescheduled moves the minute or the hour, field 1 or 2, of a rule's cron.
func rescheduled(rule place, field, of int) []Mutant {
	cron := regexp.MustCompile(`^cron\((\d+) (\d+) (.*)\)$`).FindStringSubmatch(rule.text("scheduleExpression"))
	if cron == nil {
		return nil
	}
	was, _ := strconv.Atoi(cron[field])
	cron[field] = strconv.Itoa((was + 1) % of)
	return rule.set("cron("+cron[1]+" "+cron[2]+" "+cron[3]+")", "scheduleExpression")
}

// anotherOf gives an input that names a resource the name of another one.
func anotherOf(input string, types ...string) func(*mockaws.Evaluation) []Mutant {
	return func(e *mockaws.Evaluation) (made []Mutant) {
		for _, token := range types {
			made = append(made, another(e, input, token)...)
		}
		return made
	}
}

func another(e *mockaws.Evaluation, input, token string, below ...any) (made []Mutant) {
	for _, r := range resources(e, token) {
		p := r.below(input).below(below...)
		if other := sibling(e, p.text()); other != "" {
			made = append(made, p.set(other)...)
		}
	}
	return made
}
