package athena

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"datalake/local/fault"
)

// numbers is a lake with a table of n rows.
func numbers(t *testing.T, n int) lake {
	l := newLake(t)
	var body strings.Builder
	for i := range n {
		fmt.Fprintf(&body, "{\"n\":%d}\n", i+1)
	}
	l.put(t, "numbers/a.json", body.String())
	l.tables["lake.numbers"] = Table{Database: "lake", Name: "numbers", Location: "s3://data/numbers/", SerDe: openX, Columns: []Column{{"n", "int"}}}
	return l
}

func start(sql, workgroup string) map[string]any {
	return map[string]any{"QueryString": sql, "WorkGroup": workgroup, "QueryExecutionContext": map[string]any{"Database": "lake", "Catalog": "AwsDataCatalog"}}
}

func TestStart(t *testing.T) {
	l := numbers(t, 2)
	output, took, err := l.Start(start(`SELECT n, NULL AS "say ""hi""" FROM numbers`, "reports"))
	require.NoError(t, err)
	require.Equal(t, time.Second, took)
	execution := output["QueryExecution"].(map[string]any)
	require.Equal(t, "00000000-0000-4000-8000-000000000001", execution["QueryExecutionId"])
	require.Equal(t, map[string]any{"OutputLocation": "s3://results/reports/00000000-0000-4000-8000-000000000001.csv"}, execution["ResultConfiguration"])
	require.Equal(t, map[string]any{"State": "SUCCEEDED", "SubmissionDateTime": float64(now.UnixMilli()), "CompletionDateTime": float64(now.UnixMilli() + 1000)}, execution["Status"])
	require.Equal(t, 16.0, execution["Statistics"].(map[string]any)["DataScannedInBytes"])
	require.Equal(t, "reports", execution["WorkGroup"])
	require.Equal(t, "DML", execution["StatementType"])

	csv, err := l.store.Get("results", "reports/00000000-0000-4000-8000-000000000001.csv")
	require.NoError(t, err)
	require.Equal(t, "\"n\",\"say \"\"hi\"\"\"\n\"1\",\n\"2\",\n", string(csv))
	listed, err := l.store.List("results", "")
	require.NoError(t, err)
	require.Equal(t, now.Add(took), listed[0].Modified)
}

func TestStartRefusesRequests(t *testing.T) {
	l := numbers(t, 1)
	for _, c := range []struct {
		name, want string
		arguments  map[string]any
	}{
		{"unknown argument", "argument ResultConfiguration is not supported locally", map[string]any{"QueryString": "SELECT 1", "ResultConfiguration": map[string]any{}}},
		{"camel case", "argument queryString", map[string]any{"queryString": "SELECT 1"}},
		{"no query", "QueryString must have 1 to 262144 bytes: it has 0", map[string]any{"WorkGroup": "reports"}},
		{"long query", "it has 262145", map[string]any{"QueryString": strings.Repeat(" ", 262_145)}},
		{"query of another type", "QueryString must be a string: it is 1", map[string]any{"QueryString": 1.0}},
		{"unknown workgroup", "WorkGroup primary is not found.", map[string]any{"QueryString": "SELECT 1"}},
		{"context of another type", "QueryExecutionContext must be an object", map[string]any{"QueryString": "SELECT 1", "QueryExecutionContext": "lake"}},
		{"unknown context", "argument Schema", map[string]any{"QueryString": "SELECT 1", "QueryExecutionContext": map[string]any{"Schema": "lake"}}},
		{"other catalog", "Catalog dynamo is not supported locally", map[string]any{"QueryString": "SELECT 1", "QueryExecutionContext": map[string]any{"Catalog": "dynamo"}}},
		{"syntax", "line 1:8: mismatched input '@'", start("SELECT @", "reports")},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := l.Start(c.arguments)
			requireFault(t, err, "Athena.InvalidRequestException", c.want)
		})
	}
}

func TestFailedQuery(t *testing.T) {
	l := numbers(t, 1)
	l.put(t, "numbers/b.json", "broken")
	_, took, err := l.Start(start(`SELECT sum(n) FROM numbers`, "reports"))
	require.Equal(t, time.Second, took)
	status := requireFault(t, err, "States.TaskFailed", "HIVE_CURSOR_ERROR")["Status"].(map[string]any)
	require.Equal(t, "FAILED", status["State"])
	require.Contains(t, status["StateChangeReason"], "object s3://data/numbers/b.json")
	require.Contains(t, l.Queries()[0].Error.Error(), "HIVE_CURSOR_ERROR")

	_, err = l.GetQueryResults(map[string]any{"QueryExecutionId": l.executions[0].id})
	requireFault(t, err, "Athena.InvalidRequestException", "Query did not finish successfully. Final query state: FAILED")

	listed, err := l.store.List("results", "")
	require.NoError(t, err)
	require.Empty(t, listed, "a failed query leaves no result")

	_, err = l.query(`SELECT 1`)
	require.NoError(t, err, "the next query does not see the failure")
}

func TestCutoff(t *testing.T) {
	l := numbers(t, 3) // 24 bytes
	_, _, err := l.Start(start(`SELECT n FROM numbers`, "frugal"))
	require.NoError(t, err, "30 bytes are allowed")
	_, _, err = l.Start(start(`SELECT a.n FROM numbers a JOIN numbers b ON a.n = b.n`, "frugal"))
	execution := requireFault(t, err, "States.TaskFailed", "")
	status := execution["Status"].(map[string]any)
	require.Equal(t, "CANCELLED", status["State"])
	require.Equal(t, "Bytes scanned limit was exceeded", status["StateChangeReason"])
	require.Equal(t, 48.0, execution["Statistics"].(map[string]any)["DataScannedInBytes"])
}

// docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html: the least cut-off is 10 MB.
func TestCutoffAboveItsFloor(t *testing.T) {
	const floor = 10_485_760
	line := fmt.Sprintf("{\"n\":1,\"filling\":\"%s\"}\n", strings.Repeat("x", 4096-21))
	require.Equal(t, 4096, len(line))
	l := newLake(t)
	half := strings.Repeat(line, floor/2/len(line)) // 5 MiB
	for _, day := range []string{"01", "02"} {
		l.put(t, "big/day="+day+"/a.json", half)
	}
	l.put(t, "big/day=03/a.json", line)
	table := Table{Database: "lake", Name: "big", SerDe: openX, Columns: []Column{{"n", "int"}}, PartitionKeys: []Column{{"day", "string"}}}
	for _, day := range []string{"01", "02", "03"} {
		table.Partitions = append(table.Partitions, Partition{Values: []string{day}, Location: "s3://data/big/day=" + day})
	}
	l.tables["lake.big"] = table

	output, took, err := l.Start(start(`SELECT count(*) FROM big WHERE day < '03'`, "floor"))
	require.NoError(t, err, "as much as the cut-off is allowed")
	require.Equal(t, float64(floor), output["QueryExecution"].(map[string]any)["Statistics"].(map[string]any)["DataScannedInBytes"])
	require.Equal(t, time.Second+104*time.Millisecond, took)
	require.Equal(t, int64(floor/len(line)), l.Queries()[0].Rows[0][0])

	_, _, err = l.Start(start(`SELECT count(*) FROM big`, "floor"))
	execution := requireFault(t, err, "States.TaskFailed", "")
	require.Equal(t, "CANCELLED", execution["Status"].(map[string]any)["State"])
	require.Equal(t, "Bytes scanned limit was exceeded", execution["Status"].(map[string]any)["StateChangeReason"])
	require.Equal(t, float64(floor+len(line)), execution["Statistics"].(map[string]any)["DataScannedInBytes"])
	listed, err := l.store.List("results", "")
	require.NoError(t, err)
	require.Len(t, listed, 1, "a cancelled query leaves no result")

	_, _, err = l.Start(start(`SELECT count(*) FROM big a CROSS JOIN big b WHERE a.day = '03' AND b.day = '03'`, "floor"))
	require.NoError(t, err, "only what is read counts")
}

func TestGetQueryResults(t *testing.T) {
	l := numbers(t, 5)
	_, _, err := l.Start(start(`SELECT n FROM numbers ORDER BY n`, "reports"))
	require.NoError(t, err)
	id := l.executions[0].id
	var pages [][]string
	arguments := map[string]any{"QueryExecutionId": id, "MaxResults": 4.0}
	for {
		page, err := l.GetQueryResults(arguments)
		require.NoError(t, err)
		var values []string
		for _, row := range page["ResultSet"].(map[string]any)["Rows"].([]any) {
			datum := row.(map[string]any)["Data"].([]any)[0].(map[string]any)
			values = append(values, datum["VarCharValue"].(string))
		}
		pages = append(pages, values)
		if page["NextToken"] == nil {
			break
		}
		arguments["NextToken"] = page["NextToken"]
	}
	require.Equal(t, [][]string{{"n", "1", "2", "3"}, {"4", "5"}}, pages)

	for _, c := range []struct {
		name, want string
		arguments  map[string]any
	}{
		{"unknown id", "QueryExecution x was not found", map[string]any{"QueryExecutionId": "x"}},
		{"unknown argument", "argument Page", map[string]any{"QueryExecutionId": id, "Page": 1.0}},
		{"too few", "MaxResults must be a number from 1 to 1000: it is 0", map[string]any{"QueryExecutionId": id, "MaxResults": 0.0}},
		{"too many", "it is 1001", map[string]any{"QueryExecutionId": id, "MaxResults": 1001.0}},
		{"not whole", "it is 1.5", map[string]any{"QueryExecutionId": id, "MaxResults": 1.5}},
		{"foreign token", "NextToken \"y/3\" is not one", map[string]any{"QueryExecutionId": id, "NextToken": "y/3"}},
		{"token past the end", "is not one", map[string]any{"QueryExecutionId": id, "NextToken": id + "/6"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := l.GetQueryResults(c.arguments)
			requireFault(t, err, "Athena.InvalidRequestException", c.want)
		})
	}
}

func TestResultColumnsAndValues(t *testing.T) {
	l := dialectLake(t)
	_, _, err := l.Start(start(`SELECT i, b, d, s, t, day, m, row, year, i + 1, sum(i) OVER () AS total, CAST(NULL AS varchar) AS nothing FROM kinds ORDER BY i`, "reports"))
	require.NoError(t, err)
	page, err := l.GetQueryResults(map[string]any{"QueryExecutionId": l.executions[0].id})
	require.NoError(t, err)
	set := page["ResultSet"].(map[string]any)
	var columns []string
	for _, info := range set["ResultSetMetadata"].(map[string]any)["ColumnInfo"].([]any) {
		column := info.(map[string]any)
		columns = append(columns, fmt.Sprintf("%s %s(%v,%v)", column["Name"], column["Type"], column["Precision"], column["Scale"]))
	}
	require.Equal(t, []string{
		"i integer(10,0)", "b bigint(19,0)", "d double(17,0)", "s varchar(2.147483647e+09,0)", "t boolean(0,0)", "day date(0,0)", "m decimal(10,2)", "row row(0,0)",
		"year varchar(2.147483647e+09,0)", "_col9 integer(10,0)", "total bigint(19,0)", "nothing varchar(2.147483647e+09,0)",
	}, columns)
	data, err := json.Marshal(set["Rows"].([]any)[1])
	require.NoError(t, err)
	require.JSONEq(t, `{"Data":[{"VarCharValue":"-7"},{"VarCharValue":"2"},{"VarCharValue":"1.2345678E7"},{"VarCharValue":"abc"},{"VarCharValue":"false"},
		{"VarCharValue":"2022-01-01"},{"VarCharValue":"0.05"},{},{"VarCharValue":"2022"},{"VarCharValue":"-6"},{"VarCharValue":"0"},{}]}`, string(data))
	require.Equal(t, []any{int64(-7), int64(2), 12345678.0, "abc", false, "2022-01-01", "0.05", nil, "2022", int64(-6), int64(0), nil}, l.Queries()[0].Rows[0])
}

func TestDoublesPrintAsInJava(t *testing.T) {
	for want, f := range map[string]float64{
		"0.0": 0, "1.0": 1, "-2.5": -2.5, "0.001": 0.001, "9.999E-4": 0.0009999, "9999999.0": 9999999, "1.0E7": 1e7, "1.2345678901E10": 12345678901, "1.0E-10": 1e-10, "0.1": 0.1,
	} {
		require.Equal(t, want, formatFloat(f, 64))
	}
}

// requireFault checks a fault's name and part of its cause, and returns the query execution that the cause may hold.
func requireFault(t *testing.T, err error, name, cause string) map[string]any {
	t.Helper()
	var failed *fault.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, name, failed.Name)
	require.Contains(t, failed.Cause, cause)
	var document map[string]map[string]any
	if name == "States.TaskFailed" {
		require.NoError(t, json.Unmarshal([]byte(failed.Cause), &document))
	}
	return document["QueryExecution"]
}
