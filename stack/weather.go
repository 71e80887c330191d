package stack

import (
	"datalake/components"
	"datalake/components/network"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The weather stations' raw messages in the source bucket, and the dataset that is made of them in the processed one.
const (
	rawPrefix     = "raw/"
	weatherPrefix = "weather/"
)

// weather registers the weather pipeline: the messages' way into the lake where it is asked for, the weekly ETL, and the
// reports that follow.
func (e *environment) weather() error {
	if e.config.Ingestion {
		if _, err := components.NewIngestion(e.ctx, "ingestion", &components.IngestionArgs{
			Suffix:     e.suffix,
			Bucket:     e.lake.Source,
			Prefix:     rawPrefix,
			Operations: e.operations,
		}); err != nil {
			return err
		}
	}
	var connection pulumi.StringInput
	if e.config.GlueConnection != "" {
		connection = pulumi.String(e.config.GlueConnection)
	}
	if e.config.PrivateNetwork {
		private, err := network.New(e.ctx, "network", &network.Args{CustomerKey: e.lake.Key != nil})
		if err != nil {
			return err
		}
		connection = private.ConnectionName
	}
	const name = "weekly-etl"
	schedule := e.config.weekly()
	args := &components.WeeklyEtlArgs{
		Suffix:         e.suffix,
		Source:         e.lake.Source,
		SourcePrefix:   rawPrefix,
		Processed:      e.lake.Processed,
		Artifacts:      e.lake.Artifacts,
		Script:         "etl/weather-transform.py",
		Devices:        "etl/devices.json",
		Schedule:       schedule,
		Flexible:       e.config.FlexibleJobs,
		ConnectionName: connection,
		TopicARN:       e.outputs.topics[usageNames.topic],
		Operations:     e.operations,
	}
	ownTopic := args.TopicARN == nil // where nobody reports on usage
	if ownTopic {
		args.Subscribers = e.subscribers()
	}
	weekly, err := components.NewWeeklyEtl(e.ctx, name, args)
	if err != nil {
		return err
	}
	if ownTopic {
		e.outputs.topic(name, weekly.TopicARN, weekly.QueueURL, args.Subscribers)
	}
	e.analysts.Datasets = append(e.analysts.Datasets, components.AnalystDataset{
		Database: weekly.DatabaseName, Table: weekly.TableName, Bucket: e.lake.Processed, Prefix: weatherPrefix,
	})
	e.outputs.databases["weather"] = weekly.DatabaseName
	e.outputs.jobs["weather"] = weekly.JobName
	e.outputs.machines[name] = weekly.StateMachineARN
	e.outputs.schedules[name] = pulumi.String(schedule.String())
	return e.report("report-weather", "weather", "weather", &components.AthenaReporterArgs{
		Database:   weekly.DatabaseName,
		Data:       e.lake.Processed,
		DataPrefix: weatherPrefix,
		After:      weekly.StateMachineARN,
	})
}
