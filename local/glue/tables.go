package glue

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Parameters that mean something to the crawler itself.
const (
	updatedBy    = "UPDATED_BY_CRAWLER"
	deprecatedBy = "DEPRECATED_BY_CRAWLER"
	maxTableName = 255
)

// tableName names a table after its folder: the guide has lower case, digits and underscores; what else a folder's name holds becomes an underscore.
func tableName(prefix string, g *group) string {
	name := folderName(g.path)
	if name == "" {
		name = g.target.bucket
	}
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(prefix+name))
	return plain[:min(len(plain), maxTableName-33)]
}

// clashName is for a table whose name another location's table has: AWS appends 32 hexadecimal digits; here they are a digest of the location.
func clashName(name, location string) string {
	return fmt.Sprintf("%s_%x", name, md5.Sum([]byte(location)))
}

// partitionKeys names a table's keys: plain folders are partition_0, partition_1 and so on, and every key is a string.
func partitionKeys(keys []string) []Column {
	columns := []Column{}
	plain := 0
	for i, key := range keys {
		name := strings.ToLower(key)
		if name == "" || slices.ContainsFunc(columns[:i], func(c Column) bool { return c.Name == name }) {
			name = fmt.Sprintf("partition_%d", plain)
			plain++
		}
		columns = append(columns, Column{name, "string"})
	}
	return columns
}

// table describes a group, without a name, as the crawler would create it.
func (c *crawler) table(g *group) Table {
	t := Table{
		Database:      c.Database,
		Location:      g.target.location(g.path),
		Columns:       g.schema.columns,
		PartitionKeys: partitionKeys(g.keys),
		InputFormat:   "org.apache.hadoop.mapred.TextInputFormat",
		OutputFormat:  "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
		SerDe:         serDe(g),
		Parameters:    c.parameters(g),
	}
	if g.format == parquetFormat {
		t.InputFormat = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
		t.OutputFormat = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
	}
	if len(g.keys) > 0 {
		t.Partitions = c.partitions(g)
	}
	return t
}

func (c *crawler) partitions(g *group) []Partition {
	var partitions []Partition
	for _, l := range g.leaves {
		p := Partition{Values: l.values, Location: g.target.location(l.path)}
		if c.CrawlerOutput.Partitions.AddOrUpdateBehavior != inheritFromTable {
			p.Columns = l.schema.columns
		}
		partitions = append(partitions, p)
	}
	return partitions
}

func serDe(g *group) SerDe {
	switch g.format.classification {
	case "parquet":
		return SerDe{
			Library:    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
			Parameters: map[string]string{"serialization.format": "1"},
		}
	case "csv":
		return SerDe{
			Library:    "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
			Parameters: map[string]string{"field.delim": g.format.delimiter},
		}
	}
	var paths []string
	for _, f := range g.schema.fields {
		paths = append(paths, f.original)
	}
	return SerDe{Library: "org.openx.data.jsonserde.JsonSerDe", Parameters: map[string]string{"paths": joinPaths(paths)}}
}

func joinPaths(paths []string) string {
	slices.Sort(paths)
	return strings.Join(slices.Compact(paths), ",")
}

func (c *crawler) parameters(g *group) map[string]string {
	p := map[string]string{
		"classification":                   g.format.classification,
		"compressionType":                  g.format.compression,
		"typeOfData":                       "file",
		"CrawlerSchemaSerializerVersion":   "1.0",
		"CrawlerSchemaDeserializerVersion": "1.0",
	}
	c.count(p, g.leaves)
	if len(g.keys) > 0 {
		p["partition_filtering.enabled"] = "true"
	}
	if exclusions := c.exclusions(g.target); len(exclusions) > 0 {
		p["exclusions"] = exclusions
	}
	if g.format.classification == "csv" {
		p["delimiter"] = g.format.delimiter
		p["columnsOrdered"] = "true"
		p["areColumnsQuoted"] = strconv.FormatBool(g.quoted)
		if g.format.header {
			p["skip.header.line.count"] = "1"
		}
	}
	return p
}

// exclusions are a target's, each with the target's whole path before it, as real crawlers write them.
func (c *crawler) exclusions(t target) string {
	var whole []string
	for i, candidate := range c.targets {
		if candidate.bucket == t.bucket && candidate.path == t.path {
			for _, exclusion := range c.S3Targets[i].Exclusions {
				whole = append(whole, strings.TrimSuffix(t.location(t.path), "/")+"/"+exclusion)
			}
			break
		}
	}
	if whole == nil {
		return ""
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(whole) // strings always encode
	return strings.TrimSuffix(text.String(), "\n")
}

// count adds the leaves to the statistics that the parameters hold.
func (c *crawler) count(parameters map[string]string, leaves []leaf) {
	var sum [3]int64
	names := [...]string{"objectCount", "sizeKey", "recordCount"}
	for i, name := range names {
		sum[i], _ = strconv.ParseInt(parameters[name], 10, 64) // absent is 0
	}
	for _, l := range leaves {
		sum[0] += l.objects
		sum[1] += l.bytes
		sum[2] += l.records
	}
	for i, name := range names {
		parameters[name] = strconv.FormatInt(sum[i], 10)
	}
	parameters["averageRecordSize"] = strconv.FormatInt(sum[1]/max(sum[2], 1), 10)
	parameters["CRAWL_RUN_ID"], parameters[updatedBy] = runID(c.Name, c.Crawls), c.Name
}

func hasFormat(t Table, f format) bool {
	header := t.Parameters["skip.header.line.count"] == "1"
	return t.Parameters["classification"] == f.classification && t.Parameters["compressionType"] == f.compression &&
		t.Parameters["delimiter"] == f.delimiter && header == f.header
}
