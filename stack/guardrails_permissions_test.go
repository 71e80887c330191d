package stack

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

var permissionGuardrails = []guardrail{
	{
		rule:   "a role may do what its user calls, and nothing else",
		reason: "an action that is missing fails in the night in which it is needed; one too many is what a thief gets",
		source: "https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena.html https://docs.aws.amazon.com/glue/latest/dg/crawler-prereqs.html https://docs.aws.amazon.com/glue/latest/dg/create-an-iam-role.html",
		violations: each(rolePolicyType, func(d *deployment, policy mockaws.Resource) (faults []string) {
			role, _ := d.lookup(roleType, "name", textAt(policy.Inputs, "role"))
			needed := neededBy(d, role)
			for _, s := range statements(policy, "policy") {
				for _, action := range s.Action {
					own := action == "kms:Decrypt" || action == "kms:GenerateDataKey" // who needs them has a rule of its own
					faults = append(faults, unless(own || needed[action], "may %s, which it does not call", action)...)
				}
			}
			for _, action := range slices.Sorted(maps.Keys(needed)) {
				may := slices.ContainsFunc(statements(policy, "policy"), func(s statement) bool { return slices.Contains(s.Action, action) })
				faults = append(faults, unless(may, "may not %s", action)...)
			}
			return faults
		}),
		breaches: []breach{
			{"dev", set(rolePolicyType, "crawl-dataset-role", "glue:StopCrawler", "policy", "Statement", 1, "Action", 0), "RolePolicy crawl-dataset-role: may glue:StopCrawler, which it does not call\nRolePolicy crawl-dataset-role: may not glue:GetCrawler"},
			{"prod", set(rolePolicyType, "crawl-dataset-crawler-role", []any{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}, "policy", "Statement", 2, "Action"), "RolePolicy crawl-dataset-crawler-role: may not logs:AssociateKmsKey"},
			{"prod", set(rolePolicyType, "ingestion-role", "sqs:ReceiveMessage", "policy", "Statement", 2, "Action", 1), "RolePolicy ingestion-role: may sqs:ReceiveMessage, which it does not call"},
		},
	},
	{
		rule:   "a job's role may keep temporary files where the job is told to",
		reason: "Glue sorts and spills there when it needs to, which small data never shows",
		source: "https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html https://docs.aws.amazon.com/glue/latest/dg/create-an-iam-role.html",
		violations: each(jobType, func(d *deployment, job mockaws.Resource) (faults []string) {
			role, _ := d.lookup(roleType, "arn", textAt(job.Inputs, "roleArn"))
			bucket, folder, _ := strings.Cut(strings.TrimPrefix(textAt(job.Inputs, "defaultArguments", "--TempDir"), "s3://"), "/")
			var may []string
			for _, policy := range belonging(d, rolePolicyType, "role", role.Outputs["name"]) {
				for _, s := range statements(policy, "policy") {
					there := slices.Contains(s.Resource, "arn:aws:s3:::"+bucket+"/"+folder+"*") ||
						slices.Contains(s.Resource, "arn:aws:s3:::"+bucket) && slices.Contains(s.Condition["StringLike"]["s3:prefix"], folder+"*")
					if there {
						may = append(may, s.Action...)
					}
				}
			}
			for _, action := range []string{"s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"} {
				faults = append(faults, unless(slices.Contains(may, action), "may not %s at %s", action, folder)...)
			}
			return faults
		}),
		breaches: []breach{
			{"dev", set(jobType, "weekly-etl-job", "s3://lake-artifacts-b982b4b/elsewhere/", "defaultArguments", "--TempDir"), "Job weekly-etl-job: may not s3:DeleteObject at elsewhere/\nJob weekly-etl-job: may not s3:GetObject at elsewhere/\nJob weekly-etl-job: may not s3:ListBucket at elsewhere/\nJob weekly-etl-job: may not s3:PutObject at elsewhere/"},
		},
	},
	{
		rule:   "what a role reaches is one thing, or what is in one folder or one database",
		reason: "beside it lies what others work on",
		source: "https://docs.aws.amazon.com/wellarchitected/latest/framework/sec_permissions_least_privileges.html",
		violations: eachIdentityStatement(func(_ *deployment, s statement) (faults []string) {
			for _, resource := range s.Resource {
				name := resource[strings.LastIndex(resource, ":")+1:]
				folder, rest, wild := strings.Cut(name, "*")
				bounded := strings.Count(folder, "/") >= 2 || strings.HasPrefix(resource, "arn:aws:s3:::") && strings.Count(folder, "/") >= 1 && folder[strings.Index(folder, "/")+1:] != ""
				made := rest == "" && (bounded || strings.Contains(resource, ":log-group:/") && strings.HasSuffix(resource, ":*")) // a log group's own streams
				network := strings.HasSuffix(resource, ":network-interface/*") && len(s.Condition) > 0
				faults = append(faults, unless(!wild || resource == "*" || made || network, "works on %s", resource)...)
			}
			return faults
		}),
		breaches: []breach{
			{"dev", set(rolePolicyType, "crawl-dataset-role", []any{"arn:aws:glue:ap-southeast-1:111122223333:crawler/*"}, "policy", "Statement", 1, "Resource"), "RolePolicy crawl-dataset-role: works on arn:aws:glue:ap-southeast-1:111122223333:crawler/*"},
			{"prod", set(rolePolicyType, "ingestion-role", []any{"arn:aws:s3:::lake-source-ee3e81c/*"}, "policy", "Statement", 1, "Resource"), "RolePolicy ingestion-role: works on arn:aws:s3:::lake-source-ee3e81c/*"},
			{"prod", set(rolePolicyType, "watchdog-role", []any{"arn:aws:states:ap-southeast-1:444455556666:stateMachine:*"}, "policy", "Statement", 1, "Resource"), "RolePolicy watchdog-role: works on arn:aws:states:ap-southeast-1:444455556666:stateMachine:*"},
		},
	},
	{
		rule:   "a bucket of data is listed below one folder, and metrics go to one namespace",
		reason: "names alone tell of others' data, and a metric of somebody else's raises somebody else's alarm",
		source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html",
		violations: eachStatement(rolePolicyType, "policy", func(d *deployment, s statement) (faults []string) {
			results := oneOrMore{"arn:aws:s3:::" + textAt(d.Exports, "buckets", "results")} // Athena lists what it writes there
			for _, prefix := range append(s.Condition["StringLike"]["s3:prefix"], s.Condition["StringEquals"]["cloudwatch:namespace"]...) {
				faults = append(faults, unless(strings.Trim(prefix, "/*") != "", "its condition takes %s", prefix)...)
			}
			lists := slices.Contains(s.Action, "s3:ListBucket") && !slices.Equal(s.Resource, results)
			return append(faults, unless(!lists || len(s.Condition["StringLike"]["s3:prefix"]) == 1, "lists all of %v", s.Resource)...)
		}),
		breaches: []breach{
			{"dev", set(rolePolicyType, "crawl-dataset-crawler-role", nil, "policy", "Statement", 3, "Condition"), "RolePolicy crawl-dataset-crawler-role: lists all of [arn:aws:s3:::lake-source-0c6facc]"},
			{"prod", set(rolePolicyType, "weekly-etl-job-role", "*", "policy", "Statement", 0, "Condition", "StringEquals", "cloudwatch:namespace"), "RolePolicy weekly-etl-job-role: its condition takes *"},
		},
	},
}

// integrationActions are what AWS documents that a state machine's role needs, by the integration that a task calls.
var integrationActions = map[string][]string{
	"athena:getQueryResults": {"athena:GetQueryResults", "s3:GetObject"},
	"athena:startQueryExecution.sync": slices.Concat(queryActions, []string{
		"athena:GetDataCatalog", "athena:GetQueryExecution", "athena:StartQueryExecution", "athena:StopQueryExecution", "lakeformation:GetDataAccess",
	}),
	"aws-sdk:cloudwatch:putMetricData": {"cloudwatch:PutMetricData"},
	"aws-sdk:glue:getCrawler":          {"glue:GetCrawler"},
	"aws-sdk:glue:listCrawls":          {"glue:ListCrawls"},
	"aws-sdk:glue:startCrawler":        {"glue:StartCrawler"},
	"aws-sdk:s3:getObject":             {"s3:GetObject"},
	"aws-sdk:s3:putObject":             {"s3:PutObject"},
	"aws-sdk:sfn:listExecutions":       {"states:ListExecutions"},
	"events:putEvents":                 {"events:PutEvents"},
	"glue:startJobRun.sync":            {"glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"},
	"sns:publish":                      {"sns:Publish"},
}

var (
	// queryActions are what Athena asks of the catalog and of S3 in the name of whoever queries.
	queryActions = []string{
		"glue:BatchGetPartition", "glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables",
		"s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts", "s3:PutObject",
	}
	deliveryActions = []string{
		"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
		"logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
	}
	tracingActions = []string{"xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}
	glueLogActions = []string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
	crawlerActions = []string{
		"glue:BatchCreatePartition", "glue:BatchGetPartition", "glue:BatchUpdatePartition", "glue:CreatePartition", "glue:CreateTable", "glue:GetDatabase",
		"glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables", "glue:UpdatePartition", "glue:UpdateTable",
		"s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket",
	}
	jobActions = []string{"cloudwatch:PutMetricData", "s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"}
)

// neededBy are the actions that the users of a role call.
func neededBy(d *deployment, role mockaws.Resource) map[string]bool {
	needed := map[string]bool{}
	need := func(actions ...string) {
		for _, action := range actions {
			needed[action] = true
		}
	}
	for _, machine := range belonging(d, machineType, "roleArn", role.Outputs["arn"]) {
		need(deliveryActions...)
		if d.asks("tracing") {
			need(tracingActions...)
		}
		if machine.Inputs["type"] == "EXPRESS" { // its log is its history
			need("logs:CreateLogStream", "logs:PutLogEvents")
		}
		for _, s := range statesOf(definition(machine)) {
			_, integration, calls := strings.Cut(fmt.Sprint(s.fields["Resource"]), ":states:::")
			if calls {
				need(integrationActions[integration]...)
			}
		}
	}
	for _, crawler := range belonging(d, crawlerType, "role", role.Outputs["arn"]) {
		need(slices.Concat(crawlerActions, glueLogActions, keyedLogs(crawler))...)
	}
	for _, job := range belonging(d, jobType, "roleArn", role.Outputs["arn"]) {
		need(slices.Concat(jobActions, glueLogActions, keyedLogs(job))...)
		if d.hasNetwork() {
			need(append(intoNetworks, "ec2:CreateTags", "ec2:DeleteTags", "glue:GetConnection")...)
		}
	}
	if len(belonging(d, targetType, "roleArn", role.Outputs["arn"])) > 0 {
		need("states:StartExecution")
	}
	for _, rule := range d.Find(topicRuleType) {
		if at(rule.Inputs, "s3", 0, "roleArn") == role.Outputs["arn"] {
			need("s3:PutObject", "sqs:SendMessage")
		}
	}
	return needed
}

// keyedLogs is what Glue calls to have its logs encrypted.
func keyedLogs(user mockaws.Resource) []string {
	if user.Inputs["securityConfiguration"] == nil {
		return nil
	}
	return []string{"logs:AssociateKmsKey"}
}
