package components

import (
	"cmp"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// consoles are where partitions other than AWS's first have their consoles, behind a region.
var consoles = map[string]string{"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}

// statesLink is an address in Step Functions' console in this account's region.
func (a account) statesLink(place string) string {
	return fmt.Sprintf("https://%s.%s/states/home?region=%[1]s#/%[3]s", a.region, cmp.Or(consoles[a.partition], "console.aws.amazon.com"), place)
}

// machineLink shows a state machine's executions.
func (a account) machineLink(machine *sfn.StateMachine) pulumi.StringOutput {
	return pulumi.Sprintf("%s%s", a.statesLink("statemachines/view/"), machine.Arn)
}
