package components

import (
	"errors"
	"fmt"

	"datalake/asl"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iot"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const ingestionToken = "datalake:index:Ingestion"

// IngestionArgs says where devices' messages go.
type IngestionArgs struct {
	// Suffix tells the stack's rule name from others': lower-case letters, digits and underscores. Required.
	Suffix string
	// Bucket takes the messages, under Prefix, a folder ending with a slash. Required.
	Bucket Bucket
	Prefix string
	// Operations is how the rule is watched. Required.
	Operations Operations
}

// Ingestion writes what devices publish under weatherPlatform/telemetry/{location} to S3, an object each, where a weekly
// ETL reads it: in the partition of its location and of its date of arrival in UTC, with the arrival in the name. What
// cannot be written is kept in a queue, with an alarm on it.
type Ingestion struct {
	pulumi.ResourceState

	// RuleName is the IoT topic rule.
	RuleName pulumi.StringOutput `pulumi:"ruleName"`
}

// NewIngestion registers the rule, its role and its queue.
func NewIngestion(ctx *pulumi.Context, name string, args *IngestionArgs, opts ...pulumi.ResourceOption) (*Ingestion, error) {
	settings, err := args.check()
	if err != nil {
		return nil, fmt.Errorf("ingestion %q: %w", name, err)
	}
	ingestion := &Ingestion{}
	s, err := open(ctx, ingestionToken, name, ingestion, settings.Operations, opts)
	if err != nil {
		return nil, err
	}
	queue, _, err := s.queue("unwritten", "", pulumi.StringOutput{}, nil)
	if err != nil {
		return nil, err
	}
	role, rolePolicy, err := s.role("role", "iot.amazonaws.com", s.sourceAccount(), append([]asl.Permission{
		{Actions: []string{"s3:PutObject"}, Resources: []any{settings.Bucket.Objects(settings.Prefix)}},
		{Actions: []string{"sqs:SendMessage"}, Resources: []any{queue.Arn}},
	}, settings.Operations.Key.use()...))
	if err != nil {
		return nil, err
	}
	rule, err := iot.NewTopicRule(s.ctx, s.name+"-rule", &iot.TopicRuleArgs{
		Name:        pulumi.String("weather_ingestion_" + settings.Suffix),
		Description: pulumi.String("Writes weather messages to S3, an object each"),
		Enabled:     pulumi.Bool(true),
		Sql:         pulumi.String("SELECT * FROM 'weatherPlatform/telemetry/+'"),
		SqlVersion:  pulumi.String("2016-03-23"),
		S3: iot.TopicRuleS3Array{&iot.TopicRuleS3Args{
			BucketName: settings.Bucket.Name,
			// The arrival names the object; two messages of one millisecond differ in the UUID.
			Key:     pulumi.String(settings.Prefix + `location=${topic(3)}/date=${parse_time("yyyy-MM-dd", timestamp())}/${timestamp()}-${newuuid()}.json`),
			RoleArn: role.Arn,
		}},
		ErrorAction: &iot.TopicRuleErrorActionArgs{Sqs: &iot.TopicRuleErrorActionSqsArgs{
			QueueUrl: queue.Url, RoleArn: role.Arn, UseBase64: pulumi.Bool(false),
		}},
	}, s.child, pulumi.DependsOn([]pulumi.Resource{rolePolicy}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("register the topic rule: %w", err)
	}
	if err := s.alarmOn(queue, "unwritten", "Weather messages could not be written: see the queue", settings.Operations.Alerts.TopicARN); err != nil {
		return nil, err
	}
	ingestion.RuleName = rule.Name
	return ingestion, ctx.RegisterResourceOutputs(ingestion, pulumi.Map{"ruleName": ingestion.RuleName})
}

func (a *IngestionArgs) check() (IngestionArgs, error) {
	if a == nil {
		a = &IngestionArgs{}
	}
	args := *a
	var faults []error
	fault := func(format string, values ...any) { faults = append(faults, fmt.Errorf(format, values...)) }
	if !suffixForm.MatchString(args.Suffix) {
		fault("Suffix is %q: give lower-case letters, digits and underscores, at most 64", args.Suffix)
	}
	if args.Bucket.missing() {
		fault("Bucket is missing: give the Name and the ARN of the bucket that takes the messages")
	}
	if !folderPrefix.MatchString(args.Prefix) {
		fault("Prefix is %q: %s", args.Prefix, prefixForm)
	}
	faults = append(faults, args.Operations.check())
	return args, errors.Join(faults...)
}
