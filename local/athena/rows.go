package athena

import "strings"

// wrapRows writes VALUES 1, 2 as VALUES (1), (2), which DuckDB's grammar wants.
func wrapRows(sql string, tokens []token) string {
	before, after := map[int]bool{}, map[int]bool{} // the tokens that a parenthesis goes before or after
	// list is a VALUES that is not at its end yet: the depth of parentheses around it, and the first token of the row at hand.
	type list struct{ depth, start int }
	var lists []list
	depth := 0
	finish := func(end int) { // the row before token end
		row := tokens[lists[len(lists)-1].start:end]
		if len(row) > 0 && !isWrapped(row) {
			before[lists[len(lists)-1].start], after[end-1] = true, true
		}
	}
	for i, t := range tokens {
		inList := len(lists) > 0 && lists[len(lists)-1].depth == depth
		switch {
		case t.is(word, "values"):
			lists = append(lists, list{depth, i + 1})
		case inList && t.is(symbol, ","):
			finish(i)
			lists[len(lists)-1].start = i + 1
		case inList && (t.is(symbol, ")") || t.is(word, "order", "limit", "offset", "fetch", "union", "except", "intersect")):
			finish(i)
			lists = lists[:len(lists)-1]
		}
		switch {
		case t.is(symbol, "(", "["):
			depth++
		case t.is(symbol, ")", "]"):
			depth--
		}
	}
	for len(lists) > 0 {
		finish(len(tokens))
		lists = lists[:len(lists)-1]
	}
	var out strings.Builder
	done := 0
	for i, t := range tokens {
		out.WriteString(sql[done:t.offset])
		done = t.offset + len(t.text)
		if before[i] {
			out.WriteByte('(')
		}
		out.WriteString(sql[t.offset:done])
		if after[i] {
			out.WriteByte(')')
		}
	}
	return out.String() + sql[done:]
}

// isWrapped tells whether one pair of parentheses holds the whole row.
func isWrapped(row []token) bool {
	depth := 0
	for i, t := range row {
		switch {
		case t.is(symbol, "("):
			depth++
		case t.is(symbol, ")"):
			depth--
		}
		if depth == 0 {
			return i == len(row)-1 && t.is(symbol, ")")
		}
	}
	return false
}
