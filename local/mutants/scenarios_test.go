package mutants_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"datalake/asl"
	"datalake/local/faults/faultstest"
	"datalake/local/interpreter"
)

func sorted[V any](of map[string]V) []string { return slices.Sorted(maps.Keys(of)) }

// scenario is something that a machine meets.
type scenario struct {
	name, machine, input string
	// state is the task whose call fails, if one does.
	state  string
	script map[string][]interpreter.Answer // by integration: each call takes the next, the last one answers all others
	faults []any
}

// groups are all that a machine meets here: first its inputs, then what its calls come back with, and how each task can fail.
func (w *world) groups(machine string) (groups [][]scenario) {
	inputs := map[string][]string{
		"create-dataset": {
			`{"years": [2021, 2023], "days": [1, 28], "users": [{"usage": 1, "user": "a"}, {"usage": 0, "user": "b"}]}`, `{"user": []}`, `[]`,
			small("years", `[1000]`), small("years", `[9999]`), small("years", `[999]`), small("years", `[10000]`), small("years", `[2021, 2021]`), small("years", `[]`), small("years", `2021`), small("years", `[2021.5]`),
			small("days", `[0]`), small("days", `[29]`), small("days", `[]`), small("days", `[1, 1]`), small("days", `"1"`),
			small("users", `[{"usage": 1, "user": ""}]`), small("users", `[{"usage": "1", "user": "a"}]`), small("users", `[]`), small("users", `[{"usage": 1, "user": "a"}, {"usage": 2, "user": "a"}]`),
		},
		"crawl-dataset": {`{}`, `{"full": true}`, `{"full": false}`, `{"full": "yes"}`, `{"full": null}`},
		"weekly-etl": {
			week, `{}`, `{"time": "2026-01-31T17:00:00Z"}`, `{"from": "2026-01-30"}`, `{"to": "2026-01-30"}`, `{"from": "2026-01-30", "to": "2026-01-30"}`, `{"from": "2026-01-31", "to": "2026-01-30"}`,
			`{"from": "2026-01-30", "to": "2026-02-02", "more": 1}`, `{"from": "2026-02-30", "to": "2026-03-02"}`, `{"from": 1, "to": 2}`,
			`{"from": "2025-01-01", "to": "2026-01-02"}`, `{"from": "2025-01-01", "to": "2026-01-03"}`, `{"from": "2020-01-01", "to": "2020-01-02"}`, `{"from": "2019-12-31", "to": "2020-01-02"}`, `[]`,
		},
		"watchdog": {`{"pipeline": "weather"}`, `{"pipeline": "usage"}`, `{}`},
	}[machine]
	if inputs == nil {
		inputs = []string{"{}"}
	}
	var given, scripted []scenario
	for _, input := range inputs {
		given = append(given, scenario{name: machine + " " + input, machine: machine, input: input})
	}
	if strings.HasPrefix(machine, "crawl-") || machine == "weekly-etl" {
		for _, name := range sorted(crawls) {
			script := map[string][]interpreter.Answer{"aws-sdk:glue:getCrawler": crawls[name], "aws-sdk:glue:startCrawler": {answer(map[string]any{})}}
			scripted = append(scripted, scenario{name: machine + ": " + name, machine: machine, input: inputs[0], script: script})
		}
	}
	if machine == "watchdog" {
		for _, name := range sorted(listings) {
			script := map[string][]interpreter.Answer{"aws-sdk:sfn:listExecutions": listings[name]}
			scripted = append(scripted, scenario{name: machine + ": " + name, machine: machine, input: inputs[0], script: script})
		}
	}
	groups = append(groups, given)
	if scripted != nil {
		groups = append(groups, scripted)
	}
	for _, task := range w.tasks[machine] {
		groups = append(groups, failures(machine, inputs[0], task))
	}
	if machine == "create-dataset" { // as large as an input may be, and larger
		var large []scenario
		for _, count := range []int{125, 126} {
			large = append(large, scenario{name: fmt.Sprint(count, " years"), machine: machine, input: small("years", "["+years(count)+"]")})
		}
		groups = append(groups, large)
	}
	return groups
}

// small is an input of one object a month, but for one member.
func small(member, value string) string {
	input := map[string]json.RawMessage{"years": json.RawMessage("[2021]"), "days": json.RawMessage("[3]"), "users": json.RawMessage(`[{"usage": 1, "user": "a"}]`)}
	input[member] = json.RawMessage(value)
	text, _ := json.Marshal(input) // it is written here
	return string(text)
}

func years(count int) string {
	var list []string
	for i := range count {
		list = append(list, fmt.Sprint(2000+i))
	}
	return strings.Join(list, ", ")
}

// failures are the scenarios in which a task's calls fail, or are late, or just not late.
func failures(machine, input string, t task) (found []scenario) {
	add := func(name string, times int, change map[string]any) {
		fault := map[string]any{"machine": machine, "state": t.name}
		maps.Copy(fault, change)
		if times > 0 {
			fault["times"] = times
		}
		s := scenario{name: fmt.Sprintf("%s: %s: %s, %d times", machine, t.name, name, times), machine: machine, input: input, state: t.name, faults: append(faultstest.Leading(machine, t.name), fault)}
		if t.name == "List the next page" {
			s.script = map[string][]interpreter.Answer{"aws-sdk:sfn:listExecutions": {answer(listing("page 2")), answer(listing("", "2026-02-01T00:00:00Z"))}}
		}
		found = append(found, s)
	}
	declared, common := asl.Call{Integration: t.integration}.Errors()
	names := slices.DeleteFunc(slices.Clone(t.errors), func(name string) bool { return name == "States.ALL" || name == "States.Timeout" })
	for _, name := range append(declared, common...) {
		if !slices.Contains(names, name) {
			names = append(names, name) // one that is not told apart stands for the others
			break
		}
	}
	for _, name := range names {
		change := map[string]any{"error": name, "cause": "it was to fail"}
		add(name, 1, change)
		if t.most > 1 {
			add(name, t.most, change)
		}
		add(name, 0, change)
	}
	add("late", 1, map[string]any{"after": t.timeout + 1})
	add("just not late", 1, map[string]any{"after": t.timeout - 1})
	return found
}

func answer(output any) interpreter.Answer {
	return interpreter.Answer{Output: output, After: 100 * time.Millisecond}
}

// look is what GetCrawler says: the crawler's state, and the last crawl's number and status; 0 for no crawl ever.
func look(state string, number int, status string, message ...string) interpreter.Answer {
	crawler := map[string]any{"Name": "crawler", "State": state, "DatabaseName": "database"}
	if number > 0 {
		last := map[string]any{"StartTime": fmt.Sprintf("2026-02-0%dT00:00:00Z", number), "MessagePrefix": fmt.Sprintf("prefix-%d", number), "Status": status}
		if len(message) > 0 {
			last["ErrorMessage"] = message[0]
		}
		crawler["LastCrawl"] = last
	}
	return answer(map[string]any{"Crawler": crawler})
}

// crawls are the ways that a crawl can go, as those who look see it.
var crawls = map[string][]interpreter.Answer{
	"a crawl that stops late":              {look("READY", 1, "SUCCEEDED"), look("RUNNING", 1, "SUCCEEDED"), look("STOPPING", 2, "SUCCEEDED"), look("READY", 2, "SUCCEEDED")},
	"a crawl that fails":                   {look("READY", 1, "SUCCEEDED"), look("READY", 2, "FAILED", "no access")},
	"a crawl that fails without a word":    {look("READY", 1, "SUCCEEDED"), look("READY", 2, "FAILED")},
	"a crawl that is cancelled":            {look("READY", 1, "SUCCEEDED"), look("READY", 2, "CANCELLED", "by hand")},
	"a failure that is stopping":           {look("READY", 1, "SUCCEEDED"), look("STOPPING", 2, "FAILED", "no access"), look("READY", 2, "FAILED", "no access")},
	"a failure of another crawl":           {look("RUNNING", 1, "SUCCEEDED"), look("READY", 2, "FAILED"), look("READY", 3, "SUCCEEDED")},
	"another's crawl first":                {look("RUNNING", 1, "SUCCEEDED"), look("STOPPING", 2, "SUCCEEDED"), look("READY", 2, "SUCCEEDED"), look("READY", 3, "SUCCEEDED")},
	"the first crawl ever":                 {look("READY", 0, ""), look("READY", 0, ""), look("RUNNING", 0, ""), look("READY", 1, "SUCCEEDED")},
	"a crawl that never ends":              {look("READY", 1, "SUCCEEDED"), look("RUNNING", 1, "SUCCEEDED")},
	"a crawl that never begins":            {look("READY", 1, "SUCCEEDED")},
	"another's crawl that never ends":      {look("RUNNING", 1, "SUCCEEDED")},
	"a crawler that is made anew":          {look("READY", 1, "SUCCEEDED"), look("READY", 0, ""), look("READY", 2, "SUCCEEDED")},
	"two crawls that began at one instant": {look("READY", 1, "SUCCEEDED"), sameStart("READY", 1, "prefix-2")},
}

func sameStart(state string, number int, prefix string) interpreter.Answer {
	a := look(state, number, "SUCCEEDED")
	a.Output.(map[string]any)["Crawler"].(map[string]any)["LastCrawl"].(map[string]any)["MessagePrefix"] = prefix
	return a
}

// since is the scheduled time that the watchdog looks back to.
const since = "2026-01-31T17:00:00Z"

// listing is a page of successes that began at some instants and ended at the next hour.
func listing(token string, began ...string) map[string]any {
	executions := []any{}
	for _, at := range began {
		ended, _ := time.Parse(time.RFC3339, at) // it is written here
		executions = append(executions, map[string]any{"ExecutionArn": "arn:" + at, "StartDate": at, "StopDate": ended.Add(time.Hour).Format(time.RFC3339)})
	}
	page := map[string]any{"Executions": executions}
	if token != "" {
		page["NextToken"] = token
	}
	return page
}

// listings are pages of what the weekly machine has succeeded at.
var listings = map[string][]interpreter.Answer{
	"a success to the instant":             {answer(listing("", since))},
	"a success that began before":          {answer(listing("", "2026-01-31T16:30:00Z"))},
	"none":                                 {answer(listing(""))},
	"one on the second page":               {answer(listing("page 2", "2026-01-31T16:30:00Z")), answer(listing("", "2026-02-01T00:00:00Z"))},
	"one on the second page, ended before": {answer(listing("page 2", "2026-01-31T15:00:00Z")), answer(listing("", "2026-02-01T00:00:00Z"))},
	"one that ended to the instant":        {answer(listing("page 2", "2026-01-31T16:00:00Z")), answer(listing("", "2026-02-01T00:00:00Z"))},
	"two":                                  {answer(listing("", "2026-02-02T00:00:00Z", "2026-02-01T00:00:00Z"))},
}
