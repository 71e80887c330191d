package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"datalake/internal/mockaws"
)

// Scheduled is a state machine that a schedule starts.
type Scheduled struct {
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
			if rule.schedule == nil || !slices.Contains(rule.targets, machine.arn) {
				continue
			}
			s := Scheduled{StateMachine: machine.name, Words: resources.outputs["schedules"][machine.name], Local: time.UTC}
			if words := strings.Fields(s.Words); len(words) > 0 {
				offset, err := time.Parse("-07:00", words[len(words)-1])
				if err != nil {
					return nil, fmt.Errorf("read the schedule %q of %s: %w", s.Words, machine.name, err)
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
