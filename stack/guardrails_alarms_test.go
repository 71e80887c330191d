package stack

import (
	"fmt"
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

var alarmGuardrails = []guardrail{
	{
		rule:   "an alarm is raised by the first bad five minutes, and one that asks for a success by a day and an hour or two without",
		reason: "an alarm that waits for a second failure waits until the next night",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html",
		violations: each(alarmType, func(_ *deployment, alarm mockaws.Resource) []string {
			period, _ := alarm.Inputs["period"].(float64)
			periods, _ := alarm.Inputs["evaluationPeriods"].(float64)
			own := !strings.HasPrefix(textAt(alarm.Inputs, "namespace"), "AWS/") // a share is no count
			statistic := map[bool]string{true: "Maximum", false: "Sum"}[own]
			sound := period <= 300 && periods == 1
			if countsSuccesses(alarm) {
				sound = period == 3600 && periods > 24 && periods <= 26
			}
			return slices.Concat(
				unless(sound, "looks at %v periods of %v seconds", periods, period),
				unless(alarm.Inputs["statistic"] == statistic, "takes the %v, not the %s", alarm.Inputs["statistic"], statistic),
				unless(alarm.Inputs["datapointsToAlarm"] == nil, "waits for several bad periods"),
			)
		}),
		breaches: []breach{
			{"dev", set(alarmType, "create-dataset-failed", 5.0, "evaluationPeriods"), "MetricAlarm create-dataset-failed: looks at 5 periods of 300 seconds"},
			{"prod", set(alarmType, "crawl-dataset-no-success", 50.0, "evaluationPeriods"), "MetricAlarm crawl-dataset-no-success: looks at 50 periods of 3600 seconds"},
			{"prod", set(alarmType, "weekly-etl-throttled", "Average", "statistic"), "MetricAlarm weekly-etl-throttled: takes the Average, not the Sum"},
			{"dev", set(alarmType, "weekly-etl-throttled", 2.0, "datapointsToAlarm"), "MetricAlarm weekly-etl-throttled: waits for several bad periods"},
		},
	},
	{
		rule:   "an alarm tells of more than a twentieth of a job's records refused",
		reason: "a device that changed its messages fails nothing: the dataset has less in it every week",
		source: "https://docs.aws.amazon.com/wellarchitected/latest/analytics-lens/best-practice-1.1-validate-the-data-quality-of-source-systems-before-transferring-data-for-analytics.html",
		violations: each(machineType, func(d *deployment, machine mockaws.Resource) []string {
			if !strings.Contains(textAt(machine.Inputs, "definition"), "QuarantinedShare") {
				return nil
			}
			watched := slices.ContainsFunc(d.Find(alarmType), func(alarm mockaws.Resource) bool {
				threshold, _ := alarm.Inputs["threshold"].(float64)
				return alarm.Inputs["metricName"] == "QuarantinedShare" && threshold > 0 && threshold <= 5 &&
					strings.Contains(textAt(machine.Inputs, "definition"), fmt.Sprintf("%q", alarm.Inputs["namespace"]))
			})
			return unless(watched, "no alarm watches the share of its records that are refused")
		}),
		breaches: []breach{
			{"prod", drop(alarmType, "weekly-etl-quality"), "StateMachine weekly-etl-machine: no alarm watches the share of its records that are refused"},
			{"dev", set(alarmType, "weekly-etl-quality", 50.0, "threshold"), "StateMachine weekly-etl-machine: no alarm watches the share of its records that are refused"},
		},
	},
	{
		rule:   "a subscription gets every message as it was sent, into a queue of its topic's own or to a person",
		reason: "a filter drops what nobody thought of, and an envelope is what a reader did not ask for",
		source: "https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html",
		violations: all(
			each(subscriptionType, func(d *deployment, s mockaws.Resource) []string {
				_, queue := d.lookup(queueType, "arn", textAt(s.Inputs, "endpoint"))
				return slices.Concat(
					unless(queue && s.Inputs["protocol"] == "sqs" || !queue && s.Inputs["protocol"] == "email", "is for %v by %v", s.Inputs["endpoint"], s.Inputs["protocol"]),
					unless(s.Inputs["filterPolicy"] == nil, "leaves messages out"),
					unless(!queue || s.Inputs["rawMessageDelivery"] == true, "wraps messages"),
				)
			}),
			each(queueType, func(d *deployment, queue mockaws.Resource) []string {
				if isForDeadLetters(d, queue) {
					return nil
				}
				attempts, _ := at(queue.Inputs, "redrivePolicy", "maxReceiveCount").(float64)
				return slices.Concat(
					unless(len(belonging(d, subscriptionType, "endpoint", queue.Outputs["arn"])) == 1, "is not subscribed to one topic"),
					unless(queue.Inputs["messageRetentionSeconds"] == 1_209_600.0, "keeps messages for %v seconds", queue.Inputs["messageRetentionSeconds"]),
					unless(attempts >= 3, "gives a message up after %v attempts", attempts),
				)
			}),
		),
		breaches: []breach{
			{"prod", set(subscriptionType, "alerts-queue", "https", "protocol"), "TopicSubscription alerts-queue: is for arn:aws:sqs:ap-southeast-1:444455556666:alerts-queue-f289177 by https"},
			{"prod", set(subscriptionType, "alerts-queue", `{"a": ["b"]}`, "filterPolicy"), "TopicSubscription alerts-queue: leaves messages out"},
			{"prod", set(subscriptionType, "execute-queries-queue", nil, "rawMessageDelivery"), "TopicSubscription execute-queries-queue: wraps messages"},
			{"prod", drop(subscriptionType, "execute-queries-queue"), "Queue execute-queries-queue: is not subscribed to one topic"},
			{"prod", set(queueType, "report-weather-queue", 3600.0, "messageRetentionSeconds"), "Queue report-weather-queue: keeps messages for 3600 seconds"},
			{"prod", set(queueType, "report-weather-queue", 1.0, "redrivePolicy", "maxReceiveCount"), "Queue report-weather-queue: gives a message up after 1 attempts"},
		},
	},
	{
		rule:   "a device's message lands where a job reads, whole, under its location and the day of its arrival",
		reason: "what lies elsewhere is neither read nor counted",
		source: "https://docs.aws.amazon.com/iot/latest/developerguide/s3-rule-action.html https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html",
		violations: each(topicRuleType, func(d *deployment, rule mockaws.Resource) []string {
			to := "s3://" + textAt(rule.Inputs, "s3", 0, "bucketName") + "/" + textAt(rule.Inputs, "s3", 0, "key")
			read := slices.ContainsFunc(d.Find(jobType), func(job mockaws.Resource) bool {
				folder, named := strings.CutPrefix(to, textAt(job.Inputs, "defaultArguments", "--source"))
				return named && strings.HasPrefix(folder, "location=${topic(3)}/date=${parse_time(\"yyyy-MM-dd\", timestamp())}/${timestamp()}-")
			})
			topic, whole := strings.CutPrefix(textAt(rule.Inputs, "sql"), "SELECT * FROM '")
			levels := strings.Split(strings.TrimSuffix(topic, "'"), "/")
			return slices.Concat(unless(read, "writes to %s", to), unless(whole && len(levels) == 3 && levels[2] == "+", "takes %s", rule.Inputs["sql"]))
		}),
		breaches: []breach{
			{"prod", set(topicRuleType, "ingestion-rule", "raw/${timestamp()}.json", "s3", 0, "key"), "TopicRule ingestion-rule: writes to s3://lake-source-ee3e81c/raw/${timestamp()}.json"},
			{"prod", set(topicRuleType, "ingestion-rule", "SELECT temperature FROM 'weatherPlatform/telemetry/+'", "sql"), "TopicRule ingestion-rule: takes SELECT temperature FROM 'weatherPlatform/telemetry/+'"},
		},
	},
}
