package athena

// trino.io/docs/current/sql/select.html and values.html.
var queryAnswers = []answer{
	{"", `VALUES (1, 'a')`, "1,a"},
	{"", `VALUES 1`, "1"},
	{"", `SELECT sum(x) FROM (VALUES 1, 2 + (3 * 4), 3) AS t (x) WHERE x IN (VALUES 1, 3)`, "4"},
	{"", `WITH v AS (VALUES 1, 2), w (x) AS (SELECT * FROM v) SELECT max(x) FROM w`, "2"},
	{"", `SELECT x FROM (VALUES 1, 2, 3) t(x) ORDER BY x DESC OFFSET 1 ROW FETCH FIRST ROW ONLY`, "2"},
	{"", `SELECT x FROM (VALUES 1, 2, 3) t(x) ORDER BY x FETCH NEXT 1 ROWS ONLY`, "1"},
	{"", `SELECT count(*) FROM (SELECT 1 UNION ALL SELECT 1 EXCEPT SELECT 2)`, "1"},
	{"", `SELECT count(*) FROM (SELECT x FROM (VALUES 1, 1, 2) t(x) INTERSECT ALL SELECT x FROM (VALUES 1, 1, 3) t(x))`, "2"},
	{"", `SELECT count(*) FROM (VALUES 1, 2) a(x) FULL OUTER JOIN (VALUES 2, 3) b(x) ON a.x = b.x`, "3"},
	{"", `SELECT count(b.x) FROM (VALUES 1, 2) a(x) LEFT JOIN (VALUES 2, 3) b(x) ON a.x = b.x`, "1"},
	{"", `SELECT count(a.x) FROM (VALUES 1, 2) a(x) RIGHT JOIN (VALUES 2, 3) b(x) ON a.x = b.x`, "1"},
	{"", `SELECT count(*) FROM (VALUES 1, 2) a(x), (VALUES 2, 3) b(x)`, "4"},
	{"", `SELECT sum(x) FROM (VALUES 1, 2) a(x) JOIN (VALUES 2, 3) b(x) USING (x)`, "2"},
	{"", `SELECT x FROM (VALUES 1, 2) a(x) WHERE x NOT IN (SELECT y FROM (VALUES 2) b(y))`, "1"},
	{"", `SELECT x FROM (VALUES 1, 2) a(x) WHERE NOT EXISTS (SELECT 1 FROM (VALUES 2) b(y) WHERE y = x)`, "1"},
	{"", `SELECT x FROM (VALUES 1, 2) a(x) WHERE x >= ALL (VALUES 1, 2)`, "2"},
	{"", `SELECT (SELECT max(y) FROM (VALUES 2, 3) b(y) WHERE y > x) FROM (VALUES 2) a(x)`, "3"},
}

var queryRefusals = []refusal{
	{`SELECT 1 FROM (VALUES 1, 2) t(x) NATURAL JOIN (VALUES 1) u(x)`, "NATURAL is not Athena's"},
	{`SELECT x FROM (VALUES 1) t(x) FETCH FIRST ROW WITH TIES`, "SYNTAX_ERROR"},
	{`SELECT col0 FROM (VALUES 1)`, "COLUMN_NOT_FOUND"},
	{`SELECT x FROM (VALUES 1) t(x) LIMIT 50 %`, "LIMIT PERCENT MODIFIER is not Athena's"},
	{`SELECT z FROM kinds k, (SELECT k.i AS z) u`, "SEMANTIC_ERROR"},
	{`SELECT z FROM kinds k CROSS JOIN LATERAL (SELECT k.i AS z) u`, "SEMANTIC_ERROR"},
	{`SELECT user`, "COLUMN_NOT_FOUND: Column 'user' cannot be resolved"},
	{`SELECT "user" FROM kinds WHERE s = current_user`, "COLUMN_NOT_FOUND"},
	{`SELECT session_user || s, current_time, current_catalog FROM kinds`, "COLUMN_NOT_FOUND"},
	{`SELECT upper(user) FROM kinds`, "COLUMN_NOT_FOUND: Column 'user'"},
	{`TABLE kinds`, "TABLE is not supported locally"},
	{`SELECT * FROM kinds TABLESAMPLE BERNOULLI (10)`, "SAMPLE is not Athena's"},
	{`SELECT i FROM kinds ASOF JOIN kinds k ON kinds.i >= k.i`, "ASOF is not Athena's"},
	{`SELECT 1 WHERE (1, 2) = (1, 2)`, "not known to be equal"},
}
