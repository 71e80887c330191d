// Package athena answers Athena's API on this machine. Queries are Trino's to carry out, the engine that Athena's version 3
// is; here is what Athena has beside it: requests, executions, limits, results and their texts, and what a role may do.
package athena

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"datalake/local/fault"
	"datalake/local/objects"
	"datalake/local/trino"
)

// Clock tells the virtual time.
type Clock interface {
	Now() time.Time
}

// Workgroup is what Athena enforces on a workgroup's queries, whatever the caller asks for.
type Workgroup struct {
	// OutputLocation is the s3:// URI under which results are written.
	OutputLocation string
	// BytesScannedCutoffPerQuery ends a query that scans more; 0 is no limit.
	BytesScannedCutoffPerQuery int64
}

// Config is what an Athena works with.
type Config struct {
	Objects    *objects.Store
	Catalog    trino.Catalog
	Trino      *trino.Server
	Clock      Clock
	Workgroups map[string]Workgroup
	// Before is how many queries there were before: the ids count on from there.
	Before int
}

// Athena runs queries, one at a time, and keeps their results. It is used from one goroutine.
type Athena struct {
	config     Config
	executions []*execution
}

// New makes an Athena, or says which workgroup has no place for results.
func New(config Config) (*Athena, error) {
	var faults []error
	for name, workgroup := range config.Workgroups {
		if _, _, err := location(workgroup.OutputLocation); err != nil {
			faults = append(faults, fmt.Errorf("workgroup %s: output %w", name, err))
		}
	}
	return &Athena{config: config}, errors.Join(faults...)
}

// Start carries out athena:startQueryExecution.sync: it runs the query to its end and returns what the task's output is,
// {"QueryExecution": …}, and how long the query took in virtual time: a second, and a second for each 100 MB scanned.
// The result is in the store at once, stamped with the time at which the query ends.
//
// A query that fails or is cancelled is the fault States.TaskFailed, its cause the same document as JSON.
// A request that Athena would not take, bad syntax included, is Athena.InvalidRequestException.
// A query that takes more real time than the caller waits is cancelled, and takes longer than that.
func (a *Athena) Start(arguments map[string]any, wait time.Duration) (output map[string]any, took time.Duration, err error) {
	request, err := startRequest(arguments)
	if err != nil {
		return nil, 0, err
	}
	workgroup, ok := a.config.Workgroups[request.workgroup]
	if !ok {
		return nil, 0, invalid("WorkGroup %s is not found.", request.workgroup)
	}
	// Athena's ids are random; these count, so that a run gives the same names each time.
	x := &execution{
		request:   request,
		id:        fmt.Sprintf("00000000-0000-4000-8000-%012d", a.config.Before+len(a.executions)+1),
		workgroup: workgroup,
		submitted: a.config.Clock.Now(),
	}
	a.executions = append(a.executions, x)
	started := time.Now()
	x.end(started, a.run(x, wait))
	document := map[string]any{"QueryExecution": x.document()}
	var refused *trino.Error
	switch {
	case x.Error == nil:
		return document, x.took(), nil
	case errors.Is(x.Error, errStopped):
		return nil, wait + time.Millisecond, x.Error
	case errors.As(x.Error, &refused) && refused.Name == "SYNTAX_ERROR":
		return nil, 0, invalid("%s", refused.Message)
	default:
		cause, err := json.Marshal(document)
		if err != nil {
			return nil, 0, fmt.Errorf("writing query execution %s: %w", x.id, err)
		}
		return nil, x.took(), &fault.Error{Name: "States.TaskFailed", Cause: string(cause)}
	}
}

var (
	//lint:ignore ST1005 these are Athena's own words
	errCutoff  = errors.New("Bytes scanned limit was exceeded")
	errStopped = errors.New("Query cancelled by user")
)

// run runs a query and writes its result.
func (a *Athena) run(x *execution, wait time.Duration) error {
	if err := a.answer(x, wait); err != nil {
		return err
	}
	bucket, key, err := x.output()
	if err != nil {
		return err
	}
	if err := a.config.Objects.Put(bucket, key, x.result.file(), x.submitted.Add(x.took())); err != nil {
		return fmt.Errorf("GENERIC_INTERNAL_ERROR: write the result: %w", err)
	}
	return nil
}

// Query runs a query by hand: no workgroup limits it, and no result is written.
func (a *Athena) Query(sql, database string) (Query, error) {
	x := &execution{request: request{sql: sql, database: database}, submitted: a.config.Clock.Now()}
	started := time.Now()
	x.end(started, a.answer(x, longest))
	return x.Query, x.Error
}

// longest is how long a query may take (Athena service quotas: DML query timeout).
const longest = 30 * time.Minute

func (a *Athena) answer(x *execution, wait time.Duration) (err error) {
	sql := plain(x.sql)
	bare := sql[len(preamble.FindString(sql)):]
	if bare == "" {
		return &trino.Error{Name: "SYNTAX_ERROR", Message: "line 1:1: mismatched input '<EOF>'. Expecting: <query>"}
	}
	if err := permitted(bare); err != nil {
		return err
	}
	described := false
	if x.result, described, err = a.describe(bare, x.database); !described {
		x.result, err = a.query(x, sql, wait)
	}
	return err
}

func (a *Athena) query(x *execution, sql string, wait time.Duration) (result, error) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), wait, errStopped)
	defer cancel()
	limit := x.workgroup.BytesScannedCutoffPerQuery
	got, err := a.config.Trino.Run(ctx, trino.Query{SQL: sql, Database: x.database, Now: x.submitted, Limit: limit})
	x.DataScannedInBytes, x.PartitionsScanned, x.PartitionsTotal = got.Bytes, got.PartitionsScanned, got.PartitionsTotal
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
