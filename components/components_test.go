package components

import (
	"reflect"
	"strings"
	"testing"

	"datalake/internal/mockaws"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// An output that is declared but never assigned would be an empty text to whoever uses it.
func TestEveryOutputIsAssigned(t *testing.T) {
	tags := map[string][]string{}
	exports := deploy(t, everything("", func(ctx *pulumi.Context, components map[string]any) {
		for name, component := range components {
			fields := reflect.ValueOf(component).Elem()
			for i := range fields.NumField() {
				if tag, tagged := fields.Type().Field(i).Tag.Lookup("pulumi"); tagged {
					tags[name] = append(tags[name], tag)
					ctx.Export(name+"."+tag, fields.Field(i).Interface().(pulumi.Output))
				}
			}
		}
	})).Exports
	require.Equal(t, map[string][]string{
		"Alerts":          {"topicArn"},
		"SampleDataset":   {"stateMachineArn"},
		"CrawlerWorkflow": {"stateMachineArn", "databaseName", "crawlerName"},
		"AthenaReporter":  {"stateMachineArn", "workgroupName", "topicArn"},
		"WeeklyEtl":       {"stateMachineArn", "databaseName", "tableName", "jobName", "topicArn"},
		"Ingestion":       {"ruleName"},
		"AnalystPolicy":   {"arn"},
		"Watchdog":        {"stateMachineArn"},
		"Dashboard":       {"name"},
	}, tags)
	for name, outputs := range tags {
		for _, output := range outputs {
			require.NotEmpty(t, exports[name+"."+output], "%s.%s", name, output)
		}
	}
}

// An output is what its name says, of the resource that AWS made.
func TestOutputsNameTheResources(t *testing.T) {
	outputs := pulumi.Map{}
	d := deploy(t, everything("", func(ctx *pulumi.Context, components map[string]any) {
		lake, crawl, report := components["DataLake"].(*DataLake), components["CrawlerWorkflow"].(*CrawlerWorkflow), components["AthenaReporter"].(*AthenaReporter)
		outputs["sample machine"] = components["SampleDataset"].(*SampleDataset).StateMachineARN
		outputs["crawl machine"], outputs["database"], outputs["crawler"] = crawl.StateMachineARN, crawl.DatabaseName, crawl.CrawlerName
		outputs["report machine"], outputs["workgroup"], outputs["results topic"] = report.StateMachineARN, report.WorkgroupName, report.TopicARN
		outputs["results queue"] = report.QueueURL
		outputs["analyst policy"] = components["AnalystPolicy"].(*AnalystPolicy).ARN
		alerts := components["Alerts"].(*Alerts)
		outputs["alerts topic"], outputs["alerts queue"], outputs["key"] = alerts.TopicARN, alerts.QueueURL, lake.Key.ARN
		for name, bucket := range map[string]Bucket{"source": lake.Source, "processed": lake.Processed, "results": lake.Results, "artifacts": lake.Artifacts, "logs": lake.Logs} {
			outputs[name], outputs[name+" ARN"] = bucket.Name, bucket.ARN
		}
		for name, value := range outputs {
			ctx.Export(name, value)
		}
	}))
	expected := map[string]any{
		"sample machine": d.arn("sfn.StateMachine", "sample-machine"),
		"crawl machine":  d.arn("sfn.StateMachine", "crawl-machine"),
		"report machine": d.arn("sfn.StateMachine", "report-machine"),
		"alerts topic":   d.arn("sns.Topic", "alerts-topic"),
		"results topic":  d.arn("sns.Topic", "report-results"),
		"alerts queue":   d.the("sqs.Queue", "alerts-queue").Outputs["url"],
		"results queue":  d.the("sqs.Queue", "report-queue").Outputs["url"],
		"key":            d.arn("kms.Key", "lake-key"),
		"analyst policy": d.arn("iam.Policy", "analysts-policy"),
		"database":       "usage",
		"crawler":        d.the("glue.Crawler", "crawl-crawler").Outputs["name"],
		"workgroup":      d.the("athena.Workgroup", "report-workgroup").Outputs["name"],
	}
	for _, bucket := range buckets {
		expected[bucket] = d.the("s3.BucketV2", "lake-"+bucket).Outputs["bucket"]
		expected[bucket+" ARN"] = d.arn("s3.BucketV2", "lake-"+bucket)
	}
	require.Equal(t, expected, d.Exports)
}

func TestChildrenBelongToTheirComponentAndCarryItsName(t *testing.T) {
	inPreviewAndApply(t, everything("", ignore), func(t *testing.T, evaluation *mockaws.Evaluation) {
		components := map[string]mockaws.Resource{}
		for _, r := range evaluation.Resources {
			if !r.Custom {
				require.Regexp(t, `^datalake:index:(DataLake|Alerts|SampleDataset|CrawlerWorkflow|AthenaReporter|WeeklyEtl|Ingestion|AnalystPolicy|Watchdog|Dashboard)$`, r.Type)
				components[r.URN] = r
			}
		}
		require.Len(t, components, 10)
		for _, r := range evaluation.Resources {
			if r.Custom {
				parent, known := components[r.Parent]
				require.True(t, known, "%s is the child of a component", r.URN)
				require.True(t, strings.HasPrefix(r.Name, parent.Name+"-"), "%s carries the name of %s", r.URN, parent.Name)
			}
		}
	})
}

// Pulumi tells resources apart by type, parents' types and name: two components must not name a child alike.
func TestComponentsCanBeUsedTwiceInAStack(t *testing.T) {
	once, err := evaluate(everything("", ignore), false)
	require.NoError(t, err)
	inPreviewAndApply(t, func(ctx *pulumi.Context) error {
		if err := everything("-one", ignore)(ctx); err != nil {
			return err
		}
		return everything("-two", ignore)(ctx)
	}, func(t *testing.T, evaluation *mockaws.Evaluation) {
		require.Len(t, evaluation.Resources, 2*len(once.Resources))
		seen := map[string]bool{}
		for _, r := range evaluation.Resources {
			require.False(t, seen[r.URN], r.URN)
			seen[r.URN] = true
		}
	})
}

// Whoever takes a role waits for what the role may do.
func TestWhatUsesARoleWaitsForItsPolicy(t *testing.T) {
	d := deploy(t, everything("", ignore))
	for user, roles := range map[string][]string{
		"sfn.StateMachine sample-machine":      {"sample-role"},
		"sfn.StateMachine crawl-machine":       {"crawl-role"},
		"sfn.StateMachine report-machine":      {"report-role"},
		"glue.Crawler crawl-crawler":           {"crawl-crawler-role"},
		"cloudwatch.EventTarget crawl-trigger": {"crawl-trigger-role"},
	} {
		kind, name, _ := strings.Cut(user, " ")
		for _, role := range roles {
			require.Contains(t, d.the(kind, name).Dependencies, d.the("iam.RolePolicy", role).URN, user)
		}
	}
}

func ignore(*pulumi.Context, map[string]any) {}

func BenchmarkHundredCrawlerWorkflows(b *testing.B) {
	program := func(ctx *pulumi.Context) error {
		lake, err := NewDataLake(ctx, "lake", nil)
		if err != nil {
			return err
		}
		alerts, err := NewAlerts(ctx, "alerts", nil)
		if err != nil {
			return err
		}
		for _, dataset := range manyQueries(100) {
			if _, err := NewCrawlerWorkflow(ctx, dataset.Name, &CrawlerWorkflowArgs{
				Bucket:     lake.Source,
				Prefix:     "data/" + dataset.Name + "/",
				Database:   strings.ReplaceAll(dataset.Name, "-", "_"),
				Schedule:   &Schedule{At: "01:00", Offset: "+07:00"},
				Operations: Operations{Alerts: alerts},
			}); err != nil {
				return err
			}
		}
		return nil
	}
	for b.Loop() {
		evaluation, err := evaluate(program, false)
		require.NoError(b, err)
		require.Len(b, evaluation.Find(crawlerWorkflowToken), 100)
	}
}
