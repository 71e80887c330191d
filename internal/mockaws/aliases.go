package mockaws

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// aliases are the URNs that a resource may have had, as Pulumi's engine reads them: those that it was registered with, and
// for each alias of its parent the URN that it had there. A name that begins with its parent's had its parent's former name.
func (c *cloud) aliases(urn resource.URN, request *pulumirpc.RegisterResourceRequest) []string {
	parent := resource.URN(request.GetParent())
	var own, all []resource.URN
	for _, alias := range request.GetAliases() {
		own = append(own, c.aliased(urn, parent, alias))
	}
	all = append(all, own...)
	for _, formerParent := range c.aliasesOf(parent) {
		for _, former := range append([]resource.URN{urn}, own...) {
			name := former.Name()
			if rest, carries := strings.CutPrefix(name, parent.Name()); carries {
				name = formerParent.Name() + rest
			}
			all = append(all, resource.NewURN(urn.Stack(), urn.Project(), qualified(formerParent), former.Type(), name))
		}
	}
	var texts []string
	for _, alias := range all {
		if alias != urn {
			texts = append(texts, string(alias))
		}
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// aliased is the URN that an alias says: what the alias leaves out is as it is now.
func (c *cloud) aliased(urn, parent resource.URN, alias *pulumirpc.Alias) resource.URN {
	spec := alias.GetSpec()
	if spec == nil {
		return resource.URN(alias.GetUrn())
	}
	stack, project, kind, name := urn.Stack(), urn.Project(), urn.Type(), urn.Name()
	if former := spec.GetStack(); former != "" {
		stack = tokens.QName(former)
	}
	if former := spec.GetProject(); former != "" {
		project = tokens.PackageName(former)
	}
	if former := spec.GetType(); former != "" {
		kind = tokens.Type(former)
	}
	if former := spec.GetName(); former != "" {
		name = former
	}
	if former := spec.GetParentUrn(); former != "" {
		parent = resource.URN(former)
	}
	if spec.GetNoParent() {
		parent = ""
	}
	return resource.NewURN(stack, project, qualified(parent), kind, name)
}

// aliasesOf are a registered resource's aliases. A parent is registered before its children.
func (c *cloud) aliasesOf(urn resource.URN) (aliases []resource.URN) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, r := range c.resources {
		if r.URN == string(urn) {
			for _, alias := range r.Aliases {
				aliases = append(aliases, resource.URN(alias))
			}
		}
	}
	return aliases
}

// qualified is the part of a child's URN that tells its parent's types; empty for the stack's own children.
func qualified(parent resource.URN) tokens.Type {
	if parent == "" || parent.QualifiedType() == resource.RootStackType {
		return ""
	}
	return parent.QualifiedType()
}
