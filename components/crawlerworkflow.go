package components

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"time"

	"datalake/asl"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const crawlerWorkflowToken = "datalake:index:CrawlerWorkflow"

// CrawlerWorkflowArgs says what is crawled, into what, and when.
type CrawlerWorkflowArgs struct {
	// Bucket holds the dataset. Required.
	Bucket Bucket
	// Prefix is the dataset's folder in the bucket, ending with a slash. Its last part names the table. Required.
	Prefix string
	// Database is the name of the catalog database to create: lower-case letters, digits and underscores. Required.
	Database string
	// CrawlEverything reads the whole dataset each time. Default: new folders only, so that a crawl stays as cheap as
	// what was added; changes inside a folder that is known, and columns that are new, are not noticed then.
	CrawlEverything bool
	// FullCrawl starts a crawl of everything beside those of new folders; nil for none. Excludes CrawlEverything.
	FullCrawl *Schedule
	// Poll is the time between two looks at a running crawl, in whole seconds. Default: 30 seconds.
	Poll time.Duration
	// Timeout ends a run that takes longer, waiting for other crawls included. Default: 2 hours.
	Timeout time.Duration
	// Schedule starts the crawl; nil for none. A daily one has an alarm for a day without a success.
	Schedule *Schedule
	// OnArrival starts the crawl when an object whose name ends in _SUCCESS arrives under the Prefix: whoever loads data
	// writes one when all of it is there. The bucket must send its events to EventBridge. Excludes a Schedule. Default: false.
	OnArrival bool
	// Operations is how the workflow is watched. Required.
	Operations Operations
}

// CrawlerWorkflow keeps a Glue catalog in step with a dataset: a database, a crawler of new folders and one of
// everything, and a state machine that succeeds only when a crawl that it started itself has succeeded.
type CrawlerWorkflow struct {
	pulumi.ResourceState

	// StateMachineARN runs a crawl and waits for it; with the input {"full": true}, one that reads everything.
	StateMachineARN pulumi.StringOutput `pulumi:"stateMachineArn"`
	// Timeout ends an execution that takes longer.
	Timeout time.Duration
	// DatabaseName is the catalog database.
	DatabaseName pulumi.StringOutput `pulumi:"databaseName"`
	// CrawlerName is the Glue crawler.
	CrawlerName pulumi.StringOutput `pulumi:"crawlerName"`
}

// NewCrawlerWorkflow registers the workflow.
func NewCrawlerWorkflow(ctx *pulumi.Context, name string, args *CrawlerWorkflowArgs, opts ...pulumi.ResourceOption) (*CrawlerWorkflow, error) {
	settings, err := args.check()
	if err != nil {
		return nil, fmt.Errorf("crawler workflow %q: %w", name, err)
	}
	workflow := &CrawlerWorkflow{}
	s, err := open(ctx, crawlerWorkflowToken, name, workflow, settings.Operations, opts)
	if err != nil {
		return nil, err
	}
	security, err := s.security(settings.Operations.Key)
	if err != nil {
		return nil, err
	}
	catalog, err := s.catalog(catalogArgs{
		bucket:   settings.Bucket,
		prefix:   settings.Prefix,
		database: settings.Database,
		key:      settings.Operations.Key,
		protect:  settings.Operations.Protect,
		security: security,
	})
	if err != nil {
		return nil, err
	}
	crawler, err := s.crawler(catalog, "crawler", "", settings.CrawlEverything)
	if err != nil {
		return nil, err
	}
	full := crawler
	if !settings.CrawlEverything {
		if full, err = s.crawler(catalog, "full-crawler", "", true); err != nil {
			return nil, err
		}
	}
	machine, err := s.stateMachine(crawlMachine(crawlers{
		usual: crawler.Name, full: full.Name, arns: []any{crawler.Arn, full.Arn},
	}, settings), settings.Operations)
	if err != nil {
		return nil, err
	}
	if err := workflow.triggers(s, machine, settings); err != nil {
		return nil, err
	}
	workflow.StateMachineARN, workflow.Timeout = machine.Arn, settings.Timeout
	workflow.DatabaseName = crawler.DatabaseName
	workflow.CrawlerName = crawler.Name
	return workflow, ctx.RegisterResourceOutputs(workflow, pulumi.Map{
		"stateMachineArn": workflow.StateMachineARN,
		"databaseName":    workflow.DatabaseName,
		"crawlerName":     workflow.CrawlerName,
	})
}

// A poll is about nine events of an execution's 25,000.
const eventsPerPoll, maxEvents = 9, 25_000

// prefixForm says what a prefix is: its names become parts of expressions and patterns, and all of it one of a rule's
// description, which has at most 512 characters.
//
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
const (
	maxPrefix  = 400
	prefixForm = "give a folder such as data/daily-summaries/: names of letters, digits and !_.=-, each followed by a slash, at most 400 characters"
)

var (
	catalogName  = regexp.MustCompile(`^[a-z0-9_]{1,255}$`)
	folderPrefix = regexp.MustCompile(`^(\.*[A-Za-z0-9!_=-][A-Za-z0-9!_.=-]*/)+$`)
)

// CheckPrefix reports what is wrong with a folder of a bucket as components take it, if anything.
func CheckPrefix(prefix string) error {
	if !folderPrefix.MatchString(prefix) || len(prefix) > maxPrefix {
		return errors.New(prefixForm)
	}
	return nil
}

func (a *CrawlerWorkflowArgs) check() (CrawlerWorkflowArgs, error) {
	if a == nil {
		a = &CrawlerWorkflowArgs{}
	}
	args := *a
	args.Poll = cmp.Or(args.Poll, 30*time.Second)
	args.Timeout = cmp.Or(args.Timeout, 2*time.Hour)
	var faults []error
	fault := func(format string, values ...any) { faults = append(faults, fmt.Errorf(format, values...)) }
	if args.Bucket.missing() {
		fault("Bucket is missing: give the Name and the ARN of the bucket that holds the dataset")
	}
	if err := CheckPrefix(args.Prefix); err != nil {
		fault("Prefix is %q: %w", args.Prefix, err)
	}
	if !catalogName.MatchString(args.Database) {
		fault("Database is %q: give lower-case letters, digits and underscores, at most 255", args.Database)
	}
	if args.Poll < time.Second || args.Poll%time.Second != 0 || args.Timeout < args.Poll || args.Timeout%time.Second != 0 {
		fault("Poll is %s and Timeout is %s: both are whole seconds, and the Timeout is the longer one", args.Poll, args.Timeout)
	} else if args.Timeout/args.Poll*eventsPerPoll > maxEvents {
		fault("Poll is %s and Timeout is %s: an execution's history holds %d events, about %d polls", args.Poll, args.Timeout, maxEvents, maxEvents/eventsPerPoll)
	}
	if args.Schedule != nil {
		if err := args.Schedule.Check(); err != nil {
			fault("Schedule: %w", err)
		}
		if args.OnArrival {
			fault("Schedule and OnArrival are both set: they exclude each other, choose one")
		}
	}
	if args.FullCrawl != nil {
		if err := args.FullCrawl.Check(); err != nil {
			fault("FullCrawl: %w", err)
		}
		if args.CrawlEverything {
			fault("FullCrawl and CrawlEverything are both set: each crawl is a full one, choose one")
		}
	}
	faults = append(faults, args.Operations.check())
	if errors.Join(faults...) == nil {
		faults = append(faults, compiles(crawlMachine(crawlers{}, args)))
	}
	return args, errors.Join(faults...)
}

// crawlers are the names of those that a crawl may run: the usual one, and the one that reads everything.
type crawlers struct {
	usual, full any
	arns        []any
}

// crawlMachine is the state machine crawl-dataset.
func crawlMachine(crawlers crawlers, args CrawlerWorkflowArgs) asl.Machine {
	crawl := crawl{
		crawler:   asl.JSONata(`$crawler`),
		arns:      crawlers.arns,
		poll:      args.Poll,
		succeeded: "See what it changed",
		failed:    "The crawl failed",
	}
	flow := asl.Flow{
		asl.Choice{
			Name: "What is to be read?",
			Rules: []asl.Rule{
				{
					Comment: "full is unsound",
					If:      `$exists($states.input.full) ? $type($states.input.full) != 'boolean' : false`,
					Next:    "Refuse the input",
				},
				{Comment: "everything", If: `$states.input.full = true`, Next: "Take the crawler of everything"},
			},
			Otherwise: "Take the usual crawler",
		},
		asl.Fail{Name: "Refuse the input", Error: "InvalidInput", Cause: `full is true for a crawl that reads everything, or false, or left out.`},
		asl.Pass{Name: "Take the crawler of everything", Assign: map[string]any{"crawler": crawlers.full}, Next: "Look at the crawler"},
		asl.Pass{Name: "Take the usual crawler", Assign: map[string]any{"crawler": crawlers.usual}},
	}
	return asl.Machine{
		Comment: "Runs a crawl of " + args.Prefix + " and waits until its data is in the catalog",
		Timeout: args.Timeout,
		Flow: append(append(flow, crawl.flow()...),
			crawl.changes("See what it changed", "The data is in the catalog"),
			asl.Succeed{Name: "The data is in the catalog"},
			asl.Fail{
				Name:  "The crawl failed",
				Error: asl.JSONata(`$states.input.Error`),
				Cause: asl.JSONata(`$states.input.Cause`),
			},
		),
	}
}

func (w *CrawlerWorkflow) triggers(s scope, machine *sfn.StateMachine, args CrawlerWorkflowArgs) error {
	if args.FullCrawl != nil {
		if err := s.start(machine, trigger{
			prefix:      "full-",
			description: fmt.Sprintf("Starts a crawl of everything by %s: %s", s.name, args.FullCrawl),
			cron:        args.FullCrawl.Cron(),
			input:       map[string]any{"full": true},
		}, args.Operations); err != nil {
			return err
		}
	}
	if args.Schedule != nil {
		if err := s.start(machine, trigger{
			description: fmt.Sprintf("Starts %s: %s", s.name, args.Schedule),
			cron:        args.Schedule.Cron(),
		}, args.Operations); err != nil {
			return err
		}
	}
	if args.OnArrival {
		if err := s.start(machine, trigger{
			description: fmt.Sprintf("Starts %s when _SUCCESS arrives under %s", s.name, args.Prefix),
			pattern:     arrival(args.Bucket.Name, args.Prefix),
		}, args.Operations); err != nil {
			return err
		}
	}
	if args.Schedule.daily() || args.FullCrawl.daily() {
		if err := s.alarmOnNoSuccess(machine, args.Operations.Alerts); err != nil {
			return err
		}
	}
	return s.notifyOfFailures(machine, args.Operations.Alerts)
}

// arrival is the pattern of a _SUCCESS under a prefix. Both ends of the key are asked for by one wildcard: a list of a
// prefix and a suffix would match either.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
func arrival(bucket any, prefix string) map[string]any {
	return map[string]any{
		"source":      []any{"aws.s3"},
		"detail-type": []any{"Object Created"},
		"detail": map[string]any{
			"bucket": map[string]any{"name": []any{bucket}},
			"object": map[string]any{"key": []any{map[string]any{"wildcard": prefix + "*_SUCCESS"}}},
		},
	}
}
