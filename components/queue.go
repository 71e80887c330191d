package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// queue registers an encrypted queue that keeps messages for two weeks and takes them over TLS only, from one service
// acting for one source, or without a sender from the account's own roles alone. A message that was received five times
// goes to the dead-letter queue, where there is one.
func (s scope) queue(suffix, sender string, source pulumi.StringOutput, deadLetters *sqs.Queue) (*sqs.Queue, *sqs.QueuePolicy, error) {
	name := s.name + "-" + suffix
	args := &sqs.QueueArgs{
		MessageRetentionSeconds: pulumi.Int(14 * 24 * 3600),
		SqsManagedSseEnabled:    pulumi.Bool(true),
	}
	if deadLetters != nil {
		args.RedrivePolicy = renderJSON(map[string]any{"deadLetterTargetArn": deadLetters.Arn, "maxReceiveCount": 5})
	}
	queue, err := sqs.NewQueue(s.ctx, name, args, s.holding...)
	if err != nil {
		return nil, nil, fmt.Errorf("register queue %q: %w", name, err)
	}
	statements := []any{denyPlainText([]string{"sqs:*"}, queue.Arn)}
	if sender != "" {
		statements = append(statements, statement("Allow", servicePrincipal(sender), []string{"sqs:SendMessage"}, []any{queue.Arn},
			map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": source}}))
	}
	queuePolicy, err := sqs.NewQueuePolicy(s.ctx, name, &sqs.QueuePolicyArgs{
		QueueUrl: queue.Url,
		Policy:   renderJSON(policy(statements...)),
	}, s.child)
	if err != nil {
		return nil, nil, fmt.Errorf("register the policy of queue %q: %w", name, err)
	}
	return queue, queuePolicy, nil
}

// alarmOn registers an alarm on a dead-letter queue that is not empty.
func (s scope) alarmOn(queue *sqs.Queue, suffix, happened, next string, alerts *Alerts) error {
	return s.alarm(suffix, alarm{
		description: pulumi.String(happened + ". Next: " + next),
		namespace:   "AWS/SQS",
		metric:      "ApproximateNumberOfMessagesVisible",
		dimensions:  pulumi.StringMap{"QueueName": queue.Name},
		statistic:   "Sum",
	}, alerts)
}
