package glue

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func incremental() Crawler {
	c := settings("s3://lake/t/")
	c.UpdateBehavior, c.DeleteBehavior, c.RecrawlBehavior = logOnly, logOnly, newFoldersOnly
	return c
}

func (l lab) delete(key string) { require.NoError(l.t, l.store.Delete("lake", key)) }

func values(table Table) []string {
	var days []string
	for _, p := range table.Partitions {
		days = append(days, p.Values[0])
	}
	return days
}

func TestNewFoldersOnly(t *testing.T) {
	l := newLab(t)
	l.put("t/day=1/a.json", `{"usage":1,"user":"u"}`)
	l.put("t/day=2/a.json", `{"usage":1,"user":"u"}`)
	l.mustCrawl(incremental())
	require.Equal(t, "t @ t/: usage int, user string | day string (2)", show(l.table("t")))

	l.put("t/day=1/b.json", `{"usage":1,"user":"u","plan":"p"}`)
	l.delete("t/day=2/a.json")
	l.put("t/day=3/a.json", `{"usage":1,"user":"u"}`)
	l.put("t/day=4/a.json", `{"something":"else"}`)
	l.put("t/day=5/a.csv", "usage,user\n1,u\n")
	l.put("t/day=6/hour=0/a.json", `{"usage":1,"user":"u"}`)
	l.put("t/day=7/a.json", `{"usage":1,"user":"u"}`)
	l.put("t/day=7/b.json", `{"something":"else"}`)
	l.put("t/day=7/README", "stray")
	l.put("t/day=8/_committed", `{"files":["a.json"]}`)
	l.put("t/_temporary/a.json", `{"usage":1,"user":"u"}`)
	l.put("t/day=9/a.avro", "Obj\x01")
	l.put("t/day=1/_committed", `{"files":["b.json"]}`)
	l.put("t/day=8/a.json", `{"usage":1,"user":"u","plan":"p"}`)
	l.mustCrawl(incremental())
	table := l.table("t")
	require.Equal(t, "t @ t/: usage int, user string | day string (4)", show(table), "neither changed nor deleted objects count")
	require.Equal(t, []string{"1", "2", "3", "8"}, values(table))
	require.Nil(t, table.Partitions[2].Columns)
	require.Equal(t, []Column{{"usage", "int"}, {"user", "string"}, {"plan", "string"}}, table.Partitions[3].Columns)
	require.Equal(t, "4", table.Parameters["objectCount"])
	require.Equal(t, []string{
		"skipped t/day=1/: 1 object came to it or changed in it since it was crawled, and a crawl of new folders only does not look again: in s3://lake/t/day=1/b.json column plan string is new",
		"skipped t/_temporary/: its name begins with _ or a dot: Athena reads nothing of that name",
		"skipped t/day=4/: its schema is not similar enough to that of t: column something string is new, column usage int is missing, column user string is missing",
		"skipped t/day=5/: its format or compression is not that of t",
		"skipped t/day=6/hour=0/: its path has not the partition keys of t",
		"skipped t/day=7/README: it is neither JSON nor CSV, which has at least two lines",
		"skipped t/day=7/: its objects do not go together in one partition of t",
		"skipped t/day=8/_committed: its name begins with _ or a dot: Athena reads nothing of that name",
		"skipped t/day=9/a.avro: Avro is not supported locally",
		"t.plan string t/day=8/: column plan string is new, and a crawl of new folders only changes no table",
	}, l.told())
	last := l.Crawls()[1]
	require.Equal(t, 14, last.Objects)
	require.Equal(t, 9, last.Read, "those of new folders")
	require.Equal(t, 2, last.PartitionsAdded)
	require.Empty(t, last.TablesAdded)
	require.Empty(t, last.TablesUpdated)

	l.mustCrawl(incremental())
	require.Empty(t, l.told(), "a folder is looked at once")
}

func TestNewFoldersMayBeANewTable(t *testing.T) {
	l := newLab(t)
	l.put("t/a/day=1/x.json", `{"n":1}`)
	l.put("t/b/day=1/x.json", `{"m":"1"}`)
	l.mustCrawl(incremental())
	l.put("t/c/day=1/x.json", `{"k":true}`)
	l.put("t/a/day=2/x.json", `{"n":1}`)
	l.mustCrawl(incremental())
	require.Equal(t, "a @ t/a/: n int | day string (2)", show(l.table("a")))
	require.Equal(t, "b @ t/b/: m string | day string (1)", show(l.table("b")))
	require.Equal(t, "c @ t/c/: k boolean | day string (1)", show(l.table("c")))
}

func TestUpdateBehavior(t *testing.T) {
	merge := `{"Version":1.0,"CrawlerOutput":{"Tables":{"AddOrUpdateBehavior":"MergeNewColumns"}}}`
	for _, c := range []struct {
		behavior, configuration, table, paths string
		told                                  []string
		updated                               []string
	}{
		{update, "", "t @ t/: b double, c int, d int | day string (2)", "B,c,d", nil, []string{"t"}},
		{update, merge, "t @ t/: a int, b int, c int, d int | day string (2)", "B,a,c,d", []string{
			"t.b double: column b is double and the table's int, which MergeNewColumns keeps",
			"t.a int: no object has it any more, and MergeNewColumns keeps it",
		}, []string{"t"}},
		{logOnly, "", "t @ t/: a int, b int, c int | day string (2)", "B,a,c", []string{
			"t.b double: column b is double and the table's int, and updates are only logged",
			"t.d int: column d int is new, and updates are only logged",
		}, nil},
	} {
		l := newLab(t)
		crawler := settings("s3://lake/t/")
		crawler.UpdateBehavior, crawler.Configuration = c.behavior, c.configuration
		l.put("t/day=1/x.json", `{"a":1,"B":1,"c":1}`)
		l.mustCrawl(crawler)
		l.put("t/day=1/x.json", `{"B":1.5,"c":1,"d":1}`)
		l.put("t/day=2/x.json", `{"B":1.5,"c":1,"d":1}`)
		l.mustCrawl(crawler)
		require.Equal(t, c.table, show(l.table("t")), "%s %s", c.behavior, c.configuration)
		require.Equal(t, c.paths, l.table("t").SerDe.Parameters["paths"])
		require.Equal(t, "2", l.table("t").Parameters["objectCount"], "statistics are kept up in any case")
		require.Equal(t, c.told, l.told())
		require.Equal(t, c.updated, l.Crawls()[1].TablesUpdated)
		require.Equal(t, 1, l.Crawls()[1].PartitionsAdded)
	}
}

func TestAChangedLayout(t *testing.T) {
	for behavior, want := range map[string]string{update: "t @ t/: n int | month string (1)", logOnly: "t @ t/: n int | day string (1)"} {
		l := newLab(t)
		crawler := settings("s3://lake/t/")
		crawler.UpdateBehavior = behavior
		l.put("t/day=1/x.json", `{"n":1}`)
		l.mustCrawl(crawler)
		l.delete("t/day=1/x.json")
		l.put("t/month=1/x.json", `{"n":1}`)
		l.mustCrawl(crawler)
		require.Equal(t, want, show(l.table("t")))
	}
}

func TestDeleteBehavior(t *testing.T) {
	for _, c := range []struct {
		behavior   string
		partitions []string
		goneTable  bool
		deprecated bool
		told       []string
	}{
		{deleteGone, []string{"1"}, false, false, []string{"gone: it is deleted: its objects are gone"}},
		{logOnly, []string{"1", "2"}, true, false, []string{
			"kept t/kept/day=2/: the partition stays, though its objects are gone: deletions are only logged",
			"gone: it stays, though its objects are gone: deletions are only logged",
		}},
		{deprecate, []string{"1", "2"}, true, true, []string{"gone: it is marked as deprecated: its objects are gone"}},
	} {
		t.Run(c.behavior, func(t *testing.T) {
			l := newLab(t)
			crawler := settings("s3://lake/t/")
			crawler.DeleteBehavior = c.behavior
			l.put("t/kept/day=1/x.json", `{"n":1}`)
			l.put("t/kept/day=2/x.json", `{"n":1}`)
			l.put("t/gone/day=1/x.json", `{"m":"1"}`)
			l.put("t/other/day=1/x.json", `{"k":true}`)
			l.mustCrawl(crawler)
			l.delete("t/kept/day=2/x.json")
			l.delete("t/gone/day=1/x.json")
			before := l.clock.now
			l.mustCrawl(crawler)

			require.Equal(t, c.partitions, values(l.table("kept")))
			gone, there := l.catalog.Table("usage", "gone")
			require.Equal(t, c.goneTable, there)
			require.Equal(t, c.told, l.told())
			if c.deprecated {
				at := strconv.FormatInt(before.Add(runningTime+stoppingTime).UnixMilli(), 10)
				require.Equal(t, at, gone.Parameters[deprecatedBy])
				require.Equal(t, at, l.table("kept").Partitions[1].Parameters[deprecatedBy])
				l.mustCrawl(crawler)
				require.Equal(t, at, l.table("gone").Parameters[deprecatedBy], "the first time counts")

				l.put("t/gone/day=1/x.json", `{"m":"1"}`)
				l.put("t/kept/day=2/x.json", `{"n":1}`)
				l.mustCrawl(crawler)
				require.NotContains(t, l.table("gone").Parameters, deprecatedBy, "it is back")
				require.Empty(t, l.table("kept").Partitions[1].Parameters)
			}
		})
	}
}

func TestTheCatalogGoesOnFromDisk(t *testing.T) {
	l := newLab(t)
	l.put("t/day=1/a.json", `{"n":1}`)
	l.mustCrawl(incremental())
	first := filepath.Join(t.TempDir(), "catalog.json")
	require.NoError(t, l.catalog.Save(first))

	catalog, err := LoadCatalog(first)
	require.NoError(t, err)
	second := first + "2"
	require.NoError(t, catalog.Save(second))
	wanted, err := os.ReadFile(first)
	require.NoError(t, err)
	again, err := os.ReadFile(second)
	require.NoError(t, err)
	require.Equal(t, string(wanted), string(again))

	l.Glue = New(l.store, catalog, l.clock)
	require.NoError(t, l.CreateDatabase("usage"))
	require.NoError(t, l.CreateCrawler(incremental()))
	require.Equal(t, runID("nightly", 1), l.get("nightly")["LastCrawl"].(map[string]any)["MessagePrefix"])
	l.put("t/day=2/a.json", `{"n":1}`)
	require.Equal(t, runID("nightly", 2), l.crawl("nightly")["MessagePrefix"])
	require.Equal(t, []string{"1", "2"}, values(l.table("t")))
}

func TestCatalogsThatCannotBeLoaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.json")
	_, err := LoadCatalog(path)
	require.ErrorIs(t, err, fs.ErrNotExist)
	for _, text := range []string{"{", "{}"} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		_, err = LoadCatalog(path)
		require.ErrorContains(t, err, "remove it and start from an empty one")
	}
}

func TestCatalogReads(t *testing.T) {
	l := newLab(t)
	require.NoError(t, l.CreateDatabase("other"))
	require.Equal(t, []string{"other", "usage"}, l.catalog.Databases())
	_, err := l.catalog.Tables("none")
	requireFault(t, err, "Glue.EntityNotFoundException", "Database none not found.")
	_, found := l.catalog.Table("none", "none")
	require.False(t, found)
}
