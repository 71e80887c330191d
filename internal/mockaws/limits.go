package mockaws

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// length is a text that AWS refuses where it has more characters than most.
type length struct {
	token, input string
	most         int
	// parameter is what the API calls the input, and code its error's. Most services refuse in the same words.
	parameter, code string
}

// lengths are those of the services' models, and so of their pages of an API's operation, such as
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
var lengths = []length{
	{"aws:athena/namedQuery:NamedQuery", "name", 128, "name", "InvalidRequestException"},
	{"aws:athena/namedQuery:NamedQuery", "description", 1024, "description", "InvalidRequestException"},
	{"aws:athena/namedQuery:NamedQuery", "query", 262_144, "queryString", "InvalidRequestException"},
	{"aws:athena/workgroup:Workgroup", "name", 128, "name", "InvalidRequestException"},
	{"aws:athena/workgroup:Workgroup", "description", 1024, "description", "InvalidRequestException"},
	{"aws:cloudwatch/eventRule:EventRule", "name", 64, "name", "ValidationException"},
	{"aws:cloudwatch/eventRule:EventRule", "description", 512, "description", "ValidationException"},
	{"aws:cloudwatch/eventRule:EventRule", "scheduleExpression", 256, "scheduleExpression", "ValidationException"},
	{"aws:cloudwatch/eventTarget:EventTarget", "input", 8192, "targets.1.member.input", "ValidationException"},
	{"aws:cloudwatch/logGroup:LogGroup", "name", 512, "logGroupName", "InvalidParameterException"},
	{"aws:cloudwatch/metricAlarm:MetricAlarm", "name", 255, "alarmName", "ValidationError"},
	{"aws:cloudwatch/metricAlarm:MetricAlarm", "alarmDescription", 1024, "alarmDescription", "ValidationError"},
	{"aws:glue/catalogDatabase:CatalogDatabase", "name", 255, "databaseInput.name", "ValidationException"},
	{"aws:glue/catalogTable:CatalogTable", "name", 255, "tableInput.name", "ValidationException"},
	{"aws:glue/crawler:Crawler", "name", 255, "name", "ValidationException"},
	{"aws:glue/job:Job", "name", 255, "name", "ValidationException"},
	{"aws:iam/policy:Policy", "name", 128, "policyName", "ValidationError"},
	{"aws:iam/role:Role", "name", 64, "roleName", "ValidationError"},
	{"aws:iam/role:Role", "description", 1000, "description", "ValidationError"},
	{"aws:iot/topicRule:TopicRule", "name", 128, "ruleName", "InvalidRequestException"},
	{"aws:sfn/stateMachine:StateMachine", "definition", 1_048_576, "definition", "ValidationException"},
	{"aws:sfn/stateMachine:StateMachine", "name", 80, "name", "ValidationException"},
}

// quota is a size or a number, summed over registrations, that AWS refuses where it is greater than most.
type quota struct {
	token string
	most  int
	// measure is what a registration adds, and to what: empty where each is for itself.
	measure func(r Resource) (sum int, to string)
	// refusal is AWS's error, in which %s is what the sum is of.
	refusal string
}

// quotas are those that are no length of a model. Whose words no page has, such as those of a key's policy, has its code alone
// from AWS.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html
// https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-quotas.html
// https://docs.aws.amazon.com/general/latest/gr/sns.html
var quotas = []quota{
	{"aws:cloudwatch/eventRule:EventRule", 2048, input("eventPattern", utf8.RuneCountInString), `"event_pattern" cannot be longer than 2048 characters`}, // the provider's
	{
		"aws:cloudwatch/eventTarget:EventTarget", 5, func(r Resource) (int, string) { return 1, text(r.Inputs, "rule") },
		"LimitExceededException: The requested resource exceeds the maximum number allowed.",
	},
	{"aws:iam/policy:Policy", 6144, input("policy", withoutSpace), "LimitExceeded: Cannot exceed quota for PolicySize: 6144"},
	{"aws:iam/role:Role", 2048, input("assumeRolePolicy", withoutSpace), "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048"},
	{
		"aws:iam/rolePolicy:RolePolicy", 10_240, func(r Resource) (int, string) {
			return withoutSpace(text(r.Inputs, "policy")), text(r.Inputs, "role")
		}, "LimitExceeded: Maximum policy size of 10240 bytes exceeded for role %s",
	},
	{"aws:kms/key:Key", 32_768, input("policy", bytes), "LimitExceededException: The key policy has more than 32768 bytes."},
	{"aws:s3/bucketPolicy:BucketPolicy", 20_480, input("policy", bytes), "PolicyTooLarge: Policy exceeds the maximum allowed document size."},
	{"aws:s3/bucketV2:BucketV2", 63, name, "InvalidBucketName: The specified bucket is not valid."},
	{"aws:sns/topic:Topic", 256, name, "InvalidParameter: Invalid parameter: Topic Name"},
	{"aws:sns/topicPolicy:TopicPolicy", 30_720, input("policy", bytes), "InvalidParameter: Invalid parameter: The policy has more than 30720 bytes."},
	{"aws:sqs/queue:Queue", 80, name, "InvalidParameterValue: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"},
	{"aws:sqs/queuePolicy:QueuePolicy", 8192, input("policy", bytes), "InvalidAttributeValue: Invalid value for the parameter Policy."},
}

// exceeded is AWS's error where a registration exceeds a limit, which a deployment would meet in its middle. What is unknown is
// not measured. The lock is held.
func (c *cloud) exceeded(r Resource) error {
	var exceeded []error
	for _, l := range lengths {
		value := text(r.Inputs, l.input)
		if l.input == "name" {
			value = text(r.Outputs, l.input) // with what Pulumi adds to it
		}
		if l.token == r.Type && utf8.RuneCountInString(value) > l.most {
			exceeded = append(exceeded, fmt.Errorf("%s: 1 validation error detected: Value '%.40s…' at '%s' failed to satisfy constraint: Member must have length less than or equal to %d",
				l.code, value, l.parameter, l.most))
		}
	}
	for _, q := range quotas {
		if q.token != r.Type {
			continue
		}
		sum, to := q.measure(r)
		if to == Unknown {
			continue
		}
		if to != "" {
			key := r.Type + to
			c.sums[key] += sum
			sum = c.sums[key]
		}
		if sum > q.most {
			exceeded = append(exceeded, errors.New(strings.ReplaceAll(q.refusal, "%s", to)))
		}
	}
	if len(exceeded) == 0 {
		return nil
	}
	return fmt.Errorf("create %s %q: %w", r.Type, r.Name, errors.Join(exceeded...))
}

func text(properties map[string]any, name string) string {
	value, _ := properties[name].(string)
	return value
}

// input measures one of the inputs.
func input(name string, count func(string) int) func(Resource) (int, string) {
	return func(r Resource) (int, string) { return count(text(r.Inputs, name)), "" }
}

// name measures the name with what Pulumi adds to it.
func name(r Resource) (int, string) { return len(text(r.Outputs, "name")), "" }

func bytes(text string) int { return len(text) }

// withoutSpace counts as IAM does.
func withoutSpace(text string) (count int) {
	for _, r := range text {
		if !unicode.IsSpace(r) {
			count++
		}
	}
	return count
}
