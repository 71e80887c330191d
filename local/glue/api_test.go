package glue

import (
	"fmt"
	"testing"
	"time"

	"datalake/local/fault"
	"datalake/local/objects"

	"github.com/stretchr/testify/require"
)

type stopped struct{}

func (stopped) Now() time.Time       { return time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC) }
func (stopped) At(time.Time, func()) {}

func TestDefinedTablesTakePartitions(t *testing.T) {
	store, err := objects.Open(t.TempDir())
	require.NoError(t, err)
	catalog := NewCatalog()
	g := New(store, catalog, stopped{})
	table := Table{Database: "lake", Name: "weather", PartitionKeys: []Column{{"location", "string"}, {"date", "string"}}}
	require.ErrorAs(t, g.CreateTable(table), new(*fault.Error), "the database comes first")
	require.NoError(t, g.CreateDatabase("lake"))
	require.NoError(t, g.CreateTable(table))
	require.ErrorContains(t, g.CreateTable(Table{Database: "lake", Name: "Weather"}), "upper case")

	partition := func(location, date string) Partition {
		return Partition{Values: []string{location, date}, Location: "s3://lake/" + location + "/" + date + "/"}
	}
	existing, err := g.CreatePartitions("lake", "weather", []Partition{partition("b", "2026-01-02"), partition("a", "2026-01-03")})
	require.NoError(t, err)
	require.Empty(t, existing)
	existing, err = g.CreatePartitions("lake", "weather", []Partition{partition("a", "2026-01-01"), partition("b", "2026-01-02")})
	require.NoError(t, err)
	require.Equal(t, [][]string{{"b", "2026-01-02"}}, existing)

	require.NoError(t, g.CreateTable(table), "defined again, as each run does")
	kept, _ := catalog.Table("lake", "weather")
	var values []string
	for _, p := range kept.Partitions {
		values = append(values, fmt.Sprint(p.Values))
	}
	require.Equal(t, []string{"[a 2026-01-01]", "[a 2026-01-03]", "[b 2026-01-02]"}, values, "in the order of their values")
}

func TestPartitionsThatAreRefused(t *testing.T) {
	store, err := objects.Open(t.TempDir())
	require.NoError(t, err)
	g := New(store, NewCatalog(), stopped{})
	require.NoError(t, g.CreateDatabase("lake"))
	require.NoError(t, g.CreateTable(Table{Database: "lake", Name: "weather", PartitionKeys: []Column{{"date", "string"}}}))
	for says, call := range map[string]func() ([][]string, error){
		"Glue.EntityNotFoundException":           func() ([][]string, error) { return g.CreatePartitions("lake", "wether", nil) },
		"at most 100":                            func() ([][]string, error) { return g.CreatePartitions("lake", "weather", make([]Partition, 101)) },
		"do not match the number of partition v": func() ([][]string, error) { return g.CreatePartitions("lake", "weather", make([]Partition, 1)) },
	} {
		_, err := call()
		require.ErrorContains(t, err, says)
	}
}
