package engine

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalake/internal/mockaws"
	"datalake/local/access"
	"datalake/local/policy"

	"github.com/stretchr/testify/require"
)

var judgeFile = filepath.Join("..", "policy", "judge.mjs")

// encrypted are settings under which everything that there is to judge is registered.
var encrypted = []string{
	"datalake:customerKey=true", "datalake:resultQueue=true", "datalake:alertQueue=true", "datalake:tracing=true",
}

// removal is an action, or a principal, that is taken out of a policy, an input of a resource; and the call that is denied then:
// by whom, for what, and which policy lacks a statement.
type removal struct{ kind, name, input, removed, principal, by, lacks string }

const (
	rolePolicy = "aws:iam/rolePolicy:RolePolicy"
	aRole      = "aws:iam/role:Role"
	keyPolicy  = "aws:kms/key:Key"
)

// removals are of every kind of policy. Each call is judged by itself, so that they are taken out all at once; but the key's
// owner answers for the roles' use of it.
var removals = map[string][]removal{
	"statements": {
		{rolePolicy, "create-dataset-role", "policy", "s3:PutObject", "create-dataset-role", "Write the summary", "role policy create-dataset-role"},
		{rolePolicy, "create-dataset-role", "policy", "kms:GenerateDataKey", "create-dataset-role", "Write the summary", "role policy create-dataset-role"},
		{rolePolicy, "create-dataset-role", "policy", "logs:PutLogEvents", "create-dataset-role", "create-dataset-machine", "role policy create-dataset-role"},
		{rolePolicy, "create-dataset-role", "policy", "xray:PutTraceSegments", "create-dataset-role", "create-dataset-machine", "role policy create-dataset-role"},
		{rolePolicy, "crawl-dataset-crawler-role", "policy", "glue:BatchCreatePartition", "crawl-dataset-crawler-role", "crawler", "role policy crawl-dataset-crawler-role"},
		{rolePolicy, "crawl-dataset-crawler-role", "policy", "s3:ListBucket", "crawl-dataset-crawler-role", "crawler", "role policy crawl-dataset-crawler-role"},
		{rolePolicy, "crawl-dataset-crawler-role", "policy", "kms:Decrypt", "crawl-dataset-crawler-role", "crawler", "role policy crawl-dataset-crawler-role"},
		{rolePolicy, "execute-queries-role", "policy", "glue:GetPartitions", "execute-queries-role", "all-time-usage", "role policy execute-queries-role"},
		{rolePolicy, "execute-queries-role", "policy", "sns:Publish", "execute-queries-role", "Notify the subscribers", "role policy execute-queries-role"},
		{rolePolicy, "execute-queries-role", "policy", "events:PutEvents", "execute-queries-role", "Send the event", "role policy execute-queries-role"},
		{rolePolicy, "execute-queries-trigger-role", "policy", "states:StartExecution", "execute-queries-trigger-role", "rule execute-queries-trigger", "role policy execute-queries-trigger-role"},
		{aRole, "create-dataset-role", "assumeRolePolicy", "states.amazonaws.com", "states.amazonaws.com", "create-dataset-machine", "trust policy create-dataset-role"},
		{aRole, "crawl-dataset-crawler-role", "assumeRolePolicy", "sts:AssumeRole", "glue.amazonaws.com", "crawler", "trust policy crawl-dataset-crawler-role"},
		{aRole, "execute-queries-trigger-role", "assumeRolePolicy", "sts:AssumeRole", "events.amazonaws.com", "rule execute-queries-trigger", "trust policy execute-queries-trigger-role"},
		{"aws:s3/bucketPolicy:BucketPolicy", "lake-logs", "policy", "s3:PutObject", "logging.s3.amazonaws.com", "access log", "bucket policy lake-logs"},
		{"aws:sns/topicPolicy:TopicPolicy", "alerts-topic", "policy", "events.amazonaws.com", "events.amazonaws.com", "rule execute-queries-failed", "topic policy alerts-topic"},
		{"aws:sqs/queuePolicy:QueuePolicy", "execute-queries-queue", "policy", "sqs:SendMessage", "sns.amazonaws.com", "delivery", "queue policy execute-queries-queue"},
		{keyPolicy, "lake-key", "policy", "events.amazonaws.com", "events.amazonaws.com", "rule execute-queries-failed", "key policy lake-key"},
		{keyPolicy, "lake-key", "policy", "logs.ap-southeast-1.amazonaws.com", "logs.ap-southeast-1.amazonaws.com", "the encryption of", "key policy lake-key"},
	},
	"the key's owner": {
		{keyPolicy, "lake-key", "policy", "kms:*", "create-dataset-role", "create-dataset-machine", "key policy lake-key"},
		{keyPolicy, "lake-key", "policy", "/aws-glue/*", "logs.ap-southeast-1.amazonaws.com", "the encryption of", "key policy lake-key"},
	},
}

// remove takes all of some removals out of a stack's policies.
func remove(t *testing.T, evaluation *mockaws.Evaluation, removals []removal) {
	t.Helper()
	for _, m := range removals {
		i := slices.IndexFunc(evaluation.Resources, func(r mockaws.Resource) bool { return r.Type == m.kind && r.Name == m.name })
		require.GreaterOrEqual(t, i, 0, "%s %s", m.kind, m.name)
		inputs := evaluation.Resources[i].Inputs
		before := inputs[m.input].(string)
		inputs[m.input] = strings.Replace(before, m.removed, "none:None", 1)
		require.NotEqual(t, before, inputs[m.input], "%s has no %s", m.name, m.removed)
	}
}

// A small run of the usage pipeline, an empty one of the queries, which fails, and a failed Express execution.
func TestEveryCallIsAllowedAndNoneWithoutItsStatement(t *testing.T) {
	e := open(t, encrypted...)
	require.NoError(t, e.Start("execute-queries", []byte("{}")))
	require.NoError(t, e.Start("create-dataset", []byte(`[]`)))
	require.NoError(t, e.Start("create-dataset", []byte(`{"years": [2021], "days": [1, 2], "users": [{"usage": 1, "user": "a"}]}`)))
	require.NoError(t, e.Schedule("crawl-dataset"))
	e.Run()
	judged, err := e.Judge(judgeFile)
	require.NoError(t, err)
	require.Equal(t, []policy.Denial{}, judged.Denied)
	require.NotEmpty(t, judged.Unused)
	puts := slices.IndexFunc(judged.Calls, func(c policy.Judged) bool {
		return c.Action == "s3:PutObject" && strings.Contains(c.By, "Write the summary")
	})
	require.Equal(t, 25, judged.Calls[puts].Count, "the puts of 24 objects and one _SUCCESS are one question")

	for name, removed := range removals {
		t.Run(name, func(t *testing.T) {
			evaluation := evaluated(t, encrypted...)
			remove(t, evaluation, removed)
			calls, err := access.New(evaluation)
			require.NoError(t, err)
			for _, c := range judged.Calls {
				calls.Note(policy.Call{Principal: c.Principal, Action: c.Action, Resource: c.Resource, Context: c.Context, By: c.By})
			}
			again, err := calls.Judge(judgeFile)
			require.NoError(t, err)
			for _, m := range removed {
				require.True(t, slices.ContainsFunc(again.Denied, func(d policy.Denial) bool {
					return strings.Contains(d.Role, m.principal) && strings.Contains(d.By, m.by) && strings.HasPrefix(d.Missing, "the "+m.lacks+" lacks {")
				}), "%v is named: %v", m, again.Denied)
			}
			require.Less(t, len(again.Denied), len(judged.Calls)/2)
		})
	}
}
