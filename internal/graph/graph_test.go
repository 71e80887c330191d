package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"datalake/internal/graph"
	"datalake/internal/mockaws"
	"datalake/internal/randomstack"
	"datalake/stack"

	"github.com/stretchr/testify/require"
)

// evaluated is a committed stack with changed settings.
func evaluated(t *testing.T, name string, settings map[string]string) *mockaws.Evaluation {
	t.Helper()
	loaded, err := mockaws.LoadStack("../..", name)
	require.NoError(t, err)
	for key, value := range settings {
		loaded.Config["datalake:"+key] = value
	}
	evaluation, err := mockaws.Evaluate(stack.Deploy, loaded, false)
	require.NoError(t, err)
	return evaluation
}

// said are a graph's edges in words, with the nodes' kinds and names.
func said(t *testing.T, evaluation *mockaws.Evaluation) (edges []string) {
	t.Helper()
	g, err := graph.Of(evaluation)
	require.NoError(t, err)
	word := func(id string) string {
		node := g.Node(id)
		return strings.TrimSpace(string(node.Kind) + " " + node.Name)
	}
	for _, edge := range g.Edges {
		edges = append(edges, fmt.Sprint(word(edge.From), " ", edge.Kind, " ", word(edge.To)))
	}
	return edges
}

func TestTheGraphOfTheCommittedStacks(t *testing.T) {
	both := []string{
		"schedule crawl-dataset-trigger triggers stateMachine crawl-dataset",
		"stateMachine crawl-dataset starts crawler crawl-dataset-full-crawler",
		"crawler crawl-dataset-crawler reads data data/daily-user-summaries/",
		"crawler crawl-dataset-crawler writes database usage_%s",
		"stateMachine crawl-dataset triggers rule execute-queries-trigger",
		"rule execute-queries-trigger triggers stateMachine execute-queries",
		"stateMachine execute-queries starts query usage-2021",
		"query usage-2021 reads database usage_%s",
		"query usage-2021 reads data data/daily-user-summaries/",
		"query usage-2021 writes data execute-queries/",
		"stateMachine execute-queries notifies topic results",
		"stateMachine execute-queries notifies event Query Report",
		"stateMachine execute-queries triggers rule execute-queries-failed",
		"rule execute-queries-failed notifies topic alerts",
		"stateMachine weekly-etl starts job WeatherDataTransformJob-%s",
		"job WeatherDataTransformJob-%s reads data raw/",
		"job WeatherDataTransformJob-%s writes data weather/",
		"job WeatherDataTransformJob-%s writes data quarantine/",
		"job WeatherDataTransformJob-%s writes data metrics/",
		"stateMachine weekly-etl reads data metrics/",
		"stateMachine weekly-etl writes data errors/",
		"table weather_data_catalog_%s.weather_summaries describes data weather/",
		"query daily-weather reads table weather_data_catalog_%s.weather_summaries",
		"stateMachine watchdog reads stateMachine weekly-etl",
	}
	only := map[string][]string{
		"dev": {"stateMachine create-dataset writes data data/daily-user-summaries/"},
		"prod": {
			"iotRule weather_ingestion_prod writes data raw/",
			"iotRule weather_ingestion_prod notifies queue ingestion-unwritten",
			"topic results notifies queue results",
			"topic alerts notifies queue alerts",
		},
	}
	for name, edges := range only {
		found := said(t, evaluated(t, name, nil))
		for _, edge := range append(edges, both...) {
			require.Contains(t, found, strings.ReplaceAll(edge, "%s", name))
		}
		for other, edges := range only {
			require.True(t, other == name || !slices.Contains(found, edges[0]), "%s: %s", name, edges[0])
		}
	}
	// The job's script, its temporary files and access logs are no data of a pipeline.
	for _, edge := range said(t, evaluated(t, "prod", nil)) {
		require.NotContains(t, edge, "etl/")
		require.NotContains(t, edge, "temp/")
		require.NotContains(t, edge, "reads data execute-queries/", "what a query wrote it does not read")
	}
}

// Datasets of one's own have pipelines beside each other, started by schedules or by what arrives.
func TestTheGraphOfSeveralDatasets(t *testing.T) {
	found := said(t, evaluated(t, "dev", map[string]string{
		"datasets": `[
			{"name": "orders", "prefix": "shop/orders/", "arrival": true, "queries": "usage"},
			{"name": "visits", "prefix": "shop/visits/", "schedule": "02:00", "fullCrawl": "SUN 03:00", "crawl": "newFolders"}
		]`,
		"resultEmails": `["team@example.com"]`,
	}))
	for _, edge := range []string{
		"data shop/orders/ triggers rule crawl-orders-trigger",
		"rule crawl-orders-trigger triggers stateMachine crawl-orders",
		"query usage-2021 reads data shop/orders/",
		"query usage-2021 reads database orders_dev",
		"schedule crawl-visits-trigger triggers stateMachine crawl-visits",
		"schedule crawl-visits-full-trigger triggers stateMachine crawl-visits",
		"crawler crawl-visits-crawler writes database visits_dev",
		"topic orders notifies email team@example.com",
	} {
		require.Contains(t, found, edge)
	}
	for _, edge := range found {
		require.False(t, strings.Contains(edge, "orders") && strings.Contains(edge, "visits"), "%s: they share nothing", edge)
	}
}

// Whatever a stack file says, each node has its edges, and a graph is the same each time.
func TestEveryNodeOfRandomStacksIsConnected(t *testing.T) {
	taken := 0
	for number := range uint64(20) {
		drawn := randomstack.Draw(1, number)
		if len(drawn.Faults) > 0 {
			continue
		}
		taken++
		loaded, err := drawn.Load("../..")
		require.NoError(t, err)
		evaluation, err := mockaws.Evaluate(stack.Deploy, loaded, false)
		require.NoError(t, err)
		g, err := graph.Of(evaluation)
		require.NoError(t, err, number)
		again, err := graph.Of(evaluation)
		require.NoError(t, err)
		require.Equal(t, g, again)
		for _, edge := range g.Edges {
			require.NotEmpty(t, g.Node(edge.From), "stack %d: %v", number, edge)
			require.NotEmpty(t, g.Node(edge.To), "stack %d: %v", number, edge)
		}
		does := func(id string, kind graph.Relation) bool {
			return slices.ContainsFunc(g.Edges, func(e graph.Edge) bool { return e.From == id && e.Kind == kind })
		}
		for _, node := range g.Nodes {
			switch node.Kind {
			case graph.Schedule:
				require.True(t, does(node.ID, graph.Triggers), node.ID)
			case graph.Crawler, graph.Job, graph.Query:
				require.True(t, does(node.ID, graph.Reads) && does(node.ID, graph.Writes), node.ID)
				require.True(t, slices.ContainsFunc(g.Edges, func(e graph.Edge) bool { return e.To == node.ID && e.Kind == graph.Starts }), node.ID)
			}
		}
	}
	require.Greater(t, taken, 8)
}

// The graph says what is registered: what is taken away there is not in it.
func TestTheGraphFollowsTheRegistrations(t *testing.T) {
	for edge, change := range map[string]struct{ typeToken, name, input, value string }{
		"schedule crawl-dataset-trigger triggers stateMachine crawl-dataset": {"aws:cloudwatch/eventRule:EventRule", "crawl-dataset-trigger", "state", "DISABLED"},
		"rule execute-queries-trigger triggers stateMachine execute-queries": {"aws:cloudwatch/eventTarget:EventTarget", "execute-queries-trigger", "rule", "another"},
		"stateMachine weekly-etl starts job WeatherDataTransformJob-dev":     {"aws:sfn/stateMachine:StateMachine", "weekly-etl-machine", "definition", `{"States": {}}`},
		"stateMachine weekly-etl writes data errors/": {
			"aws:sfn/stateMachine:StateMachine", "weekly-etl-machine", "definition",
			`{"States": {"Write": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putObject", "Arguments": {"Bucket": "another"}}}}`,
		},
		"job WeatherDataTransformJob-dev writes data quarantine/":                    {"aws:iam/rolePolicy:RolePolicy", "weekly-etl-job-role", "policy", `{"Statement": []}`},
		"query daily-weather reads table weather_data_catalog_dev.weather_summaries": {"aws:glue/catalogTable:CatalogTable", "weekly-etl-table", "name", "other"},
	} {
		evaluation := evaluated(t, "dev", nil)
		require.Contains(t, said(t, evaluation), edge)
		set(t, evaluation, change.typeToken, change.name, change.input, change.value)
		require.NotContains(t, said(t, evaluation), edge)
	}
}

// A query reads the registered tables that its text names, else what crawlers find in its database.
func TestAQueryReadsWhatItNames(t *testing.T) {
	const table, found = "query Ask reads table weather_data_catalog_dev.weather_summaries", "query Ask reads database "
	for _, c := range []struct{ database, sql, reads, not string }{
		{"weather_data_catalog_dev", "SELECT * FROM weather_summaries", table, found},
		{"weather_data_catalog_dev", `SELECT * FROM \"Weather_Summaries\"`, table, found},
		{"weather_data_catalog_dev", "SELECT * FROM weather_summaries_of_old", found + "weather_data_catalog_dev", table},
		{"usage_dev", "SELECT * FROM weather_data_catalog_dev.weather_summaries", table, found},
		{"usage_dev", "SELECT * FROM weather_summaries", found + "usage_dev", table},
	} {
		evaluation := evaluated(t, "dev", nil)
		set(t, evaluation, "aws:sfn/stateMachine:StateMachine", "report-weather-machine", "definition", fmt.Sprintf(
			`{"States": {"Ask": {"Type": "Task", "Resource": "arn:aws:states:::athena:startQueryExecution.sync",
				"Arguments": {"QueryString": "%s", "QueryExecutionContext": {"Database": "%s"}}}}}`, c.sql, c.database))
		edges := strings.Join(said(t, evaluation), "\n")
		require.Contains(t, edges, c.reads, c.sql)
		require.NotContains(t, edges, c.not, c.sql)
	}
}

// What arrives lies in the last whole folder before the first wildcard.
func TestWhatArrivesIsInAFolder(t *testing.T) {
	evaluation := evaluated(t, "dev", map[string]string{"datasets": `[{"name": "orders", "prefix": "shop/orders/", "arrival": true}]`})
	bucket := evaluation.Exports["buckets"].(map[string]any)["source"].(string)
	for form, folder := range map[string]string{`"wildcard": "shop/*/day/_SUCCESS"`: "shop/", `"prefix": "shop/orders/part-"`: "shop/orders/", `"wildcard": "*.csv"`: ""} {
		set(t, evaluation, "aws:cloudwatch/eventRule:EventRule", "crawl-orders-trigger", "eventPattern", fmt.Sprintf(
			`{"source": ["aws.s3"], "detail": {"bucket": {"name": ["%s"]}, "object": {"key": [{%s}]}}}`, bucket, form))
		require.Contains(t, said(t, evaluation), strings.TrimRight("data "+folder, " ")+" triggers rule crawl-orders-trigger", form)
	}
}

func TestWhatTheGraphDoesNotUnderstandIsNamed(t *testing.T) {
	evaluation := evaluated(t, "dev", nil)
	set(t, evaluation, "aws:sfn/stateMachine:StateMachine", "weekly-etl-machine", "definition",
		`{"States": {"All": {"Type": "Map", "ItemProcessor": {"States": {"Call": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}}}}}}`)
	set(t, evaluation, "aws:cloudwatch/eventRule:EventRule", "execute-queries-trigger", "eventPattern", "no JSON")
	set(t, evaluation, "aws:cloudwatch/eventTarget:EventTarget", "crawl-dataset-trigger", "arn", "arn:aws:lambda:eu-west-1:123456789012:function:f")
	_, err := graph.Of(evaluation)
	require.ErrorContains(t, err, `"weekly-etl-machine": state "Call": what arn:aws:states:::lambda:invoke leads to is not known`)
	require.ErrorContains(t, err, `"execute-queries-trigger": read the event pattern`)
	require.ErrorContains(t, err, `"crawl-dataset-trigger": its target arn:aws:lambda:eu-west-1:123456789012:function:f is no state machine or topic of the stack`)
}

// set changes an input of a registration.
func set(t *testing.T, evaluation *mockaws.Evaluation, typeToken, name, input, value string) {
	t.Helper()
	for _, r := range evaluation.Find(typeToken) {
		if r.Name == name {
			require.Contains(t, r.Inputs, input)
			r.Inputs[input] = value
			return
		}
	}
	t.Fatalf("there is no %s %q", typeToken, name)
}

// In a report, the members are called as its others are.
func TestTheGraphAsJSON(t *testing.T) {
	text, err := json.Marshal(graph.Graph{
		Nodes: []graph.Node{{ID: "data:lake-source/raw/", Kind: graph.Data, Name: "raw/", Detail: "source"}},
		Edges: []graph.Edge{{From: "iotRule:ingestion-rule", To: "data:lake-source/raw/", Kind: graph.Writes}},
	})
	require.NoError(t, err)
	require.JSONEq(t, `{
		"nodes": [{"id": "data:lake-source/raw/", "kind": "data", "name": "raw/", "detail": "source"}],
		"edges": [{"from": "iotRule:ingestion-rule", "to": "data:lake-source/raw/", "kind": "writes"}]
	}`, string(text))
}
