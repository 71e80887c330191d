package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestListCrawlsAsAStateMachineCallsIt(t *testing.T) {
	e := open(t)
	name := e.resources.crawlers[0].Name
	require.Equal(t, map[string]any{"Crawls": []any{}}, call(t, e, "aws-sdk:glue:listCrawls", object{"CrawlerName": name}).Output)
	require.NoError(t, e.glue.StartCrawler(name))
	e.Run()
	require.NoError(t, e.glue.StartCrawler(name))
	e.Run()
	for most, want := range map[int]int{1: 1, 2: 2, 100: 2} {
		answer := call(t, e, "aws-sdk:glue:listCrawls", object{"CrawlerName": name, "MaxResults": most})
		require.Nil(t, answer.Fault)
		require.Len(t, answer.Output.(map[string]any)["Crawls"], want)
	}
	require.Equal(t, "Glue.InvalidInputException", call(t, e, "aws-sdk:glue:listCrawls", object{"CrawlerName": name, "MaxResults": 101}).Fault.Name)
}
