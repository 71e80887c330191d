package policy

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const boundaryARN = "arn:aws:iam::111122223333:policy/company/boundary"

// boundary is one as a company might have it: the data services, and never IAM.
func boundary(services ...string) map[string]any {
	var actions []string
	for _, service := range services {
		actions = append(actions, service+":*")
	}
	return map[string]any{"Version": "2012-10-17", "Statement": []any{
		map[string]any{"Effect": "Allow", "Action": actions, "Resource": "*"},
		map[string]any{"Effect": "Deny", "Action": "iam:*", "Resource": "*"},
	}}
}

var dataServices = []string{
	"athena", "cloudwatch", "ec2", "events", "glue", "iot", "kms", "lakeformation", "logs", "s3", "sns", "sqs", "states", "xray",
}

// everything is what a role must never get, and might: a policy that somebody attaches in a hurry.
var everything = map[string]any{"Version": "2012-10-17", "Statement": []any{
	map[string]any{"Effect": "Allow", "Action": "*", "Resource": "*"},
}}

// A role with a boundary makes all the calls that its policy is for; and whatever else is attached to it, it does nothing
// that the boundary leaves out.
func TestRolesWithABoundary(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		t.Run(stack, func(t *testing.T) {
			d := deploy(t, stack, map[string]string{
				"datalake:permissionsBoundary": boundaryARN, "datalake:ingestion": "true", "datalake:tracing": "true", "datalake:glueConnection": "company-network",
			})
			policies := d.policies()
			maps.Copy(policies, map[string]any{
				"boundary": boundary(dataServices...), "everything": everything,
				"without glue": boundary(slices.DeleteFunc(slices.Clone(dataServices), func(service string) bool { return service == "glue" })...),
			})
			var claims []claim
			expect := func(r request, can bool, says string) { claims = append(claims, claim{says, r, can}) }
			roles := d.Find("aws:iam/role:Role")
			for _, role := range roles {
				require.Equal(t, boundaryARN, role.Inputs["permissionsBoundary"], role.Name)
				own := []string{"role " + role.Name}
				for _, grant := range grants(policies[own[0]].(map[string]any)) {
					r := d.by(role.Outputs["arn"].(string), own, grant, policies)
					r.Boundary = []string{"boundary"}
					expect(r, true, role.Name+" with a boundary still may")
					r.Boundary = []string{"without glue"}
					expect(r, !strings.HasPrefix(grant.Action, "glue:"), role.Name+" with a boundary without Glue")
				}
				for _, beyond := range []request{
					{Action: "iam:CreateUser", Resource: "arn:aws:iam::" + d.AccountID + ":user/somebody"},
					{Action: "iam:AttachRolePolicy", Resource: role.Outputs["arn"].(string)},
					{Action: "iam:DeleteRolePermissionsBoundary", Resource: role.Outputs["arn"].(string)},
					{Action: "iam:PassRole", Resource: role.Outputs["arn"].(string)},
					{Action: "dynamodb:PutItem", Resource: d.arn("dynamodb", "table/orders")},
					{Action: "lambda:InvokeFunction", Resource: d.arn("lambda", "function:anything")},
				} {
					r := d.by(role.Outputs["arn"].(string), append(own, "everything"), beyond, policies)
					expect(r, true, role.Name+" with a policy of everything and no boundary may")
					r.Boundary = []string{"boundary"}
					expect(r, false, role.Name+" with a policy of everything and a boundary may not")
				}
			}
			requireTrue(t, policies, claims)
			require.GreaterOrEqual(t, len(roles), 11)
			require.Greater(t, len(claims), 400)
		})
	}
}
