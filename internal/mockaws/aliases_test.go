package mockaws

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

type component struct{ pulumi.ResourceState }

// A component "new" that was "old" has a queue; the queue has an alias of its own, or none.
func evaluateQueue(t *testing.T, parentAliases, aliases []pulumi.Alias) Resource {
	t.Helper()
	stack := &Stack{Project: "p", Name: "s", Config: map[string]string{"aws:region": "eu-west-1"}}
	evaluation, err := Evaluate(func(ctx *pulumi.Context) error {
		parent := &component{}
		if err := ctx.RegisterComponentResource("p:index:C", "new", parent, pulumi.Aliases(parentAliases)); err != nil {
			return err
		}
		_, err := sqs.NewQueue(ctx, "new-queue", nil, pulumi.Parent(parent), pulumi.Aliases(aliases))
		return err
	}, stack, false)
	require.NoError(t, err)
	return evaluation.Find("aws:sqs/queue:Queue")[0]
}

func TestAliasesAreThoseThatTheEngineReads(t *testing.T) {
	const queue = "aws:sqs/queue:Queue::"
	for name, test := range map[string]struct {
		parent, own []pulumi.Alias
		aliases     []string
	}{
		"none":        {},
		"a name":      {own: []pulumi.Alias{{Name: pulumi.String("q")}}, aliases: []string{"urn:pulumi:s::p::p:index:C$" + queue + "q"}},
		"no parent":   {own: []pulumi.Alias{{NoParent: pulumi.Bool(true)}}, aliases: []string{"urn:pulumi:s::p::" + queue + "new-queue"}},
		"a URN":       {own: []pulumi.Alias{{URN: pulumi.URN("urn:pulumi:s::p::" + queue + "q")}}, aliases: []string{"urn:pulumi:s::p::" + queue + "q"}},
		"a type":      {own: []pulumi.Alias{{Type: pulumi.String("a:b:C")}}, aliases: []string{"urn:pulumi:s::p::p:index:C$a:b:C::new-queue"}},
		"its own URN": {own: []pulumi.Alias{{Name: pulumi.String("new-queue")}}},
		"another parent": {
			own:     []pulumi.Alias{{ParentURN: pulumi.URN("urn:pulumi:s::p::p:index:D::d")}},
			aliases: []string{"urn:pulumi:s::p::p:index:D$" + queue + "new-queue"},
		},
		"its parent's name": {parent: []pulumi.Alias{{Name: pulumi.String("old")}}, aliases: []string{"urn:pulumi:s::p::p:index:C$" + queue + "old-queue"}},
		"its parent's type": {parent: []pulumi.Alias{{Type: pulumi.String("p:index:D")}}, aliases: []string{"urn:pulumi:s::p::p:index:D$" + queue + "new-queue"}},
		"both": {
			parent: []pulumi.Alias{{Type: pulumi.String("p:index:D")}}, own: []pulumi.Alias{{Name: pulumi.String("q")}},
			aliases: []string{"urn:pulumi:s::p::p:index:C$" + queue + "q", "urn:pulumi:s::p::p:index:D$" + queue + "new-queue", "urn:pulumi:s::p::p:index:D$" + queue + "q"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.aliases, evaluateQueue(t, test.parent, test.own).Aliases)
		})
	}
}
