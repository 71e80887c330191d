package stack

import (
	"time"

	"datalake/components"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// watchdogMachine looks whether pipelines have succeeded.
const watchdogMachine = "watchdog"

// Check is the name of the schedule, among the outputs, by which the watchdog looks whether a pipeline has succeeded.
func Check(pipeline string) string { return watchdogMachine + "-" + pipeline }

// watch has the watchdog look after a pipeline whose state machine a weekly schedule starts.
func (e *environment) watch(pipeline string, stateMachineARN pulumi.StringOutput, schedule components.Schedule, timeout time.Duration) {
	e.watched = append(e.watched, components.Watched{Name: pipeline, StateMachineARN: stateMachineARN, Schedule: schedule, Timeout: timeout})
}

// watchdog registers what looks after the pipelines that have to succeed each week, if there are any.
func (e *environment) watchdog() error {
	if len(e.watched) == 0 {
		return nil
	}
	watchdog, err := components.NewWatchdog(e.ctx, watchdogMachine, &components.WatchdogArgs{Watched: e.watched, Operations: e.operations})
	if err != nil {
		return err
	}
	e.outputs.machines[watchdogMachine] = watchdog.StateMachineARN
	for _, w := range e.watched {
		e.outputs.schedules[Check(w.Name)] = pulumi.String(w.CheckedAt().String())
	}
	return nil
}
