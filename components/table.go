package components

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/glue"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Table is a table of CSV objects with a header line, comma-separated and without quotes, in a folder a day, such as
// day=2026-07-01/. Its partitions are projected: Athena computes one for each day from FirstDay to tomorrow and looks into
// its folder, so that nobody adds any to the catalog.
type Table struct {
	// Name is the table's name: lower-case letters, digits and underscores, at most 255. Required.
	Name string
	// Description says what a row is, in at most 2,048 characters. Required.
	Description string
	// Prefix is the folder of the objects, ending with a slash. Required.
	Prefix string
	// Columns are what the objects hold, in their order: at least one, no name twice. Required.
	Columns []Column
	// DateKey is the partition key, a string such as 2026-07-01: what the folders are named after, in lower-case letters,
	// digits and underscores, at most 255. Required.
	DateKey string
	// FirstDay is the first day that queries see, as YYYY-MM-DD. A query that doesn't say which days it is about looks into
	// the folder of every day since, at the price of a request each: the nearer to the data's first day, the better.
	// Default: 2020-01-01.
	FirstDay string
}

// Column is a column of a table.
type Column struct {
	// Name is lower-case letters, digits and underscores, at most 255. Required.
	Name string
	// Type is a primitive type of Hive, such as string, bigint, double, date or decimal(10,2). Required.
	Type string
	// Comment says what a value is and its unit, in at most 255 characters. Optional.
	Comment string
}

// catalogNameForm says what catalogName takes.
const catalogNameForm = "give lower-case letters, digits and underscores, at most 255"

var columnType = regexp.MustCompile(`^(boolean|tinyint|smallint|int|bigint|float|double|string|date|timestamp|(char|varchar)\([1-9][0-9]*\)|decimal\([1-9][0-9]?,[0-9]{1,2}\))$`)

// Limits of the Glue API, in characters: https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html
// https://docs.aws.amazon.com/glue/latest/webapi/API_TableInput.html
const maxDescription, maxComment = 2048, 255

// check reports what is wrong with the table, but for its Prefix, which is checked beside the others of its bucket.
func (t Table) check() error {
	var faults []error
	fault := func(format string, values ...any) { faults = append(faults, fmt.Errorf(format, values...)) }
	if !catalogName.MatchString(t.Name) {
		fault("Table.Name is %q: %s", t.Name, catalogNameForm)
	}
	if length := len([]rune(t.Description)); length == 0 || length > maxDescription {
		fault("Table.Description has %d characters: say what a row is, in 1 to %d", length, maxDescription)
	}
	if len(t.Columns) == 0 {
		fault("Table has no Columns: give at least one")
	}
	if !catalogName.MatchString(t.DateKey) {
		fault("Table.DateKey is %q: %s", t.DateKey, catalogNameForm)
	}
	if _, err := time.Parse(time.DateOnly, t.FirstDay); err != nil {
		fault("Table.FirstDay is %q: give a day that exists, such as 2026-01-31", t.FirstDay)
	}
	seen := map[string]bool{t.DateKey: true}
	for i, column := range t.Columns {
		place := fmt.Sprintf("Table.Columns[%d]", i)
		if !catalogName.MatchString(column.Name) {
			fault("%s.Name is %q: %s", place, column.Name, catalogNameForm)
		} else if seen[column.Name] {
			fault("%s.Name is %q, which another has, or the DateKey: give each a name of its own", place, column.Name)
		}
		seen[column.Name] = true
		if !columnType.MatchString(column.Type) {
			fault("%s.Type is %q: give a primitive type of Hive such as string, bigint, double, date or decimal(10,2)", place, column.Type)
		}
		if length := len([]rune(column.Comment)); length > maxComment {
			fault("%s.Comment has %d characters: Glue takes at most %d", place, length, maxComment)
		}
	}
	return errors.Join(faults...)
}

const (
	lazySimpleSerDe  = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
	textInputFormat  = "org.apache.hadoop.mapred.TextInputFormat"
	textOutputFormat = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
)

// table registers a table of a bucket. LazySimpleSerDe reads empty numbers as null; it does not know quotes.
func (s scope) table(table Table, bucket Bucket, database pulumi.StringOutput, protect bool) (*glue.CatalogTable, error) {
	var columns glue.CatalogTableStorageDescriptorColumnArray
	for _, column := range table.Columns {
		columns = append(columns, glue.CatalogTableStorageDescriptorColumnArgs{
			Name: pulumi.String(column.Name), Type: pulumi.String(column.Type), Comment: optional(column.Comment),
		})
	}
	registered, err := glue.NewCatalogTable(s.ctx, s.name+"-table", &glue.CatalogTableArgs{
		DatabaseName: database,
		Name:         pulumi.String(table.Name),
		Description:  pulumi.String(table.Description),
		TableType:    pulumi.String("EXTERNAL_TABLE"),
		Parameters:   table.parameters(bucket),
		PartitionKeys: glue.CatalogTablePartitionKeyArray{
			glue.CatalogTablePartitionKeyArgs{Name: pulumi.String(table.DateKey), Type: pulumi.String("string")},
		},
		StorageDescriptor: &glue.CatalogTableStorageDescriptorArgs{
			Location:     bucket.URI(table.Prefix),
			InputFormat:  pulumi.String(textInputFormat),
			OutputFormat: pulumi.String(textOutputFormat),
			Columns:      columns,
			SerDeInfo: &glue.CatalogTableStorageDescriptorSerDeInfoArgs{
				SerializationLibrary: pulumi.String(lazySimpleSerDe),
				Parameters:           pulumi.StringMap{"field.delim": pulumi.String(",")},
			},
		},
	}, append(protection(protect), append(s.holding, pulumi.DeleteBeforeReplace(true))...)...)
	if err != nil {
		return nil, fmt.Errorf("register table %q: %w", table.Name, err)
	}
	return registered, nil
}

// parameters say how the objects are read, and which partitions Athena projects. NOW is in UTC, and a day begins up to 14
// hours earlier elsewhere.
//
// https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
func (t Table) parameters(bucket Bucket) pulumi.StringMap {
	projection := "projection." + t.DateKey + "."
	return pulumi.StringMap{
		"classification":             pulumi.String("csv"),
		"skip.header.line.count":     pulumi.String("1"),
		"projection.enabled":         pulumi.String("true"),
		projection + "type":          pulumi.String("date"),
		projection + "format":        pulumi.String("yyyy-MM-dd"),
		projection + "range":         pulumi.String(t.FirstDay + ",NOW+1DAYS"),
		projection + "interval":      pulumi.String("1"),
		projection + "interval.unit": pulumi.String("DAYS"),
		"storage.location.template":  bucket.URI(fmt.Sprintf("%s%s=${%[2]s}/", t.Prefix, t.DateKey)),
	}
}
