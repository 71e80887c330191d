package stack

import (
	"fmt"
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

var accessGuardrails = []guardrail{
	{
		rule:   "buckets, topics and queues take TLS only",
		reason: "what goes over the network in plain text can be read and changed on the way",
		source: "S3.5 https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html",
		violations: all(
			each(bucketType, func(d *deployment, bucket mockaws.Resource) []string {
				arn := bucket.Outputs["arn"].(string)
				return takesTLSOnly(belonging(d, bucketPolicyType, "bucket", bucket.Outputs["bucket"]), "s3:*", arn, arn+"/*")
			}),
			each(topicType, func(d *deployment, topic mockaws.Resource) []string {
				return takesTLSOnly(belonging(d, topicPolicyType, "arn", topic.Outputs["arn"]), "sns:Publish", topic.Outputs["arn"].(string))
			}),
			each(queueType, func(d *deployment, queue mockaws.Resource) []string {
				return takesTLSOnly(belonging(d, queuePolicyType, "queueUrl", queue.Outputs["url"]), "sqs:*", queue.Outputs["arn"].(string))
			}),
		),
		breaches: []breach{
			{"dev", drop(bucketPolicyType, "lake-source"), "BucketV2 lake-source: takes plain text"},
			{"prod", set(bucketPolicyType, "lake-logs", output(bucketType, "lake-logs", "arn"), "policy", "Statement", 0, "Resource"), "BucketV2 lake-logs: takes plain text"},
			{"prod", set(topicPolicyType, "alerts-topic", "true", "policy", "Statement", 0, "Condition", "Bool", "aws:SecureTransport"), "Topic alerts-topic: takes plain text"},
			{"dev", set(queuePolicyType, "crawl-dataset-dead-letters", "sqs:SendMessage", "policy", "Statement", 0, "Action"), "Queue crawl-dataset-dead-letters: takes plain text"},
			{"prod", set(queuePolicyType, "alerts-queue", map[string]any{"AWS": "444455556666"}, "policy", "Statement", 0, "Principal"), "Queue alerts-queue: takes plain text"},
		},
	},
	{
		rule:   "no resource's policy allows anything to anyone",
		reason: "a principal of * is the whole world, whatever the conditions around it become",
		source: "S3.2 S3.3 SNS.4 SQS.3 KMS.5 https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
		violations: eachResourcePolicy(func(_ *deployment, s statement) []string {
			return unless(s.Effect != "Allow" || !s.Principal.isAnyone() && s.NotPrincipal == nil, "allows %s to anyone", strings.Join(s.Action, ", "))
		}),
		breaches: []breach{
			{"dev", set(topicPolicyType, "alerts-topic", "*", "policy", "Statement", 1, "Principal"), "TopicPolicy alerts-topic: allows sns:Publish to anyone"},
			{"prod", set(queuePolicyType, "alerts-queue", map[string]any{"AWS": []any{"*"}}, "policy", "Statement", 1, "Principal"), "QueuePolicy alerts-queue: allows sqs:SendMessage to anyone"},
			{"prod", set(keyType, "lake-key", "arn:aws:iam::*:root", "policy", "Statement", 0, "Principal", "AWS"), "Key lake-key: allows kms:* to anyone"},
		},
	},
	{
		rule:   "no resource's policy lets another account in",
		reason: "data leaves the account on purpose or not at all",
		source: "S3.6 https://docs.aws.amazon.com/wellarchitected/latest/framework/sec_permissions_analyze_cross_account.html",
		violations: eachResourcePolicy(func(d *deployment, s statement) (faults []string) {
			for _, id := range s.Principal["AWS"] {
				own := id == d.AccountID || strings.HasPrefix(id, "arn:aws:iam::"+d.AccountID+":")
				faults = append(faults, unless(own || s.Effect == "Deny", "lets %s in", id)...)
			}
			return faults
		}),
		breaches: []breach{
			{"prod", set(keyType, "lake-key", "arn:aws:iam::111122223333:root", "policy", "Statement", 0, "Principal", "AWS"), "Key lake-key: lets arn:aws:iam::111122223333:root in"},
		},
	},
	{
		rule:   "services that a bucket, a topic or a queue lets in act for this account",
		reason: "a service can be made to act for a stranger: the confused deputy",
		source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
		violations: all(
			eachStatement(bucketPolicyType, "policy", isForThisAccount),
			eachStatement(topicPolicyType, "policy", func(d *deployment, s statement) []string {
				if slices.Contains(s.services(), "events.amazonaws.com") {
					return nil // see the next rule
				}
				return isForThisAccount(d, s)
			}),
			eachStatement(queuePolicyType, "policy", isForThisAccount),
		),
		breaches: []breach{
			{"dev", set(topicPolicyType, "alerts-topic", nil, "policy", "Statement", 2, "Condition"), "TopicPolicy alerts-topic: cloudwatch.amazonaws.com may act for any account"},
			{"prod", set(bucketPolicyType, "lake-logs", "111122223333", "policy", "Statement", 1, "Condition", "StringEquals", "aws:SourceAccount"), "BucketPolicy lake-logs: logging.s3.amazonaws.com may act for any account"},
			{"prod", set(queuePolicyType, "alerts-queue", "arn:aws:sns:ap-southeast-1:*:alerts", "policy", "Statement", 1, "Condition", "ArnEquals", "aws:SourceArn"), "QueuePolicy alerts-queue: sns.amazonaws.com may act for any account"},
		},
	},
	{
		rule:   "EventBridge is let into a topic without a condition",
		reason: "it publishes to no topic whose policy has one for it, and tells so in a metric alone",
		source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html",
		violations: eachStatement(topicPolicyType, "policy", func(_ *deployment, s statement) []string {
			bound := s.Effect == "Allow" && slices.Contains(s.services(), "events.amazonaws.com") && len(s.Condition) > 0
			return unless(!bound, "lets EventBridge in under a condition")
		}),
		breaches: []breach{
			{"prod", set(topicPolicyType, "alerts-topic", "444455556666", "policy", "Statement", 1, "Condition", "StringEquals", "aws:SourceAccount"), "TopicPolicy alerts-topic: lets EventBridge in under a condition"},
		},
	},
	{
		rule:   "roles may do named actions only",
		reason: "with a wildcard, a role gets what AWS invents next, and what nobody meant",
		source: "IAM.1 IAM.21 https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
		violations: eachIdentityStatement(func(_ *deployment, s statement) (faults []string) {
			for _, action := range s.Action {
				faults = append(faults, unless(!strings.Contains(action, "*"), "may %s", action)...)
			}
			return append(faults, unless(s.NotAction == nil && s.NotResource == nil && s.Effect == "Allow", "says what it may not do")...)
		}),
		breaches: []breach{
			{"dev", set(rolePolicyType, "crawl-dataset-role", []any{"glue:*"}, "policy", "Statement", 1, "Action"), "RolePolicy crawl-dataset-role: may glue:*"},
			{"prod", set(rolePolicyType, "execute-queries-role", []any{"iam:PassRole"}, "policy", "Statement", 0, "NotAction"), "RolePolicy execute-queries-role: says what it may not do"},
		},
	},
	{
		rule:   "roles work on named resources, but where AWS knows none",
		reason: "a role that is taken over reaches what it works on, and no further",
		source: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
		violations: eachIdentityStatement(func(d *deployment, s statement) (faults []string) {
			for _, resource := range s.Resource {
				for _, action := range s.Action {
					needed := slices.Contains(withoutResources, action) || action == "cloudwatch:PutMetricData" && len(s.Condition["StringEquals"]["cloudwatch:namespace"]) > 0 ||
						d.hasNetwork() && slices.Contains(intoNetworks, action)
					faults = append(faults, unless(resource != "*" || needed, "may %s on everything", action)...)
				}
			}
			return faults
		}),
		breaches: []breach{
			{"dev", set(rolePolicyType, "crawl-dataset-role", "glue:StartCrawler", "policy", "Statement", 0, "Action", 0), "RolePolicy crawl-dataset-role: may glue:StartCrawler on everything"},
			{"prod", set(rolePolicyType, "crawl-dataset-role", "cloudwatch:PutMetricData", "policy", "Statement", 0, "Action", 0), "RolePolicy crawl-dataset-role: may cloudwatch:PutMetricData on everything"},
			{"prod", set(rolePolicyType, "weekly-etl-job-role", "ec2:CreateNetworkInterface", "policy", "Statement", 0, "Action", 0), "RolePolicy weekly-etl-job-role: may ec2:CreateNetworkInterface on everything"},
		},
	},
	{
		rule:   "roles work on resources of this account, named down to their kind",
		reason: "a pattern across services, regions or accounts is a wildcard in disguise",
		source: "https://docs.aws.amazon.com/wellarchitected/latest/framework/sec_permissions_least_privileges.html",
		violations: eachIdentityStatement(func(d *deployment, s statement) (faults []string) {
			for _, resource := range s.Resource {
				parts := strings.SplitN(resource, ":", 6)
				if resource == "*" {
					continue
				}
				if len(parts) != 6 {
					faults = append(faults, fmt.Sprintf("%q is not an ARN", resource))
					continue
				}
				own := parts[4] == d.AccountID || parts[2] == "s3" && parts[4] == "" || resource == d.given("kmsKeyArn")
				named := !strings.Contains(strings.Join(parts[:5], ""), "*") && !strings.HasPrefix(parts[5], "*")
				faults = append(faults, unless(own && named, "works on %s", resource)...)
			}
			return faults
		}),
		breaches: []breach{
			{"dev", set(rolePolicyType, "crawl-dataset-role", []any{"arn:aws:glue:*:111122223333:crawler/x"}, "policy", "Statement", 1, "Resource"), "RolePolicy crawl-dataset-role: works on arn:aws:glue:*:111122223333:crawler/x"},
			{"dev", set(rolePolicyType, "crawl-dataset-role", []any{"arn:aws:glue:ap-southeast-1:444455556666:crawler/x"}, "policy", "Statement", 1, "Resource"), "RolePolicy crawl-dataset-role: works on arn:aws:glue:ap-southeast-1:444455556666:crawler/x"},
			{"prod", set(rolePolicyType, "crawl-dataset-role", []any{"arn:aws:s3:::*"}, "policy", "Statement", 1, "Resource"), "RolePolicy crawl-dataset-role: works on arn:aws:s3:::*"},
		},
	},
	{
		rule:   "only devices write into production's source bucket",
		reason: "source data comes from outside; a pipeline that can change it can falsify it",
		source: "https://docs.aws.amazon.com/wellarchitected/latest/framework/sec_data_classification_define_protection.html",
		violations: each(rolePolicyType, func(d *deployment, policy mockaws.Resource) (faults []string) {
			role, _ := d.lookup(roleType, "name", textAt(policy.Inputs, "role"))
			if slices.Equal(roleUsers(d, role), []string{"iot.amazonaws.com"}) {
				return nil
			}
			source, _ := d.lookup(bucketType, "bucket", textAt(d.Exports, "buckets", "source"))
			for _, s := range statements(policy, "policy") {
				for _, resource := range s.Resource {
					for _, action := range s.Action {
						writes := strings.HasPrefix(resource, source.Outputs["arn"].(string)) && (strings.HasPrefix(action, "s3:Put") || strings.HasPrefix(action, "s3:Delete"))
						faults = append(faults, unless(!d.isProduction() || !writes, "may %s on %s", action, source.Name)...)
					}
				}
			}
			return faults
		}),
		breaches: []breach{
			{"prod", set(rolePolicyType, "crawl-dataset-crawler-role", "s3:PutObject", "policy", "Statement", 5, "Action", 0), "RolePolicy crawl-dataset-crawler-role: may s3:PutObject on lake-source"},
		},
	},
}

// withoutResources are the actions that know no resource.
var withoutResources = []string{
	"athena:ListDataCatalogs", "athena:ListWorkGroups",
	"lakeformation:GetDataAccess",
	"logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
	"logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
	"xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
}

// intoNetworks are what Glue does to put a job into a network: what it looks for and makes has no ARN yet, and the subnet
// may be one that another account shares.
var intoNetworks = []string{
	"ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables",
	"ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints",
}

// takesTLSOnly judges a resource's policies: one of them denies everyone what does not come over TLS.
func takesTLSOnly(policies []mockaws.Resource, action string, resources ...string) []string {
	denied := slices.ContainsFunc(policies, func(policy mockaws.Resource) bool {
		return slices.ContainsFunc(statements(policy, "policy"), func(s statement) bool {
			for _, resource := range resources {
				if !slices.Contains(s.Resource, resource) {
					return false
				}
			}
			return s.Effect == "Deny" && s.Principal.isAnyone() && slices.Contains(s.Action, action) &&
				slices.Equal(s.Condition["Bool"]["aws:SecureTransport"], oneOrMore{"false"})
		})
	})
	return unless(denied, "takes plain text")
}

// isForThisAccount judges a statement for a service: a source in this account is part of it.
func isForThisAccount(d *deployment, s statement) (faults []string) {
	sources := s.Condition["ArnEquals"]["aws:SourceArn"]
	own := len(sources) > 0
	for _, source := range sources {
		own = own && !strings.Contains(source, "*") && strings.Contains(source, ":"+d.AccountID+":")
	}
	for _, service := range s.services() {
		faults = append(faults, unless(own || s.isBoundTo(d.AccountID), "%s may act for any account", service)...)
	}
	return faults
}

// eachStatement judges every statement of the policies of a type.
func eachStatement(token, input string, judge func(d *deployment, s statement) []string) func(*deployment) []string {
	return each(token, func(d *deployment, r mockaws.Resource) (faults []string) {
		for _, s := range statements(r, input) {
			faults = append(faults, judge(d, s)...)
		}
		return faults
	})
}

// eachIdentityStatement judges every statement of the policies of roles and of people.
func eachIdentityStatement(judge func(d *deployment, s statement) []string) func(*deployment) []string {
	return all(eachStatement(rolePolicyType, "policy", judge), eachStatement(policyType, "policy", judge))
}

// eachResourcePolicy judges every statement of the policies that stand at resources.
func eachResourcePolicy(judge func(d *deployment, s statement) []string) func(*deployment) []string {
	var rules []func(*deployment) []string
	for _, token := range []string{bucketPolicyType, topicPolicyType, queuePolicyType, keyType} {
		rules = append(rules, eachStatement(token, "policy", judge))
	}
	return all(rules...)
}
