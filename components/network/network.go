// Package network holds the optional private network in which Glue jobs run. It alone imports awsx, which takes more than
// a minute to compile.
package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	awsec2 "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/glue"
	"github.com/pulumi/pulumi-awsx/sdk/v2/go/awsx/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const token = "datalake:index:Network"

// Args configures the network.
type Args struct {
	// CIDR is the network's address range. Default: 10.42.0.0/24.
	CIDR string
	// CustomerKey adds the endpoint of KMS, which a job needs that encrypts with a key of the account. Default: false.
	CustomerKey bool
}

// Network is one isolated subnet in one zone, without a way to the internet: S3 is reached through a gateway endpoint,
// which costs nothing, and the other services that a Glue job calls through interface endpoints, which cost about ten
// US dollars a month each: Glue, CloudWatch Logs, CloudWatch metrics, and KMS where asked for.
//
// https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html
type Network struct {
	pulumi.ResourceState

	// ConnectionName is the Glue connection that puts a job into the network.
	ConnectionName pulumi.StringOutput `pulumi:"connectionName"`
	// VPCID is the network.
	VPCID pulumi.StringOutput `pulumi:"vpcId"`
}

// New registers the network.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Network, error) {
	if args == nil {
		args = &Args{}
	}
	cidr := args.CIDR
	if cidr == "" {
		cidr = "10.42.0.0/24"
	}
	region, err := aws.GetRegion(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("ask AWS for the region: %w", err)
	}
	zones, err := aws.GetAvailabilityZones(ctx, &aws.GetAvailabilityZonesArgs{State: pulumi.StringRef("available")})
	if err != nil {
		return nil, fmt.Errorf("ask AWS for its availability zones: %w", err)
	}
	if len(zones.Names) == 0 {
		return nil, fmt.Errorf("network %q: region %s has no availability zone", name, region.Name)
	}
	zone := zones.Names[0]
	network := &Network{}
	if err := ctx.RegisterComponentResource(token, name, network, opts...); err != nil {
		return nil, fmt.Errorf("register network %q: %w", name, err)
	}
	child := pulumi.Parent(network)

	vpc, err := ec2.NewVpc(ctx, name+"-vpc", &ec2.VpcArgs{
		CidrBlock:             &cidr,
		AvailabilityZoneNames: []string{zone},
		NatGateways:           &ec2.NatGatewayConfigurationArgs{Strategy: ec2.NatGatewayStrategyNone},
		SubnetSpecs:           []ec2.SubnetSpecArgs{{Type: ec2.SubnetTypeIsolated}},
		EnableDnsHostnames:    pulumi.Bool(true), // interface endpoints answer to the services' own names
		EnableDnsSupport:      pulumi.Bool(true),
	}, child)
	if err != nil {
		return nil, fmt.Errorf("register the VPC: %w", err)
	}
	subnet := vpc.IsolatedSubnetIds.Index(pulumi.Int(0))

	// awsx gives its endpoints no route table, without which a gateway endpoint is not used.
	s3, err := awsec2.NewVpcEndpoint(ctx, name+"-s3", &awsec2.VpcEndpointArgs{
		VpcId:           vpc.VpcId,
		ServiceName:     pulumi.Sprintf("com.amazonaws.%s.s3", region.Name),
		VpcEndpointType: pulumi.String("Gateway"),
		RouteTableIds: vpc.RouteTables.ApplyT(func(tables []*awsec2.RouteTable) pulumi.StringArrayOutput {
			ids := pulumi.StringArray{}
			for _, table := range tables {
				ids = append(ids, table.ID())
			}
			return ids.ToStringArrayOutput()
		}).(pulumi.StringArrayOutput),
	}, child)
	if err != nil {
		return nil, fmt.Errorf("register the endpoint of S3: %w", err)
	}
	const from, to = pulumi.Int(0), pulumi.Int(65535)
	group, err := awsec2.NewSecurityGroup(ctx, name+"-group", &awsec2.SecurityGroupArgs{
		VpcId:       vpc.VpcId,
		Description: pulumi.String("Glue jobs and the endpoints they call: each other, and S3"),
		// Spark's workers talk to each other on any port; Glue asks for this rule.
		Ingress: awsec2.SecurityGroupIngressArray{awsec2.SecurityGroupIngressArgs{
			Description: pulumi.String("each other"), Self: pulumi.Bool(true), Protocol: pulumi.String("tcp"), FromPort: from, ToPort: to,
		}},
		Egress: awsec2.SecurityGroupEgressArray{
			awsec2.SecurityGroupEgressArgs{
				Description: pulumi.String("each other"), Self: pulumi.Bool(true), Protocol: pulumi.String("tcp"), FromPort: from, ToPort: to,
			},
			awsec2.SecurityGroupEgressArgs{
				Description: pulumi.String("S3"), PrefixListIds: pulumi.StringArray{s3.PrefixListId}, Protocol: pulumi.String("tcp"),
				FromPort: pulumi.Int(443), ToPort: pulumi.Int(443),
			},
		},
	}, child)
	if err != nil {
		return nil, fmt.Errorf("register the security group: %w", err)
	}
	services := []string{"glue", "logs", "monitoring"}
	if args.CustomerKey {
		services = append(services, "kms")
	}
	ready := []pulumi.Resource{s3}
	for _, service := range services {
		endpoint, err := awsec2.NewVpcEndpoint(ctx, name+"-"+service, &awsec2.VpcEndpointArgs{
			VpcId:             vpc.VpcId,
			ServiceName:       pulumi.Sprintf("com.amazonaws.%s.%s", region.Name, service),
			VpcEndpointType:   pulumi.String("Interface"),
			SubnetIds:         pulumi.StringArray{subnet},
			SecurityGroupIds:  pulumi.StringArray{group.ID()},
			PrivateDnsEnabled: pulumi.Bool(true),
		}, child)
		if err != nil {
			return nil, fmt.Errorf("register the endpoint of %s: %w", service, err)
		}
		ready = append(ready, endpoint)
	}
	connection, err := glue.NewConnection(ctx, name+"-connection", &glue.ConnectionArgs{
		ConnectionType: pulumi.String("NETWORK"),
		Description:    pulumi.String("Puts Glue jobs into the private network"),
		PhysicalConnectionRequirements: &glue.ConnectionPhysicalConnectionRequirementsArgs{
			AvailabilityZone:     pulumi.String(zone),
			SubnetId:             subnet,
			SecurityGroupIdLists: pulumi.StringArray{group.ID()},
		},
	}, child, pulumi.DependsOn(ready))
	if err != nil {
		return nil, fmt.Errorf("register the connection: %w", err)
	}
	network.ConnectionName = connection.Name
	network.VPCID = vpc.VpcId
	return network, ctx.RegisterResourceOutputs(network, pulumi.Map{"connectionName": network.ConnectionName, "vpcId": network.VPCID})
}
