package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// account is where a program is deployed. It is plain text, known in a preview too.
type account struct {
	id, region, partition string
}

func lookupAccount(ctx *pulumi.Context) (account, error) {
	identity, err := aws.GetCallerIdentity(ctx, nil)
	if err != nil {
		return account{}, fmt.Errorf("ask AWS for the account: %w", err)
	}
	region, err := aws.GetRegion(ctx, nil)
	if err != nil {
		return account{}, fmt.Errorf("ask AWS for the region: %w", err)
	}
	partition, err := aws.GetPartition(ctx, nil)
	if err != nil {
		return account{}, fmt.Errorf("ask AWS for the partition: %w", err)
	}
	return account{id: identity.AccountId, region: region.Name, partition: partition.Partition}, nil
}

// arn names a resource of this account and region.
func (a account) arn(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", a.partition, service, a.region, a.id, resource)
}

// root is the principal by which a resource's policy leaves it to this account's own policies.
func (a account) root() map[string]any {
	return map[string]any{"AWS": fmt.Sprintf("arn:%s:iam::%s:root", a.partition, a.id)}
}

// sourceAccount is the condition that a service acts for this account, against the confused deputy.
func (a account) sourceAccount() map[string]any {
	return map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": a.id}}
}
