package components

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Bucket is an S3 bucket as others refer to it.
type Bucket struct {
	// Name is the bucket's name, and ARN its ARN.
	Name, ARN pulumi.StringOutput
}

// Objects is the ARN pattern of the objects under a prefix.
func (b Bucket) Objects(prefix string) pulumi.StringOutput {
	return pulumi.Sprintf("%s/%s*", b.ARN, prefix)
}

// URI is the s3:// address of a prefix.
func (b Bucket) URI(prefix string) pulumi.StringOutput {
	return pulumi.Sprintf("s3://%s/%s", b.Name, prefix)
}

var bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// CheckBucketName reports what is wrong with the name of a bucket, if anything.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func CheckBucketName(name string) error {
	if !bucketForm.MatchString(name) || strings.Contains(name, "..") {
		return errors.New("give the name of a bucket, not its ARN or address: 3 to 63 lower-case letters, digits, hyphens and single dots")
	}
	return nil
}

// existingBucket is a bucket that is somebody else's to keep.
func (a account) existingBucket(name string) Bucket {
	return Bucket{
		Name: pulumi.String(name).ToStringOutput(),
		ARN:  pulumi.Sprintf("arn:%s:s3:::%s", a.partition, name),
	}
}

// missing tells whether the bucket is not given, or by half.
func (b Bucket) missing() bool {
	return b.Name == (pulumi.StringOutput{}) || b.ARN == (pulumi.StringOutput{})
}

// bucketArgs is what the lake's buckets differ in.
type bucketArgs struct {
	suffix string
	// lifecycle are the rules besides the one that every bucket has.
	lifecycle s3.BucketLifecycleConfigurationV2RuleArray
	// statements are added to the bucket's policy.
	statements func(arn pulumi.StringOutput) []any
	// logs is the bucket that takes the access logs; nil for that bucket itself, which would log its own logging.
	logs *Bucket
	// logsAreShared says that others log there too: the bucket's whole name tells its logs from theirs.
	logsAreShared bool
}

// bucket registers a bucket with everything that keeps it private, encrypted and tidy. The returned Bucket is complete:
// whoever uses its Name waits for its settings too.
func (l *DataLake) bucket(s scope, args DataLakeArgs, b bucketArgs) (Bucket, error) {
	name := s.name + "-" + b.suffix
	failed := func(what string, err error) (Bucket, error) {
		return Bucket{}, fmt.Errorf("register %s of bucket %q: %w", what, name, err)
	}
	bucket, err := s3.NewBucketV2(s.ctx, name, &s3.BucketV2Args{
		ForceDestroy: pulumi.Bool(args.Disposable),
	}, append(protection(args.Protect), s.child)...)
	if err != nil {
		return failed("the bucket", err)
	}
	private, err := s3.NewBucketPublicAccessBlock(s.ctx, name, &s3.BucketPublicAccessBlockArgs{
		Bucket:                bucket.ID(),
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, s.child)
	if err != nil {
		return failed("the public access block", err)
	}
	ownership, err := s3.NewBucketOwnershipControls(s.ctx, name, &s3.BucketOwnershipControlsArgs{
		Bucket: bucket.ID(),
		Rule:   &s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, s.child)
	if err != nil {
		return failed("the ownership", err)
	}
	encryption, err := s3.NewBucketServerSideEncryptionConfigurationV2(s.ctx, name, &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: bucket.ID(),
		Rules:  s3.BucketServerSideEncryptionConfigurationV2RuleArray{b.encryption(l.Key)},
	}, s.child)
	if err != nil {
		return failed("the encryption", err)
	}
	versioning, err := s3.NewBucketVersioningV2(s.ctx, name, &s3.BucketVersioningV2Args{
		Bucket:                  bucket.ID(),
		VersioningConfiguration: &s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	}, s.child)
	if err != nil {
		return failed("the versioning", err)
	}
	if _, err := s3.NewBucketLifecycleConfigurationV2(s.ctx, name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: bucket.ID(),
		Rules:  append(s3.BucketLifecycleConfigurationV2RuleArray{keepTidy(args.NoncurrentDays)}, b.lifecycle...),
	}, s.child, pulumi.DependsOn([]pulumi.Resource{versioning})); err != nil {
		return failed("the lifecycle", err)
	}
	statements := []any{denyPlainText([]string{"s3:*"}, bucket.Arn, pulumi.Sprintf("%s/*", bucket.Arn))}
	if b.statements != nil {
		statements = append(statements, b.statements(bucket.Arn)...)
	}
	// S3 answers "conflicting operation" to a policy that arrives together with the public access block.
	policy, err := s3.NewBucketPolicy(s.ctx, name, &s3.BucketPolicyArgs{
		Bucket: bucket.ID(),
		Policy: renderJSON(policy(statements...)),
	}, s.child, pulumi.DependsOn([]pulumi.Resource{private}))
	if err != nil {
		return failed("the policy", err)
	}
	if b.logs != nil {
		prefix := pulumi.String(b.suffix + "/").ToStringOutput()
		if b.logsAreShared {
			prefix = pulumi.Sprintf("%s/", bucket.Bucket)
		}
		if _, err := s3.NewBucketLoggingV2(s.ctx, name, &s3.BucketLoggingV2Args{
			Bucket:       bucket.ID(),
			TargetBucket: b.logs.Name,
			TargetPrefix: prefix,
		}, s.child); err != nil {
			return failed("the access log", err)
		}
	}
	ready := []pulumi.Resource{policy, ownership, encryption}
	return Bucket{
		Name: pulumi.OutputWithDependencies(s.ctx.Context(), bucket.Bucket, ready...).(pulumi.StringOutput),
		ARN:  pulumi.OutputWithDependencies(s.ctx.Context(), bucket.Arn, ready...).(pulumi.StringOutput),
	}, nil
}

// encryption is SSE-KMS where there is a customer key. Access logs are delivered to SSE-S3 buckets only.
func (b bucketArgs) encryption(key *Key) *s3.BucketServerSideEncryptionConfigurationV2RuleArgs {
	if key == nil || b.logs == nil {
		return &s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
			ApplyServerSideEncryptionByDefault: &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
				SseAlgorithm: pulumi.String("AES256"),
			},
		}
	}
	return &s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
		ApplyServerSideEncryptionByDefault: &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
			SseAlgorithm:   pulumi.String("aws:kms"),
			KmsMasterKeyId: key.arn(),
		},
		BucketKeyEnabled: pulumi.Bool(true),
	}
}

// keepTidy is every bucket's rule: old versions, the marks of deletion that outlive them and abandoned uploads go. No rule moves an object to an archive tier,
// where Athena could not read it.
func keepTidy(noncurrentDays int) *s3.BucketLifecycleConfigurationV2RuleArgs {
	return &s3.BucketLifecycleConfigurationV2RuleArgs{
		Id:     pulumi.String("keep-tidy"),
		Status: pulumi.String("Enabled"),
		Filter: &s3.BucketLifecycleConfigurationV2RuleFilterArgs{},
		Expiration: &s3.BucketLifecycleConfigurationV2RuleExpirationArgs{
			ExpiredObjectDeleteMarker: pulumi.Bool(true),
		},
		NoncurrentVersionExpiration: &s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
			NoncurrentDays: pulumi.Int(noncurrentDays),
		},
		AbortIncompleteMultipartUpload: &s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
			DaysAfterInitiation: pulumi.Int(7),
		},
	}
}

// expire is a rule that deletes what lies under a prefix after some days.
func expire(id, prefix string, days int) *s3.BucketLifecycleConfigurationV2RuleArgs {
	return &s3.BucketLifecycleConfigurationV2RuleArgs{
		Id:         pulumi.String(id),
		Status:     pulumi.String("Enabled"),
		Filter:     &s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String(prefix)},
		Expiration: &s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(days)},
	}
}
