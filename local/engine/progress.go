package engine

import "time"

// progress reports, about once a second, how far a long write has come.
type progress struct {
	report  func(format string, args ...any)
	objects int
	last    time.Time
}

func (p *progress) wrote(bucket string) {
	p.objects++
	if p.objects%500 == 0 && time.Since(p.last) > time.Second {
		p.last = time.Now()
		p.report("  %d objects written to %s", p.objects, bucket)
	}
}

// copied reports how far the copy of a directory has come.
func (p *progress) copied(data *Data, done Copied) {
	if time.Since(p.last) > time.Second {
		p.last = time.Now()
		p.report("  %d of %d objects copied, %d of %d bytes", done.Objects, data.Objects, done.Bytes, data.Bytes)
	}
}
