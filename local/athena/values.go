package athena

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// resultType is the type of a result's column: Athena's name for it, and what is needed to print its values.
type resultType struct {
	name             string
	precision, scale int
	// children are an array's element or a row's fields.
	children []resultField
}

type resultField struct {
	name string
	resultType
}

// resultTypes are Athena's names and precisions of the types without parameters, by DuckDB's names.
var resultTypes = map[string]resultType{
	"BOOLEAN":   {name: "boolean"},
	"TINYINT":   {name: "tinyint", precision: 3},
	"SMALLINT":  {name: "smallint", precision: 5},
	"INTEGER":   {name: "integer", precision: 10},
	"BIGINT":    {name: "bigint", precision: 19},
	"HUGEINT":   {name: "bigint", precision: 19},
	"FLOAT":     {name: "float", precision: 17},
	"DOUBLE":    {name: "double", precision: 17},
	"VARCHAR":   {name: "varchar", precision: math.MaxInt32},
	"DATE":      {name: "date"},
	"TIMESTAMP": {name: "timestamp", precision: 3},

	"TIMESTAMP_S": {name: "timestamp", precision: 3},
	"TIMESTAMPTZ": {name: "timestamp with time zone", precision: 3},
	`"NULL"`:      {name: "unknown"},
}

var decimalName = regexp.MustCompile(`^DECIMAL\((\d+),\s*(\d+)\)$`)

// parseResultType reads DuckDB's name of a type, such as DECIMAL(10,2), INTEGER[] or STRUCT(a INTEGER, "b c" VARCHAR).
func parseResultType(text string) (resultType, error) {
	if t, ok := resultTypes[text]; ok {
		return t, nil
	}
	if match := decimalName.FindStringSubmatch(text); match != nil {
		precision, _ := strconv.Atoi(match[1])
		scale, _ := strconv.Atoi(match[2])
		return resultType{name: "decimal", precision: precision, scale: scale}, nil
	}
	if element, ok := strings.CutSuffix(text, "[]"); ok {
		t, err := parseResultType(element)
		return resultType{name: "array", children: []resultField{{resultType: t}}}, err
	}
	kind, rest, _ := strings.Cut(text, "(")
	body, ok := strings.CutSuffix(rest, ")")
	if !ok || kind != "STRUCT" {
		return resultType{}, fmt.Errorf("type %s of a result is not supported locally", text)
	}
	t := resultType{name: "row"}
	for _, part := range splitOutside(body, ',', "([", ")]") {
		words := splitOutside(strings.TrimSpace(part), ' ', "([", ")]")
		field, err := parseResultType(strings.Join(words[1:], " "))
		if err != nil {
			return resultType{}, err
		}
		name := strings.ReplaceAll(strings.Trim(words[0], `"`), `""`, `"`)
		t.children = append(t.children, resultField{name, field})
	}
	return t, nil
}

// format prints a value as Athena does.
func (t resultType) format(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case float64:
		return formatFloat(value, 64)
	case float32:
		return formatFloat(float64(value), 32)
	case time.Time:
		switch t.name {
		case "date":
			return value.Format(time.DateOnly)
		case "timestamp with time zone":
			return value.UTC().Format(timestampLayout) + " UTC"
		default:
			return value.Format(timestampLayout)
		}
	case []any:
		elements := make([]string, len(value))
		for i, element := range value {
			elements[i] = t.children[0].format(element)
		}
		return "[" + strings.Join(elements, ", ") + "]"
	case map[string]any:
		fields := make([]string, len(t.children))
		for i, field := range t.children {
			fields[i] = field.name + "=" + field.format(value[field.name])
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case duckdb.Decimal:
		return formatDecimal(value)
	default:
		return fmt.Sprint(value)
	}
}

// formatFloat prints as Java does: at least one decimal, and an exponent from ten million up and under a thousandth.
func formatFloat(f float64, bits int) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	if size := math.Abs(f); f == 0 || size >= 1e-3 && size < 1e7 {
		plain := strconv.FormatFloat(f, 'f', -1, bits)
		if !strings.Contains(plain, ".") {
			plain += ".0"
		}
		return plain
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'E', -1, bits), "E")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	power, _ := strconv.Atoi(exponent)
	return mantissa + "E" + strconv.Itoa(power)
}

func formatDecimal(d duckdb.Decimal) string {
	digits := d.Value.String()
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	if d.Scale == 0 {
		return sign + digits
	}
	if missing := int(d.Scale) + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - int(d.Scale)
	return sign + digits[:point] + "." + digits[point:]
}
