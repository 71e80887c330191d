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
	// code is the function in Go, for what DuckDB's own cannot be made to answer.
	code []builtin
	// rewrite makes DuckDB's answer equal; nil where it is already, or where there is code.
	rewrite func(node)
	// as says what was made equal, or where the equality ends.
	as string
}

// boundName is the name in DuckDB's plan.
func (f function) boundName() string {
	switch {
	case f.code != nil:
		return ownPrefix + f.name
	case f.bound != "":
		return f.bound
	default:
		return f.name
	}
}

// apply makes a call one that DuckDB answers equally.
func (f function) apply(call node) {
	switch {
	case f.code != nil:
		keepAlias(call, rename(f.boundName()))
	case f.rewrite != nil:
		keepAlias(call, f.rewrite)
	}
}

// Families of types in the arguments of a function.
var families = map[string][]string{
	"integer":   {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"},
	"int":       {"INTEGER", "BIGINT", "HUGEINT"},
	"double":    {"DOUBLE"},
	"decimal":   {"DECIMAL"},
	"varchar":   {"VARCHAR"},
	"boolean":   {"BOOLEAN"},
	"date":      {"DATE"},
	"timestamp": {"TIMESTAMP_S", "TIMESTAMP"},
	"instant":   {"TIMESTAMP WITH TIME ZONE"},
	"array":     {"LIST"},
	"map":       {"MAP"},
	"json":      {"JSON"},
	"scalar": {
		"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL", "VARCHAR", "BOOLEAN",
		"DATE", "TIMESTAMP_S", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE",
	},
	"any": nil,
}

// scalars are functions and operators over one row.
var scalars = slices.Concat(operators, numberFunctions, textFunctions, patternFunctions, dateFunctions, jsonFunctions, arrayFunctions)

// lookup finds the row of a Trino function.
func lookup(name string, tables ...[]function) (function, error) {
	for _, f := range slices.Concat(tables...) {
		if f.name == name {
			return f, nil
		}
	}
	if why, ok := refused[name]; ok {
		return function{}, fmt.Errorf("NOT_SUPPORTED: not known to be equal: function %s: it %s", strings.ToUpper(name), why)
	}
	return function{}, fmt.Errorf("NOT_SUPPORTED: not known to be equal: function %s is not in the table of functions that answer here as in Athena", strings.ToUpper(name))
}

// checkCall refuses argument types that a bound function was not found equal for.
func checkCall(name string, types []string) error {
	called := name
	for _, f := range slices.Concat(scalars, aggregates, rankings) {
		if f.boundName() != name {
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
