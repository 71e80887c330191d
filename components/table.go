package components

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/glue"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Table is a table of CSV objects with a header line, comma-separated and without quotes, in folders named after the
// partition keys, such as year=2026/month=07/.
type Table struct {
	// Name is the table's name: lower-case letters, digits and underscores, at most 255. Required.
	Name string
	// Description says what a row is, in at most 2,048 characters. Required.
	Description string
	// Prefix is the folder of the objects, ending with a slash. Required.
	Prefix string
	// Columns are what the objects hold, in their order; PartitionKeys what their folders are named after, outermost
	// first. At least one of each, no name twice. Required.
	Columns, PartitionKeys []Column
}

// Column is a column or a partition key of a table.
type Column struct {
	// Name is lower-case letters, digits and underscores, at most 255. Required.
	Name string
	// Type is a primitive type of Hive, such as string, bigint, double, date or decimal(10,2); of a partition key
	// string, date, int or bigint, whose values have one spelling. Required.
	Type string
	// Comment says what a value is and its unit, in at most 255 characters. Optional.
	Comment string
}

// catalogNameForm says what catalogName takes.
const catalogNameForm = "give lower-case letters, digits and underscores, at most 255"

var (
	columnType       = regexp.MustCompile(`^(boolean|tinyint|smallint|int|bigint|float|double|string|date|timestamp|(char|varchar)\([1-9][0-9]*\)|decimal\([1-9][0-9]?,[0-9]{1,2}\))$`)
	partitionKeyType = regexp.MustCompile(`^(string|date|int|bigint)$`)
)

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
	if len(t.Columns) == 0 || len(t.PartitionKeys) == 0 {
		fault("Table has %d Columns and %d PartitionKeys: give at least one of each", len(t.Columns), len(t.PartitionKeys))
	}
	seen := map[string]bool{}
	check := func(field string, columns []Column, types *regexp.Regexp, give string) {
		for i, column := range columns {
			place := fmt.Sprintf("Table.%s[%d]", field, i)
			if !catalogName.MatchString(column.Name) {
				fault("%s.Name is %q: %s", place, column.Name, catalogNameForm)
			} else if seen[column.Name] {
				fault("%s.Name is %q, which another has: give each column and partition key a name of its own", place, column.Name)
			}
			seen[column.Name] = true
			if !types.MatchString(column.Type) {
				fault("%s.Type is %q: give %s", place, column.Type, give)
			}
			if length := len([]rune(column.Comment)); length > maxComment {
				fault("%s.Comment has %d characters: Glue takes at most %d", place, length, maxComment)
			}
		}
	}
	check("Columns", t.Columns, columnType, "a primitive type of Hive such as string, bigint, double, date or decimal(10,2)")
	check("PartitionKeys", t.PartitionKeys, partitionKeyType, "string, date, int or bigint")
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
	var keys glue.CatalogTablePartitionKeyArray
	for _, key := range table.PartitionKeys {
		keys = append(keys, glue.CatalogTablePartitionKeyArgs{
			Name: pulumi.String(key.Name), Type: pulumi.String(key.Type), Comment: optional(key.Comment),
		})
	}
	registered, err := glue.NewCatalogTable(s.ctx, s.name+"-table", &glue.CatalogTableArgs{
		DatabaseName:  database,
		Name:          pulumi.String(table.Name),
		Description:   pulumi.String(table.Description),
		TableType:     pulumi.String("EXTERNAL_TABLE"),
		Parameters:    pulumi.StringMap{"classification": pulumi.String("csv"), "skip.header.line.count": pulumi.String("1")},
		PartitionKeys: keys,
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

// storage is the table's storage as the Glue API takes it for a partition, but for its place.
func (t Table) storage() map[string]any {
	var columns []any
	for _, column := range t.Columns {
		columns = append(columns, map[string]any{"Name": column.Name, "Type": column.Type})
	}
	return map[string]any{
		"Columns":      columns,
		"InputFormat":  textInputFormat,
		"OutputFormat": textOutputFormat,
		"SerdeInfo": map[string]any{
			"SerializationLibrary": lazySimpleSerDe,
			"Parameters":           map[string]any{"field.delim": ","},
		},
	}
}

// partitionFolder is the key of a partition's folder as part of a JSONata text in single quotes; encoded is the variable
// that holds the partition's percent-encoded values, in the order of the partition keys.
func (t Table) partitionFolder(encoded string) string {
	folder := t.Prefix
	for i, key := range t.PartitionKeys {
		folder += fmt.Sprintf("%s=' & %s[%d] & '/", key.Name, encoded, i)
	}
	return folder
}

// percentEncoded is a JSONata function that encodes a value as folders are named: all but letters, digits and _.-~, where
// $encodeUrlComponent leaves five marks more.
const percentEncoded = `function($value) {
	$reduce([["!", "%21"], ["'", "%27"], ["(", "%28"], [")", "%29"], ["*", "%2A"]], function($text, $mark) {
		$replace($text, $mark[0], $mark[1])
	}, $encodeUrlComponent($value))
}`
