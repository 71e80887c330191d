package athena

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// trino.io/docs/current/functions/math.html and conversion.html.
var numberAnswers = []answer{
	{"abs", `SELECT abs(i), abs(-2.5e0), abs(m) FROM kinds WHERE year = '2022'`, "7,2.5,0.05"},
	{"floor", `SELECT floor(-2.5e0), floor(7)`, "-3.0,7"},
	{"ceil", `SELECT ceil(2.1e0), ceil(i) FROM kinds WHERE year = '2021'`, "3.0,7"},
	{"ceiling", `SELECT ceiling(-2.1e0)`, "-2.0"},
	{"round", `SELECT round(2.5e0), round(-2.5e0), round(3.4e0), round(i), round(2.345e0, 1), round(1234.5e0, -2) FROM kinds WHERE year = '2021'`, "3.0,-3.0,3.0,7,2.3,1200.0"},
	{"truncate", `SELECT truncate(2.9e0), truncate(-2.9e0)`, "2.0,-2.0"},
	{"sign", `SELECT sign(-3), sign(0e0), sign(2.5e0), sign(b) FROM kinds WHERE year = '2021'`, "-1,0.0,1.0,1"},
	{"sqrt", `SELECT sqrt(9), sqrt(2.25e0), sqrt(-d) FROM kinds WHERE year = '2021'`, "3.0,1.5,NaN"},
	{"power", `SELECT power(2, 10), power(2e0, -1), power(9e0, 0.5e0)`, "1024.0,0.5,3.0"},
	{"pow", `SELECT pow(2, 3)`, "8.0"},
	{"exp", `SELECT exp(0), exp(0e0)`, "1.0,1.0"},
	{"ln", `SELECT ln(1)`, "0.0"},
	{"log10", `SELECT log10(1000e0)`, "3.0"},
	{"pi", `SELECT pi()`, "3.141592653589793"},
	{"is_nan", `SELECT is_nan(sqrt(-d)), is_nan(1e0) FROM kinds WHERE year = '2021'`, "true,false"},
	{"", `SELECT CAST(2.5e0 AS integer), CAST(-2.5e0 AS bigint), TRY_CAST(3e9 AS integer), CAST(7 AS double)`, "3,-3,NULL,7.0"},
	{"", `SELECT CAST(' 1.5 ' AS double), TRY_CAST('1,5' AS double), CAST('1e3' AS double), CAST('+7' AS bigint)`, "1.5,NULL,1000.0,7"},
	{"", `SELECT m + 1e0, CAST(m AS varchar), CAST(m AS double) FROM kinds WHERE year = '2021'`, "13.5,12.50,12.5"},
	{"", `SELECT greatest(DATE '2020-01-01', DATE '2020-01-02'), least(1.5, 2), greatest(true, false), least(TIMESTAMP '2020-01-01 00:00:00.000', NULL), greatest('a', 'B')`, "2020-01-02,1.5,true,NULL,a"},
}

// trino.io/docs/current/functions/decimal.html: the type of a result, and its rounding. The want is the value, then decimal(p,s).
var decimalAnswers = []struct{ sql, want string }{
	{`SELECT 1.5 + 2.25`, "3.75 decimal(4,2)"},
	{`SELECT 1.5 - 2`, "-0.5 decimal(12,1)"},
	{`SELECT m + m FROM kinds WHERE year = '2021'`, "25.00 decimal(11,2)"},
	{`SELECT m * m FROM kinds WHERE year = '2021'`, "156.2500 decimal(20,4)"},
	{`SELECT m * i FROM kinds WHERE year = '2021'`, "87.50 decimal(20,2)"},
	{`SELECT m * m * m FROM kinds WHERE year = '2021'`, "1953.125000 decimal(30,6)"},
	{`SELECT 10.00 / 3`, "3.33 decimal(4,2)"},
	{`SELECT m / 0.3 FROM kinds WHERE year = '2021'`, "41.67 decimal(11,2)"},
	{`SELECT -2.00 / 3.0`, "-0.67 decimal(4,2)"},
	{`SELECT 1 / 3.0`, "0.3 decimal(12,1)"},
	{`SELECT 7.5 % 2`, "1.5 decimal(2,1)"},
	{`SELECT -7.5 % 2.25`, "-0.75 decimal(3,2)"},
	{`SELECT sum(m) FROM kinds`, "12.55 decimal(38,2)"},
	{`SELECT avg(m) FROM kinds`, "6.28 decimal(10,2)"},
	{`SELECT avg(m) FILTER (WHERE i > 0) AS a FROM kinds`, "12.50 decimal(10,2)"},
	{`SELECT sum(m * i) / count(*) FROM kinds`, "43.58 decimal(38,2)"},
	{`SELECT x * x FROM (SELECT m * i AS x FROM kinds WHERE year = '2021')`, "7656.2500 decimal(38,4)"},
	{`SELECT round(m) FROM kinds WHERE year = '2021'`, "13 decimal(9,0)"},
	{`SELECT round(-2.345, 2)`, "-2.350 decimal(5,3)"},
	{`SELECT round(1234.5, -2)`, "1200.0 decimal(6,1)"},
	{`SELECT floor(-2.5)`, "-3 decimal(2,0)"},
	{`SELECT ceil(2.1)`, "3 decimal(2,0)"},
	{`SELECT ceiling(-2.1)`, "-2 decimal(2,0)"},
	{`SELECT CAST('12.345' AS decimal(10,2))`, "12.35 decimal(10,2)"},
	{`SELECT CAST(2.675e0 AS decimal(10,2))`, "2.68 decimal(10,2)"},
	{`SELECT CAST(m AS decimal(5,1)) FROM kinds WHERE year = '2022'`, "0.1 decimal(5,1)"},
	{`SELECT CAST(7 AS decimal(4,1))`, "7.0 decimal(4,1)"},
	{`SELECT TRY_CAST('x' AS decimal(4,1))`, "NULL decimal(4,1)"},
	{`SELECT TRY_CAST(1000 AS decimal(3,0))`, "NULL decimal(3,0)"},
	{`SELECT CAST(m AS integer) FROM kinds WHERE year = '2021'`, "13 integer(10,0)"},
	{`SELECT CAST(-12.5 AS bigint)`, "-13 bigint(19,0)"},
	{`SELECT abs(-1.50)`, "1.50 decimal(3,2)"},
}

func TestDecimals(t *testing.T) {
	l := dialectLake(t)
	for _, c := range decimalAnswers {
		t.Run(c.sql, func(t *testing.T) {
			query, _ := l.query(c.sql)
			require.NoError(t, query.Error)
			result := l.executions[len(l.executions)-1].result
			require.Len(t, result.rows, 1)
			column, value := result.columns[0], "NULL"
			if result.rows[0][0] != nil {
				value = column.format(result.rows[0][0])
			}
			require.Equal(t, c.want, fmt.Sprintf("%s %s(%d,%d)", value, column.resultType.name, column.precision, column.scale))
		})
	}
}

var numberRefusals = []refusal{
	{`SELECT ln(0)`, "logarithm of zero"},
	{`SELECT CAST(3e9 AS integer)`, "INVALID_CAST_ARGUMENT: Unable to cast 3.0E9 to integer"},
	{`SELECT TRY_CAST('NaN' AS double)`, "not known to be equal: CAST of 'NaN'"},
	{`SELECT CAST(d AS varchar) FROM kinds`, "not known to be equal: CAST(double AS varchar)"},
	{`SELECT CAST(m AS decimal) FROM kinds`, "CAST to decimal without a precision"},
	{`SELECT 1.5 / 0`, "DIVISION_BY_ZERO"},
	{`SELECT 1.5 % 0.0`, "DIVISION_BY_ZERO"},
	{`SELECT CAST(m AS decimal(3,2)) FROM kinds`, "INVALID_CAST_ARGUMENT: Cannot cast '12.50' to DECIMAL(3, 2)"},
	{`SELECT CAST('1e3' AS decimal(10,2))`, "not known to be equal: CAST of '1e3' to decimal"},
	{`SELECT CAST('99999999999999999999999999999999999999' AS decimal(38,0)) + 1`, "Decimal overflow"},
	{`SELECT avg(m) OVER () FROM kinds`, "not known to be equal: AVG(decimal)"},
	{`SELECT m + s FROM kinds`, "not known to be equal: +(decimal(10,2), varchar)"},
	{`SELECT round(123456789012345678e0, 3)`, "the number has no more of them"},
	{`SELECT approx_distinct(i) FROM kinds`, "APPROX_DISTINCT: it is approximate in Athena"},
	{`SELECT approx_percentile(d, 0.5) FROM kinds`, "APPROX_PERCENTILE: it is approximate in Athena"},
	{`SELECT i ** 2 FROM kinds`, "mismatched input '**'"},
	{`SELECT log(10)`, "function LOG"},
}

// trino.io/docs/current/functions/aggregate.html and window.html.
var aggregateAnswers = []answer{
	{"every", `SELECT every(t) FROM kinds`, "false"},
	{"arbitrary", `SELECT arbitrary(row.x) FROM kinds`, "1"},
	{"any_value", `SELECT any_value(row.x) FROM kinds`, "1"},
	{"max_by", `SELECT max_by(s, i), max_by(row.x, d), max_by(s, row.x) FROM kinds`, "Häuser,NULL,Häuser"},
	{"min_by", `SELECT min_by(s, i) FROM kinds`, "abc"},
	{"array_agg", `SELECT array_agg(i ORDER BY i), array_agg(row.x ORDER BY i), array_agg(i) FILTER (WHERE i > 100) FROM kinds`, "[-7, 7],[null, 1],NULL"},
	{"stddev", `SELECT stddev(x), stddev(y) FROM (VALUES (1, 1e0), (3, NULL)) t(x, y)`, "1.4142135623730951,NULL"},
	{"stddev_samp", `SELECT stddev_samp(x) FROM (VALUES 1, 3) t(x)`, "1.4142135623730951"},
	{"stddev_pop", `SELECT stddev_pop(x) FROM (VALUES 1, 3) t(x)`, "1.0"},
	{"variance", `SELECT variance(x) FROM (VALUES 1, 3) t(x)`, "2.0"},
	{"var_samp", `SELECT var_samp(x) FROM (VALUES 1, 3) t(x)`, "2.0"},
	{"var_pop", `SELECT var_pop(x) FROM (VALUES 1e0, 3e0) t(x)`, "1.0"},
	{"", `SELECT count(DISTINCT i), sum(DISTINCT x), count(*) FILTER (WHERE i > 0), count(DISTINCT i) FILTER (WHERE i > 0) FROM kinds CROSS JOIN (VALUES 1, 1) v(x)`, "2,1,2,1"},
	{"percent_rank", `SELECT max(r) FROM (SELECT percent_rank() OVER (ORDER BY i) AS r FROM kinds)`, "1.0"},
	{"cume_dist", `SELECT min(r) FROM (SELECT cume_dist() OVER (ORDER BY i) AS r FROM kinds)`, "0.5"},
	{"ntile", `SELECT array_agg(n ORDER BY x) FROM (SELECT x, ntile(2) OVER (ORDER BY x) AS n FROM (VALUES 1, 2, 3) v(x))`, "[1, 1, 2]"},
	{"lag", `SELECT array_agg(l ORDER BY x), array_agg(d ORDER BY x) FROM (SELECT x, lag(x) OVER (ORDER BY x) AS l, lag(x, 2, 0) OVER (ORDER BY x) AS d FROM (VALUES 1, 2, 3) v(x))`, "[null, 1, 2],[0, 0, 1]"},
	{"lead", `SELECT array_agg(l ORDER BY x) FROM (SELECT x, lead(x, 1) OVER (ORDER BY x) AS l FROM (VALUES 1, 2, 3) v(x))`, "[2, 3, null]"},
	{"first_value", `SELECT array_agg(f ORDER BY x) FROM (SELECT x, first_value(x) OVER (ORDER BY x DESC) AS f FROM (VALUES 1, 2, 3) v(x))`, "[3, 3, 3]"},
	{"last_value", `SELECT array_agg(a ORDER BY x), array_agg(b ORDER BY x) FROM (SELECT x, last_value(x) OVER (ORDER BY x) AS a, last_value(x) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS b FROM (VALUES 1, 2, 3) v(x))`, "[1, 2, 3],[3, 3, 3]"},
	{"", `SELECT array_agg(a ORDER BY x), array_agg(b ORDER BY x) FROM (SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS a, sum(x) OVER (ORDER BY x) AS b FROM (VALUES 1, 2, 3) v(x))`, "[1, 3, 5],[1, 3, 6]"},
	{"", `SELECT array_agg(a ORDER BY x) FROM (SELECT x, avg(x) OVER (PARTITION BY x > 1 ORDER BY x ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS a FROM (VALUES 1, 2, 3) v(x))`, "[1.0, 2.5, 3.0]"},
	{"", `SELECT round(avg(m), 1), round(100.0 * count_if(t) / count(*), 1) FROM kinds`, "6.30,50.0"},
	{"", `SELECT max(r) FROM (SELECT year, sum(i) * 100.0 / sum(sum(b)) OVER () AS r FROM kinds GROUP BY year)`, "0.0"},
	{"", `SELECT max(c), max(d) FROM (SELECT count(*) OVER (ORDER BY i) AS c, count(row) OVER () AS d FROM kinds)`, "2,1"},
	{"", `SELECT stddev(m), power(max(m), 2) FROM kinds WHERE year = '2022'`, "NULL,0.0025000000000000005"},
	{"", `SELECT m * 2, CAST(year AS integer) + 1, count(*) FROM kinds GROUP BY m * 2, CAST(year AS integer) ORDER BY m * 2 LIMIT 1`, "0.10,2023,1"},
	{"", `SELECT max(a) FROM (SELECT sum(x) OVER w AS a FROM (VALUES 1, 2, 3) v(x) WINDOW w AS (ORDER BY x))`, "6"},
}

var aggregateRefusals = []refusal{
	{`SELECT sum(i) FILTER (WHERE random() > 0) OVER () FROM kinds`, "not known to be equal: function RANDOM"},
	{`SELECT sum(s) OVER () FROM kinds`, "not known to be equal: SUM(varchar)"},
	{`SELECT max(items) OVER () FROM kinds`, "not known to be equal: MAX(array)"},
	{`SELECT sum(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES 1) v(x)`, "EXPR PRECEDING RANGE is not Athena's"},
	{`SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM (VALUES 1) v(x)`, "EXCLUDE CLAUSE is not Athena's"},
	{`SELECT first_value(x IGNORE NULLS) OVER (ORDER BY x) FROM (VALUES 1) v(x)`, "IGNORE NULLS is not Athena's"},
	{`SELECT lag(x, 1, 'a') OVER (ORDER BY x) FROM (VALUES 1) v(x)`, "TYPE_MISMATCH"},
	{`SELECT sum(x ORDER BY x) FROM (VALUES 1) v(x)`, "ORDER BY IN SUM"},
	{`SELECT listagg(s, ',') FROM kinds`, "function LISTAGG"},
	{`SELECT median(i) FROM kinds`, "function MEDIAN"},
	{`SELECT nth_value(i, 1) OVER (ORDER BY i) FROM kinds`, "NTH VALUE is not Athena's"},
}
