package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func alertsProgram(subscribers Subscribers) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := NewAlerts(ctx, "alerts", &AlertsArgs{Subscribers: subscribers})
		return err
	}
}

func TestNobodyIsSubscribedUnlessAskedTo(t *testing.T) {
	d := deploy(t, alertsProgram(Subscribers{}))
	require.Empty(t, d.Find("aws:sns/topicSubscription:TopicSubscription"))
	require.Empty(t, d.Find("aws:sqs/queue:Queue"))
}

func TestEachAddressIsSubscribed(t *testing.T) {
	d := deploy(t, alertsProgram(Subscribers{Emails: []string{"data@example.com", "Ops+night@sub.example.co.uk"}}))
	for _, email := range []string{"data@example.com", "Ops+night@sub.example.co.uk"} {
		require.Equal(t, map[string]any{
			"topic": d.arn("sns.Topic", "alerts-topic"), "protocol": "email", "endpoint": email,
		}, d.the("sns.TopicSubscription", "alerts-"+email).Inputs)
	}
}

// A queue takes its topic's messages as they were sent. What cannot be delivered, or is received five times without
// being deleted, is kept apart, and raises an alarm.
func TestAQueueKeepsTheMessages(t *testing.T) {
	for topic, test := range map[string]struct {
		name, alerts string
		program      pulumi.RunFunc
	}{
		"alerts-topic":   {"alerts", "", alertsProgram(Subscribers{Queue: true})},
		"report-results": {"report", alertsARN, reporterProgram(func(a *AthenaReporterArgs) { a.Subscribers.Queue = true })},
	} {
		t.Run(topic, func(t *testing.T) {
			d := deploy(t, test.program)
			queue, undelivered := d.the("sqs.Queue", test.name+"-queue"), d.the("sqs.Queue", test.name+"-undelivered")
			require.Equal(t, true, queue.Inputs["sqsManagedSseEnabled"])
			require.Equal(t, map[string]any{"messageRetentionSeconds": 1209600.0, "sqsManagedSseEnabled": true}, undelivered.Inputs)
			deadLetters := undelivered.Outputs["arn"].(string)
			requireJSON(t, queue, "redrivePolicy", `{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 5}`, "{arn}", deadLetters)

			subscription := d.the("sns.TopicSubscription", test.name+"-queue")
			require.Equal(t, d.arn("sns.Topic", topic), subscription.Inputs["topic"])
			require.Equal(t, "sqs", subscription.Inputs["protocol"])
			require.Equal(t, queue.Outputs["arn"], subscription.Inputs["endpoint"])
			require.Equal(t, true, subscription.Inputs["rawMessageDelivery"])
			requireJSON(t, subscription, "redrivePolicy", `{"deadLetterTargetArn": "{arn}"}`, "{arn}", deadLetters)

			for _, name := range []string{test.name + "-queue", test.name + "-undelivered"} {
				policy := d.the("sqs.QueuePolicy", name)
				requireJSON(t, policy, "policy", `{"Version": "2012-10-17", "Statement": [
					{"Effect": "Deny", "Principal": "*", "Action": ["sqs:*"], "Resource": ["{queue}"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
					{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": ["sqs:SendMessage"], "Resource": ["{queue}"],
						"Condition": {"ArnEquals": {"aws:SourceArn": "{topic}"}}}
				]}`, "{queue}", d.arn("sqs.Queue", name), "{topic}", d.arn("sns.Topic", topic))
				require.Contains(t, subscription.Dependencies, policy.URN, "SNS finds the queue open")
			}

			alarm := d.the("cloudwatch.MetricAlarm", test.name+"-undelivered").Inputs
			require.Equal(t, map[string]any{"QueueName": undelivered.Outputs["name"]}, alarm["dimensions"])
			if test.alerts == "" {
				test.alerts = d.arn("sns.Topic", topic)
			}
			require.Equal(t, []any{test.alerts}, alarm["alarmActions"])
		})
	}
}
