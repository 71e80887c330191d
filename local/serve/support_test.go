package serve_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/engine"
	"datalake/local/serve"
	"datalake/local/trino"
	"datalake/local/trino/trinotest"
	"datalake/stack"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"
)

// queries is the Trino of all the tests, which takes longer to start than they do.
var queries *trino.Server

func TestMain(m *testing.M) { os.Exit(trinotest.Run(m, &queries)) }

// endpoint is a stack that is served, and AWS's SDK for Go set up for it.
type endpoint struct {
	URL       string
	engine    *engine.Engine
	directory string
	lock      sync.Mutex
	lines     []string
	// close ends the server and writes down where the stack stands.
	close func()

	athena  *athena.Client
	events  *eventbridge.Client
	glue    *glue.Client
	s3      *s3.Client
	states  *sfn.Client
	sns     *sns.Client
	sqs     *sqs.Client
	buckets map[string]string
}

// serveDev serves the dev stack, with a queue of results and a sample of two days. Its jobs are run by a stand-in for Python.
func serveDev(t testing.TB, python string) *endpoint {
	t.Helper()
	e := &endpoint{directory: t.TempDir()}
	e.open(t, python)
	result, err := e.engine.Execute("create-dataset", []byte(`{"years": [2021], "days": [1, 2], "users": [{"usage": 1, "user": "a"}, {"usage": 2, "user": "b"}]}`))
	require.NoError(t, err)
	require.Equal(t, "SUCCEEDED", result.Status)
	e.serve(t)
	return e
}

func (e *endpoint) open(t testing.TB, python string) {
	t.Helper()
	loaded, err := mockaws.LoadStack("../..", "dev")
	require.NoError(t, err)
	loaded.Config["datalake:resultQueue"] = "true"
	evaluation, err := mockaws.Evaluate(stack.Deploy, loaded, false)
	require.NoError(t, err)
	e.engine, err = engine.Open(evaluation, engine.Options{
		Directory: e.directory,
		Project:   filepath.Join("..", ".."),
		JSONata:   filepath.Join("..", "node_modules", "jsonata", "jsonata.js"),
		Trino:     queries,
		Python:    python,
	})
	require.NoError(t, err)
	e.buckets = map[string]string{}
	for name, bucket := range evaluation.Exports["buckets"].(map[string]any) {
		e.buckets[name] = bucket.(string)
	}
}

func (e *endpoint) serve(t testing.TB) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	e.URL = "http://" + listener.Addr().String()
	answering := serve.New(e.engine, e.URL, func(line string) {
		e.lock.Lock()
		defer e.lock.Unlock()
		e.lines = append(e.lines, line)
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- answering.Serve(ctx, listener) }()
	e.close = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, e.engine.Close())
	})
	t.Cleanup(e.close)

	settings, err := config.LoadDefaultConfig(t.Context(),
		config.WithBaseEndpoint(e.URL),
		config.WithRegion("ap-southeast-1"),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("any", "any", "")),
	)
	require.NoError(t, err)
	e.athena = athena.NewFromConfig(settings)
	e.events = eventbridge.NewFromConfig(settings)
	e.glue = glue.NewFromConfig(settings)
	e.s3 = s3.NewFromConfig(settings, func(o *s3.Options) { o.UsePathStyle = true })
	e.states = sfn.NewFromConfig(settings)
	e.sns = sns.NewFromConfig(settings)
	e.sqs = sqs.NewFromConfig(settings)
}

// machine is the ARN of a state machine, by its logical name.
func (e *endpoint) machine(t testing.TB, name string) *string {
	t.Helper()
	listed, err := e.states.ListStateMachines(t.Context(), nil)
	require.NoError(t, err)
	for _, machine := range listed.StateMachines {
		if strings.HasPrefix(*machine.Name, name+"-machine") {
			return machine.StateMachineArn
		}
	}
	require.Fail(t, "no such state machine", name)
	return nil
}

// ended waits for an execution's end.
func (e *endpoint) ended(t testing.TB, arn *string) *sfn.DescribeExecutionOutput {
	t.Helper()
	var described *sfn.DescribeExecutionOutput
	require.Eventually(t, func() bool {
		var err error
		described, err = e.states.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: arn})
		return err == nil && described.Status != "RUNNING"
	}, time.Minute, 10*time.Millisecond)
	return described
}

// crawl runs crawl-dataset.
func (e *endpoint) crawl(t testing.TB) *sfn.DescribeExecutionOutput {
	t.Helper()
	started, err := e.states.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: e.machine(t, "crawl-dataset")})
	require.NoError(t, err)
	described := e.ended(t, started.ExecutionArn)
	require.EqualValues(t, "SUCCEEDED", described.Status)
	return described
}

func (e *endpoint) workgroup(t testing.TB) *string {
	t.Helper()
	listed, err := e.athena.ListWorkGroups(t.Context(), nil)
	require.NoError(t, err)
	return listed.WorkGroups[0].Name
}

// query runs a query and returns its rows as text, and the execution.
func (e *endpoint) query(ctx context.Context, t testing.TB, sql string, parameters ...string) (rows [][]string, ended *athena.GetQueryExecutionOutput) {
	t.Helper()
	started, err := e.athena.StartQueryExecution(ctx, &athena.StartQueryExecutionInput{QueryString: &sql, WorkGroup: e.workgroup(t), ExecutionParameters: parameters})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		ended, err = e.athena.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: started.QueryExecutionId})
		return err == nil && ended.QueryExecution.Status.State != "RUNNING"
	}, time.Minute, 10*time.Millisecond)
	if ended.QueryExecution.Status.State != "SUCCEEDED" {
		return nil, ended
	}
	results, err := e.athena.GetQueryResults(ctx, &athena.GetQueryResultsInput{QueryExecutionId: started.QueryExecutionId})
	require.NoError(t, err)
	for _, row := range results.ResultSet.Rows {
		var values []string
		for _, datum := range row.Data {
			values = append(values, aws.ToString(datum.VarCharValue))
		}
		rows = append(rows, values)
	}
	return rows, ended
}

// requireCode asserts that AWS's SDK read an error of a code, which says something.
func requireCode(t testing.TB, err error, code, says string) {
	t.Helper()
	var refused smithy.APIError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, code, refused.ErrorCode())
	require.Contains(t, refused.ErrorMessage(), says)
}

// script is a stand-in for Python, of a shell's commands.
func script(t testing.TB, commands string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "python")
	require.NoError(t, os.WriteFile(file, []byte("#!/bin/sh\n"+commands+"\n"), 0o700))
	return file
}
