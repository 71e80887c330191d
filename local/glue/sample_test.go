package glue

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSampleDataset(t *testing.T) {
	l := newLab(t)
	l.putSample(2016)
	l.put("data/daily-user-summaries/_SUCCESS", `""`)
	c := settings("s3://lake/data/daily-user-summaries/")
	c.S3Targets[0].Exclusions = []string{"**/_SUCCESS"}
	l.mustCrawl(c)

	table := l.table("Daily_User_Summaries")
	partitions := table.Partitions
	table.Partitions = nil
	require.Equal(t, Table{
		Database:      "usage",
		Name:          "daily_user_summaries",
		Location:      "s3://lake/data/daily-user-summaries/",
		Columns:       []Column{{"usage", "int"}, {"user", "string"}},
		PartitionKeys: []Column{{"year", "string"}, {"month", "string"}, {"date", "string"}},
		InputFormat:   "org.apache.hadoop.mapred.TextInputFormat",
		OutputFormat:  "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
		SerDe:         SerDe{"org.openx.data.jsonserde.JsonSerDe", map[string]string{"paths": "usage,user"}},
		Parameters: map[string]string{
			"classification":                   "json",
			"compressionType":                  "none",
			"typeOfData":                       "file",
			"objectCount":                      "3564",
			"recordCount":                      "3564",
			"sizeKey":                          "136080",
			"averageRecordSize":                "38",
			"partition_filtering.enabled":      "true",
			"exclusions":                       `["s3://lake/data/daily-user-summaries/**/_SUCCESS"]`,
			"CrawlerSchemaSerializerVersion":   "1.0",
			"CrawlerSchemaDeserializerVersion": "1.0",
			"CRAWL_RUN_ID":                     runID("nightly", 1),
			"UPDATED_BY_CRAWLER":               "nightly",
		},
	}, table)
	require.Len(t, partitions, 324)
	require.Equal(t, Partition{
		Values:   []string{"2016", "01", "2016-01-01"},
		Location: "s3://lake/data/daily-user-summaries/year=2016/month=01/date=2016-01-01/",
	}, partitions[0])
	require.Equal(t, []Crawl{{
		Crawler: "nightly", Status: succeeded, Started: start, Ended: start.Add(78 * time.Second), Objects: 3564, Read: 3564,
		TablesAdded: []string{"daily_user_summaries"}, PartitionsAdded: 324,
	}}, l.Crawls())
}

// The whole sample: 21,384 objects in 1,944 partitions.
func BenchmarkSample(b *testing.B) {
	l := newLab(b)
	l.putSample(2016, 2017, 2018, 2019, 2020, 2021)
	require.NoError(b, l.CreateCrawler(settings("s3://lake/data/")))
	for b.Loop() {
		begin := time.Now()
		require.NoError(b, l.StartCrawler("nightly"))
		l.clock.pass(time.Hour)
		b.ReportMetric(time.Since(begin).Seconds(), "crawl-s")
		require.Len(b, l.table("daily_user_summaries").Partitions, 1944)
		require.Equal(b, "816480", l.table("daily_user_summaries").Parameters["sizeKey"])
	}
}
