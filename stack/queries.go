package stack

import (
	"embed"
	"fmt"
	"path"
	"strings"

	"datalake/components"
)

// The reports: adding one is adding a file.
//
//go:embed queries/*/*.sql
var queryFiles embed.FS

// The folders of the reports on usage, and on the weather.
const usageQueries, weatherQueries = "queries/usage", "queries/weather"

// queries reads a folder's SQL files, in the order of their names; a query is named after its file.
func queries(folder string) ([]components.Query, error) {
	files, err := queryFiles.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("list the SQL files: %w", err)
	}
	var queries []components.Query
	for _, file := range files {
		sql, err := queryFiles.ReadFile(path.Join(folder, file.Name()))
		if err != nil {
			return nil, fmt.Errorf("read the SQL file %s: %w", file.Name(), err)
		}
		queries = append(queries, components.Query{
			Name: strings.TrimSuffix(file.Name(), ".sql"),
			SQL:  strings.TrimSpace(string(sql)),
		})
	}
	return queries, nil
}
