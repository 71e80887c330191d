package mutants

import (
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

// taskKinds are about what a state machine calls.
var taskKinds = []Kind{
	{"a task ends too early", Run, in(states("Task"), func(s place) []Mutant { return s.set(1.0, "TimeoutSeconds") })},
	{"a task ends too late", Run, in(states("Task"), func(s place) []Mutant { return s.set(2*s.at("TimeoutSeconds").(float64), "TimeoutSeconds") })},
	{"a task never ends", Guardrails, in(states("Task"), func(s place) []Mutant { return s.lose("TimeoutSeconds") })},
	{"a job is not waited for", Run, in(states("Task"), func(s place) []Mutant {
		return s.set(strings.TrimSuffix(s.text("Resource"), ".sync"), "Resource")
	})},
	{"a task works on another thing", Run, func(e *mockaws.Evaluation) (made []Mutant) {
		for _, s := range states("Task", "Pass")(e) {
			for _, part := range []string{"Arguments", "Assign"} {
				for _, leaf := range leaves(s.below(part)) {
					if another := sibling(e, leaf.text()); another != "" {
						made = append(made, leaf.set(another)...)
					}
				}
			}
		}
		return made
	}},
	{"an argument is missing", Run, in(states("Task"), func(s place) (made []Mutant) {
		for _, arguments := range []place{s.below("Arguments"), s.below("Arguments", "Arguments")} {
			members, _ := arguments.at().(map[string]any)
			for _, name := range sorted(members) {
				if name != "MaxResults" { // what is left out is as many as there may be
					made = append(made, arguments.lose(name)...)
				}
			}
		}
		return made
	})},
}

// handlerKinds are about what a state machine does when a call fails.
var handlerKinds = []Kind{
	{"a call is not made again", Run, in(states("Task"), func(s place) []Mutant { return s.lose("Retry") })},
	{"a call is made again too few times", Run, in(parts("Retry"), func(retrier place) []Mutant { return retrier.set(1.0, "MaxAttempts") })},
	{"a call is made again without patience", Run, in(parts("Retry"), func(retrier place) []Mutant {
		if retrier.at("JitterStrategy") != nil { // as long as chance has it
			return nil
		}
		return append(retrier.set(1.0, "IntervalSeconds"), retrier.set(1.0, "BackoffRate")...)
	})},
	{"an error is not tried again", Run, in(parts("Retry"), func(retrier place) []Mutant { return retrier.loseEach("ErrorEquals") })},
	{"an error is not caught", Run, in(states(), func(s place) []Mutant {
		if len(s.each("Catch")) == 1 {
			return s.lose("Catch")
		}
		return s.loseEach("Catch")
	})},
	{"a catcher takes what is another's", Run, in(states(), func(s place) (made []Mutant) {
		catchers, _ := s.at("Catch").([]any)
		for i, catcher := range s.each("Catch") {
			if i < len(catchers)-1 && next(catcher) != next(s.below("Catch", i+1)) {
				wide := slices.Clone(catchers[:i+1])
				wide[i] = catcher.with([]any{"States.ALL"}, "ErrorEquals")
				made = append(made, s.changed(catcher.words(nil)+" takes every error", wide, "Catch")...)
			}
		}
		return made
	})},
	{"an error is taken for a success", Run, in(states("Task"), func(s place) (made []Mutant) {
		for _, catcher := range s.each("Catch") {
			if s.text("Next") != "" {
				made = append(made, catcher.set(s.text("Next"), "Next")...)
			}
		}
		return made
	})},
}

// leaves are the places of the texts in a tree.
func leaves(p place) (found []place) {
	switch v := p.at().(type) {
	case string:
		found = append(found, p)
	case map[string]any:
		for _, key := range sorted(v) {
			found = append(found, leaves(p.below(key))...)
		}
	case []any:
		for i := range v {
			found = append(found, leaves(p.below(i))...)
		}
	}
	return found
}

// sibling is the name or ARN of another resource of the type of which a name or ARN is given; "" if there is none.
func sibling(e *mockaws.Evaluation, given string) string {
	for _, output := range []string{"name", "arn", "bucket", "id"} {
		for _, r := range e.Resources {
			if r.Outputs[output] != any(given) || given == "" {
				continue
			}
			for _, other := range e.Find(r.Type) {
				if another, is := other.Outputs[output].(string); is && another != given {
					return another
				}
			}
		}
	}
	return ""
}
