package stack

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"datalake/internal/mockaws"
)

var scheduleGuardrails = []guardrail{
	{
		rule:   "a schedule fires at the local time that the outputs tell people",
		reason: "EventBridge knows UTC alone: a day or an hour that is moved the wrong way is a report of the wrong week",
		source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html",
		violations: func(d *deployment) []string {
			told, _ := d.Exports["schedules"].(map[string]any)
			return each(ruleType, func(_ *deployment, rule mockaws.Resource) []string {
				cron := cronForm.FindStringSubmatch(textAt(rule.Inputs, "scheduleExpression"))
				if cron == nil {
					return unless(rule.Inputs["scheduleExpression"] == nil, "its schedule is %v", rule.Inputs["scheduleExpression"])
				}
				words, _ := told[strings.TrimSuffix(rule.Name, "-trigger")].(string)
				return unless(firesAt(cron) == normal(words), "fires at %s UTC, and people are told %q", strings.TrimSpace(cron[3]+" "+cron[2]+":"+cron[1]), words)
			})(d)
		},
		breaches: []breach{
			{"prod", set(ruleType, "weekly-etl-trigger", "cron(0 17 ? * SUN *)", "scheduleExpression"), "EventRule weekly-etl-trigger: fires at SUN 17:0 UTC, and people are told \"Sundays 00:00 +07:00\""},
			{"dev", set(ruleType, "crawl-dataset-trigger", "cron(0 1 * * ? *)", "scheduleExpression"), "EventRule crawl-dataset-trigger: fires at 1:0 UTC, and people are told \"Daily 01:00 +07:00\""},
			{"dev", set(ruleType, "crawl-dataset-trigger", "rate(1 day)", "scheduleExpression"), "EventRule crawl-dataset-trigger: its schedule is rate(1 day)"},
		},
	},
	{
		rule:   "what starts a state machine is a schedule, the success of another one, or a dataset that is complete",
		reason: "a start by anything else is one too many, or one that never comes",
		source: "https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html",
		violations: each(targetType, func(d *deployment, target mockaws.Resource) []string {
			rule, _ := d.lookup(ruleType, "name", textAt(target.Inputs, "rule"))
			machine, starts := d.lookup(machineType, "arn", textAt(target.Inputs, "arn"))
			pattern, _ := parse(textAt(rule.Inputs, "eventPattern")).(map[string]any)
			if !starts || pattern == nil {
				return nil
			}
			return unless(isSuccess(d, pattern, machine) || isArrival(d, pattern), "starts %s by %v", machine.Name, pattern)
		}),
		breaches: []breach{
			{"dev", set(ruleType, "execute-queries-trigger", []any{"SUCCEEDED", "FAILED"}, "eventPattern", "detail", "status"), "EventTarget execute-queries-trigger: starts execute-queries-machine by map[detail:map[stateMachineArn:[arn:aws:states:ap-southeast-1:111122223333:stateMachine:crawl-dataset-machine-101a460] status:[SUCCEEDED FAILED]] detail-type:[Step Functions Execution Status Change] source:[aws.states]]"},
			{"prod", set(ruleType, "report-weather-trigger", output(machineType, "crawl-dataset-machine", "arn"), "eventPattern", "detail", "stateMachineArn", 0), "EventTarget report-weather-trigger: starts report-weather-machine by map[detail:map[stateMachineArn:[arn:aws:states:ap-southeast-1:444455556666:stateMachine:crawl-dataset-machine-208f85d] status:[SUCCEEDED]] detail-type:[Step Functions Execution Status Change] source:[aws.states]]"},
		},
	},
	{
		rule:   "a start is tried for a day",
		reason: "an outage of an hour is no reason to lose a night's run",
		source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html",
		violations: each(targetType, func(_ *deployment, target mockaws.Resource) []string {
			policy := at(target.Inputs, "retryPolicy")
			return unless(policy == nil || at(policy, "maximumEventAgeInSeconds") == 86_400.0 && at(policy, "maximumRetryAttempts") == 185.0, "is tried as %v", policy)
		}),
		breaches: []breach{
			{"dev", set(targetType, "weekly-etl-trigger", 2.0, "retryPolicy", "maximumRetryAttempts"), "EventTarget weekly-etl-trigger: is tried as map[maximumEventAgeInSeconds:86400 maximumRetryAttempts:2]"},
		},
	},
}

// firesAt is the time of a cron expression, on a date of a week of UTC; the date is the same for a daily one.
func firesAt(cron []string) string {
	at, err := time.Parse("15:4", cron[2]+":"+fmt.Sprint(cron[1]))
	if err != nil {
		return err.Error()
	}
	return cron[3] + at.Format(" 15:04")
}

// normal is the time in UTC of a schedule in words, such as "Sundays 00:00 +07:00", in the same form.
func normal(words string) string {
	fields := strings.SplitN(words, " ", 2)
	if len(fields) < 2 {
		return ""
	}
	local, err := time.Parse("15:04 -07:00", fields[1])
	if err != nil {
		return err.Error()
	}
	days := []string{"Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"}
	day := slices.Index(days, fields[0])
	if day < 0 {
		return local.UTC().Format(" 15:04")
	}
	shift := local.UTC().YearDay() - local.YearDay() // the first of January may become the last of December
	if shift > 1 {
		shift = -1
	}
	return strings.ToUpper(days[(day+shift+7)%7][:3]) + local.UTC().Format(" 15:04")
}

// isSuccess tells whether a pattern takes the success of one other state machine, which makes what this one reports: its crawler
// or its job fills the database that is queried.
func isSuccess(d *deployment, pattern map[string]any, machine mockaws.Resource) bool {
	other, known := d.lookup(machineType, "arn", textAt(pattern, "detail", "stateMachineArn", 0))
	same := fmt.Sprint(pattern) == fmt.Sprint(map[string]any{
		"source": []any{"aws.states"}, "detail-type": []any{"Step Functions Execution Status Change"},
		"detail": map[string]any{"stateMachineArn": []any{other.Outputs["arn"]}, "status": []any{"SUCCEEDED"}},
	})
	return known && same && slices.ContainsFunc(d.Find(crawlerType), func(crawler mockaws.Resource) bool {
		return strings.Contains(textAt(other.Inputs, "definition"), fmt.Sprintf("%q", crawler.Outputs["name"])) &&
			strings.Contains(textAt(machine.Inputs, "definition"), fmt.Sprintf("%q", crawler.Inputs["databaseName"]))
	})
}

// isArrival tells whether a pattern takes the mark of completeness below the path of a crawler.
func isArrival(d *deployment, pattern map[string]any) bool {
	return slices.ContainsFunc(d.Find(crawlerType), func(crawler mockaws.Resource) bool {
		bucket, prefix, _ := strings.Cut(strings.TrimPrefix(textAt(crawler.Inputs, "s3Targets", 0, "path"), "s3://"), "/")
		return fmt.Sprint(pattern) == fmt.Sprint(map[string]any{
			"source": []any{"aws.s3"}, "detail-type": []any{"Object Created"},
			"detail": map[string]any{"bucket": map[string]any{"name": []any{bucket}}, "object": map[string]any{"key": []any{map[string]any{"wildcard": prefix + "*_SUCCESS"}}}},
		})
	})
}
