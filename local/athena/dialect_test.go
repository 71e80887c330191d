package athena

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// dialectLake has one table with a column of each kind and a string partition key.
func dialectLake(t *testing.T) lake {
	l := newLake(t)
	l.put(t, "kinds/year=2021/a.json", `{"i":7,"b":3000000000,"d":2.5,"s":"Häuser","t":true,"day":"2021-03-04","m":"12.50","row":{"x":1,"y":["a","b"]},"seen":"2021-03-04 05:06:07.890","props":{"a":1},"items":[{"a":1,"b":"x"},{"a":2,"b":"y"}]}`)
	l.put(t, "kinds/year=2022/a.json", `{"i":-7,"b":2,"d":12345678.0,"s":"abc","t":false,"day":"2022-01-01","m":"0.05"}`)
	l.tables["lake.kinds"] = Table{
		Database: "lake", Name: "kinds", Location: "s3://data/kinds/", SerDe: openX,
		Columns: []Column{
			{"i", "int"},
			{"b", "bigint"},
			{"d", "double"},
			{"s", "string"},
			{"t", "boolean"},
			{"day", "date"},
			{"m", "decimal(10,2)"},
			{"row", "struct<x:int,y:array<string>>"},
			{"seen", "timestamp"},
			{"props", "map<string,int>"},
			{"items", "array<struct<a:int,b:string>>"},
		},
		PartitionKeys: []Column{{"year", "string"}},
		Partitions:    []Partition{{Values: []string{"2021"}, Location: "s3://data/kinds/year=2021/"}, {Values: []string{"2022"}, Location: "s3://data/kinds/year=2022/"}},
	}
	return l
}

// Each row of the tables of functions has a case here, with the answer that Trino documents for it
// (trino.io/docs: Mathematical, String, Conditional, Aggregate, Window functions; Logical and Comparison operators).
var answers = slices.Concat(operatorAnswers, dateAnswers, textAnswers, patternAnswers, jsonAnswers, arrayAnswers, numberAnswers, aggregateAnswers, queryAnswers)

type answer struct{ function, sql, want string }

var operatorAnswers = []answer{
	{"+", `SELECT 2 + 3`, "5"},
	{"+", `SELECT i + d FROM kinds WHERE year = '2021'`, "9.5"},
	{"-", `SELECT 2 - 3, -i FROM kinds WHERE year = '2021'`, "-1,-7"},
	{"*", `SELECT d * 2 FROM kinds WHERE year = '2022'`, "2.4691356E7"},
	{"/", `SELECT 7 / 2, i / 2, 7e0 / 2 FROM kinds WHERE year = '2022'`, "3,-3,3.5"},
	{"/", `SELECT sum(i) / 2 FROM kinds WHERE year = '2021'`, "3"},
	{"/", `SELECT d / 0 FROM kinds WHERE year = '2021'`, "Infinity"},
	{"%", `SELECT 7 % 3, -7 % 3, 7 % -3, 7.5e0 % -2`, "1,-1,1,1.5"},
	{"mod", `SELECT mod(-7, 3)`, "-1"},
	{"nullif", `SELECT nullif(1, 1), nullif(2, 1)`, "NULL,2"},
	{"greatest", `SELECT greatest(1, 3, 2), greatest(1, NULL)`, "3,NULL"},
	{"least", `SELECT least('b', 'a'), least('a', NULL)`, "a,NULL"},
	{"count_star", `SELECT count(*) FROM kinds`, "2"},
	{"count", `SELECT count(row), count(DISTINCT s) FROM kinds`, "1,2"},
	{"count_if", `SELECT count_if(t) FROM kinds`, "1"},
	{"sum", `SELECT sum(i), sum(b), sum(m) FROM kinds`, "0,3000000002,12.55"},
	{"sum", `SELECT sum(i) FILTER (WHERE i > 0), sum(i) FROM kinds WHERE i > 100`, "NULL,NULL"},
	{"avg", `SELECT avg(i), avg(d) FROM kinds WHERE year = '2021'`, "7.0,2.5"},
	{"min", `SELECT min(s), min(day) FROM kinds`, "Häuser,2021-03-04"},
	{"max", `SELECT max(s), max(m) FROM kinds`, "abc,12.50"},
	{"bool_and", `SELECT bool_and(t) FROM kinds`, "false"},
	{"bool_or", `SELECT bool_or(t) FROM kinds`, "true"},
	{"row_number", `SELECT row_number() OVER (ORDER BY i) FROM kinds ORDER BY 1 LIMIT 1`, "1"},
	{"rank", `SELECT rank() OVER (PARTITION BY year ORDER BY i) FROM kinds ORDER BY 1 DESC LIMIT 1`, "1"},
	{"dense_rank", `SELECT dense_rank() OVER (ORDER BY i DESC) FROM kinds ORDER BY 1 DESC LIMIT 1`, "2"},

	{"", `SELECT CASE WHEN false THEN 1 / 0 ELSE 2 END`, "2"},
	{"", `SELECT '', 0, false, 0e0, 0.00, NULL`, ",0,false,0.0,0.00,NULL"},
	{"", `SELECT "a" FROM (SELECT 1 AS a) WHERE a = 1 AND '' = ''`, "1"},
	{"", `SELECT * FROM (SELECT count(*), max(i) FROM kinds)`, "2,7"},
	{"", `WITH w(n) AS (SELECT i FROM kinds), w2 AS (SELECT n FROM w WHERE n > 0) SELECT a.n, b.m FROM w2 a JOIN w AS b(m) ON a.n = -b.m`, "7,-7"},
	{"", `SELECT CASE WHEN 1 = 1 THEN 'a' ELSE 'b' END, if(false, 1, 2), coalesce(NULL, 3)`, "a,2,3"},
	{"", `SELECT 1 BETWEEN 0 AND 2, 1 IN (1, 2), 1 NOT IN (2), NULL IS NULL, 1 IS DISTINCT FROM NULL`, "true,true,true,true,true"},
	{"", `SELECT CAST('42' AS integer), CAST('-1' AS bigint), CAST('2.5' AS double), CAST(' 1' || '' AS varchar)`, "42,-1,2.5, 1"},
	{"", `SELECT TRY_CAST('1.5' AS integer), TRY_CAST(' 1' AS bigint), TRY_CAST('true' AS boolean)`, "NULL,NULL,true"},
	{"", `SELECT CAST(i AS varchar) || '!', CAST(day AS varchar) FROM kinds WHERE year = '2021'`, "7!,2021-03-04"},
	{"", `SELECT day = DATE '2021-03-04', day > CAST('2021-03-05' AS date) FROM kinds WHERE year = '2021'`, "true,false"},
	{"", `SELECT k.row.x, lake.kinds.i FROM kinds JOIN kinds k ON kinds.i = k.i WHERE k.year = '2021'`, "1,7"},
	{"", `SELECT row FROM kinds WHERE year = '2021'`, "{x=1, y=[a, b]}"},
	{"", `WITH a AS (SELECT i AS n FROM kinds), b AS (SELECT n FROM a) SELECT max(n) FROM b`, "7"},
	{"", `WITH kinds AS (SELECT i + 1 AS i FROM kinds) SELECT max(i) FROM kinds`, "8"},
	{"", `SELECT x FROM (VALUES (1), (3), (2)) t(x) ORDER BY x DESC OFFSET 1 LIMIT 1`, "2"},
	{"", `SELECT 1 UNION ALL SELECT 1 UNION SELECT 2 ORDER BY 1 LIMIT 1`, "1"},
	{"", `SELECT a.i FROM kinds a WHERE EXISTS (SELECT 1 FROM kinds b WHERE b.i = -a.i AND b.i > 0)`, "-7"},
	{"", `SELECT "i" -- comment
		/* another */ FROM "lake"."kinds" WHERE year='2021';`, "7"},
	{"", `SELECT GROUPING(t, s) FROM kinds GROUP BY GROUPING SETS ((s), (t), ()) ORDER BY 1 DESC LIMIT 1`, "3"},
}

func TestAnswersAreTrinos(t *testing.T) {
	l := dialectLake(t)
	for _, c := range answers {
		t.Run(c.sql, func(t *testing.T) {
			query, _ := l.query(c.sql)
			require.NoError(t, query.Error)
			result := l.executions[len(l.executions)-1].result
			require.Len(t, result.rows, 1)
			var got []string
			for i, value := range result.rows[0] {
				if value == nil {
					got = append(got, "NULL")
				} else {
					got = append(got, result.columns[i].format(value))
				}
			}
			require.Equal(t, c.want, strings.Join(got, ","))
		})
	}
}

func TestEveryFunctionHasAnAnswer(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range slices.Concat(scalars, aggregates, rankings) {
		require.False(t, seen[f.name], "%s has two rows", f.name)
		seen[f.name] = true
		require.True(t, slices.ContainsFunc(answers, func(c answer) bool { return c.function == f.name }), "%s has no test", f.name)
	}
}

type refusal struct{ sql, want string }

func TestRefusals(t *testing.T) {
	l := dialectLake(t)
	for _, c := range slices.Concat(dateRefusals, textRefusals, patternRefusals, jsonRefusals, arrayRefusals, numberRefusals, aggregateRefusals, queryRefusals, []refusal{
		// What is not a query.
		{``, "QueryString must have 1 to 262144 bytes"},
		{`-- nothing`, "the query is empty"},
		{`INSERT INTO kinds VALUES (1)`, "INSERT is not supported locally"},
		{`CREATE TABLE x AS SELECT 1`, "CREATE is not supported locally"},
		{`ATTACH 'x.db'`, "ATTACH is not supported locally"},
		{`COPY (SELECT 1) TO 'x'`, "COPY is not supported locally"},
		{`SELECT 1; SELECT 2`, "one statement at a time"},
		{`SELECT FROM WHERE`, "SYNTAX_ERROR"},
		// DuckDB's grammar.
		{"SELECT `i` FROM kinds", "mismatched input '`'"},
		{`SELECT i::varchar FROM kinds`, "mismatched input '::'"},
		{`SELECT [1, 2]`, "ARRAY[…]"},
		{`SELECT {'a': 1}`, "mismatched input '{'"},
		{`SELECT 2 ** 3`, "mismatched input '**'"},
		{`SELECT 7 // 2`, "mismatched input '//'"},
		{`SELECT $1`, "mismatched input '$'"},
		{`SELECT E'a'`, "prefix e"},
		{`SELECT 'a' 'b'`, "side by side"},
		{`SELECT 1 AS 'x'`, "double quotes"},
		{`SELECT i, FROM kinds`, "a comma before FROM"},
		{`SELECT 1_000`, "follows the number"},
		{`SELECT grün FROM kinds`, "quote the name"},
		{`SELECT /* /* */ 1`, "a comment in a comment"},
		{`FROM kinds`, "FROM is not supported locally: a query starts with SELECT"},
		{`SELECT * FROM (FROM kinds)`, "no FROM first"},
		{`SELECT i FROM kinds LIMIT 1 OFFSET 1`, "OFFSET comes before LIMIT"},
		{`SELECT i, count(*) FROM kinds GROUP BY ALL`, "FORCE AGGREGATES is not Athena's"},
		{`SELECT * EXCLUDE (i) FROM kinds`, "EXCLUDE LIST is not Athena's"},
		{`SELECT i FROM kinds QUALIFY row_number() OVER (ORDER BY i) = 1`, "QUALIFY is not Athena's"},
		{`SELECT DISTINCT ON (i) i FROM kinds`, "DISTINCT ON TARGETS is not Athena's"},
		{`SELECT i FROM kinds SEMI JOIN kinds k USING (i)`, "SEMI is not Athena's"},
		{`SELECT i FROM kinds USING SAMPLE 1`, "SAMPLE is not Athena's"},
		{`SELECT CAST(i AS text) FROM kinds`, "CAST to text is not supported locally"},
		{`SELECT CAST(s AS varchar(2)) FROM kinds`, "varchar with a length"},
		// Names.
		{`SELECT 1 FROM nowhere`, "TABLE_NOT_FOUND: Table 'awsdatacatalog.lake.nowhere' does not exist"},
		{`SELECT 1 FROM other.kinds`, "TABLE_NOT_FOUND: Table 'awsdatacatalog.other.kinds'"},
		{`SELECT 1 FROM duckdb_settings`, "TABLE_NOT_FOUND"},
		{`SELECT nothing FROM kinds`, "COLUMN_NOT_FOUND"},
		{`SELECT rowid FROM kinds`, "COLUMN_NOT_FOUND"},
		{`SELECT i + 1 AS n FROM kinds WHERE n > 1`, "COLUMN_NOT_FOUND"},
		{`SELECT i + 1 AS n, n + 1 FROM kinds`, "COLUMN_NOT_FOUND"},
		{`SELECT i + 1 AS n FROM kinds GROUP BY n`, "COLUMN_NOT_FOUND"},
		{`SELECT s, GROUPING(s) FROM kinds GROUP BY s ORDER BY GROUPING(s)`, "Invalid reference to output of SELECT clause from grouping()"},
		{`SELECT sum(i) AS i FROM kinds ORDER BY sum(i)`, "Invalid reference to output projection attribute"},
		{`SELECT -i AS i FROM kinds ORDER BY i + 1`, "inside an expression of ORDER BY"},
		{`WITH unused AS (SELECT nothing FROM nowhere) SELECT 1`, "TABLE_NOT_FOUND"},
		{`WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n FROM r`, "RECURSIVE"},
		{`SELECT DISTINCT i FROM kinds ORDER BY s`, "EXPRESSION_NOT_IN_DISTINCT"},
		// Types.
		{`SELECT i FROM kinds WHERE year = 2021`, "TYPE_MISMATCH: varchar where integer is needed"},
		{`SELECT i FROM kinds WHERE year IN (2021)`, "TYPE_MISMATCH"},
		{`SELECT i FROM kinds WHERE year BETWEEN 2020 AND 2021`, "TYPE_MISMATCH"},
		{`SELECT i FROM kinds WHERE i = '7'`, "TYPE_MISMATCH"},
		{`SELECT i FROM kinds WHERE day = '2021-03-04'`, "TYPE_MISMATCH"},
		{`SELECT 'a' || 1`, "not known to be equal: CONCAT(varchar, integer)"},
		{`SELECT i FROM kinds WHERE i`, "TYPE_MISMATCH: integer where boolean is needed"},
		{`SELECT CASE WHEN t THEN 1 ELSE 'x' END FROM kinds`, "TYPE_MISMATCH"},
		{`SELECT 1 UNION SELECT 'a'`, "TYPE_MISMATCH"},
		{`SELECT DATE '2021/03/04'`, "INVALID_LITERAL"},
		{`SELECT 12345678901234567890`, "an integer must fit bigint"},
		// Values.
		{`SELECT 1e0 / 0`, "a constant of the query is infinite"},
		{`SELECT 1 / 0`, "DIVISION_BY_ZERO"},
		{`SELECT i % (i - i) FROM kinds`, "DIVISION_BY_ZERO"},
		{`SELECT (i - 2147483641) / -1 FROM kinds WHERE i < 0`, "NUMERIC_VALUE_OUT_OF_RANGE: division overflow"},
		{`SELECT CAST(s AS integer) FROM kinds`, "INVALID_CAST_ARGUMENT: Cannot cast 'Häuser' to INTEGER"},
		{`SELECT CAST(' 1' AS integer)`, "INVALID_CAST_ARGUMENT"},
		{`SELECT i + 2147483647 FROM kinds WHERE i > 0`, "NUMERIC_VALUE_OUT_OF_RANGE"},
		{`SELECT sum(x) FROM (VALUES (9223372036854775807), (1)) v(x)`, "bigint addition overflow"},
		// Functions.
		{`SELECT random()`, "not known to be equal: function RANDOM"},
		{`SELECT getenv('HOME')`, "not known to be equal: function GETENV"},
		{`SELECT athena_divide(1, 2)`, "not known to be equal: function ATHENA_DIVIDE"},
		{`SELECT kinds FROM kinds`, "not known to be equal"},
		{`SELECT * FROM read_csv('x')`, "TABLE FUNCTION is not Athena's"},
		{`SELECT * FROM 'x.csv'`, "TABLE_NOT_FOUND"},
		{`SELECT * FROM glob('*')`, "TABLE FUNCTION is not Athena's"},
	}) {
		t.Run(c.sql, func(t *testing.T) {
			_, err := l.query(c.sql)
			require.Error(t, err)
			if l.executions != nil && !strings.Contains(err.Error(), "QueryString") {
				err = l.executions[len(l.executions)-1].err
			}
			require.Contains(t, err.Error(), c.want)
		})
	}
}

// DuckDB itself must not reach what a query could not name either, should the checks before it ever let one through.
func TestEngineReachesNothingOutside(t *testing.T) {
	l := newLake(t)
	for _, sql := range []string{
		`SELECT * FROM read_text('athena.go')`,
		`SELECT * FROM 'data.csv'`,
		`COPY (SELECT 1) TO 'out.csv'`,
		`ATTACH 'x.db'`,
		`INSTALL httpfs`,
		`SET enable_external_access = true`,
		`SET threads = 8`,
	} {
		_, err := l.engine.run(sql)
		require.Error(t, err, sql)
	}
}
