package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// call is what a task's call does: with which of the things on which its role may carry out the action.
type call struct {
	action string
	does   Relation
}

// calls are those that lead to something, by the integration of the task's Resource. The empty one leads to nothing that
// the call before it did not.
var calls = map[string]call{
	"athena:getQueryResults":           {},
	"aws-sdk:cloudwatch:putMetricData": {},
	"aws-sdk:glue:getCrawler":          {},
	"aws-sdk:glue:listCrawls":          {},
	"aws-sdk:glue:startCrawler":        {"glue:StartCrawler", Starts},
	"aws-sdk:s3:getObject":             {"s3:GetObject", Reads},
	"aws-sdk:s3:putObject":             {"s3:PutObject", Writes},
	"aws-sdk:sfn:listExecutions":       {"states:ListExecutions", Reads},
	"glue:startJobRun":                 {"glue:StartJobRun", Starts},
	"sns:publish":                      {"sns:Publish", Notifies},
}

// tasks adds what the tasks of a state machine do.
func (b *builder) tasks(in, out properties, _ string) error {
	var definition map[string]any
	if err := json.Unmarshal([]byte(in.text("definition")), &definition); err != nil {
		return fmt.Errorf("read the definition: %w", err)
	}
	return b.flow(b.byARN[out.text("arn")], in.text("roleArn"), definition)
}

func (b *builder) flow(machine, role string, flow properties) error {
	var faults []error
	states := flow.object("States")
	for _, name := range slices.Sorted(maps.Keys(states)) {
		state := states.object(name)
		if state.text("Type") == "Task" {
			if err := b.task(machine, role, name, state); err != nil {
				faults = append(faults, fmt.Errorf("state %q: %w", name, err))
			}
		}
		for _, inner := range append(state.objects("Branches"), state.object("ItemProcessor")) {
			faults = append(faults, b.flow(machine, role, inner))
		}
	}
	return errors.Join(faults...)
}

func (b *builder) task(machine, role, name string, state properties) error {
	_, integration, _ := strings.Cut(state.text("Resource"), ":::")
	integration, _, _ = strings.Cut(integration, ".")
	arguments := state.object("Arguments")
	switch integration {
	case "athena:startQueryExecution":
		b.query(machine, role, name, arguments)
		return nil
	case "events:putEvents":
		for _, entry := range arguments.objects("Entries") {
			source, detailType := entry.text("Source"), entry.text("DetailType")
			b.edge(machine, Notifies, b.node(Event, source+"/"+detailType, detailType, source))
		}
		return nil
	}
	call, known := calls[integration]
	if !known {
		return fmt.Errorf("what %s leads to is not known: it is one of %s", state.text("Resource"), strings.Join(slices.Sorted(maps.Keys(calls)), ", "))
	}
	if strings.HasPrefix(call.action, "s3:") {
		for _, location := range b.locations(role, call.action) {
			if strings.HasPrefix(location, "s3://"+arguments.text("Bucket")+"/") {
				b.edge(machine, call.does, b.data(location))
			}
		}
		return nil
	}
	for _, arn := range b.granted(role, call.action) {
		if to, known := b.byARN[arn]; known {
			b.edge(machine, call.does, to)
		}
	}
	return nil
}

// query adds a query, which reads and writes with the rights of the state machine that starts it. Where no registered
// table is in its text, it reads those that crawlers find in its database.
func (b *builder) query(machine, role, name string, arguments properties) {
	id := b.node(Query, strings.TrimPrefix(machine, string(StateMachine)+":")+"/"+name, name, "")
	b.edge(machine, Starts, id)
	results := ""
	for _, workgroup := range b.evaluation.Find("aws:athena/workgroup:Workgroup") {
		if out := properties(workgroup.Outputs); out.text("name") == arguments.text("WorkGroup") {
			results = properties(workgroup.Inputs).object("configuration").object("resultConfiguration").text("outputLocation")
			b.edge(id, Writes, b.data(results))
		}
	}
	for _, location := range b.locations(role, "s3:GetObject") {
		if location != results {
			b.edge(id, Reads, b.data(location))
		}
	}
	sql := strings.ReplaceAll(arguments.text("QueryString"), `"`, "")
	says := func(name string) bool {
		return regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(name) + `\b`).MatchString(sql)
	}
	database, found := arguments.object("QueryExecutionContext").text("Database"), false
	for _, registered := range b.evaluation.Find("aws:glue/catalogTable:CatalogTable") {
		in := properties(registered.Inputs)
		table := in.text("databaseName") + "." + in.text("name")
		if says(table) || in.text("databaseName") == database && says(in.text("name")) {
			b.edge(id, Reads, b.node(Table, table, table, ""))
			found = true
		}
	}
	if !found {
		b.edge(id, Reads, b.node(Database, database, database, ""))
	}
}
