package glue

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// step leads from a type to one within it: a member's name, or "" for an array's elements.
type step = string

// mixedPaths are the ways to what is text only because values do not agree.
func mixedPaths(t dataType, path []step) [][]step {
	if t.mixed {
		return [][]step{path}
	}
	var found [][]step
	if t.element != nil {
		found = mixedPaths(*t.element, extended(path, ""))
	}
	for _, f := range t.fields {
		found = append(found, mixedPaths(f.dataType, extended(path, f.name))...)
	}
	return found
}

func extended(path []step, next step) []step { return append(path[:len(path):len(path)], next) }

// showPath writes a column and what is within it: reading.values[].at.
func showPath(path []step) string {
	var b strings.Builder
	for i, next := range path {
		switch {
		case next == "" && i > 0:
			b.WriteString("[]")
		case i > 0:
			b.WriteString("." + next)
		default:
			b.WriteString(next)
		}
	}
	return b.String()
}

// at follows a path within a type. What is not there is null.
func (t dataType) at(path []step) dataType {
	for _, next := range path {
		switch i := indexField(t.fields, next); {
		case t.kind == array && next == "":
			t = *t.element
		case (t.kind == object || t.kind == mapping) && i >= 0:
			t = t.fields[i].dataType
		default:
			return dataType{}
		}
	}
	return t
}

// class is what values must agree in so that a column keeps its type.
func (t dataType) class() string {
	switch t.kind {
	case tinyint, smallint, integer, bigint, decimal, float, double:
		return "a number"
	case boolean:
		return "a boolean"
	case text:
		return "text"
	case date:
		return "a date"
	case instant:
		return "a timestamp"
	case blob:
		return "binary"
	case array:
		return "an array"
	case object:
		return "an object"
	case mapping:
		return "a map"
	default:
		return ""
	}
}

// tally counts values or objects by class, and keeps the first of each.
type tally[T any] struct {
	total  int
	counts map[string]int
	first  map[string]T
}

func (t *tally[T]) add(class string, one T) {
	if class == "" {
		return
	}
	if t.counts == nil {
		t.counts, t.first = map[string]int{}, map[string]T{}
	}
	if t.counts[class]++; t.counts[class] == 1 {
		t.first[class] = one
	}
	t.total++
}

// odd is the class that fewest have, of equals text. There is none if most are text: that a few of many texts look like
// numbers is no surprise.
func (t *tally[T]) odd() (class string, ok bool) {
	for c, n := range t.counts {
		least := t.counts[class]
		if class == "" || n < least || n == least && (c == "text" || class != "text" && c < class) {
			class = c
		}
	}
	return class, len(t.counts) > 1 && (class == "text" || t.counts["text"] == 0)
}

// explain notes, for each column of the group that is text only because values do not agree, the object, the line and the
// value that made it so. It reads the beginning of that object again.
func (s *survey) explain(g *group) error {
	for i, f := range g.schema.fields {
		for _, path := range mixedPaths(f.dataType, []step{f.name}) {
			if err := s.explainPath(Note{Column: showPath(path), Type: g.schema.columns[i].Type}, g, path); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxWitnesses is how many objects are read again at most for one column.
const maxWitnesses = 5

func (s *survey) explainPath(n Note, g *group, path []step) error {
	var objects tally[*file]
	read := 0
	for _, f := range g.files {
		t := dataType{kind: object, fields: f.schema.fields}.at(path)
		if t.mixed && read < maxWitnesses {
			read++
			values, err := s.values(g.target, f, path)
			if err != nil {
				return err
			}
			if class, ok := values.odd(); ok {
				s.noteWitness(n, g, f, values.first[class], fmt.Sprintf("%s in %d of the object's %d values", class, values.counts[class], values.total))
				return nil
			}
		}
		objects.add(t.class(), f)
	}
	class, ok := objects.odd()
	if !ok && g.format != parquetFormat { // what Parquet calls a number is one, however many objects have text
		return nil
	}
	f := objects.first[class]
	values, err := s.values(g.target, f, path)
	if err != nil {
		return err
	}
	s.noteWitness(n, g, f, values.first[class], fmt.Sprintf("%s in %d of %d objects", class, objects.counts[class], objects.total))
	return nil
}

func (s *survey) noteWitness(n Note, g *group, f *file, at place, what string) {
	n.Object, n.Line, n.Value = g.target.location(f.key), at.line, at.text
	n.Reason = what + " made the column a string"
	s.note(n)
}

// place is a value and where it stands.
type place struct {
	line int
	text string
}

// values tallies what the beginning of a file holds at a path; of Parquet, the type that it states there.
func (s *survey) values(t target, f *file, path []step) (tally[place], error) {
	var found tally[place]
	if f.format == parquetFormat {
		stated := dataType{kind: object, fields: f.schema.fields}.at(path)
		found.add(stated.class(), place{text: excerpt(stated.String())})
		return found, nil
	}
	object, err := s.store.Reader(t.bucket, f.key)
	if err != nil {
		return found, fmt.Errorf("reading %s again: %w", t.location(f.key), err)
	}
	defer func() { _ = object.Close() }() // it was only read
	h, err := readHead(object, f.limit, f.size)
	if err != nil {
		return found, fmt.Errorf("reading %s again: %w", t.location(f.key), err)
	}
	data := bytes.ToValidUTF8(bytes.TrimPrefix(h.data, []byte("\ufeff")), []byte("\ufffd"))
	if f.classification == "csv" {
		return found, tallyCells(&found, data, h.more(), path)
	}
	line, counted := 1, 0
	eachRecord(data, h.more(), func(at int, raw []byte) {
		line, counted = line+bytes.Count(data[counted:at], []byte("\n")), at
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		var value any
		if decoder.Decode(&value) == nil {
			tallyValue(&found, value, line, path, true)
		}
	}, func(int, error) {})
	return found, nil
}

func tallyValue(found *tally[place], value any, line int, path []step, top bool) {
	switch v := value.(type) {
	case []any:
		if top && len(path) > 0 { // the column named array
			path, top = path[1:], false
		}
		if len(path) > 0 && path[0] == "" {
			for _, element := range v {
				tallyValue(found, element, line, path[1:], false)
			}
			return
		}
	case map[string]any:
		if len(path) == 0 {
			break
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if name == path[0] || top && strings.ToLower(name) == path[0] {
				tallyValue(found, v[name], line, path[1:], false)
			}
		}
		return
	}
	if len(path) == 0 && value != nil {
		raw, _ := json.Marshal(value) // it was read from JSON
		t, _ := recordType(raw)
		text, is := value.(string)
		if !is {
			text = string(raw)
		}
		found.add(t.class(), place{line, excerpt(text)})
	}
}

func tallyCells(found *tally[place], data []byte, more bool, path []step) error {
	if more {
		data = data[:bytes.LastIndexByte(data, '\n')+1]
	}
	rows, err := readCSV(data)
	if err != nil {
		return err
	}
	at := indexField(rows.fields, path[0])
	for _, row := range rows.data {
		t := cellType(row.cells[at])
		if len(path) == 1 {
			found.add(t.class(), place{row.line, excerpt(row.cells[at])})
			continue
		}
		var value any
		if t.kind == object && json.Unmarshal([]byte(row.cells[at]), &value) == nil {
			tallyValue(found, value, row.line, path[1:], false)
		}
	}
	return nil
}
