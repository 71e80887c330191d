package athena

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// prepared is a query that Athena would take, as DuckDB runs it.
type prepared struct {
	sql   string
	scans []*scan
	// reads are the scans of the plan: a table that the query names once is scanned more often if a WITH clause that holds it is.
	reads []tableScan
}

// prepare holds a query to Trino's grammar, names and types, makes equal what differs, and finds what it scans.
func (e *engine) prepare(sql, database string, now time.Time, open func(database, table string) (*scan, error)) (prepared, error) {
	tokens, err := tokenize(sql)
	if err != nil {
		return prepared{}, err
	}
	if tokens, err = checkGrammar(tokens); err != nil {
		return prepared{}, err
	}
	if wrapped := wrapRows(sql, tokens); wrapped != sql {
		sql = wrapped
		if tokens, err = tokenize(sql); err != nil {
			return prepared{}, err
		}
	}
	tree, err := e.parse(sql)
	if err != nil {
		return prepared{}, err
	}
	if err := checkSyntax(tree, countSelects(tokens)); err != nil {
		return prepared{}, err
	}
	r := resolver{database: strings.ToLower(database), open: open, now: now, timestamps: timestampLiterals(tokens)}
	if err := r.resolve(tree, nil); err != nil {
		return prepared{}, err
	}
	if err := e.use(r.scans); err != nil {
		return prepared{}, err
	}
	text, err := e.write(tree)
	if err != nil {
		return prepared{}, err
	}
	if text, err = e.checkMeaning(text); err != nil {
		return prepared{}, err
	}
	plan, err := e.plan(text, true)
	if err != nil {
		return prepared{}, err
	}
	return prepared{text, r.scans, tableScans(plan, r.scans)}, nil
}

// timestampLiterals are the places of the texts of TIMESTAMP literals, which DuckDB's tree does not tell from casts.
func timestampLiterals(tokens []token) map[string]bool {
	places := map[string]bool{}
	for i, t := range tokens[1:] {
		if t.kind == text && tokens[i].is(word, "timestamp") {
			places[fmt.Sprint(t.offset)] = true
		}
	}
	return places
}

// checkMeaning binds a query as Trino would, and gives the query back with its casts from text made strict.
func (e *engine) checkMeaning(text string) (string, error) {
	var bound any
	var tree node
	var explicit map[string]bool
	for again := true; again; {
		var err error
		if bound, err = e.plan(text, false); err != nil {
			return "", err
		}
		// The tree of the text that was bound: its places are the plan's.
		if tree, err = e.parse(text); err != nil {
			return "", err
		}
		explicit = map[string]bool{}
		visit(tree, func(n node) {
			if n.kind() == "CAST" {
				explicit[place(n)] = true
			}
		})
		if again, err = decimals(tree, bound, explicit); err != nil {
			return "", err
		}
		if !again {
			break
		}
		if text, err = e.write(tree); err != nil {
			return "", err
		}
	}
	if err := errors.Join(e.checkDerived(tree), checkColumns(tree, bound)); err != nil {
		return "", err
	}
	if err := checkTypes(bound, explicit); err != nil {
		return "", err
	}
	hidden, err := e.write(hideAliases(tree))
	if err != nil {
		return "", err
	}
	if _, err := e.plan(hidden, false); err != nil {
		return "", err
	}
	strictCasts(tree, bound, explicit)
	return e.write(tree)
}

// checkDerived refuses a query in FROM that reads the tables before it: DuckDB needs no LATERAL for that, Athena does.
func (e *engine) checkDerived(tree node) error {
	var err error
	visit(tree, func(join node) {
		derived := join.child("right").child("subquery").child("node")
		if join.kind() != "JOIN" || derived == nil || derived.child("from_table").text("alias") == "$row" || err != nil {
			return
		}
		var text string
		if text, err = e.write(derived); err == nil {
			_, err = e.plan(text, false)
		}
	})
	return err
}

// checkColumns refuses a column that DuckDB found no column for and took for a function, such as user.
func checkColumns(tree node, bound any) error {
	columns := map[string]string{}
	visit(tree, func(n node) {
		if name := unqualified(n); name != "" {
			columns[place(n)] = name
		}
	})
	var err error
	visit(bound, func(n node) {
		class := n.text("expression_class")
		if name := columns[place(n)]; name != "" && (class == "BOUND_CONSTANT" || class == "BOUND_FUNCTION" && len(n.list("children")) == 0) {
			err = fmt.Errorf("COLUMN_NOT_FOUND: Column '%s' cannot be resolved", name)
		}
	})
	return err
}

// strictCasts replaces the casts that DuckDB makes otherwise by functions that make them as Trino does.
func strictCasts(tree node, bound any, explicit map[string]bool) {
	coded := map[string]bool{}
	visit(bound, func(n node) {
		if n.text("expression_class") == "BOUND_CAST" && isExplicit(n, explicit) && contains(codedCasts[boundType(n.child("child"))], boundType(n)) {
			coded[place(n)] = true
		}
	})
	spreadFromGroups(tree, coded)
	visit(tree, func(n node) {
		if n.kind() != "CAST" || !coded[place(n)] {
			return
		}
		keepAlias(n, func(n node) {
			replace(n, newCall(castFunction(n.child("cast_type").text("id"), n["try_cast"] == true), n["child"]))
		})
	})
}
