package glue

import "strings"

// csvRow is a line of a CSV object, or several where a quoted cell has line ends.
type csvRow struct {
	// line is where it begins, from 1.
	line  int
	text  string
	cells []string
	lines int
}

// csvRows are an object's first rows, split at one delimiter.
type csvRows struct {
	delimiter string
	// fit have the number of cells that was asked for; ragged have not.
	fit, ragged []csvRow
}

// maxCellLines is how many lines a quoted cell may have. A quotation mark that is not closed in them stands for itself.
const maxCellLines = 100

// splitRows splits lines at a delimiter. Rows fit if they have that many cells; 0 stands for as many as the first.
func splitRows(lines []string, delimiter string, width int) csvRows {
	rows := csvRows{delimiter: delimiter}
	for at := 0; at < len(lines) && len(rows.fit)+len(rows.ragged) < maxCSVRecords; {
		row := csvRow{line: at + 1, text: lines[at], lines: 1}
		at++
		if row.text == "" {
			continue
		}
		open := false
		if row.cells, open = splitCells(row.text, delimiter); open {
			row = continued(row, lines[at:], delimiter, width)
			at += row.lines - 1
		}
		if width == 0 {
			width = len(row.cells)
		}
		// A delimiter may end each line but the header.
		if len(row.cells) == width+1 && row.cells[width] == "" {
			row.cells = row.cells[:width]
		}
		if len(row.cells) == width {
			rows.fit = append(rows.fit, row)
		} else {
			rows.ragged = append(rows.ragged, row)
		}
	}
	return rows
}

// usualWidth is the number of cells that most lines have, of equals the smaller.
func usualWidth(lines []string, delimiter string) int {
	counts := map[int]int{}
	usual := 0
	for _, line := range lines[:min(len(lines), maxCSVRecords)] {
		if line == "" {
			continue
		}
		cells, _ := splitCells(line, delimiter)
		counts[len(cells)]++
		if n, most := counts[len(cells)], counts[usual]; n > most || n == most && len(cells) < usual {
			usual = len(cells)
		}
	}
	return usual
}

// continued adds the lines that a quoted cell goes on over, if that makes the row as wide as the others.
func continued(row csvRow, lines []string, delimiter string, width int) csvRow {
	text := row.text
	for i, line := range lines[:min(len(lines), maxCellLines-1)] {
		text += "\n" + line
		if !strings.Contains(line, `"`) {
			continue
		}
		cells, open := splitCells(text, delimiter)
		if !open && (width == 0 || len(cells) == width) {
			return csvRow{line: row.line, text: row.text, cells: cells, lines: i + 2}
		}
	}
	return row
}

// splitCells splits at delimiters outside quotation marks. A doubled mark within a quoted cell is one mark.
// It says whether a quoted cell was open at the end; that mark is taken for itself then.
func splitCells(line, delimiter string) (cells []string, open bool) {
	for {
		if rest, quoted := strings.CutPrefix(line, `"`); quoted {
			cell, after, ok := cutQuoted(rest)
			open = open || !ok
			if ok && (after == "" || strings.HasPrefix(after, delimiter)) {
				cells = append(cells, cell)
				if after == "" {
					return cells, open
				}
				line = after[len(delimiter):]
				continue
			}
		}
		cell, rest, more := strings.Cut(line, delimiter)
		cells = append(cells, strings.TrimSpace(cell))
		if !more {
			return cells, open
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
