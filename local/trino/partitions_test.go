package trino

import (
	"testing"

	"github.com/stretchr/testify/require"

	"datalake/local/glue"
	"datalake/local/trino/testlake"
)

// logsPart has a table whose partitions lie where a crawler of plain folders finds them. The catalog does not know 2022.
func logsPart(t *testing.T) part {
	p := newPart(t)
	table := glue.Table{Name: "logs", Columns: testlake.Columns("n", "int"), PartitionKeys: testlake.Columns("year", "string", "partition_1", "string")}
	for _, year := range []string{"2020", "2021", "2022"} {
		for _, month := range []string{"01", "02"} {
			p.Put(t, "logs/"+year+"/"+month+"/a.json", `{"n":1}`)
			if year != "2022" {
				table.Partitions = append(table.Partitions, p.Partition("logs/"+year+"/"+month, year, month))
			}
		}
	}
	p.Add(testlake.JSON, table)
	return p
}

// Each partition has one object of a row, so that a sum is a count of partitions too.
func TestPartitionsThatAreRead(t *testing.T) {
	p := logsPart(t)
	for _, c := range []struct {
		name, sql, sum string
		scanned, total int
	}{
		{"all", `SELECT sum(n) FROM logs`, "4", 4, 4},
		{"all, to be counted", `SELECT count(*) FROM logs`, "4", 4, 4},
		{"a key's value", `SELECT sum(n) FROM logs WHERE year = '2021'`, "2", 2, 4},
		{"a value that none has", `SELECT sum(n) FROM logs WHERE year = '2022'`, "NULL", 0, 4},
		{"the values of both keys", `SELECT sum(n) FROM logs WHERE year = '2021' AND partition_1 = '02'`, "1", 1, 4},
		{"IN", `SELECT sum(n) FROM logs WHERE year = '2021' AND partition_1 IN ('02', '03') AND n > 0`, "1", 1, 4},
		{"OR", `SELECT sum(n) FROM logs WHERE year = '2020' OR partition_1 = '02'`, "3", 3, 4},
		{"OR with a column", `SELECT sum(n) FROM logs WHERE year = '2021' OR n > 5`, "2", 4, 4},
		{"NOT and a range", `SELECT sum(n) FROM logs WHERE NOT (year = '2020') AND partition_1 BETWEEN '01' AND '09' AND partition_1 <> '02'`, "1", 1, 4},
		{"an open range", `SELECT sum(n) FROM logs WHERE year > '2020'`, "2", 2, 4},
		{"a key as a number", `SELECT sum(n) FROM logs WHERE CAST(year AS integer) >= 2021 AND substr(partition_1, 2) = '1'`, "1", 1, 4},
		{"both keys as one text", `SELECT sum(n) FROM logs WHERE year || partition_1 LIKE '2021%'`, "2", 2, 4},
		{"a key as a date", `SELECT sum(n) FROM logs WHERE date_parse(year || partition_1, '%Y%m') >= DATE '2021-02-01'`, "1", 1, 4},
		{"LIKE", `SELECT sum(n) FROM logs WHERE year LIKE '%1'`, "2", 2, 4},
		{"NULL", `SELECT sum(n) FROM logs WHERE coalesce(year, '2020') = '2020' AND year IS NOT NULL`, "2", 2, 4},
		{"an empty text", `SELECT sum(n) FROM logs WHERE year = ''`, "NULL", 0, 4},
		{"a comparison compared", `SELECT sum(n) FROM logs WHERE (year = '2021') = false`, "2", 2, 4},
		{"what can't be", `SELECT sum(n) FROM logs WHERE 1 = 2`, "NULL", 0, 4},
		{"what can't be of a key", `SELECT sum(n) FROM logs WHERE year = '2020' AND year = '2021'`, "NULL", 0, 4},
		{"a table's own partitions", `SELECT count(*) FROM "logs$partitions"`, "4", 0, 0},

		{"beside UNNEST", `SELECT sum(x) FROM logs CROSS JOIN UNNEST(ARRAY[n, n]) AS t (x) WHERE year = '2021' AND partition_1 = '02' AND x > 0`, "2", 1, 4},
		{"through a subquery with other names", `SELECT sum(n) FROM (SELECT n, partition_1 AS year, year AS partition_1 FROM logs) WHERE year = '02' AND partition_1 = '2021'`, "1", 1, 4},
		{"through WITH", `WITH l AS (SELECT * FROM logs) SELECT sum(n) FROM l WHERE year = '2021'`, "2", 2, 4},
		{"through GROUP BY", `SELECT s FROM (SELECT year, sum(n) AS s FROM logs GROUP BY year) WHERE year = '2021'`, "2", 2, 4},
		{"not through a window", `SELECT sum(r) FROM (SELECT row_number() OVER () AS r, year FROM logs)`, "10", 4, 4},

		{"a table joined to itself, a condition on each", `SELECT sum(a.n) FROM logs a CROSS JOIN logs b WHERE a.year = '2021' AND b.partition_1 = '01' AND b.year = '2020'`, "2", 3, 8},
		{"a table joined to itself by its keys", `SELECT sum(a.n) FROM logs a JOIN logs b ON a.year = b.year AND a.partition_1 = b.partition_1 WHERE b.year = '2021'`, "2", 4, 8},
		{"two subqueries", `WITH l AS (SELECT * FROM logs) SELECT (SELECT sum(n) FROM l WHERE year = '2020') + (SELECT sum(n) FROM l WHERE partition_1 = '01')`, "4", 4, 8},
		{"UNION ALL", `SELECT sum(n) FROM (SELECT n FROM logs WHERE year = '2021' UNION ALL SELECT n FROM logs)`, "6", 6, 8},
		{"a join with what no partition can have", `SELECT sum(a.n) FROM logs a LEFT JOIN logs b ON a.partition_1 = b.year WHERE b.year IS NULL`, "4", 4, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := p.run(t, c.sql)
			require.Equal(t, c.sum, text(got))
			require.Equal(t, [2]int{c.scanned, c.total}, [2]int{got.PartitionsScanned, got.PartitionsTotal})
			require.Equal(t, int64(c.scanned*len(`{"n":1}`)), got.Bytes)
		})
	}
}

func TestATableWithoutPartitionKeysCountsAsOne(t *testing.T) {
	p := newPart(t)
	p.Put(t, "flat/a.json", `{"n":1}`)
	p.Put(t, "flat/b.json", `{"n":2}`)
	p.Add(testlake.JSON, glue.Table{Name: "flat", Columns: testlake.Columns("n", "int")})
	p.Add(testlake.JSON, glue.Table{Name: "empty", Columns: testlake.Columns("n", "int")})
	for sql, want := range map[string]struct {
		rows    string
		bytes   int64
		scanned int
		total   int
	}{
		`SELECT sum(n) FROM flat`:                       {"3", 14, 1, 1},
		`SELECT sum(a.n) FROM flat a CROSS JOIN flat b`: {"6", 28, 2, 2},
		`SELECT sum(n) FROM flat WHERE false`:           {"NULL", 0, 0, 1},
		`SELECT count(*) FROM empty`:                    {"0", 0, 1, 1},
		`SELECT 1`:                                      {"1", 0, 0, 0},
	} {
		got := p.both(t, sql)
		require.Equal(t, want.rows, text(got), sql)
		require.Equal(t, want.bytes, got.Bytes, sql)
		require.Equal(t, [2]int{want.scanned, want.total}, [2]int{got.PartitionsScanned, got.PartitionsTotal}, sql)
	}
}

func TestATableWithoutAnyPartitionIsEmpty(t *testing.T) {
	p := newPart(t)
	p.Put(t, "logs/day=1/a.json", `{"n":1}`)
	p.Add(testlake.JSON, glue.Table{Name: "logs", Columns: testlake.Columns("n", "int"), PartitionKeys: testlake.Columns("day", "string")})
	got := p.both(t, `SELECT count(*) FROM logs`)
	require.Equal(t, "0", text(got), "the catalog decides, not the store")
	require.Zero(t, got.Bytes)
}

func TestPartitionKeysOfOtherTypesAndNames(t *testing.T) {
	p := newPart(t)
	p.Put(t, "a/1.json", `{"n":1}`)
	p.Put(t, "b/1.json", `{"n":2}`)
	p.Put(t, "c/1.json", `{"n":4}`)
	p.Add(testlake.JSON, glue.Table{
		Name: "t", Columns: testlake.Columns("n", "int"), PartitionKeys: testlake.Columns("my key", "date", "user", "int"),
		Partitions: []glue.Partition{
			p.Partition("a", "2021-01-01", "9"),
			p.Partition("b", "2021-01-02", "10"),
			p.Partition("c", "__HIVE_DEFAULT_PARTITION__", "11"),
		},
	})
	got := p.both(t, `SELECT n, CAST("my key" AS varchar), "user" FROM t WHERE "user" > 9 AND "my key" >= DATE '2021-01-01'`)
	require.Equal(t, "2 | 2021-01-02 | 10", text(got), "keys are compared as what they are")
	require.Equal(t, 1, got.PartitionsScanned)
	got = p.both(t, `SELECT n FROM t WHERE "my key" IS NULL`)
	require.Equal(t, "4", text(got))
	require.Equal(t, 1, got.PartitionsScanned)
}

func TestOddPartitionValues(t *testing.T) {
	p := newPart(t)
	table := glue.Table{Name: "t", Columns: testlake.Columns("n", "int"), PartitionKeys: testlake.Columns("key", "string")}
	for _, value := range []string{"%41", "*?[a]", "a b", "a%2Fb", "a/b", "a:b", "k=v", "é'\"\\"} { // in order
		p.Put(t, "t/key="+value+"/a.json", `{"n":1}`)
		table.Partitions = append(table.Partitions, p.Partition("t/key="+value, value))
	}
	p.Add(testlake.JSON, table)
	require.Equal(t, "8 | 8", text(p.both(t, `SELECT sum(n), count(DISTINCT key) FROM t`)))
	for _, partition := range table.Partitions {
		got := p.both(t, `SELECT key FROM t WHERE key = '`+sqlText(partition.Values[0])+`'`)
		require.Equal(t, partition.Values[0], text(got))
		require.Equal(t, 1, got.PartitionsScanned)
	}
}

func TestTheCatalogCanOnlyBeRead(t *testing.T) {
	_, err := metastore(shared, "dropTable", []string{"lake", "logs"})
	require.EqualError(t, err, "the catalog can only be read: dropTable")
}

// docs.aws.amazon.com/athena/latest/ug/updates-and-partitions.html
func TestPartitionsWithTheirOwnColumns(t *testing.T) {
	for _, c := range []struct {
		name string
		own  []glue.Column
		want string
	}{
		{"the table's", nil, ""},
		{"the same", testlake.Columns("a", "int", "b", "string"), ""},
		{"fewer", testlake.Columns("a", "int"), ""},
		{"more", testlake.Columns("a", "int", "b", "string", "c", "int"), ""},
		{"another type", testlake.Columns("a", "boolean", "b", "string"), "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition schemas. The types are incompatible and cannot be coerced. " +
			"The column 'a' in table '%s.t' is declared as type 'int', but partition 'year=2021' declared column 'a' as type 'boolean'."},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPart(t)
			p.Put(t, "t/year=2020/a.json", `{"a":1,"b":"x"}`)
			p.Put(t, "t/year=2021/a.json", `{"a":2}`)
			second := p.Partition("t/year=2021", "2021")
			second.Columns = c.own
			p.Add(testlake.JSON, glue.Table{
				Name: "t", Columns: testlake.Columns("a", "int", "b", "string"), PartitionKeys: testlake.Columns("year", "string"),
				Partitions: []glue.Partition{p.Partition("t/year=2020", "2020"), second},
			})
			if c.want == "" {
				require.Equal(t, "3 | 1", text(p.both(t, `SELECT sum(a), count(b) FROM t`)))
			} else {
				p.requireError(t, `SELECT sum(a), count(b) FROM t`, c.want)
			}
			require.Equal(t, "1", text(p.both(t, `SELECT sum(a) FROM t WHERE year = '2020'`)), "only the partitions that are read must agree")
		})
	}
}
