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
//go:embed queries/*.sql
var queryFiles embed.FS

// queries reads the SQL files, in the order of their names; a query is named after its file.
func queries() ([]components.Query, error) {
	files, err := queryFiles.ReadDir("queries")
	if err != nil {
		return nil, fmt.Errorf("list the SQL files: %w", err)
	}
	var queries []components.Query
	for _, file := range files {
		sql, err := queryFiles.ReadFile(path.Join("queries", file.Name()))
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
