package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every block of docs/operations.md says on its first line whether a test runs it.
func TestEveryBlockOfThePageOfOperationsSaysWhetherItIsRun(t *testing.T) {
	blocks := regexp.MustCompile("(?ms)^ *```([a-z]*)\n(.*?)^ *```$").FindAllStringSubmatch(docsPage(t, "operations.md"), -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		switch first, _, _ := strings.Cut(strings.TrimSpace(block[2]), "\n"); block[1] {
		case "sh":
			require.Equal(t, "# run by the test", first, block[2])
		case "":
			require.Equal(t, "# not tried", first, block[2])
		default:
			require.Contains(t, []string{"text", "yaml", "json"}, block[1], block[2])
		}
	}
}
