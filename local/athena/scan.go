package athena

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"datalake/local/objects"
)

// scan is one reference to a table in a query.
type scan struct {
	table Table
	// columns are the table's columns, then its partition keys, as SELECT * has them.
	columns     []scanColumn
	dataColumns int
	partitions  []partition
	newRows     func(*scan, io.Reader) (rowReader, error)
	store       *objects.Store
	// reads are the objects that are left to read once the partitions are chosen.
	reads []read
	// fail keeps the error that ends the query.
	fail func(error) error
}

type scanColumn struct {
	name   string
	hive   hiveType
	duckdb duckdb.TypeInfo
}

// partition is a partition with its values as DuckDB takes them. A table without partition keys is one partition.
type partition struct {
	values   []any
	location string
	// columns are the partition's own; nil if they are the table's.
	columns []Column
}

// read is an object to read and the partition that it belongs to.
type read struct {
	bucket    string
	object    objects.Object
	partition *partition
}

// rowReader gives an object's rows, a value for each data column, then io.EOF.
type rowReader interface {
	next() ([]any, error)
}

var rowReaders = map[string]func(*scan, io.Reader) (rowReader, error){
	"org.openx.data.jsonserde.JsonSerDe":                 newJSONRows,
	"org.apache.hive.hcatalog.data.JsonSerDe":            newJSONRows,
	"org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe": newLazyRows,
	"org.apache.hadoop.hive.serde2.OpenCSVSerde":         newOpenCSVRows,
}

// serDeParameters are those that a reader heeds, and those that change nothing here:
// paths lists the JSON's keys in their own case, and keys are matched without regard to it.
var serDeParameters = []string{"paths", "serialization.format", "field.delim", "serialization.null.format", "escape.delim", "separatorChar", "quoteChar", "escapeChar"}

func newScan(store *objects.Store, table Table, fail func(error) error) (*scan, error) {
	s := &scan{table: table, store: store, fail: fail, dataColumns: len(table.Columns), newRows: rowReaders[table.SerDe]}
	name := table.Database + "." + table.Name
	if s.newRows == nil {
		return nil, fmt.Errorf("NOT_SUPPORTED: table %s: SerDe %q is not supported locally: use a JSON or CSV SerDe", name, table.SerDe)
	}
	for parameter := range table.SerDeParameters {
		if !slices.Contains(serDeParameters, parameter) && !strings.HasPrefix(parameter, "mapping.") {
			return nil, fmt.Errorf("NOT_SUPPORTED: table %s: SerDe parameter %q is not supported locally", name, parameter)
		}
	}
	for _, column := range slices.Concat(table.Columns, table.PartitionKeys) {
		hive, err := parseHiveType(column.Type)
		if err != nil {
			return nil, fmt.Errorf("NOT_SUPPORTED: table %s: column %s: %w", name, column.Name, err)
		}
		info, err := hive.duckdb()
		if err != nil {
			return nil, fmt.Errorf("NOT_SUPPORTED: table %s: column %s: %w", name, column.Name, err)
		}
		s.columns = append(s.columns, scanColumn{column.Name, hive, info})
	}
	if len(table.PartitionKeys) == 0 {
		s.partitions = []partition{{location: table.Location}}
	}
	for _, p := range table.Partitions {
		values, err := s.partitionValues(p)
		if err != nil {
			return nil, fmt.Errorf("HIVE_INVALID_PARTITION_VALUE: table %s: partition %s: %w", name, p.Location, err)
		}
		s.partitions = append(s.partitions, partition{values, p.Location, p.Columns})
	}
	return s, nil
}

func (s *scan) partitionValues(p Partition) ([]any, error) {
	keys := s.columns[s.dataColumns:]
	if len(p.Values) != len(keys) {
		return nil, fmt.Errorf("%d values for %d partition keys", len(p.Values), len(keys))
	}
	values := make([]any, len(keys))
	for i, key := range keys {
		if p.Values[i] == nullPartition {
			continue
		}
		var err error
		if values[i], err = key.hive.parse(p.Values[i]); err != nil {
			return nil, fmt.Errorf("key %s: %w", key.name, err)
		}
	}
	return values, nil
}

// objects lists what is to be read of a partition: all but folder markers and hidden objects, whose name starts with _ or a dot.
func (s *scan) objects(p *partition) ([]read, error) {
	if err := s.checkColumns(p); err != nil {
		return nil, err
	}
	bucket, prefix, err := location(p.location)
	if err != nil {
		return nil, fmt.Errorf("table %s.%s: %w", s.table.Database, s.table.Name, err)
	}
	listed, err := s.store.List(bucket, prefix)
	if err != nil {
		return nil, fmt.Errorf("table %s.%s: %w", s.table.Database, s.table.Name, err)
	}
	var reads []read
	for _, object := range listed {
		name := path.Base(object.Key)
		if strings.HasSuffix(object.Key, "/") || name[0] == '_' || name[0] == '.' {
			continue
		}
		reads = append(reads, read{bucket, object, p})
	}
	return reads, nil
}

// open begins to read an object, of which no more than a line is held at once; a name ending in .gz is compressed, as Hadoop has it.
func (s *scan) open(r read) (rowReader, io.Closer, error) {
	body, err := s.store.Reader(r.bucket, r.object.Key)
	if err != nil {
		return nil, nil, err
	}
	text := io.Reader(body)
	switch extension := path.Ext(r.object.Key); extension {
	case ".gz":
		text, err = gzip.NewReader(bufio.NewReaderSize(body, 64<<10))
		if err != nil {
			err = fmt.Errorf("HIVE_CURSOR_ERROR: %w", err)
		}
	case ".bz2", ".snappy", ".lz4", ".zst", ".lzo", ".deflate":
		err = fmt.Errorf("NOT_SUPPORTED: compression %s is not supported locally: use gzip (.gz) or none", extension)
	}
	if err != nil {
		return nil, nil, errors.Join(err, body.Close())
	}
	rows, err := s.newRows(s, text)
	if err != nil {
		return nil, nil, errors.Join(err, body.Close())
	}
	return rows, body, nil
}

// scanSource is a scan as DuckDB binds it. A query may bind the same scan more than once.
type scanSource struct {
	*scan
	// at is the next read; rows are those of the one before it, and object is what they are read from.
	at     int
	rows   rowReader
	object io.Closer
}

// ColumnInfos implements duckdb.RowTableSource.
func (s *scanSource) ColumnInfos() []duckdb.ColumnInfo {
	infos := make([]duckdb.ColumnInfo, len(s.columns))
	for i, column := range s.columns {
		infos[i] = duckdb.ColumnInfo{Name: column.name, T: column.duckdb}
	}
	return infos
}

// Cardinality implements duckdb.RowTableSource.
func (s *scanSource) Cardinality() *duckdb.CardinalityInfo {
	return &duckdb.CardinalityInfo{Cardinality: uint(len(s.reads))}
}

// Init implements duckdb.RowTableSource.
func (s *scanSource) Init() {
	s.finish()
	s.at = 0
}

// finish closes the object at hand, if there is one.
func (s *scanSource) finish() {
	if s.object != nil {
		_ = s.object.Close() // it was only read
	}
	s.rows, s.object = nil, nil
}

// FillRow implements duckdb.RowTableSource.
func (s *scanSource) FillRow(row duckdb.Row) (bool, error) {
	for {
		if s.rows == nil {
			if s.at == len(s.reads) {
				return false, nil
			}
			rows, object, err := s.open(s.reads[s.at])
			s.at++
			if err != nil {
				return false, s.failAt(err)
			}
			s.rows, s.object = rows, object
		}
		values, err := s.rows.next()
		if err == io.EOF { // the end itself, not an error because of it
			s.finish()
			continue
		}
		if err != nil {
			return false, s.failAt(err)
		}
		return true, s.set(row, values)
	}
}

func (s *scanSource) set(row duckdb.Row, values []any) error {
	for i, value := range values {
		if err := row.SetRowValue(i, value); err != nil {
			return s.failAt(fmt.Errorf("column %s: %w", s.columns[i].name, err))
		}
	}
	for i, value := range s.reads[s.at-1].partition.values {
		if err := row.SetRowValue(s.dataColumns+i, value); err != nil {
			return s.failAt(fmt.Errorf("partition key %s: %w", s.columns[s.dataColumns+i].name, err))
		}
	}
	return nil
}

// failAt ends the query with an error in the object at hand.
func (s *scanSource) failAt(err error) error {
	s.finish()
	read := s.reads[s.at-1]
	return s.fail(fmt.Errorf("%w (object s3://%s/%s)", err, read.bucket, read.object.Key))
}

// partitionSource gives the partitions of a scan, a row each: its number and its keys as k0, k1, ….
type partitionSource struct {
	*scan
	at int
}

// ColumnInfos implements duckdb.RowTableSource.
func (s *partitionSource) ColumnInfos() []duckdb.ColumnInfo {
	number, _ := duckdb.NewTypeInfo(duckdb.TYPE_BIGINT)
	infos := []duckdb.ColumnInfo{{Name: "partition", T: number}}
	for i, key := range s.columns[s.dataColumns:] {
		infos = append(infos, duckdb.ColumnInfo{Name: partitionColumn(i), T: key.duckdb})
	}
	return infos
}

func partitionColumn(i int) string { return fmt.Sprintf("k%d", i) }

// Cardinality implements duckdb.RowTableSource.
func (s *partitionSource) Cardinality() *duckdb.CardinalityInfo { return nil }

// Init implements duckdb.RowTableSource.
func (s *partitionSource) Init() { s.at = 0 }

// FillRow implements duckdb.RowTableSource.
func (s *partitionSource) FillRow(row duckdb.Row) (bool, error) {
	if s.at == len(s.partitions) {
		return false, nil
	}
	if err := row.SetRowValue(0, int64(s.at)); err != nil {
		return false, err
	}
	for i, value := range s.partitions[s.at].values {
		if err := row.SetRowValue(i+1, value); err != nil {
			return false, err
		}
	}
	s.at++
	return true, nil
}
