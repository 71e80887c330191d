package athena

import (
	"testing"

	"github.com/stretchr/testify/require"

	"datalake/local/glue"
	"datalake/local/trino/testlake"
)

func TestHowAStatementIsWritten(t *testing.T) {
	l := numbers(t, 3)
	for _, c := range []struct{ name, sql, want string }{
		{"as it is", "SELECT sum(n) FROM numbers", "6"},
		{"one semicolon at its end", "SELECT sum(n) FROM numbers;", "6"},
		{"blanks around the semicolon", "\n SELECT 1 \t;\n", "1"},
		{"a semicolon in a text", "SELECT ';', 'it''s;';", "; | it's;"},
		{"a comment before it", "-- Who?\n/* What; of many\nlines */ SELECT 1", "1"},
		{"a comment within it", "SELECT /* one */ 1 -- and no more\n+ 1", "2"},
		{"a comment at its end", "SELECT 1 -- one", "1"},
		{"a table with its database", "SELECT max(numbers.n) FROM " + l.Name + ".numbers", "3"},
		{"a table with its catalog, in any case", `SELECT max(n) FROM AwsDataCatalog.` + l.Name + `."NUMBERS"`, "3"},
		{"without SELECT", "VALUES (1, 'a'), (2, 'b')", "1 | a\n2 | b"},
		{"a whole table", "TABLE numbers ORDER BY n LIMIT 1", "1"},
		{"two semicolons", "SELECT 1;;", "! SYNTAX_ERROR: line 1:9: mismatched input ';'."},
		{"two statements", "SELECT 1; SELECT 2", "! SYNTAX_ERROR: line 1:9: mismatched input ';'."},
		{"a comment that does not end", "/* SELECT 1", "! SYNTAX_ERROR: line 1:1: mismatched input '/'."},
		{"Hive's quotes", "SELECT `n` FROM numbers", "! SYNTAX_ERROR: line 1:8: backquoted identifiers are not supported; use double quotes to quote identifiers"},
	} {
		t.Run(c.name, func(t *testing.T) { requireAnswer(t, c.want, l.answer(c.sql)) })
	}
}

// What a role that reports may not do on AWS fails here too, and says which action it lacks.
func TestStatementsThatARoleMayNotRun(t *testing.T) {
	l := numbers(t, 1)
	for _, c := range []struct{ sql, keywords, action string }{
		{"CREATE TABLE copy AS SELECT * FROM numbers", "CREATE", "glue:CreateTable"},
		{"create external table x (n int) LOCATION 's3://x/'", "CREATE", "glue:CreateTable"},
		{"CREATE OR REPLACE VIEW v AS SELECT 1 AS n", "CREATE", "glue:CreateTable"},
		{"CREATE DATABASE x", "CREATE DATABASE", "glue:CreateDatabase"},
		{"CREATE  SCHEMA x", "CREATE SCHEMA", "glue:CreateDatabase"},
		{"DROP TABLE numbers", "DROP", "glue:DeleteTable"},
		{"DROP DATABASE x", "DROP DATABASE", "glue:DeleteDatabase"},
		{"-- more\nINSERT INTO numbers VALUES (2)", "INSERT", "s3:PutObject, but for results"},
		{"UNLOAD (SELECT 1) TO 's3://x/' WITH (format = 'JSON')", "UNLOAD", "s3:PutObject, but for results"},
		{"ALTER TABLE numbers ADD PARTITION (day = '1')", "ALTER", "glue:UpdateTable"},
		{"MSCK REPAIR TABLE numbers;", "MSCK", "glue:BatchCreatePartition"},
		{"SHOW DATABASES", "SHOW DATABASES", "glue:GetDatabases"},
		{"show\nschemas", "SHOW SCHEMAS", "glue:GetDatabases"},
	} {
		t.Run(c.sql, func(t *testing.T) {
			_, _, err := l.Start(t.Context(), l.arguments(c.sql, "reports"), patience)
			status := requireFault(t, err, "States.TaskFailed", "")["Status"].(map[string]any)
			require.Equal(t, "PERMISSION_DENIED: "+c.keywords+": the role that queries is not authorized to perform "+c.action, status["StateChangeReason"])
		})
	}
	requireUnchanged(t, l)
}

func TestStatementsThatAthenaDoesNotHave(t *testing.T) {
	l := numbers(t, 1)
	for _, keyword := range []string{
		"USE lake", "SET SESSION query_max_run_time = '1h'", "RESET SESSION query_max_run_time", "CALL system.flush_metadata_cache()", "ANALYZE numbers", "COMMENT ON TABLE numbers IS 'x'",
		"START TRANSACTION", "COMMIT", "ROLLBACK", "GRANT SELECT ON numbers TO x", "REVOKE SELECT ON numbers FROM x", "DENY SELECT ON numbers TO x", "TRUNCATE TABLE numbers", "REFRESH MATERIALIZED VIEW x",
	} {
		t.Run(keyword, func(t *testing.T) {
			_, _, err := l.Start(t.Context(), l.arguments(keyword, "reports"), patience)
			requireFault(t, err, "Athena.InvalidRequestException", ": Athena has no such statement")
		})
	}
	requireUnchanged(t, l)
}

func TestStatementsThatChangeRowsAreNotSupported(t *testing.T) {
	l := numbers(t, 1)
	for _, c := range []struct{ sql, want string }{
		{"DELETE FROM numbers", "! NOT_SUPPORTED: "},
		{"DELETE FROM numbers WHERE n = 1", "! NOT_SUPPORTED: "},
		{"UPDATE numbers SET n = 2", "! NOT_SUPPORTED: "},
		{"MERGE INTO numbers USING (VALUES 1) v(x) ON n = x WHEN MATCHED THEN DELETE", "! NOT_SUPPORTED: "},
		{"EXPLAIN ANALYZE INSERT INTO numbers VALUES (2)", "! NOT_SUPPORTED: "},
		{"EXPLAIN ANALYZE CREATE TABLE copy AS SELECT * FROM numbers", "! HIVE_DATABASE_LOCATION_ERROR: "},
	} {
		t.Run(c.sql, func(t *testing.T) { requireAnswer(t, c.want, l.answer(c.sql)) })
	}
	requireUnchanged(t, l)
}

// requireUnchanged checks that there is the table of numbers with its row, no other, and no result.
func requireUnchanged(t *testing.T, l lake) {
	t.Helper()
	require.Empty(t, l.results(t))
	listed, err := l.Objects.List(l.Name, "")
	require.NoError(t, err)
	require.Len(t, listed, 1)
	require.Equal(t, "numbers", l.answer("SHOW TABLES"))
	require.Equal(t, "1", l.answer("SELECT n FROM numbers"))
}

// hiveLake has a table with two partitions, and one without.
func hiveLake(t *testing.T) lake {
	l := numbers(t, 1)
	l.Add(testlake.JSON, glue.Table{
		Name: "logs", Columns: testlake.Columns("n", "int", "tags", "array<string>"), PartitionKeys: testlake.Columns("year", "string", "day", "date"),
		Partitions: []glue.Partition{l.Partition("logs/a", "2026", "2026-11-21"), l.Partition("logs/b", "2026", "2026-11-22")},
	})
	return l
}

// docs.aws.amazon.com/athena/latest/ug/show-partitions.html
func TestShowPartitionsIsAnsweredInHivesForm(t *testing.T) {
	l := hiveLake(t)
	want := "year=2026/day=2026-11-21\nyear=2026/day=2026-11-22\n"
	for _, sql := range []string{"SHOW PARTITIONS logs", "show  partitions LOGS;", "-- which?\nSHOW PARTITIONS " + l.Name + ".logs", "SHOW PARTITIONS `logs`"} {
		output, took, err := l.Start(t.Context(), l.arguments(sql, "reports"), patience)
		require.NoError(t, err, sql)
		execution := output["QueryExecution"].(map[string]any)
		require.Equal(t, "UTILITY", execution["StatementType"])
		require.Equal(t, 0.0, execution["Statistics"].(map[string]any)["DataScannedInBytes"])
		require.Equal(t, "s3://"+l.Name+"-results/reports/"+execution["QueryExecutionId"].(string)+".txt", execution["ResultConfiguration"].(map[string]any)["OutputLocation"])
		require.Positive(t, took)
	}
	for _, text := range l.results(t) {
		require.Equal(t, want, text)
	}
	infos, rows := l.page(t, "SHOW PARTITIONS logs")
	require.Equal(t, "partition", infos[0].(map[string]any)["Name"])
	require.Equal(t, []any{map[string]any{"Data": []any{map[string]any{"VarCharValue": "year=2026/day=2026-11-21"}}}}, rows[:1], "no row has the column's name")
	require.Len(t, rows, 2)
}

// docs.aws.amazon.com/athena/latest/ug/describe-table.html
func TestDescribeIsAnsweredInHivesForm(t *testing.T) {
	l := hiveLake(t)
	require.NoError(t, l.query("DESCRIBE logs").Error)
	require.Equal(t, map[string]string{
		"reports/00000000-0000-4000-8000-000000000001.txt": "n                   \tint                 \t                    \n" +
			"tags                \tarray<string>       \t                    \n" +
			"year                \tstring              \t                    \n" +
			"day                 \tdate                \t                    \n" +
			"\t \t \n" +
			"# Partition Information\t \t \n" +
			"# col_name          \tdata_type           \tcomment             \n" +
			"\t \t \n" +
			"year                \tstring              \t                    \n" +
			"day                 \tdate                \t                    \n",
	}, l.results(t))
	require.Equal(t, "n                   \tint                 \t                    ", l.answer("DESC numbers;"), "without partition keys, the columns alone")
	require.Equal(t, "! TABLE_NOT_FOUND: Table 'awsdatacatalog."+l.Name+".nothing' does not exist", l.answer("DESCRIBE nothing"))
	require.Equal(t, "! TABLE_NOT_FOUND: Table 'awsdatacatalog.elsewhere.logs' does not exist", l.answer("SHOW PARTITIONS elsewhere.logs"))
}

func TestStatementsAboutTheCatalog(t *testing.T) {
	l := hiveLake(t)
	requireAnswer(t, "logs\nnumbers", l.answer("SHOW TABLES"))
	requireAnswer(t, "numbers", l.answer("SHOW TABLES LIKE 'num%'"))
	requireAnswer(t, "n | integer |  | \ntags | array(varchar) |  | \nyear | varchar | partition key | \nday | date | partition key | ", l.answer("SHOW COLUMNS FROM logs"))
	requireAnswer(t, "numbers | BASE TABLE", l.answer("SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = '"+l.Name+"' AND table_name < 'o' AND table_name > 'm'"))
	query := l.query("EXPLAIN SELECT sum(n) FROM logs WHERE year = '2025'")
	require.NoError(t, query.Error)
	require.Equal(t, []string{"Query Plan"}, query.Columns)
	require.Zero(t, query.DataScannedInBytes, "a plan reads nothing")
	require.Contains(t, query.Rows[0][0], "Aggregate")
	require.Equal(t, [2]int{}, [2]int{query.PartitionsScanned, query.PartitionsTotal})
}
