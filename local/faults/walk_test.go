package faults_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"datalake/local/engine"
	"datalake/local/faults"
	"datalake/local/faults/faultstest"
	"datalake/local/interpreter"

	"github.com/stretchr/testify/require"
)

// TestEveryTaskKeepsItsPromise has each call of the machines fail, in each way, once and for ever: what comes of it is what its
// class promises, nothing that was written is half a result, and the next run succeeds and leaves what a run without faults does.
//
// A part is walked unless all is asked for: one machine of each kind, with each class of faults.
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
				if *update {
					found.write(t)
				}
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

// isWalked tells whether a fault is met where only a part is walked: not the kill of a query, after which another Trino has to
// start, a call that fails for ever only where an execution takes no time, and a crawl's calls in a crawl alone.
func isWalked(machine string, task taskState, c class, forEver bool) bool {
	if *allFaults || *update {
		return true
	}
	switch kindOf(machine) {
	case reports:
		return !forEver && c.name != "killed"
	case weekly:
		return !forEver && !strings.HasPrefix(task.integration, "aws-sdk:glue:")
	default:
		return true
	}
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
				if !isWalked(machine, task, class, forEver) {
					continue
				}
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
	text, err := json.Marshal(append(faultstest.Leading(machine, task.name), fault))
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
