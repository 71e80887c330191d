// Package engine carries out what a stack registered: its buckets, catalog, queries, state machines, rules and topics, on
// this machine and under a virtual clock. It knows no pipeline by name.
package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/access"
	"datalake/local/athena"
	"datalake/local/glue"
	"datalake/local/interpreter"
	"datalake/local/jsonata"
	"datalake/local/objects"
	"datalake/local/parameters"
	"datalake/local/spark"
	"datalake/local/sqs"
	"datalake/local/trino"
	"datalake/local/virtual"
)

// Options are how an engine is opened.
type Options struct {
	// Directory is where the stack's objects, catalog and clock are kept. It is made if missing.
	Directory string
	// Empty forgets what the directory holds. Default: go on from it.
	Empty bool
	// Project is the project's directory, from which the program's files are.
	Project string
	// Python is the interpreter that has pyspark; a stack without jobs needs none.
	Python string
	// Trino runs the queries. It is the caller's to close.
	Trino *trino.Server
	// JSONata is the path of jsonata.js.
	JSONata string
	// Start is the instant at which the clock starts. The zero time goes on where the directory's clock stopped, or
	// starts at DefaultStart.
	Start time.Time
	// Quiet leaves out what events start: one execution runs, and no rule.
	Quiet bool
	// Around stands between the state machines and the engine, so that calls can be answered otherwise; nil for nothing.
	Around func(interpreter.Caller) interpreter.Caller
	// Record takes down calls with their arguments; nil for nowhere.
	Record *parameters.Record
	// Watch sees what is under way; nil for nobody, and Progress tells of that too.
	Watch Watcher
	// Progress reports what is being done; nil for nobody.
	Progress func(format string, args ...any)
}

// DefaultStart is the instant at which a new clock starts: a Monday.
var DefaultStart = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// Engine is one stack, running.
type Engine struct {
	options   Options
	resources *resources
	clock     *virtual.Clock
	evaluator *jsonata.Evaluator
	store     *objects.Store
	catalog   *glue.Catalog
	glue      *glue.Glue
	athena    *athena.Athena
	services  map[string]service
	answers   interpreter.Caller // the engine, or what stands around it
	progress  *progress
	saved     state

	machines map[string]*interpreter.Machine // by ARN

	spark    spark.Spark
	jobsPeak int64 // bytes
	// killQuery has Trino killed when it asks for a table next.
	killQuery atomic.Bool
	queues    *sqs.Queues
	happened

	calls       *access.Calls
	crawlsNoted int
}

// happened is what has happened since the engine was opened, the latest last.
type happened struct {
	lock       sync.Mutex   // guards executions and jobs, which may be looked at while they run
	past       []*Execution // of earlier runs
	executions []*Execution
	jobs       []*JobRun
	events     []Event
	messages   []Message
}

// state is what a directory keeps beside objects and catalog.
type state struct {
	// Now is where the clock stopped.
	Now time.Time
	// Executions, Queries, Jobs, Events and Messages are how many there have been: their names count on.
	Executions, Queries, Jobs, Events, Messages int
	// Succeeded are the logical names of the machines that have succeeded.
	Succeeded []string
	// Sample and Brought tell whether sample data was made here, and whether a person brought data.
	Sample, Brought bool
}

// Open prepares the engines for a stack's registrations. It refuses, all faults at once, what they do not support.
func Open(evaluation *mockaws.Evaluation, options Options) (*Engine, error) {
	resources, err := read(evaluation)
	if err != nil {
		return nil, fmt.Errorf("prepare the local engines: %w", err)
	}
	if options.Progress == nil {
		options.Progress = func(string, ...any) {}
	}
	calls, err := access.New(evaluation)
	if err != nil {
		return nil, fmt.Errorf("prepare the record of calls: %w", err)
	}
	e := &Engine{options: options, resources: resources, machines: map[string]*interpreter.Machine{}, calls: calls}
	if err := e.load(); err != nil {
		return nil, err
	}
	e.clock = virtual.NewClock(firstSet(options.Start, e.saved.Now, DefaultStart))
	if options.Watch == nil {
		e.options.Watch, e.progress = unwatched{}, &progress{report: options.Progress, last: time.Now()}
	}
	if err := e.openStore(); err != nil {
		return nil, err
	}
	if err := e.openGlue(); err != nil {
		return nil, err
	}
	if e.evaluator, err = jsonata.New(options.JSONata, e.clock.Now); err != nil {
		return nil, err
	}
	options.Trino.Serve(asked{queried{e.catalog, e.glue}, e}, e.store)
	e.athena, err = athena.New(athena.Config{
		Objects:    e.store,
		Catalog:    e.catalog,
		Trino:      options.Trino,
		Clock:      e.clock,
		Workgroups: resources.workgroups,
		Before:     e.saved.Queries,
	})
	if err != nil {
		return nil, fmt.Errorf("prepare Athena: %w", err)
	}
	var faults []error
	for _, machine := range resources.machines {
		loaded, err := interpreter.Load([]byte(machine.Definition), e.evaluator)
		if err != nil {
			faults = append(faults, fmt.Errorf("state machine %s: %w", machine.Name, err))
		}
		e.machines[machine.ARN] = loaded
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	if !options.Quiet && resources.queried() {
		options.Trino.Start() // so that it answers when the first query comes
	}
	e.services, e.answers = e.integrations(), e
	if options.Around != nil {
		e.answers = options.Around(e)
	}
	e.spark = spark.Spark{Python: options.Python, Log: e.file("jobs")}
	e.queues = sqs.New(resources.queues)
	return e, errors.Join(recall(e.file("queues.json"), e.queues), recall(e.file("executions.json"), &e.past))
}

func (e *Engine) openStore() (err error) {
	open := objects.Open
	if e.options.Empty {
		open = objects.OpenEmpty
	}
	if e.store, err = open(e.file("store")); err != nil {
		return fmt.Errorf("open the object store: %w", err)
	}
	for _, bucket := range e.resources.buckets {
		if err := e.store.CreateBucket(bucket); err != nil {
			return fmt.Errorf("open the object store: %w", err)
		}
	}
	return e.openUploads()
}

func (e *Engine) openGlue() (err error) {
	if e.catalog, err = glue.LoadCatalog(e.file("catalog.json")); errors.Is(err, fs.ErrNotExist) {
		e.catalog, err = glue.NewCatalog(), nil
	}
	if err != nil {
		return fmt.Errorf("open the catalog: %w", err)
	}
	e.glue = glue.New(e.store, e.catalog, e.clock)
	var faults []error
	for _, database := range e.resources.databases {
		faults = append(faults, e.glue.CreateDatabase(database))
	}
	for _, crawler := range e.resources.crawlers {
		faults = append(faults, e.glue.CreateCrawler(crawler))
	}
	for _, table := range e.resources.tables {
		faults = append(faults, e.glue.CreateTable(table))
	}
	return errors.Join(faults...)
}

// queried is the catalog as queries see it. The partitions that a table projects are computed here rather than by Trino, which
// goes by the real clock and counts days without objects, too.
type queried struct {
	*glue.Catalog
	glue *glue.Glue
}

// Table leaves to Trino what can't be listed here: listing the objects then fails the query.
func (q queried) Table(database, name string) (glue.Table, bool) {
	table, found := q.Catalog.Table(database, name)
	if projected, err := q.glue.Projected(table); err == nil {
		table = projected
	}
	return table, found
}

// load reads what an earlier run left in the directory, if anything, or removes it.
func (e *Engine) load() error {
	if err := os.MkdirAll(e.options.Directory, 0o755); err != nil {
		return fmt.Errorf("make the directory of the stack: %w", err)
	}
	if e.options.Empty {
		for _, name := range []string{"catalog.json", "state.json", "queues.json", "executions.json"} {
			if err := os.Remove(e.file(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("empty %s: %w", e.options.Directory, err)
			}
		}
	}
	var err error
	e.saved, err = loadState(e.options.Directory)
	return err
}

func loadState(directory string) (saved state, err error) {
	err = recall(filepath.Join(directory, "state.json"), &saved)
	return saved, err
}

// Holds tells whether a directory's source bucket holds sample data, and whether it holds data that a person brought.
func Holds(directory string) (sample, brought bool, err error) {
	saved, err := loadState(directory)
	return saved.Sample, saved.Brought, err
}

// Close writes down where the stack stands and frees the engines.
func (e *Engine) Close() error {
	e.saved.Now = e.clock.Now()
	e.saved.Queries += e.athena.Count()
	for _, execution := range e.executions {
		if execution.Status == interpreter.Succeeded && !slices.Contains(e.saved.Succeeded, execution.StateMachine) {
			e.saved.Succeeded = append(e.saved.Succeeded, execution.StateMachine)
		}
	}
	slices.Sort(e.saved.Succeeded)
	return errors.Join(e.save(), e.keep("queues.json", e.queues), e.keep("executions.json", latest(e.Executions(""), kept)),
		e.catalog.Save(e.file("catalog.json")), e.store.Settle())
}

// save writes state.json.
func (e *Engine) save() error { return e.keep("state.json", e.saved) }

// keep writes a file of what outlives a run.
func (e *Engine) keep(name string, what any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // an output is kept as it is
	err := encoder.Encode(what)
	if err == nil {
		err = os.WriteFile(e.file(name), text.Bytes(), 0o644)
	}
	if err != nil {
		return fmt.Errorf("keep %s of the run: %w", name, err)
	}
	return nil
}

// recall reads a file that an earlier run kept, if any did.
func recall(file string, into any) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("go on from %s: %w", file, err)
	}
	return nil
}

// Query runs a query by hand on what the directory holds. Without a database, tables are named with theirs.
func (e *Engine) Query(sql, database string) (athena.Query, error) {
	got, err := e.athena.Query(sql, database)
	if err != nil {
		err = fmt.Errorf("%w%s", err, strings.TrimPrefix(e.explain(sql, err), err.Error()))
	}
	return got, err
}

// Databases are the names of the catalog's databases.
func (e *Engine) Databases() []string { return e.catalog.Databases() }

// Trino is the server that runs the queries.
func (e *Engine) Trino() *trino.Server { return e.options.Trino }

func (e *Engine) file(name string) string { return filepath.Join(e.options.Directory, name) }

// HadSucceeded tells whether a machine has succeeded in this directory before this engine was opened.
func (e *Engine) HadSucceeded(machine string) bool {
	return slices.Contains(e.saved.Succeeded, machine)
}

func firstSet(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
