package glue

import (
	"testing"
	"time"

	"datalake/local/fault"
	"datalake/local/objects"

	"github.com/stretchr/testify/require"
)

type stopped struct{}

func (stopped) Now() time.Time       { return time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC) }
func (stopped) At(time.Time, func()) {}

func TestTablesThatAreDefined(t *testing.T) {
	store, err := objects.Open(t.TempDir())
	require.NoError(t, err)
	catalog := NewCatalog()
	g := New(store, catalog, stopped{})
	table := Table{Database: "lake", Name: "weather", PartitionKeys: []Column{{"date", "string"}}}
	require.ErrorAs(t, g.CreateTable(table), new(*fault.Error), "the database comes first")
	require.NoError(t, g.CreateDatabase("lake"))
	require.NoError(t, g.CreateTable(table))
	require.ErrorContains(t, g.CreateTable(Table{Database: "lake", Name: "Weather"}), "upper case")

	found, _ := catalog.Table("lake", "weather")
	found.Partitions = []Partition{{Values: []string{"2026-01-01"}, Location: "s3://lake/2026-01-01/"}}
	catalog.put(found)
	require.NoError(t, g.CreateTable(table), "defined again, as each run does")
	kept, _ := catalog.Table("lake", "weather")
	require.Equal(t, found.Partitions, kept.Partitions)
}
