package components

import (
	"errors"
	"fmt"

	"datalake/asl"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const analystPolicyToken = "datalake:index:AnalystPolicy"

// AnalystPolicyArgs says what people may query, and where.
type AnalystPolicyArgs struct {
	// Workgroup is the name of the Athena workgroup that they query in, which enforces where results go. Required.
	Workgroup pulumi.StringInput
	// Results takes the workgroup's results, under ResultsPrefix, a folder ending with a slash. Required.
	Results       Bucket
	ResultsPrefix string
	// Datasets are what they may read. Required.
	Datasets []AnalystDataset
	// Key encrypts the datasets and the results; nil where AWS manages the keys.
	Key *Key
	// Path is where the policy is among the account's, such as /datalake/. Default: /.
	Path string
}

// AnalystDataset is a dataset that people may read.
type AnalystDataset struct {
	// Database is the catalog database, and Table the one table of it; nil for every table that it has.
	Database, Table pulumi.StringInput
	// Bucket holds the tables' objects, under Prefix, a folder ending with a slash.
	Bucket Bucket
	Prefix string
}

// AnalystPolicy is a managed IAM policy for people who query by hand: they read what the datasets hold through one
// workgroup and keep their results there, and may do nothing else. Whoever looks after people's permissions attaches it.
type AnalystPolicy struct {
	pulumi.ResourceState

	// ARN is the policy's ARN.
	ARN pulumi.StringOutput `pulumi:"arn"`
}

// NewAnalystPolicy registers the policy. One that is longer than IAM takes fails when the names in it are known: at
// about fifteen datasets.
func NewAnalystPolicy(ctx *pulumi.Context, name string, args *AnalystPolicyArgs, opts ...pulumi.ResourceOption) (*AnalystPolicy, error) {
	settings, err := args.check()
	if err != nil {
		return nil, fmt.Errorf("analyst policy %q: %w", name, err)
	}
	analysts := &AnalystPolicy{}
	s, err := open(ctx, analystPolicyToken, name, analysts, Operations{}, opts)
	if err != nil {
		return nil, err
	}
	policy, err := iam.NewPolicy(s.ctx, name+"-policy", &iam.PolicyArgs{
		Description: pulumi.String("Queries by hand of what the data lake's datasets hold"),
		Path:        optional(settings.Path),
		Policy: renderPermissions(analystNeeds(s.account, settings)).ApplyT(func(document string) (string, error) {
			return document, checkPolicySize(document)
		}).(pulumi.StringOutput),
	}, s.child)
	if err != nil {
		return nil, fmt.Errorf("register policy %q: %w", name+"-policy", err)
	}
	analysts.ARN = policy.Arn
	return analysts, ctx.RegisterResourceOutputs(analysts, pulumi.Map{"arn": analysts.ARN})
}

func (a *AnalystPolicyArgs) check() (AnalystPolicyArgs, error) {
	if a == nil {
		a = &AnalystPolicyArgs{}
	}
	args := *a
	var faults []error
	fault := func(format string, values ...any) { faults = append(faults, fmt.Errorf(format, values...)) }
	if args.Workgroup == nil {
		fault("Workgroup is missing: give the name of the workgroup that people query in")
	}
	if args.Results.missing() {
		fault("Results is missing: give the Name and the ARN of the bucket that takes the results")
	}
	if CheckPrefix(args.ResultsPrefix) != nil {
		fault("ResultsPrefix is %q: %s", args.ResultsPrefix, prefixForm)
	}
	if len(args.Datasets) == 0 {
		fault("Datasets is empty: give at least one that people may read")
	}
	for i, dataset := range args.Datasets {
		if dataset.Database == nil {
			fault("Datasets[%d].Database is missing: give the catalog database of its tables", i)
		}
		if dataset.Bucket.missing() {
			fault("Datasets[%d].Bucket is missing: give the Name and the ARN of the bucket that holds its objects", i)
		}
		if CheckPrefix(dataset.Prefix) != nil {
			fault("Datasets[%d].Prefix is %q: %s", i, dataset.Prefix, prefixForm)
		}
	}
	if args.Path != "" {
		if err := CheckRolePath(args.Path); err != nil {
			fault("Path is %q: %w", args.Path, err)
		}
	}
	return args, errors.Join(faults...)
}

// analystNeeds is what the console, drivers and notebooks call for someone who queries, and what Athena does with that
// person's rights.
//
// https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena.html
// https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
func analystNeeds(a account, args AnalystPolicyArgs) []asl.Permission {
	needs := []asl.Permission{
		{
			Actions: []string{
				"athena:GetWorkGroup", "athena:StartQueryExecution", "athena:StopQueryExecution",
				"athena:GetQueryExecution", "athena:BatchGetQueryExecution", "athena:ListQueryExecutions",
				"athena:GetQueryResults", "athena:GetQueryResultsStream", "athena:GetQueryRuntimeStatistics",
				"athena:ListNamedQueries", "athena:GetNamedQuery", "athena:BatchGetNamedQuery",
			},
			Resources: []any{pulumi.Sprintf("%s/%s", a.arn("athena", "workgroup"), args.Workgroup)},
		},
		// The console's lists know no resources.
		{Actions: []string{"athena:ListWorkGroups", "athena:ListDataCatalogs"}, Resources: []any{"*"}},
		{
			Actions: []string{
				"athena:GetDataCatalog", "athena:ListDatabases", "athena:GetDatabase", "athena:ListTableMetadata", "athena:GetTableMetadata",
			},
			Resources: []any{a.arn("athena", "datacatalog/AwsDataCatalog")},
		},
		// Athena looks at this one too, whichever the query reads.
		{Actions: []string{"glue:GetDatabase"}, Resources: []any{a.arn("glue", "catalog"), a.arn("glue", "database/default")}},
		onObjects(args.Results, args.ResultsPrefix, "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"),
		listable(args.Results, args.ResultsPrefix),
		// Of uploads in progress, S3 tells all of the bucket's.
		{Actions: []string{"s3:GetBucketLocation", "s3:ListBucketMultipartUploads"}, Resources: []any{args.Results.ARN}},
		// Lake Formation knows no resources here.
		{Actions: []string{"lakeformation:GetDataAccess"}, Resources: []any{"*"}},
	}
	tables := asl.Permission{Actions: []string{
		"glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables", "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition",
	}}
	objects := asl.Permission{Actions: []string{"s3:GetObject"}}
	prefixes := map[Bucket][]any{}
	var buckets []Bucket
	for _, dataset := range args.Datasets {
		database := dataset.Database.ToStringOutput()
		if dataset.Table != nil {
			tables.Resources = append(tables.Resources, tableARNs(a, database, dataset.Table.ToStringOutput())...)
		} else {
			tables.Resources = append(tables.Resources, catalogARNs(a, database)...)
		}
		objects.Resources = append(objects.Resources, dataset.Bucket.Objects(dataset.Prefix))
		if prefixes[dataset.Bucket] == nil {
			buckets = append(buckets, dataset.Bucket)
		}
		prefixes[dataset.Bucket] = append(prefixes[dataset.Bucket], dataset.Prefix+"*")
	}
	needs = append(needs, tables, objects)
	for _, bucket := range buckets {
		needs = append(needs,
			asl.Permission{
				Actions:   []string{"s3:ListBucket"},
				Resources: []any{bucket.ARN},
				Condition: map[string]any{"StringLike": map[string]any{"s3:prefix": prefixes[bucket]}},
			},
			asl.Permission{Actions: []string{"s3:GetBucketLocation"}, Resources: []any{bucket.ARN}},
		)
	}
	return append(needs, args.Key.use()...)
}

// maxPolicySize is what IAM takes of a managed policy, in characters without white space, of which ours have none.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const maxPolicySize = 6144

func checkPolicySize(document string) error {
	if len(document) > maxPolicySize {
		return fmt.Errorf("the policy for analysts has %d characters, and IAM takes %d: give it fewer datasets, and write a policy of your own for the rest", len(document), maxPolicySize)
	}
	return nil
}
