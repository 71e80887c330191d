package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// docs/athena.md is the expectation of this test: each query of its tables is run over the objects that it names.
func TestTheDifferencesFromAthena(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(projectDirectory, "docs", "athena.md"))
	require.NoError(t, err)
	lake := openOrders(t)
	objects := regexp.MustCompile("(?m)^\\| (day=\\d) \\| (`.*`) \\|$").FindAllStringSubmatch(string(text), -1)
	require.Len(t, objects, 2)
	for _, object := range objects {
		lake.put([2]string{object[1], plain(object[2])})
		lake.crawl(`{}`)
	}
	queries := regexp.MustCompile("(?m)^\\| (`[^`]*`) \\| (`.*?`) \\| [^|]* \\|$").FindAllStringSubmatch(string(text), -1)
	require.Len(t, queries, 21)
	for _, query := range queries {
		require.Equal(t, query[2], lake.query(plain(query[1])), query[1])
	}
}
