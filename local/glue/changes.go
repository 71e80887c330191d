package glue

import (
	"fmt"
	"maps"
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

// placeColumns notes the folders of CSV in which a column stands in another place than in the table: Athena reads CSV by
// position, whatever its header says.
//
// https://docs.aws.amazon.com/athena/latest/ug/handling-schema-updates-chapter.html
func (s *survey) placeColumns(table Table, g *group) {
	if g.format.classification != "csv" || !g.format.header {
		return
	}
	for _, l := range g.leaves {
		for i, c := range l.schema.columns[:min(len(l.schema.columns), len(table.Columns))] {
			if c.Name != table.Columns[i].Name {
				s.note(Note{Table: table.Name, Column: table.Columns[i].Name, Object: g.target.location(l.path), Reason: fmt.Sprintf(
					"its place in CSV, %d, is that of %s here, which Athena reads as %s: it goes by position", i+1, c.Name, table.Columns[i].Name)})
				break
			}
		}
	}
}

// differences says all that is otherwise about the columns of objects, also those that they do not have.
func differences(table, found []Column) []string {
	var all []string
	for _, c := range changes(table, found) {
		all = append(all, c.reason())
	}
	for _, c := range absent(table, found) {
		all = append(all, fmt.Sprintf("column %s %s is missing", c.Name, c.Type))
	}
	return all
}

// absent are the table's columns that objects do not have.
func absent(table, found []Column) []Column {
	return slices.DeleteFunc(slices.Clone(table), func(c Column) bool {
		return slices.ContainsFunc(found, func(f Column) bool { return f.Name == c.Name })
	})
}

// noteAbsent notes the columns of tables that none of a crawl's new folders has. One that some have is one that is not
// always filled.
func (s *survey) noteAbsent(additions []addition) {
	found := map[string][]*group{}
	for _, a := range additions {
		found[a.table] = append(found[a.table], a.group)
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		missing := s.before[name].Columns
		for _, g := range found[name] {
			missing = absent(missing, g.schema.columns)
		}
		first := found[name][0]
		for _, c := range missing {
			s.note(Note{Table: name, Column: c.Name, Type: c.Type, Object: first.target.location(first.path), Reason: fmt.Sprintf(
				"no object of %s has column %s %s: it is null there", count(len(found[name]), "new folder"), c.Name, c.Type)})
		}
	}
}
