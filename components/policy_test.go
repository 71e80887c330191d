package components

import (
	"fmt"
	"testing"

	"datalake/asl"
	"datalake/internal/mockaws"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestMergeStatements(t *testing.T) {
	onPrefix := map[string]any{"StringLike": map[string]any{"s3:prefix": "data/*"}}
	entry := func(condition map[string]any, resources []any, actions ...string) any {
		fields := map[string]any{"Action": actions, "Resource": resources}
		if condition != nil {
			fields["Condition"] = condition
		}
		return fields
	}
	for name, test := range map[string]struct {
		entries []any
		merged  string
	}{
		"no permissions": {nil, `null`},
		"one permission": {
			[]any{entry(nil, []any{"arn:b"}, "s3:PutObject")},
			`[{"Action":["s3:PutObject"],"Effect":"Allow","Resource":["arn:b"]}]`,
		},
		"the same resources share a statement, actions once and in order": {
			[]any{entry(nil, []any{"arn:b"}, "s3:PutObject", "s3:GetObject"), entry(nil, []any{"arn:b"}, "s3:AbortMultipartUpload", "s3:GetObject")},
			`[{"Action":["s3:AbortMultipartUpload","s3:GetObject","s3:PutObject"],"Effect":"Allow","Resource":["arn:b"]}]`,
		},
		"resources are named once and in order": {
			[]any{entry(nil, []any{"arn:c", "arn:b", "arn:c"}, "a:A"), entry(nil, []any{"arn:b", "arn:c"}, "a:B")},
			`[{"Action":["a:A","a:B"],"Effect":"Allow","Resource":["arn:b","arn:c"]}]`,
		},
		"different resources stay apart, in order": {
			[]any{entry(nil, []any{"arn:c"}, "a:A"), entry(nil, []any{"arn:b"}, "a:A")},
			`[{"Action":["a:A"],"Effect":"Allow","Resource":["arn:b"]},{"Action":["a:A"],"Effect":"Allow","Resource":["arn:c"]}]`,
		},
		"a condition keeps a statement apart": {
			[]any{entry(onPrefix, []any{"arn:b"}, "s3:ListBucket"), entry(nil, []any{"arn:b"}, "s3:GetBucketLocation"), entry(onPrefix, []any{"arn:b"}, "s3:ListBucketVersions")},
			`[{"Action":["s3:GetBucketLocation"],"Effect":"Allow","Resource":["arn:b"]},` +
				`{"Action":["s3:ListBucket","s3:ListBucketVersions"],"Condition":{"StringLike":{"s3:prefix":"data/*"}},"Effect":"Allow","Resource":["arn:b"]}]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			merged, err := mergeStatements(test.entries)
			require.NoError(t, err)
			text, err := asl.Encode(merged)
			require.NoError(t, err)
			require.JSONEq(t, test.merged, text)
		})
	}
}

// IAM would take a permission on nothing for a mistake only when it is deployed.
func TestAnEmptyResourceIsRefused(t *testing.T) {
	for _, nothing := range []any{"", nil, 7} {
		_, err := mergeStatements([]any{map[string]any{"Action": []string{"s3:GetObject", "s3:PutObject"}, "Resource": []any{"arn:b", nothing}}})
		require.EqualError(t, err, "a permission for s3:GetObject, s3:PutObject has an empty resource")
	}
}

// The order in which tasks state their needs does not matter: a definition that is rearranged leaves the policy alone.
func TestAPolicyIsTheSameWhateverTheOrderOfPermissions(t *testing.T) {
	permissions := []asl.Permission{
		{Actions: []string{"s3:GetObject", "s3:PutObject"}, Resources: []any{pulumi.Sprintf("%s/*", bucketCalled("b").ARN)}},
		{Actions: []string{"s3:ListBucket"}, Resources: []any{bucketCalled("b").ARN}, Condition: map[string]any{"StringLike": map[string]any{"s3:prefix": "a/<&>*"}}},
		{Actions: []string{"s3:GetBucketLocation"}, Resources: []any{bucketCalled("b").ARN, bucketCalled("c").ARN}},
		{Actions: []string{"s3:GetObject"}, Resources: []any{"arn:aws:s3:::b/*"}},
	}
	orders := [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}, {3, 0, 1, 2}}
	d := deploy(t, func(ctx *pulumi.Context) error {
		for i, order := range orders {
			var arranged []asl.Permission
			for _, p := range order {
				arranged = append(arranged, permissions[p])
			}
			if _, err := iam.NewPolicy(ctx, fmt.Sprint(i), &iam.PolicyArgs{Policy: renderPermissions(arranged)}); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range orders {
		require.Equal(t, `{"Statement":[`+
			`{"Action":["s3:GetBucketLocation"],"Effect":"Allow","Resource":["arn:aws:s3:::b","arn:aws:s3:::c"]},`+
			`{"Action":["s3:ListBucket"],"Condition":{"StringLike":{"s3:prefix":"a/<&>*"}},"Effect":"Allow","Resource":["arn:aws:s3:::b"]},`+
			`{"Action":["s3:GetObject","s3:PutObject"],"Effect":"Allow","Resource":["arn:aws:s3:::b/*"]}`+
			`],"Version":"2012-10-17"}`, d.the("iam.Policy", fmt.Sprint(i)).Inputs["policy"])
	}
}

// In a preview a document with an unknown leaf, however deep, is unknown as a whole: a text with a hole in it would show
// as a change that never happens.
func TestAnUnknownLeafMakesTheWholeTextUnknown(t *testing.T) {
	inPreviewAndApply(t, func(ctx *pulumi.Context) error {
		topic, err := sns.NewTopic(ctx, "topic", nil)
		if err != nil {
			return err
		}
		for name, text := range map[string]pulumi.StringOutput{
			"known":       renderJSON(map[string]any{"a": []any{bucketCalled("b").Name, 1, nil}}),
			"nested":      renderJSON(map[string]any{"a": bucketCalled("b").Name, "c": []any{1, map[string]any{"d": topic.Arn}}}),
			"permissions": renderPermissions([]asl.Permission{{Actions: []string{"sns:Publish"}, Resources: []any{topic.Arn}}}),
		} {
			if _, err := sns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{Arn: topic.Arn, Policy: text}); err != nil {
				return err
			}
		}
		return nil
	}, func(t *testing.T, evaluation *mockaws.Evaluation) {
		d := deployed{t, evaluation}
		text := func(name string) any { return d.the("sns.TopicPolicy", name).Inputs["policy"] }
		require.Equal(t, `{"a":["b",1,null]}`, text("known"))
		arn, known := d.the("sns.Topic", "topic").Outputs["arn"].(string)
		if !known {
			unknown := []any{mockaws.Unknown, nil} // Pulumi's mocks leave out what is not known
			require.Contains(t, unknown, text("nested"))
			require.Contains(t, unknown, text("permissions"))
			return
		}
		require.Equal(t, `{"a":"b","c":[1,{"d":"`+arn+`"}]}`, text("nested"))
		require.Equal(t, `{"Statement":[{"Action":["sns:Publish"],"Effect":"Allow","Resource":["`+arn+`"]}],"Version":"2012-10-17"}`, text("permissions"))
	})
}

// A document waits for everything that it names.
func TestADocumentDependsOnItsLeaves(t *testing.T) {
	d := deploy(t, func(ctx *pulumi.Context) error {
		topic, err := sns.NewTopic(ctx, "topic", nil)
		if err != nil {
			return err
		}
		_, err = sns.NewTopic(ctx, "other", &sns.TopicArgs{Policy: renderJSON(map[string]any{"a": []any{topic.Arn}})})
		return err
	})
	require.Contains(t, d.the("sns.Topic", "other").Dependencies, d.the("sns.Topic", "topic").URN)
}
