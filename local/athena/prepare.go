package athena

import "strings"

// prepared is a query that Athena would take, as DuckDB runs it.
type prepared struct {
	sql   string
	scans []*scan
	// reads are the scans of the plan: a table that the query names once is scanned more often if a WITH clause that holds it is.
	reads []tableScan
}

// prepare holds a query to Trino's grammar, names and types, makes equal what differs, and finds what it scans.
func (e *engine) prepare(sql, database string, open func(database, table string) (*scan, error)) (prepared, error) {
	tokens, err := tokenize(sql)
	if err != nil {
		return prepared{}, err
	}
	if tokens, err = checkGrammar(tokens); err != nil {
		return prepared{}, err
	}
	tree, err := e.parse(sql)
	if err != nil {
		return prepared{}, err
	}
	if err := checkSyntax(tree, countSelects(tokens)); err != nil {
		return prepared{}, err
	}
	r := resolver{database: strings.ToLower(database), open: open}
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

// checkMeaning binds a query as Trino would, and gives the query back with its casts from text made strict.
func (e *engine) checkMeaning(text string) (string, error) {
	bound, err := e.plan(text, false)
	if err != nil {
		return "", err
	}
	// The tree of the text that was bound: its places are the plan's.
	tree, err := e.parse(text)
	if err != nil {
		return "", err
	}
	explicit := map[string]bool{}
	visit(tree, func(n node) {
		if n.kind() == "CAST" {
			explicit[place(n)] = true
		}
	})
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

// strictCasts replaces the casts from text by functions that take only what Trino takes.
func strictCasts(tree node, bound any, explicit map[string]bool) {
	fromText := map[string]bool{}
	visit(bound, func(n node) {
		if n.text("expression_class") == "BOUND_CAST" && isExplicit(n, explicit) && boundType(n.child("child")) == "VARCHAR" && boundType(n) != "VARCHAR" {
			fromText[place(n)] = true
		}
	})
	visit(tree, func(n node) {
		if n.kind() != "CAST" || !fromText[place(n)] {
			return
		}
		name := castName
		if n["try_cast"] == true {
			name = tryCastName
		}
		keepAlias(n, func(n node) {
			replace(n, newCall(name+strings.ToLower(n.child("cast_type").text("id")), n["child"]))
		})
	})
}
