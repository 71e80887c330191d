package mutants_test

import (
	"os"
	"time"

	"datalake/internal/mockaws"
	"datalake/internal/mutants"
	"datalake/local/policy"

	"github.com/stretchr/testify/require"
)

// judgeScript has IAM's rules.
const judgeScript = "../policy/judge.mjs"

// refused tells whether IAM refuses a call of the pipelines by the policies with a change.
func (w *world) refused(m mutants.Mutant) bool {
	policies, err := policy.Read(m.In(w.evaluation))
	require.NoError(w.t, err)
	record := policy.NewRecord(policies)
	record.Note(w.calls()...)
	judged, err := record.Judge(judgeScript)
	require.NoError(w.t, err)
	return len(judged.Denied) > 0
}

// calls are those that the stack as it is makes of AWS: each machine as it is meant to run, and one that fails.
func (w *world) calls() []policy.Call {
	if w.called != nil {
		return w.called
	}
	scenarios := append(w.pipelines(), scenario{
		machine: "weekly-etl", input: week, faults: []any{map[string]any{"machine": "weekly-etl", "state": "Read the metrics", "error": "S3.NoSuchKeyException"}},
	})
	for _, machine := range w.machines {
		scenarios = append(scenarios, w.groups(machine.Name)[0][0])
	}
	judged, err := w.judge(w.evaluation, scenarios)
	require.NoError(w.t, err)
	require.Empty(w.t, judged.Denied)
	for _, c := range judged.Calls {
		w.called = append(w.called, policy.Call{Principal: c.Principal, Action: c.Action, Resource: c.Resource, Context: c.Context, By: c.By})
	}
	return w.called
}

// judge carries out what is registered, and has IAM judge the calls.
func (w *world) judge(evaluation *mockaws.Evaluation, scenarios []scenario) (policy.Judgement, error) {
	directory := w.t.TempDir()
	require.NoError(w.t, os.CopyFS(directory, os.DirFS(w.directory)))
	r, err := w.open(evaluation, directory, time.Time{})
	if err != nil {
		return policy.Judgement{}, err
	}
	r.real = true
	for _, s := range scenarios {
		r.meet(s)
		if _, err := r.engine.Execute(s.machine, []byte(s.input)); err != nil {
			return policy.Judgement{}, err
		}
	}
	judged, err := r.engine.Judge(judgeScript)
	require.NoError(w.t, r.engine.Close())
	return judged, err
}
