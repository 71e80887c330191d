package components

import (
	"fmt"

	"datalake/asl"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// stateMachine registers a state machine with its log group, an alarm on its throttling, and a role that allows what its
// tasks need, and besides only what is given.
func (s scope) stateMachine(machine asl.Machine, operations Operations, besides ...asl.Permission) (*sfn.StateMachine, error) {
	name := s.name + "-machine"
	machine.Partition = s.partition
	definition, err := asl.Compile(machine)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	logs, err := cloudwatch.NewLogGroup(s.ctx, name, &cloudwatch.LogGroupArgs{
		NamePrefix:      pulumi.String(logGroupPrefix + name + "-"),
		RetentionInDays: pulumi.Int(operations.LogDays),
		KmsKeyId:        operations.Key.arn(),
	}, s.child)
	if err != nil {
		return nil, fmt.Errorf("register log group %q: %w", name, err)
	}
	permissions := append(definition.Permissions, besides...)
	permissions = append(permissions, logDelivery)
	if machine.Express { // it writes its logs itself too
		permissions = append(permissions, asl.Permission{
			Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Resources: []any{pulumi.Sprintf("%s:*", logs.Arn)},
		})
	}
	if operations.Tracing {
		permissions = append(permissions, tracing)
	}
	role, rolePolicy, err := s.role("role", "states.amazonaws.com", s.sourceAccount(), permissions)
	if err != nil {
		return nil, err
	}
	kind, level := "STANDARD", "ALL"
	if machine.Express { // its history is the log alone: errors, since the events of one run go into the ten thousands
		kind, level = "EXPRESS", "ERROR"
	}
	stateMachine, err := sfn.NewStateMachine(s.ctx, name, &sfn.StateMachineArgs{
		Type:       pulumi.String(kind),
		RoleArn:    role.Arn,
		Definition: render(definition.Document, asl.EncodeDefinition),
		LoggingConfiguration: &sfn.StateMachineLoggingConfigurationArgs{
			Level:                pulumi.String(level),
			IncludeExecutionData: pulumi.Bool(operations.LogPayloads),
			LogDestination:       pulumi.Sprintf("%s:*", logs.Arn),
		},
		TracingConfiguration: &sfn.StateMachineTracingConfigurationArgs{Enabled: pulumi.Bool(operations.Tracing)},
	}, s.child, pulumi.DependsOn([]pulumi.Resource{rolePolicy}))
	if err != nil {
		return nil, fmt.Errorf("register state machine %q: %w", name, err)
	}
	return stateMachine, s.alarmOnThrottling(stateMachine, operations.Alerts)
}

// compiles checks a machine before anything is registered, what is known only later left blank.
func compiles(machine asl.Machine) error {
	definition, err := asl.Compile(machine)
	if err != nil {
		return err
	}
	_, err = asl.EncodeDefinition(walk(definition.Document, func(leaf any) any {
		if _, is := leaf.(pulumi.Output); is {
			return ""
		}
		return leaf
	}))
	return err
}

// logGroupPrefix begins the names of the state machines' log groups: those outside /aws/vendedlogs/ fill up a resource
// policy of 5,120 characters that the account shares.
const logGroupPrefix = "/aws/vendedlogs/states/"

// Log delivery and X-Ray know no resources.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
var (
	logDelivery = asl.Permission{
		Actions: []string{
			"logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
			"logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
		},
		Resources: []any{"*"},
	}
	tracing = asl.Permission{
		Actions: []string{
			"xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
		},
		Resources: []any{"*"},
	}
)
