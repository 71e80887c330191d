package stack

import "datalake/components"

// usageDataset is the dataset that the sample is of. What it is made of keeps the names that it has had since before
// there were others.
const usageDataset = "usage"

var usageNames = datasetNames{crawl: "crawl-dataset", report: "execute-queries", topic: "results"}

// sampleMachine writes the sample of the usage dataset.
const sampleMachine = "create-dataset"

// sample registers the state machine that writes the sample dataset.
func (e *environment) sample(d Dataset) error {
	sample, err := components.NewSampleDataset(e.ctx, sampleMachine, &components.SampleDatasetArgs{
		Bucket:     e.lake.Source,
		Prefix:     d.Prefix,
		Operations: e.operations,
	})
	if err != nil {
		return err
	}
	e.outputs.machines[sampleMachine] = sample.StateMachineARN
	return nil
}
