package glue

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// crawls are what ListCrawls answers for the crawler nightly.
func (l lab) crawls(maxResults int) []any {
	response, err := l.ListCrawls("nightly", maxResults)
	require.NoError(l.t, err)
	return response["Crawls"].([]any)
}

func TestACrawlersHistorySaysWhatItsCrawlsChanged(t *testing.T) {
	l := newLab(t)
	require.NoError(t, l.CreateCrawler(settings("s3://lake/t/")))
	require.Empty(t, l.crawls(0), "before the first crawl")
	l.put("t/dt=2/a.json", `{"a":1,"b":1,"c":1}`)
	l.put("t/dt=1/a.json", `{"a":1,"b":1,"c":1}`)
	l.mustCrawl(settings())
	l.mustCrawl(settings())
	l.put("t/dt=3/a.json", `{"a":1,"b":1,"c":1,"d":1}`)
	l.mustCrawl(settings())

	all := l.crawls(0)
	require.Len(t, all, 3, "the latest first")
	require.Equal(t, map[string]any{
		"CrawlId": runID("nightly", 3), "MessagePrefix": runID("nightly", 3), "State": "COMPLETED",
		"StartTime": moment(t, "2026-11-22T12:00:00Z"), "EndTime": moment(t, "2026-11-22T12:01:15Z"), "LogGroup": "/aws-glue/crawlers", "LogStream": "nightly",
		"Summary": `{"PARTITION":{"ADD":"{\"Details\":{\"t\":[\"[3]\"]},\"Count\":1}"},"TABLE":{"UPDATE":"{\"Details\":{\"names\":[\"t\"]},\"Count\":1}"}}`,
	}, all[0])
	require.NotContains(t, all[1], "Summary", "nothing changed")
	require.Equal(t, `{"PARTITION":{"ADD":"{\"Details\":{\"t\":[\"[1]\",\"[2]\"]},\"Count\":2}"},"TABLE":{"ADD":"{\"Details\":{\"names\":[\"t\"]},\"Count\":1}"}}`, all[2].(map[string]any)["Summary"])
	require.Equal(t, all[:1], l.crawls(1))

	file := filepath.Join(t.TempDir(), "catalog.json")
	require.NoError(t, l.catalog.Save(file))
	loaded, err := LoadCatalog(file)
	require.NoError(t, err)
	again := lab{Glue: New(l.store, loaded, l.clock), t: t, clock: l.clock}
	require.NoError(t, again.CreateCrawler(settings("s3://lake/t/")))
	require.Equal(t, all, again.crawls(0), "a catalog remembers it")
}

// However much a crawl adds, a state machine can read its summary: names are cut, and counted.
func TestASummaryStaysSmall(t *testing.T) {
	l := newLab(t)
	require.NoError(t, l.CreateCrawler(settings("s3://lake/t/")))
	for i := range 1000 {
		l.put(fmt.Sprintf("t/dt=%04d/a.json", i), `{"n":1}`)
	}
	l.mustCrawl(settings())
	summary := l.crawls(1)[0].(map[string]any)["Summary"].(string)
	require.Less(t, len(summary), 10_000)
	var kinds map[string]map[string]string
	require.NoError(t, json.Unmarshal([]byte(summary), &kinds))
	var added listing
	require.NoError(t, json.Unmarshal([]byte(kinds["PARTITION"]["ADD"]), &added))
	require.Equal(t, 1000, added.Count)
	require.Len(t, added.Details["t"], maxNames)
}

func TestTheHistoryOfAFailure(t *testing.T) {
	l := newLab(t)
	require.NoError(t, l.CreateCrawler(settings("s3://elsewhere/t/")))
	for range maxHistory + 1 {
		require.Equal(t, failed, l.crawl("nightly")["Status"])
	}
	all := l.crawls(100)
	require.Len(t, all, maxHistory)
	require.Equal(t, "FAILED", all[0].(map[string]any)["State"])
	require.Contains(t, all[0].(map[string]any)["ErrorMessage"], "elsewhere")
	_, err := l.ListCrawls("nobody", 1)
	requireFault(t, err, "Glue.EntityNotFoundException", "Crawler entry with name nobody does not exist")
}

// Two crawlers of one folder share its table: neither adds a partition that the other added, and the one of new folders
// goes on with what the other made.
func TestTwoCrawlersShareATable(t *testing.T) {
	l := newLab(t)
	everything, newFolders := settings("s3://lake/t/"), settings("s3://lake/t/")
	everything.Name = "full"
	newFolders.RecrawlBehavior, newFolders.UpdateBehavior, newFolders.DeleteBehavior = newFoldersOnly, logOnly, logOnly
	l.put("t/dt=1/a.json", `{"n":1}`)
	l.mustCrawl(newFolders)
	l.put("t/dt=2/a.json", `{"n":1}`)
	l.mustCrawl(everything)
	require.Equal(t, "t @ t/: n int | dt string (2)", show(l.table("t")))
	l.put("t/dt=3/a.json", `{"n":1}`)
	l.mustCrawl(newFolders)
	require.Equal(t, "t @ t/: n int | dt string (3)", show(l.table("t")))
	tables, err := l.catalog.Tables("usage")
	require.NoError(t, err)
	require.Len(t, tables, 1)
}

func TestHistoriesThatAreNotGiven(t *testing.T) {
	l := newLab(t)
	require.NoError(t, l.CreateCrawler(settings("s3://lake/t/")))
	for _, most := range []int{-1, 101} {
		_, err := l.ListCrawls("nightly", most)
		requireFault(t, err, "Glue.InvalidInputException", "1 to 100 are taken")
	}
}

// A state's payload has at most 262,144 bytes, and quotes take more there. The machine reads two crawls.
func TestSummariesOfLongNamesFitAPayload(t *testing.T) {
	for name, value := range map[string]string{"long": strings.Repeat("ü", 200), "quotes": strings.Repeat(`"\`, 100)} {
		t.Run(name, func(t *testing.T) {
			changes := summary{}
			for i := range 1000 {
				values := []string{value, fmt.Sprint(i)}
				changes.partition("ADD", "t", values)
				changes.partition("UPDATE", "t", values)
				changes.partition("DELETE", "t", values)
			}
			payload, err := json.Marshal([]string{changes.text(), changes.text()})
			require.NoError(t, err)
			require.Less(t, len(payload), 256<<10)
			var kinds map[string]map[string]string
			require.NoError(t, json.Unmarshal([]byte(changes.text()), &kinds))
			var added listing
			require.NoError(t, json.Unmarshal([]byte(kinds["PARTITION"]["ADD"]), &added))
			require.Equal(t, 1000, added.Count)
			require.NotEmpty(t, added.Details["t"])
		})
	}
	long := summary{}
	long.partition("ADD", "t", []string{strings.Repeat("x", maxSummary)})
	require.Equal(t, `{"PARTITION":{"ADD":"{\"Details\":{},\"Count\":1}"}}`, long.text(), "a name that is too long is left out whole")
}

func TestWhatIsGoneIsInTheSummary(t *testing.T) {
	for behavior, want := range map[string]string{
		deleteGone: `{"PARTITION":{"DELETE":"{\"Details\":{\"a\":[\"[2]\"]},\"Count\":1}"},"TABLE":{"DELETE":"{\"Details\":{\"names\":[\"b\"]},\"Count\":1}"}}`,
		deprecate:  `{"PARTITION":{"UPDATE":"{\"Details\":{\"a\":[\"[2]\"]},\"Count\":1}"},"TABLE":{"UPDATE":"{\"Details\":{\"names\":[\"b\"]},\"Count\":1}"}}`,
	} {
		l := newLab(t)
		crawler := settings("s3://lake/t/")
		crawler.DeleteBehavior = behavior
		l.put("t/a/day=1/x.json", `{"n":1}`)
		l.put("t/a/day=2/x.json", `{"n":1}`)
		l.put("t/b/day=1/x.json", `{"m":"1"}`)
		l.put("t/c/day=1/x.json", `{"k":true}`)
		l.mustCrawl(crawler)
		l.delete("t/a/day=2/x.json")
		l.delete("t/b/day=1/x.json")
		l.mustCrawl(crawler)
		require.Equal(t, want, l.crawls(1)[0].(map[string]any)["Summary"], behavior)
		l.mustCrawl(crawler)
		require.NotContains(t, l.crawls(1)[0], "Summary", behavior)
	}
}
