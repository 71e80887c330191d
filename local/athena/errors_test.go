package athena

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"datalake/local/fault"
)

// Trino's words for what people get wrong; the column is where the query does.
func TestErrorsOfQueries(t *testing.T) {
	l := kindsLake(t)
	for _, c := range []struct{ name, sql, want string }{
		{"an unknown table", `SELECT 1 FROM nowhere`, "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog." + l.Name + ".nowhere' does not exist"},
		{"an unknown database", `SELECT 1 FROM other.kinds`, "SCHEMA_NOT_FOUND: line 1:15: Schema 'other' does not exist"},
		{"an unknown column", `SELECT nothing FROM kinds`, "COLUMN_NOT_FOUND: line 1:8: Column 'nothing' cannot be resolved"},
		{"a text in double quotes", `SELECT i FROM kinds WHERE s = "abc"`, "COLUMN_NOT_FOUND: line 1:31: Column 'abc' cannot be resolved"},
		{"an alias in WHERE", `SELECT i + 1 AS n FROM kinds WHERE n > 1`, "COLUMN_NOT_FOUND: line 1:36: Column 'n' cannot be resolved"},
		{"an alias in GROUP BY", `SELECT i + 1 AS n FROM kinds GROUP BY n`, "COLUMN_NOT_FOUND: line 1:39: Column 'n' cannot be resolved"},
		{"a column of two tables", `SELECT i FROM kinds a JOIN kinds b ON a.i = b.i`, "AMBIGUOUS_NAME: line 1:8: Column 'i' is ambiguous"},
		{"an unknown function", `SELECT getdate()`, "FUNCTION_NOT_FOUND: line 1:8: Function 'getdate' not registered"},
		{"a key compared with a number", `SELECT i FROM kinds WHERE year = 2021`, "TYPE_MISMATCH: line 1:32: Cannot apply operator: varchar = integer"},
		{"a date compared with a text", `SELECT i FROM kinds WHERE day = '2021-03-04'`, "TYPE_MISMATCH: line 1:31: Cannot apply operator: date = varchar(10)"},
		{"a number after a text", `SELECT 'a' || 1`, "FUNCTION_NOT_FOUND: line 1:12: Unexpected parameters (varchar(1), integer) for function concat."},
		{"a condition that is none", `SELECT i FROM kinds WHERE i`, "TYPE_MISMATCH: line 1:27: WHERE clause must evaluate to a boolean: actual type integer"},
		{"branches of two types", `SELECT CASE WHEN t THEN 1 ELSE 'x' END FROM kinds`, "TYPE_MISMATCH: line 1:32: All CASE results must be the same type or coercible to a common type. Cannot find common type between integer and varchar(1)"},
		{"a union of two types", `SELECT 1 UNION SELECT 'a'`, "TYPE_MISMATCH: line 1:10: column 1 in UNION query has incompatible types: integer, varchar(1)"},
		{"a function of another type", `SELECT year('2021-03-04')`, "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (varchar(10)) for function year"},
		{"a column that is not grouped", `SELECT s, count(*) FROM kinds`, "EXPRESSION_NOT_AGGREGATE: line 1:8: 's' must be an aggregate expression or appear in GROUP BY clause"},
		{"order by what is not selected", `SELECT DISTINCT i FROM kinds ORDER BY s`, "EXPRESSION_NOT_IN_DISTINCT: line 1:1: "},
		{"not a date", `SELECT DATE '2021/03/04'`, "INVALID_LITERAL: line 1:8: '2021/03/04' is not a valid DATE literal"},
		{"a division by zero", `SELECT 1 / (i - i) FROM kinds`, "DIVISION_BY_ZERO: "},
		{"a cast of a text", `SELECT CAST(s AS integer) FROM kinds`, "INVALID_CAST_ARGUMENT: Cannot cast 'Häuser' to INT"},
		{"a sum too large", `SELECT i + 2147483647 FROM kinds`, "NUMERIC_VALUE_OUT_OF_RANGE: integer addition overflow: 7 + 2147483647"},
		{"an element too far", `SELECT items[3] FROM kinds`, "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: 3 > 2"},
		{"a key that is not there", `SELECT props['z'] FROM kinds`, "INVALID_FUNCTION_ARGUMENT: Key not present in map: z"},
		{"JSON that is none", `SELECT json_parse('{a}')`, "INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: '{a}'"},
		{"a time in another form", `SELECT date_parse('2020-01', '%Y-%m-%d')`, `INVALID_FUNCTION_ARGUMENT: Invalid format: "2020-01" is too short`},
		{"a subquery of two rows", `SELECT (SELECT year FROM kinds)`, "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows"},
	} {
		t.Run(c.name, func(t *testing.T) { requireAnswer(t, "! "+c.want, l.answer(c.sql)) })
	}
	require.Empty(t, l.results(t))
}

func TestSyntaxErrorsAreInvalidRequests(t *testing.T) {
	l := newLake(t)
	for sql, want := range map[string]string{
		`SELECT i, FROM kinds`:          "line 1:11: mismatched input 'FROM'.",
		"SELECT 1\nFORM kinds k":        "line 2:6: mismatched input 'kinds'.",
		`SELECT i::varchar FROM kinds`:  "line 1:9: mismatched input ':'.",
		`SELECT [1, 2]`:                 "line 1:8: mismatched input '['.",
		`SELECT count(*) AS n LIMIT`:    "line 1:27: mismatched input '<EOF>'.",
		`SELECT 'open`:                  "line 1:8: mismatched input '''.",
		`SELECT TOP 5 i FROM kinds`:     "line 1:12: mismatched input '5'.",
		`SELECT i FROM kinds WHERE i=>`: "line 1:28: mismatched input '=>'.",
	} {
		_, took, err := l.Start(t.Context(), l.arguments(sql, "reports"), patience)
		requireFault(t, err, "Athena.InvalidRequestException", want)
		require.Zero(t, took)
	}
}

func TestErrorsOfDataNameTheObject(t *testing.T) {
	for name, body := range map[string]string{
		"a line that does not end":    `{"n":`,
		"a list in place of a number": `{"n":[1]}`,
		"a text that does not end":    `{"n":"1`,
	} {
		t.Run(name, func(t *testing.T) {
			l := numbers(t, 3)
			l.Put(t, "numbers/b.json", `{"n":4}`)
			l.Put(t, "numbers/c.json", body)
			l.Put(t, "numbers/d.json", `{"n":5}`)
			requireAnswer(t, "! HIVE_CURSOR_ERROR: Failed to read file at "+l.URI("numbers/c.json"), l.answer(`SELECT sum(n) FROM numbers`))
			require.Equal(t, "6", l.answer(`SELECT sum(n) FROM numbers WHERE "$path" = '`+l.URI("numbers/a.json")+`'`), "the sound objects can be read")
		})
	}
}

func TestTheTimeOfAQueryIsVirtual(t *testing.T) {
	l := newLake(t)
	for sql, want := range map[string]string{
		`SELECT now(), current_timestamp`:                                        "2026-11-22 10:00:00.000 UTC | 2026-11-22 10:00:00.000 UTC",
		`SELECT current_date, localtimestamp`:                                    "2026-11-22 | 2026-11-22 10:00:00.000",
		`SELECT current_date - INTERVAL '1' DAY, date_trunc('month', now())`:     "2026-11-21 | 2026-11-01 00:00:00.000 UTC",
		`SELECT current_timezone(), to_unixtime(now()) = 1795341600`:             "UTC | true",
		`SELECT CAST(now() AT TIME ZONE 'Asia/Tokyo' AS date), year(now())`:      "2026-11-22 | 2026",
		`SELECT date_diff('hour', TIMESTAMP '2026-11-21 09:00:00 UTC', now())`:   "25",
		`SELECT count(*) FROM (VALUES 1, 2) WHERE now() > DATE '2026-11-22'`:     "2",
		`SELECT date_format(now() - INTERVAL '7' DAY, '%Y-%m-%d'), current_time`: "2026-11-15 | 10:00:00.000+00:00",
	} {
		require.Equal(t, want, l.answer(sql), sql)
	}
}

// The rows of a cross join of four times ten thousand would take years.
const endless = `SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x), UNNEST(sequence(1, 10000)) b(x), UNNEST(sequence(1, 10000)) c(x), UNNEST(sequence(1, 10000)) d(x) WHERE a.x + b.x + c.x + d.x = 5`

func TestAQueryThatTakesTooLongIsCancelledInTrinoToo(t *testing.T) {
	l := newLake(t)
	_, took, err := l.Start(t.Context(), l.arguments(endless, "reports"), time.Second)
	require.ErrorIs(t, err, errStopped)
	var failed *fault.Error
	require.False(t, errors.As(err, &failed), "the caller knows that its time is up: this is no fault of the query's")
	require.Equal(t, time.Second+time.Millisecond, took, "it took longer than the caller waits")
	require.Eventually(t, func() bool { return running(t) == 0 }, time.Minute, 20*time.Millisecond, "Trino runs it on")
	require.Equal(t, "1", l.answer("SELECT 1"), "the next query is not affected")
	require.Len(t, l.results(t), 1)
}

// As on a disk that is full, or read only.
func TestAResultThatCanNotBeWrittenFailsTheQuery(t *testing.T) {
	l := newLake(t)
	path, err := shared.Objects.Path(l.Name+"-results", "reports/a.csv")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Dir(path), nil, 0o600)) // where the folder is to be

	_, _, err = l.Start(t.Context(), l.arguments("SELECT 1", "reports"), patience)
	execution := requireFault(t, err, "States.TaskFailed", "")
	status := execution["Status"].(map[string]any)
	require.Equal(t, "FAILED", status["State"])
	require.Contains(t, status["StateChangeReason"], "GENERIC_INTERNAL_ERROR: write the result: putting s3://"+l.Name+"-results/reports/")
	require.NoError(t, os.Remove(filepath.Dir(path)))
	require.NoError(t, l.query("SELECT 1").Error, "the next query has room")
}
