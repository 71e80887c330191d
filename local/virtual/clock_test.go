package virtual_test

import (
	"fmt"
	"testing"
	"time"

	"datalake/local/virtual"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// after is the instant some seconds after start.
func after(seconds float64) time.Time {
	return start.Add(time.Duration(seconds * float64(time.Second)))
}

func TestEventsRunInOrderOfTimeThenOfScheduling(t *testing.T) {
	clock := virtual.NewClock(start)
	var log []string
	note := func(what string) func() {
		return func() { log = append(log, fmt.Sprintf("%s@%v", what, clock.Now().Sub(start).Seconds())) }
	}
	clock.At(after(2), note("late"))
	clock.At(after(1), note("first"))
	clock.At(after(1), func() {
		note("second")()
		clock.At(after(0), note("past means now"))
		clock.At(after(1), note("third"))
	})
	clock.Run()
	require.Equal(t, []string{"first@1", "second@1", "past means now@1", "third@1", "late@2"}, log)
	require.Equal(t, after(2), clock.Now())
}

func TestTimesAreUTCWhateverTheZone(t *testing.T) {
	zone := time.FixedZone("+07:00", 7*3600)
	clock := virtual.NewClock(start.In(zone))
	require.Equal(t, start, clock.Now())
	clock.At(after(60).In(zone), func() { require.Equal(t, after(60), clock.Now()) })
	clock.Run()
	require.Equal(t, after(60), clock.Now())
}

func TestProcessesAtOneInstantRunInTreeOrder(t *testing.T) {
	clock := virtual.NewClock(start)
	var log []string
	step := func(name string) func(*virtual.Process) {
		return func(p *virtual.Process) {
			for i := range 2 {
				log = append(log, fmt.Sprintf("%s.%d", name, i))
				p.Sleep(clock.Now().Add(time.Second))
			}
		}
	}
	clock.Go(func(p *virtual.Process) {
		p.Go(10, step("k"))
		p.Go(2, step("c"))
		p.Go(1, func(p *virtual.Process) {
			p.Go(1, step("bb"))
			p.Go(0, step("ba"))
			step("b")(p)
		})
	})
	clock.Go(step("z"))
	clock.At(start, func() { log = append(log, "event") })
	clock.Run()
	require.Equal(t, []string{
		"event", "b.0", "ba.0", "bb.0", "c.0", "k.0", "z.0",
		"b.1", "ba.1", "bb.1", "c.1", "k.1", "z.1",
	}, log)
}

func TestParkWaitsForWake(t *testing.T) {
	clock := virtual.NewClock(start)
	results := make([]int, 3)
	var done time.Time
	clock.Go(func(p *virtual.Process) {
		left := len(results)
		for i := range results {
			p.Go(i, func(child *virtual.Process) {
				child.Sleep(after(float64(3 - i)))
				results[i] = i + 1
				left--
				p.Wake()
				p.Wake() // a second call changes nothing
			})
		}
		for left > 0 {
			p.Park()
		}
		done = clock.Now()
	})
	clock.Run()
	require.Equal(t, []int{1, 2, 3}, results)
	require.Equal(t, after(3), done)
}

func TestAbortedProcessesLeaveNoTrace(t *testing.T) {
	clock := virtual.NewClock(start)
	var log []string
	victim := clock.Go(func(p *virtual.Process) {
		defer func() { log = append(log, "deferred") }()
		p.Go(0, func(child *virtual.Process) {
			child.Sleep(after(3600))
			log = append(log, "child goes on")
		})
		p.Sleep(after(7200))
		log = append(log, "victim goes on")
	})
	clock.Go(func(p *virtual.Process) {
		p.Sleep(after(1))
		victim.Abort()
		victim.Abort()
		victim.Wake()
		log = append(log, "aborted")
	})
	clock.Run()
	require.Equal(t, []string{"deferred", "aborted"}, log)
	require.Equal(t, after(1), clock.Now(), "what an aborted process waited for does not move the clock")
}

func TestAbortBeforeTheFirstStep(t *testing.T) {
	clock := virtual.NewClock(start)
	clock.Go(func(p *virtual.Process) {
		p.Go(0, func(*virtual.Process) { t.Error("ran") }).Abort()
	})
	clock.Run()
}

func TestAbortOfAnAncestorDoesNotReturn(t *testing.T) {
	clock := virtual.NewClock(start)
	var log []string
	root := clock.Go(func(p *virtual.Process) {
		p.Go(1, func(p *virtual.Process) { p.Sleep(after(9)); log = append(log, "sibling goes on") })
		p.Park()
		log = append(log, "root goes on")
	})
	clock.At(start, func() {
		root.Go(0, func(p *virtual.Process) {
			p.Sleep(after(1))
			log = append(log, "abort")
			root.Abort()
			log = append(log, "returned")
		})
	})
	clock.Run()
	require.Equal(t, []string{"abort"}, log)
}

func TestPanicsOfAProcessReachTheCallerOfRun(t *testing.T) {
	clock := virtual.NewClock(start)
	clock.Go(func(*virtual.Process) { panic("broken") })
	require.PanicsWithValue(t, "broken", clock.Run)
}

// The sample dataset has 21,384 iterations of a few waits each.
func BenchmarkIterations(b *testing.B) {
	for b.Loop() {
		clock := virtual.NewClock(start)
		clock.Go(func(p *virtual.Process) {
			active := 0
			for i := range 21384 {
				for active >= 40 {
					p.Park()
				}
				active++
				p.Go(i, func(child *virtual.Process) {
					for range 5 {
						child.Sleep(clock.Now().Add(100 * time.Millisecond))
					}
					active--
					p.Wake()
				})
			}
		})
		clock.Run()
	}
}
