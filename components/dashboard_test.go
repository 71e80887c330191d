package components

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestFaultyDashboardsAreRefused(t *testing.T) {
	for says, change := range map[string]func(*DashboardArgs){
		`DashboardName is "": give letters, digits, _ and -, at most 255`:               func(a *DashboardArgs) { a.DashboardName = "" },
		`DashboardName is "lake.dev": give letters`:                                     func(a *DashboardArgs) { a.DashboardName = "lake.dev" },
		"StateMachines is empty: give the state machines to show":                       func(a *DashboardArgs) { a.StateMachines = nil },
		`Etls["weekly"] is "": give the MetricNamespace of that ETL`:                    func(a *DashboardArgs) { a.Etls["weekly"] = "" },
		"Alerts is missing: give what the alarms notify":                                func(a *DashboardArgs) { a.Alerts = nil },
		"357 StateMachines, 1 Workgroups and 1 Etls are 2508 metrics: CloudWatch shows": many,
	} {
		t.Run(says, func(t *testing.T) { requireRefused(t, dashboardProgram(change), `dashboard "operations": `, says) })
	}
	requireRefused(t, func(ctx *pulumi.Context) error {
		_, err := NewDashboard(ctx, "operations", nil)
		return err
	}, "DashboardName is", "StateMachines is empty", "Alerts is missing")
}

func many(a *DashboardArgs) {
	for i := range 355 {
		a.StateMachines[fmt.Sprint(i)] = a.StateMachines["crawl"]
	}
}

// By the hour, so that two runs of what runs weekly are seen, and each of what runs nightly.
func TestTheDashboardShowsTwoWeeks(t *testing.T) {
	board := deploy(t, dashboardProgram(asItIs)).the("cloudwatch.Dashboard", "operations-dashboard")
	require.Equal(t, "lake-test", board.Inputs["dashboardName"])
	body := object(t, board, "dashboardBody")
	require.Equal(t, []any{"-P2W", "inherit"}, []any{body["start"], body["periodOverride"]})
	var titles []string
	for _, widget := range body["widgets"].([]any) {
		properties := widget.(map[string]any)["properties"].(map[string]any)
		require.Equal(t, []any{3600.0, "eu-west-1"}, []any{properties["period"], properties["region"]})
		titles = append(titles, fmt.Sprintf("%v (%v of %d)", properties["title"], properties["stat"], len(properties["metrics"].([]any))))
	}
	require.Equal(t, []string{
		"crawl: executions (Sum of 6)", "weekly: executions (Sum of 6)", "Longest execution of an hour (Maximum of 2)", "Bytes that queries scanned (Sum of 1)",
		"weekly: records (Sum of 4)", "weekly: share of records refused (Maximum of 1)", "weekly: DPU hours (Sum of 1)",
	}, titles)
}

// A widget takes a hundred alarms.
func TestManyAlarmsAreShownInSeveralWidgets(t *testing.T) {
	d := deploy(t, dashboardProgram(func(a *DashboardArgs) {
		for i := range 201 {
			a.Alerts.alarms = append(a.Alerts.alarms, pulumi.Sprintf("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:%d", i))
		}
	}))
	var rows []string
	for _, widget := range object(t, d.the("cloudwatch.Dashboard", "operations-dashboard"), "dashboardBody")["widgets"].([]any)[:4] {
		w := widget.(map[string]any)
		alarms, _ := w["properties"].(map[string]any)["alarms"].([]any)
		rows = append(rows, fmt.Sprintf("%v at %v: %d alarms", w["type"], w["y"], len(alarms)))
	}
	require.Equal(t, []string{"alarm at 0: 100 alarms", "alarm at 6: 100 alarms", "alarm at 12: 1 alarms", "metric at 18: 0 alarms"}, rows)
}

// Every component's alarms are among those of the alerts that it notifies.
func TestEveryAlarmIsShown(t *testing.T) {
	d := deploy(t, everything("", ignore))
	body := d.the("cloudwatch.Dashboard", "operations-dashboard").Inputs["dashboardBody"].(string)
	alarms := d.Find("aws:cloudwatch/metricAlarm:MetricAlarm")
	require.Greater(t, len(alarms), 10)
	for _, alarm := range alarms {
		require.Equal(t, 1, strings.Count(body, alarm.Outputs["arn"].(string)), alarm.Name)
	}
}
