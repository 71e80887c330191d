package athena

// aggregates are functions over a group or a window (Trino: Aggregate functions).
var aggregates = []function{
	{name: "count_star"},
	{name: "count", arguments: []string{"any"}},
	{name: "count_if", arguments: []string{"boolean"}},
	{name: "sum", arguments: []string{"integer", "double", "decimal"}, as: "an integer sum is bigint; one that does not fit fails the query"},
	{name: "avg", arguments: []string{"integer", "double"}, rewrite: splitAverage, as: "of decimals, a decimal of the same type"},
	{name: "min", arguments: []string{"scalar"}},
	{name: "max", arguments: []string{"scalar"}},
	{name: "bool_and", arguments: []string{"boolean"}},
	{name: "bool_or", arguments: []string{"boolean"}},
	{name: "every", bound: "bool_and", arguments: []string{"boolean"}, rewrite: rename("bool_and")},
	{name: "arbitrary", bound: "any_value", arguments: []string{"any"}, rewrite: rename("any_value"), as: "the first that is not NULL"},
	{name: "any_value", arguments: []string{"any"}, as: "the first that is not NULL"},
	{name: "max_by", bound: "arg_max_null", arguments: []string{"any scalar"}, rewrite: rename("arg_max_null"), as: "which of several rows is open; rows whose second argument is NULL do not count"},
	{name: "min_by", bound: "arg_min_null", arguments: []string{"any scalar"}, rewrite: rename("arg_min_null"), as: "as max_by"},
	{name: "array_agg", arguments: []string{"any"}},
	{name: "stddev", arguments: spread, as: "the last digits depend on the order of the rows, in Athena too"},
	{name: "stddev_samp", arguments: spread, as: "as stddev"},
	{name: "stddev_pop", arguments: spread, as: "as stddev"},
	{name: "variance", arguments: spread, as: "as stddev"},
	{name: "var_samp", arguments: spread, as: "as stddev"},
	{name: "var_pop", arguments: spread, as: "as stddev"},
}

var spread = []string{"int", "double", "decimal"}

// rankings are functions of a window alone (Trino: Window functions).
var rankings = []function{
	{name: "row_number"},
	{name: "rank"},
	{name: "dense_rank"},
	{name: "percent_rank"},
	{name: "cume_dist"},
	{name: "ntile", arguments: []string{"int"}},
	{name: "lag", arguments: []string{"any"}},
	{name: "lead", arguments: []string{"any"}},
	{name: "first_value", arguments: []string{"any"}},
	{name: "last_value", arguments: []string{"any"}},
}
