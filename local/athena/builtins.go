package athena

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// ownPrefix marks the functions that this package adds to DuckDB. No query can name them: they are not in the tables of functions.
const (
	ownPrefix   = "athena_"
	divideName  = ownPrefix + "divide"
	moduloName  = ownPrefix + "modulo"
	castName    = ownPrefix + "cast_"
	tryCastName = ownPrefix + "try_cast_"
)

// builtin is an overload of a function written in Go. NULL in gives NULL out.
type builtin struct {
	// signature has DuckDB's types: "VARCHAR BIGINT -> VARCHAR".
	signature string
	call      func(values []driver.Value) (any, error)
}

// registered is a builtin as DuckDB takes it. An error that ends the query passes through fail.
type registered struct {
	builtin
	fail func(error) error
}

// Config implements duckdb.ScalarFunc.
func (b registered) Config() duckdb.ScalarFuncConfig {
	config := duckdb.ScalarFuncConfig{SpecialNullHandling: true}
	arguments, result, _ := strings.Cut(b.signature, " -> ")
	for _, argument := range strings.Fields(arguments) {
		config.InputTypeInfos = append(config.InputTypeInfos, signatureType(argument))
	}
	config.ResultTypeInfo = signatureType(result)
	return config
}

var signatureTypes = map[string]duckdb.Type{
	"ANY": duckdb.TYPE_ANY, "BOOLEAN": duckdb.TYPE_BOOLEAN, "TINYINT": duckdb.TYPE_TINYINT, "SMALLINT": duckdb.TYPE_SMALLINT, "INTEGER": duckdb.TYPE_INTEGER, "BIGINT": duckdb.TYPE_BIGINT,
	"HUGEINT": duckdb.TYPE_HUGEINT, "DOUBLE": duckdb.TYPE_DOUBLE, "VARCHAR": duckdb.TYPE_VARCHAR, "DATE": duckdb.TYPE_DATE,
	"TIMESTAMP_S": duckdb.TYPE_TIMESTAMP_S, "TIMESTAMP": duckdb.TYPE_TIMESTAMP, "TIMESTAMPTZ": duckdb.TYPE_TIMESTAMP_TZ,
}

func signatureType(name string) duckdb.TypeInfo {
	element, isList := strings.CutSuffix(name, "[]")
	info, _ := duckdb.NewTypeInfo(signatureTypes[element]) // fails for a type that the map lacks, and then the registration does
	if isList {
		info, _ = duckdb.NewListInfo(info)
	}
	return info
}

// Executor implements duckdb.ScalarFunc.
func (b registered) Executor() duckdb.ScalarFuncExecutor {
	return duckdb.ScalarFuncExecutor{RowExecutor: func(values []driver.Value) (any, error) {
		for _, value := range values {
			if value == nil {
				return nil, nil
			}
		}
		result, err := b.call(values)
		if err != nil {
			return nil, b.fail(err)
		}
		return result, nil
	}}
}

// builtins are the functions by name, each with its overloads: those of the tables, those that rewrites put in, and the casts.
func builtins() map[string][]builtin {
	functions := castFunctions()
	for _, more := range []map[string][]builtin{helpers, jsonHelpers, arrayHelpers, decimalHelpers} {
		maps.Copy(functions, more)
	}
	for _, f := range scalars {
		if f.code != nil {
			functions[f.boundName()] = f.code
		}
	}
	return functions
}

// helpers are the functions that rewrites put into a query.
var helpers = map[string][]builtin{
	divideName: append(integerFunctions((*big.Int).Quo), builtin{"DOUBLE DOUBLE -> DOUBLE", func(values []driver.Value) (any, error) {
		return values[0].(float64) / values[1].(float64), nil
	}}),
	moduloName: append(integerFunctions((*big.Int).Rem), builtin{"DOUBLE DOUBLE -> DOUBLE", func(values []driver.Value) (any, error) {
		return math.Mod(values[0].(float64), values[1].(float64)), nil
	}}),
}

var errDivisionByZero = errors.New("DIVISION_BY_ZERO: Division by zero")

// integerFunctions are the overloads of a division for each type of integer.
func integerFunctions(divide func(z, x, y *big.Int) *big.Int) []builtin {
	var overloads []builtin
	for _, t := range []string{"INTEGER", "BIGINT", "HUGEINT"} {
		overloads = append(overloads, builtin{t + " " + t + " -> " + t, func(values []driver.Value) (any, error) {
			x, y := integer(values[0]), integer(values[1])
			if y.Sign() == 0 {
				return nil, errDivisionByZero
			}
			quotient := divide(new(big.Int), x, y)
			switch {
			case t == "HUGEINT":
				return quotient, nil
			case t == "BIGINT" && quotient.IsInt64():
				return quotient.Int64(), nil
			case t == "INTEGER" && quotient.IsInt64() && quotient.Int64() <= math.MaxInt32:
				return int32(quotient.Int64()), nil
			default: // the least integer divided by minus one
				return nil, fmt.Errorf("NUMERIC_VALUE_OUT_OF_RANGE: division overflow: %v / %v", x, y)
			}
		}})
	}
	return overloads
}

func integer(value any) *big.Int {
	switch value := value.(type) {
	case int32:
		return big.NewInt(int64(value))
	case int64:
		return big.NewInt(value)
	default:
		return value.(*big.Int)
	}
}
