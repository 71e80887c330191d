package components

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// scope is what a component's builders share: where they are deployed, the name that their children carry, and the
// option that makes them children.
type scope struct {
	account
	ctx   *pulumi.Context
	name  string
	child pulumi.ResourceOption
}

// open registers a component and returns the scope for its children.
func open(ctx *pulumi.Context, token, name string, component pulumi.ComponentResource, opts []pulumi.ResourceOption) (scope, error) {
	account, err := lookupAccount(ctx)
	if err != nil {
		return scope{}, err
	}
	if err := ctx.RegisterComponentResource(token, name, component, opts...); err != nil {
		return scope{}, fmt.Errorf("register %s %q: %w", token, name, err)
	}
	return scope{account: account, ctx: ctx, name: name, child: pulumi.Parent(component)}, nil
}
