package athena

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"datalake/local/trino"
)

// column is a column of a result, and how its values are written.
type column struct {
	name string
	valueType
	precision, scale int64
}

// valueType is Trino's type of a value. children are an array's element, a map's key and value, a row's fields.
type valueType struct {
	name     string
	children []field
}

type field struct {
	name string
	valueType
}

// precisions are those that Athena gives for types without a parameter.
var precisions = map[string]int64{
	"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "float": 17, "double": 17,
	"varchar": math.MaxInt32, "char": math.MaxInt32, "json": math.MaxInt32, "varbinary": math.MaxInt32,
}

func newColumn(of trino.Column) column {
	c := column{of.Name, parseType(of.Type), of.Precision, of.Scale}
	switch name := c.valueType.name; { // Athena's names
	case name == "real":
		c.valueType.name = "float"
	case strings.HasPrefix(name, "interval "):
		c.valueType.name = strings.ToUpper(name)
	}
	if precision, ok := precisions[c.valueType.name]; ok {
		c.precision = precision
	}
	return c
}

// parseType reads a type such as timestamp(3) with time zone, array(integer) or row(a integer, "b c" varchar(3)).
func parseType(text string) valueType {
	kind, rest, _ := strings.Cut(text, "(")
	kind = strings.TrimSpace(kind)
	inner := strings.TrimSuffix(rest, ")")
	t := valueType{name: kind}
	switch kind {
	case "array", "map":
		for _, part := range splitOutside(inner, ',') {
			t.children = append(t.children, field{valueType: parseType(part)})
		}
	case "row":
		for i, part := range splitOutside(inner, ',') {
			name, of := fmt.Sprintf("field%d", i), part
			// A field without a name is a type alone, and a type of several words goes on with one of these.
			if words := splitOutside(part, ' '); len(words) > 1 && !slices.Contains([]string{"with", "day", "year", "precision"}, words[1]) {
				name, of = unquoted(words[0]), strings.Join(words[1:], " ")
			}
			t.children = append(t.children, field{name, parseType(of)})
		}
	default:
		if _, zone, ok := strings.Cut(rest, ") "); ok { // timestamp(3) with time zone
			t.name += " " + zone
		}
	}
	return t
}

// unquoted is a name as it is, whether or not it stands in quotes.
func unquoted(name string) string {
	inner, quoted := strings.CutPrefix(name, `"`)
	if !quoted {
		return name
	}
	return strings.ReplaceAll(strings.TrimSuffix(inner, `"`), `""`, `"`)
}

// splitOutside splits at a separator that is in neither parentheses nor quotes.
func splitOutside(text string, separator rune) []string {
	var parts []string
	depth, quoted, from := 0, false, 0
	for i, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == separator && depth == 0:
			parts = append(parts, strings.TrimSpace(text[from:i]))
			from = i + 1
		}
	}
	return append(parts, strings.TrimSpace(text[from:]))
}

// text writes a value as Athena does.
func (c column) text(value any) string {
	switch value := value.(type) {
	case float64:
		return formatFloat(value)
	case []byte:
		return base64.StdEncoding.EncodeToString(value)
	case time.Time:
		return c.time(value)
	default:
		return c.nested(value)
	}
}

// time writes a date or time. Athena gives times to the millisecond, whatever their type's precision.
func (c column) time(value time.Time) string {
	const clock = "15:04:05.000"
	switch c.valueType.name {
	case "date":
		return value.Format(time.DateOnly)
	case "time":
		return value.Format(clock)
	case "time with time zone":
		return value.Format(clock + "-07:00")
	case "timestamp":
		return value.Format(time.DateOnly + " " + clock)
	}
	zone := value.Location().String()
	if zone == "" {
		zone = value.Format("-07:00")
	}
	return value.Format(time.DateOnly+" "+clock) + " " + zone
}

// nested writes a value that came as JSON.
func (t valueType) nested(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case []any:
		parts := make([]string, len(value))
		for i, element := range value {
			if t.name == "row" {
				parts[i] = t.children[i].name + "=" + t.children[i].nested(element)
			} else {
				parts[i] = t.children[0].nested(element)
			}
		}
		if t.name == "row" {
			return "{" + strings.Join(parts, ", ") + "}"
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(value)) {
			parts = append(parts, key+"="+t.children[1].nested(value[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		return fmt.Sprint(value)
	}
}

// formatFloat writes as Java does: at least one decimal, and an exponent from ten million up and under a thousandth.
func formatFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strconv.FormatFloat(f, 'f', -1, 64), "+") + "inity"
	}
	if size := math.Abs(f); f == 0 || size >= 1e-3 && size < 1e7 {
		written := strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(written, ".") {
			written += ".0"
		}
		return written
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'E', -1, 64), "E")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	power, _ := strconv.Atoi(exponent)
	return mantissa + "E" + strconv.Itoa(power)
}
