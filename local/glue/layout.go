package glue

import (
	"slices"
	"strings"
)

// folder is a node of a target's tree.
type folder struct {
	// path is a key that ends with a slash; it is empty for a bucket.
	path     string
	children []*folder
	files    []*file
}

// group is what makes one table: a folder whose whole content goes together, or an object.
type group struct {
	target target
	// path is the folder's key, with its slash, or the object's, without.
	path   string
	format format
	schema *schema
	quoted bool
	// keys are the folder levels below path: the key of key=value folders, else empty.
	keys   []string
	leaves []leaf
	// files are those whose content was read.
	files []*file
}

// leaf is a folder with objects.
type leaf struct {
	path                    string
	values                  []string
	schema                  *schema
	objects, bytes, records int64
}

func tree(root string, files []*file) *folder {
	top := &folder{path: root}
	byPath := map[string]*folder{root: top}
	var reach func(string) *folder
	reach = func(p string) *folder {
		if f, ok := byPath[p]; ok {
			return f
		}
		f := &folder{path: p}
		byPath[p] = f
		above := reach(parent(strings.TrimSuffix(p, "/")))
		above.children = append(above.children, f)
		return f
	}
	for _, f := range files {
		home := reach(parent(f.key))
		home.files = append(home.files, f)
	}
	return top
}

// group finds the tables of a target by the rules of "How does a crawler determine when to create partitions?":
// a folder is one table with its subfolders as partitions if all below it goes together; otherwise each subfolder is looked at on its own.
func (s *survey) group(t target, files []*file) ([]*group, error) {
	if len(files) == 0 {
		return nil, nil
	}
	root := t.path + "/"
	if t.path == "" || files[0].key == t.path {
		root = parent(t.path)
	}
	whole, parts, err := s.gather(t, tree(root, files))
	if err != nil {
		return nil, err
	}
	if whole != nil {
		parts = []*group{whole}
	}
	if whole != nil && files[0].key == t.path {
		whole.path = t.path
	}
	for _, g := range parts {
		if s.Grouping.TableLevelConfiguration == 0 {
			g.descend()
		}
	}
	return parts, nil
}

// descend moves a table to the folder that its key=value folders are in, where a lone plain folder holds all of them:
// the guide has no example of that, and a dataset of its own is what such a folder usually is.
func (g *group) descend() {
	for len(g.keys) > 1 && g.keys[0] == "" && slices.ContainsFunc(g.keys, func(k string) bool { return k != "" }) {
		name := g.leaves[0].values[0]
		if slices.ContainsFunc(g.leaves, func(l leaf) bool { return l.values[0] != name }) {
			return
		}
		g.path += name + "/"
		g.keys = g.keys[1:]
		for i := range g.leaves {
			g.leaves[i].values = g.leaves[i].values[1:]
		}
	}
}

// gather returns a folder as one group if its content goes together, else the groups within it; neither if nothing in it
// can be read.
func (s *survey) gather(t target, f *folder) (whole *group, parts []*group, err error) {
	files, children, err := s.gatherVisible(t, f)
	if err != nil {
		return nil, nil, err
	}
	if len(files) == 0 {
		s.refuse(f.files)
	}
	if len(children) == 0 {
		if whole = s.unify(files); whole != nil {
			whole.toFolder(f.path)
			return whole, nil, nil
		}
		return nil, files, nil
	}
	wholes := make([]*group, 0, len(children))
	for _, child := range children {
		one, several, err := s.gather(t, child)
		if err != nil {
			return nil, nil, err
		}
		if one != nil {
			wholes = append(wholes, one)
		}
		parts = append(parts, several...)
	}
	// Objects beside folders have tables of their own ("Specifying the maximum number of tables").
	if len(parts) == 0 && len(files) == 0 && len(wholes) > 0 && s.mayHold(f) {
		if whole = s.unifyFolders(f, wholes); whole != nil {
			return whole, nil, nil
		}
	}
	return nil, slices.Concat(files, wholes, parts), nil
}

// gatherVisible makes groups of the folder's own objects, and gives the folders in it that are looked at. What has a hidden
// name is skipped beside others, and is like them where there are none: that of a job that is still writing must not take a
// table apart.
func (s *survey) gatherVisible(t target, f *folder) (files []*group, children []*folder, err error) {
	var visible, hidden []*file
	for _, one := range f.files {
		if isHidden(one.key) && one.key != t.path {
			hidden = append(hidden, one)
		} else {
			visible = append(visible, one)
		}
	}
	var hiddenChildren []*folder
	for _, child := range f.children {
		if isHidden(child.path) {
			hiddenChildren = append(hiddenChildren, child)
		} else {
			children = append(children, child)
		}
	}
	if files, err = s.gatherFiles(t, visible); err != nil {
		return nil, nil, err
	}
	if len(files)+len(children) == 0 {
		files, err = s.gatherFiles(t, hidden)
		return files, hiddenChildren, err
	}
	for _, one := range hidden {
		s.skip(t.location(one.key), 0, hiddenName)
	}
	for _, child := range hiddenChildren {
		s.skip(t.location(child.path), 0, hiddenName)
	}
	return files, children, nil
}

const hiddenName = "its name begins with _ or a dot: Athena reads nothing of that name"

// refuse keeps the first refusal of a folder that holds nothing else: it would be a table on AWS.
func (s *survey) refuse(files []*file) {
	for _, f := range files {
		if f.refusal != nil {
			s.refused = append(s.refused, f.refusal)
			return
		}
	}
}

// mayHold says whether the configured table level lets the folder be a table ("Specifying the table location and partitioning level"): the bucket is level 1.
func (s *survey) mayHold(f *folder) bool {
	return 1+strings.Count(f.path, "/") >= s.Grouping.TableLevelConfiguration
}

// gatherFiles makes a group of each of a folder's own objects that a classifier recognizes.
func (s *survey) gatherFiles(t target, files []*file) ([]*group, error) {
	if err := s.read(t, files); err != nil {
		return nil, err
	}
	var groups []*group
	for _, f := range files {
		if f.state == known {
			groups = append(groups, &group{
				target: t, path: f.key, format: f.format, schema: f.schema, quoted: f.quoted, files: []*file{f},
				leaves: []leaf{{path: f.key, schema: f.schema, objects: 1, bytes: f.size, records: f.records}},
			})
		}
	}
	if len(groups) == 0 {
		return nil, nil
	}
	// Those that a sample leaves out count in the folder's statistics, with as many records as the first.
	first := &groups[0].leaves[0]
	records := first.records
	for _, f := range files {
		if f.state == unseen {
			first.objects, first.bytes, first.records = first.objects+1, first.bytes+f.size, first.records+records
		}
	}
	return groups, nil
}

// unify makes one group of groups that go together, or returns nil.
func (s *survey) unify(groups []*group) *group {
	if len(groups) == 0 {
		return nil
	}
	first := groups[0]
	found := make([]*schema, len(groups))
	for i, g := range groups {
		if g.format != first.format || !slices.Equal(g.keys, first.keys) {
			return nil
		}
		found[i] = g.schema
	}
	if s.Grouping.TableGroupingPolicy != combineCompatible && !alike(found) {
		return nil
	}
	one := &group{target: first.target, path: first.path, format: first.format, schema: first.schema, keys: first.keys}
	for _, g := range groups {
		one.schema = s.schemas.merge(one.schema, g.schema)
		one.quoted = one.quoted || g.quoted
		one.leaves = append(one.leaves, g.leaves...)
		one.files = append(one.files, g.files...)
	}
	return one
}

// toFolder makes the group of a folder's objects the folder's.
func (g *group) toFolder(folder string) {
	whole := leaf{path: folder, schema: g.schema}
	for _, l := range g.leaves {
		whole.objects += l.objects
		whole.bytes += l.bytes
		whole.records += l.records
	}
	g.path, g.leaves = folder, []leaf{whole}
}

// unifyFolders makes one group of a folder's children, if they go together and are named alike.
func (s *survey) unifyFolders(f *folder, children []*group) *group {
	key, _ := keyValue(folderName(children[0].path))
	for _, child := range children {
		if k, _ := keyValue(folderName(child.path)); k != key {
			return nil
		}
	}
	whole := s.unify(children)
	if whole == nil {
		return nil
	}
	whole.path = f.path
	whole.keys = append([]string{key}, whole.keys...)
	at := 0
	for _, child := range children {
		_, value := keyValue(folderName(child.path))
		for range child.leaves {
			whole.leaves[at].values = append([]string{value}, whole.leaves[at].values...)
			at++
		}
	}
	return whole
}

// keyValue splits the name of a key=value folder; a plain folder is a value without a key.
func keyValue(name string) (key, value string) {
	if key, value, ok := strings.Cut(name, "="); ok && key != "" {
		return key, value
	}
	return "", name
}

// folderName is the last name of a path, with or without a slash at its end.
func folderName(p string) string {
	p = strings.TrimSuffix(p, "/")
	return p[strings.LastIndexByte(p, '/')+1:]
}
