package asl

// Choice leads on by the first of its rules that holds.
type Choice struct {
	Name  string
	Rules []Rule
	// Otherwise is where it leads when no rule holds. Required: without it Step Functions fails with
	// States.NoChoiceMatched.
	Otherwise string
}

// Rule is one branch of a Choice.
type Rule struct {
	// Comment says in words when the rule is taken; it labels the branch in drawings of the definition. Optional.
	Comment string
	// If is a JSONata condition, without the {% %} around it.
	If string
	// Assign sets variables when the rule is taken.
	Assign map[string]any
	// Output is what the next state gets. Default: the choice's input.
	Output any
	Next   string
}

func (s Choice) stateName() string { return s.Name }

func (s Choice) exits() []string {
	var out []string
	for _, rule := range s.Rules {
		out = append(out, rule.Next)
	}
	return append(out, s.Otherwise)
}

func (s Choice) fields(c *compiler) map[string]any {
	where := quote(s.Name)
	if len(s.Rules) == 0 {
		c.fault("%s has no Rules: a Choice needs at least one", where)
	}
	if s.Otherwise == "" || s.Otherwise == End {
		c.fault("%s has no Otherwise: name the state for when no rule holds", where)
	}
	var choices []any
	for _, rule := range s.Rules {
		if rule.If == "" || rule.Next == "" || rule.Next == End {
			c.fault("%s has a rule %q without an If or a Next state", where, rule.If)
		}
		entry := map[string]any{"Condition": JSONata(rule.If), "Next": rule.Next}
		if rule.Comment != "" {
			entry["Comment"] = rule.Comment
		}
		put(entry, "Output", rule.Output)
		c.assign(where, entry, rule.Assign)
		choices = append(choices, entry)
	}
	return map[string]any{"Type": "Choice", "Choices": choices, "Default": s.Otherwise}
}
