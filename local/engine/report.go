package engine

import (
	"encoding/json"
	"fmt"
	"path"

	"datalake/local/glue"
	"datalake/local/objects"
	"datalake/local/parameters"
	"datalake/local/policy"
	"datalake/local/trino"
)

// Report is what happened since the engine was opened, and what is in the catalog now.
type Report struct {
	Executions []ExecutionReport `json:"executions"`
	Crawls     []CrawlReport     `json:"crawls"`
	Tables     []TableReport     `json:"tables"`
	// QueryEngine is what carried out the queries, with its version.
	QueryEngine string        `json:"queryEngine"`
	Queries     []QueryReport `json:"queries"`
	Messages    []Message     `json:"messages"`
	Events      []Event       `json:"events"`
	Jobs        []JobReport   `json:"jobs"`
	// JobsPeakBytes is the most memory that a job has held.
	JobsPeakBytes int64 `json:"-"`
	// Prices are those that costs are made with; IdleCost is the stack's own.
	Prices   PricesReport `json:"prices"`
	IdleCost IdleReport   `json:"idleCost"`
	// Judgement is what IAM makes of the calls; its lists are null until Judge has been called.
	policy.Judgement
	// Checked is what AWS's models say of the calls' arguments.
	parameters.Checked
	// Definitions are the state machines', by logical name, and Quarantine what jobs refused; both are null until Illustrate
	// has been called.
	Definitions map[string]json.RawMessage `json:"definitions"`
	Quarantine  []QuarantineReport         `json:"quarantine"`
}

// ExecutionReport is one execution; times are in seconds.
type ExecutionReport struct {
	StateMachine   string          `json:"stateMachine"`
	Status         string          `json:"status"`
	States         []string        `json:"states"`
	Transitions    int             `json:"transitions"`
	Tasks          int             `json:"tasks"`
	VirtualSeconds float64         `json:"virtualSeconds"`
	WallSeconds    float64         `json:"wallSeconds"`
	Error          *string         `json:"error"`
	Cause          *string         `json:"cause"`
	Input          json.RawMessage `json:"input"`
	Output         json.RawMessage `json:"output"`
	Trigger        string          `json:"trigger"`
	Cost           CostReport      `json:"cost"`
	// Visits are those of the states, in the order of entering: of many the first and the last 500, of a Map state's
	// iterations the first and the last 20 and all that failed.
	Visits []VisitReport `json:"visits"`
	Maps   []MapReport   `json:"maps"`
}

// TableReport is a table of the catalog. Objects and Bytes are what lies in its partitions now; partitions that are
// projected are the days in range that hold objects.
type TableReport struct {
	Database      string         `json:"database"`
	Name          string         `json:"name"`
	Columns       []ColumnReport `json:"columns"`
	PartitionKeys []ColumnReport `json:"partitionKeys"`
	Partitions    int            `json:"partitions"`
	Objects       int            `json:"objects"`
	Bytes         int64          `json:"bytes"`
	// Sample is null where it was not taken.
	Sample *SampleReport `json:"sample"`
}

// SampleReport are the first rows of a table, in the order of their columns, from its first partition.
type SampleReport struct {
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
}

// ColumnReport is a column or partition key with its Hive type.
type ColumnReport struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// QueryReport is one query that was run.
type QueryReport struct {
	// Name is the named query's, empty for another query.
	Name               string   `json:"name"`
	SQL                string   `json:"sql"`
	Columns            []string `json:"columns"`
	Rows               [][]any  `json:"rows"`
	DataScannedInBytes int64    `json:"dataScannedInBytes"`
	PartitionsScanned  int      `json:"partitionsScanned"`
	PartitionsTotal    int      `json:"partitionsTotal"`
	Milliseconds       int64    `json:"milliseconds"`
	// Cost is in USD. CostUnpartitioned is what the query would cost had it read every partition of its tables, which have
	// BytesUnpartitioned as they are at the end; both are null where that is not known.
	Cost               float64  `json:"cost"`
	BytesUnpartitioned *int64   `json:"bytesUnpartitioned"`
	CostUnpartitioned  *float64 `json:"costUnpartitioned"`
	// Error is Athena's, and what the catalog and the crawls know of the columns and objects that it is about.
	Error *string `json:"error"`
}

// Report gathers what happened.
func (e *Engine) Report() (*Report, error) {
	report := &Report{
		Executions:    []ExecutionReport{},
		Crawls:        crawlReports(e.glue.Crawls()),
		Tables:        []TableReport{},
		QueryEngine:   "Trino " + trino.Version,
		Messages:      append([]Message{}, e.messages...),
		Events:        append([]Event{}, e.events...),
		Jobs:          []JobReport{},
		JobsPeakBytes: e.jobsPeak,
		Prices:        e.pricesReport(),
		IdleCost:      e.resources.idle,
	}
	for _, run := range e.jobs {
		report.Jobs = append(report.Jobs, run.JobReport)
	}
	for _, x := range e.executions {
		report.Executions = append(report.Executions, ExecutionReport{
			StateMachine:   x.StateMachine,
			Status:         x.Status,
			States:         x.States,
			Transitions:    x.Transitions,
			Tasks:          x.tasks,
			VirtualSeconds: x.Duration.Seconds(),
			WallSeconds:    x.Wall.Seconds(),
			Error:          x.Error,
			Cause:          x.Cause,
			Input:          x.Input,
			Output:         x.Output,
			Trigger:        x.Trigger,
			Cost:           e.costOf(x),
			Visits:         visitReports(x.Visits),
			Maps:           mapReports(x.Maps),
		})
	}
	sizes := map[string]tableSize{}
	for _, database := range e.catalog.Databases() {
		tables, err := e.catalog.Tables(database)
		if err != nil {
			return nil, fmt.Errorf("report the tables of %s: %w", database, err)
		}
		for _, table := range tables {
			if table, err = e.glue.Projected(table); err != nil {
				return nil, fmt.Errorf("report table %s.%s: %w", database, table.Name, err)
			}
			reported, err := e.tableReport(table)
			if err != nil {
				return nil, fmt.Errorf("report table %s.%s: %w", database, table.Name, err)
			}
			report.Tables = append(report.Tables, reported)
			sizes[database+"."+table.Name] = sizeOf(table, reported.Bytes)
		}
	}
	report.Queries = e.queryReports(sizes)
	return report, nil
}

func (e *Engine) tableReport(table glue.Table) (TableReport, error) {
	report := TableReport{
		Database:      table.Database,
		Name:          table.Name,
		Columns:       columnReports(table.Columns),
		PartitionKeys: columnReports(table.PartitionKeys),
		Partitions:    len(table.Partitions),
	}
	known := map[string]bool{table.Location: len(table.PartitionKeys) == 0}
	for _, partition := range table.Partitions {
		known[partition.Location] = true
	}
	bucket, prefix := objects.SplitURI(table.Location)
	listed, err := e.store.List(bucket, prefix)
	if err != nil {
		return TableReport{}, err
	}
	for _, object := range listed {
		folder, name := path.Split(object.Key)
		if objects.IsHidden(name) || !known["s3://"+bucket+"/"+folder] {
			continue // Athena does not read it
		}
		report.Objects++
		report.Bytes += object.Size
	}
	return report, nil
}

func columnReports(of []glue.Column) []ColumnReport {
	reports := []ColumnReport{}
	for _, column := range of {
		reports = append(reports, ColumnReport(column))
	}
	return reports
}

func (e *Engine) queryReports(tables map[string]tableSize) []QueryReport {
	names := map[string]string{}
	for _, query := range e.resources.queries {
		names[query.SQL] = query.Name
	}
	reports := []QueryReport{}
	for _, query := range e.athena.Queries() {
		report := QueryReport{
			Name:               names[query.SQL],
			SQL:                query.SQL,
			Columns:            query.Columns,
			Rows:               query.Rows,
			DataScannedInBytes: query.DataScannedInBytes,
			PartitionsScanned:  query.PartitionsScanned,
			PartitionsTotal:    query.PartitionsTotal,
			Milliseconds:       query.Elapsed.Milliseconds(),
			Cost:               rounded(query.Cost(query.DataScannedInBytes)),
		}
		if bytes, known := unpartitioned(query, tables); known {
			cost := rounded(query.Cost(bytes))
			report.BytesUnpartitioned, report.CostUnpartitioned = &bytes, &cost
		}
		if query.Error != nil {
			text := e.explain(query.SQL, query.Error)
			report.Error = &text
		}
		reports = append(reports, report)
	}
	return reports
}
