package engine

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"datalake/local/athena"
	"datalake/local/glue"
	"datalake/local/interpreter"
	"datalake/local/prices"
)

// CostReport is what an execution would cost on AWS, in USD at list prices. Each part is rounded to a billionth of a dollar,
// and the total is their exact sum.
type CostReport struct {
	Total float64   `json:"total"`
	Parts CostParts `json:"parts"`
}

// CostParts are what an execution's cost is made of. GlueJobs alone comes of real time: the seconds that a job ran here stand
// for those that it would run in Glue.
type CostParts struct {
	StepFunctions float64 `json:"stepFunctions"`
	Athena        float64 `json:"athena"`
	GlueCrawlers  float64 `json:"glueCrawlers"`
	GlueJobs      float64 `json:"glueJobs"`
	S3            float64 `json:"s3"`
	SNS           float64 `json:"sns"`
	EventBridge   float64 `json:"eventBridge"`
}

// PricesReport says what prices a report's costs are made with.
type PricesReport struct {
	Currency string `json:"currency"`
	Region   string `json:"region"`
	Date     string `json:"date"`
	// NotCounted is what the costs leave out.
	NotCounted []string `json:"notCounted"`
}

// usage is what an execution had done that is billed beside its own steps.
type usage struct {
	puts, gets       int
	messages, events int // in the chunks that are billed
	crawls           []crawlStart
	queries          []*athena.Execution
	jobs             []*JobRun
}

// crawlStart tells a crawl from all others.
type crawlStart struct {
	crawler string
	at      time.Time
}

// bill notes what an execution had done; a task that a test makes up has no execution.
func (e *Engine) bill(task interpreter.Task, add func(*usage)) {
	e.lock.Lock()
	defer e.lock.Unlock()
	if x := e.current(task.Execution); x != nil {
		add(&x.usage)
	}
}

// billCall notes a call that succeeded. Queries and jobs are noted where they start, since one that fails may cost as much.
func (e *Engine) billCall(integration string, task interpreter.Task) {
	e.bill(task, func(u *usage) {
		switch integration {
		case "aws-sdk:s3:putObject":
			u.puts++
		case "aws-sdk:s3:getObject":
			u.gets++
		case "aws-sdk:glue:startCrawler":
			u.crawls = append(u.crawls, crawlStart{argumentsOf[crawlerArguments](task).Name, e.clock.Now()})
		case "sns:publish":
			text, _ := argumentsOf[PublishArguments](task).text() // it was published
			u.messages += prices.Chunks(len(text))
		case "events:putEvents":
			for _, entry := range argumentsOf[PutEventsArguments](task).Entries {
				detail, _ := json.Marshal(entry.Detail) // it was sent
				u.events += prices.Chunks(len(entry.Source) + len(entry.DetailType) + len(detail))
			}
		}
	})
}

// argumentsOf are those of a call that succeeded, so that they can be decoded.
func argumentsOf[A any](task interpreter.Task) (arguments A) {
	_ = json.Unmarshal(task.Text, &arguments)
	return arguments
}

// costOf is what an execution would cost on AWS.
func (e *Engine) costOf(x *Execution) CostReport {
	parts := CostParts{
		StepFunctions: prices.Standard(x.Transitions),
		S3:            prices.S3(x.puts, x.gets),
		SNS:           prices.SNS(x.messages),
		EventBridge:   prices.EventBridge(x.events),
	}
	if x.Express {
		parts.StepFunctions = prices.Express(x.Duration)
	}
	for _, query := range x.queries {
		parts.Athena += query.Cost(query.DataScannedInBytes)
	}
	for _, started := range x.crawls {
		for _, crawl := range e.glue.Crawls() {
			if crawl.Crawler == started.crawler && crawl.Started.Equal(started.at) {
				parts.GlueCrawlers += prices.Crawl(crawl.Ended.Sub(crawl.Started))
			}
		}
	}
	for _, run := range x.jobs {
		if run.Seconds == 0 {
			continue // it could not start
		}
		job := e.resources.jobs[run.Name]
		ran := time.Duration(run.Seconds * float64(time.Second))
		parts.GlueJobs += prices.GlueJob(job.dpus, ran, job.flexible)
	}
	total := 0.0
	for _, part := range []*float64{
		&parts.StepFunctions, &parts.Athena, &parts.GlueCrawlers, &parts.GlueJobs, &parts.S3, &parts.SNS, &parts.EventBridge,
	} {
		*part = rounded(*part)
		total = rounded(total + *part)
	}
	return CostReport{total, parts}
}

// rounded is an amount to the billionth of a dollar.
func rounded(amount float64) float64 { return math.Round(amount*1e9) / 1e9 }

func (e *Engine) pricesReport() PricesReport {
	slices.Sort(e.resources.unpriced)
	report := PricesReport{Currency: "USD", Region: prices.Region, Date: prices.Date, NotCounted: []string{
		"requests to S3 that Athena, crawlers and jobs make",
		"requests to KMS, the Data Catalog and SQS",
		"CloudWatch's metrics and logs",
		"deliveries of messages, and transfer of data",
	}}
	for _, name := range e.resources.unpriced {
		report.NotCounted = append(report.NotCounted, "runs of the job "+name+", whose type of worker has no price here")
	}
	return report
}

// unpartitioned is what a query would have scanned had it read every partition of its tables, as they are at the end; ok is
// false where that is not known: for tables of which some columns may be read alone, and for what is not a table here.
func unpartitioned(query athena.Query, tables map[string]tableSize) (bytes int64, ok bool) {
	if query.PartitionsScanned >= query.PartitionsTotal {
		return query.DataScannedInBytes, true
	}
	for name, times := range query.Tables {
		table, found := tables[name]
		if !found || table.columnar {
			return 0, false
		}
		bytes += table.bytes * int64(times)
	}
	return max(bytes, query.DataScannedInBytes), true
}

// tableSize is how much a table holds. A query reads of a columnar one the columns that it names.
type tableSize struct {
	bytes    int64
	columnar bool
}

func sizeOf(table glue.Table, bytes int64) tableSize {
	return tableSize{bytes, strings.Contains(strings.ToLower(table.SerDe.Library), "parquet")}
}
