package components

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"datalake/asl"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/athena"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const athenaReporterToken = "datalake:index:AthenaReporter"

// AthenaReporterArgs says what is reported, from which data, and when.
type AthenaReporterArgs struct {
	// Queries are run side by side. Required, at most 30.
	Queries []Query
	// Database is the catalog database that the queries' table names refer to. Required.
	Database pulumi.StringInput
	// Data holds the tables' objects, under DataPrefix. Required.
	Data Bucket
	// DataPrefix is the folder that the queries may read. Default: the whole bucket.
	DataPrefix string
	// Results takes the query results. Required.
	Results Bucket
	// ResultsPrefix is the folder of the results, ending with a slash. Default: the component's name.
	ResultsPrefix string
	// CutoffBytes ends a query that scans more, from 10,485,760 bytes on. It needs no alarm of its own: the query that it
	// ended is named as failed in the results, and the execution's failure is announced. Default: 10 GiB.
	CutoffBytes int
	// Timeout ends a run that takes longer. Default: 1 hour.
	Timeout time.Duration
	// After is the ARN of the state machine whose success starts the reports; nil for none.
	After pulumi.StringInput
	// Subscribers get the results.
	Subscribers Subscribers
	// Disposable lets the workgroup be deleted with its history. Default: false.
	Disposable bool
	// Operations is how the workflow is watched. Required.
	Operations Operations
}

// Query is one report.
type Query struct {
	// Name is the name of its SQL file without the ending: letters, digits and hyphens, at most 50.
	Name string
	// SQL is the query in Athena's dialect, at most 262,144 bytes.
	SQL string
}

// AthenaReporter runs queries and notifies subscribers of the results: a workgroup with a bytes cut-off, the named
// queries, a results topic, and a state machine that sends one message and one event with all results.
type AthenaReporter struct {
	pulumi.ResourceState

	// StateMachineARN runs the queries.
	StateMachineARN pulumi.StringOutput `pulumi:"stateMachineArn"`
	// WorkgroupName is the Athena workgroup, for queries by hand too.
	WorkgroupName pulumi.StringOutput `pulumi:"workgroupName"`
	// TopicARN is the topic to subscribe to for the results.
	TopicARN pulumi.StringOutput `pulumi:"topicArn"`
	// QueueURL is the queue that the results are kept in; unset where none was asked for.
	QueueURL pulumi.StringOutput
}

// NewAthenaReporter registers the reporter.
func NewAthenaReporter(ctx *pulumi.Context, name string, args *AthenaReporterArgs, opts ...pulumi.ResourceOption) (*AthenaReporter, error) {
	settings, err := args.check(name)
	if err != nil {
		return nil, fmt.Errorf("reporter %q: %w", name, err)
	}
	reporter := &AthenaReporter{}
	s, err := open(ctx, athenaReporterToken, name, reporter, settings.Operations, opts)
	if err != nil {
		return nil, err
	}
	workgroup, err := reporter.workgroup(s, settings)
	if err != nil {
		return nil, err
	}
	if err := reporter.namedQueries(s, settings, workgroup); err != nil {
		return nil, err
	}
	if reporter.TopicARN, reporter.QueueURL, err = s.resultsTopic(settings.Subscribers, settings.Operations); err != nil {
		return nil, err
	}
	machine, err := s.stateMachine(reporter.machine(s, settings, workgroup), settings.Operations, settings.Operations.Key.use()...)
	if err != nil {
		return nil, err
	}
	if err := reporter.triggers(s, machine, settings); err != nil {
		return nil, err
	}
	reporter.StateMachineARN = machine.Arn
	reporter.WorkgroupName = workgroup.Name
	return reporter, ctx.RegisterResourceOutputs(reporter, pulumi.Map{
		"stateMachineArn": reporter.StateMachineARN,
		"workgroupName":   reporter.WorkgroupName,
		"topicArn":        reporter.TopicARN,
	})
}

// Athena's limits, as the provider checks them: https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
const (
	minCutoffBytes = 10_485_760
	maxQueryBytes  = 262_144
	// maxQueries leaves each branch 2,000 of the characters that a message holds.
	maxQueries = 30
)

var queryName = regexp.MustCompile(`^[A-Za-z0-9-]{1,50}$`)

// CheckQueries reports everything that is wrong with the queries of one reporter.
func CheckQueries(queries []Query) error {
	var faults []error
	fault := func(format string, values ...any) { faults = append(faults, fmt.Errorf(format, values...)) }
	if len(queries) == 0 || len(queries) > maxQueries {
		fault("there are %d queries: give 1 to %d", len(queries), maxQueries)
	}
	seen := map[string]bool{}
	for _, query := range queries {
		if !queryName.MatchString(query.Name) || seen[query.Name] {
			fault("query %q: give each query a name of its own, of letters, digits and hyphens, at most 50", query.Name)
		}
		seen[query.Name] = true
		if strings.TrimSpace(query.SQL) == "" || len(query.SQL) > maxQueryBytes {
			fault("query %q has %d bytes of SQL: Athena takes 1 to %d", query.Name, len(query.SQL), maxQueryBytes)
		}
	}
	return errors.Join(faults...)
}

func (a *AthenaReporterArgs) check(name string) (AthenaReporterArgs, error) {
	if a == nil {
		a = &AthenaReporterArgs{}
	}
	args := *a
	args.CutoffBytes = cmp.Or(args.CutoffBytes, 10<<30)
	args.Timeout = cmp.Or(args.Timeout, time.Hour)
	args.ResultsPrefix = cmp.Or(args.ResultsPrefix, name+"/")
	var faults []error
	fault := func(format string, values ...any) { faults = append(faults, fmt.Errorf(format, values...)) }
	if err := CheckQueries(args.Queries); err != nil {
		fault("Queries: %w", err)
	}
	if args.Database == nil {
		fault("Database is missing: give the catalog database that the queries read")
	}
	if args.Data.missing() || args.Results.missing() {
		fault("Data or Results is missing: give the Name and the ARN of the bucket that holds the data, and of the one that takes the results")
	}
	if args.DataPrefix != "" && CheckPrefix(args.DataPrefix) != nil || CheckPrefix(args.ResultsPrefix) != nil {
		fault("DataPrefix is %q and ResultsPrefix is %q: %s", args.DataPrefix, args.ResultsPrefix, prefixForm)
	}
	if args.CutoffBytes < minCutoffBytes {
		fault("CutoffBytes is %d: Athena takes no less than %d", args.CutoffBytes, minCutoffBytes)
	}
	if args.Timeout < time.Minute || args.Timeout%time.Second != 0 {
		fault("Timeout is %s: give whole seconds, at least a minute", args.Timeout)
	}
	faults = append(faults, args.Subscribers.Check(), args.Operations.check())
	if errors.Join(faults...) == nil {
		faults = append(faults, compiles(report{name: name, queries: args.Queries, timeout: args.Timeout}.machine()))
	}
	return args, errors.Join(faults...)
}

func (r *AthenaReporter) workgroup(s scope, args AthenaReporterArgs) (*athena.Workgroup, error) {
	encryption := &athena.WorkgroupConfigurationResultConfigurationEncryptionConfigurationArgs{EncryptionOption: pulumi.String("SSE_S3")}
	if key := args.Operations.Key; key != nil {
		encryption.EncryptionOption = pulumi.String("SSE_KMS")
		encryption.KmsKeyArn = key.arn()
	}
	workgroup, err := athena.NewWorkgroup(s.ctx, s.name+"-workgroup", &athena.WorkgroupArgs{
		Description:  pulumi.String("Reports of " + s.name),
		ForceDestroy: pulumi.Bool(args.Disposable),
		Configuration: &athena.WorkgroupConfigurationArgs{
			EnforceWorkgroupConfiguration:   pulumi.Bool(true),
			PublishCloudwatchMetricsEnabled: pulumi.Bool(true),
			BytesScannedCutoffPerQuery:      pulumi.Int(args.CutoffBytes),
			EngineVersion:                   &athena.WorkgroupConfigurationEngineVersionArgs{SelectedEngineVersion: pulumi.String("Athena engine version 3")},
			ResultConfiguration: &athena.WorkgroupConfigurationResultConfigurationArgs{
				OutputLocation:          args.Results.URI(args.ResultsPrefix),
				EncryptionConfiguration: encryption,
			},
		},
	}, s.child)
	if err != nil {
		return nil, fmt.Errorf("register workgroup %q: %w", s.name+"-workgroup", err)
	}
	return workgroup, nil
}

func (r *AthenaReporter) namedQueries(s scope, args AthenaReporterArgs, workgroup *athena.Workgroup) error {
	for _, query := range args.Queries {
		name := s.name + "-" + query.Name
		if _, err := athena.NewNamedQuery(s.ctx, name, &athena.NamedQueryArgs{
			Name:      pulumi.String(query.Name),
			Database:  args.Database.ToStringOutput(),
			Workgroup: workgroup.ID(),
			Query:     pulumi.String(query.SQL),
		}, s.child); err != nil {
			return fmt.Errorf("register named query %q: %w", name, err)
		}
	}
	return nil
}

// machine is the state machine execute-queries.
func (r *AthenaReporter) machine(s scope, args AthenaReporterArgs, workgroup *athena.Workgroup) asl.Machine {
	return report{
		name:    s.name,
		queries: args.Queries,
		timeout: args.Timeout,
		athena: asl.Query{
			Database:     args.Database,
			Workgroup:    workgroup.Name,
			WorkgroupARN: workgroup.Arn,
			Needs:        queryNeeds(s.account, args),
		},
		results:  args.Results.Objects(args.ResultsPrefix),
		topicARN: r.TopicARN,
		busARN:   s.arn("events", "event-bus/default"),
	}.machine()
}

// queryNeeds is what Athena does with the rights of whoever runs a query.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html
func queryNeeds(a account, args AthenaReporterArgs) []asl.Permission {
	return append(readable(args.Data, args.DataPrefix), []asl.Permission{
		{Actions: []string{"athena:GetDataCatalog"}, Resources: []any{a.arn("athena", "datacatalog/AwsDataCatalog")}},
		{
			Actions:   []string{"glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition"},
			Resources: catalogARNs(a, args.Database.ToStringOutput()),
		},
		// Athena looks at this one too, whichever the query reads.
		{Actions: []string{"glue:GetDatabase"}, Resources: []any{a.arn("glue", "catalog"), a.arn("glue", "database/default")}},
		{
			Actions:   []string{"s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"},
			Resources: []any{args.Results.Objects(args.ResultsPrefix)},
		},
		{
			Actions:   []string{"s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"},
			Resources: []any{args.Results.ARN},
		},
		// Lake Formation knows no resources here.
		{Actions: []string{"lakeformation:GetDataAccess"}, Resources: []any{"*"}},
	}...)
}

func (r *AthenaReporter) triggers(s scope, machine *sfn.StateMachine, args AthenaReporterArgs) error {
	if args.After != nil {
		if err := s.start(machine, trigger{
			description: "Starts " + s.name + " when the data is in the catalog",
			pattern:     executionEnded(args.After.ToStringOutput(), "SUCCEEDED"),
		}, args.Operations); err != nil {
			return err
		}
	}
	return s.notifyOfFailures(machine, args.Operations.Alerts)
}
