package athena

import (
	"database/sql/driver"
	"fmt"
	"strings"
)

// arrayFunctions (Trino: Array functions and operators, Map functions and operators). Subscripts count from 1.
// A map can be asked for a key and its size only: its order is not kept here.
var arrayFunctions = []function{
	{name: "array_extract", bound: "array_extract", arguments: []string{"array int"}, as: "a[i]: fails outside the array; m[k]: fails without the key"},
	{name: "map_extract", arguments: []string{"map varchar", "map int"}},
	{name: "element_at", bound: "array_extract", arguments: []string{"array int", "map varchar", "map int"}, as: "from the end if negative; NULL outside the array or without the key"},
	{name: "cardinality", bound: "len", arguments: []string{"array"}, rewrite: rename("len")},
	{name: "contains", bound: "list_contains", arguments: []string{"array scalar"}, rewrite: rename(ownPrefix + "contains"), as: "NULL if it is not there but a NULL is"},
	{name: "array_join", arguments: []string{"array varchar", "array varchar varchar"}, code: []builtin{
		{"VARCHAR[] VARCHAR -> VARCHAR", arrayJoin},
		{"VARCHAR[] VARCHAR VARCHAR -> VARCHAR", arrayJoin},
	}, as: "of array(varchar); a NULL is left out, or replaced"},
}

// macros are functions that DuckDB's SQL says best.
var macros = []string{
	// A tree that is written back to SQL cannot name the type itself.
	"CREATE MACRO " + ownPrefix + "as_json(value) AS CAST(value AS JSON)",
	"CREATE MACRO " + ownPrefix + "contains(list, element) AS CASE WHEN list IS NOT NULL AND element IS NOT NULL THEN list_contains(list, element) OR (list_count(list) < len(list) AND NULL) END",
}

// arrayHelpers check what DuckDB lets pass.
var arrayHelpers = map[string][]builtin{
	ownPrefix + "subscript": {{"BIGINT BIGINT -> BIGINT", func(values []driver.Value) (any, error) {
		switch index, length := values[0].(int64), values[1].(int64); {
		case index == 0:
			return nil, invalidArgument("SQL array indices start at 1")
		case index < 0:
			return nil, invalidArgument("Array subscript is negative: %d", index)
		case index > length:
			return nil, invalidArgument("Array subscript must be less than or equal to array length: %d > %d", index, length)
		default:
			return index, nil
		}
	}}},
	ownPrefix + "index": {{"BIGINT -> BIGINT", func(values []driver.Value) (any, error) {
		if values[0].(int64) == 0 {
			return nil, invalidArgument("SQL array indices start at 1")
		}
		return values[0], nil
	}}},
	ownPrefix + "found": {{"BIGINT -> BIGINT", func(values []driver.Value) (any, error) {
		if values[0].(int64) == 0 {
			return nil, invalidArgument("Key not present in map")
		}
		return int64(1), nil
	}}},
}

func arrayJoin(values []driver.Value) (any, error) {
	var parts []string
	for _, element := range values[0].([]any) {
		switch {
		case element != nil:
			parts = append(parts, element.(string))
		case len(values) == 3:
			parts = append(parts, values[2].(string))
		}
	}
	return strings.Join(parts, values[1].(string)), nil
}

// resolveSubscript writes a[i] or m[k].
func (r *resolver) resolveSubscript(n node) {
	children := n.list("children")
	list, index := children[0], children[1]
	if r.typeOf(list).name == "map" {
		entries := newCall("map_extract", list, index)
		replace(n, newCall("array_extract", entries, newCall(ownPrefix+"found", newCall("len", copyOf(entries)))))
		return
	}
	replace(n, newCall("array_extract", list, newCall(ownPrefix+"subscript", index, newCall("len", copyOf(list)))))
}

// resolveElementAt writes element_at(a, i) or element_at(m, k).
func (r *resolver) resolveElementAt(call node) {
	children := call.list("children")
	if len(children) != 2 {
		return // the binder reports the number of arguments
	}
	if r.typeOf(children[0]).name == "map" {
		one := node{"class": "CONSTANT", "type": "VALUE_CONSTANT", "value": node{"type": node{"id": "INTEGER"}, "is_null": false, "value": 1}}
		replace(call, newCall("array_extract", newCall("map_extract", children[0], children[1]), one))
		return
	}
	replace(call, newCall("array_extract", children[0], newCall(ownPrefix+"index", children[1])))
}

// resolveUnnest makes UNNEST of a table's array of rows give a column for each field, as in Trino; DuckDB gives the row.
func (r *resolver) resolveUnnest(ref node, with map[string]withQuery) error {
	call := ref.child("function")
	if err := r.resolve(call["children"], with); err != nil {
		return err
	}
	names := ref.list("column_name_alias")
	if len(call.list("children")) != 1 || len(names) == 0 || ref.text("alias") == "" {
		return notEqual("UNNEST other than of one array, with names: write CROSS JOIN UNNEST(array) AS t (name)")
	}
	t := r.typeOf(call.list("children")[0])
	ordinality := 0
	if ref.text("with_ordinality") == "WITH_ORDINALITY" {
		ordinality = 1
	}
	if t.name != "array" || t.children[0].name != "" || t.children[0].hiveType.name != "struct" {
		if len(names) != 1+ordinality {
			return notEqual("UNNEST with %d names: of an array of rows it must be a table's column, of any other it gives one column", len(names))
		}
		return nil
	}
	fields := t.children[0].children
	if len(names) != len(fields)+ordinality {
		return notEqual("UNNEST with %d names for %d columns", len(names), len(fields)+ordinality)
	}
	var items []any
	for _, field := range fields {
		items = append(items, node{"class": "COLUMN_REF", "type": "COLUMN_REF", "column_names": []any{"$row", "$row", field.name}})
	}
	inner := []any{"$row"}
	if ordinality == 1 {
		items = append(items, node{"class": "COLUMN_REF", "type": "COLUMN_REF", "column_names": []any{"$row", "$place"}})
		inner = append(inner, "$place")
	}
	source := node{}
	replace(source, ref)
	source["alias"], source["column_name_alias"] = "$row", inner
	replace(ref, node{"type": "SUBQUERY", "alias": ref["alias"], "column_name_alias": names, "subquery": node{"node": node{
		"type": "SELECT_NODE", "select_list": items, "from_table": source, "cte_map": node{"map": []any{}}, "aggregate_handling": "STANDARD_HANDLING",
	}}})
	return nil
}

// checkUnnestJoin holds a join with UNNEST to what Trino takes.
func checkUnnestJoin(join node) error {
	condition := join.child("condition")
	if condition.kind() == "CAST" { // how DuckDB's parser writes true
		condition = condition.child("child")
	}
	value := fmt.Sprint(condition.child("value")["value"])
	always := join.child("condition") == nil || condition.kind() == "CONSTANT" && (value == "true" || value == "t")
	if join.child("right").text("type") != "TABLE_FUNCTION" || always && join["using_columns"] == nil && contains("INNER LEFT", join.text("join_type")) {
		return nil
	}
	return fmt.Errorf("NOT_SUPPORTED: JOIN involving UNNEST is only supported as CROSS JOIN, or as INNER or LEFT JOIN with condition ON TRUE")
}

// typeOf is the type of an expression that names a table's column, or a field in it; the zero type if it does not.
// Where the name means something else, the types that DuckDB binds are others, and they are held to the table of functions.
func (r *resolver) typeOf(expression any) hiveType {
	n := asNode(expression)
	var names []string
	for _, name := range n.list("column_names") {
		text, _ := name.(string)
		names = append(names, strings.ToLower(text))
	}
	for _, s := range r.scans {
		for start := range min(3, len(names)) { // column, table.column or database.table.column
			for _, column := range s.columns {
				if column.name == names[start] {
					if t, ok := column.hive.field(names[start+1:]); ok {
						return t
					}
				}
			}
		}
	}
	return hiveType{}
}

// field is the type of a field in a struct.
func (t hiveType) field(path []string) (hiveType, bool) {
	if len(path) == 0 {
		return t, true
	}
	for _, field := range t.children {
		if t.name == "struct" && field.name == path[0] {
			return field.field(path[1:])
		}
	}
	return hiveType{}, false
}
