package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

// Policies are those that decide on what a stack's roles and AWS's services do.
type Policies struct {
	account, region string
	// documents are the policies' by what they are called: "role policy of …", "bucket policy of …" and so on.
	documents map[string]document
	// roles are by ARN, and resources the names of the policies that resources have, by the resource's ARN.
	roles     map[string]role
	resources map[string]string
}

type role struct {
	name string
	// identity and boundary name its policies.
	identity, boundary []string
	// unknown is the ARN of a boundary that the stack did not register.
	unknown string
}

// Read finds the policies among what a stack registered.
func Read(evaluation *mockaws.Evaluation) (*Policies, error) {
	p := &Policies{
		account: evaluation.AccountID, region: evaluation.Region,
		documents: map[string]document{}, roles: map[string]role{}, resources: map[string]string{},
	}
	managed := map[string]string{} // names of documents by ARN
	for _, r := range evaluation.Find("aws:iam/policy:Policy") {
		arn := text(r.Outputs, "arn")
		managed[arn] = "policy " + r.Name
		if err := p.add(managed[arn], text(r.Inputs, "policy")); err != nil {
			return nil, err
		}
	}
	inline := map[string][]string{} // names of documents by the name of the role
	for _, r := range evaluation.Find("aws:iam/rolePolicy:RolePolicy") {
		name := "role policy " + r.Name
		inline[text(r.Inputs, "role")] = append(inline[text(r.Inputs, "role")], name)
		if err := p.add(name, text(r.Inputs, "policy")); err != nil {
			return nil, err
		}
	}
	for _, r := range evaluation.Find("aws:iam/role:Role") {
		arn := text(r.Outputs, "arn")
		made := role{name: r.Name, identity: inline[text(r.Outputs, "name")]}
		if bound := text(r.Inputs, "permissionsBoundary"); managed[bound] != "" {
			made.boundary = []string{managed[bound]}
		} else {
			made.unknown = bound
		}
		p.roles[arn] = made
		if err := p.of(arn, "trust policy "+r.Name, text(r.Inputs, "assumeRolePolicy")); err != nil {
			return nil, err
		}
	}
	return p, p.readResources(evaluation)
}

// readResources reads the policies that resources have of their own.
func (p *Policies) readResources(evaluation *mockaws.Evaluation) error {
	ids := map[string]string{} // ARNs by what the policies' resources call them
	for _, kind := range []string{"aws:s3/bucketV2:BucketV2", "aws:sqs/queue:Queue", "aws:sns/topic:Topic"} {
		for _, r := range evaluation.Find(kind) {
			for _, key := range []string{"arn", "url", "bucket"} {
				ids[text(r.Outputs, key)] = text(r.Outputs, "arn")
			}
		}
	}
	for _, kind := range []struct{ token, called, of string }{
		{"aws:s3/bucketPolicy:BucketPolicy", "bucket policy", "bucket"},
		{"aws:sqs/queuePolicy:QueuePolicy", "queue policy", "queueUrl"},
		{"aws:sns/topicPolicy:TopicPolicy", "topic policy", "arn"},
	} {
		for _, r := range evaluation.Find(kind.token) {
			if err := p.of(ids[text(r.Inputs, kind.of)], kind.called+" "+r.Name, text(r.Inputs, "policy")); err != nil {
				return err
			}
		}
	}
	for _, r := range evaluation.Find("aws:kms/key:Key") {
		if err := p.of(text(r.Outputs, "arn"), "key policy "+r.Name, text(r.Inputs, "policy")); err != nil {
			return err
		}
	}
	return p.readGivenKey(evaluation)
}

// readGivenKey reads the policy of a key that is not the stack's: what the stack asks of it, beside what AWS gives each key.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func (p *Policies) readGivenKey(evaluation *mockaws.Evaluation) error {
	asked := text(evaluation.Exports, "keyPolicy")
	if asked == "" {
		return nil
	}
	for _, r := range evaluation.Find("aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2") {
		rule := r.Inputs["rules"].([]any)[0].(map[string]any)["applyServerSideEncryptionByDefault"].(map[string]any)
		arn := text(rule, "kmsMasterKeyId")
		if arn == "" || p.resources[arn] != "" {
			continue
		}
		if err := p.of(arn, "key policy "+arn, asked); err != nil {
			return err
		}
		given := p.documents[p.resources[arn]]
		given.Statement = append(given.Statement, statement{
			Effect: "Allow", Principal: map[string]any{"AWS": "arn:aws:iam::" + strings.Split(arn, ":")[4] + ":root"}, Action: oneOrMore{"kms:*"}, Resource: oneOrMore{"*"},
		})
		p.documents[p.resources[arn]] = given
	}
	return nil
}

func text(properties map[string]any, name string) string {
	value, _ := properties[name].(string)
	return value
}

func (p *Policies) add(name, policy string) error {
	var read document
	if err := json.Unmarshal([]byte(policy), &read); err != nil {
		return fmt.Errorf("read the %s: %w", name, err)
	}
	p.documents[name] = read
	return nil
}

func (p *Policies) of(arn, name, policy string) error {
	p.resources[arn] = name
	return p.add(name, policy)
}

// resourcePolicy names the policy of a resource, empty for one that has none. Objects have their bucket's.
func (p *Policies) resourcePolicy(resource string) string {
	if strings.HasPrefix(resource, "arn:aws:s3:::") {
		resource, _, _ = strings.Cut(resource, "/")
	}
	return p.resources[resource]
}

// unjudged are the ARNs of boundaries that roles have and that the stack does not register.
func (p *Policies) unjudged() []string {
	unknown := map[string]bool{}
	for _, r := range p.roles {
		if r.unknown != "" {
			unknown[r.unknown] = true
		}
	}
	return append([]string{}, slices.Sorted(maps.Keys(unknown))...)
}

// document is a policy.
type document struct {
	Version   string
	Statement []statement
}

type statement struct {
	Effect    string
	Principal any        `json:",omitempty"`
	Action    oneOrMore  `json:",omitempty"`
	Resource  oneOrMore  `json:",omitempty"`
	Condition conditions `json:",omitempty"`
}

// conditions are values by operator and key.
type conditions map[string]map[string]oneOrMore

// oneOrMore is a list, of which a policy may write a single text without brackets.
type oneOrMore []string

func (l *oneOrMore) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*l = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(l))
}

// admits tells whether a statement of a resource's policy is for a principal. A role is its account, too.
func (s statement) admits(principal, account string) bool {
	switch named := s.Principal.(type) {
	case nil:
		return true
	case string:
		return named == "*"
	case map[string]any:
		for _, values := range named {
			list, is := values.([]any)
			if !is {
				list = []any{values}
			}
			for _, value := range list {
				if value == principal || value == "*" || strings.HasPrefix(principal, "arn:") && value == "arn:aws:iam::"+account+":root" {
					return true
				}
			}
		}
	}
	return false
}
