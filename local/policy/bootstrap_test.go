package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"datalake/internal/mockaws"

	"github.com/stretchr/testify/require"
)

// The two roles that GitHub's workflows take.
const (
	reader   = "Reader"
	deployer = "Deployer"
)

// stateRegions are where bootstrap/account.yaml is deployed to: for dev to another region than the stack is, for prod to
// the same.
var stateRegions = map[string]string{"dev": "us-east-1", "prod": "ap-southeast-1"}

// bootstrapped is a stack in an account for which bootstrap/account.yaml was deployed.
type bootstrapped struct {
	deployment
	template *template
	outputs  map[string]string
	// documents are the policies: the stack's own, and the template's by their names there.
	documents map[string]any
	// identities are the names of each role's policies.
	identities map[string][]string
}

// optional are settings with which a stack registers each kind that it can, given those with which it uses what the account
// has already.
var (
	optional = map[string]string{
		"datalake:customerKey": "true", "datalake:ingestion": "true", "datalake:privateNetwork": "true", "datalake:tracing": "true",
		"datalake:analystPolicy": "true", "datalake:resultQueue": "true", "datalake:alertQueue": "true",
		"datalake:resultEmails": `["reports@example.com"]`, "datalake:alertEmails": `["alerts@example.com"]`,
		"datalake:datasets": `[{"name": "usage", "prefix": "data/daily-user-summaries/", "schedule": "01:00", "sample": true},
			{"name": "my-orders", "prefix": "shop/orders/", "schedule": "SUN 02:00", "queries": "usage"}]`,
	}
	given = map[string]string{
		"datalake:customerKey": "false", "datalake:kmsKeyArn": "arn:aws:kms:ap-southeast-1:999900001111:key/1234abcd-0000-34cd-56ef-1234567890ab",
		"datalake:glueConnection": "company-network", "datalake:logBucket": "company-access-logs",
	}
)

// bootstrap deploys the template for a committed stack, and the stack with what the template gives. Its body may have been
// changed.
func bootstrap(t *testing.T, body map[string]any, stack string, settings map[string]string) bootstrapped {
	t.Helper()
	return bootstrapLoaded(t, body, load(t, stack, settings), stateRegions[stack])
}

// bootstrapLoaded deploys the template for any stack, to a region.
func bootstrapLoaded(t *testing.T, body map[string]any, loaded *mockaws.Stack, region string) bootstrapped {
	t.Helper()
	parameters := map[string]string{
		"Repository": "owner/repository", "Environment": loaded.Name, "Region": loaded.Config["aws:region"],
		"Disposable": loaded.Config["datalake:disposable"], "PrivateNetwork": loaded.Config["datalake:privateNetwork"],
	}
	account := deployLoaded(t, loaded).AccountID
	c, err := newTemplate(body, parameters, "aws", account, region)
	require.NoError(t, err)
	outputs, err := c.outputs()
	require.NoError(t, err)
	loaded.Config["datalake:permissionsBoundary"], loaded.Config["datalake:rolePath"] = outputs["BoundaryArn"], outputs["RolePath"]
	b := bootstrapped{deployLoaded(t, loaded), c, outputs, nil, map[string][]string{}}
	b.documents = b.policies()
	for _, arn := range b.keys() { // a key that is given has at least AWS's default policy
		if b.documents["key "+arn] == nil {
			b.documents["key "+arn] = b.made("StateKey")["KeyPolicy"]
		}
	}
	b.documents["key "+b.arnOf("StateKey", "Arn")] = b.made("StateKey")["KeyPolicy"]
	b.documents["bucket "+b.arnOf("StateBucket", "Arn")] = b.made("StateBucketPolicy")["PolicyDocument"]
	b.documents["everything"] = everything
	resources := body["Resources"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		policy := b.made(name)
		if policy == nil || resources[name].(map[string]any)["Type"] != "AWS::IAM::ManagedPolicy" {
			continue
		}
		b.documents[name] = policy["PolicyDocument"]
		for _, role := range []string{reader, deployer} {
			attached, _ := b.made(role)["ManagedPolicyArns"].([]any)
			roles, _ := policy["Roles"].([]any)
			if slices.Contains(attached, any(b.arnOf(name, ""))) || slices.Contains(roles, b.made(role)["RoleName"]) {
				b.identities[role] = append(b.identities[role], name)
			}
		}
	}
	return b
}

// made are the properties of a resource of the template.
func (b bootstrapped) made(resource string) map[string]any {
	b.t.Helper()
	properties, err := b.template.properties(resource)
	require.NoError(b.t, err)
	return properties
}

func (b bootstrapped) arnOf(resource, attribute string) string {
	b.t.Helper()
	value, err := b.template.reference(resource, attribute)
	require.NoError(b.t, err)
	return value.(string)
}

// as is a request that one of the two roles makes.
func (b bootstrapped) as(role string, r Request) Request {
	return b.by(b.arnOf(role, "Arn"), b.identities[role], r, b.documents)
}

// deployments are a committed stack without a key, and one with what can be asked of it, which is all that it has as committed and
// more.
var deployments = []deploymentOf{
	{"dev", "as committed", nil},
	{"prod", "with all options", optional},
}

type deploymentOf struct {
	stack, name string
	settings    map[string]string
}

func everyStack(t *testing.T, run func(*testing.T, bootstrapped)) {
	body := readTemplate(t)
	for _, d := range deployments {
		b := bootstrap(t, body, d.stack, d.settings) // one after the other: an evaluation hands its configuration over in the environment
		t.Run(d.stack+" "+d.name, func(t *testing.T) {
			t.Parallel()
			b.t = t
			run(t, b)
		})
	}
}

// refreshes are the claims that the two roles can do what a refresh and an update of each resource take, and that the
// reader can change none of a kind.
func (b bootstrapped) refreshes() (claims []claim) {
	refused := map[string]string{} // which resource of a kind shows that the reader cannot do something to it
	for _, r := range b.Resources {
		k, known := kinds[r.Type]
		if !known {
			require.True(b.t, strings.HasPrefix(r.Type, "datalake:"), "no kind says what it takes to deploy %s: add %s to kinds, and what it needs to bootstrap/account.yaml", r.Name, r.Type)
			continue
		}
		operations := map[string][]string{"read": k.read, "create": k.create, "update": k.update, "delete": k.delete}
		if r.Inputs["forceDestroy"] == true && r.Type == "aws:s3/bucketV2:BucketV2" {
			operations["empty"] = k.emptied
		}
		for _, operation := range slices.Sorted(maps.Keys(operations)) {
			for _, text := range operations[operation] {
				action, targets := k.targets(b.deployment, r, text)
				require.True(b.t, len(targets) > 0 || strings.HasSuffix(text, "{key}") || strings.HasSuffix(text, "{role}"), "%s of %s has no resource", text, r.Name)
				for _, target := range targets {
					request := Request{Action: action, Resource: target, Context: b.circumstances(r, k)}
					what := fmt.Sprintf("%s %s %s", operation, r.Type[strings.LastIndex(r.Type, ":")+1:], r.Name)
					claims = append(claims, claim{"the deployer can " + what, b.as(deployer, request), true})
					if operation == "read" {
						claims = append(claims, claim{"the reader can " + what, b.as(reader, request), true})
					} else if refused[r.Type+text] = cmp.Or(refused[r.Type+text], r.URN); refused[r.Type+text] == r.URN && !reads.MatchString(action) {
						claims = append(claims, claim{"the reader cannot " + what, b.as(reader, request), false})
					}
				}
			}
		}
	}
	return claims
}

// reads are the actions that change nothing.
var reads = regexp.MustCompile(`:(Get|List|Describe)`)

// circumstances are what AWS knows of a request about a resource.
func (b bootstrapped) circumstances(r mockaws.Resource, k kind) map[string][]string {
	known := map[string][]string{"kms:ViaService": {"s3." + b.region + ".amazonaws.com"}, "iam:PassedToService": {k.passedTo}}
	for _, role := range b.Find("aws:iam/role:Role") {
		if role.URN == r.URN || role.Outputs["name"] == r.Inputs["role"] {
			known["iam:PermissionsBoundary"] = []string{role.Inputs["permissionsBoundary"].(string)}
		}
	}
	return known
}

func TestTheReaderRefreshesAndTheDeployerChangesEachResource(t *testing.T) {
	everyStack(t, func(t *testing.T, b bootstrapped) {
		claims := b.refreshes()
		requireTrue(t, b.documents, claims)
		require.Greater(t, len(claims), 1000)
	})
}

// What is granted is there for some kind of resource, or for the state.
func TestNothingIsGrantedThatNothingNeeds(t *testing.T) {
	needed := map[string]bool{}
	for token, k := range kinds {
		require.Regexp(t, `^[a-z0-9]+/[a-z_]+\.go$`, k.source, token)
		for _, text := range slices.Concat(k.read, k.create, k.update, k.delete, k.emptied) {
			action, _, _ := strings.Cut(text, " ")
			needed[action] = true
		}
	}
	b := bootstrap(t, readTemplate(t), "dev", optional)
	granted := 0
	for _, name := range b.identities[deployer] {
		for _, statement := range b.documents[name].(map[string]any)["Statement"].([]any) {
			actions, _ := statement.(map[string]any)["Action"].([]any)
			for _, pattern := range actions {
				form := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern.(string)), `\*`, ".*") + "$")
				used := slices.ContainsFunc(slices.Collect(maps.Keys(needed)), form.MatchString)
				require.True(t, used, "%s in %s", pattern, name)
				granted++
			}
		}
	}
	require.Greater(t, granted, 100)
}

// IAM takes 6,144 characters of a managed policy, spaces not counted.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func TestThePoliciesFit(t *testing.T) {
	b := bootstrap(t, readTemplate(t), "prod", optional)
	for _, name := range append(b.identities[deployer], "Boundary") {
		text, err := json.Marshal(b.documents[name])
		require.NoError(t, err)
		require.Less(t, len(text), 6144, name)
	}
}

// Where a stack keeps its data, the deployer cannot delete it, whatever the program says.
func TestOnlyADisposableStacksObjectsAreDeleted(t *testing.T) {
	for _, disposable := range []bool{true, false} {
		for _, stack := range []string{"dev", "prod"} {
			b := bootstrap(t, readTemplate(t), stack, map[string]string{"datalake:disposable": fmt.Sprint(disposable), "datalake:protect": "false"})
			var claims []claim
			for _, bucket := range b.Find("aws:s3/bucketV2:BucketV2") {
				for _, action := range []string{"s3:DeleteObject", "s3:DeleteObjectVersion"} {
					r := Request{Action: action, Resource: bucket.Outputs["arn"].(string) + "/raw/location=harbour/date=2026-01-01/1.json"}
					claims = append(claims,
						claim{fmt.Sprintf("the deployer can delete objects: %v", disposable), b.as(deployer, r), disposable},
						claim{"the reader cannot delete objects", b.as(reader, r), false})
				}
			}
			requireTrue(t, b.documents, claims)
		}
	}
}

func TestParametersThatAreRefused(t *testing.T) {
	body := readTemplate(t)
	good := map[string]string{"Repository": "owner/repository", "Environment": "dev", "Region": "eu-west-1"}
	_, err := newTemplate(body, good, "aws", "111122223333", "eu-west-1")
	require.NoError(t, err)
	for parameter, values := range map[string][]string{
		"Repository":      {"", "repository", "owner/", "owner/*", "*/*", "owner/repository:environment:dev", "owner@1/repository", "owner/repository@2", "o/r/x", "owner /r"},
		"Environment":     {"", "Dev", "dev-preview", "dev*", "1dev", "dev/x", "anenvironmentthatislong"},
		"Region":          {"", "*", "eu-west", "EU-WEST-1", "eu-west-1a"},
		"Disposable":      {"", "yes", "True"},
		"PrivateNetwork":  {"", "yes", "True"},
		"OidcProviderArn": {"token.actions.githubusercontent.com", "arn:aws:iam::111122223333:oidc-provider/token.example.com", "*"},
	} {
		for _, value := range values {
			parameters := maps.Clone(good)
			parameters[parameter] = value
			_, err := newTemplate(body, parameters, "aws", "111122223333", "eu-west-1")
			require.ErrorContains(t, err, "parameter "+parameter+": "+parameter+": give ", "%q", value)
		}
	}
	for _, required := range []string{"Repository", "Environment", "Region"} {
		parameters := maps.Clone(good)
		delete(parameters, required)
		_, err := newTemplate(body, parameters, "aws", "111122223333", "eu-west-1")
		require.ErrorContains(t, err, "parameter "+required+" has no value")
	}
	require.Len(t, body["Parameters"], 6)
}

func TestTheStateIsKeptAndItsOwnersAlone(t *testing.T) {
	body := readTemplate(t)
	b := bootstrap(t, body, "prod", nil)
	for _, kept := range []string{"StateBucket", "StateBucketPolicy", "StateKey", "OidcProvider"} {
		resource := body["Resources"].(map[string]any)[kept].(map[string]any)
		require.Equal(t, "RetainExceptOnCreate", resource["DeletionPolicy"], kept)
		require.Equal(t, "Retain", resource["UpdateReplacePolicy"], kept)
	}
	bucket := b.made("StateBucket")
	require.Equal(t, map[string]any{"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true}, bucket["PublicAccessBlockConfiguration"])
	require.Equal(t, map[string]any{"Rules": []any{map[string]any{"ObjectOwnership": "BucketOwnerEnforced"}}}, bucket["OwnershipControls"])
	require.Equal(t, map[string]any{"Status": "Enabled"}, bucket["VersioningConfiguration"])
	require.Equal(t, map[string]any{"ServerSideEncryptionConfiguration": []any{map[string]any{
		"BucketKeyEnabled": true, "ServerSideEncryptionByDefault": map[string]any{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": b.arnOf("StateKey", "Arn")},
	}}}, bucket["BucketEncryption"])
	rules := bucket["LifecycleConfiguration"].(map[string]any)["Rules"].([]any)
	require.Len(t, rules, 1)
	require.NotContains(t, rules[0], "ExpirationInDays", "what there is stays")
	require.Equal(t, map[string]any{"NoncurrentDays": 90}, rules[0].(map[string]any)["NoncurrentVersionExpiration"])
	require.Equal(t, true, b.made("StateKey")["EnableKeyRotation"])
	require.Equal(t, stateKeyID, b.made("StateKeyAlias")["TargetKeyId"])

	// Even who may do everything needs TLS.
	state := b.arnOf("StateBucket", "Arn") + "/.pulumi/stacks/datalake/prod.json"
	plain := b.by("arn:aws:iam::"+b.AccountID+":role/admin", []string{"everything"}, Request{Action: "s3:GetObject", Resource: state}, b.documents)
	encrypted := plain
	plain.Context = map[string][]string{"aws:SecureTransport": {"false"}}
	requireTrue(t, b.documents, []claim{{"an administrator reads the state over TLS", encrypted, true}, {"nobody reads it without", plain, false}})
}

// The outputs are what the docs have a person enter.
func TestTheOutputs(t *testing.T) {
	require.Equal(t, map[string]string{
		"BackendUrl":      "s3://datalake-dev-state-111122223333-us-east-1?region=us-east-1",
		"SecretsProvider": "awskms://" + stateKeyID + "?region=us-east-1",
		"ReaderRoleArn":   "arn:aws:iam::111122223333:role/datalake-dev-reader",
		"DeployerRoleArn": "arn:aws:iam::111122223333:role/datalake-dev-deployer",
		"BoundaryArn":     "arn:aws:iam::111122223333:policy/datalake-dev-boundary",
		"RolePath":        "/datalake/dev/",
	}, bootstrap(t, readTemplate(t), "dev", nil).outputs)
}

// docs/delivery.md says what to give for each parameter, and where each output goes.
func TestTheParametersAndOutputsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/delivery.md")
	require.NoError(t, err)
	_, page, found := strings.Cut(string(text), "## Set it up once")
	require.True(t, found)
	page, _, _ = strings.Cut(page, "\n## ")
	body := readTemplate(t)
	for name := range body["Parameters"].(map[string]any) {
		require.Contains(t, page, name+"=")
	}
	for name := range body["Outputs"].(map[string]any) {
		require.Contains(t, page, name)
	}
}

func TestOtherPartitions(t *testing.T) {
	body := readTemplate(t)
	c, err := newTemplate(body, map[string]string{
		"Repository": "o/r", "Environment": "dev", "Region": "cn-north-1", "PrivateNetwork": "true", "Disposable": "true",
	}, "aws-cn", "111122223333", "cn-north-1")
	require.NoError(t, err)
	for name := range body["Resources"].(map[string]any) {
		properties, err := c.properties(name)
		require.NoError(t, err)
		text, err := json.Marshal(properties)
		require.NoError(t, err)
		require.NotContains(t, string(text), "arn:aws:", name)
	}
}
