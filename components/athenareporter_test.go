package components

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"datalake/asl"

	"github.com/stretchr/testify/require"
)

// A client can change neither where results go nor how they are encrypted, nor scan more than the cut-off.
func TestTheWorkgroupIsEnforced(t *testing.T) {
	workgroup := deploy(t, reporterProgram(asItIs)).the("athena.Workgroup", "report-workgroup")
	require.Equal(t, false, workgroup.Inputs["forceDestroy"])
	require.Equal(t, map[string]any{
		"enforceWorkgroupConfiguration":   true,
		"publishCloudwatchMetricsEnabled": true,
		"bytesScannedCutoffPerQuery":      float64(10 << 30),
		"engineVersion":                   map[string]any{"selectedEngineVersion": "Athena engine version 3"},
		"resultConfiguration": map[string]any{
			"outputLocation":          "s3://results/report/",
			"encryptionConfiguration": map[string]any{"encryptionOption": "SSE_S3"},
		},
	}, workgroup.Inputs["configuration"])
}

func TestTheWorkgroupTakesWhatIsAskedFor(t *testing.T) {
	workgroup := deploy(t, reporterProgram(func(a *AthenaReporterArgs) {
		a.CutoffBytes, a.ResultsPrefix, a.Disposable, a.Operations.Key = 10_485_760, "athena/usage/", true, customerKey()
	})).the("athena.Workgroup", "report-workgroup")
	require.Equal(t, true, workgroup.Inputs["forceDestroy"])
	configuration := workgroup.Inputs["configuration"].(map[string]any)
	require.Equal(t, 10_485_760.0, configuration["bytesScannedCutoffPerQuery"])
	require.Equal(t, map[string]any{
		"outputLocation":          "s3://results/athena/usage/",
		"encryptionConfiguration": map[string]any{"encryptionOption": "SSE_KMS", "kmsKeyArn": keyARN},
	}, configuration["resultConfiguration"])
}

func TestEachQueryHasANameAndABranch(t *testing.T) {
	d := deploy(t, reporterProgram(func(a *AthenaReporterArgs) {
		a.Queries = []Query{{Name: "all-time", SQL: "SELECT '<&>'"}, {Name: "2021", SQL: "SELECT 2"}}
	}))
	workgroup := d.the("athena.Workgroup", "report-workgroup")
	branches := object(t, d.the("sfn.StateMachine", "report-machine"), "definition")["States"].(map[string]any)["Run the queries"].(map[string]any)["Branches"].([]any)
	require.Len(t, branches, 2)
	for i, query := range []Query{{"all-time", "SELECT '<&>'"}, {"2021", "SELECT 2"}} {
		require.Equal(t, map[string]any{
			"name": query.Name, "database": "usage", "workgroup": workgroup.Outputs["name"], "query": query.SQL,
		}, d.the("athena.NamedQuery", "report-"+query.Name).Inputs)

		branch := branches[i].(map[string]any)
		require.Equal(t, query.Name, branch["StartAt"])
		start := branch["States"].(map[string]any)[query.Name].(map[string]any)
		require.Equal(t, "arn:aws:states:::athena:startQueryExecution.sync", start["Resource"])
		require.Equal(t, map[string]any{
			"QueryString": query.SQL, "QueryExecutionContext": map[string]any{"Database": "usage"}, "WorkGroup": workgroup.Outputs["name"],
		}, start["Arguments"])
	}
}

func TestTheReporterReadsItsDataAndWritesItsResultsOnly(t *testing.T) {
	d := deploy(t, reporterProgram(asItIs))
	requireJSON(t, d.the("iam.RolePolicy", "report-role"), "policy", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Resource": ["*"], "Action": [
			"lakeformation:GetDataAccess",
			"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
			"logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery"
		]},
		{"Effect": "Allow", "Resource": ["arn:aws:athena:eu-west-1:123456789012:datacatalog/AwsDataCatalog"], "Action": ["athena:GetDataCatalog"]},
		{"Effect": "Allow", "Resource": ["{workgroup}"],
			"Action": ["athena:GetQueryExecution", "athena:GetQueryResults", "athena:StartQueryExecution", "athena:StopQueryExecution"]},
		{"Effect": "Allow", "Resource": ["arn:aws:events:eu-west-1:123456789012:event-bus/default"], "Action": ["events:PutEvents"]},
		{"Effect": "Allow", "Resource": ["arn:aws:glue:eu-west-1:123456789012:catalog", "arn:aws:glue:eu-west-1:123456789012:database/default"],
			"Action": ["glue:GetDatabase"]},
		{"Effect": "Allow", "Resource": [
			"arn:aws:glue:eu-west-1:123456789012:catalog",
			"arn:aws:glue:eu-west-1:123456789012:database/usage",
			"arn:aws:glue:eu-west-1:123456789012:table/usage/*"
		], "Action": ["glue:BatchGetPartition", "glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::results"], "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::results/report/*"],
			"Action": ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::source"], "Action": ["s3:GetBucketLocation"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::source"], "Action": ["s3:ListBucket"], "Condition": {"StringLike": {"s3:prefix": "data/usage/*"}}},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::source/data/usage/*"], "Action": ["s3:GetObject"]},
		{"Effect": "Allow", "Resource": ["{topic}"], "Action": ["sns:Publish"]}
	]}`, "{workgroup}", d.arn("athena.Workgroup", "report-workgroup"), "{topic}", d.arn("sns.Topic", "report-results"))
}

// The results topic is encrypted: by SNS's own key, since the machine's role alone publishes there, or the lake's.
func TestTheResultsTopicIsEncryptedAndTakesTLSOnly(t *testing.T) {
	d := deploy(t, reporterProgram(asItIs))
	require.Equal(t, "alias/aws/sns", d.the("sns.Topic", "report-results").Inputs["kmsMasterKeyId"])
	requireJSON(t, d.the("sns.TopicPolicy", "report-results"), "policy", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Deny", "Principal": "*", "Action": ["sns:Publish"], "Resource": ["{topic}"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
	]}`, "{topic}", d.arn("sns.Topic", "report-results"))

	d = deploy(t, reporterProgram(func(a *AthenaReporterArgs) { a.Operations.Key = customerKey() }))
	require.Equal(t, keyARN, d.the("sns.Topic", "report-results").Inputs["kmsMasterKeyId"])
}

// A time-out of the machine itself cannot be caught: queries end early enough for the report on them to go out.
func TestQueriesEndBeforeTheMachineDoes(t *testing.T) {
	for _, timeout := range []time.Duration{0, time.Minute, 61 * time.Second, 12 * time.Hour} {
		d := deploy(t, reporterProgram(func(a *AthenaReporterArgs) { a.Timeout = timeout }))
		definition := object(t, d.the("sfn.StateMachine", "report-machine"), "definition")
		branch := definition["States"].(map[string]any)["Run the queries"].(map[string]any)["Branches"].([]any)[0].(map[string]any)
		query := branch["States"].(map[string]any)["total"].(map[string]any)
		require.Less(t, query["TimeoutSeconds"], definition["TimeoutSeconds"])
		require.Positive(t, query["TimeoutSeconds"])
	}
}

// However many queries there are, each branch has room for some rows, and all of them together fit a message: SNS and
// EventBridge take 262,144 bytes, and a character has up to four.
func TestAMessageCannotOutgrowItsLimit(t *testing.T) {
	require.LessOrEqual(t, 4*reportCharacters+10_000, 262_144, "the frame around the branches needs some bytes too")
	for n := 1; n <= maxQueries; n++ {
		share := reportCharacters / n
		require.GreaterOrEqual(t, share-frameCharacters, 500, "%d queries leave rows", n)

		definition, err := asl.Compile(report{name: "report", queries: manyQueries(n), timeout: time.Hour}.machine())
		require.NoError(t, err)
		text, err := asl.Encode(definition.Document)
		require.NoError(t, err)
		require.Equal(t, n*len(pages), strings.Count(text, fmt.Sprintf("$size > %d ?", share-frameCharacters)), "every page of %d queries is cut to the share", n)
		require.Equal(t, n, strings.Count(text, fmt.Sprintf("$parse($reason) : $cause, 0, %d)", share-frameCharacters)), "so are %d causes", n)
	}
}

func TestAsManyQueriesAsAMessageHolds(t *testing.T) {
	d := deploy(t, reporterProgram(func(a *AthenaReporterArgs) { a.Queries = manyQueries(30) }))
	require.Len(t, d.Find("aws:athena/namedQuery:NamedQuery"), 30)
	requireRefused(t, reporterProgram(func(a *AthenaReporterArgs) { a.Queries = manyQueries(31) }), "there are 31 queries: give 1 to 30")
}
