package asl

import (
	"slices"
	"strings"
)

// Call is a service integration: what a [Task] calls, with which arguments, and what its role must allow for it.
type Call struct {
	// Integration is the part of the Resource after "arn:aws:states:::", such as aws-sdk:glue:getCrawler.
	Integration string
	// Arguments are sent to the service; their strings may be expressions.
	Arguments map[string]any
	// Needs is what IAM must allow.
	Needs []Permission
	// Throttles are the error names under which the service refuses a call that may be repeated.
	Throttles []string
}

// Permission is one statement of a role's policy: actions on resources.
type Permission struct {
	Actions []string
	// Resources are ARNs, which may be known only later.
	Resources []any
	// Condition is an IAM condition block, such as {"StringEquals": {"cloudwatch:namespace": "x"}}; nil for none.
	Condition map[string]any
}

// waits tells whether Step Functions waits for the job that the call starts.
func (c Call) waits() bool { return strings.HasSuffix(c.Integration, ".sync") }

// Service errors that mean "later": an SDK integration reports what the service's model does not name, throttling
// among it, as the service's base exception, such as Glue.GlueException.
var (
	glueThrottles   = []string{"Glue.GlueException", "Glue.ThrottlingException", "Glue.OperationTimeoutException", "Glue.InternalServiceException", "Glue.SdkClientException", "States.Timeout"}
	s3Throttles     = []string{"S3.S3Exception", "S3.SdkClientException", "States.Timeout"}
	athenaThrottles = []string{"Athena.TooManyRequestsException", "Athena.AthenaException", "Athena.InternalServerException", "Athena.SdkClientException"}
	statesThrottles = []string{"Sfn.SfnException", "Sfn.SdkClientException", "States.Timeout"}
)

// PutObject writes one object to S3. A body that is an object or a list is written as JSON; a string would be written
// with quotes around it, so pass nil for an empty object. objects is the ARN pattern of what may be written.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
func PutObject(bucket any, key string, body, objects any) Call {
	arguments := map[string]any{"Bucket": bucket, "Key": key}
	put(arguments, "Body", body)
	return Call{
		Integration: "aws-sdk:s3:putObject",
		Arguments:   arguments,
		Needs:       []Permission{{Actions: []string{"s3:PutObject"}, Resources: []any{objects}}},
		Throttles:   s3Throttles,
	}
}

// GetCrawler reads a Glue crawler's State and LastCrawl. arns are those of the crawlers that the name may be of.
//
// https://docs.aws.amazon.com/glue/latest/webapi/API_GetCrawler.html
func GetCrawler(name any, arns []any) Call {
	return crawlerCall("getCrawler", "glue:GetCrawler", map[string]any{"Name": name}, arns)
}

// StartCrawler starts a Glue crawler; Glue.CrawlerRunningException says that it runs already.
//
// https://docs.aws.amazon.com/glue/latest/webapi/API_StartCrawler.html
func StartCrawler(name any, arns []any) Call {
	return crawlerCall("startCrawler", "glue:StartCrawler", map[string]any{"Name": name}, arns)
}

// ListCrawls reads the last crawls of a Glue crawler, 1 to 100, the latest first. The Summary of one is a JSON text that
// names what it changed in the catalog; it is missing where nothing changed.
//
// https://docs.aws.amazon.com/glue/latest/webapi/API_ListCrawls.html
func ListCrawls(crawler any, maxResults int, arns []any) Call {
	return crawlerCall("listCrawls", "glue:ListCrawls", map[string]any{"CrawlerName": crawler, "MaxResults": maxResults}, arns)
}

func crawlerCall(operation, action string, arguments map[string]any, arns []any) Call {
	return Call{
		Integration: "aws-sdk:glue:" + operation,
		Arguments:   arguments,
		Needs:       []Permission{{Actions: []string{action}, Resources: arns}},
		Throttles:   glueThrottles,
	}
}

// Query says what an Athena query runs on, and where IAM finds it.
type Query struct {
	// SQL is the query, in Athena's dialect: at most 262,144 bytes.
	SQL any
	// Database is the catalog database that its table names refer to.
	Database any
	// Workgroup is the workgroup's name. It must enforce its settings: the call sends no result location.
	Workgroup any
	// Needs is what the caller's role must allow besides the workgroup: the catalog, the data and the results. Athena
	// reads and writes with the caller's rights.
	Needs []Permission
	// WorkgroupARN is the workgroup's ARN.
	WorkgroupARN any
}

// StartQuery runs an Athena query and waits for its end; the result is the QueryExecution.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html
func StartQuery(q Query) Call {
	return Call{
		Integration: "athena:startQueryExecution.sync",
		Arguments: map[string]any{
			"QueryString":           q.SQL,
			"QueryExecutionContext": map[string]any{"Database": q.Database},
			"WorkGroup":             q.Workgroup,
		},
		Needs: append([]Permission{{
			Actions:   []string{"athena:StartQueryExecution", "athena:GetQueryExecution", "athena:StopQueryExecution"},
			Resources: []any{q.WorkgroupARN},
		}}, q.Needs...),
		Throttles: athenaThrottles,
	}
}

// GetQueryResults reads the first page of a query's result, of at most maxResults rows (1 to 1,000), the column names
// being the first of them.
//
// https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
func GetQueryResults(executionID string, maxResults int, workgroupARN, results any) Call {
	return Call{
		Integration: "athena:getQueryResults",
		Arguments:   map[string]any{"QueryExecutionId": executionID, "MaxResults": maxResults},
		Needs: []Permission{
			{Actions: []string{"athena:GetQueryResults"}, Resources: []any{workgroupARN}},
			{Actions: []string{"s3:GetObject"}, Resources: []any{results}},
		},
		// Unlike a query, a page that is late can be asked for beside the first time.
		Throttles: slices.Concat(athenaThrottles, []string{"States.Timeout"}),
	}
}

// Publish sends one message to an SNS topic: at most 262,144 bytes, its subject at most 99 printable ASCII characters.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html
func Publish(topicARN any, subject, message string) Call {
	return Call{
		Integration: "sns:publish",
		Arguments:   map[string]any{"TopicArn": topicARN, "Subject": subject, "Message": message},
		Needs:       []Permission{{Actions: []string{"sns:Publish"}, Resources: []any{topicARN}}},
	}
}

// PutEvent sends one event to an EventBridge bus: at most 262,144 bytes. An entry that the bus refuses fails the task
// with EventBridge.FailedEntry.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
func PutEvent(busARN any, source, detailType string, detail any) Call {
	return Call{
		Integration: "events:putEvents",
		Arguments: map[string]any{"Entries": []any{map[string]any{
			"EventBusName": busARN,
			"Source":       source,
			"DetailType":   detailType,
			"Detail":       detail,
		}}},
		Needs: []Permission{{Actions: []string{"events:PutEvents"}, Resources: []any{busARN}}},
	}
}

// ListExecutions reads a page of a Standard state machine's executions of one status, such as SUCCEEDED: those that ended
// last come first. A page has at most maxResults (1 to 1,000), perhaps fewer, and a NextToken where there are more.
// nextToken is that of the page before; nil for the first one. arns are those of the state machines that it may be.
//
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
func ListExecutions(stateMachineARN any, status string, maxResults int, nextToken any, arns []any) Call {
	arguments := map[string]any{"StateMachineArn": stateMachineARN, "StatusFilter": status, "MaxResults": maxResults}
	put(arguments, "NextToken", nextToken)
	return Call{
		Integration: "aws-sdk:sfn:listExecutions",
		Arguments:   arguments,
		Needs:       []Permission{{Actions: []string{"states:ListExecutions"}, Resources: arns}},
		Throttles:   statesThrottles,
	}
}
