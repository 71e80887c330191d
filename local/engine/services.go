package engine

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"datalake/local/athena"
	"datalake/local/fault"
	"datalake/local/interpreter"
)

// service carries out one integration: it returns what the state machine sees, and the virtual time until then. What takes
// real time is broken off when ctx ends.
type service func(ctx context.Context, task interpreter.Task) (output any, after time.Duration, err error)

// integrations are the service integrations that are carried out here, by the part of the Resource after the partition.
func (e *Engine) integrations() map[string]service {
	return map[string]service{
		"aws-sdk:s3:putObject":             decoded(e.putObject),
		"aws-sdk:glue:startCrawler":        decoded(e.startCrawler),
		"aws-sdk:glue:getCrawler":          decoded(e.getCrawler),
		"aws-sdk:glue:listCrawls":          decoded(e.listCrawls),
		"athena:startQueryExecution.sync":  e.startQuery,
		"athena:getQueryResults":           decoded(func(a athena.GetQueryResults) (any, error) { return e.athena.GetQueryResults(a) }),
		"glue:startJobRun.sync":            e.startJobRun,
		"aws-sdk:sfn:listExecutions":       decoded(e.listExecutions),
		"aws-sdk:s3:getObject":             decoded(e.getObject),
		"aws-sdk:cloudwatch:putMetricData": decoded(e.putMetrics),
		"sns:publish":                      decoded(e.Publish),
		"events:putEvents":                 decoded(e.putEvents),
	}
}

// Call answers a task of a state machine.
func (e *Engine) Call(task interpreter.Task) interpreter.Answer {
	integration := interpreter.Integration(task.Resource)
	carryOut := e.services[integration]
	if carryOut == nil {
		return interpreter.Answer{After: interpreter.CallLatency, Fault: fault.Errorf("Local.UnsupportedResource",
			"The local run does not carry out %s, which state %q calls: answer it in a responses file.", task.Resource, task.State)}
	}
	e.called(task)
	e.noteTask(integration, task)
	e.record(inWords(task), integration, task.Text)
	ctx := e.running(task.Execution)
	output, after, err := carryOut(ctx, task)
	if err == nil {
		e.billCall(integration, task)
	}
	if stopped := (*fault.Error)(nil); errors.As(context.Cause(ctx), &stopped) {
		return interpreter.Answer{After: after, Aborted: stopped}
	}
	if err != nil {
		var failure *fault.Error
		if !errors.As(err, &failure) {
			failure = fault.Errorf("Local.EngineFailed", "State %q: %v", task.State, err)
		}
		return interpreter.Answer{After: max(after, interpreter.CallLatency), Fault: failure}
	}
	return interpreter.Answer{Output: output, After: after}
}

// decoded makes a service of a function on typed arguments. An argument that the function does not know is refused.
func decoded[A any](call func(arguments A) (any, error)) service {
	return func(_ context.Context, task interpreter.Task) (any, time.Duration, error) {
		var arguments A
		if err := decode(task, &arguments); err != nil {
			return nil, interpreter.CallLatency, err
		}
		output, err := call(arguments)
		return output, interpreter.CallLatency, err
	}
}

// decode reads arguments. In Step Functions the names of all start with a capital, which Go's decoder does not mind.
func decode(task interpreter.Task, arguments any) error {
	decoder := json.NewDecoder(bytes.NewReader(task.Text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(arguments)
	names := slices.Sorted(maps.Keys(plainArguments(task)))
	if i := slices.IndexFunc(names, func(name string) bool { return strings.IndexFunc(name, unicode.IsLower) == 0 }); i >= 0 {
		err = fmt.Errorf("unknown field %q: its first letter is to be a capital", names[i])
	}
	if err != nil {
		return fault.Errorf("Local.UnsupportedArgument", "State %q calls %s with arguments that the local run does not take: %v.", task.State, task.Resource, err)
	}
	return nil
}

func plainArguments(task interpreter.Task) map[string]any {
	arguments, _ := task.Arguments.(map[string]any)
	return arguments
}

func (e *Engine) startQuery(ctx context.Context, task interpreter.Task) (any, time.Duration, error) {
	var arguments athena.StartQueryExecution
	if err := decode(task, &arguments); err != nil {
		return nil, 0, err
	}
	query, err := e.athena.Submit(arguments)
	if err != nil {
		return nil, 0, err
	}
	e.bill(task, func(u *usage) {
		if !slices.Contains(u.queries, query) {
			u.queries = append(u.queries, query)
		}
	})
	e.killQuery.Store(task.Kill)
	defer e.killQuery.Store(false)
	output, took, err := query.Sync(ctx, task.Wait)
	e.noteQuery(task, query)
	return output, took, err
}

type putObjectArguments struct {
	Bucket, Key string
	Body        json.RawMessage
}

// putObject writes the body as Step Functions does: its JSON text, so that a string gets quotes around it.
func (e *Engine) putObject(arguments putObjectArguments) (any, error) {
	etag, err := e.put(arguments.Bucket, arguments.Key, arguments.Body)
	if err != nil {
		return nil, err
	}
	return map[string]any{"ETag": `"` + etag + `"`}, nil
}

// put stores an object and tells of its arrival; the ETag is S3's for an object of one part.
func (e *Engine) put(bucket, key string, body []byte) (etag string, err error) {
	if err := e.store.Put(bucket, key, body, e.clock.Now()); err != nil {
		return "", err
	}
	e.progress.wrote(bucket)
	sum := md5.Sum(body)
	etag = hex.EncodeToString(sum[:])
	e.arrived(bucket, key, int64(len(body)), etag)
	return etag, nil
}

type crawlerArguments struct{ Name string }

func (e *Engine) startCrawler(arguments crawlerArguments) (any, error) {
	if err := e.glue.StartCrawler(arguments.Name); err != nil {
		return nil, err
	}
	return map[string]any{}, nil
}

func (e *Engine) getCrawler(arguments crawlerArguments) (any, error) {
	return e.glue.GetCrawler(arguments.Name)
}

type crawlsArguments struct {
	CrawlerName string
	MaxResults  int
}

func (e *Engine) listCrawls(arguments crawlsArguments) (any, error) {
	return e.glue.ListCrawls(arguments.CrawlerName, arguments.MaxResults)
}
