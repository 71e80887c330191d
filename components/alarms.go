package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// alarm notifies the alerts topic as soon as a metric is above a threshold. Its description stands in the e-mail, beside
// the metric and its dimensions: it says what happened, and what to do next.
type alarm struct {
	description       pulumi.StringInput
	namespace, metric string
	dimensions        pulumi.StringMap
	statistic         string
	threshold         float64
}

func (s scope) alarm(suffix string, a alarm, alerts *Alerts) error {
	return s.registerAlarm(suffix, &cloudwatch.MetricAlarmArgs{
		AlarmDescription:   a.description,
		Namespace:          pulumi.String(a.namespace),
		MetricName:         pulumi.String(a.metric),
		Dimensions:         a.dimensions,
		Statistic:          pulumi.String(a.statistic),
		Period:             pulumi.Int(300),
		EvaluationPeriods:  pulumi.Int(1),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		Threshold:          pulumi.Float64(a.threshold),
		TreatMissingData:   pulumi.String("notBreaching"),
	}, alerts)
}

func (s scope) registerAlarm(suffix string, args *cloudwatch.MetricAlarmArgs, alerts *Alerts) error {
	name := s.name + "-" + suffix
	args.AlarmActions = pulumi.Array{alerts.TopicARN}
	alarm, err := cloudwatch.NewMetricAlarm(s.ctx, name, args, s.child)
	if err != nil {
		return fmt.Errorf("register alarm %q: %w", name, err)
	}
	alerts.alarms = append(alerts.alarms, alarm.Arn)
	return nil
}

// machineAlarm registers an alarm on one of a state machine's metrics that count what must not be.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
func (s scope) machineAlarm(suffix, metric, happened, next string, machine *sfn.StateMachine, alerts *Alerts) error {
	return s.alarm(suffix, alarm{
		description: pulumi.Sprintf("%s %s. Next: %s: %s", s.name, happened, next, s.machineLink(machine)),
		namespace:   "AWS/States",
		metric:      metric,
		dimensions:  pulumi.StringMap{"StateMachineArn": machine.Arn},
		statistic:   "Sum",
	}, alerts)
}

// alarmOnThrottling tells of states that AWS held up, since the account's machines enter more states than its quota lets
// them. Nothing is lost, but a run may exceed its time.
func (s scope) alarmOnThrottling(machine *sfn.StateMachine, alerts *Alerts) error {
	return s.machineAlarm("throttled", "ExecutionThrottled",
		"was throttled: this account's state machines enter more states than its quota allows",
		"see what else runs at this time, move a schedule, or ask Service Quotas for more state transitions", machine, alerts)
}

// hoursWithoutSuccess are a day, and two hours by which one day's run may be later or longer than the last one's.
const hoursWithoutSuccess = 26

// alarmOnNoSuccess tells of a state machine that a daily schedule starts and that has not succeeded for a day: it was not
// started, still runs, or fails each time. No success is no data, so missing data counts as too little. Hours are counted,
// not one period of a day: CloudWatch looks back further than it was asked to, and with periods of a day an old success
// would hide days without one. Until a new stack's first success the alarm is raised.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
func (s scope) alarmOnNoSuccess(machine *sfn.StateMachine, alerts *Alerts) error {
	return s.registerAlarm("no-success", &cloudwatch.MetricAlarmArgs{
		AlarmDescription: pulumi.Sprintf("%s has not succeeded for a day, or never yet. Next: see whether its schedule started it, and how that ended: %s",
			s.name, s.machineLink(machine)),
		Namespace:          pulumi.String("AWS/States"),
		MetricName:         pulumi.String("ExecutionsSucceeded"),
		Dimensions:         pulumi.StringMap{"StateMachineArn": machine.Arn},
		Statistic:          pulumi.String("Sum"),
		Period:             pulumi.Int(3600),
		EvaluationPeriods:  pulumi.Int(hoursWithoutSuccess),
		ComparisonOperator: pulumi.String("LessThanThreshold"),
		Threshold:          pulumi.Float64(1),
		TreatMissingData:   pulumi.String("breaching"),
	}, alerts)
}
