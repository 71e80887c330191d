package components

import (
	"fmt"
	"strings"
	"time"

	"datalake/asl"
)

// etl is the state machine of a WeeklyEtl: crawl the raw messages, transform them, and notify of how it went. Whatever fails
// is exported as a document before the execution fails with it.
type etl struct {
	name string
	// crawler and crawlerARNs name the crawler, poll the time between two looks at it.
	crawler     any
	crawlerARNs []any
	poll        time.Duration
	// job and jobARN name the Glue job, jobTimeout how long a run may take, waiting included.
	job, jobARN any
	jobTimeout  time.Duration
	// schedule says where local midnight is, lateness how many days before the week are looked at again.
	schedule     Schedule
	latenessDays int
	// processed is the bucket that takes the dataset, and metrics and errors under their prefixes; metricsARNs and
	// errorsARNs are where IAM finds the latter two.
	processed                   any
	metricsPrefix, errorsPrefix string
	metricsARNs, errorsARNs     any
	// metricNamespace is where CloudWatch gets the run's figures.
	metricNamespace string
	// firstDay is the first day that queries see.
	firstDay string
	// topicARN and busARN take the summary.
	topicARN, busARN any
	timeout          time.Duration
}

// maxBackfillDays keeps a backfill within what one job run reads in its time.
const maxBackfillDays = 366

func (e etl) machine() asl.Machine {
	const failed = "Note the error"
	caught := []asl.Catcher{{Errors: []string{"States.ALL"}, Next: failed, Assign: map[string]any{
		"failure": asl.JSONata(`{"state": $states.context.State.Name, "error": $states.errorOutput.Error, "cause": $states.errorOutput.Cause}`),
	}}}
	flow := asl.Flow{
		asl.Choice{
			Name:      "Check the input",
			Rules:     e.refusals("Refuse the input"),
			Otherwise: "Plan the window",
		},
		asl.Fail{Name: "Refuse the input", Error: "InvalidInput", Cause: asl.JSONata(`$refusal`)},
		asl.Pass{Name: "Plan the window", Assign: e.window()},
	}
	flow = append(flow, crawl{
		crawler: e.crawler, arns: e.crawlerARNs, poll: e.poll, catch: caught, succeeded: "Transform the messages", failed: "The crawl failed",
	}.flow()...)
	return asl.Machine{
		Comment: "Turns the week's raw messages into a dataset, and notifies of how it went",
		Timeout: e.timeout,
		Flow: append(flow,
			asl.Pass{Name: "The crawl failed", Next: failed, Assign: map[string]any{
				"failure": asl.JSONata(`{"state": $states.context.State.Name, "error": $states.input.Error, "cause": $states.input.Cause}`),
			}},
			e.transform(caught),
			e.readMetrics(caught),
			e.sendMetrics(caught),
			e.notify(caught),
			e.sendEvent(caught),
			asl.Succeed{Name: "The dataset is up to date", Output: asl.JSONata(`$summary`)},
			e.exportError(failed),
			asl.Fail{Name: "Fail with the error", Error: asl.JSONata(`$failure.error`), Cause: asl.JSONata(`$failure.cause ? $failure.cause : 'There is no message.'`)},
		),
	}
}

// transform starts the job and waits for it. The job's concurrency is one: a run beside another is refused as
// Glue.ConcurrentRunsExceededException, and not tried again.
func (e etl) transform(caught []asl.Catcher) asl.Task {
	call := asl.StartJob(e.job, map[string]any{
		"--window-start": asl.JSONata(`$windowStart`),
		"--window-end":   asl.JSONata(`$windowEnd`),
		"--metrics":      asl.JSONata(`'s3://' & $processedBucket & '/' & $metricsKey`),
	}, e.jobARN)
	return asl.Task{
		Name:    "Transform the messages",
		Call:    call,
		Timeout: e.jobTimeout,
		Retry:   patiently(call),
		Catch:   caught,
		Assign: map[string]any{"job": asl.JSONata(`{
			"run": $states.result.Id,
			"seconds": $states.result.ExecutionTime,
			"dpuSeconds": $exists($states.result.DPUSeconds)
				? $states.result.DPUSeconds
				: $exists($states.result.MaxCapacity) ? $states.result.ExecutionTime * $states.result.MaxCapacity : null
		}`)},
	}
}

// readMetrics makes the run's summary: what the script says, which is little however large the run, and what it ran on.
func (e etl) readMetrics(caught []asl.Catcher) asl.Task {
	call := asl.GetObject(e.processed, asl.JSONata(`$metricsKey`), e.metricsARNs)
	return asl.Task{
		Name:    "Read the metrics",
		Call:    call,
		Timeout: callTimeout,
		Retry:   patiently(call),
		Catch:   caught,
		Assign: map[string]any{"summary": asl.JSONata(`(
			$metrics := $parse($states.result.Body);
			$quarantined := $sum([0, $each($metrics.records_quarantined, function($count) {$count})]);
			$merge([
				$metrics,
				{
					"pipeline": ` + quoted(e.name) + `,
					"execution": $states.context.Execution.Name,
					"quarantined": $quarantined,
					"quarantinedShare": $metrics.records_read > 0 ? $quarantined / $metrics.records_read : 0,
					"job": $job
				}
			])
		)`)},
	}
}

// The metrics of a run: counts of records by what became of them, with their members of the summary, the refused ones'
// share, and what the job used of Glue. Their one dimension is the ETL's name.
const (
	quarantinedShare = "QuarantinedShare"
	dpuHours         = "DPUHours"
	runDimension     = "Pipeline"
)

var recordCounts = []struct{ metric, member string }{
	{"RecordsRead", "records_read"},
	{"RecordsAggregated", "records_aggregated"},
	{"RecordsDuplicate", "records_duplicate"},
	{"RecordsQuarantined", "quarantined"},
}

// sendMetrics leaves out what Glue did not say.
func (e etl) sendMetrics(caught []asl.Catcher) asl.Task {
	var data strings.Builder
	for _, count := range recordCounts {
		fmt.Fprintf(&data, `{"MetricName": '%s', "Value": $summary.%s, "Unit": 'Count'}, `, count.metric, count.member)
	}
	fmt.Fprintf(&data, `{"MetricName": '%s', "Value": 100 * $summary.quarantinedShare, "Unit": 'Percent'}, `, quarantinedShare)
	fmt.Fprintf(&data, `$type($summary.job.dpuSeconds) = 'number' ? {"MetricName": '%s', "Value": $summary.job.dpuSeconds / 3600, "Unit": 'None'}`, dpuHours)
	call := asl.PutMetrics(e.metricNamespace, asl.JSONata(
		`[`+data.String()+`].$merge([$, {"Dimensions": [{"Name": '`+runDimension+`', "Value": `+quoted(e.name)+`}]}])`))
	return asl.Task{
		Name:    "Send the metrics",
		Call:    call,
		Timeout: callTimeout,
		Retry:   patiently(call),
		Catch:   caught,
		Output:  asl.JSONata(`$summary`),
	}
}

func (e etl) notify(caught []asl.Catcher) asl.Task {
	return asl.Task{
		Name: "Notify the subscribers",
		Call: asl.Publish(e.topicARN,
			asl.JSONata(`$substring($states.input.pipeline & ': ' & $states.input.windows_written & ' windows from ' & $states.input.records_read & ' records', 0, 99)`),
			asl.JSONata(`$string($states.input)`)),
		Timeout: callTimeout,
		Retry:   persistently(),
		Catch:   caught,
		Output:  asl.JSONata(`$states.input`),
	}
}

func (e etl) sendEvent(caught []asl.Catcher) asl.Task {
	return asl.Task{
		Name:    "Send the event",
		Call:    asl.PutEvent(e.busARN, "datalake", "Dataset Updated", asl.JSONata(`$states.input`)),
		Timeout: callTimeout,
		Retry:   persistently(),
		Catch:   caught,
		Next:    "The dataset is up to date",
	}
}

// exportError writes the error state. An S3 that refuses it does not hide the error itself.
func (e etl) exportError(name string) asl.Task {
	call := asl.PutObject(e.processed, asl.JSONata(`'`+e.errorsPrefix+`' & $states.context.Execution.Name & '.json'`), asl.JSONata(`{
		"execution": $states.context.Execution.Id,
		"startedAt": $states.context.Execution.StartTime,
		"failedAt": $now(),
		"state": $failure.state,
		"error": $failure.error,
		"cause": $failure.cause,
		"window": {"start": $windowStart, "end": $windowEnd},
		"input": $states.context.Execution.Input
	}`), e.errorsARNs)
	return asl.Task{
		Name:    name,
		Call:    call,
		Timeout: callTimeout,
		Retry:   shortly(),
		Catch:   []asl.Catcher{{Errors: []string{"States.ALL"}, Next: "Fail with the error"}},
	}
}

// window are the variables of the run: whole local days, up to the midnight before the scheduled time (or before the
// start, where nobody scheduled it), or those of a backfill.
func (e etl) window() map[string]any {
	return map[string]any{
		"windowStart":     asl.JSONata(e.windowBound("from", 7+e.latenessDays)),
		"windowEnd":       asl.JSONata(e.windowBound("to", 0)),
		"metricsKey":      asl.JSONata(`'` + e.metricsPrefix + `' & $states.context.Execution.Name & '.json'`),
		"processedBucket": e.processed,
	}
}

// windowBound is a local midnight with its offset: the input's, or one some days before the run's own midnight.
func (e etl) windowBound(member string, daysBefore int) string {
	offset, _ := offsetMinutes(e.schedule.Offset)
	const dayMillis = 86_400_000
	return fmt.Sprintf(`$exists($states.input.%[1]s) ? $states.input.%[1]s & 'T00:00:00%[2]s' : (
		$at := $toMillis($exists($states.input.time) ? $states.input.time : $states.context.Execution.StartTime) + %[3]d;
		$substring($fromMillis($floor($at / %[4]d) * %[4]d - %[5]d), 0, 10) & 'T00:00:00%[2]s'
	)`, member, e.schedule.Offset, offset*60_000, dayMillis, daysBefore*dayMillis)
}

// refusals are the rules that refuse a backfill's input, such as days that queries would not see.
func (e etl) refusals(next string) []asl.Rule {
	refuse := func(comment, condition, why string) asl.Rule {
		return asl.Rule{Comment: comment, If: condition, Next: next, Assign: map[string]any{"refusal": why}}
	}
	day := func(member string) string {
		return fmt.Sprintf(`($type($states.input.%[1]s) = 'string' ? $contains($states.input.%[1]s, /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/)
			? $substring($fromMillis($toMillis($states.input.%[1]s & 'T00:00:00Z')), 0, 10) = $states.input.%[1]s : false : false)`, member)
	}
	return []asl.Rule{
		refuse("something else is given", `$type($states.input) != 'object' ? true : $exists($states.input.from) or $exists($states.input.to) ? $count($keys($states.input)[$not($ in ['from', 'to', 'comment', 'Comment'])]) > 0 : false`,
			`The input is {"from": "YYYY-MM-DD", "to": "YYYY-MM-DD"}, in local days without the last one, or the event of a schedule; it holds something else.`),
		refuse("a day is unsound", `$exists($states.input.from) or $exists($states.input.to) ? $not(`+day("from")+` and `+day("to")+`) : false`,
			`from and to are days that exist, both given, such as {"from": "2026-01-01", "to": "2026-01-08"}.`),
		refuse("the range is empty or too long", fmt.Sprintf(`$exists($states.input.from) ? ($days := ($toMillis($states.input.to & 'T00:00:00Z') - $toMillis($states.input.from & 'T00:00:00Z')) / 86400000; $days < 1 or $days > %d) : false`, maxBackfillDays),
			fmt.Sprintf(`from is before to, by at most %d days: give a range such as {"from": "2026-01-01", "to": "2026-01-08"}, and backfill more in several runs.`, maxBackfillDays)),
		refuse("the range begins too early", fmt.Sprintf(`$exists($states.input.from) ? $states.input.from < '%s' : false`, e.firstDay),
			fmt.Sprintf("from is before %s, the first day that queries see: begin then or later, or deploy the table with an earlier FirstDay.", e.firstDay)),
	}
}
