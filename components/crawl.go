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
	// crawler and arn name the crawler.
	crawler, arn any
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
			Call:    asl.GetCrawler(c.crawler, c.arn),
			Timeout: callTimeout,
			Retry:   patiently(asl.GetCrawler(c.crawler, c.arn)),
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
			Call:    asl.StartCrawler(c.crawler, c.arn),
			Timeout: callTimeout,
			Retry:   patiently(asl.StartCrawler(c.crawler, c.arn)),
			Catch:   append([]asl.Catcher{{Errors: []string{"Glue.CrawlerRunningException"}, Next: "Wait for the other crawl"}}, c.catch...),
		},
		asl.Wait{Name: "Wait for the crawl", For: c.poll},
		asl.Task{
			Name:    "Check the crawl",
			Call:    asl.GetCrawler(c.crawler, c.arn),
			Timeout: callTimeout,
			Retry:   patiently(asl.GetCrawler(c.crawler, c.arn)),
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
