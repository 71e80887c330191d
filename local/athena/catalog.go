package athena

import (
	"fmt"
	"strings"
)

// Catalog is what Athena needs of a data catalog. Database and table names are lower case.
type Catalog interface {
	// Table returns the table, or false if there is none.
	Table(database, name string) (Table, bool)
}

// Table is a catalog table as a Glue crawler writes it.
type Table struct {
	Database string
	Name     string
	// Location is an s3:// URI. It is read only if the table has no partition keys.
	Location      string
	Columns       []Column
	PartitionKeys []Column
	Partitions    []Partition
	// Parameters are the table's: skip.header.line.count is read.
	Parameters map[string]string
	// SerDe is the Java class that reads the objects: the OpenX or Hive JsonSerDe, LazySimpleSerDe or OpenCSVSerde.
	SerDe           string
	SerDeParameters map[string]string
}

// Column is a column or partition key. Its name is lower case, its type one of Hive's, such as int or struct<a:string>.
type Column struct {
	Name string
	Type string
}

// Partition is a partition that the catalog knows. Its values are in the order of the table's partition keys, and its objects lie under Location, whatever that is called.
type Partition struct {
	Values   []string
	Location string
	// Columns are the partition's own, where they differ from the table's; nil where they do not. Athena reads JSON and CSV by
	// the table's columns, and refuses a partition whose column in the same place has another type.
	Columns []Column
}

// nullPartition is the value that Hive gives a partition whose key is null.
const nullPartition = "__HIVE_DEFAULT_PARTITION__"

// location splits an s3:// URI into the bucket and the prefix that all objects below it share.
func location(uri string) (bucket, prefix string, err error) {
	path, ok := strings.CutPrefix(uri, "s3://")
	bucket, prefix, _ = strings.Cut(path, "/")
	if !ok || bucket == "" {
		return "", "", fmt.Errorf("location %q is not an s3:// URI: write s3://bucket/prefix/", uri)
	}
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	return bucket, prefix, nil
}
