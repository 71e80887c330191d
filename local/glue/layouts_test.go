package glue

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// times makes n objects from one, numbered.
func times(n int, key, body string) map[string]string {
	made := map[string]string{}
	for i := range n {
		made[fmt.Sprintf(key, i)] = body
	}
	return made
}

func join(parts ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, part := range parts {
		for key, body := range part {
			all[key] = body
		}
	}
	return all
}

// show writes a table as `name @ location: columns | keys (partitions)`.
func show(t Table) string {
	list := func(columns []Column) string {
		var words []string
		for _, c := range columns {
			words = append(words, c.Name+" "+c.Type)
		}
		return strings.Join(words, ", ")
	}
	line := fmt.Sprintf("%s @ %s: %s", t.Name, strings.TrimPrefix(t.Location, "s3://lake/"), list(t.Columns))
	if len(t.PartitionKeys) > 0 {
		line += fmt.Sprintf(" | %s (%d)", list(t.PartitionKeys), len(t.Partitions))
	}
	return line
}

const combine = `{"Version":1.0,"Grouping":{"TableGroupingPolicy":"CombineCompatibleSchemas"}}`

func level(n int) string {
	return fmt.Sprintf(`{"Version":1.0,"Grouping":{"TableLevelConfiguration":%d}}`, n)
}

// Layouts and the tables that they make. Each row says what it rests on: a section of the AWS Glue guide, what real crawlers wrote (measured),
// or our own decision where AWS says nothing.
func TestLayouts(t *testing.T) {
	const guide = "How does a crawler determine when to create partitions?"
	for _, c := range []struct {
		why, source   string
		objects       map[string]string
		path          string
		exclusions    []string
		configuration string
		tables        []string
	}{
		{
			why: "hive folders are partitions", source: guide,
			objects: map[string]string{
				"sales/year=2019/month=Jan/day=1/a.json": `{"n":1}`, "sales/year=2019/month=Jan/day=2/a.json": `{"n":1}`,
				"sales/year=2019/month=Feb/day=1/a.json": `{"n":1}`, "sales/year=2019/month=Feb/day=2/a.json": `{"n":1}`,
			},
			path:   "s3://lake/sales",
			tables: []string{"sales @ sales/: n int | year string, month string, day string (4)"},
		},
		{
			why: "plain folders are partitions without names", source: guide,
			objects: map[string]string{
				"folder1/table1/partition1/file.json": `{"n":1}`, "folder1/table1/partition2/file.json": `{"n":1}`, "folder1/table1/partition3/file.json": `{"n":1}`,
				"folder1/table2/partition4/file.json": `{"n":1}`, "folder1/table2/partition5/file.json": `{"n":1}`,
			},
			path:   "s3://lake/folder1/",
			tables: []string{"folder1 @ folder1/: n int | partition_0 string, partition_1 string (5)"},
		},
		{
			why: "datasets of different schemas are tables", source: guide,
			objects: map[string]string{
				"data/daily-user-summaries/year=2016/a.json":         `{"usage":1,"user":"u"}`,
				"data/daily-location-summaries/year=2016/a.json":     `{"name":"n","state":"s","total_usage":1,"users":["u"]}`,
				"data/all-time-location-summaries/north.json":        `{"name":"n","state":"s","total_usage":1}`,
				"data/all-time-location-summaries/south.json":        `{"name":"n","state":"s","total_usage":1}`,
				"data/daily-user-summaries/year=2017/b.json":         `{"usage":1,"user":"u"}`,
				"data/daily-location-summaries/year=2017/north.json": `{"name":"n","state":"s","total_usage":1,"users":["u"]}`,
			},
			path: "s3://lake/data/",
			tables: []string{
				"all_time_location_summaries @ data/all-time-location-summaries/: name string, state string, total_usage int",
				"daily_location_summaries @ data/daily-location-summaries/: name string, state string, total_usage int, users array<string> | year string (2)",
				"daily_user_summaries @ data/daily-user-summaries/: usage int, user string | year string (2)",
			},
		},
		{
			why: "a lone folder of hive folders is the table", source: "our decision",
			objects: times(2, "data/daily-user-summaries/year=201%d/a.json", `{"usage":1}`),
			path:    "s3://lake/data/",
			tables:  []string{"daily_user_summaries @ data/daily-user-summaries/: usage int | year string (2)"},
		},
		{
			why: "similar datasets in plain folders are one table", source: guide,
			objects: join(times(2, "data/a/dt=%d/x.json", `{"n":1}`), times(2, "data/b/dt=%d/x.json", `{"n":1}`)),
			path:    "s3://lake/data/",
			tables:  []string{"data @ data/: n int | partition_0 string, dt string (4)"},
		},
		{
			why: "dissimilar schemas are tables of their own", source: "Creating a single schema for each Amazon S3 include path",
			objects: map[string]string{"table1/year=2017/data1.json": `{"A":1,"B":2}`, "table1/year=2018/data2.json": `{"C":3,"D":4}`},
			path:    "s3://lake/table1/",
			tables:  []string{"year_2017 @ table1/year=2017/: a int, b int", "year_2018 @ table1/year=2018/: c int, d int"},
		},
		{
			why: "unless they shall be combined", source: "Creating a single schema for each Amazon S3 include path",
			objects:       map[string]string{"table1/year=2017/data1.json": `{"A":1,"B":2}`, "table1/year=2018/data2.json": `{"C":3,"D":4}`},
			path:          "s3://lake/table1/",
			configuration: combine,
			tables:        []string{"table1 @ table1/: a int, b int, c int, d int | year string (2)"},
		},
		{
			why: "incompatible data cannot be combined", source: "Creating a single schema for each Amazon S3 include path",
			objects:       map[string]string{"table1/year=2017/data1.json": `{"A":1}`, "table1/year=2018/data2.csv": "a,b\n1,2\n"},
			path:          "s3://lake/table1/",
			configuration: combine,
			tables:        []string{"year_2017 @ table1/year=2017/: a int", "year_2018 @ table1/year=2018/: a bigint, b bigint"},
		},
		{
			why: "compression is part of compatibility", source: "Creating a single schema for each Amazon S3 include path",
			objects: map[string]string{"logs/day=1/a.json": `{"n":1}`, "logs/day=2/a.json.gz": zipped(`{"n":1}`)},
			path:    "s3://lake/logs/",
			tables:  []string{"day_1 @ logs/day=1/: n int", "day_2 @ logs/day=2/: n int"},
		},
		{
			why: "eight folders of ten decide", source: "How does the AWS Glue crawler detect the schema?",
			objects: join(times(8, "logs/day=%d/a.json", `{"a":1,"b":2}`), times(2, "logs/day=1%d/a.json", `{"c":1,"d":2}`)),
			path:    "s3://lake/logs/",
			tables:  []string{"logs @ logs/: a int, b int, c int, d int | day string (10)"},
		},
		{
			why: "seven of ten do not", source: "How does the AWS Glue crawler detect the schema?",
			objects: join(times(7, "logs/day=%d/a.json", `{"a":1,"b":2}`), times(3, "logs/day=1%d/a.json", `{"c":1,"d":2}`)),
			path:    "s3://lake/logs/",
			tables: []string{
				"day_0 @ logs/day=0/: a int, b int", "day_1 @ logs/day=1/: a int, b int", "day_10 @ logs/day=10/: c int, d int", "day_11 @ logs/day=11/: c int, d int",
				"day_12 @ logs/day=12/: c int, d int", "day_2 @ logs/day=2/: a int, b int", "day_3 @ logs/day=3/: a int, b int", "day_4 @ logs/day=4/: a int, b int",
				"day_5 @ logs/day=5/: a int, b int", "day_6 @ logs/day=6/: a int, b int",
			},
		},
		{
			why: "a new column leaves schemas similar", source: "our decision: Dice's measure",
			objects: map[string]string{"t/day=1/a.json": `{"usage":1,"user":"u"}`, "t/day=2/a.json": `{"usage":1,"user":"u","plan":"p"}`},
			path:    "s3://lake/t/",
			tables:  []string{"t @ t/: usage int, user string, plan string | day string (2)"},
		},
		{
			why: "dissimilar objects of a folder are tables", source: "Tutorial: Joining and relationalizing data (persons_json, memberships_json)",
			objects: map[string]string{"us-legislators/all/persons.json": `{"id":"p","name":"n"}`, "us-legislators/all/memberships.json": `{"organization_id":"o","role":"r"}`},
			path:    "s3://lake/us-legislators/all",
			tables: []string{
				"memberships_json @ us-legislators/all/memberships.json: organization_id string, role string",
				"persons_json @ us-legislators/all/persons.json: id string, name string",
			},
		},
		{
			why: "objects beside folders are tables", source: "Specifying the maximum number of tables the crawler is allowed to create",
			objects: map[string]string{"t/a.json": `{"n":1}`, "t/day=1/b.json": `{"n":1}`},
			path:    "s3://lake/t/",
			tables:  []string{"a_json @ t/a.json: n int", "day_1 @ t/day=1/: n int"},
		},
		{
			why: "folders of different keys do not go together", source: "our decision: a table has one list of keys",
			objects: map[string]string{"t/year=2016/a.json": `{"n":1}`, "t/2017/a.json": `{"n":1}`},
			path:    "s3://lake/t/",
			tables:  []string{"2017 @ t/2017/: n int", "year_2016 @ t/year=2016/: n int"},
		},
		{
			why: "the table level splits similar datasets", source: "Specifying the table location and partitioning level",
			objects:       join(times(2, "bronze/a/dt=%d/x.json", `{"n":1}`), times(2, "bronze/b/dt=%d/x.json", `{"n":1}`)),
			path:          "s3://lake/bronze/",
			configuration: level(3),
			tables:        []string{"a @ bronze/a/: n int | dt string (2)", "b @ bronze/b/: n int | dt string (2)"},
		},
		{
			why: "a whole bucket", source: guide,
			objects: times(2, "dt=%d/x.json", `{"n":1}`),
			path:    "s3://lake",
			tables:  []string{"lake @ : n int | dt string (2)"},
		},
		{
			why: "one object", source: "Include and exclude patterns",
			objects: map[string]string{"t/a.json": `{"n":1}`, "t/a.json.old": `{"m":1}`},
			path:    "s3://lake/t/a.json",
			tables:  []string{"a_json @ t/a.json: n int"},
		},
		{
			why: "a path is not a prefix", source: "our decision",
			objects: map[string]string{"data/a.json": `{"n":1}`, "data2/a.json": `{"m":1}`},
			path:    "s3://lake/data",
			tables:  []string{"data @ data/: n int"},
		},
		{
			why: "excluded objects are not there", source: "Include and exclude patterns",
			objects:    map[string]string{"t/day=1/a.json": `{"n":1}`, "t/day=1/x.tmp": "?", "t/_SUCCESS": `""`, "t/old/b.json": `{"m":1}`},
			path:       "s3://lake/t/",
			exclusions: []string{"**/*.tmp", "**/_SUCCESS", "old/**"},
			tables:     []string{"t @ t/: n int | day string (1)"},
		},
		{
			why: "empty objects and folder markers hold no data", source: "our decision",
			objects: map[string]string{"t/": "", "t/day=1/": "", "t/day=1/a.json": `{"n":1}`, "t/_SUCCESS": ""},
			path:    "s3://lake/t/",
			tables:  []string{"t @ t/: n int | day string (1)"},
		},
		{
			why: "names with a leading dot or underscore are ordinary", source: "Include and exclude patterns",
			objects: map[string]string{"t/.a.json": `{"n":1}`, "t/_b.json": `{"n":1}`},
			path:    "s3://lake/t/",
			tables:  []string{"t @ t/: n int"},
		},
		{
			why: "no objects, no tables", source: "our decision",
			objects: map[string]string{"other/a.json": `{"n":1}`},
			path:    "s3://lake/t/",
		},
		{
			why: "JSON types", source: "measured",
			objects: map[string]string{"t/a.json": `{"small":2147483647,"big":2147483648,"far":1e3,"rate":0.5,"on":true,"at":"2026-11-22T10:00:00Z","in":{"A":1,"b":[1,2.5]},"many":[{"x":1},{"y":"z"}],"none":null,"empty":[]}`},
			path:    "s3://lake/t/",
			tables:  []string{"t @ t/: small int, big bigint, far double, rate double, on boolean, at string, in struct<A:int,b:array<double>>, many array<struct<x:int,y:string>>, none string, empty array<string>"},
		},
		{
			why: "JSON lines widen types; mixed ones are strings", source: "our decision for mixed types",
			objects: map[string]string{"t/a.json": `{"n":1,"m":1,"null":null}` + "\n" + `{"n":5000000000,"m":"x","null":1}` + "\n"},
			path:    "s3://lake/t/",
			tables:  []string{"t @ t/: n bigint, m string, null int"},
		},
		{
			why: "columns are lower case, in order of appearance", source: "measured",
			objects: map[string]string{"t/a.json": `{"Zeta":1,"alpha Beta (1hr)":2,"zeta":2.5}`},
			path:    "s3://lake/t/",
			tables:  []string{"t @ t/: zeta double, alpha beta (1hr) int"},
		},
		{
			why: "an array at the top is one column", source: "our decision",
			objects: map[string]string{"t/a.json": `[{"a":1},{"b":"x"}]`},
			path:    "s3://lake/t/",
			tables:  []string{"t @ t/: array array<struct<a:int,b:string>>"},
		},
		{
			why: "pretty JSON behind a byte order mark", source: "our decision",
			objects: map[string]string{"t/a.json": "\ufeff\n{\n  \"n\": 1\n}\n"},
			path:    "s3://lake/t/",
			tables:  []string{"t @ t/: n int"},
		},
		{
			why: "CSV with a header", source: "Built-in CSV classifier; whole numbers as measured",
			objects: map[string]string{"t/a.csv": "ID,Name,Rate,On\n1,\"x, y\",0.5,true\n2,,1,false\n"},
			path:    "s3://lake/t/",
			tables:  []string{"t @ t/: id bigint, name string, rate double, on boolean"},
		},
		{
			why: "CSV of strings alone has no header", source: "Built-in CSV classifier",
			objects: map[string]string{"t/a.csv": "id|name\nx|y\n"},
			path:    "s3://lake/t/",
			tables:  []string{"t @ t/: col0 string, col1 string"},
		},
		{
			why: "numbers are no header", source: "Built-in CSV classifier",
			objects: map[string]string{"t/a.csv": "1;2\r\n3;4.5\r\n"},
			path:    "s3://lake/t/",
			tables:  []string{"t @ t/: col0 bigint, col1 double"},
		},
		{
			why: "a delimiter may end each line", source: "Built-in CSV classifier",
			objects: map[string]string{"t/a.csv": "id\tn\t\nx\t1\t\n"},
			path:    "s3://lake/t/",
			tables:  []string{"t @ t/: id string, n bigint"},
		},
		{
			why: "a header has less than 150 characters a name", source: "Built-in CSV classifier",
			objects: map[string]string{"t/a.csv": strings.Repeat("h", 150) + ",n\nx,1\n"},
			path:    "s3://lake/t/",
			tables:  []string{"t @ t/: col0 string, col1 string"},
		},
		{
			why: "quotation marks hold delimiters and doubled marks", source: "our decision",
			objects: map[string]string{"t/a.csv": "\"a, \"\"b\"\"\",n\n\"x\",1\n\"open,2\n"},
			path:    "s3://lake/t/",
			tables:  []string{`t @ t/: a, "b" string, n bigint`},
		},
		{
			why: "Ctrl-A delimits too", source: "Built-in CSV classifier",
			objects: map[string]string{"t/a.txt": "id\x01n\nx\x011\n"},
			path:    "s3://lake/t/",
			tables:  []string{"t @ t/: id string, n bigint"},
		},
	} {
		t.Run(c.why, func(t *testing.T) {
			l := newLab(t)
			for key, body := range c.objects {
				l.put(key, body)
			}
			crawler := settings(c.path)
			crawler.S3Targets[0].Exclusions = c.exclusions
			crawler.Configuration = c.configuration
			l.mustCrawl(crawler)
			tables, err := l.catalog.Tables("usage")
			require.NoError(t, err)
			var shown []string
			for _, table := range tables {
				shown = append(shown, show(table))
			}
			require.Equal(t, c.tables, shown, "rests on: %s", c.source)
		})
	}
}

func TestPartitionsOfPlainFolders(t *testing.T) {
	l := newLab(t)
	l.put("t/north/year=2016/a.json", `{"n":1}`)
	l.put("t/south/year=2016/a.json", `{"n":1}`)
	l.mustCrawl(settings("s3://lake/t/"))
	require.Equal(t, []Partition{
		{Values: []string{"north", "2016"}, Location: "s3://lake/t/north/year=2016/"},
		{Values: []string{"south", "2016"}, Location: "s3://lake/t/south/year=2016/"},
	}, l.table("t").Partitions)
}

func TestAPartitionKeepsItsOwnColumns(t *testing.T) {
	for configuration, want := range map[string][]Column{
		"": {{"a", "int"}, {"b", "int"}},
		`{"Version":1.0,"CrawlerOutput":{"Partitions":{"AddOrUpdateBehavior":"InheritFromTable"}}}`: nil,
	} {
		l := newLab(t)
		l.put("t/day=1/a.json", `{"a":1,"b":1}`)
		l.put("t/day=2/a.json", `{"a":1,"b":1,"c":1}`)
		c := settings("s3://lake/t/")
		c.Configuration = configuration
		l.mustCrawl(c)
		require.Equal(t, want, l.table("t").Partitions[0].Columns)
		require.Nil(t, l.table("t").Partitions[1].Columns, "the same as the table's")
	}
}

func TestTableNames(t *testing.T) {
	l := newLab(t)
	l.put("a/landing/x.json", `{"n":1}`)
	l.put("b/landing/x.json", `{"m":"1"}`)
	c := settings("s3://lake/a/landing/", "s3://lake/b/landing/")
	c.TablePrefix = "Raw-"
	l.mustCrawl(c)
	l.mustCrawl(c)
	tables, err := l.catalog.Tables("usage")
	require.NoError(t, err)
	require.Len(t, tables, 2, "the second crawl finds its tables again")
	require.Equal(t, "raw_landing", tables[0].Name)
	require.Equal(t, "s3://lake/a/landing/", tables[0].Location)
	require.Regexp(t, `^raw_landing_[0-9a-f]{32}$`, tables[1].Name)
	require.Equal(t, "s3://lake/b/landing/", tables[1].Location)
}

func TestAColumnNamedLikeAPartitionKeyIsNoted(t *testing.T) {
	l := newLab(t)
	l.put("t/location=north/a.json", `{"location":"north"}`)
	l.mustCrawl(settings("s3://lake/t/"))
	require.Equal(t, "t @ t/: location string | location string (1)", show(l.table("t")), "as a crawler writes it")
	require.Equal(t, []string{"t.location: it is both a column and a partition key: Athena refuses the table"}, l.told())
}
