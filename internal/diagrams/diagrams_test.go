package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"datalake/internal/graph"
	"datalake/internal/mockaws"

	"github.com/stretchr/testify/require"
)

func TestTheDiagramsAreUpToDate(t *testing.T) {
	drawn, err := pages()
	require.NoError(t, err)
	for page, text := range drawn {
		committed, err := os.ReadFile(filepath.Join(project, page))
		require.NoError(t, err)
		require.Equal(t, text, string(committed), "%s: go generate ./... draws it anew", page)
	}
}

// stackOf is a committed stack with the dataset usage alone, whichever others were added.
func stackOf(t *testing.T, name string) drawnStack {
	t.Helper()
	loaded, err := mockaws.LoadStack(project, name)
	require.NoError(t, err)
	loaded.Config["datalake:datasets"] = `[{"name": "usage", "prefix": "data/daily-user-summaries/", "schedule": "01:00", "sample": ` + strconv.FormatBool(name == "dev") + `}]`
	drawn, err := evaluate(loaded)
	require.NoError(t, err)
	return drawn
}

// boxed are the names in a drawing, those in a frame by the frame's name.
func boxed(d *drawing) map[string]string {
	in := map[string]string{}
	for _, b := range d.boxes {
		for _, name := range b.names {
			in[name] = b.group
		}
	}
	return in
}

// The picture in the README is small enough to be taken in, and holds all state machines, data and topics.
func TestTheOverviewIsSmallAndWhole(t *testing.T) {
	for _, name := range []string{"dev", "prod"} {
		stack := stackOf(t, name)
		picture := overview(stack)
		require.LessOrEqual(t, len(picture.boxes), 25, name)
		for _, node := range stack.graph.Nodes {
			switch node.Kind {
			case graph.StateMachine, graph.Data, graph.Topic, graph.Schedule:
				require.Contains(t, boxed(picture), node.Name, name)
			}
		}
		require.Equal(t, "usage", boxed(picture)["crawl-dataset"])
		require.Equal(t, "weather", boxed(picture)["weekly-etl"])
		require.Empty(t, boxed(picture)["alerts"], "both notify it")
	}
}

// What starts a pipeline, what it does, who writes its data and who watches it are drawn; the other pipeline is not.
func TestAPipelineIsDrawnFromItsStartToItsReaders(t *testing.T) {
	stack := stackOf(t, "prod")
	members := membersOf(stack)
	require.Len(t, members, 2)
	weather := boxed(picture(stack.graph, members["weather"]))
	for _, name := range []string{
		"weather_ingestion_prod", "ingestion-unwritten", "raw/", "weekly-etl-trigger", "weekly-etl", "WeatherPlatformCrawler-prod",
		"WeatherDataTransformJob-prod", "quarantine/", "report-weather", "daily-weather", "watchdog", "alerts",
	} {
		require.Contains(t, weather, name)
	}
	require.NotContains(t, weather, "crawl-dataset")
	require.NotContains(t, weather, "usage_prod")
	require.Contains(t, boxed(picture(stack.graph, members["usage"])), "usage_prod")
}

// What belongs to several pipelines is in no frame, however many there are.
func TestEachPipelineHasItsFrame(t *testing.T) {
	loaded, err := mockaws.LoadStack(project, "dev")
	require.NoError(t, err)
	loaded.Config["datalake:datasets"] = `[
		{"name": "orders", "prefix": "shop/orders/", "arrival": true},
		{"name": "visits", "prefix": "shop/visits/", "schedule": "SUN 02:00"}
	]`
	stack, err := evaluate(loaded)
	require.NoError(t, err)
	frames := boxed(overview(stack))
	for name, frame := range map[string]string{"crawl-orders": "orders", "visits_dev": "visits", "weekly-etl": "weather", "alerts": "", "watchdog": ""} {
		require.Contains(t, frames, name)
		require.Equal(t, frame, frames[name], name)
	}
}

func TestArrowsGoTheWayOfControlAndData(t *testing.T) {
	stack := stackOf(t, "dev")
	var usage []string
	drawn := picture(stack.graph, membersOf(stack)["usage"])
	names := map[string]string{}
	for _, b := range drawn.boxes {
		names[b.id] = strings.Join(b.names, " and ")
	}
	for _, a := range drawn.arrows {
		kind := "starts"
		if a.data {
			kind = "flows"
		}
		usage = append(usage, strings.Join(strings.Fields(names[a.from]+" "+kind+" "+a.label+" "+names[a.to]), " "))
	}
	require.ElementsMatch(t, []string{
		"crawl-dataset-trigger starts crawl-dataset",
		"create-dataset flows data/daily-user-summaries/",
		"crawl-dataset starts crawl-dataset-crawler and crawl-dataset-full-crawler",
		"data/daily-user-summaries/ flows crawl-dataset-crawler and crawl-dataset-full-crawler",
		"crawl-dataset-crawler and crawl-dataset-full-crawler flows usage_dev",
		"crawl-dataset starts succeeded execute-queries",
		"crawl-dataset starts ended badly alerts",
		"execute-queries starts all-time-usage and usage-2021",
		"usage_dev flows all-time-usage and usage-2021",
		"data/daily-user-summaries/ flows all-time-usage and usage-2021",
		"all-time-usage and usage-2021 flows execute-queries/",
		"execute-queries starts results",
		"execute-queries starts Query Report",
		"execute-queries starts ended badly alerts",
	}, usage)
}

func TestADefinitionIsDrawnWithTheFlowsInside(t *testing.T) {
	require.Equal(t, `flowchart TD
  start((start)) --> s1
  s1{"Ready?"}
  s1 -- "yes" --> s2
  s1 -- "$a" --> s3
  s1 -- "otherwise" --> s3
  subgraph s2 ["All, for each item"]
    s4["Do #quot;it#quot;"]
  end
  s2 --> s5
  s2 -- "on States.ALL" --> s3
  s5(["Done"])
  s3["Rest"]
  s3 --> s1
`, flow{StartAt: "Ready?", States: map[string]state{
		"Ready?": {Type: "Choice", Default: "Rest", Choices: []choice{{Comment: "yes", Next: "All"}, {Condition: "{% $a %}", Next: "Rest"}}},
		"All": {
			Type: "Map", Next: "Done", Catch: []catcher{{ErrorEquals: []string{"States.ALL"}, Next: "Rest"}},
			ItemProcessor: &flow{StartAt: `Do "it"`, States: map[string]state{`Do "it"`: {Type: "Task"}}},
		},
		"Done": {Type: "Succeed"},
		"Rest": {Type: "Wait", Next: "Ready?"},
	}}.mermaid())
}
