package glue

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"datalake/local/fault"
)

// Column is a column or partition key. Type is a Hive type: int, struct<a:int,b:array<string>>.
type Column struct {
	Name string
	Type string
}

// SerDe says how a table's objects are turned into rows.
type SerDe struct {
	// Library is a Java class, such as org.openx.data.jsonserde.JsonSerDe.
	Library string
	// Parameters hold, for JSON, `paths`: the names as the objects spell them, sorted and joined by commas; for CSV, `field.delim`; for Parquet, `serialization.format`.
	Parameters map[string]string
}

// Partition is a folder of a table.
type Partition struct {
	// Values answer the table's partition keys, in their order.
	Values []string
	// Location ends with a slash.
	Location string
	// Columns are those of the partition's own objects where they differ from the table's.
	Columns []Column `json:",omitempty"`
	// Parameters hold DEPRECATED_BY_CRAWLER once the folder is gone and the crawler keeps such partitions.
	Parameters map[string]string `json:",omitempty"`
}

// Table is an external table over objects in S3. What the catalog hands out is for reading only.
type Table struct {
	Database string
	Name     string
	// Location is s3://bucket/folder/, or the object itself where an object has a table of its own.
	Location      string
	Columns       []Column
	PartitionKeys []Column
	// Parameters are as real crawlers write them: classification, compressionType, objectCount, sizeKey (bytes), recordCount, UPDATED_BY_CRAWLER and so on.
	Parameters   map[string]string
	InputFormat  string
	OutputFormat string
	SerDe        SerDe
	// Partitions are in ascending order of their values.
	Partitions []Partition
}

// Partition finds the partition of some values; nil if there is none.
func (t Table) Partition(values []string) *Partition {
	i, found := slices.BinarySearchFunc(t.Partitions, values, func(p Partition, values []string) int { return slices.Compare(p.Values, values) })
	if !found {
		return nil
	}
	return &t.Partitions[i]
}

// Catalog is a Data Catalog: databases of tables, and what crawlers remember from one crawl to the next.
type Catalog struct {
	databases map[string]map[string]Table
	crawlers  map[string]*memory
}

// memory is what outlives a crawl.
type memory struct {
	// Crawls counts the crawls so far; their ids derive from it.
	Crawls    int
	LastCrawl *lastCrawl `json:",omitempty"`
	// History are the latest crawls, the last one first.
	History []record `json:",omitempty"`
	// Folders are those that CRAWL_NEW_FOLDERS_ONLY has seen, sorted; Seen is when, in virtual time.
	Folders []string  `json:",omitempty"`
	Seen    time.Time `json:",omitzero"`
}

// NewCatalog makes an empty catalog.
func NewCatalog() *Catalog {
	return &Catalog{databases: map[string]map[string]Table{}, crawlers: map[string]*memory{}}
}

// document is a catalog's form on disk; maps are written in the order of their keys.
type document struct {
	Databases map[string]map[string]Table
	Crawlers  map[string]*memory
}

// LoadCatalog reads what Save wrote. An absent file is an error that is fs.ErrNotExist.
func LoadCatalog(path string) (*Catalog, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("loading the catalog: %w", err)
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("loading the catalog: %s: %w; remove it and start from an empty one", path, err)
	}
	if d.Databases == nil || d.Crawlers == nil {
		return nil, fmt.Errorf("loading the catalog: %s has no Databases or no Crawlers; remove it and start from an empty one", path)
	}
	return &Catalog{databases: d.Databases, crawlers: d.Crawlers}, nil
}

// Save writes the catalog as JSON, replacing the file whole; equal catalogs give equal bytes. A crawl under way is not part of it.
func (c *Catalog) Save(path string) error {
	text, err := json.MarshalIndent(document{c.databases, c.crawlers}, "", " ")
	if err != nil {
		return fmt.Errorf("saving the catalog: %w", err)
	}
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("saving the catalog: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("saving the catalog: %w", err)
	}
	return nil
}

// Databases returns the names of all databases, sorted.
func (c *Catalog) Databases() []string {
	return slices.Sorted(maps.Keys(c.databases))
}

// Tables returns a database's tables by name, or a *fault.Error Glue.EntityNotFoundException.
func (c *Catalog) Tables(database string) ([]Table, error) {
	tables, ok := c.databases[strings.ToLower(database)]
	if !ok {
		return nil, fault.Errorf("Glue.EntityNotFoundException", "Database %s not found.", database)
	}
	var sorted []Table
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		sorted = append(sorted, tables[name])
	}
	return sorted, nil
}

// Table finds a table; as in Athena, case does not matter.
func (c *Catalog) Table(database, name string) (Table, bool) {
	table, ok := c.databases[strings.ToLower(database)][strings.ToLower(name)]
	return table, ok
}

func (c *Catalog) put(table Table) {
	c.databases[table.Database][table.Name] = table
}

func (c *Catalog) remember(crawler string) *memory {
	if c.crawlers[crawler] == nil {
		c.crawlers[crawler] = &memory{}
	}
	return c.crawlers[crawler]
}
