package athena

import "encoding/json"

// spreadFromGroups gives what was found at the places of a GROUP BY to the same expressions in the rest of the query: those are
// bound as references to the group.
func spreadFromGroups[T any](tree node, found map[string]T) {
	visit(tree, func(query node) {
		groups := map[string]T{}
		visit(query["group_expressions"], func(n node) {
			if value, ok := found[place(n)]; ok && isExpression(n) {
				groups[shapeOf(n)] = value
			}
		})
		if len(groups) == 0 {
			return
		}
		inner := map[string]bool{} // the places within subqueries, where the same names may mean something else
		rest := []any{query["select_list"], query["having"], query["modifiers"]}
		visit(rest, func(n node) {
			visit(n["subquery"], func(n node) { inner[place(n)] = true })
		})
		visit(rest, func(n node) {
			if value, ok := groups[shapeOf(n)]; ok && isExpression(n) && !inner[place(n)] {
				found[place(n)] = value
			}
		})
	})
}

func isExpression(n node) bool { return n.kind() == "FUNCTION" || n.kind() == "CAST" }

// shapeOf is an expression as text, without its alias and its place.
func shapeOf(n node) string {
	plain := asNode(copyOf(n))
	visit(plain, func(part node) {
		delete(part, "alias")
		delete(part, "query_location")
	})
	text, err := json.Marshal(plain)
	if err != nil {
		return ""
	}
	return string(text)
}
