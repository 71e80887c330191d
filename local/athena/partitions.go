package athena

import (
	"fmt"
	"path"
)

// checkColumns holds a partition's own columns to the table's, place by place; there may be fewer or more of them at the end.
// Athena casts some types to others there and takes a column's name from one of the two: that is not known well enough to do here.
func (s *scan) checkColumns(p *partition) error {
	for i := range min(len(p.columns), s.dataColumns) {
		table, own := s.table.Columns[i], p.columns[i]
		switch {
		case own.Type != table.Type:
			//lint:ignore ST1005 these are Athena's own words
			return fmt.Errorf("HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition schemas. The types are incompatible and cannot be coerced. "+
				"The column '%s' in table '%s.%s' is declared as type '%s', but partition '%s' declared column '%s' as type '%s'.",
				table.Name, s.table.Database, s.table.Name, table.Type, path.Base(p.location), own.Name, own.Type)
		case own.Name != table.Name:
			return notEqual("table %s.%s: partition %s calls column %s %s: make the names the same", s.table.Database, s.table.Name, p.location, table.Name, own.Name)
		}
	}
	return nil
}
