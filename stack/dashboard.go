package stack

import (
	"regexp"

	"datalake/components"
)

var notInDashboardNames = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// dashboard registers the stack's page in CloudWatch, of what was registered before. It is named after the project and the stack:
// nobody makes up a name for it, and an account's dashboards are told apart by theirs.
func (e *environment) dashboard() error {
	e.shown.DashboardName = notInDashboardNames.ReplaceAllString(e.ctx.Project()+"-"+e.ctx.Stack(), "-")
	e.shown.StateMachines = e.outputs.machines
	dashboard, err := components.NewDashboard(e.ctx, "operations", &e.shown)
	if err != nil {
		return err
	}
	e.outputs.dashboard = dashboard.Name
	return nil
}
