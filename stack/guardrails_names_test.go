package stack

import (
	"fmt"
	"slices"

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
}

// unexport takes a name out of an output.
func unexport(output, name string) change {
	return func(d *deployment) { d.Exports = put(d.Exports, []any{output, name}, nil).(map[string]any) }
}
