package components

import (
	"fmt"
	"strings"

	"datalake/asl"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// trigger is what starts a state machine: a schedule in UTC, or an event pattern.
type trigger struct {
	// prefix tells the names of a second trigger from those of the first.
	prefix      string
	description string
	cron        string
	pattern     map[string]any
	// input is the execution's; nil for the event itself.
	input map[string]any
}

// start registers the rule that starts the machine, the role that may do just that, and a queue for the starts that
// failed for a day, with an alarm on it.
func (s scope) start(machine *sfn.StateMachine, t trigger, operations Operations) error {
	name := s.name + "-" + t.prefix + "trigger"
	args := &cloudwatch.EventRuleArgs{Description: pulumi.String(t.description), State: pulumi.String("ENABLED")}
	if t.pattern != nil {
		args.EventPattern = renderJSON(t.pattern)
	} else {
		args.ScheduleExpression = pulumi.String(t.cron)
	}
	rule, err := cloudwatch.NewEventRule(s.ctx, name, args, s.child)
	if err != nil {
		return fmt.Errorf("register rule %q: %w", name, err)
	}
	role, rolePolicy, err := s.role(t.prefix+"trigger-role", "events.amazonaws.com", s.sourceAccount(),
		[]asl.Permission{{Actions: []string{"states:StartExecution"}, Resources: []any{machine.Arn}}})
	if err != nil {
		return err
	}
	queue, queuePolicy, err := s.queue(t.prefix+"dead-letters", "events.amazonaws.com", rule.Arn, nil)
	if err != nil {
		return err
	}
	var input pulumi.StringPtrInput
	if t.input != nil {
		input = renderJSON(t.input)
	}
	if _, err := cloudwatch.NewEventTarget(s.ctx, name, &cloudwatch.EventTargetArgs{
		Rule:             rule.Name,
		Input:            input,
		Arn:              machine.Arn,
		RoleArn:          role.Arn,
		RetryPolicy:      &cloudwatch.EventTargetRetryPolicyArgs{MaximumEventAgeInSeconds: pulumi.Int(86400), MaximumRetryAttempts: pulumi.Int(185)},
		DeadLetterConfig: &cloudwatch.EventTargetDeadLetterConfigArgs{Arn: queue.Arn},
	}, s.child, pulumi.DependsOn([]pulumi.Resource{rolePolicy, queuePolicy})); err != nil {
		return fmt.Errorf("register the target of rule %q: %w", name, err)
	}
	return s.alarmOn(queue, t.prefix+"trigger-alarm", "A start of "+s.name+" could not be delivered",
		"read the message in the dead-letter queue, whose attributes say why, put that right and start "+s.name+" by hand", operations.Alerts)
}

// notifyOfFailures registers the rule that notifies the alerts topic of executions that ended badly: a time-out cannot be
// caught inside a machine. Standard workflows only; an Express workflow sends no such events.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
func (s scope) notifyOfFailures(machine *sfn.StateMachine, alerts *Alerts) error {
	return s.notifyOfFailuresWith(machine, alerts, "which state failed, and why",
		"put that right, then choose New execution there, which starts "+s.name+" again with the same input")
}

// notifyOfFailuresWith says itself what there is to see in the console, and what is next.
func (s scope) notifyOfFailuresWith(machine *sfn.StateMachine, alerts *Alerts, see, next string) error {
	name := s.name + "-failed"
	rule, err := cloudwatch.NewEventRule(s.ctx, name, &cloudwatch.EventRuleArgs{
		Description:  pulumi.String("Notifies of executions of " + s.name + " that failed, timed out or were aborted"),
		State:        pulumi.String("ENABLED"),
		EventPattern: renderJSON(executionEnded(machine.Arn, "FAILED", "TIMED_OUT", "ABORTED")),
	}, s.child)
	if err != nil {
		return fmt.Errorf("register rule %q: %w", name, err)
	}
	// SNS takes what its topic's policy allows; a role here would make the delivery fail.
	if _, err := cloudwatch.NewEventTarget(s.ctx, name, &cloudwatch.EventTargetArgs{
		Rule:             rule.Name,
		Arn:              alerts.TopicARN,
		InputTransformer: s.failureMessage(see, next),
	}, s.child); err != nil {
		return fmt.Errorf("register the target of rule %q: %w", name, err)
	}
	return nil
}

// failureMessage is what an e-mail says of an execution that ended badly: what, when, where to look and what to do. Text is
// lines in quotes to EventBridge. The error and its cause are not among them, since it escapes nothing that it puts into a
// text, and an execution that timed out has neither; the link shows both.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
func (s scope) failureMessage(see, next string) *cloudwatch.EventTargetInputTransformerArgs {
	lines := []string{
		"<status>: execution <execution> of " + s.name + ", at <time>.",
		"Open " + s.statesLink("v2/executions/details/<arn>") + " to see " + see + ".",
		"Next: " + next + ".",
	}
	for i, line := range lines {
		lines[i] = quoted(line)
	}
	return &cloudwatch.EventTargetInputTransformerArgs{
		InputPaths: pulumi.StringMap{
			"arn":       pulumi.String("$.detail.executionArn"),
			"execution": pulumi.String("$.detail.name"),
			"status":    pulumi.String("$.detail.status"),
			"time":      pulumi.String("$.time"),
		},
		InputTemplate: pulumi.String(strings.Join(lines, "\n")),
	}
}

// executionEnded is the pattern of a state machine's executions that ended with one of the statuses.
func executionEnded(stateMachineARN any, statuses ...string) map[string]any {
	return map[string]any{
		"source":      []any{"aws.states"},
		"detail-type": []any{"Step Functions Execution Status Change"},
		"detail":      map[string]any{"stateMachineArn": []any{stateMachineARN}, "status": statuses},
	}
}
