package main

import (
	"cmp"
	"strings"
	"testing"

	"datalake/local/serve"

	"github.com/stretchr/testify/require"
)

// The page names every operation that there is, and no other.
func TestThePageOfTheClientsNamesTheOperations(t *testing.T) {
	_, table, found := strings.Cut(docsPage(t, "clients.md"), "| API | operations |\n|---|---|\n")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n\n")
	named := map[string][]string{}
	for row := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(row, "| \n"), " | ")
		require.Len(t, cells, 2, row)
		api := map[string]string{
			"Athena": "AmazonAthena", "EventBridge": "AWSEvents", "Glue": "AWSGlue", "SQS": "AmazonSQS", "Step Functions": "AWSStepFunctions",
		}[cells[0]]
		named[cmp.Or(api, cells[0])] = strings.Split(cells[1], ", ")
	}
	require.Equal(t, serve.Operations(), named)
}
