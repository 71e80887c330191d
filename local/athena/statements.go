package athena

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"datalake/local/glue"
	"datalake/local/trino"
)

// preamble is what may stand before a statement: blanks and comments.
var preamble = regexp.MustCompile(`^(?:\s+|--[^\n]*(?:\n|$)|/\*(?s:.*?)\*/)+`)

// plain is a statement as Trino takes it, and that from its first word on: Athena takes one semicolon at its end, Trino none.
func plain(sql string) (statement, bare string) {
	statement = strings.TrimSuffix(strings.TrimSpace(sql), ";")
	return statement, statement[len(preamble.FindString(statement)):]
}

// refusals are the statements that a query may not be: those for which a reporter's role lacks a permission, and those that
// are Trino's alone.
var refusals = []struct {
	statement *regexp.Regexp
	name, why string
}{
	{statement(`CREATE\s+(?:DATABASE|SCHEMA)`), denied, "glue:CreateDatabase"},
	{statement(`CREATE`), denied, "glue:CreateTable"},
	{statement(`DROP\s+(?:DATABASE|SCHEMA)`), denied, "glue:DeleteDatabase"},
	{statement(`DROP`), denied, "glue:DeleteTable"},
	{statement(`INSERT`), denied, "s3:PutObject, but for results"},
	{statement(`UNLOAD`), denied, "s3:PutObject, but for results"},
	{statement(`ALTER`), denied, "glue:UpdateTable"},
	{statement(`MSCK`), denied, "glue:BatchCreatePartition"},
	{statement(`PREPARE`), denied, "athena:CreatePreparedStatement"},
	{statement(`DEALLOCATE\s+PREPARE`), denied, "athena:DeletePreparedStatement"},
	{statement(`SHOW\s+(?:DATABASES|SCHEMAS)`), denied, "glue:GetDatabases"},
	{statement(`(?:ANALYZE|CALL|COMMENT|COMMIT|DENY|GRANT|REFRESH|RESET|REVOKE|ROLLBACK|SET|START|TRUNCATE|USE)`), "SYNTAX_ERROR", ""},
}

const denied = "PERMISSION_DENIED"

func statement(keywords string) *regexp.Regexp { return regexp.MustCompile(`^(?i:` + keywords + `)\b`) }

// permitted refuses what Athena, or a role that only reports, does not run.
func permitted(sql string) error {
	for _, refused := range refusals {
		switch keywords := strings.ToUpper(strings.Join(strings.Fields(refused.statement.FindString(sql)), " ")); {
		case keywords == "":
		case refused.name == denied:
			return &trino.Error{Name: denied, Message: fmt.Sprintf("%s: the role that queries is not authorized to perform %s", keywords, refused.why)}
		default:
			return &trino.Error{Name: refused.name, Message: fmt.Sprintf("line 1:1: mismatched input '%s': Athena has no such statement", keywords)}
		}
	}
	return nil
}

// hiveStatements are those that Athena answers in Hive's form.
var hiveStatements = regexp.MustCompile(`^(?i:(SHOW\s+PARTITIONS|DESCRIBE|DESC))\s+(?:[\x60"]?(\w+)[\x60"]?\.)?[\x60"]?(\w+)[\x60"]?\s*$`)

// isUtility tells whether a query is a statement about the catalog.
func isUtility(sql string) bool {
	_, bare := plain(sql)
	return hiveStatements.MatchString(bare)
}

// describe answers SHOW PARTITIONS and DESCRIBE; ok is false for any other statement.
// https://docs.aws.amazon.com/athena/latest/ug/describe-table.html, show-partitions.html
func (a *Athena) describe(sql, database string) (answer result, ok bool, err error) {
	words := hiveStatements.FindStringSubmatch(sql)
	if words == nil {
		return result{}, false, nil
	}
	if words[2] != "" {
		database = words[2]
	}
	table, found := a.config.Catalog.Table(database, words[3])
	if !found {
		return result{}, true, &trino.Error{Name: "TABLE_NOT_FOUND", Message: fmt.Sprintf("Table '%s.%s.%s' does not exist", trino.CatalogName, database, words[3])}
	}
	if strings.HasPrefix(strings.ToUpper(words[1]), "SHOW") {
		return partitionsOf(table), true, nil
	}
	return columnsOf(table), true, nil
}

func partitionsOf(table glue.Table) result {
	shown := utility("partition")
	for _, partition := range table.Partitions {
		var parts []string
		for i, key := range table.PartitionKeys {
			parts = append(parts, key.Name+"="+partition.Values[i])
		}
		shown.rows = append(shown.rows, []any{strings.Join(parts, "/")})
	}
	return shown
}

// columnsOf has a row a column, its parts padded and with tabs between them.
func columnsOf(table glue.Table) result {
	shown := utility("col_name", "data_type", "comment")
	line := func(parts ...any) {
		shown.rows = append(shown.rows, []any{fmt.Sprintf("%-20s\t%-20s\t%-20s", parts...)})
	}
	for _, column := range slices.Concat(table.Columns, table.PartitionKeys) {
		line(column.Name, column.Type, "")
	}
	if len(table.PartitionKeys) > 0 {
		shown.rows = append(shown.rows, []any{"\t \t "}, []any{"# Partition Information\t \t "})
		line("# col_name", "data_type", "comment")
		shown.rows = append(shown.rows, []any{"\t \t "})
		for _, key := range table.PartitionKeys {
			line(key.Name, key.Type, "")
		}
	}
	return shown
}
