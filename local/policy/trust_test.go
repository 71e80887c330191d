package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// subjects are those of GitHub's tokens, with the roles that they may take.
//
// https://docs.github.com/en/actions/reference/security/oidc
var subjects = []struct {
	repository, audience, subject string
	takes                         []string
}{
	{"owner/repository", "sts.amazonaws.com", "repo:owner/repository:environment:dev-preview", []string{reader}},
	{"owner/repository", "sts.amazonaws.com", "repo:owner/repository:environment:dev", []string{deployer}},
	{"owner@12/repository@345", "sts.amazonaws.com", "repo:owner@12/repository@345:environment:dev-preview", []string{reader}},
	{"owner@12/repository@345", "sts.amazonaws.com", "repo:owner@12/repository@345:environment:dev", []string{deployer}},

	{"owner@12/repository@345", "sts.amazonaws.com", "repo:owner/repository:environment:dev", nil},
	{"owner@12/repository@345", "sts.amazonaws.com", "repo:owner@13/repository@345:environment:dev", nil},
	{"owner/repository", "sts.amazonaws.com", "repo:owner/repository:pull_request", nil},
	{"owner/repository", "sts.amazonaws.com", "repo:owner/repository:ref:refs/heads/main", nil},
	{"owner/repository", "sts.amazonaws.com", "repo:owner/repository:ref:refs/tags/v1.0.0", nil},
	{"owner/repository", "sts.amazonaws.com", "repo:owner/repository:environment:prod", nil},
	{"owner/repository", "sts.amazonaws.com", "repo:owner/repository:environment:dev2", nil},
	{"owner/repository", "sts.amazonaws.com", "repo:owner/repository:environment:DEV", nil},
	{"owner/repository", "sts.amazonaws.com", "repo:owner/repository2:environment:dev", nil},
	{"owner/repository", "sts.amazonaws.com", "repo:owner2/repository:environment:dev", nil},
	{"owner/repository", "sts.amazonaws.com", "repo:owner/repository:environment:*", nil},
	{"owner/repository", "https://github.com/owner", "repo:owner/repository:environment:dev", nil},
}

// trusts are the claims about who may take the two roles.
func trusts(t *testing.T, body map[string]any) (claims []claim, documents map[string]any) {
	documents = map[string]any{}
	const account, existing = "111122223333", "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
	for i, s := range subjects {
		for _, provider := range []string{"", existing} {
			c, err := newTemplate(body, map[string]string{
				"Repository": s.repository, "Environment": "dev", "Region": "ap-southeast-1", "OidcProviderArn": provider,
			}, "aws", account, "ap-southeast-1")
			require.NoError(t, err)
			made, err := c.properties("OidcProvider")
			require.NoError(t, err)
			require.Equal(t, provider == "", made != nil, "the provider is made where there is none")
			for _, role := range []string{reader, deployer} {
				properties, err := c.properties(role)
				require.NoError(t, err)
				name := fmt.Sprint(role, i, provider)
				documents[name] = knownToTheJudge(t, properties["AssumeRolePolicyDocument"])
				for _, by := range []string{existing, "arn:aws:iam::111122223333:oidc-provider/token.example.com"} {
					claims = append(claims, claim{fmt.Sprintf("%s takes the %s by %s", s.subject, role, by), Request{
						Principal: by, Action: "sts:AssumeRoleWithWebIdentity", Resource: "arn:aws:iam::" + account + ":role/" + role, Account: account,
						Context:  map[string][]string{"accounts.google.com:aud": {s.audience}, "accounts.google.com:sub": {s.subject}},
						Identity: []string{}, ResourcePolicy: name,
					}, by == existing && slices.Contains(s.takes, role)})
				}
			}
		}
	}
	return claims, documents
}

// knownToTheJudge puts another provider's keys in place of GitHub's, whose audience and subject the judge drops: AWS's
// reference, which it goes by, does not list them.
func knownToTheJudge(t *testing.T, policy any) (known any) {
	text, err := json.Marshal(policy)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal([]byte(strings.ReplaceAll(string(text), "token.actions.githubusercontent.com:", "accounts.google.com:")), &known))
	return known
}

func TestOnlyTheRepositorysEnvironmentsTakeTheRoles(t *testing.T) {
	claims, documents := trusts(t, readTemplate(t))
	requireTrue(t, documents, claims)
	require.Len(t, claims, len(subjects)*8)
}
