package athena

import (
	"database/sql/driver"
	"math"
	"slices"
	"strings"
	"time"
)

// dateFunctions (Trino: Date and time functions and operators). The session's time zone is UTC, as Athena's is.
var dateFunctions = []function{
	{name: "year", arguments: moments, code: part(func(t time.Time) int { return t.Year() })},
	{name: "quarter", arguments: moments, code: part(func(t time.Time) int { return (int(t.Month()) + 2) / 3 })},
	{name: "month", arguments: moments, code: part(func(t time.Time) int { return int(t.Month()) })},
	{name: "week", arguments: moments, code: part(isoWeek), as: "of the ISO year"},
	{name: "week_of_year", arguments: moments, code: part(isoWeek), as: "as week"},
	{name: "year_of_week", arguments: moments, code: part(isoYear)},
	{name: "yow", arguments: moments, code: part(isoYear)},
	{name: "day", arguments: moments, code: part(time.Time.Day)},
	{name: "day_of_month", arguments: moments, code: part(time.Time.Day)},
	{name: "day_of_week", arguments: moments, code: part(isoWeekday), as: "1 is Monday"},
	{name: "dow", arguments: moments, code: part(isoWeekday), as: "1 is Monday"},
	{name: "day_of_year", arguments: moments, code: part(time.Time.YearDay)},
	{name: "doy", arguments: moments, code: part(time.Time.YearDay)},
	{name: "hour", arguments: times, code: part(time.Time.Hour)},
	{name: "minute", arguments: times, code: part(time.Time.Minute)},
	{name: "second", arguments: times, code: part(time.Time.Second)},
	{name: "millisecond", arguments: times, code: part(func(t time.Time) int { return t.Nanosecond() / 1e6 })},
	{name: "last_day_of_month", arguments: moments, code: overMoments("%s -> DATE", func(values []driver.Value, _ string) (any, error) {
		t := moment(values[0])
		return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC), nil
	})},
	{name: "date_trunc", arguments: prefixed("varchar ", moments), code: overMoments("VARCHAR %[1]s -> %[1]s", dateTrunc)},
	{name: "date_add", arguments: prefixed("varchar int ", moments), code: overMoments("VARCHAR BIGINT %[1]s -> %[1]s", dateAdd), as: "a month's last day if the day is past it"},
	{name: intervalName, arguments: prefixed("varchar int ", moments), code: []builtin{
		{"VARCHAR BIGINT DATE -> DATE", func(v []driver.Value) (any, error) { return dateAdd(v, "DATE") }},
		{"VARCHAR BIGINT TIMESTAMP -> TIMESTAMP", func(v []driver.Value) (any, error) { return dateAdd(v, "TIMESTAMP") }},
		{"VARCHAR BIGINT TIMESTAMPTZ -> TIMESTAMPTZ", func(v []driver.Value) (any, error) { return dateAdd(v, "TIMESTAMPTZ") }},
	}, as: "x + INTERVAL, x - INTERVAL"},
	{
		name: "date_diff", arguments: []string{"varchar date date", "varchar timestamp timestamp", "varchar date timestamp", "varchar timestamp date", "varchar instant instant"},
		code: overMoments("VARCHAR %[1]s %[1]s -> BIGINT", dateDiff), as: "whole units that have passed",
	},
	{name: "date", arguments: []string{"date", "timestamp", "varchar", "instant"}, rewrite: castTo("DATE"), bound: "date", as: "CAST(x AS date)"},
	{name: "date_format", arguments: []string{"timestamp varchar", "date varchar", "instant varchar"}, code: []builtin{
		{"TIMESTAMP VARCHAR -> VARCHAR", dateFormat},
		{"TIMESTAMPTZ VARCHAR -> VARCHAR", dateFormat},
	}, as: "the specifiers that date_parse takes, and %a %b %j %l %M %p %r %W %v %x"},
	{name: "date_parse", arguments: []string{"varchar varchar"}, code: []builtin{{"VARCHAR VARCHAR -> TIMESTAMP", dateParse}}, as: "the specifiers %Y %y %m %c %d %e %H %k %i %S %s %T %f %%"},
	{name: "from_unixtime", arguments: []string{"double", "int"}, code: []builtin{{"DOUBLE -> TIMESTAMPTZ", fromUnixTime}}},
	{name: "to_unixtime", arguments: []string{"timestamp", "instant"}, code: []builtin{{"TIMESTAMP -> DOUBLE", toUnixTime}, {"TIMESTAMPTZ -> DOUBLE", toUnixTime}}},
	{name: "from_iso8601_timestamp", arguments: []string{"varchar"}, code: []builtin{{"VARCHAR -> TIMESTAMPTZ", fromISO}}, as: "in UTC"},
	{name: "from_iso8601_date", arguments: []string{"varchar"}, code: []builtin{{"VARCHAR -> DATE", fromISODate}}, as: "YYYY-MM-DD"},
	{name: "to_iso8601", arguments: []string{"date", "instant"}, code: []builtin{
		{"DATE -> VARCHAR", func(v []driver.Value) (any, error) { return moment(v[0]).Format(time.DateOnly), nil }},
		{"TIMESTAMPTZ -> VARCHAR", func(v []driver.Value) (any, error) { return moment(v[0]).Format("2006-01-02T15:04:05.000Z"), nil }},
	}},
}

// intervalName is the row of + and - with an interval. No query can name it: see parserNames.
const intervalName = "interval_add"

var (
	moments = []string{"date", "timestamp", "instant"}
	times   = []string{"timestamp", "instant"}
)

func prefixed(prefix string, lists []string) []string {
	out := make([]string, len(lists))
	for i, list := range lists {
		out[i] = prefix + list
	}
	return out
}

// overMoments are the overloads of a function for dates and timestamps; f is told which it is.
func overMoments(signature string, f func(values []driver.Value, kind string) (any, error)) []builtin {
	var overloads []builtin
	for _, kind := range []string{"DATE", "TIMESTAMP_S", "TIMESTAMP", "TIMESTAMPTZ"} {
		text := strings.NewReplacer("%[1]s", kind, "%s", kind).Replace(signature)
		overloads = append(overloads, builtin{text, func(values []driver.Value) (any, error) { return f(values, kind) }})
	}
	return overloads
}

func moment(value driver.Value) time.Time { return value.(time.Time).UTC() }

func part(f func(time.Time) int) []builtin {
	return overMoments("%s -> BIGINT", func(values []driver.Value, _ string) (any, error) { return int64(f(moment(values[0]))), nil })
}

func isoYear(t time.Time) int    { year, _ := t.ISOWeek(); return year }
func isoWeek(t time.Time) int    { _, week := t.ISOWeek(); return week }
func isoWeekday(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }

func startOfDay(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// unitsOfTime have a fixed length; a date knows only those from a day up.
var unitsOfTime = map[string]time.Duration{
	"millisecond": time.Millisecond, "second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour,
}

var unitsOfMonths = map[string]int{"month": 1, "quarter": 3, "year": 12}

// unit reads a unit's name for a value of that kind: its length, or how many months it is.
func unit(name driver.Value, kind string) (unit string, length time.Duration, months int, err error) {
	unit = strings.ToLower(name.(string))
	length, months = unitsOfTime[unit], unitsOfMonths[unit]
	field := "Timestamp"
	if kind == "DATE" {
		field = "DATE"
		if length < 24*time.Hour {
			length = 0
		}
	}
	if length == 0 && months == 0 {
		return "", 0, 0, invalidArgument("'%s' is not a valid %s field", unit, field)
	}
	return unit, length, months, nil
}

func dateTrunc(values []driver.Value, kind string) (any, error) {
	name, length, months, err := unit(values[0], kind)
	if err != nil {
		return nil, err
	}
	t := moment(values[1])
	switch {
	case months > 0:
		first := (int(t.Month())-1)/months*months + 1
		return time.Date(t.Year(), time.Month(first), 1, 0, 0, 0, 0, time.UTC), nil
	case name == "week":
		return startOfDay(t).AddDate(0, 0, 1-isoWeekday(t)), nil
	default:
		return t.Truncate(length), nil // days and less divide the time since year 1 evenly
	}
}

func dateAdd(values []driver.Value, kind string) (any, error) {
	_, length, months, err := unit(values[0], kind)
	if err != nil {
		return nil, err
	}
	n, t := values[1].(int64), moment(values[2])
	if limit := int64(1_000_000_000_000); n > limit || n < -limit || months > 0 && (n > 120_000 || n < -120_000) {
		return nil, invalidArgument("%d is too many to add", n)
	}
	if months > 0 {
		return addMonths(t, int(n)*months), nil
	}
	if days := int64(24 * time.Hour / length); days > 0 { // in days and what is left: a Duration holds 292 years
		return t.AddDate(0, 0, int(n/days)).Add(time.Duration(n%days) * length), nil
	}
	return t.AddDate(0, 0, int(n)*7), nil
}

// addMonths keeps the day, or takes the month's last if there is no such day.
func addMonths(t time.Time, months int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	last := time.Date(first.Year(), first.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// dateDiff counts the whole units from the first to the second.
func dateDiff(values []driver.Value, kind string) (any, error) {
	_, length, months, err := unit(values[0], kind)
	if err != nil {
		return nil, err
	}
	from, to := moment(values[1]), moment(values[2])
	if months == 0 {
		return (to.UnixMilli() - from.UnixMilli()) / length.Milliseconds(), nil
	}
	if to.Before(from) {
		return -int64(wholeMonths(to, from) / months), nil
	}
	return int64(wholeMonths(from, to) / months), nil
}

func wholeMonths(from, to time.Time) int {
	months := (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month())
	if addMonths(from, months).After(to) {
		months--
	}
	return months
}

func fromUnixTime(values []driver.Value) (any, error) {
	seconds := values[0].(float64)
	if math.IsNaN(seconds) || math.Abs(seconds) > 1e11 {
		return nil, invalidArgument("%s is no time that a timestamp can hold", formatFloat(seconds, 64))
	}
	return time.UnixMilli(int64(math.Floor(seconds*1000 + 0.5))).UTC(), nil
}

func toUnixTime(values []driver.Value) (any, error) {
	return float64(moment(values[0]).UnixMilli()) / 1000, nil
}

// isoLayouts are the forms of ISO 8601 that are read; the last of them have no zone and are in the session's, UTC.
var isoLayouts = []string{"2006-01-02T15:04:05Z", "2006-01-02T15:04Z", "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly}

func fromISO(values []driver.Value) (any, error) {
	text := values[0].(string)
	for _, layout := range isoLayouts {
		if t, err := time.Parse(layout, text); err == nil && !strings.Contains(text, ",") {
			return t.Truncate(time.Millisecond), nil
		}
	}
	if len(text) == 0 || !slices.Contains([]byte("+-0123456789TW"), text[0]) {
		return nil, invalidArgument("Invalid format: \"%s\"", text)
	}
	return nil, notEqual("FROM_ISO8601_TIMESTAMP of '%s': write YYYY-MM-DDTHH:MM:SS.mmmZ, in UTC", text)
}

func fromISODate(values []driver.Value) (any, error) {
	text := values[0].(string)
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	return nil, notEqual("FROM_ISO8601_DATE of '%s': write YYYY-MM-DD", text)
}
