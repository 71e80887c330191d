package policy

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// roleSentences say what the two roles can do and what not, beside the resources that a refresh and an update take. Each
// stands for its requests: an action and a resource each, and perhaps what AWS knows of the request. {names} are those of
// the stack's resources and of the template's.
var roleSentences = []struct {
	who      []string
	can      bool
	says     string
	requests []string
}{
	{[]string{reader, deployer}, true, "read the state and the secrets in it", []string{
		"s3:ListBucket {state}", "s3:GetObject {state}/.pulumi/meta.yaml", "s3:GetObject {state}/.pulumi/stacks/datalake/{stack}.json",
		"kms:Decrypt {stateKey}",
	}},
	{[]string{deployer}, true, "write and lock the state", []string{
		"s3:PutObject {state}/.pulumi/stacks/datalake/{stack}.json", "s3:PutObject {state}/.pulumi/locks/organization/datalake/{stack}/1.json",
		"s3:DeleteObject {state}/.pulumi/locks/organization/datalake/{stack}/1.json", "kms:GenerateDataKey {stateKey}",
	}},
	{[]string{reader, deployer}, true, "read the scripts that the program uploads", []string{
		"s3:GetObject {artifacts}/etl/weather-transform.py", "s3:GetObjectTagging {artifacts}/etl/weather-transform.py",
		"kms:Decrypt {key} kms:ViaService=s3.{region}.amazonaws.com",
	}},
	{[]string{deployer}, true, "upload them", []string{
		"s3:PutObject {artifacts}/etl/weather-transform.py", "kms:GenerateDataKey {key} kms:ViaService=s3.{region}.amazonaws.com",
	}},
	{[]string{deployer}, true, "make a role that has the boundary, and give one its boundary back", []string{
		"iam:CreateRole {newRole} iam:PermissionsBoundary={boundary}", "iam:PutRolePolicy {newRole} iam:PermissionsBoundary={boundary}",
		"iam:PutRolePermissionsBoundary {role} iam:PermissionsBoundary={boundary}",
	}},
	{[]string{deployer}, true, "pass the stack's roles to the services that use them", []string{
		"iam:PassRole {role} iam:PassedToService=states.amazonaws.com", "iam:PassRole {role} iam:PassedToService=glue.amazonaws.com",
		"iam:PassRole {role} iam:PassedToService=events.amazonaws.com", "iam:PassRole {role} iam:PassedToService=iot.amazonaws.com",
	}},

	{[]string{reader}, false, "write, lock or encrypt the state", []string{
		"s3:PutObject {state}/.pulumi/stacks/datalake/{stack}.json", "s3:PutObject {state}/.pulumi/locks/organization/datalake/{stack}/1.json",
		"s3:DeleteObject {state}/.pulumi/stacks/datalake/{stack}.json", "kms:GenerateDataKey {stateKey}", "kms:Encrypt {stateKey}",
	}},
	{[]string{reader, deployer}, false, "delete old versions of the state, or write beside it", []string{
		"s3:DeleteObjectVersion {state}/.pulumi/stacks/datalake/{stack}.json", "s3:PutObject {state}/anything", "s3:GetObject {state}/anything",
	}},
	{[]string{reader, deployer}, false, "change the bucket of the state", []string{
		"s3:PutBucketPolicy {state}", "s3:DeleteBucketPolicy {state}", "s3:DeleteBucket {state}", "s3:PutBucketVersioning {state}",
		"s3:PutLifecycleConfiguration {state}", "s3:PutEncryptionConfiguration {state}", "s3:PutBucketPublicAccessBlock {state}",
		"s3:PutBucketOwnershipControls {state}", "s3:PutReplicationConfiguration {state}", "s3:PutBucketNotification {state}",
	}},
	{[]string{reader, deployer}, false, "change the key of the state, or let others use it", []string{
		"kms:PutKeyPolicy {stateKey}", "kms:CreateGrant {stateKey}", "kms:ScheduleKeyDeletion {stateKey}", "kms:DisableKey {stateKey}",
		"kms:DisableKeyRotation {stateKey}", "kms:EnableKeyRotation {stateKey}", "kms:UpdateKeyDescription {stateKey}", "kms:TagResource {stateKey}",
		"kms:UntagResource {stateKey}", "kms:ReEncryptFrom {stateKey}", "kms:UpdateAlias {stateKey}", "kms:DeleteAlias {stateKeyAlias}",
	}},
	{[]string{reader, deployer}, false, "change either of the two roles, even as one that had the boundary", []string{
		"iam:PutRolePolicy {reader} iam:PermissionsBoundary={boundary}", "iam:PutRolePolicy {deployer} iam:PermissionsBoundary={boundary}",
		"iam:AttachRolePolicy {reader} iam:PermissionsBoundary={boundary}", "iam:AttachRolePolicy {deployer} iam:PermissionsBoundary={boundary}",
		"iam:DetachRolePolicy {reader} iam:PermissionsBoundary={boundary}", "iam:DetachRolePolicy {deployer} iam:PermissionsBoundary={boundary}",
		"iam:UpdateAssumeRolePolicy {reader} iam:PermissionsBoundary={boundary}", "iam:UpdateAssumeRolePolicy {deployer} iam:PermissionsBoundary={boundary}",
		"iam:UpdateRole {reader} iam:PermissionsBoundary={boundary}", "iam:UpdateRole {deployer} iam:PermissionsBoundary={boundary}",
		"iam:DeleteRole {reader}", "iam:DeleteRole {deployer}", "iam:TagRole {reader}", "iam:TagRole {deployer}",
		"iam:PutRolePermissionsBoundary {deployer} iam:PermissionsBoundary={boundary}", "iam:DeleteRolePermissionsBoundary {deployer}",
	}},
	{[]string{reader, deployer}, false, "change the policies of the two roles, or the boundary", []string{
		"iam:CreatePolicyVersion {boundary}", "iam:SetDefaultPolicyVersion {boundary}", "iam:DeletePolicyVersion {boundary}", "iam:DeletePolicy {boundary}",
		"iam:CreatePolicyVersion {reading}", "iam:SetDefaultPolicyVersion {reading}", "iam:DeletePolicy {reading}",
		"iam:CreatePolicyVersion {deploying}", "iam:SetDefaultPolicyVersion {deploying}", "iam:DeletePolicy {deploying}",
	}},
	{[]string{reader, deployer}, false, "change whose tokens the account trusts", []string{
		"iam:CreateOpenIDConnectProvider {oidcProvider}", "iam:DeleteOpenIDConnectProvider {oidcProvider}",
		"iam:AddClientIDToOpenIDConnectProvider {oidcProvider}", "iam:UpdateOpenIDConnectProviderThumbprint {oidcProvider}",
	}},
	{[]string{reader, deployer}, false, "make users, keys or groups, or change what was bootstrapped with CloudFormation", []string{
		"iam:CreateUser {user}", "iam:CreateAccessKey {user}", "iam:CreateLoginProfile {user}", "iam:AttachUserPolicy {user}", "iam:PutUserPolicy {user}",
		"iam:CreateGroup arn:aws:iam::{account}:group/admins", "cloudformation:UpdateStack arn:aws:cloudformation:{region}:{account}:stack/datalake-{stack}/1",
		"cloudformation:CreateChangeSet arn:aws:cloudformation:{region}:{account}:stack/datalake-{stack}/1",
	}},
	{[]string{reader, deployer}, false, "take another role", []string{"sts:AssumeRole {role}", "sts:AssumeRole {deployer}", "sts:AssumeRole {reader}"}},
	{[]string{deployer}, false, "make a role without the boundary, or with another one, or change one that has none", []string{
		"iam:CreateRole {newRole}", "iam:CreateRole {newRole} iam:PermissionsBoundary=arn:aws:iam::aws:policy/AdministratorAccess",
		"iam:CreateRole {newRole} iam:PermissionsBoundary={deploying}", "iam:PutRolePolicy {newRole}",
		"iam:PutRolePolicy {newRole} iam:PermissionsBoundary=arn:aws:iam::aws:policy/AdministratorAccess", "iam:UpdateAssumeRolePolicy {newRole}",
	}},
	{[]string{deployer}, false, "attach AdministratorAccess to a role, with the boundary or without", []string{
		"iam:AttachRolePolicy {role} iam:PolicyARN=arn:aws:iam::aws:policy/AdministratorAccess",
		"iam:AttachRolePolicy {role} iam:PolicyARN=arn:aws:iam::aws:policy/AdministratorAccess iam:PermissionsBoundary={boundary}",
	}},
	{[]string{deployer}, false, "take a role's boundary away, or put another in its place", []string{
		"iam:DeleteRolePermissionsBoundary {role}", "iam:DeleteRolePermissionsBoundary {role} iam:PermissionsBoundary={boundary}",
		"iam:PutRolePermissionsBoundary {role}", "iam:PutRolePermissionsBoundary {role} iam:PermissionsBoundary=arn:aws:iam::aws:policy/AdministratorAccess",
	}},
	{[]string{deployer}, false, "touch a role or a policy that is not the stack's", []string{
		"iam:CreateRole arn:aws:iam::{account}:role/theirs iam:PermissionsBoundary={boundary}", "iam:DeleteRole arn:aws:iam::{account}:role/theirs",
		"iam:PutRolePolicy arn:aws:iam::{account}:role/datalake/other/theirs iam:PermissionsBoundary={boundary}",
		"iam:CreatePolicyVersion arn:aws:iam::{account}:policy/theirs", "iam:DeletePolicy arn:aws:iam::{account}:policy/datalake/other/theirs",
	}},
	{[]string{deployer}, false, "pass a role to another service, or its own to any", []string{
		"iam:PassRole {role}", "iam:PassRole {role} iam:PassedToService=ec2.amazonaws.com", "iam:PassRole {role} iam:PassedToService=lambda.amazonaws.com",
		"iam:PassRole {role} iam:PassedToService=cloudformation.amazonaws.com", "iam:PassRole {deployer} iam:PassedToService=states.amazonaws.com",
		"iam:PassRole {reader} iam:PassedToService=glue.amazonaws.com", "iam:PassRole arn:aws:iam::{account}:role/theirs iam:PassedToService=states.amazonaws.com",
	}},
	{[]string{reader, deployer}, false, "read data, results, what was refused, temporary files or access logs", []string{
		"s3:GetObject {source}/data/daily-user-summaries/x.json", "s3:GetObject {source}/raw/location=harbour/date=2026-01-01/1.json",
		"s3:GetObject {processed}/weather/date=2026-01-01/part-00000.csv", "s3:GetObject {processed}/quarantine/date=2026-01-01/part-00000.json",
		"s3:GetObject {processed}/etl/x", "s3:GetObject {results}/execute-queries/id.csv", "s3:GetObject {artifacts}/temp/part", "s3:GetObject {logs}/source/line",
		"s3:GetObjectVersion {source}/data/daily-user-summaries/x.json", "kms:Decrypt {key}",
	}},
	{[]string{reader, deployer}, false, "write data", []string{
		"s3:PutObject {source}/raw/location=harbour/date=2026-01-01/1.json", "s3:PutObject {processed}/weather/date=2026-01-01/part-00000.csv",
		"s3:PutObject {results}/execute-queries/id.csv", "s3:PutObject {artifacts}/temp/part", "s3:PutObject {logs}/source/line",
		"s3:PutObjectAcl {source}/raw/x", "kms:GenerateDataKey {key}",
	}},
	{[]string{reader}, false, "change or delete scripts", []string{
		"s3:PutObject {artifacts}/etl/weather-transform.py", "s3:DeleteObject {artifacts}/etl/weather-transform.py", "s3:DeleteObjectVersion {artifacts}/etl/weather-transform.py",
	}},
	{[]string{reader, deployer}, false, "start pipelines, query, send or receive messages, or read logs", []string{
		"states:StartExecution {machine}", "glue:StartCrawler {crawler}", "glue:StartJobRun {job}", "athena:StartQueryExecution {workgroup}",
		"athena:GetQueryResults {workgroup}", "sns:Publish {topic}", "sqs:SendMessage {queue}", "sqs:ReceiveMessage {queue}", "sqs:PurgeQueue {queue}",
		"logs:GetLogEvents {logs:group}:log-stream:x", "logs:FilterLogEvents {logs:group}",
	}},
	{[]string{reader, deployer}, false, "delete a key, or let others use one", []string{
		"kms:ScheduleKeyDeletion {key}", "kms:DisableKey {key}", "kms:CreateGrant {key}",
	}},
	{[]string{reader, deployer}, false, "work with buckets, databases, workgroups or log groups that are not the stack's", []string{
		"s3:GetBucketPolicy arn:aws:s3:::company-data", "s3:PutBucketPolicy arn:aws:s3:::company-data", "s3:DeleteBucket arn:aws:s3:::company-data",
		"s3:PutBucketPolicy arn:aws:s3:::my-lake-data", "glue:GetDatabase {glue}database/payroll", "glue:DeleteDatabase {glue}database/payroll",
		"glue:UpdateTable {glue}table/default/theirs", "athena:UpdateWorkGroup {athena}workgroup/primary", "logs:DeleteLogGroup arn:aws:logs:{region}:{account}:log-group:/aws/lambda/theirs",
		"glue:DeleteJob {glue}job/theirs", "glue:DeleteCrawler {glue}crawler/theirs", "iot:DeleteTopicRule {iot}rule/theirs",
	}},
	{[]string{reader, deployer}, false, "work in another region, or with another service", []string{
		"sqs:CreateQueue arn:aws:sqs:us-west-2:{account}:mine", "states:CreateStateMachine arn:aws:states:us-west-2:{account}:stateMachine:x-machine-1",
		"kms:PutKeyPolicy arn:aws:kms:us-west-2:{account}:key/1", "kms:CreateKey * aws:RequestedRegion=us-west-2", "glue:CreateCrawler * aws:RequestedRegion=us-west-2",
		"ec2:RunInstances arn:aws:ec2:{region}:{account}:instance/*", "lambda:CreateFunction arn:aws:lambda:{region}:{account}:function:f",
		"dynamodb:CreateTable arn:aws:dynamodb:{region}:{account}:table/t", "organizations:LeaveOrganization *", "account:CloseAccount *",
	}},
}

// said are the claims that roleSentences make.
func (b bootstrapped) said() (claims []claim) {
	names := []string{
		"{stack}", b.outputs["RolePath"][len("/datalake/") : len(b.outputs["RolePath"])-1], "{account}", b.AccountID, "{region}", b.region,
		"{state}", b.arnOf("StateBucket", "Arn"), "{stateKey}", b.arnOf("StateKey", "Arn"),
		"{stateKeyAlias}", "arn:aws:kms:" + b.template.region + ":" + b.AccountID + ":" + b.made("StateKeyAlias")["AliasName"].(string),
		"{reader}", b.outputs["ReaderRoleArn"], "{deployer}", b.outputs["DeployerRoleArn"], "{boundary}", b.outputs["BoundaryArn"],
		"{reading}", b.arnOf("Reading", ""), "{deploying}", b.arnOf("Deploying", ""), "{oidcProvider}", b.arnOf("OidcProvider", ""),
		"{role}", b.output("aws:iam/role:Role", "crawl-dataset-role", "arn"), "{newRole}", "arn:aws:iam::" + b.AccountID + ":role" + b.outputs["RolePath"] + "new",
		"{user}", "arn:aws:iam::" + b.AccountID + ":user/somebody", "{key}", b.keys()[0],
		"{machine}", b.output("aws:sfn/stateMachine:StateMachine", "crawl-dataset-machine", "arn"),
		"{crawler}", b.output("aws:glue/crawler:Crawler", "crawl-dataset-crawler", "arn"), "{job}", b.output("aws:glue/job:Job", "weekly-etl-job", "arn"),
		"{workgroup}", b.output("aws:athena/workgroup:Workgroup", "execute-queries-workgroup", "arn"),
		"{topic}", b.output("aws:sns/topic:Topic", "alerts-topic", "arn"), "{queue}", b.output("aws:sqs/queue:Queue", "alerts-queue", "arn"),
		"{logs:group}", b.output("aws:cloudwatch/logGroup:LogGroup", "crawl-dataset-machine", "arn"),
	}
	for _, service := range []string{"glue", "athena", "iot"} {
		names = append(names, "{"+service+"}", b.arn(service, ""))
	}
	for bucket, name := range b.Exports["buckets"].(map[string]any) {
		names = append(names, "{"+bucket+"}", "arn:aws:s3:::"+name.(string))
	}
	replacer := strings.NewReplacer(names...)
	for _, sentence := range roleSentences {
		for _, text := range sentence.requests {
			words := strings.Fields(replacer.Replace(text))
			require.NotContains(b.t, strings.Join(words, ""), "{", text)
			r := Request{Action: words[0], Resource: words[1], Context: map[string][]string{}}
			for _, known := range words[2:] {
				key, value, _ := strings.Cut(known, "=")
				r.Context[key] = []string{value}
			}
			for _, who := range sentence.who {
				says := "the " + strings.ToLower(who) + map[bool]string{true: " can ", false: " cannot "}[sentence.can] + sentence.says
				claims = append(claims, claim{says, b.as(who, r), sentence.can})
			}
		}
	}
	return claims
}

func TestWhatTheRolesCanDo(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		b := bootstrap(t, readTemplate(t), stack, optional)
		requireTrue(t, b.documents, b.said())
	}
}

// breaches of the template, each with what the tests say of it.
var breaches = []struct {
	name   string
	change func(template map[string]any)
	// judged is what finds it.
	judged func(*testing.T, map[string]any) []string
	found  string
}{
	{
		"roles are made with any boundary", statementOf("Deploying", "RolesWithinTheBoundary", "Condition", nil), sentencesFail,
		"the deployer cannot make a role without the boundary, or with another one, or change one that has none: iam:CreateRole on arn:aws:iam::444455556666:role/datalake/prod/new: Allowed",
	},
	{
		"every role is the deployer's", statementOf("Deploying", "RolesWithinTheBoundary", "Resource", []any{"*"}), sentencesFail,
		"the deployer cannot change either of the two roles, even as one that had the boundary: iam:PutRolePolicy on arn:aws:iam::444455556666:role/datalake-prod-deployer: Allowed",
	},
	{
		"a role goes to any service", statementOf("Deploying", "RolesForServices", "Condition", nil), sentencesFail,
		"the deployer cannot pass a role to another service, or its own to any: iam:PassRole on arn:aws:iam::444455556666:role/datalake/prod/crawl-dataset-role-",
	},
	{
		"the state's key is a key like others", statementOf("Deploying", "NotTheKeyOfTheState", "NotAction", []any{"*"}), sentencesFail,
		"the deployer cannot change the key of the state, or let others use it: kms:PutKeyPolicy on arn:aws:kms:ap-southeast-1:444455556666:key/" + stateKeyID + ": Allowed",
	},
	{
		"scripts are any object", statementOf("Reading", "Scripts", "Resource", []any{"arn:aws:s3:::lake-*/*"}), sentencesFail,
		"the reader cannot read data, results, what was refused, temporary files or access logs: s3:GetObject on arn:aws:s3:::lake-source-",
	},
	{
		"a refresh reads no objects", statementOf("Reading", "Scripts", "Action", []any{"s3:GetObject"}), refreshesFail,
		"the reader can read BucketObjectv2 weekly-etl-script: s3:GetObjectTagging on arn:aws:s3:::lake-artifacts-",
	},
	{
		"the boundary holds nothing", statementOf("Boundary", "Services", "Action", []any{"*"}), boundsFail,
		"with a policy of everything and the boundary may not: iam:CreateUser on arn:aws:iam::444455556666:user/somebody: Allowed",
	},
	{
		"the boundary keeps roles from the data", statementOf("Boundary", "Data", "Resource", []any{"arn:aws:s3:::others-*"}), boundsFail,
		"create-dataset-role with the boundary still may: s3:PutObject on arn:aws:s3:::lake-source-",
	},
	{
		"any environment deploys", func(template map[string]any) {
			properties := template["Resources"].(map[string]any)["Deployer"].(map[string]any)["Properties"].(map[string]any)
			trust := properties["AssumeRolePolicyDocument"].(map[string]any)["Statement"].([]any)[0].(map[string]any)
			trust["Condition"] = map[string]any{"StringLike": map[string]any{
				"token.actions.githubusercontent.com:sub": map[string]any{"Fn::Sub": "repo:${Repository}:*"},
			}}
		}, trustsFail,
		"repo:owner/repository:pull_request takes the Deployer by arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
	},
}

// statement changes a member of a policy's statement; nil drops it.
func statementOf(policy, sid, member string, value any) func(map[string]any) {
	return func(template map[string]any) {
		properties := template["Resources"].(map[string]any)[policy].(map[string]any)["Properties"].(map[string]any)
		for _, s := range properties["PolicyDocument"].(map[string]any)["Statement"].([]any) {
			if s := s.(map[string]any); s["Sid"] == sid {
				s[member] = value
				if value == nil {
					delete(s, member)
				}
				return
			}
		}
		panic("no statement " + sid)
	}
}

func sentencesFail(t *testing.T, body map[string]any) []string {
	b := bootstrap(t, body, "prod", optional)
	return untrue(t, b.documents, b.said())
}

func refreshesFail(t *testing.T, body map[string]any) []string {
	b := bootstrap(t, body, "prod", nil)
	claims := slices.DeleteFunc(b.refreshes(), func(c claim) bool { return !strings.Contains(c.says, "BucketObjectv2") })
	return untrue(t, b.documents, claims)
}

func boundsFail(t *testing.T, body map[string]any) []string {
	b := bootstrap(t, body, "prod", optional)
	return untrue(t, b.documents, b.bounds())
}

func trustsFail(t *testing.T, body map[string]any) []string {
	claims, documents := trusts(t, body)
	return untrue(t, documents, claims)
}

func TestBreachesOfTheTemplateAreFound(t *testing.T) {
	for _, breach := range breaches {
		t.Run(breach.name, func(t *testing.T) {
			body := readTemplate(t)
			breach.change(body)
			require.Contains(t, strings.Join(breach.judged(t, body), "\n"), breach.found)
		})
	}
}
