package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"datalake/local/engine"

	"github.com/charmbracelet/x/ansi"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// terminal shows in a terminal what is under way, below the lines of what has happened.
type terminal struct {
	bars *mpb.Progress
	// expected is how many calls each state machine's execution made in the last run, by which the time left is told.
	expected map[string]int64
}

// isTerminal tells whether something is written to a terminal. Where TERM is dumb, lines are all that it takes.
func isTerminal(to io.Writer) bool {
	file, is := to.(*os.File)
	return is && term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb"
}

func newTerminal(to io.Writer, expected map[string]int64) *terminal {
	return &terminal{mpb.New(mpb.WithOutput(to), mpb.WithAutoRefresh()), expected}
}

// say writes a line of what happened.
func (t *terminal) say(format string, arguments ...any) {
	fmt.Fprintf(t.bars, format+"\n", arguments...)
}

// stop writes what is left to write, which is done for the sake of a bar alone.
func (t *terminal) stop() {
	t.bars.New(1, mpb.NopStyle(), mpb.BarRemoveOnComplete()).Abort(true)
	t.bars.Wait()
}

// Begin shows an execution, or a copy, as long as it lasts: how much of it is done and how fast, the time left, and both times.
func (t *terminal) Begin(what string, bytes int64) engine.Watched {
	shown := &bar{}
	total, count, speed := t.expected[what], decor.CurrentNoUnit(" %d calls", decor.WCSyncWidth), decor.AverageSpeed(0, " %5.0f/s", decor.WCSyncWidth)
	if bytes > 0 {
		total, count, speed = bytes, decor.CountersKibiByte(" % .1f / % .1f", decor.WCSyncWidth), decor.AverageSpeed(decor.SizeB1024(0), " % .1f", decor.WCSyncWidth)
	}
	shows := []decor.Decorator{count, speed}
	if total > 0 {
		shows = append(shows, decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO), decor.Name(" left"))
	}
	shown.bar = t.bars.New(total, mpb.BarStyle(), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(ansi.Truncate(what, screenWidth/4, "…"), decor.WCSyncWidthR), decor.Any(shown.virtually, decor.WCSyncWidthR)),
		mpb.AppendDecorators(shows...))
	return shown
}

// bar is what a terminal shows of one of them.
type bar struct {
	bar *mpb.Bar
	at  atomic.Int64 // the virtual time, in seconds; 0 before it is known
}

// virtually is the virtual time.
func (b *bar) virtually(decor.Statistics) string {
	if at := b.at.Load(); at > 0 {
		return " " + time.Unix(at, 0).UTC().Format("01-02 15:04:05")
	}
	return ""
}

// Add counts what has been done.
func (b *bar) Add(count int64, at time.Time) {
	b.at.Store(at.Unix())
	b.bar.IncrInt64(count)
}

// End takes the bar away.
func (b *bar) End() { b.bar.Abort(true) }
