package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"datalake/local/engine"

	"github.com/charmbracelet/x/ansi"
)

// A summary fits a screen: this many columns, and about forty lines.
const (
	screenWidth = 80
	// maxListed is how many things of a kind are listed.
	maxListed = 6
	// rowLines are shared by the rows of all queries, and bodyLines by the bodies of all messages.
	rowLines, bodyLines = 7, 4
	// maxCause is how many lines of a cause are shown.
	maxCause = 3
)

// summary writes lines of at most screenWidth columns.
type summary struct{ out io.Writer }

// line writes one line, cut where it is too long, without what could move a terminal's cursor.
func (s summary) line(format string, args ...any) {
	fmt.Fprintln(s.out, ansi.Truncate(printable(fmt.Sprintf(format, args...)), screenWidth, "…"))
}

// printable replaces what is not printed by spaces.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// wrapped writes a text in at most so many lines, broken between words where that can be.
func (s summary) wrapped(indent, text string, most int) {
	s.lines(indent, ansi.Wrap(printable(text), screenWidth-1-len(indent), ""), most)
}

func (s summary) lines(indent, text string, most int) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines[:min(most, len(lines))] {
		if i == most-1 && len(lines) > most {
			line += "…"
		}
		s.line("%s%s", indent, strings.TrimSpace(line))
	}
}

// list writes a heading and the first of some things.
func list[T any](s summary, heading string, of []T, show func(first []T)) {
	if len(of) == 0 {
		return
	}
	fmt.Fprintln(s.out)
	s.line("%s", heading)
	show(of[:min(maxListed, len(of))])
	if len(of) > maxListed {
		s.line("  … and %d more", len(of)-maxListed)
	}
}

// each shows things one by one.
func each[T any](show func(T)) func([]T) {
	return func(things []T) {
		for _, thing := range things {
			show(thing)
		}
	}
}

// grid writes rows in columns: those that hold numbers alone are flush right, and the widest gives way where they are
// too wide for the screen.
func (s summary) grid(indent string, header []string, rows [][]string) {
	all := append([][]string{header}, rows...)
	widths, numeric := make([]int, len(header)), make([]bool, len(header))
	for column := range header {
		numeric[column] = len(rows) > 0
		for i, row := range all {
			row[column] = printable(row[column])
			widths[column] = max(widths[column], ansi.StringWidth(row[column]))
			if _, err := strconv.ParseFloat(row[column], 64); i > 0 && err != nil && row[column] != "null" {
				numeric[column] = false
			}
		}
	}
	const gap, least = 2, 8
	for {
		total, widest := len(indent)-gap, 0
		for column, width := range widths {
			total += width + gap
			if width > widths[widest] {
				widest = column
			}
		}
		if total <= screenWidth || widths[widest] <= least {
			break
		}
		widths[widest]--
	}
	for _, row := range all {
		line := indent
		for column, cell := range row {
			cell = ansi.Truncate(cell, widths[column], "…")
			padding := strings.Repeat(" ", widths[column]-ansi.StringWidth(cell))
			if numeric[column] {
				cell = padding + cell
			} else {
				cell += padding
			}
			line += cell + strings.Repeat(" ", gap)
		}
		s.line("%s", strings.TrimRight(line, " "))
	}
}

// summarize writes what happened, for a person.
func (r runReport) summarize(out io.Writer) {
	s := summary{out}
	if r.Data != nil {
		fmt.Fprintln(out)
		s.wrapped("", r.Data.String(), maxCause)
	}
	list(s, "Not started", r.NotStarted, each(func(n notStarted) { s.wrapped("  ", n.Pipeline+": "+n.Reason, maxCause) }))
	list(s, fmt.Sprintf("Executions (peak memory %d MB)", r.PeakBytes>>20), r.Executions, each(s.execution))
	list(s, "Crawls", r.Crawls, each(s.crawl))
	list(s, "Tables", r.Tables, s.tables)
	list(s, "Queries", r.Queries, each(func(q engine.QueryReport) { s.query(q, share(rowLines, len(r.Queries))) }))
	list(s, "Messages", r.Messages, each(func(m engine.Message) { s.message(m, share(bodyLines, len(r.Messages))) }))
}

// share is how many of some lines each of so many things gets: at least one, at most five.
func share(lines, things int) int { return min(5, max(1, lines/things)) }

func (s summary) execution(x engine.ExecutionReport) {
	s.line("  %-16s %-9s %6d transitions %8.1f s virtual %5.1f s here", x.StateMachine, x.Status, x.Transitions, x.VirtualSeconds, x.WallSeconds)
	if x.Error == nil {
		return
	}
	text := *x.Error
	if x.Cause != nil {
		text += ": " + *x.Cause
	}
	s.wrapped("    ", text, maxCause)
}

func (s summary) crawl(c engine.CrawlReport) {
	s.line("  %s %s: %d of %d objects read", c.Crawler, c.Status, c.Read, c.Objects)
	if len(c.TablesAdded)+len(c.TablesUpdated)+c.PartitionsAdded > 0 {
		s.line("    tables added: %d, updated: %d; partitions added: %d", len(c.TablesAdded), len(c.TablesUpdated), c.PartitionsAdded)
	}
	if c.Message != "" {
		s.wrapped("    ", c.Message, maxCause)
	}
	const most = 3
	for _, skip := range c.Skipped[:min(most, len(c.Skipped))] {
		s.wrapped("    ", "skipped "+place(skip.Object, skip.Line)+": "+skip.Reason, 2)
	}
	if more := c.SkippedTotal - min(most, len(c.Skipped)); more > 0 {
		s.line("    … and %d more skipped", more)
	}
	for _, note := range c.Notes[:min(most, len(c.Notes))] {
		s.wrapped("    ", noted(note), 2)
	}
	if more := c.NotesTotal - min(most, len(c.Notes)); more > 0 {
		s.line("    … and %d more notes", more)
	}
}

// place is an object, or one of its lines.
func place(object string, line int) string {
	if line > 0 {
		return fmt.Sprintf("%s line %d", object, line)
	}
	return object
}

// noted says a note of which any part may be missing.
func noted(n engine.NoteReport) string {
	var parts []string
	if n.Column != "" {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("column %s.%s %s", n.Table, n.Column, n.Type)))
	} else if n.Table != "" {
		parts = append(parts, "table "+n.Table)
	}
	if n.Value != "" {
		parts = append(parts, strconv.Quote(n.Value))
	}
	if n.Object != "" {
		parts = append(parts, place(n.Object, n.Line))
	}
	return strings.Join(append(parts, n.Reason), ": ")
}

func (s summary) tables(tables []engine.TableReport) {
	var rows [][]string
	for _, t := range tables {
		rows = append(rows, []string{t.Database + "." + t.Name, strconv.Itoa(t.Partitions), strconv.Itoa(t.Objects), strconv.FormatInt(t.Bytes, 10)})
	}
	s.grid("  ", []string{"", "partitions", "objects", "bytes"}, rows)
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
	name := q.Name
	if name == "" {
		name = strings.Join(strings.Fields(q.SQL), " ")
	}
	if q.Error != nil {
		s.wrapped("  ", name+" failed: "+*q.Error, maxCause)
		return
	}
	s.line("  %s: %d rows; %d bytes in %d of %d partitions; %d ms", ansi.Truncate(name, screenWidth/3, "…"), len(q.Rows), q.DataScannedInBytes, q.PartitionsScanned, q.PartitionsTotal, q.Milliseconds)
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

// message shows who was sent what. An event that a rule sent has no subject; it is shown as its type and detail.
func (s summary) message(m engine.Message, lines int) {
	subject, body := m.Subject, m.Message
	if event, is := m.Message.(map[string]any); is && subject == "" {
		if kind, is := event["detail-type"].(string); is {
			subject, body = kind, event["detail"]
		}
	}
	s.line("  to topic %s: %s", m.Topic, subject)
	text, is := body.(string)
	if !is {
		text = ansi.Hardwrap(printable(display(body)), screenWidth-len("    ")-1, true)
	}
	s.lines("    ", text, lines)
}
