package athena

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// nowNames are what stands for the time at which the query starts, and its type. DuckDB takes them for columns.
var nowNames = map[string]string{
	"current_date": "DATE", "current_timestamp": "TIMESTAMP WITH TIME ZONE", "now": "TIMESTAMP WITH TIME ZONE", "localtimestamp": "TIMESTAMP",
}

// intervalUnits are the functions that DuckDB's parser makes of an interval literal, and the unit of each.
var intervalUnits = map[string]string{
	"to_seconds": "second", "to_minutes": "minute", "to_hours": "hour", "to_days": "day", "to_months": "month", "to_years": "year",
}

// resolveTimes writes what the parser made of EXTRACT, of intervals and of the current time as functions of the table.
func (r *resolver) resolveTimes(n node) error {
	name, children := n.text("function_name"), n.list("children")
	switch {
	case nowNames[unqualified(n)] != "":
		keepAlias(n, func(n node) { r.writeNow(n, nowNames[unqualified(n)]) })
	case n.kind() == "FUNCTION" && name == "now" && len(children) == 0:
		keepAlias(n, func(n node) { r.writeNow(n, nowNames[name]) })
	case n.kind() == "FUNCTION" && name == "date_part" && len(children) == 2:
		part := strings.ToLower(asNode(children[0]).child("value").text("value"))
		n["function_name"], n["children"] = part, children[1:]
		delete(n, "schema")
		if _, err := lookup(part, dateFunctions); err != nil {
			return notEqual("EXTRACT(%s FROM …)", strings.ToUpper(part))
		}
	case n.kind() == "FUNCTION" && (name == "+" || name == "-") && len(children) == 2:
		return resolveInterval(n, name, children)
	}
	return nil
}

func (r *resolver) writeNow(n node, kind string) {
	now := r.now.UTC().Truncate(time.Millisecond)
	layout := timestampLayout
	if kind == "DATE" {
		layout = time.DateOnly
	}
	text := now.Format(layout)
	if strings.HasSuffix(kind, "ZONE") {
		text += "+00"
	}
	replace(n, newCast(newText(text), kind))
}

// resolveInterval writes x + INTERVAL 'n' unit as a call. Trino keeps the type of x, DuckDB makes a date a timestamp.
func resolveInterval(n node, operator string, children []any) error {
	at := 1
	if operator == "+" && intervalUnits[asNode(children[0]).text("function_name")] != "" {
		at = 0
	}
	interval := asNode(children[at])
	unit := intervalUnits[interval.text("function_name")]
	if unit == "" {
		return nil
	}
	text := ""
	visit(interval, func(part node) {
		if part.kind() == "CONSTANT" {
			text = part.child("value").text("value")
		}
	})
	number, err := strconv.Atoi(text)
	if err != nil {
		return notEqual("INTERVAL '%s': write a whole number", text)
	}
	if operator == "-" {
		number = -number
	}
	count := node{"class": "CONSTANT", "type": "VALUE_CONSTANT", "value": node{"type": node{"id": "BIGINT"}, "is_null": false, "value": number}}
	// Months keep a timestamp's precision, as date_add does; days and less make it at least milliseconds.
	function := "date_add"
	if unit != "month" && unit != "year" {
		function = intervalName
	}
	n["function_name"], n["children"] = function, []any{newText(unit), count, children[1-at]}
	delete(n, "is_operator")
	return nil
}

var dateText = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

// resolveCast refuses a date or timestamp literal in a form that the two engines may read in two ways.
// A timestamp literal has the precision that it is written with.
func (r *resolver) resolveCast(cast node) error {
	literal := cast.child("child")
	value := literal.child("value")
	text, to := value.text("value"), cast.child("cast_type").text("id")
	switch {
	case value.child("type").text("id") != "VARCHAR" || cast["try_cast"] == true:
	case to == "DATE" && !dateText.MatchString(text):
		return fmt.Errorf("INVALID_LITERAL: '%s' is not a valid DATE literal: write YYYY-MM-DD", text)
	case to == "TIMESTAMP" && r.timestamps[place(literal)]:
		_, fraction, _ := strings.Cut(text, ".")
		if !dateText.MatchString(text) && !timestampText.MatchString(text) || len(fraction) != 0 && len(fraction) != 3 {
			return notEqual("TIMESTAMP '%s': write YYYY-MM-DD HH:MM:SS or YYYY-MM-DD HH:MM:SS.mmm, without a time zone", text)
		}
		if fraction == "" {
			cast["cast_type"] = node{"id": "TIMESTAMP_S"}
		}
	}
	return nil
}

func newText(text string) node {
	return node{"class": "CONSTANT", "type": "VALUE_CONSTANT", "value": node{"type": node{"id": "VARCHAR"}, "is_null": false, "value": text}}
}
