package glue

import (
	"fmt"
	"slices"
	"strings"

	"datalake/local/fault"
)

// CreateTable adds a table that someone defines rather than a crawler. One that is there already takes the new definition
// and keeps its partitions.
func (g *Glue) CreateTable(table Table) error {
	tables, ok := g.catalog.databases[table.Database]
	if !ok {
		return fault.Errorf("Glue.EntityNotFoundException", "Database %s not found.", table.Database)
	}
	if table.Name == "" || table.Name != strings.ToLower(table.Name) {
		return fmt.Errorf("creating table %q: the name must not be empty nor have upper case", table.Name)
	}
	table.Partitions = tables[table.Name].Partitions
	g.catalog.put(table)
	return nil
}

// CreatePartitions adds partitions to a table and returns the values of those that exist already, which stay as they are.
// At most 100 are taken at once. Errors are *fault.Error.
//
// https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html
func (g *Glue) CreatePartitions(database, name string, partitions []Partition) (existing [][]string, err error) {
	table, ok := g.catalog.Table(database, name)
	switch {
	case !ok:
		return nil, fault.Errorf("Glue.EntityNotFoundException", "Table %s.%s not found.", database, name)
	case len(partitions) > 100:
		return nil, fault.Errorf("Glue.InvalidInputException", "%d partitions were given: at most 100 are taken at once.", len(partitions))
	}
	merged := slices.Clone(table.Partitions)
	for _, partition := range partitions {
		if len(partition.Values) != len(table.PartitionKeys) {
			return nil, fault.Errorf("Glue.InvalidInputException", "The number of partition keys do not match the number of partition values: %v.", partition.Values)
		}
		i, found := slices.BinarySearchFunc(merged, partition.Values, func(p Partition, values []string) int { return slices.Compare(p.Values, values) })
		if found {
			existing = append(existing, partition.Values)
			continue
		}
		merged = slices.Insert(merged, i, partition)
	}
	table.Partitions = merged
	g.catalog.put(table)
	return existing, nil
}
