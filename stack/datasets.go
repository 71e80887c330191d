package stack

import (
	"datalake/components"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// dataset registers a dataset's pipeline: the crawl that keeps it in the catalog, and the reports that follow.
func (e *environment) dataset(d Dataset) error {
	if d.Sample {
		if err := e.sample(d); err != nil {
			return err
		}
	}
	names := d.names()
	crawl, err := components.NewCrawlerWorkflow(e.ctx, names.crawl, &components.CrawlerWorkflowArgs{
		Bucket:          e.lake.Source,
		Prefix:          d.Prefix,
		Database:        databaseName(d.Name) + "_" + e.suffix,
		CrawlEverything: d.Crawl == everything,
		Schedule:        d.Schedule,
		FullCrawl:       d.FullCrawl,
		OnArrival:       d.Arrival,
		Operations:      e.operations,
	})
	if err != nil {
		return err
	}
	e.outputs.databases[d.Name] = crawl.DatabaseName
	e.outputs.machines[names.crawl] = crawl.StateMachineARN
	e.outputs.pipelines[d.Name] = pulumi.String(names.crawl)
	if d.Schedule != nil {
		e.outputs.schedules[names.crawl] = pulumi.String(d.Schedule.String())
	}
	if d.FullCrawl != nil {
		e.outputs.schedules[names.crawl+"-full"] = pulumi.String(d.FullCrawl.String())
	}
	if weekly := d.weekly(); weekly != nil {
		e.watch(d.Name, crawl.StateMachineARN, *weekly, crawl.Timeout)
	}
	e.analysts.Datasets = append(e.analysts.Datasets, components.AnalystDataset{
		Database: crawl.DatabaseName, Bucket: e.lake.Source, Prefix: d.Prefix,
	})
	if d.Queries == "" {
		return nil
	}
	return e.report(names.report, names.topic, d.Queries, &components.AthenaReporterArgs{
		Database:   crawl.DatabaseName,
		Data:       e.lake.Source,
		DataPrefix: d.Prefix,
		After:      crawl.StateMachineARN,
	})
}

// weekly is the schedule by which the dataset is crawled once a week and not each day; nil if there is none.
func (d Dataset) weekly() (weekly *components.Schedule) {
	for _, schedule := range []*components.Schedule{d.FullCrawl, d.Schedule} {
		switch {
		case schedule == nil:
		case schedule.Weekday == "":
			return nil // which an alarm watches
		default:
			weekly = schedule
		}
	}
	return weekly
}

// datasetNames are the names of what a dataset is made of: its state machines, and its topic among the outputs.
type datasetNames struct{ crawl, report, topic string }

func (d Dataset) names() datasetNames {
	if d.Name == usageDataset {
		return usageNames
	}
	return datasetNames{crawl: "crawl-" + d.Name, report: "report-" + d.Name, topic: d.Name}
}

// report registers the reporter of a folder of queries; args say what it reads, and after what.
func (e *environment) report(name, topic, folder string, args *components.AthenaReporterArgs) (err error) {
	if args.Queries, err = queries(folder); err != nil {
		return err
	}
	args.Results, args.ResultsPrefix = e.lake.Results, name+"/"
	args.CutoffBytes = e.config.QueryCutoffBytes
	args.Subscribers = e.subscribers()
	args.Disposable = e.config.Disposable
	args.Operations = e.operations
	reporter, err := components.NewAthenaReporter(e.ctx, name, args)
	if err != nil {
		return err
	}
	e.shown.Workgroups[name] = reporter.WorkgroupName
	e.outputs.machines[name] = reporter.StateMachineARN
	e.outputs.topic(topic, reporter.TopicARN, reporter.QueueURL, args.Subscribers)
	if e.outputs.workgroup == nil {
		e.outputs.workgroup = reporter.WorkgroupName
		e.analysts.Workgroup, e.analysts.Results, e.analysts.ResultsPrefix = reporter.WorkgroupName, args.Results, args.ResultsPrefix
	}
	return nil
}

// subscribers are who gets what the pipelines report.
func (e *environment) subscribers() components.Subscribers {
	return components.Subscribers{Emails: e.config.ResultEmails, Queue: e.config.ResultQueue}
}
