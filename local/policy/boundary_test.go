package policy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// everything is what a role must never get, and might: a policy that somebody attaches in a hurry.
var everything = map[string]any{"Version": "2012-10-17", "Statement": []any{
	map[string]any{"Effect": "Allow", "Action": "*", "Resource": "*"},
}}

// bounds are the claims that each role of the stack makes all the calls that its policy is for, and whatever else is
// attached to it, none that would give it, or who deploys it, more.
func (b bootstrapped) bounds() (claims []claim) {
	for i, role := range b.Find("aws:iam/role:Role") {
		arn, own := role.Outputs["arn"].(string), []string{"role " + role.Name}
		require.Equal(b.t, b.outputs["BoundaryArn"], role.Inputs["permissionsBoundary"], role.Name)
		for _, grant := range grants(b.documents[own[0]].(map[string]any)) {
			r := b.by(arn, own, grant, b.documents)
			r.Boundary = []string{"Boundary"}
			claims = append(claims, claim{role.Name + " with the boundary still may", r, true})
		}
		state := b.arnOf("StateBucket", "Arn")
		elsewhere := map[string][]string{"aws:ResourceAccount": {"666677778888"}}
		for _, beyond := range []Request{
			{Action: "iam:CreateUser", Resource: "arn:aws:iam::" + b.AccountID + ":user/somebody"},
			{Action: "iam:AttachRolePolicy", Resource: arn},
			{Action: "iam:DeleteRolePermissionsBoundary", Resource: arn},
			{Action: "iam:PassRole", Resource: arn},
			{Action: "iam:CreatePolicyVersion", Resource: b.outputs["BoundaryArn"]},
			{Action: "iam:UpdateAssumeRolePolicy", Resource: b.outputs["DeployerRoleArn"]},
			{Action: "s3:GetObject", Resource: state + "/.pulumi/stacks/datalake/dev.json"},
			{Action: "s3:PutObject", Resource: state + "/.pulumi/stacks/datalake/dev.json"},
			{Action: "s3:PutBucketPolicy", Resource: state},
			{Action: "kms:Decrypt", Resource: b.arnOf("StateKey", "Arn")},
			{Action: "kms:PutKeyPolicy", Resource: b.arnOf("StateKey", "Arn")},
			{Action: "s3:PutBucketPolicy", Resource: b.output("aws:s3/bucketV2:BucketV2", "lake-source", "arn")},
			{Action: "glue:UpdateJob", Resource: b.output("aws:glue/job:Job", "weekly-etl-job", "arn")},
			{Action: "states:UpdateStateMachine", Resource: b.output("aws:sfn/stateMachine:StateMachine", "weekly-etl-machine", "arn")},
			{Action: "s3:PutObject", Resource: "arn:aws:s3:::lake-theirs/x", Context: elsewhere},
			{Action: "sns:Publish", Resource: "arn:aws:sns:" + b.region + ":666677778888:theirs", Context: elsewhere},
			{Action: "dynamodb:PutItem", Resource: b.arn("dynamodb", "table/orders")},
			{Action: "lambda:InvokeFunction", Resource: b.arn("lambda", "function:anything")},
		} {
			r := b.by(arn, append(own, "everything"), beyond, b.documents)
			if i == 0 {
				claims = append(claims, claim{role.Name + " with a policy of everything and no boundary may", r, true})
			}
			r.Boundary = []string{"Boundary"}
			claims = append(claims, claim{role.Name + " with a policy of everything and the boundary may not", r, false})
		}
	}
	return claims
}

func TestRolesWithABoundary(t *testing.T) {
	everyStack(t, func(t *testing.T, b bootstrapped) {
		claims := b.bounds()
		requireTrue(t, b.documents, claims)
		require.GreaterOrEqual(t, len(b.Find("aws:iam/role:Role")), 11)
		require.Greater(t, len(claims), 400)
	})
}
