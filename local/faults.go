package main

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"datalake/internal/mockaws"
	"datalake/local/engine"
	"datalake/local/faults"
)

// loadFaults reads the faults that a stack's calls are to meet; without a file there are none.
func loadFaults(file string, evaluation *mockaws.Evaluation) (*faults.Faults, error) {
	text := []byte("[]")
	if file != "" {
		var err error
		if text, err = os.ReadFile(file); err != nil {
			return nil, refusal{fmt.Errorf("read the faults: %w", err)}
		}
	}
	var machines []faults.Machine
	names, _ := evaluation.Exports["machines"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		described, err := engine.Describe(evaluation, name)
		if err != nil {
			return nil, err
		}
		machines = append(machines, faults.Machine{Name: name, ARN: described.Execution.StateMachineARN, Definition: described.Definition})
	}
	loaded, err := faults.Load(text, machines)
	if err != nil {
		return nil, refusal{err}
	}
	return loaded, nil
}
