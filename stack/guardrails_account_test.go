package stack

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"datalake/internal/mockaws"

	"github.com/stretchr/testify/require"
)

var accountGuardrails = []guardrail{
	{
		rule:   "every role has the boundary and the path that the account asks for",
		reason: "who deploys may often make such roles only; and a role without them escapes what the account bounds",
		source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names",
		violations: all(
			each(roleType, func(d *deployment, role mockaws.Resource) []string {
				boundary := textAt(role.Inputs, "permissionsBoundary")
				return unless(boundary == d.given("permissionsBoundary"), "its boundary is %q", boundary)
			}),
			each(roleType, hasThePath),
			each(policyType, hasThePath),
		),
		breaches: []breach{
			{"dev", set(roleType, "crawl-dataset-role", "arn:aws:iam::aws:policy/PowerUserAccess", "permissionsBoundary"), `Role crawl-dataset-role: its boundary is "arn:aws:iam::aws:policy/PowerUserAccess"`},
			{"prod", set(roleType, "weekly-etl-job-role", "/elsewhere/", "path"), `Role weekly-etl-job-role: its path is "/elsewhere/"`},
			{"prod", add(policyType, "analysts-policy", map[string]any{"path": "/elsewhere/"}), `Policy analysts-policy: its path is "/elsewhere/"`},
		},
	},
	{
		rule:   "what the account has already is used, and not made again",
		reason: "a second key, network or log bucket is one that nobody looks after",
		source: "https://docs.aws.amazon.com/wellarchitected/latest/framework/sec_securely_operate_multi_accounts.html",
		violations: all(
			each(keyType, func(d *deployment, _ mockaws.Resource) []string {
				return unless(d.given("kmsKeyArn") == "", "is beside the key %s", d.given("kmsKeyArn"))
			}),
			each(vpcType, func(d *deployment, _ mockaws.Resource) []string {
				return unless(d.given("glueConnection") == "", "is beside the connection %s", d.given("glueConnection"))
			}),
			each(jobType, func(d *deployment, job mockaws.Resource) []string {
				given := d.given("glueConnection")
				connections, _ := job.Inputs["connections"].([]any)
				return unless(given == "" || slices.Equal(connections, []any{given}), "its connections are %v, not %s", connections, given)
			}),
			each(loggingType, func(d *deployment, logging mockaws.Resource) []string {
				given, to := d.given("logBucket"), textAt(logging.Inputs, "targetBucket")
				return unless(given == "" || to == given, "logs to %s, not to %s", to, given)
			}),
		),
		breaches: []breach{
			{"prod", configure("datalake:kmsKeyArn", givenKey), "Key lake-key: is beside the key " + givenKey},
			{"dev", configure("datalake:glueConnection", "company-network"), "Job weekly-etl-job: its connections are [], not company-network"},
			{"dev", func(d *deployment) {
				add(vpcType, "network-vpc", nil)(d)
				configure("datalake:glueConnection", "company-network")(d)
				set(jobType, "weekly-etl-job", []any{"company-network"}, "connections")(d)
			}, "Vpc network-vpc: is beside the connection company-network"},
			{"prod", func(d *deployment) {
				configure("datalake:logBucket", "company-logs")(d)
				for _, bucket := range []string{"artifacts", "processed", "results"} {
					set(loggingType, "lake-"+bucket, "company-logs", "targetBucket")(d)
				}
				set(loggingType, "lake-source", "lake-logs", "targetBucket")(d)
			}, "BucketLoggingV2 lake-source: logs to lake-logs, not to company-logs"},
		},
	},
}

func hasThePath(d *deployment, r mockaws.Resource) []string {
	path := textAt(r.Inputs, "path")
	return unless(path == d.given("rolePath"), "its path is %q", path)
}

// governed are settings of an account with rules, and what each changes in what is registered.
var governed = map[string]struct {
	settings map[string]string
	// beside are the settings of the stack that it is compared with, where they are not those of its file.
	beside map[string]string
	// meant tells whether a change is what the setting is for, and least how many there are.
	meant func(d *deployment, c difference) bool
	least int
}{
	"permissionsBoundary": {
		settings: map[string]string{"datalake:permissionsBoundary": givenBoundary},
		beside:   map[string]string{"datalake:permissionsBoundary": ""},
		meant: func(_ *deployment, c difference) bool {
			return changes(c, `aws:iam/role:Role \S+ › inputs › permissionsBoundary`) && !c.had && c.is == givenBoundary
		},
		least: 8,
	},
	"rolePath": {
		settings: map[string]string{"datalake:rolePath": "/datalake/"},
		beside:   map[string]string{"datalake:rolePath": ""},
		meant: func(_ *deployment, c difference) bool {
			was, _ := c.was.(string)
			return changes(c, `aws:iam/role:Role \S+ › inputs › path`) && !c.had && c.is == "/datalake/" ||
				changes(c, `.* › (role|roleArn)`) && c.is == strings.Replace(was, ":role/", ":role/datalake/", 1)
		},
		least: 8,
	},
	"kmsKeyArn": {
		settings: map[string]string{"datalake:customerKey": "false", "datalake:kmsKeyArn": givenKey},
		beside:   map[string]string{"datalake:customerKey": "true"},
		meant: func(beside *deployment, c difference) bool {
			if c.place[0] == "exports" {
				return c.place[1] == "keyPolicy" && !c.had
			}
			was, _ := c.was.(string)
			return changes(c, `aws:kms/key:Key lake-key`) && !c.has ||
				changes(c, `.* › dependencies.*`) || // the key is none
				strings.Contains(was, beside.key()) && c.is == strings.ReplaceAll(was, beside.key(), givenKey)
		},
		least: 30,
	},
	"glueConnection": {
		settings: map[string]string{"datalake:glueConnection": "company-network"},
		meant: func(_ *deployment, c difference) bool {
			return changes(c, `aws:glue/job:Job weekly-etl-job › inputs › connections`) && fmt.Sprint(c.is) == "[company-network]" ||
				changes(c, `aws:iam/rolePolicy:RolePolicy weekly-etl-job-role › inputs › policy › .*`)
		},
		least: 2,
	},
	"analystPolicy": {
		settings: map[string]string{"datalake:analystPolicy": "true"},
		meant: func(_ *deployment, c difference) bool {
			added := changes(c, `datalake:index:AnalystPolicy analysts|aws:iam/policy:Policy analysts-policy`) || slices.Equal(c.place, []string{"exports", "analystPolicy"})
			return added && !c.had
		},
		least: 3,
	},
	"logBucket": {
		settings: map[string]string{"datalake:logBucket": "company-logs"},
		meant: func(beside *deployment, c difference) bool {
			if c.place[0] == "exports" {
				return slices.Equal(c.place[1:], []string{"buckets", "logs"}) && c.is == "company-logs"
			}
			return changes(c, `aws:s3/\S+ lake-logs`) && !c.has || changes(c, `.* › dependencies.*`) ||
				changes(c, `aws:s3/bucketLoggingV2:BucketLoggingV2 \S+ › inputs › targetBucket`) && c.is == "company-logs" ||
				changes(c, `aws:s3/bucketLoggingV2:BucketLoggingV2 \S+ › inputs › targetPrefix`) &&
					c.is == textAt(beside.Exports, "buckets", strings.TrimSuffix(c.was.(string), "/"))+"/"
		},
		least: 4 + 4 + 7 + 1,
	},
}

const (
	givenBoundary = "arn:aws:iam::111122223333:policy/company/boundary"
	givenKey      = "arn:aws:kms:ap-southeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

// changes tells whether a change is in a place among the resources.
func changes(c difference, place string) bool {
	return regexp.MustCompile("^resources › (" + place + ")$").MatchString(strings.Join(c.place, " › "))
}

// Each setting changes what it is for, in either stack, and nothing else; and every guardrail holds with it.
func TestTheSettingsOfAGovernedAccount(t *testing.T) {
	for name, setting := range governed {
		for _, stack := range []string{"dev", "prod"} {
			t.Run(name+"/"+stack, func(t *testing.T) {
				beside, d := with(t, stack, setting.beside), with(t, stack, setting.settings)
				found := differences(nil, tree(t, registrations(t, beside.Evaluation, nil)), tree(t, registrations(t, d.Evaluation, nil)))
				others := slices.DeleteFunc(slices.Clone(found), func(c difference) bool { return setting.meant(beside, c) })
				require.Empty(t, listed(others, 20))
				require.GreaterOrEqual(t, len(found), setting.least)
				for _, rail := range guardrails {
					require.Empty(t, rail.violations(d), rail.rule)
				}
			})
		}
	}
}

func TestTheSettingsOfAGovernedAccountTogether(t *testing.T) {
	settings := map[string]string{}
	for _, setting := range governed {
		maps.Copy(settings, setting.settings)
	}
	for _, stack := range []string{"dev", "prod"} {
		d := with(t, stack, settings)
		require.Empty(t, d.Find(keyType))
		require.Empty(t, d.Find(vpcType))
		require.Len(t, d.Find(bucketType), 4)
		require.Len(t, d.Find(loggingType), 4)
		for _, rail := range guardrails {
			require.Empty(t, rail.violations(d), rail.rule)
		}
		preview, err := mockaws.Evaluate(Deploy, d.stack, true)
		require.NoError(t, err)
		require.Len(t, preview.Resources, len(d.Resources))
		require.Equal(t, d.Exports["keyPolicy"], preview.Exports["keyPolicy"], "it is needed before the first deployment")
	}
}

// A key of somebody else's is to let in whom a key of the lake's own lets in. Its own account it lets in already, and another
// one where that is the lake's.
func TestTheKeyPolicyIsThatOfAKeyOfOnesOwn(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		own := with(t, stack, map[string]string{"datalake:customerKey": "true"})
		statements := at(own.named(keyType, "lake-key").Inputs, "policy", "Statement").([]any)
		require.Len(t, statements, 4)
		lets := map[string]any{
			"Effect": "Allow", "Principal": map[string]any{"AWS": "arn:aws:iam::" + own.AccountID + ":root"},
			"Action": []any{"kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"}, "Resource": []any{"*"},
		}
		for account, want := range map[string][]any{own.AccountID: statements[1:], "999900001111": append([]any{lets}, statements[1:]...)} {
			key := strings.Replace(givenKey, "111122223333", account, 1)
			d := with(t, stack, map[string]string{"datalake:customerKey": "false", "datalake:kmsKeyArn": key})
			require.Equal(t, want, at(d.Exports, "keyPolicy", "Statement"))
			require.Equal(t, "2012-10-17", at(d.Exports, "keyPolicy", "Version"))
		}
		require.NotContains(t, with(t, stack, nil).Exports, "keyPolicy")
	}
}

// A job in a network of the lake's own reaches KMS there, whoever keeps the key.
func TestThePrivateNetworkReachesAKeyThatWasThere(t *testing.T) {
	settings := maps.Clone(governed["kmsKeyArn"].settings)
	settings["datalake:privateNetwork"] = "true"
	reached := with(t, "dev", settings).Find("aws:ec2/vpcEndpoint:VpcEndpoint")
	require.True(t, slices.ContainsFunc(reached, func(endpoint mockaws.Resource) bool {
		return endpoint.Inputs["serviceName"] == "com.amazonaws.ap-southeast-1.kms"
	}))
}

// with evaluates a committed stack with other settings.
func with(t testing.TB, name string, settings map[string]string) *deployment {
	t.Helper()
	stack, err := mockaws.LoadStack("..", name)
	require.NoError(t, err)
	maps.Copy(stack.Config, settings)
	evaluation, err := mockaws.Evaluate(Deploy, stack, false)
	require.NoError(t, err)
	return &deployment{evaluation, stack}
}
