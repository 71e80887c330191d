package athena

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// Decimals are computed here, in the precision and scale that Trino gives each result (Trino: Decimal functions and operators).
// DuckDB gives other ones, and a double for a quotient or an average.

const (
	decimalFunction = ownPrefix + "decimal"
	averageFunction = ownPrefix + "average"
	doubleToText    = ownPrefix + "double_text"
)

// decimalHelpers compute on decimals as text: (operation, x, y, precision, scale). A decimal's type cannot be a parameter of a function.
var decimalHelpers = map[string][]builtin{
	decimalFunction: {{"VARCHAR VARCHAR VARCHAR BIGINT BIGINT -> VARCHAR", func(values []driver.Value) (any, error) {
		operation, precision, scale := values[0].(string), int(values[3].(int64)), int(values[4].(int64))
		result, err := decimalResult(operation, values[1].(string), values[2].(string), precision, scale)
		if operation == "try" && err != nil && strings.HasPrefix(err.Error(), "INVALID_CAST_ARGUMENT") {
			return nil, nil
		}
		return result, err
	}}},
	averageFunction: {{"ANY ANY ANY ANY -> DOUBLE", func([]driver.Value) (any, error) { return nil, errors.New("an average was not written out") }}},
	doubleToText: {{"DOUBLE -> VARCHAR", func(values []driver.Value) (any, error) {
		return strconv.FormatFloat(values[0].(float64), 'f', -1, 64), nil
	}}},
}

func decimalResult(operation, left, right string, precision, scale int) (any, error) {
	x, err := readDecimal(left, precision, scale)
	if err != nil {
		return nil, err
	}
	y, err := readDecimal(right, precision, scale)
	if err != nil {
		return nil, err
	}
	common := max(x.scale, y.scale)
	var z number38
	switch operation {
	case "+":
		z = number38{new(big.Int).Add(x.at(common), y.at(common)), common}
	case "-":
		z = number38{new(big.Int).Sub(x.at(common), y.at(common)), common}
	case "*":
		z = number38{new(big.Int).Mul(x.unscaled, y.unscaled), x.scale + y.scale}
	case "/", "%":
		if y.unscaled.Sign() == 0 {
			return nil, errDivisionByZero
		}
		if operation == "%" {
			z = number38{new(big.Int).Rem(x.at(common), y.at(common)), common}
			break
		}
		z = number38{divideHalfUp(x.at(max(x.scale, scale+y.scale)), y.at(y.scale+max(0, x.scale-scale-y.scale))), scale}
	case "floor", "ceiling":
		whole, rest := new(big.Int).DivMod(x.unscaled, powerOfTen(x.scale), new(big.Int)) // towards less: the rest is not negative
		if operation == "ceiling" && rest.Sign() > 0 {
			whole.Add(whole, big.NewInt(1))
		}
		z = number38{whole, 0}
	case "round": // y is the number of digits to keep
		digits := int(y.unscaled.Int64())
		if digits < -38 {
			digits = -38
		}
		z = x
		if digits < x.scale {
			unit := powerOfTen(x.scale - digits)
			z = number38{new(big.Int).Mul(divideHalfUp(x.unscaled, unit), unit), x.scale}
		}
	default: // a cast
		z = x
	}
	unscaled := z.at(max(scale, z.scale))
	if z.scale > scale {
		unscaled = divideHalfUp(unscaled, powerOfTen(z.scale-scale))
	}
	text := formatDecimal(duckdb.Decimal{Width: 38, Scale: uint8(scale), Value: unscaled})
	if unscaled.CmpAbs(powerOfTen(precision)) < 0 {
		return text, nil
	}
	if operation == "cast" || operation == "try" {
		return nil, fmt.Errorf("INVALID_CAST_ARGUMENT: Cannot cast '%s' to DECIMAL(%d, %d)", left, precision, scale)
	}
	return nil, errors.New("NUMERIC_VALUE_OUT_OF_RANGE: Decimal overflow")
}

// number38 is a decimal number.
type number38 struct {
	unscaled *big.Int
	scale    int
}

// at is the number in units of a scale that is not smaller than its own.
func (n number38) at(scale int) *big.Int {
	return new(big.Int).Mul(n.unscaled, powerOfTen(scale-n.scale))
}

func powerOfTen(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// divideHalfUp rounds half away from zero.
func divideHalfUp(x, y *big.Int) *big.Int {
	quotient, rest := new(big.Int).QuoRem(x, y, new(big.Int))
	if rest.Lsh(rest, 1).CmpAbs(y) >= 0 {
		quotient.Add(quotient, big.NewInt(int64(x.Sign()*y.Sign())))
	}
	return quotient
}

var (
	signedDecimal = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)
	looseDecimal  = regexp.MustCompile(`^\s*[+-]?[0-9.]+([eE][+-]?[0-9]+)?\s*$`)
)

func readDecimal(text string, precision, scale int) (number38, error) {
	switch {
	case signedDecimal.MatchString(text):
	case looseDecimal.MatchString(text):
		return number38{}, notEqual("CAST of '%s' to decimal: write the plain form", text)
	default:
		return number38{}, fmt.Errorf("INVALID_CAST_ARGUMENT: Cannot cast '%s' to DECIMAL(%d, %d)", text, precision, scale)
	}
	whole, fraction, _ := strings.Cut(text, ".")
	unscaled, _ := new(big.Int).SetString(whole+fraction, 10)
	return number38{unscaled, len(fraction)}, nil
}

// precisionOf is the precision and scale that Trino takes a bound expression to have as a decimal; false for other types.
func precisionOf(expression node) (precision, scale int, ok bool) {
	t := boundType(expression)
	if p, ok := map[string]int{"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19, "HUGEINT": 19}[t]; ok {
		return p, 0, true
	}
	if t != "DECIMAL" {
		return 0, 0, false
	}
	info := typeOf(expression).child("type_info")
	precision, scale = planNumber(info["width"]), planNumber(info["scale"])
	if expression.text("expression_class") == "BOUND_CONSTANT" { // a literal's leading zeros do not count
		digits := strings.TrimPrefix(fmt.Sprint(expression.child("value")["value"]), "-")
		precision = max(len(digits), scale, 1)
	}
	return precision, scale, true
}

// planNumber reads a number of a plan, which leaves a zero out.
func planNumber(value any) int {
	n, _ := value.(json.Number)
	i, _ := n.Int64()
	return int(i)
}

// decimalOperation is what a function is on decimals, its result's precision and scale, and its second operand if that is not the call's.
func decimalOperation(name string, arguments []node) (operation string, precision, scale int, second any) {
	p1, s1, ok := precisionOf(arguments[0])
	if !ok {
		return "", 0, 0, nil
	}
	if len(arguments) == 1 {
		whole := p1 - s1 + min(s1, 1)
		switch name {
		case ownPrefix + "floor":
			return "floor", whole, 0, newText("0")
		case ownPrefix + "ceil", ownPrefix + "ceiling":
			return "ceiling", whole, 0, newText("0")
		case ownPrefix + "round":
			return "round", whole, 0, newText("0")
		}
		return "", 0, 0, nil
	}
	p2, s2, ok := precisionOf(arguments[1])
	if !ok {
		return "", 0, 0, nil
	}
	scale = max(s1, s2)
	switch name {
	case "+", "-":
		return name, min(38, max(p1-s1, p2-s2)+scale+1), scale, nil
	case "*":
		return name, min(38, p1+p2), s1 + s2, nil
	case divideName:
		return "/", min(38, p1+s2+max(0, s2-s1)), scale, nil
	case moduloName:
		return "%", min(p1-s1, p2-s2) + scale, scale, nil
	case ownPrefix + "round":
		if s2 == 0 && boundType(arguments[1]) != "DECIMAL" {
			return "round", min(38, p1+1), s1, nil
		}
	}
	return "", 0, 0, nil
}

// decimals writes the operations and casts on decimals of a bound query in terms of decimalFunction, those whose operands have none left
// and, before a query, those that it selects from: each has its type once the others have theirs. It tells whether there were any.
func decimals(tree node, bound any, explicit map[string]bool) (bool, error) {
	found := map[string]func(node){}
	var err error
	visit(bound, func(n node) {
		rewrite, failed := decimalRewrite(n, explicit)
		if rewrite != nil {
			found[place(n)] = rewrite
		}
		err = errors.Join(err, failed)
	})
	if err != nil || len(found) == 0 {
		return false, err
	}
	spreadFromGroups(tree, found)
	return rewriteInnermost(tree, found), nil
}

// rewriteInnermost applies the rewrites at their places, those within a node before the node's own; a query's FROM before the rest of it.
func rewriteInnermost(value any, found map[string]func(node)) bool {
	changed := false
	if list, ok := value.([]any); ok {
		for _, element := range list {
			changed = rewriteInnermost(element, found) || changed
		}
		return changed
	}
	n := asNode(value)
	if n == nil {
		return false
	}
	if rewriteInnermost(n["from_table"], found) {
		return true
	}
	for key, child := range n {
		if key != "from_table" {
			changed = rewriteInnermost(child, found) || changed
		}
	}
	rewrite := found[place(n)]
	if changed || rewrite == nil || n.kind() != "FUNCTION" && n.kind() != "CAST" || n.text("function_name") == decimalFunction {
		return changed
	}
	keepAlias(n, rewrite)
	return true
}

// decimalRewrite is how a bound operation, average or cast on decimals is to be written, nil if it is none.
func decimalRewrite(n node, explicit map[string]bool) (func(node), error) {
	name := n.text("name")
	switch n.text("expression_class") {
	case "BOUND_CAST":
		return decimalCast(n, explicit), nil
	case "BOUND_FUNCTION":
		operands := operandsOf(n, explicit)
		if name == averageFunction {
			return decimalAverage(operands[3]), nil
		}
		isDecimal := false
		for _, operand := range operands {
			isDecimal = isDecimal || boundType(operand) == "DECIMAL"
		}
		if !isDecimal {
			return nil, nil
		}
		operation, precision, scale, second := decimalOperation(name, operands)
		switch {
		case operation == "":
			return nil, nil
		case scale > 38:
			return nil, fmt.Errorf("NOT_SUPPORTED: DECIMAL scale must be in range [0, precision (38)]: %d", scale)
		}
		return func(call node) {
			children := call.list("children")
			if second == nil {
				second = children[1]
			}
			replace(call, newDecimal(operation, children[0], second, precision, scale))
		}, nil
	}
	return nil, nil
}

// splitAverage writes avg(x) with all that an average of decimals needs; once the type of x is known, decimalAverage takes its pick.
func splitAverage(call node) {
	parts := make([]any, 4)
	for i, name := range []string{"avg", "sum", "count", "max"} {
		part := asNode(copyOf(call))
		part["function_name"] = name
		parts[i] = part
	}
	replace(call, newCall(averageFunction, parts...))
}

func decimalAverage(greatest node) func(node) {
	return func(call node) {
		parts := call.list("children")
		if boundType(greatest) != "DECIMAL" {
			replace(call, asNode(parts[0]))
			return
		}
		precision, scale, _ := precisionOf(greatest)
		replace(call, newDecimal("/", parts[1], parts[2], precision, scale))
	}
}

// decimalCast is how a cast to or from a decimal that the query spells out is to be written.
func decimalCast(cast node, explicit map[string]bool) func(node) {
	child := cast.child("child")
	from, to := boundType(child), boundType(cast)
	if !isExplicit(cast, explicit) || child.text("name") == decimalFunction || from == "NULL" {
		return nil
	}
	isNumber := integerSizes[from] > 0 || from == "DECIMAL" || from == "DOUBLE" || from == "VARCHAR"
	switch {
	case to == "DECIMAL" && isNumber:
		info := typeOf(cast).child("type_info")
		precision, scale := planNumber(info["width"]), planNumber(info["scale"])
		return func(n node) {
			operation, value := "cast", n["child"]
			if n["try_cast"] == true {
				operation = "try"
			}
			if from == "DOUBLE" {
				value = newCall(doubleToText, value)
			}
			replace(n, newDecimal(operation, value, newText("0"), precision, scale))
		}
	case from == "DECIMAL" && (to == "INTEGER" || to == "BIGINT"):
		return func(n node) { // through text, which is cast in its turn
			n["child"] = newDecimal("cast", n["child"], newText("0"), 38, 0)["child"]
		}
	}
	return nil
}

// operandsOf are a call's arguments as the query has them, without DuckDB's casts.
func operandsOf(call node, explicit map[string]bool) []node {
	var operands []node
	for _, child := range call.list("children") {
		operands = append(operands, withoutImplicitCasts(asNode(child), explicit))
	}
	return operands
}

func newDecimal(operation string, x, y any, precision, scale int) node {
	call := newCall(decimalFunction, newText(operation), newCast(x, "VARCHAR"), newCast(y, "VARCHAR"), newInteger(precision), newInteger(scale))
	cast := newCast(call, "DECIMAL")
	cast["cast_type"] = node{"id": "DECIMAL", "type_info": node{"type": "DECIMAL_TYPE_INFO", "width": precision, "scale": scale}}
	return cast
}

func newInteger(n int) node {
	return node{"class": "CONSTANT", "type": "VALUE_CONSTANT", "value": node{"type": node{"id": "BIGINT"}, "is_null": false, "value": n}}
}
