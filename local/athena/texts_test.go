package athena

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"datalake/local/glue"
	"datalake/local/trino/testlake"
)

// Every type, as a column of a result describes it and as the result writes its values.
// docs.aws.amazon.com/athena/latest/ug/data-types.html; trino.io/docs/435/language/types.html
func TestHowValuesAreWritten(t *testing.T) {
	l := newLake(t)
	for _, c := range []struct{ sql, info, text string }{
		{`true`, "boolean(0,0)", "true"},
		{`TINYINT '-1'`, "tinyint(3,0)", "-1"},
		{`SMALLINT '300'`, "smallint(5,0)", "300"},
		{`2147483647`, "integer(10,0)", "2147483647"},
		{`9223372036854775807`, "bigint(19,0)", "9223372036854775807"},
		{`1.50`, "decimal(3,2)", "1.50"},
		{`CAST('-0.05' AS decimal(10,2))`, "decimal(10,2)", "-0.05"},
		{`DECIMAL '12345678901234567890123456789012345678'`, "decimal(38,0)", "12345678901234567890123456789012345678"},

		{`1e0`, "double(17,0)", "1.0"},
		{`0.1e0 + 0.2e0`, "double(17,0)", "0.30000000000000004"},
		{`123456789e0`, "double(17,0)", "1.23456789E8"},
		{`-1e-7`, "double(17,0)", "-1.0E-7"},
		{`-0e0`, "double(17,0)", "-0.0"},
		{`nan()`, "double(17,0)", "NaN"},
		{`-infinity()`, "double(17,0)", "-Infinity"},
		{`1e0 / 0`, "double(17,0)", "Infinity"},
		{`REAL '0.1'`, "float(17,0)", "0.1"},
		{`REAL '16777216'`, "float(17,0)", "1.6777216E7"},

		{`'Łódź, "new"'`, "varchar(2147483647,0)", `Łódź, "new"`},
		{`''`, "varchar(2147483647,0)", ""},
		{`CAST('ab' AS char(4))`, "char(2147483647,0)", "ab  "},
		{`X'0AFF'`, "varbinary(2147483647,0)", "Cv8="},
		{`json_parse('{"b": [1, 2.50, null], "a": "x\ty"}')`, "json(2147483647,0)", `{"a":"x\ty","b":[1,2.5,null]}`},
		{`json_parse('"text"')`, "json(2147483647,0)", `"text"`},
		{`UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59'`, "uuid(0,0)", "12151fd2-7586-11e9-8f9e-2a86e4085a59"},
		{`IPADDRESS '10.0.0.1'`, "ipaddress(0,0)", "10.0.0.1"},

		{`DATE '2024-02-29'`, "date(0,0)", "2024-02-29"},
		{`TIME '01:02:03'`, "time(0,0)", "01:02:03.000"},
		{`localtime`, "time(3,0)", "10:00:00.000"},
		{`TIME '01:02:03.456 -07:00'`, "time with time zone(3,0)", "01:02:03.456-07:00"},
		{`TIMESTAMP '2024-02-29 01:02:03'`, "timestamp(0,0)", "2024-02-29 01:02:03.000"},
		{`TIMESTAMP '2024-02-29 01:02:03.450'`, "timestamp(3,0)", "2024-02-29 01:02:03.450"},
		{`TIMESTAMP '2024-02-29 01:02:03.9999'`, "timestamp(4,0)", "2024-02-29 01:02:03.999"},
		{`TIMESTAMP '2021-03-28 02:30:00'`, "timestamp(0,0)", "2021-03-28 02:30:00.000"},
		{`TIMESTAMP '0001-01-01 00:00:00'`, "timestamp(0,0)", "0001-01-01 00:00:00.000"},
		{`TIMESTAMP '2024-07-01 01:02:03 Europe/Paris'`, "timestamp with time zone(0,0)", "2024-07-01 01:02:03.000 Europe/Paris"},
		{`TIMESTAMP '2024-02-29 01:02:03.5 +05:30'`, "timestamp with time zone(1,0)", "2024-02-29 01:02:03.500 +05:30"},
		{`TIMESTAMP '2024-02-29 01:02:03 +00:00'`, "timestamp with time zone(0,0)", "2024-02-29 01:02:03.000 UTC"},
		{`INTERVAL '1 02:03:04.567' DAY TO SECOND`, "INTERVAL DAY TO SECOND(0,0)", "1 02:03:04.567"},
		{`INTERVAL '-90' MINUTE`, "INTERVAL DAY TO SECOND(0,0)", "-0 01:30:00.000"},
		{`INTERVAL '14' MONTH`, "INTERVAL YEAR TO MONTH(0,0)", "1-2"},

		{`ARRAY[1, NULL, 3]`, "array(0,0)", "[1, null, 3]"},
		{`ARRAY[]`, "array(0,0)", "[]"},
		{`ARRAY['a, b', '', NULL]`, "array(0,0)", "[a, b, , null]"},
		{`ARRAY[1e10, 1e-7, nan()]`, "array(0,0)", "[1.0E10, 1.0E-7, NaN]"},
		{`ARRAY[1.50, 2.25]`, "array(0,0)", "[1.50, 2.25]"},
		{`ARRAY[9223372036854775807]`, "array(0,0)", "[9223372036854775807]"},
		{`ARRAY[DATE '2024-02-29']`, "array(0,0)", "[2024-02-29]"},
		{`ARRAY[TIMESTAMP '2024-02-29 01:02:03.000']`, "array(0,0)", "[2024-02-29 01:02:03.000]"},
		{`ARRAY[ARRAY[true], NULL]`, "array(0,0)", "[[true], null]"},
		{`ARRAY[X'0AFF']`, "array(0,0)", "[Cv8=]"},
		{`ARRAY[json_parse('{"a": 1}')]`, "array(0,0)", `[{"a":1}]`},
		{`MAP(ARRAY['b', 'a'], ARRAY[1, NULL])`, "map(0,0)", "{a=null, b=1}"},
		{`MAP()`, "map(0,0)", "{}"},
		{`MAP(ARRAY[1, 2], ARRAY[ARRAY['x'], ARRAY[]])`, "map(0,0)", "{1=[x], 2=[]}"},
		{`ROW(1, 'x', NULL)`, "row(0,0)", "{field0=1, field1=x, field2=null}"},
		{`CAST(ROW(1, 2) AS ROW(a integer, b double))`, "row(0,0)", "{a=1, b=2.0}"},
		{`CAST(ROW(1, 2, 3) AS ROW("a b" integer, "c,d" varchar, "say ""x""" integer))`, "row(0,0)", `{a b=1, c,d=2, say "x"=3}`},
		{`CAST(ROW(1, 2) AS ROW("with" integer, day integer))`, "row(0,0)", `{with=1, day=2}`},
		{`ROW(INTERVAL '1' DAY, TIMESTAMP '2024-02-29 01:02:03 UTC', 1e0, TIME '01:02:03')`, "row(0,0)", "{field0=1 00:00:00.000, field1=2024-02-29 01:02:03 UTC, field2=1.0, field3=01:02:03}"},
		{`ARRAY[ROW(1, MAP(ARRAY['k'], ARRAY[ROW('v')]))]`, "array(0,0)", "[{field0=1, field1={k={field0=v}}}]"},
		{`CAST(NULL AS ARRAY(integer))`, "array(0,0)", "NULL"},
		{`NULL`, "unknown(0,0)", "NULL"},
	} {
		t.Run(c.sql, func(t *testing.T) {
			require.Equal(t, c.text, l.answer("SELECT "+c.sql))
			result := l.executions[len(l.executions)-1].result
			info := result.columnInfo()[0].(map[string]any)
			require.Equal(t, c.info, fmt.Sprintf("%s(%.0f,%v)", info["Type"], info["Precision"], info["Scale"]))
			require.Equal(t, info["Type"] == "varchar", info["CaseSensitive"])
		})
	}
}

// Seconds that were milliseconds are a mistake often made.
func TestTimesThatCanNotBeShownAreNamed(t *testing.T) {
	l := newLake(t)
	for sql, value := range map[string]string{
		`SELECT from_unixtime(1704096000000)`:           "+55970-08-27",
		`SELECT DATE '12020-01-01'`:                     "+12020-01-01",
		`SELECT TIMESTAMP '12020-01-01 00:00'`:          "00:00:00",
		`SELECT x FROM (VALUES DATE '-001-01-01') v(x)`: "-0001-01",
	} {
		answer := l.answer(sql)
		requireAnswer(t, "! NOT_SUPPORTED: dates and times before the year 1 or after 9999 can't be shown locally: ", answer)
		require.Contains(t, answer, value)
	}
	require.Eventually(t, func() bool { return running(t) == 0 }, time.Minute, 20*time.Millisecond)
}

func TestDoublesPrintAsInJava(t *testing.T) {
	for want, f := range map[string]float64{
		"0.0": 0, "1.0": 1, "-2.5": -2.5, "0.001": 0.001, "9.999E-4": 0.0009999, "9999999.0": 9999999, "1.0E7": 1e7,
		"1.2345678901E10": 12345678901, "1.0E-10": 1e-10, "0.1": 0.1, "1.7976931348623157E308": 1.7976931348623157e308,
	} {
		require.Equal(t, want, formatFloat(f))
	}
}

// kindsLake has one table with a column of each kind that JSON holds, and a row of nothing but NULL.
func kindsLake(t *testing.T) lake {
	l := newLake(t)
	l.Put(t, "kinds/year=2021/a.json", `{"i":7,"b":3000000000,"d":12345678.0,"s":"Häuser","t":false,"day":"2021-03-04","m":"0.05",`+
		`"row":{"x":1,"y":["a",null]},"seen":"2021-03-04 05:06:07.890","props":{"a":1},"items":[{"a":1,"b":"x"},{"a":2}]}`)
	l.Put(t, "kinds/year=2022/a.json", `{}`)
	l.Add(testlake.JSON, glue.Table{
		Name: "kinds",
		Columns: testlake.Columns("i", "int", "b", "bigint", "d", "double", "s", "string", "t", "boolean", "day", "date", "m", "decimal(10,2)",
			"row", "struct<x:int,y:array<string>>", "seen", "timestamp", "props", "map<string,int>", "items", "array<struct<a:int,b:string>>"),
		PartitionKeys: testlake.Columns("year", "string"),
		Partitions:    []glue.Partition{l.Partition("kinds/year=2021", "2021"), l.Partition("kinds/year=2022", "2022")},
	})
	return l
}

func TestResultColumnsAndValues(t *testing.T) {
	l := kindsLake(t)
	infos, rows := l.page(t, `SELECT *, i + 1, sum(i) OVER () AS total FROM kinds ORDER BY year`)
	var columns []string
	for _, info := range infos {
		column := info.(map[string]any)
		columns = append(columns, fmt.Sprintf("%s %s(%.0f,%v)", column["Name"], column["Type"], column["Precision"], column["Scale"]))
	}
	require.Equal(t, []string{
		"i integer(10,0)", "b bigint(19,0)", "d double(17,0)", "s varchar(2147483647,0)", "t boolean(0,0)", "day date(0,0)", "m decimal(10,2)", "row row(0,0)",
		"seen timestamp(3,0)", "props map(0,0)", "items array(0,0)", "year varchar(2147483647,0)", "_col12 integer(10,0)", "total bigint(19,0)",
	}, columns)
	data, err := json.Marshal(rows[1])
	require.NoError(t, err)
	require.JSONEq(t, `{"Data":[{"VarCharValue":"7"},{"VarCharValue":"3000000000"},{"VarCharValue":"1.2345678E7"},{"VarCharValue":"Häuser"},{"VarCharValue":"false"},
		{"VarCharValue":"2021-03-04"},{"VarCharValue":"0.05"},{"VarCharValue":"{x=1, y=[a, null]}"},{"VarCharValue":"2021-03-04 05:06:07.890"},{"VarCharValue":"{a=1}"},
		{"VarCharValue":"[{a=1, b=x}, {a=2, b=null}]"},{"VarCharValue":"2021"},{"VarCharValue":"8"},{"VarCharValue":"7"}]}`, string(data))
	data, err = json.Marshal(rows[2])
	require.NoError(t, err)
	require.JSONEq(t, `{"Data":[`+strings.Repeat(`{},`, 11)+`{"VarCharValue":"2022"},{},{"VarCharValue":"7"}]}`, string(data), "a NULL has no value")

	values := l.Queries()[0].Rows
	require.Equal(t, []any{int64(7), int64(3000000000), 12345678.0, "Häuser", false, "2021-03-04", "0.05"}, values[0][:7], "a report has numbers as numbers")
	require.Nil(t, values[1][0])
}

func TestResultsOfAllShapes(t *testing.T) {
	l := numbers(t, 1000)
	for _, c := range []struct{ name, sql, want string }{
		{"no rows", `SELECT n, n > 1 AS more FROM numbers WHERE n < 0`, "\"n\",\"more\"\n"},
		{"no rows of a table whose partitions are not read", `SELECT n FROM numbers WHERE false`, "\"n\"\n"},
		{"quotes, commas and lines", `SELECT 'say "hi"' AS "a ""b""", 'x,y', U&'line\000Aline', '', NULL`, "\"a \"\"b\"\"\",\"_col1\",\"_col2\",\"_col3\",\"_col4\"\n\"say \"\"hi\"\"\",\"x,y\",\"line\nline\",\"\",\n"},
		{"columns of one name", `SELECT 1 AS a, 2 AS a`, "\"a\",\"a\"\n\"1\",\"2\"\n"},
		{"names keep their case", `SELECT 1 AS Total, 2 AS "Mean"`, "\"Total\",\"Mean\"\n\"1\",\"2\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, l.query(c.sql).Error)
			require.Equal(t, c.want, string(l.executions[len(l.executions)-1].result.file()))
		})
	}
	t.Run("a thousand rows in order", func(t *testing.T) {
		query := l.query(`SELECT n FROM numbers ORDER BY n DESC`)
		require.NoError(t, query.Error)
		require.Len(t, query.Rows, 1000)
		for i, row := range query.Rows {
			require.Equal(t, int64(1000-i), row[0])
		}
		page, err := l.GetQueryResults(GetQueryResults{QueryExecutionID: l.executions[len(l.executions)-1].id})
		require.NoError(t, err)
		require.Len(t, page["ResultSet"].(map[string]any)["Rows"], 1000)
		require.NotNil(t, page["NextToken"], "the heading is one of the page's rows")
	})
	t.Run("a wide row", func(t *testing.T) {
		columns := make([]string, 200)
		for i := range columns {
			columns[i] = fmt.Sprintf("n + %d AS c%d", i, i)
		}
		query := l.query(`SELECT ` + strings.Join(columns, ", ") + ` FROM numbers WHERE n = 1`)
		require.NoError(t, query.Error)
		require.Equal(t, "c199", query.Columns[199])
		require.Equal(t, int64(200), query.Rows[0][199])
	})
	t.Run("a long value", func(t *testing.T) {
		query := l.query(`SELECT rpad('', 2000000, 'ab')`)
		require.NoError(t, query.Error)
		require.Equal(t, strings.Repeat("ab", 1_000_000), query.Rows[0][0])
	})
}
