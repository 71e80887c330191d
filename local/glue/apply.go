package glue

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// apply brings a crawl's findings into the catalog, by the crawler's schema change policy. New tables and partitions are added whatever the policy says.
func (s *survey) apply(found findings) error {
	slices.SortFunc(found.groups, func(a, b *group) int {
		return strings.Compare(a.target.location(a.path), b.target.location(b.path))
	})
	current := map[string]bool{}
	for _, group := range found.groups {
		table := s.table(group)
		table.Name = s.name(group, table.Location)
		existing, ok := s.catalog.Table(s.Database, table.Name)
		if ok {
			table = s.reconcile(existing, table)
		}
		s.write(existing, table)
		s.placeColumns(table, group)
		current[table.Name] = true
	}
	for _, a := range found.additions {
		existing, ok := s.catalog.Table(s.Database, a.table)
		if !ok || !slices.Equal(existing.PartitionKeys, partitionKeys(a.group.keys)) {
			s.skip(a.group.target.location(a.group.path), 0, "another crawler changed the table "+a.table+" meanwhile")
			continue
		}
		if existing.Partition(a.group.leaves[0].values) != nil {
			continue // another crawler added it meanwhile
		}
		table := existing
		table.Partitions = append(slices.Clip(table.Partitions), s.partitions(a.group)...)
		table.Parameters = maps.Clone(table.Parameters)
		s.count(table.Parameters, a.group.leaves)
		s.write(existing, table)
	}
	if s.RecrawlBehavior == newFoldersOnly {
		s.Folders = append(s.Folders, found.folders...)
		slices.Sort(s.Folders)
		s.Folders, s.Seen = slices.Compact(s.Folders), s.started
		return nil
	}
	s.Folders = nil
	tables, err := s.catalog.Tables(s.Database)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if s.owns(table) && !current[table.Name] {
			s.retire(table, lost(table, tables, current))
		}
	}
	return nil
}

// lost says why a table was not found again; current are the names of those that were.
func lost(table Table, tables []Table, current map[string]bool) string {
	var within []string
	for _, other := range tables {
		switch {
		case !current[other.Name]:
		case strings.HasPrefix(table.Location, other.Location):
			return "its objects are part of " + other.Name
		case strings.HasPrefix(other.Location, table.Location):
			within = append(within, other.Name)
		}
	}
	const few = 5
	switch more := len(within) - few; {
	case len(within) == 0:
		return "its objects are gone"
	case more > 0:
		within = append(within[:few], fmt.Sprintf("%d more", more))
	}
	return "its folders do not go together any more and are tables of their own (" + strings.Join(within, ", ") + ")"
}

// name is the folder's, unless another location's table has it.
func (s *survey) name(group *group, location string) string {
	name := tableName(s.TablePrefix, group)
	if existing, taken := s.catalog.Table(s.Database, name); taken && existing.Location != location {
		return clashName(name, location)
	}
	return name
}

// reconcile decides what becomes of a table that is there and was found again.
func (s *survey) reconcile(existing, found Table) Table {
	sameKeys := slices.Equal(existing.PartitionKeys, found.PartitionKeys)
	switch {
	case s.UpdateBehavior == logOnly && !sameKeys:
		s.note(Note{Table: existing.Name, Reason: "it stays as it is: its objects' folders changed, and updates are only logged"})
		return existing
	case s.UpdateBehavior == logOnly:
		for _, c := range changes(existing.Columns, found.Columns) {
			s.note(Note{Table: existing.Name, Column: c.column, Type: c.found, Reason: c.reason() + ", and updates are only logged"})
		}
		kept := existing
		kept.Parameters = maps.Clone(existing.Parameters)
		for _, parameter := range []string{"objectCount", "sizeKey", "recordCount", "averageRecordSize", "CRAWL_RUN_ID", updatedBy} {
			kept.Parameters[parameter] = found.Parameters[parameter]
		}
		kept.Partitions = s.mergePartitions(existing, found, false)
		return kept
	case !sameKeys:
		return found
	case s.CrawlerOutput.Tables.AddOrUpdateBehavior == mergeNewColumns:
		for _, c := range changes(existing.Columns, found.Columns) {
			if c.table != "" {
				s.note(Note{Table: existing.Name, Column: c.column, Type: c.found, Reason: c.reason() + ", which " + mergeNewColumns + " keeps"})
			}
		}
		for _, c := range absent(existing.Columns, found.Columns) {
			s.note(Note{Table: existing.Name, Column: c.Name, Type: c.Type, Reason: "no object has it any more, and " + mergeNewColumns + " keeps it"})
		}
		found = mergeColumns(existing, found)
	}
	found.Partitions = s.mergePartitions(existing, found, true)
	return found
}

// mergeColumns keeps the table's columns as they are and adds new ones.
func mergeColumns(existing, found Table) Table {
	columns := slices.Clone(existing.Columns)
	for _, column := range found.Columns {
		if !slices.ContainsFunc(columns, func(c Column) bool { return c.Name == column.Name }) {
			columns = append(columns, column)
		}
	}
	found.Columns = columns
	if old, ok := existing.SerDe.Parameters["paths"]; ok && found.SerDe.Library == existing.SerDe.Library {
		paths := append(strings.Split(old, ","), strings.Split(found.SerDe.Parameters["paths"], ",")...)
		found.SerDe.Parameters = map[string]string{"paths": joinPaths(paths)}
	}
	return found
}

// mergePartitions gives the partitions that were found and, as the delete behaviour wants it, those that were not found any more.
func (s *survey) mergePartitions(existing, found Table, updating bool) []Partition {
	id := func(p Partition) string { return strings.Join(p.Values, "\x00") }
	merged := slices.Clone(found.Partitions)
	at := map[string]int{}
	for i, p := range merged {
		at[id(p)] = i
	}
	for _, p := range existing.Partitions {
		i, still := at[id(p)]
		switch {
		case still && !updating:
			merged[i] = p
		case still:
		case s.before[existing.Name].Partition(p.Values) == nil:
			merged = append(merged, p) // another crawler added it after this one had listed the objects
		case s.unread[p.Location]:
			s.note(Note{Table: existing.Name, Object: p.Location, Reason: "the partition stays as it was, though none of its objects can be read any more"})
			merged = append(merged, p)
		case s.DeleteBehavior == deleteGone:
		case s.DeleteBehavior == deprecate:
			p.Parameters = s.deprecated(p.Parameters)
			merged = append(merged, p)
		default:
			s.note(Note{Table: existing.Name, Object: p.Location, Reason: "the partition stays, though its objects are gone: deletions are only logged"})
			merged = append(merged, p)
		}
	}
	return merged
}

// retire treats a table that was not found again by the delete behaviour.
func (s *survey) retire(table Table, why string) {
	if s.unread[table.Location] || slices.ContainsFunc(table.Partitions, func(p Partition) bool { return s.unread[p.Location] }) {
		s.note(Note{Table: table.Name, Reason: "it stays as it was, though none of its objects can be read any more"})
		return
	}
	switch s.DeleteBehavior {
	case deleteGone:
		delete(s.catalog.databases[s.Database], table.Name)
		s.changed.table("DELETE", table.Name)
		s.note(Note{Table: table.Name, Reason: "it is deleted: " + why})
	case deprecate:
		if table.Parameters[deprecatedBy] == "" {
			s.note(Note{Table: table.Name, Reason: "it is marked as deprecated: " + why})
		}
		marked := table
		marked.Parameters = s.deprecated(table.Parameters)
		s.tell(table, marked)
		s.catalog.put(marked)
	default:
		s.note(Note{Table: table.Name, Reason: "it stays, though " + why + ": deletions are only logged"})
	}
}

// deprecated marks parameters with the time, in milliseconds since 1970, at which the objects were first found missing.
func (g *Glue) deprecated(parameters map[string]string) map[string]string {
	marked := maps.Clone(parameters)
	if marked == nil {
		marked = map[string]string{}
	}
	if marked[deprecatedBy] == "" {
		marked[deprecatedBy] = strconv.FormatInt(g.clock.Now().UnixMilli(), 10)
	}
	return marked
}

// owns says whether a table is the crawler's: any crawler made it, and it lies within this one's targets.
func (c *crawler) owns(table Table) bool {
	return table.Parameters[updatedBy] != "" && slices.ContainsFunc(c.targets, func(t target) bool {
		return table.Location == t.location(t.path) || strings.HasPrefix(table.Location, strings.TrimSuffix(t.location(t.path), "/")+"/")
	})
}

// write puts a table into the catalog in its canonical form, in place of the one that is there, if any.
func (s *survey) write(existing, table Table) {
	names := map[string]bool{}
	for _, column := range table.Columns {
		if names[column.Name] {
			s.note(Note{Table: table.Name, Column: column.Name, Reason: "it is the name of two columns: Athena refuses the table"})
		}
		names[column.Name] = true
	}
	for _, key := range table.PartitionKeys {
		if names[key.Name] {
			s.note(Note{Table: table.Name, Column: key.Name, Reason: "it is both a column and a partition key: Athena refuses the table"})
		}
	}
	table.Partitions = slices.Clone(table.Partitions)
	slices.SortFunc(table.Partitions, func(a, b Partition) int { return slices.Compare(a.Values, b.Values) })
	for i, p := range table.Partitions {
		if slices.Equal(p.Columns, table.Columns) {
			table.Partitions[i].Columns = nil
		}
	}
	s.tell(existing, table)
	s.catalog.put(table)
}

// tell counts what is new about a table.
func (s *survey) tell(existing, table Table) {
	switch {
	case existing.Name == "":
		s.TablesAdded = append(s.TablesAdded, table.Name)
		s.changed.table("ADD", table.Name)
	case !sameDefinition(existing, table):
		s.TablesUpdated = append(s.TablesUpdated, table.Name)
		s.changed.table("UPDATE", table.Name)
	}
	for _, p := range table.Partitions {
		switch before := existing.Partition(p.Values); {
		case before == nil:
			s.PartitionsAdded++
			s.changed.partition("ADD", table.Name, p.Values)
		case before.Location != p.Location || !maps.Equal(before.Parameters, p.Parameters) || !sameColumns(existing, *before, table, p):
			s.changed.partition("UPDATE", table.Name, p.Values)
		}
	}
	for _, p := range existing.Partitions {
		if table.Partition(p.Values) == nil {
			s.changed.partition("DELETE", table.Name, p.Values)
		}
	}
}

// sameColumns tells whether a partition has the columns that it had; one that takes its table's stays as it is.
func sameColumns(was Table, before Partition, is Table, now Partition) bool {
	own := func(table Table, p Partition) []Column {
		if p.Columns == nil {
			return table.Columns
		}
		return p.Columns
	}
	return before.Columns == nil && now.Columns == nil || slices.Equal(own(was, before), own(is, now))
}

func sameDefinition(a, b Table) bool {
	if a.SerDe.Library != b.SerDe.Library || !maps.Equal(a.SerDe.Parameters, b.SerDe.Parameters) {
		return false
	}
	for _, parameter := range []string{"classification", "compressionType", "skip.header.line.count", deprecatedBy} {
		if a.Parameters[parameter] != b.Parameters[parameter] {
			return false
		}
	}
	return a.Location == b.Location && slices.Equal(a.Columns, b.Columns) && slices.Equal(a.PartitionKeys, b.PartitionKeys)
}
