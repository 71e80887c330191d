package athena

import (
	"fmt"
	"regexp"
	"strings"
)

// unmatchedCall is what DuckDB says of a call whose arguments fit no function.
var unmatchedCall = regexp.MustCompile(`^(?:No function matches|Could not choose a best candidate function).*?['"]([^'"(]+)\((.*)\)['"]`)

// queryError says a failure of DuckDB's as Trino would name it.
func queryError(kind, message string) error {
	message, _, _ = strings.Cut(message, "\n")
	name := map[string]string{
		"parser":       "SYNTAX_ERROR",
		"syntax":       "SYNTAX_ERROR",
		"binder":       "SEMANTIC_ERROR",
		"catalog":      "SEMANTIC_ERROR",
		"conversion":   "INVALID_CAST_ARGUMENT",
		"out of range": "NUMERIC_VALUE_OUT_OF_RANGE",
	}[kind]
	if call := unmatchedCall.FindStringSubmatch(message); call != nil {
		types := strings.NewReplacer("STRING_LITERAL", "varchar", "INTEGER_LITERAL", "integer").Replace(call[2])
		return notEqual("%s(%s)", strings.ToUpper(strings.TrimPrefix(call[1], ownPrefix)), strings.ToLower(types))
	}
	switch {
	case strings.HasPrefix(message, "Referenced column"):
		name = "COLUMN_NOT_FOUND"
	case strings.HasPrefix(message, "Cannot mix values"), strings.HasPrefix(message, "Cannot compare values"):
		name = "TYPE_MISMATCH"
	case name == "":
		name = "GENERIC_INTERNAL_ERROR"
	}
	return fmt.Errorf("%s: %s", name, message)
}
