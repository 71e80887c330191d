package glue

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"datalake/local/objects"
)

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// clock is a virtual clock that a test winds by hand.
type clock struct {
	now    time.Time
	events []event
}

type event struct {
	at time.Time
	do func()
}

func (c *clock) Now() time.Time { return c.now }

func (c *clock) At(t time.Time, do func()) {
	c.events = append(c.events, event{t, do})
	slices.SortStableFunc(c.events, func(a, b event) int { return a.at.Compare(b.at) })
}

func (c *clock) pass(d time.Duration) {
	until := c.now.Add(d)
	for len(c.events) > 0 && !c.events[0].at.After(until) {
		next := c.events[0]
		c.events = c.events[1:]
		c.now = next.at
		next.do()
	}
	c.now = until
}

// lab is a Glue over an empty bucket named lake, with the database usage.
type lab struct {
	*Glue
	t     testing.TB
	clock *clock
}

func newLab(t testing.TB) lab {
	store, err := objects.Open(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, store.CreateBucket("lake"))
	c := &clock{now: start}
	l := lab{Glue: New(store, NewCatalog(), c), t: t, clock: c}
	require.NoError(t, l.CreateDatabase("usage"))
	return l
}

func (l lab) put(key, body string) {
	require.NoError(l.t, l.store.Put("lake", key, []byte(body), l.clock.now))
}

func settings(paths ...string) Crawler {
	c := Crawler{Name: "nightly", Role: "crawler-role", Database: "usage"}
	for _, path := range paths {
		c.S3Targets = append(c.S3Targets, S3Target{Path: path})
	}
	return c
}

// crawl runs a crawler to its end and returns LastCrawl.
func (l lab) crawl(name string) map[string]any {
	require.NoError(l.t, l.StartCrawler(name))
	l.clock.pass(time.Hour)
	shown := l.get(name)
	require.Equal(l.t, ready, shown["State"])
	return shown["LastCrawl"].(map[string]any)
}

func (l lab) get(name string) map[string]any {
	response, err := l.GetCrawler(name)
	require.NoError(l.t, err)
	return response["Crawler"].(map[string]any)
}

func (l lab) mustCrawl(c Crawler) {
	if l.crawlers[c.Name] == nil {
		require.NoError(l.t, l.CreateCrawler(c))
	}
	last := l.crawl(c.Name)
	require.Equal(l.t, succeeded, last["Status"], "%v", last["ErrorMessage"])
}

func (l lab) table(name string) Table {
	table, ok := l.catalog.Table("usage", name)
	require.True(l.t, ok, "no table %s", name)
	return table
}

// putSample writes the usage dataset as create-dataset does.
func (l lab) putSample(years ...int) {
	users := []int{672, 25, 32, 1, 0, 500, 7000, 13, 12, 120, 5}
	for _, year := range years {
		for month := 1; month <= 12; month++ {
			for day := 1; day <= 27; day++ {
				date := fmt.Sprintf("%d-%02d-%02d", year, month, day)
				for i, usage := range users {
					user := fmt.Sprintf("user-%011d", i+1)
					l.put(fmt.Sprintf("data/daily-user-summaries/year=%d/month=%02d/date=%s/%s_%s.json", year, month, date, date, user),
						fmt.Sprintf(`{"usage":%d,"user":"%s"}`, usage, user))
				}
			}
		}
	}
}

// told are the skips and notes of the last crawl, a line each.
func (l lab) told() []string {
	last := l.Crawls()[len(l.Crawls())-1]
	var lines []string
	for _, s := range last.Skipped {
		lines = append(lines, at("skipped", s.Object, s.Line)+": "+s.Reason)
	}
	for _, n := range last.Notes {
		line := n.Table
		if n.Column != "" {
			line += "." + n.Column
		}
		if n.Type != "" {
			line += " " + n.Type
		}
		if n.Object != "" {
			line = at(line, n.Object, n.Line)
		}
		if n.Value != "" {
			line += fmt.Sprintf(" %q", n.Value)
		}
		lines = append(lines, line+": "+n.Reason)
	}
	return lines
}

func at(what, object string, line int) string {
	what += " " + strings.TrimPrefix(object, "s3://lake/")
	if line > 0 {
		what += ":" + strconv.Itoa(line)
	}
	return what
}

// moment is a time as RFC 3339 writes it.
func moment(t *testing.T, text string) time.Time {
	t.Helper()
	read, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return read
}
