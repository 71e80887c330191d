package engine

import (
	"datalake/local/athena"
	"datalake/local/glue"
)

// athenaCatalog shows Athena the catalog that the crawlers fill.
type athenaCatalog struct{ catalog *glue.Catalog }

func (c athenaCatalog) Table(database, name string) (athena.Table, bool) {
	table, found := c.catalog.Table(database, name)
	if !found {
		return athena.Table{}, false
	}
	seen := athena.Table{
		Database:        table.Database,
		Name:            table.Name,
		Location:        table.Location,
		Columns:         columns(table.Columns),
		PartitionKeys:   columns(table.PartitionKeys),
		Parameters:      table.Parameters,
		SerDe:           table.SerDe.Library,
		SerDeParameters: table.SerDe.Parameters,
	}
	for _, partition := range table.Partitions {
		seen.Partitions = append(seen.Partitions, athena.Partition{
			Values: partition.Values, Location: partition.Location, Columns: columns(partition.Columns),
		})
	}
	return seen, true
}

func columns(of []glue.Column) []athena.Column {
	var out []athena.Column
	for _, column := range of {
		out = append(out, athena.Column{Name: column.Name, Type: column.Type})
	}
	return out
}
