package faults_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// table is what came of each call, by the state: a cell for each class, once and for ever.
type table map[string]map[string][2]outcome

func (found table) note(machine string, task taskState, c class, forEver bool, came outcome) {
	row := string(kindOf(machine)) + " | " + task.name
	if found[row] == nil {
		found[row] = map[string][2]outcome{}
	}
	cell := found[row][c.name]
	if forEver {
		cell[1] = came
	} else {
		cell[0] = came
	}
	found[row][c.name] = cell
}

// text is the table in Markdown, and how often each outcome comes of each class.
func (found table) text() string {
	var text strings.Builder
	var head, line string
	counts := map[string]map[outcome]int{}
	for _, class := range classes {
		head, line, counts[class.name] = head+" "+class.name+" |", line+"---|", map[outcome]int{}
	}
	fmt.Fprintf(&text, "| machine | task |%s\n|---|---|%s\n", head, line)
	for _, row := range slices.Sorted(maps.Keys(found)) {
		fmt.Fprintf(&text, "| %s |", row)
		for _, class := range classes {
			cell := found[row][class.name]
			switch {
			case cell[0] == "":
				text.WriteString(" |")
			case cell[0] == cell[1]:
				fmt.Fprintf(&text, " %s |", cell[0])
			default:
				fmt.Fprintf(&text, " once: %s; for ever: %s |", cell[0], cell[1])
			}
			for _, came := range cell {
				if came != "" {
					counts[class.name][came]++
				}
			}
		}
		text.WriteString("\n")
	}
	outcomes := []outcome{succeeds, exported, announced, timesOut, history}
	text.WriteString("\n| class |")
	for _, each := range outcomes {
		fmt.Fprintf(&text, " %s |", each)
	}
	text.WriteString("\n|---|" + strings.Repeat("---|", len(outcomes)) + "\n")
	for _, class := range classes {
		fmt.Fprintf(&text, "| %s |", class.name)
		for _, each := range outcomes {
			fmt.Fprintf(&text, " %d |", counts[class.name][each])
		}
		text.WriteString("\n")
	}
	return text.String()
}

const (
	page  = "../../docs/faults.md"
	begin = "<!-- made by go test ./faults -update -->\n"
	end   = "<!-- end -->\n"
)

// parts are the page's text before the table, the table, and the text after it.
func parts(t *testing.T) (head, table, tail string) {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	head, rest, begins := strings.Cut(string(text), begin)
	table, tail, ends := strings.Cut(rest, end)
	require.True(t, begins && ends, "%s has the table between two comments", page)
	return head, table, tail
}

// write writes the table into the page.
func (found table) write(t *testing.T) {
	t.Helper()
	head, _, tail := parts(t)
	require.NoError(t, os.WriteFile(page, []byte(head+begin+found.text()+end+tail), 0o600))
}

// compare compares the page's table with what was found, which may be a part of it.
func (found table) compare(t *testing.T) {
	t.Helper()
	_, written, _ := parts(t)
	if *allFaults || *update {
		require.Equal(t, written, found.text(), "go test ./faults -update writes it")
		return
	}
	inTable := read(written)
	require.Greater(t, len(found), 15)
	for row, cells := range found {
		for class, came := range cells {
			for i, outcome := range came {
				if outcome != "" {
					require.Equal(t, inTable[row][class][i], outcome, "%s: %s; go test ./faults -update writes the table", row, class)
				}
			}
		}
	}
}

// read reads a table as text writes it.
func read(text string) table {
	found := table{}
	for line := range strings.Lines(text) {
		cells := strings.Split(line, "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if len(cells) != 1+2+len(classes)+1 {
			continue // of the other table, or an empty line
		}
		row := map[string][2]outcome{}
		for i, class := range classes {
			cell := cells[3+i]
			once, forEver, differ := strings.Cut(strings.TrimPrefix(cell, "once: "), "; for ever: ")
			if !differ {
				forEver = once
			}
			row[class.name] = [2]outcome{outcome(once), outcome(forEver)}
		}
		found[cells[1]+" | "+cells[2]] = row
	}
	return found
}
