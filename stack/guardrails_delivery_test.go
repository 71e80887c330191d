package stack

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

var deliveryGuardrails = []guardrail{
	{
		rule:   "every rule is switched on and has one target",
		reason: "a rule without a target matches events and drops them",
		source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html",
		violations: each(ruleType, func(d *deployment, rule mockaws.Resource) []string {
			targets := belonging(d, targetType, "rule", rule.Outputs["name"])
			return slices.Concat(unless(rule.Inputs["state"] == "ENABLED", "is %v", rule.Inputs["state"]), unless(len(targets) == 1, "has %d targets", len(targets)))
		}),
		breaches: []breach{
			{"dev", set(ruleType, "crawl-dataset-failed", "DISABLED", "state"), "EventRule crawl-dataset-failed: is DISABLED"},
			{"prod", drop(targetType, "execute-queries-trigger"), "EventRule execute-queries-trigger: has 0 targets"},
		},
	},
	{
		rule:   "a start that fails goes to a dead-letter queue that lets its rule in",
		reason: "EventBridge tries for a day, then forgets; what it may not write into the queue it forgets too",
		source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html",
		violations: each(targetType, func(d *deployment, target mockaws.Resource) []string {
			if _, starts := d.lookup(machineType, "arn", textAt(target.Inputs, "arn")); !starts {
				return nil
			}
			queue, has := d.lookup(queueType, "arn", textAt(target.Inputs, "deadLetterConfig", "arn"))
			if !has {
				return []string{"has no dead-letter queue"}
			}
			rule, _ := d.lookup(ruleType, "name", textAt(target.Inputs, "rule"))
			return unless(mayWrite(d, queue, "events.amazonaws.com", rule.Outputs["arn"]), "its dead-letter queue does not let it in")
		}),
		breaches: []breach{
			{"dev", set(targetType, "crawl-dataset-trigger", nil, "deadLetterConfig"), "EventTarget crawl-dataset-trigger: has no dead-letter queue"},
			{"prod", set(queuePolicyType, "execute-queries-dead-letters", output(ruleType, "crawl-dataset-trigger", "arn"), "policy", "Statement", 1, "Condition", "ArnEquals", "aws:SourceArn"), "EventTarget execute-queries-trigger: its dead-letter queue does not let it in"},
		},
	},
	{
		rule:   "a subscribed queue lets its topic in, with a dead-letter queue at the topic and one at the queue",
		reason: "SNS gives up on a queue, and a reader on a message: neither may lose it",
		source: "https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
		violations: each(subscriptionType, func(d *deployment, subscription mockaws.Resource) (faults []string) {
			if subscription.Inputs["protocol"] != "sqs" {
				return nil
			}
			queue, _ := d.lookup(queueType, "arn", textAt(subscription.Inputs, "endpoint"))
			undelivered, _ := d.lookup(queueType, "arn", textAt(subscription.Inputs, "redrivePolicy", "deadLetterTargetArn"))
			return slices.Concat(
				unless(mayWrite(d, queue, "sns.amazonaws.com", subscription.Inputs["topic"]), "its queue does not let the topic in"),
				unless(mayWrite(d, undelivered, "sns.amazonaws.com", subscription.Inputs["topic"]), "has no dead-letter queue that lets the topic in"),
				unless(textAt(queue.Inputs, "redrivePolicy", "deadLetterTargetArn") != "", "its queue has no dead-letter queue"),
			)
		}),
		breaches: []breach{
			{"prod", drop(queuePolicyType, "alerts-queue"), "TopicSubscription alerts-queue: its queue does not let the topic in"},
			{"prod", set(subscriptionType, "alerts-queue", nil, "redrivePolicy"), "TopicSubscription alerts-queue: has no dead-letter queue that lets the topic in"},
			{"prod", set(queueType, "execute-queries-queue", nil, "redrivePolicy"), "TopicSubscription execute-queries-queue: its queue has no dead-letter queue"},
		},
	},
	{
		rule:   "a device's message that cannot be written goes to a queue",
		reason: "devices send once: what S3 refuses is lost otherwise",
		source: "https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html",
		violations: each(topicRuleType, func(d *deployment, rule mockaws.Resource) []string {
			_, has := d.lookup(queueType, "url", textAt(rule.Inputs, "errorAction", "sqs", "queueUrl"))
			return slices.Concat(unless(has, "has no queue for errors"), unless(rule.Inputs["enabled"] == true, "is switched off"))
		}),
		breaches: []breach{
			{"prod", set(topicRuleType, "ingestion-rule", nil, "errorAction"), "TopicRule ingestion-rule: has no queue for errors"},
			{"prod", set(topicRuleType, "ingestion-rule", false, "enabled"), "TopicRule ingestion-rule: is switched off"},
		},
	},
	{
		rule:   "dead letters are kept for two weeks",
		reason: "a message keeps its age when it moves, so a dead-letter queue with less time may drop it at once; two weeks are the most there is",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
		violations: each(queueType, func(d *deployment, queue mockaws.Resource) []string {
			seconds := queue.Inputs["messageRetentionSeconds"]
			return unless(!isForDeadLetters(d, queue) || seconds == 1_209_600.0, "keeps messages for %v seconds", seconds)
		}),
		breaches: []breach{
			{"dev", set(queueType, "crawl-dataset-dead-letters", 345600.0, "messageRetentionSeconds"), "Queue crawl-dataset-dead-letters: keeps messages for 345600 seconds"},
			{"prod", set(queueType, "alerts-undelivered", nil, "messageRetentionSeconds"), "Queue alerts-undelivered: keeps messages for <nil> seconds"},
		},
	},
	{
		rule:   "an alarm watches every dead-letter queue",
		reason: "nobody looks into a queue that is empty nearly always",
		source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/dead-letter-queues-alarms-cloudwatch.html",
		violations: each(queueType, func(d *deployment, queue mockaws.Resource) []string {
			watched := hasAlarm(d, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.Outputs["name"])
			return unless(!isForDeadLetters(d, queue) || watched, "no alarm watches it")
		}),
		breaches: []breach{
			{"dev", drop(alarmType, "execute-queries-trigger-alarm"), "Queue execute-queries-dead-letters: no alarm watches it"},
			{"prod", drop(alarmType, "ingestion-unwritten"), "Queue ingestion-unwritten: no alarm watches it"},
			{"prod", set(alarmType, "alerts-undelivered", output(queueType, "alerts-queue", "name"), "dimensions", "QueueName"), "Queue alerts-undelivered: no alarm watches it"},
			{"prod", set(alarmType, "crawl-dataset-trigger-alarm", "NumberOfMessagesSent", "metricName"), "Queue crawl-dataset-dead-letters: no alarm watches it"},
		},
	},
	{
		rule:   "alarms tell the alerts topic at once what happened and what is next, and of nothing when there is no data",
		reason: "an alarm without an action is a light in an empty room, and one without a next step a riddle",
		source: "CloudWatch.15 CloudWatch.17 https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
		violations: each(alarmType, func(d *deployment, alarm mockaws.Resource) []string {
			missing, operator, threshold := "notBreaching", "GreaterThanThreshold", 0.0
			if countsSuccesses(alarm) { // the one kind that asks for something: that there is none is no data
				missing, operator, threshold = "breaching", "LessThanThreshold", 1.0
			}
			return slices.Concat(
				unless(at(alarm.Inputs, "alarmActions", 0) == d.alertsTopic(), "does not tell the alerts topic"),
				unless(alarm.Inputs["actionsEnabled"] != false, "its actions are switched off"),
				unless(alarm.Inputs["treatMissingData"] == missing, "takes missing data as %v", alarm.Inputs["treatMissingData"]),
				unless(alarm.Inputs["comparisonOperator"] == operator, "is raised by %v", alarm.Inputs["comparisonOperator"]),
				unless(alarm.Inputs["threshold"] == threshold || !strings.HasPrefix(textAt(alarm.Inputs, "namespace"), "AWS/"), "lets some failures pass"),
				unless(strings.Contains(textAt(alarm.Inputs, "alarmDescription"), ". Next: "), "says no next step"),
				unless(len(textAt(alarm.Inputs, "alarmDescription")) <= 1024, "its description is too long for CloudWatch"),
			)
		}),
		breaches: []breach{
			{"dev", set(alarmType, "create-dataset-failed", nil, "alarmActions"), "MetricAlarm create-dataset-failed: does not tell the alerts topic"},
			{"prod", set(alarmType, "alerts-undelivered", output(topicType, "execute-queries-results", "arn"), "alarmActions", 0), "MetricAlarm alerts-undelivered: does not tell the alerts topic"},
			{"prod", set(alarmType, "alerts-undelivered", false, "actionsEnabled"), "MetricAlarm alerts-undelivered: its actions are switched off"},
			{"dev", set(alarmType, "create-dataset-timed-out", "breaching", "treatMissingData"), "MetricAlarm create-dataset-timed-out: takes missing data as breaching"},
			{"dev", set(alarmType, "create-dataset-failed", 5.0, "threshold"), "MetricAlarm create-dataset-failed: lets some failures pass"},
			{"prod", set(alarmType, "weekly-etl-throttled", "It was throttled", "alarmDescription"), "MetricAlarm weekly-etl-throttled: says no next step"},
			{"prod", set(alarmType, "crawl-dataset-no-success", "notBreaching", "treatMissingData"), "MetricAlarm crawl-dataset-no-success: takes missing data as notBreaching"},
		},
	},
	{
		rule:   "an alarm watches each state machine's throttling",
		reason: "AWS holds up states without failing them: a run is late, and nothing says so",
		source: "https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html",
		violations: each(machineType, func(d *deployment, machine mockaws.Resource) []string {
			return unless(hasAlarm(d, "AWS/States", "ExecutionThrottled", "StateMachineArn", machine.Outputs["arn"]), "no alarm watches its throttling")
		}),
		breaches: []breach{
			{"dev", drop(alarmType, "create-dataset-throttled"), "StateMachine create-dataset-machine: no alarm watches its throttling"},
		},
	},
	{
		rule:   "one rule notifies of each Standard state machine's bad endings, and that machine's alone",
		reason: "a time-out cannot be caught inside; two rules would notify of it twice, a wide one what is not ours",
		source: "https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html",
		violations: each(machineType, func(d *deployment, machine mockaws.Resource) []string {
			if machine.Inputs["type"] == "EXPRESS" {
				return nil
			}
			var rules []mockaws.Resource
			for _, rule := range d.Find(ruleType) {
				arns, _ := at(rule.Inputs, "eventPattern", "detail", "stateMachineArn").([]any)
				statuses, _ := at(rule.Inputs, "eventPattern", "detail", "status").([]any)
				if slices.Contains(statuses, any("FAILED")) && (len(arns) == 0 || slices.Contains(arns, machine.Outputs["arn"])) {
					rules = append(rules, rule)
				}
			}
			if len(rules) != 1 {
				return []string{fmt.Sprintf("%d rules notify of its failures", len(rules))}
			}
			pattern := at(rules[0].Inputs, "eventPattern")
			arns, _ := at(pattern, "detail", "stateMachineArn").([]any)
			exact := len(arns) == 1 && at(pattern, "source", 0) == "aws.states" && at(pattern, "detail-type", 0) == "Step Functions Execution Status Change" &&
				slices.Equal(at(pattern, "detail", "status").([]any), []any{"FAILED", "TIMED_OUT", "ABORTED"})
			told := slices.ContainsFunc(belonging(d, targetType, "rule", rules[0].Outputs["name"]), func(target mockaws.Resource) bool {
				return target.Inputs["arn"] == d.alertsTopic()
			})
			return slices.Concat(unless(exact, "%s takes other events", label(rules[0])), unless(told, "%s does not tell the alerts topic", label(rules[0])))
		}),
		breaches: []breach{
			{"prod", drop(ruleType, "crawl-dataset-failed"), "StateMachine crawl-dataset-machine: 0 rules notify of its failures"},
			{"dev", set(ruleType, "crawl-dataset-failed", nil, "eventPattern", "detail", "stateMachineArn"), "StateMachine execute-queries-machine: 2 rules notify of its failures\nStateMachine report-weather-machine: 2 rules notify of its failures\nStateMachine crawl-dataset-machine: EventRule crawl-dataset-failed takes other events\nStateMachine watchdog-machine: 2 rules notify of its failures\nStateMachine weekly-etl-machine: 2 rules notify of its failures"},
			{"dev", set(ruleType, "crawl-dataset-failed", []any{"FAILED", "ABORTED"}, "eventPattern", "detail", "status"), "StateMachine crawl-dataset-machine: EventRule crawl-dataset-failed takes other events"},
			{"prod", set(ruleType, "execute-queries-failed", output(machineType, "crawl-dataset-machine", "arn"), "eventPattern", "detail", "stateMachineArn", 1), "StateMachine execute-queries-machine: EventRule execute-queries-failed takes other events\nStateMachine crawl-dataset-machine: 2 rules notify of its failures"},
			{"prod", set(targetType, "crawl-dataset-failed", output(topicType, "execute-queries-results", "arn"), "arn"), "StateMachine crawl-dataset-machine: EventRule crawl-dataset-failed does not tell the alerts topic"},
		},
	},
	{
		rule:   "an alert of an execution is text that names it, says its status and links to it",
		reason: "an event's JSON is no e-mail; EventBridge checks no template, and leaves out in silence what no path leads to",
		source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html",
		violations: each(targetType, func(d *deployment, target mockaws.Resource) (faults []string) {
			if target.Inputs["arn"] != d.alertsTopic() {
				return nil
			}
			template, paths := textAt(target.Inputs, "inputTransformer", "inputTemplate"), map[string]any{}
			for line := range strings.SplitSeq(template, "\n") {
				_, quoted := parse(line).(string)
				faults = append(faults, unless(quoted, "the line %q is not in quotes", line)...)
			}
			for _, found := range placeholder.FindAllStringSubmatch(template, -1) {
				path := at(target.Inputs, "inputTransformer", "inputPaths", found[1])
				faults = append(faults, unless(path != nil, "no path leads to %s", found[0])...)
				paths[fmt.Sprint(path)] = true
			}
			for _, path := range []string{"$.detail.name", "$.detail.status", "$.detail.executionArn"} {
				faults = append(faults, unless(paths[path] == true, "does not say %s", path)...)
			}
			return append(faults, unless(strings.Contains(template, "#/v2/executions/details/<"), "does not link to the execution")...)
		}),
		breaches: []breach{
			{"dev", set(targetType, "crawl-dataset-failed", "<state> of <execution>: https://x/#/v2/executions/details/<arn>", "inputTransformer", "inputTemplate"), "EventTarget crawl-dataset-failed: the line \"<state> of <execution>: https://x/#/v2/executions/details/<arn>\" is not in quotes\nEventTarget crawl-dataset-failed: no path leads to <state>\nEventTarget crawl-dataset-failed: does not say $.detail.status"},
			{"prod", set(targetType, "weekly-etl-failed", `"<execution> <status> <arn>"`, "inputTransformer", "inputTemplate"), "EventTarget weekly-etl-failed: does not link to the execution"},
		},
	},
	{
		rule:   "alarms watch every Express state machine, and no rule does",
		reason: "an Express workflow sends no events: a rule for it looks like a watch and never fires",
		source: "https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html",
		violations: each(machineType, func(d *deployment, machine mockaws.Resource) (faults []string) {
			if machine.Inputs["type"] != "EXPRESS" {
				return nil
			}
			arn := machine.Outputs["arn"].(string)
			for _, metric := range []string{"ExecutionsFailed", "ExecutionsTimedOut"} {
				faults = append(faults, unless(hasAlarm(d, "AWS/States", metric, "StateMachineArn", arn), "no alarm watches %s", metric)...)
			}
			for _, rule := range d.Find(ruleType) {
				faults = append(faults, unless(!strings.Contains(textAt(rule.Inputs, "eventPattern"), arn), "%s waits for its events", label(rule))...)
			}
			return faults
		}),
		breaches: []breach{
			{"dev", drop(alarmType, "create-dataset-timed-out"), "StateMachine create-dataset-machine: no alarm watches ExecutionsTimedOut"},
			{"dev", set(alarmType, "create-dataset-failed", output(machineType, "crawl-dataset-machine", "arn"), "dimensions", "StateMachineArn"), "StateMachine create-dataset-machine: no alarm watches ExecutionsFailed"},
			{"dev", set(ruleType, "crawl-dataset-failed", output(machineType, "create-dataset-machine", "arn"), "eventPattern", "detail", "stateMachineArn", 0), "StateMachine create-dataset-machine: EventRule crawl-dataset-failed waits for its events"},
		},
	},
	{
		rule:   "targets that are topics or queues have no role, state machines have one",
		reason: "EventBridge writes to them by their own policy; with a role the delivery fails, and a start without one does",
		source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html",
		violations: each(targetType, func(_ *deployment, target mockaws.Resource) []string {
			starts := strings.HasPrefix(textAt(target.Inputs, "arn"), "arn:aws:states:")
			has := target.Inputs["roleArn"] != nil
			return unless(has == starts, "has a role: %v, starts a state machine: %v", has, starts)
		}),
		breaches: []breach{
			{"dev", set(targetType, "crawl-dataset-failed", "arn:aws:iam::111122223333:role/x", "roleArn"), "EventTarget crawl-dataset-failed: has a role: true, starts a state machine: false"},
			{"prod", set(targetType, "crawl-dataset-trigger", nil, "roleArn"), "EventTarget crawl-dataset-trigger: has a role: false, starts a state machine: true"},
		},
	},
	{
		rule:   "a topic lets in the services that publish on it, and no others",
		reason: "SNS refuses an event or an alarm without its policy's word, and nobody hears of it",
		source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html",
		violations: each(topicType, func(d *deployment, topic mockaws.Resource) []string {
			var allowed []string
			for _, policy := range belonging(d, topicPolicyType, "arn", topic.Outputs["arn"]) {
				for _, s := range statements(policy, "policy") {
					if s.Effect == "Allow" && slices.Contains(s.Action, "sns:Publish") && slices.Contains(s.Resource, topic.Outputs["arn"].(string)) {
						allowed = append(allowed, s.services()...)
					}
				}
			}
			used := publishers(d, topic)
			slices.Sort(allowed)
			slices.Sort(used)
			return unless(slices.Equal(allowed, used), "lets in %s, is used by %s", listedTexts(allowed), listedTexts(used))
		}),
		breaches: []breach{
			{"dev", set(topicPolicyType, "alerts-topic", "Deny", "policy", "Statement", 2, "Effect"), "Topic alerts-topic: lets in events.amazonaws.com, is used by cloudwatch.amazonaws.com, events.amazonaws.com"},
			{"prod", set(topicPolicyType, "alerts-topic", "s3.amazonaws.com", "policy", "Statement", 1, "Principal", "Service"), "Topic alerts-topic: lets in cloudwatch.amazonaws.com, s3.amazonaws.com, is used by cloudwatch.amazonaws.com, events.amazonaws.com"},
			{"prod", drop(topicPolicyType, "alerts-topic"), "Topic alerts-topic: lets in nobody, is used by cloudwatch.amazonaws.com, events.amazonaws.com"},
		},
	},
	{
		rule:   "the alerts reach production's own queue",
		reason: "an alert that only waits for somebody to confirm an e-mail reaches nobody",
		source: "https://docs.aws.amazon.com/wellarchitected/latest/framework/ops_event_response_event_incident_problem_process.html",
		violations: func(d *deployment) []string {
			subscribed := belonging(d, subscriptionType, "topic", d.alertsTopic())
			return unless(!d.isProduction() || len(subscribed) > 0, "nobody gets the alerts")
		},
		breaches: []breach{
			{"prod", drop(subscriptionType, "alerts-queue"), "nobody gets the alerts"},
		},
	},
}

// placeholder is where EventBridge puts a value into a template.
var placeholder = regexp.MustCompile(`<([^<>]*)>`)

// mayWrite tells whether a queue's policy lets a service send messages for a source.
func mayWrite(d *deployment, queue mockaws.Resource, service string, source any) bool {
	return slices.ContainsFunc(belonging(d, queuePolicyType, "queueUrl", queue.Outputs["url"]), func(policy mockaws.Resource) bool {
		return slices.ContainsFunc(statements(policy, "policy"), func(s statement) bool {
			return s.Effect == "Allow" && slices.Contains(s.services(), service) && slices.Contains(s.Action, "sqs:SendMessage") &&
				slices.Contains(s.Resource, fmt.Sprint(queue.Outputs["arn"])) && slices.Equal(s.Condition["ArnEquals"]["aws:SourceArn"], oneOrMore{fmt.Sprint(source)})
		})
	})
}

// isForDeadLetters tells whether something puts into a queue what it could not deliver.
func isForDeadLetters(d *deployment, queue mockaws.Resource) bool {
	for _, from := range []struct {
		token string
		path  []any
	}{
		{targetType, []any{"deadLetterConfig", "arn"}},
		{subscriptionType, []any{"redrivePolicy", "deadLetterTargetArn"}},
		{queueType, []any{"redrivePolicy", "deadLetterTargetArn"}},
		{topicRuleType, []any{"errorAction", "sqs", "queueUrl"}},
	} {
		for _, r := range d.Find(from.token) {
			if to := at(r.Inputs, from.path...); to == queue.Outputs["arn"] || to == queue.Outputs["url"] {
				return true
			}
		}
	}
	return false
}

// hasAlarm tells whether an alarm watches a metric of one thing.
func hasAlarm(d *deployment, namespace, metric, dimension string, value any) bool {
	return slices.ContainsFunc(d.Find(alarmType), func(alarm mockaws.Resource) bool {
		return alarm.Inputs["namespace"] == namespace && alarm.Inputs["metricName"] == metric && at(alarm.Inputs, "dimensions", dimension) == value
	})
}

// countsSuccesses tells whether an alarm is raised where successes are missing.
func countsSuccesses(alarm mockaws.Resource) bool {
	return alarm.Inputs["namespace"] == "AWS/States" && alarm.Inputs["metricName"] == "ExecutionsSucceeded"
}

func listedTexts(list []string) string {
	if len(list) == 0 {
		return "nobody"
	}
	return strings.Join(list, ", ")
}
