package virtual

import (
	"iter"
	"time"
)

// Process is code that reads sequentially and waits in virtual time. Processes form a tree; only one runs at a time, and
// it runs until it waits.
type Process struct {
	clock    *Clock
	path     []int
	parent   *Process
	children map[*Process]struct{}

	next   func() (struct{}, bool)
	stop   func()
	yield  func(struct{}) bool
	parked bool
	ended  bool
}

// unwinding is the panic that takes an aborted process out of whatever it was doing.
type unwinding struct{}

// Go starts a root process. Roots take their turns in the order in which they were started.
func (c *Clock) Go(run func(*Process)) *Process {
	c.roots++
	return c.start(nil, c.roots, run)
}

// Go starts a child process; index is its place among its siblings at one instant.
func (p *Process) Go(index int, run func(*Process)) *Process {
	return p.clock.start(p, index, run)
}

func (c *Clock) start(parent *Process, index int, run func(*Process)) *Process {
	p := &Process{clock: c, parent: parent}
	if parent != nil {
		p.path = append(p.path, parent.path...)
		if parent.children == nil {
			parent.children = map[*Process]struct{}{}
		}
		parent.children[p] = struct{}{}
	}
	p.path = append(p.path, index)
	p.next, p.stop = iter.Pull(func(yield func(struct{}) bool) {
		defer func() {
			if r := recover(); r != nil {
				if _, ok := r.(unwinding); !ok {
					panic(r)
				}
			}
		}()
		p.yield = yield
		run(p)
	})
	c.schedule(&event{at: c.now, process: p})
	return p
}

// Sleep waits until the virtual time t.
func (p *Process) Sleep(t time.Time) {
	p.clock.schedule(&event{at: t, process: p})
	p.wait()
}

// Park waits until another process calls Wake.
func (p *Process) Park() {
	p.parked = true
	p.wait()
}

// Wake lets a parked process go on at this instant, when its turn comes; it does nothing to one that is not parked.
func (p *Process) Wake() {
	if p.parked && !p.ended {
		p.parked = false
		p.clock.schedule(&event{at: p.clock.now, process: p})
	}
}

// Abort ends the process and its descendants where they wait: nothing of them runs afterwards but their deferred calls.
// Called by the process itself or a descendant, it does not return.
func (p *Process) Abort() {
	if p.abort() {
		panic(unwinding{})
	}
}

// abort reports whether the running process is among the aborted.
func (p *Process) abort() (self bool) {
	if p.ended {
		return false
	}
	p.ended = true
	p.leave()
	for child := range p.children { // the order does not show: no child runs again
		self = child.abort() || self
	}
	if p == p.clock.running {
		return true
	}
	p.stop()
	return self
}

func (p *Process) wait() {
	if !p.yield(struct{}{}) {
		panic(unwinding{})
	}
}

func (p *Process) resume() {
	p.clock.running = p
	if _, waiting := p.next(); !waiting {
		p.ended = true
		p.leave()
	}
	p.clock.running = nil
}

func (p *Process) leave() {
	if p.parent != nil {
		delete(p.parent.children, p)
	}
}
