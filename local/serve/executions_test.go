package serve_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"
)

// A subscriber is developed against the queue: one call starts what on AWS a schedule does, and the stack's own rules the rest.
func TestACrawlLeadsToAMessageInTheSubscribersQueue(t *testing.T) {
	e := serveDev(t, "")
	described := e.crawl(t)
	require.JSONEq(t, `{}`, *described.Input)
	require.Contains(t, *described.Output, `"lastCrawl"`)
	require.Equal(t, "2026-01-05", described.StartDate.Format(time.DateOnly), "the virtual clock's")

	queues, err := e.sqs.ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: aws.String("execute-queries-queue")})
	require.NoError(t, err)
	require.Len(t, queues.QueueUrls, 1)
	queue := &queues.QueueUrls[0]
	var received *sqs.ReceiveMessageOutput
	require.Eventually(t, func() bool {
		received, err = e.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue, WaitTimeSeconds: 20, MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"All"}})
		return err != nil || len(received.Messages) == 1
	}, 2*time.Minute, time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, "1", received.Messages[0].Attributes["ApproximateReceiveCount"])
	var message struct {
		Report  string
		Queries []struct{ Name string }
	}
	require.NoError(t, json.Unmarshal([]byte(*received.Messages[0].Body), &message))
	require.Equal(t, "execute-queries", message.Report)
	require.Len(t, message.Queries, 2)

	_, err = e.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: queue, ReceiptHandle: received.Messages[0].ReceiptHandle})
	require.NoError(t, err)
	attributes, err := e.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: queue})
	require.NoError(t, err)
	require.Equal(t, "0", attributes.Attributes["ApproximateNumberOfMessagesNotVisible"])
}

func TestAnExecutionsHistoryIsWhatTheInterpreterDid(t *testing.T) {
	e := serveDev(t, "")
	described := e.crawl(t)

	var events []types.HistoryEvent
	pages := sfn.NewGetExecutionHistoryPaginator(e.states, &sfn.GetExecutionHistoryInput{ExecutionArn: described.ExecutionArn, MaxResults: 25})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Events), 25)
		events = append(events, page.Events...)
	}
	first, last := events[0], events[len(events)-1]
	require.Equal(t, types.HistoryEventTypeExecutionStarted, first.Type)
	require.JSONEq(t, `{}`, *first.ExecutionStartedEventDetails.Input)
	require.Equal(t, types.HistoryEventTypeExecutionSucceeded, last.Type)
	require.Equal(t, *described.Output, *last.ExecutionSucceededEventDetails.Output)
	require.Equal(t, described.StopDate, last.Timestamp)
	var scheduled []string
	for i, event := range events {
		require.EqualValues(t, i+1, event.Id)
		require.Less(t, event.PreviousEventId, event.Id)
		if event.Type == types.HistoryEventTypeTaskScheduled {
			scheduled = append(scheduled, *event.TaskScheduledEventDetails.ResourceType+":"+*event.TaskScheduledEventDetails.Resource)
		}
	}
	require.Contains(t, scheduled, "aws-sdk:glue:startCrawler")

	backwards, err := e.states.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: described.ExecutionArn, ReverseOrder: true, MaxResults: 1})
	require.NoError(t, err)
	require.Equal(t, last.Id, backwards.Events[0].Id)
}

func TestAnExecutionsNameIsItsOwn(t *testing.T) {
	e := serveDev(t, "")
	start := func(name, input string) (*sfn.StartExecutionOutput, error) {
		return e.states.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: e.machine(t, "crawl-dataset"), Name: &name, Input: &input})
	}
	started, err := start("by-hand", `{"full": true}`)
	require.NoError(t, err)
	require.EqualValues(t, "SUCCEEDED", e.ended(t, started.ExecutionArn).Status)
	_, err = start("by-hand", `{"full": true}`)
	requireCode(t, err, "ExecutionAlreadyExists", *started.ExecutionArn)
	_, err = start("not a name", `{}`)
	requireCode(t, err, "InvalidName", "not a name")
	_, err = start("other", `{`)
	requireCode(t, err, "InvalidExecutionInput", "")

	listed, err := e.states.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: e.machine(t, "crawl-dataset"), StatusFilter: "SUCCEEDED"})
	require.NoError(t, err)
	require.Len(t, listed.Executions, 1)
	require.Equal(t, "by-hand", *listed.Executions[0].Name)
}

func TestExpressExecutionsAreNotDescribed(t *testing.T) {
	e := serveDev(t, "")
	arn := e.machine(t, "create-dataset")
	machine, err := e.states.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: arn})
	require.NoError(t, err)
	require.EqualValues(t, "EXPRESS", machine.Type)
	require.Contains(t, *machine.Definition, `"QueryLanguage":"JSONata"`)

	started, err := e.states.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: arn, Input: aws.String(`{"years": [2020], "days": [1]}`)})
	require.NoError(t, err)
	_, err = e.states.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: started.ExecutionArn})
	requireCode(t, err, "InvalidArn", "express")
	_, err = e.states.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: arn})
	requireCode(t, err, "StateMachineTypeNotSupported", "")
}

// The job of the weekly pipeline waits for ever: what stops the execution stops it.
func TestAnExecutionIsStopped(t *testing.T) {
	e := serveDev(t, script(t, "exec sleep 3600"))
	started, err := e.states.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: e.machine(t, "weekly-etl")})
	require.NoError(t, err)
	job := aws.String("WeatherDataTransformJob-dev")
	require.Eventually(t, func() bool {
		runs, err := e.glue.GetJobRuns(t.Context(), &glue.GetJobRunsInput{JobName: job})
		return err == nil && len(runs.JobRuns) == 1
	}, time.Minute, 10*time.Millisecond)
	described, err := e.states.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: started.ExecutionArn})
	require.NoError(t, err)
	require.EqualValues(t, "RUNNING", described.Status)

	_, err = e.states.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: started.ExecutionArn, Error: aws.String("Enough"), Cause: aws.String("by hand")})
	require.NoError(t, err)
	described = e.ended(t, started.ExecutionArn)
	require.Equal(t, []string{"ABORTED", "Enough", "by hand"}, []string{string(described.Status), *described.Error, *described.Cause})
	runs, err := e.glue.GetJobRuns(t.Context(), &glue.GetJobRunsInput{JobName: job})
	require.NoError(t, err)
	require.EqualValues(t, "STOPPED", runs.JobRuns[0].JobRunState)

	_, err = e.states.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: started.ExecutionArn})
	require.NoError(t, err, "one that has ended stays as it is")
}

func TestWhatHappenedOutlivesTheServer(t *testing.T) {
	e := serveDev(t, "")
	before := e.crawl(t)
	e.close()

	e.open(t, "")
	e.serve(t)
	after, err := e.states.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: before.ExecutionArn})
	require.NoError(t, err)
	require.Equal(t, []string{string(before.Status), *before.Output}, []string{string(after.Status), *after.Output})
	history, err := e.states.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: before.ExecutionArn})
	require.NoError(t, err)
	require.NotEmpty(t, history.Events)
	next := e.crawl(t)
	require.True(t, next.StartDate.After(*before.StopDate), "time goes on")
	require.NotEqual(t, *before.Name, *next.Name)
}

func TestAJobRunsByHand(t *testing.T) {
	e := serveDev(t, script(t, "exit 0"))
	job := aws.String("WeatherDataTransformJob-dev")
	started, err := e.glue.StartJobRun(t.Context(), &glue.StartJobRunInput{JobName: job, Arguments: map[string]string{"--window-start": "2026-01-01T00:00:00+07:00"}})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		run, err := e.glue.GetJobRun(t.Context(), &glue.GetJobRunInput{JobName: job, RunId: started.JobRunId})
		return err == nil && run.JobRun.JobRunState == "SUCCEEDED" && run.JobRun.Arguments["--window-start"] == "2026-01-01T00:00:00+07:00"
	}, time.Minute, 10*time.Millisecond)
	_, err = e.glue.StartJobRun(t.Context(), &glue.StartJobRunInput{JobName: aws.String("nobody")})
	requireCode(t, err, "EntityNotFoundException", "nobody")
}

// direct has a client call an address, which takes no sync- before it.
func direct(o *sfn.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("direct", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
		}), middleware.Before)
	})
}

func TestAnExpressExecutionIsWaitedFor(t *testing.T) {
	e := serveDev(t, "")
	ended, err := e.states.StartSyncExecution(t.Context(), &sfn.StartSyncExecutionInput{
		StateMachineArn: e.machine(t, "create-dataset"), Input: aws.String(`{"years": [2021], "days": [1], "users": [{"usage": 1, "user": "a"}]}`),
	}, direct)
	require.NoError(t, err)
	require.EqualValues(t, "SUCCEEDED", ended.Status)
	require.JSONEq(t, `{"objects": 12}`, *ended.Output)
	require.Positive(t, ended.StopDate.Sub(*ended.StartDate))

	ended, err = e.states.StartSyncExecution(t.Context(), &sfn.StartSyncExecutionInput{StateMachineArn: e.machine(t, "create-dataset"), Input: aws.String(`{"years": "all"}`)}, direct)
	require.NoError(t, err)
	require.EqualValues(t, "FAILED", ended.Status)
	require.Equal(t, "InvalidInput", *ended.Error)

	_, err = e.states.StartSyncExecution(t.Context(), &sfn.StartSyncExecutionInput{StateMachineArn: e.machine(t, "crawl-dataset")}, direct)
	requireCode(t, err, "StateMachineTypeNotSupported", "not supported by this type")
}

func TestADefinitionIsJudged(t *testing.T) {
	e := serveDev(t, "")
	described, err := e.states.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: e.machine(t, "crawl-dataset")})
	require.NoError(t, err)
	judged, err := e.states.ValidateStateMachineDefinition(t.Context(), &sfn.ValidateStateMachineDefinitionInput{Definition: described.Definition, Type: described.Type})
	require.NoError(t, err)
	require.EqualValues(t, "OK", judged.Result)
	require.Empty(t, judged.Diagnostics)

	judged, err = e.states.ValidateStateMachineDefinition(t.Context(), &sfn.ValidateStateMachineDefinitionInput{
		Definition: aws.String(`{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "Next": "B"}, "C": {"Type": "Succeed"}}}`),
	})
	require.NoError(t, err)
	require.EqualValues(t, "FAIL", judged.Result)
	require.Greater(t, len(judged.Diagnostics), 1)
	require.EqualValues(t, "ERROR", judged.Diagnostics[0].Severity)
	require.Equal(t, "/States/A/Next", *judged.Diagnostics[0].Location)
	require.Contains(t, *judged.Diagnostics[0].Message, "B")

	express := &sfn.ValidateStateMachineDefinitionInput{Type: "EXPRESS", Definition: aws.String(
		`{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "Arguments": {"JobName": "j"}, "End": true}}}`)}
	judged, err = e.states.ValidateStateMachineDefinition(t.Context(), express)
	require.NoError(t, err)
	require.EqualValues(t, "FAIL", judged.Result)
	require.Equal(t, "SCHEMA_VALIDATION_FAILED", *judged.Diagnostics[0].Code)
	express.Type = "STANDARD"
	judged, err = e.states.ValidateStateMachineDefinition(t.Context(), express)
	require.NoError(t, err)
	require.EqualValues(t, "OK", judged.Result)
}
