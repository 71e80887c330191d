package glue

import (
	"maps"
	"slices"
	"time"
)

// Crawl is how one crawl ended.
type Crawl struct {
	Crawler, Status, Message string
	// Started is virtual time.
	Started time.Time
	// Objects is how many objects were listed, Read how many of them were read.
	Objects, Read              int
	TablesAdded, TablesUpdated []string
	PartitionsAdded            int
	// Skipped and Notes are the first; SkippedBeyond and NotesBeyond count those that they leave out.
	Skipped       []Skip
	SkippedBeyond int
	Notes         []Note
	NotesBeyond   int
}

// Skip is an object, or a line of it, that decided nothing. Line is 0 for a whole object.
type Skip struct {
	Object string
	Line   int
	Reason string
}

// Note is a column's type that one value decided.
type Note struct {
	Table, Column, Type, Object string
	Line                        int
	Value, Reason               string
}

// Crawls returns the last crawl of each crawler.
func (g *Glue) Crawls() []Crawl {
	var crawls []Crawl
	for _, name := range slices.Sorted(maps.Keys(g.crawlers)) {
		if last := g.crawlers[name].LastCrawl; last != nil {
			crawls = append(crawls, Crawl{Crawler: name, Status: last.Status, Message: last.ErrorMessage, Started: last.StartTime})
		}
	}
	return crawls
}
