package components

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFaultyWeeklyEtlsAreRefused(t *testing.T) {
	for says, change := range map[string]func(*WeeklyEtlArgs){
		`Database is "Readings": give lower-case letters, digits and underscores, at most 255`: func(a *WeeklyEtlArgs) { a.Database = "Readings" },
		`Crawler is "a crawler": give letters, digits, _ and -, at most 255`:                   func(a *WeeklyEtlArgs) { a.Crawler = "a crawler" },
		`Job is "*": give letters, digits, _ and -`:                                            func(a *WeeklyEtlArgs) { a.Job = "*" },
		`QuarantinePrefix is "refused": give a folder`:                                         func(a *WeeklyEtlArgs) { a.QuarantinePrefix = "refused" },
		`MetricsPrefix is "": give a folder`:                                                   func(a *WeeklyEtlArgs) { a.MetricsPrefix = "" },
		`ErrorsPrefix is "it's/": give a folder`:                                               func(a *WeeklyEtlArgs) { a.ErrorsPrefix = "it's/" },
		`ScriptPrefix is "/": give a folder`:                                                   func(a *WeeklyEtlArgs) { a.ScriptPrefix = "/" },
		`TemporaryPrefix is "": give a folder`:                                                 func(a *WeeklyEtlArgs) { a.TemporaryPrefix = "" },
		`Table.Prefix is "hourly": give a folder`:                                              func(a *WeeklyEtlArgs) { a.Table.Prefix = "hourly" },
		`Table.Prefix is "hourly/" and QuarantinePrefix is "hourly/refused/": give folders that do not lie in each other`: func(a *WeeklyEtlArgs) {
			a.QuarantinePrefix = "hourly/refused/"
		},
		`MetricsPrefix is "runs/figures/" and ErrorsPrefix is "runs/": give folders`: func(a *WeeklyEtlArgs) { a.MetricsPrefix, a.ErrorsPrefix = "runs/figures/", "runs/" },
		`ScriptPrefix is "scratch/" and TemporaryPrefix is "scratch/": give folders`: func(a *WeeklyEtlArgs) { a.ScriptPrefix = "scratch/" },
		`MetricNamespace is "": give a namespace of your own such as team/orders`:    func(a *WeeklyEtlArgs) { a.MetricNamespace = "" },
		`MetricNamespace is "AWS/Glue": give`:                                        func(a *WeeklyEtlArgs) { a.MetricNamespace = "AWS/Glue" },
		`MetricNamespace is "Glue": give`:                                            func(a *WeeklyEtlArgs) { a.MetricNamespace = "Glue" },
		`MetricNamespace is ":readings": give`:                                       func(a *WeeklyEtlArgs) { a.MetricNamespace = ":readings" },
		"Source, Processed or Artifacts is missing":                                  func(a *WeeklyEtlArgs) { a.Artifacts = Bucket{} },
		`SourcePrefix is "raw": give a folder`:                                       func(a *WeeklyEtlArgs) { a.SourcePrefix = "raw" },
		`Schedule: time "24:00"`:                                                     func(a *WeeklyEtlArgs) { a.Schedule.At = "24:00" },
		"Schedule has no Weekday":                                                    func(a *WeeklyEtlArgs) { a.Schedule.Weekday = "" },
		"LatenessDays is 31: give 1 to 30":                                           func(a *WeeklyEtlArgs) { a.LatenessDays = 31 },
		"Workers is 1: a Spark job takes at least 2":                                 func(a *WeeklyEtlArgs) { a.Workers = 1 },
		"JobTimeout is 1m30s: give whole minutes":                                    func(a *WeeklyEtlArgs) { a.JobTimeout = 90 * time.Second },
		"JobTimeout is 49h0m0s: give whole minutes, at most 48 hours":                func(a *WeeklyEtlArgs) { a.JobTimeout = 49 * time.Hour },
		"QuarantinedPercent is 100: give 1 to 99":                                    func(a *WeeklyEtlArgs) { a.QuarantinedPercent = 100 },
		"TopicARN and Subscribers are both set":                                      func(a *WeeklyEtlArgs) { a.Subscribers.Queue = true },
		"Operations.Alerts is missing":                                               func(a *WeeklyEtlArgs) { a.Operations.Alerts = nil },
	} {
		t.Run(says, func(t *testing.T) { requireRefused(t, weeklyProgram(change), `weekly ETL "weekly": `, says) })
	}
	requireRefused(t, weeklyProgram(func(a *WeeklyEtlArgs) { *a = WeeklyEtlArgs{} }),
		"Database is", "Crawler is", "Job is", "Source, Processed or Artifacts is missing", "SourcePrefix is", "Table.Prefix is",
		"QuarantinePrefix is", "MetricsPrefix is", "ErrorsPrefix is", "ScriptPrefix is", "TemporaryPrefix is", "Script.Path is",
		"Table.Name is", "Table.Description has 0", "Table has no Columns", "Table.DateKey is", "MetricNamespace is",
		"Schedule has no Weekday", "Operations.Alerts")
}

func TestFaultyScriptsAreRefused(t *testing.T) {
	for says, change := range map[string]func(*Script){
		`Script.Path is "": give the path of a Python script such as`:                                          func(c *Script) { c.Path = "" },
		`Script.Path is "jobs/": give`:                                                                         func(c *Script) { c.Path = "jobs/" },
		`Script.Path is "jobs/readings.scala": give`:                                                           func(c *Script) { c.Path = "jobs/readings.scala" },
		`Script.Path is "jobs/it's.py": give`:                                                                  func(c *Script) { c.Path = "jobs/it's.py" },
		`Script.Package is "/opt/levels": give the path of a Python package from the project's directory`:      func(c *Script) { c.Package = "/opt/levels" },
		`Script.Package is "jobs/my-levels": give`:                                                             func(c *Script) { c.Package = "jobs/my-levels" },
		`Script.Package is "jobs/readings", and Script.Path "jobs/readings.py" would be imported in its stead`: func(c *Script) { c.Package = "jobs/readings" },
		`Script.Package is "components/testdata/none": give the folder of a Python package`:                    func(c *Script) { c.Package = "components/testdata/none" },
		`Script.Package is "components/testdata/levels/units", which holds no __init__.py`:                     func(c *Script) { c.Package = "components/testdata/levels/units" },
		`Script.Files["--plants"] is "jobs/levels.zip", named like Script.Package's archive`:                   func(c *Script) { c.Files["--plants"] = "jobs/levels.zip" },
		`Script.Files["--package"] is called like the script itself, or its package`:                           func(c *Script) { c.Files = map[string]string{"--package": "plants.json"} },
		`Script.Files has "plants": give arguments such as --time-zone`:                                        func(c *Script) { c.Files = map[string]string{"plants": "plants.json"} },
		`Script.Files has "--source", which the job is given otherwise`:                                        func(c *Script) { c.Files = map[string]string{"--source": "plants.json"} },
		`Script.Files["--script"] is called like the script itself`:                                            func(c *Script) { c.Files = map[string]string{"--script": "plants.json"} },
		`Script.Files["--plants"] is "": give the path of a file`:                                              func(c *Script) { c.Files = map[string]string{"--plants": ""} },
		`Script.Files["--plants"] is "other/readings.py", named like Script.Path: both would be the object readings.py`: func(c *Script) {
			c.Files = map[string]string{"--plants": "other/readings.py"}
		},
		`Script.Files["--plants"] is "two/list.json", named like Script.Files["--more"]`: func(c *Script) {
			c.Files = map[string]string{"--more": "one/list.json", "--plants": "two/list.json"}
		},
		`Script.Arguments has "--JOB_NAME": give arguments`:                    func(c *Script) { c.Arguments = map[string]string{"--JOB_NAME": "x"} },
		`Script.Arguments has "--TempDir": give arguments`:                     func(c *Script) { c.Arguments = map[string]string{"--TempDir": "x"} },
		`Script.Arguments has "--window-end", which the job is given`:          func(c *Script) { c.Arguments = map[string]string{"--window-end": "x"} },
		`Script.Arguments has "--extra-py-files", which the job is given`:      func(c *Script) { c.Arguments = map[string]string{"--extra-py-files": "x"} },
		`Script.Arguments has "--debug", which the job is given otherwise`:     func(c *Script) { c.Arguments = map[string]string{"--debug": "true"} },
		`Script.Arguments["--step"] is empty: give a value`:                    func(c *Script) { c.Arguments["--step"] = "" },
		`Script.Arguments and Script.Files both have "--plants": give it once`: func(c *Script) { c.Arguments["--plants"] = "all" },
	} {
		t.Run(says, func(t *testing.T) {
			requireRefused(t, weeklyProgram(func(a *WeeklyEtlArgs) { change(&a.Script) }), `weekly ETL "weekly": `, says)
		})
	}
}

// What a job is given anyway cannot be an argument of a script too.
func TestTheArgumentsOfEveryJobAreTaken(t *testing.T) {
	d := deploy(t, weeklyProgram(func(a *WeeklyEtlArgs) { a.Script.Files, a.Script.Arguments = nil, nil }))
	for argument := range d.the("glue.Job", "weekly-job").Inputs["defaultArguments"].(map[string]any) {
		require.True(t, slices.Contains(takenArguments, argument) || !argumentName.MatchString(argument), argument)
	}
	states := object(t, d.the("sfn.StateMachine", "weekly-machine"), "definition")["States"].(map[string]any)
	started := states["Transform the messages"].(map[string]any)["Arguments"].(map[string]any)["Arguments"].(map[string]any)
	require.NotEmpty(t, started)
	for argument := range started {
		require.Contains(t, takenArguments, argument)
	}
}

func TestFaultyTablesAreRefused(t *testing.T) {
	for says, change := range map[string]func(*Table){
		`Table.Name is "Hourly": give lower-case letters`:                        func(a *Table) { a.Name = "Hourly" },
		"Table.Description has 2049 characters: say what a row is, in 1 to 2048": func(a *Table) { a.Description = strings.Repeat("é", 2049) },
		"Table has no Columns: give at least one":                                func(a *Table) { a.Columns = nil },
		`Table.DateKey is "": give lower-case letters`:                           func(a *Table) { a.DateKey = "" },
		`Table.DateKey is "it's": give lower-case letters`:                       func(a *Table) { a.DateKey = "it's" },
		`Table.FirstDay is "2026-02-29": give a day that exists`:                 func(a *Table) { a.FirstDay = "2026-02-29" },
		`Table.FirstDay is "NOW-1YEARS": give a day that exists`:                 func(a *Table) { a.FirstDay = "NOW-1YEARS" },
		`Table.Columns[1].Name is "water level": give lower-case letters`:        func(a *Table) { a.Columns[1].Name = "water level" },
		`Table.Columns[1].Name is "hour", which another has, or the DateKey`:     func(a *Table) { a.Columns[1].Name = "hour" },
		`Table.Columns[0].Name is "day", which another has, or the DateKey`:      func(a *Table) { a.Columns[0].Name = "day" },
		`Table.Columns[0].Type is "text": give a primitive type of Hive`:         func(a *Table) { a.Columns[0].Type = "text" },
		`Table.Columns[0].Type is "array<string>": give`:                         func(a *Table) { a.Columns[0].Type = "array<string>" },
		`Table.Columns[0].Type is "decimal": give`:                               func(a *Table) { a.Columns[0].Type = "decimal" },
		"Table.Columns[0].Comment has 256 characters: Glue takes at most 255":    func(a *Table) { a.Columns[0].Comment = strings.Repeat("é", 256) },
	} {
		t.Run(says, func(t *testing.T) {
			requireRefused(t, weeklyProgram(func(a *WeeklyEtlArgs) { change(&a.Table) }), `weekly ETL "weekly": `, says)
		})
	}
}

func TestTheColumnsThatGlueTakesAreNotRefused(t *testing.T) {
	deploy(t, weeklyProgram(func(a *WeeklyEtlArgs) {
		a.Table.Columns = nil
		for i, hive := range []string{"boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "string", "date", "timestamp", "char(3)", "varchar(100)", "decimal(10,2)"} {
			a.Table.Columns = append(a.Table.Columns, Column{Name: fmt.Sprintf("column_%d", i), Type: hive, Comment: strings.Repeat("é", 255)})
		}
		a.Table.Name, a.Table.Description = strings.Repeat("n", 255), strings.Repeat("é", 2048)
	}))
}

func TestFaultyIngestionsAreRefused(t *testing.T) {
	tables := map[string]func(*IngestionArgs){
		`RuleName is "my-rule": give letters, digits and underscores`:                                        func(a *IngestionArgs) { a.RuleName = "my-rule" },
		`Messages is "": say what they are`:                                                                  func(a *IngestionArgs) { a.Messages = "" },
		`Messages is "plants' readings": say`:                                                                func(a *IngestionArgs) { a.Messages = "plants' readings" },
		`PartitionKey is "Plant": give lower-case`:                                                           func(a *IngestionArgs) { a.PartitionKey = "Plant" },
		`PartitionKey is "date": give lower-case letters, digits and underscores, at most 255, and not date`: func(a *IngestionArgs) { a.PartitionKey = "date" },
		"Bucket is missing":            func(a *IngestionArgs) { a.Bucket = Bucket{} },
		`Prefix is "/raw/"`:            func(a *IngestionArgs) { a.Prefix = "/raw/" },
		"Operations.Alerts is missing": func(a *IngestionArgs) { a.Operations.Alerts = nil },
	}
	for _, filter := range []string{"", "plants", "plants/#", "+/+", "/+", "plants/+/", "$aws/+", "it's/+", "a/b/c/d/e/f/g/h/+", strings.Repeat("p", 255) + "/+"} {
		tables[fmt.Sprintf("TopicFilter is %q: give a topic such as plant/readings/+", filter)] = func(a *IngestionArgs) { a.TopicFilter = filter }
	}
	for says, change := range tables {
		t.Run(says, func(t *testing.T) { requireRefused(t, ingestionProgram(change), `ingestion "ingestion": `, says) })
	}
}

// A fixed name is deleted before it is replaced.
func TestTheWeeklyNames(t *testing.T) {
	d := deploy(t, weeklyProgram(asItIs))
	require.Equal(t, "readings_test", d.the("glue.CatalogDatabase", "weekly-database").Inputs["name"])
	require.Equal(t, "readings-crawler", d.the("glue.Crawler", "weekly-crawler").Inputs["name"])
	require.Equal(t, "readings-job", d.the("glue.Job", "weekly-job").Inputs["name"])
	require.Equal(t, "cron(0 17 ? * SAT *)", d.the("cloudwatch.EventRule", "weekly-trigger").Inputs["scheduleExpression"], "Sundays 00:00 at +07:00")
}

func TestTheJobIsWhatGlueRuns(t *testing.T) {
	d := deploy(t, weeklyProgram(func(a *WeeklyEtlArgs) { a.Flexible, a.Workers = true, 5 }))
	job := d.the("glue.Job", "weekly-job")
	require.Equal(t, "5.1", job.Inputs["glueVersion"])
	require.Equal(t, "FLEX", job.Inputs["executionClass"])
	require.Equal(t, 5.0, job.Inputs["numberOfWorkers"])
	require.Equal(t, 0.0, job.Inputs["maxRetries"], "the state machine decides")
	require.Equal(t, map[string]any{"maxConcurrentRuns": 1.0}, job.Inputs["executionProperty"])
	require.Equal(t, "s3://artifacts/scripts/readings.py", job.Inputs["command"].(map[string]any)["scriptLocation"])
	require.Equal(t, map[string]any{
		"--source":                           "s3://source/raw/",
		"--target":                           "s3://processed/hourly/",
		"--quarantine":                       "s3://processed/refused/",
		"--plants":                           "s3://artifacts/scripts/plants.json",
		"--extra-py-files":                   "s3://artifacts/scripts/levels.zip",
		"--step":                             "1 hour",
		"--TempDir":                          "s3://artifacts/scratch/",
		"--enable-auto-scaling":              "true",
		"--enable-continuous-cloudwatch-log": "true",
		"--enable-metrics":                   "true",
		"--job-language":                     "python",
	}, job.Inputs["defaultArguments"])
	require.Equal(t, "scripts/plants.json", d.the("s3.BucketObjectv2", "weekly-plants").Inputs["key"])
}

// The archive names each module, so that nothing else that lies in the folder is deployed.
func TestThePackageIsAnArchiveOfItsModules(t *testing.T) {
	d := deploy(t, weeklyProgram(asItIs))
	archive := d.the("s3.BucketObjectv2", "weekly-package")
	require.Equal(t, "scripts/levels.zip", archive.Inputs["key"])
	require.Equal(t, map[string]any{
		"levels/__init__.py":       "components/testdata/levels/__init__.py",
		"levels/units/pressure.py": "components/testdata/levels/units/pressure.py",
	}, archive.Inputs["source"])

	without := deploy(t, weeklyProgram(func(a *WeeklyEtlArgs) { a.Script.Package = "" }))
	without.lacks("s3.BucketObjectv2", "weekly-package")
	require.NotContains(t, without.the("glue.Job", "weekly-job").Inputs["defaultArguments"], "--extra-py-files")
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
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::artifacts"], "Action": ["s3:ListBucket"], "Condition": {"StringLike": {"s3:prefix": "scratch/*"}}},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::artifacts/scratch/*"], "Action": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::artifacts/scripts/*"], "Action": ["s3:GetObject"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::processed"], "Action": ["s3:ListBucket"], "Condition": {"StringLike": {"s3:prefix": "hourly/*"}}},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::processed"], "Action": ["s3:ListBucket"], "Condition": {"StringLike": {"s3:prefix": "refused/*"}}},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::processed/figures/*"], "Action": ["s3:PutObject"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::processed/hourly/*"], "Action": ["s3:DeleteObject", "s3:PutObject"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::processed/refused/*"], "Action": ["s3:DeleteObject", "s3:PutObject"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::source"], "Action": ["s3:ListBucket"], "Condition": {"StringLike": {"s3:prefix": "raw/*"}}},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::source/raw/*"], "Action": ["s3:GetObject"]}
	]}`)
}

// Athena computes the partitions, so that nobody has to add any.
func TestThePartitionsOfTheTableAreProjected(t *testing.T) {
	d := deploy(t, weeklyProgram(asItIs))
	table := d.the("glue.CatalogTable", "weekly-table")
	storage := table.Inputs["storageDescriptor"].(map[string]any)
	require.Equal(t, "s3://processed/hourly/", storage["location"])
	require.Equal(t, map[string]any{
		"classification":               "csv",
		"skip.header.line.count":       "1",
		"projection.enabled":           "true",
		"projection.day.type":          "date",
		"projection.day.format":        "yyyy-MM-dd",
		"projection.day.range":         "2025-03-01,NOW+1DAYS",
		"projection.day.interval":      "1",
		"projection.day.interval.unit": "DAYS",
		"storage.location.template":    "s3://processed/hourly/day=${day}/",
	}, table.Inputs["parameters"])
	require.Equal(t, []any{map[string]any{"name": "day", "type": "string"}}, table.Inputs["partitionKeys"])
	require.Equal(t, []any{
		map[string]any{"name": "hour", "type": "string"},
		map[string]any{"name": "plant", "type": "string"},
		map[string]any{"name": "level", "type": "double", "comment": "m"},
	}, storage["columns"])

	require.NotContains(t, d.the("sfn.StateMachine", "weekly-machine").Inputs["definition"], "Partition")
	require.Contains(t, d.the("sfn.StateMachine", "weekly-machine").Inputs["definition"], "input.from < '2025-03-01'", "a backfill begins no earlier")
	require.NotContains(t, d.the("iam.RolePolicy", "weekly-role").Inputs["policy"], "Partition")
}

func TestTheFirstDayHasADefault(t *testing.T) {
	d := deploy(t, weeklyProgram(func(a *WeeklyEtlArgs) { a.Table.FirstDay = "" }))
	require.Equal(t, "2020-01-01,NOW+1DAYS", d.the("glue.CatalogTable", "weekly-table").Inputs["parameters"].(map[string]any)["projection.day.range"])
}

func TestIngestionWritesWhereTheWeekIsReadFrom(t *testing.T) {
	d := deploy(t, ingestionProgram(asItIs))
	rule := d.the("iot.TopicRule", "ingestion-rule")
	require.Equal(t, "SELECT * FROM 'plants/+/readings'", rule.Inputs["sql"])
	written := rule.Inputs["s3"].([]any)[0].(map[string]any)
	require.Equal(t, `raw/plant=${topic(2)}/date=${parse_time("yyyy-MM-dd", timestamp())}/${timestamp()}-${newuuid()}.json`, written["key"])
	queue := d.the("sqs.Queue", "ingestion-unwritten")
	require.Equal(t, queue.Outputs["url"], rule.Inputs["errorAction"].(map[string]any)["sqs"].(map[string]any)["queueUrl"])
	requireJSON(t, d.the("iam.RolePolicy", "ingestion-role"), "policy", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::source/raw/*"]},
		{"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": ["{queue}"]}
	]}`, "{queue}", queue.Outputs["arn"].(string))
}
