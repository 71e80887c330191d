package stack

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

const dashboardPage = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"

var dashboardGuardrails = []guardrail{
	{
		rule:   "the dashboard is one that CloudWatch takes",
		reason: "nothing reads its description before CloudWatch does, which refuses it in the middle of a deployment",
		source: dashboardPage + " https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html",
		violations: each(dashboardType, func(d *deployment, dashboard mockaws.Resource) []string {
			name := textAt(dashboard.Inputs, "dashboardName")
			return append(unless(dashboardNameForm.MatchString(name), "is called %q", name), bodyFaults(at(dashboard.Inputs, "dashboardBody"), d.Region)...)
		}),
		breaches: []breach{
			{"dev", set(dashboardType, "operations-dashboard", "data lake", "dashboardName"), page + `is called "data lake"`},
			{"dev", onDashboard("{"), page + "has no list of widgets"},
			{"dev", onDashboard(slices.Repeat([]any{words}, 501), "widgets"), page + "has 501 widgets"},
			{"dev", onDashboard("-PT2W", "start"), page + `starts at "-PT2W"`},
			{"dev", onDashboard("on", "periodOverride"), page + `has the periodOverride "on"`},
			{"dev", onDashboard(24.0, "widgets", 1, "x"), page + "widgets[1] lies at 24, 6, 8 wide and 6 high"},
			{"dev", onDashboard(17.0, "widgets", 2, "width"), page + "widgets[2] lies at 8, 6, 17 wide and 6 high"},
			{"dev", onDashboard(1001.0, "widgets", 0, "height"), page + "widgets[0] lies at 0, 0, 24 wide and 1001 high"},
			{"dev", onDashboard(-1.0, "widgets", 0, "y"), page + "widgets[0] lies at 0, -1, 24 wide and 6 high"},
			{"dev", onDashboard("graph", "widgets", 1, "type"), page + `widgets[1] is a "graph"`},
			{"dev", onDashboard([]any{}, "widgets", 0, "properties", "alarms"), page + "widgets[0] has 0 alarms"},
			{"dev", onDashboard("alerts", "widgets", 0, "properties", "alarms", 0), page + `widgets[0] shows "alerts", which is no alarm's ARN`},
			{"dev", onDashboard("state", "widgets", 0, "properties", "sortBy"), page + `widgets[0] sorts by "state"`},
			{"dev", onDashboard(nil, "widgets", 1, "properties", "region"), page + `widgets[1] is of the region ""`},
			{"dev", onDashboard(90.0, "widgets", 1, "properties", "period"), page + "widgets[1] has the period 90"},
			{"dev", onDashboard("Total", "widgets", 1, "properties", "stat"), page + `widgets[1] shows the statistic "Total"`},
			{"dev", onDashboard("line", "widgets", 1, "properties", "view"), page + `widgets[1] has the view "line"`},
			{"dev", onDashboard("x", "widgets", 1, "properties", "colour"), page + "widgets[1] has the property colour"},
			{"dev", onDashboard([]any{"AWS/States", "ExecutionsFailed", "StateMachineArn"}, "widgets", 1, "properties", "metrics", 0), page + "widgets[1]: metrics[0] is no namespace, name and dimensions"},
			{"dev", onDashboard([]any{"AWS/States"}, "widgets", 1, "properties", "metrics", 0), page + "widgets[1]: metrics[0] is no namespace, name and dimensions"},
			{"dev", onDashboard([]any{"A", "M", object{"lable": "x"}}, "widgets", 1, "properties", "metrics", 0), page + "widgets[1]: metrics[0] has the property lable"},
			{"dev", onDashboard([]any{object{"id": "E1", "expression": "1"}}, "widgets", 1, "properties", "metrics", 0), page + `widgets[1]: metrics[0] is an expression without a text, or with the id "E1"`},
			{"dev", onDashboard(slices.Repeat([]any{[]any{"A", "M"}}, 501), "widgets", 1, "properties", "metrics"), page + "widgets[1] has 501 metrics"},
			{"dev", onDashboard(slices.Repeat([]any{graph(500)}, 6), "widgets"), page + "has 3000 metrics"},
		},
	},
	{
		rule:   "what the dashboard shows and alarms watch is published",
		reason: "CloudWatch takes any name: a metric that nobody publishes is a graph without a line, and an alarm that is never raised",
		source: "https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html https://docs.aws.amazon.com/athena/latest/ug/query-metrics-viewing.html https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
		violations: func(d *deployment) []string {
			return append(
				each(dashboardType, func(d *deployment, dashboard mockaws.Resource) (faults []string) {
					for _, m := range metricsOf(dashboard) {
						faults = append(faults, unless(m.isPublished(d), "shows %s", m)...)
					}
					return faults
				})(d),
				each(alarmType, func(d *deployment, alarm mockaws.Resource) []string {
					m := metric{textAt(alarm.Inputs, "namespace"), textAt(alarm.Inputs, "metricName"), map[string]string{}}
					dimensions, _ := at(alarm.Inputs, "dimensions").(map[string]any)
					for name, value := range dimensions {
						m.dimensions[name] = fmt.Sprint(value)
					}
					return unless(m.isPublished(d), "watches %s", m)
				})(d)...)
		},
		breaches: []breach{
			{"dev", onDashboard("ExecutionsSucceed", "widgets", 1, "properties", "metrics", 1, 1), page + "shows ExecutionsSucceed of AWS/States by StateMachineArn"},
			{"dev", onDashboard("arn:aws:states:::x", "widgets", 1, "properties", "metrics", 1, 3), page + "shows ExecutionsSucceeded of AWS/States by StateMachineArn"},
			{"dev", onDashboard("StateMachine", "widgets", 1, "properties", "metrics", 1, 2), page + "shows ExecutionsSucceeded of AWS/States by StateMachine"},
			{"dev", set(machineType, "weekly-etl-machine", "datalake/rain", "definition", "States", "Send the metrics", "Arguments", "Namespace"), strings.Join([]string{
				page + "shows RecordsRead of datalake/weather by Pipeline",
				page + "shows RecordsAggregated of datalake/weather by Pipeline",
				page + "shows RecordsDuplicate of datalake/weather by Pipeline",
				page + "shows RecordsQuarantined of datalake/weather by Pipeline",
				page + "shows QuarantinedShare of datalake/weather by Pipeline",
				page + "shows DPUHours of datalake/weather by Pipeline",
				"MetricAlarm weekly-etl-quality: watches QuarantinedShare of datalake/weather by Pipeline",
			}, "\n")},
			{"prod", set(workgroupType, "report-weather-workgroup", nil, "configuration", "publishCloudwatchMetricsEnabled"), page + "shows ProcessedBytes of AWS/Athena by QueryState, QueryType, WorkGroup"},
			{"prod", set(alarmType, "weekly-etl-throttled", "StateMachine", "metricName"), "MetricAlarm weekly-etl-throttled: watches StateMachine of AWS/States by StateMachineArn"},
		},
	},
	{
		rule:   "the dashboard shows every state machine, workgroup and alarm, and every metric of the program's own",
		reason: "who looks at one page to see that all is well must see all",
		source: "https://docs.aws.amazon.com/wellarchitected/latest/framework/ops_workload_observability_create_dashboards.html",
		violations: func(d *deployment) (faults []string) {
			var shown strings.Builder
			for _, dashboard := range d.Find(dashboardType) {
				shown.WriteString(textAt(dashboard.Inputs, "dashboardBody"))
			}
			for token, output := range map[string]string{alarmType: "arn", machineType: "arn", workgroupType: "name"} {
				for _, r := range d.Find(token) {
					faults = append(faults, unless(strings.Contains(shown.String(), textAt(r.Outputs, output)), "does not show %s", label(r))...)
				}
			}
			for _, own := range published(d) {
				is := slices.ContainsFunc(d.Find(dashboardType), func(dashboard mockaws.Resource) bool {
					return slices.ContainsFunc(metricsOf(dashboard), func(m metric) bool { return m.String() == own.String() && maps.Equal(m.dimensions, own.dimensions) })
				})
				faults = append(faults, unless(is, "does not show %s", own)...)
			}
			slices.Sort(faults)
			return faults
		},
		breaches: []breach{
			{"prod", onDashboard(nil, "widgets", 0, "properties", "alarms", 0), "does not show MetricAlarm alerts-undelivered"},
			{"dev", onDashboard([]any{}, "widgets", 8, "properties", "metrics"), "does not show Workgroup execute-queries-workgroup\ndoes not show Workgroup report-weather-workgroup"},
			{"dev", onDashboard([]any{}, "widgets", 11, "properties", "metrics"), "does not show DPUHours of datalake/weather by Pipeline"},
		},
	},
}

// page begins what is found on the dashboard.
const page = "Dashboard operations-dashboard: "

// onDashboard gives a place of the dashboard's description another value.
func onDashboard(value any, path ...any) change {
	return set(dashboardType, "operations-dashboard", value, append([]any{"dashboardBody"}, path...)...)
}

type object = map[string]any

// words is a small widget, and graph one of some metrics.
var words = object{"type": "text", "x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0, "properties": object{"markdown": "x"}}

func graph(metrics int) object {
	return object{"type": "metric", "x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0, "properties": object{
		"region": "ap-southeast-1", "metrics": slices.Repeat([]any{[]any{"A", "M"}}, metrics),
	}}
}

var (
	dashboardNameForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	relativeStart     = regexp.MustCompile(`^-(PT[0-9]+[MH]|P[0-9]+[DWM])$`)
	statisticForm     = regexp.MustCompile(`^(SampleCount|Average|Sum|Minimum|Maximum|p[0-9]{1,2}(\.[0-9]+)?)$`)
	seriesID          = regexp.MustCompile(`^[a-z][A-Za-z0-9_]*$`)
)

// bodyFaults says what CloudWatch would refuse of a dashboard's description, and what it has no meaning for.
func bodyFaults(body any, region string) (faults []string) {
	widgets, is := at(body, "widgets").([]any)
	if !is {
		return []string{"has no list of widgets"}
	}
	start, has := at(body, "start").(string)
	override, overrides := at(body, "periodOverride").(string)
	faults = slices.Concat(
		unless(len(widgets) <= 500, "has %d widgets", len(widgets)),
		unless(!has || relativeStart.MatchString(start), "starts at %q", start),
		unless(!overrides || override == "auto" || override == "inherit", "has the periodOverride %q", override),
	)
	metrics := 0
	for i, widget := range widgets {
		list, _ := at(widget, "properties", "metrics").([]any)
		metrics += len(list)
		for _, fault := range widgetFaults(widget, region) {
			faults = append(faults, fmt.Sprintf("widgets[%d]%s", i, fault))
		}
	}
	return append(faults, unless(metrics <= 2500, "has %d metrics", metrics)...)
}

func widgetFaults(widget any, region string) []string {
	x, y, width, height := whole(at(widget, "x")), whole(at(widget, "y")), whole(at(widget, "width")), whole(at(widget, "height"))
	faults := unless(x >= 0 && x <= 23 && y >= 0 && width >= 1 && x+width <= 24 && height >= 1 && height <= 1000,
		" lies at %v, %v, %v wide and %v high", at(widget, "x"), at(widget, "y"), at(widget, "width"), at(widget, "height"))
	properties, _ := at(widget, "properties").(object)
	known := []string{"markdown"}
	switch kind := textAt(widget, "type"); kind {
	case "text":
	case "alarm":
		known = []string{"alarms", "sortBy", "title"}
		alarms, _ := properties["alarms"].([]any)
		sort := textAt(properties, "sortBy")
		faults = slices.Concat(faults,
			unless(len(alarms) >= 1 && len(alarms) <= 100, " has %d alarms", len(alarms)),
			unless(slices.Contains([]string{"default", "stateUpdatedTimestamp", "timestamp"}, sort), " sorts by %q", sort))
		for _, alarm := range alarms {
			arn, _ := alarm.(string)
			faults = append(faults, unless(strings.HasPrefix(arn, "arn:aws:cloudwatch:"+region+":"), " shows %q, which is no alarm's ARN", arn)...)
		}
	case "metric":
		known = []string{"metrics", "period", "region", "stacked", "stat", "title", "view"}
		faults = append(faults, graphFaults(properties, region)...)
	default:
		return append(faults, fmt.Sprintf(" is a %q", kind))
	}
	return append(faults, unforeseen(properties, known)...)
}

func graphFaults(properties object, region string) []string {
	list, isList := properties["metrics"].([]any)
	statistic, chosen := properties["stat"].(string)
	view, viewed := properties["view"].(string)
	period := whole(properties["period"])
	faults := slices.Concat(
		unless(isList && len(list) <= 500, " has %d metrics", len(list)),
		unless(textAt(properties, "region") == region, " is of the region %q", textAt(properties, "region")),
		unless(properties["period"] == nil || period >= 60 && period%60 == 0, " has the period %v", properties["period"]),
		unless(!chosen || statisticForm.MatchString(statistic), " shows the statistic %q", statistic),
		unless(!viewed || slices.Contains([]string{"timeSeries", "singleValue", "bar", "pie", "table"}, view), " has the view %q", view),
	)
	for i, entry := range list {
		for _, fault := range entryFaults(entry) {
			faults = append(faults, fmt.Sprintf(": metrics[%d]%s", i, fault))
		}
	}
	return faults
}

// entryFaults judges an entry of a graph: a namespace, a name, pairs of dimensions and perhaps how it is drawn, or an expression.
func entryFaults(entry any) []string {
	parts, _ := entry.([]any)
	if expression := at(entry, 0, "expression"); expression != nil {
		text, _ := expression.(string)
		id := textAt(entry, 0, "id")
		return append(unless(len(parts) == 1 && text != "" && len(text) <= 1024 && seriesID.MatchString(id), " is an expression without a text, or with the id %q", id),
			unforeseen(parts[0].(object), []string{"expression", "id", "label"})...)
	}
	var faults []string
	if len(parts) > 0 {
		if drawn, is := parts[len(parts)-1].(object); is {
			faults, parts = unforeseen(drawn, []string{"color", "id", "label", "period", "region", "stat", "visible", "yAxis"}), parts[:len(parts)-1]
		}
	}
	isText := !slices.ContainsFunc(parts, func(part any) bool { text, is := part.(string); return !is || text == "" })
	return append(faults, unless(len(parts) >= 2 && len(parts)%2 == 0 && isText, " is no namespace, name and dimensions")...)
}

func unforeseen(properties object, known []string) (faults []string) {
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		faults = append(faults, unless(slices.Contains(known, name), " has the property %s", name)...)
	}
	return faults
}

// whole is a number as JSON has it; -1 if it is none, or no whole one.
func whole(value any) int {
	number, is := value.(float64)
	if !is || number != float64(int(number)) {
		return -1
	}
	return int(number)
}

// metric is a metric with the dimensions that tell it from others of its name; "" is any value of one.
type metric struct {
	namespace, name string
	dimensions      map[string]string
}

func (m metric) String() string {
	return m.name + " of " + m.namespace + " by " + strings.Join(slices.Sorted(maps.Keys(m.dimensions)), ", ")
}

// athenaSearch is a sum over the states and types of a workgroup's queries.
var athenaSearch = regexp.MustCompile(`^SUM\(SEARCH\('\{(.+?),QueryState,QueryType,WorkGroup\} MetricName="(\w+)" WorkGroup="([^"]+)"', 'Sum', 3600\)\)$`)

// metricsOf are the metrics that a dashboard shows; one in a form that is not known here has neither namespace nor name.
func metricsOf(dashboard mockaws.Resource) (metrics []metric) {
	widgets, _ := at(dashboard.Inputs, "dashboardBody", "widgets").([]any)
	for _, widget := range widgets {
		entries, _ := at(widget, "properties", "metrics").([]any)
		for _, entry := range entries {
			m := metric{textAt(entry, 0), textAt(entry, 1), map[string]string{}}
			for i := 2; textAt(entry, i) != ""; i += 2 {
				m.dimensions[textAt(entry, i)] = textAt(entry, i+1)
			}
			if found := athenaSearch.FindStringSubmatch(textAt(entry, 0, "expression")); found != nil {
				m = metric{found[1], found[2], map[string]string{"QueryState": "", "QueryType": "", "WorkGroup": found[3]}}
			}
			metrics = append(metrics, m)
		}
	}
	return metrics
}

// isPublished tells whether AWS documents the metric, for something that the stack has, or the program sends it.
func (m metric) isPublished(d *deployment) bool {
	has := func(token, output, dimension string, others ...string) bool {
		r, is := d.lookup(token, output, m.dimensions[dimension])
		dimensions := slices.Sorted(maps.Keys(m.dimensions))
		publishes := token != workgroupType || at(r.Inputs, "configuration", "publishCloudwatchMetricsEnabled") == true
		return is && publishes && slices.Equal(dimensions, append(others, dimension))
	}
	switch m.namespace {
	case "AWS/States":
		return has(machineType, "arn", "StateMachineArn") && slices.Contains([]string{
			"ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted", "ExecutionThrottled", "ExecutionTime",
		}, m.name)
	case "AWS/Athena":
		return has(workgroupType, "name", "WorkGroup", "QueryState", "QueryType") && m.name == "ProcessedBytes"
	case "AWS/SQS":
		return has(queueType, "name", "QueueName") && m.name == "ApproximateNumberOfMessagesVisible"
	}
	return slices.ContainsFunc(published(d), func(own metric) bool { return own.String() == m.String() && maps.Equal(own.dimensions, m.dimensions) })
}

var (
	sentName      = regexp.MustCompile(`"MetricName": '(\w+)'`)
	sentDimension = regexp.MustCompile(`"Dimensions": \[\{"Name": '(\w+)', "Value": "([^"]+)"\}\]`)
)

// published are the metrics that the stack's state machines send.
func published(d *deployment) (metrics []metric) {
	for _, machine := range d.Find(machineType) {
		for _, s := range statesOf(definition(machine)) {
			if !strings.HasSuffix(textAt(s.fields, "Resource"), ":cloudwatch:putMetricData") {
				continue
			}
			data := textAt(s.fields, "Arguments", "MetricData")
			dimension := sentDimension.FindStringSubmatch(data)
			for _, name := range sentName.FindAllStringSubmatch(data, -1) {
				metrics = append(metrics, metric{textAt(s.fields, "Arguments", "Namespace"), name[1], map[string]string{dimension[1]: dimension[2]}})
			}
		}
	}
	return metrics
}
