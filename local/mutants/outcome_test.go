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
		if _, err = r.engine.Execute(s.machine, []byte(s.input)); err != nil {
			break
		}
		outcome, wrong := r.outcome()
		if err = wrong; err != nil || !see(i, outcome) {
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
	r.days++
	day := time.Date(2021, 7, r.days, 0, 0, 0, 0, time.UTC)
	switch {
	case strings.HasPrefix(s.machine, "crawl-"):
		r.bringUsage(day.Format("2006-01-02"), 40)
	case s.machine == "weekly-etl":
		r.bringMessage(0, day, message(day, 0, 0)) // the crawler alone reads what is of another year
		require.NoError(r.t, r.engine.Objects().Delete(r.buckets["processed"], "weather/date=2026-01-31/part-00000.csv"))
	}
	r.stood = r.objects()
}

// measured are the times that jobs and queries took here.
var measured = regexp.MustCompile(`(\\*"(milliseconds|seconds|dpuSeconds|ExecutionTime|EngineExecutionTimeInMillis|Value)\\*": ?)[0-9.]+`)

// outcome is what has come of a run since it was asked last: in executions, those that followed among them, in objects, in the
// catalog, for subscribers, in events.
func (r *run) outcome() (string, error) {
	report, err := r.engine.Report()
	if err != nil {
		return "", err
	}
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
	return string(text), nil
}

// seen is how much of what happened has been told.
type seen struct{ executions, queries, messages, events int }
