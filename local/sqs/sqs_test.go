package sqs

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	arn     = "arn:aws:sqs:eu-west-1:111122223333:results"
	deadARN = "arn:aws:sqs:eu-west-1:111122223333:dead"
)

func queues() (*Queues, Settings, Settings) {
	results := Settings{Name: "results", ARN: arn, Visibility: 30 * time.Second, DeadLetterARN: deadARN, MaxReceives: 2}
	dead := Settings{Name: "dead", ARN: deadARN, Visibility: 30 * time.Second}
	return New([]Settings{results, dead}), results, dead
}

func bodies(messages []Message) (bodies []string) {
	for _, message := range messages {
		bodies = append(bodies, message.Body)
	}
	return bodies
}

func TestAMessageIsReceivedUntilItIsDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, results, _ := queues()
		q.Send(arn, "first", time.Now())
		q.Send(arn, "second", time.Now())
		receive := func(most int) []Message { return q.Receive(t.Context(), results, most, results.Visibility, 0) }

		first := receive(1)
		require.Equal(t, []string{"first"}, bodies(first), "the oldest first, no more than asked for")
		require.Equal(t, []string{"second"}, bodies(receive(10)), "the first is hidden")
		require.Empty(t, receive(10))

		q.Delete(results, first[0].Handle)
		time.Sleep(results.Visibility)
		again := receive(10)
		require.Equal(t, []string{"second"}, bodies(again), "a message that is not deleted comes again")
		require.Equal(t, 2, again[0].Receives)

		q.Delete(results, "no handle of any message")
		q.Hide(results, again[0].Handle, 0)
		visible, hidden := q.Count(results)
		require.Equal(t, []int{1, 0}, []int{visible, hidden}, "given back")
	})
}

func TestAnOldHandleDeletesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _, dead := queues()
		q.Send(deadARN, "message", time.Now())
		old := q.Receive(t.Context(), dead, 1, time.Second, 0)
		time.Sleep(time.Second)
		require.Len(t, q.Receive(t.Context(), dead, 1, 0, 0), 1)
		q.Delete(dead, old[0].Handle)
		require.Len(t, q.Receive(t.Context(), dead, 1, 0, 0), 1)
	})
}

func TestAReceiverWaitsForAMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, results, _ := queues()
		began := time.Now()
		require.Empty(t, q.Receive(t.Context(), results, 1, results.Visibility, 20*time.Second))
		require.Equal(t, 20*time.Second, time.Since(began))

		began = time.Now()
		time.AfterFunc(5*time.Second, func() { q.Send(arn, "late", time.Now()) })
		require.Equal(t, []string{"late"}, bodies(q.Receive(t.Context(), results, 1, 10*time.Second, 20*time.Second)))
		require.Equal(t, 5*time.Second, time.Since(began))
		require.Equal(t, []string{"late"}, bodies(q.Receive(t.Context(), results, 1, time.Second, 20*time.Second)), "once it is seen again")
		require.Equal(t, 15*time.Second, time.Since(began))
	})
}

func TestAMessageThatIsReceivedTooOftenGoesToTheDeadLetters(t *testing.T) {
	q, results, dead := queues()
	q.Send(arn, "poison", time.Now())
	for range results.MaxReceives {
		require.Len(t, q.Receive(t.Context(), results, 1, 0, 0), 1)
	}
	require.Empty(t, q.Receive(t.Context(), results, 1, 0, 0))
	require.Equal(t, []string{"poison"}, bodies(q.Receive(t.Context(), dead, 1, 0, 0)))
}

func TestAQueueIsFoundByNameAndByURL(t *testing.T) {
	q, results, _ := queues()
	for _, name := range []string{"results", "http://127.0.0.1:4566/111122223333/results", "https://sqs.eu-west-1.amazonaws.com/111122223333/results"} {
		found, err := q.Find(name)
		require.NoError(t, err)
		require.Equal(t, results, found)
	}
	_, err := q.Find("https://sqs.eu-west-1.amazonaws.com/111122223333/result")
	require.EqualError(t, err, "SQS.QueueDoesNotExist: The specified queue does not exist.")
}

func TestMessagesOutliveARun(t *testing.T) {
	q, results, _ := queues()
	q.Send(arn, "kept", time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))
	require.Len(t, q.Receive(t.Context(), results, 1, time.Hour, 0), 1)
	text, err := json.Marshal(q)
	require.NoError(t, err)

	later, _, _ := queues()
	require.NoError(t, json.Unmarshal(text, later))
	later.Send(arn, "new", time.Now())
	received := later.Receive(t.Context(), results, 10, 0, 0)
	require.Equal(t, []string{"kept", "new"}, bodies(received), "what was hidden can be received at once")
	require.NotEqual(t, received[0].ID, received[1].ID, "ids count on")
}
