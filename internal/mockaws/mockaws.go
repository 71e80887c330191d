// Package mockaws stands in for AWS's control plane: it evaluates a Pulumi program in this process, under Pulumi's
// mocks, and records what the program registers. The tests and the local run use it; a deployment never does.
package mockaws

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	_ "datalake/internal/mockaws/terminal" // keeps the SDK from asking the terminal for its colours

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Unknown stands in a preview for what only a deployment would tell.
const Unknown = "<unknown>"

// Resource is one registration.
type Resource struct {
	// Type is the type token, Name the logical name, URN Pulumi's own name for it.
	Type, Name, URN string
	// Parent is the URN of the parent.
	Parent string
	// Aliases are the URNs that it may have had before, its parent's aliases among the reasons.
	Aliases []string
	// Custom is true of a provider's resource, false of a component.
	Custom bool
	// Protect, Retain (RetainOnDelete) and Dependencies are the resource options of those names; Dependencies are URNs.
	Protect, Retain bool
	Dependencies    []string
	// Inputs are what the program asked for, Outputs what AWS would have answered: plain values, secrets unwrapped, files as
	// their paths, archives of files as a map of their names there to their paths.
	Inputs, Outputs map[string]any
}

// Evaluation is what a program did.
type Evaluation struct {
	// AccountID is the account in which everything seems to be.
	AccountID string
	// Region is the one to which the stack seems to be deployed.
	Region string
	// Resources are the registrations, in the order of their URNs.
	Resources []Resource
	// Exports are the stack's outputs, as plain values. In a preview, those that are known.
	Exports map[string]any
}

// Find returns the resources of a type.
func (e *Evaluation) Find(typeToken string) []Resource {
	var found []Resource
	for _, r := range e.Resources {
		if r.Type == typeToken {
			found = append(found, r)
		}
	}
	return found
}

// Evaluate runs the program for a stack. In a preview, the answers of AWS stay unknown. The error is the program's own,
// and the AWS provider's where the stack has no region.
func Evaluate(program pulumi.RunFunc, stack *Stack, preview bool) (*Evaluation, error) {
	restore, err := stack.environment()
	if err != nil {
		return nil, err
	}
	defer restore()
	cloud := &cloud{stack: stack, preview: preview, sums: map[string]int{}}
	exports := map[string]any{}
	var mutex sync.Mutex
	runErr := pulumi.RunErr(func(ctx *pulumi.Context) error {
		if err := program(ctx); err != nil {
			return err
		}
		joined, resolve, _ := ctx.NewOutput() // RunErr waits for what depends on it, even where a value is plain
		resolve(nil)
		for name, value := range ctx.GetCurrentExportMap() {
			pulumi.All(value, joined).ApplyT(func(values []any) any {
				mutex.Lock()
				defer mutex.Unlock()
				exports[name] = values[0]
				return nil
			})
		}
		return nil
	}, pulumi.WithMocks(stack.Project, stack.Name, cloud), func(info *pulumi.RunInfo) {
		info.DryRun, info.Config, info.RootDirectory = preview, stack.Config, project()
	})
	slices.SortFunc(cloud.resources, func(a, b Resource) int { return strings.Compare(a.URN, b.URN) })
	return &Evaluation{AccountID: stack.account(), Region: stack.region(), Resources: cloud.resources, Exports: plainExports(exports)}, errors.Join(stack.checkRegion(), runErr)
}

// project is the project's directory, which the Pulumi CLI finds in the same way; empty if there is none.
func project() string {
	file, err := workspace.DetectProjectPath()
	if err != nil {
		return ""
	}
	return filepath.Dir(file)
}

// cloud answers the program's registrations and invokes. Pulumi calls it from many goroutines.
type cloud struct {
	stack   *Stack
	preview bool

	mutex     sync.Mutex
	resources []Resource
	sums      map[string]int // of the quotas, by what they are of
}

func (c *cloud) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if args.RegisterRPC == nil {
		return "", nil, fmt.Errorf("%s %q is read from AWS: the program may register resources only", args.TypeToken, args.Name)
	}
	parent := resource.URN(args.RegisterRPC.GetParent())
	urn := resource.NewURN(tokens.QName(c.stack.Name), tokens.PackageName(c.stack.Project), qualified(parent), tokens.Type(args.TypeToken), args.Name)
	// Pulumi hands over the inputs without those that are unknown; the request has them.
	inputs, err := plugin.UnmarshalProperties(args.RegisterRPC.GetObject(), plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	if err != nil {
		return "", nil, fmt.Errorf("read the inputs of %s %q: %w", args.TypeToken, args.Name, err)
	}
	registered := Resource{
		Type:         args.TypeToken,
		Name:         args.Name,
		URN:          string(urn),
		Parent:       string(parent),
		Aliases:      c.aliases(urn, args.RegisterRPC),
		Custom:       args.Custom,
		Protect:      args.RegisterRPC.GetProtect(),
		Retain:       args.RegisterRPC.GetRetainOnDelete(),
		Dependencies: slices.Sorted(slices.Values(args.RegisterRPC.GetDependencies())),
		Inputs:       plain(inputs),
	}
	var id string
	state := args.Inputs.Copy()
	if (args.Custom || args.RegisterRPC.GetRemote()) && !c.preview {
		answer := c.invent(registered)
		id = answer.id
		for key, value := range answer.outputs {
			if _, given := state[resource.PropertyKey(key)]; !given {
				state[resource.PropertyKey(key)] = resource.NewPropertyValue(value)
			}
		}
	}
	registered.Outputs = plain(state)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.resources = append(c.resources, registered)
	return id, state, c.exceeded(registered)
}

// Call answers the four invokes that the program may make.
func (c *cloud) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	region, account := c.stack.region(), c.stack.account()
	answers := map[string]map[string]any{
		"aws:index/getCallerIdentity:getCallerIdentity": {"accountId": account, "arn": "arn:aws:iam::" + account + ":user/nobody", "userId": "AIDAEXAMPLE", "id": account},
		"aws:index/getRegion:getRegion":                 {"name": region, "id": region},
		"aws:index/getPartition:getPartition":           {"partition": "aws", "dnsSuffix": "amazonaws.com", "id": "aws"},
		"aws:index/getAvailabilityZones:getAvailabilityZones": {
			"names": []any{region + "a", region + "b", region + "c"}, "id": region,
		},
	}
	answer, known := answers[args.Token]
	if !known {
		return nil, fmt.Errorf("the program asks AWS for %s: it may ask for %s only", args.Token, strings.Join(slices.Sorted(maps.Keys(answers)), ", "))
	}
	return resource.NewPropertyMapFromMap(answer), nil
}

// plain turns properties into maps, slices and scalars.
func plain(properties resource.PropertyMap) map[string]any {
	return properties.MapRepl(nil, func(value resource.PropertyValue) (any, bool) {
		switch {
		case value.IsComputed() || value.IsOutput() && !value.OutputValue().Known:
			return Unknown, true
		case value.IsSecret():
			return plain(resource.PropertyMap{"v": value.SecretValue().Element})["v"], true
		case value.IsAsset():
			return value.AssetValue().Path, true
		case value.IsArchive():
			return files(value.ArchiveValue()), true
		default:
			return nil, false
		}
	})
}

// files are the paths of the files that an archive is made of, by their names in it.
func files(archive *resource.Archive) map[string]any {
	paths := map[string]any{}
	for name, part := range archive.Assets {
		if file, is := part.(*resource.Asset); is {
			paths[name] = file.Path
		}
	}
	return paths
}

// plainExports turns Go's typed maps, as a program exports them, into plain ones.
func plainExports(exports map[string]any) map[string]any {
	out := make(map[string]any, len(exports))
	for name, value := range exports {
		if texts, is := value.(map[string]string); is {
			generic := make(map[string]any, len(texts))
			for key, text := range texts {
				generic[key] = text
			}
			value = generic
		}
		out[name] = value
	}
	return out
}
