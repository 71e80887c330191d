package engine

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"datalake/local/access"
	"datalake/local/athena"
	"datalake/local/glue"
	"datalake/local/interpreter"
	"datalake/local/objects"
	"datalake/local/parameters"
	"datalake/local/policy"
)

// caller is the execution that calls a task, as IAM sees it.
func (e *Engine) caller(task interpreter.Task) access.Caller {
	return e.calls.As(task.Execution.RoleARN, inWords(task))
}

// inWords says what calls a task. A task that a test makes up has no execution, and so no role.
func inWords(task interpreter.Task) string {
	if task.Execution == nil {
		return fmt.Sprintf("state %q", task.State)
	}
	return fmt.Sprintf("%s, state %q", task.Execution.StateMachineName, task.State)
}

// record takes a call down with its arguments, by its integration.
func (e *Engine) record(by, integration string, arguments any) {
	if e.options.Record == nil {
		return
	}
	service, operation := parameters.Operation(integration)
	e.options.Record.Note(parameters.Call{By: by, Service: service, Operation: operation, Arguments: arguments})
}

// noteTask notes what a task asks IAM for, before it is carried out; what Athena and a job do besides is noted when it is
// known.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
func (e *Engine) noteTask(integration string, task interpreter.Task) {
	if task.Execution == nil {
		return
	}
	role := e.caller(task)
	arguments := plainArguments(task)
	argument := func(name string) string {
		value, _ := arguments[name].(string)
		return value
	}
	crawler := func(name string) string { return e.calls.ARN("glue", "crawler/"+name) }
	switch integration {
	case "aws-sdk:s3:putObject":
		role.Object("s3:PutObject", argument("Bucket"), argument("Key"))
	case "aws-sdk:s3:getObject":
		role.Object("s3:GetObject", argument("Bucket"), argument("Key"))
	case "aws-sdk:glue:startCrawler":
		role.Call("glue:StartCrawler", crawler(argument("Name")))
	case "aws-sdk:glue:getCrawler":
		role.Call("glue:GetCrawler", crawler(argument("Name")))
	case "aws-sdk:glue:listCrawls":
		role.Call("glue:ListCrawls", crawler(argument("CrawlerName")))
	case "athena:startQueryExecution.sync":
		role.Call("athena:StartQueryExecution", e.calls.ARN("athena", "workgroup/"+cmp.Or(argument("WorkGroup"), "primary")))
	case "athena:getQueryResults":
		if query, err := e.athena.Execution(argument("QueryExecutionId")); err == nil {
			bucket, key := objects.SplitURI(query.Output())
			role.Call("athena:GetQueryResults", e.calls.ARN("athena", "workgroup/"+query.WorkGroup()))
			role.Object("s3:GetObject", bucket, key)
		}
	case "glue:startJobRun.sync":
		role.Call("glue:StartJobRun", e.calls.ARN("glue", "job/"+argument("JobName")))
	case "aws-sdk:sfn:listExecutions":
		role.Call("states:ListExecutions", argument("StateMachineArn"))
	case "aws-sdk:cloudwatch:putMetricData":
		role.Call("cloudwatch:PutMetricData", "*", "cloudwatch:namespace", argument("Namespace"))
	case "sns:publish":
		role.Publish(argument("TopicArn"))
	case "events:putEvents":
		for _, entry := range argumentsOf[PutEventsArguments](task).Entries {
			bus := cmp.Or(entry.EventBusName, "default")
			if !strings.HasPrefix(bus, "arn:") {
				bus = e.calls.ARN("events", "event-bus/"+bus)
			}
			role.Call("events:PutEvents", bus, "events:source", entry.Source, "events:detail-type", entry.DetailType)
		}
	}
}

// noteQuery notes what Athena asks for in the name of whoever runs a query that has ended: the catalog, the data and the
// result. Which of a table's partitions were read is not known here: all of them stand for those.
//
// https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena.html
// https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
func (e *Engine) noteQuery(task interpreter.Task, query *athena.Execution) {
	if task.Execution == nil {
		return
	}
	role := e.caller(task)
	bucket, key := objects.SplitURI(query.Output())
	arn := e.calls.ARN("athena", "workgroup/"+query.WorkGroup())
	role.Call("athena:GetQueryExecution", arn)
	if query.Stopped() {
		role.Call("athena:StopQueryExecution", arn)
	}
	role.Call("athena:GetDataCatalog", e.calls.ARN("athena", "datacatalog/AwsDataCatalog"))
	role.Catalog("glue:GetDatabase", "default", "")
	for name := range query.Tables {
		database, table, _ := strings.Cut(name, ".")
		role.Catalog("glue:GetDatabase", database, "")
		role.Catalog("glue:GetTable", database, table)
		e.noteRead(role, database, table)
	}
	role.Call("s3:GetBucketLocation", "arn:aws:s3:::"+bucket)
	if query.Error == nil {
		role.Object("s3:PutObject", bucket, key)
		role.Object("s3:PutObject", bucket, key+".metadata")
	}
}

// noteRead notes the reading of a table's data; an object stands for all of a folder.
func (e *Engine) noteRead(role access.Caller, database, name string) {
	table, found := queried{e.catalog, e.glue}.Table(database, name)
	if !found {
		return
	}
	locations := []string{table.Location}
	if len(table.PartitionKeys) > 0 {
		if catalogued, _ := e.catalog.Table(database, name); !catalogued.IsProjected() {
			role.Catalog("glue:GetPartitions", database, name)
		}
		locations = nil
		for _, partition := range table.Partitions {
			locations = append(locations, partition.Location)
		}
	}
	bucket, _ := objects.SplitURI(table.Location)
	role.Call("s3:GetBucketLocation", "arn:aws:s3:::"+bucket)
	for _, location := range locations {
		bucket, prefix := objects.SplitURI(location)
		role.List(bucket, prefix)
		role.Object("s3:GetObject", bucket, prefix+"object")
	}
}

// noteCrawls notes what the crawls that have ended asked for. AWS does not say which actions of the catalog a crawler calls:
// these are what its outcome takes.
//
// https://docs.aws.amazon.com/glue/latest/dg/crawler-prereqs.html
func (e *Engine) noteCrawls() error {
	for _, crawl := range e.glue.Crawls()[e.crawlsNoted:] {
		e.crawlsNoted++
		i := slices.IndexFunc(e.resources.crawlers, func(c glue.Crawler) bool { return c.Name == crawl.Crawler })
		crawler := e.resources.crawlers[i]
		arn := e.calls.ARN("glue", "crawler/"+crawler.Name)
		role := e.calls.Take("glue.amazonaws.com", crawler.Role, arn, "crawler "+crawler.Name)
		role.GlueLog(arn, "/aws-glue/crawlers")
		role.Catalog("glue:GetDatabase", crawler.Database, "")
		for _, target := range crawler.S3Targets {
			bucket, _ := objects.SplitURI(target.Path)
			role.Call("s3:GetBucketLocation", "arn:aws:s3:::"+bucket)
			if err := e.noteReading(role, target.Path); err != nil {
				return err
			}
		}
		for _, table := range crawl.TablesAdded {
			role.Catalog("glue:CreateTable", crawler.Database, table)
		}
		for _, table := range crawl.TablesUpdated {
			role.Catalog("glue:UpdateTable", crawler.Database, table)
		}
		tables, err := e.catalog.Tables(crawler.Database)
		if err != nil {
			return fmt.Errorf("note what crawler %s called: %w", crawler.Name, err)
		}
		for _, table := range tables {
			if !slices.ContainsFunc(crawler.S3Targets, func(t glue.S3Target) bool { return strings.HasPrefix(table.Location, t.Path) }) {
				continue
			}
			role.Catalog("glue:GetTable", crawler.Database, table.Name)
			if crawl.PartitionsAdded > 0 {
				role.Catalog("glue:BatchGetPartition", crawler.Database, table.Name)
				role.Catalog("glue:BatchCreatePartition", crawler.Database, table.Name)
			}
		}
	}
	return nil
}

// noteReading notes the listing of each folder below a URI, and the reading of each object.
func (e *Engine) noteReading(role access.Caller, uri string) error {
	bucket, prefix := objects.SplitURI(uri)
	found, err := e.store.List(bucket, prefix)
	if err != nil {
		return fmt.Errorf("note what was read below %s: %w", uri, err)
	}
	role.List(bucket, prefix)
	folder := ""
	for _, object := range found {
		if name := path.Base(object.Key); name[0] == '_' || name[0] == '.' {
			continue // no data
		}
		if in := object.Key[:strings.LastIndexByte(object.Key, '/')+1]; in != folder {
			folder = in
			role.List(bucket, folder)
		}
		role.Object("s3:GetObject", bucket, object.Key)
	}
	return nil
}

// noteWait notes how Step Functions waits for a job run, and stops it where the execution ends before.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
func (e *Engine) noteWait(task interpreter.Task, run *JobRun) {
	if task.Execution == nil {
		return
	}
	role, arn := e.caller(task), e.calls.ARN("glue", "job/"+run.Name)
	role.Call("glue:GetJobRun", arn)
	if run.Status == "STOPPED" {
		role.Call("glue:BatchStopJobRun", arn)
	}
}

// noteJob notes what a job run asked for. What it listed and read is derived from what lies below its source, and what it
// wrote from how the folders of its target and its quarantine changed.
//
// https://docs.aws.amazon.com/glue/latest/dg/create-an-iam-role.html
// https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html
func (e *Engine) noteJob(job *job, run *JobRun, arguments map[string]string, before map[string][]objects.Object) error {
	arn := e.calls.ARN("glue", "job/"+run.Name)
	role := e.calls.Take("glue.amazonaws.com", job.role, arn, "job "+run.Name)
	for _, group := range []string{"output", "error", "logs-v2"} {
		role.GlueLog(arn, "/aws-glue/jobs/"+group)
	}
	role.Call("cloudwatch:PutMetricData", "*", "cloudwatch:namespace", "Glue")
	own := append([]string{job.script, arguments["--devices"]}, strings.Split(arguments["--extra-py-files"], ",")...)
	for _, uri := range own {
		if bucket, key := objects.SplitURI(uri); key != "" {
			role.Object("s3:GetObject", bucket, key)
		}
	}
	if source := arguments["--source"]; source != "" {
		bucket, prefix := objects.SplitURI(source)
		if err := e.noteReading(role, "s3://"+bucket+"/"+strings.TrimSuffix(prefix, "/")+"/"); err != nil {
			return err
		}
	}
	after, err := e.written(arguments)
	if err != nil {
		return err
	}
	for uri, held := range after {
		bucket, prefix := objects.SplitURI(uri)
		role.List(bucket, prefix)
		for _, object := range held {
			if !slices.Contains(before[uri], object) {
				role.Object("s3:PutObject", bucket, object.Key)
			}
		}
		for _, object := range before[uri] {
			if !slices.ContainsFunc(held, func(o objects.Object) bool { return o.Key == object.Key }) {
				role.Object("s3:DeleteObject", bucket, object.Key)
			}
		}
	}
	if bucket, key := objects.SplitURI(arguments["--metrics"]); key != "" && run.Status == "SUCCEEDED" {
		role.Object("s3:PutObject", bucket, key)
	}
	return nil
}

// written are the objects below each place that a job replaces.
func (e *Engine) written(arguments map[string]string) (map[string][]objects.Object, error) {
	held := map[string][]objects.Object{}
	for _, name := range []string{"--target", "--quarantine"} {
		if arguments[name] == "" {
			continue
		}
		bucket, prefix := objects.SplitURI(strings.TrimSuffix(arguments[name], "/") + "/")
		found, err := e.store.List(bucket, prefix)
		if err != nil {
			return nil, fmt.Errorf("note what a job wrote: %w", err)
		}
		held["s3://"+bucket+"/"+prefix] = found
	}
	return held, nil
}

// Judge has what was called judged by the stack's policies; script is where judge.mjs is.
func (e *Engine) Judge(script string) (policy.Judgement, error) {
	if err := e.noteCrawls(); err != nil {
		return policy.Judgement{}, err
	}
	return e.calls.Judge(script)
}
