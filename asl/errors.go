package asl

import (
	"slices"
	"strings"
)

// serviceErrors are the errors of the services that tasks name errors of, by the service as an Integration names it. An
// SDK integration fails with a class of the AWS SDK for Java 2: those that the service's model has for the operations
// called here, Glue's for throttling, the service's base class for what the model does not name, and the SDK's own for
// an answer that never came. Any other name matches nothing.
//
// The classes are those of the AWS SDK for Java 2.57.8, the errors of each operation those of botocore 1.44.8's models:
// https://sdk.amazonaws.com/java/api/latest/ and https://github.com/boto/botocore/tree/1.44.8/botocore/data
var serviceErrors = map[string][]string{
	"athena": { // StartQueryExecution, GetQueryExecution, StopQueryExecution, GetQueryResults
		"Athena.AthenaException", "Athena.InternalServerException", "Athena.InvalidRequestException", "Athena.SdkClientException",
		"Athena.TooManyRequestsException",
	},
	"cloudwatch": { // PutMetricData
		"CloudWatch.CloudWatchException", "CloudWatch.InternalServiceException", "CloudWatch.InvalidParameterCombinationException",
		"CloudWatch.InvalidParameterValueException", "CloudWatch.MissingRequiredParameterException", "CloudWatch.SdkClientException",
	},
	"events": {"EventBridge.FailedEntry"}, // the optimized integration's own
	"glue": { // GetCrawler, StartCrawler, ListCrawls, StartJobRun, GetJobRun, GetJobRuns, BatchStopJobRun
		"Glue.ConcurrentModificationException", "Glue.ConcurrentRunsExceededException",
		"Glue.CrawlerRunningException", "Glue.EntityNotFoundException", "Glue.GlueException",
		"Glue.InternalServiceException", "Glue.InvalidInputException", "Glue.OperationTimeoutException",
		"Glue.ResourceNumberLimitExceededException", "Glue.SdkClientException", "Glue.ThrottlingException",
	},
	"s3": { // PutObject, GetObject
		"S3.EncryptionTypeMismatchException", "S3.InvalidObjectStateException", "S3.InvalidRequestException",
		"S3.InvalidWriteOffsetException", "S3.NoSuchKeyException", "S3.S3Exception", "S3.SdkClientException", "S3.TooManyPartsException",
	},
	"sfn": { // ListExecutions
		"Sfn.InvalidArnException", "Sfn.InvalidTokenException", "Sfn.ResourceNotFoundException", "Sfn.SdkClientException",
		"Sfn.SfnException", "Sfn.StateMachineDoesNotExistException", "Sfn.StateMachineTypeNotSupportedException", "Sfn.ValidationException",
	},
}

// statesErrors are Step Functions' own.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
var statesErrors = []string{
	"States.ALL", "States.BranchFailed", "States.DataLimitExceeded", "States.HeartbeatTimeout", "States.NoChoiceMatched",
	"States.Permissions", "States.QueryEvaluationError", "States.Runtime", "States.TaskFailed", "States.Timeout",
}

// Raises tells whether the call can fail with an error of that name: one of Step Functions' own, or one of the service
// that is called.
func (c Call) Raises(name string) bool {
	service, _, _ := strings.Cut(strings.TrimPrefix(c.Integration, "aws-sdk:"), ":")
	return slices.Contains(statesErrors, name) || slices.Contains(serviceErrors[service], name)
}

// raisedInside tells whether a flow can fail with an error of that name: any service's, Step Functions' own, or a Fail
// state's, whose name has no prefix.
func raisedInside(name string) bool {
	for _, names := range serviceErrors {
		if slices.Contains(names, name) {
			return true
		}
	}
	return slices.Contains(statesErrors, name) || !strings.Contains(name, ".")
}
