package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"datalake/internal/mockaws"
	"datalake/stack"

	"github.com/stretchr/testify/require"
)

// judge decides on each request as IAM does.
func judge(t *testing.T, policies map[string]any, requests []Request) (results []string) {
	t.Helper()
	decisions, err := Judge("judge.mjs", policies, requests)
	require.NoError(t, err)
	for _, d := range decisions {
		results = append(results, d.Result)
	}
	return results
}

// claim is what a principal can or cannot do, in words and as a request.
type claim struct {
	says string
	Request
	can bool
}

func requireTrue(t *testing.T, policies map[string]any, claims []claim) {
	t.Helper()
	require.Empty(t, strings.Join(untrue(t, policies, claims), "\n"))
}

// untrue judges claims, and says which are wrong. Meaningless ones are skipped: a policy's statement names several kinds of
// resources, and not each action in it knows all of them.
func untrue(t *testing.T, policies map[string]any, claims []claim) (wrong []string) {
	t.Helper()
	var requests []Request
	for _, c := range claims {
		requests = append(requests, c.Request)
	}
	judged := map[string]bool{} // by what is said, and the action
	for i, decision := range judge(t, policies, requests) {
		c := claims[i]
		key := fmt.Sprint(c.says, c.Identity, c.Boundary, c.Action)
		judged[key] = judged[key] || decision != Meaningless
		if decision != Meaningless && (decision == Allowed) != c.can {
			wrong = append(wrong, fmt.Sprintf("%s: %s: %s", c.says, c.Request, decision))
		}
	}
	for key, is := range judged {
		require.True(t, is, "no resource that the policy names is one for the action: %s", key)
	}
	return wrong
}

// deployment is what a stack registers, such as a committed one with other settings.
type deployment struct {
	*mockaws.Evaluation
	t      *testing.T
	region string
}

func deploy(t *testing.T, name string, settings map[string]string) deployment {
	t.Helper()
	return deployLoaded(t, load(t, name, settings))
}

func load(t *testing.T, name string, settings map[string]string) *mockaws.Stack {
	t.Helper()
	loaded, err := mockaws.LoadStack("../..", name)
	require.NoError(t, err)
	maps.Copy(loaded.Config, settings)
	return loaded
}

func deployLoaded(t *testing.T, loaded *mockaws.Stack) deployment {
	t.Helper()
	evaluation, err := mockaws.Evaluate(stack.Deploy, loaded, false)
	require.NoError(t, err)
	return deployment{evaluation, t, loaded.Config["aws:region"]}
}

// output is a resource's output.
func (d deployment) output(token, name, key string) string {
	d.t.Helper()
	for _, r := range d.Find(token) {
		if r.Name == name {
			return r.Outputs[key].(string)
		}
	}
	require.Fail(d.t, "not registered", "%s %s", token, name)
	return ""
}

// arn names a resource of the stack's account and region.
func (d deployment) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + d.region + ":" + d.AccountID + ":" + resource
}

// policies are the documents of the roles' policies, of buckets and of the key, by the names that requests use.
func (d deployment) policies() map[string]any {
	documents := map[string]any{}
	for token, prefix := range map[string]string{
		"aws:iam/rolePolicy:RolePolicy": "role ", "aws:iam/policy:Policy": "policy ",
		"aws:s3/bucketPolicy:BucketPolicy": "bucket ", "aws:kms/key:Key": "key ",
	} {
		for _, r := range d.Find(token) {
			name := r.Name
			switch token {
			case "aws:s3/bucketPolicy:BucketPolicy":
				name = "arn:aws:s3:::" + r.Inputs["bucket"].(string)
			case "aws:kms/key:Key":
				name = r.Outputs["arn"].(string)
			}
			documents[prefix+name] = policyOf(d.t, r)
		}
	}
	return documents
}

func policyOf(t *testing.T, r mockaws.Resource) (policy map[string]any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(r.Inputs["policy"].(string)), &policy), r.URN)
	return policy
}

// by completes a request: who makes it, over TLS in the stack's account and region, and the policy that the resource has, if it is one of the stack's.
func (d deployment) by(principal string, identity []string, r Request, policies map[string]any) Request {
	r.Principal, r.Identity, r.Account = principal, identity, d.AccountID
	context := map[string][]string{"aws:SecureTransport": {"true"}, "aws:RequestedRegion": {d.region}, "aws:ResourceAccount": {d.AccountID}}
	maps.Copy(context, r.Context)
	r.Context = context
	bucket, _, _ := strings.Cut(r.Resource, "/")
	for _, name := range []string{"bucket " + bucket, "key " + r.Resource} {
		if policies[name] != nil {
			r.ResourcePolicy = name
		}
	}
	return r
}

// grants are what a role's policy says that it may do, each action on each resource, as requests that it means.
func grants(policy map[string]any) (granted []Request) {
	for _, s := range policy["Statement"].([]any) {
		s := s.(map[string]any)
		context := map[string][]string{}
		conditions, _ := s["Condition"].(map[string]any)
		for _, keys := range conditions {
			for key, values := range keys.(map[string]any) {
				context[key] = []string{one(values)}
			}
		}
		for _, resource := range s["Resource"].([]any) {
			for _, action := range s["Action"].([]any) {
				granted = append(granted, Request{Action: action.(string), Resource: concrete(action.(string), resource.(string)), Context: context})
			}
		}
	}
	return granted
}

// one is the first of a condition's values, with something for its wildcard.
func one(values any) string {
	if list, is := values.([]any); is {
		values = list[0]
	}
	return strings.ReplaceAll(values.(string), "*", "x")
}

// concrete is a resource that a pattern means. A log's stream has an ARN that goes on after the group's.
func concrete(action, pattern string) string {
	if pattern == "*" {
		return pattern
	}
	resource := strings.ReplaceAll(pattern, "*", "x")
	if strings.HasPrefix(resource, "arn:aws:logs:") && slices.Contains([]string{"logs:CreateLogStream", "logs:PutLogEvents"}, action) {
		resource = strings.TrimSuffix(resource, ":x") + ":log-stream:x"
	}
	return resource
}
