package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"datalake/local/glue"
	"datalake/local/objects"
)

// CrawlReport is one crawl, in virtual time.
type CrawlReport struct {
	Crawler string    `json:"crawler"`
	Status  string    `json:"status"`
	Message string    `json:"message"`
	Started time.Time `json:"started"`
	// Objects is how many objects lie in the targets, Read how many of them were read.
	Objects         int      `json:"objects"`
	Read            int      `json:"read"`
	TablesAdded     []string `json:"tablesAdded"`
	TablesUpdated   []string `json:"tablesUpdated"`
	PartitionsAdded int      `json:"partitionsAdded"`
	// Skipped are the first of SkippedTotal, and Notes of NotesTotal.
	Skipped      []SkipReport `json:"skipped"`
	SkippedTotal int          `json:"skippedTotal"`
	Notes        []NoteReport `json:"notes"`
	NotesTotal   int          `json:"notesTotal"`
}

// SkipReport is an object that a crawl skipped, or one of its lines, counted from 1.
type SkipReport struct {
	Object string `json:"object"`
	Line   int    `json:"line,omitempty"`
	Reason string `json:"reason"`
}

// NoteReport is a remark on a table, such as the value that made a column a string, or on an object; what does not apply is
// empty.
type NoteReport struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	Type   string `json:"type"`
	Object string `json:"object"`
	Line   int    `json:"line,omitempty"`
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

func crawlReports(crawls []glue.Crawl) []CrawlReport {
	reports := []CrawlReport{}
	for _, crawl := range crawls {
		report := CrawlReport{
			Crawler:         crawl.Crawler,
			Status:          crawl.Status,
			Message:         crawl.Message,
			Started:         crawl.Started,
			Objects:         crawl.Objects,
			Read:            crawl.Read,
			TablesAdded:     append([]string{}, crawl.TablesAdded...),
			TablesUpdated:   append([]string{}, crawl.TablesUpdated...),
			PartitionsAdded: crawl.PartitionsAdded,
			Skipped:         []SkipReport{},
			SkippedTotal:    len(crawl.Skipped) + crawl.SkippedBeyond,
			Notes:           []NoteReport{},
			NotesTotal:      len(crawl.Notes) + crawl.NotesBeyond,
		}
		for _, skip := range crawl.Skipped {
			report.Skipped = append(report.Skipped, SkipReport(skip))
		}
		for _, note := range crawl.Notes {
			report.Notes = append(report.Notes, NoteReport(note))
		}
		reports = append(reports, report)
	}
	return reports
}

// EmptyTargets returns the paths that a state machine's crawlers read, if it has crawlers and no path holds an object.
func (e *Engine) EmptyTargets(name string) ([]string, error) {
	machine, err := e.resources.machine(name)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, crawler := range e.resources.crawlers {
		if !strings.Contains(machine.Definition, `"`+crawler.Name+`"`) {
			continue
		}
		for _, target := range crawler.S3Targets {
			bucket, prefix := objects.SplitURI(target.Path)
			found, err := e.store.List(bucket, prefix)
			if err != nil {
				return nil, fmt.Errorf("look at what %s crawls: %w", name, err)
			}
			if len(found) > 0 {
				return nil, nil
			}
			paths = append(paths, target.Path)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(paths))), nil
}
