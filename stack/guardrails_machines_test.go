package stack

import (
	"fmt"
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

var machineGuardrails = []guardrail{
	{
		rule:   "every state machine ends in time",
		reason: "an execution that waits for ever costs nothing and tells nobody",
		source: "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#sfn-stuck-execution",
		violations: each(machineType, func(_ *deployment, machine mockaws.Resource) []string {
			_, has := at(definition(machine), "TimeoutSeconds").(float64)
			return unless(has, "has no TimeoutSeconds")
		}),
		breaches: []breach{
			{"prod", set(machineType, "crawl-dataset-machine", nil, "definition", "TimeoutSeconds"), "StateMachine crawl-dataset-machine: has no TimeoutSeconds"},
		},
	},
	{
		rule:   "every task ends in time, within its state machine's",
		reason: "a lost answer must fail the task that waits for it, while there is time to do something about it",
		source: "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#sfn-stuck-execution",
		violations: eachTask(func(machine mockaws.Resource, task state) []string {
			most, _ := at(definition(machine), "TimeoutSeconds").(float64)
			seconds, has := task.fields["TimeoutSeconds"].(float64)
			return unless(has && seconds <= most, "ends after %v seconds", task.fields["TimeoutSeconds"])
		}),
		breaches: []breach{
			{"dev", set(machineType, "crawl-dataset-machine", nil, "definition", "States", "Check the crawl", "TimeoutSeconds"), "StateMachine crawl-dataset-machine: Check the crawl: ends after <nil> seconds"},
			{"prod", set(machineType, "crawl-dataset-machine", 9000.0, "definition", "States", "Start the crawl", "TimeoutSeconds"), "StateMachine crawl-dataset-machine: Start the crawl: ends after 9000 seconds"},
			{"prod", set(machineType, "execute-queries-machine", nil, "definition", "States", "Run the queries", "Branches", 0, "States", "all-time-usage", "TimeoutSeconds"), "StateMachine execute-queries-machine: all-time-usage: ends after <nil> seconds"},
		},
	},
	{
		rule:   "every task is tried again",
		reason: "services throttle and hiccup; a night's run must not fail for it",
		source: "https://docs.aws.amazon.com/wellarchitected/latest/framework/rel_mitigate_interaction_failure_limit_retries.html https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
		violations: eachTask(func(_ mockaws.Resource, task state) (faults []string) {
			retriers, _ := task.fields["Retry"].([]any)
			for _, retrier := range retriers {
				rate, _ := at(retrier, "BackoffRate").(float64)
				faults = append(faults, unless(rate > 1, "is tried again without patience")...)
			}
			return append(faults, unless(len(retriers) > 0, "is not tried again")...)
		}),
		breaches: []breach{
			{"dev", set(machineType, "crawl-dataset-machine", nil, "definition", "States", "Start the crawl", "Retry"), "StateMachine crawl-dataset-machine: Start the crawl: is not tried again"},
			{"prod", set(machineType, "execute-queries-machine", 1.0, "definition", "States", "Notify the subscribers", "Retry", 0, "BackoffRate"), "StateMachine execute-queries-machine: Notify the subscribers: is tried again without patience"},
		},
	},
	{
		rule:   "States.ALL stands alone and last",
		reason: "Step Functions refuses a definition in which it does not",
		source: "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html",
		violations: eachState(func(_ mockaws.Resource, s state) (faults []string) {
			for _, field := range []string{"Retry", "Catch"} {
				handlers, _ := s.fields[field].([]any)
				for i, handler := range handlers {
					names, _ := at(handler, "ErrorEquals").([]any)
					alone := len(names) == 1 && i == len(handlers)-1
					faults = append(faults, unless(alone || !slices.Contains(names, any("States.ALL")), "%s: States.ALL is not alone and last", field)...)
				}
			}
			return faults
		}),
		breaches: []breach{
			{"dev", set(machineType, "crawl-dataset-machine", "States.ALL", "definition", "States", "Start the crawl", "Retry", 0, "ErrorEquals", 1), "StateMachine crawl-dataset-machine: Start the crawl: Retry: States.ALL is not alone and last"},
			{"prod", set(machineType, "execute-queries-machine", []any{"States.ALL"}, "definition", "States", "Run the queries", "Branches", 1, "States", "usage-2021: read 1000 rows", "Catch", 0, "ErrorEquals"), "StateMachine execute-queries-machine: usage-2021: read 1000 rows: Catch: States.ALL is not alone and last"},
		},
	},
	{
		rule:   "state machines are traced where the environment asks for it, and in production",
		reason: "a slow run is explained by its trace, across services",
		source: "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
		violations: each(machineType, func(d *deployment, machine mockaws.Resource) []string {
			traced := at(machine.Inputs, "tracingConfiguration", "enabled") == true
			role, _ := d.lookup(roleType, "arn", textAt(machine.Inputs, "roleArn"))
			var may bool
			for _, policy := range belonging(d, rolePolicyType, "role", role.Outputs["name"]) {
				may = may || strings.Contains(textAt(policy.Inputs, "policy"), "xray:PutTraceSegments")
			}
			asked := d.asks("tracing")
			return slices.Concat(unless(traced == asked, "is traced: %v, asked for: %v", traced, asked), unless(may == asked, "its role may trace: %v, asked for: %v", may, asked))
		}),
		breaches: []breach{
			{"prod", set(machineType, "crawl-dataset-machine", false, "tracingConfiguration", "enabled"), "StateMachine crawl-dataset-machine: is traced: false, asked for: true"},
			{"prod", set(rolePolicyType, "crawl-dataset-role", "glue:GetCrawler", "policy", "Statement", 0, "Action"), "StateMachine crawl-dataset-machine: its role may trace: false, asked for: true"},
			{"dev", set(machineType, "crawl-dataset-machine", true, "tracingConfiguration", "enabled"), "StateMachine crawl-dataset-machine: is traced: true, asked for: false"},
		},
	},
	{
		rule:   "every state machine logs into a group of its own",
		reason: "an execution's history is gone after 90 days, and an Express one has none",
		source: "StepFunctions.1 https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
		violations: each(machineType, func(d *deployment, machine mockaws.Resource) []string {
			logging := at(machine.Inputs, "loggingConfiguration")
			group := strings.TrimSuffix(textAt(logging, "logDestination"), ":*")
			_, registered := d.lookup(logGroupType, "arn", group)
			users := 0
			for _, other := range d.Find(machineType) {
				if textAt(other.Inputs, "loggingConfiguration", "logDestination") == group+":*" {
					users++
				}
			}
			level := textAt(logging, "level")
			return slices.Concat(
				unless(slices.Contains([]string{"ALL", "ERROR"}, level), "logs at the level %q", level),
				unless(registered && users == 1, "logs into %q, which is not its own", group),
			)
		}),
		breaches: []breach{
			{"dev", set(machineType, "create-dataset-machine", "OFF", "loggingConfiguration", "level"), `StateMachine create-dataset-machine: logs at the level "OFF"`},
			{"prod", drop(logGroupType, "crawl-dataset-machine"), `StateMachine crawl-dataset-machine: logs into "arn:aws:logs:ap-southeast-1:444455556666:log-group:/aws/vendedlogs/states/crawl-dataset-machine-d086251", which is not its own`},
		},
	},
	{
		rule:   "logs hold payloads where the environment asks for it, and never in production",
		reason: "payloads are data: they would be kept and read where nobody looks for data",
		source: "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html https://docs.aws.amazon.com/wellarchitected/latest/framework/sec_detect_investigate_events_app_service_logging.html",
		violations: each(machineType, func(d *deployment, machine mockaws.Resource) []string {
			payloads := at(machine.Inputs, "loggingConfiguration", "includeExecutionData") == true
			asked := d.stack.Config["datalake:logPayloads"] == "true" && !d.isProduction()
			return unless(payloads == asked, "logs payloads: %v, asked for: %v", payloads, asked)
		}),
		breaches: []breach{
			{"prod", set(machineType, "execute-queries-machine", true, "loggingConfiguration", "includeExecutionData"), "StateMachine execute-queries-machine: logs payloads: true, asked for: false"},
			{"dev", set(machineType, "execute-queries-machine", false, "loggingConfiguration", "includeExecutionData"), "StateMachine execute-queries-machine: logs payloads: false, asked for: true"},
		},
	},
	{
		rule:   "log groups expire, under the prefix that spares the account's log policy",
		reason: "logs are kept for ever unless told otherwise; elsewhere each group adds to a policy of 5,120 characters that the account shares",
		source: "CloudWatch.16 https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html",
		violations: each(logGroupType, func(d *deployment, logs mockaws.Resource) []string {
			days, asked := fmt.Sprint(logs.Inputs["retentionInDays"]), d.stack.Config["datalake:logDays"]
			return slices.Concat(
				unless(days == asked, "keeps logs for %s days, not %s", days, asked),
				unless(strings.HasPrefix(textAt(logs.Outputs, "name"), "/aws/vendedlogs/states/"), "is called %s", logs.Outputs["name"]),
				unless(logs.Inputs["skipDestroy"] == nil, "outlives the stack"),
			)
		}),
		breaches: []breach{
			{"dev", set(logGroupType, "crawl-dataset-machine", nil, "retentionInDays"), "LogGroup crawl-dataset-machine: keeps logs for <nil> days, not 14"},
			{"prod", set(logGroupType, "crawl-dataset-machine", true, "skipDestroy"), "LogGroup crawl-dataset-machine: outlives the stack"},
		},
	},
	{
		rule:   "a workgroup's settings hold for everybody, with a limit on what a query scans",
		reason: "a query by hand could write its result anywhere, and one mistake could read the whole lake",
		source: "Athena.4 https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html https://docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html",
		violations: each(workgroupType, func(_ *deployment, workgroup mockaws.Resource) []string {
			settings := at(workgroup.Inputs, "configuration")
			bytes, _ := at(settings, "bytesScannedCutoffPerQuery").(float64)
			return slices.Concat(
				unless(at(settings, "enforceWorkgroupConfiguration") == true, "does not enforce its settings"),
				unless(at(settings, "publishCloudwatchMetricsEnabled") == true, "publishes no metrics"),
				unless(bytes >= 10_485_760, "ends no query"),
			)
		}),
		breaches: []breach{
			{"dev", set(workgroupType, "execute-queries-workgroup", false, "configuration", "enforceWorkgroupConfiguration"), "Workgroup execute-queries-workgroup: does not enforce its settings"},
			{"prod", set(workgroupType, "execute-queries-workgroup", nil, "configuration", "publishCloudwatchMetricsEnabled"), "Workgroup execute-queries-workgroup: publishes no metrics"},
			{"prod", set(workgroupType, "execute-queries-workgroup", nil, "configuration", "bytesScannedCutoffPerQuery"), "Workgroup execute-queries-workgroup: ends no query"},
		},
	},
}

// eachState judges every state of every state machine.
func eachState(judge func(machine mockaws.Resource, s state) []string) func(*deployment) []string {
	return each(machineType, func(_ *deployment, machine mockaws.Resource) (faults []string) {
		for _, s := range statesOf(definition(machine)) {
			for _, fault := range judge(machine, s) {
				faults = append(faults, s.name+": "+fault)
			}
		}
		return faults
	})
}

func eachTask(judge func(machine mockaws.Resource, task state) []string) func(*deployment) []string {
	return eachState(func(machine mockaws.Resource, s state) []string {
		if s.fields["Type"] != "Task" {
			return nil
		}
		return judge(machine, s)
	})
}
