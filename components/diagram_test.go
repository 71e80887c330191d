package components

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"datalake/asl"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// docs/state-machines.md draws every state machine as it is.
func TestDiagramsAreUpToDate(t *testing.T) {
	known := pulumi.String("known").ToStringOutput()
	queries := []Query{{Name: "all-time-usage"}, {Name: "usage-2021"}}
	var text strings.Builder
	text.WriteString("# State machines\n\nDrawn from the definitions in `components/`; `go test ./components -run Diagrams -update` draws them anew.\n")
	for _, drawn := range []struct {
		name    string
		machine asl.Machine
	}{
		{"create-dataset", SampleDatasetArgs{
			Bucket: Bucket{Name: known, ARN: known}, Prefix: "data/", Name: "usage", Subject: "user", Measure: "usage",
			Years: []int{2026}, Days: 1, Entries: []SampleEntry{{"user-1", 1}},
		}.machine()},
		{"crawl-dataset", crawlMachine(crawlers{}, CrawlerWorkflowArgs{Prefix: "data/daily-user-summaries/", Poll: 30 * time.Second, Timeout: 2 * time.Hour})},
		{"weekly-etl", etl{
			name: "weekly-etl", poll: 2 * time.Minute, jobTimeout: time.Hour, timeout: 3 * time.Hour,
			schedule: Schedule{Weekday: "SUN", At: "00:00", Offset: "+07:00"}, latenessDays: 2,
		}.machine()},
		{"execute-queries", report{name: "execute-queries", queries: queries, timeout: time.Hour}.machine()},
		{"watchdog", WatchdogArgs{Watched: []Watched{{
			Name: "weather", StateMachineARN: known, Schedule: Schedule{Weekday: "SUN", At: "00:00", Offset: "+07:00"}, Timeout: 3 * time.Hour,
		}}}.machine("")},
	} {
		fmt.Fprintf(&text, "\n## %s\n\n%s.\n\n```mermaid\n%s```\n", drawn.name, drawn.machine.Comment, drawn.machine.Diagram())
	}
	const file = "../docs/state-machines.md"
	if *update {
		require.NoError(t, os.MkdirAll("../docs", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text.String()), 0o644))
	}
	committed, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(committed), text.String(), "run with -update")
}
