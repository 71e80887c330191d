package prices

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatIsBilled(t *testing.T) {
	const tera = 1_000_000_000_000
	for name, c := range map[string]struct{ want, got float64 }{
		"Athena: the page's 3 TB of text":               {15, Athena(3 * tera)},
		"Athena: at least 10 MB":                        {0.00005, Athena(0)},
		"Athena: 10 MB":                                 {0.00005, Athena(10_000_000)},
		"Athena: a megabyte that is begun":              {0.000055, Athena(10_000_001)},
		"Glue: the page's job of 6 DPUs for 15 min":     {0.66, GlueJob(6, 15*time.Minute, false)},
		"Glue: a flexible job":                          {0.435, GlueJob(6, 15*time.Minute, true)},
		"Glue: a job of at least a minute":              {0.44 * 2 / 60, GlueJob(2, time.Second, false)},
		"Glue: a second that is begun":                  {0.44 * 2 * 61 / 3600, GlueJob(2, time.Minute+time.Millisecond, false)},
		"Glue: the page's crawl of 30 min":              {0.44, Crawl(30 * time.Minute)},
		"Glue: a crawl of at least ten minutes":         {0.44 * 2 / 6, Crawl(75 * time.Second)},
		"Step Functions: a thousand transitions":        {0.025, Standard(1000)},
		"Step Functions: a GB for a thousand hours":     {0.06*1000 + 16e-6, 16 * Express(1000*time.Hour)},
		"Step Functions: 100 ms that are begun":         {1e-6 + 0.06/16*0.2/3600, Express(101 * time.Millisecond)},
		"S3: a thousand PUTs":                           {0.005, S3(1000, 0)},
		"S3: a thousand GETs":                           {0.0004, S3(0, 1000)},
		"S3: a terabyte for a month":                    {23, Stored(tera)},
		"Glue: a million partitions are free":           {0, Catalog(1_000_000)},
		"Glue: a tenth of a million more":               {1, Catalog(1_100_000)},
		"IoT: a million messages, each with a rule":     {1.3, IoT(1_000_000)},
		"SNS: a million publishes":                      {0.5, SNS(1_000_000)},
		"EventBridge: a million events":                 {1, EventBridge(1_000_000)},
		"EventBridge: one of 256 KB counts as four":     {4, float64(Chunks(256 << 10))},
		"EventBridge: a byte more than 64 KB is two":    {2, float64(Chunks(64<<10 + 1))},
		"EventBridge: an empty one is one all the same": {1, float64(Chunks(0))},
	} {
		require.InDelta(t, c.want, c.got, 1e-12, name)
	}
}

func TestDPUsOfWorkers(t *testing.T) {
	dpus, known := DPUs("G.2X", 3)
	require.True(t, known)
	require.Equal(t, 6.0, dpus)
	_, known = DPUs("R.1X", 3)
	require.False(t, known, "of memory-optimised workers the table has no price")
}
