package athena

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// ownPrefix marks the functions that this package adds to DuckDB. No query can name them: they are not in the tables of functions.
const (
	ownPrefix     = "athena_"
	divideName    = ownPrefix + "divide"
	moduloName    = ownPrefix + "modulo"
	substringName = ownPrefix + "substring"
	castName      = ownPrefix + "cast_"
	tryCastName   = ownPrefix + "try_cast_"
)

// builtin is a function written in Go, for what DuckDB's own cannot be made to answer. NULL in gives NULL out.
type builtin struct {
	arguments []duckdb.Type
	result    duckdb.Type
	call      func(values []driver.Value) (any, error)
}

// Config implements duckdb.ScalarFunc.
func (b builtin) Config() duckdb.ScalarFuncConfig {
	config := duckdb.ScalarFuncConfig{SpecialNullHandling: true}
	for _, t := range b.arguments {
		info, _ := duckdb.NewTypeInfo(t) // fails for types with parameters alone
		config.InputTypeInfos = append(config.InputTypeInfos, info)
	}
	config.ResultTypeInfo, _ = duckdb.NewTypeInfo(b.result)
	return config
}

// Executor implements duckdb.ScalarFunc.
func (b builtin) Executor() duckdb.ScalarFuncExecutor {
	return duckdb.ScalarFuncExecutor{RowExecutor: func(values []driver.Value) (any, error) {
		for _, value := range values {
			if value == nil {
				return nil, nil
			}
		}
		return b.call(values)
	}}
}

var errDivisionByZero = errors.New("DIVISION_BY_ZERO: Division by zero")

// builtins are the functions by name, each with its overloads. An error that ends a query passes through fail.
func builtins(fail func(error) error) map[string][]builtin {
	functions := map[string][]builtin{
		divideName: append(integerFunctions(fail, (*big.Int).Quo), builtin{
			[]duckdb.Type{duckdb.TYPE_DOUBLE, duckdb.TYPE_DOUBLE},
			duckdb.TYPE_DOUBLE,
			func(values []driver.Value) (any, error) { return values[0].(float64) / values[1].(float64), nil },
		}),
		moduloName: integerFunctions(fail, (*big.Int).Rem),
		substringName: {
			{[]duckdb.Type{duckdb.TYPE_VARCHAR, duckdb.TYPE_BIGINT}, duckdb.TYPE_VARCHAR, func(values []driver.Value) (any, error) {
				return substring(values[0].(string), values[1].(int64), 1<<62), nil
			}},
			{[]duckdb.Type{duckdb.TYPE_VARCHAR, duckdb.TYPE_BIGINT, duckdb.TYPE_BIGINT}, duckdb.TYPE_VARCHAR, func(values []driver.Value) (any, error) {
				return substring(values[0].(string), values[1].(int64), values[2].(int64)), nil
			}},
		},
	}
	for duck, hive := range textCasts {
		result := primitives[hive]
		t := hiveType{name: hive}
		functions[castName+strings.ToLower(duck)] = []builtin{{[]duckdb.Type{duckdb.TYPE_VARCHAR}, result, func(values []driver.Value) (any, error) {
			value, err := castText(t, values[0].(string))
			if err != nil {
				return nil, fail(fmt.Errorf("INVALID_CAST_ARGUMENT: Cannot cast '%s' to %s", values[0], strings.ToUpper(trinoTypes([]string{duck})[0])))
			}
			return value, nil
		}}}
		functions[tryCastName+strings.ToLower(duck)] = []builtin{{[]duckdb.Type{duckdb.TYPE_VARCHAR}, result, func(values []driver.Value) (any, error) {
			if value, err := castText(t, values[0].(string)); err == nil {
				return value, nil
			}
			return nil, nil
		}}}
	}
	return functions
}

// textCasts are the types that text is cast to here, as DuckDB and Hive name them. DuckDB's own casts take blanks,
// fractions and other forms that Trino refuses; these take only the forms that both read alike.
var textCasts = map[string]string{
	"TINYINT": "tinyint", "SMALLINT": "smallint", "INTEGER": "int", "BIGINT": "bigint", "DOUBLE": "double", "BOOLEAN": "boolean", "DATE": "date",
}

// castText reads text as CAST does: a boolean may be one letter or digit.
func castText(t hiveType, text string) (any, error) {
	if t.name == "boolean" {
		switch strings.ToLower(text) {
		case "t", "1":
			return true, nil
		case "f", "0":
			return false, nil
		}
	}
	return t.parse(text)
}

// integerFunctions are the overloads of a division for each type of integer.
func integerFunctions(fail func(error) error, divide func(z, x, y *big.Int) *big.Int) []builtin {
	var overloads []builtin
	for _, t := range []duckdb.Type{duckdb.TYPE_INTEGER, duckdb.TYPE_BIGINT, duckdb.TYPE_HUGEINT} {
		overloads = append(overloads, builtin{[]duckdb.Type{t, t}, t, func(values []driver.Value) (any, error) {
			x, y := integer(values[0]), integer(values[1])
			if y.Sign() == 0 {
				return nil, fail(errDivisionByZero)
			}
			quotient := divide(new(big.Int), x, y)
			switch {
			case t == duckdb.TYPE_HUGEINT:
				return quotient, nil
			case t == duckdb.TYPE_BIGINT && quotient.IsInt64():
				return quotient.Int64(), nil
			case t == duckdb.TYPE_INTEGER && quotient.IsInt64() && quotient.Int64() <= math.MaxInt32:
				return int32(quotient.Int64()), nil
			default: // the least integer divided by minus one
				return nil, fail(fmt.Errorf("NUMERIC_VALUE_OUT_OF_RANGE: division overflow: %v / %v", x, y))
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

// substring is Trino's substr: characters from start, which counts from 1, or from the end if negative; empty if start lies outside.
func substring(s string, start, length int64) string {
	characters := []rune(s)
	count := int64(len(characters))
	if start < 0 {
		start += count + 1
	}
	if start < 1 || start > count || length <= 0 {
		return ""
	}
	return string(characters[start-1 : start-1+min(length, count-start+1)])
}
