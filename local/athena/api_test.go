package athena

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"datalake/local/glue"
	"datalake/local/trino/testlake"
)

func TestStart(t *testing.T) {
	l := numbers(t, 2)
	output, took, err := l.Start(t.Context(), l.arguments(`SELECT n, NULL AS "say ""hi""" FROM numbers ORDER BY n`, "reports"), patience)
	require.NoError(t, err)
	require.Equal(t, time.Second, took)
	execution := output["QueryExecution"].(map[string]any)
	require.Equal(t, "00000000-0000-4000-8000-000000000001", execution["QueryExecutionId"])
	key := "reports/00000000-0000-4000-8000-000000000001.csv"
	require.Equal(t, map[string]any{"OutputLocation": "s3://" + l.Name + "-results/" + key}, execution["ResultConfiguration"])
	require.Equal(t, map[string]any{"State": "SUCCEEDED", "SubmissionDateTime": float64(now.UnixMilli()), "CompletionDateTime": float64(now.UnixMilli() + 1000)}, execution["Status"])
	require.Equal(t, 16.0, execution["Statistics"].(map[string]any)["DataScannedInBytes"])
	require.Equal(t, "reports", execution["WorkGroup"])
	require.Equal(t, "DML", execution["StatementType"])
	require.Equal(t, map[string]any{"Catalog": "awsdatacatalog", "Database": l.Name}, execution["QueryExecutionContext"])

	require.Equal(t, map[string]string{key: "\"n\",\"say \"\"hi\"\"\"\n\"1\",\n\"2\",\n"}, l.results(t))
	listed, err := l.Objects.List(l.Name+"-results", "")
	require.NoError(t, err)
	require.Equal(t, now.Add(took), listed[0].Modified, "the result is there when the query has ended, in virtual time")
}

func TestIdsCountOnFromEarlierQueries(t *testing.T) {
	l := numbers(t, 1)
	l.config.Before = 41
	output, _, err := l.Start(t.Context(), l.arguments(`SELECT 1`, "reports"), patience)
	require.NoError(t, err)
	require.Equal(t, "00000000-0000-4000-8000-000000000042", output["QueryExecution"].(map[string]any)["QueryExecutionId"])
}

func TestAWorkgroupNeedsAPlaceForResults(t *testing.T) {
	_, err := New(Config{Workgroups: map[string]Workgroup{"reports": {OutputLocation: "results/"}}})
	require.EqualError(t, err, `workgroup reports: output location "results/" is not an s3:// URI: write s3://bucket/prefix/`)
}

func TestStartRefusesRequests(t *testing.T) {
	l := numbers(t, 1)
	for _, c := range []struct {
		name, want string
		asked      StartQueryExecution
	}{
		{"no query", "Value at 'queryString' failed to satisfy constraint: Member must have length greater than or equal to 1", StartQueryExecution{WorkGroup: "reports"}},
		{"long query", "Member must have length less than or equal to 262144", StartQueryExecution{QueryString: strings.Repeat(" ", 262_145)}},
		{"unknown workgroup", "WorkGroup primary is not found.", StartQueryExecution{QueryString: "SELECT 1"}},
		{"other catalog", "Catalog dynamo is not supported locally", StartQueryExecution{QueryString: "SELECT 1", QueryExecutionContext: QueryExecutionContext{Catalog: "dynamo"}}},
		{"syntax", "line 1:8: mismatched input '@'", l.arguments("SELECT @", "reports")},
		{"blanks alone", "line 1:1: mismatched input '<EOF>'", l.arguments("  \n ", "reports")},
		{"a comment alone", "line 1:1: mismatched input '<EOF>'", l.arguments("-- nothing", "reports")},
		{"a semicolon alone", "line 1:1: mismatched input '<EOF>'", l.arguments(";", "reports")},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := l.Start(t.Context(), c.asked, patience)
			requireFault(t, err, "Athena.InvalidRequestException", c.want)
		})
	}
	require.Empty(t, l.results(t))
}

func TestFailedQuery(t *testing.T) {
	l := numbers(t, 1)
	l.Put(t, "numbers/b.json", `{"n":`)
	_, took, err := l.Start(t.Context(), l.arguments(`SELECT sum(n) FROM numbers`, "reports"), patience)
	require.Equal(t, time.Second, took)
	status := requireFault(t, err, "States.TaskFailed", "HIVE_CURSOR_ERROR")["Status"].(map[string]any)
	require.Equal(t, "FAILED", status["State"])
	require.Contains(t, status["StateChangeReason"], l.URI("numbers/b.json"))
	failed := l.Queries()[0]
	require.ErrorContains(t, failed.Error, "HIVE_CURSOR_ERROR")
	require.Zero(t, failed.Cost(failed.DataScannedInBytes))

	_, err = l.GetQueryResults(GetQueryResults{QueryExecutionID: l.executions[0].id})
	requireFault(t, err, "Athena.InvalidRequestException", "Query did not finish successfully. Final query state: FAILED")
	require.Empty(t, l.results(t), "a failed query leaves no result")

	require.NoError(t, l.query(`SELECT 1`).Error, "the next query does not see the failure")
}

func TestCutoff(t *testing.T) {
	l := numbers(t, 3) // 24 bytes
	_, _, err := l.Start(t.Context(), l.arguments(`SELECT n FROM numbers`, "frugal"), patience)
	require.NoError(t, err, "30 bytes are allowed")
	_, _, err = l.Start(t.Context(), l.arguments(`SELECT a.n FROM numbers a JOIN numbers b ON a.n = b.n`, "frugal"), patience)
	execution := requireFault(t, err, "States.TaskFailed", "")
	status := execution["Status"].(map[string]any)
	require.Equal(t, "CANCELLED", status["State"])
	require.Equal(t, "Bytes scanned limit was exceeded", status["StateChangeReason"])
	require.Equal(t, 48.0, execution["Statistics"].(map[string]any)["DataScannedInBytes"])
	cancelled := l.Queries()[1]
	require.Equal(t, map[string]int{l.Name + ".numbers": 2}, cancelled.Tables)
	require.Equal(t, 0.00005, cancelled.Cost(cancelled.DataScannedInBytes), "what is cancelled is billed")
}

// docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html: the least cut-off is 10 MB.
func TestCutoffAboveItsFloor(t *testing.T) {
	const floor = 10_485_760
	line := fmt.Sprintf("{\"n\":1,\"filling\":\"%s\"}\n", strings.Repeat("x", 4096-21))
	require.Len(t, line, 4096)
	l := newLake(t)
	half := strings.Repeat(line, floor/2/len(line)) // 5 MiB
	l.Put(t, "big/day=01/a.json", half)
	l.Put(t, "big/day=02/a.json", half)
	l.Put(t, "big/day=03/a.json", line)
	l.Add(testlake.JSON, glue.Table{
		Name: "big", Columns: testlake.Columns("n", "int"), PartitionKeys: testlake.Columns("day", "string"),
		Partitions: []glue.Partition{l.Partition("big/day=01", "01"), l.Partition("big/day=02", "02"), l.Partition("big/day=03", "03")},
	})

	output, took, err := l.Start(t.Context(), l.arguments(`SELECT count(*) FROM big WHERE day < '03'`, "floor"), patience)
	require.NoError(t, err, "as much as the cut-off is allowed")
	require.Equal(t, float64(floor), output["QueryExecution"].(map[string]any)["Statistics"].(map[string]any)["DataScannedInBytes"])
	require.Equal(t, time.Second+104*time.Millisecond, took)
	require.Equal(t, int64(floor/len(line)), l.Queries()[0].Rows[0][0])

	_, _, err = l.Start(t.Context(), l.arguments(`SELECT count(*) FROM big`, "floor"), patience)
	execution := requireFault(t, err, "States.TaskFailed", "")
	require.Equal(t, "CANCELLED", execution["Status"].(map[string]any)["State"])
	require.Equal(t, "Bytes scanned limit was exceeded", execution["Status"].(map[string]any)["StateChangeReason"])
	require.Equal(t, float64(floor+len(line)), execution["Statistics"].(map[string]any)["DataScannedInBytes"])
	require.Len(t, l.results(t), 1, "a cancelled query leaves no result")

	_, _, err = l.Start(t.Context(), l.arguments(`SELECT count(*) FROM big a CROSS JOIN big b WHERE a.day = '03' AND b.day = '03'`, "floor"), patience)
	require.NoError(t, err, "only what is read counts")
}

func TestGetQueryResults(t *testing.T) {
	l := numbers(t, 5)
	require.NoError(t, l.query(`SELECT n FROM numbers ORDER BY n`).Error)
	id := l.executions[0].id
	var pages [][]string
	asked := GetQueryResults{QueryExecutionID: id, MaxResults: aws.Int(4)}
	for {
		page, err := l.GetQueryResults(asked)
		require.NoError(t, err)
		var values []string
		for _, row := range page["ResultSet"].(map[string]any)["Rows"].([]any) {
			datum := row.(map[string]any)["Data"].([]any)[0].(map[string]any)
			values = append(values, datum["VarCharValue"].(string))
		}
		pages = append(pages, values)
		token, more := page["NextToken"].(string)
		if !more {
			break
		}
		asked.NextToken = token
	}
	require.Equal(t, [][]string{{"n", "1", "2", "3"}, {"4", "5"}}, pages)

	for _, c := range []struct {
		name, want string
		asked      GetQueryResults
	}{
		{"unknown id", "QueryExecution x was not found", GetQueryResults{QueryExecutionID: "x"}},
		{"too few", "MaxResults must be a number from 1 to 1000: it is 0", GetQueryResults{QueryExecutionID: id, MaxResults: aws.Int(0)}},
		{"too many", "it is 1001", GetQueryResults{QueryExecutionID: id, MaxResults: aws.Int(1001)}},
		{"foreign token", "NextToken \"y/3\" is not one", GetQueryResults{QueryExecutionID: id, NextToken: "y/3"}},
		{"token past the end", "is not one", GetQueryResults{QueryExecutionID: id, NextToken: id + "/6"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := l.GetQueryResults(c.asked)
			requireFault(t, err, "Athena.InvalidRequestException", c.want)
		})
	}
}
