package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
)

// written is what is written to a terminal, which is also read meanwhile.
type written struct {
	lock sync.Mutex
	text strings.Builder
}

func (w *written) Write(text []byte) (int, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.text.Write(text)
}

func (w *written) String() string {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.text.String()
}

func TestATerminalShowsWhatIsUnderWay(t *testing.T) {
	at := time.Date(2026, 1, 5, 0, 0, 7, 0, time.UTC)
	for name, each := range map[string]struct {
		what         string
		bytes, added int64
		shows        string
	}{
		"what the last run did too": {"create-dataset", 0, 100, `create-dataset 01-05 00:00:07 \[=*>?-*\] +100 calls +\d+/s \S+ left`},
		"what it did not":           {"crawl-dataset", 0, 3, `crawl-dataset 01-05 00:00:07 \[-*\] +3 calls +\d+/s`},
		"a copy":                    {"copy of ./mine", 4096, 1024, `copy of \./mine .* 1\.0 KiB / 4\.0 KiB +\S+ KiB/s \S+ left`},
		"a long name":               {"report-" + strings.Repeat("x", 60), 0, 1, `report-x{12}… `},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := &written{}
			shown := newTerminal(out, map[string]int64{"create-dataset": 400})
			shown.say("%s starts", each.what)
			watched := shown.Begin(each.what, each.bytes)
			watched.Add(each.added, at)
			require.Eventually(t, func() bool { return strings.Contains(out.String(), "] ") }, time.Minute, time.Millisecond)
			watched.End()
			shown.say("%s ends", each.what)
			shown.stop()

			text := out.String()
			require.Regexp(t, "^"+each.what+" starts\n(?s:.*)"+each.what+" ends\n", text)
			require.Regexp(t, each.shows, text)
			require.NotRegexp(t, `\x1b\[[0-9;]*m`, text, "no colours")
			for line := range strings.SplitSeq(text, "\n") {
				require.LessOrEqual(t, ansi.StringWidth(line), screenWidth, line)
			}
		})
	}
}

// What is no terminal gets lines alone, and so does one that can do no more.
func TestWithoutATerminalThereAreLines(t *testing.T) {
	var out, errs strings.Builder
	in := &invocation{}
	say, watcher, stop := in.watch("dev", &out, &errs)
	require.Nil(t, watcher)
	say("%d lines", 2)
	stop()
	require.Equal(t, "2 lines\n", out.String())
	require.Empty(t, errs.String())
}
