package components

import (
	"fmt"

	"datalake/asl"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/glue"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// catalogArgs is what catalogs of datasets differ in.
type catalogArgs struct {
	bucket Bucket
	// prefix is the dataset's folder, and database the name of the catalog database to create for its table.
	prefix, database string
	key              *Key
	// protect has Pulumi refuse to delete the database.
	protect bool
	// security is Glue's security configuration; nil where AWS manages the keys.
	security pulumi.StringPtrInput
}

// catalog is a catalog database, and the role of the crawlers that fill it.
type catalog struct {
	catalogArgs
	database   *glue.CatalogDatabase
	role       *iam.Role
	rolePolicy *iam.RolePolicy
}

// catalog registers a catalog database, and a role for crawlers that reads the dataset and no more.
func (s scope) catalog(args catalogArgs) (catalog, error) {
	database, err := glue.NewCatalogDatabase(s.ctx, s.name+"-database", &glue.CatalogDatabaseArgs{
		Name:        pulumi.String(args.database),
		Description: pulumi.String("Tables that " + s.name + " finds under " + args.prefix),
	}, append(protection(args.protect), append(s.holding, pulumi.DeleteBeforeReplace(true))...)...)
	if err != nil {
		return catalog{}, fmt.Errorf("register database %q: %w", args.database, err)
	}
	role, rolePolicy, err := s.role("crawler-role", "glue.amazonaws.com", s.sourceAccount(), append(readable(args.bucket, args.prefix), append([]asl.Permission{
		{
			Actions: []string{
				"glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:CreateTable", "glue:UpdateTable",
				"glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition", "glue:BatchCreatePartition",
				"glue:CreatePartition", "glue:UpdatePartition", "glue:BatchUpdatePartition",
			},
			Resources: catalogARNs(s.account, database.Name),
		},
		glueLogs(s.account, "/aws-glue/crawlers*", args.key),
	}, args.key.read()...)...))
	if err != nil {
		return catalog{}, err
	}
	return catalog{args, database, role, rolePolicy}, nil
}

// crawler registers a crawler of a catalog. It reads the whole dataset, or new folders only, which forces LOG for both
// schema changes: the API refuses anything else.
func (s scope) crawler(c catalog, suffix, name string, everything bool) (*glue.Crawler, error) {
	recrawl, schemaChange := "CRAWL_NEW_FOLDERS_ONLY", "LOG"
	if everything {
		recrawl, schemaChange = "CRAWL_EVERYTHING", "UPDATE_IN_DATABASE"
	}
	crawler := &glue.CrawlerArgs{
		Description:  pulumi.String("Catalogs " + c.prefix),
		DatabaseName: c.database.Name,
		Role:         c.role.Arn,

		SecurityConfiguration: c.security,
		S3Targets: glue.CrawlerS3TargetArray{&glue.CrawlerS3TargetArgs{
			Path:       c.bucket.URI(c.prefix),
			Exclusions: pulumi.ToStringArray([]string{"_SUCCESS", "**/_SUCCESS", "**.tmp"}),
		}},
		RecrawlPolicy: &glue.CrawlerRecrawlPolicyArgs{RecrawlBehavior: pulumi.String(recrawl)},
		SchemaChangePolicy: &glue.CrawlerSchemaChangePolicyArgs{
			UpdateBehavior: pulumi.String(schemaChange),
			DeleteBehavior: pulumi.String("LOG"),
		},
		// One table for the dataset, whose partitions take the table's columns.
		Configuration: renderJSON(map[string]any{
			"Version":  1.0,
			"Grouping": map[string]any{"TableGroupingPolicy": "CombineCompatibleSchemas"},
			"CrawlerOutput": map[string]any{
				"Partitions": map[string]any{"AddOrUpdateBehavior": "InheritFromTable"},
				"Tables":     map[string]any{"AddOrUpdateBehavior": "MergeNewColumns"},
			},
		}),
	}
	options := []pulumi.ResourceOption{s.child, pulumi.DependsOn([]pulumi.Resource{c.rolePolicy})}
	if name != "" {
		crawler.Name = pulumi.String(name)
		options = append(options, pulumi.DeleteBeforeReplace(true))
	}
	registered, err := glue.NewCrawler(s.ctx, s.name+"-"+suffix, crawler, options...)
	if err != nil {
		return nil, fmt.Errorf("register crawler %q: %w", s.name+"-"+suffix, err)
	}
	return registered, nil
}

// security registers what has Glue encrypt with the customer's key, logs included; nil where AWS manages the keys.
func (s scope) security(key *Key) (pulumi.StringPtrInput, error) {
	if key == nil {
		return nil, nil
	}
	configuration, err := glue.NewSecurityConfiguration(s.ctx, s.name+"-security", &glue.SecurityConfigurationArgs{
		EncryptionConfiguration: &glue.SecurityConfigurationEncryptionConfigurationArgs{
			S3Encryption: &glue.SecurityConfigurationEncryptionConfigurationS3EncryptionArgs{
				S3EncryptionMode: pulumi.String("SSE-KMS"), KmsKeyArn: key.arn(),
			},
			CloudwatchEncryption: &glue.SecurityConfigurationEncryptionConfigurationCloudwatchEncryptionArgs{
				CloudwatchEncryptionMode: pulumi.String("SSE-KMS"), KmsKeyArn: key.arn(),
			},
			JobBookmarksEncryption: &glue.SecurityConfigurationEncryptionConfigurationJobBookmarksEncryptionArgs{
				JobBookmarksEncryptionMode: pulumi.String("CSE-KMS"), KmsKeyArn: key.arn(),
			},
		},
	}, s.child)
	if err != nil {
		return nil, fmt.Errorf("register Glue's security configuration: %w", err)
	}
	return configuration.Name.ToStringPtrOutput(), nil
}

// glueLogs is what Glue needs to write its logs; it makes the groups itself, and has them use the key, if there is one.
//
// https://docs.aws.amazon.com/glue/latest/dg/set-up-encryption.html
func glueLogs(a account, groups string, key *Key) asl.Permission {
	actions := []string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
	if key != nil {
		actions = append(actions, "logs:AssociateKmsKey")
	}
	return asl.Permission{Actions: actions, Resources: []any{a.arn("logs", "log-group:"+groups)}}
}

// readable is what crawlers and Athena need to read a prefix of a bucket; the empty prefix is the whole bucket.
func readable(bucket Bucket, prefix string) []asl.Permission {
	return []asl.Permission{
		onObjects(bucket, prefix, "s3:GetObject"),
		listable(bucket, prefix),
		{Actions: []string{"s3:GetBucketLocation"}, Resources: []any{bucket.ARN}},
	}
}

// listable is what listing a prefix of a bucket takes.
func listable(bucket Bucket, prefix string) asl.Permission {
	return asl.Permission{
		Actions:   []string{"s3:ListBucket"},
		Resources: []any{bucket.ARN},
		Condition: map[string]any{"StringLike": map[string]any{"s3:prefix": prefix + "*"}},
	}
}

// onObjects allows actions on the objects under a prefix of a bucket.
func onObjects(bucket Bucket, prefix string, actions ...string) asl.Permission {
	return asl.Permission{Actions: actions, Resources: []any{bucket.Objects(prefix)}}
}

// catalogARNs are what IAM calls a Glue database with its tables: the catalog itself is part of each check.
func catalogARNs(a account, database pulumi.StringOutput) []any {
	return tableARNs(a, database, pulumi.String("*").ToStringOutput())
}

// tableARNs are what IAM calls one table.
func tableARNs(a account, database, table pulumi.StringOutput) []any {
	return []any{
		a.arn("glue", "catalog"),
		pulumi.Sprintf("%s/%s", a.arn("glue", "database"), database),
		pulumi.Sprintf("%s/%s/%s", a.arn("glue", "table"), database, table),
	}
}
