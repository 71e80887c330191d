package stack

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"datalake/internal/mockaws"

	"github.com/stretchr/testify/require"
)

// The committed dev stack's datasets replaced by others.
func withDatasets(t *testing.T, list string) *mockaws.Evaluation {
	t.Helper()
	stack, err := mockaws.LoadStack("..", "dev")
	require.NoError(t, err)
	stack.Config["datalake:datasets"] = list
	evaluation, err := mockaws.Evaluate(Deploy, stack, false)
	require.NoError(t, err)
	return evaluation
}

func TestFaultyDatasetsAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		list string
		says []string
	}{
		"not a list":               {`{"name": "orders"}`, []string{`datalake:datasets is "{`, "give a list of datasets"}},
		"a list of names":          {`["orders"]`, []string{"give a list of datasets"}},
		"nothing":                  {`null`, []string{"give a list of datasets"}},
		"an empty entry":           {`[{}]`, []string{"datalake:datasets[0].name is missing", "datalake:datasets[0].prefix is missing", "datalake:datasets[0] has neither schedule nor arrival"}},
		"a key that is wrong":      {`[{"name": "orders", "prefix": "orders/", "arrival": true, "Schedule": "01:00"}]`, []string{"datalake:datasets[0].Schedule is not a key of a dataset: there are arrival, crawl, fullCrawl, name,"}},
		"a name in capitals":       {`[{"name": "Orders", "prefix": "orders/", "arrival": true}]`, []string{`datalake:datasets[0].name is "Orders": give 1 to 30 lower-case letters`}},
		"a long name":              {`[{"name": "a234567890123456789012345678901", "prefix": "a/", "arrival": true}]`, []string{"give 1 to 30 lower-case letters"}},
		"a number for a name":      {`[{"name": 7, "prefix": "a/", "arrival": true}]`, []string{`datalake:datasets[0].name is "7"`}},
		"the weather's name":       {`[{"name": "weather", "prefix": "a/", "arrival": true}]`, []string{`datalake:datasets[0].name is "weather", which is the name of the weather pipeline`}},
		"the name dataset":         {`[{"name": "dataset", "prefix": "a/", "arrival": true}]`, []string{"part of crawl-dataset"}},
		"the weather's database":   {`[{"name": "weather-data_catalog", "prefix": "a/", "arrival": true}]`, []string{`datalake:datasets[0].name is "weather-data_catalog", which is the name of the weather pipeline's database`}},
		"the alerts' topic":        {`[{"name": "alerts", "prefix": "a/", "arrival": true}, {"name": "results", "prefix": "b/", "arrival": true}]`, []string{`datalake:datasets[0].name is "alerts", which is the name of the alerts topic`, `datalake:datasets[1].name is "results"`}},
		"the weekly ETL's topic":   {`[{"name": "weekly-etl", "prefix": "a/", "arrival": true}]`, []string{`datalake:datasets[0].name is "weekly-etl", which is the name of the weather pipeline's state machine`}},
		"a name that goes on":      {`[{"name": "orders", "prefix": "a/", "arrival": true}, {"name": "orders-full", "prefix": "b/", "arrival": true}]`, []string{`datalake:datasets[1].name is "orders-full" and datalake:datasets[0].name is "orders": their state machines would be crawl-orders-full and crawl-orders`}},
		"a name that usage has":    {`[{"name": "dataset-full", "prefix": "a/", "arrival": true}, {"name": "usage", "prefix": "b/", "arrival": true}]`, []string{`their state machines would be crawl-dataset and crawl-dataset-full`}},
		"reports of the weather's": {`[{"name": "weather-trigger", "prefix": "a/", "arrival": true, "queries": "weather"}]`, []string{`datalake:datasets[0].name is "weather-trigger", and the weather pipeline's reports are called report-weather`}},
		"a name with a query's":    {`[{"name": "orders", "prefix": "a/", "arrival": true, "queries": "usage"}, {"name": "orders-all", "prefix": "b/", "arrival": true, "queries": "usage"}]`, []string{`their state machines would be crawl-orders-all and crawl-orders`}},
		"a long prefix":            {`[{"name": "orders", "prefix": "` + strings.Repeat("p", 400) + `/", "arrival": true}]`, []string{"at most 400 characters"}},
		"a prefix of no folder": {
			`[{"name": "orders", "prefix": "data/orders", "arrival": true}, {"name": "bills", "prefix": "s3://lake/bills/", "arrival": true}, {"name": "all", "prefix": "", "arrival": true}]`,
			[]string{`datalake:datasets[0].prefix is "data/orders": give a folder such as`, `datalake:datasets[1].prefix is "s3://lake/bills/"`, `datalake:datasets[2].prefix is ""`},
		},
		"two of a name": {
			`[{"name": "web-logs", "prefix": "a/", "arrival": true}, {"name": "web_logs", "prefix": "b/", "arrival": true}]`,
			[]string{`datalake:datasets[1].name is "web_logs" and datalake:datasets[0].name is "web-logs": they share a database`},
		},
		"prefixes within each other": {
			`[{"name": "orders", "prefix": "data/", "arrival": true}, {"name": "bills", "prefix": "data/bills/", "schedule": "02:00"}]`,
			[]string{`datalake:datasets[1].prefix is "data/bills/" and datalake:datasets[0].prefix is "data/": an object would belong to both`},
		},
		"a prefix of the stations":   {`[{"name": "rain", "prefix": "raw/location=oslo/", "arrival": true}]`, []string{`datalake:datasets[0].prefix is "raw/location=oslo/", which overlaps raw/`}},
		"a schedule and arrival":     {`[{"name": "orders", "prefix": "a/", "schedule": "01:00", "arrival": true}]`, []string{"datalake:datasets[0] has both schedule and arrival"}},
		"arrival that is off":        {`[{"name": "orders", "prefix": "a/", "arrival": false}]`, []string{"datalake:datasets[0] has neither schedule nor arrival"}},
		"times that are none":        {`[{"name": "a", "prefix": "a/", "schedule": "1:00"}, {"name": "b", "prefix": "b/", "schedule": "Sunday 01:00"}, {"name": "c", "prefix": "c/", "schedule": " 01:00"}, {"name": "d", "prefix": "d/", "schedule": 100}]`, []string{`datalake:datasets[0].schedule is "1:00": give a local time such as 01:00, or with a weekday, SUN 01:00`, `datalake:datasets[1].schedule is "Sunday 01:00"`, `datalake:datasets[2].schedule is " 01:00"`, `datalake:datasets[3].schedule is "100"`}},
		"a crawl of something else":  {`[{"name": "orders", "prefix": "a/", "arrival": true, "crawl": "events"}]`, []string{`datalake:datasets[0].crawl is "events": give one of newFolders, everything`}},
		"a full crawl of everything": {`[{"name": "orders", "prefix": "a/", "arrival": true, "crawl": "everything", "fullCrawl": "SUN 03:00"}]`, []string{"datalake:datasets[0].fullCrawl is given, but crawl is everything"}},
		"two crawls at a time":       {`[{"name": "orders", "prefix": "a/", "schedule": "03:00", "fullCrawl": "SUN 03:00"}]`, []string{"datalake:datasets[0].fullCrawl and schedule come at the same time, 03:00"}},
		"queries that are not there": {`[{"name": "orders", "prefix": "a/", "arrival": true, "queries": "bills"}]`, []string{`datalake:datasets[0].queries is "bills": give one of usage, weather`}},
		"a sample of one's own":      {`[{"name": "orders", "prefix": "a/", "arrival": true, "sample": true}]`, []string{"datalake:datasets[0].sample is true: the sample is the usage dataset's"}},
		"every fault of every entry": {
			`[{"name": "Orders", "prefix": "orders", "schedule": "late", "crawl": "all"}, {"name": "bills", "prefix": "b/", "sample": "maybe", "since": 2020}]`,
			[]string{`datalake:datasets[0].name is "Orders"`, `datalake:datasets[0].prefix is "orders"`, `datalake:datasets[0].schedule is "late"`, `datalake:datasets[0].crawl is "all"`, `datalake:datasets[1].sample is "maybe"`, "datalake:datasets[1].since is not a key", "datalake:datasets[1] has neither"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := refuse(t, map[string]string{"datalake:datasets": test.list})
			for _, says := range test.says {
				require.ErrorContains(t, err, says)
			}
			require.ErrorContains(t, err, "Pulumi.dev.yaml")
		})
	}
}

func TestEachDatasetHasACrawlAndItsReports(t *testing.T) {
	evaluation := withDatasets(t, `[
		{"name": "orders", "prefix": "shop/orders/", "schedule": "SUN 02:30", "queries": "usage"},
		{"name": "web-logs", "prefix": "logs/web/", "arrival": "true", "crawl": "everything"}
	]`)
	exports := evaluation.Exports
	require.Equal(t, map[string]any{"orders": "orders_dev", "web-logs": "web_logs_dev", "weather": "weather_data_catalog_dev"}, exports["databases"])
	require.ElementsMatch(t, []string{"crawl-orders", "report-orders", "crawl-web-logs", "weekly-etl", "report-weather", "watchdog"}, keysOf(exports["machines"]))
	require.ElementsMatch(t, []string{"alerts", "orders", "weekly-etl", "weather"}, keysOf(exports["topics"]))
	require.Equal(t, "Sundays 02:30 +07:00", exports["schedules"].(map[string]any)["crawl-orders"])
	require.NotContains(t, exports["schedules"], "crawl-web-logs")
	require.Contains(t, exports["workgroup"], "report-orders-workgroup")

	crawlers := map[string]string{}
	for _, crawler := range evaluation.Find("aws:glue/crawler:Crawler") {
		policy := crawler.Inputs["recrawlPolicy"].(map[string]any)
		crawlers[crawler.Name] = policy["recrawlBehavior"].(string)
	}
	require.Equal(t, "CRAWL_NEW_FOLDERS_ONLY", crawlers["crawl-orders-crawler"])
	require.Equal(t, "CRAWL_EVERYTHING", crawlers["crawl-web-logs-crawler"])

	var patterns []string
	for _, rule := range evaluation.Find("aws:cloudwatch/eventRule:EventRule") {
		if rule.Name == "crawl-web-logs-trigger" {
			patterns = append(patterns, rule.Inputs["eventPattern"].(string))
		}
	}
	require.Len(t, patterns, 1)
	require.Contains(t, patterns[0], `logs/web/*_SUCCESS`)
}

// What is crawled weekly alone has its success looked for, by the schedule or by the crawl of everything beside arrivals. What
// is crawled each day an alarm watches.
func TestDatasetsThatAreCrawledWeeklyAreLookedAfter(t *testing.T) {
	for entry, check := range map[string]any{
		`"schedule": "SUN 02:30"`:                           "Sundays 05:30 +07:00",
		`"schedule": "SAT 22:00", "fullCrawl": "WED 03:00"`: "Sundays 01:00 +07:00",
		`"arrival": true, "fullCrawl": "WED 23:00"`:         "Thursdays 02:00 +07:00",
		`"schedule": "01:00"`:                               nil,
		`"schedule": "01:00", "fullCrawl": "SUN 03:00"`:     nil,
		`"schedule": "SUN 03:00", "fullCrawl": "01:00"`:     nil,
		`"arrival": true`:                                   nil,
	} {
		evaluation := withDatasets(t, `[{"name": "orders", "prefix": "orders/", `+entry+`}]`)
		require.Equal(t, check, evaluation.Exports["schedules"].(map[string]any)[Check("orders")], entry)
	}
}

// A dataset has the reports of the folder of its name, where it names no other.
func TestADatasetTakesTheQueriesOfItsName(t *testing.T) {
	queries := func(list string) (names []string) {
		for _, query := range withDatasets(t, list).Find("aws:athena/namedQuery:NamedQuery") {
			names = append(names, query.Name)
		}
		return names
	}
	require.Contains(t, queries(`[{"name": "usage", "prefix": "u/", "schedule": "01:00"}]`), "execute-queries-usage-2021")
	require.NotContains(t, queries(`[{"name": "orders", "prefix": "o/", "schedule": "01:00"}]`), "report-orders-usage-2021")
	require.Contains(t, queries(`[{"name": "orders", "prefix": "o/", "schedule": "01:00", "queries": "usage"}]`), "report-orders-usage-2021")
}

func keysOf(value any) (keys []string) {
	for key := range value.(map[string]any) {
		keys = append(keys, key)
	}
	return keys
}

// A stack file says true and 01:00 as it likes: in quotes or not.
func TestDatasetsOfAStackFile(t *testing.T) {
	stack := stackFile(t, `
config:
  aws:region: eu-west-1
  datalake:datasets:
    - name: orders
      prefix: orders/
      schedule: 01:00
    - {name: bills, prefix: bills/, arrival: "true"}
`)
	require.True(t, json.Valid([]byte(stack.Config["datalake:datasets"])))
	evaluation, err := mockaws.Evaluate(Deploy, stack, false)
	require.NoError(t, err)
	require.Equal(t, "Daily 01:00 +07:00", evaluation.Exports["schedules"].(map[string]any)["crawl-orders"])
}

// Without reports on usage, the weekly ETL's summaries have a topic and subscribers of their own.
func TestTheWeeklySummariesHaveATopic(t *testing.T) {
	topicOf := func(evaluation *mockaws.Evaluation) string {
		machine := evaluation.Exports["machines"].(map[string]any)["weekly-etl"]
		for _, r := range evaluation.Find("aws:sfn/stateMachine:StateMachine") {
			if r.Outputs["arn"] == machine {
				return regexp.MustCompile(`arn:aws:sns:[^"]+`).FindString(r.Inputs["definition"].(string))
			}
		}
		return ""
	}
	with, without := evaluate(t, "prod", false), withDatasets(t, `[]`)
	require.Equal(t, with.Exports["topics"].(map[string]any)["results"], topicOf(with))
	require.Equal(t, without.Exports["topics"].(map[string]any)["weekly-etl"], topicOf(without))
	require.NotContains(t, with.Exports["topics"], "weekly-etl")
}

// A name may go on after another's, as long as no resource's does so too.
func TestDatasetsOfOneFamily(t *testing.T) {
	d := withDatasets(t, `[
		{"name": "orders", "prefix": "a/", "arrival": true, "queries": "usage"}, {"name": "orders-eu", "prefix": "b/", "arrival": true, "queries": "usage"},
		{"name": "orders-eu-north", "prefix": "c/", "schedule": "SUN 01:00", "fullCrawl": "02:00", "queries": "weather"}]`)
	urns := map[string]bool{}
	for _, r := range d.Resources {
		require.False(t, urns[r.URN], r.URN)
		urns[r.URN] = true
	}
}

// What crawls and reports consist of tells which names would clash.
func TestChildBeginningsAreAllThatThereAre(t *testing.T) {
	beginnings := map[string]bool{}
	for _, stack := range []string{"dev", "prod"} {
		d := deploy(t, stack)
		for _, component := range slices.Concat(d.Find("datalake:index:CrawlerWorkflow"), d.Find("datalake:index:AthenaReporter")) {
			for _, r := range d.Resources {
				if child, is := strings.CutPrefix(r.Name, component.Name+"-"); is && r.Type != namedQueryType {
					for i, c := range child {
						if c == '-' {
							beginnings[child[:i]] = true
						}
					}
				}
			}
		}
	}
	require.ElementsMatch(t, childBeginnings, slices.Collect(maps.Keys(beginnings)))
}
