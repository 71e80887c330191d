package components

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/glue"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const weeklyEtlToken = "datalake:index:WeeklyEtl"

// WeeklyEtlArgs says what is transformed, how, and when.
type WeeklyEtlArgs struct {
	// Suffix tells the stack's Glue names from others': lower-case letters, digits and underscores. Required.
	Suffix string
	// Source holds the raw messages under SourcePrefix, a folder ending with a slash. Required.
	Source       Bucket
	SourcePrefix string
	// Processed takes the dataset (weather/), what was refused (quarantine/), metrics/ and errors/. Required.
	Processed Bucket
	// Artifacts takes the job's script and temporary files. Required.
	Artifacts Bucket
	// Script and Devices are the paths of weather-transform.py and devices.json, from the project's directory. Required.
	Script, Devices string
	// Schedule says when, with a weekday; its offset is also where local midnight is. Required.
	Schedule Schedule
	// LatenessDays is how long after its time a message is waited for: so many days before the week are made anew.
	// Default: 2.
	LatenessDays int
	// Workers is the most workers (G.1X) that a run scales to. Default: 2.
	Workers int
	// Flexible takes spare capacity: cheaper, and perhaps an hour later. Default: false.
	Flexible bool
	// ConnectionName is the Glue connection that puts the job into a private network; nil for none.
	ConnectionName pulumi.StringInput
	// JobTimeout ends a job run that takes longer, in whole minutes. Default: 1 hour.
	JobTimeout time.Duration
	// QuarantinedPercent is the share of refused records above which an alarm is raised, 1 to 99. Default: 5.
	QuarantinedPercent int
	// TopicARN is the topic that takes the summary of each run; nil for a topic of its own, with the Subscribers.
	TopicARN pulumi.StringInput
	// Subscribers get the summaries. Excludes a TopicARN.
	Subscribers Subscribers
	// Operations is how the workflow is watched. Required.
	Operations Operations
}

// WeeklyEtl turns raw messages into a dataset each week: a crawler, a Spark job on Glue, the table of what it writes,
// and a state machine that runs them, adds the partitions, notifies the subscribers, and exports what went wrong.
type WeeklyEtl struct {
	pulumi.ResourceState

	// StateMachineARN runs the week; an input {"from": "YYYY-MM-DD", "to": "YYYY-MM-DD"} backfills.
	StateMachineARN pulumi.StringOutput `pulumi:"stateMachineArn"`
	// DatabaseName is the catalog database of raw messages and dataset.
	DatabaseName pulumi.StringOutput `pulumi:"databaseName"`
	// TableName is the table of the dataset.
	TableName pulumi.StringOutput `pulumi:"tableName"`
	// JobName is the Glue job.
	JobName pulumi.StringOutput `pulumi:"jobName"`
	// TopicARN is the topic that takes the summaries.
	TopicARN pulumi.StringOutput `pulumi:"topicArn"`
	// QueueURL is the queue that the summaries are kept in; unset where none was asked for.
	QueueURL pulumi.StringOutput
}

// NewWeeklyEtl registers the workflow.
func NewWeeklyEtl(ctx *pulumi.Context, name string, args *WeeklyEtlArgs, opts ...pulumi.ResourceOption) (*WeeklyEtl, error) {
	settings, err := args.check(name)
	if err != nil {
		return nil, fmt.Errorf("weekly ETL %q: %w", name, err)
	}
	workflow := &WeeklyEtl{}
	s, err := open(ctx, weeklyEtlToken, name, workflow, settings.Operations, opts)
	if err != nil {
		return nil, err
	}
	security, err := s.security(settings.Operations.Key)
	if err != nil {
		return nil, err
	}
	catalog, err := s.catalog(catalogArgs{
		bucket:   settings.Source,
		prefix:   settings.SourcePrefix,
		database: "weather_data_catalog_" + settings.Suffix,
		key:      settings.Operations.Key,
		protect:  settings.Operations.Protect,
		security: security,
	})
	if err != nil {
		return nil, err
	}
	crawler, err := s.crawler(catalog, "crawler", "WeatherPlatformCrawler-"+settings.Suffix, false)
	if err != nil {
		return nil, err
	}
	table, err := workflow.table(s, settings, crawler.DatabaseName)
	if err != nil {
		return nil, err
	}
	job, err := workflow.job(s, settings, security)
	if err != nil {
		return nil, err
	}
	if settings.TopicARN != nil {
		workflow.TopicARN = settings.TopicARN.ToStringOutput()
	} else if workflow.TopicARN, workflow.QueueURL, err = s.resultsTopic(settings.Subscribers, settings.Operations); err != nil {
		return nil, err
	}
	flow := settings.etl(name)
	flow.crawler, flow.crawlerARNs, flow.job, flow.jobARN = crawler.Name, []any{crawler.Arn}, job.Name, job.Arn
	flow.database, flow.table = crawler.DatabaseName, table.Name
	flow.tableARNs = tableARNs(s.account, crawler.DatabaseName, table.Name)
	flow.topicARN, flow.busARN = workflow.TopicARN, s.arn("events", "event-bus/default")
	machine, err := s.stateMachine(flow.machine(), settings.Operations, settings.Operations.Key.use()...)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(
		s.start(machine, trigger{
			description: fmt.Sprintf("Starts %s: %s", s.name, settings.Schedule),
			cron:        settings.Schedule.Cron(),
		}, settings.Operations),
		s.notifyOfFailures(machine, settings.Operations.Alerts),
		workflow.qualityAlarm(s, settings),
	); err != nil {
		return nil, err
	}
	workflow.StateMachineARN = machine.Arn
	workflow.DatabaseName = crawler.DatabaseName
	workflow.TableName = table.Name
	workflow.JobName = job.Name
	return workflow, ctx.RegisterResourceOutputs(workflow, pulumi.Map{
		"stateMachineArn": workflow.StateMachineARN,
		"databaseName":    workflow.DatabaseName,
		"tableName":       workflow.TableName,
		"jobName":         workflow.JobName,
		"topicArn":        workflow.TopicARN,
	})
}

var suffixForm = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)

func (a *WeeklyEtlArgs) check(name string) (WeeklyEtlArgs, error) {
	if a == nil {
		a = &WeeklyEtlArgs{}
	}
	args := *a
	args.LatenessDays = cmp.Or(args.LatenessDays, 2)
	args.Workers = cmp.Or(args.Workers, 2)
	args.JobTimeout = cmp.Or(args.JobTimeout, time.Hour)
	args.QuarantinedPercent = cmp.Or(args.QuarantinedPercent, 5)
	var faults []error
	fault := func(format string, values ...any) { faults = append(faults, fmt.Errorf(format, values...)) }
	if !suffixForm.MatchString(args.Suffix) {
		fault("Suffix is %q: give lower-case letters, digits and underscores, at most 64", args.Suffix)
	}
	if args.Source.missing() || args.Processed.missing() || args.Artifacts.missing() {
		fault("Source, Processed or Artifacts is missing: give the Name and the ARN of each bucket")
	}
	if !folderPrefix.MatchString(args.SourcePrefix) {
		fault("SourcePrefix is %q: %s", args.SourcePrefix, prefixForm)
	}
	if args.Script == "" || args.Devices == "" {
		fault("Script or Devices is missing: give the paths of weather-transform.py and devices.json")
	}
	if err := args.Schedule.Check(); err != nil {
		fault("Schedule: %w", err)
	}
	if args.Schedule.Weekday == "" {
		fault("Schedule has no Weekday: a weekly run needs one, such as SUN")
	}
	if args.LatenessDays < 1 || args.LatenessDays > 30 {
		fault("LatenessDays is %d: give 1 to 30", args.LatenessDays)
	}
	if args.Workers < 2 || args.Workers > 100 {
		fault("Workers is %d: a Spark job takes at least 2; give 2 to 100", args.Workers)
	}
	if args.JobTimeout < time.Minute || args.JobTimeout%time.Minute != 0 || args.JobTimeout > 48*time.Hour {
		fault("JobTimeout is %s: give whole minutes, at most 48 hours", args.JobTimeout)
	}
	if args.QuarantinedPercent < 1 || args.QuarantinedPercent > 99 {
		fault("QuarantinedPercent is %d: give 1 to 99", args.QuarantinedPercent)
	}
	if args.TopicARN != nil && (len(args.Subscribers.Emails) > 0 || args.Subscribers.Queue) {
		fault("TopicARN and Subscribers are both set: they exclude each other, subscribe to the topic that is given")
	}
	faults = append(faults, args.Subscribers.Check(), args.Operations.check())
	if errors.Join(faults...) == nil {
		faults = append(faults, compiles(args.etl(name).machine()))
	}
	return args, errors.Join(faults...)
}

// Time limits, each inside the next: the job's own, the task's that waits for it (capacity may have to be waited for),
// and the machine's, in which the crawl has its time too.
const (
	jobStartMargin  = 10 * time.Minute
	flexibleWaiting = time.Hour
	crawlAllowance  = 2 * time.Hour
)

// etl is the state machine's flow, but for what is known only once resources are registered.
func (a WeeklyEtlArgs) etl(name string) etl {
	task := a.JobTimeout + jobStartMargin
	if a.Flexible {
		task += flexibleWaiting
	}
	return etl{
		name:         name,
		poll:         2 * time.Minute,
		jobTimeout:   task,
		timeout:      task + crawlAllowance,
		schedule:     a.Schedule,
		latenessDays: a.LatenessDays,
		processed:    a.Processed.Name,
		metricsARNs:  a.Processed.Objects(metricsPrefix),
		errorsARNs:   a.Processed.Objects(errorsPrefix),
		storage:      datasetStorage(),
	}
}

// qualityAlarm is raised when too many records were refused.
func (w *WeeklyEtl) qualityAlarm(s scope, args WeeklyEtlArgs) error {
	return s.alarm("quality", alarm{
		description: fmt.Sprintf("More than %d %% of the records that %s read were refused: see quarantine/", args.QuarantinedPercent, s.name),
		namespace:   metricNamespace,
		metric:      "QuarantinedShare",
		dimensions:  pulumi.StringMap{"Pipeline": pulumi.String(s.name)},
		statistic:   "Maximum",
		threshold:   float64(args.QuarantinedPercent),
	}, args.Operations.Alerts.TopicARN)
}

// table registers the dataset's table. LazySimpleSerDe reads empty numbers as null, and no name holds the quotes that it
// does not know; times are texts with their offset.
func (w *WeeklyEtl) table(s scope, args WeeklyEtlArgs, database pulumi.StringOutput) (*glue.CatalogTable, error) {
	storage := datasetStorage()
	var columns glue.CatalogTableStorageDescriptorColumnArray
	for _, column := range datasetColumns {
		columns = append(columns, glue.CatalogTableStorageDescriptorColumnArgs{
			Name: pulumi.String(column.name), Type: pulumi.String(column.hive), Comment: pulumi.String(column.comment),
		})
	}
	table, err := glue.NewCatalogTable(s.ctx, s.name+"-table", &glue.CatalogTableArgs{
		DatabaseName: database,
		Name:         pulumi.String("weather_summaries"),
		Description:  pulumi.String("Weather by device and time window, as " + s.name + " writes it"),
		TableType:    pulumi.String("EXTERNAL_TABLE"),
		Parameters:   pulumi.StringMap{"classification": pulumi.String("csv"), "skip.header.line.count": pulumi.String("1")},
		PartitionKeys: glue.CatalogTablePartitionKeyArray{
			glue.CatalogTablePartitionKeyArgs{Name: pulumi.String("location"), Type: pulumi.String("string")},
			glue.CatalogTablePartitionKeyArgs{Name: pulumi.String("date"), Type: pulumi.String("string")},
		},
		StorageDescriptor: &glue.CatalogTableStorageDescriptorArgs{
			Location:     args.Processed.URI(datasetPrefix),
			InputFormat:  pulumi.String(storage["InputFormat"].(string)),
			OutputFormat: pulumi.String(storage["OutputFormat"].(string)),
			Columns:      columns,
			SerDeInfo: &glue.CatalogTableStorageDescriptorSerDeInfoArgs{
				SerializationLibrary: pulumi.String(lazySimpleSerDe),
				Parameters:           pulumi.StringMap{"field.delim": pulumi.String(",")},
			},
		},
	}, append(protection(args.Operations.Protect), append(s.holding, pulumi.DeleteBeforeReplace(true))...)...)
	if err != nil {
		return nil, fmt.Errorf("register the table of the dataset: %w", err)
	}
	return table, nil
}

const lazySimpleSerDe = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"

// datasetColumns are the columns that weather-transform.py writes.
var datasetColumns = []struct{ name, hive, comment string }{
	{"window_start", "string", "ISO 8601 with offset"},
	{"window_end", "string", "ISO 8601 with offset, not included"},
	{"device_id", "string", "the device, else its location"},
	{"samples", "bigint", "records in the window"},
	{"temperature_avg", "double", "°C"},
	{"temperature_min", "double", "°C"},
	{"temperature_max", "double", "°C"},
	{"humidity_avg", "double", "%"},
	{"pressure_avg", "double", "hPa"},
	{"wind_direction_avg", "double", "degrees, 0 to 360"},
	{"wind_speed_avg", "double", "m/s"},
	{"wind_speed_max", "double", "m/s, the greatest gust, else speed"},
	{"rainfall_1hr_max", "double", "mm"},
	{"rainfall_24hr_max", "double", "mm"},
}

// datasetStorage is the storage of the table as the Glue API takes it for a partition, but for the location.
func datasetStorage() map[string]any {
	var columns []any
	for _, column := range datasetColumns {
		columns = append(columns, map[string]any{"Name": column.name, "Type": column.hive})
	}
	return map[string]any{
		"Columns":      columns,
		"InputFormat":  "org.apache.hadoop.mapred.TextInputFormat",
		"OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
		"SerdeInfo": map[string]any{
			"SerializationLibrary": lazySimpleSerDe,
			"Parameters":           map[string]any{"field.delim": ","},
		},
	}
}
