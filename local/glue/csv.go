package glue

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The built-in CSV classifier's limits ("Built-in CSV classifier").
const (
	maxCSVRecords = 1000
	maxHeader     = 150
)

var csvDelimiters = []string{",", "|", "\t", ";", "\x01"}

var decimal = regexp.MustCompile(`\A[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\z`)

// csvContent is what a CSV object holds.
type csvContent struct {
	fields    []field
	delimiter string
	header    bool
	quoted    bool
	records   int64
}

// readCSV takes text for CSV if its lines fall into the same number of cells, at least two, and there are at least two lines.
func readCSV(data []byte) (csvContent, bool) {
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return csvContent{}, false
	}
	var lines []string
	for line := range strings.SplitSeq(string(data), "\n") {
		if line = strings.TrimSuffix(line, "\r"); line != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) < 2 {
		return csvContent{}, false
	}
	sample := lines[:min(len(lines), maxCSVRecords)]
	for _, delimiter := range csvDelimiters {
		if rows := splitRows(sample, delimiter); rows != nil {
			content := describeRows(rows)
			content.delimiter = delimiter
			content.quoted = strings.Contains(strings.Join(sample, "\n"), `"`)
			content.records = int64(len(lines))
			if content.header {
				content.records--
			}
			return content, true
		}
	}
	return csvContent{}, false
}

func splitRows(lines []string, delimiter string) [][]string {
	rows := make([][]string, len(lines))
	trailing := true
	for i, line := range lines {
		rows[i] = splitCells(line, delimiter)
		if len(rows[i]) != len(rows[0]) || len(rows[i]) < 2 {
			return nil
		}
		trailing = trailing && rows[i][len(rows[i])-1] == ""
	}
	if trailing && len(rows[0]) > 2 {
		// Each line ends with a delimiter.
		for i, row := range rows {
			rows[i] = row[:len(row)-1]
		}
	}
	return rows
}

// splitCells splits at delimiters outside quotation marks. A doubled mark within a quoted cell is one mark.
func splitCells(line, delimiter string) []string {
	var cells []string
	for {
		if rest, quoted := strings.CutPrefix(line, `"`); quoted {
			if cell, after, ok := cutQuoted(rest); ok && (after == "" || strings.HasPrefix(after, delimiter)) {
				cells = append(cells, cell)
				if after == "" {
					return cells
				}
				line = after[len(delimiter):]
				continue
			}
		}
		cell, rest, more := strings.Cut(line, delimiter)
		cells = append(cells, strings.TrimSpace(cell))
		if !more {
			return cells
		}
		line = rest
	}
}

func cutQuoted(rest string) (cell, after string, ok bool) {
	var b strings.Builder
	for {
		part, tail, found := strings.Cut(rest, `"`)
		if !found {
			return "", "", false
		}
		b.WriteString(part)
		if !strings.HasPrefix(tail, `"`) {
			return b.String(), tail, true
		}
		b.WriteByte('"')
		rest = tail[1:]
	}
}

// describeRows finds the header, if there is one, and the columns. Real crawlers call nameless columns col0, col1 and so on.
func describeRows(rows [][]string) csvContent {
	types := columnTypes(rows[1:])
	header := slices.ContainsFunc(types, func(t dataType) bool { return t.kind != text && t.kind != null })
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

func columnTypes(rows [][]string) []dataType {
	types := make([]dataType, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			types[i] = mergeTypes(types[i], cellType(cell))
		}
	}
	return types
}

// cellType follows what crawlers wrote for CSV: whole numbers are bigint, however small.
func cellType(cell string) dataType {
	if cell == "" {
		return dataType{kind: null}
	}
	if _, err := strconv.ParseInt(cell, 10, 64); err == nil {
		return dataType{kind: bigint}
	}
	if decimal.MatchString(cell) {
		return dataType{kind: double}
	}
	if strings.EqualFold(cell, "true") || strings.EqualFold(cell, "false") {
		return dataType{kind: boolean}
	}
	return dataType{kind: text}
}
