package athena

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

var numberRefusals = []refusal{
	{`SELECT ln(0)`, "logarithm of zero"},
	{`SELECT CAST(3e9 AS integer)`, "INVALID_CAST_ARGUMENT: Unable to cast 3.0E9 to integer"},
	{`SELECT TRY_CAST('NaN' AS double)`, "not known to be equal: CAST of 'NaN'"},
	{`SELECT CAST(d AS varchar) FROM kinds`, "not known to be equal: CAST(double AS varchar)"},
	{`SELECT CAST(m AS decimal) FROM kinds`, "decimal"},
	{`SELECT round(123456789012345678e0, 3)`, "the number has no more of them"},
	{`SELECT approx_distinct(i) FROM kinds`, "APPROX_DISTINCT is approximate in Athena"},
	{`SELECT approx_percentile(d, 0.5) FROM kinds`, "APPROX_PERCENTILE is approximate in Athena"},
	{`SELECT d % 2 FROM kinds`, "not known to be equal: MODULO(double, integer)"},
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
	{"", `SELECT max(a) FROM (SELECT sum(x) OVER w AS a FROM (VALUES 1, 2, 3) v(x) WINDOW w AS (ORDER BY x))`, "6"},
}

var aggregateRefusals = []refusal{
	{`SELECT sum(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES 1) v(x)`, "EXPR PRECEDING RANGE is not Athena's"},
	{`SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM (VALUES 1) v(x)`, "EXCLUDE CLAUSE is not Athena's"},
	{`SELECT first_value(x IGNORE NULLS) OVER (ORDER BY x) FROM (VALUES 1) v(x)`, "IGNORE NULLS is not Athena's"},
	{`SELECT lag(x, 1, 'a') OVER (ORDER BY x) FROM (VALUES 1) v(x)`, "TYPE_MISMATCH"},
	{`SELECT sum(x ORDER BY x) FROM (VALUES 1) v(x)`, "ORDER BY IN SUM"},
	{`SELECT listagg(s, ',') FROM kinds`, "function LISTAGG"},
	{`SELECT median(i) FROM kinds`, "function MEDIAN"},
	{`SELECT nth_value(i, 1) OVER (ORDER BY i) FROM kinds`, "NTH VALUE is not Athena's"},
}
