package verify

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	analyzer "github.com/aws/aws-sdk-go-v2/service/accessanalyzer/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// definitions has AWS judge each definition as it is deployed.
//
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
func (v *verification) definitions(ctx context.Context) {
	v.Progress("Having the definitions judged")
	for _, name := range slices.Sorted(maps.Keys(v.machines)) {
		machine, what := v.machines[name], "definition "+name
		described, err := v.sfn.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &machine.arn})
		if err != nil {
			v.refused(what, "", err)
			continue
		}
		machine.express = described.Type == types.StateMachineTypeExpress
		v.machines[name] = machine
		judged, err := v.sfn.ValidateStateMachineDefinition(ctx, &sfn.ValidateStateMachineDefinitionInput{
			Definition: described.Definition, Type: described.Type, Severity: types.ValidateStateMachineDefinitionSeverityWarning,
		})
		if err != nil {
			v.refused(what, "", err)
			continue
		}
		var faults []string
		for _, d := range judged.Diagnostics {
			faults = append(faults, fmt.Sprintf("%s %s at %s: %s", d.Severity, aws.ToString(d.Code), aws.ToString(d.Location), aws.ToString(d.Message)))
		}
		v.compare(what, string(judged.Result), "OK", faults, "mend what the program builds, and report it: the local interpreter takes it")
	}
}

// document is one policy that the program registers.
type document struct {
	name, text string
	kind       analyzer.PolicyType
	resource   analyzer.ValidatePolicyResourceType
}

// documentsOf are where kinds of resources have their policies.
var documentsOf = map[string]struct {
	input    string
	kind     analyzer.PolicyType
	resource analyzer.ValidatePolicyResourceType
}{
	"aws:iam/policy:Policy":            {"policy", analyzer.PolicyTypeIdentityPolicy, ""},
	"aws:iam/role:Role":                {"assumeRolePolicy", analyzer.PolicyTypeResourcePolicy, analyzer.ValidatePolicyResourceTypeRoleTrust},
	"aws:iam/rolePolicy:RolePolicy":    {"policy", analyzer.PolicyTypeIdentityPolicy, ""},
	"aws:kms/key:Key":                  {"policy", analyzer.PolicyTypeResourcePolicy, ""},
	"aws:s3/bucketPolicy:BucketPolicy": {"policy", analyzer.PolicyTypeResourcePolicy, analyzer.ValidatePolicyResourceTypeS3Bucket},
	"aws:sns/topicPolicy:TopicPolicy":  {"policy", analyzer.PolicyTypeResourcePolicy, ""},
	"aws:sqs/queuePolicy:QueuePolicy":  {"policy", analyzer.PolicyTypeResourcePolicy, ""},
}

func (v *verification) documents() (found []document) {
	for _, r := range v.Program.Resources {
		if of, has := documentsOf[r.Type]; has {
			if text, is := r.Inputs[of.input].(string); is {
				found = append(found, document{r.Name, text, of.kind, of.resource})
			}
		}
	}
	return found
}

// policies has AWS judge each policy, as the program registers it without an account.
//
// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html
func (v *verification) policies(ctx context.Context) {
	v.Progress("Having the policies judged")
	documents := v.documents()
	what := fmt.Sprintf("%d policies", len(documents))
	var faults []string
	for _, document := range documents {
		pages := accessanalyzer.NewValidatePolicyPaginator(v.accessanalyzer, &accessanalyzer.ValidatePolicyInput{
			PolicyDocument: &document.text, PolicyType: document.kind, ValidatePolicyResourceType: document.resource,
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				v.refused(what, "", fmt.Errorf("%s: %w", document.name, err))
				return
			}
			for _, f := range page.Findings {
				if f.FindingType == analyzer.ValidatePolicyFindingTypeError || f.FindingType == analyzer.ValidatePolicyFindingTypeSecurityWarning {
					faults = append(faults, strings.Join([]string{document.name, string(f.FindingType), aws.ToString(f.IssueCode), aws.ToString(f.FindingDetails)}, " "))
				}
			}
		}
	}
	v.compare(what, fmt.Sprintf("%d faults", len(faults)), "0 faults", faults, "mend what the program registers")
}
