package components

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheSampleIsWrittenUnderItsPrefixOnly(t *testing.T) {
	d := deploy(t, sampleProgram(asItIs))
	// An Express workflow writes its logs itself, beside the delivery that every workflow needs.
	requireJSON(t, d.the("iam.RolePolicy", "sample-role"), "policy", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Resource": ["*"], "Action": [
			"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
			"logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery"
		]},
		{"Effect": "Allow", "Resource": ["{logs}:*"], "Action": ["logs:CreateLogStream", "logs:PutLogEvents"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::source/data/orders/*"], "Action": ["s3:PutObject"]}
	]}`, "{logs}", d.arn("cloudwatch.LogGroup", "sample-machine"))
	definition := d.the("sfn.StateMachine", "sample-machine").Inputs["definition"]
	require.Contains(t, definition, `'data/orders/year=' & $year & '/month=' & $month & '/date=' & $date`)
	require.Contains(t, definition, `data/orders/_SUCCESS`)
}

// An Express workflow sends no events when it ends: alarms tell of its failures.
func TestFailuresOfTheSampleRaiseAlarms(t *testing.T) {
	d := deploy(t, sampleProgram(asItIs))
	require.Empty(t, d.Find("aws:cloudwatch/eventRule:EventRule"))
	for name, metric := range map[string]string{"sample-failed": "ExecutionsFailed", "sample-timed-out": "ExecutionsTimedOut"} {
		alarm := d.the("cloudwatch.MetricAlarm", name).Inputs
		require.NotEmpty(t, alarm["alarmDescription"])
		require.Equal(t, "AWS/States", alarm["namespace"])
		require.Equal(t, metric, alarm["metricName"])
		require.Equal(t, map[string]any{"StateMachineArn": d.arn("sfn.StateMachine", "sample-machine")}, alarm["dimensions"])
		requireFirstSightAlarm(t, alarm)
	}
}

// requireFirstSightAlarm says that an alarm goes off at the first count above zero, and not where there is none.
func requireFirstSightAlarm(t *testing.T, alarm map[string]any) {
	t.Helper()
	for input, value := range map[string]any{
		"statistic": "Sum", "comparisonOperator": "GreaterThanThreshold", "threshold": 0.0, "evaluationPeriods": 1.0, "period": 300.0,
		"treatMissingData": "notBreaching", "alarmActions": []any{alertsARN},
	} {
		require.Equal(t, value, alarm[input], input)
	}
}
