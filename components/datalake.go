package components

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const dataLakeToken = "datalake:index:DataLake"

// DataLakeArgs is what environments differ in.
type DataLakeArgs struct {
	// Disposable lets the buckets be deleted with what is in them. Default: false.
	Disposable bool
	// Protect keeps Pulumi from deleting the buckets and the key. Default: false.
	Protect bool
	// CustomerKey encrypts with a key of this account that rotates each year. Default: keys that AWS manages.
	CustomerKey bool
	// KeyARN encrypts with a key that exists already, whose policy holds what [Key.Policy] says. Excludes CustomerKey.
	// Default: none.
	KeyARN string
	// LogBucket is the name of a bucket that exists already and takes the access logs: in the same account and region,
	// encrypted with SSE-S3, and with a policy that lets S3 deliver them. Default: a bucket of the lake's own.
	//
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
	LogBucket string
	// NoncurrentDays is how long an overwritten or deleted object can be brought back. Default: 30.
	NoncurrentDays int
	// AccessLogDays is how long access logs are kept. Default: 90.
	AccessLogDays int
	// ResultDays is how long query results and their kind are kept. Default: 30.
	ResultDays int
}

// DataLake is where the data lives: private, encrypted, versioned buckets that take TLS only and keep access logs.
type DataLake struct {
	pulumi.ResourceState

	// Source takes the raw data; EventBridge gets an event of every object that arrives.
	Source Bucket
	// Processed takes the datasets that jobs make.
	Processed Bucket
	// Results takes Athena's query results.
	Results Bucket
	// Artifacts takes scripts, and temporary files under temp/.
	Artifacts Bucket
	// Logs takes the other buckets' access logs, and is perhaps not the lake's own.
	Logs Bucket
	// Key encrypts all of it; nil where AWS manages the keys.
	Key *Key
}

// NewDataLake registers the lake. It owns the notifications of its buckets: S3 keeps one configuration a bucket.
func NewDataLake(ctx *pulumi.Context, name string, args *DataLakeArgs, opts ...pulumi.ResourceOption) (*DataLake, error) {
	settings, err := args.check()
	if err != nil {
		return nil, fmt.Errorf("data lake %q: %w", name, err)
	}
	lake := &DataLake{}
	s, err := open(ctx, dataLakeToken, name, lake, Operations{Retain: !settings.Disposable}, opts)
	if err != nil {
		return nil, err
	}
	switch {
	case settings.KeyARN != "":
		lake.Key = s.existingKey(settings.KeyARN)
	case settings.CustomerKey:
		if lake.Key, err = s.key("key", settings.Protect); err != nil {
			return nil, err
		}
	}
	if err := lake.buckets(s, settings); err != nil {
		return nil, err
	}
	return lake, ctx.RegisterResourceOutputs(lake, pulumi.Map{
		"sourceBucket":    lake.Source.Name,
		"processedBucket": lake.Processed.Name,
		"resultsBucket":   lake.Results.Name,
		"artifactsBucket": lake.Artifacts.Name,
		"logsBucket":      lake.Logs.Name,
	})
}

func (a *DataLakeArgs) check() (DataLakeArgs, error) {
	if a == nil {
		a = &DataLakeArgs{}
	}
	args := *a
	args.NoncurrentDays = cmp.Or(args.NoncurrentDays, 30)
	args.ResultDays = cmp.Or(args.ResultDays, 30)
	args.AccessLogDays = cmp.Or(args.AccessLogDays, 90)
	var faults []error
	if args.NoncurrentDays < 1 || args.ResultDays < 1 || args.AccessLogDays < 1 {
		faults = append(faults, fmt.Errorf("NoncurrentDays is %d, ResultDays is %d and AccessLogDays is %d: each is at least 1", args.NoncurrentDays, args.ResultDays, args.AccessLogDays))
	}
	if args.Disposable && args.Protect {
		faults = append(faults, errors.New("both Disposable and Protect are set: they exclude each other, choose one"))
	}
	if args.KeyARN != "" {
		if err := CheckKeyARN(args.KeyARN, ""); err != nil {
			faults = append(faults, fmt.Errorf("KeyARN is %q: %w", args.KeyARN, err))
		}
		if args.CustomerKey {
			faults = append(faults, errors.New("both KeyARN and CustomerKey are set: they exclude each other, choose one"))
		}
	}
	if args.LogBucket != "" {
		if err := CheckBucketName(args.LogBucket); err != nil {
			faults = append(faults, fmt.Errorf("LogBucket is %q: %w", args.LogBucket, err))
		}
	}
	return args, errors.Join(faults...)
}

func (l *DataLake) buckets(s scope, args DataLakeArgs) (err error) {
	if args.LogBucket != "" {
		l.Logs = s.existingBucket(args.LogBucket)
	} else if l.Logs, err = l.bucket(s, args, bucketArgs{
		suffix:    "logs",
		lifecycle: s3.BucketLifecycleConfigurationV2RuleArray{expire("expire", "", args.AccessLogDays)},
		statements: func(arn pulumi.StringOutput) []any {
			return []any{statement("Allow", servicePrincipal("logging.s3.amazonaws.com"), []string{"s3:PutObject"},
				[]any{pulumi.Sprintf("%s/*", arn)}, s.sourceAccount())}
		},
	}); err != nil {
		return err
	}
	for _, b := range []struct {
		bucket *Bucket
		args   bucketArgs
	}{
		{&l.Source, bucketArgs{suffix: "source"}},
		{&l.Processed, bucketArgs{suffix: "processed"}},
		{&l.Results, bucketArgs{suffix: "results", lifecycle: s3.BucketLifecycleConfigurationV2RuleArray{expire("expire", "", args.ResultDays)}}},
		{&l.Artifacts, bucketArgs{suffix: "artifacts", lifecycle: s3.BucketLifecycleConfigurationV2RuleArray{expire("expire-temporary", "temp/", 7)}}},
	} {
		b.args.logs, b.args.logsAreShared = &l.Logs, args.LogBucket != ""
		if *b.bucket, err = l.bucket(s, args, b.args); err != nil {
			return err
		}
	}
	if _, err := s3.NewBucketNotification(s.ctx, s.name+"-source", &s3.BucketNotificationArgs{
		Bucket:      l.Source.Name,
		Eventbridge: pulumi.Bool(true),
	}, s.child); err != nil {
		return fmt.Errorf("register the notifications of the source bucket: %w", err)
	}
	return nil
}
