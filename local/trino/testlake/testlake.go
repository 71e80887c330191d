// Package testlake is a lake for the tests of what queries one: a store and a catalog, of which each test has a part to itself.
package testlake

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"datalake/local/glue"
	"datalake/local/objects"
)

// Lake is a store, and the catalog of the tables in it. Trino asks for tables while tests add some.
type Lake struct {
	Objects   *objects.Store
	lock      sync.Mutex
	databases map[string]map[string]glue.Table
}

// Open makes a lake, empty, in a directory.
func Open(directory string) (*Lake, error) {
	store, err := objects.Open(directory)
	return &Lake{Objects: store, databases: map[string]map[string]glue.Table{}}, err
}

// Databases, Tables and Table are those of a catalog. Case does not matter, as in Athena's.
func (l *Lake) Databases() []string {
	l.lock.Lock()
	defer l.lock.Unlock()
	return slices.Sorted(maps.Keys(l.databases))
}

func (l *Lake) Tables(database string) ([]glue.Table, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	tables, ok := l.databases[strings.ToLower(database)]
	if !ok {
		return nil, fmt.Errorf("no database %s", database)
	}
	return slices.Collect(maps.Values(tables)), nil
}

func (l *Lake) Table(database, name string) (glue.Table, bool) {
	l.lock.Lock()
	defer l.lock.Unlock()
	table, ok := l.databases[strings.ToLower(database)][strings.ToLower(name)]
	return table, ok
}

// Part is a test's own part of a lake: a database and a bucket of one name.
type Part struct {
	*Lake
	Name string
}

// Put is when the objects of tests are put.
var Put = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// Part makes a part with a name that no other has.
func (l *Lake) Part(t testing.TB) Part {
	t.Helper()
	l.lock.Lock()
	defer l.lock.Unlock()
	name := fmt.Sprintf("part%d", len(l.databases)+1)
	l.databases[name] = map[string]glue.Table{}
	require.NoError(t, l.Objects.CreateBucket(name))
	return Part{l, name}
}

// Put puts an object into the part's bucket.
func (p Part) Put(t testing.TB, key, body string) {
	t.Helper()
	require.NoError(t, p.Objects.Put(p.Name, key, []byte(body), Put))
}

// Columns are columns of such names and types: "n", "int", "day", "date".
func Columns(namesAndTypes ...string) []glue.Column {
	columns := make([]glue.Column, 0, len(namesAndTypes)/2)
	for pair := range slices.Chunk(namesAndTypes, 2) {
		columns = append(columns, glue.Column{Name: pair[0], Type: pair[1]})
	}
	return columns
}

// Format is how objects are turned into rows.
type Format struct{ serDe, input, output string }

// The formats of the lake, by the classes that a crawler writes for them.
var (
	JSON = Format{
		"org.openx.data.jsonserde.JsonSerDe",
		"org.apache.hadoop.mapred.TextInputFormat",
		"org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
	}
	CSV     = Format{"org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", JSON.input, JSON.output}
	Parquet = Format{
		"org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
		"org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
		"org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
	}
)

// Add adds a table, or replaces the one of its name. Its objects lie in the folder of its name unless it says otherwise.
func (p Part) Add(format Format, table glue.Table) {
	table.Database = p.Name
	table.InputFormat, table.OutputFormat, table.SerDe.Library = format.input, format.output, format.serDe
	if table.Location == "" {
		table.Location = p.URI(table.Name + "/")
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.databases[p.Name][table.Name] = table
}

// URI is where an object or a folder lies.
func (p Part) URI(key string) string { return "s3://" + p.Name + "/" + key }

// Partition is the partition of some values whose objects lie in a folder, without its slash at the end.
func (p Part) Partition(folder string, values ...string) glue.Partition {
	return glue.Partition{Values: values, Location: p.URI(folder + "/")}
}
