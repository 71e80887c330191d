package network

import (
	"testing"

	"datalake/internal/mockaws"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// deploy registers a network in preview or in apply.
func deploy(t *testing.T, args *Args, preview bool) *mockaws.Evaluation {
	t.Helper()
	evaluation, err := mockaws.Evaluate(func(ctx *pulumi.Context) error {
		network, err := New(ctx, "network", args)
		if err != nil {
			return err
		}
		ctx.Export("connection", network.ConnectionName)
		ctx.Export("vpc", network.VPCID)
		return nil
	}, &mockaws.Stack{Project: "datalake", Name: "test", Config: map[string]string{"aws:region": "eu-west-1"}}, preview)
	require.NoError(t, err)
	return evaluation
}

func TestTheNetworkHasNoWayOut(t *testing.T) {
	evaluation := deploy(t, nil, false)
	vpc := evaluation.Find("awsx:ec2:Vpc")
	require.Len(t, vpc, 1)
	require.Equal(t, map[string]any{"strategy": "None"}, vpc[0].Inputs["natGateways"])
	require.Equal(t, []any{map[string]any{"type": "Isolated"}}, vpc[0].Inputs["subnetSpecs"])
	require.Equal(t, []any{"eu-west-1a"}, vpc[0].Inputs["availabilityZoneNames"], "one zone: each endpoint costs by zone")
	groups := evaluation.Find("aws:ec2/securityGroup:SecurityGroup")
	require.Len(t, groups, 1)
	for _, direction := range []string{"ingress", "egress"} {
		for _, rule := range groups[0].Inputs[direction].([]any) {
			rule := rule.(map[string]any)
			require.NotContains(t, rule, "cidrBlocks", "rules name groups and prefix lists, no addresses")
			require.True(t, rule["self"] == true || rule["prefixListIds"] != nil)
		}
	}
}

func TestEndpointsAreThoseThatAJobNeeds(t *testing.T) {
	services := func(args *Args) (services []string) {
		for _, endpoint := range deploy(t, args, false).Find("aws:ec2/vpcEndpoint:VpcEndpoint") {
			services = append(services, endpoint.Inputs["vpcEndpointType"].(string)+" "+endpoint.Inputs["serviceName"].(string))
		}
		return services
	}
	bare := []string{"Interface com.amazonaws.eu-west-1.glue", "Interface com.amazonaws.eu-west-1.logs", "Interface com.amazonaws.eu-west-1.monitoring", "Gateway com.amazonaws.eu-west-1.s3"}
	require.Equal(t, bare, services(nil))
	require.ElementsMatch(t, append(bare, "Interface com.amazonaws.eu-west-1.kms"), services(&Args{CustomerKey: true}))
}

func TestTheConnectionWaitsForTheEndpoints(t *testing.T) {
	evaluation := deploy(t, &Args{CIDR: "10.1.0.0/24"}, false)
	require.Equal(t, "10.1.0.0/24", evaluation.Find("awsx:ec2:Vpc")[0].Inputs["cidrBlock"])
	connection := evaluation.Find("aws:glue/connection:Connection")[0]
	require.Equal(t, "NETWORK", connection.Inputs["connectionType"])
	require.Equal(t, "eu-west-1a", connection.Inputs["physicalConnectionRequirements"].(map[string]any)["availabilityZone"])
	for _, endpoint := range evaluation.Find("aws:ec2/vpcEndpoint:VpcEndpoint") {
		require.Contains(t, connection.Dependencies, endpoint.URN)
	}
	require.Equal(t, connection.Outputs["name"], evaluation.Exports["connection"])
	require.NotEmpty(t, evaluation.Exports["vpc"])
}

func TestPreviewRegistersTheSame(t *testing.T) {
	require.Len(t, deploy(t, nil, true).Resources, len(deploy(t, nil, false).Resources))
}
