package athena

import (
	"database/sql/driver"
	"math"
	"slices"
)

var arithmetic = []string{"int int", "double double", "int double", "double int", "decimal double", "double decimal"}

// operators (Trino: Mathematical, Logical and Comparison operators, Conditional expressions).
var operators = []function{
	{name: "+", arguments: arithmetic},
	{name: "-", arguments: append([]string{"int", "double", "decimal"}, arithmetic...)},
	{name: "*", arguments: arithmetic},
	{name: "/", bound: divideName, arguments: arithmetic, rewrite: rename(divideName), as: "an integer divided by zero is DIVISION_BY_ZERO"},
	{name: "%", bound: moduloName, arguments: arithmetic, rewrite: rename(moduloName), as: "an integer divided by zero is DIVISION_BY_ZERO"},
	{name: "mod", bound: moduloName, arguments: arithmetic, rewrite: rename(moduloName), as: "an integer divided by zero is DIVISION_BY_ZERO"},
	{name: "||", arguments: []string{"varchar varchar"}},
	{name: "nullif", rewrite: nullIf, as: "CASE WHEN a = b THEN NULL ELSE a END"},
	{name: "greatest", arguments: []string{"scalar scalar..."}, rewrite: nullIfAnyNull, as: "NULL if any argument is"},
	{name: "least", arguments: []string{"scalar scalar..."}, rewrite: nullIfAnyNull, as: "NULL if any argument is"},
}

// numberFunctions (Trino: Mathematical functions).
var numberFunctions = []function{
	{name: "abs", arguments: []string{"int", "double", "decimal"}},
	{name: "floor", arguments: []string{"int", "double"}, code: wholeNumbers(math.Floor)},
	{name: "ceil", arguments: []string{"int", "double"}, code: wholeNumbers(math.Ceil)},
	{name: "ceiling", arguments: []string{"int", "double"}, code: wholeNumbers(math.Ceil)},
	{name: "round", arguments: []string{"int", "double", "double int"}, code: append(wholeNumbers(math.Round), builtin{"DOUBLE BIGINT -> DOUBLE", roundTo})},
	{name: "truncate", arguments: []string{"double"}, code: double(math.Trunc)},
	{name: "sign", arguments: []string{"int", "double"}, code: signs},
	{name: "sqrt", arguments: []string{"int", "double", "decimal"}, code: double(math.Sqrt)},
	{name: "power", arguments: []string{"double double", "int int", "double int", "int double", "decimal int", "decimal double"}, bound: "pow", rewrite: rename("pow"), as: "to the last digit but one, which Java leaves open too"},
	{name: "pow", arguments: []string{"double double", "int int", "double int", "int double", "decimal int", "decimal double"}, as: "as power"},
	{name: "exp", arguments: []string{"double", "int", "decimal"}, as: "as power"},
	{name: "ln", arguments: []string{"double", "int", "decimal"}, as: "as power; fails for what is not positive"},
	{name: "log10", arguments: []string{"double", "int", "decimal"}, as: "as power; fails for what is not positive"},
	{name: "pi"},
	{name: "is_nan", arguments: []string{"double"}, bound: "isnan", rewrite: rename("isnan")},
}

// refused says why a function is refused that many would look for.
var refused = map[string]string{
	"approx_distinct":   "is approximate in Athena, with a standard error of 2.3 %: write count(DISTINCT …)",
	"approx_percentile": "is approximate in Athena: no exact answer here would be its own",
	"random":            "answers differently each time",
	"rand":              "answers differently each time",
	"uuid":              "answers differently each time",
}

func double(f func(float64) float64) []builtin {
	return []builtin{{"DOUBLE -> DOUBLE", func(values []driver.Value) (any, error) { return f(values[0].(float64)), nil }}}
}

func same(values []driver.Value) (any, error) { return values[0], nil }

// wholeNumbers are the overloads of a function that leaves whole numbers as they are.
func wholeNumbers(f func(float64) float64) []builtin {
	return slices.Concat(double(f), []builtin{{"INTEGER -> INTEGER", same}, {"BIGINT -> BIGINT", same}})
}

// roundTo rounds half away from zero to a number of decimals.
func roundTo(values []driver.Value) (any, error) {
	f, digits := values[0].(float64), values[1].(int64)
	factor := math.Pow(10, float64(digits))
	scaled := math.Round(f * factor)
	if math.IsNaN(f) || math.IsInf(f, 0) || f == 0 {
		return f, nil
	}
	if digits < -300 || digits > 300 || math.Abs(scaled) > 1<<53 {
		return nil, notEqual("ROUND of %s to %d digits: the number has no more of them", formatFloat(f, 64), digits)
	}
	return scaled / factor, nil
}

var signs = []builtin{
	{"DOUBLE -> DOUBLE", func(values []driver.Value) (any, error) {
		switch f := values[0].(float64); {
		case f > 0:
			return 1.0, nil
		case f < 0:
			return -1.0, nil
		default: // zero, or not a number
			return f, nil
		}
	}},
	{"INTEGER -> INTEGER", func(values []driver.Value) (any, error) { return int32(integer(values[0]).Sign()), nil }},
	{"BIGINT -> BIGINT", func(values []driver.Value) (any, error) { return int64(integer(values[0]).Sign()), nil }},
}
