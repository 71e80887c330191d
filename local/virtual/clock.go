// Package virtual is a deterministic clock: time passes only from event to event, so that hours of waiting take no time
// and two runs of the same program do the same things in the same order.
package virtual

import (
	"container/heap"
	"slices"
	"time"
)

// Clock runs events and processes in order of virtual time. At one instant, plain events come first, in the order in
// which they were scheduled; then processes by their place in the tree (branch and iteration numbers, compared from the
// root down). A Clock and all that runs under it belong to one goroutine.
type Clock struct {
	now     time.Time
	queue   queue
	count   uint64
	roots   int
	running *Process
}

// NewClock returns a clock that stands at start.
func NewClock(start time.Time) *Clock { return &Clock{now: start.UTC()} }

// Now is the current virtual time, in UTC.
func (c *Clock) Now() time.Time { return c.now }

// At calls do once the virtual time reaches t; a t that has passed means now.
func (c *Clock) At(t time.Time, do func()) { c.schedule(&event{at: t, do: do}) }

// Run carries out everything that is scheduled, and what that schedules in turn, until nothing is left.
func (c *Clock) Run() {
	for len(c.queue) > 0 {
		e := heap.Pop(&c.queue).(*event)
		if e.process != nil && e.process.ended {
			continue // an aborted process does not move the clock
		}
		c.now = e.at
		if e.process != nil {
			e.process.resume()
			continue
		}
		e.do()
	}
}

func (c *Clock) schedule(e *event) {
	if e.at.Before(c.now) {
		e.at = c.now
	}
	e.at = e.at.UTC()
	c.count++
	e.number = c.count
	heap.Push(&c.queue, e)
}

// event is due at one instant: a plain call, or the next step of a process.
type event struct {
	at      time.Time
	number  uint64
	do      func()
	process *Process
}

func (e *event) path() []int {
	if e.process == nil {
		return nil
	}
	return e.process.path
}

type queue []*event

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	if order := q[i].at.Compare(q[j].at); order != 0 {
		return order < 0
	}
	if order := slices.Compare(q[i].path(), q[j].path()); order != 0 {
		return order < 0
	}
	return q[i].number < q[j].number
}

func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

func (q *queue) Push(e any) { *q = append(*q, e.(*event)) }

func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return last
}
