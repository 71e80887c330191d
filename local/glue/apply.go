package glue

import (
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
		current[table.Name] = true
	}
	for _, a := range found.additions {
		existing, _ := s.catalog.Table(s.Database, a.table)
		table := existing
		table.Partitions = addPartitions(table.Partitions, s.partitions(a.group))
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
		if table.Parameters[updatedBy] != "" && !current[table.Name] && s.covers(table.Location) {
			s.retire(table)
		}
	}
	return nil
}

// addPartitions adds those that are not there already: another crawler of the same folder may have added them.
func addPartitions(existing, found []Partition) []Partition {
	all := slices.Clone(existing)
	for _, p := range found {
		if !slices.ContainsFunc(existing, func(e Partition) bool { return slices.Equal(e.Values, p.Values) }) {
			all = append(all, p)
		}
	}
	return all
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
		for _, statistic := range []string{"objectCount", "sizeKey", "recordCount", "averageRecordSize", "CRAWL_RUN_ID"} {
			kept.Parameters[statistic] = found.Parameters[statistic]
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

// retire treats a table whose objects are gone by the delete behaviour.
func (s *survey) retire(table Table) {
	if s.unread[table.Location] || slices.ContainsFunc(table.Partitions, func(p Partition) bool { return s.unread[p.Location] }) {
		s.note(Note{Table: table.Name, Reason: "it stays as it was, though none of its objects can be read any more"})
		return
	}
	switch s.DeleteBehavior {
	case deleteGone:
		delete(s.catalog.databases[s.Database], table.Name)
		s.changed.table("DELETE", table.Name)
		s.note(Note{Table: table.Name, Reason: "it is deleted: its objects are gone"})
	case deprecate:
		if table.Parameters[deprecatedBy] == "" {
			s.note(Note{Table: table.Name, Reason: "it is marked as deprecated: its objects are gone"})
		}
		table.Parameters = s.deprecated(table.Parameters)
		s.catalog.put(table)
	default:
		s.note(Note{Table: table.Name, Reason: "it stays, though its objects are gone: deletions are only logged"})
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

// covers says whether a table's location is within the crawler's targets.
func (c *crawler) covers(location string) bool {
	return slices.ContainsFunc(c.targets, func(t target) bool {
		return location == t.location(t.path) || strings.HasPrefix(location, strings.TrimSuffix(t.location(t.path), "/")+"/")
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
	known := map[string]Partition{}
	for _, p := range existing.Partitions {
		known[strings.Join(p.Values, "\x00")] = p
	}
	for _, p := range table.Partitions {
		before, was := known[strings.Join(p.Values, "\x00")]
		switch {
		case !was:
			s.PartitionsAdded++
			s.changed.partition("ADD", table.Name, p.Values)
		case before.Location != p.Location || !sameColumns(existing, before, table, p):
			s.changed.partition("UPDATE", table.Name, p.Values)
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
	for _, parameter := range []string{"classification", "compressionType", "skip.header.line.count"} {
		if a.Parameters[parameter] != b.Parameters[parameter] {
			return false
		}
	}
	return a.Location == b.Location && slices.Equal(a.Columns, b.Columns) && slices.Equal(a.PartitionKeys, b.PartitionKeys)
}
