package faults_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalake/local/engine"
	"datalake/local/faults"
	"datalake/local/interpreter"

	"github.com/stretchr/testify/require"
)

// class is a way in which a call fails.
type class struct {
	name string
	// errors are what it is called, by the integration, else by its service; none for what has no name of its own.
	errors map[string]string
	// again tells whether the call is made again.
	again func(integration string) bool
}

// Errors that a service's model does not name arrive as the service's base class, which is tried again: so are refusals there.
var classes = []class{
	{"throttled", map[string]string{
		"athena": "Athena.TooManyRequestsException", "cloudwatch": "CloudWatch.CloudWatchException", "events": "EventBridge.EventBridgeException",
		"glue": "Glue.ThrottlingException", "s3": "S3.S3Exception", "sfn": "Sfn.SfnException", "sns": "SNS.KmsThrottlingException",
	}, func(string) bool { return true }},
	{"refused", map[string]string{
		"athena": "Athena.AthenaException", "cloudwatch": "CloudWatch.CloudWatchException", "events": "EventBridge.EventBridgeException",
		"glue": "Glue.AccessDeniedException", "s3": "S3.S3Exception", "sfn": "Sfn.SfnException", "sns": "SNS.AuthorizationErrorException",
	}, func(integration string) bool { return service(integration) != "glue" }},
	{"service error", map[string]string{
		"athena": "Athena.InternalServerException", "cloudwatch": "CloudWatch.InternalServiceException", "events": "EventBridge.InternalException",
		"glue": "Glue.InternalServiceException", "s3": "S3.SdkClientException", "sfn": "Sfn.SdkClientException", "sns": "SNS.InternalErrorException",
	}, func(string) bool { return true }},
	// A job or a query that is late is under way: another beside it would be worse than none.
	{"late", nil, func(integration string) bool { return !isJob(integration) }},
	{"own error", map[string]string{
		"athena": "Athena.InvalidRequestException", "cloudwatch": "CloudWatch.InvalidParameterValueException", "events": "EventBridge.FailedEntry",
		"aws-sdk:glue:getCrawler": "Glue.EntityNotFoundException", "aws-sdk:glue:startCrawler": "Glue.CrawlerRunningException",
		"aws-sdk:glue:listCrawls": "Glue.InvalidInputException", "glue:startJobRun.sync": "Glue.ConcurrentRunsExceededException",
		"aws-sdk:s3:putObject": "S3.InvalidRequestException", "aws-sdk:s3:getObject": "S3.NoSuchKeyException",
		"sfn": "Sfn.StateMachineDoesNotExistException", "sns": "SNS.NotFoundException",
	}, func(integration string) bool {
		return service(integration) == "sns" || service(integration) == "events"
	}},
	{"killed", nil, func(string) bool { return false }},
}

func service(integration string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(integration, "aws-sdk:"), ":")
	return name
}

func isJob(integration string) bool { return strings.HasSuffix(integration, ".sync") }

// fault is what a faults file says of a task and a class.
func (c class) fault(machine string, task taskState) map[string]any {
	fault := map[string]any{"machine": machine, "state": task.name}
	switch c.name {
	case "late":
		fault["after"] = task.timeout + 1
	case "killed":
		fault["kill"] = true
	default:
		name := c.errors[task.integration]
		if name == "" {
			name = c.errors[service(task.integration)]
		}
		fault["error"], fault["cause"] = name, "it was to fail ("+c.name+")"
	}
	return fault
}

// outcome is what came of an execution whose call failed.
type outcome string

const (
	succeeds  outcome = "succeeds"
	exported  outcome = "fails, exported, announced"
	announced outcome = "fails, announced"
	timesOut  outcome = "times out, announced"
	history   outcome = "fails, in history only"
)

// kind is what a machine is for.
type kind string

const (
	sample  kind = "sample"
	crawls  kind = "crawl"
	reports kind = "reports"
	weekly  kind = "weekly ETL"
	checks  kind = "check"
)

func kindOf(machine string) kind {
	switch {
	case machine == "create-dataset":
		return sample
	case machine == "weekly-etl":
		return weekly
	case machine == "watchdog":
		return checks
	case strings.HasPrefix(machine, "crawl-"):
		return crawls
	}
	return reports
}

// promised is what must come of a task that fails so.
func (c class) promised(machine string, task taskState, forEver bool) outcome {
	switch {
	case task.name == "See what it changed": // what the crawl changed is beside the point
		return succeeds
	case task.name == "Start the crawl" && c.name == "own error": // somebody else's crawl is waited for
		if forEver {
			return timesOut
		}
		return succeeds
	case task.name == "Note the error": // of another failure, which stays what the execution fails with
		if !forEver && c.again(task.integration) || c.name == "late" {
			return exported
		}
		return announced
	case !forEver && c.again(task.integration):
		return succeeds
	}
	switch kindOf(machine) {
	case sample:
		return history
	case weekly:
		return exported
	}
	return announced
}

// leading are faults that lead to a task which is not on the way otherwise.
func leading(machine string, task taskState) (faults []any) {
	fail := func(state, error string) {
		faults = append(faults, map[string]any{"machine": machine, "state": state, "error": error, "cause": "on the way"})
	}
	query, rows, reads := strings.Cut(task.name, ": read ")
	switch {
	case task.name == "Note the error":
		fail("Read the metrics", "S3.NoSuchKeyException")
	case reads && rows != "1000 rows":
		fail(query+": read 1000 rows", "States.DataLimitExceeded")
		if rows == "10 rows" {
			fail(query+": read 100 rows", "States.DataLimitExceeded")
		}
	}
	return faults
}

// inputs are what the machines are started with.
var inputs = map[string]string{
	"create-dataset": `{"years": [2021], "days": [1, 2], "users": [{"usage": 1, "user": "a"}]}`,
	"weekly-etl":     backfill,
	"watchdog":       `{"pipeline": "weather"}`,
}

func input(machine string) string {
	if given := inputs[machine]; given != "" {
		return given
	}
	return "{}"
}

// TestEveryTaskKeepsItsPromise has each call of the machines fail, in each way, once and for ever: what comes of it is what its
// class promises, nothing that was written is half a result, and the next run succeeds and leaves what a run without faults does.
//
// A part is walked unless all is asked for: one machine of each kind.
func TestEveryTaskKeepsItsPromise(t *testing.T) {
	stacks := []string{"dev"}
	if *allFaults {
		stacks = append(stacks, "prod")
	}
	for _, name := range stacks {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, name)
			found := table{}
			for _, machine := range w.chosen() {
				t.Run(machine, func(t *testing.T) { w.walk(t, machine, found) })
			}
			if name == "dev" && !t.Failed() {
				found.compare(t)
			}
		})
	}
}

// second is the second machine of a kind: what comes of it stands in the table already.
const second = "execute-queries"

// chosen are the machines to walk. The watchdog comes first: later runs of the weekly machine would be found on the first page.
func (w *world) chosen() []string {
	machines := []string{"watchdog"}
	for _, machine := range w.machines {
		if machine.Name != "watchdog" && (*allFaults || machine.Name != second) {
			machines = append(machines, machine.Name)
		}
	}
	slices.Sort(machines[1:])
	return machines
}

func (w *world) walk(t *testing.T, machine string, found table) {
	w.t = t
	w.prepare(machine)
	require.Equal(t, interpreter.Succeeded, w.execute(machine, input(machine)).Status)
	calm := w.objects()
	for _, task := range w.tasks[machine] {
		for _, class := range classes {
			if class.name == "killed" && !isJob(task.integration) {
				continue
			}
			for _, forEver := range []bool{false, true} {
				name := fmt.Sprintf("%s/%s/%s", task.name, class.name, times(forEver))
				ok := t.Run(name, func(t *testing.T) {
					w.t = t
					w.prepare(machine)
					came := w.fail(machine, task, class, forEver, calm)
					require.Equal(t, class.promised(machine, task, forEver), came)
					if machine != second {
						found.note(machine, task, class, forEver, came)
					}
					w.repair(machine, class, came, calm)
				})
				if !ok {
					w.around, w.real = nil, false
				}
			}
		}
	}
}

func times(forEver bool) string {
	if forEver {
		return "for ever"
	}
	return "once"
}

// prepare gives a machine something to do: it takes away what the last run made, or brings a day.
func (w *world) prepare(machine string) {
	switch kindOf(machine) {
	case sample:
		w.remove(w.buckets["source"], "data/daily-user-summaries/year=2021/")
		w.remove(w.buckets["source"], "data/daily-user-summaries/_SUCCESS")
	case crawls:
		date := w.engine.Now().Format("2006-01-02")
		w.bringUsage(date)
	case weekly:
		w.remove(w.buckets["processed"], "")
	}
}

func (w *world) remove(bucket, prefix string) {
	listed, err := w.engine.Objects().List(bucket, prefix)
	require.NoError(w.t, err)
	for _, object := range listed {
		require.NoError(w.t, w.engine.Objects().Delete(bucket, object.Key))
	}
}

// fail runs a machine with a fault, looks at what it wrote and sent, and says what came of it.
func (w *world) fail(machine string, task taskState, c class, forEver bool, calm contents) outcome {
	t := w.t
	fault := c.fault(machine, task)
	if !forEver {
		fault["times"] = 1
	}
	text, err := json.Marshal(append(leading(machine, task), fault))
	require.NoError(t, err)
	loaded, err := faults.Load(text, w.machines)
	require.NoError(t, err)
	before, sent := w.objects(), len(w.messages())

	w.around = loaded.Around
	result := w.execute(machine, input(machine))
	w.around = nil
	require.Empty(t, loaded.Unmet(), "the fault was met")

	after, messages := w.objects(), w.messages()[sent:]
	failure := w.exported(before, after)
	w.requireWhole(before, after, calm)
	alerts := slices.DeleteFunc(slices.Clone(messages), func(m engine.Message) bool { return m.Topic != "alerts" })
	switch result.Status {
	case interpreter.Succeeded:
		require.Empty(t, alerts)
		require.Nil(t, failure)
		return succeeds
	case interpreter.TimedOut:
		require.Len(t, alerts, 1)
		require.Contains(t, alerts[0].Message, "TIMED_OUT: execution ")
		require.Nil(t, failure)
		return timesOut
	}
	require.Equal(t, interpreter.Failed, result.Status)
	w.requireReason(machine, task, fault, result, messages)
	if kindOf(machine) == sample {
		require.Empty(t, alerts)
		return history
	}
	require.Len(t, alerts, 1, "it is announced once")
	require.Regexp(t, `^"FAILED: execution \S+ of `+machine+`, at `, alerts[0].Message)
	if failure == nil {
		return announced
	}
	require.Equal(t, *result.Error, failure["error"])
	state := task.name
	if state == "Note the error" {
		state = "Read the metrics"
	}
	require.Equal(t, state, failure["state"])
	return exported
}

// requireReason checks that an execution fails with what went wrong, or, where that is one of several queries, that the message
// names the query that failed, and it alone.
func (w *world) requireReason(machine string, task taskState, fault map[string]any, result interpreter.Result, messages []engine.Message) {
	t := w.t
	want, _ := fault["error"].(string)
	switch {
	case fault["kill"] == true:
		want = "States.TaskFailed"
	case want == "":
		want = "States.Timeout"
	}
	if kindOf(machine) == reports && service(task.integration) == "athena" {
		query, _, _ := strings.Cut(task.name, ":")
		var report map[string]any
		for _, message := range messages {
			if message.Topic == "results" || message.Topic == machine || strings.HasPrefix(message.Subject, machine+": ") {
				require.Nil(t, report, "one message")
				report = message.Message.(map[string]any)
			}
		}
		require.Equal(t, []any{query}, report["failed"])
		for _, each := range report["queries"].([]any) {
			if named := each.(map[string]any); named["name"] == query {
				require.Equal(t, want, named["error"])
			} else {
				require.Equal(t, "SUCCEEDED", named["status"])
			}
		}
		want = "QueriesFailed"
	}
	if task.name == "Note the error" {
		want = "S3.NoSuchKeyException"
	}
	require.Equal(t, want, *result.Error)
}

// exported is the document of an error that was written, nil for none.
func (w *world) exported(before, after contents) (failure map[string]any) {
	for key, text := range after {
		if strings.Contains(key, "/errors/") && before[key] == "" {
			require.Nil(w.t, failure, "one document")
			require.NoError(w.t, json.Unmarshal([]byte(text), &failure))
			for _, member := range []string{"execution", "startedAt", "failedAt", "state", "error", "cause", "window", "input"} {
				require.Contains(w.t, failure, member)
			}
		}
	}
	return failure
}

// requireWhole checks that each object is as it was or as a run without faults leaves it, and no mark of completeness stands
// where something is missing.
func (w *world) requireWhole(before, after, calm contents) {
	t := w.t
	for key, text := range after {
		switch {
		case text == before[key], text == calm[key]:
		case strings.Contains(key, "/errors/"):
		case strings.Contains(key, "/metrics/"):
			require.Equal(t, w.written[""], text, key)
		case strings.HasPrefix(key, w.buckets["results"]+"/"):
			require.True(t, strings.HasSuffix(text, "\n"), key)
		default:
			require.Fail(t, "half a result", "%s: %.200s", key, text)
		}
	}
	mark := w.buckets["source"] + "/data/daily-user-summaries/_SUCCESS"
	if _, marked := after[mark]; marked {
		for key := range calm {
			if strings.HasPrefix(key, w.buckets["source"]+"/data/daily-user-summaries/year=2021/") {
				require.Contains(t, after, key, "the dataset is marked complete")
			}
		}
	}
}

// repair runs a machine without faults, where its execution failed, and checks that what it made is as if nothing had happened.
func (w *world) repair(machine string, c class, came outcome, calm contents) {
	t := w.t
	if came != succeeds {
		w.real = c.name == "killed"
		result := w.execute(machine, input(machine))
		w.real = false
		require.Equal(t, interpreter.Succeeded, result.Status, "%v: %v", result.Error, result.Cause)
	}
	if kindOf(machine) == crawls { // days were brought since
		w.requireCatalogued()
		return
	}
	made, want := w.objects(), maps.Clone(calm)
	maps.DeleteFunc(made, passing)
	maps.DeleteFunc(want, passing)
	require.Equal(t, want, made)
}

// passing tells whether an object is of one run alone.
func passing(key, _ string) bool {
	return strings.Contains(key, "/errors/") || strings.Contains(key, "/metrics/") || strings.Contains(key, "results")
}

// requireCatalogued checks that the catalog knows the folder of each day that was brought.
func (w *world) requireCatalogued() {
	days := map[string]bool{}
	for key := range w.objects() {
		if folder, _ := filepath.Split(key); strings.Contains(folder, "/data/daily-user-summaries/year=") {
			days[folder] = true
		}
	}
	report, err := w.engine.Report()
	require.NoError(w.t, err)
	i := slices.IndexFunc(report.Tables, func(t engine.TableReport) bool { return t.Name == "daily_user_summaries" })
	require.Equal(w.t, len(days), report.Tables[i].Partitions)
}

func (w *world) messages() []engine.Message {
	report, err := w.engine.Report()
	require.NoError(w.t, err)
	return report.Messages
}

// table is what came of each call, by the state: a cell for each class, once and for ever.
type table map[string]map[string][2]outcome

func (found table) note(machine string, task taskState, c class, forEver bool, came outcome) {
	row := string(kindOf(machine)) + " | " + task.name
	if found[row] == nil {
		found[row] = map[string][2]outcome{}
	}
	cell := found[row][c.name]
	if forEver {
		cell[1] = came
	} else {
		cell[0] = came
	}
	found[row][c.name] = cell
}

// text is the table in Markdown, and how often each outcome comes of each class.
func (found table) text() string {
	var text strings.Builder
	var head, line string
	counts := map[string]map[outcome]int{}
	for _, class := range classes {
		head, line, counts[class.name] = head+" "+class.name+" |", line+"---|", map[outcome]int{}
	}
	fmt.Fprintf(&text, "| machine | task |%s\n|---|---|%s\n", head, line)
	for _, row := range slices.Sorted(maps.Keys(found)) {
		fmt.Fprintf(&text, "| %s |", row)
		for _, class := range classes {
			cell := found[row][class.name]
			switch {
			case cell[0] == "":
				text.WriteString(" |")
			case cell[0] == cell[1]:
				fmt.Fprintf(&text, " %s |", cell[0])
			default:
				fmt.Fprintf(&text, " once: %s; for ever: %s |", cell[0], cell[1])
			}
			for _, came := range cell {
				if came != "" {
					counts[class.name][came]++
				}
			}
		}
		text.WriteString("\n")
	}
	outcomes := []outcome{succeeds, exported, announced, timesOut, history}
	text.WriteString("\n| class |")
	for _, each := range outcomes {
		fmt.Fprintf(&text, " %s |", each)
	}
	text.WriteString("\n|---|" + strings.Repeat("---|", len(outcomes)) + "\n")
	for _, class := range classes {
		fmt.Fprintf(&text, "| %s |", class.name)
		for _, each := range outcomes {
			fmt.Fprintf(&text, " %d |", counts[class.name][each])
		}
		text.WriteString("\n")
	}
	return text.String()
}

const (
	page  = "../../docs/faults.md"
	begin = "<!-- made by go test ./faults -update -->\n"
	end   = "<!-- end -->\n"
)

// compare compares the table with the page's, or writes it there.
func (found table) compare(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	head, rest, begins := strings.Cut(string(text), begin)
	was, tail, ends := strings.Cut(rest, end)
	require.True(t, begins && ends, "%s has the table between two comments", page)
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(head+begin+found.text()+end+tail), 0o600))
		return
	}
	require.Equal(t, was, found.text(), "go test ./faults -update writes it")
}
