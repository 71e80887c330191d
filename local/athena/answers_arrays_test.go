package athena

// trino.io/docs/current/functions/array.html and map.html; UNNEST: trino.io/docs/current/sql/select.html.
var arrayAnswers = []answer{
	{"", `SELECT ARRAY[1, 2], ARRAY['a', NULL], ARRAY[], ARRAY[ARRAY[1]]`, "[1, 2],[a, null],[],[[1]]"},
	{"array_extract", `SELECT ARRAY[10, 20][2], k.row.y[1], k.props['a'] FROM kinds k WHERE year = '2021'`, "20,a,1"},
	{"element_at", `SELECT element_at(ARRAY[1, 2], 2), element_at(ARRAY[1, 2], -1), element_at(ARRAY[1, 2], 3), element_at(row.y, 2) FROM kinds WHERE year = '2021'`, "2,2,NULL,b"},
	{"map_extract", `SELECT element_at(props, 'a'), element_at(props, 'z'), k.props['a'] + 1 FROM kinds k WHERE year = '2021'`, "1,NULL,2"},
	{"cardinality", `SELECT cardinality(ARRAY[1, NULL]), cardinality(row.y), cardinality(ARRAY[]) FROM kinds WHERE year = '2021'`, "2,2,0"},
	{"contains", `SELECT contains(ARRAY[1, 2], 2), contains(ARRAY[1, 2], 3), contains(ARRAY[1, NULL], 3), contains(ARRAY[1], NULL), contains(row.y, 'b') FROM kinds WHERE year = '2021'`, "true,false,NULL,NULL,true"},
	{"array_join", `SELECT array_join(ARRAY['a', NULL, 'b'], '-'), array_join(ARRAY['a', NULL], '-', '?'), array_join(split('a b', ' '), '')`, "a-b,a-?,ab"},
	{"", `SELECT array_agg(x ORDER BY x DESC) FROM (VALUES 2, 3, 1) t(x)`, "[3, 2, 1]"},
	{"", `SELECT array_join(array_agg(y || CAST(n AS varchar) ORDER BY n), ',') FROM kinds k CROSS JOIN UNNEST(k.row.y) WITH ORDINALITY AS t (y, n)`, "a1,b2"},
	{"", `SELECT sum(x) FROM (SELECT ARRAY[1, 2] AS a), UNNEST(a) AS t (x)`, "3"},
	{"", `SELECT sum(x), array_agg(y ORDER BY y) FROM kinds CROSS JOIN UNNEST(items) AS t (x, y) WHERE year = '2021'`, "3,[x, y]"},
	{"", `SELECT max(a), max(n) FROM kinds CROSS JOIN UNNEST(kinds.items) WITH ORDINALITY AS t (a, b, n)`, "2,2"},
	{"", `SELECT count(*), count(x) FROM (VALUES (1, ARRAY[1, 2]), (2, ARRAY[])) v(k, a) LEFT JOIN UNNEST(a) AS t (x) ON true`, "3,2"},
	{"", `SELECT k.row.x, items[1].b FROM kinds k WHERE year = '2021'`, "1,x"},
}

var arrayRefusals = []refusal{
	{`SELECT ARRAY[1, 2][3]`, "Array subscript must be less than or equal to array length: 3 > 2"},
	{`SELECT ARRAY[1, 2][0]`, "SQL array indices start at 1"},
	{`SELECT ARRAY[1, 2][-1]`, "Array subscript is negative: -1"},
	{`SELECT element_at(ARRAY[1], 0)`, "SQL array indices start at 1"},
	{`SELECT props['z'] FROM kinds WHERE year = '2021'`, "Key not present in map"},
	{`SELECT ARRAY[1, 2, 3][1:2]`, "mismatched input ':'"},
	{`SELECT ARRAY[1, 'a']`, "TYPE_MISMATCH"},
	{`SELECT contains(ARRAY[1, 2], '1')`, "TYPE_MISMATCH"},
	{`SELECT ARRAY[1] = ARRAY[1]`, "a comparison of array"},
	{`SELECT array_join(ARRAY[1, 2], ',')`, "not known to be equal: ARRAY_JOIN(integer[], varchar)"},
	{`SELECT array_extract(ARRAY[1], 1)`, "function ARRAY_EXTRACT"},
	{`SELECT list_value(1)`, "function LIST_VALUE"},
	{`SELECT cardinality(s) FROM kinds`, "not known to be equal: CARDINALITY(varchar)"},
	{`SELECT row[1] FROM kinds`, "not known to be equal"},
	{`SELECT props FROM kinds`, "not supported locally"},
	{`SELECT x FROM UNNEST(ARRAY[1])`, "with names"},
	{`SELECT x FROM kinds CROSS JOIN UNNEST(row.y, row.y) AS t (x, y)`, "other than of one array"},
	{`SELECT a FROM kinds CROSS JOIN UNNEST(items) AS t (a)`, "1 names for 2 columns"},
	{`SELECT a FROM (SELECT items AS z FROM kinds) CROSS JOIN UNNEST(z) AS t (a)`, "UNNEST of an array of rows"},
	{`SELECT unnest(ARRAY[1, 2])`, "function UNNEST"},
	{`SELECT transform(ARRAY[1], x -> x + 1)`, "mismatched input '->'"},
}
