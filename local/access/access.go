// Package access knows what IAM would be asked on AWS about what happens on this machine: who calls which actions on which
// resources, in which context. It notes that in a record for the stack's policies to be judged by.
package access

import (
	"fmt"
	"maps"
	"strings"

	"datalake/internal/mockaws"
	"datalake/local/policy"
)

// Calls are what has been called, and what of a stack's settings adds calls to others: encryption, logging and tracing.
type Calls struct {
	*policy.Record
	account, region string
	buckets         map[string]bucket // by name
	topicKeys       map[string]string // the keys' ARNs by the topics'
	logKeys         map[string]string // by the log groups' ARNs
	machines        map[string]machine
	glueKeys        map[string]string // of logs, by the ARNs of crawlers and jobs
}

type bucket struct {
	// key is the ARN of the customer's key that encrypts objects, empty for AWS's own; bucketKey is true where S3 keeps a key
	// for the bucket in between.
	key       string
	bucketKey bool
	// logs is the place of the access log: a bucket's name and a prefix.
	logs, logPrefix string
}

// machine is how a state machine logs and traces.
type machine struct {
	logGroup string
	traced   bool
}

// New makes an empty record of the calls of a stack.
func New(evaluation *mockaws.Evaluation) (*Calls, error) {
	policies, err := policy.Read(evaluation)
	if err != nil {
		return nil, err
	}
	c := &Calls{
		Record: policy.NewRecord(policies), account: evaluation.AccountID, region: evaluation.Region,
		buckets: map[string]bucket{}, topicKeys: map[string]string{}, logKeys: map[string]string{}, machines: map[string]machine{}, glueKeys: map[string]string{},
	}
	for _, r := range evaluation.Find("aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2") {
		for _, rule := range r.Inputs["rules"].([]any) {
			read := c.buckets[text(r.Inputs, "bucket")]
			read.key = text(object(rule, "applyServerSideEncryptionByDefault"), "kmsMasterKeyId")
			read.bucketKey = rule.(map[string]any)["bucketKeyEnabled"] == true
			c.buckets[text(r.Inputs, "bucket")] = read
		}
	}
	for _, r := range evaluation.Find("aws:s3/bucketLoggingV2:BucketLoggingV2") {
		read := c.buckets[text(r.Inputs, "bucket")]
		read.logs, read.logPrefix = text(r.Inputs, "targetBucket"), text(r.Inputs, "targetPrefix")
		c.buckets[text(r.Inputs, "bucket")] = read
	}
	for _, r := range evaluation.Find("aws:sns/topic:Topic") {
		if key := text(r.Inputs, "kmsMasterKeyId"); strings.HasPrefix(key, "arn:") { // AWS's own has a policy for all of the account
			c.topicKeys[text(r.Outputs, "arn")] = key
		}
	}
	for _, r := range evaluation.Find("aws:cloudwatch/logGroup:LogGroup") {
		c.logKeys[text(r.Outputs, "arn")] = text(r.Inputs, "kmsKeyId")
	}
	for _, r := range evaluation.Find("aws:sfn/stateMachine:StateMachine") {
		c.machines[text(r.Outputs, "arn")] = machine{
			logGroup: strings.TrimSuffix(text(object(r.Inputs, "loggingConfiguration"), "logDestination"), ":*"),
			traced:   object(r.Inputs, "tracingConfiguration")["enabled"] == true,
		}
	}
	configured := map[string]string{}
	for _, r := range evaluation.Find("aws:glue/securityConfiguration:SecurityConfiguration") {
		configured[text(r.Outputs, "name")] = text(object(object(r.Inputs, "encryptionConfiguration"), "cloudwatchEncryption"), "kmsKeyArn")
	}
	for _, kind := range []string{"aws:glue/crawler:Crawler", "aws:glue/job:Job"} {
		for _, r := range evaluation.Find(kind) {
			c.glueKeys[text(r.Outputs, "arn")] = configured[text(r.Inputs, "securityConfiguration")]
		}
	}
	return c, nil
}

func text(properties map[string]any, name string) string {
	value, _ := properties[name].(string)
	return value
}

func object(in any, name string) map[string]any {
	properties, _ := in.(map[string]any)
	inner, _ := properties[name].(map[string]any)
	return inner
}

// ARN names a resource of a service in the stack's account and region.
func (c *Calls) ARN(service, resource string) string {
	return "arn:aws:" + service + ":" + c.region + ":" + c.account + ":" + resource
}

// Caller is who makes calls.
type Caller struct {
	calls *Calls
	// principal is a role's ARN or a service, by what made the calls, in words.
	principal, by string
	// context is what is known of all its calls.
	context map[string]string
}

// As is a role or a service that makes calls; by says what for.
func (c *Calls) As(principal, by string) Caller {
	return Caller{calls: c, principal: principal, by: by}
}

// Service is an AWS service that makes calls of its own for a resource, which both policies and keys may ask for.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcearn
func (c *Calls) Service(name, sourceARN, by string) Caller {
	return Caller{c, name, by, map[string]string{"aws:SourceArn": sourceARN, "aws:SourceAccount": c.account}}
}

// Take is how a service takes a role for a resource.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
// https://docs.aws.amazon.com/glue/latest/dg/cross-service-confused-deputy-prevention.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
func (c *Calls) Take(service, roleARN, sourceARN, by string) Caller {
	c.Service(service, sourceARN, by).Call("sts:AssumeRole", roleARN)
	return c.As(roleARN, by)
}

// Call notes an action on a resource; the context is keys and values.
func (w Caller) Call(action, resource string, context ...string) {
	known := maps.Clone(w.context)
	for i := 0; i < len(context); i += 2 {
		if known == nil {
			known = map[string]string{}
		}
		known[context[i]] = context[i+1]
	}
	w.calls.Note(policy.Call{Principal: w.principal, Action: action, Resource: resource, Context: known, By: w.by})
}

// Object notes what an action on an object takes. Where the customer's key encrypts the bucket, S3 asks it in the caller's
// name; its context is the object, or the bucket where that has a key of its own in between. The access log is S3's own.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
func (w Caller) Object(action, bucket, key string) {
	arn := "arn:aws:s3:::" + bucket
	w.Call(action, arn+"/"+key)
	settings := w.calls.buckets[bucket]
	if uses, is := map[string]string{"s3:GetObject": "kms:Decrypt", "s3:PutObject": "kms:GenerateDataKey"}[action]; is && settings.key != "" {
		context := arn + "/" + key
		if settings.bucketKey {
			context = arn
		}
		w.useKey(settings.key, "s3", "aws:s3:arn", context, uses)
	}
	if settings.logs != "" {
		w.calls.Service("logging.s3.amazonaws.com", arn, "the access log of "+bucket).Call("s3:PutObject", "arn:aws:s3:::"+settings.logs+"/"+settings.logPrefix+"log")
	}
}

// List notes the listing of a prefix.
func (w Caller) List(bucket, prefix string) {
	w.Call("s3:ListBucket", "arn:aws:s3:::"+bucket, "s3:prefix", prefix)
}

// useKey notes what a service asks of a key in the caller's name.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
func (w Caller) useKey(key, service, contextKey, contextValue string, actions ...string) {
	for _, action := range actions {
		w.Call(action, key, "kms:ViaService", service+"."+w.calls.region+".amazonaws.com", "kms:CallerAccount", w.calls.account, "kms:EncryptionContext:"+contextKey, contextValue)
	}
}

// Publish notes what a message to a topic takes; an encrypted one takes both of its actions on the key.
//
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func (w Caller) Publish(topicARN string) {
	w.Call("sns:Publish", topicARN)
	if key := w.calls.topicKeys[topicARN]; key != "" {
		w.useKey(key, "sns", "aws:sns:topicArn", topicARN, "kms:GenerateDataKey", "kms:Decrypt")
	}
}

// Catalog notes an action on a database, or on one of its tables: IAM asks for the catalog, the database and the table.
//
// https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
func (w Caller) Catalog(action, database, table string) {
	w.Call(action, w.calls.ARN("glue", "catalog"))
	w.Call(action, w.calls.ARN("glue", "database/"+database))
	if table != "" {
		w.Call(action, w.calls.ARN("glue", "table/"+database+"/"+table))
	}
}

// GlueLog notes what a crawler or a job writes to its log group, which it makes itself and has encrypted with the key of its
// security configuration, if it has one.
//
// https://docs.aws.amazon.com/glue/latest/dg/set-up-encryption.html
func (w Caller) GlueLog(of, group string) {
	arn := w.calls.ARN("logs", "log-group:"+group)
	w.Call("logs:CreateLogGroup", arn)
	if key := w.calls.glueKeys[of]; key != "" {
		w.Call("logs:AssociateKmsKey", arn)
		w.calls.encryptLog(arn, key)
	}
	w.writeLog(arn)
}

// Logs have streams, whose ARNs go on after the group's.
func (w Caller) writeLog(group string) {
	w.Call("logs:CreateLogStream", group+":log-stream:run")
	w.Call("logs:PutLogEvents", group+":log-stream:run")
}

// encryptLog notes what CloudWatch Logs asks of the key of a log group.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
func (c *Calls) encryptLog(group, key string) {
	logs := c.As("logs."+c.region+".amazonaws.com", "the encryption of "+group)
	for _, action := range []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"} {
		logs.Call(action, key, "kms:EncryptionContext:aws:logs:arn", group)
	}
}

// Execute notes how an execution of a state machine begins, and is who makes its calls. Its log is delivered without its role.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
func (c *Calls) Execute(machineARN, roleARN, by string) Caller {
	role := c.Take("states.amazonaws.com", roleARN, machineARN, by)
	machine := c.machines[machineARN]
	if machine.traced {
		for _, action := range []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"} {
			role.Call(action, "*")
		}
	}
	if key := c.logKeys[machine.logGroup]; key != "" {
		c.encryptLog(machine.logGroup, key)
	}
	return role
}

// LogFailure notes what an Express execution writes to its log when it fails, which is its only history.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
func (w Caller) LogFailure(machineARN string) { w.writeLog(w.calls.machines[machineARN].logGroup) }

// Event is how a rule calls a topic: EventBridge says nothing of the rule.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
func (c *Calls) Event(rule string) Caller { return c.As("events.amazonaws.com", rule) }

// Send notes a message that a service puts into a queue for a rule or a topic.
//
// https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
func (c *Calls) Send(service, sourceARN, queueARN string) {
	c.Service(service, sourceARN, fmt.Sprintf("the delivery of %s", sourceARN)).Call("sqs:SendMessage", queueARN)
}
