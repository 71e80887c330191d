package engine

import (
	"time"

	"datalake/local/interpreter"
)

// Watcher sees what is under way.
type Watcher interface {
	// Begin is told of an execution that begins, by its state machine's name, or of a copy of so many bytes.
	Begin(what string, bytes int64) Watched
}

// Watched is something under way.
type Watched interface {
	// Add is told how many more calls or bytes there have been, and the virtual time.
	Add(count int64, at time.Time)
	End()
}

// unwatched is where nobody sees it.
type unwatched struct{}

func (unwatched) Begin(string, int64) Watched { return unwatched{} }
func (unwatched) Add(int64, time.Time)        {}
func (unwatched) End()                        {}

// progress reports in lines, about once a second, how far a long write has come; nil where somebody watches.
type progress struct {
	report  func(format string, args ...any)
	objects int
	last    time.Time
}

func (p *progress) wrote(bucket string) {
	if p == nil {
		return
	}
	p.objects++
	if p.objects%500 == 0 && time.Since(p.last) > time.Second {
		p.last = time.Now()
		p.report("  %d objects written to %s", p.objects, bucket)
	}
}

// copied reports how far the copy of a directory has come.
func (p *progress) copied(data *Data, done Copied) {
	if p != nil && time.Since(p.last) > time.Second {
		p.last = time.Now()
		p.report("  %d of %d objects copied, %d of %d bytes", done.Objects, data.Objects, done.Bytes, data.Bytes)
	}
}

// called counts a call of an execution; a task that a test makes up has none.
func (e *Engine) called(task interpreter.Task) {
	e.lock.Lock()
	defer e.lock.Unlock()
	if x := e.current(task.Execution); x != nil {
		x.tasks++
		x.watched.Add(1, e.clock.Now())
	}
}
