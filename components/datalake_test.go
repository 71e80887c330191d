package components

import (
	"fmt"
	"slices"
	"testing"

	"datalake/internal/mockaws"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

var buckets = []string{"source", "processed", "results", "artifacts", "logs"}

// onEveryBucket runs a test for each bucket of lakes with and without a customer key.
func onEveryBucket(t *testing.T, test func(t *testing.T, d deployed, name string, customerKey bool)) {
	for _, customerKey := range []bool{false, true} {
		d := deploy(t, lakeProgram(&DataLakeArgs{CustomerKey: customerKey}))
		for _, bucket := range buckets {
			t.Run(fmt.Sprintf("%s, customer key %t", bucket, customerKey), func(t *testing.T) {
				test(t, deployed{t, d.Evaluation}, "lake-"+bucket, customerKey)
			})
		}
	}
}

func TestBucketsArePrivate(t *testing.T) {
	onEveryBucket(t, func(t *testing.T, d deployed, name string, _ bool) {
		id := d.the("s3.BucketV2", name).Outputs["bucket"]
		require.Equal(t, map[string]any{
			"bucket": id, "blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true,
		}, d.the("s3.BucketPublicAccessBlock", name).Inputs)
		require.Equal(t, map[string]any{
			"bucket": id, "rule": map[string]any{"objectOwnership": "BucketOwnerEnforced"},
		}, d.the("s3.BucketOwnershipControls", name).Inputs)
	})
}

func TestBucketsAreEncrypted(t *testing.T) {
	onEveryBucket(t, func(t *testing.T, d deployed, name string, customerKey bool) {
		rule := map[string]any{"applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "AES256"}}
		if customerKey && name != "lake-logs" { // access logs are delivered to SSE-S3 buckets only
			rule = map[string]any{
				"applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": d.arn("kms.Key", "lake-key")},
				"bucketKeyEnabled":                   true,
			}
		}
		require.Equal(t, []any{rule}, d.the("s3.BucketServerSideEncryptionConfigurationV2", name).Inputs["rules"])
	})
}

func TestBucketsKeepVersions(t *testing.T) {
	onEveryBucket(t, func(t *testing.T, d deployed, name string, _ bool) {
		versioning := d.the("s3.BucketVersioningV2", name)
		require.Equal(t, map[string]any{"status": "Enabled"}, versioning.Inputs["versioningConfiguration"])
		require.Contains(t, d.the("s3.BucketLifecycleConfigurationV2", name).Dependencies, versioning.URN,
			"a rule for old versions comes after the versions")
	})
}

func TestBucketsTakeTLSOnly(t *testing.T) {
	onEveryBucket(t, func(t *testing.T, d deployed, name string, _ bool) {
		policy := d.the("s3.BucketPolicy", name)
		statements := object(t, policy, "policy")["Statement"].([]any)
		arn := d.arn("s3.BucketV2", name)
		require.Equal(t, map[string]any{
			"Effect": "Deny", "Principal": "*", "Action": []any{"s3:*"}, "Resource": []any{arn, arn + "/*"},
			"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
		}, statements[0])
		if name == "lake-logs" {
			require.Equal(t, []any{map[string]any{
				"Effect": "Allow", "Principal": map[string]any{"Service": "logging.s3.amazonaws.com"}, "Action": []any{"s3:PutObject"}, "Resource": []any{arn + "/*"},
				"Condition": map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": mockaws.AccountID}},
			}}, statements[1:], "S3 delivers the access logs of this account")
		} else {
			require.Len(t, statements, 1, "the policy allows nothing: the roles' policies do")
		}
		require.Contains(t, policy.Dependencies, d.the("s3.BucketPublicAccessBlock", name).URN,
			"S3 refuses a policy that comes together with the public access block")
	})
}

// The log bucket would log its own logging without an end.
func TestBucketsLogAccess(t *testing.T) {
	onEveryBucket(t, func(t *testing.T, d deployed, name string, _ bool) {
		if name == "lake-logs" {
			d.lacks("s3.BucketLoggingV2", name)
			return
		}
		require.Equal(t, map[string]any{
			"bucket":       d.the("s3.BucketV2", name).Outputs["bucket"],
			"targetBucket": d.the("s3.BucketV2", "lake-logs").Outputs["bucket"],
			"targetPrefix": name[len("lake-"):] + "/",
		}, d.the("s3.BucketLoggingV2", name).Inputs)
		require.Contains(t, d.the("s3.BucketLoggingV2", name).Dependencies, d.the("s3.BucketPolicy", "lake-logs").URN,
			"the log bucket lets S3 deliver before it is asked to")
	})
}

func TestBucketsAreKeptTidy(t *testing.T) {
	d := deploy(t, lakeProgram(&DataLakeArgs{NoncurrentDays: 9, ResultDays: 11}))
	tidy := map[string]any{
		"id": "keep-tidy", "status": "Enabled", "filter": map[string]any{},
		"expiration":                     map[string]any{"expiredObjectDeleteMarker": true},
		"noncurrentVersionExpiration":    map[string]any{"noncurrentDays": 9.0},
		"abortIncompleteMultipartUpload": map[string]any{"daysAfterInitiation": 7.0},
	}
	expire := func(id, prefix string, days float64) any {
		return map[string]any{
			"id": id, "status": "Enabled", "filter": map[string]any{"prefix": prefix}, "expiration": map[string]any{"days": days},
		}
	}
	for bucket, rules := range map[string][]any{
		"source":    {tidy},
		"processed": {tidy},
		"results":   {tidy, expire("expire", "", 11)},
		"artifacts": {tidy, expire("expire-temporary", "temp/", 7)},
		"logs":      {tidy, expire("expire", "", 90)},
	} {
		require.Equal(t, rules, d.the("s3.BucketLifecycleConfigurationV2", "lake-"+bucket).Inputs["rules"], bucket)
	}
}

// Athena reads no object in an archive tier.
func TestNoRuleArchives(t *testing.T) {
	onEveryBucket(t, func(t *testing.T, d deployed, name string, _ bool) {
		for _, rule := range d.the("s3.BucketLifecycleConfigurationV2", name).Inputs["rules"].([]any) {
			require.NotContains(t, rule, "transitions")
			require.NotContains(t, rule, "noncurrentVersionTransitions")
		}
	})
}

func TestEventBridgeHearsOfNewSourceData(t *testing.T) {
	d := deploy(t, lakeProgram(nil))
	require.Len(t, d.Find("aws:s3/bucketNotification:BucketNotification"), 1)
	notification := d.the("s3.BucketNotification", "lake-source")
	require.Equal(t, map[string]any{"bucket": d.the("s3.BucketV2", "lake-source").Outputs["bucket"], "eventbridge": true}, notification.Inputs)
}

// Whoever uses a bucket of the lake waits until it is private and encrypted.
func TestABucketIsHandedOutComplete(t *testing.T) {
	d := deploy(t, lakeProgram(nil))
	for _, kind := range []string{"s3.BucketPolicy", "s3.BucketOwnershipControls", "s3.BucketServerSideEncryptionConfigurationV2"} {
		require.Contains(t, d.the("s3.BucketNotification", "lake-source").Dependencies, d.the(kind, "lake-source").URN)
	}
}

func TestBucketsGoWithTheirObjectsOnlyIfDisposable(t *testing.T) {
	for _, disposable := range []bool{false, true} {
		inPreviewAndApply(t, lakeProgram(&DataLakeArgs{Disposable: disposable}), func(t *testing.T, evaluation *mockaws.Evaluation) {
			for _, bucket := range evaluation.Find("aws:s3/bucketV2:BucketV2") {
				require.Equal(t, disposable, bucket.Inputs["forceDestroy"], bucket.URN)
			}
		})
	}
}

func TestWhatHoldsDataIsProtectedWhereAskedFor(t *testing.T) {
	for _, protect := range []bool{false, true} {
		inPreviewAndApply(t, lakeProgram(&DataLakeArgs{Protect: protect, CustomerKey: true}), func(t *testing.T, evaluation *mockaws.Evaluation) {
			for _, r := range evaluation.Resources {
				holdsData := slices.Contains([]string{"aws:s3/bucketV2:BucketV2", "aws:kms/key:Key"}, r.Type)
				require.Equal(t, protect && holdsData, r.Protect, r.URN)
			}
		})
	}
}

func TestTheKeyRotatesAndServesTheLakesServices(t *testing.T) {
	key := deploy(t, lakeProgram(&DataLakeArgs{CustomerKey: true})).the("kms.Key", "lake-key")
	require.Equal(t, true, key.Inputs["enableKeyRotation"])
	require.Equal(t, 30.0, key.Inputs["deletionWindowInDays"])
	// EventBridge names neither an ARN nor an account when it uses a key: its statement has no condition.
	requireJSON(t, key, "policy", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": ["kms:*"], "Resource": ["*"]},
		{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": ["*"]},
		{"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": ["*"],
			"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}},
		{"Effect": "Allow", "Principal": {"Service": "logs.eu-west-1.amazonaws.com"},
			"Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"], "Resource": ["*"],
			"Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vendedlogs/states/*", "arn:aws:logs:eu-west-1:123456789012:log-group:/aws-glue/*"]}}}
	]}`)
}

func TestWithoutACustomerKeyThereIsNone(t *testing.T) {
	deploy(t, func(ctx *pulumi.Context) error {
		lake, err := NewDataLake(ctx, "lake", nil)
		require.Nil(t, lake.Key)
		return err
	}).lacks("kms.Key", "lake-key")
}
