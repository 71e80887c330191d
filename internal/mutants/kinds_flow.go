package mutants

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	"datalake/internal/mockaws"
)

// flowKinds are about the way that an execution takes.
var flowKinds = []Kind{
	{"a choice leads elsewhere", Run, in(states("Choice"), func(s place) (made []Mutant) {
		for _, choice := range s.each("Choices") {
			if choice.text("Next") != s.text("Default") {
				m := choice.mutant(fmt.Sprintf("%s and the rest go each other's way", choice.words(nil)))
				m.edits = append(choice.set(s.text("Default"), "Next")[0].edits, s.set(choice.text("Next"), "Default")[0].edits...)
				made = append(made, m)
			}
		}
		return made
	})},
	{"a condition is turned round", Run, in(parts("Choices"), func(choice place) []Mutant {
		return choice.changed(choice.words(nil)+" is taken where it was not to be", "{% $not("+inner(choice.text("Condition"))+") %}", "Condition")
	})},
	{"a choice is never taken", Run, in(parts("Choices"), func(choice place) []Mutant {
		return choice.changed(choice.words(nil)+" is never taken", "{% false %}", "Condition")
	})},
	{"half of a condition is missing", Run, in(parts("Choices"), func(choice place) (made []Mutant) {
		clauses := strings.Split(inner(choice.text("Condition")), " and ")
		for i, clause := range clauses {
			if len(clauses) == 1 || strings.Contains(choice.text("Condition"), "?") {
				continue
			}
			others := append(append([]string{}, clauses[:i]...), clauses[i+1:]...)
			made = append(made, choice.changed(fmt.Sprintf("%s does not ask for %s", choice.words(nil), clause), "{% "+strings.Join(others, " and ")+" %}", "Condition")...)
		}
		return made
	})},
	{"a limit is moved", Run, in(parts("Choices"), func(choice place) (made []Mutant) {
		condition := choice.text("Condition")
		for _, found := range comparison.FindAllStringIndex(condition, -1) {
			before, was, after := condition[:found[0]], condition[found[0]:found[1]], condition[found[1]:]
			says := fmt.Sprintf("%s has%sfor%safter …%s", choice.words(nil), moves[was], was, before[max(0, len(before)-40):])
			made = append(made, choice.changed(says, before+moves[was]+after, "Condition")...)
		}
		return made
	})},
	{"what is remembered is lost", Run, func(e *mockaws.Evaluation) (made []Mutant) {
		for _, p := range append(states()(e), append(parts("Choices")(e), parts("Catch")(e)...)...) {
			members, _ := p.at("Assign").(map[string]any)
			for _, name := range sorted(members) {
				if len(members) == 1 {
					made = append(made, p.lose("Assign")...)
				} else {
					made = append(made, p.lose("Assign", name)...)
				}
			}
		}
		return made
	}},
	{"what is handed on is lost", Run, func(e *mockaws.Evaluation) (made []Mutant) {
		for _, p := range append(states()(e), append(parts("Choices")(e), parts("Catch")(e)...)...) {
			made = append(made, p.lose("Output")...)
		}
		return made
	}},
	{"a step is left out", Run, in(states(), func(s place) []Mutant {
		after := s.flow().below("States", s.text("Next"))
		if s.text("Next") == "" || next(after) == "" || next(after) == s.state {
			return nil
		}
		return s.set(next(after), "Next")
	})},
	{"it begins in the middle", Run, in(flows, func(flow place) []Mutant {
		first := flow.below("States", flow.text("StartAt"))
		if after := first.text("Next") + first.text("Default"); after != "" {
			return flow.set(after, "StartAt")
		}
		return nil
	})},
	{"a wait is no wait", Run, in(states("Wait"), func(s place) []Mutant {
		if s.at("Seconds") == 1.0 {
			return s.set(0.0, "Seconds")
		}
		return s.set(1.0, "Seconds")
	})},
	{"a wait is too long", Run, in(states("Wait"), func(s place) []Mutant { return s.set(20*s.at("Seconds").(float64), "Seconds") })},
	{"a failure has another name", Run, in(states("Fail"), func(s place) []Mutant { return s.set("Failed", "Error") })},
	{"a failure has no cause", Run, in(states("Fail"), func(s place) []Mutant { return s.lose("Cause") })},
	{"a failure is taken for a success", Run, in(states("Fail"), func(s place) []Mutant {
		return s.changed("is a success", map[string]any{"Type": "Succeed"})
	})},
	{"a branch is missing", Run, in(states("Parallel"), func(s place) []Mutant { return s.loseEach("Branches") })},
	{"too many or too few at a time", Run, in(states("Map"), func(s place) []Mutant {
		if s.at("MaxConcurrency") == 1.0 {
			return s.set(40.0, "MaxConcurrency")
		}
		return s.set(1.0, "MaxConcurrency")
	})},
	{"nothing is gone through", Run, in(states("Map"), func(s place) []Mutant { return s.set([]any{}, "Items") })},
	{"a machine ends too early", Run, in(of(machineType), func(machine place) []Mutant {
		return machine.set(math.Ceil(machine.at("definition", "TimeoutSeconds").(float64)/100), "definition", "TimeoutSeconds")
	})},
	{"a machine never ends", Guardrails, in(of(machineType), func(machine place) []Mutant { return machine.lose("definition", "TimeoutSeconds") })},
}

var (
	comparison = regexp.MustCompile(` (>=|<=|>|<) `)
	moves      = map[string]string{" >= ": " > ", " <= ": " < ", " > ": " >= ", " < ": " <= "}
)

// inner is what stands in an expression's brackets.
func inner(expression string) string {
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(expression, "{%"), "%}"))
}
