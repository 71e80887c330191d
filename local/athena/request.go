package athena

import (
	"cmp"
	"strings"

	"datalake/local/fault"
	"datalake/local/trino"
)

// StartQueryExecution are the arguments of the operation. What it asks of results is not heeded: the workgroup's settings are
// enforced, and no result is used again.
type StartQueryExecution struct {
	QueryString string
	// ExecutionParameters are texts of expressions, for the question marks in the query.
	ExecutionParameters   []string
	QueryExecutionContext QueryExecutionContext
	// WorkGroup is primary unless it is given.
	WorkGroup                                     string
	ClientRequestToken                            string
	ResultConfiguration, ResultReuseConfiguration any
}

// QueryExecutionContext is where a query finds the tables that it names without more.
type QueryExecutionContext struct{ Database, Catalog string }

// maxQueryBytes is the length that a query string may have (Athena service quotas).
const maxQueryBytes = 262_144

// tooLong is how Athena refuses a query string for its length.
const tooLong = "1 validation error detected: Value at 'queryString' failed to satisfy constraint: Member must have length %s %d"

func invalid(format string, arguments ...any) error {
	return fault.Errorf("Athena.InvalidRequestException", format, arguments...)
}

// check refuses what Athena would not take.
func (s StartQueryExecution) check() error {
	switch catalog := cmp.Or(s.QueryExecutionContext.Catalog, trino.CatalogName); {
	case s.QueryString == "":
		return invalid(tooLong, "greater than or equal to", 1)
	case len(s.QueryString) > maxQueryBytes:
		return invalid(tooLong, "less than or equal to", maxQueryBytes)
	case !strings.EqualFold(catalog, trino.CatalogName):
		return invalid("Catalog %s is not supported locally: use %s or leave it out", catalog, trino.CatalogName)
	}
	return nil
}

// bound is the query with its parameters.
func (s StartQueryExecution) bound(sql string) string {
	if len(s.ExecutionParameters) == 0 {
		return sql
	}
	return "EXECUTE IMMEDIATE '" + strings.ReplaceAll(sql, "'", "''") + "' USING " + strings.Join(s.ExecutionParameters, ", ")
}
