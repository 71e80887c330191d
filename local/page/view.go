package page

import (
	"cmp"
	"fmt"
	"html/template"
	"strings"
)

// view is a report with its pictures, as the templates show it.
type view struct {
	report
	Problems  []problem
	Pipelines *diagram
	Ran       []executionView
	Asked     []queryView
	Refused   []refusedView
	limits    limits
}

// problem is a reason for which a run did not succeed.
type problem struct{ What, Why, Target string }

// maxReason is how many bytes of a reason the head of the page has.
const maxReason = 400

// refusedView is what a job refused, by reason.
type refusedView struct {
	quarantine
	// Counts are by reason; empty where the job said none.
	Counts map[string]string
}

func look(r report, l limits, graphs renderer) (view, error) {
	v := view{report: r, limits: l}
	var diagrams []*diagram
	for i, x := range r.Executions {
		seen := x.view(fmt.Sprintf("execution-%d", i+1), r.Definitions[x.StateMachine], l.things)
		if seen.Diagram != nil {
			diagrams = append(diagrams, seen.Diagram)
		}
		v.Ran = append(v.Ran, seen)
	}
	if v.Pipelines = drawPipelines(r.Graph, v.Ran); v.Pipelines != nil {
		diagrams = append(diagrams, v.Pipelines)
	}
	for _, d := range diagrams {
		if err := graphs.lay(d); err != nil {
			return view{}, err
		}
	}
	for i, q := range r.Queries {
		v.Asked = append(v.Asked, queryView{query: q, ID: fmt.Sprintf("query-%d", i+1), Charts: weather(q.rows)})
	}
	for _, q := range r.Quarantine {
		v.Refused = append(v.Refused, refusedView{q, refusals(r.Jobs, q.Job)})
	}
	v.Problems = v.problems()
	return v, nil
}

func (v view) problems() (all []problem) {
	for _, x := range v.Ran {
		if x.Class() == "succeeded" {
			continue
		}
		ended := x.StateMachine + " " + strings.ToLower(strings.ReplaceAll(x.Status, "_", " "))
		for _, s := range x.Failed {
			all = append(all, problem{ended + " in “" + s.Name + "”", cut(cmp.Or(s.Reason(), x.Reason()), maxReason), s.ID})
		}
		if len(x.Failed) == 0 {
			all = append(all, problem{ended, cut(x.Reason(), maxReason), x.ID})
		}
	}
	if n := len(v.Denied); n > 0 {
		all = append(all, problem{What: counted(n, "call") + " denied", Why: v.Denied[0].Action + " on " + v.Denied[0].Resource, Target: "permissions"})
	}
	if n := len(v.Invalid); n > 0 {
		all = append(all, problem{What: counted(n, "call") + " with faults", Why: v.Invalid[0].Call + ": " + v.Invalid[0].Fault, Target: "parameters"})
	}
	return all
}

// refusals are a job's counts of refused records by reason.
func refusals(jobs []job, name string) map[string]string {
	counts := map[string]string{}
	for _, j := range jobs {
		metrics, _ := j.Metrics.(map[string]any)
		byReason, _ := metrics["records_quarantined"].(map[string]any)
		if j.Name != name {
			continue
		}
		for reason, count := range byReason {
			counts[reason] = cell(count)
		}
	}
	return counts
}

// Verdict says how the run ended.
func (v view) Verdict() string {
	switch {
	case len(v.Problems) > 0:
		return "The run did not succeed"
	case len(v.Ran) == 0:
		return "Nothing was executed"
	case len(v.Ran) == 1:
		return "The execution succeeded"
	default:
		return fmt.Sprintf("All %d executions succeeded", len(v.Ran))
	}
}

// Objects are those of all tables, with their bytes and partitions.
func (v view) Objects() (sum table) {
	for _, t := range v.Tables {
		sum.Objects, sum.Bytes, sum.Partitions = sum.Objects+t.Objects, sum.Bytes+t.Bytes, sum.Partitions+t.Partitions
	}
	return sum
}

// Cost is that of all executions.
func (v view) Cost() (sum float64) {
	for _, x := range v.Ran {
		sum += x.execution.Cost.Total
	}
	return sum
}

// Seconds are how long the run took.
func (v view) Seconds() (sum float64) {
	for _, p := range v.Phases {
		sum += p.Seconds
	}
	return sum
}

// Judged is how many calls were.
func (v view) Judged() (sum int) {
	for _, c := range v.Calls {
		sum += c.Count
	}
	return sum
}

// Weather is whether there are charts.
func (v view) Weather() bool {
	for _, q := range v.Asked {
		if len(q.Charts) > 0 {
			return true
		}
	}
	return false
}

// Most is how many things of a kind the page shows.
func (v view) Most() int { return v.limits.things }

// asset is a file of the page's own: the style or the script.
func asset(name string) (any, error) {
	text, err := files.ReadFile("templates/" + name)
	if strings.HasSuffix(name, ".css") {
		return template.CSS(text), err
	}
	return template.JS(text), err
}

// Checked is whether the arguments of calls were.
func (v view) Checked() bool { return v.Invalid != nil }

// Rows is how many rows of a long table the page shows.
func (v view) Rows() int { return 4 * v.limits.things }
