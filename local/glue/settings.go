package glue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"datalake/local/objects"
)

// Crawler is a crawler's settings, under the names and with the values of the Glue API. Empty behaviours take the API's defaults.
type Crawler struct {
	// Name has 1 to 255 characters.
	Name string
	// Role is the name or ARN of the role that the crawler assumes.
	Role     string
	Database string
	// TablePrefix goes before the name of each table.
	TablePrefix string
	S3Targets   []S3Target
	// UpdateBehavior is UPDATE_IN_DATABASE (default) or LOG.
	UpdateBehavior string
	// DeleteBehavior is DEPRECATE_IN_DATABASE (default), DELETE_FROM_DATABASE or LOG.
	DeleteBehavior string
	// RecrawlBehavior is CRAWL_EVERYTHING (default) or CRAWL_NEW_FOLDERS_ONLY, which needs LOG as both other behaviours.
	RecrawlBehavior string
	// Configuration is the JSON text of "Setting crawler configuration options", or empty.
	Configuration string
}

// S3Target is what a crawler crawls.
type S3Target struct {
	// Path is s3://bucket/folder/ or one object.
	Path string
	// Exclusions are globs over keys relative to Path ("Include and exclude patterns").
	Exclusions []string
	// SampleSize is how many objects of each folder are read, 1 to 249; 0 reads all.
	SampleSize int
}

const (
	update            = "UPDATE_IN_DATABASE"
	logOnly           = "LOG"
	deleteGone        = "DELETE_FROM_DATABASE"
	deprecate         = "DEPRECATE_IN_DATABASE"
	everything        = "CRAWL_EVERYTHING"
	newFoldersOnly    = "CRAWL_NEW_FOLDERS_ONLY"
	inheritFromTable  = "InheritFromTable"
	mergeNewColumns   = "MergeNewColumns"
	combineCompatible = "CombineCompatibleSchemas"
)

// configuration holds what this crawler knows of the Configuration setting.
type configuration struct {
	Version       json.Number
	CrawlerOutput struct {
		Partitions struct{ AddOrUpdateBehavior string }
		Tables     struct{ AddOrUpdateBehavior string }
	}
	Grouping struct {
		TableGroupingPolicy string
		// TableLevelConfiguration counts the bucket as level 1.
		TableLevelConfiguration int
	}
	// CreatePartitionIndex changes nothing here: an index makes AWS faster, not different.
	CreatePartitionIndex bool
}

func parseConfiguration(text string) (configuration, error) {
	var c configuration
	if text == "" {
		return c, nil
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return c, fmt.Errorf("the Configuration: %w (supported locally: Version, CrawlerOutput, Grouping, CreatePartitionIndex)", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return c, errors.New("the Configuration must be one JSON object")
	}
	version, err := c.Version.Float64()
	if err != nil || version != 1 {
		err = fmt.Errorf("the Configuration.Version must be 1.0, is %q", c.Version)
	}
	if c.Grouping.TableLevelConfiguration < 0 {
		err = errors.Join(err, fmt.Errorf("Configuration.Grouping.TableLevelConfiguration must be positive, is %d", c.Grouping.TableLevelConfiguration))
	}
	return c, errors.Join(err,
		oneOf("Configuration.CrawlerOutput.Partitions.AddOrUpdateBehavior", c.CrawlerOutput.Partitions.AddOrUpdateBehavior, "", inheritFromTable),
		oneOf("Configuration.CrawlerOutput.Tables.AddOrUpdateBehavior", c.CrawlerOutput.Tables.AddOrUpdateBehavior, "", mergeNewColumns),
		oneOf("Configuration.Grouping.TableGroupingPolicy", c.Grouping.TableGroupingPolicy, "", combineCompatible),
	)
}

func oneOf(setting, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	named := slices.DeleteFunc(allowed, func(v string) bool { return v == "" })
	return fmt.Errorf("%s %q is not supported locally; it can be %s", setting, value, strings.Join(named, ", "))
}

// target is an S3Target taken apart.
type target struct {
	bucket string
	// path has no slash at its end; it is empty for a whole bucket.
	path       string
	exclusions []*regexp.Regexp
	sample     int
}

func parseTarget(t S3Target) (target, error) {
	bucket, path := objects.SplitURI(t.Path)
	if bucket == "" {
		return target{}, fmt.Errorf("S3 target %q must be s3://bucket/folder/", t.Path)
	}
	parsed := target{bucket: bucket, path: strings.TrimSuffix(path, "/"), sample: t.SampleSize}
	var err error
	if t.SampleSize < 0 || t.SampleSize > 249 {
		err = fmt.Errorf("S3 target %s: SampleSize must be 1 to 249, is %d", t.Path, t.SampleSize)
	}
	for _, exclusion := range t.Exclusions {
		pattern, fault := compileGlob(exclusion)
		if fault != nil {
			err = errors.Join(err, fmt.Errorf("S3 target %s: exclusion %q: %w", t.Path, exclusion, fault))
		}
		parsed.exclusions = append(parsed.exclusions, pattern)
	}
	return parsed, err
}

// rules are a crawler's settings, checked and parsed.
type rules struct {
	Crawler
	configuration
	targets []target
}

// newRules applies the API's defaults and reports every fault at once.
func newRules(c Crawler) (rules, error) {
	r := rules{Crawler: c}
	for setting, standard := range map[*string]string{&r.UpdateBehavior: update, &r.DeleteBehavior: deprecate, &r.RecrawlBehavior: everything} {
		if *setting == "" {
			*setting = standard
		}
	}
	var faults []error
	if n := len([]rune(c.Name)); n < 1 || n > 255 || strings.ContainsAny(c.Name, "\r\n") {
		faults = append(faults, errors.New("the name must have 1 to 255 characters in one line"))
	}
	if c.Role == "" {
		faults = append(faults, errors.New("a Role is needed"))
	}
	if c.Database == "" {
		faults = append(faults, errors.New("a DatabaseName is needed"))
	}
	if len(c.TablePrefix) > 128 {
		faults = append(faults, fmt.Errorf("TablePrefix has %d characters, at most 128", len(c.TablePrefix)))
	}
	faults = append(faults,
		oneOf("UpdateBehavior", r.UpdateBehavior, update, logOnly),
		oneOf("DeleteBehavior", r.DeleteBehavior, deprecate, deleteGone, logOnly),
		oneOf("RecrawlBehavior", r.RecrawlBehavior, everything, newFoldersOnly),
	)
	if r.RecrawlBehavior == newFoldersOnly && (r.UpdateBehavior != logOnly || r.DeleteBehavior != logOnly) {
		faults = append(faults, fmt.Errorf("with %s, UpdateBehavior and DeleteBehavior must both be %s, are %s and %s", newFoldersOnly, logOnly, r.UpdateBehavior, r.DeleteBehavior))
	}
	if len(c.S3Targets) == 0 {
		faults = append(faults, errors.New("an S3 target is needed (others are not supported locally)"))
	}
	for _, given := range c.S3Targets {
		parsed, err := parseTarget(given)
		faults = append(faults, err)
		r.targets = append(r.targets, parsed)
	}
	var err error
	r.configuration, err = parseConfiguration(c.Configuration)
	if err := errors.Join(append(faults, err)...); err != nil {
		lines := bytes.ReplaceAll([]byte(err.Error()), []byte("\n"), []byte("; "))
		return rules{}, fmt.Errorf("crawler %q: %s", c.Name, lines)
	}
	return r, nil
}
