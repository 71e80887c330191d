// Package athena answers Athena's API on this machine. Queries are Trino's to carry out, the engine that Athena's version 3
// is; here is what Athena has beside it: requests, executions, limits, results and their texts, and what a role may do.
package athena

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

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

// Athena runs queries and keeps their results. Its methods may be called at one time.
type Athena struct {
	config     Config
	lock       sync.Mutex // guards the list
	executions []*Execution
	forgotten  int
}

// New makes an Athena, or says which workgroup has no place for results.
func New(config Config) (*Athena, error) {
	var faults []error
	for name, workgroup := range config.Workgroups {
		if bucket, _ := objects.SplitURI(workgroup.OutputLocation); bucket == "" {
			faults = append(faults, fmt.Errorf("workgroup %s: output location %q is not an s3:// URI: write s3://bucket/prefix/", name, workgroup.OutputLocation))
		}
	}
	return &Athena{config: config}, errors.Join(faults...)
}

// Submit takes a query, which runs when its Run or its Sync is called. One that comes again with the same ClientRequestToken
// is the one that was. What Athena would not take is Athena.InvalidRequestException.
func (a *Athena) Submit(asked StartQueryExecution) (*Execution, error) {
	if err := asked.check(); err != nil {
		return nil, err
	}
	asked.WorkGroup = cmp.Or(asked.WorkGroup, "primary")
	workgroup, ok := a.config.Workgroups[asked.WorkGroup]
	if !ok {
		return nil, invalid("WorkGroup %s is not found.", asked.WorkGroup)
	}
	a.lock.Lock()
	defer a.lock.Unlock()
	for _, x := range a.executions {
		if asked.ClientRequestToken != "" && x.asked.ClientRequestToken == asked.ClientRequestToken {
			return x, nil
		}
	}
	// Athena's ids are random; these count, so that a run gives the same names each time.
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", a.config.Before+a.forgotten+len(a.executions)+1)
	x := a.execution(asked, id, workgroup)
	a.executions = append(a.executions, x)
	return x, nil
}

func (a *Athena) execution(asked StartQueryExecution, id string, workgroup Workgroup) *Execution {
	x := &Execution{athena: a, asked: asked, id: id, workgroup: workgroup, submitted: a.config.Clock.Now()}
	x.running, x.cancel = context.WithCancelCause(context.Background())
	x.ended, x.end = context.WithCancel(context.Background())
	return x
}

// Count is how many queries there have been since the start.
func (a *Athena) Count() int {
	a.lock.Lock()
	defer a.lock.Unlock()
	return a.forgotten + len(a.executions)
}

// Forget keeps the latest queries alone.
func (a *Athena) Forget(latest int) {
	a.lock.Lock()
	defer a.lock.Unlock()
	if excess := len(a.executions) - latest; excess > 0 {
		a.executions, a.forgotten = slices.Clone(a.executions[excess:]), a.forgotten+excess
	}
}

var (
	//lint:ignore ST1005 these are Athena's own words
	errCutoff  = errors.New("Bytes scanned limit was exceeded")
	errStopped = errors.New("Query cancelled by user")
)

// Query runs a query by hand: no workgroup limits it, and no result is written.
func (a *Athena) Query(sql, database string) (Query, error) {
	x := a.execution(StartQueryExecution{QueryString: sql, QueryExecutionContext: QueryExecutionContext{Database: database}}, "", Workgroup{})
	x.conclude(x.answer())
	return x.Query, x.Error
}
