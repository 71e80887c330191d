package faults_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/engine"
	"datalake/local/faults"
	"datalake/local/interpreter"
	"datalake/local/objects"
	"datalake/local/spark/sparktest"
	"datalake/local/trino"
	"datalake/local/trino/trinotest"
	"datalake/stack"

	"github.com/stretchr/testify/require"
)

var (
	allFaults = flag.Bool("all-faults", false, "walk every machine of both stacks, its job on Spark")
	update    = flag.Bool("update", false, "rewrite the table in docs/faults.md")
)

// server runs the queries of both stacks.
var server *trino.Server

func TestMain(m *testing.M) {
	flag.Parse()
	debug.SetGCPercent(400) // as main does
	os.Exit(trinotest.Run(m, &server))
}

// A month of data, and what is asked for of it.
const (
	month    = "2026-01"
	backfill = `{"from": "2026-01-01", "to": "2026-02-01"}`
	// began is after the month, on a Tuesday: the week's schedule was on the Saturday before, at since.
	began = "2026-02-03T00:00:00Z"
	since = "2026-01-31T17:00:00Z"
)

// world is a stack with a month of data, all of whose machines have succeeded once. Its job and its queries were carried out
// then; later calls of them get the same answers, and what the job wrote is written again.
type world struct {
	t       *testing.T
	engine  *engine.Engine
	buckets map[string]string // the stack's output
	// machines are the stack's, and tasks the Task states of each, all by logical name.
	machines []faults.Machine
	tasks    map[string][]taskState
	// around has calls meet faults; nil for none.
	around func(interpreter.Caller) interpreter.Caller
	// real has jobs and queries carried out anew.
	real    bool
	inner   interpreter.Caller
	job     interpreter.Answer
	written contents // by the job, its metrics under ""
	queries map[string]interpreter.Answer
}

// taskState is a Task state, with what of its definition matters here.
type taskState struct {
	name, integration string
	timeout           float64
}

// contents are objects by bucket/key.
type contents map[string]string

func newWorld(t *testing.T, name string) *world {
	t.Helper()
	loaded, err := mockaws.LoadStack("../..", name)
	require.NoError(t, err)
	evaluation, err := mockaws.Evaluate(stack.Deploy, loaded, false)
	require.NoError(t, err)
	w := &world{t: t, tasks: map[string][]taskState{}, queries: map[string]interpreter.Answer{}, buckets: map[string]string{}}
	for key, bucket := range evaluation.Exports["buckets"].(map[string]any) {
		w.buckets[key] = bucket.(string)
	}
	start, err := time.Parse(time.RFC3339, began)
	require.NoError(t, err)
	options := engine.Options{
		Directory: t.TempDir(), Project: filepath.Join("..", ".."), JSONata: filepath.Join("..", "node_modules", "jsonata", "jsonata.js"),
		Trino: server, Python: python(t), Start: start,
		Around: func(inner interpreter.Caller) interpreter.Caller {
			w.inner = inner
			return w
		},
	}
	w.engine, err = engine.Open(evaluation, options)
	require.NoError(t, err)
	for _, machine := range w.engine.Machines() {
		w.machines = append(w.machines, faults.Machine{Name: machine.Name, ARN: machine.ARN, Definition: []byte(machine.Definition)})
		var definition map[string]any
		require.NoError(t, json.Unmarshal([]byte(machine.Definition), &definition))
		w.tasks[machine.Name] = taskStates(definition)
	}
	w.bringAMonth()
	w.real = true
	before := w.objects()
	require.Equal(t, interpreter.Succeeded, w.execute("weekly-etl", backfill).Status)
	w.written = contents{}
	for key, text := range w.objects() {
		if before[key] == "" && strings.HasPrefix(key, w.buckets["processed"]+"/") {
			if strings.Contains(key, "/metrics/") {
				key = ""
			}
			w.written[key] = text
		}
	}
	require.Len(t, w.written, 31+31+1, "a day's dataset and quarantine each, and the metrics")
	require.Equal(t, interpreter.Succeeded, w.execute("crawl-dataset", "{}").Status)
	w.real = false

	require.NoError(t, w.engine.Close())
	w.crowd(options.Directory)
	options.Start = time.Time{}
	w.engine, err = engine.Open(evaluation, options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.engine.Close()) })
	w.real = true
	for _, machine := range w.machines { // query executions are known to the engine that they ran in
		if kindOf(machine.Name) == reports {
			require.Equal(t, interpreter.Succeeded, w.execute(machine.Name, "{}").Status)
		}
	}
	w.real = false
	return w
}

// python runs the job on Spark, or on the stand-in for it, which starts at once.
func python(t *testing.T) string {
	t.Helper()
	project := filepath.Join("..", "..")
	if !*allFaults {
		return sparktest.Python(t, project)
	}
	interpreter, err := filepath.Abs(filepath.Join(project, "etl", ".venv", "bin", "python"))
	require.NoError(t, err)
	return interpreter
}

// taskStates are the Task states of a flow and of those inside it, in the order of their names.
func taskStates(flow map[string]any) (tasks []taskState) {
	states, _ := flow["States"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(states)) {
		state := states[name].(map[string]any)
		switch state["Type"] {
		case "Task":
			_, integration, _ := strings.Cut(state["Resource"].(string), ":states:::")
			tasks = append(tasks, taskState{name, integration, state["TimeoutSeconds"].(float64)})
		case "Parallel":
			for _, branch := range state["Branches"].([]any) {
				tasks = append(tasks, taskStates(branch.(map[string]any))...)
			}
		case "Map":
			tasks = append(tasks, taskStates(state["ItemProcessor"].(map[string]any))...)
		}
	}
	return tasks
}

// bringAMonth puts the month into the source bucket: each day, usage of two users, and three messages of a station, of which one
// is refused.
func (w *world) bringAMonth() {
	for day := 1; day <= 31; day++ {
		date := fmt.Sprintf("%s-%02d", month, day)
		w.bringUsage(date)
		noon, err := time.Parse(time.RFC3339, date+"T05:00:00Z")
		require.NoError(w.t, err)
		for hour := range 3 {
			at := noon.Add(time.Duration(hour) * time.Hour)
			text := fmt.Sprintf(`{"timestamp": "%s", "location": "north", "data": {"temperature": %d, "humidity": 60}}`, at.Format(time.RFC3339), 20+hour)
			if hour == 2 {
				text = "not a message"
			}
			w.put(fmt.Sprintf("raw/location=north/date=%s/%d.json", date, at.UnixMilli()), text)
		}
	}
}

func (w *world) bringUsage(date string) {
	for _, user := range []string{"user-1", "user-2"} {
		w.put("data/daily-user-summaries/year="+date[:4]+"/month="+date[5:7]+"/date="+date+"/"+date+"_"+user+".json", `{"usage":7,"user":"`+user+`"}`)
	}
}

func (w *world) put(key, text string) {
	require.NoError(w.t, w.engine.Objects().Put(w.buckets["source"], key, []byte(text), w.engine.Now()))
}

// crowd has a hundred executions of the weekly machine begin before its schedule and end after the one that succeeded since,
// so that this one stands on the second page of the list.
func (w *world) crowd(directory string) {
	file := filepath.Join(directory, "executions.json")
	text, err := os.ReadFile(file)
	require.NoError(w.t, err)
	var kept []map[string]any
	require.NoError(w.t, json.Unmarshal(text, &kept))
	i := slices.IndexFunc(kept, func(x map[string]any) bool { return x["StateMachine"] == "weekly-etl" })
	for number := range 100 {
		early := maps.Clone(kept[i])
		early["Name"] = fmt.Sprintf("early-%d", number)
		early["ARN"] = strings.Replace(early["ARN"].(string), kept[i]["Name"].(string), early["Name"].(string), 1)
		early["Started"] = "2026-01-31T16:00:00Z"
		early["Duration"] = float64(72 * time.Hour)
		kept = append(kept, early)
	}
	text, err = json.Marshal(kept)
	require.NoError(w.t, err)
	require.NoError(w.t, os.WriteFile(file, text, 0o600))
}

// execute runs a machine, and what its end starts.
func (w *world) execute(machine, input string) interpreter.Result {
	w.t.Helper()
	result, err := w.engine.Execute(machine, []byte(input))
	require.NoError(w.t, err)
	return result
}

// Call has a task meet the faults, if there are any.
func (w *world) Call(task interpreter.Task) interpreter.Answer {
	if w.around == nil {
		return stored{w}.Call(task)
	}
	return w.around(stored{w}).Call(task)
}

// stored answers jobs and queries as they were answered first.
type stored struct{ *world }

func (s stored) Call(task interpreter.Task) interpreter.Answer {
	anew := s.real || task.Kill
	switch {
	case strings.HasSuffix(task.Resource, ":glue:startJobRun.sync"):
		if anew {
			answer := s.inner.Call(task)
			if answer.Fault == nil {
				s.job = answer
			}
			return answer
		}
		metrics := task.Arguments.(map[string]any)["Arguments"].(map[string]any)["--metrics"].(string)
		for key, text := range s.written {
			if key == "" {
				key = strings.TrimPrefix(metrics, "s3://")
			}
			bucket, key, _ := strings.Cut(key, "/")
			require.NoError(s.t, s.engine.Objects().Put(bucket, key, []byte(text), s.engine.Now()))
		}
		return s.job
	case strings.HasSuffix(task.Resource, ":athena:startQueryExecution.sync"):
		sql := task.Arguments.(map[string]any)["QueryString"].(string)
		if answer, known := s.queries[sql]; known && !anew {
			return answer
		}
		answer := s.inner.Call(task)
		if answer.Fault == nil {
			s.queries[sql] = answer
		}
		return answer
	}
	return s.inner.Call(task)
}

// objects are all that the stack's buckets hold.
func (w *world) objects() contents {
	w.t.Helper()
	found := contents{}
	for _, bucket := range w.buckets {
		listed, err := w.engine.Objects().List(bucket, "")
		require.NoError(w.t, err)
		for _, object := range listed {
			if name := object.Key[strings.LastIndex(object.Key, "/")+1:]; strings.HasPrefix(name, ".") {
				continue // a file here that a killed job had not put yet
			}
			found[bucket+"/"+object.Key] = w.text(bucket, object)
		}
	}
	return found
}

func (w *world) text(bucket string, object objects.Object) string {
	body, err := w.engine.Objects().Get(bucket, object.Key)
	require.NoError(w.t, err)
	return string(body)
}
