package mutants_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/faults"
	"datalake/local/interpreter"
	"datalake/local/policy"

	"github.com/stretchr/testify/require"
)

// perform carries out what is registered on a copy of the world's data, one scenario after the other, and hands what came of each
// to see, until that has seen enough. The error is what was refused.
func (w *world) perform(evaluation *mockaws.Evaluation, scenarios []scenario, real bool, see func(i int, outcome string) bool) error {
	directory, err := os.MkdirTemp("", "mutant-")
	require.NoError(w.t, err)
	defer os.RemoveAll(directory)
	require.NoError(w.t, os.CopyFS(directory, os.DirFS(w.directory)))
	r, err := w.open(evaluation, directory, time.Time{})
	if err != nil {
		return err
	}
	r.real, r.stood = real, w.held
	for i, s := range scenarios {
		r.meet(s)
		if _, err = r.engine.Execute(s.machine, []byte(s.input)); err != nil || !see(i, r.outcome()) {
			break
		}
	}
	return errors.Join(err, r.engine.Close())
}

// meet gives a scenario's machine something to do, and its calls what they are to meet.
func (r *run) meet(s scenario) {
	r.script, r.faults = map[string][]interpreter.Answer{}, nil
	for integration, answers := range s.script {
		r.script[integration] = slices.Clone(answers)
	}
	if len(s.faults) > 0 {
		text, err := json.Marshal(s.faults)
		require.NoError(r.t, err)
		r.faults, err = faults.Load(text, r.machines)
		require.NoError(r.t, err)
	}
	switch {
	case strings.HasPrefix(s.machine, "crawl-"):
		r.days++
		r.bringUsage(time.Date(2021, 7, r.days, 0, 0, 0, 0, time.UTC).Format("2006-01-02"), 40)
	case s.machine == "weekly-etl":
		require.NoError(r.t, r.engine.Objects().Delete(r.buckets["processed"], "weather/date=2026-01-31/part-00000.csv"))
	}
	r.stood = r.objects()
}

// calls are those that the pipelines make of AWS, by the stack's own policies: each machine as it is meant to run, and one that
// fails.
func (w *world) calls() []policy.Call {
	if w.called != nil {
		return w.called
	}
	directory := w.t.TempDir()
	require.NoError(w.t, os.CopyFS(directory, os.DirFS(w.directory)))
	r, err := w.open(w.evaluation, directory, time.Time{})
	require.NoError(w.t, err)
	r.real = true
	scenarios := append(w.pipelines(), scenario{
		machine: "weekly-etl", input: week, faults: []any{map[string]any{"machine": "weekly-etl", "state": "Read the metrics", "error": "S3.NoSuchKeyException"}},
	})
	for _, machine := range w.machines {
		scenarios = append(scenarios, w.groups(machine.Name)[0][0])
	}
	for _, s := range scenarios {
		r.meet(s)
		_, err = r.engine.Execute(s.machine, []byte(s.input))
		require.NoError(w.t, err)
	}
	judged, err := r.engine.Judge(judge)
	require.NoError(w.t, err)
	require.Empty(w.t, judged.Denied)
	require.NoError(w.t, r.engine.Close())
	for _, c := range judged.Calls {
		w.called = append(w.called, policy.Call{Principal: c.Principal, Action: c.Action, Resource: c.Resource, Context: c.Context, By: c.By})
	}
	return w.called
}

// measured are the times that jobs and queries took here.
var measured = regexp.MustCompile(`(\\*"(milliseconds|seconds|dpuSeconds|ExecutionTime|EngineExecutionTimeInMillis|Value)\\*": ?)[0-9.]+`)

// outcome is what has come of a run since it was asked last: in executions, those that followed among them, in objects, in the
// catalog, for subscribers, in events.
func (r *run) outcome() string {
	report, err := r.engine.Report()
	require.NoError(r.t, err)
	var executions, queries []any
	for _, x := range report.Executions[r.seen.executions:] {
		came := map[string]any{"machine": x.StateMachine, "status": x.Status, "error": x.Error, "cause": x.Cause, "output": x.Output, "trigger": x.Trigger}
		if !r.real {
			came["seconds"] = x.VirtualSeconds
		}
		executions = append(executions, came)
	}
	if r.real {
		for _, q := range report.Queries[r.seen.queries:] {
			queries = append(queries, map[string]any{"columns": q.Columns, "rows": q.Rows, "bytes": q.DataScannedInBytes, "read": q.PartitionsScanned, "of": q.PartitionsTotal, "error": q.Error})
		}
	}
	now := r.objects()
	changed := maps.Clone(now)
	for key, text := range r.stood {
		if is, has := changed[key]; has && is == text {
			delete(changed, key)
		} else if !has {
			changed[key] = "gone"
		}
	}
	text, err := json.MarshalIndent(map[string]any{
		"executions": executions, "queries": queries, "objects": changed, "tables": report.Tables,
		"messages": report.Messages[r.seen.messages:], "events": report.Events[r.seen.events:], "metrics": r.told,
	}, "", " ")
	require.NoError(r.t, err)
	r.seen = seen{len(report.Executions), len(report.Queries), len(report.Messages), len(report.Events)}
	r.told = nil
	if r.real {
		text = measured.ReplaceAll(text, []byte("${1}0"))
	}
	return string(text)
}

// seen is how much of what happened has been told.
type seen struct{ executions, queries, messages, events int }
