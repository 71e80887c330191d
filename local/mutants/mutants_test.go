package mutants_test

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"datalake/internal/mutants"

	"github.com/stretchr/testify/require"
)

var allMutants = flag.Bool("all-mutants", false, "have every mutant of both stacks judged, not one of each kind in the crawl of one")

// What goes wrong in what is registered is noticed by a run: something else comes of it than of the stack as it is, or IAM
// refuses a call. A part is judged unless all is asked for.
func TestARunNoticesMutants(t *testing.T) {
	stacks := []string{"dev"}
	if *allMutants {
		stacks = append(stacks, "prod")
	}
	for _, name := range stacks {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, name)
			for _, kind := range mutants.Kinds {
				if made := some(kind.Mutants(w.evaluation)); kind.By == mutants.Run && len(made) > 0 {
					t.Run(kind.Name, func(t *testing.T) {
						w.t = t
						for _, m := range made {
							reason, known := mutants.Survivors[m.String()]
							switch noticed := w.notices(m); {
							case !noticed && !known:
								t.Errorf("nothing notices it: %s", m)
							case noticed && known:
								t.Errorf("it is noticed, and said not to be (%s): %s", reason, m)
							}
						}
					})
				}
			}
		})
	}
}

// some are all mutants of a kind, or one of those of the crawl.
func some(made []mutants.Mutant) []mutants.Mutant {
	if *allMutants {
		return made
	}
	i := slices.IndexFunc(made, func(m mutants.Mutant) bool { return m.Resource == "StateMachine crawl-dataset-machine" })
	return made[max(0, i) : i+1]
}

// notices tells whether a run of what is registered with a change comes out otherwise.
func (w *world) notices(m mutants.Mutant) bool {
	if strings.HasPrefix(m.Resource, "RolePolicy ") {
		return w.refused(m)
	}
	changed := m.In(w.evaluation)
	groups, real := w.groupsFor(m)
	for _, group := range groups {
		right := w.rightly(group, real)
		noticed := false
		err := w.perform(changed, group, real, func(i int, outcome string) bool {
			noticed = outcome != right[i]
			return !noticed
		})
		if err != nil || noticed {
			return true
		}
	}
	if real {
		return false
	}
	judged, err := w.judge(changed, w.groups(groups[0][0].machine)[0][:1])
	return err != nil || len(judged.Denied) > 0
}

// rightly is what comes of scenarios with the stack as it is. It is the same each time.
func (w *world) rightly(group []scenario, real bool) []string {
	if known, has := w.right[group[0].name]; has {
		return known
	}
	var right []string
	require.NoError(w.t, w.perform(w.evaluation, group, real, func(_ int, outcome string) bool {
		right = append(right, outcome)
		return true
	}))
	if *allMutants {
		require.NoError(w.t, w.perform(w.evaluation, group, real, func(i int, outcome string) bool {
			require.Equal(w.t, right[i], outcome, "%s: it comes out otherwise each time", group[i].name)
			return true
		}))
	}
	w.right[group[0].name] = right
	return right
}

// groupsFor are the scenarios that can tell of a mutant, the most likely ones first; they are real where it is about what carries
// out jobs and queries.
func (w *world) groupsFor(m mutants.Mutant) (groups [][]scenario, real bool) {
	name, isMachine := strings.CutPrefix(m.Resource, "StateMachine ")
	if !isMachine {
		return [][]scenario{w.pipelines()}, true
	}
	for _, group := range w.groups(strings.TrimSuffix(name, "-machine")) {
		if group[0].state == m.State && m.State != "" {
			groups = slices.Insert(groups, 0, group)
		} else {
			groups = append(groups, group)
		}
	}
	return groups, false
}

// pipelines run everything that a schedule starts, with the reports that follow.
func (w *world) pipelines() []scenario {
	return []scenario{
		{name: "the week's messages", machine: "weekly-etl", input: week},
		{name: "the night's crawl", machine: "crawl-dataset", input: "{}"},
		{name: "a crawl of everything", machine: "crawl-dataset", input: `{"full": true}`},
	}
}
