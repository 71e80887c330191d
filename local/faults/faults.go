// Package faults has calls of state machines fail that would have succeeded: refused, throttled, answered late, or with the
// process killed that carries them out. It stands between the interpreter and what answers its tasks.
package faults

import (
	"fmt"
	"sync"

	"datalake/local/interpreter"
)

// Faults are those of a file, and the calls that they have met. They may be used by several executions at one time.
type Faults struct {
	machines map[string]string // ARN → logical name
	lock     sync.Mutex
	entries  []entry
}

// Around is a Caller that has the calls of another one meet the faults.
func (f *Faults) Around(caller interpreter.Caller) interpreter.Caller { return faulty{f, caller} }

type faulty struct {
	*Faults
	caller interpreter.Caller
}

// Call carries a task out, unless a fault has it fail first. A late answer is that of a call that was carried out.
func (f faulty) Call(task interpreter.Task) interpreter.Answer {
	entry := f.meet(task)
	if entry == nil {
		return f.caller.Call(task)
	}
	answer := interpreter.Answer{Fault: entry.failure(), After: interpreter.CallLatency}
	if answer.Fault == nil {
		task.Kill = entry.Kill
		answer = f.caller.Call(task)
	}
	answer.After = max(answer.After, entry.after())
	return answer
}

// meet finds the first fault for a task that has calls left, and takes one of them. Machines that were not named to Load meet
// none.
func (f *Faults) meet(task interpreter.Task) *entry {
	machine, known := f.machines[task.Execution.StateMachineARN]
	if !known {
		return nil
	}
	f.lock.Lock()
	defer f.lock.Unlock()
	for i := range f.entries {
		e := &f.entries[i]
		if e.left() && (e.State == task.State || e.Resource == task.Resource) && (e.Machine == "" || e.Machine == machine) {
			e.met++
			return e
		}
	}
	return nil
}

// Unmet says of each fault that has met fewer calls than it was for how many it has met: none, of one for every call.
func (f *Faults) Unmet() (unmet []string) {
	f.lock.Lock()
	defer f.lock.Unlock()
	for i, e := range f.entries {
		switch {
		case e.met == 0:
			unmet = append(unmet, fmt.Sprintf("fault %d (%s) met no call", i+1, e.State+e.Resource))
		case e.Times != nil && e.met < *e.Times:
			unmet = append(unmet, fmt.Sprintf("fault %d (%s) met %d of %d calls", i+1, e.State+e.Resource, e.met, *e.Times))
		}
	}
	return unmet
}
