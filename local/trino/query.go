package trino

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	driver "github.com/trinodb/trino-go-client/trino"
)

// Query is a query to run.
type Query struct {
	SQL      string
	Database string
	// Now is the time of the query: now() and current_date.
	Now time.Time
	// Limit ends a query that reads more bytes, checked every few seconds; 0 is no limit.
	Limit int64
}

// Result is what a query gave.
type Result struct {
	Columns []Column
	// Rows hold nil for NULL, bool, int64, float64, []byte, time.Time, text for the other simple types, and for arrays, rows and maps the JSON that Trino sent.
	Rows [][]any
	// Bytes are those that Athena bills: of the objects read, for Parquet of the columns read.
	Bytes int64
	// PartitionsScanned of PartitionsTotal were read, over all references to tables; a table without partition keys counts as one.
	PartitionsScanned, PartitionsTotal int
	// Tables is how often the query reads each table, which is named database.table.
	Tables map[string]int
}

// Column is a result's column. Type is Trino's name of the type, lower case, such as varchar or row(a integer).
type Column struct {
	Name, Type       string
	Precision, Scale int64
}

// Error is a query that Trino did not carry out, in Trino's words.
type Error struct {
	// Name is one of Trino's error codes, such as TYPE_MISMATCH.
	Name, Message string
}

func (e *Error) Error() string { return e.Name + ": " + e.Message }

func (p *process) connect() (err error) {
	address := url.URL{Scheme: "http", User: url.User(p.user), Host: fmt.Sprintf("127.0.0.1:%d", p.port)}
	address.RawQuery = url.Values{"catalog": {CatalogName}, "source": {"athena"}}.Encode()
	p.db, err = sql.Open("trino", address.String())
	return err
}

// Run runs a query to its end, and cancels it when ctx ends. What a query read is in the result even if it failed.
// The error is an *Error if Trino refused the query or failed in it.
func (s *Server) Run(ctx context.Context, query Query) (Result, error) {
	p, err := s.started(ctx)
	if err != nil {
		return Result{}, err
	}
	// What begins with a dollar is a hidden column, "$path" among them, which tells objects apart.
	apart := strings.Contains(query.SQL, `"$`)
	result, err := p.run(ctx, query, !apart)
	if lost := (*driver.ErrQueryFailed)(nil); errors.As(err, &lost) && lost.StatusCode == http.StatusNotFound {
		result, err = p.run(ctx, query, !apart) // a server that has only just started may lose a query
	}
	if failed := (*Error)(nil); !apart && errors.As(err, &failed) && slices.Contains(dataErrors, failed.Name) {
		// Once more, object by object, so that the error names the one that it lies in.
		result, err = p.run(ctx, query, false)
	}
	return result, err
}

// dataErrors are those that name the object that they lie in.
var dataErrors = []string{"HIVE_BAD_DATA", "HIVE_CURSOR_ERROR", "HIVE_CANNOT_OPEN_SPLIT", "GENERIC_INTERNAL_ERROR"}

func (p *process) run(ctx context.Context, query Query, join bool) (Result, error) {
	id := rand.Text()
	arguments := []any{sql.Named("X-Trino-Trace-Token", id)}
	if query.Limit > 0 {
		arguments = append(arguments, sql.Named("X-Trino-Session", fmt.Sprintf("query_max_scan_physical_bytes=%dB", query.Limit)))
	}
	if query.Database != "" {
		arguments = append(arguments, sql.Named("X-Trino-Schema", strings.ToLower(query.Database)))
	}
	// The driver cancels the query in Trino when its context ends, but not if that has a cause of its own.
	asking, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	var result Result
	sent := &underWay{now: query.Now, join: join, listed: map[reference]bool{}, completed: make(chan completion, 1)}
	p.queries.Store(id, sent)
	defer p.queries.Delete(id)
	rows, err := p.db.QueryContext(asking, query.SQL, arguments...)
	if err == nil {
		err = errors.Join(result.read(rows), rows.Close())
	}
	err = p.explain(ctx, err)
	patience := cancelledAccounting
	if failed := (*Error)(nil); err == nil || ctx.Err() == nil && errors.As(err, &failed) {
		patience = accounting
	}
	if unknown := p.account(sent, &result, patience); err == nil {
		err = unknown
	}
	return result, err
}

func (r *Result) read(rows *sql.Rows) error {
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	for _, t := range types {
		precision, scale, _ := t.DecimalSize()
		r.Columns = append(r.Columns, Column{t.Name(), strings.ToLower(t.DatabaseTypeName()), precision, scale})
	}
	for rows.Next() {
		row := make([]any, len(types))
		into := make([]any, len(types))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		r.Rows = append(r.Rows, row)
	}
	return rows.Err()
}

// explain makes Trino's words of the driver's error.
func (p *process) explain(ctx context.Context, err error) error {
	var said *driver.ErrTrino
	switch {
	case err == nil:
		return nil
	case errors.As(err, &said):
		return &Error{said.ErrorName, said.Message}
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case isTime(err):
		return &Error{"NOT_SUPPORTED", "dates and times before the year 1 or after 9999 can't be shown locally: " + err.Error()}
	}
	select {
	case <-p.ended.Done():
		return fmt.Errorf("while the query ran, Trino was lost: %w", context.Cause(p.ended))
	case <-time.After(parting):
		return err
	}
}

// isTime tells that the driver could not read a date or time; it reads a time of a year with a sign as one with a zone.
func isTime(err error) bool {
	var unread *time.ParseError
	return errors.As(err, &unread) || strings.Contains(err.Error(), "cannot load timezone")
}

const (
	// accounting is how long a query that has ended may take to be accounted for. One that was cancelled, or lost, may not have
	// begun, and never is.
	accounting          = time.Minute
	cancelledAccounting = time.Second
	// parting is how long a process that does not answer may take to have ended.
	parting = 5 * time.Second
)

// account fills in what a query read, or says that it is not known.
func (p *process) account(sent *underWay, result *Result, patience time.Duration) (err error) {
	var done completion
	select {
	case done = <-sent.completed:
	case <-p.ended.Done():
		err = fmt.Errorf("the query ended, and Trino was lost before it said what was read: %w", context.Cause(p.ended))
	case <-time.After(patience):
		err = fmt.Errorf("the query ended, and Trino did not say within %s what was read; its log: %s", patience, p.log())
	}
	result.Bytes = done.Bytes
	times := map[reference]int{}
	for _, table := range done.Tables {
		times[table]++
	}
	planned := map[reference]int{}
	for _, input := range done.Inputs {
		planned[input.reference]++
		chosen := len(input.ConnectorInfo.PartitionIDs)
		if chosen == 0 && sent.listed[input.reference] {
			chosen = p.partitions(input.reference)
		}
		result.PartitionsScanned += chosen
	}
	// A condition that leaves nothing of a table lets Trino plan nothing for it, and WITH lets it plan more.
	result.Tables = map[string]int{}
	for table := range times {
		scans := max(times[table], planned[table])
		result.PartitionsTotal += p.partitions(table) * scans
		result.Tables[table.Schema+"."+table.Table] = scans
	}
	return err
}

// partitions is how many a table has: one if it has no keys, none if it is Trino's own.
func (p *process) partitions(of reference) int {
	table, ok := p.lake().catalog.Table(of.Schema, of.Table)
	switch {
	case !ok:
		return 0
	case len(table.PartitionKeys) == 0:
		return 1
	default:
		return len(table.Partitions)
	}
}
