package faults_test

import (
	"strings"
)

// class is a way in which a call fails.
type class struct {
	name string
	// errors are what it is called, by the integration, else by its service; none for what has no name of its own.
	errors map[string]string
	// again tells whether the call is made again.
	again func(integration string) bool
}

// Errors that a service's model does not name arrive as the service's base class, which is tried again: so are refusals there.
var classes = []class{
	{"throttled", map[string]string{
		"athena": "Athena.TooManyRequestsException", "cloudwatch": "CloudWatch.CloudWatchException", "events": "EventBridge.EventBridgeException",
		"glue": "Glue.ThrottlingException", "s3": "S3.S3Exception", "sfn": "Sfn.SfnException", "sns": "SNS.KmsThrottlingException",
	}, func(string) bool { return true }},
	{"refused", map[string]string{
		"athena": "Athena.AthenaException", "cloudwatch": "CloudWatch.CloudWatchException", "events": "EventBridge.EventBridgeException",
		"glue": "Glue.AccessDeniedException", "s3": "S3.S3Exception", "sfn": "Sfn.SfnException", "sns": "SNS.AuthorizationErrorException",
	}, func(integration string) bool { return service(integration) != "glue" }},
	{"service error", map[string]string{
		"athena": "Athena.InternalServerException", "cloudwatch": "CloudWatch.InternalServiceException", "events": "EventBridge.InternalException",
		"glue": "Glue.InternalServiceException", "s3": "S3.SdkClientException", "sfn": "Sfn.SdkClientException", "sns": "SNS.InternalErrorException",
	}, func(string) bool { return true }},
	// A job or a query that is late is under way: another beside it would be worse than none.
	{"late", nil, func(integration string) bool { return !isJob(integration) }},
	{"own error", map[string]string{
		"athena": "Athena.InvalidRequestException", "cloudwatch": "CloudWatch.InvalidParameterValueException", "events": "EventBridge.FailedEntry",
		"aws-sdk:glue:getCrawler": "Glue.EntityNotFoundException", "aws-sdk:glue:startCrawler": "Glue.CrawlerRunningException",
		"aws-sdk:glue:listCrawls": "Glue.InvalidInputException", "glue:startJobRun.sync": "Glue.ConcurrentRunsExceededException",
		"aws-sdk:s3:putObject": "S3.InvalidRequestException", "aws-sdk:s3:getObject": "S3.NoSuchKeyException",
		"sfn": "Sfn.StateMachineDoesNotExistException", "sns": "SNS.NotFoundException",
	}, func(integration string) bool {
		return service(integration) == "sns" || service(integration) == "events"
	}},
	{"killed", nil, func(string) bool { return false }},
}

func service(integration string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(integration, "aws-sdk:"), ":")
	return name
}

func isJob(integration string) bool { return strings.HasSuffix(integration, ".sync") }

// fault is what a faults file says of a task and a class.
func (c class) fault(machine string, task taskState) map[string]any {
	fault := map[string]any{"machine": machine, "state": task.name}
	switch c.name {
	case "late":
		fault["after"] = task.timeout + 1
	case "killed":
		fault["kill"] = true
	default:
		name := c.errors[task.integration]
		if name == "" {
			name = c.errors[service(task.integration)]
		}
		fault["error"], fault["cause"] = name, "it was to fail ("+c.name+")"
	}
	return fault
}

// outcome is what came of an execution whose call failed.
type outcome string

const (
	succeeds  outcome = "succeeds"
	exported  outcome = "fails, exported, announced"
	announced outcome = "fails, announced"
	timesOut  outcome = "times out, announced"
	history   outcome = "fails, in history only"
)

// kind is what a machine is for.
type kind string

const (
	sample  kind = "sample"
	crawls  kind = "crawl"
	reports kind = "reports"
	weekly  kind = "weekly ETL"
	checks  kind = "check"
)

func kindOf(machine string) kind {
	switch {
	case machine == "create-dataset":
		return sample
	case machine == "weekly-etl":
		return weekly
	case machine == "watchdog":
		return checks
	case strings.HasPrefix(machine, "crawl-"):
		return crawls
	}
	return reports
}

// promised is what must come of a task that fails so.
func (c class) promised(machine string, task taskState, forEver bool) outcome {
	switch {
	case task.name == "See what it changed": // what the crawl changed is beside the point
		return succeeds
	case task.name == "Start the crawl" && c.name == "own error": // somebody else's crawl is waited for
		if forEver {
			return timesOut
		}
		return succeeds
	case task.name == "Note the error": // of another failure, which stays what the execution fails with
		if !forEver && c.again(task.integration) || c.name == "late" {
			return exported
		}
		return announced
	case !forEver && c.again(task.integration):
		return succeeds
	}
	switch kindOf(machine) {
	case sample:
		return history
	case weekly:
		return exported
	}
	return announced
}

// inputs are what the machines are started with.
var inputs = map[string]string{
	"create-dataset": `{"years": [2021], "days": [1, 2], "users": [{"usage": 1, "user": "a"}]}`,
	"weekly-etl":     backfill,
	"watchdog":       `{"pipeline": "weather"}`,
}

func input(machine string) string {
	if given := inputs[machine]; given != "" {
		return given
	}
	return "{}"
}
