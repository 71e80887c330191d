package components

import (
	"fmt"
	"slices"
	"strings"

	"datalake/asl"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// role registers a role that a service may take, with one policy of what it may do there. What uses the role must
// depend on the policy too: a role without its policy exists for a moment, and services refuse it.
func (s scope) role(suffix, service string, trust map[string]any, permissions []asl.Permission) (*iam.Role, *iam.RolePolicy, error) {
	name := s.name + "-" + suffix
	role, err := iam.NewRole(s.ctx, name, &iam.RoleArgs{
		AssumeRolePolicy:    renderJSON(policy(statement("Allow", servicePrincipal(service), []string{"sts:AssumeRole"}, nil, trust))),
		PermissionsBoundary: optional(s.roles.PermissionsBoundary),
		Path:                optional(s.roles.Path),
	}, s.child)
	if err != nil {
		return nil, nil, fmt.Errorf("register role %q: %w", name, err)
	}
	rolePolicy, err := iam.NewRolePolicy(s.ctx, name, &iam.RolePolicyArgs{
		Role:   role.Name,
		Policy: renderPermissions(permissions),
	}, s.child)
	if err != nil {
		return nil, nil, fmt.Errorf("register the policy of role %q: %w", name, err)
	}
	return role, rolePolicy, nil
}

func servicePrincipal(service string) map[string]any { return map[string]any{"Service": service} }

// policy is an IAM policy document.
func policy(statements ...any) map[string]any {
	return map[string]any{"Version": "2012-10-17", "Statement": statements}
}

// statement is one statement of a policy; what is nil is left out.
func statement(effect string, principal any, actions []string, resources []any, condition map[string]any) map[string]any {
	out := map[string]any{"Effect": effect, "Action": actions}
	if principal != nil {
		out["Principal"] = principal
	}
	if resources != nil {
		out["Resource"] = resources
	}
	if condition != nil {
		out["Condition"] = condition
	}
	return out
}

// denyPlainText refuses every call that does not come over TLS.
func denyPlainText(actions []string, resources ...any) map[string]any {
	return statement("Deny", "*", actions, resources,
		map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}})
}

// renderPermissions writes a role's policy: the permissions, with those on the same resources merged into one
// statement, in a stable order.
func renderPermissions(permissions []asl.Permission) pulumi.StringOutput {
	var tree []any
	for _, p := range permissions {
		entry := map[string]any{"Action": p.Actions, "Resource": slices.Clone(p.Resources)}
		if p.Condition != nil {
			entry["Condition"] = p.Condition
		}
		tree = append(tree, entry)
	}
	return render(tree, func(resolved any) (string, error) {
		statements, err := mergeStatements(resolved.([]any))
		if err != nil {
			return "", err
		}
		return asl.Encode(policy(statements...))
	})
}

// mergeStatements joins the actions of statements on the same resources under the same condition.
func mergeStatements(entries []any) ([]any, error) {
	type merged struct {
		actions   []string
		resources []string
		condition any
	}
	byKey := map[string]*merged{}
	var keys []string
	for _, entry := range entries {
		fields := entry.(map[string]any)
		var resources []string
		for _, resource := range fields["Resource"].([]any) {
			arn, _ := resource.(string)
			if arn == "" {
				return nil, fmt.Errorf("a permission for %s has an empty resource", strings.Join(fields["Action"].([]string), ", "))
			}
			resources = append(resources, arn)
		}
		slices.Sort(resources)
		resources = slices.Compact(resources)
		key, err := asl.Encode([]any{resources, fields["Condition"]})
		if err != nil {
			return nil, err
		}
		if byKey[key] == nil {
			byKey[key] = &merged{resources: resources, condition: fields["Condition"]}
			keys = append(keys, key)
		}
		byKey[key].actions = append(byKey[key].actions, fields["Action"].([]string)...)
	}
	slices.Sort(keys)
	var statements []any
	for _, key := range keys {
		m := byKey[key]
		slices.Sort(m.actions)
		condition, _ := m.condition.(map[string]any)
		resources := make([]any, len(m.resources))
		for i, arn := range m.resources {
			resources[i] = arn
		}
		statements = append(statements, statement("Allow", nil, slices.Compact(m.actions), resources, condition))
	}
	return statements, nil
}
