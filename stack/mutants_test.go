package stack

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"datalake/internal/mutants"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What goes wrong in what is registered is noticed by a guardrail, without a look at what was registered before.
func TestGuardrailsNoticeMutants(t *testing.T) {
	for _, name := range []string{"dev", "prod"} {
		t.Run(name, func(t *testing.T) {
			d := deploy(t, name)
			before := fmt.Sprint(d.Resources)
			rails := slices.Clone(guardrails)
			for _, kind := range mutants.Kinds {
				if kind.By != mutants.Guardrails {
					continue
				}
				for _, m := range kind.Mutants(d.Evaluation) {
					changed := &deployment{m.In(d.Evaluation), d.stack}
					i := slices.IndexFunc(rails, func(rail guardrail) bool { return len(rail.violations(changed)) > 0 })
					if i < 0 {
						t.Errorf("no guardrail notices it: %s", m)
						continue
					}
					noticing := rails[i] // it may notice the next one too
					rails = slices.Insert(slices.Delete(rails, i, i+1), 0, noticing)
				}
			}
			require.Equal(t, before, fmt.Sprint(d.Resources), "a mutant leaves what it is made of as it is")
		})
	}
}

const (
	mutantsPage  = "../docs/mutants.md"
	mutantsBegin = "<!-- made by go test ./stack -update -->\n"
	mutantsEnd   = "<!-- end -->\n"
)

// The page has each kind, with the number of its mutants in either stack.
func TestTheMutantsAreDocumented(t *testing.T) {
	require.GreaterOrEqual(t, len(mutants.Kinds), 30)
	var text strings.Builder
	text.WriteString("| what goes wrong | dev | prod | noticed by |\n|---|---|---|---|\n")
	names, all := map[string]bool{}, map[string]bool{}
	sums := map[string]int{}
	for _, kind := range mutants.Kinds {
		require.False(t, names[kind.Name], "%s: a kind has its name alone", kind.Name)
		names[kind.Name] = true
		counts := map[string]int{}
		for _, name := range []string{"dev", "prod"} {
			seen := map[string]bool{}
			for _, m := range kind.Mutants(deploy(t, name).Evaluation) {
				assert.False(t, seen[m.String()], "%s: a mutant is told apart by what it says", m)
				seen[m.String()], all[m.String()] = true, true
			}
			counts[name] = len(seen)
			sums[name] += len(seen)
		}
		require.Positive(t, counts["dev"]+counts["prod"], "%s: there is no such mutant", kind.Name)
		fmt.Fprintf(&text, "| %s | %d | %d | %s |\n", kind.Name, counts["dev"], counts["prod"], kind.By)
	}
	fmt.Fprintf(&text, "| %d kinds | %d | %d | |\n", len(mutants.Kinds), sums["dev"], sums["prod"])
	fmt.Fprintf(&text, "\nNothing notices %d of them:\n\n", len(mutants.Survivors))
	for _, survivor := range slices.Sorted(maps.Keys(mutants.Survivors)) {
		require.True(t, all[survivor], "there is no such mutant: %s", survivor)
		fmt.Fprintf(&text, "- %s. The reason: %s.\n", survivor, mutants.Survivors[survivor])
	}
	page, err := os.ReadFile(mutantsPage)
	require.NoError(t, err)
	head, rest, begins := strings.Cut(string(page), mutantsBegin)
	was, tail, ends := strings.Cut(rest, mutantsEnd)
	require.True(t, begins && ends, "%s has the table between two comments", mutantsPage)
	if *update {
		require.NoError(t, os.WriteFile(mutantsPage, []byte(head+mutantsBegin+text.String()+mutantsEnd+tail), 0o600))
		return
	}
	stands := strings.Split(was, "\n")
	for i, line := range strings.Split(text.String(), "\n") {
		require.True(t, i < len(stands) && stands[i] == line, "%s lacks the line %s: go test ./stack -update writes it", mutantsPage, line)
	}
}
