// Package athena answers Athena's API on this machine: it runs queries in Athena's SQL (Trino's) on DuckDB,
// over the objects of a store and the partitions that a catalog knows.
//
// A query is held to what Athena takes: its grammar, its names, its types. What DuckDB would answer differently is made equal
// or refused; what is in neither table is refused as "not known to be equal".
package athena

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"datalake/local/fault"
	"datalake/local/objects"
)

// defaultCatalog is the name of the Glue Data Catalog in Athena.
const defaultCatalog = "awsdatacatalog"

// maxQueryBytes is the length that a query string may have (Athena service quotas).
const maxQueryBytes = 262_144

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
	Catalog    Catalog
	Clock      Clock
	Workgroups map[string]Workgroup
	// Before is how many queries there were before: the ids count on from there.
	Before int
}

// Athena runs queries, one at a time, and keeps their results. It is used from one goroutine.
type Athena struct {
	config     Config
	engine     *engine
	executions []*execution
}

// New opens an Athena. Close it after use.
func New(config Config) (*Athena, error) {
	for name, workgroup := range config.Workgroups {
		if _, _, err := location(workgroup.OutputLocation); err != nil {
			return nil, fmt.Errorf("workgroup %s: output %w", name, err)
		}
	}
	e, err := openEngine()
	if err != nil {
		return nil, err
	}
	return &Athena{config: config, engine: e}, nil
}

// Close frees the engine.
func (a *Athena) Close() error { return a.engine.close() }

// Start carries out athena:startQueryExecution.sync: it runs the query to its end and returns what the task's output is,
// {"QueryExecution": …}, and how long the query took in virtual time: a second, and a second for each 100 MB scanned.
// The result is in the store at once, stamped with the time at which the query ends.
//
// A query that fails or is cancelled is the fault States.TaskFailed, its cause the same document as JSON.
// A request that Athena would not take, bad syntax included, is Athena.InvalidRequestException.
func (a *Athena) Start(arguments map[string]any) (output map[string]any, took time.Duration, err error) {
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
	x.err = a.run(x)
	x.elapsed = time.Since(started)
	document := map[string]any{"QueryExecution": x.document()}
	switch {
	case x.err == nil:
		return document, x.took(), nil
	case strings.HasPrefix(x.err.Error(), "SYNTAX_ERROR: "):
		return nil, 0, invalid("%s", x.err)
	default:
		cause, err := json.Marshal(document)
		if err != nil {
			return nil, 0, fmt.Errorf("writing query execution %s: %w", x.id, err)
		}
		return nil, x.took(), &fault.Error{Name: "States.TaskFailed", Cause: string(cause)}
	}
}

//lint:ignore ST1005 these are Athena's own words
var errCutoff = errors.New("Bytes scanned limit was exceeded")

func (a *Athena) run(x *execution) error {
	query, err := a.engine.prepare(x.sql, x.database, x.submitted, a.open)
	if err != nil {
		return err
	}
	if err := a.chooseReads(x, query); err != nil {
		return err
	}
	if x.result, err = a.engine.run(query.sql); err != nil {
		return err
	}
	bucket, key, err := x.output()
	if err != nil {
		return err
	}
	return a.config.Objects.Put(bucket, key, x.result.csv(), x.submitted.Add(x.took()))
}

func (a *Athena) open(database, name string) (*scan, error) {
	table, ok := a.config.Catalog.Table(database, name)
	if !ok {
		return nil, fmt.Errorf("TABLE_NOT_FOUND: Table '%s.%s.%s' does not exist", defaultCatalog, database, name)
	}
	return newScan(a.config.Objects, table, a.engine.fail)
}

// chooseReads lists the objects that each scan of the query reads, up to the workgroup's limit, and counts them.
func (a *Athena) chooseReads(x *execution, query prepared) error {
	listed := make([]map[int][]read, len(query.scans))
	wanted := make([]map[int]bool, len(query.scans))
	for number := range query.scans {
		listed[number], wanted[number] = map[int][]read{}, map[int]bool{}
	}
	for _, reads := range query.reads {
		s := query.scans[reads.number]
		chosen, err := a.engine.choose(s, reads.conditions)
		if err != nil {
			return err
		}
		x.partitionsScanned += len(chosen)
		x.partitionsTotal += len(s.partitions)
		for _, i := range chosen {
			if !wanted[reads.number][i] {
				wanted[reads.number][i] = true
				if listed[reads.number][i], err = s.objects(&s.partitions[i]); err != nil {
					return err
				}
			}
			for _, read := range listed[reads.number][i] {
				x.scanned += read.object.Size
				if limit := x.workgroup.BytesScannedCutoffPerQuery; limit > 0 && x.scanned > limit {
					return errCutoff
				}
			}
		}
	}
	for number, s := range query.scans {
		for i := range s.partitions {
			s.reads = append(s.reads, listed[number][i]...)
		}
	}
	return nil
}
