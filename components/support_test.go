package components

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"datalake/internal/mockaws"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// evaluate runs a program in a stack without any settings of its own.
func evaluate(program pulumi.RunFunc, preview bool) (*mockaws.Evaluation, error) {
	return mockaws.Evaluate(program, &mockaws.Stack{
		Project: "datalake",
		Name:    "test",
		Config:  map[string]string{"aws:region": "eu-west-1"},
	}, preview)
}

// deployed is what a program has brought about.
type deployed struct {
	testing.TB
	*mockaws.Evaluation
}

// deploy applies a program.
func deploy(t testing.TB, program pulumi.RunFunc) deployed {
	t.Helper()
	evaluation, err := evaluate(program, false)
	require.NoError(t, err)
	return deployed{t, evaluation}
}

// inPreviewAndApply runs a test on what a program registers in either mode.
func inPreviewAndApply(t *testing.T, program pulumi.RunFunc, test func(t *testing.T, evaluation *mockaws.Evaluation)) {
	for mode, preview := range map[string]bool{"preview": true, "apply": false} {
		t.Run(mode, func(t *testing.T) {
			evaluation, err := evaluate(program, preview)
			require.NoError(t, err)
			test(t, evaluation)
		})
	}
}

// find looks a resource up by its kind, such as s3.BucketPolicy, and its logical name.
func (d deployed) find(kind, name string) (mockaws.Resource, bool) {
	service, class, _ := strings.Cut(kind, ".")
	token := fmt.Sprintf("aws:%s/%s:%s", service, strings.ToLower(class[:1])+class[1:], class)
	for _, r := range d.Find(token) {
		if r.Name == name {
			return r, true
		}
	}
	return mockaws.Resource{}, false
}

// the is the resource of a kind and name.
func (d deployed) the(kind, name string) mockaws.Resource {
	d.Helper()
	r, found := d.find(kind, name)
	require.True(d, found, "there is a %s %q", kind, name)
	return r
}

// arn is the ARN that the resource of a kind and name got.
func (d deployed) arn(kind, name string) string {
	d.Helper()
	arn, _ := d.the(kind, name).Outputs["arn"].(string)
	require.NotEmpty(d, arn, "the ARN of %s %q", kind, name)
	return arn
}

// lacks says that a program has registered no resource of that kind and name.
func (d deployed) lacks(kind, name string) {
	d.Helper()
	_, found := d.find(kind, name)
	require.False(d, found, "there is no %s %q", kind, name)
}

// object reads an input that AWS takes as JSON.
func object(t testing.TB, r mockaws.Resource, input string) map[string]any {
	t.Helper()
	var read map[string]any
	text, is := r.Inputs[input].(string)
	require.True(t, is, "%s of %s is text", input, r.URN)
	require.NoError(t, json.Unmarshal([]byte(text), &read), text)
	return read
}

// requireJSON compares an input with the JSON it should be; what stands in {} is filled in.
func requireJSON(t testing.TB, r mockaws.Resource, input, expected string, fill ...string) {
	t.Helper()
	expected = strings.NewReplacer(fill...).Replace(expected)
	text, is := r.Inputs[input].(string)
	require.True(t, is, "%s of %s is text", input, r.URN)
	require.JSONEq(t, expected, text, r.URN)
}

// What the components refer to, as if others had made it: nothing but the component under test is registered then.
func bucketCalled(name string) Bucket {
	return Bucket{Name: pulumi.String(name).ToStringOutput(), ARN: pulumi.String("arn:aws:s3:::" + name).ToStringOutput()}
}

const (
	alertsARN = "arn:aws:sns:eu-west-1:123456789012:alerts"
	keyARN    = "arn:aws:kms:eu-west-1:123456789012:key/lake"
	// givenKeyARN is that of a key that exists already.
	givenKeyARN = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	afterARN    = "arn:aws:states:eu-west-1:123456789012:stateMachine:before"
)

func watched() Operations {
	return Operations{Alerts: &Alerts{TopicARN: pulumi.String(alertsARN).ToStringOutput()}}
}

func customerKey() *Key { return &Key{ARN: pulumi.String(keyARN).ToStringOutput()} }

// Programs of one component each, with sound arguments that a test may change.

func lakeProgram(args *DataLakeArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := NewDataLake(ctx, "lake", args)
		return err
	}
}

func sampleArgs(bucket Bucket, operations Operations) *SampleDatasetArgs {
	return &SampleDatasetArgs{
		Bucket: bucket, Prefix: "data/orders/", Name: "orders", Subject: "customer", Measure: "amount",
		Years: []int{2025, 2026}, Days: 3, Entries: []SampleEntry{{"anna", 12}, {"ben", 7}}, Operations: operations,
	}
}

func sampleProgram(change func(*SampleDatasetArgs)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		args := sampleArgs(bucketCalled("source"), watched())
		change(args)
		_, err := NewSampleDataset(ctx, "sample", args)
		return err
	}
}

func crawlerProgram(change func(*CrawlerWorkflowArgs)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		args := &CrawlerWorkflowArgs{Bucket: bucketCalled("source"), Prefix: "data/usage/", Database: "usage", Operations: watched()}
		change(args)
		_, err := NewCrawlerWorkflow(ctx, "crawl", args)
		return err
	}
}

func reporterProgram(change func(*AthenaReporterArgs)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		args := &AthenaReporterArgs{
			Queries:    []Query{{Name: "total", SQL: "SELECT 1"}},
			Database:   pulumi.String("usage"),
			Data:       bucketCalled("source"),
			DataPrefix: "data/usage/",
			Results:    bucketCalled("results"),
			Operations: watched(),
		}
		change(args)
		_, err := NewAthenaReporter(ctx, "report", args)
		return err
	}
}

func weeklyArgs(change func(*WeeklyEtlArgs)) *WeeklyEtlArgs {
	args := &WeeklyEtlArgs{
		Database:         "readings_test",
		Crawler:          "readings-crawler",
		Job:              "readings-job",
		Source:           bucketCalled("source"),
		SourcePrefix:     "raw/",
		Processed:        bucketCalled("processed"),
		QuarantinePrefix: "refused/",
		MetricsPrefix:    "figures/",
		ErrorsPrefix:     "failures/",
		Artifacts:        bucketCalled("artifacts"),
		ScriptPrefix:     "scripts/",
		TemporaryPrefix:  "scratch/",
		Script: Script{
			Path:      "jobs/readings.py",
			Package:   "components/testdata/levels",
			Files:     map[string]string{"--plants": "jobs/plants.json"},
			Arguments: map[string]string{"--step": "1 hour"},
		},
		Table: Table{
			Name:        "hourly",
			Description: "Readings by plant and hour",
			Prefix:      "hourly/",
			Columns:     []Column{{Name: "hour", Type: "string"}, {Name: "plant", Type: "string"}, {Name: "level", Type: "double", Comment: "m"}},
			DateKey:     "day",
			FirstDay:    "2025-03-01",
		},
		MetricNamespace: "team/readings",
		Schedule:        Schedule{Weekday: "SUN", At: "00:00", Offset: "+07:00"},
		TopicARN:        pulumi.String("arn:aws:sns:eu-west-1:123456789012:results"),
		Operations:      watched(),
	}
	change(args)
	return args
}

func weeklyProgram(change func(*WeeklyEtlArgs)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := NewWeeklyEtl(ctx, "weekly", weeklyArgs(change))
		return err
	}
}

func ingestionArgs(suffix string, bucket Bucket, operations Operations) *IngestionArgs {
	return &IngestionArgs{
		RuleName: "readings_test" + suffix, TopicFilter: "plants/+/readings", Messages: "plant readings",
		Bucket: bucket, Prefix: "raw/", PartitionKey: "plant", Operations: operations,
	}
}

func ingestionProgram(change func(*IngestionArgs)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		args := ingestionArgs("", bucketCalled("source"), watched())
		change(args)
		_, err := NewIngestion(ctx, "ingestion", args)
		return err
	}
}

func analystArgs(change func(*AnalystPolicyArgs)) *AnalystPolicyArgs {
	source, processed := bucketCalled("source"), bucketCalled("processed")
	args := &AnalystPolicyArgs{
		Workgroup: pulumi.String("reports"), Results: bucketCalled("results"), ResultsPrefix: "reports/",
		Datasets: []AnalystDataset{
			{Database: pulumi.String("usage"), Bucket: source, Prefix: "data/usage/"},
			{Database: pulumi.String("orders"), Bucket: source, Prefix: "data/orders/"},
			{Database: pulumi.String("sensors"), Table: pulumi.String("days"), Bucket: processed, Prefix: "days/"},
		},
	}
	change(args)
	return args
}

func analystProgram(change func(*AnalystPolicyArgs)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := NewAnalystPolicy(ctx, "analysts", analystArgs(change))
		return err
	}
}

func watchdogArgs(change func(*WatchdogArgs)) *WatchdogArgs {
	arn := func(name string) pulumi.StringOutput {
		return pulumi.String("arn:aws:states:eu-west-1:123456789012:stateMachine:" + name).ToStringOutput()
	}
	args := &WatchdogArgs{
		Watched: []Watched{
			{Name: "readings", StateMachineARN: arn("weekly"), Schedule: Schedule{Weekday: "SUN", At: "00:00", Offset: "+07:00"}, Timeout: 190 * time.Minute},
			{Name: "orders", StateMachineARN: arn("crawl"), Schedule: Schedule{Weekday: "SAT", At: "22:30", Offset: "-05:00"}, Timeout: 2 * time.Hour},
		},
		Operations: watched(),
	}
	change(args)
	return args
}

func watchdogProgram(change func(*WatchdogArgs)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := NewWatchdog(ctx, "watchdog", watchdogArgs(change))
		return err
	}
}

func dashboardArgs(change func(*DashboardArgs)) *DashboardArgs {
	args := &DashboardArgs{
		DashboardName: "lake-test",
		StateMachines: pulumi.StringMap{
			"weekly": pulumi.String("arn:aws:states:eu-west-1:123456789012:stateMachine:weekly"),
			"crawl":  pulumi.String("arn:aws:states:eu-west-1:123456789012:stateMachine:crawl"),
		},
		Workgroups: pulumi.StringMap{"report": pulumi.String("reports")},
		Etls:       map[string]string{"weekly": "team/readings"},
		Alerts:     watched().Alerts,
	}
	change(args)
	return args
}

func dashboardProgram(change func(*DashboardArgs)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := NewDashboard(ctx, "operations", dashboardArgs(change))
		return err
	}
}

// asItIs leaves a component's arguments alone.
func asItIs[Args any](*Args) {}

// everything is a program with one of each component under the names' suffix, wired to each other.
func everything(suffix string, use func(ctx *pulumi.Context, components map[string]any)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		lake, err := NewDataLake(ctx, "lake"+suffix, &DataLakeArgs{CustomerKey: true})
		if err != nil {
			return err
		}
		alerts, err := NewAlerts(ctx, "alerts"+suffix, &AlertsArgs{Key: lake.Key, Subscribers: Subscribers{Emails: []string{"data@example.com"}, Queue: true}})
		if err != nil {
			return err
		}
		operations := Operations{Alerts: alerts, Key: lake.Key, Tracing: true}
		sample, err := NewSampleDataset(ctx, "sample"+suffix, sampleArgs(lake.Source, operations))
		if err != nil {
			return err
		}
		crawl, err := NewCrawlerWorkflow(ctx, "crawl"+suffix, &CrawlerWorkflowArgs{
			Bucket: lake.Source, Prefix: "data/usage/", Database: "usage", Operations: operations,
			Schedule: &Schedule{At: "01:00", Offset: "+07:00"},
		})
		if err != nil {
			return err
		}
		report, err := NewAthenaReporter(ctx, "report"+suffix, &AthenaReporterArgs{
			Queries: []Query{{Name: "total", SQL: "SELECT 1"}, {Name: "each", SQL: "SELECT 2"}}, Database: crawl.DatabaseName,
			Data: lake.Source, DataPrefix: "data/usage/", Results: lake.Results, After: crawl.StateMachineARN, Operations: operations,
			Subscribers: Subscribers{Emails: []string{"data@example.com"}, Queue: true},
		})
		if err != nil {
			return err
		}
		weekly, err := NewWeeklyEtl(ctx, "weekly"+suffix, weeklyArgs(func(a *WeeklyEtlArgs) {
			a.Source, a.Processed, a.Artifacts, a.TopicARN, a.Operations = lake.Source, lake.Processed, lake.Artifacts, report.TopicARN, operations
			a.Database += strings.ReplaceAll(suffix, "-", "_")
			a.Crawler, a.Job = a.Crawler+suffix, a.Job+suffix
		}))
		if err != nil {
			return err
		}
		ingestion, err := NewIngestion(ctx, "ingestion"+suffix, ingestionArgs(strings.ReplaceAll(suffix, "-", "_"), lake.Source, operations))
		if err != nil {
			return err
		}
		analysts, err := NewAnalystPolicy(ctx, "analysts"+suffix, analystArgs(func(a *AnalystPolicyArgs) { a.Key = lake.Key }))
		if err != nil {
			return err
		}
		watchdog, err := NewWatchdog(ctx, "watchdog"+suffix, &WatchdogArgs{Operations: operations, Watched: []Watched{{
			Name: "readings", StateMachineARN: weekly.StateMachineARN, Schedule: Schedule{Weekday: "SUN", At: "00:00", Offset: "+07:00"}, Timeout: weekly.Timeout,
		}}})
		if err != nil {
			return err
		}
		dashboard, err := NewDashboard(ctx, "operations"+suffix, &DashboardArgs{
			DashboardName: "lake-test" + suffix,
			StateMachines: pulumi.StringMap{"crawl": crawl.StateMachineARN, "weekly": weekly.StateMachineARN},
			Workgroups:    pulumi.StringMap{"report": report.WorkgroupName},
			Alerts:        alerts,
		})
		if err != nil {
			return err
		}
		use(ctx, map[string]any{
			"DataLake": lake, "Alerts": alerts, "SampleDataset": sample, "CrawlerWorkflow": crawl, "AthenaReporter": report,
			"WeeklyEtl": weekly, "Ingestion": ingestion, "AnalystPolicy": analysts, "Watchdog": watchdog, "Dashboard": dashboard,
		})
		return nil
	}
}
