package stack

import (
	"encoding/json"
	"fmt"
)

// Sample is how a local run makes sample data of a pipeline: with a state machine that a stack may deploy, or with a
// script.
type Sample struct {
	// Machine is the logical name of the state machine.
	Machine string
	// Script is the path of a Python script, from the project's directory. It takes a directory to write to, --first-day
	// and --utc-offset.
	Script string
	// Days is how many days before the pipeline's next start the first day of the script's data is.
	Days int
}

// Samples are the samples that there are, by pipeline.
var Samples = map[string]Sample{
	usageDataset: {Machine: sampleMachine},
	"weather":    {Script: "etl/sample.py", Days: 9},
}

// WithSample changes a stack's configuration, keys with their namespace, so that the state machine of the usage
// dataset's sample is deployed.
func WithSample(project string, config map[string]string) error {
	key := project + ":datasets"
	var datasets []map[string]any
	if err := json.Unmarshal([]byte(config[key]), &datasets); err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	for _, dataset := range datasets {
		if dataset["name"] == usageDataset {
			dataset["sample"] = true
		}
	}
	text, err := json.Marshal(datasets)
	if err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	config[key] = string(text)
	return nil
}
