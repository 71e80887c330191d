package glue

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"datalake/local/objects"
)

// file is an object that is part of a crawl.
type file struct {
	key    string
	size   int64
	schema *schema
	content
	// known says that content and schema are: not so for objects left out of a sample, and for those that no classifier recognizes.
	known   bool
	sampled bool
}

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
	schemas schemas
}

// crawl lists and reads all targets. It returns how many objects it listed also when it fails.
func (g *Glue) crawl(c *crawler) (found findings, listed int, err error) {
	if g.catalog.databases[c.Database] == nil {
		return found, 0, fmt.Errorf("the database %s does not exist; create it before the crawl", c.Database)
	}
	s := survey{Glue: g, crawler: c, schemas: schemas{}}
	seen := map[string]bool{}
	if c.RecrawlBehavior == newFoldersOnly {
		for _, folder := range c.Folders {
			seen[folder] = true
		}
	}
	for _, t := range c.targets {
		all, err := g.store.List(t.bucket, t.path)
		if err != nil {
			return found, listed, fmt.Errorf("crawling %s: %w", t.location(t.path), err)
		}
		listed += len(all)
		files, folders := unseen(t, t.included(all), seen)
		found.folders = append(found.folders, folders...)
		rest, additions, err := s.extend(t, files, len(seen) > 0)
		if err != nil {
			return found, listed, err
		}
		found.additions = append(found.additions, additions...)
		groups, err := s.group(t, rest)
		if err != nil {
			return found, listed, err
		}
		found.groups = append(found.groups, groups...)
	}
	return found, listed, nil
}

func (t target) location(key string) string { return "s3://" + t.bucket + "/" + key }

// included drops what the target does not cover. Empty objects, folder markers among them, hold no data.
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
		if (below || o.Key == t.path) && o.Size > 0 && !t.excludes(relative) {
			files = append(files, &file{key: o.Key, size: o.Size})
		}
	}
	return files
}

func (t target) excludes(relative string) bool {
	for _, pattern := range t.exclusions {
		if pattern.MatchString(relative) {
			return true
		}
	}
	return false
}

// unseen drops the files of folders that were seen before, and returns every folder's location.
func unseen(t target, files []*file, seen map[string]bool) (kept []*file, folders []string) {
	last := ""
	for _, f := range files {
		folder := t.location(parent(f.key))
		if folder != last {
			folders, last = append(folders, folder), folder
		}
		if !seen[folder] {
			kept = append(kept, f)
		}
	}
	return kept, folders
}

// parent is the key of the folder that holds an object, with its slash; empty for the bucket itself.
func parent(key string) string { return key[:strings.LastIndexByte(key, '/')+1] }

// read classifies a folder's files, or as many as the target's sample has. Those that no classifier recognizes stay unknown.
func (s survey) read(t target, files []*file) error {
	for i, f := range files {
		if t.sample > 0 && i >= t.sample {
			return nil
		}
		f.sampled = true
		place, err := s.store.Path(t.bucket, f.key)
		if err != nil {
			return fmt.Errorf("reading %s: %w", t.location(f.key), err)
		}
		f.content, err = classify(place, f.size)
		if errors.Is(err, errUnrecognized) {
			s.logf(s.crawler, "%s: %v", t.location(f.key), err)
			continue
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", t.location(f.key), err)
		}
		if !f.intact {
			s.logf(s.crawler, "%s: no JSON any more after %d records, which decide its schema", t.location(f.key), f.records)
		}
		f.known, f.schema = true, s.schemas.of(f.fields)
		f.fields = nil
	}
	return nil
}
