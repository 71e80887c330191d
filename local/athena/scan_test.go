package athena

import (
	"bytes"
	"compress/gzip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPartitionsThatAreRead(t *testing.T) {
	l := newLake(t)
	for _, year := range []string{"2020", "2021", "2022"} {
		for _, month := range []string{"01", "02"} {
			l.put(t, "logs/"+year+"/"+month+"/a.json", `{"n":1}`)
		}
	}
	keys := []Column{{"year", "string"}, {"partition_1", "string"}}
	table := Table{Database: "lake", Name: "logs", Location: "s3://data/logs/", SerDe: openX, Columns: []Column{{"n", "int"}}, PartitionKeys: keys}
	for _, year := range []string{"2020", "2021"} { // the catalog does not know 2022
		for _, month := range []string{"01", "02"} {
			table.Partitions = append(table.Partitions, Partition{Values: []string{year, month}, Location: "s3://data/logs/" + year + "/" + month})
		}
	}
	l.tables["lake.logs"] = table
	for _, c := range []struct {
		sql            string
		sum            any
		scanned, total int
	}{
		{`SELECT sum(n) FROM logs`, int64(4), 4, 4},
		{`SELECT count(*) FROM logs`, int64(4), 4, 4},
		{`SELECT sum(n) FROM logs WHERE year = '2021'`, int64(2), 2, 4},
		{`SELECT sum(n) FROM logs WHERE year = '2022'`, nil, 0, 4},
		{`SELECT sum(n) FROM logs WHERE year = '2021' AND partition_1 IN ('02', '03') AND n > 0`, int64(1), 1, 4},
		{`SELECT sum(n) FROM logs WHERE year = '2020' OR partition_1 = '02'`, int64(3), 3, 4},
		{`SELECT sum(n) FROM logs WHERE NOT (year = '2020') AND partition_1 BETWEEN '01' AND '09' AND partition_1 <> '02'`, int64(1), 1, 4},
		{`SELECT sum(n) FROM logs WHERE CAST(year AS integer) >= 2021 AND substr(partition_1, 2) = '1'`, int64(1), 1, 4},
		{`SELECT sum(n) FROM logs WHERE year || partition_1 LIKE '2021%'`, int64(2), 2, 4},
		{`SELECT sum(n) FROM logs WHERE coalesce(year, '2020') = '2020' AND year IS NOT NULL`, int64(2), 2, 4},
		{`SELECT sum(n) FROM logs WHERE year = '2021' OR n > 5`, int64(2), 4, 4},
		{`SELECT sum(n) FROM logs WHERE year = ''`, nil, 0, 4},
		{`SELECT sum(n) FROM logs WHERE CAST(year AS integer) - 2021 = 0`, int64(2), 2, 4},
		{`SELECT sum(n) FROM logs WHERE (year = '2021') = false`, int64(2), 2, 4},
		{`SELECT sum(n) FROM logs WHERE starts_with(year, '2021') AND CAST(year AS double) > 2e3`, int64(2), 2, 4},
		{`SELECT sum(n) FROM logs WHERE 1 = 2`, nil, 0, 0},
		// A condition reaches what UNNEST is joined to.
		{`SELECT sum(x) FROM logs CROSS JOIN UNNEST(ARRAY[n, n]) AS t (x) WHERE year = '2021' AND partition_1 = '02' AND x > 0`, int64(2), 1, 4},
		{`SELECT sum(x) FROM (SELECT ARRAY[n] AS a, year AS y FROM logs) CROSS JOIN UNNEST(a) WITH ORDINALITY AS t (x, p) WHERE y = '2021'`, int64(2), 2, 4},
		{`SELECT sum(x) FROM logs LEFT JOIN UNNEST(ARRAY[n]) AS t (x) ON true WHERE year = '2021'`, int64(2), 2, 4},
		{`SELECT sum(r) FROM (SELECT row_number() OVER () AS r, ARRAY[n] AS a, year FROM logs) CROSS JOIN UNNEST(a) AS t (x) WHERE year = '2020'`, int64(3), 4, 4},
		// A condition reaches through subqueries, however they name the keys.
		{`SELECT sum(n) FROM (SELECT n, partition_1 AS year, year AS partition_1 FROM logs) WHERE year = '02' AND partition_1 = '2021'`, int64(1), 1, 4},
		{`WITH l AS (SELECT * FROM logs) SELECT sum(n) FROM l WHERE year = '2021'`, int64(2), 2, 4},
		{`SELECT sum(a.n) FROM logs a JOIN logs b ON a.year = b.year AND a.partition_1 = b.partition_1 WHERE b.year = '2021'`, int64(2), 4, 8},
		// A table that is read twice counts twice, each time with its own conditions.
		{`SELECT sum(a.n) FROM logs a CROSS JOIN logs b WHERE a.year = '2021' AND b.partition_1 = '01' AND b.year = '2020'`, int64(2), 3, 8},
		{`WITH l AS (SELECT * FROM logs) SELECT (SELECT sum(n) FROM l WHERE year = '2020') + (SELECT sum(n) FROM l WHERE partition_1 = '01')`, int64(4), 4, 8},
		{`SELECT sum(n) FROM (SELECT n FROM logs WHERE year = '2021' UNION ALL SELECT n FROM logs)`, int64(6), 6, 8},
		// What an outer join does not find is not what a condition on it rules out.
		{`SELECT sum(a.n) FROM logs a LEFT JOIN logs b ON a.partition_1 = b.year WHERE b.year IS NULL`, int64(4), 8, 8},
	} {
		t.Run(c.sql, func(t *testing.T) {
			query, err := l.query(c.sql)
			require.NoError(t, err)
			require.Equal(t, [][]any{{c.sum}}, query.Rows)
			require.Equal(t, [2]int{c.scanned, c.total}, [2]int{query.PartitionsScanned, query.PartitionsTotal})
			require.Equal(t, int64(c.scanned*len(`{"n":1}`)), query.DataScannedInBytes)
		})
	}
}

func TestPartitionKeysOfOtherTypesAndNames(t *testing.T) {
	l := newLake(t)
	l.put(t, "a/1.json", `{"n":1}`)
	l.put(t, "b/1.json", `{"n":2}`)
	l.put(t, "c/1.json", `{"n":4}`)
	l.tables["lake.t"] = Table{
		Database: "lake", Name: "t", SerDe: openX, Columns: []Column{{"n", "int"}},
		PartitionKeys: []Column{{"my key", "date"}, {"user", "int"}},
		Partitions: []Partition{
			{Values: []string{"2021-01-01", "9"}, Location: "s3://data/a/"},
			{Values: []string{"2021-01-02", "10"}, Location: "s3://data/b/"},
			{Values: []string{nullPartition, "11"}, Location: "s3://data/c/"},
		},
	}
	query, err := l.query(`SELECT n, "my key", "user" FROM t WHERE "user" > 9 AND "my key" >= DATE '2021-01-01'`)
	require.NoError(t, err)
	require.Equal(t, [][]any{{int64(2), "2021-01-02", int64(10)}}, query.Rows)
	require.Equal(t, 1, query.PartitionsScanned)

	query, err = l.query(`SELECT n FROM t WHERE "my key" IS NULL`)
	require.NoError(t, err)
	require.Equal(t, [][]any{{int64(4)}}, query.Rows)
	require.Equal(t, 1, query.PartitionsScanned)
}

func TestJSONRows(t *testing.T) {
	columns := []Column{{"id", "int"}, {"wind direction", "double"}, {"s", "string"}, {"t", "timestamp"}, {"list", "array<struct<a:int,b:string>>"}}
	for _, c := range []struct{ name, body, want string }{
		{"keys match without regard to case", `{"ID":1,"Wind Direction":45}`, `"1","45.0",,,`},
		{"missing, null and unknown", `{"s":null,"other":{"x":[]}}`, `,,,,`},
		{"several lines", "{\"id\":1}\n{\"id\":2}\n", "\"1\",,,,\n\"2\",,,,"},
		{"scalars as text", `{"id":"7","s":1.50}`, `"7",,"1.50",,`},
		{"times", `{"t":"2021-03-04 05:06:07.89"}`, `,,,"2021-03-04 05:06:07.890",`},
		{"nested", `{"list":[{"A":1,"b":"x"},{"a":null}]}`, `,,,,"[{a=1, b=x}, {a=null, b=null}]"`},
		{"quotes and lines in text", `{"s":"a\"b\nc"}`, ",,\"a\"\"b\nc\",,"},
		{"empty object", ``, ""},

		{"not JSON", `{"id":1`, "!HIVE_CURSOR_ERROR: Row is not a valid JSON Object: line 1"},
		{"not an object", `[1]`, "!it starts with ["},
		{"over several lines", "{\n\"id\":1}", "!HIVE_CURSOR_ERROR: Row is not a valid JSON Object: line 1"},
		{"two objects in a line", `{"id":1} {"id":2}`, "!there is more after the object"},
		{"blank line", "{\"id\":1}\n\n{\"id\":2}", "!line 2: the line is blank"},
		{"keys that differ in case", `{"id":1,"ID":2}`, `!duplicate key "id"`},
		{"too large", `{"id":3000000000}`, `!HIVE_BAD_DATA: Error parsing field value for field id: line 1: "3000000000" is not a value of type int`},
		{"fraction", `{"id":1.5}`, `!"1.5" is not a value of type int`},
		{"object for a string", `{"s":{"a":1}}`, `!{"a":1} is not a value of type string`},
		{"text for a list", `{"list":"a"}`, `!"a" is not a value of type array`},
		{"within a list", `{"list":[{"a":"x"}]}`, `!element 1: field a: "x" is not a value of type int`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := readOne(t, Table{SerDe: openX, Columns: columns}, "x/a.json", c.body)
			requireRows(t, c.want, got, "s3://data/x/a.json")
		})
	}
}

func TestCSVRows(t *testing.T) {
	columns := []Column{{"id", "int"}, {"name", "string"}}
	lazy := Table{SerDe: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", Columns: columns, SerDeParameters: map[string]string{"field.delim": ","}, Parameters: map[string]string{"skip.header.line.count": "1"}}
	open := Table{SerDe: "org.apache.hadoop.hive.serde2.OpenCSVSerde", Columns: columns}
	for _, c := range []struct {
		name       string
		table      Table
		body, want string
	}{
		{"fields", lazy, "id,name\n1,a\n2,b\n", "\"1\",\"a\"\n\"2\",\"b\""},
		{"empty, missing and null", lazy, "id,name\n,\n3\n4,\\N\n", ",\"\"\n\"3\",\n\"4\","},
		{"microseconds", Table{SerDe: lazy.SerDe, Columns: []Column{{"at", "timestamp"}}}, "2020-01-01 00:00:00.123456\n", "!more than three digits after the seconds"},
		{"what does not parse is NULL", lazy, "id,name\nx,a\n", `,"a"`},
		{"no quotes", lazy, "id,name\n1,\"a\n", `"1","""a"`},
		{"quotes", open, "1,\"a,\"\"b\"\n", `"1","a,""b"`},
		{"empty number", open, ",a\n", "!HIVE_BAD_DATA: Error parsing field value '' for field id"},
		{"backslash", open, "1,a\\b\n", "!backslash"},
		{"line break in quotes", open, "1,\"a\nb\"\n", "!line break"},
	} {
		t.Run(c.name, func(t *testing.T) {
			requireRows(t, c.want, readOne(t, c.table, "x/a.csv", c.body), "s3://data/x/a.csv")
		})
	}
}

func TestObjectsThatAreRead(t *testing.T) {
	l := newLake(t)
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := w.Write([]byte(`{"n":10}`))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	l.put(t, "t/a.json", `{"n":1}`)
	l.put(t, "t/deep/b.json", `{"n":2}`)
	l.put(t, "t/z.json.gz", zipped.String())
	l.put(t, "t/_SUCCESS", `no JSON`)
	l.put(t, "t/.hidden", `no JSON`)
	l.put(t, "t2/a.json", `{"n":100}`)
	l.tables["lake.t"] = Table{Database: "lake", Name: "t", Location: "s3://data/t", SerDe: openX, Columns: []Column{{"n", "int"}}}
	query, err := l.query(`SELECT sum(n) FROM t`)
	require.NoError(t, err)
	require.Equal(t, [][]any{{int64(13)}}, query.Rows)
	require.Equal(t, int64(2*len(`{"n":1}`)+zipped.Len()), query.DataScannedInBytes, "compressed bytes count")
}

func TestTablesThatAreRefused(t *testing.T) {
	good := Table{SerDe: openX, Columns: []Column{{"n", "int"}}}
	for _, c := range []struct {
		name   string
		change func(*Table)
		want   string
	}{
		{"SerDe", func(t *Table) { t.SerDe = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe" }, "ParquetHiveSerDe"},
		{"SerDe parameter", func(t *Table) { t.SerDeParameters = map[string]string{"ignore.malformed.json": "true"} }, "ignore.malformed.json"},
		{"type", func(t *Table) { t.Columns = []Column{{"n", "binary"}} }, `column n: type "binary"`},
		{"nested type", func(t *Table) { t.Columns = []Column{{"n", "struct<a>"}} }, `field "a" has no type`},
		{"decimal", func(t *Table) { t.Columns = []Column{{"n", "decimal(40,2)"}} }, "precision of 1 to 38"},
		{"location", func(t *Table) { t.Location = "/data" }, `location "/data" is not an s3:// URI`},
		{"bucket", func(t *Table) { t.Location = "s3://absent/" }, "NoSuchBucket"},
		{"partition values", func(t *Table) {
			t.PartitionKeys = []Column{{"year", "string"}}
			t.Partitions = []Partition{{Location: "s3://data/"}}
		}, "0 values for 1 partition keys"},
		{"partition type", func(t *Table) {
			t.PartitionKeys = []Column{{"year", "int"}}
			t.Partitions = []Partition{{Values: []string{"x"}, Location: "s3://data/"}}
		}, `key year: "x" is not a value of type int`},
		{"list in CSV", func(t *Table) {
			t.SerDe, t.Columns = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", []Column{{"n", "array<int>"}}
		}, "column n: type array is not supported locally"},
		{"date in quoted CSV", func(t *Table) {
			t.SerDe, t.Columns = "org.apache.hadoop.hive.serde2.OpenCSVSerde", []Column{{"n", "date"}}
		}, "column n: type date is not supported locally"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := good
			c.change(&table)
			require.Contains(t, readOne(t, table, "x/a.json", ``), c.want)
		})
	}
}

func TestCompressionThatIsRefused(t *testing.T) {
	requireRows(t, "!compression .bz2 is not supported locally", readOne(t, Table{SerDe: openX, Columns: []Column{{"n", "int"}}}, "x/a.bz2", ``), "s3://data/x/a.bz2")
}

// readOne reads a table with one object, and returns the result's CSV without its heading, or ! and the error.
func readOne(t *testing.T, table Table, key, body string) string {
	l := newLake(t)
	l.put(t, key, body)
	table.Database, table.Name = "lake", "t"
	if table.Location == "" {
		table.Location = "s3://data/x/"
	}
	l.tables["lake.t"] = table
	query, _ := l.query(`SELECT * FROM t`)
	if query.Error != nil {
		return "!" + query.Error.Error()
	}
	_, rows, _ := bytes.Cut(l.executions[0].result.csv(), []byte("\n"))
	return string(bytes.TrimSuffix(rows, []byte("\n")))
}

func requireRows(t *testing.T, want, got, object string) {
	t.Helper()
	if want == "" || want[0] != '!' {
		require.Equal(t, want, got)
		return
	}
	require.Contains(t, got, want[1:])
	require.Contains(t, got, object, "an error names the object")
}

// docs.aws.amazon.com/athena/latest/ug/updates-and-partitions.html: a partition's types must agree with the table's.
func TestPartitionsWithTheirOwnColumns(t *testing.T) {
	columns := []Column{{"a", "int"}, {"b", "string"}}
	for _, c := range []struct {
		name string
		own  []Column
		want string
	}{
		{"the table's", nil, ""},
		{"the same", []Column{{"a", "int"}, {"b", "string"}}, ""},
		{"fewer", []Column{{"a", "int"}}, ""},
		{"more", []Column{{"a", "int"}, {"b", "string"}, {"c", "int"}}, ""},
		{"another type", []Column{{"a", "bigint"}, {"b", "string"}}, "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition schemas. The types are incompatible and cannot be coerced. " +
			"The column 'a' in table 'lake.t' is declared as type 'int', but partition 'year=2021' declared column 'a' as type 'bigint'."},
		{"another name", []Column{{"a", "int"}, {"c", "string"}}, "partition s3://data/t/year=2021 calls column b c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLake(t)
			l.put(t, "t/year=2020/a.json", `{"a":1,"b":"x"}`)
			l.put(t, "t/year=2021/a.json", `{"a":2}`)
			l.tables["lake.t"] = Table{
				Database: "lake", Name: "t", SerDe: openX, Columns: columns, PartitionKeys: []Column{{"year", "string"}},
				Partitions: []Partition{
					{Values: []string{"2020"}, Location: "s3://data/t/year=2020"},
					{Values: []string{"2021"}, Location: "s3://data/t/year=2021", Columns: c.own},
				},
			}
			query, _ := l.query(`SELECT sum(a), count(b) FROM t`)
			if c.want == "" {
				require.NoError(t, query.Error)
				require.Equal(t, [][]any{{int64(3), int64(1)}}, query.Rows)
			} else {
				require.ErrorContains(t, query.Error, c.want)
			}
			query, _ = l.query(`SELECT sum(a) FROM t WHERE year = '2020'`)
			require.NoError(t, query.Error, "only the partitions that are read must agree")
		})
	}
}
