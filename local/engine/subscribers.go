package engine

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"datalake/local/sqs"
)

// subscribe notes a topic's queue. Others are notified by AWS alone.
func (r *resources) subscribe(in properties) error {
	if in.text("protocol") != "sqs" {
		return nil
	}
	if err := in.only("topic", "protocol", "endpoint", "rawMessageDelivery", "redrivePolicy"); err != nil {
		return err
	}
	if in["rawMessageDelivery"] != true {
		return errors.New("the local run delivers messages as they are: set rawMessageDelivery")
	}
	r.subscribed[in.text("topic")] = append(r.subscribed[in.text("topic")], in.text("endpoint"))
	return nil
}

// readQueue reads a queue, with SQS's own defaults.
func readQueue(in, out properties) (sqs.Settings, error) {
	if in["fifoQueue"] == true {
		return sqs.Settings{}, errors.New("the local run has no FIFO queues")
	}
	seconds := cmp.Or(in.number("visibilityTimeoutSeconds"), 30)
	queue := sqs.Settings{Name: out.text("name"), ARN: out.text("arn"), Visibility: time.Duration(seconds) * time.Second}
	if policy := in.text("redrivePolicy"); policy != "" {
		var redrive struct {
			DeadLetterTargetArn string
			MaxReceiveCount     int
		}
		if err := json.Unmarshal([]byte(policy), &redrive); err != nil {
			return sqs.Settings{}, fmt.Errorf("read its redrive policy: %w", err)
		}
		queue.DeadLetterARN, queue.MaxReceives = redrive.DeadLetterTargetArn, redrive.MaxReceiveCount
	}
	return queue, nil
}
