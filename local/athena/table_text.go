package athena

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textFunctions (Trino: String functions, Comparison operators: LIKE). Positions count characters from 1.
var textFunctions = []function{
	{name: "concat", bound: "||", arguments: []string{"varchar varchar"}, rewrite: concatenate, as: "NULL if any argument is"},
	{name: "concat_ws", arguments: []string{"varchar varchar..."}},
	{name: "~~", arguments: []string{"varchar varchar"}},
	{name: "!~~", arguments: []string{"varchar varchar"}},
	{name: "like_escape", arguments: []string{"varchar varchar varchar"}, code: []builtin{{"VARCHAR VARCHAR VARCHAR -> BOOLEAN", likeEscape(true)}}},
	{name: "not_like_escape", arguments: []string{"varchar varchar varchar"}, code: []builtin{{"VARCHAR VARCHAR VARCHAR -> BOOLEAN", likeEscape(false)}}},
	{name: "length", arguments: []string{"varchar"}},
	{name: "lower", arguments: []string{"varchar"}, code: onText(func(s string) string { return strings.Map(unicode.ToLower, s) }), as: "letter by letter"},
	{name: "upper", arguments: []string{"varchar"}, code: onText(func(s string) string { return strings.Map(unicode.ToUpper, s) }), as: "letter by letter: ß stays"},
	{name: "starts_with", arguments: []string{"varchar varchar"}},
	{name: "substr", arguments: []string{"varchar int", "varchar int int"}, code: substrings, as: "a start of zero, or before the first character, gives an empty string"},
	{name: "substring", arguments: []string{"varchar int", "varchar int int"}, code: substrings, as: "as substr"},
	{name: "trim", arguments: []string{"varchar"}, code: onText(func(s string) string { return strings.TrimFunc(s, isJavaBlank) })},
	{name: "ltrim", arguments: []string{"varchar"}, code: onText(func(s string) string { return strings.TrimLeftFunc(s, isJavaBlank) })},
	{name: "rtrim", arguments: []string{"varchar"}, code: onText(func(s string) string { return strings.TrimRightFunc(s, isJavaBlank) })},
	{name: "replace", arguments: []string{"varchar varchar", "varchar varchar varchar"}, code: []builtin{
		{"VARCHAR VARCHAR -> VARCHAR", func(v []driver.Value) (any, error) { return strings.ReplaceAll(v[0].(string), v[1].(string), ""), nil }},
		{"VARCHAR VARCHAR VARCHAR -> VARCHAR", func(v []driver.Value) (any, error) {
			return strings.ReplaceAll(v[0].(string), v[1].(string), v[2].(string)), nil
		}},
	}},
	{name: "reverse", arguments: []string{"varchar"}, code: onText(func(s string) string {
		characters := []rune(s)
		slices.Reverse(characters)
		return string(characters)
	})},
	{name: "split", arguments: []string{"varchar varchar", "varchar varchar int"}, code: []builtin{{"VARCHAR VARCHAR -> VARCHAR[]", split}, {"VARCHAR VARCHAR BIGINT -> VARCHAR[]", split}}},
	{name: "split_part", arguments: []string{"varchar varchar int"}, code: []builtin{{"VARCHAR VARCHAR BIGINT -> VARCHAR", splitPart}}},
	{name: "strpos", arguments: []string{"varchar varchar"}, code: []builtin{{"VARCHAR VARCHAR -> BIGINT", position}}},
	{name: "position", arguments: []string{"varchar varchar"}, code: []builtin{{"VARCHAR VARCHAR -> BIGINT", position}}, as: "position(part IN text)"},
	{name: "lpad", arguments: []string{"varchar int varchar"}, code: []builtin{{"VARCHAR BIGINT VARCHAR -> VARCHAR", pad(true)}}},
	{name: "rpad", arguments: []string{"varchar int varchar"}, code: []builtin{{"VARCHAR BIGINT VARCHAR -> VARCHAR", pad(false)}}},
	{name: "chr", arguments: []string{"int"}, code: []builtin{{"BIGINT -> VARCHAR", character}}},
	{name: "codepoint", arguments: []string{"varchar"}, code: []builtin{{"VARCHAR -> INTEGER", codepoint}}, as: "of a literal of one character, which is varchar(1)"},
}

func invalidArgument(format string, arguments ...any) error {
	return fmt.Errorf("INVALID_FUNCTION_ARGUMENT: "+format, arguments...)
}

func notEqual(format string, arguments ...any) error {
	return fmt.Errorf("NOT_SUPPORTED: not known to be equal: "+format, arguments...)
}

func onText(f func(string) string) []builtin {
	return []builtin{{"VARCHAR -> VARCHAR", func(values []driver.Value) (any, error) { return f(values[0].(string)), nil }}}
}

// isJavaBlank is Java's Character.isWhitespace: no no-break spaces, but the separators of ASCII.
func isJavaBlank(r rune) bool {
	switch r {
	case '\u00a0', '\u2007', '\u202f', '\u0085':
		return false
	}
	return r >= 0x1c && r <= 0x1f || unicode.IsSpace(r)
}

var substrings = []builtin{
	{"VARCHAR BIGINT -> VARCHAR", func(values []driver.Value) (any, error) {
		return substring(values[0].(string), values[1].(int64), 1<<62), nil
	}},
	{"VARCHAR BIGINT BIGINT -> VARCHAR", func(values []driver.Value) (any, error) {
		return substring(values[0].(string), values[1].(int64), values[2].(int64)), nil
	}},
}

// split cuts text at a delimiter; with a limit, the last part is what is left.
func split(values []driver.Value) (any, error) {
	delimiter, limit := values[1].(string), -1
	if delimiter == "" {
		return nil, invalidArgument("The delimiter may not be the empty string")
	}
	if len(values) == 3 {
		if limit = int(min(values[2].(int64), 1<<30)); limit <= 0 {
			return nil, invalidArgument("Limit must be positive")
		}
	}
	parts := []any{}
	for _, part := range strings.SplitN(values[0].(string), delimiter, limit) {
		parts = append(parts, part)
	}
	return parts, nil
}

// splitPart is the part of that number, NULL if there are not as many.
func splitPart(values []driver.Value) (any, error) {
	delimiter, index := values[1].(string), values[2].(int64)
	switch {
	case index <= 0:
		return nil, invalidArgument("Index must be greater than zero")
	case delimiter == "":
		return nil, notEqual("SPLIT_PART with an empty delimiter")
	}
	if parts := strings.Split(values[0].(string), delimiter); index <= int64(len(parts)) {
		return parts[index-1], nil
	}
	return nil, nil
}

func position(values []driver.Value) (any, error) {
	text := values[0].(string)
	at := strings.Index(text, values[1].(string))
	if at < 0 {
		return int64(0), nil
	}
	return int64(utf8.RuneCountInString(text[:at])) + 1, nil
}

// pad fills text up to a length, or cuts it there.
func pad(left bool) func([]driver.Value) (any, error) {
	return func(values []driver.Value) (any, error) {
		text, size, filler := []rune(values[0].(string)), values[1].(int64), []rune(values[2].(string))
		switch {
		case size < 0 || size > 1<<31-1:
			return nil, invalidArgument("Target length must be in the range [0..2147483647]")
		case len(filler) == 0:
			return nil, invalidArgument("Padding string must not be empty")
		case size <= int64(len(text)):
			return string(text[:size]), nil
		}
		padding := make([]rune, size-int64(len(text)))
		for i := range padding {
			padding[i] = filler[i%len(filler)]
		}
		if left {
			return string(append(padding, text...)), nil
		}
		return string(append(text, padding...)), nil
	}
}

func character(values []driver.Value) (any, error) {
	code := values[0].(int64)
	if code < 0 || code > unicode.MaxRune || !utf8.ValidRune(rune(code)) {
		return nil, invalidArgument("Not a valid Unicode code point: %d", code)
	}
	return string(rune(code)), nil
}

func codepoint(values []driver.Value) (any, error) {
	characters := []rune(values[0].(string))
	if len(characters) != 1 {
		return nil, invalidArgument("codepoint takes a varchar(1): %q has %d characters", values[0], len(characters))
	}
	return characters[0], nil
}

// likeEscape is LIKE … ESCAPE, or NOT LIKE: the escape may stand only before itself, % and _.
func likeEscape(want bool) func([]driver.Value) (any, error) {
	return func(values []driver.Value) (any, error) {
		escape := []rune(values[2].(string))
		if len(escape) != 1 {
			return nil, invalidArgument("Escape string must be a single character")
		}
		pattern := []rune(values[1].(string))
		var parts []likePart
		for i := 0; i < len(pattern); i++ {
			switch r := pattern[i]; {
			case r == escape[0]:
				i++
				if i == len(pattern) || pattern[i] != '%' && pattern[i] != '_' && pattern[i] != escape[0] {
					return nil, invalidArgument("Escape character must be followed by '%%', '_' or the escape character itself")
				}
				parts = append(parts, likePart{literal: pattern[i]})
			case r == '%':
				parts = append(parts, likePart{any: true, many: true})
			case r == '_':
				parts = append(parts, likePart{any: true})
			default:
				parts = append(parts, likePart{literal: r})
			}
		}
		return like([]rune(values[0].(string)), parts) == want, nil
	}
}

// likePart matches one character, or any number of them.
type likePart struct {
	literal   rune
	any, many bool
}

func like(text []rune, parts []likePart) bool {
	// reached[i] says that the parts so far can match the first i characters.
	reached := make([]bool, len(text)+1)
	reached[0] = true
	for _, part := range parts {
		next := make([]bool, len(text)+1)
		for i := range reached {
			switch {
			case part.many:
				next[i] = reached[i] || i > 0 && next[i-1]
			case i > 0 && reached[i-1]:
				next[i] = part.any || part.literal == text[i-1]
			}
		}
		reached = next
	}
	return reached[len(text)]
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
