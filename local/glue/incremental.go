package glue

import (
	"fmt"
	"slices"
	"strings"
)

// extend takes from files those that are in tables which the crawler made before, and makes of each of their folders a new partition ("Incremental crawls").
// It returns the others. A folder that does not fit its table is skipped, as AWS skips it. Unless the crawl is incremental, all files are others.
func (s *survey) extend(t target, files []*file, incremental bool) (others []*file, additions []addition, err error) {
	if !incremental {
		return files, nil, nil
	}
	partitions := map[string]bool{}
	for _, table := range s.before {
		for _, p := range table.Partitions {
			partitions[p.Location] = true
		}
	}
	var folders []*folder
	for _, f := range files {
		home := parent(f.key)
		if s.holder(s.crawler, t.location(home)).Name == "" {
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
		table := s.holder(s.crawler, t.location(f.path))
		if partitions[t.location(f.path)] {
			continue // another crawler added it
		}
		if within := strings.TrimPrefix(t.location(f.path), table.Location); hasHidden(within) {
			s.skip(t.location(f.path), 0, hiddenName)
			continue
		}
		groups, _, err := s.gatherVisible(t, f)
		if err != nil {
			return nil, nil, err
		}
		if len(groups) == 0 {
			continue // each object was skipped
		}
		one := s.unify(groups)
		if one == nil {
			s.skip(t.location(f.path), 0, "its objects do not go together in one partition of "+table.Name)
			continue
		}
		one.toFolder(f.path)
		if misfit := s.fit(table, one); misfit != "" {
			s.skip(t.location(f.path), 0, misfit)
			continue
		}
		for _, c := range changes(table.Columns, one.schema.columns) {
			s.note(Note{Table: table.Name, Column: c.column, Type: c.found, Object: t.location(f.path), Reason: c.reason() + ", and a crawl of new folders only changes no table"})
		}
		s.placeColumns(table, one)
		additions = append(additions, addition{table.Name, one})
	}
	s.noteAbsent(additions)
	return others, additions, nil
}

// hasHidden says whether a folder of a path has a hidden name.
func hasHidden(path string) bool {
	for at, c := range path {
		if c == '/' && isHidden(path[:at+1]) {
			return true
		}
	}
	return false
}

// passOver names the folders that a crawl of new folders only does not look at again though objects came to them: AWS
// ignores those. They are read to say which columns that leaves out of the table, and for nothing else.
func (s *survey) passOver(t target, changed []*file) error {
	for len(changed) > 0 {
		home := parent(changed[0].key)
		n := 1
		for n < len(changed) && parent(changed[n].key) == home {
			n++
		}
		reason := fmt.Sprintf("%s came to it or changed in it since it was crawled, and a crawl of new folders only does not look again", count(n, "object"))
		if len(s.Skipped) < maxKept {
			newer, err := s.changesIn(t, home, changed[:n])
			if err != nil {
				return err
			}
			reason += newer
		}
		s.skip(t.location(home), 0, reason)
		changed = changed[n:]
	}
	return nil
}

// changesIn says what the first of a folder's changed objects that can be read has otherwise than the table.
func (s *survey) changesIn(t target, home string, changed []*file) (string, error) {
	table := s.holder(s.crawler, t.location(home))
	if table.Name == "" {
		return "", nil
	}
	quiet := newSurvey(s.Glue, s.crawler)
	for _, f := range changed[:min(len(changed), maxKept)] {
		if err := quiet.read(t, []*file{f}); err != nil {
			return "", err
		}
		if f.state != known {
			continue
		}
		texts := differences(table.Columns, f.schema.columns)
		if len(texts) > 0 {
			return fmt.Sprintf(": in %s %s", t.location(f.key), strings.Join(texts, ", ")), nil
		}
	}
	return "", nil
}

// fit gives the folder's group its partition values, or says what about it is not the table's.
func (s *survey) fit(table Table, one *group) string {
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
		return "its path has not the partition keys of " + table.Name
	case !hasFormat(table, one.format):
		return "its format or compression is not that of " + table.Name
	case !similar(families, one.schema.families, sameFamily):
		texts := differences(table.Columns, one.schema.columns)
		return fmt.Sprintf("its schema is not similar enough to that of %s: %s", table.Name, strings.Join(texts, ", "))
	}
	return ""
}
