// Package sqs keeps messages in standard queues, for whoever subscribes to a topic: they are sent, received and deleted.
//
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
package sqs

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"sync"
	"time"

	"datalake/local/fault"
)

// Settings are what a queue was registered with.
type Settings struct {
	Name, ARN string
	// Visibility is how long a message that was received stays hidden, unless the receiver says otherwise.
	Visibility time.Duration
	// DeadLetterARN is the queue of the messages that were received MaxReceives times and not deleted; empty for none.
	DeadLetterARN string
	MaxReceives   int
}

// Message is a message in a queue.
type Message struct {
	ID, Body string
	// Sent is virtual time; First, that of the first receipt, is real.
	Sent     time.Time
	First    time.Time `json:",omitzero"`
	Receives int       `json:",omitempty"`
	// Handle deletes the message, until it is received again.
	Handle  string    `json:"-"`
	visible time.Time // in real time: receivers wait in it
}

// Queues are a stack's queues. Their methods may be called at one time.
type Queues struct {
	lock     sync.Mutex
	settings []Settings
	held     map[string][]*Message // by ARN, the oldest first
	sent     int
	arrival  chan struct{} // closed when a message arrives
}

// New makes the queues, empty.
func New(settings []Settings) *Queues {
	return &Queues{settings: settings, held: map[string][]*Message{}, arrival: make(chan struct{})}
}

// All are the queues' settings.
func (q *Queues) All() []Settings { return q.settings }

// Find is the queue of a name or a URL, whatever the URL's host, or the fault SQS.QueueDoesNotExist.
func (q *Queues) Find(nameOrURL string) (Settings, error) {
	for _, queue := range q.settings {
		if path.Base(nameOrURL) == queue.Name {
			return queue, nil
		}
	}
	return Settings{}, fault.Errorf("SQS.QueueDoesNotExist", "The specified queue does not exist.")
}

// Send puts a message into the queue of an ARN.
func (q *Queues) Send(arn, body string, at time.Time) {
	q.lock.Lock()
	defer q.lock.Unlock()
	q.sent++
	q.held[arn] = append(q.held[arn], &Message{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", q.sent), Body: body, Sent: at})
	close(q.arrival)
	q.arrival = make(chan struct{})
}

// Receive gives the oldest messages that are not hidden, and hides them for a while. Where there are none it waits for one.
func (q *Queues) Receive(ctx context.Context, queue Settings, most int, visibility, wait time.Duration) []Message {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		received, arrival, next := q.take(queue, most, visibility)
		if len(received) > 0 {
			return received
		}
		select {
		case <-ctx.Done():
			return nil
		case <-arrival:
		case <-time.After(next): // a hidden one may be seen again
		}
	}
}

// take gives the messages that can be received now, or else what tells of the next.
func (q *Queues) take(queue Settings, most int, visibility time.Duration) (received []Message, arrival <-chan struct{}, next time.Duration) {
	q.lock.Lock()
	defer q.lock.Unlock()
	now := time.Now()
	next = time.Hour
	for _, message := range slices.Clone(q.held[queue.ARN]) {
		if hidden := message.visible.Sub(now); hidden > 0 {
			next = min(next, hidden)
			continue
		}
		if queue.DeadLetterARN != "" && message.Receives >= queue.MaxReceives {
			q.remove(queue.ARN, message)
			q.held[queue.DeadLetterARN] = append(q.held[queue.DeadLetterARN], message)
			continue
		}
		if len(received) == most {
			break
		}
		message.Receives++
		message.visible = now.Add(visibility)
		message.Handle = fmt.Sprintf("%s/%d", message.ID, message.Receives)
		if message.First.IsZero() {
			message.First = now
		}
		received = append(received, *message)
	}
	return received, q.arrival, next
}

func (q *Queues) remove(arn string, message *Message) {
	q.held[arn] = slices.DeleteFunc(q.held[arn], func(m *Message) bool { return m == message })
}

// Delete removes the message of a receipt handle. As in SQS, it is no error if it is gone already.
func (q *Queues) Delete(queue Settings, handle string) {
	q.lock.Lock()
	defer q.lock.Unlock()
	q.held[queue.ARN] = slices.DeleteFunc(q.held[queue.ARN], func(m *Message) bool { return m.Handle == handle })
}

// Hide has the message of a receipt handle stay hidden for a while from now on; 0 lets it be received at once.
func (q *Queues) Hide(queue Settings, handle string, visibility time.Duration) {
	q.lock.Lock()
	defer q.lock.Unlock()
	for _, message := range q.held[queue.ARN] {
		if message.Handle == handle {
			message.visible = time.Now().Add(visibility)
			close(q.arrival)
			q.arrival = make(chan struct{})
		}
	}
}

// Count is how many messages of a queue can be received now, and how many are hidden.
func (q *Queues) Count(queue Settings) (visible, hidden int) {
	q.lock.Lock()
	defer q.lock.Unlock()
	for _, message := range q.held[queue.ARN] {
		if message.visible.After(time.Now()) {
			hidden++
		} else {
			visible++
		}
	}
	return visible, hidden
}

// document is what outlives a run.
type document struct {
	Sent int
	Held map[string][]*Message
}

// MarshalJSON writes the messages, so that UnmarshalJSON has them back, each of which can then be received at once.
func (q *Queues) MarshalJSON() ([]byte, error) {
	q.lock.Lock()
	defer q.lock.Unlock()
	return json.Marshal(document{q.sent, q.held})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (q *Queues) UnmarshalJSON(text []byte) error {
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return err
	}
	q.sent = d.Sent
	for arn, messages := range d.Held {
		q.held[arn] = messages
	}
	return nil
}
