package glue

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// pair are two crawlers of one table: one of new folders, and one that reads everything and merges new columns.
func (l lab) pair() (nightly, full string) {
	usual, everything := incremental(), settings("s3://lake/t/")
	everything.Name, everything.DeleteBehavior = "full", logOnly
	for _, crawler := range []*Crawler{&usual, &everything} {
		crawler.Configuration = `{"Version":1.0,"Grouping":{"TableGroupingPolicy":"CombineCompatibleSchemas"},
			"CrawlerOutput":{"Partitions":{"AddOrUpdateBehavior":"InheritFromTable"},"Tables":{"AddOrUpdateBehavior":"MergeNewColumns"}}}`
		require.NoError(l.t, l.CreateCrawler(*crawler))
	}
	return usual.Name, everything.Name
}

func TestAFullCrawlTakesNewColumnsIntoTheTableOfTheOther(t *testing.T) {
	l := newLab(t)
	nightly, full := l.pair()
	l.put("t/day=1/a.json", `{"n":1,"gone":1}`)
	l.crawl(nightly)
	l.put("t/day=2/a.json", `{"n":1,"new":"x"}`)
	l.put("t/day=3/a.json", `{"other":1,"columns":2}`)
	l.crawl(nightly)
	require.Equal(t, []string{
		"skipped t/day=2/: its schema is not similar enough to that of t: column new string is new, column gone int is missing",
		"skipped t/day=3/: its schema is not similar enough to that of t: column other int is new, column columns int is new, column n int is missing, column gone int is missing",
	}, l.told())
	require.Equal(t, "t @ t/: n int, gone int | day string (1)", show(l.table("t")))

	l.crawl(full)
	require.Equal(t, "t @ t/: n int, gone int, new string, other int, columns int | day string (3)", show(l.table("t")))
	for _, p := range l.table("t").Partitions {
		require.Nil(t, p.Columns, "partitions have the table's columns")
	}
	require.Equal(t, "columns,gone,n,new,other", l.table("t").SerDe.Parameters["paths"])
	require.Equal(t, "full", l.table("t").Parameters[updatedBy])
	require.Equal(t, 2, l.Crawls()[2].PartitionsAdded)

	l.put("t/day=4/a.json", `{"n":1,"gone":1,"new":"x","other":1,"columns":2}`)
	l.crawl(nightly)
	require.Empty(t, l.told())
	require.Equal(t, []string{"1", "2", "3", "4"}, values(l.table("t")), "the table is the usual crawler's too")
	require.Equal(t, "nightly", l.table("t").Parameters[updatedBy])
	require.Equal(t, "4", l.table("t").Parameters["objectCount"])
}

func TestColumnsThatNoNewFolderHasAreNoted(t *testing.T) {
	l := newLab(t)
	nightly, full := l.pair()
	l.put("t/day=1/a.json", `{"a":1,"b":1,"c":1,"d":"x"}`)
	l.crawl(nightly)
	l.put("t/day=2/a.json", `{"a":1,"b":1,"c":1}`)
	l.put("t/day=3/a.json", `{"a":1,"b":1,"d":"x"}`)
	l.crawl(nightly)
	require.Empty(t, l.told(), "each of the columns is in one of them")
	l.put("t/day=4/a.json", `{"a":1,"b":1,"c":1}`)
	l.put("t/day=5/a.json", `{"a":1,"b":1,"c":1}`)
	l.crawl(nightly)
	require.Equal(t, []string{"t.d string t/day=4/: no object of 2 new folders has column d string: it is null there"}, l.told())
	l.crawl(full)
	require.Empty(t, l.told(), "older folders have it")
	l.delete("t/day=1/a.json")
	l.delete("t/day=3/a.json")
	l.crawl(full)
	require.Contains(t, l.told(), "t.d string: no object has it any more, and MergeNewColumns keeps it")
}

func TestAPartitionIsNotAddedTwice(t *testing.T) {
	t.Run("by a crawl that follows", func(t *testing.T) {
		l := newLab(t)
		nightly, full := l.pair()
		l.put("t/day=1/a.json", `{"n":1}`)
		l.crawl(nightly)
		l.put("t/day=2/a.json", `{"m":"x"}`)
		l.crawl(full)
		l.crawl(nightly)
		require.Empty(t, l.told(), "what is in the table is not passed over")
		require.Equal(t, []string{"1", "2"}, values(l.table("t")))
		require.Equal(t, "2", l.table("t").Parameters["objectCount"])
		require.NotContains(t, l.crawls(1)[0], "Summary")
	})
	t.Run("by one that runs beside the other", func(t *testing.T) {
		l := newLab(t)
		nightly, full := l.pair()
		l.put("t/day=1/a.json", `{"n":1}`)
		l.crawl(nightly)
		l.put("t/day=2/a.json", `{"n":1}`)
		require.NoError(t, l.StartCrawler(full))
		l.put("t/day=3/a.json", `{"n":1}`)
		require.NoError(t, l.StartCrawler(nightly))
		l.clock.pass(time.Hour)
		require.Equal(t, []string{"1", "2", "3"}, values(l.table("t")))
		require.Equal(t, "3", l.table("t").Parameters["objectCount"])
		require.Equal(t, `{"PARTITION":{"ADD":"{\"Details\":{\"t\":[\"[3]\"]},\"Count\":1}"}}`, l.crawls(1)[0].(map[string]any)["Summary"])

		l.put("t/day=4/a.json", `{"n":1}`)
		require.NoError(t, l.StartCrawler(full))
		require.NoError(t, l.StartCrawler(nightly))
		l.clock.pass(time.Hour)
		require.Equal(t, []string{"1", "2", "3", "4"}, values(l.table("t")))
		require.Equal(t, "4", l.table("t").Parameters["objectCount"])
	})
}

func TestAPartitionThatCameDuringAFullCrawlStaysWithoutANote(t *testing.T) {
	l := newLab(t)
	nightly, full := l.pair()
	l.put("t/day=1/a.json", `{"n":1}`)
	l.crawl(nightly)
	require.NoError(t, l.StartCrawler(full))
	table := l.table("t")
	table.Partitions = append(slices.Clone(table.Partitions), Partition{Values: []string{"2"}, Location: "s3://lake/t/day=2/"})
	l.catalog.put(table)
	l.clock.pass(time.Hour)
	require.Equal(t, []string{"1", "2"}, values(l.table("t")))
	require.Empty(t, l.told())
}

func TestATableThatChangedDuringACrawlGetsNoPartitionOfIt(t *testing.T) {
	for name, change := range map[string]func(l lab){
		"it is gone": func(l lab) { delete(l.catalog.databases["usage"], "t") },
		"its keys are others": func(l lab) {
			table := l.table("t")
			table.PartitionKeys = []Column{{"month", "string"}}
			l.catalog.put(table)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			nightly, _ := l.pair()
			l.put("t/day=1/a.json", `{"n":1}`)
			l.crawl(nightly)
			l.put("t/day=2/a.json", `{"n":1}`)
			require.NoError(t, l.StartCrawler(nightly))
			change(l)
			l.clock.pass(time.Hour)
			require.Equal(t, []string{"skipped t/day=2/: another crawler changed the table t meanwhile"}, l.told())
		})
	}
}

func TestWhatAFullCrawlLookedAtIsNotPassedOver(t *testing.T) {
	l := newLab(t)
	nightly, full := l.pair()
	l.put("t/day=1/a.json", `{"n":1}`)
	l.crawl(nightly)
	l.put("t/day=1/b.json", `{"n":1,"new":1}`)
	l.crawl(full)
	l.crawl(nightly)
	require.Empty(t, l.told())
	l.put("t/day=1/c.json", `{"n":1,"newer":1}`)
	l.crawl(nightly)
	require.Equal(t, []string{
		"skipped t/day=1/: 1 object came to it or changed in it since it was crawled, and a crawl of new folders only does not look again: " +
			"in s3://lake/t/day=1/c.json column newer int is new, column new int is missing",
	}, l.told())
}

func TestCrawlsThatDoNotCountAsALook(t *testing.T) {
	for name, look := range map[string]func(l lab){
		"one that failed": func(l lab) {
			database := l.catalog.databases["usage"]
			delete(l.catalog.databases, "usage")
			l.crawl("full")
			l.catalog.databases["usage"] = database
		},
		"one for another database": func(l lab) {
			require.NoError(l.t, l.CreateDatabase("other"))
			other := settings("s3://lake/t/")
			other.Name, other.Database = "other", "other"
			l.mustCrawl(other)
		},
		"one of another folder": func(l lab) {
			other := settings("s3://lake/u/")
			other.Name = "other"
			l.mustCrawl(other)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			nightly, _ := l.pair()
			l.put("t/day=1/a.json", `{"n":1}`)
			l.crawl(nightly)
			l.put("t/day=1/b.json", `{"n":1,"new":1}`)
			look(l)
			l.crawl(nightly)
			require.Len(t, l.told(), 1)
			require.Contains(t, l.told()[0], "skipped t/day=1/: 1 object came to it")
		})
	}
}

func TestATableSaysWhichCrawlerUpdatedItLast(t *testing.T) {
	l := newLab(t)
	nightly, _ := l.pair()
	l.put("t/day=1/a.json", `{"n":1}`)
	l.crawl(nightly)
	logging := settings("s3://lake/t/")
	logging.Name, logging.UpdateBehavior, logging.DeleteBehavior = "logging", logOnly, logOnly
	l.mustCrawl(logging)
	require.Equal(t, "logging", l.table("t").Parameters[updatedBy])
	require.Equal(t, runID("logging", 1), l.table("t").Parameters["CRAWL_RUN_ID"])
}

func TestACrawlerOfAnotherFolderOwnsNothingHere(t *testing.T) {
	l := newLab(t)
	nightly, _ := l.pair()
	l.put("t/day=1/a.json", `{"n":1}`)
	l.crawl(nightly)
	other := settings("s3://lake/u/")
	other.Name, other.DeleteBehavior = "other", deleteGone
	l.put("u/day=1/a.json", `{"n":1}`)
	l.mustCrawl(other)
	require.Equal(t, []string{"1"}, values(l.table("t")))
}

func TestAFolderThatDoesNotFitTakesTheTableApart(t *testing.T) {
	for key, c := range map[string]struct{ body, skipped, tables string }{
		"t/day=7/a.csv":         {"n,m\n1,x\n", "t/day=7/: its format or compression is not that of t", "day_0, day_1, day_2, day_3, day_4, 3 more"},
		"t/day=7/hour=1/a.json": {`{"n":1}`, "t/day=7/hour=1/: its path has not the partition keys of t", "day_0, day_1, day_2, day_3, day_4, 3 more"},
		"t/2026/a.json":         {`{"n":1}`, "t/2026/: its path has not the partition keys of t", "2026, day_0, day_1, day_2, day_3, 3 more"},
	} {
		t.Run(key, func(t *testing.T) {
			l := newLab(t)
			nightly, full := l.pair()
			for key, body := range times(7, "t/day=%d/a.json", `{"n":1}`) {
				l.put(key, body)
			}
			l.crawl(nightly)
			l.put(key, c.body)
			l.crawl(nightly)
			require.Equal(t, []string{"skipped " + c.skipped}, l.told())
			l.crawl(full)
			require.Equal(t, []string{
				"t: it stays, though its folders do not go together any more and are tables of their own (" + c.tables + "): deletions are only logged",
			}, l.told())

			l.delete(key)
			l.crawl(full)
			require.Contains(t, l.told(), "day_0: it stays, though its objects are part of t: deletions are only logged")
			require.Equal(t, "t @ t/: n int | day string (7)", show(l.table("t")), "it is one table again")
		})
	}
}

// What someone set by hand stays, and partitions take it.
func TestATypeThatWasSetByHandStays(t *testing.T) {
	l := newLab(t)
	nightly, full := l.pair()
	l.put("t/day=1/a.json", `{"n":1}`)
	l.crawl(nightly)
	table := l.table("t")
	table.Columns = []Column{{"n", "double"}}
	l.catalog.put(table)
	l.put("t/day=2/a.json", `{"n":1.5}`)
	l.crawl(nightly)
	require.Empty(t, l.told())
	l.crawl(full)
	require.Equal(t, "t @ t/: n double | day string (2)", show(l.table("t")))
	require.Nil(t, l.table("t").Partitions[0].Columns)
}

// A header does not help: Athena reads CSV by position.
func TestCSVWhoseColumnsStandElsewhereIsNoted(t *testing.T) {
	l := newLab(t)
	nightly, full := l.pair()
	l.put("t/day=1/a.csv", "id,item,amount,price\n1,tea,2,1.5\n")
	l.crawl(nightly)
	l.put("t/day=2/a.csv", "id,item,amount,price,shop\n2,rice,1,4.5,north\n")
	l.put("t/day=3/a.csv", "id,shop,item,amount,price\n3,north,salt,1,0.5\n")
	l.put("t/day=4/a.csv", "id,item\n4,oil\n")
	l.crawl(nightly)
	misplaced := "t.item t/day=3/: its place in CSV, 2, is that of shop here, which Athena reads as item: it goes by position"
	require.Contains(t, l.told(), misplaced)
	l.crawl(full)
	require.Equal(t, []string{misplaced}, l.told(), "a column at the end, or none there, moves no other")
	require.Equal(t, "t @ t/: id bigint, item string, amount bigint, price double, shop string | day string (4)", show(l.table("t")))
}
