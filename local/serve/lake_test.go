package serve_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"datalake/local/objects"
)

const usage = "usage_dev"

func TestQueriesAreAthenas(t *testing.T) {
	e := serveDev(t, "")
	e.crawl(t)
	rows, ended := e.query(t.Context(), t, `SELECT "user", sum(usage) AS total FROM usage_dev.daily_user_summaries WHERE month = ? GROUP BY 1 ORDER BY 1`, "'01'")
	require.Equal(t, [][]string{{"user", "total"}, {"a", "2"}, {"b", "4"}}, rows)
	require.EqualValues(t, 4*22, *ended.QueryExecution.Statistics.DataScannedInBytes)
	require.Equal(t, []string{"'01'"}, ended.QueryExecution.ExecutionParameters)

	bucket, key := objects.SplitURI(*ended.QueryExecution.ResultConfiguration.OutputLocation)
	result, err := e.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err)
	text, err := io.ReadAll(result.Body)
	require.NoError(t, err)
	require.Equal(t, "\"user\",\"total\"\n\"a\",\"2\"\n\"b\",\"4\"\n", string(text))

	batch, err := e.athena.BatchGetQueryExecution(t.Context(), &athena.BatchGetQueryExecutionInput{QueryExecutionIds: []string{*ended.QueryExecution.QueryExecutionId, "nobody's"}})
	require.NoError(t, err)
	require.Len(t, batch.QueryExecutions, 1)
	require.Len(t, batch.UnprocessedQueryExecutionIds, 1)
	rows, _ = e.query(t.Context(), t, "DESCRIBE `usage_dev`.`daily_user_summaries`;")
	require.Contains(t, rows[0][0], "usage")
	require.Contains(t, rows[0][0], "int")

	_, failed := e.query(t.Context(), t, `SELECT nothing FROM usage_dev.daily_user_summaries`)
	require.EqualValues(t, "FAILED", failed.QueryExecution.Status.State)
	require.Equal(t, "COLUMN_NOT_FOUND: line 1:8: Column 'nothing' cannot be resolved", *failed.QueryExecution.Status.StateChangeReason)
	_, err = e.athena.GetQueryResults(t.Context(), &athena.GetQueryResultsInput{QueryExecutionId: failed.QueryExecution.QueryExecutionId})
	requireCode(t, err, "InvalidRequestException", "Final query state: FAILED")
	_, err = e.athena.StartQueryExecution(t.Context(), &athena.StartQueryExecutionInput{QueryString: aws.String("SELECT @"), WorkGroup: e.workgroup(t)})
	requireCode(t, err, "InvalidRequestException", "line 1:8")
}

func TestAQueryIsStopped(t *testing.T) {
	e := serveDev(t, "")
	workgroup := e.workgroup(t)
	started := make(chan error, 1)
	go func() {
		_, err := e.athena.StartQueryExecution(t.Context(), &athena.StartQueryExecutionInput{
			QueryString: aws.String(`SELECT sum(a * b * c) FROM UNNEST(sequence(1, 10000), sequence(1, 10000)) AS x(a, b) CROSS JOIN UNNEST(sequence(1, 10000)) AS y(c) CROSS JOIN UNNEST(sequence(1, 10000)) AS z(d)`),
			WorkGroup:   workgroup,
		})
		started <- err
	}()
	var id string
	require.Eventually(t, func() bool {
		listed, err := e.athena.ListQueryExecutions(t.Context(), &athena.ListQueryExecutionsInput{WorkGroup: workgroup})
		if err == nil && len(listed.QueryExecutionIds) == 1 {
			id = listed.QueryExecutionIds[0]
		}
		return id != ""
	}, time.Minute, 10*time.Millisecond)
	_, err := e.athena.StopQueryExecution(t.Context(), &athena.StopQueryExecutionInput{QueryExecutionId: &id})
	require.NoError(t, err)
	require.NoError(t, <-started)
	require.Eventually(t, func() bool {
		stopped, err := e.athena.GetQueryExecution(t.Context(), &athena.GetQueryExecutionInput{QueryExecutionId: &id})
		return err == nil && stopped.QueryExecution.Status.State == "CANCELLED"
	}, time.Minute, 10*time.Millisecond)
}

func TestTheWorkgroupAndItsSavedQueries(t *testing.T) {
	e := serveDev(t, "")
	workgroup := e.workgroup(t)
	described, err := e.athena.GetWorkGroup(t.Context(), &athena.GetWorkGroupInput{WorkGroup: workgroup})
	require.NoError(t, err)
	require.True(t, *described.WorkGroup.Configuration.EnforceWorkGroupConfiguration)
	require.EqualValues(t, 1<<30, *described.WorkGroup.Configuration.BytesScannedCutoffPerQuery)
	require.Contains(t, *described.WorkGroup.Configuration.ResultConfiguration.OutputLocation, "s3://"+e.buckets["results"]+"/")

	ids, err := e.athena.ListNamedQueries(t.Context(), &athena.ListNamedQueriesInput{WorkGroup: workgroup})
	require.NoError(t, err)
	saved, err := e.athena.BatchGetNamedQuery(t.Context(), &athena.BatchGetNamedQueryInput{NamedQueryIds: ids.NamedQueryIds})
	require.NoError(t, err)
	var names []string
	for _, query := range saved.NamedQueries {
		require.Equal(t, usage, *query.Database)
		names = append(names, *query.Name)
	}
	require.ElementsMatch(t, []string{"all-time-usage", "usage-2021"}, names)
	_, err = e.athena.GetWorkGroup(t.Context(), &athena.GetWorkGroupInput{WorkGroup: aws.String("primary")})
	requireCode(t, err, "InvalidRequestException", "WorkGroup primary is not found.")
}

func TestTheCatalogIsGlues(t *testing.T) {
	e := serveDev(t, "")
	e.crawl(t)
	table, err := e.glue.GetTable(t.Context(), &glue.GetTableInput{DatabaseName: aws.String(usage), Name: aws.String("daily_user_summaries")})
	require.NoError(t, err)
	require.Equal(t, "json", table.Table.Parameters["classification"])
	require.Equal(t, "s3://"+e.buckets["source"]+"/data/daily-user-summaries/", *table.Table.StorageDescriptor.Location)
	require.Len(t, table.Table.PartitionKeys, 3)

	partitions := func(expression string) (values []string) {
		pages := glue.NewGetPartitionsPaginator(e.glue, &glue.GetPartitionsInput{
			DatabaseName: aws.String(usage), TableName: aws.String("daily_user_summaries"), Expression: &expression, MaxResults: aws.Int32(10),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			require.NoError(t, err)
			for _, partition := range page.Partitions {
				values = append(values, strings.Join(partition.Values, "/"))
			}
		}
		return values
	}
	require.Len(t, partitions(""), 24)
	require.Equal(t, []string{"2021/02/2021-02-01", "2021/02/2021-02-02"}, partitions("month = '02' AND year > '2020'"))
	_, err = e.glue.GetPartitions(t.Context(), &glue.GetPartitionsInput{DatabaseName: aws.String(usage), TableName: aws.String("daily_user_summaries"), Expression: aws.String("hour = '1'")})
	requireCode(t, err, "InvalidInputException", "'hour' cannot be resolved")

	metadata, err := e.athena.GetTableMetadata(t.Context(), &athena.GetTableMetadataInput{CatalogName: aws.String("AwsDataCatalog"), DatabaseName: aws.String(usage), TableName: aws.String("daily_user_summaries")})
	require.NoError(t, err)
	require.Equal(t, *table.Table.StorageDescriptor.Location, metadata.TableMetadata.Parameters["location"])

	crawlers, err := e.glue.GetCrawlers(t.Context(), nil)
	require.NoError(t, err)
	for _, crawler := range crawlers.Crawlers {
		if _, err := e.glue.StartCrawler(t.Context(), &glue.StartCrawlerInput{Name: crawler.Name}); err == nil {
			ended, err := e.glue.GetCrawler(t.Context(), &glue.GetCrawlerInput{Name: crawler.Name})
			require.NoError(t, err)
			require.EqualValues(t, "READY", ended.Crawler.State, "its minutes pass at once")
			require.EqualValues(t, "SUCCEEDED", ended.Crawler.LastCrawl.Status)
		}
	}
	_, err = e.glue.GetTable(t.Context(), &glue.GetTableInput{DatabaseName: aws.String("elsewhere"), Name: aws.String("t")})
	requireCode(t, err, "EntityNotFoundException", "Database elsewhere not found.")
}

func TestObjectsAreS3s(t *testing.T) {
	e := serveDev(t, "")
	source := aws.String(e.buckets["source"])
	var keys, folders []string
	pages := s3.NewListObjectsV2Paginator(e.s3, &s3.ListObjectsV2Input{Bucket: source, Prefix: aws.String("data/daily-user-summaries/year=2021/"), Delimiter: aws.String("/"), MaxKeys: aws.Int32(5)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, folder := range page.CommonPrefixes {
			folders = append(folders, *folder.Prefix)
		}
	}
	require.Len(t, folders, 12)
	require.Equal(t, "data/daily-user-summaries/year=2021/month=12/", folders[11])
	pages = s3.NewListObjectsV2Paginator(e.s3, &s3.ListObjectsV2Input{Bucket: source, MaxKeys: aws.Int32(7)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, object := range page.Contents {
			keys = append(keys, *object.Key)
		}
	}
	require.Len(t, keys, 12*2*2+1, "and _SUCCESS")
	require.IsIncreasing(t, keys)

	key := aws.String("data/daily-user-summaries/year=2021/month=01/date=2021-01-03/ü +&.json")
	put, err := e.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: source, Key: key, Body: strings.NewReader(`{"usage":5,"user":"c"}`)})
	require.NoError(t, err)
	head, err := e.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: source, Key: key})
	require.NoError(t, err)
	require.Equal(t, *put.ETag, *head.ETag)
	require.EqualValues(t, 22, *head.ContentLength)
	got, err := e.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: source, Key: key, Range: aws.String("bytes=1-7")})
	require.NoError(t, err)
	text, err := io.ReadAll(got.Body)
	require.NoError(t, err)
	require.Equal(t, `"usage"`, string(text))
	_, err = e.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: source, Key: key, Range: aws.String("bytes=100-200")})
	requireCode(t, err, "InvalidRange", "")
	location, err := e.s3.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: source})
	require.NoError(t, err)
	require.EqualValues(t, "ap-southeast-1", location.LocationConstraint)
	_, err = e.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: source, Key: key, Body: strings.NewReader(``), IfNoneMatch: aws.String("*")})
	requireCode(t, err, "PreconditionFailed", "already exists")
	e.crawl(t)
	rows, _ := e.query(t.Context(), t, `SELECT usage FROM usage_dev.daily_user_summaries WHERE "user" = 'c'`)
	require.Equal(t, [][]string{{"usage"}, {"5"}}, rows, "what was put is crawled and queried")

	_, err = e.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: source, Key: aws.String("nothing")})
	requireCode(t, err, "NoSuchKey", "The specified key does not exist.")
	_, err = e.s3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("no-such-bucket")})
	requireCode(t, err, "NoSuchBucket", "")
	for _, place := range []struct{ bucket, key string }{{"source", "elsewhere/a.json"}, {"results", "a.csv"}, {"processed", "a.csv"}} {
		_, err = e.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(e.buckets[place.bucket]), Key: &place.key, Body: strings.NewReader("")})
		requireCode(t, err, "AccessDenied", "put data under s3://"+e.buckets["source"]+"/data/daily-user-summaries/")
	}
	_, err = e.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: source, Key: key})
	requireCode(t, err, "NotImplemented", "DELETE of")
	_, err = e.s3.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: source, Key: key})
	requireCode(t, err, "NotImplemented", "tagging")
}

func TestLargeObjectsComeInParts(t *testing.T) {
	e := serveDev(t, "")
	source, key := aws.String(e.buckets["source"]), aws.String("data/daily-user-summaries/year=2021/large.json")
	upload, err := e.s3.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: source, Key: key})
	require.NoError(t, err)
	part, err := e.s3.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: source, Key: key, UploadId: upload.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader(strings.Repeat("x", 6<<20))})
	require.NoError(t, err)
	_, err = e.s3.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{Bucket: source, Key: key, UploadId: upload.UploadId, MultipartUpload: completed(part.ETag)})
	require.NoError(t, err)
	head, err := e.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: source, Key: key})
	require.NoError(t, err)
	require.EqualValues(t, 6<<20, *head.ContentLength)
}

func TestMessagesAndEvents(t *testing.T) {
	e := serveDev(t, "")
	topics, err := e.sns.ListTopics(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, topics.Topics, 3)
	var results *string
	for _, topic := range topics.Topics {
		if strings.Contains(*topic.TopicArn, ":execute-queries-results") {
			results = topic.TopicArn
		}
	}
	_, err = e.sns.Publish(t.Context(), &sns.PublishInput{TopicArn: results, Message: aws.String("<é> & more"), Subject: aws.String("Hello")})
	require.NoError(t, err)
	queue, err := e.sqs.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: e.queue(t)})
	require.NoError(t, err)
	received, err := e.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, MaxNumberOfMessages: 10})
	require.NoError(t, err)
	require.Equal(t, "<é> & more", *received.Messages[0].Body)
	_, err = e.sns.Publish(t.Context(), &sns.PublishInput{TopicArn: aws.String(*results + "x"), Message: aws.String("m")})
	requireCode(t, err, "NotFound", "Topic does not exist")
	_, err = e.sqs.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("nothing")})
	requireCode(t, err, "QueueDoesNotExist", "")

	sent, err := e.events.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{
		{Source: aws.String("mine"), DetailType: aws.String("Order"), Detail: aws.String(`{"id": 1}`)},
		{Source: aws.String("aws.mine"), DetailType: aws.String("Order"), Detail: aws.String(`{}`)},
		{Source: aws.String("mine"), DetailType: aws.String("Order"), Detail: aws.String(`{`)},
	}})
	require.NoError(t, err)
	require.EqualValues(t, 2, sent.FailedEntryCount)
	require.NotEmpty(t, *sent.Entries[0].EventId)
	require.Equal(t, "InvalidArgument", *sent.Entries[1].ErrorCode)
	require.Equal(t, "MalformedDetail", *sent.Entries[2].ErrorCode)
}
