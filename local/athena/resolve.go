package athena

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
)

// unnamed stands for the name that Athena gives an expression without one: _col and its place in the result.
const unnamed = "$unnamed"

// resolver makes a query's tree one that DuckDB can run: tables become scans, and what differs is made equal.
type resolver struct {
	database string
	open     func(database, table string) (*scan, error)
	scans    []*scan
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
	for _, key := range resolvedParts {
		if err := r.resolve(n[key], with); err != nil {
			return err
		}
	}
	switch n.kind() {
	case "SELECT_NODE":
		for _, item := range n.list("select_list") {
			nameItem(asNode(item))
		}
	case "BASE_TABLE":
		return r.resolveTable(n, with)
	case "COLUMN_REF":
		r.resolveColumn(n)
	case "CAST":
		return resolveCast(n)
	case "CONSTANT":
		if value := n.child("value"); value.child("type").text("id") == "DOUBLE" {
			keepAlias(n, writeDouble)
		}
	case "FUNCTION":
		f, err := lookup(n.text("function_name"), scalars, aggregates)
		if err != nil {
			return err
		}
		if f.rewrite != nil {
			keepAlias(n, f.rewrite)
		}
	case "WINDOW":
		_, err := lookup(n.text("function_name"), aggregates, rankings)
		return err
	case "OPERATOR":
		if n.text("type") == "GROUPING_FUNCTION" {
			keepAlias(n, castGrouping)
		}
	}
	return nil
}

// castGrouping makes GROUPING the integer that it is in Trino; DuckDB's is a bigint.
func castGrouping(call node) {
	plain := node{}
	replace(plain, call)
	replace(call, node{"class": "CAST", "type": "OPERATOR_CAST", "child": plain, "cast_type": node{"id": "INTEGER"}})
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
	"values", "children", "child", "filter", "partitions", "orders", "expression", "input", "lower", "upper", "case_checks", "when_expr", "then_expr", "else_expr",
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

var dateText = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

// resolveCast refuses a date literal in a form that the two engines may read in two ways.
func resolveCast(cast node) error {
	value := cast.child("child").child("value")
	if cast.child("cast_type").text("id") == "DATE" && value.child("type").text("id") == "VARCHAR" && !dateText.MatchString(value.text("value")) {
		return fmt.Errorf("INVALID_LITERAL: '%s' is not a valid DATE literal: write YYYY-MM-DD", value.text("value"))
	}
	return nil
}

// hideAliases is the query with every alias of a SELECT list out of sight of the SELECT's own clauses, and without ORDER BY.
// Trino finds an alias in ORDER BY alone, DuckDB everywhere: what does not bind in this form has no such column in Athena.
func hideAliases(root node) node {
	hidden := asNode(copyOf(root))
	var queries []node
	visit(hidden, func(n node) {
		if n.text("type") == "SELECT_NODE" {
			queries = append(queries, n)
		}
	})
	for i := len(queries) - 1; i >= 0; i-- {
		hideItems(queries[i])
	}
	return hidden
}

func hideItems(query node) {
	var renames []any
	for i, item := range query.list("select_list") {
		if alias := asNode(item).text("alias"); alias != "" {
			name := fmt.Sprintf("$item%d", i)
			asNode(item)["alias"] = name
			renames = append(renames, node{"key": node{"column": name}, "value": alias})
		}
	}
	if renames == nil {
		return
	}
	kept := []any{}
	for _, modifier := range query.list("modifiers") {
		if asNode(modifier).kind() != "ORDER_MODIFIER" {
			kept = append(kept, modifier)
		}
	}
	inner := node{}
	replace(inner, query)
	inner["modifiers"] = kept
	replace(query, node{
		"type":               "SELECT_NODE",
		"select_list":        []any{node{"class": "STAR", "type": "STAR", "exclude_list": []any{}, "rename_list": renames}},
		"from_table":         node{"type": "SUBQUERY", "subquery": node{"node": inner}},
		"cte_map":            node{"map": []any{}},
		"aggregate_handling": "STANDARD_HANDLING",
	})
}
