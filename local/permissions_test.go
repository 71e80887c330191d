package main

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"datalake/local/engine"
	"datalake/local/interpreter"
	"datalake/local/parameters"
	"datalake/local/policy"

	"github.com/stretchr/testify/require"
)

type reason struct {
	policies string
	actions  []string
	resource string
	says     string
}

// keptInProd are more of them in prod, which has a key, devices' messages, and queues beside its topics.
var keptInProd = []reason{
	{"key policy lake-key", []string{"kms:Decrypt", "kms:GenerateDataKey*"}, "", "a rule and an alarm encrypt what they publish: it is used when an execution fails or an alarm rings"},
	{"queue policy alerts-queue", []string{"sqs:SendMessage"}, "", "an alert goes there: it is used when an execution fails"},
	{"queue policy *-undelivered", []string{"sqs:SendMessage"}, "", "SNS keeps a message that a subscriber could not get"},
	{"role policy ingestion-role", []string{"s3:PutObject", "kms:GenerateDataKey", "sqs:SendMessage"}, "", "IoT writes the devices' messages, which the run has from a person, and keeps those that it could not write"},
	{"trust policy ingestion-role", []string{"sts:AssumeRole"}, "", "IoT takes it when a device sends a message"},
}

// kept are the permissions that a run which succeeds does not use, with the reason for which each stays: in which policies
// (a pattern), which actions, on which resources (a pattern, of an ARN's end where it begins with *; empty for any).
var kept = []reason{
	{"role policy *-role", []string{
		"logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
		"logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
	}, "*", "Step Functions sets up the delivery of the log when the machine is made or changed: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"},
	{"role policy create-dataset-role", []string{"logs:CreateLogStream", "logs:PutLogEvents"}, "", "an Express execution logs its errors: it is used when one fails"},

	{"role policy *-crawler-role", []string{"glue:GetDatabase"}, "*:table/*", "the statement is for the tables' actions too, and a database is asked for without one"},
	{"role policy *-crawler-role", []string{"glue:GetTables", "glue:GetPartition", "glue:GetPartitions"}, "", "AWS does not say which reads a crawl makes of the catalog: https://docs.aws.amazon.com/glue/latest/dg/crawler-prereqs.html"},
	{"role policy *-crawler-role", []string{"glue:CreatePartition", "glue:UpdatePartition", "glue:BatchUpdatePartition"}, "", "AWS does not say which writes a crawl makes of the catalog; a change of the schema updates partitions"},
	{"role policy crawl-dataset-crawler-role", []string{"glue:UpdateTable"}, "", "a crawl that finds a new column updates the table"},
	{"role policy weekly-etl-crawler-role", []string{"glue:UpdateTable"}, "", "a crawl that finds a new column updates the table"},
	{"role policy crawl-dataset-role", []string{"glue:StartCrawler", "glue:GetCrawler", "glue:ListCrawls"}, "*-full-crawler-*", `the crawl of everything is started by hand, with the input {"full": true}`},

	{"role policy *-role", []string{"athena:StopQueryExecution"}, "", "Step Functions stops the query of an execution that is stopped or times out"},
	{"role policy *-role", []string{"glue:GetDatabase"}, "*:table/*", "the statement is for the tables' actions too, and a database is asked for without one"},
	{"role policy *-role", []string{"glue:GetTables", "glue:GetPartition", "glue:BatchGetPartition"}, "", "Athena reads the catalog by these as well: https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html"},
	{"role policy report-weather-role", []string{"glue:GetPartitions"}, "", "the table's partitions are projected, unless somebody turns that off: https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html"},
	{"role policy *-role", []string{"lakeformation:GetDataAccess"}, "*", "Athena asks for it where Lake Formation guards the data: https://docs.aws.amazon.com/lake-formation/latest/dg/access-control-underlying-data.html"},
	{"role policy *-role", []string{"s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:ListBucketMultipartUploads", "s3:ListBucket"}, "*:lake-results-*", "Athena writes a large result in parts: https://docs.aws.amazon.com/athena/latest/ug/querying.html"},

	{"role policy weekly-etl-role", []string{"glue:BatchStopJobRun"}, "", "Step Functions stops the job of an execution that is stopped or times out"},
	{"role policy weekly-etl-role", []string{"glue:GetJobRuns"}, "", "AWS has it in the policy for a job that is waited for: https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html"},
	{"role policy weekly-etl-role", []string{"s3:PutObject"}, "*/errors/*", "an error is exported: it is used when the crawl or the job fails"},
	{"role policy weekly-etl-job-role", []string{"s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"}, "*:lake-artifacts-*", "Glue's own, at TempDir: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html"},
	{"role policy weekly-etl-job-role", []string{"s3:DeleteObject"}, "*:lake-processed-*", "a day of which no record is left, or no refused one, loses its object"},

	{"queue policy *-dead-letters", []string{"sqs:SendMessage"}, "", "EventBridge keeps an event that could not be delivered"},
	{"topic policy alerts-topic", []string{"sns:Publish"}, "", "a rule publishes when an execution fails, and an alarm when it rings"},
}

// requireReasons sees that of what some components' policies give, a run that succeeded used all that has no reason to stay
// unused, and that each reason in the table for them is still one.
func requireReasons(t *testing.T, report runReport, components ...string) {
	t.Helper()
	require.Equal(t, []policy.Denial{}, report.Denied)
	require.NotEmpty(t, report.Calls)
	require.Equal(t, []parameters.Invalid{}, report.Invalid)
	require.Greater(t, report.ParametersChecked, len(report.Executions))
	own := func(policy string) bool {
		return slices.ContainsFunc(components, func(component string) bool { return strings.Contains(policy, " "+component+"-") })
	}
	reasons := kept
	if report.Stack == "prod" {
		reasons = slices.Concat(kept, keptInProd)
	}
	given := map[int]bool{}
	for _, p := range report.Unused {
		if !own(p.Policy) {
			continue
		}
		i := slices.IndexFunc(reasons, func(k reason) bool {
			return like(k.policies, p.Policy) && slices.Contains(k.actions, p.Action) && (k.resource == "" || k.resource == p.Resource || k.resource != "*" && like(k.resource, p.Resource))
		})
		require.GreaterOrEqual(t, i, 0, "%s gives %s on %s%s, which no call used: take it away, or say here why it stays", p.Policy, p.Action, p.Resource, p.Condition)
		given[i] = true
	}
	for i, k := range reasons {
		if own(k.policies) {
			require.True(t, given[i], "%s uses %v on %s now: take the reason away", k.policies, k.actions, k.resource)
		}
	}
}

// like compares a text with a pattern in which * stands for anything.
func like(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(text)
}

// Of prod, which deploys no sample, all pipelines run on what a person brings.
func TestARunOfProd(t *testing.T) {
	home(t)
	withoutSpark(t)
	data := mine(t)
	write(t, filepath.Join(data, "raw/location=north/date=2026-01-09/1767960000000.json"), `{"timestamp": "2026-01-09T12:00:00Z", "temperature": 20}`+"\nno message")
	code, stdout, stderr := command("run", "--stack", "prod", "--data", data)
	require.Zero(t, code, stderr+stdout)
	got := report(t, "prod")
	requireReasons(t, got, "crawl-dataset", "execute-queries", "weekly-etl", "report-weather", "watchdog", "ingestion", "alerts", "lake")
	requireIllustrated(t, got)
}

// requireIllustrated sees that a report has what its page shows.
func requireIllustrated(t *testing.T, got runReport) {
	t.Helper()
	require.ElementsMatch(t, []string{"crawl-dataset", "execute-queries", "weekly-etl", "report-weather", "watchdog"}, slices.Collect(maps.Keys(got.Definitions)))
	for _, x := range got.Executions {
		require.Equal(t, x.Transitions, len(x.Visits), x.StateMachine)
		require.JSONEq(t, string(x.Input), x.Visits[0].Input)
	}
	samples := map[string]*engine.SampleReport{}
	for _, table := range got.Tables {
		samples[table.Name] = table.Sample
	}
	require.Equal(t, &engine.SampleReport{Columns: []string{"usage", "user", "year", "month", "date"}, Rows: [][]any{
		{7.0, "user-1", "2021", "01", "2021-01-01"}, {7.0, "user-2", "2021", "01", "2021-01-01"},
	}}, samples["daily_user_summaries"])
	require.Equal(t, "north", samples["weather_summaries"].Rows[0][2])
	require.Len(t, got.Quarantine, 1)
	require.Equal(t, []engine.RefusedRecord{{Reason: "not-json", Source: "location=north/date=2026-01-09/1767960000000.json", Record: "no message"}}, got.Quarantine[0].Sample)
}

func TestACallThatAWSWouldRefuseFailsTheRun(t *testing.T) {
	succeeded := []engine.ExecutionReport{{Status: interpreter.Succeeded}}
	for _, each := range []struct {
		happened engine.Report
		code     int
	}{
		{engine.Report{}, 0},
		{engine.Report{Judgement: policy.Judgement{Denied: []policy.Denial{{Action: "s3:PutObject"}}}}, 1},
		{engine.Report{Checked: parameters.Checked{Invalid: []parameters.Invalid{{Call: "s3:PutObject"}}}}, 1},
	} {
		each.happened.Executions = succeeded
		require.Equal(t, each.code, runReport{Report: &each.happened}.exitCode())
	}
}

func TestArgumentsThatAServiceRefusesFailTheRun(t *testing.T) {
	calls := filepath.Join(t.TempDir(), "calls.jsonl")
	record, err := parameters.Create(calls)
	require.NoError(t, err)
	record.Note(parameters.Call{By: "somebody", Service: "sns", Operation: "Publish", Arguments: map[string]any{"TopicArn": "arn"}})

	checked, err := checkParameters(record, calls, python)
	require.NoError(t, err)
	fault := parameters.Invalid{Call: "sns:Publish", Fault: `Missing required parameter in input: "Message"`, By: "somebody", Count: 1}
	require.Equal(t, parameters.Checked{ParametersChecked: 1, Invalid: []parameters.Invalid{fault}}, checked)
	require.Equal(t, 1, runReport{Report: &engine.Report{Checked: checked}}.exitCode())
}

func TestArgumentsAreNotCheckedWithoutThePythonOfTheJobs(t *testing.T) {
	calls := filepath.Join(t.TempDir(), "calls.jsonl")
	record, err := parameters.Create(calls)
	require.NoError(t, err)
	checked, err := checkParameters(record, calls, filepath.Join(t.TempDir(), "python"))
	require.NoError(t, err)
	require.Nil(t, checked.Invalid)
	require.Contains(t, summaryOf(runReport{Report: &engine.Report{Judgement: policy.Judgement{Denied: []policy.Denial{}}}}),
		"Parameters: not checked, which takes the Python of the jobs (make setup\nPIPELINE=weather)\n")
}
