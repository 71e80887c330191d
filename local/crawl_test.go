package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// answers are what a responses file holds.
type answers map[string][]any

const (
	getCrawler   = "arn:aws:states:::aws-sdk:glue:getCrawler"
	startCrawler = "arn:aws:states:::aws-sdk:glue:startCrawler"
	listCrawls   = "arn:aws:states:::aws-sdk:glue:listCrawls"
)

// crawler is GetCrawler's answer; a crawl says which one was the last: its number and status, and perhaps a message.
func crawler(state string, crawl ...any) any {
	description := map[string]any{"Name": "raw", "State": state, "DatabaseName": "usage"}
	if len(crawl) > 0 {
		last := map[string]any{
			"StartTime":     fmt.Sprintf("2026-01-0%dT00:00:00Z", crawl[0]),
			"MessagePrefix": fmt.Sprintf("prefix-%d", crawl[0]),
			"Status":        crawl[1],
		}
		if len(crawl) > 2 {
			last["ErrorMessage"] = crawl[2]
		}
		description["LastCrawl"] = last
	}
	return map[string]any{"output": map[string]any{"Crawler": description}}
}

func failure(name, cause string) any { return map[string]any{"error": name, "cause": cause} }

var done = map[string]any{"output": map[string]any{}}

func crawl(t *testing.T, a answers) ended {
	t.Helper()
	text, err := json.Marshal(a)
	require.NoError(t, err)
	return executed(t, "--stack", "dev", "--machine", "crawl-dataset", "--responses", file(t, string(text)))
}

func TestCrawlSucceedsWhenReadyAndFresh(t *testing.T) {
	home(t)
	result := crawl(t, answers{
		getCrawler:   {crawler("READY", 1, "SUCCEEDED"), crawler("RUNNING", 1, "SUCCEEDED"), crawler("STOPPING", 1, "SUCCEEDED"), crawler("READY", 2, "SUCCEEDED")},
		startCrawler: {done},
		listCrawls:   {map[string]any{"output": map[string]any{"Crawls": []any{}}}},
	})
	require.Equal(t, "SUCCEEDED", result.Status)
	require.Equal(t, []string{
		"What is to be read?", "Take the usual crawler", "Look at the crawler", "Is it free?", "Start the crawl", "Wait for the crawl", "Check the crawl",
		"Is it complete?", "See what it changed", "The data is in the catalog",
	}, result.States)
	require.Equal(t, map[string]any{"unknown": "Glue lists no such crawl yet"}, result.Output.(map[string]any)["changes"])
	require.InDelta(t, 3*30, result.VirtualSeconds, 1, "it looked three times, every 30 seconds")
	require.Equal(t, "2026-01-02T00:00:00Z", result.Output.(map[string]any)["lastCrawl"].(map[string]any)["StartTime"])
}

// The crawler's history says what a crawl changed, in texts within a text; where nothing changed, it has no summary.
func TestACrawlSaysWhatItChanged(t *testing.T) {
	home(t)
	changes := func(crawls ...any) any {
		result := crawl(t, answers{
			getCrawler:   {crawler("READY", 1, "SUCCEEDED"), crawler("READY", 2, "SUCCEEDED")},
			startCrawler: {done},
			listCrawls:   crawls,
		})
		require.Equal(t, "SUCCEEDED", result.Status, "what is not known fails no crawl")
		return result.Output.(map[string]any)["changes"]
	}
	history := func(summary string) any {
		last := map[string]any{"MessagePrefix": "prefix-2", "State": "COMPLETED"}
		if summary != "" {
			last["Summary"] = summary
		}
		return map[string]any{"output": map[string]any{"Crawls": []any{last, map[string]any{"MessagePrefix": "prefix-1", "State": "COMPLETED"}}}}
	}
	const summary = `{"TABLE":{"ADD":"{\"Details\":{\"names\":[\"a\",\"b\"]},\"Count\":2}"},"PARTITION":{"ADD":"{\"Details\":{\"a\":[\"[2026]\"]},\"Count\":3}","UPDATE":"{\"Details\":{},\"Count\":1}"}}`
	require.Equal(t, map[string]any{"tablesAdded": []any{"a", "b"}, "tablesUpdated": []any{}, "partitionsAdded": 3.0, "partitionsUpdated": 1.0}, changes(history(summary)))
	require.Equal(t, map[string]any{"tablesAdded": []any{}, "tablesUpdated": []any{}, "partitionsAdded": 0.0, "partitionsUpdated": 0.0}, changes(history("")))
	require.Equal(t, map[string]any{"unknown": "Glue.AccessDeniedException: no"}, changes(failure("Glue.AccessDeniedException", "no")))
	require.Contains(t, changes(map[string]any{"output": map[string]any{"Crawls": strings.Repeat("x", 262_144)}}).(map[string]any)["unknown"], "States.DataLimitExceeded")
}

// The input {"full": true} has the other crawler read everything.
func TestAFullCrawlRunsTheOtherCrawler(t *testing.T) {
	home(t)
	for input, state := range map[string]string{
		`{}`: "Take the usual crawler", `{"full": false}`: "Take the usual crawler", `{"time": "2026-01-05T00:00:00Z", "source": "aws.events"}`: "Take the usual crawler",
		`{"full": true}`: "Take the crawler of everything", `{"full": "yes"}`: "Refuse the input", `{"full": null}`: "Refuse the input",
	} {
		result := executed(t, "--stack", "dev", "--machine", "crawl-dataset", "--input", file(t, input), "--responses", file(t, `{"Look at the crawler": [{"error": "E"}]}`))
		require.Equal(t, state, result.States[1], input)
	}
}

func TestTheFirstCrawlEver(t *testing.T) {
	home(t)
	result := crawl(t, answers{
		getCrawler:   {crawler("READY"), crawler("READY"), crawler("RUNNING"), crawler("READY", 1, "SUCCEEDED")},
		startCrawler: {done},
	})
	require.Equal(t, "SUCCEEDED", result.Status, "no LastCrawl is not taken for a new one")
}

func TestACrawlOfSomeoneElseIsWaitedForAndProvesNothing(t *testing.T) {
	home(t)
	result := crawl(t, answers{
		getCrawler: {
			crawler("RUNNING", 1, "SUCCEEDED"), crawler("STOPPING", 1, "SUCCEEDED"), crawler("READY", 2, "SUCCEEDED"), // theirs
			crawler("RUNNING", 2, "SUCCEEDED"), crawler("READY", 3, "SUCCEEDED"), // ours
		},
		startCrawler: {done},
	})
	require.Equal(t, "SUCCEEDED", result.Status)
	require.Contains(t, result.States, "Wait for the other crawl")
	require.Equal(t, "2026-01-03T00:00:00Z", result.Output.(map[string]any)["lastCrawl"].(map[string]any)["StartTime"])
}

func TestTheRaceToStartIsLostAndRecovered(t *testing.T) {
	home(t)
	result := crawl(t, answers{
		getCrawler: {
			crawler("READY", 1, "SUCCEEDED"),
			crawler("RUNNING", 1, "SUCCEEDED"), crawler("READY", 2, "SUCCEEDED"),
			crawler("READY", 3, "SUCCEEDED"),
		},
		startCrawler: {failure("Glue.CrawlerRunningException", "Crawler with name raw has already started"), done},
	})
	require.Equal(t, "SUCCEEDED", result.Status)
	require.Equal(t, "2026-01-03T00:00:00Z", result.Output.(map[string]any)["lastCrawl"].(map[string]any)["StartTime"])
}

func TestACrawlThatFailedIsAFailure(t *testing.T) {
	home(t)
	for status, test := range map[string]struct {
		last  []any
		error string
		cause string
	}{
		"FAILED":     {[]any{2, "FAILED", "Internal Service Exception"}, "CrawlFailed", "Internal Service Exception"},
		"CANCELLED":  {[]any{2, "CANCELLED", "stopped by hand"}, "CrawlCancelled", "stopped by hand"},
		"speechless": {[]any{2, "FAILED"}, "CrawlFailed", "The crawl of raw ended FAILED without a message"},
	} {
		result := crawl(t, answers{getCrawler: {crawler("READY", 1, "SUCCEEDED"), crawler("READY", test.last...)}, startCrawler: {done}})
		require.Equal(t, "FAILED", result.Status, status)
		require.Equal(t, test.error, *result.Error, status)
		require.Equal(t, test.cause, *result.Cause, status)
	}
}

func TestThrottlingIsWaitedOutWithGrowingWaits(t *testing.T) {
	home(t)
	throttled := failure("Glue.GlueException", "Rate exceeded (Service: Glue, Status Code: 400)")
	healthy := answers{getCrawler: {crawler("READY", 1, "SUCCEEDED"), crawler("READY", 2, "SUCCEEDED")}, startCrawler: {done}}
	calm := crawl(t, healthy)
	healthy[getCrawler] = append([]any{throttled, throttled, throttled}, healthy[getCrawler]...)
	busy := crawl(t, healthy)
	require.Equal(t, "SUCCEEDED", busy.Status)
	require.Equal(t, calm.Transitions+3, busy.Transitions, "a retry is a transition")
	require.InDelta(t, calm.VirtualSeconds+2+4+8, busy.VirtualSeconds, 1)

	healthy[startCrawler] = []any{throttled, done}
	require.Equal(t, "SUCCEEDED", crawl(t, healthy).Status, "so is throttling of the start")
}

func TestACrawlThatNeverEndsTimesOut(t *testing.T) {
	home(t)
	for name, a := range map[string]answers{
		"ours":      {getCrawler: {crawler("READY", 1, "SUCCEEDED"), crawler("RUNNING", 1, "SUCCEEDED")}, startCrawler: {done}},
		"another's": {getCrawler: {crawler("RUNNING", 1, "SUCCEEDED")}},
		"stopping":  {getCrawler: {crawler("READY", 1, "SUCCEEDED"), crawler("STOPPING", 2, "SUCCEEDED")}, startCrawler: {done}},
		"unchanged": {getCrawler: {crawler("READY", 1, "SUCCEEDED")}, startCrawler: {done}},
		"none":      {getCrawler: {crawler("READY")}, startCrawler: {done}},
	} {
		result := crawl(t, a)
		require.Equal(t, "TIMED_OUT", result.Status, name)
		require.InDelta(t, 2*3600, result.VirtualSeconds, 1, name)
	}
}

func TestWhatCannotGetBetterFailsAtOnce(t *testing.T) {
	home(t)
	missing := failure("Glue.EntityNotFoundException", "Crawler entry with name raw does not exist")
	refused := failure("Glue.AccessDeniedException", "User is not authorized to perform: glue:StartCrawler")
	for name, a := range map[string]answers{
		"a missing crawler": {getCrawler: {missing}},
		"a refused look":    {getCrawler: {refused}},
		"a refused start":   {getCrawler: {crawler("READY", 1, "SUCCEEDED")}, startCrawler: {refused}},
	} {
		result := crawl(t, a)
		require.Equal(t, "FAILED", result.Status, name)
		require.True(t, strings.HasPrefix(*result.Error, "Glue."), name)
		require.NotEmpty(t, *result.Cause, name)
		require.Less(t, result.VirtualSeconds, 1.0, name)
	}
}
