package components

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFaultyWeeklyEtlsAreRefused(t *testing.T) {
	for says, change := range map[string]func(*WeeklyEtlArgs){
		`Suffix is "Dev": give lower-case letters`:                    func(a *WeeklyEtlArgs) { a.Suffix = "Dev" },
		"Source, Processed or Artifacts is missing":                   func(a *WeeklyEtlArgs) { a.Artifacts = Bucket{} },
		`SourcePrefix is "raw": give a folder`:                        func(a *WeeklyEtlArgs) { a.SourcePrefix = "raw" },
		"Script or Devices is missing":                                func(a *WeeklyEtlArgs) { a.Devices = "" },
		`Schedule: time "24:00"`:                                      func(a *WeeklyEtlArgs) { a.Schedule.At = "24:00" },
		"Schedule has no Weekday":                                     func(a *WeeklyEtlArgs) { a.Schedule.Weekday = "" },
		"LatenessDays is 31: give 1 to 30":                            func(a *WeeklyEtlArgs) { a.LatenessDays = 31 },
		"Workers is 1: a Spark job takes at least 2":                  func(a *WeeklyEtlArgs) { a.Workers = 1 },
		"JobTimeout is 1m30s: give whole minutes":                     func(a *WeeklyEtlArgs) { a.JobTimeout = 90 * time.Second },
		"JobTimeout is 49h0m0s: give whole minutes, at most 48 hours": func(a *WeeklyEtlArgs) { a.JobTimeout = 49 * time.Hour },
		"QuarantinedPercent is 100: give 1 to 99":                     func(a *WeeklyEtlArgs) { a.QuarantinedPercent = 100 },
		"TopicARN and Subscribers are both set":                       func(a *WeeklyEtlArgs) { a.Subscribers.Queue = true },
		"Operations.Alerts is missing":                                func(a *WeeklyEtlArgs) { a.Operations.Alerts = nil },
	} {
		t.Run(says, func(t *testing.T) { requireRefused(t, weeklyProgram(change), `weekly ETL "weekly": `, says) })
	}
	requireRefused(t, weeklyProgram(func(a *WeeklyEtlArgs) { *a = WeeklyEtlArgs{} }),
		"Suffix is", "SourcePrefix is", "Script or Devices", "Schedule has no Weekday", "Operations.Alerts")
}

func TestFaultyIngestionsAreRefused(t *testing.T) {
	for says, change := range map[string]func(*IngestionArgs){
		`Suffix is "my-stack"`:         func(a *IngestionArgs) { a.Suffix = "my-stack" },
		"Bucket is missing":            func(a *IngestionArgs) { a.Bucket = Bucket{} },
		`Prefix is "/raw/"`:            func(a *IngestionArgs) { a.Prefix = "/raw/" },
		"Operations.Alerts is missing": func(a *IngestionArgs) { a.Operations.Alerts = nil },
	} {
		t.Run(says, func(t *testing.T) { requireRefused(t, ingestionProgram(change), `ingestion "ingestion": `, says) })
	}
}

// The names that others look for, with the stack's suffix; a fixed name is deleted before it is replaced.
func TestTheWeeklyNames(t *testing.T) {
	d := deploy(t, weeklyProgram(asItIs))
	require.Equal(t, "weather_data_catalog_test", d.the("glue.CatalogDatabase", "weekly-database").Inputs["name"])
	require.Equal(t, "WeatherPlatformCrawler-test", d.the("glue.Crawler", "weekly-crawler").Inputs["name"])
	require.Equal(t, "WeatherDataTransformJob-test", d.the("glue.Job", "weekly-job").Inputs["name"])
	require.Equal(t, "cron(0 17 ? * SAT *)", d.the("cloudwatch.EventRule", "weekly-trigger").Inputs["scheduleExpression"], "Sundays 00:00 at +07:00")
}

func TestTheJobIsWhatGlueRuns(t *testing.T) {
	job := deploy(t, weeklyProgram(func(a *WeeklyEtlArgs) { a.Flexible, a.Workers = true, 5 })).the("glue.Job", "weekly-job")
	require.Equal(t, "5.1", job.Inputs["glueVersion"])
	require.Equal(t, "FLEX", job.Inputs["executionClass"])
	require.Equal(t, 5.0, job.Inputs["numberOfWorkers"])
	require.Equal(t, 0.0, job.Inputs["maxRetries"], "the state machine decides")
	require.Equal(t, map[string]any{"maxConcurrentRuns": 1.0}, job.Inputs["executionProperty"])
	require.Equal(t, "s3://artifacts/etl/weather-transform.py", job.Inputs["command"].(map[string]any)["scriptLocation"])
	arguments := job.Inputs["defaultArguments"].(map[string]any)
	require.Equal(t, "s3://source/raw/", arguments["--source"])
	require.Equal(t, "s3://processed/weather/", arguments["--target"])
	require.Equal(t, "s3://processed/quarantine/", arguments["--quarantine"])
	require.Equal(t, "s3://artifacts/etl/devices.json", arguments["--devices"])
	require.Equal(t, "+07:00", arguments["--utc-offset"])
	require.Equal(t, "2 days", arguments["--lateness"])
}

func TestTheJobsOutputIsEncryptedWithTheLakesKey(t *testing.T) {
	d := deploy(t, weeklyProgram(func(a *WeeklyEtlArgs) { a.Operations.Key = customerKey() }))
	security := d.the("glue.SecurityConfiguration", "weekly-security")
	require.Equal(t, security.Outputs["name"], d.the("glue.Job", "weekly-job").Inputs["securityConfiguration"])
	text, err := json.Marshal(security.Inputs)
	require.NoError(t, err)
	for _, mode := range []string{"SSE-KMS", "CSE-KMS", keyARN} {
		require.Contains(t, string(text), mode)
	}
}

// Each limit ends inside the next one: the job's, the task's that waits for it, the machine's.
func TestTimeLimitsAreInOrder(t *testing.T) {
	for _, flexible := range []bool{false, true} {
		for _, timeout := range []time.Duration{time.Minute, time.Hour, 48 * time.Hour} {
			d := deploy(t, weeklyProgram(func(a *WeeklyEtlArgs) { a.JobTimeout, a.Flexible = timeout, flexible }))
			var definition struct {
				TimeoutSeconds int
				States         map[string]struct{ TimeoutSeconds int }
			}
			require.NoError(t, json.Unmarshal([]byte(d.the("sfn.StateMachine", "weekly-machine").Inputs["definition"].(string)), &definition))
			task := definition.States["Transform the messages"].TimeoutSeconds
			require.Less(t, int(timeout.Seconds()), task)
			require.Less(t, task, definition.TimeoutSeconds)
			if flexible {
				require.GreaterOrEqual(t, task, int(timeout.Seconds())+3600, "spare capacity is waited for")
			}
		}
	}
}

// What the job calls, and nothing else: it replaces and deletes what it wrote without reading it.
func TestTheJobMayDoWhatItDoes(t *testing.T) {
	requireJSON(t, deploy(t, weeklyProgram(asItIs)).the("iam.RolePolicy", "weekly-job-role"), "policy", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Resource": ["*"], "Action": ["cloudwatch:PutMetricData"], "Condition": {"StringEquals": {"cloudwatch:namespace": "Glue"}}},
		{"Effect": "Allow", "Resource": ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws-glue/*"],
			"Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::artifacts"], "Action": ["s3:ListBucket"], "Condition": {"StringLike": {"s3:prefix": "temp/*"}}},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::artifacts/etl/*"], "Action": ["s3:GetObject"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::artifacts/temp/*"], "Action": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::processed"], "Action": ["s3:ListBucket"], "Condition": {"StringLike": {"s3:prefix": "quarantine/*"}}},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::processed"], "Action": ["s3:ListBucket"], "Condition": {"StringLike": {"s3:prefix": "weather/*"}}},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::processed/metrics/*"], "Action": ["s3:PutObject"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::processed/quarantine/*"], "Action": ["s3:DeleteObject", "s3:PutObject"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::processed/weather/*"], "Action": ["s3:DeleteObject", "s3:PutObject"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::source"], "Action": ["s3:ListBucket"], "Condition": {"StringLike": {"s3:prefix": "raw/*"}}},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::source/raw/*"], "Action": ["s3:GetObject"]}
	]}`)
}

func TestTheMachineAddsPartitionsToItsTableOnly(t *testing.T) {
	var policy struct {
		Statement []struct{ Action, Resource []string }
	}
	require.NoError(t, json.Unmarshal([]byte(deploy(t, weeklyProgram(asItIs)).the("iam.RolePolicy", "weekly-role").Inputs["policy"].(string)), &policy))
	for _, s := range policy.Statement {
		if slices.Contains(s.Action, "glue:BatchCreatePartition") {
			require.Equal(t, []string{
				"arn:aws:glue:eu-west-1:123456789012:catalog", "arn:aws:glue:eu-west-1:123456789012:database/weather_data_catalog_test",
				"arn:aws:glue:eu-west-1:123456789012:table/weather_data_catalog_test/weather_summaries",
			}, s.Resource)
			return
		}
	}
	t.Fatal("no statement allows glue:BatchCreatePartition")
}

func TestThePartitionsOfTheTableAreThoseOfTheJob(t *testing.T) {
	table := deploy(t, weeklyProgram(asItIs)).the("glue.CatalogTable", "weekly-table")
	storage := table.Inputs["storageDescriptor"].(map[string]any)
	require.Equal(t, "s3://processed/weather/", storage["location"])
	require.Equal(t, map[string]any{"classification": "csv", "skip.header.line.count": "1"}, table.Inputs["parameters"])
	require.Equal(t, `[map[name:location type:string] map[name:date type:string]]`, fmt.Sprint(table.Inputs["partitionKeys"]))
	var names []string
	for _, column := range storage["columns"].([]any) {
		names = append(names, column.(map[string]any)["name"].(string))
	}
	for i, column := range datasetStorage()["Columns"].([]any) {
		require.Equal(t, names[i], column.(map[string]any)["Name"])
	}
}

func TestIngestionWritesWhereTheWeekIsReadFrom(t *testing.T) {
	d := deploy(t, ingestionProgram(asItIs))
	rule := d.the("iot.TopicRule", "ingestion-rule")
	require.Equal(t, "SELECT * FROM 'weatherPlatform/telemetry/+'", rule.Inputs["sql"])
	written := rule.Inputs["s3"].([]any)[0].(map[string]any)
	require.Equal(t, `raw/location=${topic(3)}/date=${parse_time("yyyy-MM-dd", timestamp())}/${timestamp()}-${newuuid()}.json`, written["key"])
	queue := d.the("sqs.Queue", "ingestion-unwritten")
	require.Equal(t, queue.Outputs["url"], rule.Inputs["errorAction"].(map[string]any)["sqs"].(map[string]any)["queueUrl"])
	requireJSON(t, d.the("iam.RolePolicy", "ingestion-role"), "policy", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::source/raw/*"]},
		{"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": ["{queue}"]}
	]}`, "{queue}", queue.Outputs["arn"].(string))
}
