package mockaws

import (
	"maps"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// registration is a resource that a program asks for.
type registration struct {
	token, name string
	inputs      pulumi.Map
}

// register evaluates a program that asks for resources.
func register(preview bool, asked ...registration) error {
	stack := &Stack{Project: "p", Name: "s", Config: map[string]string{"aws:region": "eu-west-1"}}
	_, err := Evaluate(func(ctx *pulumi.Context) error {
		for _, each := range asked {
			resource := &struct{ pulumi.CustomResourceState }{}
			if err := ctx.RegisterResource(each.token, each.name, each.inputs, resource); err != nil {
				return err
			}
		}
		return nil
	}, stack, preview)
	return err
}

// with is some inputs and a text of so many characters.
func with(name string, characters int, more ...pulumi.Map) pulumi.Map {
	inputs := pulumi.Map{name: pulumi.String(strings.Repeat("é", characters))}
	for _, each := range more {
		maps.Copy(inputs, each)
	}
	return inputs
}

// constraint is how most services refuse a text of é.
func constraint(code, parameter, most string) string {
	return code + ": 1 validation error detected: Value '" + strings.Repeat("é", 40) + "…' at '" + parameter + "' failed to satisfy constraint: Member must have length less than or equal to " + most
}

// What is as long as AWS takes is taken, and what is longer refused as AWS does it, in a preview too.
func TestWhatExceedsALimitIsRefusedAsAWSDoes(t *testing.T) {
	for _, l := range lengths {
		t.Run(l.token+" "+l.input, func(t *testing.T) {
			for _, preview := range []bool{true, false} {
				require.NoError(t, register(preview, registration{l.token, "r", with(l.input, l.most)}))
				require.ErrorContains(t, register(preview, registration{l.token, "r", with(l.input, l.most+1)}), "create "+l.token+` "r": `+l.code+": 1 validation error detected: Value '")
			}
		})
	}
	for name, each := range map[string]struct {
		registration
		refusal string
	}{
		"definition":    {registration{"aws:sfn/stateMachine:StateMachine", "r", with("definition", 1_048_577)}, constraint("ValidationException", "definition", "1048576")},
		"query":         {registration{"aws:athena/namedQuery:NamedQuery", "r", with("query", 262_145)}, constraint("InvalidRequestException", "queryString", "262144")},
		"role":          {registration{"aws:iam/role:Role", "r", with("name", 65)}, constraint("ValidationError", "roleName", "64")},
		"trust":         {registration{"aws:iam/role:Role", "r", with("assumeRolePolicy", 2049)}, "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048"},
		"policy":        {registration{"aws:iam/policy:Policy", "r", with("policy", 6145)}, "LimitExceeded: Cannot exceed quota for PolicySize: 6144"},
		"inline policy": {registration{"aws:iam/rolePolicy:RolePolicy", "r", with("policy", 10_241, pulumi.Map{"role": pulumi.String("worker")})}, "LimitExceeded: Maximum policy size of 10240 bytes exceeded for role worker"},
		"key policy":    {registration{"aws:kms/key:Key", "r", with("policy", 16_385)}, "LimitExceededException: The key policy has more than 32768 bytes."},
		"bucket policy": {registration{"aws:s3/bucketPolicy:BucketPolicy", "r", with("policy", 10_241)}, "PolicyTooLarge: Policy exceeds the maximum allowed document size."},
		"topic policy":  {registration{"aws:sns/topicPolicy:TopicPolicy", "r", with("policy", 15_361)}, "InvalidParameter: Invalid parameter: The policy has more than 30720 bytes."},
		"queue policy":  {registration{"aws:sqs/queuePolicy:QueuePolicy", "r", with("policy", 4097)}, "InvalidAttributeValue: Invalid value for the parameter Policy."},
		"pattern":       {registration{"aws:cloudwatch/eventRule:EventRule", "r", with("eventPattern", 2049)}, `"event_pattern" cannot be longer than 2048 characters`},
		"bucket":        {registration{"aws:s3/bucketV2:BucketV2", strings.Repeat("b", 56), nil}, "InvalidBucketName: The specified bucket is not valid."},
		"topic":         {registration{"aws:sns/topic:Topic", strings.Repeat("t", 249), nil}, "InvalidParameter: Invalid parameter: Topic Name"},
		"queue":         {registration{"aws:sqs/queue:Queue", strings.Repeat("q", 73), nil}, "InvalidParameterValue: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, register(false, each.registration), "create "+each.token+` "`+each.name+`": `+each.refusal)
		})
	}
}

// IAM does not count the space in a policy, and counts all policies of a role together.
func TestThePoliciesOfARoleAreOneSize(t *testing.T) {
	policy := func(name, role string, size int) registration {
		text := strings.Repeat("p \n", size)
		return registration{"aws:iam/rolePolicy:RolePolicy", name, pulumi.Map{"policy": pulumi.String(text), "role": pulumi.String(role)}}
	}
	require.NoError(t, register(false, policy("a", "one", 10_000), policy("b", "one", 240), policy("c", "two", 10_240)))
	require.ErrorContains(t, register(false, policy("a", "one", 10_000), policy("b", "one", 241)), "Maximum policy size of 10240 bytes exceeded for role one")
}

func TestARuleHasFiveTargets(t *testing.T) {
	target := func(name, rule string) registration {
		return registration{"aws:cloudwatch/eventTarget:EventTarget", name, pulumi.Map{"rule": pulumi.String(rule)}}
	}
	five := []registration{target("1", "a"), target("2", "a"), target("3", "a"), target("4", "a"), target("5", "a"), target("6", "b")}
	require.NoError(t, register(false, five...))
	require.ErrorContains(t, register(false, append(five, target("7", "a"))...), "LimitExceededException: The requested resource exceeds the maximum number allowed.")
}
