package stack

import (
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

var jobGuardrails = []guardrail{
	{
		rule:   "a job ends in time, runs alone, and leaves it to its state machine to try again",
		reason: "a run may take two days unless told otherwise; two at once overwrite each other, and a retry of its own is one that nobody counts",
		source: "https://docs.aws.amazon.com/glue/latest/dg/add-job.html https://docs.aws.amazon.com/glue/latest/webapi/API_Job.html",
		violations: each(jobType, func(_ *deployment, job mockaws.Resource) []string {
			minutes, _ := job.Inputs["timeout"].(float64)
			return slices.Concat(
				unless(minutes >= 30 && minutes <= 120, "ends after %v minutes", job.Inputs["timeout"]),
				unless(at(job.Inputs, "executionProperty", "maxConcurrentRuns") == 1.0, "runs beside itself"),
				unless(job.Inputs["maxRetries"] == 0.0, "tries again %v times", job.Inputs["maxRetries"]),
			)
		}),
		breaches: []breach{
			{"dev", set(jobType, "weekly-etl-job", nil, "timeout"), "Job weekly-etl-job: ends after <nil> minutes"},
			{"prod", set(jobType, "weekly-etl-job", 2.0, "executionProperty", "maxConcurrentRuns"), "Job weekly-etl-job: runs beside itself"},
			{"prod", set(jobType, "weekly-etl-job", 1.0, "maxRetries"), "Job weekly-etl-job: tries again 1 times"},
		},
	},
	{
		rule:   "a job reads each time what it is asked for, and production's begins at once",
		reason: "a bookmark has a backfill read nothing; a flexible run begins when Glue has machines to spare, or not at all",
		source: "https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html https://docs.aws.amazon.com/glue/latest/dg/add-job.html",
		violations: each(jobType, func(d *deployment, job mockaws.Resource) []string {
			bookmark := textAt(job.Inputs, "defaultArguments", "--job-bookmark-option")
			flexible := d.given("flexibleJobs") == "true" && !d.isProduction()
			return slices.Concat(
				unless(bookmark == "" || bookmark == "job-bookmark-disable", "keeps a bookmark"),
				unless(flexible || job.Inputs["executionClass"] == "STANDARD", "is of the class %v", job.Inputs["executionClass"]),
			)
		}),
		breaches: []breach{
			{"dev", set(jobType, "weekly-etl-job", "job-bookmark-enable", "defaultArguments", "--job-bookmark-option"), "Job weekly-etl-job: keeps a bookmark"},
			{"prod", set(jobType, "weekly-etl-job", "FLEX", "executionClass"), "Job weekly-etl-job: is of the class FLEX"},
		},
	},
	{
		rule:   "a job names its version of Glue, one that AWS maintains",
		reason: "the default changes under the job, and old versions get no fixes",
		source: "Glue.4 https://docs.aws.amazon.com/glue/latest/dg/glue-version-support-policy.html",
		violations: each(jobType, func(_ *deployment, job mockaws.Resource) []string {
			version := textAt(job.Inputs, "glueVersion")
			return unless(slices.Contains([]string{"4.0", "5.0", "5.1"}, version), "runs on Glue %q", version)
		}),
		breaches: []breach{
			{"dev", set(jobType, "weekly-etl-job", "2.0", "glueVersion"), `Job weekly-etl-job: runs on Glue "2.0"`},
			{"prod", set(jobType, "weekly-etl-job", nil, "glueVersion"), `Job weekly-etl-job: runs on Glue ""`},
		},
	},
	{
		rule:       "what a job or a crawler writes is encrypted with the customer key where the environment has one, logs and bookmarks included",
		reason:     "the bucket's default does not reach the logs, which name folders and columns, and the job's own state",
		source:     "https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html",
		violations: all(each(jobType, isEncryptedByGlue), each(crawlerType, isEncryptedByGlue)),
		breaches: []breach{
			{"prod", set(jobType, "weekly-etl-job", nil, "securityConfiguration"), "Job weekly-etl-job: has no security configuration"},
			{"prod", set(crawlerType, "crawl-dataset-crawler", nil, "securityConfiguration"), "Crawler crawl-dataset-crawler: has no security configuration"},
			{"prod", set(securityType, "weekly-etl-security", "DISABLED", "encryptionConfiguration", "cloudwatchEncryption", "cloudwatchEncryptionMode"), "Job weekly-etl-job: cloudwatchEncryption is not SSE-KMS with the stack's key\nCrawler weekly-etl-crawler: cloudwatchEncryption is not SSE-KMS with the stack's key"},
			{"prod", set(securityType, "weekly-etl-security", "alias/aws/s3", "encryptionConfiguration", "s3Encryption", "kmsKeyArn"), "Job weekly-etl-job: s3Encryption is not SSE-KMS with the stack's key\nCrawler weekly-etl-crawler: s3Encryption is not SSE-KMS with the stack's key"},
		},
	},
	{
		rule:   "scripts and temporary files lie in the artifacts bucket, and are not shared",
		reason: "beside the data they would become rows; whoever can change a script has its role",
		source: "S3.12 https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html",
		violations: all(
			each(jobType, func(d *deployment, job mockaws.Resource) []string {
				artifacts := "s3://" + textAt(d.Exports, "buckets", "artifacts") + "/"
				modules := textAt(job.Inputs, "defaultArguments", "--extra-py-files")
				return slices.Concat(
					unless(strings.HasPrefix(textAt(job.Inputs, "command", "scriptLocation"), artifacts), "its script lies elsewhere"),
					unless(modules == "" || strings.HasPrefix(modules, artifacts), "its modules lie elsewhere"),
					unless(strings.HasPrefix(textAt(job.Inputs, "defaultArguments", "--TempDir"), artifacts), "its temporary files lie elsewhere"),
				)
			}),
			each(objectType, func(d *deployment, object mockaws.Resource) []string {
				return slices.Concat(
					unless(object.Inputs["bucket"] == at(d.Exports, "buckets", "artifacts"), "lies elsewhere"),
					unless(object.Inputs["acl"] == nil, "has an access list"),
				)
			}),
		),
		breaches: []breach{
			{"dev", set(jobType, "weekly-etl-job", "s3://elsewhere/script.py", "command", "scriptLocation"), "Job weekly-etl-job: its script lies elsewhere"},
			{"dev", set(jobType, "weekly-etl-job", "s3://elsewhere/weather.zip", "defaultArguments", "--extra-py-files"), "Job weekly-etl-job: its modules lie elsewhere"},
			{"prod", set(jobType, "weekly-etl-job", nil, "defaultArguments", "--TempDir"), "Job weekly-etl-job: its temporary files lie elsewhere"},
			{"prod", set(objectType, "weekly-etl-script", output(bucketType, "lake-source", "bucket"), "bucket"), "BucketObjectv2 weekly-etl-script: lies elsewhere"},
			{"dev", set(objectType, "weekly-etl-devices", "public-read", "acl"), "BucketObjectv2 weekly-etl-devices: has an access list"},
		},
	},
	{
		rule:   "a job reads and writes folders that do not lie in each other",
		reason: "what it wrote would be read as messages, or its quarantine as the dataset",
		source: "https://docs.aws.amazon.com/athena/latest/ug/tables-location-format.html",
		violations: each(jobType, func(_ *deployment, job mockaws.Resource) (faults []string) {
			folders := []string{"--source", "--target", "--quarantine", "--TempDir"}
			for _, outer := range folders {
				for _, inner := range folders {
					inside := strings.HasPrefix(textAt(job.Inputs, "defaultArguments", inner), textAt(job.Inputs, "defaultArguments", outer))
					faults = append(faults, unless(outer == inner || !inside, "%s lies in %s", inner, outer)...)
				}
			}
			return faults
		}),
		breaches: []breach{
			{"prod", set(jobType, "weekly-etl-job", func(d *deployment) string {
				return textAt(d.named(jobType, "weekly-etl-job").Inputs, "defaultArguments", "--target") + "refused/"
			}, "defaultArguments", "--quarantine"), "Job weekly-etl-job: --quarantine lies in --target"},
		},
	},
	{
		rule:   "a table that is declared leaves its objects where they are, inside what its job writes",
		reason: "Athena deletes the objects of a managed table with it, and a table elsewhere stays empty",
		source: "https://docs.aws.amazon.com/athena/latest/ug/create-table.html",
		violations: each(tableType, func(d *deployment, table mockaws.Resource) []string {
			location := textAt(table.Inputs, "storageDescriptor", "location")
			written := slices.ContainsFunc(d.Find(jobType), func(job mockaws.Resource) bool {
				return textAt(job.Inputs, "defaultArguments", "--target") == location
			})
			return slices.Concat(
				unless(table.Inputs["tableType"] == "EXTERNAL_TABLE", "is of the type %v", table.Inputs["tableType"]),
				unless(written, "lies where no job writes"),
			)
		}),
		breaches: []breach{
			{"dev", set(tableType, "weekly-etl-table", "MANAGED_TABLE", "tableType"), "CatalogTable weekly-etl-table: is of the type MANAGED_TABLE"},
			{"prod", set(tableType, "weekly-etl-table", "s3://elsewhere/", "storageDescriptor", "location"), "CatalogTable weekly-etl-table: lies where no job writes"},
		},
	},
	{
		rule:   "a table that is declared has its partitions projected, every day until tomorrow in UTC, below its own folder",
		reason: "nobody adds partitions; a key without a projection fails every query, and a day out of range is not seen, such as one that has already begun east of Greenwich",
		source: "https://docs.aws.amazon.com/athena/latest/ug/partition-projection-setting-up.html https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html",
		violations: each(tableType, func(_ *deployment, table mockaws.Resource) []string {
			parameters, _ := table.Inputs["parameters"].(map[string]any)
			keys, _ := table.Inputs["partitionKeys"].([]any)
			faults := unless(parameters["projection.enabled"] == "true", "has no projection")
			for _, key := range keys {
				name := textAt(key, "name")
				template := textAt(parameters, "storage.location.template")
				faults = slices.Concat(faults,
					unless(parameters["projection."+name+".type"] == "date" && parameters["projection."+name+".format"] == "yyyy-MM-dd" &&
						parameters["projection."+name+".interval"] == "1" && parameters["projection."+name+".interval.unit"] == "DAYS", "does not project %s as a date for each day", name),
					unless(strings.HasSuffix(textAt(parameters, "projection."+name+".range"), ",NOW+1DAYS"), "ends with another day than tomorrow"),
					unless(template == textAt(table.Inputs, "storageDescriptor", "location")+name+"=${"+name+"}/", "looks for %s elsewhere", name),
				)
			}
			return faults
		}),
		breaches: []breach{
			{"dev", set(tableType, "weekly-etl-table", "false", "parameters", "projection.enabled"), "CatalogTable weekly-etl-table: has no projection"},
			{"prod", set(tableType, "weekly-etl-table", nil, "parameters", "projection.date.format"), "CatalogTable weekly-etl-table: does not project date as a date for each day"},
			{"prod", set(tableType, "weekly-etl-table", "2020-01-01,NOW", "parameters", "projection.date.range"), "CatalogTable weekly-etl-table: ends with another day than tomorrow"},
			{"dev", set(tableType, "weekly-etl-table", "s3://elsewhere/date=${date}/", "parameters", "storage.location.template"), "CatalogTable weekly-etl-table: looks for date elsewhere"},
		},
	},
}

// isEncryptedByGlue judges what a job or a crawler writes: its security configuration encrypts all of it.
func isEncryptedByGlue(d *deployment, user mockaws.Resource) (faults []string) {
	if !d.hasKey() {
		return nil
	}
	security, has := d.lookup(securityType, "name", textAt(user.Inputs, "securityConfiguration"))
	if !has {
		return []string{"has no security configuration"}
	}
	for _, part := range []struct{ block, mode, is string }{
		{"s3Encryption", "s3EncryptionMode", "SSE-KMS"},
		{"cloudwatchEncryption", "cloudwatchEncryptionMode", "SSE-KMS"},
		{"jobBookmarksEncryption", "jobBookmarksEncryptionMode", "CSE-KMS"},
	} {
		block := at(security.Inputs, "encryptionConfiguration", part.block)
		sound := textAt(block, part.mode) == part.is && textAt(block, "kmsKeyArn") != "" && textAt(block, "kmsKeyArn") == d.key()
		faults = append(faults, unless(sound, "%s is not %s with the stack's key", part.block, part.is)...)
	}
	return faults
}
