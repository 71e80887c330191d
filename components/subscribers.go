package components

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Subscribers are who gets a topic's messages.
type Subscribers struct {
	// Emails are addresses. Each gets a request to confirm first, and messages once it has.
	Emails []string
	// Queue keeps the messages in an SQS queue, for a program to take, with a dead-letter queue behind it. Default: false.
	Queue bool
}

var emailAddress = regexp.MustCompile(`^[^@\s"'<>]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)

// Check reports every address that is none, or that stands twice.
func (s Subscribers) Check() error {
	var faults []error
	seen := map[string]bool{}
	for _, email := range s.Emails {
		if !emailAddress.MatchString(email) || seen[email] {
			faults = append(faults, fmt.Errorf("e-mail address %q: give addresses such as data@example.com, each once", email))
		}
		seen[email] = true
	}
	return errors.Join(faults...)
}

// resultsTopic registers the topic on which a workflow publishes what came of it, with its subscribers. It returns the
// URL of their queue, if there is one.
func (s scope) resultsTopic(subscribers Subscribers, operations Operations) (topicARN, queueURL pulumi.StringOutput, err error) {
	key := operations.Key.arn()
	if key == nil { // SNS's own key serves here: only the state machine's role publishes
		key = pulumi.StringPtr("alias/aws/sns")
	}
	if topicARN, err = s.topic("results", key); err != nil {
		return topicARN, queueURL, err
	}
	queueURL, err = s.subscribe(topicARN, subscribers, operations.Alerts)
	return topicARN, queueURL, err
}

// subscribe registers a topic's subscribers, and returns the URL of their queue, if there is one.
func (s scope) subscribe(topicARN pulumi.StringOutput, subscribers Subscribers, alerts *Alerts) (queueURL pulumi.StringOutput, err error) {
	for _, email := range subscribers.Emails {
		if _, err := sns.NewTopicSubscription(s.ctx, s.name+"-"+email, &sns.TopicSubscriptionArgs{
			Topic:    topicARN,
			Protocol: pulumi.String("email"),
			Endpoint: pulumi.String(email),
		}, s.child); err != nil {
			return queueURL, fmt.Errorf("subscribe %s to %s: %w", email, s.name, err)
		}
	}
	if !subscribers.Queue {
		return queueURL, nil
	}
	deadLetters, deadLettersPolicy, err := s.queue("undelivered", "sns.amazonaws.com", topicARN, nil)
	if err != nil {
		return queueURL, err
	}
	queue, queuePolicy, err := s.queue("queue", "sns.amazonaws.com", topicARN, deadLetters)
	if err != nil {
		return queueURL, err
	}
	if _, err := sns.NewTopicSubscription(s.ctx, s.name+"-queue", &sns.TopicSubscriptionArgs{
		Topic:              topicARN,
		Protocol:           pulumi.String("sqs"),
		Endpoint:           queue.Arn,
		RawMessageDelivery: pulumi.Bool(true),
		RedrivePolicy:      renderJSON(map[string]any{"deadLetterTargetArn": deadLetters.Arn}),
	}, s.child, pulumi.DependsOn([]pulumi.Resource{queuePolicy, deadLettersPolicy})); err != nil {
		return queueURL, fmt.Errorf("subscribe a queue to %s: %w", s.name, err)
	}
	return queue.Url, s.alarmOn(deadLetters, "undelivered", "Messages of "+s.name+" could not be delivered, or their reader gave up on them",
		"put right what reads the queue, then redrive the dead-letter queue", alerts)
}
