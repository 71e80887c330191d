package mutants

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

// queryKinds are about the reports' SQL, where it is registered and in the state machine that runs it.
var queryKinds = []Kind{
	{"a partition filter is missing", Run, rewritten(regexp.MustCompile(`(?m)^WHERE .*\n`), func(string) string { return "" })},
	{"another partition is read", Run, rewritten(regexp.MustCompile(`= '[^']*'\n`), func(string) string { return "= '2020'\n" })},
	{"an aggregate is another", Run, rewritten(regexp.MustCompile(`\b(SUM|MIN|MAX|COUNT)\((DISTINCT )?`), func(was string) string {
		return map[string]string{"SUM(": "COUNT(", "MIN(": "MAX(", "MAX(": "MIN(", "COUNT(DISTINCT ": "COUNT("}[was]
	})},
	{"a column is missing", Run, rewritten(regexp.MustCompile(`,\n  [^\n]*?(\n|$)`), func(was string) string {
		return map[bool]string{true: ",\n", false: "\n"}[strings.HasSuffix(was, ",\n")]
	})},
	{"the order is turned", Run, rewritten(regexp.MustCompile(`ORDER BY .*$`), func(was string) string { return was + " DESC" })},
	{"a group is missing", Run, rewritten(regexp.MustCompile(`, \(\)\)|, "date"\nORDER`), func(was string) string { return strings.TrimPrefix(strings.TrimPrefix(was, ", ()"), `, "date"`) })},
}

// rewritten makes a mutant of each place in a query that a pattern finds.
func rewritten(pattern *regexp.Regexp, change func(was string) string) func(*mockaws.Evaluation) []Mutant {
	return func(e *mockaws.Evaluation) (made []Mutant) {
		for _, query := range resources(e, "athena/namedQuery:NamedQuery") {
			sql := query.text("query")
			for _, found := range pattern.FindAllStringIndex(sql, -1) {
				was := sql[found[0]:found[1]]
				changed := sql[:found[0]] + change(was) + sql[found[1]:]
				m := query.changed(fmt.Sprintf("%q is %q at %d", short(was), short(change(was)), found[0]), changed, "query")[0]
				for _, s := range states("Task")(e) {
					if s.text("Arguments", "QueryString") == sql {
						m.edits = slices.Concat(m.edits, s.set(changed, "Arguments", "QueryString")[0].edits)
					}
				}
				made = append(made, m)
			}
		}
		return made
	}
}
