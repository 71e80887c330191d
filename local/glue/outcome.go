package glue

import (
	"slices"
	"strings"
	"time"
)

// Crawl is how one crawl of a crawler went. AWS tells most of it in the crawler's log, if at all.
type Crawl struct {
	// Crawler is the crawler's name.
	Crawler string
	// Status is SUCCEEDED or FAILED. A crawl that fails changes nothing in the catalog.
	Status string
	// Message says why the crawl failed; it is empty for one that succeeded.
	Message string
	// Started and Ended are in virtual time.
	Started, Ended time.Time
	// Objects is how many lie in the targets, without those that are excluded and without folder markers.
	Objects int
	// Read is of how many the beginning, or the footer of Parquet, was read: all of them, those of new folders, or a sample.
	Read int
	// TablesAdded and TablesUpdated are names of tables in the crawler's database. A table is updated when its columns, its
	// partition keys, its format or its mark as deprecated changed; partitions that came to it are counted apart.
	TablesAdded, TablesUpdated []string
	// PartitionsAdded counts those of new tables too.
	PartitionsAdded int
	// Skipped is what is no part of a table though it lies in a target: the first twenty.
	Skipped []Skip
	// SkippedBeyond counts those that Skipped leaves out.
	SkippedBeyond int
	// Notes are what a person should know of the tables, and of the objects that are in them: the first twenty.
	Notes []Note
	// NotesBeyond counts those that Notes leave out.
	NotesBeyond int
}

// Skip is an object or a folder that a crawl left out. What AWS makes of a stray object beside the data is not documented;
// here the crawl goes on without it. It is left out of the catalog alone: Athena reads every object below a table's location
// whose name does not begin with _ or a dot.
type Skip struct {
	// Object is s3://bucket/key; a folder's ends with a slash.
	Object string
	// Line counts from 1; it is 0 when the reason is the whole object.
	Line   int
	Reason string
}

// Note is a remark on a table, or on an object that is part of one. Fields that say nothing here are empty.
type Note struct {
	Table string
	// Column is a column's name; members of structs follow after dots, and [] stands for the elements of an array.
	Column string
	// Type is the Hive type that the column has in the objects.
	Type string
	// Object is s3://bucket/key; a folder's ends with a slash.
	Object string
	// Line is where the record begins, from 1; 0 when the note is on the whole.
	Line int
	// Value is what stands there, or the type that Parquet states, at most 80 characters of it.
	Value  string
	Reason string
}

// maxKept is how many skips and notes of a crawl are kept.
const maxKept = 20

// Crawls returns the crawls that ended since New, in that order.
func (g *Glue) Crawls() []Crawl { return g.crawls }

// outcome gathers what becomes a Crawl.
type outcome struct {
	Crawl
	// remarks are notes on places in objects. Those on tables and columns go first.
	remarks       []Note
	remarksBeyond int
}

func (o *outcome) skip(object string, line int, reason string) {
	if len(o.Skipped) == maxKept {
		o.SkippedBeyond++
		return
	}
	o.Skipped = append(o.Skipped, Skip{object, line, reason})
}

func (o *outcome) note(n Note) { o.Notes = append(o.Notes, n) }

func (o *outcome) remark(n Note) {
	if len(o.remarks) == maxKept {
		o.remarksBeyond++
		return
	}
	o.remarks = append(o.remarks, n)
}

// end is the crawl as it is kept. holder names the table that an object is part of, which is known only now.
func (o *outcome) end(holder func(object string) string) Crawl {
	o.Notes = append(o.Notes, o.remarks...)
	if beyond := len(o.Notes) - maxKept; beyond > 0 {
		o.Notes, o.NotesBeyond = slices.Clip(o.Notes[:maxKept]), beyond
	}
	o.NotesBeyond += o.remarksBeyond
	for i, n := range o.Notes {
		if n.Table == "" {
			o.Notes[i].Table = holder(n.Object)
		}
	}
	return o.Crawl
}

// excerpt is the beginning of a value, fit for a line of text.
func excerpt(value string) string {
	runes := []rune(strings.ToValidUTF8(value, "\ufffd"))
	if len(runes) > 80 {
		return string(runes[:79]) + "…"
	}
	return string(runes)
}
