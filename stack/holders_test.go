package stack

import (
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// holder is a kind of resource that holds something, which a deletion or a replacement takes away.
type holder struct {
	// kind is what people call it, lost what they lose.
	kind, lost string
	// replacedBy are the inputs whose change replaces it, with what they are where they are left out: nil for a name that
	// Pulumi makes up, and for what AWS chooses.
	replacedBy map[string]any
	// source declares those inputs, each with ForceNew: the file in [providerSource].
	source string
	// empty tells which of the kind hold nothing; nil: none.
	empty func(inputs map[string]any) bool
}

// providerSource is the provider that pulumi-aws 6.83 is generated from.
const providerSource = "https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/"

// holders are the kinds that hold something, by their types.
var holders = map[string]holder{
	bucketType: {
		kind: "S3 bucket", lost: "its objects, in all their versions",
		replacedBy: map[string]any{"bucket": nil, "bucketPrefix": nil, "objectLockEnabled": false},
		source:     "s3/bucket.go",
	},
	keyType: {
		kind: "KMS key", lost: "everything that was encrypted with it: objects, messages and logs that nobody can read again",
		replacedBy: map[string]any{
			"customKeyStoreId": nil, "customerMasterKeySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT", "multiRegion": false, "xksKeyId": nil,
		},
		source: "kms/key.go",
	},
	databaseType: {
		kind: "Glue database", lost: "its tables, those that crawlers and people made included, and the grants on them",
		replacedBy: map[string]any{"catalogId": nil, "name": nil, "targetDatabase": nil},
		source:     "glue/catalog_database.go",
	},
	tableType: {
		kind: "Glue table", lost: "its partitions, the versions of its schema, and the grants on it",
		replacedBy: map[string]any{
			"catalogId": nil, "databaseName": nil, "name": nil, "openTableFormatInput": nil, "partitionIndices": nil, "targetTable": nil,
		},
		source: "glue/catalog_table.go",
	},
	jobType: {
		kind: "Glue job", lost: "the history of its runs, and its bookmarks where it keeps some",
		replacedBy: map[string]any{"name": nil},
		source:     "glue/job.go",
	},
	queueType: {
		kind: "SQS queue", lost: "the messages that nobody has read yet, and its URL, which others may send to",
		replacedBy: map[string]any{"fifoQueue": false, "name": nil, "namePrefix": nil},
		source:     "sqs/queue.go",
	},
	topicType: {
		kind: "SNS topic", lost: "the subscriptions that people made and confirmed by themselves, and its ARN, which others may know",
		replacedBy: map[string]any{"fifoTopic": false, "name": nil, "namePrefix": nil},
		source:     "sns/topic.go",
	},
	subscriptionType: {
		kind: "SNS subscription", lost: "its confirmation: nothing is sent until its owner confirms again",
		replacedBy: map[string]any{"endpoint": nil, "protocol": nil, "topic": nil},
		source:     "sns/topic_subscription.go",
		empty: func(inputs map[string]any) bool { // these need no confirmation
			return slices.Contains([]any{"sqs", "lambda", "firehose", "application", "sms"}, inputs["protocol"])
		},
	},
	workgroupType: {
		kind: "Athena workgroup", lost: "the history of its queries, and the queries that people saved in it",
		replacedBy: map[string]any{"name": nil},
		source:     "athena/workgroup.go",
	},
	logGroupType: {
		kind: "log group", lost: "its log, back to the first day that it keeps",
		replacedBy: map[string]any{"logGroupClass": "STANDARD", "name": nil, "namePrefix": nil},
		source:     "logs/group.go",
	},
	machineType: {
		kind: "state machine", lost: "the history of its executions, and the executions that run",
		replacedBy: map[string]any{"name": nil, "namePrefix": nil, "type": "STANDARD"},
		source:     "sfn/state_machine.go",
		empty: func(inputs map[string]any) bool { // an Express one has its history in its log group
			return inputs["type"] == "EXPRESS"
		},
	},
}

// holdNothing are the kinds that the program can make anew as they were, with the reason.
var holdNothing = map[string]string{
	namedQueryType:    "its text is in stack/queries; it is replaced with every change of it",
	ruleType:          "all of it is in the program",
	targetType:        "all of it is in the program; what could not be delivered is in a queue",
	dashboardType:     "all of it is in the program; its metrics are CloudWatch's",
	alarmType:         "all of it is in the program; CloudWatch keeps an alarm's history without it",
	crawlerType:       "what it found is in the database; a new one crawls everything once",
	securityType:      "all of it is in the program; what was encrypted needs the key alone",
	topicRuleType:     "all of it is in the program; the messages are in the bucket",
	roleType:          "all of it is in the program",
	rolePolicyType:    "all of it is in the program",
	policyType:        "all of it is in the program; who it is attached to, the account's owner decides",
	objectType:        "its file is in this repository",
	lifecycleType:     "a setting of a bucket",
	loggingType:       "a setting of a bucket",
	notificationType:  "a setting of a bucket",
	ownershipType:     "a setting of a bucket",
	bucketPolicyType:  "a setting of a bucket",
	publicAccessType:  "a setting of a bucket",
	sseType:           "a setting of a bucket; objects stay encrypted as they were written",
	versioningType:    "a setting of a bucket; versions stay when it is suspended",
	topicPolicyType:   "a setting of a topic",
	queuePolicyType:   "a setting of a queue",
	vpcType:           "a network",
	securityGroupType: "a network's",
	endpointType:      "a network's",
	connectionType:    "all of it is in the program",
	"datalake:index:": "a component: what it holds is in its children",
}

// judged tells whether a kind is known to hold something, or to hold nothing.
func judged(kind string) bool {
	if strings.HasPrefix(kind, "datalake:index:") {
		kind = "datalake:index:"
	}
	_, holds := holders[kind]
	_, holdsNothing := holdNothing[kind]
	return holds != holdsNothing
}

func TestEveryKindHoldsSomethingOrNothing(t *testing.T) {
	kinds := slices.Concat(judgedTypes, slices.Collect(maps.Keys(holders)), slices.Collect(maps.Keys(holdNothing)))
	for _, stack := range []string{"dev", "prod"} {
		for _, r := range deploy(t, stack).Resources {
			kinds = append(kinds, r.Type)
		}
	}
	slices.Sort(kinds)
	for _, kind := range slices.Compact(kinds) {
		if !judged(kind) {
			t.Errorf("%s: say in stack/holders_test.go, once, what people lose with it and what replaces it (holders), or why they lose nothing (holdNothing)", kind)
		}
	}
	require.False(t, judged("aws:dynamodb/table:Table"), "a kind that is new")
}

// The provider's SDK has every input that is said to replace something; the schema that says so is not in it.
func TestWhatReplacesAHolderIsAnInput(t *testing.T) {
	for kind, h := range holders {
		require.NotEmpty(t, h.kind, kind)
		require.NotEmpty(t, h.lost, kind)
		require.Regexp(t, `^[a-z0-9]+/[a-z_]+\.go$`, h.source, kind)
		module, class, _ := strings.Cut(strings.TrimPrefix(kind, "aws:"), ":")
		arguments := providerSDK().read(filepath.Join(filepath.Dir(module), filepath.Base(module)+".go"))[strings.ToLower(class[:1])+class[1:]+"Args"]
		require.NotNil(t, arguments, kind)
		var inputs []string
		for _, field := range arguments.Fields.List {
			inputs = append(inputs, reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("pulumi"))
		}
		require.NotEmpty(t, h.replacedBy, kind)
		require.Subset(t, inputs, slices.Collect(maps.Keys(h.replacedBy)), kind)
	}
}
