package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

const (
	screenWidth = 80
	// maxListed is how many things of a kind are listed.
	maxListed = 5
)

// screen takes lines of at most screenWidth columns.
type screen struct{ out io.Writer }

// line writes one line, cut where it is too long, without what could move a terminal's cursor.
func (s screen) line(format string, args ...any) {
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

// wrapped writes a text in at most so many lines.
func (s screen) wrapped(indent, text string, most int) {
	s.first(indent, wrap(printable(text), screenWidth-len(indent)-1), most)
}

// wrap breaks a text between words, and within words that are longer than a line.
func wrap(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && ansi.StringWidth(line+" "+word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
		for ansi.StringWidth(line) > width {
			part := ansi.Truncate(line, width, "")
			lines, line = append(lines, part), line[len(part):]
		}
	}
	return append(lines, line)
}

// first writes the first of some lines.
func (s screen) first(indent string, lines []string, most int) {
	for i, line := range lines[:min(most, len(lines))] {
		if i == most-1 && len(lines) > most {
			line += "…"
		}
		s.line("%s%s", indent, line)
	}
}

// list writes a heading, if there is one, and the first of some things.
func list[T any](s screen, heading string, of []T, show func(first []T)) {
	if len(of) == 0 {
		return
	}
	if heading != "" {
		s.line("%s", heading)
	}
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
func (s screen) grid(indent string, header []string, rows [][]string) {
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
