package athena

import (
	"slices"
	"strings"
)

// castTypes are the type names that CAST may name. DuckDB knows aliases that Athena does not, such as text or int4.
var castTypes = []string{"boolean", "tinyint", "smallint", "integer", "int", "bigint", "real", "double", "decimal", "varchar", "date", "timestamp"}

// checkGrammar refuses what DuckDB's grammar takes, Trino's does not, and the syntax tree no longer shows.
// It returns the tokens without a last semicolon.
func checkGrammar(tokens []token) ([]token, error) {
	if n := len(tokens); n > 0 && tokens[n-1].is(symbol, ";") {
		tokens = tokens[:n-1]
	}
	if len(tokens) == 0 {
		return nil, syntaxError(1, 1, "the query is empty")
	}
	if first := tokens[0]; !first.is(word, "select", "with", "values") && !first.is(symbol, "(") {
		return nil, syntaxError(first.line, first.column, "%s is not supported locally: a query starts with SELECT, WITH or VALUES", strings.ToUpper(first.text))
	}
	var casts []bool // for each open parenthesis, whether it is CAST's
	for i, t := range tokens {
		var before, after token
		if i > 0 {
			before = tokens[i-1]
		}
		if i+1 < len(tokens) {
			after = tokens[i+1]
		}
		wrong := ""
		switch {
		case t.is(symbol, ";"):
			wrong = "one statement at a time: remove what follows the semicolon"
		case t.is(symbol, "("):
			casts = append(casts, before.is(word, "cast", "try_cast"))
		case t.is(symbol, ")"):
			casts = casts[:max(len(casts)-1, 0)]
			if before.is(symbol, ",") {
				wrong = "a comma before a closing parenthesis"
			}
		case t.is(symbol, "[") && before.kind != quotedName && !before.is(symbol, ")", "]") && (before.kind != word || before.is(word, notNames...)):
			wrong = "a list is written ARRAY[…] in Athena"
		case t.is(word, "from", "where", "group", "having", "order", "union") && before.is(symbol, ","):
			wrong = "a comma before " + strings.ToUpper(t.text)
		case t.kind == text && before.kind == text:
			wrong = "two strings side by side: join them with ||"
		case t.is(word, "as") && len(casts) > 0 && casts[len(casts)-1]:
			wrong = castFault(after, tokens[min(i+2, len(tokens)-1)])
		case t.is(word, "as") && after.kind == text:
			wrong = "a name is written in double quotes"
		case t.is(word, "limit") && i+2 < len(tokens) && tokens[i+2].is(word, "offset"):
			wrong = "OFFSET comes before LIMIT in Athena"
		case t.is(word, "limit") && after.kind != number && !after.is(word, "all"):
			wrong = "LIMIT takes a number or ALL"
		case t.is(word, "time") && after.kind == text:
			wrong = "TIME literals are not supported locally"
		case t.is(word, "interval") && (after.kind == text || after.kind == number || after.is(symbol, "-", "+", "(")):
			wrong = intervalFault(tokens[i:])
		case t.kind == quotedName && nowNames[strings.ToLower(strings.Trim(t.text, `"`))] != "":
			wrong = "the name " + t.text + " in quotes is not supported locally: it is the time's without them"
		case after.is(symbol, "(") && isParserName(t):
			wrong = "not known to be equal: function " + strings.ToUpper(t.text)
		}
		if wrong != "" {
			return nil, syntaxError(t.line, t.column, "%s", wrong)
		}
	}
	return tokens, nil
}

// notNames are words that a list may follow in DuckDB, and after which a subscript makes no sense.
var notNames = []string{"select", "distinct", "where", "and", "or", "not", "in", "on", "having", "by", "then", "else", "when", "case", "like", "between", "is", "limit", "offset", "as", "from", "values", "union", "all", "any"}

func castFault(name, next token) string {
	switch {
	case name.kind != word || !slices.Contains(castTypes, name.text):
		return "CAST to " + name.text + " is not supported locally: use one of " + strings.Join(castTypes, ", ")
	case name.text == "decimal" && !next.is(symbol, "("):
		return "CAST to decimal without a precision is not supported locally: write decimal(p, s)"
	case name.text == "timestamp" && !next.is(symbol, ")"):
		return "CAST to timestamp with a precision or a time zone is not supported locally: use timestamp"
	case name.text == "varchar" && next.is(symbol, "("):
		return "CAST to varchar with a length is not supported locally: use varchar"
	}
	return ""
}

// countSelects is the number of SELECT and VALUES keywords: a tree with more has a form that Athena lacks, such as FROM first.
func countSelects(tokens []token) int {
	n := 0
	for _, t := range tokens {
		if t.is(word, "select", "values") {
			n++
		}
	}
	return n
}

// intervalFault says what is wrong with an interval literal, which is written INTERVAL '2' DAY.
func intervalFault(tokens []token) string {
	if len(tokens) > 2 && tokens[1].kind == text && tokens[2].is(word, "second", "minute", "hour", "day", "month", "year") && (len(tokens) == 3 || !tokens[3].is(word, "to")) {
		return ""
	}
	return "an interval is written INTERVAL 'n' SECOND, MINUTE, HOUR, DAY, MONTH or YEAR"
}

// parserNames are functions that stand in a syntax tree for what is written otherwise.
var parserNames = []string{"date_part", "like_escape", "not_like_escape", "array_extract", "map_extract", intervalName}

func isParserName(t token) bool {
	return (t.kind == word || t.kind == quotedName) && slices.Contains(parserNames, strings.ToLower(strings.Trim(t.text, `"`)))
}
