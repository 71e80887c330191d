package mutants

import "datalake/internal/mockaws"

const bucketType = "s3/bucketV2:BucketV2"

// storageKinds are about what keeps the data: buckets, keys, logs.
var storageKinds = []Kind{
	{"a bucket is open to the public", Guardrails, in(of("s3/bucketPublicAccessBlock:BucketPublicAccessBlock"), func(r place) (made []Mutant) {
		for _, input := range sorted(r.resource.Inputs) {
			if r.at(input) == true {
				made = append(made, r.set(false, input)...)
			}
		}
		return append(made, r.drop()...)
	})},
	{"a bucket takes access lists", Guardrails, in(of("s3/bucketOwnershipControls:BucketOwnershipControls"), func(r place) []Mutant {
		return append(r.set("ObjectWriter", "rule", "objectOwnership"), r.drop()...)
	})},
	{"a bucket keeps no versions", Guardrails, in(of("s3/bucketVersioningV2:BucketVersioningV2"), func(r place) []Mutant {
		return append(r.set("Suspended", "versioningConfiguration", "status"), r.drop()...)
	})},
	{"a bucket is not encrypted, or with another key", Guardrails, in(of("s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"), func(r place) (made []Mutant) {
		made = append(r.drop(), r.set("other", "rules", 0, "applyServerSideEncryptionByDefault", "sseAlgorithm")...)
		made = append(made, r.lose("rules", 0, "applyServerSideEncryptionByDefault", "kmsMasterKeyId")...)
		return append(made, r.set(false, "rules", 0, "bucketKeyEnabled")...)
	})},
	{"what should expire is kept for ever", Guardrails, in(of("s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"), func(r place) (made []Mutant) {
		made = append(r.drop(), r.loseEach("rules")...)
		for _, rule := range r.each("rules") {
			made = append(made, rule.set("Disabled", "status")...)
			made = append(made, rule.lose("noncurrentVersionExpiration")...)
			made = append(made, rule.lose("abortIncompleteMultipartUpload")...)
		}
		return made
	})},
	{"what should be kept expires", Guardrails, in(of("s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"), func(r place) (made []Mutant) {
		for _, rule := range r.each("rules") {
			made = append(made, rule.set(1.0, "expiration", "days")...)
			made = append(made, rule.set(1.0, "noncurrentVersionExpiration", "noncurrentDays")...)
			if rule.at("expiration", "days") == nil {
				made = append(made, rule.changed(rule.words(nil)+" expires objects after 30 days", map[string]any{"days": 30.0}, "expiration")...)
			}
			made = append(made, rule.changed(rule.words(nil)+" moves objects to an archive", []any{map[string]any{"days": 30.0, "storageClass": "GLACIER"}}, "transitions")...)
			if rule.text("filter", "prefix") != "" {
				made = append(made, rule.set("", "filter", "prefix")...)
			}
		}
		return made
	})},
	{"a bucket keeps no access log", Guardrails, in(of("s3/bucketLoggingV2:BucketLoggingV2"), func(r place) []Mutant {
		return append(r.drop(), append(r.set("source/", "targetPrefix"), r.set("results/", "targetPrefix")...)...)
	})},
	{"a bucket logs elsewhere", Guardrails, anotherOf("targetBucket", "s3/bucketLoggingV2:BucketLoggingV2")},
	{"a bucket tells nobody of its objects", Guardrails, in(of("s3/bucketNotification:BucketNotification"), func(r place) []Mutant {
		return append(r.set(false, "eventbridge"), r.drop()...)
	})},
	{"data goes with its bucket", Guardrails, in(of(bucketType, "athena/workgroup:Workgroup"), func(r place) []Mutant {
		return append(r.set(true, "forceDestroy"), r.set(false, "forceDestroy")...)
	})},
	{"what holds data can be deleted", Guardrails, unkept(func(r *mockaws.Resource) *bool { return &r.Protect }, "is not protected")},
	{"what holds data goes with the stack", Guardrails, unkept(func(r *mockaws.Resource) *bool { return &r.Retain }, "does not stay")},
	{"a key is deleted, or soon", Guardrails, in(of("kms/key:Key"), func(key place) []Mutant {
		return append(key.drop(), key.set(7.0, "deletionWindowInDays")...)
	})},
	{"a key is never another", Guardrails, in(of("kms/key:Key"), func(key place) []Mutant {
		return append(key.set(false, "enableKeyRotation"), key.changed("isEnabled is false", false, "isEnabled")...)
	})},
	{"logs are kept too short, or for ever", Guardrails, in(of("cloudwatch/logGroup:LogGroup"), func(logs place) []Mutant {
		return append(logs.set(1.0, "retentionInDays"), logs.lose("retentionInDays")...)
	})},
	{"logs are not encrypted", Guardrails, in(of("cloudwatch/logGroup:LogGroup"), func(logs place) []Mutant { return logs.lose("kmsKeyId") })},
	{"a machine logs nothing, or data", Guardrails, in(of(machineType), func(machine place) (made []Mutant) {
		made = append(machine.set("OFF", "loggingConfiguration", "level"), machine.lose("loggingConfiguration")...)
		return append(append(made, machine.set(true, "loggingConfiguration", "includeExecutionData")...), machine.set(false, "loggingConfiguration", "includeExecutionData")...)
	})},
	{"a machine is not traced", Guardrails, in(of(machineType), func(machine place) []Mutant {
		if machine.at("tracingConfiguration", "enabled") != true {
			return nil
		}
		return append(machine.lose("tracingConfiguration"), machine.set(false, "tracingConfiguration", "enabled")...)
	})},
	{"a machine has another's role", Guardrails, anotherOf("roleArn", machineType)},
	{"a machine is of the other type", Guardrails, in(of(machineType), func(machine place) []Mutant {
		if machine.text("type") == "EXPRESS" {
			return machine.set("STANDARD", "type")
		}
		return machine.set("EXPRESS", "type")
	})},
}

// unkept takes an option away from each resource that has it.
func unkept(option func(*mockaws.Resource) *bool, says string) func(*mockaws.Evaluation) []Mutant {
	return func(e *mockaws.Evaluation) (made []Mutant) {
		for _, r := range e.Resources {
			if *option(&r) {
				m := whole(r).mutant(says)
				m.edits = []edit{{urn: r.URN, option: func(r *mockaws.Resource) { *option(r) = false }}}
				made = append(made, m)
			}
		}
		return made
	}
}
