package athena

import (
	"database/sql/driver"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// codedCasts are the explicit casts that a function here makes, from each of DuckDB's types; its own casts take blanks,
// fractions and other forms that Trino refuses, round in another way, or print otherwise.
var codedCasts = map[string]string{
	"VARCHAR":                  "TINYINT SMALLINT INTEGER BIGINT DOUBLE BOOLEAN DATE TIMESTAMP_S TIMESTAMP",
	"DOUBLE":                   "INTEGER BIGINT",
	"TIMESTAMP":                "VARCHAR",
	"TIMESTAMP_S":              "VARCHAR",
	"TIMESTAMP WITH TIME ZONE": "VARCHAR DATE",
}

// castFunction is the name of the function that makes a cast to a type.
func castFunction(to string, try bool) string {
	if try {
		return tryCastName + strings.ToLower(to)
	}
	return castName + strings.ToLower(to)
}

// castFunctions are the functions that make casts, by name. TRY_CAST gives NULL where CAST fails because of the value;
// a form that is not known to be one that Trino refuses fails both.
func castFunctions() map[string][]builtin {
	functions := map[string][]builtin{}
	add := func(from, to string, cast func(driver.Value) (any, error)) {
		signature := strings.ReplaceAll(from+" -> "+to, " WITH TIME ZONE", "TZ")
		functions[castFunction(to, false)] = append(functions[castFunction(to, false)], builtin{signature, func(values []driver.Value) (any, error) {
			return cast(values[0])
		}})
		functions[castFunction(to, true)] = append(functions[castFunction(to, true)], builtin{signature, func(values []driver.Value) (any, error) {
			value, err := cast(values[0])
			if err != nil && strings.HasPrefix(err.Error(), "INVALID_CAST_ARGUMENT") {
				return nil, nil
			}
			return value, err
		}})
	}
	for _, to := range strings.Fields(codedCasts["VARCHAR"]) {
		add("VARCHAR", to, func(value driver.Value) (any, error) { return castText(to, value.(string)) })
	}
	for _, to := range strings.Fields(codedCasts["DOUBLE"]) {
		add("DOUBLE", to, func(value driver.Value) (any, error) { return castDouble(to, value.(float64)) })
	}
	add("TIMESTAMP", "VARCHAR", func(value driver.Value) (any, error) { return value.(time.Time).Format(timestampLayout), nil })
	add("TIMESTAMP_S", "VARCHAR", func(value driver.Value) (any, error) { return value.(time.Time).Format(time.DateTime), nil })
	add("TIMESTAMP WITH TIME ZONE", "VARCHAR", func(value driver.Value) (any, error) {
		return value.(time.Time).UTC().Format(timestampLayout) + " UTC", nil
	})
	add("TIMESTAMP WITH TIME ZONE", "DATE", func(value driver.Value) (any, error) { return startOfDay(value.(time.Time).UTC()), nil })
	return functions
}

// timestampLayout is how timestamp(3) prints.
const timestampLayout = "2006-01-02 15:04:05.000"

var (
	doubleText        = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)
	strangeDouble     = regexp.MustCompile(`(?i)^[+-]?(nan|infinity|0x.*|.*[0-9.][df])$`)
	looseDate         = regexp.MustCompile(`^[+-]?[0-9]+-[0-9]+-[0-9]+`)
	timestampText     = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,3})?)?$`)
	javaBlanks        = func(r rune) bool { return r <= ' ' }
	integerSizes      = map[string]int{"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}
	hiveNames         = map[string]string{"TINYINT": "tinyint", "SMALLINT": "smallint", "INTEGER": "int", "BIGINT": "bigint"}
	timestampReadings = []string{"2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly}
)

// castText reads text as CAST does in Trino.
func castText(to, text string) (any, error) {
	refused := fmt.Errorf("INVALID_CAST_ARGUMENT: Cannot cast '%s' to %s", text, strings.ToUpper(typeNames[to]))
	unknown := fmt.Errorf("NOT_SUPPORTED: not known to be equal: CAST of '%s' to %s: write the plain form", text, typeNames[to])
	switch to {
	case "BOOLEAN":
		switch strings.ToLower(text) {
		case "t", "true", "1":
			return true, nil
		case "f", "false", "0":
			return false, nil
		}
		return nil, refused
	case "DOUBLE":
		plain := strings.TrimFunc(text, javaBlanks)
		switch {
		case doubleText.MatchString(plain):
			f, _ := strconv.ParseFloat(plain, 64) // infinite if it is too large, as in Java
			return f, nil
		case strangeDouble.MatchString(plain):
			return nil, unknown
		}
		return nil, refused
	case "DATE", "TIMESTAMP", "TIMESTAMP_S":
		plain := strings.TrimFunc(text, javaBlanks)
		for _, layout := range timestampReadings {
			if t, err := time.Parse(layout, text); err == nil && (dateText.MatchString(text) || to != "DATE" && timestampText.MatchString(text)) {
				return t, nil
			}
		}
		if dateText.MatchString(text) || timestampText.MatchString(text) && to != "DATE" || !looseDate.MatchString(plain) {
			return nil, refused
		}
		return nil, unknown
	default:
		value, err := hiveType{name: hiveNames[to]}.parse(text)
		if err != nil {
			return nil, refused
		}
		return value, nil
	}
}

// castDouble rounds half away from zero.
func castDouble(to string, f float64) (any, error) {
	rounded := math.Round(f)
	limit := math.Ldexp(1, integerSizes[to]-1)
	if math.IsNaN(f) || rounded < -limit || rounded >= limit {
		return nil, fmt.Errorf("INVALID_CAST_ARGUMENT: Unable to cast %s to %s", formatFloat(f, 64), typeNames[to])
	}
	if to == "INTEGER" {
		return int32(rounded), nil
	}
	return int64(rounded), nil
}
