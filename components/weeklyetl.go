package components

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const weeklyEtlToken = "datalake:index:WeeklyEtl"

// WeeklyEtlArgs says what is transformed, how, and when.
type WeeklyEtlArgs struct {
	// Database, Crawler and Job are what the catalog database, the crawler and the job are called in Glue: the database
	// with lower-case letters, digits and underscores, the others with letters, digits, _ and -, each at most 255. Required.
	Database, Crawler, Job string
	// Source holds the raw messages under SourcePrefix, a folder ending with a slash. Required.
	Source       Bucket
	SourcePrefix string
	// Processed takes the objects of the Table, refused records under QuarantinePrefix, a document a run under
	// MetricsPrefix, and one a failed execution under ErrorsPrefix: folders that do not lie in each other. Required.
	Processed                                     Bucket
	QuarantinePrefix, MetricsPrefix, ErrorsPrefix string
	// Artifacts takes the script and its files under ScriptPrefix, and the job's temporary files under TemporaryPrefix.
	// Whatever lies under either is the job's to read. Required.
	Artifacts                     Bucket
	ScriptPrefix, TemporaryPrefix string
	// Script turns raw messages into the objects of the Table. Required.
	Script Script
	Table  Table
	// MetricNamespace is where CloudWatch gets the figures of each run, such as team/orders: not one of AWS's. Required.
	MetricNamespace string
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
// and a state machine that runs them, notifies the subscribers, and exports what went wrong.
type WeeklyEtl struct {
	pulumi.ResourceState

	// StateMachineARN runs the week; an input {"from": "YYYY-MM-DD", "to": "YYYY-MM-DD"} backfills.
	StateMachineARN pulumi.StringOutput `pulumi:"stateMachineArn"`
	// Timeout ends an execution that takes longer.
	Timeout time.Duration
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
	settings, err := args.check(name, ctx.RootDirectory())
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
		database: settings.Database,
		key:      settings.Operations.Key,
		protect:  settings.Operations.Protect,
		security: security,
	})
	if err != nil {
		return nil, err
	}
	crawler, err := s.crawler(catalog, "crawler", settings.Crawler, false)
	if err != nil {
		return nil, err
	}
	table, err := s.table(settings.Table, settings.Processed, crawler.DatabaseName, settings.Operations.Protect)
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
	workflow.StateMachineARN, workflow.Timeout = machine.Arn, flow.timeout
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

var (
	glueName        = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	metricNamespace = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9/._#-]{0,254}$`)
)

func (a *WeeklyEtlArgs) check(name, project string) (WeeklyEtlArgs, error) {
	if a == nil {
		a = &WeeklyEtlArgs{}
	}
	args := *a
	args.LatenessDays = cmp.Or(args.LatenessDays, 2)
	args.Workers = cmp.Or(args.Workers, 2)
	args.JobTimeout = cmp.Or(args.JobTimeout, time.Hour)
	args.Table.FirstDay = cmp.Or(args.Table.FirstDay, "2020-01-01")
	args.QuarantinedPercent = cmp.Or(args.QuarantinedPercent, 5)
	var faults []error
	fault := func(format string, values ...any) { faults = append(faults, fmt.Errorf(format, values...)) }
	if !catalogName.MatchString(args.Database) {
		fault("Database is %q: %s", args.Database, catalogNameForm)
	}
	for _, name := range []struct{ field, value string }{{"Crawler", args.Crawler}, {"Job", args.Job}} {
		if !glueName.MatchString(name.value) {
			fault("%s is %q: give letters, digits, _ and -, at most 255", name.field, name.value)
		}
	}
	if args.Source.missing() || args.Processed.missing() || args.Artifacts.missing() {
		fault("Source, Processed or Artifacts is missing: give the Name and the ARN of each bucket")
	}
	faults = append(faults,
		checkFolders(folder{"SourcePrefix", args.SourcePrefix}),
		checkFolders(folder{"Table.Prefix", args.Table.Prefix}, folder{"QuarantinePrefix", args.QuarantinePrefix},
			folder{"MetricsPrefix", args.MetricsPrefix}, folder{"ErrorsPrefix", args.ErrorsPrefix}),
		checkFolders(folder{"ScriptPrefix", args.ScriptPrefix}, folder{"TemporaryPrefix", args.TemporaryPrefix}),
		args.Script.check(project), args.Table.check())
	if !metricNamespace.MatchString(args.MetricNamespace) || strings.HasPrefix(args.MetricNamespace, "AWS/") || args.MetricNamespace == "Glue" {
		fault("MetricNamespace is %q: give a namespace of your own such as team/orders, of letters, digits and /._#-, at most 255", args.MetricNamespace)
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
		name:            name,
		poll:            2 * time.Minute,
		jobTimeout:      task,
		timeout:         task + crawlAllowance,
		schedule:        a.Schedule,
		latenessDays:    a.LatenessDays,
		processed:       a.Processed.Name,
		metricsPrefix:   a.MetricsPrefix,
		errorsPrefix:    a.ErrorsPrefix,
		metricsARNs:     a.Processed.Objects(a.MetricsPrefix),
		errorsARNs:      a.Processed.Objects(a.ErrorsPrefix),
		metricNamespace: a.MetricNamespace,
		firstDay:        a.Table.FirstDay,
	}
}

// qualityAlarm is raised when too many records were refused.
func (w *WeeklyEtl) qualityAlarm(s scope, args WeeklyEtlArgs) error {
	return s.alarm("quality", alarm{
		description: pulumi.Sprintf("More than %d %% of the records that %s read were refused. Next: see the records and their reasons under s3://%s/%s",
			args.QuarantinedPercent, s.name, args.Processed.Name, args.QuarantinePrefix),
		namespace:  args.MetricNamespace,
		metric:     quarantinedShare,
		dimensions: pulumi.StringMap{runDimension: pulumi.String(s.name)},
		statistic:  "Maximum",
		threshold:  float64(args.QuarantinedPercent),
	}, args.Operations.Alerts)
}

// folder is a folder of a bucket, and the field that it comes from.
type folder struct{ field, prefix string }

// checkFolders reports which folders of one bucket are none, or lie in each other.
func checkFolders(folders ...folder) error {
	var faults []error
	for i, f := range folders {
		if err := CheckPrefix(f.prefix); err != nil {
			faults = append(faults, fmt.Errorf("%s is %q: %w", f.field, f.prefix, err))
			continue
		}
		for _, other := range folders[:i] {
			if CheckPrefix(other.prefix) == nil && (strings.HasPrefix(f.prefix, other.prefix) || strings.HasPrefix(other.prefix, f.prefix)) {
				faults = append(faults, fmt.Errorf("%s is %q and %s is %q: give folders that do not lie in each other", other.field, other.prefix, f.field, f.prefix))
			}
		}
	}
	return errors.Join(faults...)
}
