package asl

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// End, as a state's Next, ends the flow after that state.
const End = "(end)"

// Express limits: https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
const expressLimit = 5 * time.Minute

// Machine is one state machine.
type Machine struct {
	// Comment says what the machine is for.
	Comment string
	// Partition is the AWS partition of the service integrations' ARNs. Default: aws.
	Partition string
	// Express makes an Express workflow: at most five minutes, no .sync tasks, no execution history. Default: Standard.
	Express bool
	// Timeout ends an execution that takes longer, as TIMED_OUT, which nothing inside the machine can catch. Required,
	// whole seconds.
	Timeout time.Duration
	// Flow is what the machine does, from its first state on.
	Flow Flow
}

// Flow is a list of states. The first one starts it; a state without a Next goes on to the state below it, and the
// last one ends the flow.
type Flow []State

// Definition is a checked machine.
type Definition struct {
	// Document is the definition as a tree of maps, slices and leaves, to be resolved and given to [EncodeDefinition].
	Document map[string]any
	// Permissions is what the machine's role must allow: the sum of its tasks' needs, in the order of the states.
	Permissions []Permission
}

// Compile checks the machine and returns its definition. The error joins every fault found: unknown or missing Next,
// unreachable states, flows without an end, loops without a Wait, retriers and catchers that can never match, missing timeouts, names that
// Step Functions refuses, and names used twice.
func Compile(m Machine) (*Definition, error) {
	m.Partition = cmp.Or(m.Partition, "aws")
	c := &compiler{machine: m, names: map[string]bool{}}
	if m.Comment == "" {
		c.fault("the machine has no Comment: say what it is for")
	}
	c.seconds("the machine's Timeout", m.Timeout)
	if m.Express && m.Timeout > expressLimit {
		c.fault("the machine's Timeout is %s: an Express workflow ends after %s", m.Timeout, expressLimit)
	}
	document := c.flow("the machine", m.Flow)
	if err := errors.Join(c.faults...); err != nil {
		return nil, fmt.Errorf("state machine %q: %w", m.Comment, err)
	}
	document["Comment"] = m.Comment
	document["QueryLanguage"] = "JSONata"
	document["TimeoutSeconds"] = int(m.Timeout.Seconds())
	return &Definition{Document: document, Permissions: c.permissions}, nil
}

// compiler gathers what is true of the whole machine while its flows are walked.
type compiler struct {
	machine     Machine
	names       map[string]bool
	permissions []Permission
	faults      []error
}

func (c *compiler) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf(format, args...))
}

// seconds checks a required duration: Step Functions counts whole seconds, up to 99,999,999.
func (c *compiler) seconds(what string, d time.Duration) {
	switch {
	case d <= 0:
		c.fault("%s is missing: give a positive number of seconds", what)
	case d%time.Second != 0 || d > 99_999_999*time.Second:
		c.fault("%s is %s: give whole seconds, at most 99999999", what, d)
	}
}
