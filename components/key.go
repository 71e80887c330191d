package components

import (
	"fmt"

	"datalake/asl"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Key is a customer-managed encryption key. A nil Key stands for AWS's own keys.
type Key struct {
	// ARN is the key's ARN.
	ARN pulumi.StringOutput
}

// arn is the key's ARN as an optional input: nil for AWS's own keys.
func (k *Key) arn() pulumi.StringPtrInput {
	if k == nil {
		return nil
	}
	return k.ARN.ToStringPtrOutput()
}

// use is what reading and writing encrypted data takes: nothing where AWS's own keys are used.
func (k *Key) use() []asl.Permission {
	if k == nil {
		return nil
	}
	return []asl.Permission{{Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: []any{k.ARN}}}
}

// key registers a key that rotates each year and that the lake's services may use. It stays in the account when Pulumi
// deletes it, in a disposable environment too: what was encrypted with it needs it for ever.
func (s scope) key(suffix string, protect bool) (*Key, error) {
	name := s.name + "-" + suffix
	all := []any{"*"} // in a key's own policy: this key
	use := []string{"kms:Decrypt", "kms:GenerateDataKey*"}
	key, err := kms.NewKey(s.ctx, name, &kms.KeyArgs{
		Description:          pulumi.String("Data lake: objects, topics and logs"),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(30),
		Policy: renderJSON(policy(
			statement("Allow", map[string]any{"AWS": fmt.Sprintf("arn:%s:iam::%s:root", s.partition, s.id)}, []string{"kms:*"}, all, nil),
			// EventBridge sends no SourceArn or SourceAccount along: with a condition its messages vanish silently.
			statement("Allow", servicePrincipal("events.amazonaws.com"), use, all, nil),
			statement("Allow", servicePrincipal("cloudwatch.amazonaws.com"), use, all, s.sourceAccount()),
			statement("Allow", servicePrincipal(fmt.Sprintf("logs.%s.amazonaws.com", s.region)),
				[]string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"}, all,
				map[string]any{"ArnLike": map[string]any{"kms:EncryptionContext:aws:logs:arn": []any{
					s.arn("logs", "log-group:"+logGroupPrefix+"*"), s.arn("logs", "log-group:/aws-glue/*"),
				}}}),
		)),
	}, append(protection(protect), s.child, pulumi.RetainOnDelete(true))...)
	if err != nil {
		return nil, fmt.Errorf("register key %q: %w", name, err)
	}
	return &Key{ARN: key.Arn}, nil
}

// protection is the option to protect a resource; without it, what the component was given is inherited.
func protection(protect bool) []pulumi.ResourceOption {
	if !protect {
		return nil
	}
	return []pulumi.ResourceOption{pulumi.Protect(true)}
}
