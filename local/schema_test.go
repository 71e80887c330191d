package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/engine"
	"datalake/local/interpreter"

	"github.com/stretchr/testify/require"
)

// schemaChange is a section of docs/schema-evolution.md that has two tables: objects, of which the last comes after the
// first crawl, and what is seen after a crawl of new folders and after a full one.
type schemaChange struct {
	title string
	// objects are folders and what an object in them holds, in the order of the table.
	objects [][2]string
	// seen are the rows of the second table: what is looked at, and what it says after either crawl.
	seen [][3]string
}

// docs/schema-evolution.md is the expectation of this test: each of its changes is carried out on the local engines, and each
// cell of its tables compared.
func TestSchemaEvolution(t *testing.T) {
	changes := schemaChanges(t)
	require.Len(t, changes, 7)
	for _, change := range changes {
		t.Run(change.title, func(t *testing.T) {
			require.GreaterOrEqual(t, len(change.seen), 4)
			lake := openOrders(t)
			last := len(change.objects) - 1
			for _, object := range change.objects[:last] {
				lake.put(object)
			}
			lake.crawl(`{}`)
			lake.put(change.objects[last])
			lake.crawl(`{}`)
			seen := [][3]string{}
			for _, row := range change.seen {
				seen = append(seen, [3]string{row[0], lake.look(row[0])})
			}
			lake.crawl(`{"full": true}`)
			for i, row := range change.seen {
				seen[i][2] = lake.look(row[0])
			}
			for i, row := range change.seen {
				require.Equal(t, row, seen[i])
			}
			lake.crawl(`{}`)
			require.Equal(t, "nothing", lake.look("`changes`"), "what the full crawl took in is the usual crawl's too")
			require.Equal(t, "nothing", lake.look("named by the local run"), "and is not passed over again")
		})
	}
}

func TestTheSummaryNamesFoldersAndColumnsThatACrawlPassedOver(t *testing.T) {
	home(t)
	data := mine(t)
	code, stdout, stderr := command("run", "--pipeline", "usage", "--data", data)
	require.Zero(t, code, stderr+stdout)
	const month = "data/daily-user-summaries/year=2021/month=02/"
	write(t, filepath.Join(data, month, "date=2021-02-01/a.json"), `{"usage":7,"user":"user-1","plan":"free"}`)
	write(t, filepath.Join(data, month, "date=2021-02-02/a.json"), `{"usage":"seven","user":"user-1"}`)
	code, stdout, stderr = command("run", "--pipeline", "usage", "--keep", "--data", data)
	require.Zero(t, code, stderr+stdout)
	said := strings.Join(strings.Fields(stdout), " ")
	require.Contains(t, said, "tables added: 0, updated: 0; partitions added: 1")
	require.Contains(t, said, "month=02/date=2021-02-02/: its schema is not similar enough to that of daily_user_summaries: column usage is string and the table's int")
	require.Contains(t, said, "daily_user_summaries.plan string: column plan string is new, and a crawl of new folders only changes no table "+
		"…mmaries/year=2021/month=02/date=2021-02-01/")
	require.Equal(t, 35.0, total(t, report(t, "dev"), "all-time-usage"), "the folder that was skipped is not read")
}

// schemaChanges reads the document.
func schemaChanges(t *testing.T) (changes []schemaChange) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(projectDirectory, "docs", "schema-evolution.md"))
	require.NoError(t, err)
	for section := range strings.SplitSeq(string(text), "\n## ") {
		title, body, _ := strings.Cut(section, "\n")
		change := schemaChange{title: title}
		var columns int
		for line := range strings.SplitSeq(body, "\n") {
			cells := strings.Split(strings.Trim(line, "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			switch {
			case !strings.HasPrefix(line, "|"):
				columns = 0
			case cells[0] == "folder" && cells[1] == "object", cells[0] == "" && cells[1] == "crawl of new folders":
				columns = len(cells)
			case strings.HasPrefix(cells[0], "---"):
			case columns == 2:
				change.objects = append(change.objects, [2]string{plain(cells[0]), plain(cells[1])})
			case columns == 3:
				change.seen = append(change.seen, [3]string{cells[0], cells[1], cells[2]})
			}
		}
		if len(change.objects) > 0 {
			changes = append(changes, change)
		}
	}
	return changes
}

// plain is a cell's text without its marks; <br> ends a line.
func plain(cell string) string {
	return strings.ReplaceAll(strings.ReplaceAll(cell, "`", ""), "<br>", "\n")
}

// marked is the cell of some lines of code.
func marked(lines []string) string {
	if len(lines) == 0 {
		return "nothing"
	}
	return "`" + strings.Join(lines, "`<br>`") + "`"
}

// ordersLake is the stack of a dataset called orders, on the local engines.
type ordersLake struct {
	*testing.T
	*engine.Engine
	evaluation *mockaws.Evaluation
	// changes are those of the last crawl, in its execution's output.
	changes map[string]any
}

func openOrders(t *testing.T) *ordersLake {
	t.Helper()
	home(t)
	write(t, filepath.Join(projectDirectory, "Pulumi.schema.yaml"), "config:\n  aws:region: eu-west-1\n  datalake:disposable: true\n"+
		"  datalake:datasets: [{name: orders, prefix: orders/, schedule: \"01:00\"}]\n")
	evaluation, err := evaluate("schema", nil)
	require.NoError(t, err)
	settings, _, err := options("schema")
	require.NoError(t, err)
	e, err := engine.Open(evaluation, settings)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return &ordersLake{T: t, Engine: e, evaluation: evaluation}
}

// put copies an object into a folder of the dataset.
func (l *ordersLake) put(object [2]string) {
	l.Helper()
	directory := l.TempDir()
	name := "orders.json"
	if !strings.HasPrefix(object[1], "{") {
		name = "orders.csv"
	}
	write(l.T, filepath.Join(directory, "orders", object[0], name), object[1]+"\n")
	data, err := engine.Survey(l.evaluation, directory, "")
	require.NoError(l, err)
	_, err = l.Copy(data)
	require.NoError(l, err)
}

func (l *ordersLake) crawl(input string) {
	l.Helper()
	result, err := l.Execute("crawl-orders", []byte(input))
	require.NoError(l, err)
	require.Equal(l, interpreter.Succeeded, result.Status)
	var output struct{ Changes map[string]any }
	require.NoError(l, json.Unmarshal(result.Output, &output))
	l.changes = output.Changes
}

// look says what is seen now, as the document writes it.
func (l *ordersLake) look(at string) string {
	l.Helper()
	switch {
	case at == "`changes`":
		return marked(l.changed())
	case at == "columns":
		return marked(l.columns())
	case at == "named by the local run":
		return marked(l.named())
	case strings.HasPrefix(at, "`SELECT "):
		return l.query(plain(at))
	}
	require.Fail(l, "the document has a row of another kind", at)
	return ""
}

// changed are the changes that are not zero.
func (l *ordersLake) changed() (changed []string) {
	require.Len(l, l.changes, 4, "%v", l.changes)
	for _, key := range []string{"tablesAdded", "tablesUpdated", "partitionsAdded", "partitionsUpdated"} {
		text := strings.Trim(fmt.Sprint(l.changes[key]), "[]")
		if text != "" && text != "0" {
			changed = append(changed, key+": "+strings.ReplaceAll(text, " ", ", "))
		}
	}
	return changed
}

func (l *ordersLake) report() *engine.Report {
	report, err := l.Report()
	require.NoError(l, err)
	return report
}

// columns are those of the dataset's table.
func (l *ordersLake) columns() (columns []string) {
	for _, table := range l.report().Tables {
		if table.Name == "orders" {
			columns = append(columns, columnList(table.Columns))
		}
	}
	return columns
}

var inBucket = regexp.MustCompile(`s3://[^/]+/orders/`)

// named is what the last crawl's report says of folders and columns.
func (l *ordersLake) named() (lines []string) {
	crawls := l.report().Crawls
	last := crawls[len(crawls)-1]
	for _, skip := range last.Skipped {
		lines = append(lines, skip.Object+": "+skip.Reason)
	}
	for _, note := range last.Notes {
		line := note.Table
		if note.Column != "" {
			line += "." + note.Column
		}
		if note.Object != "" {
			line += " in " + note.Object
		}
		lines = append(lines, line+": "+note.Reason)
	}
	for i := range lines {
		lines[i] = inBucket.ReplaceAllString(lines[i], "")
	}
	return lines
}

// query gives a query's rows, or the name of its error.
func (l *ordersLake) query(sql string) string {
	text, err := json.Marshal(map[string]any{
		"QueryString": sql, "WorkGroup": l.evaluation.Exports["workgroup"], "QueryExecutionContext": map[string]any{"Database": "orders_schema"},
	})
	require.NoError(l, err)
	l.Call(interpreter.Task{State: "Query", Resource: "arn:aws:states:::athena:startQueryExecution.sync", Text: text, Wait: time.Hour})
	queries := l.report().Queries
	last := queries[len(queries)-1]
	if last.Error != nil {
		name, _, _ := strings.Cut(*last.Error, ":")
		return marked([]string{name})
	}
	var rows []string
	for _, row := range last.Rows {
		var cells []string
		for _, value := range row {
			cells = append(cells, display(value))
		}
		rows = append(rows, strings.Join(cells, ", "))
	}
	return marked(rows)
}
