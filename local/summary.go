package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"datalake/local/engine"
	"datalake/local/objects"

	"github.com/charmbracelet/x/ansi"
)

// A summary has about forty lines.
const (
	// rowLines are shared by the rows of all queries, bodyLines by the bodies of all messages, and findings by all crawls.
	rowLines, bodyLines, findings = 7, 4, 3
	// maxCause is how many lines of a cause or a reason are shown.
	maxCause = 3
	// maxDenied is how many calls are shown that are denied, and how many that have faults.
	maxDenied = 5
)

// summary is what a person reads of a report.
type summary struct{ screen }

// summarize writes what happened, for a person.
func (r runReport) summarize(out io.Writer) {
	s := summary{screen{out}}
	fmt.Fprintln(out)
	if r.Data != nil {
		s.wrapped("", r.Data.String(), maxCause)
	}
	list(s.screen, "Not started", r.NotStarted, each(func(n notStarted) { s.wrapped("  ", n.Pipeline+": "+n.Reason, maxCause) }))
	list(s.screen, fmt.Sprintf("Executions (peak memory %d MB)", r.PeakBytes>>20), r.Executions, each(s.execution))
	list(s.screen, "Crawls", r.Crawls, each(func(c engine.CrawlReport) { s.crawl(c, share(findings, len(r.Crawls))) }))
	list(s.screen, "", r.Tables, s.tables)
	list(s.screen, "Queries", r.Queries, each(func(q engine.QueryReport) { s.query(q, share(rowLines, len(r.Queries))) }))
	s.costs(r.Report)
	s.permissions(r.Report)
	s.parameters(r.Report)
	list(s.screen, "Messages", r.Messages, each(func(m engine.Message) { s.message(m, share(bodyLines, len(r.Messages))) }))
	list(s.screen, "Failed", r.failed(), each(s.failure))
}

// share is how many of some lines each of so many things gets: at least one, at most five.
func share(lines, things int) int { return min(5, max(1, lines/things)) }

func (s summary) execution(x engine.ExecutionReport) {
	s.line("  %-16s %-9s %6d transitions %8.1f s virtual %5.1f s here", x.StateMachine, x.Status, x.Transitions, x.VirtualSeconds, x.WallSeconds)
	if x.Error != nil {
		s.wrapped("    ", errorText(x.Error, x.Cause), maxCause)
	}
}

func (s summary) crawl(c engine.CrawlReport, most int) {
	s.line("  %s %s: %d of %d objects read", c.Crawler, c.Status, c.Read, c.Objects)
	if len(c.TablesAdded)+len(c.TablesUpdated)+c.PartitionsAdded > 0 {
		s.line("    tables added: %d, updated: %d; partitions added: %d", len(c.TablesAdded), len(c.TablesUpdated), c.PartitionsAdded)
	}
	if c.Message != "" {
		s.wrapped("    ", c.Message, maxCause)
	}
	for _, skip := range c.Skipped[:min(most, len(c.Skipped))] {
		s.wrapped("    ", "skipped "+place(skip.Object, skip.Line)+": "+skip.Reason, maxCause)
	}
	if more := c.SkippedTotal - min(most, len(c.Skipped)); more > 0 {
		s.line("    … and %d more skipped", more)
	}
	for _, note := range c.Notes[:min(most, len(c.Notes))] {
		s.note(note)
	}
	if more := c.NotesTotal - min(most, len(c.Notes)); more > 0 {
		s.line("    … and %d more notes", more)
	}
}

// place is an object's key, the end of it if it is long, or one of its lines.
func place(object string, line int) string {
	const widest = 44
	_, key := objects.SplitURI(object)
	if width := ansi.StringWidth(key); width > widest {
		key = ansi.TruncateLeft(key, width-widest+1, "…")
	}
	if line > 0 {
		return fmt.Sprintf("%s line %d", key, line)
	}
	return key
}

// note writes what is to be known, and where; any part but the reason may be missing.
func (s summary) note(n engine.NoteReport) {
	text := n.Table
	if n.Column != "" {
		text += "." + n.Column
	}
	s.wrapped("    ", strings.TrimSpace(text+" "+n.Type)+": "+n.Reason, maxCause)
	if n.Object == "" {
		return
	}
	where := place(n.Object, n.Line)
	if n.Value != "" {
		where += ": " + strconv.Quote(n.Value)
	}
	s.line("      %s", where)
}

func (s summary) tables(tables []engine.TableReport) {
	var rows [][]string
	for _, t := range tables {
		rows = append(rows, []string{"  " + t.Database + "." + t.Name, strconv.Itoa(t.Partitions), strconv.Itoa(t.Objects), strconv.FormatInt(t.Bytes, 10)})
	}
	s.grid("", []string{"Tables", "partitions", "objects", "bytes"}, rows)
	const few = 3
	if len(tables) > few {
		return
	}
	for _, t := range tables {
		s.wrapped("    ", t.Name+": "+columnList(slices.Concat(t.Columns, t.PartitionKeys)), 2)
	}
}

func columnList(columns []engine.ColumnReport) string {
	var list []string
	for _, column := range columns {
		list = append(list, column.Name+" "+column.Type)
	}
	return strings.Join(list, ", ")
}

func (s summary) query(q engine.QueryReport, rows int) {
	name := title(q)
	if q.Error != nil {
		s.wrapped("  ", name+" failed: "+*q.Error, maxCause)
		return
	}
	s.line("  %s: %d rows; %d bytes in %d of %d partitions; %d ms", short(name), len(q.Rows), q.DataScannedInBytes, q.PartitionsScanned, q.PartitionsTotal, q.Milliseconds)
	if len(q.Rows) == 0 {
		return
	}
	var shown [][]string
	for _, row := range q.Rows[:min(rows, len(q.Rows))] {
		var cells []string
		for _, value := range row {
			cells = append(cells, display(value))
		}
		shown = append(shown, cells)
	}
	s.grid("    ", append([]string{}, q.Columns...), shown)
}

// title is a query's name, or the query itself.
func title(q engine.QueryReport) string {
	if q.Name != "" {
		return q.Name
	}
	return strings.Join(strings.Fields(q.SQL), " ")
}

// short is the beginning of a name.
func short(name string) string { return ansi.Truncate(name, screenWidth/3, "…") }

// display is a value as it is shown: text as it stands, the rest as JSON.
func display(value any) string {
	if text, is := value.(string); is {
		return text
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}

// permissions say what IAM makes of the calls; nothing where they could not be judged, which is an error of its own.
func (s summary) permissions(r *engine.Report) {
	if r.Denied == nil {
		return
	}
	calls := 0
	for _, c := range r.Calls {
		calls += c.Count
	}
	s.wrapped("", fmt.Sprintf("Permissions: %d calls, judged as %d questions: %d denied; %d of %d permissions were not used",
		calls, len(r.Calls), len(r.Denied), len(r.Unused), r.Permissions), maxCause)
	for _, boundary := range r.Unjudged {
		s.wrapped("  ", "the boundary "+boundary+" is not the stack's, and was not judged", maxCause)
	}
	for _, d := range r.Denied[:min(len(r.Denied), maxDenied)] {
		s.wrapped("  ", fmt.Sprintf("%s may not %s on %s (%s): %s", d.Role, d.Action, d.Resource, d.By, d.Missing), 2*maxCause)
	}
	if more := len(r.Denied) - maxDenied; more > 0 {
		s.line("  and %d more in the report", more)
	}
}

// parameters say what AWS's models make of the calls' arguments.
func (s summary) parameters(r *engine.Report) {
	switch {
	case r.Denied == nil:
		return
	case r.Invalid == nil:
		s.wrapped("", "Parameters: not checked, which takes the Python of the jobs (make setup PIPELINE=weather)", maxCause)
		return
	}
	s.line("Parameters: %d checked; %d faults", r.ParametersChecked, len(r.Invalid))
	for _, i := range r.Invalid[:min(len(r.Invalid), maxDenied)] {
		s.wrapped("  ", fmt.Sprintf("%s (%s, %d times): %s", i.Call, i.By, i.Count, i.Fault), 2*maxCause)
	}
	if more := len(r.Invalid) - maxDenied; more > 0 {
		s.line("  and %d more in the report", more)
	}
}

// message shows who was sent what: the subject, and the first lines of a text. A document that has a subject is left to the
// report. What a rule sent has none; an event is shown as its type and detail.
func (s summary) message(m engine.Message, lines int) {
	subject, body := m.Subject, m.Message
	if event, is := m.Message.(map[string]any); is && subject == "" {
		if kind, is := event["detail-type"].(string); is {
			subject, body = kind, event["detail"]
		}
	}
	s.line("  to topic %s", strings.TrimSuffix(m.Topic+": "+subject, ": "))
	text, is := body.(string)
	switch {
	case is:
		s.first("    ", strings.Split(strings.TrimSpace(text), "\n"), lines)
	case m.Subject == "": // nothing else says what it is of
		s.wrapped("    ", display(body), 1)
	}
}
