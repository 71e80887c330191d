package stack

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"datalake/internal/mockaws"

	"github.com/stretchr/testify/require"
)

func operationsPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/operations.md")
	require.NoError(t, err)
	return string(text)
}

// everyOption is a committed stack with all that can notify people: every option, and a dataset of each kind.
func everyOption(t *testing.T, name string) *mockaws.Evaluation {
	t.Helper()
	stack, err := mockaws.LoadStack("..", name)
	require.NoError(t, err)
	for _, option := range []string{"customerKey", "flexibleJobs", "ingestion", "privateNetwork", "resultQueue", "alertQueue", "logPayloads", "tracing", "analystPolicy"} {
		require.Contains(t, stack.Config, "datalake:"+option)
		stack.Config["datalake:"+option] = "true"
	}
	stack.Config["datalake:datasets"] = `[
		{"name": "usage", "prefix": "usage/", "schedule": "01:00", "fullCrawl": "SUN 03:00", "sample": true},
		{"name": "orders", "prefix": "orders/", "arrival": true, "queries": "usage"}
	]`
	evaluation, err := mockaws.Evaluate(Deploy, stack, false)
	require.NoError(t, err)
	return evaluation
}

// docs/operations.md says of everything that may notify people what it means and what to do, and of nothing else.
func TestEveryAlertHasItsRowInThePageOfOperations(t *testing.T) {
	page := operationsPage(t)
	alarms, rules := tableBelow(t, page, "| alarm | metric | means | do |"), tableBelow(t, page, "| rule | means | do |")
	seen := map[string]bool{}
	rowOf := func(table [][]string, name string) (found []string) {
		for _, row := range table {
			if matchesAny(row[0], name) {
				require.Nil(t, found, "%s has two rows", name)
				found = row
				seen[row[0]] = true
			}
		}
		require.NotNil(t, found, "docs/operations.md, Alerts, has no row for %s", name)
		return found
	}
	for _, stack := range []string{"dev", "prod"} {
		evaluation := everyOption(t, stack)
		topic := evaluation.Exports["topics"].(map[string]any)["alerts"]
		registered := evaluation.Find(alarmType)
		require.NotEmpty(t, registered)
		for _, alarm := range registered {
			require.Equal(t, alarm.Inputs["metricName"], rowOf(alarms, alarm.Name)[1], alarm.Name)
		}
		for _, target := range evaluation.Find(targetType) {
			if target.Inputs["arn"] == topic {
				rowOf(rules, target.Name)
			}
		}
	}
	for _, row := range slices.Concat(alarms, rules) {
		require.True(t, seen[row[0]], "nothing is called %s", row[0])
	}
}

// tableBelow are the rows of the table with a header.
func tableBelow(t *testing.T, page, header string) (rows [][]string) {
	t.Helper()
	_, after, found := strings.Cut(page, "\n"+header+"\n")
	require.True(t, found, header)
	table, _, _ := strings.Cut(after, "\n\n")
	for line := range strings.Lines(table) {
		rows = append(rows, strings.Split(strings.Trim(line, "| \n"), " | "))
	}
	require.Greater(t, len(rows), 1, header)
	return rows[1:]
}

var quotedName = regexp.MustCompile("`([^`]+)`")

// matchesAny tells whether a name is one of those in a cell, where … stands for anything.
func matchesAny(cell, name string) bool {
	return slices.ContainsFunc(quotedName.FindAllStringSubmatch(cell, -1), func(form []string) bool {
		return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(form[1]), "…", ".+") + "$").MatchString(name)
	})
}

// The entry that the page adds, in the file that it names.
func TestTheDatasetOfThePageOfOperations(t *testing.T) {
	entry := regexp.MustCompile("(?s)```yaml\n# (Pulumi\\.dev\\.yaml), below datalake:datasets\n(.*?)```").FindStringSubmatch(operationsPage(t))
	require.NotNil(t, entry)
	settings, err := os.ReadFile("../" + entry[1])
	require.NoError(t, err)
	const list = "\n  datalake:datasets:\n"
	require.Contains(t, string(settings), list)
	evaluation, err := mockaws.Evaluate(Deploy, stackFile(t, strings.Replace(string(settings), list, list+entry[2], 1)), false)
	require.NoError(t, err)
	require.Equal(t, "orders_test", evaluation.Exports["databases"].(map[string]any)["orders"])
	schedules := evaluation.Exports["schedules"].(map[string]any)
	require.Equal(t, []any{"Daily 02:00 +07:00", "Sundays 04:00 +07:00"}, []any{schedules["crawl-orders"], schedules["crawl-orders-full"]})
	require.NotContains(t, evaluation.Exports["machines"], "report-orders", "it has no reports")
}
