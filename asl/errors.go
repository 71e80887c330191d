package asl

import (
	"slices"
	"strings"
)

// operationErrors are those that the models of the operations declare which an integration calls, by the integration. Any
// other name matches nothing.
//
// The classes are those of the AWS SDK for Java 2.57.8, the errors of each operation those of botocore 1.44.8's models:
// https://sdk.amazonaws.com/java/api/latest/ and https://github.com/boto/botocore/tree/1.44.8/botocore/data
var operationErrors = map[string][]string{
	"athena:getQueryResults": {
		"Athena.InternalServerException", "Athena.InvalidRequestException", "Athena.TooManyRequestsException",
	},
	"athena:startQueryExecution.sync": { // StartQueryExecution, GetQueryExecution, StopQueryExecution
		"Athena.InternalServerException", "Athena.InvalidRequestException", "Athena.TooManyRequestsException",
	},
	"aws-sdk:cloudwatch:putMetricData": {
		"CloudWatch.InternalServiceException", "CloudWatch.InvalidParameterCombinationException",
		"CloudWatch.InvalidParameterValueException", "CloudWatch.MissingRequiredParameterException",
	},
	"aws-sdk:glue:getCrawler": {"Glue.EntityNotFoundException", "Glue.OperationTimeoutException"},
	"aws-sdk:glue:listCrawls": {
		"Glue.EntityNotFoundException", "Glue.InvalidInputException", "Glue.OperationTimeoutException",
	},
	"aws-sdk:glue:startCrawler": {
		"Glue.CrawlerRunningException", "Glue.EntityNotFoundException", "Glue.OperationTimeoutException",
	},
	"aws-sdk:s3:getObject": {"S3.InvalidObjectStateException", "S3.NoSuchKeyException"},
	"aws-sdk:s3:putObject": {
		"S3.EncryptionTypeMismatchException", "S3.InvalidRequestException", "S3.InvalidWriteOffsetException", "S3.TooManyPartsException",
	},
	"aws-sdk:sfn:listExecutions": {
		"Sfn.InvalidArnException", "Sfn.InvalidTokenException", "Sfn.ResourceNotFoundException",
		"Sfn.StateMachineDoesNotExistException", "Sfn.StateMachineTypeNotSupportedException", "Sfn.ValidationException",
	},
	"events:putEvents": {"EventBridge.FailedEntry", "EventBridge.InternalException"}, // the first is the integration's own
	"glue:startJobRun.sync": { // StartJobRun, GetJobRun, GetJobRuns, BatchStopJobRun
		"Glue.ConcurrentRunsExceededException", "Glue.EntityNotFoundException", "Glue.InvalidInputException",
		"Glue.OperationTimeoutException", "Glue.ResourceNumberLimitExceededException",
	},
	"sns:publish": {
		"SNS.AuthorizationErrorException", "SNS.EndpointDisabledException", "SNS.InternalErrorException",
		"SNS.InvalidParameterException", "SNS.InvalidParameterValueException", "SNS.InvalidSecurityException",
		"SNS.KmsAccessDeniedException", "SNS.KmsDisabledException", "SNS.KmsInvalidStateException", "SNS.KmsNotFoundException",
		"SNS.KmsOptInRequiredException", "SNS.KmsThrottlingException", "SNS.NotFoundException",
		"SNS.PlatformApplicationDisabledException", "SNS.ValidationException",
	},
}

// serviceErrors are those that every call of a service can fail with, by the service as an Integration names it: the
// classes that its model has for a caller without rights, for throttling and for itself, its base class for what the model
// does not name, and the SDK's own for an answer that never came.
var serviceErrors = map[string][]string{
	"athena":     {"Athena.AthenaException", "Athena.SdkClientException"},
	"cloudwatch": {"CloudWatch.CloudWatchException", "CloudWatch.SdkClientException"},
	"events":     {"EventBridge.EventBridgeException", "EventBridge.SdkClientException"},
	"glue": {
		"Glue.AccessDeniedException", "Glue.GlueException", "Glue.InternalServiceException", "Glue.SdkClientException",
		"Glue.ThrottlingException",
	},
	"s3":  {"S3.S3Exception", "S3.SdkClientException"},
	"sfn": {"Sfn.SdkClientException", "Sfn.SfnException"},
	"sns": {"SNS.SdkClientException", "SNS.SnsException"},
}

// statesErrors are Step Functions' own.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
var statesErrors = []string{
	"States.ALL", "States.BranchFailed", "States.DataLimitExceeded", "States.HeartbeatTimeout", "States.NoChoiceMatched",
	"States.Permissions", "States.QueryEvaluationError", "States.Runtime", "States.TaskFailed", "States.Timeout",
}

// Errors are those that the call can fail with, besides Step Functions' own: those that its operation declares, and those
// of every call of its service. Both are nil for an integration that none are known of.
func (c Call) Errors() (declared, common []string) {
	service, _, _ := strings.Cut(strings.TrimPrefix(c.Integration, "aws-sdk:"), ":")
	if declared = operationErrors[c.Integration]; declared != nil {
		common = serviceErrors[service]
	}
	return declared, common
}

// Raises tells whether the call can fail with an error of that name, one of Step Functions' own among them.
func (c Call) Raises(name string) bool {
	declared, common := c.Errors()
	return slices.Contains(statesErrors, name) || slices.Contains(declared, name) || slices.Contains(common, name)
}

// raisedInside tells whether a flow can fail with an error of that name: any call's, Step Functions' own, or a Fail
// state's, whose name has no prefix.
func raisedInside(name string) bool {
	for integration := range operationErrors {
		if (Call{Integration: integration}).Raises(name) {
			return true
		}
	}
	return !strings.Contains(name, ".")
}
