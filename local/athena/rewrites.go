package athena

func rename(name string) func(node) {
	return func(call node) {
		call["function_name"] = name
		delete(call, "is_operator")
		delete(call, "schema")
	}
}

// concatenate writes concat(a, b, c) as a || b || c.
func concatenate(call node) {
	children := call.list("children")
	for len(children) > 2 {
		children = append([]any{newCall("||", children[0], children[1])}, children[2:]...)
	}
	call["function_name"], call["children"], call["is_operator"] = "||", children, true
}

func nullIf(call node) {
	children := call.list("children")
	if len(children) != 2 {
		return // the binder reports the number of arguments
	}
	replace(call, newCase(node{"class": "COMPARISON", "type": "COMPARE_EQUAL", "left": copyOf(children[0]), "right": children[1]}, newNull(), children[0]))
}

func nullIfAnyNull(call node) {
	var nulls []any
	for _, child := range call.list("children") {
		nulls = append(nulls, node{"class": "OPERATOR", "type": "OPERATOR_IS_NULL", "children": []any{copyOf(child)}})
	}
	if len(nulls) < 2 {
		return
	}
	plain := node{}
	replace(plain, call)
	replace(call, newCase(node{"class": "CONJUNCTION", "type": "CONJUNCTION_OR", "children": nulls}, newNull(), plain))
}

// castTo writes a call as a cast of its argument.
func castTo(name string) func(node) {
	return func(call node) {
		if children := call.list("children"); len(children) == 1 {
			replace(call, newCast(children[0], name))
		}
	}
}
