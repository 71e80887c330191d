package stack

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"datalake/internal/mockaws"
)

var nameGuardrails = []guardrail{
	{
		rule:   "what has a fixed name has it alone",
		reason: "AWS refuses the second one of a name in the middle of a deployment",
		source: "https://www.pulumi.com/docs/iac/concepts/resources/names/",
		violations: func(d *deployment) (violations []string) {
			first := map[string]string{} // by type, what it is in, and name
			for _, r := range d.Resources {
				name := textAt(r.Inputs, "name")
				key := fmt.Sprint(r.Type, r.Inputs["workgroup"], r.Inputs["databaseName"], name)
				if r.Type == crawlerType { // whose database is what it writes to
					key = r.Type + name
				}
				if name == "" {
					continue
				}
				violations = append(violations, unless(first[key] == "", "%s: is called %q, like %s", label(r), name, first[key])...)
				first[key] = label(r)
			}
			return violations
		},
		breaches: []breach{
			{"dev", add(databaseType, "another", map[string]any{"name": "usage_dev"}), `CatalogDatabase another: is called "usage_dev", like CatalogDatabase crawl-dataset-database`},
			{"prod", add(crawlerType, "another", map[string]any{"name": "WeatherPlatformCrawler-prod"}), `Crawler another: is called "WeatherPlatformCrawler-prod", like Crawler weekly-etl-crawler`},
		},
	},
	{
		rule:   "the outputs name every state machine, topic, database, job and schedule",
		reason: "people and the local run find them there; of two with the same name one is lost",
		source: "https://www.pulumi.com/docs/iac/concepts/stacks/#outputs",
		violations: func(d *deployment) (violations []string) {
			for _, kind := range []struct{ output, token, attribute string }{
				{"machines", machineType, "arn"}, {"topics", topicType, "arn"}, {"databases", databaseType, "name"}, {"jobs", jobType, "name"},
			} {
				named, _ := d.Exports[kind.output].(map[string]any)
				for _, r := range d.Find(kind.token) {
					is := false
					for _, value := range named {
						is = is || value == r.Outputs[kind.attribute]
					}
					violations = append(violations, unless(is, "%s: is not among the output %s", label(r), kind.output)...)
				}
			}
			schedules, _ := d.Exports["schedules"].(map[string]any)
			scheduled := slices.DeleteFunc(d.Find(ruleType), func(rule mockaws.Resource) bool { return rule.Inputs["scheduleExpression"] == nil })
			return append(violations, unless(len(schedules) == len(scheduled), "%d rules have a schedule, and the outputs name %d", len(scheduled), len(schedules))...)
		},
		breaches: []breach{
			{"dev", unexport("topics", "alerts"), "Topic alerts-topic: is not among the output topics"},
			{"prod", unexport("machines", "watchdog"), "StateMachine watchdog-machine: is not among the output machines"},
			{"dev", unexport("databases", "usage"), "CatalogDatabase crawl-dataset-database: is not among the output databases"},
			{"prod", unexport("jobs", "weather"), "Job weekly-etl-job: is not among the output jobs"},
			{"dev", unexport("schedules", "crawl-dataset"), "3 rules have a schedule, and the outputs name 2"},
		},
	},
	{
		rule:   "names, descriptions, policies and definitions are no longer than AWS takes",
		reason: "the mocks take any; AWS refuses it in the middle of a deployment",
		source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateWorkGroup.html",
		violations: func(d *deployment) (violations []string) {
			for _, limit := range lengths {
				for _, r := range d.Find(limit.token) {
					text := textAt(r.Inputs, limit.input)
					if limit.input == "name" {
						text = textAt(r.Outputs, "name") // with what Pulumi adds to it
					}
					count := utf8.RuneCountInString(text)
					violations = append(violations, unless(count <= limit.most, "%s: %s has %d characters, not %d at most", label(r), limit.input, count, limit.most)...)
				}
			}
			return violations
		},
		breaches: []breach{
			{"dev", set(ruleType, "crawl-dataset-failed", strings.Repeat("é", 513), "description"), "EventRule crawl-dataset-failed: description has 513 characters, not 512 at most"},
			{"prod", set(rolePolicyType, "crawl-dataset-role", strings.Repeat(" ", 10_241), "policy"), "RolePolicy crawl-dataset-role: policy has 10241 characters, not 10240 at most"},
			{"prod", func(d *deployment) {
				role := d.named(roleType, "crawl-dataset-role")
				role.Outputs = put(role.Outputs, []any{"name"}, strings.Repeat("r", 65)).(map[string]any)
			}, "Role crawl-dataset-role: name has 65 characters, not 64 at most"},
		},
	},
}

// lengths are AWS's limits, in characters.
var lengths = []struct {
	token, input string
	most         int
}{
	{roleType, "name", 64},
	{roleType, "description", 1000},
	{rolePolicyType, "policy", 10_240},
	{policyType, "name", 128},
	{policyType, "policy", 6144},
	{ruleType, "name", 64},
	{ruleType, "description", 512},
	{ruleType, "eventPattern", 2048},
	{machineType, "name", 80},
	{machineType, "definition", 1_048_576},
	{alarmType, "name", 255},
	{alarmType, "alarmDescription", 1024},
	{workgroupType, "name", 128},
	{workgroupType, "description", 1024},
	{namedQueryType, "name", 128},
	{databaseType, "name", 255},
	{crawlerType, "name", 255},
	{jobType, "name", 255},
	{topicRuleType, "name", 128},
	{bucketType, "name", 63},
	{bucketPolicyType, "policy", 20_480},
	{queueType, "name", 80},
	{topicType, "name", 256},
	{logGroupType, "name", 512},
}

// unexport takes a name out of an output.
func unexport(output, name string) change {
	return func(d *deployment) { d.Exports = put(d.Exports, []any{output, name}, nil).(map[string]any) }
}
