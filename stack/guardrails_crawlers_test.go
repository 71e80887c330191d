package stack

import (
	"fmt"
	"slices"

	"datalake/internal/mockaws"
)

var crawlerGuardrails = []guardrail{
	{
		rule:   "a crawler deletes nothing, and changes tables only where it reads everything",
		reason: "a folder that is away for a night would take its partitions along; Glue refuses a crawler of new folders that changes tables",
		source: "https://docs.aws.amazon.com/glue/latest/dg/incremental-crawls.html https://docs.aws.amazon.com/glue/latest/dg/crawler-schema-changes-prevent.html",
		violations: each(crawlerType, func(_ *deployment, crawler mockaws.Resource) []string {
			recrawl, update := textAt(crawler.Inputs, "recrawlPolicy", "recrawlBehavior"), textAt(crawler.Inputs, "schemaChangePolicy", "updateBehavior")
			sound := recrawl == "CRAWL_NEW_FOLDERS_ONLY" && update == "LOG" || recrawl == "CRAWL_EVERYTHING" && update == "UPDATE_IN_DATABASE"
			return slices.Concat(
				unless(at(crawler.Inputs, "schemaChangePolicy", "deleteBehavior") == "LOG", "deletes what it does not find"),
				unless(sound, "reads by %s, and changes tables by %s", recrawl, update),
			)
		}),
		breaches: []breach{
			{"dev", set(crawlerType, "crawl-dataset-crawler", "DEPRECATE_IN_DATABASE", "schemaChangePolicy", "deleteBehavior"), "Crawler crawl-dataset-crawler: deletes what it does not find"},
			{"prod", set(crawlerType, "weekly-etl-crawler", "CRAWL_EVERYTHING", "recrawlPolicy", "recrawlBehavior"), "Crawler weekly-etl-crawler: reads by CRAWL_EVERYTHING, and changes tables by LOG"},
			{"prod", set(crawlerType, "crawl-dataset-full-crawler", nil, "schemaChangePolicy"), "Crawler crawl-dataset-full-crawler: deletes what it does not find\nCrawler crawl-dataset-full-crawler: reads by CRAWL_EVERYTHING, and changes tables by "},
		},
	},
	{
		rule:   "a crawler makes one table of a dataset, whose partitions have its columns, and passes over what is no data",
		reason: "folders whose files differ in a column become a table each, and reports read one of them",
		source: "https://docs.aws.amazon.com/glue/latest/dg/crawler-grouping-policy.html https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html https://docs.aws.amazon.com/glue/latest/dg/define-crawler-choose-data-sources.html",
		violations: each(crawlerType, func(_ *deployment, crawler mockaws.Resource) (faults []string) {
			configuration := at(crawler.Inputs, "configuration")
			for _, setting := range []struct {
				is   string
				path []any
			}{
				{"CombineCompatibleSchemas", []any{"Grouping", "TableGroupingPolicy"}},
				{"InheritFromTable", []any{"CrawlerOutput", "Partitions", "AddOrUpdateBehavior"}},
				{"MergeNewColumns", []any{"CrawlerOutput", "Tables", "AddOrUpdateBehavior"}},
			} {
				faults = append(faults, unless(textAt(configuration, setting.path...) == setting.is, "is not told to %s", setting.is)...)
			}
			targets, _ := crawler.Inputs["s3Targets"].([]any)
			for i := range targets {
				exclusions, _ := at(crawler.Inputs, "s3Targets", i, "exclusions").([]any)
				for _, pattern := range []any{"_SUCCESS", "**/_SUCCESS", "**.tmp"} {
					faults = append(faults, unless(slices.Contains(exclusions, pattern), "reads %s", pattern)...)
				}
			}
			return faults
		}),
		breaches: []breach{
			{"dev", set(crawlerType, "crawl-dataset-crawler", nil, "configuration", "Grouping"), "Crawler crawl-dataset-crawler: is not told to CombineCompatibleSchemas"},
			{"prod", set(crawlerType, "weekly-etl-crawler", []any{"_SUCCESS", "**/_SUCCESS"}, "s3Targets", 0, "exclusions"), "Crawler weekly-etl-crawler: reads **.tmp"},
		},
	},
	{
		rule:   "what a job is started with has been uploaded",
		reason: "Glue takes any URI, and fails when it looks there",
		source: "https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html",
		violations: each(jobType, func(d *deployment, job mockaws.Resource) (faults []string) {
			for _, uri := range []string{textAt(job.Inputs, "command", "scriptLocation"), textAt(job.Inputs, "defaultArguments", "--extra-py-files"), textAt(job.Inputs, "defaultArguments", "--devices")} {
				uploaded := uri == "" || slices.ContainsFunc(d.Find(objectType), func(object mockaws.Resource) bool {
					return uri == fmt.Sprintf("s3://%v/%v", object.Inputs["bucket"], object.Inputs["key"])
				})
				faults = append(faults, unless(uploaded, "%s is not uploaded", uri)...)
			}
			return faults
		}),
		breaches: []breach{
			{"dev", drop(objectType, "weekly-etl-devices"), "Job weekly-etl-job: s3://lake-artifacts-b982b4b/etl/devices.json is not uploaded"},
			{"prod", set(objectType, "weekly-etl-script", "etl/other.py", "key"), "Job weekly-etl-job: s3://lake-artifacts-aa03755/etl/weather-transform.py is not uploaded"},
		},
	},
}
