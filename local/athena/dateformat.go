package athena

import (
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// printed are MySQL's specifiers as Go's layouts.
var printed = map[byte]string{
	'a': "Mon", 'b': "Jan", 'c': "1", 'd': "02", 'e': "2", 'H': "15", 'h': "03", 'I': "03", 'i': "04", 'l': "3", 'M': "January", 'm': "01", 'p': "PM",
	'r': "03:04:05 PM", 'S': "05", 's': "05", 'T': "15:04:05", 'W': "Monday", 'Y': "2006", 'y': "06",
}

// specifiers splits a format into what prints as it is and the specifiers, % and a letter.
func specifiers(format string) ([]string, error) {
	var parts []string
	for format != "" {
		at := strings.IndexByte(format, '%')
		switch {
		case at < 0:
			return append(parts, format), nil
		case at > 0:
			parts = append(parts, format[:at])
			format = format[at:]
		case len(format) == 1:
			return nil, notEqual("a date format that ends with %%")
		default:
			parts = append(parts, format[:2])
			format = format[2:]
		}
	}
	return parts, nil
}

func unsupportedSpecifier(specifier string) error {
	if strings.Contains("DUuVwX", specifier[1:]) {
		return invalidArgument("%s not supported in date format string", specifier)
	}
	return notEqual("specifier %s of a date format", specifier)
}

func dateFormat(values []driver.Value) (any, error) {
	t := moment(values[0])
	parts, err := specifiers(values[1].(string))
	if err != nil {
		return nil, err
	}
	if t.Year() < 1000 || t.Year() > 9999 {
		return nil, notEqual("DATE_FORMAT of the year %d", t.Year())
	}
	var out strings.Builder
	for _, part := range parts {
		if part[0] != '%' {
			out.WriteString(part)
			continue
		}
		switch letter := part[1]; {
		case printed[letter] != "":
			out.WriteString(t.Format(printed[letter]))
		case letter == 'k':
			out.WriteString(strconv.Itoa(t.Hour()))
		case letter == 'j':
			fmt.Fprintf(&out, "%03d", t.YearDay())
		case letter == 'v':
			fmt.Fprintf(&out, "%02d", isoWeek(t))
		case letter == 'x':
			fmt.Fprintf(&out, "%04d", isoYear(t))
		case letter == 'f':
			fmt.Fprintf(&out, "%06d", t.Nanosecond()/1000)
		case letter == '%':
			out.WriteByte('%')
		default:
			return nil, unsupportedSpecifier(part)
		}
	}
	return out.String(), nil
}

// parsed are the specifiers that date_parse takes: the most digits of each and the field that they fill.
var parsed = map[byte]struct {
	digits int
	field  func(*dateFields) *int
}{
	'Y': {4, func(f *dateFields) *int { return &f.year }},
	'y': {2, func(f *dateFields) *int { return &f.year }},
	'm': {2, func(f *dateFields) *int { return &f.month }},
	'c': {2, func(f *dateFields) *int { return &f.month }},
	'd': {2, func(f *dateFields) *int { return &f.day }},
	'e': {2, func(f *dateFields) *int { return &f.day }},
	'H': {2, func(f *dateFields) *int { return &f.hour }},
	'k': {2, func(f *dateFields) *int { return &f.hour }},
	'i': {2, func(f *dateFields) *int { return &f.minute }},
	'S': {2, func(f *dateFields) *int { return &f.second }},
	's': {2, func(f *dateFields) *int { return &f.second }},
}

type dateFields struct{ year, month, day, hour, minute, second, nanosecond int }

func dateParse(values []driver.Value) (any, error) {
	text, format := values[0].(string), strings.ReplaceAll(values[1].(string), "%T", "%H:%i:%S")
	parts, err := specifiers(format)
	if err != nil {
		return nil, err
	}
	wrong := invalidArgument("Invalid format: \"%s\" does not match '%s'", text, values[1])
	fields := dateFields{year: 1970, month: 1, day: 1}
	rest := text
	for _, part := range parts {
		var ok bool
		switch specifier, known := parsed[part[len(part)-1]]; {
		case part[0] != '%' || part == "%%":
			if rest, ok = strings.CutPrefix(rest, strings.TrimPrefix(part, "%")); !ok {
				return nil, wrong
			}
		case part == "%f":
			digits := span(rest, isDigit)
			if digits == 0 || digits > 9 {
				return nil, wrong
			}
			fields.nanosecond, _ = strconv.Atoi((rest[:digits] + "00000000")[:9])
			rest = rest[digits:]
		case !known:
			return nil, unsupportedSpecifier(part)
		default:
			digits := min(span(rest, isDigit), specifier.digits)
			if digits == 0 || part == "%Y" && digits < 4 || part == "%y" && digits < 2 {
				if digits == 0 && (rest == "" || rest[0] != '-' && rest[0] != '+') {
					return nil, wrong
				}
				return nil, notEqual("DATE_PARSE of '%s' with %s", text, part)
			}
			number, _ := strconv.Atoi(rest[:digits])
			if part == "%y" { // 70 is 1970, 69 is 2069
				number += 1900 + 100*((169-number)/100)
			}
			*specifier.field(&fields) = number
			rest = rest[digits:]
		}
	}
	t := time.Date(fields.year, time.Month(fields.month), fields.day, fields.hour, fields.minute, fields.second, fields.nanosecond/1e6*1e6, time.UTC)
	if rest != "" || t.Year() != fields.year || int(t.Month()) != fields.month || t.Day() != fields.day || t.Hour() != fields.hour || t.Minute() != fields.minute || t.Second() != fields.second {
		return nil, wrong
	}
	return t, nil
}
