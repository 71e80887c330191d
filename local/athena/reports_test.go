package athena

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"datalake/local/glue"
	"datalake/local/trino/testlake"
)

// usageLake has the sample: a table of users' usage by year, month and day, an object for each user and day.
func usageLake(t testing.TB, years, months, days int) lake {
	t.Helper()
	l := newLake(t)
	table := glue.Table{
		Name: "usage", Columns: testlake.Columns("usage", "int", "user", "string"),
		PartitionKeys: testlake.Columns("year", "string", "month", "string", "date", "string"),
	}
	daily := []int{672, 25, 32, 1, 0, 500, 7000, 13, 12, 120, 5}
	for y := 2022 - years; y < 2022; y++ {
		for m := 1; m <= months; m++ {
			for d := 1; d <= days; d++ {
				year, month, date := fmt.Sprint(y), fmt.Sprintf("%02d", m), fmt.Sprintf("%d-%02d-%02d", y, m, d)
				folder := fmt.Sprintf("usage/year=%s/month=%s/date=%s", year, month, date)
				table.Partitions = append(table.Partitions, l.Partition(folder, year, month, date))
				for u, n := range daily {
					user := fmt.Sprintf("user-%011d", u+1)
					l.Put(t, folder+"/"+date+"_"+user+".json", fmt.Sprintf(`{"usage":%d,"user":"%s"}`, n, user))
				}
			}
		}
	}
	l.Add(testlake.JSON, table)
	return l
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
	l := usageLake(t, 6, 2, 3)
	all := l.query(allTime)
	require.NoError(t, all.Error)
	require.Equal(t, []string{"user", "total_usage"}, all.Columns)
	require.Len(t, all.Rows, 12)
	require.Equal(t, []any{"user-00000000001", int64(672 * 36)}, all.Rows[0])
	require.Equal(t, []any{"total", int64(8380 * 36)}, all.Rows[11])
	require.Equal(t, [2]int{36, 36}, [2]int{all.PartitionsScanned, all.PartitionsTotal})
	require.Equal(t, int64(36*(11*len(`{"usage":,"user":"user-00000000001"}`)+len("672253210500700013121205"))), all.DataScannedInBytes)

	pruned := l.query(only2021)
	require.NoError(t, pruned.Error)
	require.Equal(t, []any{"total", int64(8380 * 6)}, pruned.Rows[11])
	require.Equal(t, [2]int{6, 36}, [2]int{pruned.PartitionsScanned, pruned.PartitionsTotal})
	require.Equal(t, all.DataScannedInBytes, 6*pruned.DataScannedInBytes)
}

func BenchmarkReports(b *testing.B) {
	l := usageLake(b, 6, 12, 27)
	for _, report := range []struct{ name, sql string }{{"AllTime", allTime}, {"Only2021", only2021}} {
		b.Run(report.name, func(b *testing.B) {
			for b.Loop() {
				query := l.query(report.sql)
				require.NoError(b, query.Error)
				b.ReportMetric(float64(query.DataScannedInBytes), "scanned-B")
			}
		})
	}
}
