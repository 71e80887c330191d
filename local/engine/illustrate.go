package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"datalake/local/glue"
	"datalake/local/interpreter"
	"datalake/local/objects"
)

// VisitReport is one stay in a state, retries included; times are virtual.
type VisitReport struct {
	State string `json:"state"`
	Type  string `json:"type"`
	// Map and Iteration are those of the Map state that it is inside; Map is empty outside of any.
	Map       string  `json:"map,omitempty"`
	Iteration int     `json:"iteration,omitempty"`
	Entered   string  `json:"entered"` // ISO 8601
	Seconds   float64 `json:"seconds"`
	Retries   int     `json:"retries"`
	// Input and Output are JSON texts of which 4 KB are kept. Error is null where the state succeeded; one that was caught has
	// an output too.
	Input  string  `json:"input"`
	Output string  `json:"output"`
	Error  *string `json:"error"`
	Cause  *string `json:"cause"`
	Next   string  `json:"next,omitempty"`
}

// MapReport says of how many iterations of a Map state the visits are in the report.
type MapReport struct {
	State      string `json:"state"`
	Iterations int    `json:"iterations"`
	Kept       int    `json:"kept"`
}

func visitReports(visits []interpreter.Visit) []VisitReport {
	reports := []VisitReport{}
	for _, v := range visits {
		report := VisitReport{
			State: v.State, Type: v.Type, Map: v.Map, Iteration: v.Iteration, Entered: interpreter.Timestamp(v.Entered), Seconds: v.Duration.Seconds(), Retries: v.Retries,
			Input: v.Input, Output: v.Output, Cause: v.Cause, Next: v.Next,
		}
		if v.Failed {
			report.Error = new("")
			if v.Error != nil {
				report.Error = v.Error
			}
		}
		reports = append(reports, report)
	}
	return reports
}

func mapReports(counts []interpreter.MapCount) []MapReport {
	reports := []MapReport{}
	for _, c := range counts {
		reports = append(reports, MapReport(c))
	}
	return reports
}

// QuarantineReport are refused records of a job.
type QuarantineReport struct {
	Job string `json:"job"`
	// URI is where all of them are.
	URI string `json:"uri"`
	// Sample has one record of each reason.
	Sample []RefusedRecord `json:"sample"`
}

// RefusedRecord is a record that a job refused: the reason, the object that it came in, and the record, of which 1 KB is kept.
type RefusedRecord struct {
	Reason string `json:"reason"`
	Source string `json:"source"`
	Record string `json:"record"`
}

const (
	sampleRows  = 5
	sampleBytes = 10 << 20 // of a table's part, and of a quarantine, that are read for a sample
	recordBytes = 1024
)

// Illustrate adds to a report what a person may want to look at: the state machines' definitions, the first rows of tables and
// some of the records that jobs refused. Tables are read by Trino, if it has run.
func (e *Engine) Illustrate(report *Report) error {
	report.Definitions = map[string]json.RawMessage{}
	for _, machine := range e.resources.machines {
		report.Definitions[machine.Name] = json.RawMessage(machine.Definition)
	}
	for i := range report.Tables {
		if len(report.Queries) == 0 {
			break
		}
		if err := e.sample(&report.Tables[i]); err != nil {
			return fmt.Errorf("sample table %s.%s: %w", report.Tables[i].Database, report.Tables[i].Name, err)
		}
	}
	report.Quarantine = []QuarantineReport{}
	for _, run := range e.jobs {
		uri := e.resources.jobs[run.Name].with(run.Arguments)["--quarantine"]
		if uri == "" {
			continue
		}
		refused, err := e.refused(uri)
		if err != nil {
			return fmt.Errorf("look at what job %s refused: %w", run.Name, err)
		}
		report.Quarantine = append(report.Quarantine, QuarantineReport{run.Name, uri, refused})
	}
	return nil
}

// sample takes the first rows, in the order of all columns, of a table's first partition that holds any.
func (e *Engine) sample(report *TableReport) error {
	table, found := queried{e.catalog, e.glue}.Table(report.Database, report.Name)
	if !found || report.Objects == 0 {
		return nil
	}
	sql := "SELECT * FROM " + quoted(report.Database) + "." + quoted(report.Name)
	location := table.Location
	if len(table.PartitionKeys) > 0 {
		partition, found := e.firstWithData(table)
		if !found {
			return nil
		}
		location = partition.Location
		for i, key := range table.PartitionKeys {
			word := " AND "
			if i == 0 {
				word = " WHERE "
			}
			sql += word + fmt.Sprintf("CAST(%s AS varchar) = '%s'", quoted(key.Name), strings.ReplaceAll(partition.Values[i], "'", "''"))
		}
	}
	bucket, prefix := objects.SplitURI(location)
	held, err := e.store.List(bucket, prefix)
	if err != nil {
		return err
	}
	size := int64(0)
	for _, object := range held {
		size += object.Size
	}
	if size > sampleBytes {
		return nil
	}
	var order []string
	for i := range len(report.Columns) + len(report.PartitionKeys) {
		order = append(order, fmt.Sprint(i+1))
	}
	got, err := e.athena.Query(fmt.Sprintf("%s ORDER BY %s LIMIT %d", sql, strings.Join(order, ", "), sampleRows), "")
	if err != nil {
		return nil // such as a column that can't be ordered by: the report goes without
	}
	report.Sample = &SampleReport{got.Columns, got.Rows}
	return nil
}

// firstWithData is the first of a table's partitions that holds an object.
func (e *Engine) firstWithData(table glue.Table) (glue.Partition, bool) {
	for _, partition := range table.Partitions {
		bucket, prefix := objects.SplitURI(partition.Location)
		if held, err := e.store.List(bucket, prefix); err == nil && len(held) > 0 {
			return partition, true
		}
	}
	return glue.Partition{}, false
}

// quoted is a name in SQL.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// refused are records of a quarantine, the first of each reason in the first of its bytes.
func (e *Engine) refused(uri string) ([]RefusedRecord, error) {
	bucket, prefix := objects.SplitURI(strings.TrimSuffix(uri, "/") + "/")
	held, err := e.store.List(bucket, prefix)
	if err != nil {
		return nil, err
	}
	found, known, read := []RefusedRecord{}, map[string]bool{}, int64(0)
	for _, object := range held {
		if read += object.Size; read > sampleBytes {
			break
		}
		body, err := e.store.Get(bucket, object.Key)
		if err != nil {
			return nil, err
		}
		for line := range bytes.Lines(body) {
			var record struct {
				Reason, Source string
				Record         json.RawMessage
			}
			if json.Unmarshal(line, &record) != nil || known[record.Reason] {
				continue
			}
			known[record.Reason] = true
			text := string(record.Record)
			_ = json.Unmarshal(record.Record, &text) // text is shown as it came
			if len(text) > recordBytes {
				text = strings.ToValidUTF8(text[:recordBytes], "") + "…"
			}
			found = append(found, RefusedRecord{record.Reason, record.Source, text})
		}
	}
	return found, nil
}
