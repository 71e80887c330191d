package athena

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"datalake/local/fault"
	"datalake/local/glue"
	"datalake/local/trino"
	"datalake/local/trino/testlake"
)

// One Trino serves all tests of the package, over one lake. It starts with the first query.
var (
	shared *testlake.Lake
	server *trino.Server
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // as the local run does
	directory, err := os.MkdirTemp("", "athena-")
	if err == nil {
		shared, err = testlake.Open(directory + "/lake")
	}
	if err == nil {
		server, err = trino.New(trino.Config{Home: "../trino/target", Directory: directory + "/trino"})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server.Serve(shared, shared.Objects)
	code := m.Run()
	if err := server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	_ = os.RemoveAll(directory)
	os.Exit(code)
}

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

type fixedClock struct{}

func (fixedClock) Now() time.Time { return now }

// patience is as long as a query may take.
const patience = 10 * time.Minute

// lake is an Athena over a part of the lake, where it has its results too.
type lake struct {
	*Athena
	testlake.Part
}

// Start submits a query and runs it to its end.
func (l lake) Start(ctx context.Context, asked StartQueryExecution, wait time.Duration) (output map[string]any, took time.Duration, err error) {
	x, err := l.Submit(asked)
	if err != nil {
		return nil, 0, err
	}
	return x.Sync(ctx, wait)
}

func newLake(t testing.TB) lake {
	t.Helper()
	l := lake{Part: shared.Part(t)}
	results := l.Name + "-results"
	require.NoError(t, shared.Objects.CreateBucket(results))
	var err error
	l.Athena, err = New(Config{
		Objects: shared.Objects,
		Catalog: shared,
		Trino:   server,
		Clock:   fixedClock{},
		Workgroups: map[string]Workgroup{
			"reports": {OutputLocation: "s3://" + results + "/reports"},
			"frugal":  {OutputLocation: "s3://" + results + "/", BytesScannedCutoffPerQuery: 30},
			"floor":   {OutputLocation: "s3://" + results + "/", BytesScannedCutoffPerQuery: 10_485_760},
		},
	})
	require.NoError(t, err)
	return l
}

// results are the keys and bytes of what lies in the bucket of results.
func (l lake) results(t *testing.T) map[string]string {
	t.Helper()
	listed, err := shared.Objects.List(l.Name+"-results", "")
	require.NoError(t, err)
	found := map[string]string{}
	for _, object := range listed {
		body, err := shared.Objects.Get(l.Name+"-results", object.Key)
		require.NoError(t, err)
		found[object.Key] = string(body)
	}
	return found
}

func (l lake) arguments(sql, workgroup string) StartQueryExecution {
	return StartQueryExecution{QueryString: sql, WorkGroup: workgroup, QueryExecutionContext: QueryExecutionContext{l.Name, "AwsDataCatalog"}}
}

// query runs a query and returns its record.
func (l lake) query(sql string) Query {
	_, _, err := l.Start(context.Background(), l.arguments(sql, "reports"), patience)
	queries := l.Queries()
	if err != nil && len(queries) == 0 {
		return Query{Error: err}
	}
	return queries[len(queries)-1]
}

// answer is a query's rows as text, values with a bar between them and NULL as itself, or its error.
func (l lake) answer(sql string) string {
	if query := l.query(sql); query.Error != nil {
		return "! " + query.Error.Error()
	}
	last := l.executions[len(l.executions)-1].result
	var rows []string
	for _, values := range last.rows {
		var texts []string
		for i, value := range values {
			text := "NULL"
			if value != nil {
				text = last.columns[i].text(value)
			}
			texts = append(texts, text)
		}
		rows = append(rows, strings.Join(texts, " | "))
	}
	return strings.Join(rows, "\n")
}

// page is a query's result as GetQueryResults gives it.
func (l lake) page(t *testing.T, sql string) (infos, rows []any) {
	t.Helper()
	require.NoError(t, l.query(sql).Error)
	page, err := l.GetQueryResults(GetQueryResults{QueryExecutionID: l.executions[len(l.executions)-1].id})
	require.NoError(t, err)
	set := page["ResultSet"].(map[string]any)
	return set["ResultSetMetadata"].(map[string]any)["ColumnInfo"].([]any), set["Rows"].([]any)
}

// requireFault checks a fault's name and part of its cause, and returns the query execution that the cause may hold.
func requireFault(t *testing.T, err error, name, cause string) map[string]any {
	t.Helper()
	var failed *fault.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, name, failed.Name)
	require.Contains(t, failed.Cause, cause)
	var document map[string]map[string]any
	if name == "States.TaskFailed" {
		require.NoError(t, json.Unmarshal([]byte(failed.Cause), &document))
	}
	return document["QueryExecution"]
}

// numbers is a lake with a table of the numbers from 1 to n, one object of lines of 8 bytes up to 9.
func numbers(t *testing.T, n int) lake {
	t.Helper()
	l := newLake(t)
	var body strings.Builder
	for i := range n {
		fmt.Fprintf(&body, "{\"n\":%d}\n", i+1)
	}
	l.Put(t, "numbers/a.json", body.String())
	l.Add(testlake.JSON, glue.Table{Name: "numbers", Columns: testlake.Columns("n", "int")})
	return l
}

// running counts the queries that Trino runs, this one not among them.
func running(t *testing.T) int64 {
	t.Helper()
	got, err := server.Run(context.Background(), trino.Query{
		SQL: `SELECT count(*) FROM system.runtime.queries WHERE state IN ('QUEUED', 'PLANNING', 'STARTING', 'RUNNING') AND query NOT LIKE '%runtime.queries%'`,
		Now: now,
	})
	require.NoError(t, err)
	return got.Rows[0][0].(int64)
}

// requireAnswer compares answers; what is wanted of an error is how it starts.
func requireAnswer(t *testing.T, want, got string) {
	t.Helper()
	if strings.HasPrefix(want, "! ") && len(got) > len(want) {
		got = got[:len(want)]
	}
	require.Equal(t, want, got)
}
