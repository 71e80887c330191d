package components

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"datalake/asl"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/glue"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// job registers the Spark job with its script and its role.
func (w *WeeklyEtl) job(s scope, args WeeklyEtlArgs, security pulumi.StringPtrInput) (*glue.Job, error) {
	script, err := s.file(args, "script", args.Script.Path)
	if err != nil {
		return nil, err
	}
	arguments := pulumi.StringMap{
		"--source":                           args.Source.URI(args.SourcePrefix),
		"--target":                           args.Processed.URI(args.Table.Prefix),
		"--quarantine":                       args.Processed.URI(args.QuarantinePrefix),
		"--TempDir":                          args.Artifacts.URI(args.TemporaryPrefix),
		"--enable-auto-scaling":              pulumi.String("true"),
		"--enable-continuous-cloudwatch-log": pulumi.String("true"),
		"--enable-metrics":                   pulumi.String("true"),
		"--job-language":                     pulumi.String("python"),
	}
	for argument, value := range args.Script.Arguments {
		arguments[argument] = pulumi.String(value)
	}
	for _, argument := range slices.Sorted(maps.Keys(args.Script.Files)) {
		if arguments[argument], err = s.file(args, strings.TrimPrefix(argument, "--"), args.Script.Files[argument]); err != nil {
			return nil, err
		}
	}
	if args.Script.Package != "" {
		modules, err := args.Script.modules(s.ctx.RootDirectory())
		if err != nil {
			return nil, err
		}
		if arguments["--extra-py-files"], err = s.artifact(args, "package", args.Script.archiveName(), pulumi.NewAssetArchive(modules)); err != nil {
			return nil, err
		}
	}
	role, rolePolicy, err := s.role("job-role", "glue.amazonaws.com", s.sourceAccount(), jobNeeds(s.account, args))
	if err != nil {
		return nil, err
	}
	var connections pulumi.StringArray
	if args.ConnectionName != nil {
		connections = pulumi.StringArray{args.ConnectionName}
	}
	class := "STANDARD"
	if args.Flexible {
		class = "FLEX"
	}
	job, err := glue.NewJob(s.ctx, s.name+"-job", &glue.JobArgs{
		Name:        pulumi.String(args.Job),
		Description: pulumi.String("Turns raw messages into windows of time, as CSV"),
		RoleArn:     role.Arn,
		GlueVersion: pulumi.String("5.1"),
		Command: &glue.JobCommandArgs{
			Name:           pulumi.String("glueetl"),
			PythonVersion:  pulumi.String("3"),
			ScriptLocation: script,
		},
		WorkerType:            pulumi.String("G.1X"),
		NumberOfWorkers:       pulumi.Int(args.Workers),
		ExecutionClass:        pulumi.String(class),
		ExecutionProperty:     &glue.JobExecutionPropertyArgs{MaxConcurrentRuns: pulumi.Int(1)},
		MaxRetries:            pulumi.Int(0), // the state machine decides
		Timeout:               pulumi.Int(int(args.JobTimeout.Minutes())),
		SecurityConfiguration: security,
		Connections:           connections,
		DefaultArguments:      arguments,
	}, s.child, pulumi.DependsOn([]pulumi.Resource{rolePolicy}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("register the job: %w", err)
	}
	return job, nil
}

// file uploads a file of the project beside the script.
func (s scope) file(args WeeklyEtlArgs, suffix, file string) (pulumi.StringOutput, error) {
	return s.artifact(args, suffix, path.Base(file), pulumi.NewFileAsset(file))
}

// artifact uploads something of the project beside the script, anew whenever it changes, and returns its address.
func (s scope) artifact(args WeeklyEtlArgs, suffix, name string, source pulumi.AssetOrArchiveInput) (pulumi.StringOutput, error) {
	object, err := s3.NewBucketObjectv2(s.ctx, s.name+"-"+suffix, &s3.BucketObjectv2Args{
		Bucket: args.Artifacts.Name,
		Key:    pulumi.String(args.ScriptPrefix + name),
		Source: source,
	}, s.child)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("register the upload of %s: %w", name, err)
	}
	return pulumi.Sprintf("s3://%s/%s", object.Bucket, object.Key), nil
}

// jobNeeds is what the job does: read messages and its own files, replace the dataset, the quarantine and the metrics.
func jobNeeds(a account, args WeeklyEtlArgs) []asl.Permission {
	needs := []asl.Permission{
		listable(args.Source, args.SourcePrefix),
		onObjects(args.Source, args.SourcePrefix, "s3:GetObject"),
		onObjects(args.Processed, args.MetricsPrefix, "s3:PutObject"),
		onObjects(args.Artifacts, args.ScriptPrefix, "s3:GetObject"),
		// Glue's own, at TempDir.
		listable(args.Artifacts, args.TemporaryPrefix),
		onObjects(args.Artifacts, args.TemporaryPrefix, "s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
	}
	for _, prefix := range []string{args.Table.Prefix, args.QuarantinePrefix} {
		needs = append(needs, listable(args.Processed, prefix), onObjects(args.Processed, prefix, "s3:PutObject", "s3:DeleteObject"))
	}
	needs = append(needs,
		glueLogs(a, "/aws-glue/*", args.Operations.Key),
		asl.Permission{
			Actions:   []string{"cloudwatch:PutMetricData"},
			Resources: []any{"*"},
			Condition: map[string]any{"StringEquals": map[string]any{"cloudwatch:namespace": "Glue"}},
		},
	)
	if args.ConnectionName != nil {
		needs = append(needs, networkNeeds(a, args.ConnectionName)...)
	}
	return append(needs, args.Operations.Key.use()...)
}

// networkNeeds is what Glue does to put a job into a network. Network interfaces are looked for, made and deleted before
// they have an ARN that a policy could name; the tag is Glue's own.
//
// https://docs.aws.amazon.com/glue/latest/dg/create-service-policy.html
func networkNeeds(a account, connection pulumi.StringInput) []asl.Permission {
	return []asl.Permission{
		{Actions: []string{"glue:GetConnection"}, Resources: []any{
			a.arn("glue", "catalog"), pulumi.Sprintf("%s/%s", a.arn("glue", "connection"), connection),
		}},
		{
			Actions: []string{
				"ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables",
				"ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints",
			},
			Resources: []any{"*"},
		},
		{
			Actions:   []string{"ec2:CreateTags", "ec2:DeleteTags"},
			Resources: []any{a.arn("ec2", "network-interface/*")},
			Condition: map[string]any{"ForAllValues:StringEquals": map[string]any{"aws:TagKeys": []any{"aws-glue-service-resource"}}},
		},
	}
}
