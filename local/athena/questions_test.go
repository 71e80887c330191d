package athena

import (
	"testing"

	"datalake/local/glue"
	"datalake/local/trino/testlake"
)

// eventsLake has the events of a small shop, over three days, with all that goes wrong in such data: a purchase without an
// amount, a payload that is no JSON, a device that is not known, an event of nothing but its id.
func eventsLake(t *testing.T) lake {
	l := newLake(t)
	l.Put(t, "events/day=2026-11-20/a.json", `{"id":1,"at":"2026-11-20 08:00:00.000","user":"ann","kind":"view","tags":["new","web"],"device":{"os":"ios","version":17},"props":{"ref":"mail"},"payload":"{\"page\":\"/home\",\"ms\":120,\"items\":[]}"}
{"id":2,"at":"2026-11-20 08:10:00.000","user":"ann","kind":"view","tags":["web"],"device":{"os":"ios","version":17},"payload":"{\"page\":\"/shoes\",\"ms\":80}"}
{"id":3,"at":"2026-11-20 09:00:00.000","user":"ann","kind":"buy","amount":"19.99","quantity":1,"tags":[],"device":{"os":"ios","version":17},"payload":"{\"page\":\"/cart\",\"ms\":310,\"items\":[{\"sku\":\"A1\",\"n\":1}]}"}
{"id":4,"at":"2026-11-20 23:59:59.500","user":"bob","kind":"view","device":{"os":"android","version":14},"props":{"ref":"ad","lang":"de"},"payload":"oops"}
`)
	l.Put(t, "events/day=2026-11-21/a.json", `{"id":5,"at":"2026-11-21 09:30:00.000","user":"bob","kind":"buy","amount":"100.00","quantity":2,"tags":["sale"],"device":{"os":"android","version":14},"payload":"{\"page\":\"/cart\",\"ms\":95,\"items\":[{\"sku\":\"B2\",\"n\":1},{\"sku\":\"A1\",\"n\":1}]}"}
{"id":6,"at":"2026-11-21 10:00:00.000","user":"cem","kind":"view","tags":["web"]}
`)
	l.Put(t, "events/day=2026-11-21/b.json", `{"id":7,"at":"2026-11-21 12:00:00.000","user":"ann","kind":"view","device":{"os":"ios","version":18}}`)
	l.Put(t, "events/day=2026-11-22/a.json", `{"id":8,"at":"2026-11-22 09:00:00.000","user":"ann","kind":"buy","amount":"5.01","quantity":3,"device":{"os":"ios","version":18}}
{"id":9,"at":"2026-11-22 09:30:00.000","user":"dee","kind":"buy","quantity":1}
{"id":10}
`)
	l.Add(testlake.JSON, glue.Table{
		Name: "events",
		Columns: testlake.Columns("id", "bigint", "at", "timestamp", "user", "string", "kind", "string", "amount", "decimal(10,2)", "quantity", "int",
			"tags", "array<string>", "device", "struct<os:string,version:int>", "props", "map<string,string>", "payload", "string"),
		PartitionKeys: testlake.Columns("day", "string"),
		Partitions: []glue.Partition{
			l.Partition("events/day=2026-11-20", "2026-11-20"), l.Partition("events/day=2026-11-21", "2026-11-21"), l.Partition("events/day=2026-11-22", "2026-11-22"),
		},
	})
	return l
}

// What people ask of a lake day by day, with the answer that Trino's documentation promises.
func TestEverydayQuestions(t *testing.T) {
	l := eventsLake(t)
	for _, c := range []struct{ question, sql, want string }{
		{
			"How much was sold a day?",
			`SELECT day, count(*) AS n, sum(amount) AS total, round(avg(amount), 1) AS mean FROM events WHERE kind = 'buy' GROUP BY day ORDER BY day`,
			"2026-11-20 | 1 | 19.99 | 20.00\n2026-11-21 | 1 | 100.00 | 100.00\n2026-11-22 | 2 | 5.01 | 5.00",
		},
		{
			"How much is known?",
			`SELECT count(*), count(amount), count(DISTINCT kind), count_if(device IS NULL) FROM events`,
			"10 | 3 | 2 | 3",
		},
		{
			"What is the latest event of each user?",
			`SELECT "user", id, kind FROM (SELECT *, row_number() OVER (PARTITION BY "user" ORDER BY at DESC) AS place FROM events WHERE "user" IS NOT NULL) WHERE place = 1 ORDER BY 1`,
			"ann | 8 | buy\nbob | 5 | buy\ncem | 6 | view\ndee | 9 | buy",
		},
		{
			"The same, in short?",
			`SELECT "user", max_by(id, at), min_by(kind, at) FROM events WHERE "user" IS NOT NULL GROUP BY "user" ORDER BY "user"`,
			"ann | 8 | view\nbob | 5 | view\ncem | 6 | view\ndee | 9 | buy",
		},
		{
			"Who are the first in each day by amount?",
			`SELECT day, "user", rank() OVER (PARTITION BY day ORDER BY amount DESC NULLS LAST) AS r, dense_rank() OVER (ORDER BY day) AS d FROM events WHERE kind = 'buy' ORDER BY day, r`,
			"2026-11-20 | ann | 1 | 1\n2026-11-21 | bob | 1 | 2\n2026-11-22 | ann | 1 | 3\n2026-11-22 | dee | 2 | 3",
		},
		{
			"What is the running total?",
			`SELECT id, sum(amount) OVER (ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM events WHERE amount IS NOT NULL ORDER BY id`,
			"3 | 19.99\n5 | 119.99\n8 | 125.00",
		},
		{
			"Which share does each kind have?",
			`SELECT kind, round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS share FROM events WHERE kind IS NOT NULL GROUP BY kind ORDER BY kind`,
			"buy | 44.4\nview | 55.6",
		},
		{
			"When does a session begin, after half an hour of silence?",
			`SELECT id, CASE WHEN lag(at) OVER w IS NULL OR date_diff('minute', lag(at) OVER w, at) > 30 THEN 'new' ELSE 'same' END FROM events WHERE day = '2026-11-20' WINDOW w AS (PARTITION BY "user" ORDER BY at) ORDER BY id`,
			"1 | new\n2 | same\n3 | new\n4 | new",
		},
		{
			"What did a user do next?",
			`SELECT id, lead(kind, 1, 'nothing') OVER (ORDER BY at), first_value(id) OVER (ORDER BY at) FROM events WHERE "user" = 'bob' ORDER BY id`,
			"4 | buy | 4\n5 | nothing | 4",
		},
		{
			"What is the mean of each event and the one before?",
			`SELECT id, avg(quantity) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM events WHERE quantity IS NOT NULL ORDER BY id`,
			"3 | 1.0\n5 | 1.5\n8 | 2.5\n9 | 2.0",
		},
		{
			"Which value was known last?",
			`SELECT id, last_value(amount) IGNORE NULLS OVER (ORDER BY id), ntile(2) OVER (ORDER BY id) FROM events WHERE day > '2026-11-20' ORDER BY id`,
			"5 | 100.00 | 1\n6 | 100.00 | 1\n7 | 100.00 | 1\n8 | 5.01 | 2\n9 | 5.01 | 2\n10 | 5.01 | 2",
		},
		{
			"How many by day and kind, with totals?",
			`SELECT coalesce(day, 'all'), coalesce(kind, 'all'), count(*) FROM events WHERE kind IS NOT NULL AND day >= '2026-11-21' GROUP BY GROUPING SETS ((day, kind), (day), ()) ORDER BY grouping(day, kind), 1, 2`,
			"2026-11-21 | buy | 1\n2026-11-21 | view | 2\n2026-11-22 | buy | 2\n2026-11-21 | all | 3\n2026-11-22 | all | 2\nall | all | 5",
		},
		{
			"The same by ROLLUP and CUBE?",
			`SELECT (SELECT count(*) FROM (SELECT day, kind FROM events GROUP BY ROLLUP (day, kind))), (SELECT count(*) FROM (SELECT day, kind FROM events GROUP BY CUBE (day, kind)))`,
			"10 | 13",
		},
		{
			"Which days have more than three events?",
			`SELECT day FROM events GROUP BY day HAVING count(*) > 3`,
			"2026-11-20",
		},
		{
			"Which tags are there, and how often?",
			`SELECT tag, count(*) AS n FROM events CROSS JOIN UNNEST(tags) AS t (tag) GROUP BY tag ORDER BY n DESC, tag`,
			"web | 3\nnew | 1\nsale | 1",
		},
		{
			"Which tags has each event, in their order, if any?",
			`SELECT id, tag, place FROM events LEFT JOIN UNNEST(tags) WITH ORDINALITY AS t (tag, place) ON true WHERE id <= 3 ORDER BY id, place`,
			"1 | new | 1\n1 | web | 2\n2 | web | 1\n3 | NULL | NULL",
		},
		{
			"Which events have a tag?",
			`SELECT id FROM events WHERE contains(tags, 'new') OR any_match(tags, tag -> tag LIKE 's%') ORDER BY id`,
			"1\n5",
		},
		{
			"What becomes of the tags by a function?",
			`SELECT transform(tags, tag -> upper(tag)), filter(tags, tag -> tag <> 'web'), reduce(tags, 0, (n, tag) -> n + length(tag), n -> n) FROM events WHERE id = 1`,
			"[NEW, WEB] | [new] | 6",
		},
		{
			"Who used which tags?",
			`SELECT "user", array_join(array_sort(array_distinct(flatten(array_agg(tags)))), ',') FROM events WHERE tags IS NOT NULL GROUP BY "user" ORDER BY 1`,
			"ann | new,web\nbob | sale\ncem | web",
		},
		{
			"Which systems do they use?",
			`SELECT device.os, max(device.version) FROM events GROUP BY device.os ORDER BY 2 DESC NULLS LAST`,
			"ios | 18\nandroid | 14\nNULL | NULL",
		},
		{
			"Where did they come from?",
			`SELECT id, element_at(props, 'ref'), props['ref'], cardinality(props), map_keys(props) FROM events WHERE props IS NOT NULL ORDER BY id`,
			"1 | mail | mail | 1 | [ref]\n4 | ad | ad | 2 | [ref, lang]",
		},
		{
			"How often is each kind, as one map?",
			`SELECT histogram(kind), map_agg(id, "user") FILTER (WHERE id IN (4, 6)) FROM events`,
			"{buy=4, view=5} | {4=bob, 6=cem}",
		},
		{
			"Which pages took how long?",
			`SELECT json_extract_scalar(payload, '$.page') AS page, CAST(json_extract_scalar(payload, '$.ms') AS integer) AS ms FROM events WHERE payload LIKE '{%' ORDER BY ms`,
			"/shoes | 80\n/cart | 95\n/home | 120\n/cart | 310",
		},
		{
			"What lies in the carts?",
			`SELECT id, json_extract_scalar(item, '$.sku') AS sku FROM events CROSS JOIN UNNEST(CAST(json_extract(payload, '$.items') AS array(json))) AS t (item) WHERE payload <> 'oops' ORDER BY id, sku`,
			"3 | A1\n5 | A1\n5 | B2",
		},
		{
			"What lies in them, by names of fields?",
			`SELECT sum(n) FROM events CROSS JOIN UNNEST(CAST(json_extract(payload, '$.items') AS array(row(sku varchar, n integer)))) AS t (sku, n) WHERE kind = 'buy' AND sku = 'A1'`,
			"2",
		},
		{
			"Which payloads are no JSON?",
			`SELECT id, TRY(json_parse(payload)) IS NULL, json_array_length(json_extract(TRY(json_parse(payload)), '$.items')) FROM events WHERE payload IS NOT NULL ORDER BY id`,
			"1 | false | 0\n2 | false | NULL\n3 | false | 1\n4 | true | NULL\n5 | false | 2",
		},
		{
			"What is in a payload, by standard SQL?",
			`SELECT json_value(payload, 'lax $.page'), json_query(payload, 'lax $.items[*].sku' WITH ARRAY WRAPPER), json_exists(payload, 'lax $.ms') FROM events WHERE id = 5`,
			`/cart | ["B2","A1"] | true`,
		},
		{
			"How does an event look as JSON?",
			`SELECT json_format(CAST(MAP(ARRAY['id', 'n'], ARRAY[id, quantity]) AS json)), CAST(tags AS json), json_object('user': "user") FROM events WHERE id = 5`,
			`{"id":5,"n":2} | ["sale"] | {"user":"bob"}`,
		},
		{
			"How many an hour?",
			`SELECT date_trunc('hour', at) AS hour, count(*) FROM events WHERE day = '2026-11-20' GROUP BY 1 ORDER BY 1`,
			"2026-11-20 08:00:00.000 | 2\n2026-11-20 09:00:00.000 | 1\n2026-11-20 23:00:00.000 | 1",
		},
		{
			"On which local day did it happen?",
			`SELECT at_timezone(with_timezone(at, 'UTC'), 'Europe/Berlin'), CAST(with_timezone(at, 'UTC') AT TIME ZONE 'America/New_York' AS date) FROM events WHERE id = 4`,
			"2026-11-21 00:59:59.500 Europe/Berlin | 2026-11-20",
		},
		{
			"What happened in the last day?",
			`SELECT id FROM events WHERE at >= CAST(now() AS timestamp) - INTERVAL '1' DAY AND day >= CAST(current_date - INTERVAL '1' DAY AS varchar) ORDER BY id`,
			"6\n7\n8\n9",
		},
		{
			"How do dates look elsewhere?",
			`SELECT date_format(at, '%d.%m.%Y %H:%i'), format_datetime(at, 'yyyyMMdd'), day_of_week(at), week(at), to_iso8601(at), year(at) * 100 + month(at) FROM events WHERE id = 1`,
			"20.11.2026 08:00 | 20261120 | 5 | 47 | 2026-11-20T08:00:00.000 | 202611",
		},
		{
			"How are times read?",
			`SELECT date_parse('20/Nov/2026:08:00:00', '%d/%b/%Y:%H:%i:%s'), from_iso8601_timestamp('2026-11-20T08:00:00+01:00'), from_unixtime(1795341600), CAST('2026-11-20' AS date) + INTERVAL '1' MONTH, date_diff('day', DATE '2026-11-20', DATE '2026-12-01')`,
			"2026-11-20 08:00:00.000 | 2026-11-20 08:00:00.000 +01:00 | 2026-11-22 10:00:00.000 UTC | 2026-12-20 | 11",
		},
		{
			"On which days was nothing sold?",
			`SELECT CAST(d AS varchar), coalesce(sum(amount), 0) FROM UNNEST(sequence(DATE '2026-11-19', DATE '2026-11-21', INTERVAL '1' DAY)) AS t (d) LEFT JOIN events ON day = CAST(d AS varchar) GROUP BY d ORDER BY d`,
			"2026-11-19 | 0.00\n2026-11-20 | 19.99\n2026-11-21 | 100.00",
		},
		{
			"What follows from what?",
			`WITH RECURSIVE n (i, f) AS (SELECT 1, 1 UNION ALL SELECT i + 1, f * (i + 1) FROM n WHERE i < 5) SELECT max(i), max(f) FROM n`,
			"5 | 120",
		},
		{
			"About how much?",
			`SELECT approx_percentile(amount, 0.5), approx_percentile(quantity, ARRAY[0.0, 1.0]), approx_distinct("user") FROM events`,
			"19.99 | [1, 3] | 4",
		},
		{
			"How far do they spread?",
			`SELECT stddev_pop(quantity), variance(quantity), corr(quantity, id), max(quantity, 2) FROM (VALUES (1, 1), (3, 2)) v(quantity, id)`,
			"1.0 | 2.0 | 1.0 | [3, 1]",
		},
		{
			"What stands in a text?",
			`SELECT regexp_extract('GET /cart?id=7 HTTP', '\?id=(\d+)', 1), regexp_replace('a1b22', '\d+', '#'), regexp_like('ab', '^A|b$'), split('a,b', ','), split_part('a-b-c', '-', 2), regexp_extract_all('1a 2b', '\d')`,
			"7 | a#b# | true | [a, b] | b | [1, 2]",
		},
		{
			"Who is new, who gone?",
			`SELECT DISTINCT "user" FROM events WHERE day = '2026-11-22' EXCEPT SELECT "user" FROM events WHERE day < '2026-11-22' ORDER BY 1`,
			"dee\nNULL",
		},
		{
			"Who bought nothing?",
			`SELECT DISTINCT "user" FROM events e WHERE "user" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM events b WHERE b."user" = e."user" AND b.kind = 'buy')`,
			"cem",
		},
		{
			"Which buys came after a view of the same user on the same day?",
			`SELECT b.id, count(*) FROM events b JOIN events v ON b."user" = v."user" AND b.day = v.day AND v.at < b.at WHERE b.kind = 'buy' AND v.kind = 'view' GROUP BY b.id`,
			"3 | 2",
		},
		{
			"How do days stand side by side?",
			`SELECT "user", sum(if(day = '2026-11-20', 1, 0)) AS d20, sum(CASE day WHEN '2026-11-21' THEN 1 ELSE 0 END) AS d21 FROM events WHERE "user" < 'c' GROUP BY "user" ORDER BY 1`,
			"ann | 3 | 1\nbob | 1 | 1",
		},
		{
			"What if it fails?",
			`SELECT TRY(1 / 0), TRY_CAST('x' AS integer), coalesce(TRY(quantity / 0), -1), nullif(kind, 'view'), 7 / 2, 7 / 2e0 FROM events WHERE id = 4`,
			"NULL | NULL | -1 | NULL | 3 | 3.5",
		},
		{
			"Which come after the third?",
			`SELECT id FROM events ORDER BY id OFFSET 3 LIMIT 2`,
			"4\n5",
		},
	} {
		t.Run(c.question, func(t *testing.T) { requireAnswer(t, c.want, l.answer(c.sql)) })
	}
}
