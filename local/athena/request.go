package athena

import (
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

// request is what a caller of StartQueryExecution asks for.
type request struct {
	sql       string
	workgroup string
	database  string
}

func invalid(format string, arguments ...any) error {
	return fault.Errorf("Athena.InvalidRequestException", format, arguments...)
}

// startRequest reads the arguments of StartQueryExecution. Those that are Athena's but not supported here are refused by name too.
func startRequest(arguments map[string]any) (request, error) {
	if err := onlyKeys("StartQueryExecution", arguments, "QueryString", "WorkGroup", "QueryExecutionContext"); err != nil {
		return request{}, err
	}
	sql, err := textArgument(arguments, "QueryString")
	if err != nil {
		return request{}, err
	}
	if sql == "" || len(sql) > maxQueryBytes {
		return request{}, invalid("QueryString must have 1 to %d bytes: it has %d", maxQueryBytes, len(sql))
	}
	workgroup, err := textArgument(arguments, "WorkGroup")
	if err != nil {
		return request{}, err
	}
	if workgroup == "" {
		workgroup = "primary"
	}
	r := request{sql: sql, workgroup: workgroup}
	given, ok := arguments["QueryExecutionContext"]
	if !ok {
		return r, nil
	}
	queryContext, ok := given.(map[string]any)
	if !ok {
		return r, invalid("QueryExecutionContext must be an object: it is %s", describe(given))
	}
	if err := onlyKeys("QueryExecutionContext", queryContext, "Database", "Catalog"); err != nil {
		return r, err
	}
	catalog, err := textArgument(queryContext, "Catalog")
	if err != nil {
		return r, err
	}
	if catalog != "" && !strings.EqualFold(catalog, trino.CatalogName) {
		return r, invalid("Catalog %s is not supported locally: use %s or leave it out", catalog, trino.CatalogName)
	}
	r.database, err = textArgument(queryContext, "Database")
	return r, err
}

func onlyKeys(what string, arguments map[string]any, allowed ...string) error {
	for _, key := range slices.Sorted(maps.Keys(arguments)) {
		if !slices.Contains(allowed, key) {
			return invalid("%s: argument %s is not supported locally: use %s", what, key, strings.Join(allowed, ", "))
		}
	}
	return nil
}

// textArgument is an argument that must be a string; an absent one is empty.
func textArgument(arguments map[string]any, key string) (string, error) {
	value, ok := arguments[key]
	if !ok {
		return "", nil
	}
	text, ok := value.(string)
	if !ok {
		return "", invalid("%s must be a string: it is %s", key, describe(value))
	}
	return text, nil
}

// describe shows a value in a message.
func describe(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	if len(text) > 80 {
		return string(text[:80]) + "…"
	}
	return string(text)
}
