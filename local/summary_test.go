package main

import (
	"fmt"
	"strings"
	"testing"

	"datalake/local/engine"
	"datalake/local/parameters"
	"datalake/local/policy"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

func summaryOf(r runReport) string {
	var out strings.Builder
	r.summarize(&out)
	return out.String()
}

func pointer(text string) *string { return &text }

func TestTheSummary(t *testing.T) {
	require.Equal(t, `
Copied 3 objects, 120 bytes, from ./mine to the source bucket; 2 of them
replaced objects of earlier runs; sample data of an earlier run stays beside
them (without --keep it would not)
Not started
  weather: nothing lies under s3://lake/raw/
Executions (peak memory 200 MB)
  crawl-dataset    SUCCEEDED     16 transitions    120.6 s virtual   0.5 s here
  execute-queries  FAILED         9 transitions      1.3 s virtual   0.4 s here
    QueriesFailed: by-user: SYNTAX_ERROR: line 1:8: Column 'usr' cannot be
    resolved
Crawls
  crawler SUCCEEDED: 2 of 3 objects read
    tables added: 1, updated: 0; partitions added: 1
    skipped …ters/and-a-key-that-is-long/day=1/README.md: it is no record
    skipped data/day=1/a.csv line 7: it has 3 cells, the header 2
    … and 40 more skipped
    summaries.usage string: text in 1 of 2 objects made the column a string
      data/day=1/a.csv line 9: "n/a"
Tables             partitions  objects  bytes
  usage.summaries           1        2    120
    summaries: usage string, user string, day string
Queries
  by-user failed: SYNTAX_ERROR: line 1:8: Column 'usr' cannot be resolved
  totals: 9 rows; 120 bytes in 1 of 1 partitions; 20 ms
    user    total
    a     1306368
    Bình     0.25
    數據     null
Cost on AWS in USD, at list prices of us-east-1 (2025)
  executions 0.14737: crawl-dataset 0.14707, execute-queries 0.0003
  of that queries 0.00005: by-user 0, totals 0.00005
  partitions: totals read 17% of its tables' bytes, 0.00005 in place of 0.00005
  (at least 10 MB are billed)
  idle 7.7 a month: metrics that alarms watch 4 × 0.1, interface endpoints in a…
Permissions: 21385 calls, judged as 2 questions: 1 denied; 1 of 3 permissions
were not used
  the boundary arn:aws:iam::1:policy/bound is not the stack's, and was not
  judged
  crawler-role may not s3:GetObject on arn:aws:s3:::lake/a (crawler c): the
  role policy crawler-role lacks {}
Parameters: 85536 checked; 1 faults
  athena:StartQueryExecution (reports, state "totals", 2 times): Missing
  required parameter in input: "QueryString"
Messages
  to topic results: execute-queries: 1 of 2 queries succeeded
  to topic alerts: Step Functions Execution Status Change
    {"error":"QueriesFailed","status":"FAILED"}
  to topic alerts
    "FAILED: execution 1 of crawl"…
  to topic plain: Good morning
    first line…
Failed
  execute-queries FAILED
    in state "by-user", tried 3 times: Athena.InvalidRequestException: no
`, summaryOf(runReport{
		PeakBytes:  200 << 20,
		Data:       &dataReport{Directory: "./mine", Copied: engine.Copied{Objects: 3, Bytes: 120, Replaced: 2}, BesideSample: true},
		NotStarted: []notStarted{{"weather", "nothing lies under s3://lake/raw/"}},
		Report: &engine.Report{
			Executions: []engine.ExecutionReport{
				{StateMachine: "crawl-dataset", Status: "SUCCEEDED", Transitions: 16, VirtualSeconds: 120.6, WallSeconds: 0.5, Cost: engine.CostReport{Total: 0.147066667}},
				{
					StateMachine: "execute-queries", Status: "FAILED", Transitions: 9, VirtualSeconds: 1.3, WallSeconds: 0.4, Cost: engine.CostReport{Total: 0.0003},
					Error: pointer("QueriesFailed"), Cause: pointer("by-user: SYNTAX_ERROR: line 1:8: Column 'usr' cannot be resolved"),
					Visits: []engine.VisitReport{
						{State: "by-user", Type: "Task", Retries: 2, Error: pointer("Athena.InvalidRequestException"), Cause: pointer("no"), Output: "{}"},
						{State: "Fail", Type: "Fail", Error: pointer("QueriesFailed")},
					},
				},
			},
			Crawls: []engine.CrawlReport{{
				Crawler: "crawler", Status: "SUCCEEDED", Objects: 3, Read: 2, TablesAdded: []string{"summaries"}, PartitionsAdded: 1,
				Skipped: []engine.SkipReport{
					{Object: "s3://lake/a-folder-of-thirty-three-characters/and-a-key-that-is-long/day=1/README.md", Reason: "it is no record"},
					{Object: "s3://lake/data/day=1/a.csv", Line: 7, Reason: "it has 3 cells, the header 2"},
				},
				SkippedTotal: 42,
				Notes: []engine.NoteReport{{
					Table: "summaries", Column: "usage", Type: "string", Object: "s3://lake/data/day=1/a.csv",
					Line: 9, Value: "n/a", Reason: "text in 1 of 2 objects made the column a string",
				}},
				NotesTotal: 1,
			}},
			Tables: []engine.TableReport{{
				Database: "usage", Name: "summaries", Partitions: 1, Objects: 2, Bytes: 120,
				Columns:       []engine.ColumnReport{{Name: "usage", Type: "string"}, {Name: "user", Type: "string"}},
				PartitionKeys: []engine.ColumnReport{{Name: "day", Type: "string"}},
			}},
			Queries: []engine.QueryReport{
				{Name: "by-user", Error: pointer("SYNTAX_ERROR: line 1:8: Column 'usr' cannot be resolved")},
				{
					Name: "totals", Columns: []string{"user", "total"}, DataScannedInBytes: 120, PartitionsScanned: 1, PartitionsTotal: 1, Milliseconds: 20,
					Cost: 0.00005, BytesUnpartitioned: new(int64(720)), CostUnpartitioned: new(0.00005),
					Rows: [][]any{{"a", 1306368.0}, {"Bình", 0.25}, {"數據", nil}, {"d", 4}, {"e", 5}, {"f", 6}, {"g", 7}, {"h", 8}, {"i", 9}},
				},
			},
			Prices: engine.PricesReport{Region: "us-east-1", Date: "2025"},
			IdleCost: engine.IdleReport{Month: 7.7, Kinds: []engine.IdleKind{
				{Kind: "metrics that alarms watch", Count: 4, Each: 0.1}, {Kind: "interface endpoints in a zone", Count: 1, Each: 7.3},
			}},
			Judgement: policy.Judgement{
				Calls:       []policy.Judged{{Count: 21384}, {Count: 1}},
				Denied:      []policy.Denial{{Role: "crawler-role", Action: "s3:GetObject", Resource: "arn:aws:s3:::lake/a", By: "crawler c", Missing: "the role policy crawler-role lacks {}"}},
				Unused:      []policy.Permission{{}},
				Permissions: 3,
				Unjudged:    []string{"arn:aws:iam::1:policy/bound"},
			},
			Checked: parameters.Checked{ParametersChecked: 85536, Invalid: []parameters.Invalid{
				{Call: "athena:StartQueryExecution", By: `reports, state "totals"`, Count: 2, Fault: `Missing required parameter in input: "QueryString"`},
			}},
			Messages: []engine.Message{
				{Topic: "results", Subject: "execute-queries: 1 of 2 queries succeeded", Message: map[string]any{"failed": []any{"by-user"}}},
				{Topic: "alerts", Message: map[string]any{
					"detail-type": "Step Functions Execution Status Change",
					"detail":      map[string]any{"status": "FAILED", "error": "QueriesFailed"},
				}},
				{Topic: "alerts", Message: "\"FAILED: execution 1 of crawl\"\n\"Next: look\""},
				{Topic: "plain", Subject: "Good morning", Message: "first line\nsecond line"},
			},
		},
	}))
}

// Whatever happened, and whatever the data holds: the summary fits a screen and moves no cursor.
func TestTheSummaryFitsAScreen(t *testing.T) {
	long := strings.Repeat("long \x1b[31m\r\n資料", 1000)
	r := runReport{Data: &dataReport{Directory: long}, Report: &engine.Report{}}
	for i := range 20 {
		name := fmt.Sprint(i, long)
		r.NotStarted = append(r.NotStarted, notStarted{name, long})
		r.Tables = append(r.Tables, engine.TableReport{Database: name, Name: long, Columns: []engine.ColumnReport{{Name: long, Type: long}}})
		r.Messages = append(r.Messages, engine.Message{Topic: name, Subject: long, Message: long}, engine.Message{Message: []any{long}})
		query := engine.QueryReport{Name: name, SQL: long, Columns: make([]string, 30), Rows: [][]any{make([]any, 30)}}
		for column := range query.Columns {
			query.Columns[column], query.Rows[0][column] = long, long
		}
		r.Queries = append(r.Queries, query)
	}
	lines := strings.Split(summaryOf(r), "\n")
	require.Less(t, len(lines), 80)
	for _, line := range lines {
		require.LessOrEqual(t, ansi.StringWidth(line), 80, line)
		require.Equal(t, printable(line), line)
	}
}
