package asl

// StartJob runs a Glue job and waits for its end; the result is the job run. A run that fails, is stopped or times out
// fails the task with States.TaskFailed, its cause being the job run as JSON. A job at its concurrency limit refuses with
// Glue.ConcurrentRunsExceededException.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
func StartJob(name any, arguments map[string]any, arn any) Call {
	return Call{
		Integration: "glue:startJobRun.sync",
		Arguments:   map[string]any{"JobName": name, "Arguments": arguments},
		Needs: []Permission{{
			Actions:   []string{"glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"},
			Resources: []any{arn},
		}},
		// Only what says that nothing was started: a second run beside the first would be worse than none.
		Throttles: []string{"Glue.ThrottlingException", "Glue.ResourceNumberLimitExceededException", "Glue.InternalServiceException"},
	}
}

// GetObject reads one object from S3; its Body is a text. objects is the ARN pattern of what may be read.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
func GetObject(bucket any, key string, objects any) Call {
	return Call{
		Integration: "aws-sdk:s3:getObject",
		Arguments:   map[string]any{"Bucket": bucket, "Key": key},
		Needs:       []Permission{{Actions: []string{"s3:GetObject"}, Resources: []any{objects}}},
		Throttles:   s3Throttles,
	}
}

// PutMetrics sends metrics to CloudWatch. The action knows no resource; its condition is the namespace.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
func PutMetrics(namespace string, data any) Call {
	return Call{
		Integration: "aws-sdk:cloudwatch:putMetricData",
		Arguments:   map[string]any{"Namespace": namespace, "MetricData": data},
		Needs: []Permission{{
			Actions:   []string{"cloudwatch:PutMetricData"},
			Resources: []any{"*"},
			Condition: map[string]any{"StringEquals": map[string]any{"cloudwatch:namespace": namespace}},
		}},
		Throttles: []string{"CloudWatch.CloudWatchException", "CloudWatch.InternalServiceException", "CloudWatch.SdkClientException", "States.Timeout"},
	}
}
