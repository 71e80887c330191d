package stack

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"datalake/internal/mockaws"
)

var environmentGuardrails = []guardrail{
	{
		rule:   "buckets, the key, databases and tables are protected in production, and where the environment asks for it, and nothing else is",
		reason: "what holds the only copy of something is not deleted by a slip; what holds none is not in the way",
		source: "https://www.pulumi.com/docs/iac/concepts/resources/options/protect/ https://docs.aws.amazon.com/wellarchitected/latest/framework/sec_protect_data_rest_access_control.html",
		violations: func(d *deployment) (violations []string) {
			for _, r := range d.Resources {
				stateful := slices.Contains([]string{bucketType, keyType, databaseType, tableType}, r.Type) && d.asks("protect")
				violations = append(violations, unless(r.Protect == stateful, "%s: is protected: %v, asked for: %v", label(r), r.Protect, stateful)...)
			}
			return violations
		},
		breaches: []breach{
			{"prod", protect(bucketType, "lake-source", false), "BucketV2 lake-source: is protected: false, asked for: true"},
			{"prod", protect(keyType, "lake-key", false), "Key lake-key: is protected: false, asked for: true"},
			{"prod", protect(databaseType, "crawl-dataset-database", false), "CatalogDatabase crawl-dataset-database: is protected: false, asked for: true"},
			{"dev", protect(bucketType, "lake-logs", true), "BucketV2 lake-logs: is protected: true, asked for: false"},
			{"prod", protect(topicType, "alerts-topic", true), "Topic alerts-topic: is protected: true, asked for: false"},
		},
	},
	{
		rule:   "the key stays in the account when Pulumi deletes it, and outside disposable environments queues, databases and tables do",
		reason: "a setting that is turned off does not take along messages that nobody has read, tables that others query, and what everything encrypted needs",
		source: "https://www.pulumi.com/docs/iac/concepts/resources/options/retainondelete/ https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
		violations: func(d *deployment) (violations []string) {
			for _, r := range d.Resources {
				holds := slices.Contains([]string{queueType, databaseType, tableType}, r.Type)
				stays := r.Type == keyType || holds && d.stack.Config["datalake:disposable"] != "true"
				violations = append(violations, unless(r.Retain == stays, "%s: stays when it is deleted: %v, asked for: %v", label(r), r.Retain, stays)...)
			}
			return violations
		},
		breaches: []breach{
			{"prod", retain(keyType, "lake-key", false), "Key lake-key: stays when it is deleted: false, asked for: true"},
			{"prod", retain(queueType, "alerts-queue", false), "Queue alerts-queue: stays when it is deleted: false, asked for: true"},
			{"prod", retain(databaseType, "crawl-dataset-database", false), "CatalogDatabase crawl-dataset-database: stays when it is deleted: false, asked for: true"},
			{"dev", retain(queueType, "crawl-dataset-dead-letters", true), "Queue crawl-dataset-dead-letters: stays when it is deleted: true, asked for: false"},
		},
	},
	{
		rule:   "buckets and workgroups go with what is in them where the environment is disposable, and never in production",
		reason: "a destroy deletes data without asking where that is set",
		source: "https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucketv2/",
		violations: func(d *deployment) (violations []string) {
			for _, r := range d.Resources {
				if slices.Contains([]string{bucketType, workgroupType}, r.Type) || r.Inputs["forceDestroy"] != nil {
					goes, asked := r.Inputs["forceDestroy"] == true, d.stack.Config["datalake:disposable"] == "true" && !d.isProduction()
					violations = append(violations, unless(goes == asked, "%s: goes with what is in it: %v, asked for: %v", label(r), goes, asked)...)
				}
			}
			return violations
		},
		breaches: []breach{
			{"prod", set(bucketType, "lake-source", true, "forceDestroy"), "BucketV2 lake-source: goes with what is in it: true, asked for: false"},
			{"prod", set(workgroupType, "execute-queries-workgroup", true, "forceDestroy"), "Workgroup execute-queries-workgroup: goes with what is in it: true, asked for: false"},
			{"dev", set(bucketType, "lake-source", nil, "forceDestroy"), "BucketV2 lake-source: goes with what is in it: false, asked for: true"},
		},
	},
	{
		rule:   "the stack file tags everything with project and environment, and no resource tags itself",
		reason: "cost and ownership are read off tags; one place cannot be forgotten",
		source: "https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html https://www.pulumi.com/registry/packages/aws/installation-configuration/",
		violations: func(d *deployment) (violations []string) {
			tags := at(d.stack.Config["aws:defaultTags"], "tags")
			project, environment := textAt(tags, "Project"), textAt(tags, "Environment")
			violations = slices.Concat(
				unless(project == d.stack.Project, "aws:defaultTags: Project is %q, not %q", project, d.stack.Project),
				unless(environment == d.stack.Name, "aws:defaultTags: Environment is %q, not %q", environment, d.stack.Name),
			)
			for _, r := range d.Resources {
				violations = append(violations, unless(r.Inputs["tags"] == nil, "%s: tags itself", label(r))...)
			}
			return violations
		},
		breaches: []breach{
			{"prod", configure("aws:defaultTags", `{"tags": {"Project": "datalake", "Environment": "dev"}}`), `aws:defaultTags: Environment is "dev", not "prod"`},
			{"dev", configure("aws:defaultTags", `{"tags": {"Environment": "dev"}}`), `aws:defaultTags: Project is "", not "datalake"`},
			{"dev", set(bucketType, "lake-source", map[string]any{"Owner": "x"}, "tags"), "BucketV2 lake-source: tags itself"},
		},
	},
	{
		rule:   "the stack file names its one account and its region, and production has an account of its own",
		reason: "with the wrong credentials nothing happens, instead of the wrong thing; what breaks dev does not reach prod",
		source: "https://docs.aws.amazon.com/wellarchitected/latest/framework/sec_securely_operate_multi_accounts.html https://www.pulumi.com/registry/packages/aws/installation-configuration/",
		violations: func(d *deployment) []string {
			accounts, _ := parse(d.stack.Config["aws:allowedAccountIds"]).([]any)
			one := len(accounts) == 1 && regexp.MustCompile(`^[0-9]{12}$`).MatchString(fmt.Sprint(accounts[0]))
			other, err := devStack()
			if err != nil {
				return []string{err.Error()}
			}
			own := !d.isProduction() || d.stack.Config["aws:allowedAccountIds"] != other.Config["aws:allowedAccountIds"]
			return slices.Concat(
				unless(one, "aws:allowedAccountIds is %q, not one account", d.stack.Config["aws:allowedAccountIds"]),
				unless(own, "aws:allowedAccountIds is dev's account"),
				unless(d.stack.Config["aws:region"] != "", "aws:region is missing"),
			)
		},
		breaches: []breach{
			{"dev", configure("aws:allowedAccountIds", ""), `aws:allowedAccountIds is "", not one account`},
			{"prod", configure("aws:allowedAccountIds", `["111122223333"]`), "aws:allowedAccountIds is dev's account"},
			{"dev", configure("aws:region", ""), "aws:region is missing"},
		},
	},
	{
		rule:   "production's logs are kept for a year, and longer than dev's",
		reason: "an intrusion is often found months later",
		source: "CloudWatch.16",
		violations: each(logGroupType, func(d *deployment, logs mockaws.Resource) []string {
			other, err := devStack()
			if err != nil {
				return []string{err.Error()}
			}
			least, _ := strconv.ParseFloat(other.Config["datalake:logDays"], 64)
			days, _ := logs.Inputs["retentionInDays"].(float64)
			return unless(!d.isProduction() || days >= 365 && days > least, "keeps logs for %v days", days)
		}),
		breaches: []breach{
			{"prod", set(logGroupType, "execute-queries-machine", 14.0, "retentionInDays"), "LogGroup execute-queries-machine: keeps logs for 14 days"},
		},
	},
	{
		rule:   "production has no sample dataset",
		reason: "made-up figures beside real ones are taken for real",
		source: "https://docs.aws.amazon.com/wellarchitected/latest/framework/sec_data_classification_define_protection.html",
		violations: func(d *deployment) []string {
			machines, _ := d.Exports["machines"].(map[string]any)
			return slices.Concat(
				unless(!d.isProduction() || len(d.Find(sampleDatasetType)) == 0, "there is a sample dataset"),
				unless(!d.isProduction() || machines["create-dataset"] == nil, "the outputs name create-dataset"),
			)
		},
		breaches: []breach{
			{"prod", add(sampleDatasetType, "create-dataset", nil), "there is a sample dataset"},
			{"prod", func(d *deployment) {
				d.Exports = put(d.Exports, []any{"machines", "create-dataset"}, "arn").(map[string]any)
			}, "the outputs name create-dataset"},
		},
	},
	{
		rule:   "everything uses the default provider",
		reason: "a provider of the program's own ignores the stack file's tags and its allowed accounts",
		source: "https://github.com/pulumi/pulumi-aws/issues/3259 https://www.pulumi.com/docs/iac/concepts/resources/providers/",
		violations: func(d *deployment) (violations []string) {
			for _, r := range d.Resources {
				violations = append(violations, unless(!strings.HasPrefix(r.Type, "pulumi:providers:"), "%s is a provider of the program's own", r.Name)...)
			}
			return violations
		},
		breaches: []breach{
			{"prod", add("pulumi:providers:aws", "elsewhere", nil), "elsewhere is a provider of the program's own"},
		},
	},
	{
		rule:   "Pulumi names everything but what queries and people call by name",
		reason: "two stacks share an account only if their names differ, and a replacement exists beside what it replaces",
		source: "https://www.pulumi.com/docs/iac/concepts/resources/names/",
		violations: func(d *deployment) (violations []string) {
			for _, r := range d.Resources {
				name := textAt(r.Inputs, "name")
				if r.Type == bucketType {
					name = textAt(r.Inputs, "bucket")
				}
				switch {
				case name == "", slices.Contains([]string{namedQueryType, tableType}, r.Type): // the latter's names are their workgroup's and database's own
				case slices.Contains([]string{databaseType, crawlerType, jobType, topicRuleType}, r.Type):
					suffix := databaseName(d.stack.Name)
					own := strings.HasSuffix(name, "_"+suffix) || strings.HasSuffix(name, "-"+suffix)
					violations = append(violations, unless(own, "%s: %q does not end with the stack's name", label(r), name)...)
				default:
					violations = append(violations, label(r)+": has a fixed name")
				}
			}
			return violations
		},
		breaches: []breach{
			{"dev", set(bucketType, "lake-source", "my-lake", "bucket"), "BucketV2 lake-source: has a fixed name"},
			{"prod", set(topicType, "alerts-topic", "alerts", "name"), "Topic alerts-topic: has a fixed name"},
			{"dev", set(jobType, "weekly-etl-job", "WeatherDataTransformJob", "name"), `Job weekly-etl-job: "WeatherDataTransformJob" does not end with the stack's name`},
			{"prod", set(databaseType, "crawl-dataset-database", "usage", "name"), `CatalogDatabase crawl-dataset-database: "usage" does not end with the stack's name`},
		},
	},
}
