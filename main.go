// Command datalake is the Pulumi program of the data lake: `pulumi up` runs it for the selected stack.
package main

import (
	"datalake/stack"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() { pulumi.Run(stack.Deploy) }
