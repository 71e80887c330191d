// Package stack is one environment of the data lake: what its configuration asks for, and how the components are wired.
package stack

import (
	"regexp"
	"strings"

	"datalake/components"
	"datalake/components/network"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The folders of the source bucket: the usage dataset, whose last part names its table, daily_user_summaries; and the
// weather stations' raw messages.
const (
	usagePrefix = "data/daily-user-summaries/"
	rawPrefix   = "raw/"
)

// Deploy is the Pulumi program: it registers everything that the selected stack's configuration asks for. A faulty
// configuration is refused as a whole, before anything is registered.
//
// Its outputs are what a person or another stack needs next: buckets, database, workgroup, topics, queues, the schedules
// in words, and the state machines by their logical names.
func Deploy(ctx *pulumi.Context) error {
	config, err := load(ctx)
	if err != nil {
		return err
	}
	usageReports, err := queries(usageQueries)
	if err != nil {
		return err
	}
	weatherReports, err := queries(weatherQueries)
	if err != nil {
		return err
	}
	lake, err := components.NewDataLake(ctx, "lake", &components.DataLakeArgs{
		Disposable:     config.Disposable,
		Protect:        config.Protect,
		CustomerKey:    config.CustomerKey,
		NoncurrentDays: config.NoncurrentDays,
		ResultDays:     config.ResultDays,
		AccessLogDays:  config.LogDays,
	})
	if err != nil {
		return err
	}
	alerts, err := components.NewAlerts(ctx, "alerts", &components.AlertsArgs{
		Key:         lake.Key,
		Subscribers: components.Subscribers{Emails: config.AlertEmails, Queue: config.AlertQueue},
	})
	if err != nil {
		return err
	}
	operations := components.Operations{
		Alerts:      alerts,
		Key:         lake.Key,
		LogDays:     config.LogDays,
		LogPayloads: config.LogPayloads,
		Tracing:     config.Tracing,
	}
	machines := pulumi.StringMap{}

	if config.SampleDataset {
		sample, err := components.NewSampleDataset(ctx, "create-dataset", &components.SampleDatasetArgs{
			Bucket:     lake.Source,
			Prefix:     usagePrefix,
			Operations: operations,
		})
		if err != nil {
			return err
		}
		machines["create-dataset"] = sample.StateMachineARN
	}

	schedules := pulumi.StringMap{}
	crawl, err := components.NewCrawlerWorkflow(ctx, "crawl-dataset", &components.CrawlerWorkflowArgs{
		Bucket:     lake.Source,
		Prefix:     usagePrefix,
		Database:   "usage_" + suffix(ctx.Stack()),
		Schedule:   config.schedule(),
		OnArrival:  config.Trigger == onArrival,
		Operations: operations,
	})
	if err != nil {
		return err
	}
	machines["crawl-dataset"] = crawl.StateMachineARN
	if schedule := config.schedule(); schedule != nil {
		schedules["crawl-dataset"] = pulumi.String(schedule.String())
	}

	reporter, err := components.NewAthenaReporter(ctx, "execute-queries", &components.AthenaReporterArgs{
		Queries:     usageReports,
		Database:    crawl.DatabaseName,
		Data:        lake.Source,
		DataPrefix:  usagePrefix,
		Results:     lake.Results,
		CutoffBytes: config.QueryCutoffBytes,
		After:       crawl.StateMachineARN,
		Subscribers: components.Subscribers{Emails: config.ResultEmails, Queue: config.ResultQueue},
		Disposable:  config.Disposable,
		Operations:  operations,
	})
	if err != nil {
		return err
	}
	machines["execute-queries"] = reporter.StateMachineARN

	var connection pulumi.StringInput
	if config.PrivateNetwork {
		private, err := network.New(ctx, "network", &network.Args{CustomerKey: config.CustomerKey})
		if err != nil {
			return err
		}
		connection = private.ConnectionName
	}
	weekly, err := components.NewWeeklyEtl(ctx, "weekly-etl", &components.WeeklyEtlArgs{
		Suffix:         suffix(ctx.Stack()),
		Source:         lake.Source,
		SourcePrefix:   rawPrefix,
		Processed:      lake.Processed,
		Artifacts:      lake.Artifacts,
		Script:         "etl/weather-transform.py",
		Devices:        "etl/devices.json",
		Schedule:       config.weekly(),
		Flexible:       config.FlexibleJobs,
		ConnectionName: connection,
		TopicARN:       reporter.TopicARN,
		Operations:     operations,
	})
	if err != nil {
		return err
	}
	machines["weekly-etl"] = weekly.StateMachineARN
	schedules["weekly-etl"] = pulumi.String(config.weekly().String())

	if config.Ingestion {
		if _, err := components.NewIngestion(ctx, "ingestion", &components.IngestionArgs{
			Suffix:     suffix(ctx.Stack()),
			Bucket:     lake.Source,
			Prefix:     rawPrefix,
			Operations: operations,
		}); err != nil {
			return err
		}
	}

	weather, err := components.NewAthenaReporter(ctx, "report-weather", &components.AthenaReporterArgs{
		Queries:     weatherReports,
		Database:    weekly.DatabaseName,
		Data:        lake.Processed,
		DataPrefix:  "weather/",
		Results:     lake.Results,
		CutoffBytes: config.QueryCutoffBytes,
		After:       weekly.StateMachineARN,
		Subscribers: components.Subscribers{Emails: config.ResultEmails, Queue: config.ResultQueue},
		Disposable:  config.Disposable,
		Operations:  operations,
	})
	if err != nil {
		return err
	}
	machines["report-weather"] = weather.StateMachineARN

	ctx.Export("buckets", pulumi.StringMap{
		"source":    lake.Source.Name,
		"processed": lake.Processed.Name,
		"results":   lake.Results.Name,
		"artifacts": lake.Artifacts.Name,
		"logs":      lake.Logs.Name,
	})
	ctx.Export("databases", pulumi.StringMap{"usage": crawl.DatabaseName, "weather": weekly.DatabaseName})
	ctx.Export("workgroup", reporter.WorkgroupName)
	ctx.Export("jobs", pulumi.StringMap{"weather": weekly.JobName})
	ctx.Export("topics", pulumi.StringMap{"alerts": alerts.TopicARN, "results": reporter.TopicARN, "weather": weather.TopicARN})
	queues := pulumi.StringMap{}
	if config.AlertQueue {
		queues["alerts"] = alerts.QueueURL
	}
	if config.ResultQueue {
		queues["results"], queues["weather"] = reporter.QueueURL, weather.QueueURL
	}
	ctx.Export("queues", queues)
	ctx.Export("schedules", schedules)
	ctx.Export("machines", machines)
	return nil
}

var notInNames = regexp.MustCompile(`[^a-z0-9_]`)

// suffix is the stack's name as Glue's names take it.
func suffix(stack string) string { return notInNames.ReplaceAllString(strings.ToLower(stack), "_") }
