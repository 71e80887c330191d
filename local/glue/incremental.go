package glue

import (
	"slices"
	"strings"
)

// extend takes from files those that are in tables which the crawler made before, and makes of each of their folders a new partition ("Incremental crawls").
// It returns the others. A folder that does not fit its table is skipped, as AWS skips it. Unless the crawl is incremental, all files are others.
func (s survey) extend(t target, files []*file, incremental bool) (others []*file, additions []addition, err error) {
	if !incremental {
		return files, nil, nil
	}
	var folders []*folder
	for _, f := range files {
		home := parent(f.key)
		if _, owned := s.owner(t.location(home)); !owned {
			others = append(others, f)
			continue
		}
		if n := len(folders); n == 0 || folders[n-1].path != home {
			folders = append(folders, &folder{path: home})
		}
		last := folders[len(folders)-1]
		last.files = append(last.files, f)
	}
	for _, f := range folders {
		table, _ := s.owner(t.location(f.path))
		groups, err := s.gatherFiles(t, f)
		if err != nil {
			return nil, nil, err
		}
		one := s.unify(groups)
		if one == nil {
			s.logf(s.crawler, "%s is skipped: its objects do not go together in one partition of %s", t.location(f.path), table.Name)
			continue
		}
		one.toFolder(f.path)
		if misfit := s.fit(table, one); misfit != "" {
			s.logf(s.crawler, "%s is skipped: %s of %s", t.location(f.path), misfit, table.Name)
			continue
		}
		additions = append(additions, addition{table.Name, one})
	}
	return others, additions, nil
}

// owner finds the innermost of the crawler's tables that a folder is in.
func (s survey) owner(location string) (Table, bool) {
	var owner Table
	for _, table := range s.catalog.databases[s.Database] {
		if table.Parameters[updatedBy] == s.Name && strings.HasSuffix(table.Location, "/") &&
			strings.HasPrefix(location, table.Location) && len(table.Location) > len(owner.Location) {
			owner = table
		}
	}
	return owner, owner.Location != ""
}

// fit gives the folder's group its partition values, or says what about it is not the table's.
func (s survey) fit(table Table, one *group) string {
	relative := strings.TrimPrefix(one.target.location(one.path), table.Location)
	var values []string
	if relative != "" {
		for name := range strings.SplitSeq(strings.TrimSuffix(relative, "/"), "/") {
			key, value := keyValue(name)
			one.keys, values = append(one.keys, key), append(values, value)
		}
	}
	one.leaves[0].values = values
	families := map[string]string{}
	for _, c := range table.Columns {
		families[c.Name] = family(c.Type)
	}
	switch {
	case !slices.Equal(partitionKeys(one.keys), table.PartitionKeys):
		return "its path has not the partition keys"
	case !hasFormat(table, one.format):
		return "its format or compression is not that"
	case !similar(families, one.schema.families):
		return "its schema is not similar enough to that"
	}
	return ""
}
