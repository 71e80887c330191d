package athena

import (
	"database/sql/driver"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// patternFunctions (Trino: Regular expression functions). Athena's expressions are Java's; those here are held to what Go reads alike.
var patternFunctions = []function{
	{name: "regexp_like", arguments: []string{"varchar varchar"}, code: []builtin{{"VARCHAR VARCHAR -> BOOLEAN", regexpLike}}},
	{name: "regexp_extract", arguments: []string{"varchar varchar", "varchar varchar int"}, code: []builtin{
		{"VARCHAR VARCHAR -> VARCHAR", regexpExtract},
		{"VARCHAR VARCHAR BIGINT -> VARCHAR", regexpExtract},
	}},
	{name: "regexp_extract_all", arguments: []string{"varchar varchar", "varchar varchar int"}, code: []builtin{
		{"VARCHAR VARCHAR -> VARCHAR[]", regexpExtractAll},
		{"VARCHAR VARCHAR BIGINT -> VARCHAR[]", regexpExtractAll},
	}},
	{name: "regexp_replace", arguments: []string{"varchar varchar", "varchar varchar varchar"}, code: []builtin{
		{"VARCHAR VARCHAR -> VARCHAR", regexpReplace},
		{"VARCHAR VARCHAR VARCHAR -> VARCHAR", regexpReplace},
	}, as: "the replacement may hold $1 to $9"},
	{name: "regexp_count", arguments: []string{"varchar varchar"}, code: []builtin{{"VARCHAR VARCHAR -> BIGINT", regexpCount}}},
}

// pattern is an expression that both engines read alike, with what of the text it could match otherwise.
type pattern struct {
	*regexp.Regexp
	text string
	// lines: it has ^, $ or a dot, which differ about ends of lines. classes: \d, \w, \s or \b, which may know more than ASCII.
	lines, classes bool
}

// patterns are those compiled so far. Queries have few.
var patterns sync.Map

func compilePattern(text string) (pattern, error) {
	if known, ok := patterns.Load(text); ok {
		return known.(pattern), nil
	}
	p := pattern{text: text}
	if what := p.inspect(); what != "" {
		return p, notEqual("regular expression '%s': %s", text, what)
	}
	compiled, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return p, notEqual("regular expression '%s': %v", text, err)
	}
	if p.Regexp, err = regexp.Compile(compiled.String()); err != nil {
		return p, notEqual("regular expression '%s': %v", text, err)
	}
	patterns.Store(text, p)
	return p, nil
}

// inspect names what is not in the common subset: letters and digits, escaped punctuation, \d \w \s \b and their opposites,
// classes without operators, groups, alternatives, greedy and lazy repetition, ^, $ and the dot.
func (p *pattern) inspect() string {
	rest := p.text
	repeated := false // the element before is a repetition
	for rest != "" {
		again := false
		switch c := rest[0]; {
		case c == '\\':
			if what := p.inspectEscape(rest); what != "" {
				return what
			}
			rest = rest[1:]
		case c == '[':
			length, what := p.inspectClass(rest)
			if what != "" {
				return what
			}
			rest = rest[length-1:]
		case strings.HasPrefix(rest, "(?") && !strings.HasPrefix(rest, "(?:"):
			return "groups with ? other than (?:…)"
		case strings.HasPrefix(rest, "(?:"):
			rest = rest[2:]
		case c == '{':
			match := repetition.FindString(rest)
			if match == "" {
				return "a { that is no repetition"
			}
			again, rest = true, rest[len(match)-1:]
		case c == '*', c == '+', c == '?':
			if again = true; repeated && c != '?' {
				return "possessive repetition"
			}
		case c == '}', c == ']':
			return "a bracket that is not escaped"
		case c == '.', c == '^', c == '$':
			p.lines = true
		}
		_, size := utf8.DecodeRuneInString(rest)
		rest, repeated = rest[size:], again && !repeated
	}
	return ""
}

var repetition = regexp.MustCompile(`^\{[0-9]+(,[0-9]*)?\}`)

const escapable = `\.*+?()[]{}|^$-/:,;"'!@#%&=<>~ _` + "`"

func (p *pattern) inspectEscape(rest string) string {
	switch {
	case len(rest) == 1:
		return "a backslash at its end"
	case strings.IndexByte("dDwWsSbB", rest[1]) >= 0:
		p.classes = true
	case strings.IndexByte(escapable+"tnrf", rest[1]) < 0:
		return rest[:2]
	}
	return ""
}

// inspectClass is the length of the class at the start of rest.
func (p *pattern) inspectClass(rest string) (int, string) {
	i := 1
	if strings.HasPrefix(rest[i:], "^") {
		i++
	}
	for start := i; i < len(rest); i++ {
		switch {
		case rest[i] == '\\':
			if what := p.inspectEscape(rest[i:]); what != "" {
				return 0, what
			}
			if strings.IndexByte("bB", rest[i+1]) >= 0 {
				return 0, `\b in a class`
			}
			i++
		case rest[i] == '[', strings.HasPrefix(rest[i:], "&&"):
			return 0, "a class in a class"
		case rest[i] == ']' && i == start:
			return 0, "an empty class"
		case rest[i] == ']':
			return i + 1, ""
		}
	}
	return 0, "a class that is not closed"
}

// on gets the pattern ready for a text, or says why the two engines may differ on it.
func (p pattern) on(text string) error {
	if p.lines && strings.ContainsAny(text, "\n\r\v\f\u0085\u2028\u2029") {
		return notEqual("regular expression '%s' with ^, $ or a dot on a text of several lines", p.text)
	}
	if p.classes && strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 || r == '\v' }) {
		return notEqual(`regular expression '%s' with \d, \w, \s or \b on %q: write a class such as [0-9]`, p.text, text)
	}
	return nil
}

func patternAndText(values []driver.Value) (pattern, string, error) {
	text := values[0].(string)
	p, err := compilePattern(values[1].(string))
	if err != nil {
		return p, text, err
	}
	return p, text, p.on(text)
}

func regexpLike(values []driver.Value) (any, error) {
	p, text, err := patternAndText(values)
	if err != nil {
		return nil, err
	}
	return p.MatchString(text), nil
}

// group is the number of the group that a call asks for, the whole match unless it says so.
func group(p pattern, values []driver.Value) (int, error) {
	if len(values) < 3 {
		return 0, nil
	}
	number := values[2].(int64)
	if number < 0 || number > int64(p.NumSubexp()) {
		return 0, invalidArgument("Pattern has %d groups. Cannot access group %d", p.NumSubexp(), number)
	}
	return int(number), nil
}

// patternTextAndGroup are the arguments of the functions that extract.
func patternTextAndGroup(values []driver.Value) (p pattern, text string, number int, err error) {
	if p, text, err = patternAndText(values); err == nil {
		number, err = group(p, values)
	}
	return p, text, number, err
}

func regexpExtract(values []driver.Value) (any, error) {
	p, text, number, err := patternTextAndGroup(values)
	if err != nil {
		return nil, err
	}
	return matched(text, p.FindStringSubmatchIndex(text), number), nil
}

// matched is what a group matched, nil if it took no part.
func matched(text string, match []int, number int) any {
	if match == nil || match[2*number] < 0 {
		return nil
	}
	return text[match[2*number]:match[2*number+1]]
}

// all are the matches, none of them empty: the engines go on differently after an empty one.
func (p pattern) all(text string) ([][]int, error) {
	matches := p.FindAllStringSubmatchIndex(text, -1)
	for _, match := range matches {
		if match[0] == match[1] {
			return nil, notEqual("regular expression '%s', which matches nothing at all in %q", p.text, text)
		}
	}
	return matches, nil
}

func regexpExtractAll(values []driver.Value) (any, error) {
	p, text, number, err := patternTextAndGroup(values)
	if err != nil {
		return nil, err
	}
	matches, err := p.all(text)
	found := []any{}
	for _, match := range matches {
		found = append(found, matched(text, match, number))
	}
	return found, err
}

func regexpCount(values []driver.Value) (any, error) {
	p, text, err := patternAndText(values)
	if err != nil {
		return nil, err
	}
	matches, err := p.all(text)
	return int64(len(matches)), err
}

var replacementGroup = regexp.MustCompile(`\$[0-9]`)

func regexpReplace(values []driver.Value) (any, error) {
	p, text, err := patternAndText(values)
	if err != nil {
		return nil, err
	}
	replacement := ""
	if len(values) == 3 {
		replacement = values[2].(string)
	}
	groups := replacementGroup.FindAllStringIndex(replacement, -1)
	if strings.Contains(replacement, `\`) || strings.Count(replacement, "$") != len(groups) || longGroup.MatchString(replacement) {
		return nil, notEqual("replacement '%s': write $1 to $9 and plain text", replacement)
	}
	matches, err := p.all(text)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	end := 0
	for _, match := range matches {
		out.WriteString(text[end:match[0]])
		at := 0
		for _, reference := range groups {
			number, _ := strconv.Atoi(replacement[reference[0]+1 : reference[1]])
			if number > p.NumSubexp() {
				return nil, invalidArgument("Illegal replacement sequence: unknown group %d", number)
			}
			out.WriteString(replacement[at:reference[0]])
			if part := matched(text, match, number); part != nil {
				out.WriteString(part.(string))
			}
			at = reference[1]
		}
		out.WriteString(replacement[at:])
		end = match[1]
	}
	return out.String() + text[end:], nil
}

var longGroup = regexp.MustCompile(`\$[0-9]{2}`)
