package components

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"datalake/asl"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Key is a customer-managed encryption key. A nil Key stands for AWS's own keys.
type Key struct {
	// ARN is the key's ARN.
	ARN pulumi.StringOutput
	// Policy is what the policy of a key that exists already has to hold for the lake's services, as JSON; unset for a
	// key of the lake's own, which has it.
	Policy pulumi.StringOutput
}

// A key's id is a UUID, or mrk- and its digits for one of several regions.
var keyForm = regexp.MustCompile(`^arn:aws[a-z-]*:kms:([a-z0-9-]+):[0-9]{12}:key/([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$`)

// CheckKeyARN reports what is wrong with the ARN of a key that exists already, if anything. The key has to be in the
// region, since S3, SNS and CloudWatch Logs take no other; an empty region is not compared.
func CheckKeyARN(arn, region string) error {
	found := keyForm.FindStringSubmatch(arn)
	if found == nil {
		return errors.New("give the ARN of a KMS key, such as arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab; that of an alias does not do")
	}
	if region != "" && found[1] != region {
		return fmt.Errorf("give a key in %s: the services take none of another region", region)
	}
	return nil
}

// arn is the key's ARN as an optional input: nil for AWS's own keys.
func (k *Key) arn() pulumi.StringPtrInput {
	if k == nil {
		return nil
	}
	return k.ARN.ToStringPtrOutput()
}

// read and write are what reading and writing encrypted data take; a message to a topic takes both. Nothing where AWS's own
// keys are used.
func (k *Key) read() []asl.Permission  { return k.allow("kms:Decrypt") }
func (k *Key) write() []asl.Permission { return k.allow("kms:GenerateDataKey") }
func (k *Key) use() []asl.Permission   { return k.allow("kms:Decrypt", "kms:GenerateDataKey") }

func (k *Key) allow(actions ...string) []asl.Permission {
	if k == nil {
		return nil
	}
	return []asl.Permission{{Actions: actions, Resources: []any{k.ARN}}}
}

// key registers a key that rotates each year and that the lake's services may use. It stays in the account when Pulumi
// deletes it, in a disposable environment too: what was encrypted with it needs it for ever.
func (s scope) key(suffix string, protect bool) (*Key, error) {
	name := s.name + "-" + suffix
	owner := statement("Allow", s.root(), []string{"kms:*"}, thisKey, nil)
	key, err := kms.NewKey(s.ctx, name, &kms.KeyArgs{
		Description:          pulumi.String("Data lake: objects, topics and logs"),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(30),
		Policy:               renderJSON(policy(append([]any{owner}, s.keyUses()...)...)),
	}, append(protection(protect), s.child, pulumi.RetainOnDelete(true))...)
	if err != nil {
		return nil, fmt.Errorf("register key %q: %w", name, err)
	}
	return &Key{ARN: key.Arn}, nil
}

// thisKey stands in a key's own policy for the key.
var thisKey = []any{"*"}

// keyUses are the statements of a key's policy that let the lake's services use it.
func (a account) keyUses() []any {
	use := []string{"kms:Decrypt", "kms:GenerateDataKey*"}
	return []any{
		// EventBridge sends no SourceArn or SourceAccount along: with a condition its messages vanish silently.
		statement("Allow", servicePrincipal("events.amazonaws.com"), use, thisKey, nil),
		statement("Allow", servicePrincipal("cloudwatch.amazonaws.com"), use, thisKey, a.sourceAccount()),
		statement("Allow", servicePrincipal(fmt.Sprintf("logs.%s.amazonaws.com", a.region)),
			[]string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"}, thisKey,
			map[string]any{"ArnLike": map[string]any{"kms:EncryptionContext:aws:logs:arn": []any{
				a.arn("logs", "log-group:"+logGroupPrefix+"*"), a.arn("logs", "log-group:/aws-glue/*"),
			}}}),
	}
}

// existingKey is a key that is somebody else's to keep. One of the same account lets that account's policies decide already, as
// AWS's default does.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
func (a account) existingKey(arn string) *Key {
	uses := a.keyUses()
	if strings.Split(arn, ":")[4] != a.id {
		uses = append([]any{statement("Allow", a.root(), []string{"kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"}, thisKey, nil)}, uses...)
	}
	return &Key{ARN: pulumi.String(arn).ToStringOutput(), Policy: renderJSON(policy(uses...))}
}

// protection is the option to protect a resource; without it, what the component was given is inherited.
func protection(protect bool) []pulumi.ResourceOption {
	if !protect {
		return nil
	}
	return []pulumi.ResourceOption{pulumi.Protect(true)}
}
