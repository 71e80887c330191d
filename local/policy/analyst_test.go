package policy

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// analyst is somebody to whom nothing but the policy is attached.
const analyst = "policy analysts-policy"

// sentences say what somebody with the analysts' policy can do, and what not. Each stands for its requests, an action and
// a resource each; {names} are those of the stack's resources.
var sentences = []struct {
	can      bool
	says     string
	requests []string
}{
	{true, "start, stop and follow a query in the workgroup", []string{
		"athena:StartQueryExecution {workgroup}", "athena:StopQueryExecution {workgroup}", "athena:GetQueryExecution {workgroup}",
		"athena:BatchGetQueryExecution {workgroup}", "athena:ListQueryExecutions {workgroup}", "athena:GetQueryRuntimeStatistics {workgroup}",
		"athena:GetWorkGroup {workgroup}",
	}},
	{true, "read a query's results", []string{"athena:GetQueryResults {workgroup}", "athena:GetQueryResultsStream {workgroup}"}},
	{true, "read the queries that are saved in the workgroup", []string{
		"athena:ListNamedQueries {workgroup}", "athena:GetNamedQuery {workgroup}", "athena:BatchGetNamedQuery {workgroup}",
	}},
	{true, "choose the workgroup and the catalog in the console", []string{
		"athena:ListWorkGroups *", "athena:ListDataCatalogs *", "athena:GetDataCatalog {catalog}", "athena:ListDatabases {catalog}",
		"athena:GetDatabase {catalog}", "athena:ListTableMetadata {catalog}", "athena:GetTableMetadata {catalog}",
	}},
	{true, "read a dataset's database, tables and partitions in the catalog", []string{
		"glue:GetDatabase {database}usage_{stack}", "glue:GetDatabases {database}usage_{stack}",
		"glue:GetTable {table}usage_{stack}/daily_user_summaries", "glue:GetTables {table}usage_{stack}/daily_user_summaries",
		"glue:GetPartition {table}usage_{stack}/daily_user_summaries", "glue:GetPartitions {table}usage_{stack}/daily_user_summaries",
		"glue:BatchGetPartition {table}usage_{stack}/daily_user_summaries",
	}},
	{true, "read the weather's table in the catalog", []string{
		"glue:GetTable {table}weather_data_catalog_{stack}/weather_summaries", "glue:GetPartitions {table}weather_data_catalog_{stack}/weather_summaries",
	}},
	{true, "have Athena look at the default database, as it does for every query", []string{"glue:GetDatabase {database}default"}},
	{true, "read and list a dataset's objects", []string{
		"s3:GetObject {source}/data/daily-user-summaries/year=2021/month=01/date=2021-01-01/user.json",
		"s3:ListBucket {source}?data/daily-user-summaries/year=2021/", "s3:GetBucketLocation {source}",
	}},
	{true, "read and list the weather's objects", []string{
		"s3:GetObject {processed}/weather/date=2026-01-01/part-00000.csv", "s3:ListBucket {processed}?weather/", "s3:GetBucketLocation {processed}",
	}},
	{true, "keep results in the workgroup's folder and read them there", []string{
		"s3:PutObject {results}/execute-queries/id.csv", "s3:GetObject {results}/execute-queries/id.csv",
		"s3:AbortMultipartUpload {results}/execute-queries/id.csv", "s3:ListMultipartUploadParts {results}/execute-queries/id.csv",
		"s3:ListBucket {results}?execute-queries/", "s3:GetBucketLocation {results}", "s3:ListBucketMultipartUploads {results}",
	}},
	{true, "have Lake Formation hand out access, where it governs the data", []string{"lakeformation:GetDataAccess *"}},
	{true, "use the key for what is read and written", []string{"kms:Decrypt {key}", "kms:GenerateDataKey {key}"}},

	{false, "query in another workgroup", []string{
		"athena:StartQueryExecution {anotherWorkgroup}", "athena:GetQueryResults {anotherWorkgroup}", "athena:ListNamedQueries {anotherWorkgroup}",
		"athena:StartQueryExecution {athena}workgroup/primary",
	}},
	{false, "change a workgroup, so that results go elsewhere or the cut-off is gone", []string{
		"athena:UpdateWorkGroup {workgroup}", "athena:DeleteWorkGroup {workgroup}", "athena:CreateWorkGroup {athena}workgroup/mine",
	}},
	{false, "change the saved queries, which the program keeps", []string{
		"athena:CreateNamedQuery {workgroup}", "athena:UpdateNamedQuery {workgroup}", "athena:DeleteNamedQuery {workgroup}",
	}},
	{false, "read raw messages, or list them", []string{
		"s3:GetObject {source}/raw/location=harbour/date=2026-01-01/1.json", "s3:ListBucket {source}?raw/", "s3:ListBucket {source}", "s3:ListBucket {source}?data/",
	}},
	{false, "read what was refused, metrics or errors", []string{
		"s3:GetObject {processed}/quarantine/date=2026-01-01/part-00000.json", "s3:GetObject {processed}/metrics/run.json",
		"s3:GetObject {processed}/errors/run.json", "s3:ListBucket {processed}?quarantine/", "s3:ListBucket {processed}",
	}},
	{false, "read scripts, temporary files or access logs", []string{
		"s3:GetObject {artifacts}/etl/weather-transform.py", "s3:GetObject {artifacts}/temp/part", "s3:ListBucket {artifacts}",
		"s3:GetObject {logs}/source/line", "s3:ListBucket {logs}",
	}},
	{false, "read or list the results of others", []string{
		"s3:GetObject {results}/report-weather/id.csv", "s3:PutObject {results}/report-weather/id.csv",
		"s3:ListBucket {results}?report-weather/", "s3:ListBucket {results}",
	}},
	{false, "write a dataset, by INSERT or UNLOAD or by hand", []string{
		"s3:PutObject {source}/data/daily-user-summaries/mine.json", "s3:PutObject {processed}/weather/mine.csv", "s3:PutObject {results}/mine/part",
	}},
	{false, "delete anything, results included", []string{
		"s3:DeleteObject {source}/data/daily-user-summaries/x.json", "s3:DeleteObject {processed}/weather/date=2026-01-01/part-00000.csv",
		"s3:DeleteObject {results}/execute-queries/id.csv", "s3:DeleteBucket {results}",
	}},
	{false, "read old versions, or change a bucket's policy", []string{
		"s3:GetObjectVersion {source}/data/daily-user-summaries/x.json", "s3:ListBucketVersions {source}?data/daily-user-summaries/", "s3:PutBucketPolicy {source}",
	}},
	{false, "change the catalog, by CREATE TABLE AS or otherwise", []string{
		"glue:CreateTable {table}usage_{stack}/mine", "glue:UpdateTable {table}usage_{stack}/daily_user_summaries", "glue:DeleteTable {table}usage_{stack}/daily_user_summaries",
		"glue:BatchCreatePartition {table}usage_{stack}/daily_user_summaries", "glue:CreateDatabase {database}mine", "glue:DeleteDatabase {database}usage_{stack}",
		"glue:CreateTable {table}default/mine",
	}},
	{false, "read the table of raw messages, or a database that is no dataset's", []string{
		"glue:GetTable {table}weather_data_catalog_{stack}/raw", "glue:GetTable {table}default/theirs", "glue:GetTable {table}payroll/salaries",
		"glue:GetDatabase {database}payroll",
	}},
	{false, "start crawls, jobs or state machines", []string{
		"glue:StartCrawler {crawler}", "glue:StartJobRun {job}", "states:StartExecution {machine}",
	}},
	{false, "use the key to encrypt for others, or change it", []string{
		"kms:CreateGrant {key}", "kms:PutKeyPolicy {key}", "kms:ScheduleKeyDeletion {key}",
	}},
	{false, "get more rights", []string{
		"iam:PassRole {role}", "sts:AssumeRole {role}", "iam:AttachUserPolicy arn:aws:iam::{account}:user/analyst", "iam:CreatePolicyVersion {policy}",
	}},
}

// analysts deploys a stack with the policy, and gives the names that sentences use. Both stacks have the whole of it: the
// key is production's alone.
func analysts(t *testing.T, stack string) (deployment, map[string]any, *strings.Replacer) {
	d := deploy(t, stack, map[string]string{"datalake:analystPolicy": "true"})
	policies := d.policies()
	require.NotEmpty(t, d.Exports["analystPolicy"])
	require.Equal(t, d.output("aws:iam/policy:Policy", "analysts-policy", "arn"), d.Exports["analystPolicy"])
	names := []string{
		"{stack}", stack, "{account}", d.AccountID,
		"{workgroup}", d.arn("athena", "workgroup/"+d.Exports["workgroup"].(string)),
		"{anotherWorkgroup}", d.arn("athena", "workgroup/"+d.output("aws:athena/workgroup:Workgroup", "report-weather-workgroup", "name")),
		"{athena}", d.arn("athena", ""), "{catalog}", d.arn("athena", "datacatalog/AwsDataCatalog"),
		"{glue}", d.arn("glue", ""), "{database}", d.arn("glue", "database/"), "{table}", d.arn("glue", "table/"),
		"{crawler}", d.output("aws:glue/crawler:Crawler", "crawl-dataset-crawler", "arn"),
		"{job}", d.output("aws:glue/job:Job", "weekly-etl-job", "arn"),
		"{machine}", d.output("aws:sfn/stateMachine:StateMachine", "crawl-dataset-machine", "arn"),
		"{role}", d.output("aws:iam/role:Role", "crawl-dataset-role", "arn"),
		"{policy}", d.Exports["analystPolicy"].(string),
	}
	for bucket, name := range d.Exports["buckets"].(map[string]any) {
		names = append(names, "{"+bucket+"}", "arn:aws:s3:::"+name.(string))
	}
	if stack == "prod" {
		names = append(names, "{key}", d.output("aws:kms/key:Key", "lake-key", "arn"))
	}
	return d, policies, strings.NewReplacer(names...)
}

func TestWhatAnalystsCanDo(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		t.Run(stack, func(t *testing.T) {
			d, policies, names := analysts(t, stack)
			var claims []claim
			said := map[string]bool{}
			for _, sentence := range sentences {
				says := map[bool]string{true: "can ", false: "cannot "}[sentence.can] + sentence.says
				for _, text := range sentence.requests {
					if text = names.Replace(text); strings.Contains(text, "{key}") {
						require.Equal(t, "dev", stack)
						continue
					}
					require.NotContains(t, text, "{")
					action, resource, _ := strings.Cut(text, " ")
					resource, prefix, listed := strings.Cut(resource, "?")
					r := Request{Action: action, Resource: resource}
					if listed {
						r.Context = map[string][]string{"s3:prefix": {prefix}}
					}
					claims = append(claims, claim{says, d.by("arn:aws:iam::"+d.AccountID+":role/analyst", []string{analyst}, r, policies), sentence.can})
					said[action] = said[action] || sentence.can
				}
			}
			requireTrue(t, policies, claims)
			for _, grant := range grants(policies[analyst].(map[string]any)) {
				require.True(t, said[grant.Action], "a sentence says what %s is for", grant.Action)
			}
		})
	}
}

// Of all that the roles of the stack work on, an analyst reaches this and no more, whatever the roles do there.
func TestAnalystsReachNothingElseOfTheRoles(t *testing.T) {
	reached := []string{
		"*", // lakeformation:GetDataAccess
		"{catalog}", "{workgroup}",
		"{database}default", "{database}usage_{stack}", "{database}weather_data_catalog_{stack}", "{table}usage_{stack}/x", "{glue}catalog",
		"{source}", "{source}/data/daily-user-summaries/x", "{processed}", "{processed}/weather/x", "{results}", "{results}/execute-queries/x",
	}
	for stack, reached := range map[string][]string{"dev": reached, "prod": append(reached, "{key}")} {
		t.Run(stack, func(t *testing.T) {
			d, policies, names := analysts(t, stack)
			var requests []Request
			for _, name := range slices.Sorted(maps.Keys(policies)) {
				if strings.HasPrefix(name, "role ") {
					for _, grant := range grants(policies[name].(map[string]any)) {
						requests = append(requests, d.by("arn:aws:iam::"+d.AccountID+":role/analyst", []string{analyst}, grant, policies))
					}
				}
			}
			found := map[string]bool{}
			for i, decision := range judge(t, policies, requests) {
				if decision == Allowed {
					found[requests[i].Resource] = true
				}
			}
			var expected []string
			for _, resource := range reached {
				expected = append(expected, names.Replace(resource))
			}
			require.ElementsMatch(t, expected, slices.Collect(maps.Keys(found)))
			require.Greater(t, len(requests), 150)
		})
	}
}

// docs/query.md lists the same sentences, in the same order.
func TestTheSentencesAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/query.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(page), "| they can | they cannot |\n|---|---|\n")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n\n")
	documented := map[bool][]string{}
	for _, row := range strings.Split(table, "\n") {
		for i, cell := range strings.Split(row, "|")[1:3] {
			if cell = strings.TrimSpace(cell); cell != "" {
				documented[i == 0] = append(documented[i == 0], cell)
			}
		}
	}
	said := map[bool][]string{}
	for _, sentence := range sentences {
		said[sentence.can] = append(said[sentence.can], sentence.says)
	}
	require.Equal(t, said, documented)
}
