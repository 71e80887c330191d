package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// lakeOf runs the usage pipeline on a person's data.
func lakeOf(t *testing.T) {
	t.Helper()
	home(t)
	code, stdout, stderr := command("run", "--pipeline", "usage", "--data", mine(t))
	require.Zero(t, code, stderr+stdout)
}

const perUser = `SELECT "user", sum(usage) AS total, CAST(NULL AS varchar) AS none FROM usage_dev.daily_user_summaries GROUP BY 1 ORDER BY 1;`

func TestAQueryByHandReadsWhatTheLastRunLeft(t *testing.T) {
	lakeOf(t)

	code, stdout, stderr := command("query", perUser)
	require.Zero(t, code, stderr)
	require.Equal(t, strings.TrimLeft(`
╭────────┬───────┬──────╮
│ user   │ total │ none │
├────────┼───────┼──────┤
│ user-1 │ 14    │ NULL │
│ user-2 │ 14    │ NULL │
╰────────┴───────┴──────╯
`, "\n"), stdout)
	require.Contains(t, stderr, "2 rows; 108 bytes scanned in 2 of")
	require.Contains(t, stderr, " partitions; 0.00005 USD on AWS")

	code, stdout, stderr = command("query", "--format", "csv", perUser)
	require.Zero(t, code, stderr)
	require.Equal(t, "\"user\",\"total\",\"none\"\n\"user-1\",\"14\",\n\"user-2\",\"14\",\n", stdout, "as Athena writes results")

	code, stdout, stderr = command("query", "--format", "json", "--database", "usage_dev", "--file", file(t, `SELECT count(*) AS n FROM daily_user_summaries`))
	require.Zero(t, code, stderr)
	var got struct {
		Columns []string
		Rows    [][]any
		Cost    float64
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &got))
	require.Equal(t, []string{"n"}, got.Columns)
	require.Len(t, got.Rows, 1)
	require.Equal(t, 0.00005, got.Cost)

	code, stdout, stderr = command("query", "--format", "csv", `SHOW PARTITIONS usage_dev.daily_user_summaries`)
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "year=2021/month=01/date=")
	require.Contains(t, stderr, "; 0 USD on AWS")
}

func TestQueriesByHandThatAreRefused(t *testing.T) {
	home(t)
	for _, c := range []struct {
		name, want string
		arguments  []string
	}{
		{"no lake yet", "run `make local STACK=dev` first", []string{"SELECT 1"}},
		{"two queries", "give one query", []string{"SELECT 1", "SELECT 2"}},
		{"a query and a file", "give one query", []string{"--file", "x.sql", "SELECT 1"}},
		{"no such file", "x.sql", []string{"--file", "x.sql"}},
		{"no such format", "--format yaml: give table, csv or json", []string{"--format", "yaml", "SELECT 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := command(append([]string{"query"}, c.arguments...)...)
			require.Equal(t, 2, code)
			require.Empty(t, stdout)
			require.Contains(t, stderr, c.want)
		})
	}
	require.NoFileExists(t, filepath.Join("out", "dev", "catalog.json"))
}

func TestAFailedQueryNamesColumnsAndObjects(t *testing.T) {
	lakeOf(t)
	code, _, stderr := command("query", "--database", "usage_dev", `SELECT * FROM daily_user_summaries WHERE usage = 'x'`)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "TYPE_MISMATCH: line 1:48: Cannot apply operator: integer = varchar(1); the columns are daily_user_summaries.usage int")

	code, _, stderr = command("query", `SELECT 1 FROM daily_user_summaries`)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "give --database, one of usage_dev, weather_data_catalog_dev")

	code, _, stderr = command("query", `DROP TABLE usage_dev.daily_user_summaries`)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "PERMISSION_DENIED: DROP: the role that queries is not authorized to perform glue:DeleteTable")
}

func TestTheReportSaysWhatTheCrawlFoundInTheColumnsOfAFailedQuery(t *testing.T) {
	home(t)
	data := t.TempDir()
	const folder = "data/daily-user-summaries/year=2021/month=01/date=2021-01-0"
	write(t, filepath.Join(data, folder+"1/a.json"), `{"usage":7,"user":"user-1"}`)
	write(t, filepath.Join(data, folder+"2/a.json"), `{"usage":"seven","user":"user-1"}`)
	code, stdout, _ := command("run", "--pipeline", "usage", "--data", data)
	require.Equal(t, 1, code, stdout)
	failed := report(t, "dev").Queries[0].Error
	require.NotNil(t, failed)
	require.Contains(t, *failed, "FUNCTION_NOT_FOUND: ")
	require.Contains(t, *failed, "the columns are daily_user_summaries.usage string")
	require.Contains(t, *failed, "the crawl found daily_user_summaries.usage string: text in 1 of 2 objects made the column a string")
	require.Contains(t, *failed, `date=2021-01-02/a.json line 1: seven)`)
}

// Trino's own command line and Python's client find the lake under the name that alone may query.
func TestOtherClientsReadTheLake(t *testing.T) {
	lakeOf(t)
	e, closeLake, err := openLake("dev", true, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, closeLake()) }()
	address, err := e.Trino().Address()
	require.NoError(t, err)
	command := e.Trino().CommandLine(address, "--output-format=CSV_HEADER_UNQUOTED", "--execute", perUser)
	printed, err := command.Output()
	require.NoError(t, err)
	require.Equal(t, "user,total,none\nuser-1,14,\nuser-2,14,\n", string(printed))

	script := fmt.Sprintf("import trino\nprint(trino.dbapi.connect(host=%q, port=%d, user=%q, catalog=%q).cursor().execute(%q).fetchall())",
		address.Host, address.Port, address.User, address.Catalog, strings.TrimSuffix(perUser, ";"))
	printed, err = exec.Command(python, "-c", script).Output()
	require.NoError(t, err)
	require.Equal(t, "[['user-1', 14, None], ['user-2', 14, None]]\n", string(printed))
}

func TestOneDirectoryIsOneQuerys(t *testing.T) {
	lakeOf(t)
	_, closeLake, err := openLake("dev", true, []string{"--stack", "dev"})
	require.NoError(t, err)
	code, _, stderr := command("query", "SELECT 1")
	require.Equal(t, 2, code)
	require.Contains(t, stderr, "is in use by process")
	require.NoError(t, closeLake())
	code, _, stderr = command("query", "SELECT 1")
	require.Zero(t, code, stderr)
	require.NoError(t, os.RemoveAll("out"))
}
