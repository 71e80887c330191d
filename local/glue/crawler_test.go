package glue

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"datalake/local/fault"
)

func requireFault(t *testing.T, err error, name, cause string) {
	t.Helper()
	var failure *fault.Error
	require.ErrorAs(t, err, &failure)
	require.Equal(t, name, failure.Name)
	require.Contains(t, failure.Cause, cause)
}

func TestACrawlTakesItsTime(t *testing.T) {
	l := newLab(t)
	l.put("t/a.json", `{"n":1}`)
	require.NoError(t, l.CreateCrawler(settings("s3://lake/t/")))
	require.Equal(t, ready, l.get("nightly")["State"])
	require.NotContains(t, l.get("nightly"), "LastCrawl")

	l.clock.pass(time.Minute)
	require.NoError(t, l.StartCrawler("nightly"))
	l.put("t/late.json", `{"late":1}`)
	l.clock.pass(59 * time.Second)
	require.Equal(t, running, l.get("nightly")["State"])
	require.Equal(t, 59_000.0, l.get("nightly")["CrawlElapsedTime"])
	requireFault(t, l.StartCrawler("nightly"), "Glue.CrawlerRunningException", "Crawler with name nightly has already started")

	l.clock.pass(time.Second)
	require.Equal(t, stopping, l.get("nightly")["State"])
	requireFault(t, l.StartCrawler("nightly"), "Glue.CrawlerRunningException", "nightly")
	require.NotContains(t, l.get("nightly"), "LastCrawl")
	_, found := l.catalog.Table("usage", "t")
	require.False(t, found, "results come at the end")

	l.clock.pass(15 * time.Second)
	require.Equal(t, map[string]any{
		"Name":               "nightly",
		"Role":               "crawler-role",
		"DatabaseName":       "usage",
		"Targets":            map[string]any{"S3Targets": []any{map[string]any{"Path": "s3://lake/t/", "Exclusions": []any{}}}},
		"Classifiers":        []any{},
		"RecrawlPolicy":      map[string]any{"RecrawlBehavior": "CRAWL_EVERYTHING"},
		"SchemaChangePolicy": map[string]any{"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
		"State":              "READY",
		"CrawlElapsedTime":   0.0,
		"CreationTime":       moment(t, "2026-11-22T10:00:00Z"),
		"LastUpdated":        moment(t, "2026-11-22T10:00:00Z"),
		"Version":            1.0,
		"LastCrawl": map[string]any{
			"Status":        "SUCCEEDED",
			"LogGroup":      "/aws-glue/crawlers",
			"LogStream":     "nightly",
			"MessagePrefix": runID("nightly", 1),
			"StartTime":     moment(t, "2026-11-22T10:01:00Z"),
		},
	}, l.get("nightly"))
	require.Equal(t, "t @ t/: n int", show(l.table("t")), "what came after the start is not part of it")
}

func TestACrawlTakesASecondMoreForEachThousandObjects(t *testing.T) {
	l := newLab(t)
	for key, body := range times(1000, "t/%d.json", `{"n":1}`) {
		l.put(key, body)
	}
	require.NoError(t, l.CreateCrawler(settings("s3://lake/t/")))
	require.NoError(t, l.StartCrawler("nightly"))
	l.clock.pass(61*time.Second - 1)
	require.Equal(t, running, l.get("nightly")["State"])
	l.clock.pass(1)
	require.Equal(t, stopping, l.get("nightly")["State"])
}

func TestEachCrawlSaysHowItWent(t *testing.T) {
	l := newLab(t)
	require.NoError(t, l.CreateCrawler(settings("s3://lake/t/")))
	first, second := l.crawl("nightly"), l.crawl("nightly")
	require.NotEqual(t, first["MessagePrefix"], second["MessagePrefix"])
	require.NotEqual(t, first["StartTime"], second["StartTime"])
}

func TestCrawlsThatFail(t *testing.T) {
	l := newLab(t)
	lost := settings("s3://pond/t/")
	require.NoError(t, l.CreateCrawler(lost))
	last := l.crawl("nightly")
	require.Equal(t, failed, last["Status"])
	require.Contains(t, last["ErrorMessage"], "crawling s3://pond/t: S3.NoSuchBucketException")

	homeless := settings("s3://lake/t/")
	homeless.Name, homeless.Database = "homeless", "nowhere"
	require.NoError(t, l.CreateCrawler(homeless))
	last = l.crawl("homeless")
	require.Equal(t, failed, last["Status"])
	require.Equal(t, "the database nowhere does not exist; create it before the crawl", last["ErrorMessage"])
	require.Equal(t, []Crawl{
		{Crawler: "nightly", Status: failed, Message: l.get("nightly")["LastCrawl"].(map[string]any)["ErrorMessage"].(string), Started: start, Ended: start.Add(75 * time.Second)},
		{Crawler: "homeless", Status: failed, Message: "the database nowhere does not exist; create it before the crawl", Started: start.Add(time.Hour), Ended: start.Add(time.Hour + 75*time.Second)},
	}, l.Crawls())
}

func TestUnknownCrawlers(t *testing.T) {
	l := newLab(t)
	requireFault(t, l.StartCrawler("none"), "Glue.EntityNotFoundException", "Crawler entry with name none does not exist")
	_, err := l.GetCrawler("none")
	requireFault(t, err, "Glue.EntityNotFoundException", "none")
	require.NoError(t, l.CreateCrawler(settings("s3://lake/t/")))
	requireFault(t, l.CreateCrawler(settings("s3://lake/t/")), "Glue.AlreadyExistsException", "nightly already exists")
}

func TestSettingsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		change  func(*Crawler)
		message string
	}{
		{func(c *Crawler) { c.Name = "" }, `crawler "": the name must have 1 to 255 characters in one line`},
		{func(c *Crawler) { c.Role = "" }, "a Role is needed"},
		{func(c *Crawler) { c.Database = "" }, "a DatabaseName is needed"},
		{func(c *Crawler) { c.S3Targets = nil }, "an S3 target is needed"},
		{func(c *Crawler) { c.S3Targets[0].Path = "lake/t" }, `S3 target "lake/t" must be s3://bucket/folder/`},
		{func(c *Crawler) { c.S3Targets[0].SampleSize = 250 }, "SampleSize must be 1 to 249, is 250"},
		{func(c *Crawler) { c.S3Targets[0].Exclusions = []string{"{a"} }, `exclusion "{a": a { needs a }`},
		{func(c *Crawler) { c.UpdateBehavior = "REPLACE" }, `UpdateBehavior "REPLACE" is not supported locally; it can be UPDATE_IN_DATABASE, LOG`},
		{func(c *Crawler) { c.DeleteBehavior = "KEEP" }, `DeleteBehavior "KEEP" is not supported locally`},
		{func(c *Crawler) { c.RecrawlBehavior = "CRAWL_EVENT_MODE" }, `RecrawlBehavior "CRAWL_EVENT_MODE" is not supported locally; it can be CRAWL_EVERYTHING, CRAWL_NEW_FOLDERS_ONLY`},
		{func(c *Crawler) { c.RecrawlBehavior = newFoldersOnly }, "with CRAWL_NEW_FOLDERS_ONLY, UpdateBehavior and DeleteBehavior must both be LOG, are UPDATE_IN_DATABASE and DEPRECATE_IN_DATABASE"},
		{func(c *Crawler) { c.Configuration = "{" }, "Configuration: unexpected EOF"},
		{func(c *Crawler) { c.Configuration = `{"Version":1.0} {}` }, "Configuration must be one JSON object"},
		{func(c *Crawler) { c.Configuration = `{"Version":2}` }, `Configuration.Version must be 1.0, is "2"`},
		{func(c *Crawler) { c.Configuration = `{}` }, `Configuration.Version must be 1.0, is ""`},
		{func(c *Crawler) { c.Configuration = `{"Version":1.0,"CrawlerOutput":{"Tables":{"TableThreshold":5}}}` }, `unknown field "TableThreshold"`},
		{func(c *Crawler) {
			c.Configuration = `{"Version":1.0,"Grouping":{"TableGroupingPolicy":"Guess","TableLevelConfiguration":-1}}`
		}, `TableLevelConfiguration must be positive, is -1; Configuration.Grouping.TableGroupingPolicy "Guess" is not supported locally; it can be CombineCompatibleSchemas`},
	} {
		settings := settings("s3://lake/t/")
		c.change(&settings)
		require.ErrorContains(t, newLab(t).CreateCrawler(settings), c.message)
	}
}

func TestAllFaultsOfACrawlerAreReportedAtOnce(t *testing.T) {
	err := newLab(t).CreateCrawler(Crawler{Name: "bare", RecrawlBehavior: newFoldersOnly})
	require.ErrorContains(t, err, `creating crawler "bare": a Role is needed; a DatabaseName is needed; with CRAWL_NEW_FOLDERS_ONLY`)
	require.ErrorContains(t, err, "an S3 target is needed")
}

func TestDatabaseNames(t *testing.T) {
	l := newLab(t)
	require.NoError(t, l.CreateDatabase("usage"), "again is fine")
	require.ErrorContains(t, l.CreateDatabase("Usage"), `creating database "Usage": the name must have 1 to 255 characters and no upper case`)
	require.ErrorContains(t, l.CreateDatabase(""), "1 to 255 characters")
}

func TestGlobs(t *testing.T) {
	for _, c := range []struct {
		glob    string
		matches []string
		not     []string
	}{
		{"*.csv", []string{"a.csv", ".csv"}, []string{"a/b.csv", "a.csv2"}},
		{"**.csv", []string{"a.csv", "a/b.csv"}, []string{"a.csv.gz"}},
		{"**/_SUCCESS", []string{"_SUCCESS", "a/_SUCCESS", "a/b/_SUCCESS"}, []string{"a_SUCCESS", "_SUCCESS/a"}},
		{"old/**", []string{"old/a", "old/b/c"}, []string{"old", "older/a"}},
		{"a/*/c", []string{"a/b/c"}, []string{"a/c", "a/b/b/c"}},
		{"data?", []string{"data1"}, []string{"data", "data12", "data/"}},
		{"[a-c]x[!0-9]", []string{"axy", "cx_"}, []string{"dxy", "ax1", "ax/"}},
		{"*.{tmp,csv}", []string{"a.tmp", "a.csv"}, []string{"a.json", "a.{tmp,csv}"}},
		{`\*[*\]a,}(b)`, []string{`**a,}(b)`, `*\a,}(b)`}, []string{"xa,}(b)"}},
		{"ngày *", []string{"ngày 1"}, []string{"ngay 1"}},
	} {
		pattern, err := compileGlob(c.glob)
		require.NoError(t, err)
		for _, key := range c.matches {
			require.Regexp(t, pattern, key, "glob %s", c.glob)
		}
		for _, key := range c.not {
			require.NotRegexp(t, pattern, key, "glob %s", c.glob)
		}
	}
	for glob, message := range map[string]string{
		"{a,{b}}": "braces do not nest", "{a": "a { needs a }", "[a": "a [ needs characters and a ]", "[]": "a [ needs characters", "[!]": "a [ needs characters", `a\`: "a backslash at the end",
	} {
		_, err := compileGlob(glob)
		require.ErrorContains(t, err, message)
	}
}
