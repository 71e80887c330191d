package stack

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"datalake/internal/mockaws"
)

var successGuardrails = []guardrail{
	{
		rule:   "an alarm tells when what a daily schedule starts has not succeeded for a day, and of nothing else",
		reason: "a start that never comes fails nowhere; a weekly success is further back than an alarm looks",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
		violations: each(machineType, func(d *deployment, machine mockaws.Resource) []string {
			watched := slices.ContainsFunc(d.Find(alarmType), func(alarm mockaws.Resource) bool {
				return countsSuccesses(alarm) && at(alarm.Inputs, "dimensions", "StateMachineArn") == machine.Outputs["arn"]
			})
			daily := slices.ContainsFunc(startsOf(d, machine), func(s start) bool { return s.daily })
			return unless(watched == daily, "starts daily: %v, an alarm counts its successes: %v", daily, watched)
		}),
		breaches: []breach{
			{"prod", drop(alarmType, "crawl-dataset-no-success"), "StateMachine crawl-dataset-machine: starts daily: true, an alarm counts its successes: false"},
			{"dev", set(ruleType, "crawl-dataset-trigger", "cron(0 18 ? * SUN *)", "scheduleExpression"), "StateMachine crawl-dataset-machine: starts daily: false, an alarm counts its successes: true"},
		},
	},
	{
		rule:   "a week without a success of what a weekly schedule alone starts is noticed, once its run must have ended",
		reason: "no alarm looks back so far; a check that comes too early finds a run that still runs, and calls people for nothing",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html",
		violations: func(d *deployment) []string {
			var checks []start
			for _, machine := range d.Find(machineType) {
				checks = append(checks, slices.DeleteFunc(startsOf(d, machine), func(s start) bool { return s.checks == "" })...)
			}
			return each(machineType, func(d *deployment, machine mockaws.Resource) (faults []string) {
				starts := startsOf(d, machine)
				if len(starts) == 0 || slices.ContainsFunc(starts, func(s start) bool { return s.daily || s.checks != "" }) {
					return nil
				}
				timeout, _ := at(definition(machine), "TimeoutSeconds").(float64)
				looks := false
				for _, check := range checks {
					for _, s := range starts { // of two, the watchdog looks for the success of one
						if check.checks != machine.Outputs["arn"] || !strings.HasSuffix(s.description, ": "+check.schedule) {
							continue
						}
						looks = true
						later := (check.minute - s.minute + 7*24*60) % (7 * 24 * 60)
						faults = append(faults, unless(float64(60*later) > timeout, "its success is looked for after %d minutes, while a run may take %v seconds", later, timeout)...)
					}
				}
				return append(faults, unless(looks, "nothing looks for its success")...)
			})(d)
		},
		breaches: []breach{
			{"prod", drop(ruleType, "watchdog-weather-trigger"), "StateMachine weekly-etl-machine: nothing looks for its success"},
			{"prod", set(targetType, "watchdog-weather-trigger", `{"pipeline": "usage"}`, "input"), "StateMachine watchdog-machine: nothing looks for its success\nStateMachine weekly-etl-machine: nothing looks for its success"},
			{"dev", set(machineType, "watchdog-machine", output(machineType, "crawl-dataset-machine", "arn"), "definition", "States", "Which pipeline?", "Choices", 0, "Assign", "stateMachineArn"), "StateMachine weekly-etl-machine: nothing looks for its success"},
			{"prod", set(ruleType, "watchdog-weather-trigger", "cron(10 20 ? * SAT *)", "scheduleExpression"), "StateMachine weekly-etl-machine: its success is looked for after 190 minutes, while a run may take 11400 seconds"},
			{"dev", set(machineType, "weekly-etl-machine", 20_000.0, "definition", "TimeoutSeconds"), "StateMachine weekly-etl-machine: its success is looked for after 310 minutes, while a run may take 20000 seconds"},
		},
	},
}

// start is one of the schedules that start a state machine.
type start struct {
	daily bool
	// minute is that of the week, from Sunday's midnight UTC on.
	minute      int
	description string
	// checks is the ARN of the state machine whose success is looked for, and schedule the start that it is to follow, in
	// words; "" where something else is done.
	checks, schedule string
}

var cronForm = regexp.MustCompile(`^cron\((\d+) (\d+) (?:\* \* \?|\? \* ([A-Z]{3})) \*\)$`)

func startsOf(d *deployment, machine mockaws.Resource) (starts []start) {
	for _, target := range belonging(d, targetType, "arn", machine.Outputs["arn"]) {
		rule, _ := d.lookup(ruleType, "name", textAt(target.Inputs, "rule"))
		cron := cronForm.FindStringSubmatch(textAt(rule.Inputs, "scheduleExpression"))
		if cron == nil {
			continue
		}
		minute, _ := strconv.Atoi(cron[1])
		hour, _ := strconv.Atoi(cron[2])
		day := max(0, slices.Index([]string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}, cron[3]))
		checks, schedule := checkedBy(machine, textAt(target.Inputs, "input", "pipeline"))
		starts = append(starts, start{cron[3] == "", (day*24+hour)*60 + minute, textAt(rule.Inputs, "description"), checks, schedule})
	}
	return starts
}

// checkedBy is the ARN of the state machine whose executions another lists for a pipeline, and the schedule that a success is
// to follow.
func checkedBy(watchdog mockaws.Resource, pipeline string) (stateMachineARN, schedule string) {
	choices, _ := at(definition(watchdog), "States", "Which pipeline?", "Choices").([]any)
	for _, choice := range choices {
		if textAt(choice, "Condition") == `{% $states.input.pipeline = "`+pipeline+`" %}` {
			return textAt(choice, "Assign", "stateMachineArn"), textAt(choice, "Assign", "schedule")
		}
	}
	return "", ""
}
