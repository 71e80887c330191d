package components

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// What is added is cheap to crawl; Glue takes no other policy than LOG then.
func TestACrawlReadsNewFoldersOnly(t *testing.T) {
	crawler := deploy(t, crawlerProgram(asItIs)).the("glue.Crawler", "crawl-crawler").Inputs
	require.Equal(t, map[string]any{"recrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}, crawler["recrawlPolicy"])
	require.Equal(t, map[string]any{"updateBehavior": "LOG", "deleteBehavior": "LOG"}, crawler["schemaChangePolicy"])
}

func TestACrawlReadsEverythingWhereAskedFor(t *testing.T) {
	crawler := deploy(t, crawlerProgram(func(a *CrawlerWorkflowArgs) { a.CrawlEverything = true })).the("glue.Crawler", "crawl-crawler").Inputs
	require.Equal(t, map[string]any{"recrawlBehavior": "CRAWL_EVERYTHING"}, crawler["recrawlPolicy"])
	require.Equal(t, map[string]any{"updateBehavior": "UPDATE_IN_DATABASE", "deleteBehavior": "LOG"}, crawler["schemaChangePolicy"])
}

func TestTheCrawlerCatalogsTheDatasetInItsDatabase(t *testing.T) {
	d := deploy(t, crawlerProgram(asItIs))
	require.Equal(t, "usage", d.the("glue.CatalogDatabase", "crawl-database").Inputs["name"])
	crawler := d.the("glue.Crawler", "crawl-crawler")
	require.Equal(t, "usage", crawler.Inputs["databaseName"])
	require.Equal(t, d.arn("iam.Role", "crawl-crawler-role"), crawler.Inputs["role"])
	require.Equal(t, []any{map[string]any{
		"path": "s3://source/data/usage/", "exclusions": []any{"_SUCCESS", "**/_SUCCESS", "**.tmp"},
	}}, crawler.Inputs["s3Targets"])
	requireJSON(t, crawler, "configuration", `{
		"Version": 1.0,
		"Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"},
		"CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}, "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}
	}`)
}

func TestTheCrawlerReadsItsFolderAndWritesItsDatabaseOnly(t *testing.T) {
	requireJSON(t, deploy(t, crawlerProgram(asItIs)).the("iam.RolePolicy", "crawl-crawler-role"), "policy", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Resource": [
			"arn:aws:glue:eu-west-1:123456789012:catalog",
			"arn:aws:glue:eu-west-1:123456789012:database/usage",
			"arn:aws:glue:eu-west-1:123456789012:table/usage/*"
		], "Action": [
			"glue:BatchCreatePartition", "glue:BatchGetPartition", "glue:BatchUpdatePartition", "glue:CreatePartition", "glue:CreateTable",
			"glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables", "glue:UpdatePartition", "glue:UpdateTable"
		]},
		{"Effect": "Allow", "Resource": ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws-glue/crawlers*"],
			"Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::source"], "Action": ["s3:GetBucketLocation"]},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::source"], "Action": ["s3:ListBucket"], "Condition": {"StringLike": {"s3:prefix": "data/usage/*"}}},
		{"Effect": "Allow", "Resource": ["arn:aws:s3:::source/data/usage/*"], "Action": ["s3:GetObject"]}
	]}`)
}

// Glue has its log groups use the key, where there is one.
func TestGluesLogsAreEncryptedWithTheKey(t *testing.T) {
	d := deploy(t, crawlerProgram(func(a *CrawlerWorkflowArgs) { a.Operations.Key = customerKey() }))
	require.Contains(t, d.the("iam.RolePolicy", "crawl-crawler-role").Inputs["policy"], "logs:AssociateKmsKey")
}

func TestTheMachineMayLookAtItsCrawlerAndStartIt(t *testing.T) {
	d := deploy(t, crawlerProgram(asItIs))
	requireJSON(t, d.the("iam.RolePolicy", "crawl-role"), "policy", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Resource": ["*"], "Action": [
			"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
			"logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery"
		]},
		{"Effect": "Allow", "Resource": ["{crawler}", "{full}"], "Action": ["glue:GetCrawler", "glue:ListCrawls", "glue:StartCrawler"]}
	]}`, "{crawler}", d.arn("glue.Crawler", "crawl-crawler"), "{full}", d.arn("glue.Crawler", "crawl-full-crawler"))
}

// Columns that are new reach the table by a crawl of everything.
func TestAnotherCrawlerReadsEverything(t *testing.T) {
	d := deploy(t, crawlerProgram(func(a *CrawlerWorkflowArgs) {
		a.Schedule = &Schedule{At: "01:00", Offset: "+07:00"}
		a.FullCrawl = &Schedule{Weekday: "SUN", At: "03:00", Offset: "+07:00"}
	}))
	usual, full := d.the("glue.Crawler", "crawl-crawler").Inputs, d.the("glue.Crawler", "crawl-full-crawler").Inputs
	require.Equal(t, map[string]any{"recrawlBehavior": "CRAWL_EVERYTHING"}, full["recrawlPolicy"])
	require.Equal(t, map[string]any{"updateBehavior": "UPDATE_IN_DATABASE", "deleteBehavior": "LOG"}, full["schemaChangePolicy"])
	for _, same := range []string{"databaseName", "role", "s3Targets", "configuration"} {
		require.Equal(t, usual[same], full[same], same)
	}
	require.Equal(t, "cron(0 20 ? * SAT *)", d.the("cloudwatch.EventRule", "crawl-full-trigger").Inputs["scheduleExpression"])
	requireJSON(t, d.the("cloudwatch.EventTarget", "crawl-full-trigger"), "input", `{"full": true}`)
	require.NotContains(t, d.the("cloudwatch.EventTarget", "crawl-trigger").Inputs, "input", "the usual crawl takes the event")
}

func TestTheCrawlsPaceIsTheMachines(t *testing.T) {
	for _, pace := range []struct {
		poll, timeout    time.Duration
		seconds, timeOut float64
	}{{seconds: 30, timeOut: 7200}, {poll: 10 * time.Second, timeout: time.Hour, seconds: 10, timeOut: 3600}} {
		d := deploy(t, crawlerProgram(func(a *CrawlerWorkflowArgs) { a.Poll, a.Timeout = pace.poll, pace.timeout }))
		definition := object(t, d.the("sfn.StateMachine", "crawl-machine"), "definition")
		require.Equal(t, pace.timeOut, definition["TimeoutSeconds"])
		states := definition["States"].(map[string]any)
		for _, wait := range []string{"Wait for the crawl", "Wait for the other crawl"} {
			require.Equal(t, pace.seconds, states[wait].(map[string]any)["Seconds"], wait)
		}
	}
}

// Two crawlers of one bucket keep to their own folders, databases and machines.
func TestWorkflowsSideBySide(t *testing.T) {
	d := deploy(t, func(ctx *pulumi.Context) error {
		for _, dataset := range []string{"a", "b"} {
			if _, err := NewCrawlerWorkflow(ctx, dataset, &CrawlerWorkflowArgs{
				Bucket: bucketCalled("source"), Prefix: dataset + "/", Database: dataset, Operations: watched(),
			}); err != nil {
				return err
			}
		}
		return nil
	})
	for own, other := range map[string]string{"a": "b", "b": "a"} {
		policy := d.the("iam.RolePolicy", own+"-crawler-role").Inputs["policy"]
		require.Contains(t, policy, "arn:aws:s3:::source/"+own+"/*")
		require.NotContains(t, policy, "arn:aws:s3:::source/"+other+"/*")
		require.Contains(t, d.the("iam.RolePolicy", own+"-role").Inputs["policy"], d.arn("glue.Crawler", own+"-crawler"))
		require.NotContains(t, d.the("iam.RolePolicy", own+"-role").Inputs["policy"], d.arn("glue.Crawler", other+"-crawler"))
	}
}
