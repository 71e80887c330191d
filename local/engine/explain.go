package engine

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"datalake/local/glue"
)

// maxExplained is how many columns, and how many remarks of crawls, an explanation names.
const maxExplained = 8

var wordPattern = regexp.MustCompile(`\w+`)

// explain says what a query's failure may come from: the columns that it names, as the catalog has them, and what the crawls
// remarked on them and on the objects that the failure names.
func (e *Engine) explain(sql string, failure error) string {
	words := map[string]bool{}
	for _, word := range wordPattern.FindAllString(strings.ToLower(sql), -1) {
		words[word] = true
	}
	said := []string{failure.Error()}
	if columns := e.columnsNamed(words); len(columns) > 0 {
		said = append(said, "the columns are "+strings.Join(firstOf(columns), ", "))
	}
	var remarks []string
	for _, crawl := range e.glue.Crawls() {
		for _, note := range crawl.Notes {
			column, _, _ := strings.Cut(note.Column, ".")
			if words[note.Table] && words[column] || note.Object != "" && strings.Contains(failure.Error(), note.Object) {
				remarks = append(remarks, remark(note))
			}
		}
		for _, skip := range crawl.Skipped {
			if strings.Contains(failure.Error(), skip.Object) {
				remarks = append(remarks, remark(glue.Note{Object: skip.Object, Line: skip.Line, Reason: skip.Reason}))
			}
		}
	}
	if len(remarks) > 0 {
		said = append(said, "the crawl found "+strings.Join(firstOf(remarks), ", "))
	}
	return strings.Join(said, "; ")
}

// columnsNamed are the columns that are among the words, of the tables that are.
func (e *Engine) columnsNamed(words map[string]bool) (columns []string) {
	for _, database := range e.catalog.Databases() {
		tables, _ := e.catalog.Tables(database) // the database is the catalog's own
		for _, table := range tables {
			for _, column := range slices.Concat(table.Columns, table.PartitionKeys) {
				if words[table.Name] && words[column.Name] {
					columns = append(columns, fmt.Sprintf("%s.%s %s", table.Name, column.Name, column.Type))
				}
			}
		}
	}
	return columns
}

// remark says what a crawl noted: orders.amount string: text in 1 of 3 objects made the column a string (s3://… line 2: "two").
func remark(note glue.Note) string {
	var said string
	if note.Column != "" {
		said = strings.TrimSpace(fmt.Sprintf("%s.%s %s", note.Table, note.Column, note.Type)) + ": "
	}
	said += note.Reason
	if note.Object == "" {
		return said
	}
	where := note.Object
	if note.Line > 0 {
		where += fmt.Sprintf(" line %d", note.Line)
	}
	if note.Value != "" {
		where += ": " + note.Value
	}
	return said + " (" + where + ")"
}

func firstOf(parts []string) []string {
	if len(parts) > maxExplained {
		parts = append(parts[:maxExplained:maxExplained], "…")
	}
	return parts
}
