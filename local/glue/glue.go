// Package glue crawls objects into a Data Catalog by the rules that the AWS Glue guide publishes, on a virtual clock.
package glue

import (
	"crypto/md5"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"datalake/local/fault"
	"datalake/local/objects"
)

// Clock is the virtual time. At calls do once that time has come.
type Clock interface {
	Now() time.Time
	At(t time.Time, do func())
}

// A crawl's virtual time: RUNNING for a minute and a second more for each thousand objects that it lists, then STOPPING.
const (
	runningTime         = time.Minute
	runningTimePerBatch = time.Second
	batch               = 1000
	stoppingTime        = 15 * time.Second
)

// Glue runs crawlers over a store into a catalog. It belongs to the clock's goroutine.
type Glue struct {
	store    *objects.Store
	catalog  *Catalog
	clock    Clock
	crawlers map[string]*crawler
	crawls   []Crawl
}

type crawler struct {
	rules
	*memory
	state   string
	created time.Time
	started time.Time
}

// lastCrawl is the API's LastCrawlInfo.
type lastCrawl struct {
	Status        string
	ErrorMessage  string `json:",omitempty"`
	MessagePrefix string
	StartTime     time.Time
}

// logGroup is where crawlers write their log.
const logGroup = "/aws-glue/crawlers"

const (
	ready    = "READY"
	running  = "RUNNING"
	stopping = "STOPPING"

	succeeded = "SUCCEEDED"
	failed    = "FAILED"
)

// New makes a Glue without crawlers.
func New(store *objects.Store, catalog *Catalog, clock Clock) *Glue {
	return &Glue{store: store, catalog: catalog, clock: clock, crawlers: map[string]*crawler{}}
}

// CreateDatabase adds a database, whose name has 1 to 255 characters, none of them upper case; one that exists stays as it is.
func (g *Glue) CreateDatabase(name string) error {
	if len(name) < 1 || len(name) > 255 || name != strings.ToLower(name) {
		return fmt.Errorf("creating database %q: the name must have 1 to 255 characters and no upper case", name)
	}
	if g.catalog.databases[name] == nil {
		g.catalog.databases[name] = map[string]Table{}
	}
	return nil
}

// CreateCrawler adds a crawler, which goes on from its last crawl if the catalog remembers one.
// It refuses, all at once, what AWS refuses and what this crawler cannot do.
func (g *Glue) CreateCrawler(settings Crawler) error {
	checked, err := newRules(settings)
	if err != nil {
		return fmt.Errorf("creating %w", err)
	}
	if g.crawlers[settings.Name] != nil {
		return fault.Errorf("Glue.AlreadyExistsException", "%s already exists", settings.Name)
	}
	g.crawlers[settings.Name] = &crawler{rules: checked, memory: g.catalog.remember(settings.Name), state: ready, created: g.clock.Now()}
	return nil
}

// StartCrawler lists and reads the objects at once; what they make reaches the catalog when the crawler is READY again.
// A crawl that fails does so in LastCrawl. Errors are *fault.Error: Glue.EntityNotFoundException, Glue.CrawlerRunningException.
func (g *Glue) StartCrawler(name string) error {
	c, err := g.find(name)
	if err != nil {
		return err
	}
	if c.state != ready {
		return fault.Errorf("Glue.CrawlerRunningException", "Crawler with name %s has already started (Service: Glue, Status Code: 400)", name)
	}
	c.state, c.started = running, g.clock.Now()
	c.Crawls++
	last := &lastCrawl{Status: succeeded, MessagePrefix: runID(name, c.Crawls), StartTime: c.started}
	s := newSurvey(g, c)
	found, err := s.crawl()
	stop := c.started.Add(runningTime + time.Duration(s.listed/batch)*runningTimePerBatch)
	g.clock.At(stop, func() { c.state = stopping })
	g.clock.At(stop.Add(stoppingTime), func() {
		if err == nil {
			err = s.apply(found)
		}
		if err != nil {
			last.Status, last.ErrorMessage = failed, err.Error()
		}
		s.Status, s.Message, s.Ended = last.Status, last.ErrorMessage, g.clock.Now()
		c.record(s.ended(last, g.clock.Now()))
		g.crawls = append(g.crawls, s.end(func(object string) string { return g.holder(c, object).Name }))
		c.state, c.LastCrawl = ready, last
	})
	return nil
}

// CrawlerNames are the names of all crawlers, sorted.
func (g *Glue) CrawlerNames() []string { return slices.Sorted(maps.Keys(g.crawlers)) }

// GetCrawler returns the API's response: {"Crawler": {"Name", "State", "LastCrawl", ...}}, its times time.Time.
// There is no LastCrawl before the first crawl has ended.
func (g *Glue) GetCrawler(name string) (map[string]any, error) {
	c, err := g.find(name)
	if err != nil {
		return nil, err
	}
	targets := []any{}
	for _, t := range c.S3Targets {
		shown := map[string]any{"Path": t.Path, "Exclusions": anys(t.Exclusions)}
		if t.SampleSize > 0 {
			shown["SampleSize"] = float64(t.SampleSize)
		}
		targets = append(targets, shown)
	}
	elapsed := time.Duration(0)
	if c.state != ready {
		elapsed = g.clock.Now().Sub(c.started)
	}
	shown := map[string]any{
		"Name":               c.Name,
		"Role":               c.Role,
		"DatabaseName":       c.Database,
		"Targets":            map[string]any{"S3Targets": targets},
		"Classifiers":        []any{},
		"RecrawlPolicy":      map[string]any{"RecrawlBehavior": c.RecrawlBehavior},
		"SchemaChangePolicy": map[string]any{"UpdateBehavior": c.UpdateBehavior, "DeleteBehavior": c.DeleteBehavior},
		"State":              c.state,
		"CrawlElapsedTime":   float64(elapsed.Milliseconds()),
		"CreationTime":       timestamp(c.created),
		"LastUpdated":        timestamp(c.created),
		"Version":            float64(1),
	}
	if c.TablePrefix != "" {
		shown["TablePrefix"] = c.TablePrefix
	}
	if c.Configuration != "" {
		shown["Configuration"] = c.Configuration
	}
	if last := c.LastCrawl; last != nil {
		shown["LastCrawl"] = last.response(name)
	}
	return map[string]any{"Crawler": shown}, nil
}

func (l *lastCrawl) response(crawler string) map[string]any {
	shown := map[string]any{
		"Status":        l.Status,
		"LogGroup":      logGroup,
		"LogStream":     crawler,
		"MessagePrefix": l.MessagePrefix,
		"StartTime":     timestamp(l.StartTime),
	}
	if l.ErrorMessage != "" {
		shown["ErrorMessage"] = l.ErrorMessage
	}
	return shown
}

func (g *Glue) find(name string) (*crawler, error) {
	c, ok := g.crawlers[name]
	if !ok {
		return nil, fault.Errorf("Glue.EntityNotFoundException", "Crawler entry with name %s does not exist (Service: Glue, Status Code: 400)", name)
	}
	return c, nil
}

// holder finds the innermost of the crawler's tables that an object or a folder is in.
func (g *Glue) holder(c *crawler, location string) Table {
	var holder Table
	for _, table := range g.catalog.databases[c.Database] {
		within := strings.HasSuffix(table.Location, "/") && strings.HasPrefix(location, table.Location) || location == table.Location
		if c.owns(table) && within && len(table.Location) > len(holder.Location) {
			holder = table
		}
	}
	return holder
}

// runID has the form of the identifiers that AWS draws at random.
func runID(crawler string, crawl int) string {
	h := md5.Sum(fmt.Appendf(nil, "%s/%d", crawler, crawl))
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:])
}

// timestamp is an instant as the API gives it, to the second.
func timestamp(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func anys(values []string) []any {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
	}
	return list
}
