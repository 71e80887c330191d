package stack

import (
	"fmt"

	"datalake/components"
)

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
		Name:       usageDataset,
		Subject:    "user",
		Measure:    "usage",
		Years:      []int{2016, 2017, 2018, 2019, 2020, 2021},
		Days:       27,
		Entries:    usageEntries(),
		Operations: e.operations,
	})
	if err != nil {
		return err
	}
	e.outputs.machines[sampleMachine] = sample.StateMachineARN
	return nil
}

// usageEntries are the users of the sample, with what each uses a day.
func usageEntries() (entries []components.SampleEntry) {
	for i, usage := range []int{672, 25, 32, 1, 0, 500, 7000, 13, 12, 120, 5} {
		entries = append(entries, components.SampleEntry{Subject: fmt.Sprintf("user-%011d", i+1), Measure: usage})
	}
	return entries
}
