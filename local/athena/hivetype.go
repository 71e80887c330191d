package athena

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// hiveType is a column's type as the catalog writes it.
type hiveType struct {
	// name is the type's word: int, decimal, struct, …
	name             string
	precision, scale int
	// children are a struct's fields, an array's element, a map's key and value.
	children []hiveField
}

type hiveField struct {
	name string
	hiveType
}

// primitives are Hive's types that have no parameters, as DuckDB calls them.
var primitives = map[string]duckdb.Type{
	"boolean":   duckdb.TYPE_BOOLEAN,
	"tinyint":   duckdb.TYPE_TINYINT,
	"smallint":  duckdb.TYPE_SMALLINT,
	"int":       duckdb.TYPE_INTEGER,
	"bigint":    duckdb.TYPE_BIGINT,
	"float":     duckdb.TYPE_FLOAT,
	"double":    duckdb.TYPE_DOUBLE,
	"string":    duckdb.TYPE_VARCHAR,
	"date":      duckdb.TYPE_DATE,
	"timestamp": duckdb.TYPE_TIMESTAMP,
}

var integerBits = map[string]int{"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}

var decimalType = regexp.MustCompile(`^decimal\((\d+),(\d+)\)$`)

// parseHiveType reads a type such as int, decimal(10,2) or array<struct<a:int,b:string>>.
func parseHiveType(text string) (hiveType, error) {
	if _, ok := primitives[text]; ok {
		return hiveType{name: text}, nil
	}
	if match := decimalType.FindStringSubmatch(text); match != nil {
		precision, _ := strconv.Atoi(match[1])
		scale, _ := strconv.Atoi(match[2])
		if precision < 1 || precision > 38 || scale > precision {
			return hiveType{}, fmt.Errorf("type %s: decimal takes a precision of 1 to 38 and a scale up to it", text)
		}
		return hiveType{name: "decimal", precision: precision, scale: scale}, nil
	}
	name, rest, ok := strings.Cut(text, "<")
	body, closed := strings.CutSuffix(rest, ">")
	if !ok || !closed {
		return hiveType{}, fmt.Errorf("type %q is not supported locally: use a Hive type such as int, bigint, double, decimal(10,2), string, boolean, date, timestamp, array<…>, map<…> or struct<…>", text)
	}
	parts := splitOutside(body, ',', "<(", ">)")
	if want, ok := map[string]int{"array": 1, "map": 2, "struct": len(parts)}[name]; !ok || len(parts) != want {
		return hiveType{}, fmt.Errorf("type %q: write array<element>, map<key,value> or struct<name:type,…>", text)
	}
	t := hiveType{name: name}
	for _, part := range parts {
		field := hiveField{}
		if name == "struct" {
			var kind string
			if field.name, kind, ok = strings.Cut(part, ":"); !ok {
				return hiveType{}, fmt.Errorf("type %q: field %q has no type: write name:type", text, part)
			}
			part = kind
		}
		var err error
		if field.hiveType, err = parseHiveType(strings.TrimSpace(part)); err != nil {
			return hiveType{}, err
		}
		field.name = strings.ToLower(strings.TrimSpace(field.name))
		t.children = append(t.children, field)
	}
	return t, nil
}

// splitOutside splits text at separators that are in no pair of brackets and no double quotes.
func splitOutside(text string, separator rune, opening, closing string) []string {
	var parts []string
	depth, start, quoted := 0, 0, false
	for i, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case strings.ContainsRune(opening, r):
			depth++
		case strings.ContainsRune(closing, r):
			depth--
		case r == separator && depth == 0:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

// duckdb is the type as DuckDB holds it.
func (t hiveType) duckdb() (duckdb.TypeInfo, error) {
	if primitive, ok := primitives[t.name]; ok {
		return duckdb.NewTypeInfo(primitive)
	}
	if t.name == "decimal" {
		return duckdb.NewDecimalInfo(uint8(t.precision), uint8(t.scale))
	}
	var children []duckdb.TypeInfo
	var entries []duckdb.StructEntry
	for _, child := range t.children {
		info, err := child.duckdb()
		if err != nil {
			return nil, err
		}
		children = append(children, info)
		if t.name == "struct" {
			entry, err := duckdb.NewStructEntry(info, child.name)
			if err != nil {
				return nil, err
			}
			entries = append(entries, entry)
		}
	}
	switch t.name {
	case "array":
		return duckdb.NewListInfo(children[0])
	case "map":
		return duckdb.NewMapInfo(children[0], children[1])
	default:
		return duckdb.NewStructInfo(entries[0], entries[1:]...)
	}
}

// parse reads a primitive value from text: a CSV field, a partition's value, a JSON string or number.
func (t hiveType) parse(text string) (any, error) {
	value, err := t.parsePrimitive(text)
	if errors.Is(err, errPrecision) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%q is not a value of type %s", text, t.name)
	}
	return value, nil
}

// errPrecision ends a query even where what does not parse is NULL: Athena's timestamps have milliseconds, and what it makes of more is not known.
var errPrecision = errors.New("NOT_SUPPORTED: not known to be equal: a timestamp with more than three digits after the seconds")

func (t hiveType) parsePrimitive(text string) (any, error) {
	if bits, ok := integerBits[t.name]; ok {
		n, err := strconv.ParseInt(text, 10, bits)
		switch bits {
		case 8:
			return int8(n), err
		case 16:
			return int16(n), err
		case 32:
			return int32(n), err
		default:
			return n, err
		}
	}
	switch t.name {
	case "string":
		return text, nil
	case "boolean":
		lower := strings.ToLower(text)
		if lower != "true" && lower != "false" {
			return nil, fmt.Errorf("%q is neither true nor false", text)
		}
		return lower == "true", nil
	case "float":
		f, err := strconv.ParseFloat(text, 32)
		return float32(f), err
	case "double":
		return strconv.ParseFloat(text, 64)
	case "date":
		return time.Parse(time.DateOnly, text)
	case "timestamp":
		t, err := time.Parse("2006-01-02 15:04:05", text) // Parse takes a fraction after the seconds too
		if err == nil && t.Nanosecond()%1e6 != 0 {
			return nil, errPrecision
		}
		return t, err
	case "decimal":
		return t.parseDecimal(text)
	default:
		return nil, fmt.Errorf("type %s has no text form", t.name)
	}
}

var decimalText = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

func (t hiveType) parseDecimal(text string) (any, error) {
	if !decimalText.MatchString(text) {
		return nil, fmt.Errorf("%q is not a decimal", text)
	}
	whole, fraction, _ := strings.Cut(text, ".")
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > t.scale {
		return nil, fmt.Errorf("%q has more than %d places", text, t.scale)
	}
	unscaled, _ := new(big.Int).SetString(whole+fraction+strings.Repeat("0", t.scale-len(fraction)), 10)
	if limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.precision)), nil); unscaled.CmpAbs(limit) >= 0 {
		return nil, fmt.Errorf("%q has more than %d digits", text, t.precision)
	}
	return duckdb.Decimal{Width: uint8(t.precision), Scale: uint8(t.scale), Value: unscaled}, nil
}
