package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// report is what the page needs of report.json; its members are named and explained there. One of an earlier version lacks
// some, which stay empty.
type report struct {
	Stack       string
	Phases      []struct{ Seconds float64 }
	PeakBytes   int64
	NotStarted  []struct{ Pipeline, Reason string }
	Graph       pipelineGraph
	Executions  []execution
	Definitions map[string]definition
	Crawls      []crawl
	Tables      []table
	QueryEngine string
	Queries     []query
	Messages    []struct {
		Topic, Subject string
		Message        json.RawMessage
	}
	Jobs       []job
	Quarantine []quarantine
	Prices     struct {
		Region, Date string
		NotCounted   []string
	}
	IdleCost struct {
		Month      float64
		Kinds      []idleKind
		NotCounted []string
	}
	judgement
	ParametersChecked int
	// Invalid is nil where nothing was checked.
	Invalid []struct {
		Call, Fault, By string
		Count           int
	}
}

type execution struct {
	StateMachine, Status, Trigger string
	States                        []string
	Transitions                   int
	VirtualSeconds, WallSeconds   float64
	Error, Cause                  *string
	Input, Output                 json.RawMessage
	Cost                          struct {
		Total float64
		Parts costParts
	}
	Visits []visit
	Maps   []struct {
		State            string
		Iterations, Kept int
	}
}

type costParts struct{ StepFunctions, Athena, GlueCrawlers, GlueJobs, S3, SNS, EventBridge float64 }

type visit struct {
	State, Map    string
	Iteration     int
	Entered       time.Time
	Seconds       float64
	Retries       int
	Input, Output string
	Error, Cause  *string
	Next          string
}

type crawl struct {
	Crawler, Status, Message   string
	Objects, Read              int
	TablesAdded, TablesUpdated []string
	PartitionsAdded            int
	Skipped                    []struct {
		Object, Reason string
		Line           int
	}
	SkippedTotal int
	Notes        []struct {
		Table, Column, Type, Object, Value, Reason string
		Line                                       int
	}
	NotesTotal int
}

type table struct {
	Database, Name         string
	Columns, PartitionKeys []struct{ Name, Type string }
	Partitions, Objects    int
	Bytes                  int64
	Sample                 *rows
}

// rows are of a table or a query's result.
type rows struct {
	Columns []string
	Rows    [][]any
}

type query struct {
	Name, SQL string
	rows
	DataScannedInBytes                 int64
	PartitionsScanned, PartitionsTotal int
	Milliseconds                       int64
	Cost                               float64
	BytesUnpartitioned                 *int64
	Error                              *string
}

type job struct {
	Name, Status string
	Seconds      float64
	Metrics      any
}

type quarantine struct {
	Job, URI string
	Sample   []struct{ Reason, Source, Record string }
}

type idleKind struct {
	Kind        string
	Count       int
	Each, Month float64
}

// judgement is nil in each list where nothing was judged.
type judgement struct {
	Calls []struct {
		Principal, Action, Resource, By, Decision string
		Count                                     int
	}
	Denied []struct{ Role, Action, Resource, By, Missing string }
	Unused []struct{ Policy, Principal, Action, Resource, Condition string }
	// Permissions is how many there are.
	Permissions int
	Unjudged    []string
}

func readReport(text []byte) (r report, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // a count is shown with all its digits
	if err := decoder.Decode(&r); err != nil {
		return r, fmt.Errorf("read the report: %w", err)
	}
	return r, nil
}
