package components

import (
	"time"

	"datalake/asl"
)

// crawl is the part of a flow that has a Glue crawler see the data and judges how that ended.
//
// It waits until the crawler is free, remembers its last crawl, starts one of its own, and waits until the crawler is
// ready again with another last crawl than the one remembered. A crawl that someone else started proves nothing: it may
// have begun before our data was there. STOPPING is not complete.
type crawl struct {
	// crawler is the crawler's name; arns are those of the crawlers that it may be.
	crawler any
	arns    []any
	// poll is the time between two looks at the crawler.
	poll time.Duration
	// succeeded is the state to go on with; its input is the crawler, as Glue describes it.
	succeeded string
	// catch is where a call that fails leads; nil lets it fail the execution.
	catch []asl.Catcher
	// failed is the state for a crawl that failed or was cancelled; its input is the Error and the Cause.
	failed string
}

// lastCrawl identifies the crawler's last crawl, from Glue's answer; it is blank before the first one. A start time can
// be shared by two crawls, and the log's prefix too, but hardly both.
const lastCrawl = `$states.result.Crawler.LastCrawl.StartTime & ' ' & $states.result.Crawler.LastCrawl.MessagePrefix`

func (c crawl) flow() asl.Flow {
	isOver := `$states.input.State = 'READY' and $exists($states.input.LastCrawl) and $crawl != $crawlBefore`
	return asl.Flow{
		asl.Task{
			Name:    "Look at the crawler",
			Call:    asl.GetCrawler(c.crawler, c.arns),
			Timeout: callTimeout,
			Retry:   patiently(asl.GetCrawler(c.crawler, c.arns)),
			Catch:   c.catch,
			Assign:  map[string]any{"crawlBefore": asl.JSONata(lastCrawl)},
			Output:  asl.JSONata(`$states.result.Crawler`),
		},
		asl.Choice{
			Name:      "Is it free?",
			Rules:     []asl.Rule{{Comment: "yes", If: `$states.input.State = 'READY'`, Next: "Start the crawl"}},
			Otherwise: "Wait for the other crawl",
		},
		asl.Wait{Name: "Wait for the other crawl", For: c.poll, Next: "Look at the crawler"},
		asl.Task{
			Name:    "Start the crawl",
			Call:    asl.StartCrawler(c.crawler, c.arns),
			Timeout: callTimeout,
			Retry:   patiently(asl.StartCrawler(c.crawler, c.arns)),
			Catch:   append([]asl.Catcher{{Errors: []string{"Glue.CrawlerRunningException"}, Next: "Wait for the other crawl"}}, c.catch...),
		},
		asl.Wait{Name: "Wait for the crawl", For: c.poll},
		asl.Task{
			Name:    "Check the crawl",
			Call:    asl.GetCrawler(c.crawler, c.arns),
			Timeout: callTimeout,
			Retry:   patiently(asl.GetCrawler(c.crawler, c.arns)),
			Catch:   c.catch,
			Assign:  map[string]any{"crawl": asl.JSONata(lastCrawl)},
			Output:  asl.JSONata(`$states.result.Crawler`),
		},
		asl.Choice{
			Name: "Is it complete?",
			Rules: []asl.Rule{
				{Comment: "it succeeded", If: isOver + ` and $states.input.LastCrawl.Status = 'SUCCEEDED'`, Next: c.succeeded},
				{Comment: "it failed or was cancelled", If: isOver, Next: c.failed, Output: map[string]any{
					"Error": asl.JSONata(`$states.input.LastCrawl.Status = 'CANCELLED' ? 'CrawlCancelled' : 'CrawlFailed'`),
					"Cause": asl.JSONata(`$exists($states.input.LastCrawl.ErrorMessage)
						? $states.input.LastCrawl.ErrorMessage
						: 'The crawl of ' & $states.input.Name & ' ended ' & $states.input.LastCrawl.Status & ' without a message'`),
				}},
			},
			Otherwise: "Wait for the crawl",
		},
	}
}

// changes says what a crawl changed in the catalog, from Glue's history of its crawler; the state's input is the crawler,
// and its output that of crawl-dataset. The history has a summary where something changed. What it says is worth no
// failure: it may be late, or too large for a payload.
func (c crawl) changes(name, next string) asl.Task {
	call := asl.ListCrawls(c.crawler, 2, c.arns)
	output := func(changes string) string {
		return asl.JSONata(`{"crawler": $states.input.Name, "database": $states.input.DatabaseName, "lastCrawl": $states.input.LastCrawl, "changes": ` + changes + `}`)
	}
	const unknown = `{"unknown": $states.errorOutput.Error & ': ' & $states.errorOutput.Cause}`
	return asl.Task{
		Name:    name,
		Call:    call,
		Timeout: callTimeout,
		Retry:   patiently(call),
		Catch: []asl.Catcher{
			{Errors: []string{"States.DataLimitExceeded"}, Next: next, Output: output(unknown)},
			{Errors: []string{"States.ALL"}, Next: next, Output: output(unknown)},
		},
		Output: output(`(
			$crawl := $filter($states.result.Crawls, function($crawl) { $crawl.MessagePrefix = $states.input.LastCrawl.MessagePrefix });
			$summary := $exists($crawl.Summary) ? $parse($crawl.Summary) : {};
			$part := function($kind, $change) {( $text := $lookup($lookup($summary, $kind), $change); $exists($text) ? $parse($text) : {"Count": 0} )};
			$exists($crawl) ? {
				"tablesAdded": [$part('TABLE', 'ADD').Details.names],
				"tablesUpdated": [$part('TABLE', 'UPDATE').Details.names],
				"partitionsAdded": $part('PARTITION', 'ADD').Count,
				"partitionsUpdated": $part('PARTITION', 'UPDATE').Count
			} : {"unknown": 'Glue lists no such crawl yet'}
		)`),
		Next: next,
	}
}

// callTimeout is how long a call may take that answers at once.
const callTimeout = 30 * time.Second

// patiently repeats a call that the service throttles: after 2, 4, 8, … seconds, at most a minute, for about four
// minutes in all.
func patiently(call asl.Call) []asl.Retrier {
	return []asl.Retrier{{
		Errors:   call.Throttles,
		Interval: 2 * time.Second,
		Backoff:  2,
		MaxDelay: time.Minute,
		Attempts: 8,
	}}
}
