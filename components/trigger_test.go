package components

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func scheduled() pulumi.RunFunc {
	return crawlerProgram(func(a *CrawlerWorkflowArgs) { a.Schedule = &Schedule{Weekday: "SUN", At: "00:00", Offset: "+07:00"} })
}

func arriving() pulumi.RunFunc {
	return crawlerProgram(func(a *CrawlerWorkflowArgs) { a.OnArrival = true })
}

func afterwards() pulumi.RunFunc {
	return reporterProgram(func(a *AthenaReporterArgs) { a.After = pulumi.String(afterARN) })
}

func TestAScheduleIsARuleInUTC(t *testing.T) {
	rule := deploy(t, scheduled()).the("cloudwatch.EventRule", "crawl-trigger").Inputs
	require.Equal(t, map[string]any{
		"description": "Starts crawl: Sundays 00:00 +07:00", "state": "ENABLED", "scheduleExpression": "cron(0 17 ? * SAT *)",
	}, rule)
}

// One wildcard asks for both ends of the key: a list of a prefix and a suffix would match either.
func TestDataStartsACrawlWhenItIsComplete(t *testing.T) {
	rule := deploy(t, arriving()).the("cloudwatch.EventRule", "crawl-trigger")
	require.NotContains(t, rule.Inputs, "scheduleExpression")
	requireJSON(t, rule, "eventPattern", `{
		"source": ["aws.s3"], "detail-type": ["Object Created"],
		"detail": {"bucket": {"name": ["source"]}, "object": {"key": [{"wildcard": "data/usage/*_SUCCESS"}]}}
	}`)
}

func TestReportsFollowTheSuccessOfOneStateMachine(t *testing.T) {
	rule := deploy(t, afterwards()).the("cloudwatch.EventRule", "report-trigger")
	require.NotContains(t, rule.Inputs, "scheduleExpression")
	requireJSON(t, rule, "eventPattern", `{
		"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"],
		"detail": {"stateMachineArn": ["{after}"], "status": ["SUCCEEDED"]}
	}`, "{after}", afterARN)
}

func TestNothingStartsAWorkflowUnlessAskedTo(t *testing.T) {
	for name, program := range map[string]pulumi.RunFunc{"crawl": crawlerProgram(asItIs), "report": reporterProgram(asItIs)} {
		d := deploy(t, program)
		d.lacks("cloudwatch.EventRule", name+"-trigger")
		d.lacks("iam.Role", name+"-trigger-role")
		d.lacks("sqs.Queue", name+"-dead-letters")
	}
}

// A start that cannot be delivered is tried again for a day, kept for two weeks, and raises an alarm.
func TestAStartIsNotLost(t *testing.T) {
	for kind, program := range map[string]pulumi.RunFunc{"a schedule": scheduled(), "an arrival": arriving(), "a success": afterwards()} {
		t.Run(kind, func(t *testing.T) {
			d := deploy(t, program)
			name := "crawl"
			if kind == "a success" {
				name = "report"
			}
			rule, machine, queue := d.the("cloudwatch.EventRule", name+"-trigger"), d.arn("sfn.StateMachine", name+"-machine"), d.the("sqs.Queue", name+"-dead-letters")
			target := d.the("cloudwatch.EventTarget", name+"-trigger")
			require.Equal(t, map[string]any{
				"rule":             rule.Outputs["name"],
				"arn":              machine,
				"roleArn":          d.arn("iam.Role", name+"-trigger-role"),
				"retryPolicy":      map[string]any{"maximumEventAgeInSeconds": 86400.0, "maximumRetryAttempts": 185.0},
				"deadLetterConfig": map[string]any{"arn": queue.Outputs["arn"]},
			}, target.Inputs)
			require.Contains(t, target.Dependencies, d.the("iam.RolePolicy", name+"-trigger-role").URN)
			require.Contains(t, target.Dependencies, d.the("sqs.QueuePolicy", name+"-dead-letters").URN)

			require.Equal(t, map[string]any{"messageRetentionSeconds": 1209600.0, "sqsManagedSseEnabled": true}, queue.Inputs)
			alarm := d.the("cloudwatch.MetricAlarm", name+"-trigger-alarm").Inputs
			require.Equal(t, "AWS/SQS", alarm["namespace"])
			require.Equal(t, "ApproximateNumberOfMessagesVisible", alarm["metricName"])
			require.Equal(t, map[string]any{"QueueName": queue.Outputs["name"]}, alarm["dimensions"])
			requireFirstSightAlarm(t, alarm)
		})
	}
}

// A machine that a daily schedule starts has an alarm for a day without a success; a weekly success is further back than
// an alarm looks.
func TestADayWithoutASuccessRaisesAnAlarm(t *testing.T) {
	daily := &Schedule{At: "01:00", Offset: "+07:00"}
	for kind, change := range map[string]func(*CrawlerWorkflowArgs){
		"a daily schedule": func(a *CrawlerWorkflowArgs) { a.Schedule = daily },
		"a daily crawl of everything": func(a *CrawlerWorkflowArgs) {
			a.OnArrival, a.FullCrawl = true, daily
		},
	} {
		t.Run(kind, func(t *testing.T) {
			d := deploy(t, crawlerProgram(change))
			machine := d.arn("sfn.StateMachine", "crawl-machine")
			require.Equal(t, map[string]any{
				"alarmDescription": "crawl has not succeeded for a day, or never yet. Next: see whether its schedule started it, and how that ended: " +
					"https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/statemachines/view/" + machine,
				"namespace": "AWS/States", "metricName": "ExecutionsSucceeded", "dimensions": map[string]any{"StateMachineArn": machine}, "statistic": "Sum",
				"period": 3600.0, "evaluationPeriods": 26.0, "comparisonOperator": "LessThanThreshold", "threshold": 1.0,
				"treatMissingData": "breaching", "alarmActions": []any{alertsARN},
			}, d.the("cloudwatch.MetricAlarm", "crawl-no-success").Inputs)
		})
	}
	for _, program := range []pulumi.RunFunc{scheduled(), arriving(), crawlerProgram(asItIs)} {
		deploy(t, program).lacks("cloudwatch.MetricAlarm", "crawl-no-success")
	}
}

func TestThrottledStatesRaiseAnAlarm(t *testing.T) {
	for name, program := range map[string]pulumi.RunFunc{"crawl": crawlerProgram(asItIs), "report": reporterProgram(asItIs), "sample": sampleProgram(asItIs)} {
		d := deploy(t, program)
		alarm := d.the("cloudwatch.MetricAlarm", name+"-throttled").Inputs
		require.Equal(t, "AWS/States", alarm["namespace"])
		require.Equal(t, "ExecutionThrottled", alarm["metricName"])
		require.Equal(t, map[string]any{"StateMachineArn": d.arn("sfn.StateMachine", name+"-machine")}, alarm["dimensions"])
		requireFirstSightAlarm(t, alarm)
	}
}

// The console has another address in each partition.
func TestLinksLeadToTheConsoleOfThePartition(t *testing.T) {
	for partition, link := range map[string]string{
		"aws":        "https://r.console.aws.amazon.com/states/home?region=r#/x",
		"aws-cn":     "https://r.console.amazonaws.cn/states/home?region=r#/x",
		"aws-us-gov": "https://r.console.amazonaws-us-gov.com/states/home?region=r#/x",
	} {
		require.Equal(t, link, account{region: "r", partition: partition}.statesLink("x"))
	}
}

func TestATriggerMayStartItsOwnMachineOnly(t *testing.T) {
	d := deploy(t, scheduled())
	requireJSON(t, d.the("iam.RolePolicy", "crawl-trigger-role"), "policy", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": ["states:StartExecution"], "Resource": ["{machine}"]}
	]}`, "{machine}", d.arn("sfn.StateMachine", "crawl-machine"))
}

func TestADeadLetterQueueTakesItsRulesEventsOnly(t *testing.T) {
	d := deploy(t, scheduled())
	policy := d.the("sqs.QueuePolicy", "crawl-dead-letters")
	require.Equal(t, d.the("sqs.Queue", "crawl-dead-letters").Outputs["url"], policy.Inputs["queueUrl"])
	requireJSON(t, policy, "policy", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Deny", "Principal": "*", "Action": ["sqs:*"], "Resource": ["{queue}"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
		{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": ["sqs:SendMessage"], "Resource": ["{queue}"],
			"Condition": {"ArnEquals": {"aws:SourceArn": "{rule}"}}}
	]}`, "{queue}", d.arn("sqs.Queue", "crawl-dead-letters"), "{rule}", d.arn("cloudwatch.EventRule", "crawl-trigger"))
}

// Nothing inside a machine can tell that it timed out. SNS takes events by its topic's policy: a role would make the
// delivery fail.
func TestExecutionsThatEndBadlyNotifyPeople(t *testing.T) {
	for name, program := range map[string]pulumi.RunFunc{"crawl": crawlerProgram(asItIs), "report": reporterProgram(asItIs)} {
		t.Run(name, func(t *testing.T) {
			d := deploy(t, program)
			rule := d.the("cloudwatch.EventRule", name+"-failed")
			require.Equal(t, "ENABLED", rule.Inputs["state"])
			requireJSON(t, rule, "eventPattern", `{
				"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"],
				"detail": {"stateMachineArn": ["{machine}"], "status": ["FAILED", "TIMED_OUT", "ABORTED"]}
			}`, "{machine}", d.arn("sfn.StateMachine", name+"-machine"))
			require.Equal(t, map[string]any{"rule": rule.Outputs["name"], "arn": alertsARN, "inputTransformer": map[string]any{
				"inputPaths": map[string]any{"arn": "$.detail.executionArn", "execution": "$.detail.name", "status": "$.detail.status", "time": "$.time"},
				"inputTemplate": strings.Join([]string{
					`"<status>: execution <execution> of ` + name + `, at <time>."`,
					`"Open https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/<arn> to see which state failed, and why."`,
					`"Next: put that right, then choose New execution there, which starts ` + name + ` again with the same input."`,
				}, "\n"),
			}}, d.the("cloudwatch.EventTarget", name+"-failed").Inputs)
		})
	}
}

// EventBridge publishes to no topic whose policy has a condition for it.
func TestAlertsComeFromEventsAndThisAccountsAlarmsOverTLS(t *testing.T) {
	d := deploy(t, func(ctx *pulumi.Context) error {
		_, err := NewAlerts(ctx, "alerts", nil)
		return err
	})
	require.NotContains(t, d.the("sns.Topic", "alerts-topic").Inputs, "kmsMasterKeyId", "SNS's own key lets neither EventBridge nor CloudWatch in")
	policy := d.the("sns.TopicPolicy", "alerts-topic")
	require.Equal(t, d.arn("sns.Topic", "alerts-topic"), policy.Inputs["arn"])
	requireJSON(t, policy, "policy", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Deny", "Principal": "*", "Action": ["sns:Publish"], "Resource": ["{topic}"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
		{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": ["sns:Publish"], "Resource": ["{topic}"]},
		{"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": ["sns:Publish"], "Resource": ["{topic}"],
			"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}
	]}`, "{topic}", d.arn("sns.Topic", "alerts-topic"))
}

func TestAlertsAreEncryptedWithTheLakesKey(t *testing.T) {
	d := deploy(t, func(ctx *pulumi.Context) error {
		_, err := NewAlerts(ctx, "alerts", &AlertsArgs{Key: customerKey()})
		return err
	})
	require.Equal(t, keyARN, d.the("sns.Topic", "alerts-topic").Inputs["kmsMasterKeyId"])
}

// Whoever sends alerts waits until the topic takes them.
func TestTheAlertsTopicIsHandedOutWithItsPolicy(t *testing.T) {
	d := deploy(t, everything("", ignore))
	require.Contains(t, d.the("cloudwatch.EventTarget", "crawl-failed").Dependencies, d.the("sns.TopicPolicy", "alerts-topic").URN)
	require.Contains(t, d.the("cloudwatch.MetricAlarm", "sample-failed").Dependencies, d.the("sns.TopicPolicy", "alerts-topic").URN)
}
