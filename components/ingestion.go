package components

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"datalake/asl"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iot"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const ingestionToken = "datalake:index:Ingestion"

// IngestionArgs says which messages go where.
type IngestionArgs struct {
	// RuleName is what the topic rule is called: letters, digits and underscores, at most 128. Required.
	RuleName string
	// TopicFilter is the MQTT topics whose messages are written, such as plant/readings/+: at most eight levels of
	// letters, digits, _ and -, one of them a +. Required.
	TopicFilter string
	// Messages is what descriptions and alarms call the messages, such as "plant readings". Required.
	Messages string
	// Bucket takes the messages, under Prefix, a folder ending with a slash. Required.
	Bucket Bucket
	Prefix string
	// PartitionKey is the partition key that the level of the + is the value of: lower-case letters, digits and
	// underscores, not date. Required.
	PartitionKey string
	// Operations is how the rule is watched. Required.
	Operations Operations
}

// Ingestion writes what is published under an MQTT topic to S3, an object each, where a weekly ETL reads it: in the
// partition of the topic's level and of the date of arrival in UTC, with the arrival in the name. What cannot be written
// is kept in a queue, with an alarm on it.
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
	}, settings.Operations.Key.write()...))
	if err != nil {
		return nil, err
	}
	rule, err := iot.NewTopicRule(s.ctx, s.name+"-rule", &iot.TopicRuleArgs{
		Name:        pulumi.String(settings.RuleName),
		Description: pulumi.String("Writes " + settings.Messages + " to S3, an object each"),
		Enabled:     pulumi.Bool(true),
		Sql:         pulumi.String("SELECT * FROM '" + settings.TopicFilter + "'"),
		SqlVersion:  pulumi.String("2016-03-23"),
		S3: iot.TopicRuleS3Array{&iot.TopicRuleS3Args{
			BucketName: settings.Bucket.Name,
			Key:        pulumi.String(settings.key()),
			RoleArn:    role.Arn,
		}},
		ErrorAction: &iot.TopicRuleErrorActionArgs{Sqs: &iot.TopicRuleErrorActionSqsArgs{
			QueueUrl: queue.Url, RoleArn: role.Arn, UseBase64: pulumi.Bool(false),
		}},
	}, s.child, pulumi.DependsOn([]pulumi.Resource{rolePolicy}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("register the topic rule: %w", err)
	}
	if err := s.alarmOn(queue, "unwritten", strings.ToUpper(settings.Messages[:1])+settings.Messages[1:]+" could not be written to S3",
		"read a message in the queue, which says why, and put that right: each message holds what was sent", settings.Operations.Alerts); err != nil {
		return nil, err
	}
	ingestion.RuleName = rule.Name
	return ingestion, ctx.RegisterResourceOutputs(ingestion, pulumi.Map{"ruleName": ingestion.RuleName})
}

// key names each object after its arrival; two messages of one millisecond differ in the UUID.
func (a IngestionArgs) key() string {
	level := 1 + slices.Index(strings.Split(a.TopicFilter, "/"), "+") // topic() counts from 1
	return fmt.Sprintf(`%s%s=${topic(%d)}/date=${parse_time("yyyy-MM-dd", timestamp())}/${timestamp()}-${newuuid()}.json`, a.Prefix, a.PartitionKey, level)
}

// Levels of a topic: https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
const maxTopicLevels = 8

var (
	ruleName       = regexp.MustCompile(`^[A-Za-z0-9_]{1,128}$`)
	topicFilter    = regexp.MustCompile(`^([A-Za-z0-9_-]+/)*\+(/[A-Za-z0-9_-]+)*$`)
	messagesCalled = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 -]{0,99}$`)
)

func (a *IngestionArgs) check() (IngestionArgs, error) {
	if a == nil {
		a = &IngestionArgs{}
	}
	args := *a
	var faults []error
	fault := func(format string, values ...any) { faults = append(faults, fmt.Errorf(format, values...)) }
	if !ruleName.MatchString(args.RuleName) {
		fault("RuleName is %q: give letters, digits and underscores, at most 128", args.RuleName)
	}
	if !topicFilter.MatchString(args.TopicFilter) || strings.Count(args.TopicFilter, "/") >= maxTopicLevels || len(args.TopicFilter) > 256 {
		fault("TopicFilter is %q: give a topic such as plant/readings/+, at most %d levels of letters, digits, _ and -, one of them a +", args.TopicFilter, maxTopicLevels)
	}
	if !messagesCalled.MatchString(args.Messages) {
		fault("Messages is %q: say what they are, such as plant readings, in at most 100 letters, digits, spaces and hyphens", args.Messages)
	}
	if !catalogName.MatchString(args.PartitionKey) || args.PartitionKey == "date" {
		fault("PartitionKey is %q: %s, and not date, which is the key of the arrival", args.PartitionKey, catalogNameForm)
	}
	if args.Bucket.missing() {
		fault("Bucket is missing: give the Name and the ARN of the bucket that takes the messages")
	}
	if CheckPrefix(args.Prefix) != nil {
		fault("Prefix is %q: %s", args.Prefix, prefixForm)
	}
	faults = append(faults, args.Operations.check())
	return args, errors.Join(faults...)
}
