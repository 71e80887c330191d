package mutants_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/engine"
	"datalake/local/faults"
	"datalake/local/interpreter"
	"datalake/local/policy"
	"datalake/local/spark/sparktest"
	"datalake/local/trino"
	"datalake/local/trino/trinotest"
	"datalake/stack"

	"github.com/stretchr/testify/require"
)

var server *trino.Server

func TestMain(m *testing.M) {
	os.Exit(trinotest.Run(m, &server))
}

// world is a committed stack with some days of data, all of whose machines have succeeded once.
type world struct {
	t          *testing.T
	evaluation *mockaws.Evaluation
	// directory is what the engine keeps of it, and held the objects in it.
	directory string
	held      map[string]string
	python    string // what runs jobs
	buckets   map[string]string
	machines  []faults.Machine
	tasks     map[string][]task // by machine
	// answers are those of jobs and queries that were carried out before.
	answers map[string]answered
	// right are the outcomes of the stack as it is, by the first scenario of a group.
	right map[string][]string
	// called is what the stack calls of AWS, once it is known.
	called []policy.Call
}

// began is on a Tuesday: the week's schedule was on the Saturday before.
const began = "2026-02-03T00:00:00Z"

func newWorld(t *testing.T, name string) *world {
	t.Helper()
	loaded, err := mockaws.LoadStack("../..", name)
	require.NoError(t, err)
	evaluation, err := mockaws.Evaluate(stack.Deploy, loaded, false)
	require.NoError(t, err)
	w := &world{t: t, evaluation: evaluation, directory: t.TempDir(), python: sparktest.Python(t, filepath.Join("..", "..")), buckets: map[string]string{}, tasks: map[string][]task{}, answers: map[string]answered{}, right: map[string][]string{}}
	for key, bucket := range evaluation.Exports["buckets"].(map[string]any) {
		w.buckets[key] = bucket.(string)
	}
	start, err := time.Parse(time.RFC3339, began)
	require.NoError(t, err)
	r, err := w.open(evaluation, w.directory, start)
	require.NoError(t, err)
	for _, machine := range r.engine.Machines() {
		w.machines = append(w.machines, faults.Machine{Name: machine.Name, ARN: machine.ARN, Definition: []byte(machine.Definition)})
		w.tasks[machine.Name] = tasksOf(t, machine.Definition)
	}
	w.bringData(r)
	r.real = true
	for _, s := range w.pipelines()[:2] {
		result, err := r.engine.Execute(s.machine, []byte(s.input))
		require.NoError(t, err)
		require.Equal(t, interpreter.Succeeded, result.Status, "%v", result.Cause)
	}
	w.held = r.objects()
	require.NoError(t, r.engine.Close())
	return w
}

// week is a backfill of the days that there are messages of.
const week = `{"from": "2026-01-30", "to": "2026-02-02"}`

// bringData puts usage of two users on days of two years into the source bucket, and messages of three stations on three days,
// twice an hour, of which some are refused, some are late, and some lie beside the local day of their time.
func (w *world) bringData(r *run) {
	for i, date := range []string{"2020-12-31", "2021-01-01", "2021-06-15", "2022-01-01"} {
		r.bringUsage(date, 7+i)
	}
	for day := range 3 {
		for station := range 3 {
			for number := range 8 {
				at := time.Date(2026, 1, 29+day, 15+3*(number/2)+day, 20*station+10*(number%2), 0, 0, time.UTC)
				text := message(at, station, number)
				if number == 6 && station == 1 {
					text = "not a message"
				}
				r.bringMessage(station/2, at.Add(time.Duration(station)*12*time.Hour), text)
			}
		}
	}
}

// message is what a station sends.
func message(at time.Time, station, number int) string {
	return fmt.Sprintf(`{"timestamp": %q, "location": "place-%d", "device_id": "d%d", "data": {"temperature": %d, "humidity": 60, "avgwindspeed": %d, "rainfall24hr": %d}}`,
		at.Format(time.RFC3339), station/2, station, 20+number+3*station, 2+number, 5*number)
}

// run is an engine that carries out what was registered for a stack, on a copy of the world's data.
type run struct {
	*world
	engine *engine.Engine
	inner  interpreter.Caller
	faults *faults.Faults
	script map[string][]interpreter.Answer
	// real has jobs and queries carried out, where else they are answered as before.
	real bool
	told []any
	// stood are the objects before a scenario, seen is what was told of those before, and days how many were brought.
	stood map[string]string
	seen  seen
	days  int
}

func (w *world) open(evaluation *mockaws.Evaluation, directory string, start time.Time) (*run, error) {
	r := &run{world: w}
	var err error
	r.engine, err = engine.Open(evaluation, engine.Options{
		Directory: directory, Project: filepath.Join("..", ".."), JSONata: filepath.Join("..", "node_modules", "jsonata", "jsonata.js"),
		Trino: server, Python: w.python, Start: start,
		Around: func(inner interpreter.Caller) interpreter.Caller {
			r.inner = inner
			return r
		},
	})
	return r, err
}

func (r *run) put(bucket, key, text string) {
	require.NoError(r.t, r.engine.Objects().Put(r.buckets[bucket], key, []byte(text), r.engine.Now()))
}

func (r *run) bringMessage(place int, arrived time.Time, text string) {
	r.put("source", fmt.Sprintf("raw/location=place-%d/date=%s/%d.json", place, arrived.Format("2006-01-02"), arrived.UnixMilli()), text)
}

func (r *run) bringUsage(date string, usage int) {
	for user := range 2 {
		key := fmt.Sprintf("data/daily-user-summaries/year=%s/month=%s/date=%s/%s_user-%d.json", date[:4], date[5:7], date, date, user)
		r.put("source", key, fmt.Sprintf(`{"usage":%d,"user":"user-%d"}`, usage+10*user, user))
	}
}

// objects are all that the stack's buckets hold.
func (r *run) objects() map[string]string {
	found := map[string]string{}
	for _, bucket := range r.buckets {
		listed, err := r.engine.Objects().List(bucket, "")
		require.NoError(r.t, err)
		for _, object := range listed {
			body, err := r.engine.Objects().Get(bucket, object.Key)
			require.NoError(r.t, err)
			found[bucket+"/"+object.Key] = string(body)
		}
	}
	return found
}
