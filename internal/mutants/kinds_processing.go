package mutants

const (
	crawlerType = "glue/crawler:Crawler"
	jobType     = "glue/job:Job"
	tableType   = "glue/catalogTable:CatalogTable"
)

// processingKinds are about crawlers, jobs, tables and workgroups.
var processingKinds = []Kind{
	{"a crawler deletes what it does not find", Guardrails, in(of(crawlerType), func(c place) []Mutant { return c.set("DELETE_FROM_DATABASE", "schemaChangePolicy", "deleteBehavior") })},
	{"a crawler changes tables, or does not", Guardrails, in(of(crawlerType), func(c place) []Mutant {
		return append(c.set("LOG", "schemaChangePolicy", "updateBehavior"), c.set("UPDATE_IN_DATABASE", "schemaChangePolicy", "updateBehavior")...)
	})},
	{"a crawler reads everything, or only what is new", Guardrails, in(of(crawlerType), func(c place) []Mutant {
		return append(c.set("CRAWL_EVERYTHING", "recrawlPolicy", "recrawlBehavior"), c.set("CRAWL_NEW_FOLDERS_ONLY", "recrawlPolicy", "recrawlBehavior")...)
	})},
	{"a crawler reads what is no data", Guardrails, in(of(crawlerType), func(c place) []Mutant { return c.loseEach("s3Targets", 0, "exclusions") })},
	{"a crawler makes tables of its own", Guardrails, in(of(crawlerType), func(c place) (made []Mutant) {
		return append(c.lose("configuration"), c.loseEach("configuration")...)
	})},
	{"a crawler reads elsewhere", Run, in(of(crawlerType), func(c place) []Mutant {
		return append(c.set(c.text("s3Targets", 0, "path")+"elsewhere/", "s3Targets", 0, "path"), c.set("s3://elsewhere/", "s3Targets", 0, "path")...)
	})},
	{"a crawler writes into another database", Run, anotherOf("databaseName", crawlerType)},
	{"a crawler or job has another's role", Guardrails, anotherOf("role", crawlerType)},
	{"a job has another's role", Guardrails, anotherOf("roleArn", jobType)},
	{"a job has another argument", Run, in(of(jobType), func(job place) (made []Mutant) {
		for _, argument := range []string{"--source", "--target", "--quarantine", "--devices", "--extra-py-files"} {
			made = append(made, job.set(job.text("defaultArguments", argument)+"elsewhere/", "defaultArguments", argument)...)
		}
		return append(append(made, job.set("-05:00", "defaultArguments", "--utc-offset")...), job.set("0 days", "defaultArguments", "--lateness")...)
	})},
	{"a job ends too early, or never", Guardrails, in(of(jobType), func(job place) []Mutant { return append(job.set(1.0, "timeout"), job.lose("timeout")...) })},
	{"a job tries again, or runs beside itself", Guardrails, in(of(jobType), func(job place) []Mutant {
		return append(job.set(3.0, "maxRetries"), job.set(2.0, "executionProperty", "maxConcurrentRuns")...)
	})},
	{"a job remembers what it has read", Guardrails, in(of(jobType), func(job place) []Mutant {
		return job.changed("--job-bookmark-option is job-bookmark-enable", "job-bookmark-enable", "defaultArguments", "--job-bookmark-option")
	})},
	{"a job is another version, or for the impatient", Guardrails, in(of(jobType), func(job place) []Mutant {
		return append(job.set("2.0", "glueVersion"), job.set("FLEX", "executionClass")...)
	})},
	{"a job's data is not encrypted", Guardrails, in(of(jobType, crawlerType), func(r place) []Mutant { return r.lose("securityConfiguration") })},
	{"a job's encryption is off", Guardrails, in(of("glue/securityConfiguration:SecurityConfiguration"), func(s place) (made []Mutant) {
		for _, part := range []string{"s3Encryption", "cloudwatchEncryption", "jobBookmarksEncryption"} {
			for _, leaf := range leaves(s.below("encryptionConfiguration", part)) {
				made = append(made, leaf.set("DISABLED")...)
			}
		}
		return made
	})},
	{"a table's days are not those that there are", Guardrails, in(of(tableType), func(table place) (made []Mutant) {
		for _, parameter := range [][2]string{
			{"enabled", "false"}, {"date.range", "2026-01-05,NOW"}, {"date.format", "dd-MM-yyyy"}, {"date.interval.unit", "YEARS"}, {"date.type", "enum"},
		} {
			made = append(made, table.set(parameter[1], "parameters", "projection."+parameter[0])...)
		}
		return append(made, table.set("s3://elsewhere/date=${date}/", "parameters", "storage.location.template")...)
	})},
	{"a table has other columns", Run, in(of(tableType), func(table place) (made []Mutant) {
		made = append(table.loseEach("storageDescriptor", "columns"), table.lose("parameters", "skip.header.line.count")...)
		return append(made, table.set("s3://elsewhere/", "storageDescriptor", "location")...)
	})},
	{"a workgroup lets queries do anything", Guardrails, in(of("athena/workgroup:Workgroup"), func(w place) (made []Mutant) {
		made = append(w.set(false, "configuration", "enforceWorkgroupConfiguration"), w.lose("configuration", "bytesScannedCutoffPerQuery")...)
		made = append(made, w.set(false, "configuration", "publishCloudwatchMetricsEnabled")...)
		return append(made, w.lose("configuration", "resultConfiguration", "encryptionConfiguration")...)
	})},
	{"a query stops early", Run, in(of("athena/workgroup:Workgroup"), func(w place) []Mutant { return w.set(1.0, "configuration", "bytesScannedCutoffPerQuery") })},
	{"results go elsewhere", Run, in(of("athena/workgroup:Workgroup"), func(w place) []Mutant {
		return w.set(w.text("configuration", "resultConfiguration", "outputLocation")+"elsewhere/", "configuration", "resultConfiguration", "outputLocation")
	})},
	{"a script is another, or missing", Guardrails, in(of("s3/bucketObjectv2:BucketObjectv2"), func(o place) []Mutant { return append(o.drop(), o.set("elsewhere", "key")...) })},
}
