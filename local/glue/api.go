package glue

import (
	"fmt"
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
	if _, err := table.projection(); err != nil {
		return fmt.Errorf("creating table %s.%s: %w", table.Database, table.Name, err)
	}
	table.Partitions = tables[table.Name].Partitions
	g.catalog.put(table)
	return nil
}
