package athena

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// syntaxKeys are the parts that a node of each kind may have. What is not here, Athena lacks or is not known to be equal.
var syntaxKeys = map[string]string{
	"SELECT_NODE":        "modifiers cte_map select_list from_table where_clause group_expressions group_sets having aggregate_handling",
	"SET_OPERATION_NODE": "modifiers cte_map setop_type setop_all left right",
	"ORDER_MODIFIER":     "orders",
	"LIMIT_MODIFIER":     "limit offset",
	"DISTINCT_MODIFIER":  "",
	"ORDER_DEFAULT":      "null_order expression",
	"ASCENDING":          "null_order expression",
	"DESCENDING":         "null_order expression",
	"EMPTY":              "",
	"BASE_TABLE":         "table_name schema_name catalog_name column_name_alias",
	"SUBQUERY":           "subquery column_name_alias subquery_type child comparison_type",
	"JOIN":               "left right condition join_type ref_type using_columns",
	"EXPRESSION_LIST":    "values column_name_alias",
	"TABLE_FUNCTION":     "function column_name_alias with_ordinality",
	"COLUMN_REF":         "column_names",
	"CONSTANT":           "value",
	"COMPARISON":         "left right",
	"CONJUNCTION":        "children",
	"OPERATOR":           "children",
	"BETWEEN":            "input lower upper",
	"CASE":               "case_checks else_expr",
	"CAST":               "child cast_type try_cast",
	"FUNCTION":           "function_name children distinct filter order_bys is_operator schema",
	"WINDOW":             "function_name children partitions orders start end start_expr end_expr offset_expr default_expr schema distinct filter_expr",
	"STAR":               "relation_name",
	// Parts without a kind: a CASE's branch, a query in an expression, the WITH clause.
	"": "when_expr then_expr node map key value query aliases materialized",
}

// syntaxValues are the values that a part may have, where not all are Athena's.
var syntaxValues = map[string]string{
	"aggregate_handling": "STANDARD_HANDLING",
	"join_type":          "INNER LEFT RIGHT FULL OUTER",
	"ref_type":           "REGULAR CROSS",
	"setop_type":         "UNION EXCEPT INTERSECT",
	"subquery_type":      "SCALAR EXISTS NOT_EXISTS ANY",
	"comparison_type":    "INVALID COMPARE_EQUAL COMPARE_NOTEQUAL COMPARE_LESSTHAN COMPARE_LESSTHANOREQUALTO COMPARE_GREATERTHAN COMPARE_GREATERTHANOREQUALTO",
	"start":              "UNBOUNDED_PRECEDING CURRENT_ROW_ROWS CURRENT_ROW_RANGE EXPR_PRECEDING_ROWS EXPR_FOLLOWING_ROWS",
	"end":                "UNBOUNDED_FOLLOWING CURRENT_ROW_ROWS CURRENT_ROW_RANGE EXPR_PRECEDING_ROWS EXPR_FOLLOWING_ROWS",
	"type": "SELECT_NODE SET_OPERATION_NODE ORDER_MODIFIER LIMIT_MODIFIER DISTINCT_MODIFIER ORDER_DEFAULT ASCENDING DESCENDING EMPTY BASE_TABLE SUBQUERY JOIN EXPRESSION_LIST " +
		"COLUMN_REF VALUE_CONSTANT COMPARE_EQUAL COMPARE_NOTEQUAL COMPARE_LESSTHAN COMPARE_LESSTHANOREQUALTO COMPARE_GREATERTHAN COMPARE_GREATERTHANOREQUALTO COMPARE_DISTINCT_FROM COMPARE_NOT_DISTINCT_FROM " +
		"CONJUNCTION_AND CONJUNCTION_OR OPERATOR_NOT OPERATOR_IS_NULL OPERATOR_IS_NOT_NULL OPERATOR_COALESCE COMPARE_IN COMPARE_NOT_IN GROUPING_FUNCTION COMPARE_BETWEEN CASE_EXPR OPERATOR_CAST FUNCTION " +
		"WINDOW_AGGREGATE WINDOW_ROW_NUMBER WINDOW_RANK WINDOW_RANK_DENSE WINDOW_PERCENT_RANK WINDOW_CUME_DIST WINDOW_NTILE WINDOW_LAG WINDOW_LEAD WINDOW_FIRST_VALUE WINDOW_LAST_VALUE STAR " +
		"ARRAY_CONSTRUCTOR ARRAY_EXTRACT STRUCT_EXTRACT TABLE_FUNCTION",
}

var literalTypes = []string{"INTEGER", "BIGINT", "DECIMAL", "DOUBLE", "VARCHAR", "BOOLEAN", "NULL"}

// checkSyntax refuses a tree that holds anything but the forms above, the tree's root being a query.
func checkSyntax(root node, selects int) error {
	var err error
	found := 0
	visit(root, func(n node) {
		if err != nil || n["id"] != nil || isLiteral(n) || strings.HasSuffix(n.kind(), "_TYPE_INFO") {
			return
		}
		if n.text("type") == "SELECT_NODE" {
			found++
		}
		err = checkNode(n)
	})
	if err == nil && found != selects {
		err = fmt.Errorf("SYNTAX_ERROR: a query is written SELECT … FROM …: Athena has no FROM first, TABLE, PIVOT or DESCRIBE as a query")
	}
	return err
}

// isLiteral tells a constant's value, which says of what type it is, from a node.
func isLiteral(n node) bool { return n["is_null"] != nil }

func checkNode(n node) error {
	kind := n.kind()
	keys, ok := syntaxKeys[kind]
	if !ok {
		return notAthena(kind)
	}
	allowed := append(strings.Fields(keys), "class", "type", "alias", "query_location")
	for _, key := range slices.Sorted(maps.Keys(n)) {
		if !slices.Contains(allowed, key) && !isEmpty(n[key]) {
			return notAthena(key)
		}
		if values, ok := syntaxValues[key]; ok && !slices.Contains(strings.Fields(values), n.text(key)) {
			return notAthena(n.text(key))
		}
	}
	switch kind {
	case "CONSTANT":
		if id := n.child("value").child("type").text("id"); !slices.Contains(literalTypes, id) {
			return fmt.Errorf("NOT_SUPPORTED: a literal of type %s: an integer must fit bigint", id)
		}
	case "LIMIT_MODIFIER":
		for _, key := range []string{"limit", "offset"} {
			if limit := n.child(key); limit != nil && limit.kind() != "CONSTANT" {
				return fmt.Errorf("SYNTAX_ERROR: %s takes a number", strings.ToUpper(key))
			}
		}
	case "FUNCTION":
		if len(n.child("order_bys").list("orders")) > 0 && n.text("function_name") != "array_agg" {
			return notAthena("ORDER BY in " + n.text("function_name"))
		}
	case "TABLE_FUNCTION":
		if n.child("function").text("function_name") != "unnest" {
			return notAthena(kind)
		}
	case "SELECT_NODE":
		return checkOrderBy(n)
	}
	return nil
}

// isEmpty tells a part that is there in form only.
func isEmpty(part any) bool {
	if n := asNode(part); n != nil {
		return len(n) == 0 || len(n) == 1 && isEmpty(n["map"])
	}
	list, ok := part.([]any)
	return ok && len(list) == 0
}

func notAthena(what string) error {
	return fmt.Errorf("NOT_SUPPORTED: %s is not Athena's SQL, or not known to be equal here", strings.ToUpper(strings.ReplaceAll(what, "_", " ")))
}

// checkOrderBy holds ORDER BY to Trino's rules: names mean the SELECT's output first, which aggregates and GROUPING cannot read;
// with DISTINCT, only the output can be ordered by.
func checkOrderBy(query node) error {
	output := map[string]node{}
	for _, item := range query.list("select_list") {
		if name := outputName(asNode(item)); name != "" {
			output[name] = asNode(item)
		}
	}
	distinct := false
	for _, modifier := range query.list("modifiers") {
		distinct = distinct || asNode(modifier).kind() == "DISTINCT_MODIFIER"
		for _, order := range asNode(modifier).list("orders") {
			if err := checkOrder(asNode(order).child("expression"), output, distinct); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkOrder(expression node, output map[string]node, distinct bool) error {
	if kind := expression.kind(); kind == "COLUMN_REF" || kind == "CONSTANT" {
		if distinct && kind == "COLUMN_REF" && output[unqualified(expression)] == nil {
			return fmt.Errorf("EXPRESSION_NOT_IN_DISTINCT: For SELECT DISTINCT, ORDER BY expressions must appear in select list")
		}
		return nil
	}
	if distinct {
		return fmt.Errorf("NOT_SUPPORTED: ORDER BY an expression of SELECT DISTINCT is not supported locally: order by an output column")
	}
	var err error
	visit(expression, func(n node) {
		grouping := n.text("type") == "GROUPING_FUNCTION"
		_, aggregate := lookup(n.text("function_name"), aggregates)
		if grouping || n.kind() == "FUNCTION" && aggregate == nil {
			visit(n["children"], func(argument node) {
				if output[unqualified(argument)] == nil || err != nil {
					return
				}
				if grouping {
					err = fmt.Errorf("INVALID_ARGUMENTS: Invalid reference to output of SELECT clause from grouping() expression in ORDER BY: qualify %q with the table's name", unqualified(argument))
				} else {
					err = fmt.Errorf("COLUMN_NOT_FOUND: Invalid reference to output projection attribute from ORDER BY aggregation: qualify %q with the table's name", unqualified(argument))
				}
			})
		}
		if item := output[unqualified(n)]; err == nil && item != nil && unqualified(item) != unqualified(n) {
			err = fmt.Errorf("NOT_SUPPORTED: not known to be equal: the output column %q inside an expression of ORDER BY: order by the column itself, or qualify it with the table's name", unqualified(n))
		}
	})
	return err
}

// outputName is the name under which ORDER BY finds an item of the SELECT list, in lower case.
func outputName(item node) string {
	if alias := item.text("alias"); alias != "" {
		return strings.ToLower(alias)
	}
	names := item.list("column_names")
	if len(names) == 0 {
		return ""
	}
	name, _ := names[len(names)-1].(string)
	return strings.ToLower(name)
}

// unqualified is the column that a reference without a table's name means, in lower case.
func unqualified(n node) string {
	if names := n.list("column_names"); n.kind() == "COLUMN_REF" && len(names) == 1 {
		name, _ := names[0].(string)
		return strings.ToLower(name)
	}
	return ""
}
