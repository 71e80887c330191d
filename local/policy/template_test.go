package policy

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// template is a CloudFormation template that is deployed to an account and a region, as far as bootstrap/account.yaml uses
// the language. What it does not know is an error.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
type template struct {
	body                       map[string]any
	parameters                 map[string]string
	partition, account, region string
}

// readTemplate reads bootstrap/account.yaml, with the intrinsic functions in their long form.
func readTemplate(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile("../../bootstrap/account.yaml")
	require.NoError(t, err)
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(text, &document))
	body, err := longForm(document.Content[0])
	require.NoError(t, err)
	return body.(map[string]any)
}

func longForm(node *yaml.Node) (value any, err error) {
	switch node.Kind {
	case yaml.MappingNode:
		members := map[string]any{}
		for i := 0; i < len(node.Content); i += 2 {
			if members[node.Content[i].Value], err = longForm(node.Content[i+1]); err != nil {
				return nil, err
			}
		}
		value = members
	case yaml.SequenceNode:
		elements := make([]any, len(node.Content))
		for i, element := range node.Content {
			if elements[i], err = longForm(element); err != nil {
				return nil, err
			}
		}
		value = elements
	case yaml.ScalarNode:
		value = node.Value
		if !strings.HasPrefix(node.Tag, "!") || strings.HasPrefix(node.Tag, "!!") {
			if err := node.Decode(&value); err != nil {
				return nil, fmt.Errorf("line %d: %w", node.Line, err)
			}
		}
	default:
		return nil, fmt.Errorf("line %d: CloudFormation takes no aliases", node.Line)
	}
	if function, short := strings.CutPrefix(node.Tag, "!"); short && !strings.HasPrefix(function, "!") {
		if function == "GetAtt" {
			resource, attribute, _ := strings.Cut(node.Value, ".")
			value = []any{resource, attribute}
		}
		if function != "Ref" {
			function = "Fn::" + function
		}
		value = map[string]any{function: value}
	}
	return value, nil
}

// newTemplate checks the parameters as CloudFormation does before it deploys anything.
func newTemplate(body map[string]any, parameters map[string]string, partition, account, region string) (*template, error) {
	c := &template{body, map[string]string{}, partition, account, region}
	declared := body["Parameters"].(map[string]any)
	for name := range parameters {
		if declared[name] == nil {
			return nil, fmt.Errorf("the template has no parameter %s", name)
		}
	}
	for name, declaration := range declared {
		declaration := declaration.(map[string]any)
		value, given := parameters[name]
		if !given {
			if value, given = declaration["Default"].(string); !given {
				return nil, fmt.Errorf("parameter %s has no value", name)
			}
		}
		form, err := regexp.Compile("^(?:" + declaration["AllowedPattern"].(string) + ")$")
		if err != nil {
			return nil, fmt.Errorf("parameter %s: %w", name, err)
		}
		if !form.MatchString(value) {
			return nil, fmt.Errorf("parameter %s: %v", name, declaration["ConstraintDescription"])
		}
		c.parameters[name] = value
	}
	return c, nil
}

// properties are a resource's properties, with all functions resolved; nil if its condition does not hold.
func (c *template) properties(resource string) (map[string]any, error) {
	declared, is := c.body["Resources"].(map[string]any)[resource].(map[string]any)
	if !is {
		return nil, fmt.Errorf("there is no resource %s", resource)
	}
	if condition, has := declared["Condition"]; has {
		if holds, err := c.holds(condition); err != nil || !holds {
			return nil, err
		}
	}
	properties, err := c.resolve(declared["Properties"])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", resource, err)
	}
	return properties.(map[string]any), nil
}

// outputs are the values of the outputs, by name.
func (c *template) outputs() (map[string]string, error) {
	values := map[string]string{}
	for name, output := range c.body["Outputs"].(map[string]any) {
		value, err := c.resolve(output.(map[string]any)["Value"])
		if err != nil {
			return nil, fmt.Errorf("output %s: %w", name, err)
		}
		values[name] = value.(string)
	}
	return values, nil
}

func (c *template) holds(condition any) (bool, error) {
	declared := c.body["Conditions"].(map[string]any)[condition.(string)]
	if declared == nil {
		return false, fmt.Errorf("there is no condition %v", condition)
	}
	holds, err := c.resolve(declared)
	if err != nil {
		return false, fmt.Errorf("condition %v: %w", condition, err)
	}
	return holds.(bool), nil
}

// nothing is what AWS::NoValue leaves out.
type nothing struct{}

func (c *template) resolve(value any) (any, error) {
	switch value := value.(type) {
	case []any:
		elements := []any{}
		for _, element := range value {
			resolved, err := c.resolve(element)
			if err != nil {
				return nil, err
			}
			if resolved != (nothing{}) {
				elements = append(elements, resolved)
			}
		}
		return elements, nil
	case map[string]any:
		members := map[string]any{}
		for key, member := range value {
			if key == "Ref" || strings.HasPrefix(key, "Fn::") {
				return c.call(key, member)
			}
			resolved, err := c.resolve(member)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			if resolved != (nothing{}) {
				members[key] = resolved
			}
		}
		return members, nil
	}
	return value, nil
}

var placeholder = regexp.MustCompile(`\$\{([^}]+)\}`)

func (c *template) call(function string, argument any) (any, error) {
	switch function {
	case "Ref":
		return c.reference(argument.(string), "")
	case "Fn::GetAtt":
		return c.reference(argument.([]any)[0].(string), argument.([]any)[1].(string))
	case "Fn::Sub":
		var failed error
		text := placeholder.ReplaceAllStringFunc(argument.(string), func(found string) string {
			name, attribute, _ := strings.Cut(found[2:len(found)-1], ".")
			value, err := c.reference(name, attribute)
			if err != nil {
				failed = err
				return found
			}
			return value.(string)
		})
		return text, failed
	case "Fn::If":
		choice := argument.([]any)
		holds, err := c.holds(choice[0])
		if err != nil {
			return nil, err
		}
		if holds {
			return c.resolve(choice[1])
		}
		return c.resolve(choice[2])
	case "Fn::Equals":
		both, err := c.resolve(argument)
		if err != nil {
			return nil, err
		}
		return both.([]any)[0] == both.([]any)[1], nil
	}
	return nil, fmt.Errorf("%s is not known here", function)
}

// reference is what CloudFormation gives for a name, or for a resource's attribute: values as real as AWS's.
func (c *template) reference(name, attribute string) (any, error) {
	if value, is := map[string]any{
		"AWS::AccountId": c.account, "AWS::Partition": c.partition, "AWS::Region": c.region, "AWS::NoValue": nothing{},
	}[name]; is {
		return value, nil
	}
	if value, is := c.parameters[name]; is {
		return value, nil
	}
	properties, err := c.properties(name)
	if err != nil {
		return nil, err
	}
	if properties == nil {
		return nil, fmt.Errorf("%s is not made, and yet referred to", name)
	}
	iam := "arn:" + c.partition + ":iam::" + c.account + ":"
	kind := c.body["Resources"].(map[string]any)[name].(map[string]any)["Type"].(string)
	switch strings.TrimSuffix(kind+"."+attribute, ".") {
	case "AWS::S3::Bucket":
		return properties["BucketName"], nil
	case "AWS::S3::Bucket.Arn":
		return "arn:" + c.partition + ":s3:::" + properties["BucketName"].(string), nil
	case "AWS::KMS::Key":
		return stateKeyID, nil
	case "AWS::KMS::Key.Arn":
		return "arn:" + c.partition + ":kms:" + c.region + ":" + c.account + ":key/" + stateKeyID, nil
	case "AWS::IAM::Role":
		return properties["RoleName"], nil
	case "AWS::IAM::Role.Arn":
		return iam + "role/" + properties["RoleName"].(string), nil
	case "AWS::IAM::ManagedPolicy":
		return iam + "policy/" + properties["ManagedPolicyName"].(string), nil
	case "AWS::IAM::OIDCProvider":
		return iam + "oidc-provider/" + strings.TrimPrefix(properties["Url"].(string), "https://"), nil
	}
	return nil, fmt.Errorf("what %s.%s of a %s is, is not known here", name, attribute, kind)
}

const stateKeyID = "1234abcd-12ab-34cd-56ef-1234567890ab"
