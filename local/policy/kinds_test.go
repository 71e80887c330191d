package policy

import (
	"strings"

	"datalake/internal/mockaws"
)

// kind is what people who deploy a resource of a kind have to be allowed. Each of its requests is an action on the resource
// itself, or on what stands after it: * where AWS knows no resource, or the {bucket}, {role}, {workgroup} … that the
// resource names. Tags are on everything that takes them, by aws:defaultTags.
type kind struct {
	// read is what a refresh reads, create, update and delete what those do besides; emptied is what a deletion does where
	// a bucket may be deleted with its objects. A kind without update is replaced, one without delete stays in the account.
	read, create, update, delete, emptied []string
	// on are the ARNs of the resource. Where it has several, AWS asks for all of those that an action knows.
	on func(d deployment, r mockaws.Resource) []string
	// passedTo is the service that takes the resource's {role}.
	passedTo string
	// source is where the calls are, below internal/service of the provider that pulumi-aws 6.83 is generated from:
	// https://github.com/hashicorp/terraform-provider-aws/tree/v5.100.0/internal/service. What an action is called, and what
	// it works on: https://docs.aws.amazon.com/service-authorization/latest/reference/
	source string
}

// itsARN is that of a resource that has one.
func itsARN(_ deployment, r mockaws.Resource) []string { return []string{r.Outputs["arn"].(string)} }

// its names the resource's ARN where AWS gives it to the provider by name: service, and the kind before the name.
func its(service, before string) func(deployment, mockaws.Resource) []string {
	return func(d deployment, r mockaws.Resource) []string {
		return []string{d.arn(service, before+r.Outputs["name"].(string))}
	}
}

// of is the ARN of the resource that an input names, by its ARN, its name or its address.
func of(token, input string) func(deployment, mockaws.Resource) []string {
	return func(d deployment, r mockaws.Resource) []string {
		for _, other := range d.Find(token) {
			for _, output := range []string{"arn", "name", "bucket", "url"} {
				if named, is := other.Outputs[output]; is && named == r.Inputs[input] {
					return []string{other.Outputs["arn"].(string)}
				}
			}
		}
		return nil
	}
}

var (
	ofBucket = of("aws:s3/bucketV2:BucketV2", "bucket")
	none     = func(deployment, mockaws.Resource) []string { return nil }
)

// kinds are the types that a stack registers with a provider.
var kinds = map[string]kind{
	"aws:athena/namedQuery:NamedQuery": {
		read: []string{"athena:GetNamedQuery"}, create: []string{"athena:CreateNamedQuery"}, delete: []string{"athena:DeleteNamedQuery"},
		on: of("aws:athena/workgroup:Workgroup", "workgroup"), source: "athena/named_query.go",
	},
	"aws:athena/workgroup:Workgroup": {
		read:   []string{"athena:GetWorkGroup", "athena:ListTagsForResource"},
		create: []string{"athena:CreateWorkGroup", "athena:TagResource"},
		update: []string{"athena:UpdateWorkGroup", "athena:TagResource", "athena:UntagResource"},
		delete: []string{"athena:DeleteWorkGroup"},
		on:     itsARN, source: "athena/workgroup.go",
	},
	"aws:cloudwatch/dashboard:Dashboard": {
		read: []string{"cloudwatch:GetDashboard"}, create: []string{"cloudwatch:PutDashboard"},
		update: []string{"cloudwatch:PutDashboard"}, delete: []string{"cloudwatch:DeleteDashboards"},
		on: func(d deployment, r mockaws.Resource) []string {
			return []string{"arn:aws:cloudwatch::" + d.AccountID + ":dashboard/" + r.Inputs["dashboardName"].(string)}
		},
		source: "cloudwatch/dashboard.go",
	},
	"aws:cloudwatch/eventRule:EventRule": {
		read:   []string{"events:DescribeRule", "events:ListTagsForResource"},
		create: []string{"events:PutRule", "events:TagResource"},
		update: []string{"events:PutRule", "events:TagResource", "events:UntagResource"},
		delete: []string{"events:DeleteRule"},
		on:     itsARN, source: "events/rule.go",
	},
	"aws:cloudwatch/eventTarget:EventTarget": {
		read: []string{"events:ListTargetsByRule"}, create: []string{"events:PutTargets", "iam:PassRole {role}"},
		update: []string{"events:PutTargets", "iam:PassRole {role}"}, delete: []string{"events:RemoveTargets"},
		on: of("aws:cloudwatch/eventRule:EventRule", "rule"), passedTo: "events.amazonaws.com", source: "events/target.go",
	},
	"aws:cloudwatch/logGroup:LogGroup": {
		read:   []string{"logs:DescribeLogGroups *", "logs:ListTagsForResource"},
		create: []string{"logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:AssociateKmsKey", "logs:TagResource"},
		update: []string{
			"logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy", "logs:AssociateKmsKey", "logs:DisassociateKmsKey",
			"logs:TagResource", "logs:UntagResource",
		},
		delete: []string{"logs:DeleteLogGroup"},
		on:     itsARN, source: "logs/group.go",
	},
	"aws:cloudwatch/metricAlarm:MetricAlarm": {
		read:   []string{"cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"},
		create: []string{"cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"},
		update: []string{"cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"},
		delete: []string{"cloudwatch:DeleteAlarms"},
		on:     itsARN, source: "cloudwatch/metric_alarm.go",
	},
	"aws:ec2/securityGroup:SecurityGroup": {
		read: []string{"ec2:DescribeSecurityGroups *"},
		create: []string{
			"ec2:CreateSecurityGroup", "ec2:CreateSecurityGroup {vpc}", "ec2:CreateTags", "ec2:RevokeSecurityGroupEgress",
			"ec2:AuthorizeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupEgress",
		},
		update: []string{
			"ec2:AuthorizeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
			"ec2:RevokeSecurityGroupEgress", "ec2:CreateTags", "ec2:DeleteTags",
		},
		delete: []string{"ec2:DescribeNetworkInterfaces *", "ec2:DeleteSecurityGroup"},
		on: func(d deployment, _ mockaws.Resource) []string {
			return []string{d.arn("ec2", "security-group/sg-1"), d.arn("ec2", "security-group-rule/sgr-1")}
		},
		source: "ec2/vpc_security_group.go",
	},
	"aws:ec2/vpcEndpoint:VpcEndpoint": {
		read: []string{"ec2:DescribeVpcEndpoints *", "ec2:DescribePrefixLists *", "ec2:DescribeNetworkInterfaces *"},
		create: []string{
			"ec2:CreateVpcEndpoint", "ec2:CreateVpcEndpoint {vpc}", "ec2:CreateVpcEndpoint {subnet}",
			"ec2:CreateVpcEndpoint {securityGroup}", "ec2:CreateVpcEndpoint {routeTable}", "ec2:CreateTags",
		},
		update: []string{
			"ec2:ModifyVpcEndpoint", "ec2:ModifyVpcEndpoint {subnet}", "ec2:ModifyVpcEndpoint {securityGroup}",
			"ec2:ModifyVpcEndpoint {routeTable}", "ec2:CreateTags", "ec2:DeleteTags",
		},
		delete: []string{"ec2:DeleteVpcEndpoints"},
		on:     its("ec2", "vpc-endpoint/"), source: "ec2/vpc_endpoint.go",
	},
	// A component of awsx, of a VPC, an internet gateway, and for each subnet a route table and its association:
	// https://github.com/pulumi/pulumi-awsx/blob/v2.22.0/awsx/ec2/vpc.ts
	"awsx:ec2:Vpc": {
		read: []string{
			"ec2:DescribeAvailabilityZones *", "ec2:DescribeInternetGateways *", "ec2:DescribeNetworkAcls *", "ec2:DescribeRouteTables *",
			"ec2:DescribeSecurityGroups *", "ec2:DescribeSubnets *", "ec2:DescribeVpcAttribute {vpc}", "ec2:DescribeVpcs *",
		},
		create: []string{
			"ec2:CreateVpc {vpc}", "ec2:ModifyVpcAttribute {vpc}", "ec2:CreateTags {vpc}",
			"ec2:CreateInternetGateway {internetGateway}", "ec2:AttachInternetGateway {internetGateway}", "ec2:AttachInternetGateway {vpc}",
			"ec2:CreateSubnet {subnet}", "ec2:CreateSubnet {vpc}", "ec2:ModifySubnetAttribute {subnet}",
			"ec2:CreateRouteTable {routeTable}", "ec2:CreateRouteTable {vpc}",
			"ec2:AssociateRouteTable {routeTable}", "ec2:AssociateRouteTable {subnet}",
		},
		update: []string{
			"ec2:ModifyVpcAttribute {vpc}", "ec2:ModifySubnetAttribute {subnet}", "ec2:ReplaceRouteTableAssociation {routeTable}",
			"ec2:ReplaceRouteTableAssociation {subnet}", "ec2:CreateTags {subnet}", "ec2:DeleteTags {subnet}",
		},
		delete: []string{
			"ec2:DisassociateRouteTable {routeTable}", "ec2:DisassociateRouteTable {subnet}", "ec2:DeleteRouteTable {routeTable}",
			"ec2:DeleteSubnet {subnet}", "ec2:DetachInternetGateway {internetGateway}", "ec2:DetachInternetGateway {vpc}",
			"ec2:DeleteInternetGateway {internetGateway}", "ec2:DeleteVpc {vpc}",
		},
		on: none, source: "ec2/vpc_.go",
	},
	"aws:glue/catalogDatabase:CatalogDatabase": {
		read:   []string{"glue:GetDatabase", "glue:GetTags"},
		create: []string{"glue:CreateDatabase", "glue:TagResource"},
		update: []string{"glue:UpdateDatabase", "glue:TagResource", "glue:UntagResource"},
		delete: []string{"glue:DeleteDatabase"},
		on: func(d deployment, r mockaws.Resource) []string {
			name := r.Outputs["name"].(string)
			return []string{
				d.arn("glue", "catalog"), d.arn("glue", "database/"+name), d.arn("glue", "table/"+name+"/any"),
				d.arn("glue", "userDefinedFunction/"+name+"/any"),
			}
		},
		source: "glue/catalog_database.go",
	},
	"aws:glue/catalogTable:CatalogTable": {
		read: []string{"glue:GetTable", "glue:GetPartitionIndexes"}, create: []string{"glue:CreateTable"},
		update: []string{"glue:UpdateTable"}, delete: []string{"glue:DeleteTable"},
		on: func(d deployment, r mockaws.Resource) []string {
			database := r.Inputs["databaseName"].(string)
			return []string{
				d.arn("glue", "catalog"), d.arn("glue", "database/"+database), d.arn("glue", "table/"+database+"/"+r.Outputs["name"].(string)),
			}
		},
		source: "glue/catalog_table.go",
	},
	"aws:glue/connection:Connection": {
		read:   []string{"glue:GetConnection", "glue:GetTags"},
		create: []string{"glue:CreateConnection", "glue:TagResource"},
		update: []string{"glue:UpdateConnection", "glue:TagResource", "glue:UntagResource"},
		delete: []string{"glue:DeleteConnection"},
		on: func(d deployment, r mockaws.Resource) []string {
			return []string{d.arn("glue", "catalog"), d.arn("glue", "connection/"+r.Outputs["name"].(string))}
		},
		source: "glue/connection.go",
	},
	"aws:glue/crawler:Crawler": {
		read:   []string{"glue:GetCrawler", "glue:GetTags"},
		create: []string{"glue:CreateCrawler *", "glue:TagResource", "iam:PassRole {role}"},
		update: []string{"glue:UpdateCrawler", "glue:TagResource", "glue:UntagResource", "iam:PassRole {role}"},
		delete: []string{"glue:DeleteCrawler"},
		on:     itsARN, passedTo: "glue.amazonaws.com", source: "glue/crawler.go",
	},
	"aws:glue/job:Job": {
		read:   []string{"glue:GetJob", "glue:GetTags"},
		create: []string{"glue:CreateJob", "glue:TagResource", "iam:PassRole {role}"},
		update: []string{"glue:UpdateJob", "glue:TagResource", "glue:UntagResource", "iam:PassRole {role}"},
		delete: []string{"glue:DeleteJob"},
		on:     itsARN, passedTo: "glue.amazonaws.com", source: "glue/job.go",
	},
	"aws:glue/securityConfiguration:SecurityConfiguration": {
		read: []string{"glue:GetSecurityConfiguration *"}, create: []string{"glue:CreateSecurityConfiguration *"},
		delete: []string{"glue:DeleteSecurityConfiguration *"},
		on:     none, source: "glue/security_configuration.go",
	},
	"aws:iam/policy:Policy": {
		read:   []string{"iam:GetPolicy", "iam:GetPolicyVersion"},
		create: []string{"iam:CreatePolicy", "iam:TagPolicy"},
		update: []string{"iam:ListPolicyVersions", "iam:CreatePolicyVersion", "iam:DeletePolicyVersion", "iam:TagPolicy", "iam:UntagPolicy"},
		delete: []string{"iam:ListPolicyVersions", "iam:DeletePolicyVersion", "iam:DeletePolicy"},
		on:     itsARN, source: "iam/policy.go",
	},
	"aws:iam/role:Role": {
		read:   []string{"iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"},
		create: []string{"iam:CreateRole", "iam:TagRole"},
		update: []string{"iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:PutRolePermissionsBoundary", "iam:TagRole", "iam:UntagRole"},
		delete: []string{"iam:ListInstanceProfilesForRole", "iam:DeleteRolePolicy", "iam:DeleteRole"},
		on:     itsARN, source: "iam/role.go",
	},
	"aws:iam/rolePolicy:RolePolicy": {
		read: []string{"iam:GetRolePolicy"}, create: []string{"iam:PutRolePolicy"},
		update: []string{"iam:PutRolePolicy"}, delete: []string{"iam:DeleteRolePolicy"},
		on: of("aws:iam/role:Role", "role"), source: "iam/role_policy.go",
	},
	"aws:iot/topicRule:TopicRule": {
		read:   []string{"iot:GetTopicRule", "iot:ListTagsForResource"},
		create: []string{"iot:CreateTopicRule", "iot:TagResource", "iam:PassRole {role}"},
		update: []string{"iot:ReplaceTopicRule", "iot:TagResource", "iot:UntagResource", "iam:PassRole {role}"},
		delete: []string{"iot:DeleteTopicRule"},
		on:     its("iot", "rule/"), passedTo: "iot.amazonaws.com", source: "iot/topic_rule.go",
	},
	"aws:kms/key:Key": { // retained
		read:   []string{"kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"},
		create: []string{"kms:CreateKey *", "kms:EnableKeyRotation", "kms:TagResource"},
		update: []string{"kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:UpdateKeyDescription", "kms:TagResource", "kms:UntagResource"},
		on:     itsARN, source: "kms/key.go",
	},
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": {
		read: []string{"s3:GetLifecycleConfiguration"}, create: []string{"s3:PutLifecycleConfiguration"},
		update: []string{"s3:PutLifecycleConfiguration"}, delete: []string{"s3:PutLifecycleConfiguration"},
		on: ofBucket, source: "s3/bucket_lifecycle_configuration.go",
	},
	"aws:s3/bucketLoggingV2:BucketLoggingV2": {
		read: []string{"s3:GetBucketLogging"}, create: []string{"s3:PutBucketLogging"},
		update: []string{"s3:PutBucketLogging"}, delete: []string{"s3:PutBucketLogging"},
		on: ofBucket, source: "s3/bucket_logging.go",
	},
	"aws:s3/bucketNotification:BucketNotification": {
		read: []string{"s3:GetBucketNotification"}, create: []string{"s3:PutBucketNotification"},
		update: []string{"s3:PutBucketNotification"}, delete: []string{"s3:PutBucketNotification"},
		on: ofBucket, source: "s3/bucket_notification.go",
	},
	"aws:s3/bucketObjectv2:BucketObjectv2": {
		read:   []string{"s3:GetObject", "s3:GetObjectTagging", "s3:ListBucket {bucket}", "kms:Decrypt {key}"},
		create: []string{"s3:PutObject", "s3:PutObjectTagging", "kms:GenerateDataKey {key}"},
		update: []string{"s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObjectTagging", "kms:GenerateDataKey {key}"},
		delete: []string{"s3:ListBucketVersions {bucket}", "s3:DeleteObject", "s3:DeleteObjectVersion"},
		on: func(d deployment, r mockaws.Resource) []string {
			return []string{ofBucket(d, r)[0] + "/" + r.Inputs["key"].(string)}
		},
		source: "s3/object.go",
	},
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
		read: []string{"s3:GetBucketOwnershipControls"}, create: []string{"s3:PutBucketOwnershipControls"},
		update: []string{"s3:PutBucketOwnershipControls"}, delete: []string{"s3:PutBucketOwnershipControls"},
		on: ofBucket, source: "s3/bucket_ownership_controls.go",
	},
	"aws:s3/bucketPolicy:BucketPolicy": {
		read: []string{"s3:GetBucketPolicy"}, create: []string{"s3:PutBucketPolicy"},
		update: []string{"s3:PutBucketPolicy"}, delete: []string{"s3:DeleteBucketPolicy"},
		on: ofBucket, source: "s3/bucket_policy.go",
	},
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
		read: []string{"s3:GetBucketPublicAccessBlock"}, create: []string{"s3:PutBucketPublicAccessBlock"},
		update: []string{"s3:PutBucketPublicAccessBlock"}, delete: []string{"s3:PutBucketPublicAccessBlock"},
		on: ofBucket, source: "s3/bucket_public_access_block.go",
	},
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": {
		read: []string{"s3:GetEncryptionConfiguration"}, create: []string{"s3:PutEncryptionConfiguration"},
		update: []string{"s3:PutEncryptionConfiguration"}, delete: []string{"s3:PutEncryptionConfiguration"},
		on: ofBucket, source: "s3/bucket_server_side_encryption_configuration.go",
	},
	"aws:s3/bucketV2:BucketV2": {
		read: []string{
			"s3:ListBucket", "s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLocation", "s3:GetBucketLogging",
			"s3:GetBucketObjectLockConfiguration", "s3:GetBucketPolicy", "s3:GetBucketRequestPayment", "s3:GetBucketTagging",
			"s3:GetBucketVersioning", "s3:GetBucketWebsite", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration",
			"s3:GetReplicationConfiguration",
		},
		create:  []string{"s3:CreateBucket", "s3:PutBucketTagging"},
		update:  []string{"s3:PutBucketTagging"},
		delete:  []string{"s3:DeleteBucket"},
		emptied: []string{"s3:ListBucketVersions", "s3:DeleteObject {objects}", "s3:DeleteObjectVersion {objects}"},
		on:      itsARN, source: "s3/bucket.go",
	},
	"aws:s3/bucketVersioningV2:BucketVersioningV2": {
		read: []string{"s3:GetBucketVersioning"}, create: []string{"s3:PutBucketVersioning"},
		update: []string{"s3:PutBucketVersioning"}, delete: []string{"s3:PutBucketVersioning"},
		on: ofBucket, source: "s3/bucket_versioning.go",
	},
	"aws:sfn/stateMachine:StateMachine": {
		read: []string{
			"states:DescribeStateMachine", "states:ListStateMachineVersions", "states:ListTagsForResource",
			"states:ValidateStateMachineDefinition *", // in the preview of a definition that changed
		},
		create: []string{"states:CreateStateMachine", "states:TagResource", "iam:PassRole {role}"},
		update: []string{"states:UpdateStateMachine", "states:TagResource", "states:UntagResource", "iam:PassRole {role}"},
		delete: []string{"states:DeleteStateMachine"},
		on:     itsARN, passedTo: "states.amazonaws.com", source: "sfn/state_machine.go",
	},
	"aws:sns/topic:Topic": {
		read:   []string{"sns:GetTopicAttributes", "sns:ListTagsForResource"},
		create: []string{"sns:CreateTopic", "sns:SetTopicAttributes", "sns:TagResource"},
		update: []string{"sns:SetTopicAttributes", "sns:TagResource", "sns:UntagResource"},
		delete: []string{"sns:DeleteTopic"},
		on:     itsARN, source: "sns/topic.go",
	},
	"aws:sns/topicPolicy:TopicPolicy": {
		read: []string{"sns:GetTopicAttributes"}, create: []string{"sns:SetTopicAttributes"},
		update: []string{"sns:SetTopicAttributes"}, delete: []string{"sns:SetTopicAttributes"},
		on: of("aws:sns/topic:Topic", "arn"), source: "sns/topic_policy.go",
	},
	"aws:sns/topicSubscription:TopicSubscription": {
		read: []string{"sns:GetSubscriptionAttributes"}, create: []string{"sns:Subscribe", "sns:SetSubscriptionAttributes"},
		update: []string{"sns:SetSubscriptionAttributes"}, delete: []string{"sns:Unsubscribe"},
		on: of("aws:sns/topic:Topic", "topic"), source: "sns/topic_subscription.go",
	},
	"aws:sqs/queue:Queue": {
		read:   []string{"sqs:GetQueueAttributes", "sqs:ListQueueTags"},
		create: []string{"sqs:CreateQueue", "sqs:TagQueue"},
		update: []string{"sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"},
		delete: []string{"sqs:DeleteQueue"},
		on:     itsARN, source: "sqs/queue.go",
	},
	"aws:sqs/queuePolicy:QueuePolicy": {
		read: []string{"sqs:GetQueueAttributes"}, create: []string{"sqs:SetQueueAttributes"},
		update: []string{"sqs:SetQueueAttributes"}, delete: []string{"sqs:SetQueueAttributes"},
		on: of("aws:sqs/queue:Queue", "queueUrl"), source: "sqs/queue_policy.go",
	},
}

// targets are what a request of a kind works on, and the request's action.
func (k kind) targets(d deployment, r mockaws.Resource, text string) (action string, targets []string) {
	action, on, _ := strings.Cut(text, " ")
	switch on {
	case "":
		return action, k.on(d, r)
	case "*":
		return action, []string{"*"}
	case "{role}":
		return action, d.rolesOf(r)
	case "{bucket}":
		return action, ofBucket(d, r)
	case "{objects}":
		return action, []string{r.Outputs["arn"].(string) + "/any"}
	case "{key}":
		return action, d.keys()
	}
	return action, []string{d.arn("ec2", map[string]string{
		"{vpc}": "vpc/vpc-1", "{subnet}": "subnet/subnet-1", "{routeTable}": "route-table/rtb-1",
		"{securityGroup}": "security-group/sg-1", "{internetGateway}": "internet-gateway/igw-1",
	}[on])}
}

// rolesOf are the ARNs of the roles that a resource is given.
func (d deployment) rolesOf(r mockaws.Resource) (arns []string) {
	for _, role := range d.Find("aws:iam/role:Role") {
		if holds(r.Inputs, role.Outputs["arn"]) {
			arns = append(arns, role.Outputs["arn"].(string))
		}
	}
	return arns
}

// keys are the customer keys that the stack encrypts with, its own or given ones.
func (d deployment) keys() (arns []string) {
	for _, bucket := range d.Find("aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2") {
		rule := bucket.Inputs["rules"].([]any)[0].(map[string]any)["applyServerSideEncryptionByDefault"].(map[string]any)
		if arn, has := rule["kmsMasterKeyId"].(string); has {
			return []string{arn}
		}
	}
	return nil
}

// holds tells whether a value is somewhere in another.
func holds(in, value any) bool {
	switch in := in.(type) {
	case map[string]any:
		for _, member := range in {
			if holds(member, value) {
				return true
			}
		}
	case []any:
		for _, element := range in {
			if holds(element, value) {
				return true
			}
		}
	}
	return in == value
}
