package trino

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"datalake/local/glue"
	"datalake/local/trino/testlake"
)

type stopped struct{}

func (stopped) Now() time.Time       { return now }
func (stopped) At(time.Time, func()) {}

// Trino has a projection of its own, Athena's in all but name. The partitions that are computed for it give the same rows,
// and count the days alone that hold objects.
func TestPartitionsThatAreProjected(t *testing.T) {
	p := newPart(t)
	for _, day := range []string{"2025-12-31", "2026-01-01", "2026-01-02", "2026-01-09", "2026-11-23", "2026-11-24"} {
		p.Put(t, "days/date="+day+"/a.csv", "plant,n\nhue,1\n")
	}
	p.Put(t, "days/plant=hue/date=2026-01-03/a.csv", "plant,n\nhue,1\n") // as an earlier layout had it
	table := glue.Table{Database: p.Name, Name: "days", Columns: testlake.Columns("plant", "string", "n", "int"), PartitionKeys: testlake.Columns("date", "string")}
	table.SerDe.Parameters = map[string]string{"field.delim": ","}
	projection := map[string]string{
		"projection.enabled": "true", "projection.date.type": "date", "projection.date.format": "yyyy-MM-dd",
		"projection.date.range": "2026-01-01,2026-11-23", "storage.location.template": p.URI("days/date=${date}/"),
	}
	table.Parameters = map[string]string{"skip.header.line.count": "1"}
	maps.Copy(table.Parameters, projection)
	p.Add(testlake.CSV, table)

	computed := table
	computed.Name, computed.Location = "computed", p.URI("days/")
	computed, err := glue.New(p.Objects, glue.NewCatalog(), stopped{}).Projected(computed)
	require.NoError(t, err)
	p.Add(testlake.CSV, computed)

	for sql, want := range map[string]struct {
		days    string
		scanned int
	}{
		"":                              {"2026-01-01\n2026-01-02\n2026-01-09\n2026-11-23", 4},
		`WHERE "date" = '2026-01-02'`:   {"2026-01-02", 1},
		`WHERE "date" = '2026-01-03'`:   {"", 0},
		`WHERE "date" >= '2026-01-02'`:  {"2026-01-02\n2026-01-09\n2026-11-23", 3},
		`WHERE "date" LIKE '2026-01-%'`: {"2026-01-01\n2026-01-02\n2026-01-09", 3},
		`WHERE "date" BETWEEN '2025-01-01' AND '2026-01-01' AND plant = 'hue'`:     {"2026-01-01", 1},
		`WHERE CAST("date" AS date) > DATE '2026-01-02' AND "date" < '2026-02'`:    {"2026-01-09", 1},
		`WHERE "date" IN ('2025-12-31', '2026-01-09', '2026-11-24', 'not a date')`: {"2026-01-09", 1},
	} {
		t.Run(sql, func(t *testing.T) {
			own := p.run(t, `SELECT "date" FROM days `+sql+` ORDER BY 1`)
			require.Equal(t, want.days, text(own), "Trino's own projection")
			got := p.run(t, `SELECT "date" FROM computed `+sql+` ORDER BY 1`)
			require.Equal(t, want.days, text(got))
			require.Equal(t, own.Bytes, got.Bytes)
			require.Equal(t, [2]int{want.scanned, 4}, [2]int{got.PartitionsScanned, got.PartitionsTotal})
		})
	}
}
