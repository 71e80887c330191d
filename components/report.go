package components

import (
	"fmt"
	"time"

	"datalake/asl"
)

// report is the state machine execute-queries: every query in a branch of its own, then one message and one event with
// all of the results, and a failure at the end if a query failed.
type report struct {
	name    string
	queries []Query
	timeout time.Duration
	// athena is where the queries run, and with which rights; results is where IAM finds their results.
	athena  asl.Query
	results any
	// topicARN and busARN take the message and the event.
	topicARN, busARN any
}

// SNS and EventBridge take 262,144 bytes of UTF-8, of which a character has up to four. The branches share what is left
// when the frame around them is taken off.
const reportCharacters = 60_000

// pages are the numbers of rows asked for, until they fit a payload of 256 KiB: only the rows' width can tell.
var pages = []int{1000, 100, 10}

func (r report) machine() asl.Machine {
	var branches []asl.Flow
	for _, query := range r.queries {
		branches = append(branches, r.branch(query))
	}
	return asl.Machine{
		Comment: "Runs the queries of " + r.name + " side by side and notifies subscribers of the results",
		Timeout: r.timeout,
		Flow: asl.Flow{
			asl.Parallel{
				Name:     "Run the queries",
				Branches: branches,
				Output: asl.JSONata(`{
					"report": ` + quoted(r.name) + `,
					"execution": $states.context.Execution.Name,
					"startedAt": $states.context.Execution.StartTime,
					"failed": [$states.result[status = 'FAILED'].name],
					"queries": [$states.result]
				}`),
			},
			asl.Task{
				Name: "Notify the subscribers",
				Call: asl.Publish(r.topicARN,
					asl.JSONata(`$substring($states.input.report & ': ' & ($count($states.input.queries) - $count($states.input.failed))
						& ' of ' & $count($states.input.queries) & ' queries succeeded', 0, 99)`),
					asl.JSONata(`$string($states.input)`)),
				Timeout: callTimeout,
				Retry:   persistently(),
				Output:  asl.JSONata(`$states.input`),
			},
			asl.Task{
				Name:    "Send the event",
				Call:    asl.PutEvent(r.busARN, "datalake", "Query Report", asl.JSONata(`$states.input`)),
				Timeout: callTimeout,
				Retry:   persistently(),
				Output:  asl.JSONata(`$states.input`),
			},
			asl.Choice{
				Name:      "Did every query succeed?",
				Rules:     []asl.Rule{{Comment: "no", If: `$count($states.input.failed) > 0`, Next: "A query failed"}},
				Otherwise: "The report is out",
			},
			asl.Succeed{Name: "The report is out"},
			asl.Fail{
				Name:  "A query failed",
				Error: "QueriesFailed",
				Cause: asl.JSONata(`$count($states.input.failed) & ' of ' & $count($states.input.queries) & ' queries failed: '
					& $join($states.input.failed, ', ') & '. The message that was sent says why.'`),
			},
		},
	}
}

// branch runs one query. Its output keeps to the branch's share of the message, whatever the query finds.
func (r report) branch(query Query) asl.Flow {
	share := reportCharacters / len(r.queries)
	q := r.athena
	q.SQL = query.SQL
	failed, without := query.Name+": note the failure", query.Name+": leave the rows out"
	step := func(rows int) string { return fmt.Sprintf("%s: read %d rows", query.Name, rows) }
	caught := asl.Catcher{Errors: []string{"States.ALL"}, Next: failed}

	start := asl.StartQuery(q)
	flow := asl.Flow{asl.Task{
		Name:    query.Name,
		Call:    start,
		Timeout: (r.timeout * 3 / 4).Truncate(time.Second), // so that the report of it still goes out
		Retry:   patiently(start),
		Catch:   []asl.Catcher{caught},
		Assign: map[string]any{"query": asl.JSONata(`{
			"id": $states.result.QueryExecution.QueryExecutionId,
			"dataScannedInBytes": $states.result.QueryExecution.Statistics.DataScannedInBytes,
			"milliseconds": $states.result.QueryExecution.Statistics.EngineExecutionTimeInMillis,
			"resultLocation": $states.result.QueryExecution.ResultConfiguration.OutputLocation
		}`)},
	}}
	for i, rows := range pages {
		next := without
		if i+1 < len(pages) {
			next = step(pages[i+1])
		}
		read := asl.GetQueryResults(asl.JSONata(`$query.id`), rows, r.athena.WorkgroupARN, r.results)
		flow = append(flow, asl.Task{
			Name:    step(rows),
			Call:    read,
			Timeout: callTimeout,
			Retry:   patiently(read),
			// States.ALL does not take this one.
			Catch:  []asl.Catcher{{Errors: []string{"States.DataLimitExceeded"}, Next: next}, caught},
			Output: asl.JSONata(fmt.Sprintf(rowsThatFit, query.Name, share-frameCharacters)),
			Next:   asl.End,
		})
	}
	return append(flow,
		asl.Pass{Name: without, Next: asl.End, Output: asl.JSONata(fmt.Sprintf(`{
			"name": '%s', "status": 'SUCCEEDED', "rows": [], "rowsShown": 0, "rowsCut": null, "moreRows": true,
			"dataScannedInBytes": $query.dataScannedInBytes, "milliseconds": $query.milliseconds, "resultLocation": $query.resultLocation
		}`, query.Name))},
		asl.Pass{Name: failed, Output: asl.JSONata(fmt.Sprintf(whatFailed, query.Name, share-frameCharacters))},
	)
}

// frameCharacters is what a branch's output holds besides its rows or its failure: names, numbers and where its result is.
const frameCharacters = 1_500

// rowsThatFit makes a branch's output from a page of GetQueryResults: rows as objects, numbers as numbers where a
// double holds them exactly, as many as fit; rowsCut counts those of the page that do not, and moreRows says that the
// result goes on after the page. The first line holds the column names. Lines are turned into rows until the share is
// used up, so that a page of thousands of values costs no more than what is shown of it.
const rowsThatFit = `(
	$columns := [$states.result.ResultSet.ResultSetMetadata.ColumnInfo];
	$lines := [$states.result.ResultSet.Rows];
	$value := function($text, $type) {
		$not($exists($text)) ? null
		: $type in ['tinyint', 'smallint', 'integer', 'bigint', 'decimal'] ? ($contains($text, /^-?[0-9.]{1,15}$/) ? $number($text) : $text)
		: $type in ['float', 'real', 'double'] ? ($contains($text, /^-?[0-9]/) ? $number($text) : $text)
		: $type = 'boolean' ? $text = 'true'
		: $text
	};
	$toRow := function($line) {(
		$cells := [$line.Data];
		$merge([$map($columns, function($column, $i) {{$column.Name: $value($cells[$i].VarCharValue, $column.Type)}})])
	)};
	$shown := $reduce($lines, function($sum, $line, $i) {
		$i = 0 or $sum.full ? $sum : (
			$row := $toRow($line);
			$size := $sum.size + $length($string($row)) + 1;
			$size > %[2]d
				? {"rows": $sum.rows, "size": $sum.size, "full": true}
				: {"rows": [$sum.rows, $row], "size": $size, "full": false}
		)
	}, {"rows": [], "size": 0, "full": false}).rows;
	{
		"name": '%[1]s', "status": 'SUCCEEDED',
		"rows": [$shown], "rowsShown": $count($shown), "rowsCut": $max([$count($lines) - 1, 0]) - $count($shown),
		"moreRows": $exists($states.result.NextToken),
		"dataScannedInBytes": $query.dataScannedInBytes, "milliseconds": $query.milliseconds, "resultLocation": $query.resultLocation
	}
)`

// whatFailed makes a branch's output from an error. A query that failed reports itself as JSON, of which the reason is
// what a person wants to read.
const whatFailed = `(
	$cause := $exists($states.input.Cause) ? $states.input.Cause : '';
	$reason := $match($cause, /"StateChangeReason" *: *("([^\\"]|\\.)*")/).groups[0];
	$scanned := $match($cause, /"DataScannedInBytes" *: *([0-9]+)/).groups[0];
	{
		"name": '%[1]s', "status": 'FAILED',
		"error": $substring($states.input.Error, 0, 200),
		"cause": $substring($exists($reason) ? $parse($reason) : $cause, 0, %[2]d),
		"dataScannedInBytes": $exists($scanned) ? $number($scanned) : null
	}
)`

// persistently repeats a notification, whatever refused it: nobody would get the results otherwise.
func persistently() []asl.Retrier {
	return []asl.Retrier{{
		Errors:   []string{"States.ALL"},
		Interval: 2 * time.Second,
		Backoff:  2,
		MaxDelay: 30 * time.Second,
		Attempts: 5,
	}}
}
