package glue

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The built-in CSV classifier's limits ("Built-in CSV classifier").
const (
	maxCSVRecords = 1000
	maxHeader     = 150
)

var csvDelimiters = []string{",", "|", "\t", ";", "\x01"}

var number = regexp.MustCompile(`\A[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\z`)

// csvContent is what a CSV object holds.
type csvContent struct {
	fields    []field
	delimiter string
	header    bool
	quoted    bool
	records   int64
	remarks   []remark
	// data are the first rows below the header.
	data []csvRow
}

// readCSV takes text for CSV if its lines fall into the same number of cells, at least two, and there are at least two lines.
// What AWS makes of a few lines that do not is not documented; here they decide nothing and are remarked on.
func readCSV(data []byte) (csvContent, error) {
	lines := strings.Split(string(data), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
	}
	rows, err := bestRows(lines)
	if err != nil {
		return csvContent{}, err
	}
	found := describeRows(rows.cells())
	found.delimiter, found.data = rows.delimiter, rows.fit
	for _, row := range slices.Concat(rows.fit, rows.ragged) {
		found.quoted = found.quoted || strings.Contains(row.text, `"`)
	}
	for _, line := range lines {
		if line != "" {
			found.records++
		}
	}
	if found.header {
		found.records, found.data = found.records-1, found.data[1:]
	}
	found.remarks = append(rows.remarks(), found.arrayRemarks()...)
	return found, nil
}

// bestRows are the rows by the first delimiter that makes all of them fit, or else by the one that leaves the fewest ragged.
func bestRows(lines []string) (csvRows, error) {
	best := fewestRagged(lines, func(string) int { return 0 })
	if best.fit == nil {
		// A line above the header, a title for instance, must not pass text for CSV that has nothing but commas.
		best = fewestRagged(lines, func(delimiter string) int { return usualWidth(lines, delimiter) })
		if best.fit != nil && !slices.ContainsFunc(columnTypes(best.cells()[1:]), distinct) {
			best = csvRows{}
		}
	}
	filled := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return line == "" })
	switch total := len(best.fit) + len(best.ragged); {
	case len(filled) < 2:
		return csvRows{}, &unreadable{reason: neither + ", which has at least two lines"}
	case best.fit == nil:
		return csvRows{}, &unreadable{line: 1, reason: neither + ", whose lines have as many cells as the first, at least two"}
	case len(best.ragged) > 1 && float64(len(best.fit)) <= similarityThreshold*float64(total):
		row := best.ragged[0]
		return csvRows{}, &unreadable{line: row.line, reason: fmt.Sprintf("%s: %d of %d lines have %s, and this has %d",
			neither, len(best.fit), total, count(len(best.fit[0].cells), "cell"), len(row.cells))}
	}
	return best, nil
}

// fewestRagged tries all delimiters, each with the width that rows must have.
func fewestRagged(lines []string, width func(delimiter string) int) csvRows {
	var best csvRows
	for _, delimiter := range csvDelimiters {
		rows := splitRows(lines, delimiter, width(delimiter))
		if len(rows.fit) < 2 || len(rows.fit[0].cells) < 2 {
			continue
		}
		if best.fit == nil || len(rows.ragged) < len(best.ragged) {
			best = rows
		}
	}
	return best
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// cells are those of the rows that fit, without a last column that is empty throughout.
func (r csvRows) cells() [][]string {
	width := len(r.fit[0].cells)
	trailing := width > 2
	for _, row := range r.fit {
		trailing = trailing && row.cells[width-1] == ""
	}
	if trailing {
		width--
	}
	cells := make([][]string, len(r.fit))
	for i, row := range r.fit {
		cells[i] = row.cells[:width]
	}
	return cells
}

func (r csvRows) remarks() []remark {
	var remarks []remark
	if len(r.ragged) > 0 {
		row := r.ragged[0]
		reason := fmt.Sprintf("the row has %s, the others %d", count(len(row.cells), "cell"), len(r.fit[0].cells))
		if len(r.ragged) > 1 {
			reason += fmt.Sprintf(" (one of %d such rows)", len(r.ragged))
		}
		remarks = append(remarks, remark{line: row.line, value: excerpt(row.text), reason: reason})
	}
	if i := slices.IndexFunc(r.fit, func(row csvRow) bool { return row.lines > 1 }); i >= 0 {
		row := r.fit[i]
		remarks = append(remarks, remark{line: row.line, value: excerpt(row.text), reason: "a quoted cell goes on over the line's end: Athena takes each line for a row"})
	}
	return remarks
}

// arrayRemarks are on the columns of text that hold JSON arrays.
func (c csvContent) arrayRemarks() []remark {
	var remarks []remark
	for i, f := range c.fields {
		at := slices.IndexFunc(c.data, func(row csvRow) bool {
			return strings.HasPrefix(row.cells[i], "[") && json.Valid([]byte(row.cells[i]))
		})
		if at >= 0 {
			remarks = append(remarks, remark{
				column: f.name, dataType: f.dataType.String(), line: c.data[at].line, value: excerpt(c.data[at].cells[i]),
				reason: "the cell holds a JSON array, which stays text: what AWS makes of it is not documented",
			})
		}
	}
	return remarks
}

// describeRows finds the header, if there is one, and the columns. Real crawlers call nameless columns col0, col1 and so on.
func describeRows(rows [][]string) csvContent {
	types := columnTypes(rows[1:])
	header := slices.ContainsFunc(types, distinct)
	for i, cell := range rows[0] {
		last := i == len(rows[0])-1
		header = header && cellType(cell).kind == text && (last || len([]rune(cell)) < maxHeader)
	}
	if !header {
		types = columnTypes(rows)
	}
	content := csvContent{header: header}
	for i, t := range types {
		name := fmt.Sprintf("col%d", i)
		if header {
			name = rows[0][i]
		}
		content.fields = append(content.fields, field{name: strings.ToLower(name), original: name, dataType: t})
	}
	return content
}

// distinct says that a column is no mere text.
func distinct(t dataType) bool { return t.kind != text && t.kind != null }

func columnTypes(rows [][]string) []dataType {
	types := make([]dataType, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			types[i] = mergeTypes(types[i], cellType(cell))
		}
	}
	return types
}

// cellType follows what crawlers wrote for CSV: whole numbers are bigint, however small, and a JSON object is a struct.
// A JSON array is text: what crawlers make of it is not known.
func cellType(cell string) dataType {
	if cell == "" {
		return dataType{kind: null}
	}
	if _, err := strconv.ParseInt(cell, 10, 64); err == nil {
		return dataType{kind: bigint}
	}
	if number.MatchString(cell) {
		return dataType{kind: double}
	}
	if strings.EqualFold(cell, "true") || strings.EqualFold(cell, "false") {
		return dataType{kind: boolean}
	}
	if cell[0] == '{' && json.Valid([]byte(cell)) {
		if t, err := recordType([]byte(cell)); err == nil {
			return t
		}
	}
	return dataType{kind: text}
}
