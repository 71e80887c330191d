package athena

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// typeNames are Trino's names for DuckDB's types. A HUGEINT is always an integer sum, bigint in Trino.
var typeNames = map[string]string{
	"BOOLEAN": "boolean", "TINYINT": "tinyint", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint", "HUGEINT": "bigint",
	"FLOAT": "real", "DOUBLE": "double", "DECIMAL": "decimal", "VARCHAR": "varchar", "DATE": "date", "JSON": "json",
	"TIMESTAMP_S": "timestamp(0)", "TIMESTAMP": "timestamp", "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
	"LIST": "array", "STRUCT": "row", "MAP": "map", "NULL": "unknown",
}

func trinoTypes(types []string) []string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = typeNames[t]
		if names[i] == "" {
			names[i] = strings.ToLower(t)
		}
	}
	return names
}

// widenings are the casts that Trino makes by itself, from each type to those that hold all its values.
var widenings = map[string]string{
	"TINYINT":  "SMALLINT INTEGER BIGINT HUGEINT DECIMAL FLOAT DOUBLE",
	"SMALLINT": "INTEGER BIGINT HUGEINT DECIMAL FLOAT DOUBLE",
	"INTEGER":  "BIGINT HUGEINT DECIMAL FLOAT DOUBLE",
	"BIGINT":   "HUGEINT DECIMAL FLOAT DOUBLE",
	"HUGEINT":  "BIGINT FLOAT DOUBLE",
	"DECIMAL":  "DECIMAL FLOAT DOUBLE",
	"FLOAT":    "DOUBLE",
}

// widens tells whether Trino casts by itself. A type's name may have blanks.
func widens(from, to string) bool {
	switch from {
	case "DATE":
		return strings.HasPrefix(to, "TIMESTAMP")
	case "TIMESTAMP_S":
		return to == "TIMESTAMP" || to == "TIMESTAMP WITH TIME ZONE"
	case "TIMESTAMP":
		return to == "TIMESTAMP WITH TIME ZONE"
	default:
		return contains(widenings[from], to)
	}
}

// casts are the explicit casts that answer as Trino's do, beside the widenings and codedCasts.
var casts = map[string]string{
	"TINYINT":     "VARCHAR",
	"SMALLINT":    "VARCHAR TINYINT",
	"INTEGER":     "VARCHAR TINYINT SMALLINT",
	"BIGINT":      "VARCHAR TINYINT SMALLINT INTEGER",
	"HUGEINT":     "VARCHAR TINYINT SMALLINT INTEGER",
	"BOOLEAN":     "VARCHAR",
	"DATE":        "VARCHAR",
	"TIMESTAMP":   "DATE",
	"TIMESTAMP_S": "DATE",
	"DECIMAL":     "VARCHAR",
}

// mayCast tells whether a query may spell out a cast.
func mayCast(from, to string) bool {
	return contains(casts[from], to) || slices.Contains(strings.Fields(codedCasts[from]), to)
}

func contains(list, name string) bool { return slices.Contains(strings.Fields(list), name) }

// checkTypes holds a bound plan to Trino's types. DuckDB casts by itself where Trino refuses; its plan shows every cast,
// and explicit has the places of those that the query spells out.
func checkTypes(plan any, explicit map[string]bool) error {
	var err error
	visit(plan, func(n node) {
		if err == nil {
			err = checkBound(n, explicit)
		}
	})
	return err
}

// plannersOwn are functions that a plan has for a row's field and for a subquery as a value. No query can name them.
var plannersOwn = []string{"struct_extract", "first", "error", "list_value", "list_count", "list_aggregate", "list_aggr"}

// isHelper tells a function that a rewrite put in and that checks itself.
func isHelper(name string) bool {
	for _, more := range []map[string][]builtin{arrayHelpers, decimalHelpers} {
		if more[name] != nil {
			return true
		}
	}
	return false
}

func checkBound(n node, explicit map[string]bool) error {
	if typeOf(n).child("type_info").child("child_type").child("type_info").text("alias") == "JSON" {
		return notEqual("array(json)")
	}
	switch n.text("expression_class") {
	case "BOUND_CAST":
		return checkCast(n, explicit)
	case "BOUND_COMPARISON":
		return checkScalar("a comparison", n.child("left"), n.child("right"))
	case "BOUND_BETWEEN":
		return checkScalar("BETWEEN", n.child("input"))
	case "BOUND_FUNCTION", "BOUND_AGGREGATE":
		if slices.Contains(plannersOwn, n.text("name")) || isHelper(n.text("name")) {
			return nil
		}
		if strings.HasPrefix(n.text("name"), jsonName("")) {
			// These take a json value for its text.
			for _, child := range n.list("children") {
				if argument := asNode(child); boundType(argument.child("child")) == "JSON" {
					argument["own"] = true
				}
			}
		}
		return checkCall(n.text("name"), argumentTypes(n, explicit))
	case "BOUND_WINDOW":
		if name := n.text("name"); name != "" && !(name == "count" && len(n.list("children")) == 0) {
			return checkCall(name, argumentTypes(n, explicit))
		}
	}
	if names, types := n.list("names"), n.list("returned_types"); n.text("name") == "unnest" && len(names) > 0 && names[0] != "$row" && asNode(types[0]).text("id") == "STRUCT" {
		return notEqual("UNNEST of an array of rows that is no table's column: unnest the column itself")
	}
	if n.text("type") == "LOGICAL_GET" {
		for _, index := range n.list("column_indexes") {
			if columnIndex(index) >= len(n.list("names")) {
				return fmt.Errorf("COLUMN_NOT_FOUND: Column 'rowid' cannot be resolved: it is DuckDB's, not the table's")
			}
		}
	}
	return nil
}

// argumentTypes are the types that a call was given, before DuckDB cast them to those that it wants.
func argumentTypes(call node, explicit map[string]bool) []string {
	var types []string
	for _, child := range call.list("children") {
		types = append(types, boundType(withoutImplicitCasts(asNode(child), explicit)))
	}
	return types
}

// withoutImplicitCasts is an argument as the query has it. A cast to json is a function's own.
func withoutImplicitCasts(argument node, explicit map[string]bool) node {
	for argument.text("expression_class") == "BOUND_CAST" && !isExplicit(argument, explicit) && boundType(argument) != "JSON" {
		argument = argument.child("child")
	}
	return argument
}

func checkScalar(what string, operands ...node) error {
	for _, operand := range operands {
		if t := boundType(operand); t != "NULL" && !slices.Contains(families["scalar"], t) {
			return fmt.Errorf("NOT_SUPPORTED: not known to be equal: %s of %s", what, trinoTypes([]string{t})[0])
		}
	}
	return nil
}

func checkCast(cast node, explicit map[string]bool) error {
	child := cast.child("child")
	from, to := boundType(child), boundType(cast)
	if from == to && sameOrWider(typeOf(child), typeOf(cast)) || from == "NULL" || widens(from, to) {
		return nil
	}
	if isOwnCast(cast) {
		return nil
	}
	if from == "TIMESTAMP WITH TIME ZONE" && (to == "TIMESTAMP" || to == "TIMESTAMP_S") {
		return fmt.Errorf("NOT_SUPPORTED: Casting a Timestamp with Time Zone to Timestamp is not supported")
	}
	if isExplicit(cast, explicit) {
		if mayCast(from, to) {
			return nil
		}
		return fmt.Errorf("NOT_SUPPORTED: not known to be equal: CAST(%s AS %s)", trinoTypes([]string{from})[0], trinoTypes([]string{to})[0])
	}
	// A literal takes the type of what it meets, as long as it fits.
	if child.text("expression_class") == "BOUND_CONSTANT" && (from == "INTEGER" || from == "DECIMAL") && to != "VARCHAR" && to != "BOOLEAN" {
		return nil
	}
	return fmt.Errorf("TYPE_MISMATCH: %s where %s is needed: Athena does not cast by itself, write CAST(… AS %s) or a literal of the same type",
		trinoTypes([]string{from})[0], trinoTypes([]string{to})[0], trinoTypes([]string{to})[0])
}

// sameOrWider tells whether a type of several parts is the same, or one that Trino casts to by itself, part by part.
func sameOrWider(from, to node) bool {
	fromInfo, toInfo := from.child("type_info"), to.child("type_info")
	switch from.text("id") {
	case "LIST":
		return widerParts(fromInfo.child("child_type"), toInfo.child("child_type"))
	case "STRUCT", "MAP":
		a, _ := json.Marshal(fromInfo)
		b, _ := json.Marshal(toInfo)
		return string(a) == string(b)
	default:
		return true
	}
}

func widerParts(from, to node) bool {
	a, b := from.text("id"), to.text("id")
	return a == b && sameOrWider(from, to) || a == "NULL" || widens(a, b)
}

// isOwnCast tells a cast that a rewrite put in: from the text that a function here gave to json, or of the time of the query.
func isOwnCast(cast node) bool {
	child := cast.child("child")
	switch boundType(cast) {
	case "JSON":
		return strings.HasPrefix(child.text("name"), ownPrefix+"json_")
	case "TIMESTAMP WITH TIME ZONE":
		return child.text("expression_class") == "BOUND_CONSTANT"
	case "DECIMAL":
		return child.text("name") == decimalFunction
	default:
		return cast["own"] == true
	}
}

// isExplicit tells whether a bound cast is one that the query spells out. An implicit cast has the place of what it casts.
func isExplicit(cast node, explicit map[string]bool) bool {
	return explicit[place(cast)] && place(cast) != place(cast.child("child"))
}

// place is where in the query a node comes from; "0" if it does not say.
func place(n node) string {
	if at, ok := n["query_location"]; ok {
		return fmt.Sprint(at)
	}
	return "0"
}

// boundType is the type of a bound expression, as DuckDB names it.
func boundType(expression node) string {
	switch expression.text("expression_class") {
	case "BOUND_COMPARISON", "BOUND_CONJUNCTION", "BOUND_BETWEEN":
		return "BOOLEAN"
	}
	t := typeOf(expression)
	if t.child("type_info").text("alias") == "JSON" {
		return "JSON"
	}
	return t.text("id")
}

func typeOf(expression node) node {
	if expression.text("expression_class") == "BOUND_CONSTANT" {
		return expression.child("value").child("type")
	}
	return expression.child("return_type")
}

// columnIndex reads an entry of a scan's column_indexes, which leaves a zero out.
func columnIndex(entry any) int {
	var index int
	if at, ok := asNode(entry)["index"]; ok {
		if _, err := fmt.Sscan(fmt.Sprint(at), &index); err != nil {
			return 1 << 62
		}
	}
	return index
}
