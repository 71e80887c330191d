package glue

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"datalake/local/objects"
)

// file is an object that is part of a crawl.
type file struct {
	key      string
	size     int64
	modified time.Time
	schema   *schema
	content
	state
	// refusal names the format of a skipped file that Glue reads and this crawler does not.
	refusal error
}

// state is how far a file was looked at.
type state int

const (
	// unseen files are those that a sample leaves out: they count and are not read.
	unseen state = iota
	// known files have content and a schema.
	known
	// skipped files are part of no table.
	skipped
)

// findings are what one crawl found.
type findings struct {
	// groups become tables.
	groups []*group
	// additions are new folders of tables that are there already.
	additions []addition
	// folders are all that were listed, as locations.
	folders []string
}

// addition is a folder for a table that an earlier crawl made.
type addition struct {
	table string
	group *group
}

// survey is a crawl under way.
type survey struct {
	*Glue
	*crawler
	outcome
	schemas schemas
	changed summary
	// before are the database's tables when the crawl began, by name.
	before map[string]Table
	// listed is how many objects the targets hold, those that are excluded among them.
	listed int
	// unread are the objects that were skipped for what they hold, and their folders, as locations; firstUnread says why the
	// first of them was.
	unread      map[string]bool
	firstUnread error
	// refused are errors that name what Glue reads and this crawler does not, where there is nothing beside it.
	refused []error
}

func newSurvey(g *Glue, c *crawler) *survey {
	return &survey{
		Glue: g, crawler: c, schemas: schemas{}, changed: summary{}, unread: map[string]bool{},
		before:  maps.Clone(g.catalog.databases[c.Database]),
		outcome: outcome{Crawl: Crawl{Crawler: c.Name, Started: c.started}},
	}
}

// crawl lists and reads all targets.
func (s *survey) crawl() (found findings, err error) {
	if s.catalog.databases[s.Database] == nil {
		return found, fmt.Errorf("the database %s does not exist; create it before the crawl", s.Database)
	}
	seen := map[string]bool{}
	if s.RecrawlBehavior == newFoldersOnly {
		for _, folder := range s.Folders {
			seen[folder] = true
		}
	}
	for _, t := range s.targets {
		all, err := s.store.List(t.bucket, t.path)
		if err != nil {
			return found, fmt.Errorf("crawling %s: %w", t.location(t.path), err)
		}
		s.listed += len(all)
		files := t.included(all)
		s.Objects += len(files)
		files, changed, folders := s.divide(t, files, seen)
		found.folders = append(found.folders, folders...)
		if err := s.passOver(t, changed); err != nil {
			return found, err
		}
		rest, additions, err := s.extend(t, files, len(seen) > 0)
		if err != nil {
			return found, err
		}
		found.additions = append(found.additions, additions...)
		groups, err := s.group(t, rest)
		if err != nil {
			return found, err
		}
		for _, group := range groups {
			if err := s.explain(group); err != nil {
				return found, err
			}
		}
		found.groups = append(found.groups, groups...)
	}
	if len(found.groups) == 0 && len(seen) == 0 && len(s.refused) == 0 && s.firstUnread != nil {
		s.refused = append(s.refused, s.firstUnread)
	}
	if len(s.refused) > 0 {
		more := ""
		if others := len(s.refused) - 1; others > 0 {
			more = fmt.Sprintf(" (and so in %s)", count(others, "other folder"))
		}
		return found, fmt.Errorf("%w%s: JSON, CSV and Parquet are supported locally; exclude it or mend it", s.refused[0], more)
	}
	return found, nil
}

func (t target) location(key string) string { return "s3://" + t.bucket + "/" + key }

// included drops what the target does not cover, and what marks a folder and holds no data.
func (t target) included(all []objects.Object) []*file {
	var files []*file
	for _, o := range all {
		relative, below := strings.CutPrefix(o.Key, t.path+"/")
		if t.path == "" {
			relative, below = o.Key, true
		}
		if !below {
			relative = path.Base(o.Key)
		}
		if (below || o.Key == t.path) && !isMarker(o) && !t.excludes(relative) {
			files = append(files, &file{key: o.Key, size: o.Size, modified: o.Modified})
		}
	}
	return files
}

// isMarker says that an object stands for a folder or for a success: consoles and Hadoop write such, without a byte in them.
func isMarker(o objects.Object) bool {
	return o.Size == 0 && (strings.HasSuffix(o.Key, "/") || strings.HasSuffix(o.Key, "_$folder$") || isHidden(o.Key))
}

// isHidden says that the last name of a key is hidden; a folder of a partition key may have such a name all the same.
func isHidden(key string) bool {
	name := folderName(key)
	return objects.IsHidden(name) && !(strings.HasSuffix(key, "/") && strings.Contains(name, "="))
}

func (t target) excludes(relative string) bool {
	for _, pattern := range t.exclusions {
		if pattern.MatchString(relative) {
			return true
		}
	}
	return false
}

// divide finds the files of folders that were not seen before, those that came later to one that was, and every folder's
// location. Empty objects are skipped, so that a folder with no others is new for as long.
func (s *survey) divide(t target, files []*file, seen map[string]bool) (fresh, changed []*file, folders []string) {
	looked, last := s.lookedAt(t), ""
	for _, f := range files {
		folder := t.location(parent(f.key))
		if f.size == 0 {
			if !seen[folder] {
				s.skip(t.location(f.key), 0, "it is empty")
			}
			continue
		}
		if folder != last {
			folders, last = append(folders, folder), folder
		}
		switch {
		case !seen[folder]:
			fresh = append(fresh, f)
		case !looked.IsZero() && f.modified.After(looked) && !isHidden(f.key):
			changed = append(changed, f)
		}
	}
	return fresh, changed, folders
}

// lookedAt is when this crawler last looked at a target, or one that reads everything in it.
func (s *survey) lookedAt(t target) time.Time {
	last := s.Seen
	for _, other := range s.crawlers {
		if other.RecrawlBehavior != everything || other.Database != s.Database ||
			!slices.ContainsFunc(other.targets, func(o target) bool { return o.bucket == t.bucket && o.path == t.path }) {
			continue
		}
		for _, past := range other.History {
			if past.State == completed && past.Start.After(last) {
				last = past.Start
			}
		}
	}
	return last
}

// parent is the key of the folder that holds an object, with its slash; empty for the bucket itself.
func parent(key string) string { return key[:strings.LastIndexByte(key, '/')+1] }

// documentName is the name of an object that is written for people.
var documentName = regexp.MustCompile(`(?i)\A(readme|licen[cs]e|notice|changelog|copying)(\.[^.]*)?\z|\.(md|markdown|rst)\z`)

// read classifies a folder's files, or until as many are known as the target's sample has, and skips the others.
func (s *survey) read(t target, files []*file) error {
	sampled := 0
	for _, f := range files {
		if t.sample > 0 && sampled == t.sample {
			return nil
		}
		found, err := classify(func() (*os.File, error) { return s.store.Reader(t.bucket, f.key) }, f.size)
		unread := (*unreadable)(nil)
		if err != nil && !errors.As(err, &unread) {
			return fmt.Errorf("reading %s: %w", t.location(f.key), err)
		}
		s.Read++
		if err == nil && found.isProse() && documentName.MatchString(path.Base(f.key)) {
			unread = &unreadable{reason: "by its name it is a document, and its lines fall into cells of text alone"}
		}
		f.content = found
		if unread != nil {
			f.state = skipped
			s.skipUnread(t, f, unread)
			continue
		}
		f.state, f.schema, f.fields = known, s.schemas.of(found.fields), nil
		sampled++
		for _, r := range found.remarks {
			s.remark(Note{Column: r.column, Type: r.dataType, Object: t.location(f.key), Line: r.line, Value: r.value, Reason: r.reason})
		}
		f.remarks = nil
	}
	return nil
}

func (s *survey) skipUnread(t target, f *file, why *unreadable) {
	s.skip(t.location(f.key), why.line, why.reason)
	s.unread[t.location(f.key)], s.unread[t.location(parent(f.key))] = true, true
	err := fmt.Errorf("reading %s: %w", t.location(f.key), why)
	if s.firstUnread == nil {
		s.firstUnread = err
	}
	if why.unsupported {
		f.refusal = err
	}
}

// isProse says that text was taken for CSV for nothing but its delimiters.
func (c content) isProse() bool {
	if c.classification != "csv" || c.header {
		return false
	}
	for _, f := range c.fields {
		if distinct(f.dataType) {
			return false
		}
	}
	return true
}
