package serve_test

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"
)

// A hundred calls a second, of all APIs in turns; -benchtime 6000x is a minute. Heap, goroutines and open files are those after
// a tenth of the calls and at the end: what does not grow does not leak.
func BenchmarkAHundredCallsASecond(b *testing.B) {
	e := serveDev(b, "")
	e.crawl(b)
	calls := e.mix(b)
	var waiting sync.WaitGroup
	var lock sync.Mutex
	var took []time.Duration
	var failed []error
	var early, late measured
	ticks := time.NewTicker(10 * time.Millisecond)
	b.ResetTimer()
	for i := range b.N {
		<-ticks.C
		waiting.Go(func() {
			began := time.Now()
			err := calls[i%len(calls)]()
			lock.Lock()
			defer lock.Unlock()
			took = append(took, time.Since(began))
			if err != nil {
				failed = append(failed, err)
			}
		})
		if i == b.N/10 {
			waiting.Wait()
			early = measure(b)
		}
	}
	waiting.Wait()
	b.StopTimer()
	late = measure(b)
	slices.Sort(took)
	if len(failed) > 0 {
		b.Logf("%d of %d calls failed, the first with: %v", len(failed), b.N, failed[0])
	}
	b.ReportMetric(float64(len(failed)), "failed")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
	b.ReportMetric(float64(early.heap)/1e6, "MB-heap-early")
	b.ReportMetric(float64(late.heap)/1e6, "MB-heap-late")
	b.ReportMetric(float64(early.goroutines), "goroutines-early")
	b.ReportMetric(float64(late.goroutines), "goroutines-late")
	b.ReportMetric(float64(early.files), "files-early")
	b.ReportMetric(float64(late.files), "files-late")
}

type measured struct {
	heap              uint64 // bytes
	goroutines, files int
}

func measure(b *testing.B) (m measured) {
	b.Helper()
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	m.heap, m.goroutines = memory.HeapAlloc, runtime.NumGoroutine()
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		m.files = len(files)
	}
	return m
}

// mix are calls of all APIs. One in twenty starts an execution.
func (e *endpoint) mix(b *testing.B) (calls []func() error) {
	b.Helper()
	ctx := b.Context()
	source, table, database := aws.String(e.buckets["source"]), aws.String("daily_user_summaries"), aws.String(usage)
	machine, express, workgroup := e.machine(b, "crawl-dataset"), e.machine(b, "create-dataset"), e.workgroup(b)
	topics, err := e.sns.ListTopics(ctx, nil)
	require.NoError(b, err)
	i := slices.IndexFunc(topics.Topics, func(t snstypes.Topic) bool { return strings.Contains(*t.TopicArn, ":execute-queries-results") })
	queue, err := e.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: e.queue(b)})
	require.NoError(b, err)
	_, ended := e.query(ctx, b, `SELECT * FROM usage_dev.daily_user_summaries`)

	reads := []func() error{
		func() error {
			_, err := e.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: source, Prefix: aws.String("data/daily-user-summaries/year=2021/month=01/")})
			return err
		},
		func() error {
			_, err := e.glue.GetTable(ctx, &glue.GetTableInput{DatabaseName: database, Name: table})
			return err
		},
		func() error {
			_, err := e.glue.GetPartitions(ctx, &glue.GetPartitionsInput{DatabaseName: database, TableName: table})
			return err
		},
		func() error {
			_, err := e.athena.GetQueryResults(ctx, &athena.GetQueryResultsInput{QueryExecutionId: ended.QueryExecution.QueryExecutionId})
			return err
		},
		func() error {
			_, err := e.states.ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: machine})
			return err
		},
		func() error {
			_, err := e.athena.ListQueryExecutions(ctx, &athena.ListQueryExecutionsInput{WorkGroup: workgroup})
			return err
		},
	}
	calls = slices.Concat(reads, reads, reads)
	return append(calls,
		func() error {
			_, err := e.states.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: express, Input: aws.String(`{"years": [2021], "days": [1], "users": [{"usage": 1, "user": "a"}]}`)})
			return err
		},
		func() error {
			if _, err := e.sns.Publish(ctx, &sns.PublishInput{TopicArn: topics.Topics[i].TopicArn, Message: aws.String("message")}); err != nil {
				return err
			}
			received, err := e.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, MaxNumberOfMessages: 10})
			for _, message := range received.Messages {
				if err == nil {
					_, err = e.sqs.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: queue.QueueUrl, ReceiptHandle: message.ReceiptHandle})
				}
			}
			return err
		},
	)
}
