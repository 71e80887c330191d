package trino

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"datalake/local/glue"
)

// metastore answers a method of Trino's HiveMetastore, in the form in which Jackson reads Trino's classes. It is asked about
// a database, a table, and partitions of it.
func metastore(catalog Catalog, method string, about []string) (any, error) {
	var names [2]string
	partitions := about[copy(names[:], about):]
	database := names[0]
	table, found := catalog.Table(database, names[1])
	switch method {
	case "getAllDatabases":
		return catalog.Databases(), nil
	case "getDatabase":
		if !slices.Contains(catalog.Databases(), database) {
			return nil, nil
		}
		return map[string]string{"databaseName": database, "ownerName": "lake", "ownerType": "ROLE"}, nil
	case "getRelationTypes", "getTables":
		tables, err := catalog.Tables(database)
		types := map[string]string{}
		for _, table := range tables {
			types[table.Name] = "TABLE"
		}
		if method == "getTables" {
			return slices.AppendSeq([]string{}, maps.Keys(types)), err
		}
		return types, err
	case "getTable":
		if !found {
			return nil, nil
		}
		return hiveTable(table), nil
	case "getPartitionNamesByFilter":
		return partitionNames(table), nil
	case "getPartitionsByNames":
		answer := map[string]any{}
		for _, name := range partitions {
			answer[name] = nil
		}
		for i, name := range partitionNames(table) {
			if _, asked := answer[name]; asked {
				answer[name] = hivePartition(table, table.Partitions[i])
			}
		}
		return answer, nil
	case "getPartition":
		partition := table.Partition(partitions)
		if partition == nil {
			return nil, nil
		}
		return hivePartition(table, *partition), nil
	case "getAllTables", "getAllViews", "getAllRelationTypes":
		return nil, nil
	case "getViews", "getTablesWithParameter", "getAllFunctions", "getFunctions", "listTablePrivileges", "listRoles":
		return []string{}, nil
	default:
		return nil, fmt.Errorf("the catalog can only be read: %s", method)
	}
}

func hiveTable(table glue.Table) any {
	return map[string]any{
		"databaseName":     table.Database,
		"tableName":        table.Name,
		"tableType":        "EXTERNAL_TABLE",
		"dataColumns":      hiveColumns(table.Columns),
		"partitionColumns": hiveColumns(table.PartitionKeys),
		"storage":          hiveStorage(table, table.Location),
		"parameters":       table.Parameters,
	}
}

// hivePartition has the table's columns, unless it has its own.
func hivePartition(table glue.Table, partition glue.Partition) any {
	columns := partition.Columns
	if len(columns) == 0 {
		columns = table.Columns
	}
	return map[string]any{
		"databaseName": table.Database,
		"tableName":    table.Name,
		"values":       partition.Values,
		"columns":      hiveColumns(columns),
		"storage":      hiveStorage(table, partition.Location),
	}
}

func hiveColumns(columns []glue.Column) []any {
	found := []any{}
	for _, column := range columns {
		found = append(found, map[string]string{"name": column.Name, "type": column.Type})
	}
	return found
}

func hiveStorage(table glue.Table, location string) any {
	return map[string]any{
		"location":        location,
		"storageFormat":   map[string]string{"serde": table.SerDe.Library, "inputFormat": table.InputFormat, "outputFormat": table.OutputFormat},
		"serdeParameters": table.SerDe.Parameters,
	}
}

// escaped are the characters that a partition's name has as their codes.
var escaped = regexp.MustCompile(`[\x00-\x1F\x7F"#%'*/:=?\\{[\]^]`)

// partitionNames are those of a table's partitions in Hive: key=value/key=value.
func partitionNames(table glue.Table) []string {
	escape := func(text string) string {
		return escaped.ReplaceAllStringFunc(text, func(character string) string { return fmt.Sprintf("%%%02X", character) })
	}
	names := []string{}
	for _, partition := range table.Partitions {
		var parts []string
		for i, key := range table.PartitionKeys {
			parts = append(parts, escape(strings.ToLower(key.Name))+"="+escape(partition.Values[i]))
		}
		names = append(names, strings.Join(parts, "/"))
	}
	return names
}
