package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const alertsToken = "datalake:index:Alerts"

// AlertsArgs configures the alerts.
type AlertsArgs struct {
	// Key encrypts the messages. Without one they are not encrypted at rest: EventBridge and CloudWatch cannot use the
	// key that AWS manages for SNS, since its policy cannot let them in.
	Key *Key
	// Subscribers get the alerts.
	Subscribers Subscribers
	// Retain leaves the queues in the account when Pulumi deletes them. Default: false.
	Retain bool
}

// Alerts is the topic that is notified of failures, by EventBridge rules and CloudWatch alarms of this account.
type Alerts struct {
	pulumi.ResourceState

	// TopicARN is the topic to subscribe to.
	TopicARN pulumi.StringOutput `pulumi:"topicArn"`
	// QueueURL is the queue that the alerts are kept in; unset where none was asked for.
	QueueURL pulumi.StringOutput

	// alarms are the ARNs of those that notify the topic, in the order in which they are registered.
	alarms []pulumi.StringOutput
}

// NewAlerts registers the topic and its policy.
func NewAlerts(ctx *pulumi.Context, name string, args *AlertsArgs, opts ...pulumi.ResourceOption) (*Alerts, error) {
	if args == nil {
		args = &AlertsArgs{}
	}
	if err := args.Subscribers.Check(); err != nil {
		return nil, fmt.Errorf("alerts %q: %w", name, err)
	}
	alerts := &Alerts{}
	s, err := open(ctx, alertsToken, name, alerts, Operations{Retain: args.Retain}, opts)
	if err != nil {
		return nil, err
	}
	alerts.TopicARN, err = s.topic("topic", args.Key.arn(),
		// EventBridge publishes to no topic whose policy has a condition for it, and says so only in a metric.
		statement("Allow", servicePrincipal("events.amazonaws.com"), []string{"sns:Publish"}, nil, nil),
		statement("Allow", servicePrincipal("cloudwatch.amazonaws.com"), []string{"sns:Publish"}, nil, s.sourceAccount()),
	)
	if err != nil {
		return nil, err
	}
	if alerts.QueueURL, err = s.subscribe(alerts.TopicARN, args.Subscribers, alerts); err != nil {
		return nil, err
	}
	return alerts, ctx.RegisterResourceOutputs(alerts, pulumi.Map{"topicArn": alerts.TopicARN})
}

// topic registers a topic that takes messages over TLS only, from whom the statements name (their resource is the
// topic) and from the account's own roles. The returned ARN waits for the policy.
func (s scope) topic(suffix string, key pulumi.StringPtrInput, statements ...map[string]any) (pulumi.StringOutput, error) {
	name := s.name + "-" + suffix
	topic, err := sns.NewTopic(s.ctx, name, &sns.TopicArgs{KmsMasterKeyId: key}, s.child)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("register topic %q: %w", name, err)
	}
	document := []any{denyPlainText([]string{"sns:Publish"}, topic.Arn)}
	for _, statement := range statements {
		statement["Resource"] = []any{topic.Arn}
		document = append(document, statement)
	}
	policy, err := sns.NewTopicPolicy(s.ctx, name, &sns.TopicPolicyArgs{
		Arn:    topic.Arn,
		Policy: renderJSON(policy(document...)),
	}, s.child)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("register the policy of topic %q: %w", name, err)
	}
	return pulumi.OutputWithDependencies(s.ctx.Context(), topic.Arn, policy).(pulumi.StringOutput), nil
}
