package serve

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"datalake/local/engine"
	"datalake/local/fault"
	"datalake/local/sqs"
)

// eventBridge has EventBridge's API: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
func (s *Server) eventBridge() map[string]operation {
	return map[string]operation{"PutEvents": s.writing(take(func(given engine.PutEventsArguments) (any, error) { return s.engine.PutEvents(given) }))}
}

// sqs has SQS's API: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
// Receivers wait in real time.
func (s *Server) sqs() map[string]operation {
	return map[string]operation{
		"ListQueues":              take(s.listQueues),
		"GetQueueUrl":             take(s.getQueueURL),
		"GetQueueAttributes":      take(s.getQueueAttributes),
		"ReceiveMessage":          s.receiveMessage,
		"DeleteMessage":           take(s.deleteMessage),
		"DeleteMessageBatch":      take(s.deleteMessageBatch),
		"ChangeMessageVisibility": take(s.changeMessageVisibility),
	}
}

// queueURL is where clients find a queue, some of which call it rather than the endpoint.
func (s *Server) queueURL(queue sqs.Settings) any {
	return s.endpoint + "/" + s.engine.Account() + "/" + queue.Name
}

func (s *Server) listQueues(given struct {
	page
	QueueNamePrefix string
},
) (any, error) {
	var found []sqs.Settings
	for _, queue := range s.engine.Queues().All() {
		if strings.HasPrefix(queue.Name, given.QueueNamePrefix) {
			found = append(found, queue)
		}
	}
	return listed("QueueUrls", found, given.page, 1000, s.queueURL)
}

func (s *Server) getQueueURL(given struct{ QueueName, QueueOwnerAWSAccountID string }) (any, error) {
	queue, err := s.engine.Queues().Find(given.QueueName)
	if err != nil {
		return nil, err
	}
	return map[string]any{"QueueUrl": s.queueURL(queue)}, nil
}

// ofQueue are the arguments of the calls about a queue.
type ofQueue struct {
	QueueURL                                                           string
	ReceiptHandle, ReceiveRequestAttemptID                             string
	AttributeNames, MessageSystemAttributeNames, MessageAttributeNames []string
	MaxNumberOfMessages, WaitTimeSeconds                               int
	VisibilityTimeout                                                  *int
	Entries                                                            []struct {
		ID            string
		ReceiptHandle string
	}
}

func (s *Server) getQueueAttributes(given ofQueue) (any, error) {
	queue, err := s.engine.Queues().Find(given.QueueURL)
	if err != nil {
		return nil, err
	}
	visible, hidden := s.engine.Queues().Count(queue)
	return map[string]any{"Attributes": map[string]any{
		"QueueArn":                              queue.ARN,
		"ApproximateNumberOfMessages":           strconv.Itoa(visible),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(hidden),
		"VisibilityTimeout":                     strconv.Itoa(int(queue.Visibility.Seconds())),
	}}, nil
}

func (s *Server) receiveMessage(ctx context.Context, arguments []byte) (any, error) {
	given := ofQueue{MaxNumberOfMessages: 1}
	if err := decode(arguments, &given); err != nil {
		return nil, err
	}
	queue, err := s.engine.Queues().Find(given.QueueURL)
	switch {
	case err != nil:
		return nil, err
	case given.MaxNumberOfMessages < 1 || given.MaxNumberOfMessages > 10:
		return nil, fault.Errorf("SQS.InvalidParameterValue", "Value %d for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.", given.MaxNumberOfMessages)
	case given.WaitTimeSeconds < 0 || given.WaitTimeSeconds > 20:
		return nil, fault.Errorf("SQS.InvalidParameterValue", "Value %d for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.", given.WaitTimeSeconds)
	}
	visibility := queue.Visibility
	if given.VisibilityTimeout != nil {
		visibility = time.Duration(*given.VisibilityTimeout) * time.Second
	}
	received := s.engine.Queues().Receive(ctx, queue, given.MaxNumberOfMessages, visibility, time.Duration(given.WaitTimeSeconds)*time.Second)
	shown := []any{}
	for _, message := range received {
		sum := md5.Sum([]byte(message.Body))
		entry := map[string]any{"MessageId": message.ID, "ReceiptHandle": message.Handle, "MD5OfBody": hex.EncodeToString(sum[:]), "Body": message.Body}
		if len(given.AttributeNames)+len(given.MessageSystemAttributeNames) > 0 {
			entry["Attributes"] = map[string]any{
				"SentTimestamp":                    strconv.FormatInt(message.Sent.UnixMilli(), 10),
				"ApproximateReceiveCount":          strconv.Itoa(message.Receives),
				"ApproximateFirstReceiveTimestamp": strconv.FormatInt(message.First.UnixMilli(), 10),
			}
		}
		shown = append(shown, entry)
	}
	if len(shown) == 0 {
		return map[string]any{}, nil
	}
	return map[string]any{"Messages": shown}, nil
}

func (s *Server) deleteMessage(given ofQueue) (any, error) {
	queue, err := s.engine.Queues().Find(given.QueueURL)
	if err == nil {
		s.engine.Queues().Delete(queue, given.ReceiptHandle)
	}
	return map[string]any{}, err
}

func (s *Server) deleteMessageBatch(given ofQueue) (any, error) {
	queue, err := s.engine.Queues().Find(given.QueueURL)
	if err != nil {
		return nil, err
	}
	deleted := []any{}
	for _, entry := range given.Entries {
		s.engine.Queues().Delete(queue, entry.ReceiptHandle)
		deleted = append(deleted, map[string]any{"Id": entry.ID})
	}
	return map[string]any{"Successful": deleted, "Failed": []any{}}, nil
}

func (s *Server) changeMessageVisibility(given ofQueue) (any, error) {
	queue, err := s.engine.Queues().Find(given.QueueURL)
	if err == nil && given.VisibilityTimeout == nil {
		err = fault.Errorf("SQS.MissingParameter", "The request must contain the parameter VisibilityTimeout.")
	}
	if err == nil {
		s.engine.Queues().Hide(queue, given.ReceiptHandle, time.Duration(*given.VisibilityTimeout)*time.Second)
	}
	return map[string]any{}, err
}
