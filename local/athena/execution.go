package athena

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"datalake/local/trino"
)

// execution is a query that was started, and what became of it.
type execution struct {
	request
	id        string
	workgroup Workgroup
	submitted time.Time
	result    result
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
	// Elapsed is the real time that the query took.
	Elapsed time.Duration
	// Error says why the query did not succeed; nil if it did.
	Error error
}

// Queries are the records of all queries, in the order of their start.
func (a *Athena) Queries() []Query {
	queries := make([]Query, len(a.executions))
	for i, x := range a.executions {
		queries[i] = x.Query
	}
	return queries
}

// end records what became of the query.
func (x *execution) end(started time.Time, err error) {
	x.SQL, x.Error, x.Elapsed = x.sql, err, time.Since(started)
	x.Rows, x.Utility, x.CSV = x.result.plain(), x.result.utility, x.result.file
	for _, column := range x.result.columns {
		x.Columns = append(x.Columns, column.name)
	}
}

const bytesPerSecond = 100_000_000

// took is the query's virtual time, in whole milliseconds.
func (x *execution) took() time.Duration {
	return time.Second + time.Duration(x.DataScannedInBytes*1000/bytesPerSecond)*time.Millisecond
}

// output is where the result goes.
func (x *execution) output() (bucket, key string, err error) {
	bucket, prefix, err := location(x.workgroup.OutputLocation)
	return bucket, prefix + x.id + x.result.extension(), err
}

// location splits an s3:// URI into the bucket and the prefix of what lies below it.
func location(uri string) (bucket, prefix string, err error) {
	path, ok := strings.CutPrefix(uri, "s3://")
	bucket, prefix, _ = strings.Cut(path, "/")
	if !ok || bucket == "" {
		return "", "", fmt.Errorf("location %q is not an s3:// URI: write s3://bucket/prefix/", uri)
	}
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	return bucket, prefix, nil
}

func (x *execution) state() string {
	switch {
	case x.Error == nil:
		return "SUCCEEDED"
	case errors.Is(x.Error, errCutoff):
		return "CANCELLED"
	default:
		return "FAILED"
	}
}

// document is Athena's QueryExecution as .sync gives it: names in PascalCase, times in milliseconds since 1970.
func (x *execution) document() map[string]any {
	bucket, key, _ := x.output() // the location was checked when the workgroup was made
	milliseconds := float64(x.took().Milliseconds())
	submitted := float64(x.submitted.UnixMilli())
	status := map[string]any{"State": x.state(), "SubmissionDateTime": submitted, "CompletionDateTime": submitted + milliseconds}
	if x.Error != nil {
		status["StateChangeReason"] = x.Error.Error()
	}
	queryContext := map[string]any{"Catalog": trino.CatalogName}
	if x.database != "" {
		queryContext["Database"] = x.database
	}
	return map[string]any{
		"QueryExecutionId":      x.id,
		"Query":                 x.sql,
		"StatementType":         x.result.statementType(),
		"WorkGroup":             x.request.workgroup,
		"QueryExecutionContext": queryContext,
		"ResultConfiguration":   map[string]any{"OutputLocation": "s3://" + bucket + "/" + key},
		"EngineVersion":         map[string]any{"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"},
		"Status":                status,
		"Statistics": map[string]any{
			"DataScannedInBytes":            float64(x.DataScannedInBytes),
			"EngineExecutionTimeInMillis":   milliseconds,
			"TotalExecutionTimeInMillis":    milliseconds,
			"QueryPlanningTimeInMillis":     0.0,
			"QueryQueueTimeInMillis":        0.0,
			"ServiceProcessingTimeInMillis": 0.0,
		},
	}
}
