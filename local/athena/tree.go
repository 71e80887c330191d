package athena

import (
	"maps"
	"slices"
)

// node is a node of a query's syntax tree, or of its plan, as DuckDB writes them in JSON.
type node map[string]any

func (n node) text(key string) string {
	text, _ := n[key].(string)
	return text
}

// list is the part as a list, an empty one if it is not there.
func (n node) list(key string) []any {
	if list, ok := n[key].([]any); ok {
		return list
	}
	return []any{}
}

func (n node) child(key string) node { return asNode(n[key]) }

func asNode(value any) node {
	switch value := value.(type) {
	case node:
		return value
	case map[string]any:
		return value
	default:
		return nil
	}
}

// kind is what the node is: an expression's class, else its type.
func (n node) kind() string {
	if class := n.text("class"); class != "" {
		return class
	}
	return n.text("type")
}

// visit calls do with every node under value, parents first, in an order that is always the same.
func visit(value any, do func(node)) {
	if list, ok := value.([]any); ok {
		for _, element := range list {
			visit(element, do)
		}
	}
	if n := asNode(value); n != nil {
		do(n)
		for _, key := range slices.Sorted(maps.Keys(n)) {
			visit(n[key], do)
		}
	}
}

// copyOf is a deep copy.
func copyOf(value any) any {
	if list, ok := value.([]any); ok {
		copied := make([]any, len(list))
		for i, element := range list {
			copied[i] = copyOf(element)
		}
		return copied
	}
	if n := asNode(value); n != nil {
		copied := node{}
		for key, child := range n {
			copied[key] = copyOf(child)
		}
		return copied
	}
	return value
}

// replace makes target hold what source does.
func replace(target, source node) {
	clear(target)
	maps.Copy(target, source)
}

func newCall(function string, arguments ...any) node {
	return node{"class": "FUNCTION", "type": "FUNCTION", "function_name": function, "children": append([]any{}, arguments...), "order_bys": node{"type": "ORDER_MODIFIER"}}
}

func newCase(when node, then, otherwise any) node {
	return node{"class": "CASE", "type": "CASE_EXPR", "case_checks": []any{node{"when_expr": when, "then_expr": then}}, "else_expr": otherwise}
}

func newNull() node {
	return node{"class": "CONSTANT", "type": "VALUE_CONSTANT", "value": node{"type": node{"id": "NULL"}, "is_null": true}}
}

func newCast(child any, to string) node {
	return node{"class": "CAST", "type": "OPERATOR_CAST", "child": child, "cast_type": node{"id": to}}
}
