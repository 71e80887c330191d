package athena

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"datalake/local/fault"
	"datalake/local/objects"
	"datalake/local/prices"
	"datalake/local/trino"
)

// Execution is a query that was submitted, and what became of it.
type Execution struct {
	athena    *Athena
	asked     StartQueryExecution
	id        string
	workgroup Workgroup
	submitted time.Time
	once      sync.Once
	began     time.Time
	running   context.Context
	cancel    context.CancelCauseFunc
	// ended is done once the query has ended; what follows is not read before.
	ended  context.Context
	end    context.CancelFunc
	result result
	Query
}

// Query is the record of a query that was run.
type Query struct {
	SQL     string
	Columns []string
	// Rows hold numbers as int64 or float64, booleans, nil for NULL, and other values as Athena prints them.
	Rows [][]any
	// Utility is true of a statement that asks the catalog alone.
	Utility bool
	// CSV writes the result as Athena does.
	CSV func() []byte
	// DataScannedInBytes is the size of all objects read, once for each scan of their table.
	DataScannedInBytes int64
	// PartitionsScanned of PartitionsTotal were read, over all scans; a table without partition keys counts as one.
	PartitionsScanned, PartitionsTotal int
	// Tables is how often the query reads each table, which is named database.table.
	Tables map[string]int
	// Elapsed is the real time that the query took.
	Elapsed time.Duration
	// Error says why the query did not succeed; nil if it did.
	Error error
}

// Cost is what Athena bills for the query, in USD, were it to scan so many bytes. What is asked of the catalog alone is free,
// and so is a query that failed; one that was cancelled is not.
//
// https://aws.amazon.com/athena/pricing/
func (q Query) Cost(bytes int64) float64 {
	if q.Utility || q.Error != nil && !q.cancelled() {
		return 0
	}
	return prices.Athena(bytes)
}

func (q Query) cancelled() bool {
	return errors.Is(q.Error, errCutoff) || errors.Is(q.Error, errStopped)
}

// Queries are the records of all queries that have ended, in the order of their start.
func (a *Athena) Queries() []Query {
	a.lock.Lock()
	defer a.lock.Unlock()
	var queries []Query
	for _, x := range a.executions {
		if x.ended.Err() != nil {
			queries = append(queries, x.Query)
		}
	}
	return queries
}

// Execution is the query of an id.
func (a *Athena) Execution(id string) (*Execution, error) {
	a.lock.Lock()
	defer a.lock.Unlock()
	for _, x := range a.executions {
		if x.id == id {
			return x, nil
		}
	}
	return nil, invalid("QueryExecution %s was not found", id)
}

// Run carries the query out and writes its result, once however often it is called, while nothing is written that the query
// reads.
func (x *Execution) Run() {
	x.once.Do(func() {
		err := x.answer()
		if err == nil {
			err = x.write()
		}
		x.conclude(err)
	})
}

// Sync carries out athena:startQueryExecution.sync: it runs the query to its end and returns what the task's output is,
// {"QueryExecution": …}, and how long the query took in virtual time: a second, and a second for each 100 MB scanned.
// The result is in the store at once, stamped with the time at which the query ends.
//
// A query that fails or is cancelled is the fault States.TaskFailed, its cause the same document as JSON.
// One with faulty syntax, which Athena would not take, is Athena.InvalidRequestException.
// A query that takes more real time than the caller waits is cancelled, and takes longer than that; one is cancelled, too,
// when ctx ends.
func (x *Execution) Sync(ctx context.Context, wait time.Duration) (output map[string]any, took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	defer context.AfterFunc(ctx, x.Stop)()
	x.Run()
	document := map[string]any{"QueryExecution": x.document(milliseconds)}
	switch {
	case x.Error == nil:
		return document, x.took(), nil
	case errors.Is(x.Error, errStopped):
		return nil, wait + time.Millisecond, x.Error
	case x.refused() != nil:
		return nil, 0, x.refused()
	default:
		cause, err := json.Marshal(document)
		if err != nil {
			return nil, 0, fmt.Errorf("writing query execution %s: %w", x.id, err)
		}
		return nil, x.took(), &fault.Error{Name: "States.TaskFailed", Cause: string(cause)}
	}
}

// Stop cancels the query; one that has ended stays as it is.
func (x *Execution) Stop() { x.cancel(errStopped) }

// Await waits for the query's end, but no longer than a while. A query that was refused for its syntax is
// Athena.InvalidRequestException.
func (x *Execution) Await(atMost time.Duration) error {
	select {
	case <-x.ended.Done():
		return x.refused()
	case <-time.After(atMost):
		return nil
	}
}

// Stopped tells whether a query that has ended was cancelled by its caller.
func (x *Execution) Stopped() bool { return errors.Is(x.Error, errStopped) }

// ID is the query's, for GetQueryExecution and GetQueryResults.
func (x *Execution) ID() string { return x.id }

// WorkGroup is the name of the query's workgroup.
func (x *Execution) WorkGroup() string { return x.asked.WorkGroup }

// refused is what Athena says of a query that it does not take.
func (x *Execution) refused() error {
	var failed *trino.Error
	if errors.As(x.Error, &failed) && failed.Name == "SYNTAX_ERROR" {
		return invalid("%s", failed.Message)
	}
	return nil
}

func (x *Execution) answer() (err error) {
	x.began = time.Now()
	sql, bare := plain(x.asked.QueryString)
	if bare == "" {
		return &trino.Error{Name: "SYNTAX_ERROR", Message: "line 1:1: mismatched input '<EOF>'. Expecting: <query>"}
	}
	if err := permitted(bare); err != nil {
		return err
	}
	described := false
	if x.result, described, err = x.athena.describe(bare, x.asked.QueryExecutionContext.Database); !described {
		x.result, err = x.ask(x.asked.bound(sql))
	}
	return err
}

// ask has Trino run a query.
func (x *Execution) ask(sql string) (result, error) {
	limit := x.workgroup.BytesScannedCutoffPerQuery
	got, err := x.athena.config.Trino.Run(x.running, trino.Query{SQL: sql, Database: x.asked.QueryExecutionContext.Database, Now: x.submitted, Limit: limit})
	x.DataScannedInBytes, x.PartitionsScanned, x.PartitionsTotal, x.Tables = got.Bytes, got.PartitionsScanned, got.PartitionsTotal, got.Tables
	var failed *trino.Error
	switch {
	case limit > 0 && x.DataScannedInBytes > limit, errors.As(err, &failed) && failed.Name == "EXCEEDED_SCAN_LIMIT":
		return result{}, errCutoff
	case err == nil:
		return newResult(got), nil
	case failed != nil || errors.Is(err, errStopped):
		return result{}, err
	default:
		return result{}, fmt.Errorf("GENERIC_INTERNAL_ERROR: %w", err)
	}
}

// write writes the result, stamped with the time at which the query ends.
func (x *Execution) write() error {
	bucket, key := objects.SplitURI(x.Output())
	if err := x.athena.config.Objects.Put(bucket, key, x.result.file(), x.submitted.Add(x.took())); err != nil {
		return fmt.Errorf("GENERIC_INTERNAL_ERROR: write the result: %w", err)
	}
	return nil
}

// conclude records what became of the query.
func (x *Execution) conclude(err error) {
	x.SQL, x.Error, x.Elapsed = x.asked.QueryString, err, time.Since(x.began)
	x.Rows, x.Utility, x.CSV = x.result.plain(), isUtility(x.SQL), x.result.file
	for _, column := range x.result.columns {
		x.Columns = append(x.Columns, column.name)
	}
	x.end()
}

const bytesPerSecond = 100_000_000

// took is the query's virtual time, in whole milliseconds.
func (x *Execution) took() time.Duration {
	return time.Second + time.Duration(x.DataScannedInBytes*1000/bytesPerSecond)*time.Millisecond
}

// Output is the s3:// URI at which the result is, or will be.
func (x *Execution) Output() string {
	extension := ".csv"
	if isUtility(x.asked.QueryString) {
		extension = ".txt"
	}
	return strings.TrimSuffix(x.workgroup.OutputLocation, "/") + "/" + x.id + extension
}

func (x *Execution) state() string {
	switch {
	case x.ended.Err() == nil:
		return "RUNNING"
	case x.Error == nil:
		return "SUCCEEDED"
	case x.cancelled():
		return "CANCELLED"
	default:
		return "FAILED"
	}
}

// document is Athena's QueryExecution, with times in a form. What a query that runs has read and given is not known yet.
func (x *Execution) document(form func(time.Time) any) map[string]any {
	queryContext := map[string]any{"Catalog": trino.CatalogName}
	if database := x.asked.QueryExecutionContext.Database; database != "" {
		queryContext["Database"] = database
	}
	statement := "DML"
	if isUtility(x.asked.QueryString) {
		statement = "UTILITY"
	}
	status := map[string]any{"State": x.state(), "SubmissionDateTime": form(x.submitted)}
	statistics := map[string]any{}
	document := map[string]any{
		"QueryExecutionId":      x.id,
		"Query":                 x.asked.QueryString,
		"StatementType":         statement,
		"WorkGroup":             x.asked.WorkGroup,
		"QueryExecutionContext": queryContext,
		"ResultConfiguration":   map[string]any{"OutputLocation": x.Output()},
		"EngineVersion":         EngineVersion,
		"Status":                status,
		"Statistics":            statistics,
	}
	if len(x.asked.ExecutionParameters) > 0 {
		document["ExecutionParameters"] = x.asked.ExecutionParameters
	}
	if x.ended.Err() == nil {
		return document
	}
	for _, phase := range []string{"QueryPlanning", "QueryQueue", "ServiceProcessing"} {
		statistics[phase+"TimeInMillis"] = 0.0
	}
	for _, phase := range []string{"EngineExecution", "TotalExecution"} {
		statistics[phase+"TimeInMillis"] = float64(x.took().Milliseconds())
	}
	statistics["DataScannedInBytes"] = float64(x.DataScannedInBytes)
	status["CompletionDateTime"] = form(x.submitted.Add(x.took()))
	if x.Error != nil {
		status["StateChangeReason"] = x.Error.Error()
	}
	return document
}

// milliseconds is a time as .sync gives it, since 1970.
func milliseconds(at time.Time) any { return float64(at.UnixMilli()) }

// EngineVersion is what Athena says of the engine: https://docs.aws.amazon.com/athena/latest/APIReference/API_EngineVersion.html
var EngineVersion = map[string]any{"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}

// GetQueryExecution carries out athena:getQueryExecution; its times are time.Time.
func (a *Athena) GetQueryExecution(id string) (map[string]any, error) {
	x, err := a.Execution(id)
	if err != nil {
		return nil, err
	}
	return map[string]any{"QueryExecution": x.document(func(at time.Time) any { return at })}, nil
}

// StopQueryExecution cancels a query; one that has ended stays as it is.
func (a *Athena) StopQueryExecution(id string) error {
	x, err := a.Execution(id)
	if err == nil {
		x.Stop()
	}
	return err
}

// StopAll cancels every query.
func (a *Athena) StopAll() {
	a.lock.Lock()
	defer a.lock.Unlock()
	for _, x := range a.executions {
		x.Stop()
	}
}

// QueryExecutionIDs are those of a workgroup's queries, the latest first.
func (a *Athena) QueryExecutionIDs(workgroup string) (ids []string) {
	a.lock.Lock()
	defer a.lock.Unlock()
	for _, x := range slices.Backward(a.executions) {
		if x.asked.WorkGroup == workgroup {
			ids = append(ids, x.id)
		}
	}
	return ids
}
