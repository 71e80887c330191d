package stack

import (
	"embed"
	"fmt"
	"path"
	"strings"

	"datalake/components"
)

// The reports, in a folder for each dataset: adding one is adding a file.
//
//go:embed queries/*/*.sql
var queryFiles embed.FS

// queryFolders are the folders that hold reports.
var queryFolders = func() (names []string) {
	entries, err := queryFiles.ReadDir("queries")
	if err != nil {
		panic(err) // it is embedded
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}()

// queries reads a folder's SQL files, in the order of their names; a query is named after its file.
func queries(folder string) ([]components.Query, error) {
	files, err := queryFiles.ReadDir(path.Join("queries", folder))
	if err != nil {
		return nil, fmt.Errorf("list the SQL files: %w", err)
	}
	var queries []components.Query
	for _, file := range files {
		sql, err := queryFiles.ReadFile(path.Join("queries", folder, file.Name()))
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
