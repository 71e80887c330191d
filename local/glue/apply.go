package glue

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// apply brings a crawl's findings into the catalog, by the crawler's schema change policy. New tables and partitions are added whatever the policy says.
func (g *Glue) apply(c *crawler, found findings) error {
	slices.SortFunc(found.groups, func(a, b *group) int {
		return strings.Compare(a.target.location(a.path), b.target.location(b.path))
	})
	current := map[string]bool{}
	for _, group := range found.groups {
		table := c.table(group)
		table.Name = g.name(c, group, table.Location)
		if existing, ok := g.catalog.Table(c.Database, table.Name); ok {
			table = g.reconcile(c, existing, table)
		}
		g.write(c, table)
		current[table.Name] = true
	}
	for _, a := range found.additions {
		table, _ := g.catalog.Table(c.Database, a.table)
		table.Partitions = append(slices.Clip(table.Partitions), c.partitions(a.group)...)
		table.Parameters = maps.Clone(table.Parameters)
		c.count(table.Parameters, a.group.leaves)
		g.write(c, table)
	}
	if c.RecrawlBehavior == newFoldersOnly {
		c.Folders = append(c.Folders, found.folders...)
		slices.Sort(c.Folders)
		c.Folders = slices.Compact(c.Folders)
		return nil
	}
	c.Folders = nil
	tables, err := g.catalog.Tables(c.Database)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if table.Parameters[updatedBy] == c.Name && !current[table.Name] && c.covers(table.Location) {
			g.retire(c, table)
		}
	}
	return nil
}

// name is the folder's, unless another location's table has it.
func (g *Glue) name(c *crawler, group *group, location string) string {
	name := tableName(c.TablePrefix, group)
	if existing, taken := g.catalog.Table(c.Database, name); taken && existing.Location != location {
		return clashName(name, location)
	}
	return name
}

// reconcile decides what becomes of a table that is there and was found again.
func (g *Glue) reconcile(c *crawler, existing, found Table) Table {
	sameKeys := slices.Equal(existing.PartitionKeys, found.PartitionKeys)
	differs := !slices.Equal(existing.Columns, found.Columns)
	switch {
	case c.UpdateBehavior == logOnly && !sameKeys:
		g.logf(c, "table %s stays as it is: its objects' folders changed, and updates are only logged", existing.Name)
		return existing
	case c.UpdateBehavior == logOnly:
		if differs {
			g.logf(c, "table %s keeps its columns: those of its objects changed, and updates are only logged", existing.Name)
		}
		kept := existing
		kept.Parameters = maps.Clone(existing.Parameters)
		for _, statistic := range []string{"objectCount", "sizeKey", "recordCount", "averageRecordSize", "CRAWL_RUN_ID"} {
			kept.Parameters[statistic] = found.Parameters[statistic]
		}
		kept.Partitions = g.mergePartitions(c, existing, found, false)
		return kept
	case !sameKeys:
		return found
	case c.CrawlerOutput.Tables.AddOrUpdateBehavior == mergeNewColumns:
		found = mergeColumns(existing, found)
	}
	found.Partitions = g.mergePartitions(c, existing, found, true)
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
func (g *Glue) mergePartitions(c *crawler, existing, found Table, updating bool) []Partition {
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
		case still || c.DeleteBehavior == deleteGone:
		case c.DeleteBehavior == deprecate:
			p.Parameters = g.deprecated(p.Parameters)
			merged = append(merged, p)
		default:
			g.logf(c, "table %s keeps partition %s, whose objects are gone: deletions are only logged", existing.Name, p.Location)
			merged = append(merged, p)
		}
	}
	return merged
}

// retire treats a table whose objects are gone by the delete behaviour.
func (g *Glue) retire(c *crawler, table Table) {
	switch c.DeleteBehavior {
	case deleteGone:
		delete(g.catalog.databases[c.Database], table.Name)
	case deprecate:
		table.Parameters = g.deprecated(table.Parameters)
		g.catalog.put(table)
	default:
		g.logf(c, "table %s stays, though its objects are gone: deletions are only logged", table.Name)
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

// write puts a table into the catalog in its canonical form.
func (g *Glue) write(c *crawler, table Table) {
	for _, key := range table.PartitionKeys {
		if slices.ContainsFunc(table.Columns, func(column Column) bool { return column.Name == key.Name }) {
			g.logf(c, "table %s has %s both as a column and as a partition key: Athena refuses it", table.Name, key.Name)
		}
	}
	table.Partitions = slices.Clone(table.Partitions)
	slices.SortFunc(table.Partitions, func(a, b Partition) int { return slices.Compare(a.Values, b.Values) })
	for i, p := range table.Partitions {
		if slices.Equal(p.Columns, table.Columns) {
			table.Partitions[i].Columns = nil
		}
	}
	g.catalog.put(table)
}
