package athena

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

// unnamed stands for the name that Athena gives an expression without one: _col and its place in the result.
const unnamed = "$unnamed"

// resolver makes a query's tree one that DuckDB can run: tables become scans, and what differs is made equal.
type resolver struct {
	database string
	open     func(database, table string) (*scan, error)
	scans    []*scan
	// now is the time at which the query starts.
	now time.Time
	// timestamps are the places of the texts of TIMESTAMP literals.
	timestamps map[string]bool
}

// withQuery is a query of a WITH clause, and those that it sees itself.
type withQuery struct {
	query   node
	aliases []any
	with    map[string]withQuery
}

// resolve rewrites everything under value. The queries in with are those of WITH clauses, by name in lower case; they hide the catalog's tables.
func (r *resolver) resolve(value any, with map[string]withQuery) error {
	if list, ok := value.([]any); ok {
		for _, element := range list {
			if err := r.resolve(element, with); err != nil {
				return err
			}
		}
		return nil
	}
	n := asNode(value)
	if n == nil || isLiteral(n) {
		return nil
	}
	if n["cte_map"] != nil {
		var err error
		if with, err = r.resolveWith(n.child("cte_map").list("map"), with); err != nil {
			return err
		}
		n["cte_map"] = node{"map": []any{}}
	}
	if err := r.resolveTimes(n); err != nil {
		return err
	}
	if n.kind() == "JOIN" {
		if err := checkUnnestJoin(n); err != nil {
			return err
		}
	}
	for _, key := range resolvedParts {
		if err := r.resolve(n[key], with); err != nil {
			return err
		}
	}
	switch n.kind() {
	case "SELECT_NODE":
		nameRows(n)
		for _, item := range n.list("select_list") {
			nameItem(asNode(item))
		}
	case "BASE_TABLE":
		return r.resolveTable(n, with)
	case "COLUMN_REF":
		r.resolveColumn(n)
	case "CAST":
		return r.resolveCast(n)
	case "CONSTANT":
		if value := n.child("value"); value.child("type").text("id") == "DOUBLE" {
			keepAlias(n, writeDouble)
		}
	case "FUNCTION":
		return r.resolveCall(n)
	case "WINDOW":
		f, err := lookup(n.text("function_name"), aggregates, rankings)
		if err != nil {
			return err
		}
		if f.name != "avg" { // its rewrite is for groups
			f.apply(n)
		}
	case "OPERATOR":
		switch n.text("type") {
		case "GROUPING_FUNCTION":
			keepAlias(n, castGrouping)
		case "ARRAY_EXTRACT":
			keepAlias(n, r.resolveSubscript)
		}
	case "TABLE_FUNCTION":
		return r.resolveUnnest(n, with)
	}
	return nil
}

// resolveCall makes a call one that DuckDB answers as Athena does.
func (r *resolver) resolveCall(call node) error {
	name := call.text("function_name")
	f, err := lookup(name, scalars, aggregates)
	if err != nil {
		return err
	}
	switch {
	case name == "element_at":
		keepAlias(call, r.resolveElementAt)
	case name == "codepoint" && (len(call.list("children")) != 1 || asNode(call.list("children")[0]).kind() != "CONSTANT"):
		return notEqual("CODEPOINT of what is no literal: it takes a varchar(1)")
	default:
		f.apply(call)
	}
	return nil
}

// castGrouping makes GROUPING the integer that it is in Trino; DuckDB's is a bigint.
func castGrouping(call node) {
	plain := node{}
	replace(plain, call)
	replace(call, newCast(plain, "INTEGER"))
}

// writeDouble writes a double such as 1e0 as a cast of its text: written as a number, 1.0, it would come back a decimal.
func writeDouble(constant node) {
	text := fmt.Sprint(constant.child("value")["value"])
	replace(constant, node{"class": "CAST", "type": "OPERATOR_CAST", "cast_type": node{"id": "DOUBLE"}, "child": node{
		"class": "CONSTANT", "type": "VALUE_CONSTANT", "value": node{"type": node{"id": "VARCHAR"}, "is_null": false, "value": text},
	}})
}

// keepAlias rewrites an expression in place under its alias.
func keepAlias(n node, rewrite func(node)) {
	alias, ok := n["alias"]
	delete(n, "alias")
	rewrite(n)
	if ok {
		n["alias"] = alias
	}
}

// resolvedParts are the parts of nodes that hold other nodes, the tables before the columns that name them.
var resolvedParts = []string{
	"from_table", "select_list", "where_clause", "group_expressions", "having", "modifiers", "left", "right", "condition", "subquery", "node", "query",
	"values", "children", "child", "filter", "order_bys", "partitions", "orders", "expression", "input", "lower", "upper", "case_checks", "when_expr", "then_expr", "else_expr",
	"start_expr", "end_expr", "offset_expr", "default_expr", "filter_expr",
}

// resolveWith gathers the queries of a WITH clause; each sees those before it. One that nothing uses must be right all the same.
func (r *resolver) resolveWith(entries []any, outer map[string]withQuery) (map[string]withQuery, error) {
	with := maps.Clone(outer)
	if with == nil {
		with = map[string]withQuery{}
	}
	for _, entry := range entries {
		value := asNode(entry).child("value")
		w := withQuery{value.child("query"), value.list("aliases"), maps.Clone(with)}
		if err := r.resolve(copyOf(w.query), w.with); err != nil {
			return nil, err
		}
		with[strings.ToLower(asNode(entry).text("key"))] = w
	}
	return with, nil
}

// nameRows takes the names col0, col1, … from VALUES: in Athena its columns have none.
func nameRows(query node) {
	rows := query.child("from_table").list("values")
	if query.child("from_table").text("alias") != "valueslist" || len(rows) == 0 {
		return
	}
	first, _ := rows[0].([]any)
	var items []any
	for i := range first {
		items = append(items, node{"class": "COLUMN_REF", "type": "COLUMN_REF", "column_names": []any{fmt.Sprintf("col%d", i)}, "alias": fmt.Sprintf("%s%d", unnamed, i)})
	}
	query["select_list"] = items
}

func nameItem(item node) {
	if kind := item.kind(); item.text("alias") == "" && kind != "COLUMN_REF" && kind != "STAR" {
		item["alias"] = unnamed
	}
}

func (r *resolver) resolveTable(ref node, with map[string]withQuery) error {
	name, database := strings.ToLower(ref.text("table_name")), strings.ToLower(ref.text("schema_name"))
	alias := ref.text("alias")
	if alias == "" {
		alias = name
	}
	if w, ok := with[name]; ok && database == "" {
		return r.resolveUse(ref, alias, w)
	}
	if catalog := ref.text("catalog_name"); catalog != "" && !strings.EqualFold(catalog, defaultCatalog) {
		return fmt.Errorf("CATALOG_NOT_FOUND: Catalog '%s' not found: the local run has %s alone", catalog, defaultCatalog)
	}
	if database == "" {
		database = r.database
	}
	if database == "" {
		return fmt.Errorf("MISSING_SCHEMA_NAME: table %s has no database: name it in QueryExecutionContext or write database.%s", name, name)
	}
	s, err := r.open(database, name)
	if err != nil {
		return err
	}
	call := newCall(scanName(len(r.scans)))
	replace(ref, node{"type": "TABLE_FUNCTION", "alias": alias, "function": call, "column_name_alias": ref.list("column_name_alias")})
	r.scans = append(r.scans, s)
	return nil
}

// resolveUse puts a WITH clause's query where it is used. As in Trino, each use runs it anew.
func (r *resolver) resolveUse(ref node, alias string, w withQuery) error {
	query := asNode(copyOf(w.query))
	names := ref.list("column_name_alias")
	names = append(names, w.aliases[min(len(names), len(w.aliases)):]...)
	replace(ref, node{"type": "SUBQUERY", "alias": alias, "subquery": query, "column_name_alias": names})
	return r.resolve(query, w.with)
}

// resolveColumn drops the database from database.table.column, since a scan has the table's name alone.
func (r *resolver) resolveColumn(ref node) {
	names := ref.list("column_names")
	if len(names) < 3 {
		return
	}
	for _, s := range r.scans {
		if strings.EqualFold(fmt.Sprint(names[0]), s.table.Database) && strings.EqualFold(fmt.Sprint(names[1]), s.table.Name) {
			ref["column_names"] = names[1:]
			return
		}
	}
}
