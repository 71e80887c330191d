package stack

import (
	"fmt"
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

var storageGuardrails = []guardrail{
	{
		rule:   "every bucket blocks public access",
		reason: "a later policy or access list must not be able to open the lake to the world",
		source: "S3.8 https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
		violations: eachBucket(publicAccessType, func(_ *deployment, _, block mockaws.Resource) (faults []string) {
			for _, input := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
				faults = append(faults, unless(block.Inputs[input] == true, "%s is not true", input)...)
			}
			return faults
		}),
		breaches: []breach{
			{"dev", set(publicAccessType, "lake-source", false, "restrictPublicBuckets"), "BucketV2 lake-source: restrictPublicBuckets is not true"},
			{"prod", set(publicAccessType, "lake-logs", nil, "blockPublicAcls"), "BucketV2 lake-logs: blockPublicAcls is not true"},
			{"prod", drop(publicAccessType, "lake-results"), "BucketV2 lake-results: has 0 BucketPublicAccessBlock, not one"},
		},
	},
	{
		rule:   "the owner of a bucket owns its objects, without access lists",
		reason: "an object's own access list escapes the bucket's policy",
		source: "S3.12 https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
		violations: eachBucket(ownershipType, func(_ *deployment, _, ownership mockaws.Resource) []string {
			is := textAt(ownership.Inputs, "rule", "objectOwnership")
			return unless(is == "BucketOwnerEnforced", "the ownership is %q, not BucketOwnerEnforced", is)
		}),
		breaches: []breach{
			{"prod", set(ownershipType, "lake-processed", "ObjectWriter", "rule", "objectOwnership"), `BucketV2 lake-processed: the ownership is "ObjectWriter", not BucketOwnerEnforced`},
		},
	},
	{
		rule:   "every bucket keeps versions",
		reason: "what was overwritten or deleted by mistake can be brought back",
		source: "S3.14 https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
		violations: eachBucket(versioningType, func(_ *deployment, _, versioning mockaws.Resource) []string {
			is := textAt(versioning.Inputs, "versioningConfiguration", "status")
			return unless(is == "Enabled", "the versioning is %q, not Enabled", is)
		}),
		breaches: []breach{
			{"dev", set(versioningType, "lake-source", "Suspended", "versioningConfiguration", "status"), `BucketV2 lake-source: the versioning is "Suspended", not Enabled`},
			{"prod", drop(versioningType, "lake-source"), "BucketV2 lake-source: has 0 BucketVersioningV2, not one"},
		},
	},
	{
		rule:   "old versions and abandoned uploads expire in every bucket",
		reason: "they cost as much as live objects, and nobody sees them",
		source: "S3.10 S3.13 https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",
		violations: eachBucket(lifecycleType, func(_ *deployment, _, lifecycle mockaws.Resource) []string {
			var versions, uploads bool
			for _, rule := range lifecycleRules(lifecycle) {
				everywhere := textAt(rule, "status") == "Enabled" && textAt(rule, "filter", "prefix") == ""
				versions = versions || everywhere && at(rule, "noncurrentVersionExpiration", "noncurrentDays") != nil
				uploads = uploads || everywhere && at(rule, "abortIncompleteMultipartUpload", "daysAfterInitiation") != nil
			}
			return slices.Concat(unless(versions, "old versions do not expire"), unless(uploads, "abandoned uploads do not expire"))
		}),
		breaches: []breach{
			{"dev", set(lifecycleType, "lake-source", nil, "rules", 0, "noncurrentVersionExpiration"), "BucketV2 lake-source: old versions do not expire"},
			{"prod", set(lifecycleType, "lake-logs", nil, "rules", 0, "abortIncompleteMultipartUpload"), "BucketV2 lake-logs: abandoned uploads do not expire"},
			{"prod", drop(lifecycleType, "lake-artifacts"), "BucketV2 lake-artifacts: has 0 BucketLifecycleConfigurationV2, not one"},
		},
	},
	{
		rule:   "query results and access logs expire, data does not",
		reason: "results can be had again and logs grow for ever, but a data lake's data is what people rely on",
		source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html https://docs.aws.amazon.com/athena/latest/ug/querying.html",
		violations: eachBucket(lifecycleType, func(_ *deployment, bucket, lifecycle mockaws.Resource) []string {
			expires := slices.ContainsFunc(lifecycleRules(lifecycle), func(rule any) bool {
				return at(rule, "expiration", "days") != nil && textAt(rule, "filter", "prefix") == ""
			})
			switch {
			case strings.HasSuffix(bucket.Name, "-results"), strings.HasSuffix(bucket.Name, "-logs"):
				return unless(expires, "its objects do not expire")
			default:
				return unless(!expires, "its objects expire")
			}
		}),
		breaches: []breach{
			{"prod", set(lifecycleType, "lake-source", map[string]any{"id": "expire", "status": "Enabled", "expiration": map[string]any{"days": 30.0}}, "rules", 1), "BucketV2 lake-source: its objects expire"},
			{"dev", set(lifecycleType, "lake-results", nil, "rules", 1, "expiration"), "BucketV2 lake-results: its objects do not expire"},
		},
	},
	{
		rule:   "what expires does so after as many days as the environment asks for",
		reason: "an old version that goes after a day is no way back; a result that stays is a copy of the data that nobody counts",
		source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",
		violations: eachBucket(lifecycleType, func(d *deployment, bucket, lifecycle mockaws.Resource) (faults []string) {
			asked := map[string]string{"results": d.given("resultDays"), "logs": d.given("logDays"), "artifacts": "7"}[bucket.Name[strings.LastIndex(bucket.Name, "-")+1:]]
			expires := false
			for _, rule := range lifecycleRules(lifecycle) {
				if days := at(rule, "noncurrentVersionExpiration", "noncurrentDays"); days != nil {
					faults = append(faults, unless(fmt.Sprint(days) == d.given("noncurrentDays"), "old versions go after %v days", days)...)
				}
				if days := at(rule, "expiration", "days"); days != nil {
					expires = textAt(rule, "status") == "Enabled"
					faults = append(faults, unless(fmt.Sprint(days) == asked, "its objects go after %v days", days)...)
				}
			}
			return append(faults, unless(expires || asked == "", "nothing expires after %s days", asked)...)
		}),
		breaches: []breach{
			{"prod", set(lifecycleType, "lake-source", 1.0, "rules", 0, "noncurrentVersionExpiration", "noncurrentDays"), "BucketV2 lake-source: old versions go after 1 days"},
			{"prod", set(lifecycleType, "lake-logs", 30.0, "rules", 0, "expiration", "days"), "BucketV2 lake-logs: its objects go after 30 days"},
			{"dev", set(lifecycleType, "lake-artifacts", "Disabled", "rules", 1, "status"), "BucketV2 lake-artifacts: nothing expires after 7 days"},
		},
	},
	{
		rule:   "no lifecycle rule moves objects to another storage class",
		reason: "Athena passes over archived objects without a word: its answers would be wrong, not late",
		source: "https://docs.aws.amazon.com/athena/latest/ug/querying-glacier.html",
		violations: eachBucket(lifecycleType, func(_ *deployment, _, lifecycle mockaws.Resource) (faults []string) {
			for _, rule := range lifecycleRules(lifecycle) {
				moved := at(rule, "transitions") != nil || at(rule, "noncurrentVersionTransitions") != nil
				faults = append(faults, unless(!moved, "the rule %q moves objects", textAt(rule, "id"))...)
			}
			return faults
		}),
		breaches: []breach{
			{"prod", set(lifecycleType, "lake-source", []any{map[string]any{"days": 30.0, "storageClass": "GLACIER"}}, "rules", 0, "transitions"), `BucketV2 lake-source: the rule "keep-tidy" moves objects`},
			{"dev", set(lifecycleType, "lake-processed", []any{map[string]any{"noncurrentDays": 30.0, "storageClass": "GLACIER_IR"}}, "rules", 0, "noncurrentVersionTransitions"), `BucketV2 lake-processed: the rule "keep-tidy" moves objects`},
		},
	},
	{
		rule:   "every bucket keeps access logs, each under a prefix of its own",
		reason: "who read what is asked after an incident, when it is too late to switch it on",
		source: "S3.9 https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
		violations: each(bucketType, func(d *deployment, bucket mockaws.Resource) []string {
			if isLogBucket(d, bucket) {
				return nil
			}
			logging := belonging(d, loggingType, "bucket", bucket.Outputs["bucket"])
			if len(logging) != 1 {
				return []string{"keeps no access log"}
			}
			prefix := logging[0].Inputs["targetPrefix"]
			return unless(len(belonging(d, loggingType, "targetPrefix", prefix)) == 1, "shares the prefix %q with another bucket", prefix)
		}),
		breaches: []breach{
			{"dev", drop(loggingType, "lake-results"), "BucketV2 lake-results: keeps no access log"},
			{"prod", set(loggingType, "lake-source", "processed/", "targetPrefix"), "BucketV2 lake-processed: shares the prefix \"processed/\" with another bucket\nBucketV2 lake-source: shares the prefix \"processed/\" with another bucket"},
		},
	},
	{
		rule:   "the bucket of the access logs lets S3 write them, and has no log of its own",
		reason: "S3 drops a log that it may not write, without a word; each entry of a log of its own would cause the next one, without end",
		source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html",
		violations: each(bucketType, func(d *deployment, bucket mockaws.Resource) []string {
			if !isLogBucket(d, bucket) {
				return nil
			}
			lets := slices.ContainsFunc(belonging(d, bucketPolicyType, "bucket", bucket.Outputs["bucket"]), func(policy mockaws.Resource) bool {
				return slices.ContainsFunc(statements(policy, "policy"), func(s statement) bool {
					return s.Effect == "Allow" && slices.Equal(s.services(), []string{"logging.s3.amazonaws.com"}) &&
						slices.Equal(s.Action, oneOrMore{"s3:PutObject"}) && slices.Equal(s.Resource, oneOrMore{bucket.Outputs["arn"].(string) + "/*"})
				})
			})
			return slices.Concat(
				unless(lets, "does not let the logs in, and them alone"),
				unless(len(belonging(d, loggingType, "bucket", bucket.Outputs["bucket"])) == 0, "logs its own logging"),
			)
		}),
		breaches: []breach{
			{"dev", set(loggingType, "lake-results", output(bucketType, "lake-logs", "bucket"), "bucket"), "BucketV2 lake-logs: logs its own logging"},
			{"prod", set(bucketPolicyType, "lake-logs", "Deny", "policy", "Statement", 1, "Effect"), "BucketV2 lake-logs: does not let the logs in, and them alone"},
		},
	},
	{
		rule:   "each bucket's notifications are in one resource, and go to EventBridge; the source bucket has some",
		reason: "S3 keeps one configuration a bucket: a second resource overwrites the first; a dataset's arrival is an event of the source bucket",
		source: "S3.11 https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html",
		violations: all(
			each(notificationType, func(d *deployment, notification mockaws.Resource) []string {
				return slices.Concat(
					unless(notification.Inputs["eventbridge"] == true, "does not go to EventBridge"),
					unless(len(belonging(d, notificationType, "bucket", notification.Inputs["bucket"])) == 1, "is not alone for its bucket"),
				)
			}),
			func(d *deployment) []string {
				return unless(len(belonging(d, notificationType, "bucket", at(d.Exports, "buckets", "source"))) > 0, "the source bucket tells nobody of its objects")
			},
		),
		breaches: []breach{
			{"prod", drop(notificationType, "lake-source"), "the source bucket tells nobody of its objects"},
			{"dev", set(notificationType, "lake-source", false, "eventbridge"), "BucketNotification lake-source: does not go to EventBridge"},
		},
	},
	{
		rule:   "what a crawler reads holds data alone",
		reason: "a table is every object under its prefix: results, scripts or temporary files there become rows",
		source: "https://docs.aws.amazon.com/athena/latest/ug/tables-location-format.html",
		violations: each(crawlerType, func(d *deployment, crawler mockaws.Resource) (faults []string) {
			targets, _ := crawler.Inputs["s3Targets"].([]any)
			for _, target := range targets {
				path := textAt(target, "path")
				for _, workgroup := range d.Find(workgroupType) {
					results := textAt(workgroup.Inputs, "configuration", "resultConfiguration", "outputLocation")
					faults = append(faults, unless(!strings.HasPrefix(results, path), "%s writes its results into what it reads", label(workgroup))...)
				}
				for _, bucket := range d.Find(bucketType) {
					logs := isLogBucket(d, bucket) && strings.HasPrefix(path, "s3://"+bucket.Outputs["bucket"].(string)+"/")
					faults = append(faults, unless(!logs, "reads access logs")...)
				}
			}
			return append(faults, unless(len(targets) > 0, "reads nothing")...)
		}),
		breaches: []breach{
			{"dev", set(crawlerType, "crawl-dataset-crawler", []any{}, "s3Targets"), "Crawler crawl-dataset-crawler: reads nothing"},
			{"prod", set(workgroupType, "execute-queries-workgroup", func(d *deployment) string {
				return textAt(d.named(crawlerType, "crawl-dataset-crawler").Inputs, "s3Targets", 0, "path") + "results/"
			}, "configuration", "resultConfiguration", "outputLocation"), "Crawler crawl-dataset-crawler: Workgroup execute-queries-workgroup writes its results into what it reads\nCrawler crawl-dataset-full-crawler: Workgroup execute-queries-workgroup writes its results into what it reads"},
			{"dev", set(crawlerType, "crawl-dataset-crawler", func(d *deployment) string {
				return "s3://" + textAt(d.Exports, "buckets", "logs") + "/"
			}, "s3Targets", 0, "path"), "Crawler crawl-dataset-crawler: reads access logs"},
		},
	},
}

func lifecycleRules(lifecycle mockaws.Resource) []any {
	rules, _ := lifecycle.Inputs["rules"].([]any)
	return rules
}

// isLogBucket tells whether other buckets' access logs go to a bucket.
func isLogBucket(d *deployment, bucket mockaws.Resource) bool {
	return len(belonging(d, loggingType, "targetBucket", bucket.Outputs["bucket"])) > 0
}
