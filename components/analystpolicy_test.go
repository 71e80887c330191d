package components

import (
	"fmt"
	"testing"

	"datalake/internal/mockaws"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// Datasets of one bucket share its statements, since a policy has no room to waste.
func TestTheAnalystPolicyNamesWhatMayBeRead(t *testing.T) {
	d := deploy(t, analystProgram(asItIs))
	statements := object(t, d.the("iam.Policy", "analysts-policy"), "policy")["Statement"].([]any)
	allowed := func(action string) (found []any) {
		for _, s := range statements {
			for _, a := range s.(map[string]any)["Action"].([]any) {
				if a == action {
					found = append(found, s.(map[string]any)["Resource"].([]any)...)
				}
			}
		}
		return found
	}
	const glue = "arn:aws:glue:eu-west-1:123456789012:"
	require.Equal(t, []any{
		glue + "catalog", glue + "database/orders", glue + "database/sensors", glue + "database/usage",
		glue + "table/orders/*", glue + "table/sensors/days", glue + "table/usage/*",
	}, allowed("glue:GetTable"))
	require.ElementsMatch(t, []any{
		"arn:aws:s3:::processed/days/*", "arn:aws:s3:::results/reports/*", "arn:aws:s3:::source/data/orders/*", "arn:aws:s3:::source/data/usage/*",
	}, allowed("s3:GetObject"))
	require.ElementsMatch(t, []any{"arn:aws:s3:::processed", "arn:aws:s3:::results", "arn:aws:s3:::source"}, allowed("s3:ListBucket"))
	require.Equal(t, []any{"arn:aws:athena:eu-west-1:123456789012:workgroup/reports"}, allowed("athena:StartQueryExecution"))
	require.Empty(t, allowed("kms:Decrypt"), "where AWS manages the keys, nobody needs more")

	d = deploy(t, analystProgram(func(a *AnalystPolicyArgs) { a.Key, a.Path = customerKey(), "/datalake/" }))
	policy := d.the("iam.Policy", "analysts-policy")
	statements = object(t, policy, "policy")["Statement"].([]any)
	require.Equal(t, []any{keyARN}, allowed("kms:Decrypt"))
	require.Equal(t, "/datalake/", policy.Inputs["path"])
}

func TestAnAnalystPolicyThatIAMWouldRefuse(t *testing.T) {
	datasets := func(count int) pulumi.RunFunc {
		return analystProgram(func(a *AnalystPolicyArgs) {
			for i := range count {
				name := fmt.Sprintf("dataset_%02d", i)
				a.Datasets = append(a.Datasets, AnalystDataset{Database: pulumi.String(name + "_production"), Bucket: a.Datasets[0].Bucket, Prefix: "data/" + name + "/"})
			}
		})
	}
	inPreviewAndApply(t, datasets(13), func(t *testing.T, evaluation *mockaws.Evaluation) {
		require.Len(t, evaluation.Find("aws:iam/policy:Policy"), 1)
	})
	_, err := evaluate(datasets(30), false)
	require.ErrorContains(t, err, "characters, and IAM takes 6144: give it fewer datasets")
}
