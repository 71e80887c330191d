package asl

import "time"

// Pass computes: it sets variables and makes the next state's input.
type Pass struct {
	Name   string
	Assign map[string]any
	// Output is what the state passes on. Default: its input.
	Output any
	Next   string
}

func (s Pass) stateName() string { return s.Name }
func (s Pass) exits() []string   { return []string{s.Next} }

func (s Pass) fields(c *compiler) map[string]any {
	fields := map[string]any{"Type": "Pass"}
	put(fields, "Output", s.Output)
	c.assign(quote(s.Name), fields, s.Assign)
	return fields
}

// Wait lets time pass.
type Wait struct {
	Name string
	// For is how long. Required, whole seconds.
	For  time.Duration
	Next string
}

func (s Wait) stateName() string { return s.Name }
func (s Wait) exits() []string   { return []string{s.Next} }

func (s Wait) fields(c *compiler) map[string]any {
	c.seconds(quote(s.Name)+"'s For", s.For)
	return map[string]any{"Type": "Wait", "Seconds": int(s.For.Seconds())}
}

// Succeed ends the flow well.
type Succeed struct {
	Name string
	// Output is the result. Default: the state's input.
	Output any
}

func (s Succeed) stateName() string { return s.Name }
func (s Succeed) exits() []string   { return []string{End} }

func (s Succeed) fields(*compiler) map[string]any {
	fields := map[string]any{"Type": "Succeed"}
	put(fields, "Output", s.Output)
	return fields
}

// Fail ends the execution with an error.
type Fail struct {
	Name string
	// Error is the error's name, and Cause its text for a person. Both are required, and may be expressions.
	Error, Cause string
}

func (s Fail) stateName() string { return s.Name }
func (s Fail) exits() []string   { return []string{End} }

func (s Fail) fields(c *compiler) map[string]any {
	if s.Error == "" || s.Cause == "" {
		c.fault("%s needs an Error and a Cause: whoever is called at night reads them", quote(s.Name))
	}
	return map[string]any{"Type": "Fail", "Error": s.Error, "Cause": s.Cause}
}
