package engine

import (
	"fmt"
	"strings"
	"time"

	"datalake/internal/mockaws"
)

// Scheduled is a schedule that starts a state machine.
type Scheduled struct {
	// Name is the schedule's, among the stack's outputs.
	Name string
	// StateMachine is the logical name of what it starts.
	StateMachine string
	// Words are the schedule as the stack's outputs say it, and Local the zone that they speak of.
	Words string
	Local *time.Location
	// Next are the next starts.
	Next []time.Time
}

// Schedules lists what schedules start, with the next count starts of each after a time.
func Schedules(evaluation *mockaws.Evaluation, after time.Time, count int) ([]Scheduled, error) {
	resources, err := read(evaluation)
	if err != nil {
		return nil, err
	}
	var all []Scheduled
	for _, machine := range resources.machines {
		for _, rule := range resources.rules {
			if !rule.schedules(machine.ARN) {
				continue
			}
			name := rule.scheduleName()
			s := Scheduled{Name: name, StateMachine: machine.Name, Words: resources.outputs["schedules"][name], Local: time.UTC}
			if words := strings.Fields(s.Words); len(words) > 0 {
				offset, err := time.Parse("-07:00", words[len(words)-1])
				if err != nil {
					return nil, fmt.Errorf("read the schedule %q of %s: %w", s.Words, machine.Name, err)
				}
				s.Local = offset.Location()
			}
			for at := after; len(s.Next) < count; {
				next, fires := rule.schedule.Next(at)
				if !fires {
					break
				}
				s.Next, at = append(s.Next, next), next
			}
			all = append(all, s)
		}
	}
	return all, nil
}
