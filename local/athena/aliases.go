package athena

import "fmt"

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
