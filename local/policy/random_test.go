package policy

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"datalake/internal/mockaws"
	"datalake/internal/randomstack"
	"datalake/stack"

	"github.com/stretchr/testify/require"
)

var (
	randomStacks = flag.Uint64("random", 2, "how many stacks are drawn at random")
	seed         = flag.Uint64("seed", 1, "the seed of what is drawn at random")
)

// Whatever a stack file says that is accepted: what a policy gives can be used, with the policies of the resources that it is
// for, and nobody else gets anything by those.
func TestPoliciesOfRandomStacks(t *testing.T) {
	judgedStacks, judgedClaims := 0, 0
	for number := range *randomStacks {
		drawn := randomstack.Draw(*seed, number)
		if len(drawn.Faults) > 0 {
			continue
		}
		t.Run(fmt.Sprint(number), func(t *testing.T) {
			loaded, err := drawn.Load("../..")
			require.NoError(t, err)
			evaluation, err := mockaws.Evaluate(stack.Deploy, loaded, false)
			require.NoError(t, err)
			policies, err := Read(evaluation)
			require.NoError(t, err)
			documents := map[string]any{}
			claims := policies.used(t, documents)
			claims = append(claims, policies.strangers(claims)...)
			require.Empty(t, strings.Join(untrue(t, documents, claims), "\n"), "stack %d of seed %d, Pulumi.%s.yaml:\n%s", number, *seed, drawn.Name, drawn.File())
			judgedStacks, judgedClaims = judgedStacks+1, judgedClaims+len(claims)
		})
	}
	t.Logf("%d claims on the policies of %d stacks", judgedClaims, judgedStacks)
	require.Greater(t, judgedClaims, judgedStacks*200)
}

// Each of these stacks can be deployed by the roles of an account that was bootstrapped for it, and its roles do with the
// boundary what their policies are for.
func TestRandomStacksInABootstrappedAccount(t *testing.T) {
	for number := range *randomStacks {
		drawn := randomstack.Draw(*seed, number)
		if len(drawn.Faults) > 0 {
			continue
		}
		t.Run(fmt.Sprint(number), func(t *testing.T) {
			drawn.Name = "dev" // a name that the template takes
			loaded, err := drawn.Load("../..")
			require.NoError(t, err)
			b := bootstrapLoaded(t, readTemplate(t), loaded, "us-east-1")
			claims := slices.Concat(b.refreshes(), b.bounds())
			require.Greater(t, len(claims), 500)
			require.Empty(t, strings.Join(untrue(t, b.documents, claims), "\n"), "stack %d of seed %d:\n%s", number, *seed, drawn.File())
		})
	}
}

// used are the claims that whom a policy gives something can use it.
func (p *Policies) used(t *testing.T, documents map[string]any) (claims []claim) {
	for _, name := range slices.Sorted(maps.Keys(p.documents)) {
		for _, s := range p.documents[name].Statement {
			if s.Effect != "Allow" || strings.HasPrefix(name, "policy ") { // which is for people
				continue
			}
			for _, call := range s.calls(p.holder(name)) {
				request, err := p.request(question{Call: call, resourcePolicy: p.resourcePolicy(call.Resource)}, len(claims), documents)
				require.NoError(t, err)
				claims = append(claims, claim{fmt.Sprintf("by the %s, %s can", name, call.Principal), request, true})
			}
		}
	}
	return claims
}

// holder is the ARN of what a policy is of: a role, or a resource.
func (p *Policies) holder(policy string) string {
	for arn, role := range p.roles {
		if slices.Contains(role.identity, policy) {
			return arn
		}
	}
	for arn, name := range p.resources {
		if name == policy {
			return arn
		}
	}
	return ""
}

// calls are those that a statement of a role's or a resource's policy allows, of each principal one on each resource. An
// account's right to its own key and topics is for its policies to give on.
func (s statement) calls(holder string) (calls []Call) {
	context := map[string]string{}
	for _, keys := range s.Condition {
		for key, values := range keys {
			context[key] = one(values[0])
		}
	}
	principals := []string{holder}
	if named, is := s.Principal.(map[string]any); is {
		services, several := named["Service"].([]any)
		if !several {
			services = []any{named["Service"]}
		}
		principals = nil
		for _, service := range services {
			if service != nil {
				principals = append(principals, service.(string))
			}
		}
	}
	resources := s.Resource
	if s.Principal != nil && (len(resources) == 0 || resources[0] == "*") {
		resources = oneOrMore{holder}
	}
	for _, principal := range principals {
		for _, action := range s.Action {
			action = strings.ReplaceAll(strings.ReplaceAll(action, "ReEncrypt*", "ReEncryptFrom"), "*", "") // what it means first of all
			for _, resource := range resources {
				calls = append(calls, Call{Principal: principal, Action: action, Resource: concrete(action, resource), Context: context})
			}
		}
	}
	return calls
}

// strangers are the claims that what can be done by the policy of a resource can be done by nobody else: another service,
// another account's role, the same service for another account, or over plain HTTP.
func (p *Policies) strangers(used []claim) (claims []claim) {
	const elsewhere = "999988887777"
	for _, c := range used {
		if c.ResourcePolicy == "" {
			continue
		}
		not := func(who string, change func(r *Request)) {
			r := c.Request
			r.Context = maps.Clone(r.Context)
			change(&r)
			claims = append(claims, claim{who + " cannot", r, false})
		}
		not("another account's role", func(r *Request) {
			r.Principal, r.Identity, r.Boundary = "arn:aws:iam::"+elsewhere+":role/theirs", []string{}, nil
			r.Context["aws:PrincipalAccount"], r.Context["aws:PrincipalArn"] = []string{elsewhere}, []string{r.Principal}
		})
		if len(c.Identity) == 0 {
			not("another service", func(r *Request) { r.Principal = "lambda.amazonaws.com" })
			if c.Context["aws:SourceAccount"] != nil {
				not("the service for another account", func(r *Request) { r.Context["aws:SourceAccount"] = []string{elsewhere} })
			}
		}
		if strings.HasPrefix(c.ResourcePolicy, "bucket policy") {
			not("whoever comes over plain HTTP", func(r *Request) { r.Context["aws:SecureTransport"] = []string{"false"} })
		}
	}
	return claims
}
