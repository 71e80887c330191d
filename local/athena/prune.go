package athena

import (
	"fmt"
	"strings"
)

// tableScan is one scan of a table in an optimized plan, with the conditions that DuckDB has pushed down to it.
type tableScan struct {
	// number is the scan's, in the order of the query's tables. One that a WITH clause holds can occur several times.
	number     int
	conditions []string
}

// tableScans finds the scans of an optimized plan. A condition is kept if it reads partition keys only.
func tableScans(plan any, scans []*scan) []tableScan {
	var found []tableScan
	filters := map[string]filter{}
	visit(plan, func(n node) {
		if n.text("type") == "LOGICAL_FILTER" {
			if get, path := filtered(n); get != nil {
				filters[fmt.Sprint(get["table_index"])] = filter{n.list("expressions"), path}
			}
		}
		if n.text("type") != "LOGICAL_GET" {
			return
		}
		for number, s := range scans {
			if n.text("name") != scanName(number) {
				continue
			}
			t := tableScan{number: number}
			f := filters[fmt.Sprint(n["table_index"])]
			w := conditionWriter{get: n, scan: s, path: f.path}
			for _, expression := range f.expressions {
				t.conditions = append(t.conditions, w.conditions(asNode(expression))...)
			}
			found = append(found, t)
		}
	})
	return found
}

// filter is what a plan filters a scan by.
type filter struct {
	expressions []any
	path        []node
}

// filtered is the scan that a filter is of, and the projections between them. DuckDB numbers the rows that an UNNEST is joined to,
// and leaves the filter above that; the numbers only tell the rows apart, so that it may as well be below.
func filtered(filter node) (get node, path []node) {
	onlyChild := func(n node) node {
		if children := n.list("children"); len(children) == 1 {
			return asNode(children[0])
		}
		return nil
	}
	n := onlyChild(filter)
	if expressions := n.list("expressions"); n.text("type") == "LOGICAL_WINDOW" && len(expressions) == 1 && asNode(expressions[0]).text("alias") == "delim_index" {
		for n = onlyChild(n); n.text("type") == "LOGICAL_PROJECTION"; n = onlyChild(n) {
			path = append(path, n)
		}
	}
	if n.text("type") != "LOGICAL_GET" {
		return nil, nil
	}
	return n, path
}

// conditionWriter writes a scan's bound conditions as SQL over the relation of its partitions.
type conditionWriter struct {
	get  node
	scan *scan
	// path are the projections between the conditions and the scan.
	path []node
}

// conditions writes those parts of a condition that can be written; they all must hold.
func (w conditionWriter) conditions(expression node) []string {
	if expression.text("type") == "CONJUNCTION_AND" {
		var all []string
		for _, child := range expression.list("children") {
			all = append(all, w.conditions(asNode(child))...)
		}
		return all
	}
	if sql, ok := w.write(expression); ok {
		return []string{sql}
	}
	return nil
}

var comparisonSymbols = map[string]string{
	"COMPARE_EQUAL": "=", "COMPARE_NOTEQUAL": "<>", "COMPARE_LESSTHAN": "<", "COMPARE_LESSTHANOREQUALTO": "<=",
	"COMPARE_GREATERTHAN": ">", "COMPARE_GREATERTHANOREQUALTO": ">=", "COMPARE_DISTINCT_FROM": "IS DISTINCT FROM", "COMPARE_NOT_DISTINCT_FROM": "IS NOT DISTINCT FROM",
	"CONJUNCTION_AND": "AND", "CONJUNCTION_OR": "OR",
}

// write is the expression as SQL, or false if it reads a data column or has a form that no condition on partitions needs.
func (w conditionWriter) write(n node) (string, bool) {
	var children []string
	for _, part := range []any{n["left"], n["right"], n["input"], n["lower"], n["upper"], n["child"], n["children"]} {
		list, ok := part.([]any)
		if !ok && part != nil {
			list = []any{part}
		}
		for _, child := range list {
			sql, ok := w.write(asNode(child))
			if !ok {
				return "", false
			}
			children = append(children, sql)
		}
	}
	operator := comparisonSymbols[n.text("type")]
	switch class := n.text("expression_class"); {
	case class == "BOUND_REF":
		return w.column(n)
	case class == "BOUND_CONSTANT":
		return constant(n.child("value"))
	case (class == "BOUND_COMPARISON" || class == "BOUND_CONJUNCTION") && operator != "":
		return "(" + strings.Join(children, " "+operator+" ") + ")", true
	case class == "BOUND_BETWEEN":
		above, below := ">", "<"
		if n["lower_inclusive"] == true {
			above = ">="
		}
		if n["upper_inclusive"] == true {
			below = "<="
		}
		return fmt.Sprintf("(%s %s %s AND %s %s %s)", children[0], above, children[1], children[0], below, children[2]), true
	case class == "BOUND_CAST" && n["try_cast"] != true:
		if t := boundType(n); typeNames[t] != "" && t != "DECIMAL" {
			return fmt.Sprintf("CAST(%s AS %s)", children[0], t), true
		}
	case class == "BOUND_FUNCTION":
		return quoteName(n.text("name")) + "(" + strings.Join(children, ", ") + ")", true
	case class == "BOUND_OPERATOR":
		return operatorSQL(n.text("type"), children)
	}
	return "", false
}

func operatorSQL(operator string, children []string) (string, bool) {
	switch operator {
	case "OPERATOR_NOT":
		return "(NOT " + children[0] + ")", true
	case "OPERATOR_IS_NULL":
		return "(" + children[0] + " IS NULL)", true
	case "OPERATOR_IS_NOT_NULL":
		return "(" + children[0] + " IS NOT NULL)", true
	case "OPERATOR_COALESCE":
		return "COALESCE(" + strings.Join(children, ", ") + ")", true
	case "COMPARE_IN":
		return "(" + children[0] + " IN (" + strings.Join(children[1:], ", ") + "))", true
	case "COMPARE_NOT_IN":
		return "(" + children[0] + " NOT IN (" + strings.Join(children[1:], ", ") + "))", true
	default:
		return "", false
	}
}

// column writes a reference to one of the scan's columns, which the plan gives by its place among those read.
func (w conditionWriter) column(ref node) (string, bool) {
	read := w.get.list("column_indexes")
	at := columnIndex(ref)
	for _, projection := range w.path {
		expressions := projection.list("expressions")
		if at >= len(expressions) || asNode(expressions[at]).text("expression_class") != "BOUND_REF" {
			return "", false
		}
		at = columnIndex(expressions[at])
	}
	if projected := w.get.list("projection_ids"); len(projected) > 0 {
		if at >= len(projected) {
			return "", false
		}
		at = columnIndex(node{"index": projected[at]})
	}
	if at >= len(read) {
		return "", false
	}
	key := columnIndex(read[at]) - w.scan.dataColumns
	return quoteName(partitionColumn(key)), key >= 0
}

func constant(value node) (string, bool) {
	t := value.child("type").text("id")
	switch {
	case value["is_null"] == true:
		return "NULL", true
	case value["value"] == nil:
		return "", false
	case t == "VARCHAR":
		return quoteText(fmt.Sprint(value["value"])), true
	case t == "DATE":
		return fmt.Sprintf("(DATE '1970-01-01' + CAST(%v AS INTEGER))", value["value"]), true
	case t == "BOOLEAN" || t == "DOUBLE" || contains("TINYINT SMALLINT INTEGER BIGINT", t):
		return fmt.Sprintf("CAST('%v' AS %s)", value["value"], t), true
	default:
		return "", false
	}
}

func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
func quoteText(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
