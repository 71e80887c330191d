package athena

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"regexp"
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

// tokens are the words, names in quotes and marks that a type is made of.
var tokens = regexp.MustCompile(`"(?:[^"]|"")*"|[(),]|[^"(), ]+`)

// parseType reads a type such as timestamp(3) with time zone, array(integer) or row(a integer, "b c" varchar(3)).
func parseType(text string) valueType {
	t, _ := readType(tokens.FindAllString(text, -1))
	return t
}

// afterType is what may follow the first word of a type; after a field's name comes the first word of its type.
var afterType = []string{"(", ",", ")", "with", "day", "year"}

// readType reads the type that tokens start with, and returns those after it. A number in parentheses is read as a type too.
func readType(tokens []string) (t valueType, rest []string) {
	t.name, rest = tokens[0], tokens[1:]
	for len(rest) > 0 && rest[0] != "," && rest[0] != ")" {
		if rest[0] != "(" {
			t.name += " " + rest[0]
			rest = rest[1:]
			continue
		}
		for rest[0] != ")" {
			rest = rest[1:]
			child := field{name: fmt.Sprintf("field%d", len(t.children))}
			if !slices.Contains(afterType, rest[1]) {
				child.name, rest = unquoted(rest[0]), rest[1:]
			}
			child.valueType, rest = readType(rest)
			t.children = append(t.children, child)
		}
		rest = rest[1:]
	}
	return t, rest
}

// unquoted is a name as it is, whether or not it stands in quotes.
func unquoted(name string) string {
	inner, quoted := strings.CutPrefix(name, `"`)
	if !quoted {
		return name
	}
	return strings.ReplaceAll(strings.TrimSuffix(inner, `"`), `""`, `"`)
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

// layouts are the forms of dates and times. Athena gives times to the millisecond, whatever their type's precision.
var layouts = map[string]string{
	"date":                     "2006-01-02",
	"time":                     "15:04:05.000",
	"time with time zone":      "15:04:05.000-07:00",
	"timestamp":                "2006-01-02 15:04:05.000",
	"timestamp with time zone": "2006-01-02 15:04:05.000 ",
}

func (c column) time(value time.Time) string {
	text := value.Format(layouts[c.valueType.name])
	if c.valueType.name != "timestamp with time zone" {
		return text
	}
	return text + cmp.Or(value.Location().String(), value.Format("-07:00"))
}

// nested writes a value that came as JSON.
func (t valueType) nested(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case []any:
		parts := make([]string, len(value))
		for i, element := range value {
			if t.name != "row" {
				parts[i] = t.children[0].nested(element)
			} else {
				parts[i] = t.children[i].name + "=" + t.children[i].nested(element)
			}
		}
		if t.name != "row" {
			return "[" + strings.Join(parts, ", ") + "]"
		}
		return "{" + strings.Join(parts, ", ") + "}"
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
	size := math.Abs(f)
	if math.IsInf(f, 0) {
		return strings.TrimPrefix(strconv.FormatFloat(f, 'f', -1, 64), "+") + "inity"
	}
	format := byte('f')
	if f != 0 && (size < 1e-3 || size >= 1e7) {
		format = 'E'
	}
	mantissa, exponent, scientific := strings.Cut(strconv.FormatFloat(f, format, -1, 64), "E")
	if !strings.Contains(mantissa, ".") && !math.IsNaN(f) {
		mantissa += ".0"
	}
	if !scientific {
		return mantissa
	}
	power, _ := strconv.Atoi(exponent)
	return mantissa + "E" + strconv.Itoa(power)
}
