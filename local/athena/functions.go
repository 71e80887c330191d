package athena

import (
	"fmt"
	"slices"
	"strings"
)

// function is a row of the table of functions and operators whose answers are equal in Athena and here.
// What has no row is refused: DuckDB has the same names with other meanings.
type function struct {
	// name is Trino's, in lower case.
	name string
	// bound is the name under which DuckDB's plan knows it, if that is another.
	bound string
	// arguments are the lists of argument types that were found equal; a list's last type may repeat with "...".
	arguments []string
	// rewrite makes DuckDB's answer equal; nil where it is already.
	rewrite func(node)
	// as says what was made equal, or where the equality ends.
	as string
}

// Families of types in the arguments of a function.
var families = map[string][]string{
	"integer": {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"},
	"int":     {"INTEGER", "BIGINT", "HUGEINT"},
	"double":  {"DOUBLE"},
	"decimal": {"DECIMAL"},
	"varchar": {"VARCHAR"},
	"boolean": {"BOOLEAN"},
	"scalar":  {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL", "VARCHAR", "BOOLEAN", "DATE", "TIMESTAMP"},
	"any":     nil,
}

var arithmetic = []string{"int int", "double double", "int double", "double int"}

// scalars are functions and operators over one row.
var scalars = []function{
	{name: "+", arguments: arithmetic},
	{name: "-", arguments: append([]string{"int", "double", "decimal"}, arithmetic...)},
	{name: "*", arguments: arithmetic},
	{name: "/", bound: divideName, arguments: arithmetic, rewrite: rename(divideName), as: "an integer divided by zero is DIVISION_BY_ZERO"},
	{name: "%", bound: moduloName, arguments: []string{"int int"}, rewrite: rename(moduloName), as: "an integer divided by zero is DIVISION_BY_ZERO"},
	{name: "mod", bound: moduloName, arguments: []string{"int int"}, rewrite: rename(moduloName), as: "an integer divided by zero is DIVISION_BY_ZERO"},
	{name: "||", arguments: []string{"varchar varchar"}},
	{name: "concat", bound: "||", arguments: []string{"varchar varchar"}, rewrite: concatenate, as: "NULL if any argument is"},
	{name: "~~", arguments: []string{"varchar varchar"}},
	{name: "!~~", arguments: []string{"varchar varchar"}},
	{name: "abs", arguments: []string{"int", "double"}},
	{name: "floor", arguments: []string{"double"}},
	{name: "ceil", arguments: []string{"double"}},
	{name: "ceiling", arguments: []string{"double"}},
	{name: "round", arguments: []string{"double"}},
	{name: "length", arguments: []string{"varchar"}},
	{name: "lower", arguments: []string{"varchar"}},
	{name: "upper", arguments: []string{"varchar"}},
	{name: "starts_with", arguments: []string{"varchar varchar"}},
	{name: "substr", bound: substringName, arguments: []string{"varchar int", "varchar int int"}, rewrite: rename(substringName), as: "a start of zero, or before the first character, gives an empty string"},
	{name: "substring", bound: substringName, arguments: []string{"varchar int", "varchar int int"}, rewrite: rename(substringName), as: "as substr"},
	{name: "nullif", rewrite: nullIf, as: "CASE WHEN a = b THEN NULL ELSE a END"},
	{name: "greatest", arguments: []string{"scalar scalar..."}, rewrite: nullIfAnyNull, as: "NULL if any argument is"},
	{name: "least", arguments: []string{"scalar scalar..."}, rewrite: nullIfAnyNull, as: "NULL if any argument is"},
}

// aggregates are functions over a group or a window.
var aggregates = []function{
	{name: "count_star"},
	{name: "count", arguments: []string{"any"}},
	{name: "count_if", arguments: []string{"boolean"}},
	{name: "sum", arguments: []string{"integer", "double", "decimal"}, as: "an integer sum is bigint; one that does not fit fails the query"},
	{name: "avg", arguments: []string{"integer", "double"}},
	{name: "min", arguments: []string{"scalar"}},
	{name: "max", arguments: []string{"scalar"}},
	{name: "bool_and", arguments: []string{"boolean"}},
	{name: "bool_or", arguments: []string{"boolean"}},
}

// rankings are functions of a window alone.
var rankings = []function{
	{name: "row_number"},
	{name: "rank"},
	{name: "dense_rank"},
}

// lookup finds the row of a Trino function.
func lookup(name string, tables ...[]function) (function, error) {
	for _, f := range slices.Concat(tables...) {
		if f.name == name {
			return f, nil
		}
	}
	return function{}, fmt.Errorf("NOT_SUPPORTED: not known to be equal: function %s is not in the table of functions that answer here as in Athena", strings.ToUpper(name))
}

// checkCall refuses argument types that a bound function was not found equal for.
func checkCall(name string, types []string) error {
	called := name
	for _, f := range slices.Concat(scalars, aggregates, rankings) {
		if f.name != name && f.bound != name {
			continue
		}
		called = f.name
		if len(f.arguments) == 0 && len(types) == 0 || slices.ContainsFunc(f.arguments, func(list string) bool { return takes(list, types) }) {
			return nil
		}
	}
	return fmt.Errorf("NOT_SUPPORTED: not known to be equal: %s(%s)", strings.ToUpper(called), strings.Join(trinoTypes(types), ", "))
}

func takes(list string, types []string) bool {
	wanted := strings.Fields(list)
	if last, ok := strings.CutSuffix(wanted[len(wanted)-1], "..."); ok {
		wanted[len(wanted)-1] = last
		for len(wanted) < len(types) {
			wanted = append(wanted, last)
		}
	}
	if len(wanted) != len(types) {
		return false
	}
	for i, family := range wanted {
		if family != "any" && types[i] != "NULL" && !slices.Contains(families[family], types[i]) {
			return false
		}
	}
	return true
}

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
