package athena

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"datalake/local/fault"
	"datalake/local/trino"
)

// maxQueryBytes is the length that a query string may have (Athena service quotas).
const maxQueryBytes = 262_144

// tooLong is how Athena refuses a query string for its length.
const tooLong = "1 validation error detected: Value at 'queryString' failed to satisfy constraint: Member must have length %s %d"

// request is what a caller of StartQueryExecution asks for.
type request struct {
	sql        string
	parameters []any // texts of expressions, for the question marks in the query
	workgroup  string
	database   string
	token      string
}

func invalid(format string, arguments ...any) error {
	return fault.Errorf("Athena.InvalidRequestException", format, arguments...)
}

// startRequest reads the arguments of StartQueryExecution.
func startRequest(arguments map[string]any) (r request, err error) {
	var in, ignored map[string]any // the workgroup's settings are enforced, and no result is used again
	var catalog string
	err = take("StartQueryExecution", arguments, map[string]any{
		"QueryString": &r.sql, "ExecutionParameters": &r.parameters, "WorkGroup": &r.workgroup, "QueryExecutionContext": &in,
		"ClientRequestToken": &r.token, "ResultConfiguration": &ignored, "ResultReuseConfiguration": &ignored,
	})
	if err == nil {
		err = take("QueryExecutionContext", in, map[string]any{"Database": &r.database, "Catalog": &catalog})
	}
	r.workgroup = cmp.Or(r.workgroup, "primary")
	switch {
	case err != nil:
		return r, err
	case r.sql == "":
		return r, invalid(tooLong, "greater than or equal to", 1)
	case len(r.sql) > maxQueryBytes:
		return r, invalid(tooLong, "less than or equal to", maxQueryBytes)
	case catalog != "" && !strings.EqualFold(catalog, trino.CatalogName):
		return r, invalid("Catalog %s is not supported locally: use %s or leave it out", catalog, trino.CatalogName)
	}
	return r, nil
}

// take reads arguments into variables, by their names. Those that are Athena's but not supported here are refused by name too.
func take(what string, arguments, variables map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(arguments)) {
		value, ok, kind := arguments[name], false, ""
		switch variable := variables[name].(type) {
		case *string:
			*variable, ok = value.(string)
			kind = "a string"
		case *float64:
			*variable, ok = value.(float64)
			kind = "a number"
		case *[]any:
			*variable, ok = value.([]any)
			kind = "a list"
		case *map[string]any:
			*variable, ok = value.(map[string]any)
			kind = "an object"
		default:
			supported := strings.Join(slices.Sorted(maps.Keys(variables)), ", ")
			return invalid("%s: argument %s is not supported locally: use %s", what, name, supported)
		}
		if !ok {
			text, err := json.Marshal(value)
			if err != nil {
				text = fmt.Append(nil, value)
			}
			return invalid("%s must be %s: it is %.80s", name, kind, text)
		}
	}
	return nil
}

// bound is the query with its parameters.
func (r request) bound(sql string) string {
	if len(r.parameters) == 0 {
		return sql
	}
	values := make([]string, len(r.parameters))
	for i, parameter := range r.parameters {
		values[i] = fmt.Sprint(parameter)
	}
	return "EXECUTE IMMEDIATE '" + strings.ReplaceAll(sql, "'", "''") + "' USING " + strings.Join(values, ", ")
}
