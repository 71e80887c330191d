package components

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const dashboardToken = "datalake:index:Dashboard"

// DashboardArgs says what a dashboard shows.
type DashboardArgs struct {
	// DashboardName is its name, which is unique in the account: letters, digits, _ and -, at most 255. Required.
	DashboardName string
	// StateMachines are the ARNs of the state machines whose executions are shown, by the names to show. Required.
	StateMachines pulumi.StringMap
	// Workgroups are the Athena workgroups whose scanned bytes are shown, by the names to show. They must publish metrics.
	Workgroups pulumi.StringMap
	// Etls are the metric namespaces of the weekly ETLs whose records are shown, by the ETLs' names.
	Etls map[string]string
	// Alerts has the alarms whose states are shown: those that were registered before the dashboard. Required.
	Alerts *Alerts
}

// Dashboard shows how a stack fares, on one page of CloudWatch: its alarms, executions, queries and weekly ETLs.
type Dashboard struct {
	pulumi.ResourceState

	// Name is the dashboard's name.
	Name pulumi.StringOutput `pulumi:"name"`
}

// NewDashboard registers the dashboard.
func NewDashboard(ctx *pulumi.Context, name string, args *DashboardArgs, opts ...pulumi.ResourceOption) (*Dashboard, error) {
	if args == nil {
		args = &DashboardArgs{}
	}
	if err := args.check(); err != nil {
		return nil, fmt.Errorf("dashboard %q: %w", name, err)
	}
	dashboard := &Dashboard{}
	s, err := open(ctx, dashboardToken, name, dashboard, Operations{}, opts)
	if err != nil {
		return nil, err
	}
	registered, err := cloudwatch.NewDashboard(ctx, s.name+"-dashboard", &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(args.DashboardName),
		DashboardBody: renderJSON(args.body(s.region)),
	}, s.child)
	if err != nil {
		return nil, fmt.Errorf("register dashboard %q: %w", args.DashboardName, err)
	}
	dashboard.Name = registered.DashboardName
	return dashboard, ctx.RegisterResourceOutputs(dashboard, pulumi.Map{"name": dashboard.Name})
}

// CloudWatch's limits: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
const (
	maxDashboardMetrics = 2500
	maxWidgetAlarms     = 100
)

var dashboardName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

func (a *DashboardArgs) check() error {
	var faults []error
	fault := func(format string, values ...any) { faults = append(faults, fmt.Errorf(format, values...)) }
	if !dashboardName.MatchString(a.DashboardName) {
		fault("DashboardName is %q: give letters, digits, _ and -, at most 255", a.DashboardName)
	}
	if len(a.StateMachines) == 0 {
		fault("StateMachines is empty: give the state machines to show")
	}
	metrics := len(a.StateMachines)*(len(executionCounts)+1) + len(a.Workgroups)*statesOfQueries + len(a.Etls)*(len(recordCounts)+2)
	if metrics > maxDashboardMetrics {
		fault("%d StateMachines, %d Workgroups and %d Etls are %d metrics: CloudWatch shows at most %d on a dashboard",
			len(a.StateMachines), len(a.Workgroups), len(a.Etls), metrics, maxDashboardMetrics)
	}
	for _, name := range slices.Sorted(maps.Keys(a.Etls)) {
		if !metricNamespace.MatchString(a.Etls[name]) {
			fault("Etls[%q] is %q: give the MetricNamespace of that ETL", name, a.Etls[name])
		}
	}
	if a.Alerts == nil {
		fault("Alerts is missing: give what the alarms notify")
	}
	return errors.Join(faults...)
}

// body is the dashboard's description. It shows two weeks by the hour: two runs of what runs weekly.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
func (a *DashboardArgs) body(region string) map[string]any {
	var g grid
	for alarms := range slices.Chunk(a.Alerts.alarms, maxWidgetAlarms) {
		arns := make([]any, len(alarms))
		for i, arn := range alarms {
			arns[i] = arn
		}
		g.row(gridColumns, widget{"alarm", map[string]any{"title": "Alarms", "alarms": arns, "sortBy": "stateUpdatedTimestamp"}})
	}
	graphs := graphs{region: region}
	a.executions(&graphs)
	a.queries(&graphs)
	a.etls(&graphs)
	const inARow = 3
	for row := range slices.Chunk(graphs.widgets, inARow) {
		g.row(gridColumns/inARow, row...)
	}
	return map[string]any{"start": "-P2W", "periodOverride": "inherit", "widgets": g.widgets}
}

// executionCounts are the metrics of a state machine that count executions, or states that AWS held up, with their labels.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
var executionCounts = []struct{ metric, label string }{
	{"ExecutionsStarted", "started"},
	{"ExecutionsSucceeded", "succeeded"},
	{"ExecutionsFailed", "failed"},
	{"ExecutionsTimedOut", "timed out"},
	{"ExecutionsAborted", "aborted"},
	{"ExecutionThrottled", "states throttled"},
}

func (a *DashboardArgs) executions(g *graphs) {
	const namespace, dimension = "AWS/States", "StateMachineArn"
	var times []any
	for _, name := range slices.Sorted(maps.Keys(a.StateMachines)) {
		arn := a.StateMachines[name]
		var counts []any
		for _, count := range executionCounts {
			counts = append(counts, []any{namespace, count.metric, dimension, arn, labelled(count.label)})
		}
		g.add(name+": executions", "Sum", counts)
		times = append(times, []any{namespace, "ExecutionTime", dimension, arn, labelled(name)})
	}
	g.add("Longest execution of an hour", "Maximum", times)
}

// statesOfQueries are in how many states a query that reads data ends: SUCCEEDED, FAILED or CANCELLED.
const statesOfQueries = 3

// queries shows what Athena bills. Each series is of one state and type of query, so a search sums them.
//
// https://docs.aws.amazon.com/athena/latest/ug/query-metrics-viewing.html
func (a *DashboardArgs) queries(g *graphs) {
	var bytes []any
	for i, name := range slices.Sorted(maps.Keys(a.Workgroups)) {
		bytes = append(bytes, []any{map[string]any{
			"id":    fmt.Sprintf("bytes%d", i),
			"label": name,
			"expression": pulumi.Sprintf(`SUM(SEARCH('{AWS/Athena,QueryState,QueryType,WorkGroup} MetricName="ProcessedBytes" WorkGroup="%s"', 'Sum', %d))`,
				a.Workgroups[name], graphPeriod),
		}})
	}
	if bytes != nil {
		g.add("Bytes that queries scanned", "Sum", bytes)
	}
}

func (a *DashboardArgs) etls(g *graphs) {
	for _, name := range slices.Sorted(maps.Keys(a.Etls)) {
		metric := func(metric string) []any { return []any{a.Etls[name], metric, runDimension, name} }
		var counts []any
		for _, count := range recordCounts {
			counts = append(counts, metric(count.metric))
		}
		g.add(name+": records", "Sum", counts)
		g.add(name+": share of records refused", "Maximum", []any{metric(quarantinedShare)})
		g.add(name+": DPU hours", "Sum", []any{metric(dpuHours)})
	}
}

func labelled(label string) map[string]any { return map[string]any{"label": label} }

// widget is a part of a dashboard, of one of CloudWatch's types.
type widget struct {
	kind       string
	properties map[string]any
}

// graphs are widgets of metrics of one region.
type graphs struct {
	region  string
	widgets []widget
}

// graphPeriod is the time that one point stands for, in seconds.
const graphPeriod = 3600

func (g *graphs) add(title, statistic string, metrics []any) {
	g.widgets = append(g.widgets, widget{"metric", map[string]any{
		"title": title, "region": g.region, "view": "timeSeries", "stacked": false, "period": graphPeriod, "stat": statistic, "metrics": metrics,
	}})
}

// grid lays widgets out in rows.
type grid struct {
	widgets []any
	y       int
}

// CloudWatch's grid has 24 columns; a widget is six units high.
const gridColumns, widgetHeight = 24, 6

func (g *grid) row(width int, widgets ...widget) {
	for i, w := range widgets {
		g.widgets = append(g.widgets, map[string]any{
			"type": w.kind, "x": i * width, "y": g.y, "width": width, "height": widgetHeight, "properties": w.properties,
		})
	}
	g.y += widgetHeight
}
