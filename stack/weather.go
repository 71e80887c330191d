package stack

import (
	"fmt"

	"datalake/components"
	"datalake/components/network"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The weather stations' raw messages in the source bucket, and the dataset that is made of them in the processed one.
const (
	rawPrefix     = "raw/"
	weatherPrefix = "weather/"
)

// weatherReport is the name of the weather's reports, and weatherQueries the folder that they are in.
const weatherReport, weatherQueries = "report-weather", "weather"

// weatherLatenessDays is how long a message is waited for.
const weatherLatenessDays = 2

// weatherTable is what etl/weather-transform.py writes, in the order of its header. No name holds a quote, and times are texts
// with their offset.
func weatherTable(writer string) components.Table {
	return components.Table{
		Name:        "weather_summaries",
		Description: "Weather by location, device and time window, as " + writer + " writes it",
		Prefix:      weatherPrefix,
		Columns: []components.Column{
			{Name: "window_start", Type: "string", Comment: "ISO 8601 with offset"},
			{Name: "window_end", Type: "string", Comment: "ISO 8601 with offset, not included"},
			{Name: "location", Type: "string", Comment: "as the device sent it, else the messages' folder"},
			{Name: "device_id", Type: "string", Comment: "the device, else its location"},
			{Name: "samples", Type: "bigint", Comment: "records in the window"},
			{Name: "temperature_avg", Type: "double", Comment: "°C"},
			{Name: "temperature_min", Type: "double", Comment: "°C"},
			{Name: "temperature_max", Type: "double", Comment: "°C"},
			{Name: "humidity_avg", Type: "double", Comment: "%"},
			{Name: "pressure_avg", Type: "double", Comment: "hPa"},
			{Name: "wind_direction_avg", Type: "double", Comment: "degrees, 0 to 360"},
			{Name: "wind_speed_avg", Type: "double", Comment: "m/s"},
			{Name: "wind_speed_max", Type: "double", Comment: "m/s, the greatest gust, else speed"},
			{Name: "rainfall_1hr_max", Type: "double", Comment: "mm"},
			{Name: "rainfall_24hr_max", Type: "double", Comment: "mm"},
		},
		DateKey:  "date",
		FirstDay: "2020-01-01",
	}
}

// weather registers the weather pipeline: the messages' way into the lake where it is asked for, the weekly ETL, and the
// reports that follow.
func (e *environment) weather() error {
	if e.config.Ingestion {
		if _, err := components.NewIngestion(e.ctx, "ingestion", &components.IngestionArgs{
			RuleName:     "weather_ingestion_" + e.suffix,
			TopicFilter:  "weatherPlatform/telemetry/+",
			Messages:     "weather messages",
			Bucket:       e.lake.Source,
			Prefix:       rawPrefix,
			PartitionKey: "location",
			Operations:   e.operations,
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
		Database:         "weather_data_catalog_" + e.suffix,
		Crawler:          "WeatherPlatformCrawler-" + e.suffix,
		Job:              "WeatherDataTransformJob-" + e.suffix,
		Source:           e.lake.Source,
		SourcePrefix:     rawPrefix,
		Processed:        e.lake.Processed,
		QuarantinePrefix: "quarantine/",
		MetricsPrefix:    "metrics/",
		ErrorsPrefix:     "errors/",
		Artifacts:        e.lake.Artifacts,
		ScriptPrefix:     "etl/",
		TemporaryPrefix:  "temp/",
		Script: components.Script{
			Path:    "etl/weather-transform.py",
			Package: "etl/weather",
			Files:   map[string]string{"--devices": "etl/devices.json"},
			Arguments: map[string]string{
				"--utc-offset": schedule.Offset,
				"--lateness":   fmt.Sprintf("%d days", weatherLatenessDays),
			},
		},
		Table:           weatherTable(name),
		MetricNamespace: "datalake/weather",
		LatenessDays:    weatherLatenessDays,
		Schedule:        schedule,
		Flexible:        e.config.FlexibleJobs,
		ConnectionName:  connection,
		TopicARN:        e.outputs.topics[usageNames.topic],
		Operations:      e.operations,
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
	e.shown.Etls[name] = args.MetricNamespace
	e.outputs.databases["weather"] = weekly.DatabaseName
	e.outputs.jobs["weather"] = weekly.JobName
	e.outputs.machines[name] = weekly.StateMachineARN
	e.outputs.pipelines["weather"] = pulumi.String(name)
	e.outputs.schedules[name] = pulumi.String(schedule.String())
	e.watch("weather", weekly.StateMachineARN, schedule, weekly.Timeout)
	return e.report(weatherReport, "weather", weatherQueries, &components.AthenaReporterArgs{
		Database:   weekly.DatabaseName,
		Data:       e.lake.Processed,
		DataPrefix: weatherPrefix,
		After:      weekly.StateMachineARN,
	})
}
