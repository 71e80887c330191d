package athena

// trino.io/docs/current/functions/string.html and comparison.html (LIKE).
var textAnswers = []answer{
	{"||", `SELECT 'a' || s || NULL, 'a' || 'b' FROM kinds WHERE year = '2021'`, "NULL,ab"},
	{"concat", `SELECT concat('a', NULL), concat('a', 'b', 'c')`, "NULL,abc"},
	{"concat_ws", `SELECT concat_ws(',', 'a', NULL, 'b'), concat_ws(NULL, 'a', 'b'), concat_ws(',', NULL, NULL), concat_ws(',', '', 'b')`, "a,b,NULL,,,b"},
	{"~~", `SELECT s LIKE 'H_u%', s LIKE 'h%', 'a\b' LIKE 'a\b' FROM kinds WHERE year = '2021'`, "true,false,true"},
	{"!~~", `SELECT s NOT LIKE 'H%' FROM kinds WHERE year = '2021'`, "false"},
	{"like_escape", `SELECT '10%' LIKE '10!%' ESCAPE '!', '100' LIKE '10!%' ESCAPE '!', 'a_b%' LIKE 'a\__\%' ESCAPE '\', 'größer' LIKE '_r%!' ESCAPE 'x', NULL LIKE 'a' ESCAPE '!'`, "true,false,true,false,NULL"},
	{"not_like_escape", `SELECT '10%' NOT LIKE '10!%' ESCAPE '!'`, "false"},
	{"length", `SELECT length(s), length('') FROM kinds WHERE year = '2021'`, "6,0"},
	{"lower", `SELECT lower('ÄBC')`, "äbc"},
	{"upper", `SELECT upper('äbc'), upper('Straße')`, "ÄBC,STRAßE"},
	{"starts_with", `SELECT starts_with('abc', 'ab'), starts_with('abc', 'b')`, "true,false"},
	{"substr", `SELECT substr('abc', 2), substr('abc', 0), substr('abc', -2), substr('abc', -5), substr('äbc', 1, 2), substr('abc', 2, 9)`, "bc,,bc,,äb,bc"},
	{"substring", `SELECT substring('abc', 2, 1), substring('abc' FROM 2)`, "b,bc"},
	{"trim", "SELECT trim(' \t a b \n')", "a b"},
	{"ltrim", `SELECT ltrim('  ab ') || '.'`, "ab ."},
	{"rtrim", `SELECT '.' || rtrim('  ab ')`, ".  ab"},
	{"replace", `SELECT replace('abcb', 'b'), replace('abcb', 'b', 'xy'), replace('ab', '', '-')`, "ac,axycxy,-a-b-"},
	{"reverse", `SELECT reverse('äbc')`, "cbä"},
	{"split", `SELECT split('a,b,,c', ','), split('a.b.c', '.', 2), split('', ',')`, "[a, b, , c],[a, b.c],[]"},
	{"split_part", `SELECT split_part('a-b', '-', 2), split_part('a-b', '-', 3), split_part('a-', '-', 2)`, "b,NULL,"},
	{"strpos", `SELECT strpos('äbc', 'c'), strpos('abc', 'x'), strpos('abc', '')`, "3,0,1"},
	{"position", `SELECT position('c' IN 'äbc')`, "3"},
	{"lpad", `SELECT lpad('7', 3, '0'), lpad('abcd', 2, 'x'), lpad('a', 4, 'xy')`, "007,ab,xyxa"},
	{"rpad", `SELECT rpad('ä', 3, 'xy'), rpad('abc', 0, 'x')`, "äxy,"},
	{"chr", `SELECT chr(228), chr(65)`, "ä,A"},
	{"codepoint", `SELECT codepoint('ä')`, "228"},
}

var textRefusals = []refusal{
	{`SELECT trim(BOTH 'x' FROM s) FROM kinds`, "not known to be equal: TRIM(varchar, varchar)"},
	{`SELECT like_escape('a', 'b', 'c')`, "function LIKE_ESCAPE"},
	{`SELECT s ILIKE 'h%' FROM kinds`, "not known to be equal"},
	{`SELECT s GLOB 'h*' FROM kinds`, "not known to be equal"},
	{`SELECT s SIMILAR TO 'h.*' FROM kinds`, "not known to be equal"},
	{`SELECT s ~ 'h' FROM kinds`, "mismatched input '~'"},
	{`SELECT 'a' LIKE '!a' ESCAPE '!'`, "Escape character must be followed by"},
	{`SELECT 'a' LIKE 'a' ESCAPE '!!'`, "Escape string must be a single character"},
	{`SELECT s[1] FROM kinds`, "not known to be equal: "},
	{`SELECT split('a', '')`, "The delimiter may not be the empty string"},
	{`SELECT split_part('a', ',', 0)`, "Index must be greater than zero"},
	{`SELECT lpad('a', 3, '')`, "Padding string must not be empty"},
	{`SELECT lpad('a', 3)`, "not known to be equal: LPAD(varchar, integer)"},
	{`SELECT chr(-1)`, "Not a valid Unicode code point: -1"},
	{`SELECT codepoint(s) FROM kinds`, "CODEPOINT of what is no literal"},
	{`SELECT codepoint('ab')`, "takes a varchar(1)"},
	{`SELECT length(i) FROM kinds`, "not known to be equal"},
	{`SELECT concat_ws(',', 1, 2)`, "not known to be equal: CONCAT_WS(varchar, integer, integer)"},
	{`SELECT format('%s', 1)`, "function FORMAT"},
	{`SELECT ascii('a')`, "function ASCII"},
	{`SELECT left('abc', 1)`, "function LEFT"},
}

// trino.io/docs/current/functions/regexp.html.
var patternAnswers = []answer{
	{"regexp_like", `SELECT regexp_like('1a 2b 14m', '\d+b'), regexp_like('abc', '^b'), regexp_like('Häuser', '^H[^a-z]'), regexp_like(NULL, 'a')`, "true,false,true,NULL"},
	{"regexp_extract", `SELECT regexp_extract('1a 2b 14m', '\d+'), regexp_extract('1a 2b 14m', '(\d+)([a-z]+)', 2), regexp_extract('a', 'b'), regexp_extract('b', '(a)?b', 1)`, "1,a,NULL,NULL"},
	{"regexp_extract_all", `SELECT regexp_extract_all('1a 2b 14m', '\d+'), regexp_extract_all('1a 2b 14m', '(\d+)([a-z]+)', 2)`, "[1, 2, 14],[a, b, m]"},
	{"regexp_replace", `SELECT regexp_replace('1a 2b 14m', '\d+[ab] '), regexp_replace('1a 2b 14m', '(\d+)([ab]) ', '3c$2 '), regexp_replace('new york', '(\w)(\w*)', '$2$1')`, "14m,3ca 3cb 14m,ewn orky"},
	{"regexp_count", `SELECT regexp_count('1a 2b 14m', '\s*[a-z]+\s*')`, "3"},
}

var patternRefusals = []refusal{
	{`SELECT regexp_like('a', '(?i)A')`, "groups with ?"},
	{`SELECT regexp_like('a', 'a(?=b)')`, "groups with ?"},
	{`SELECT regexp_like('aa', '(a)\1')`, `\1`},
	{`SELECT regexp_like('a', 'a*+')`, "possessive repetition"},
	{`SELECT regexp_like('a', '[a&&b]')`, "a class in a class"},
	{`SELECT regexp_like('a', '\p{Lu}')`, `\p`},
	{`SELECT regexp_like('a', 'a{x}')`, "a { that is no repetition"},
	{`SELECT regexp_like('a', '(')`, "not known to be equal: regular expression '('"},
	{`SELECT regexp_like('ä', '\w')`, "write a class such as [0-9]"},
	{"SELECT regexp_like('a\nb', 'a$')", "a text of several lines"},
	{`SELECT regexp_replace('abc', 'x*', '-')`, "matches nothing at all"},
	{`SELECT regexp_replace('abc', 'b', '\$')`, "write $1 to $9"},
	{`SELECT regexp_replace('abc', 'b', '$1')`, "unknown group 1"},
	{`SELECT regexp_extract('abc', 'b', 1)`, "Pattern has 0 groups. Cannot access group 1"},
	{`SELECT regexp_matches('a', 'a')`, "function REGEXP_MATCHES"},
}

// trino.io/docs/current/functions/json.html.
var jsonAnswers = []answer{
	{"json_extract_scalar", `SELECT json_extract_scalar('[1, 2, 3]', '$[2]'), json_extract_scalar('{"a":{"b":[{"c":"x"}]}}', '$.a.b[0].c'), json_extract_scalar('{"a":1.50}', '$.a'), json_extract_scalar('{"a":true}', '$["a"]')`, "3,x,1.50,true"},
	{"json_extract_scalar", `SELECT json_extract_scalar('{"a":{}}', '$.a'), json_extract_scalar('{"a":null}', '$.a'), json_extract_scalar('{"a":1}', '$.b.c'), json_extract_scalar(json_parse('"x"'), '$')`, "NULL,NULL,NULL,x"},
	{"json_extract", `SELECT json_extract('{"b": [1, {"z":2, "a":null}]}', '$.b'), json_extract('{"a":null}', '$.a'), json_extract('{}', '$.a')`, `[1,{"z":2,"a":null}],null,NULL`},
	{"json_parse", `SELECT json_parse('{"b": "x\"y", "a": [ true, 1.5 ]}')`, `{"a":[true,1.5],"b":"x\"y"}`},
	{"json_format", `SELECT json_format(json_parse('[1, 2, 3]')), json_format(json_extract('{"a":"x"}', '$.a'))`, `[1,2,3],"x"`},
	{"json_array_length", `SELECT json_array_length('[1, 2, 3]'), json_array_length('{}'), json_array_length(json_parse('[]'))`, "3,NULL,0"},
}

var jsonRefusals = []refusal{
	{`SELECT json_extract_scalar('{"a":', '$.a')`, "malformed JSON"},
	{`SELECT json_parse('{a}')`, "INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON"},
	{`SELECT json_extract('{}', '$..a')`, "write a path such as"},
	{`SELECT json_extract('{}', 'a')`, "write a path such as"},
	{`SELECT json_extract('{"a":1.0e2}', '$.a')`, "the number 1.0e2 in JSON"},
	{`SELECT json_parse('1') = '1'`, "not known to be equal: a comparison of json"},
	{`SELECT json_parse('1') || 'a'`, "not known to be equal: CONCAT(json, varchar)"},
	{`SELECT CAST(json_parse('1') AS varchar)`, "not known to be equal: CAST(json AS varchar)"},
	{`SELECT CAST('1' AS json)`, "CAST to json is not supported"},
	{`SELECT lower(json_parse('"A"'))`, "not known to be equal: LOWER(json)"},
	{`SELECT '{"a":1}' -> 'a'`, "mismatched input '->'"},
	{`SELECT ARRAY[json_parse('1')]`, "not known to be equal: array(json)"},
	{`SELECT array_agg(json_parse('1'))`, "not known to be equal: array(json)"},
	{`SELECT json_keys('{}')`, "function JSON_KEYS"},
}
