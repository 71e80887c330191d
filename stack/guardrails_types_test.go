package stack

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
)

const (
	namedQueryType    = "aws:athena/namedQuery:NamedQuery"
	workgroupType     = "aws:athena/workgroup:Workgroup"
	dashboardType     = "aws:cloudwatch/dashboard:Dashboard"
	ruleType          = "aws:cloudwatch/eventRule:EventRule"
	targetType        = "aws:cloudwatch/eventTarget:EventTarget"
	logGroupType      = "aws:cloudwatch/logGroup:LogGroup"
	alarmType         = "aws:cloudwatch/metricAlarm:MetricAlarm"
	databaseType      = "aws:glue/catalogDatabase:CatalogDatabase"
	tableType         = "aws:glue/catalogTable:CatalogTable"
	crawlerType       = "aws:glue/crawler:Crawler"
	jobType           = "aws:glue/job:Job"
	securityType      = "aws:glue/securityConfiguration:SecurityConfiguration"
	topicRuleType     = "aws:iot/topicRule:TopicRule"
	roleType          = "aws:iam/role:Role"
	rolePolicyType    = "aws:iam/rolePolicy:RolePolicy"
	policyType        = "aws:iam/policy:Policy"
	keyType           = "aws:kms/key:Key"
	bucketType        = "aws:s3/bucketV2:BucketV2"
	objectType        = "aws:s3/bucketObjectv2:BucketObjectv2"
	lifecycleType     = "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"
	loggingType       = "aws:s3/bucketLoggingV2:BucketLoggingV2"
	notificationType  = "aws:s3/bucketNotification:BucketNotification"
	ownershipType     = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
	bucketPolicyType  = "aws:s3/bucketPolicy:BucketPolicy"
	publicAccessType  = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	sseType           = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
	versioningType    = "aws:s3/bucketVersioningV2:BucketVersioningV2"
	machineType       = "aws:sfn/stateMachine:StateMachine"
	topicType         = "aws:sns/topic:Topic"
	topicPolicyType   = "aws:sns/topicPolicy:TopicPolicy"
	subscriptionType  = "aws:sns/topicSubscription:TopicSubscription"
	queueType         = "aws:sqs/queue:Queue"
	queuePolicyType   = "aws:sqs/queuePolicy:QueuePolicy"
	vpcType           = "awsx:ec2:Vpc"
	sampleDatasetType = "datalake:index:SampleDataset"
)

// judgedTypes are the provider's types that the guardrails know.
var judgedTypes = []string{
	namedQueryType, workgroupType, dashboardType, ruleType, targetType, logGroupType, alarmType, databaseType, tableType, crawlerType, jobType, securityType,
	topicRuleType, roleType, rolePolicyType, policyType, keyType, bucketType, objectType, lifecycleType, loggingType, notificationType, ownershipType, bucketPolicyType,
	publicAccessType, sseType, versioningType, machineType, topicType, topicPolicyType, subscriptionType, queueType, queuePolicyType,
	vpcType, securityGroupType, endpointType, connectionType,
}

// deprecatedTypes are the types that version 6 of the provider advises against, with what stands for them.
var deprecatedTypes = map[string]string{
	"aws:s3/bucket:Bucket":                         bucketType,
	"aws:s3/bucketObject:BucketObject":             objectType,
	"aws:iam/policyAttachment:PolicyAttachment":    rolePolicyType,
	"aws:cloudwatch/eventBusPolicy:EventBusPolicy": targetType,
}

var typeGuardrails = []guardrail{
	{
		rule:   "the guardrails know every type of resource",
		reason: "a type that no rule was written for would pass all of them",
		source: "https://docs.aws.amazon.com/wellarchitected/latest/framework/sec_securely_operate_control_objectives.html",
		violations: func(d *deployment) (violations []string) {
			for _, r := range d.Resources {
				known := strings.HasPrefix(r.Type, "datalake:") || slices.Contains(judgedTypes, r.Type)
				violations = append(violations, unless(known, "%s: no rule knows %s: write what it has to keep, then add it to judgedTypes", label(r), r.Type)...)
			}
			return violations
		},
		breaches: []breach{
			{"dev", add("aws:ec2/instance:Instance", "miner", nil), "Instance miner: no rule knows aws:ec2/instance:Instance: write what it has to keep, then add it to judgedTypes"},
		},
	},
	{
		rule:   "no type is deprecated",
		reason: "the next major version of the provider may replace it, and the data in it",
		source: "https://www.pulumi.com/registry/packages/aws/how-to-guides/bucketv2-migration/ https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucketobject/",
		violations: func(d *deployment) (violations []string) {
			for _, r := range d.Resources {
				instead, deprecated := deprecatedTypes[r.Type]
				violations = append(violations, unless(!deprecated, "%s: %s is deprecated, take %s", label(r), r.Type, instead)...)
			}
			return violations
		},
		breaches: []breach{
			{"prod", add("aws:s3/bucket:Bucket", "old", nil), "Bucket old: aws:s3/bucket:Bucket is deprecated, take aws:s3/bucketV2:BucketV2"},
			{"dev", add("aws:s3/bucketObject:BucketObject", "script", nil), "BucketObject script: aws:s3/bucketObject:BucketObject is deprecated, take aws:s3/bucketObjectv2:BucketObjectv2"},
		},
	},
	{
		rule:   "no input is deprecated",
		reason: "the provider drops it, or fights with the resource that took its place",
		source: "https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucketv2/ https://www.pulumi.com/registry/packages/aws/api-docs/cloudwatch/eventrule/",
		violations: func(d *deployment) (violations []string) {
			for _, r := range d.Resources {
				if !strings.HasPrefix(r.Type, "aws:") {
					continue
				}
				for _, fault := range providerSDK().deprecatedInputs(r.Type, r.Inputs) {
					violations = append(violations, label(r)+": "+fault)
				}
			}
			return violations
		},
		breaches: []breach{
			{"dev", set(bucketType, "lake-source", "private", "acl"), "BucketV2 lake-source: acl is deprecated. Use the s3.BucketAclV2 resource instead."},
			{"prod", set(bucketType, "lake-source", []any{map[string]any{"enabled": true}}, "versionings"), "BucketV2 lake-source: versioning is deprecated. Use the s3.BucketVersioningV2 resource instead."},
			{"prod", set(ruleType, "crawl-dataset-trigger", true, "isEnabled"), "EventRule crawl-dataset-trigger: is_enabled is deprecated. Use state instead."},
			{"dev", set(lifecycleType, "lake-logs", "x/", "rules", 1, "prefix"), "BucketLifecycleConfigurationV2 lake-logs: Specify a prefix using 'filter' instead"},
		},
	},
}

// sdk is the source of the provider's SDK: it marks what is deprecated, in comments that only its source has.
type sdk struct {
	directory string
	structs   map[string]map[string]*ast.StructType // by file
}

var providerSDK = sync.OnceValue(func() *sdk {
	directory, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi-aws/sdk/v6").Output()
	if err != nil {
		panic("find the provider's SDK: " + err.Error())
	}
	return &sdk{filepath.Join(strings.TrimSpace(string(directory)), "go", "aws"), map[string]map[string]*ast.StructType{}}
})

// deprecatedInputs says what the SDK advises in place of inputs that are given, nested ones included.
func (s *sdk) deprecatedInputs(typeToken string, inputs map[string]any) []string {
	module, class, _ := strings.Cut(strings.TrimPrefix(typeToken, "aws:"), ":")
	directory, file := filepath.Dir(module), filepath.Base(module)+".go"
	arguments := strings.ToLower(class[:1]) + class[1:] + "Args"
	if s.read(filepath.Join(directory, file))[arguments] == nil {
		panic("the provider's SDK has no " + arguments + " in " + file)
	}
	return s.advice(directory, file, arguments, inputs)
}

func (s *sdk) advice(directory, file, name string, value any) (advice []string) {
	if list, is := value.([]any); is {
		for _, element := range list {
			advice = append(advice, s.advice(directory, file, name, element)...)
		}
		return advice
	}
	members, _ := value.(map[string]any)
	declared := s.read(filepath.Join(directory, file))[name]
	if declared == nil {
		return nil // not a structure
	}
	for _, field := range declared.Fields.List {
		input := reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("pulumi")
		given, is := members[input]
		if !is || given == nil {
			continue
		}
		if _, instead, deprecated := strings.Cut(field.Doc.Text(), "Deprecated: "); deprecated {
			advice = append(advice, strings.TrimSpace(instead))
		}
		if nested := elementType(field.Type); ast.IsExported(nested) {
			advice = append(advice, s.advice(directory, "pulumiTypes.go", nested, given)...)
		}
	}
	return advice
}

// elementType is the name of the type that a field holds, points to or lists.
func elementType(expression ast.Expr) string {
	switch e := expression.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return elementType(e.X)
	case *ast.ArrayType:
		return elementType(e.Elt)
	default:
		return ""
	}
}

func (s *sdk) read(file string) map[string]*ast.StructType {
	if known, read := s.structs[file]; read {
		return known
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(s.directory, file), nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		panic("read the provider's SDK: " + err.Error())
	}
	structs := map[string]*ast.StructType{}
	for _, declaration := range parsed.Decls {
		if general, is := declaration.(*ast.GenDecl); is {
			for _, specification := range general.Specs {
				if named, is := specification.(*ast.TypeSpec); is {
					if structure, is := named.Type.(*ast.StructType); is {
						structs[named.Name.Name] = structure
					}
				}
			}
		}
	}
	s.structs[file] = structs
	return structs
}
