package athena

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"datalake/local/objects"
)

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

type fixedClock struct{}

func (fixedClock) Now() time.Time { return now }

// tables is a catalog by "database.table".
type tables map[string]Table

func (t tables) Table(database, name string) (Table, bool) {
	table, ok := t[database+"."+name]
	return table, ok
}

const openX = "org.openx.data.jsonserde.JsonSerDe"

// lake is an Athena with a store and a catalog to fill.
type lake struct {
	*Athena
	store  *objects.Store
	tables tables
}

func newLake(t testing.TB) lake {
	t.Helper()
	store, err := objects.Open(t.TempDir())
	require.NoError(t, err)
	for _, bucket := range []string{"data", "results"} {
		require.NoError(t, store.CreateBucket(bucket))
	}
	l := lake{store: store, tables: tables{}}
	l.Athena, err = New(Config{
		Objects: store,
		Catalog: l.tables,
		Clock:   fixedClock{},
		Workgroups: map[string]Workgroup{
			"reports": {OutputLocation: "s3://results/reports"},
			"frugal":  {OutputLocation: "s3://results/", BytesScannedCutoffPerQuery: 30},
			"floor":   {OutputLocation: "s3://results/", BytesScannedCutoffPerQuery: 10_485_760},
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func (l lake) put(t testing.TB, key, body string) {
	t.Helper()
	require.NoError(t, l.store.Put("data", key, []byte(body), now))
}

// query runs a query and returns its record.
func (l lake) query(sql string) (Query, error) {
	_, _, err := l.Start(map[string]any{"QueryString": sql, "WorkGroup": "reports", "QueryExecutionContext": map[string]any{"Database": "lake"}})
	if queries := l.Queries(); len(queries) > 0 {
		return queries[len(queries)-1], err
	}
	return Query{}, err
}

// usage fills the lake with the sample: a table of users' usage by year, month and day.
func (l lake) usage(t testing.TB, years, months, days int) {
	t.Helper()
	table := Table{
		Database: "lake", Name: "usage", Location: "s3://data/usage/", SerDe: openX,
		SerDeParameters: map[string]string{"paths": "usage,user"},
		Columns:         []Column{{"usage", "int"}, {"user", "string"}},
		PartitionKeys:   []Column{{"year", "string"}, {"month", "string"}, {"date", "string"}},
	}
	daily := []int{672, 25, 32, 1, 0, 500, 7000, 13, 12, 120, 5}
	for y := range years {
		for m := range months {
			for d := range days {
				year, month := fmt.Sprint(2021-y), fmt.Sprintf("%02d", m+1)
				date := fmt.Sprintf("%s-%s-%02d", year, month, d+1)
				folder := fmt.Sprintf("usage/year=%s/month=%s/date=%s/", year, month, date)
				table.Partitions = append(table.Partitions, Partition{Values: []string{year, month, date}, Location: "s3://data/" + folder})
				for u, n := range daily {
					user := fmt.Sprintf("user-%011d", u+1)
					l.put(t, folder+date+"_"+user+".json", fmt.Sprintf(`{"usage":%d,"user":"%s"}`, n, user))
				}
			}
		}
	}
	l.tables["lake.usage"] = table
}

const (
	allTime = `-- Usage per user, and in total.
SELECT
  CASE WHEN GROUPING(summary."user") = 1 THEN 'total' ELSE summary."user" END AS "user",
  SUM(summary.usage) AS total_usage
FROM usage AS summary
GROUP BY GROUPING SETS ((summary."user"), ())
ORDER BY GROUPING(summary."user"), "user"`
	only2021 = `SELECT COALESCE("user", 'total') AS name, SUM(usage) AS total_usage
FROM usage WHERE year = '2021' GROUP BY GROUPING SETS (("user"), ()) ORDER BY GROUPING(usage."user"), name`
)

func TestReports(t *testing.T) {
	l := newLake(t)
	l.usage(t, 6, 2, 3)
	all, err := l.query(allTime)
	require.NoError(t, err)
	require.Equal(t, []string{"user", "total_usage"}, all.Columns)
	require.Len(t, all.Rows, 12)
	require.Equal(t, []any{"user-00000000001", int64(672 * 36)}, all.Rows[0])
	require.Equal(t, []any{"total", int64(8380 * 36)}, all.Rows[11])
	require.Equal(t, [2]int{36, 36}, [2]int{all.PartitionsScanned, all.PartitionsTotal})

	pruned, err := l.query(only2021)
	require.NoError(t, err)
	require.Equal(t, []any{"total", int64(8380 * 6)}, pruned.Rows[11])
	require.Equal(t, [2]int{6, 36}, [2]int{pruned.PartitionsScanned, pruned.PartitionsTotal})
	require.Equal(t, all.DataScannedInBytes, 6*pruned.DataScannedInBytes)
}

func BenchmarkReports(b *testing.B) {
	l := newLake(b)
	l.usage(b, 6, 12, 27)
	for name, sql := range map[string]string{"AllTime": allTime, "Only2021": only2021} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				query, err := l.query(sql)
				require.NoError(b, err)
				b.ReportMetric(float64(query.DataScannedInBytes), "scanned-B")
			}
		})
	}
}
