package stack

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

var encryptionGuardrails = []guardrail{
	{
		rule:   "every bucket is encrypted, with the customer key where the environment has one",
		reason: "with a key of one's own, access to the data can be audited and withdrawn; a bucket key keeps the calls few",
		source: "S3.17 https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
		violations: eachBucket(sseType, func(d *deployment, bucket, sse mockaws.Resource) []string {
			algorithm := textAt(sse.Inputs, "rules", 0, "applyServerSideEncryptionByDefault", "sseAlgorithm")
			key := textAt(sse.Inputs, "rules", 0, "applyServerSideEncryptionByDefault", "kmsMasterKeyId")
			if !d.hasKey() || isLogBucket(d, bucket) {
				return unless(algorithm == "AES256", "the algorithm is %q, not AES256", algorithm)
			}
			return slices.Concat(
				unless(algorithm == "aws:kms", "the algorithm is %q, not aws:kms", algorithm),
				unless(key != "" && key == d.key(), "the key is %q, not the stack's", key),
				unless(at(sse.Inputs, "rules", 0, "bucketKeyEnabled") == true, "has no bucket key"),
			)
		}),
		breaches: []breach{
			{"prod", set(sseType, "lake-source", "AES256", "rules", 0, "applyServerSideEncryptionByDefault", "sseAlgorithm"), `BucketV2 lake-source: the algorithm is "AES256", not aws:kms`},
			{"prod", set(sseType, "lake-results", "alias/aws/s3", "rules", 0, "applyServerSideEncryptionByDefault", "kmsMasterKeyId"), `BucketV2 lake-results: the key is "alias/aws/s3", not the stack's`},
			{"prod", set(sseType, "lake-results", nil, "rules", 0, "bucketKeyEnabled"), "BucketV2 lake-results: has no bucket key"},
			{"dev", drop(sseType, "lake-artifacts"), "BucketV2 lake-artifacts: has 0 BucketServerSideEncryptionConfigurationV2, not one"},
			{"prod", set(sseType, "lake-logs", "aws:kms", "rules", 0, "applyServerSideEncryptionByDefault", "sseAlgorithm"), `BucketV2 lake-logs: the algorithm is "aws:kms", not AES256`},
		},
	},
	{
		rule:   "every topic is encrypted, unless AWS services publish on it and there is no customer key",
		reason: "messages hold query results; the key that AWS manages for SNS cannot let services in",
		source: "SNS.1 https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
		violations: each(topicType, func(d *deployment, topic mockaws.Resource) []string {
			key := textAt(topic.Inputs, "kmsMasterKeyId")
			switch {
			case d.hasKey():
				return unless(key != "" && key == d.key(), "the key is %q, not the stack's", key)
			case len(publishers(d, topic)) > 0:
				return unless(key == "", "the key is %q, which does not let %s in", key, strings.Join(publishers(d, topic), ", "))
			default:
				return unless(key == "alias/aws/sns", "the key is %q, not the one that AWS manages", key)
			}
		}),
		breaches: []breach{
			{"prod", set(topicType, "alerts-topic", nil, "kmsMasterKeyId"), `Topic alerts-topic: the key is "", not the stack's`},
			{"prod", set(topicType, "execute-queries-results", "alias/aws/sns", "kmsMasterKeyId"), `Topic execute-queries-results: the key is "alias/aws/sns", not the stack's`},
			{"dev", set(topicType, "execute-queries-results", nil, "kmsMasterKeyId"), `Topic execute-queries-results: the key is "", not the one that AWS manages`},
			{"dev", set(topicType, "alerts-topic", "alias/aws/sns", "kmsMasterKeyId"), `Topic alerts-topic: the key is "alias/aws/sns", which does not let events.amazonaws.com, cloudwatch.amazonaws.com in`},
		},
	},
	{
		rule:   "every queue is encrypted",
		reason: "queues hold events, results and alerts for up to two weeks",
		source: "SQS.1 https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html",
		violations: each(queueType, func(_ *deployment, queue mockaws.Resource) []string {
			return unless(queue.Inputs["sqsManagedSseEnabled"] == true || textAt(queue.Inputs, "kmsMasterKeyId") != "", "is not encrypted")
		}),
		breaches: []breach{
			{"dev", set(queueType, "crawl-dataset-dead-letters", false, "sqsManagedSseEnabled"), "Queue crawl-dataset-dead-letters: is not encrypted"},
		},
	},
	{
		rule:   "log groups are encrypted with the customer key where the environment has one",
		reason: "logs tell of the data, and with payloads they hold it",
		source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
		violations: each(logGroupType, func(d *deployment, logs mockaws.Resource) []string {
			key := textAt(logs.Inputs, "kmsKeyId")
			return unless(!d.hasKey() || key != "" && key == d.key(), "the key is %q, not the stack's", key)
		}),
		breaches: []breach{
			{"prod", set(logGroupType, "crawl-dataset-machine", nil, "kmsKeyId"), `LogGroup crawl-dataset-machine: the key is "", not the stack's`},
		},
	},
	{
		rule:   "query results are encrypted, with the customer key where the environment has one",
		reason: "a result is a copy of the data",
		source: "https://docs.aws.amazon.com/athena/latest/ug/encrypting-query-results-stored-in-s3.html",
		violations: each(workgroupType, func(d *deployment, workgroup mockaws.Resource) []string {
			encryption := at(workgroup.Inputs, "configuration", "resultConfiguration", "encryptionConfiguration")
			option, key := textAt(encryption, "encryptionOption"), textAt(encryption, "kmsKeyArn")
			if !d.hasKey() {
				return unless(option == "SSE_S3", "the option is %q, not SSE_S3", option)
			}
			return unless(option == "SSE_KMS" && key != "" && key == d.key(), "the option is %q with the key %q, not SSE_KMS with the stack's", option, key)
		}),
		breaches: []breach{
			{"dev", set(workgroupType, "execute-queries-workgroup", nil, "configuration", "resultConfiguration", "encryptionConfiguration"), `Workgroup execute-queries-workgroup: the option is "", not SSE_S3`},
			{"prod", set(workgroupType, "execute-queries-workgroup", nil, "configuration", "resultConfiguration", "encryptionConfiguration", "kmsKeyArn"), `Workgroup execute-queries-workgroup: the option is "SSE_KMS" with the key "", not SSE_KMS with the stack's`},
		},
	},
	{
		rule:   "production has one customer key, which, unless it was there before, rotates each year and takes 30 days to go",
		reason: "what an old key has leaked is bounded, and a deletion by mistake can be called off",
		source: "KMS.3 KMS.4 https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
		violations: func(d *deployment) (violations []string) {
			keys := d.Find(keyType)
			for _, key := range keys {
				rotates, days := key.Inputs["enableKeyRotation"] == true, key.Inputs["deletionWindowInDays"]
				violations = append(violations, slices.Concat(
					unless(rotates, "%s: does not rotate", label(key)),
					unless(days == 30.0, "%s: goes within %v days", label(key), days),
					unless(key.Inputs["isEnabled"] != false, "%s: is switched off", label(key)),
				)...)
			}
			return append(violations, unless(!d.isProduction() || len(keys) == 1 || len(keys) == 0 && d.given("kmsKeyArn") != "", "there are %d keys", len(keys))...)
		},
		breaches: []breach{
			{"prod", set(keyType, "lake-key", false, "enableKeyRotation"), "Key lake-key: does not rotate"},
			{"prod", set(keyType, "lake-key", 7.0, "deletionWindowInDays"), "Key lake-key: goes within 7 days"},
			{"prod", set(keyType, "lake-key", false, "isEnabled"), "Key lake-key: is switched off"},
			{"prod", drop(keyType, "lake-key"), "there are 0 keys"},
		},
	},
	{
		rule:   "the key's policy lets in exactly what uses the key",
		reason: "a service too few drops messages silently, one too many can read the lake; EventBridge sends no source along, so a condition shuts it out",
		source: "KMS.5 https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
		violations: each(keyType, func(d *deployment, key mockaws.Resource) (faults []string) {
			users, owned := keyUsers(d), false
			for _, s := range statements(key, "policy") {
				owner := fmt.Sprintf("arn:aws:iam::%s:root", d.AccountID)
				if slices.Equal(s.Principal["AWS"], oneOrMore{owner}) && len(s.Principal) == 1 && s.Effect == "Allow" {
					owned = slices.Contains(s.Action, "kms:*")
					continue // who may use the key is then up to the account's own policies
				}
				if len(s.services()) != 1 || len(s.Principal) != 1 || s.Effect != "Allow" {
					faults = append(faults, fmt.Sprintf("%s for %v is not what a service needs", s.Effect, s.Principal))
					continue
				}
				service := s.services()[0]
				condition, uses := users[service]
				delete(users, service)
				switch {
				case !uses:
					faults = append(faults, service+" does not use it")
				case fmt.Sprint(s.Condition) != fmt.Sprint(condition):
					faults = append(faults, fmt.Sprintf("%s is let in under the condition %v, not %v", service, s.Condition, condition))
				default:
					for _, action := range []string{"kms:Decrypt", "kms:GenerateDataKey*"} {
						faults = append(faults, unless(slices.Contains(s.Action, action), "%s may not %s", service, action)...)
					}
					faults = append(faults, unless(!slices.Contains(s.Action, "kms:*"), "%s may do everything", service)...)
				}
			}
			for _, service := range slices.Sorted(maps.Keys(users)) {
				faults = append(faults, service+" uses it and is not let in")
			}
			return append(faults, unless(owned, "its account may not manage it")...)
		}),
		breaches: []breach{
			{"prod", set(keyType, "lake-key", "kms:Decrypt", "policy", "Statement", 0, "Action"), "Key lake-key: its account may not manage it"},
			{"prod", set(keyType, "lake-key", map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": "444455556666"}}, "policy", "Statement", 1, "Condition"), "Key lake-key: events.amazonaws.com is let in under the condition map[StringEquals:map[aws:SourceAccount:[444455556666]]], not map[]"},
			{"prod", set(keyType, "lake-key", nil, "policy", "Statement", 2, "Condition"), "Key lake-key: cloudwatch.amazonaws.com is let in under the condition map[], not map[StringEquals:map[aws:SourceAccount:[444455556666]]]"},
			{"prod", set(keyType, "lake-key", "arn:aws:logs:ap-southeast-1:444455556666:*", "policy", "Statement", 3, "Condition", "ArnLike", "kms:EncryptionContext:aws:logs:arn"), "Key lake-key: logs.ap-southeast-1.amazonaws.com is let in under the condition map[ArnLike:map[kms:EncryptionContext:aws:logs:arn:[arn:aws:logs:ap-southeast-1:444455556666:*]]], not map[ArnLike:map[kms:EncryptionContext:aws:logs:arn:[arn:aws:logs:ap-southeast-1:444455556666:log-group:/aws/vendedlogs/states/* arn:aws:logs:ap-southeast-1:444455556666:log-group:/aws-glue/*]]]"},
			{"prod", set(keyType, "lake-key", map[string]any{"Effect": "Allow", "Principal": map[string]any{"Service": "s3.amazonaws.com"}, "Action": "kms:Decrypt", "Resource": "*"}, "policy", "Statement", 4), "Key lake-key: s3.amazonaws.com does not use it"},
			{"prod", set(keyType, "lake-key", map[string]any{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}, "policy", "Statement", 4), "Key lake-key: Allow for map[AWS:[*]] is not what a service needs"},
			{"prod", set(keyType, "lake-key", []any{"kms:Decrypt"}, "policy", "Statement", 1, "Action"), "Key lake-key: events.amazonaws.com may not kms:GenerateDataKey*"},
			{"prod", set(keyType, "lake-key", "s3.amazonaws.com", "policy", "Statement", 1, "Principal", "Service"), "Key lake-key: s3.amazonaws.com does not use it\nKey lake-key: events.amazonaws.com uses it and is not let in"},
		},
	},
	{
		rule:   "who reads or writes what the key encrypts may use the key for that, and for nothing else",
		reason: "without the key a read or a publish fails; with it for no purpose, a role reads more than it needs",
		source: "KMS.2 https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
		violations: each(rolePolicyType, func(d *deployment, policy mockaws.Resource) (faults []string) {
			var reads, writes, decrypts, generates bool
			for _, s := range statements(policy, "policy") {
				for _, action := range s.Action {
					reads = reads || action == "s3:GetObject" || action == "sns:Publish"
					writes = writes || action == "s3:PutObject" || action == "sns:Publish"
					if strings.HasPrefix(action, "kms:") {
						faults = append(faults, unless(slices.Equal(s.Resource, oneOrMore{d.key()}), "may %s with %v", action, s.Resource)...)
					}
					decrypts = decrypts || action == "kms:Decrypt"
					generates = generates || action == "kms:GenerateDataKey"
				}
			}
			reads, writes = reads && d.key() != "", writes && d.key() != ""
			return slices.Concat(faults,
				unless(decrypts == reads, "may kms:Decrypt: %v, reads what is encrypted: %v", decrypts, reads),
				unless(generates == writes, "may kms:GenerateDataKey: %v, writes what is encrypted: %v", generates, writes),
			)
		}),
		breaches: []breach{
			{"prod", set(rolePolicyType, "crawl-dataset-crawler-role", []any{"kms:GenerateDataKey"}, "policy", "Statement", 1, "Action"), "RolePolicy crawl-dataset-crawler-role: may kms:Decrypt: false, reads what is encrypted: true\nRolePolicy crawl-dataset-crawler-role: may kms:GenerateDataKey: true, writes what is encrypted: false"},
			{"prod", set(rolePolicyType, "crawl-dataset-crawler-role", []any{"arn:aws:kms:ap-southeast-1:444455556666:key/*"}, "policy", "Statement", 1, "Resource"), "RolePolicy crawl-dataset-crawler-role: may kms:Decrypt with [arn:aws:kms:ap-southeast-1:444455556666:key/*]"},
		},
	},
}

// keyUsers are the services that use the customer key, with the condition under which each is to be let in.
func keyUsers(d *deployment) map[string]map[string]map[string]oneOrMore {
	users := map[string]map[string]map[string]oneOrMore{}
	for _, topic := range d.Find(topicType) {
		for _, service := range publishers(d, topic) {
			users[service] = nil
			if service != "events.amazonaws.com" {
				users[service] = map[string]map[string]oneOrMore{"StringEquals": {"aws:SourceAccount": {d.AccountID}}}
			}
		}
	}
	region := d.stack.Config["aws:region"]
	group := func(prefix string) string {
		return fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s*", region, d.AccountID, prefix)
	}
	groups := oneOrMore{group("/aws/vendedlogs/states/")}
	if len(d.Find(securityType)) > 0 {
		groups = append(groups, group("/aws-glue/"))
	}
	users["logs."+region+".amazonaws.com"] = map[string]map[string]oneOrMore{"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}}
	return users
}

// publishers are the AWS services that publish on a topic: EventBridge by its rules, CloudWatch by its alarms.
func publishers(d *deployment, topic mockaws.Resource) (services []string) {
	if len(belonging(d, targetType, "arn", topic.Outputs["arn"])) > 0 {
		services = append(services, "events.amazonaws.com")
	}
	if slices.ContainsFunc(d.Find(alarmType), func(alarm mockaws.Resource) bool { return at(alarm.Inputs, "alarmActions", 0) == topic.Outputs["arn"] }) {
		services = append(services, "cloudwatch.amazonaws.com")
	}
	return services
}
