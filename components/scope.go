package components

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// scope is what a component's builders share: where they are deployed, the name that their children carry, the option
// that makes them children, those of children that hold something (messages, tables), and what roles are to be like.
type scope struct {
	account
	ctx     *pulumi.Context
	name    string
	child   pulumi.ResourceOption
	holding []pulumi.ResourceOption
	roles   Roles
}

// open registers a component and returns the scope for its children; the operations say whether those that hold something
// stay in the account when Pulumi deletes them, and what the roles are to be like.
func open(ctx *pulumi.Context, token, name string, component pulumi.ComponentResource, operations Operations, opts []pulumi.ResourceOption) (scope, error) {
	account, err := lookupAccount(ctx)
	if err != nil {
		return scope{}, err
	}
	if err := ctx.RegisterComponentResource(token, name, component, opts...); err != nil {
		return scope{}, fmt.Errorf("register %s %q: %w", token, name, err)
	}
	child := pulumi.Parent(component)
	return scope{
		account: account, ctx: ctx, name: name, child: child,
		holding: []pulumi.ResourceOption{child, pulumi.RetainOnDelete(operations.Retain)},
		roles:   operations.Roles,
	}, nil
}
