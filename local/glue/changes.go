package glue

import (
	"fmt"
	"slices"
)

// change is how a column of objects differs from the table's of that name.
type change struct {
	column string
	// table and found are Hive types. A column that the table has not has none there.
	table, found string
}

func (c change) reason() string {
	if c.table == "" {
		return fmt.Sprintf("column %s %s is new", c.column, c.found)
	}
	return fmt.Sprintf("column %s is %s and the table's %s", c.column, c.found, c.table)
}

// changes are the columns that objects have and the table has not, or has with another type.
func changes(table, found []Column) []change {
	var all []change
	for _, f := range found {
		i := slices.IndexFunc(table, func(c Column) bool { return c.Name == f.Name })
		switch {
		case i < 0:
			all = append(all, change{column: f.Name, found: f.Type})
		case table[i].Type != f.Type:
			all = append(all, change{f.Name, table[i].Type, f.Type})
		}
	}
	return all
}

// differences says all that is otherwise about the columns of objects, also those that they do not have.
func differences(table, found []Column) []string {
	var all []string
	for _, c := range changes(table, found) {
		all = append(all, c.reason())
	}
	for _, c := range changes(found, table) {
		if c.table == "" {
			all = append(all, fmt.Sprintf("column %s %s is missing", c.column, c.found))
		}
	}
	return all
}
