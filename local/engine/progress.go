package engine

import "time"

// progress tells, about once a second, how far a long write has come.
type progress struct {
	tell    func(format string, args ...any)
	objects int
	last    time.Time
}

func (p *progress) wrote(bucket string) {
	p.objects++
	if p.objects%500 == 0 && time.Since(p.last) > time.Second {
		p.last = time.Now()
		p.tell("  %d objects written to %s", p.objects, bucket)
	}
}
