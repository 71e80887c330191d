package athena

import (
	"fmt"
	"slices"
	"strings"
)

type tokenKind int

const (
	word tokenKind = iota
	quotedName
	text
	number
	symbol
)

// token is a lexical element of Trino's SQL. The text of a word is in lower case; any other's is as written.
type token struct {
	kind tokenKind
	text string
	line int
	// column counts characters from 1, as Trino's messages do.
	column int
	// offset counts bytes from 0.
	offset int
}

func (t token) is(kind tokenKind, texts ...string) bool {
	return t.kind == kind && slices.Contains(texts, t.text)
}

// symbols are Trino's operators and punctuation, longest first. DuckDB has more: ::, //, ->, **, &&, {, $1 and others.
var symbols = []string{"<>", "!=", "<=", ">=", "||", "+", "-", "*", "/", "%", "=", "<", ">", ".", ",", "(", ")", "[", "]", ";"}

const operatorCharacters = "<>!=|+-*/%~&^@#:$?`{}\\"

// tokenize splits a query into Trino's tokens. What DuckDB would take but Trino has not is a syntax error that names it.
func tokenize(sql string) ([]token, error) {
	l := lexer{rest: sql, line: 1, column: 1}
	var tokens []token
	for {
		if err := l.skipBlank(); err != nil {
			return nil, err
		}
		if l.rest == "" {
			return tokens, nil
		}
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
	}
}

type lexer struct {
	rest                 string
	line, column, offset int
}

func (l *lexer) fail(format string, args ...any) error {
	return syntaxError(l.line, l.column, format, args...)
}

func syntaxError(line, column int, format string, args ...any) error {
	return fmt.Errorf("SYNTAX_ERROR: line %d:%d: %s", line, column, fmt.Sprintf(format, args...))
}

func (l *lexer) take(n int) string {
	taken := l.rest[:n]
	l.rest = l.rest[n:]
	l.offset += n
	for _, r := range taken {
		l.column++
		if r == '\n' {
			l.line, l.column = l.line+1, 1
		}
	}
	return taken
}

func (l *lexer) skipBlank() error {
	for {
		blank := len(l.rest) - len(strings.TrimLeft(l.rest, " \t\r\n"))
		l.take(blank)
		switch {
		case strings.HasPrefix(l.rest, "--"):
			end := strings.IndexByte(l.rest, '\n')
			if end < 0 {
				end = len(l.rest)
			}
			l.take(end)
		case strings.HasPrefix(l.rest, "/*"):
			end := strings.Index(l.rest, "*/")
			if end < 0 {
				return l.fail("a comment has no end: close it with */")
			}
			if strings.Contains(l.rest[2:end], "/*") {
				return l.fail("a comment in a comment: Athena ends the comment at the first */")
			}
			l.take(end + 2)
		default:
			return nil
		}
	}
}

func (l *lexer) next() (token, error) {
	t := token{line: l.line, column: l.column, offset: l.offset}
	c := l.rest[0]
	switch {
	case isLetter(c):
		t.kind, t.text = word, strings.ToLower(l.take(span(l.rest, isNamePart)))
		if l.rest != "" && (l.rest[0] == '$' || l.rest[0] >= 0x80) {
			return t, l.fail("a name holds %q: quote the name with double quotes", firstRune(l.rest))
		}
		if l.rest != "" && l.rest[0] == '\'' && slices.Contains([]string{"e", "b", "x", "n"}, t.text) {
			return t, l.fail("string with the prefix %s is not supported locally: write a plain '…' string", t.text)
		}
		return t, nil
	case isDigit(c), c == '.' && len(l.rest) > 1 && isDigit(l.rest[1]):
		t.kind, t.text = number, l.take(numberLength(l.rest))
		if l.rest != "" && (isNamePart(l.rest[0]) || l.rest[0] >= 0x80) {
			return t, l.fail("%q follows the number %s: put a space between, or quote a name that starts with a digit", firstRune(l.rest), t.text)
		}
		return t, nil
	case c == '\'' || c == '"':
		end := quotedLength(l.rest)
		if end == 0 {
			return t, l.fail("the quote %c is not closed", c)
		}
		t.kind, t.text = text, l.take(end)
		if c == '"' {
			t.kind = quotedName
		}
		return t, nil
	}
	run := span(l.rest, func(c byte) bool { return strings.IndexByte(operatorCharacters, c) >= 0 })
	for _, comment := range []string{"--", "/*"} {
		if start := strings.Index(l.rest[:run], comment); start >= 0 {
			run = start
		}
	}
	if run > 0 {
		for _, s := range symbols {
			// A sign may follow an operator directly, as in a=-1.
			if after, ok := strings.CutPrefix(l.rest[:run], s); ok && (after == "" || after == "-" || after == "+") {
				t.kind, t.text = symbol, l.take(len(s))
				return t, nil
			}
		}
		return t, l.fail("mismatched input '%s': Athena has no such operator or character", l.rest[:run])
	}
	for _, s := range symbols {
		if strings.HasPrefix(l.rest, s) {
			t.kind, t.text = symbol, l.take(len(s))
			return t, nil
		}
	}
	return t, l.fail("mismatched input %q: Athena has no such character", firstRune(l.rest))
}

func isLetter(c byte) bool   { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool    { return c >= '0' && c <= '9' }
func isNamePart(c byte) bool { return isLetter(c) || isDigit(c) }

func firstRune(s string) string { return string([]rune(s)[0]) }

// span is the length of the prefix whose bytes all satisfy in.
func span(s string, in func(byte) bool) int {
	for i := range len(s) {
		if !in(s[i]) {
			return i
		}
	}
	return len(s)
}

// numberLength is the length of a number such as 1, 1.5, .5 or 1e-3.
func numberLength(s string) int {
	n := span(s, isDigit)
	if n < len(s) && s[n] == '.' {
		n++
		n += span(s[n:], isDigit)
	}
	if n < len(s) && s[n]|0x20 == 'e' {
		exponent := n + 1
		if exponent < len(s) && (s[exponent] == '+' || s[exponent] == '-') {
			exponent++
		}
		if digits := span(s[exponent:], isDigit); digits > 0 {
			return exponent + digits
		}
	}
	return n
}

// quotedLength is the length of the quoted text at the start of s, where a doubled quote stands for itself; 0 if it has no end.
func quotedLength(s string) int {
	for i := 1; i < len(s); i++ {
		if s[i] != s[0] {
			continue
		}
		if i+1 < len(s) && s[i+1] == s[0] {
			i++
			continue
		}
		return i + 1
	}
	return 0
}
