package glue

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"datalake/local/fault"
)

// record is a crawl as the crawler's history keeps it: the API's CrawlerHistory.
type record struct {
	ID, State  string
	Error      string `json:",omitempty"`
	Summary    string `json:",omitempty"`
	Start, End time.Time
}

// ended is the crawl as the history keeps it.
func (s *survey) ended(last *lastCrawl, at time.Time) record {
	r := record{ID: last.MessagePrefix, State: completed, Error: last.ErrorMessage, Start: last.StartTime, End: at}
	if last.Status == failed {
		r.State = "FAILED"
		return r
	}
	r.Summary = s.changed.text()
	return r
}

// completed is the API's state of a crawl that succeeded.
const completed = "COMPLETED"

// maxHistory is how many crawls of a crawler are kept; AWS keeps a year's.
const maxHistory = 20

// record adds a crawl that ended to the history.
func (m *memory) record(crawl record) {
	m.History = append([]record{crawl}, m.History[:min(len(m.History), maxHistory-1)]...)
}

// ListCrawls returns the API's response: the crawls of a crawler that ended, the latest first, at most maxResults of them
// (1 to 100; 20 when it is 0). Errors are *fault.Error: Glue.EntityNotFoundException, Glue.InvalidInputException.
//
// https://docs.aws.amazon.com/glue/latest/webapi/API_ListCrawls.html
func (g *Glue) ListCrawls(name string, maxResults int) (map[string]any, error) {
	c, err := g.find(name)
	if err != nil {
		return nil, err
	}
	if maxResults == 0 {
		maxResults = 20
	}
	if maxResults < 1 || maxResults > 100 {
		return nil, fault.Errorf("Glue.InvalidInputException", "MaxResults is %d: 1 to 100 are taken.", maxResults)
	}
	crawls := []any{}
	for _, r := range c.History[:min(len(c.History), maxResults)] {
		shown := map[string]any{
			"CrawlId":       r.ID,
			"State":         r.State,
			"StartTime":     timestamp(r.Start),
			"EndTime":       timestamp(r.End),
			"LogGroup":      logGroup,
			"LogStream":     name,
			"MessagePrefix": r.ID,
		}
		if r.Summary != "" {
			shown["Summary"] = r.Summary
		}
		if r.Error != "" {
			shown["ErrorMessage"] = r.Error
		}
		crawls = append(crawls, shown)
	}
	return map[string]any{"Crawls": crawls}, nil
}

// summary gathers what a crawl changes in the catalog, by the kind of thing (TABLE, PARTITION) and of change.
type summary map[string]map[string]*listing

// listing is what the history says of one kind: the names, by table for partitions, and how many there are.
type listing struct {
	Details map[string][]string
	Count   int
}

// A state machine has to be able to read the summaries of two crawls in one payload, in which quotes are escaped twice.
const (
	// maxNames is how many names of one kind are kept.
	maxNames = 200
	// maxSummary is in bytes; names are cut until it is kept.
	maxSummary = 50_000
)

func (s summary) add(kind, of, list, name string) {
	if s[kind] == nil {
		s[kind] = map[string]*listing{}
	}
	if s[kind][of] == nil {
		s[kind][of] = &listing{Details: map[string][]string{}}
	}
	c := s[kind][of]
	if c.Count++; c.Count <= maxNames {
		c.Details[list] = append(c.Details[list], name)
	}
}

func (s summary) table(of, name string) { s.add("TABLE", of, "names", name) }

func (s summary) partition(of, table string, values []string) {
	s.add("PARTITION", of, table, "["+strings.Join(values, ", ")+"]")
}

// text is the summary as the API gives it, empty where nothing changed: each kind of change is a JSON text of its own.
func (s summary) text() string {
	if len(s) == 0 {
		return ""
	}
	for most := maxNames; ; most /= 2 {
		kinds := map[string]map[string]string{}
		for kind, changes := range s {
			kinds[kind] = map[string]string{}
			for of, c := range changes {
				kinds[kind][of] = encode(c.cut(most))
			}
		}
		if text := encode(kinds); len(text) <= maxSummary || most == 0 {
			return text
		}
	}
}

// cut keeps the first names of each list.
func (l *listing) cut(most int) listing {
	kept := listing{Details: map[string][]string{}, Count: l.Count}
	for list, names := range l.Details {
		if most > 0 {
			kept.Details[list] = names[:min(len(names), most)]
		}
	}
	return kept
}

func encode(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Errorf("write the summary of a crawl: %w", err)) // it is of texts and numbers
	}
	return string(text)
}
