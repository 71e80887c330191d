package stack

import (
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

const (
	securityGroupType = "aws:ec2/securityGroup:SecurityGroup"
	endpointType      = "aws:ec2/vpcEndpoint:VpcEndpoint"
	connectionType    = "aws:glue/connection:Connection"
)

var networkGuardrails = []guardrail{
	{
		rule:   "a network of the stack's own has no way to the internet",
		reason: "a job that is made to send data elsewhere cannot",
		source: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_network_protection_create_layers.html https://www.pulumi.com/registry/packages/awsx/api-docs/ec2/vpc/",
		violations: each(vpcType, func(_ *deployment, vpc mockaws.Resource) (faults []string) {
			nat := textAt(vpc.Inputs, "natGateways", "strategy")
			faults = unless(nat == "None", "has NAT gateways: %q", nat)
			subnets, _ := at(vpc.Inputs, "subnetSpecs").([]any)
			for _, subnet := range subnets {
				kind := textAt(subnet, "type")
				faults = append(faults, unless(kind == "Isolated", "has a subnet that is %q", kind)...)
			}
			return append(faults, unless(len(subnets) > 0, "leaves its subnets to awsx, which makes public ones")...)
		}),
		breaches: []breach{
			{"dev", ownNetwork(object{"natGateways": object{"strategy": "Single"}, "subnetSpecs": []any{object{"type": "Isolated"}, object{"type": "Public"}}}), "Vpc network-vpc: has NAT gateways: \"Single\"\nVpc network-vpc: has a subnet that is \"Public\""},
			{"prod", ownNetwork(object{"natGateways": object{"strategy": "None"}}), "Vpc network-vpc: leaves its subnets to awsx, which makes public ones"},
		},
	},
	{
		rule:   "a security group lets in itself, and lets out to itself and to S3",
		reason: "Spark's workers talk to each other; nobody else has business there",
		source: "https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html EC2.18",
		violations: each(securityGroupType, func(d *deployment, group mockaws.Resource) (faults []string) {
			for _, direction := range []string{"ingress", "egress"} {
				rules, _ := group.Inputs[direction].([]any)
				for _, r := range rules {
					lists, _ := at(r, "prefixListIds").([]any)
					addressed := at(r, "cidrBlocks") != nil || at(r, "ipv6CidrBlocks") != nil || at(r, "securityGroups") != nil
					sound := !addressed && (at(r, "self") == true || direction == "egress" && len(lists) == 1)
					faults = append(faults, unless(sound, "has an %s for others: %v", direction, r)...)
				}
			}
			return faults
		}),
		breaches: []breach{
			{"dev", add(securityGroupType, "open", object{"ingress": []any{object{"cidrBlocks": []any{"0.0.0.0/0"}}}}), "SecurityGroup open: has an ingress for others: map[cidrBlocks:[0.0.0.0/0]]"},
			{"prod", add(securityGroupType, "open", object{"egress": []any{object{"self": true, "ipv6CidrBlocks": []any{"::/0"}}}}), "SecurityGroup open: has an egress for others: map[ipv6CidrBlocks:[::/0] self:true]"},
			{"dev", add(securityGroupType, "open", object{"ingress": []any{object{"prefixListIds": []any{"pl-1"}}}}), "SecurityGroup open: has an ingress for others: map[prefixListIds:[pl-1]]"},
		},
	},
	{
		rule:   "a network of the stack's own reaches what its jobs call, under the services' own names",
		reason: "a job without a way to a service hangs until its time-out",
		source: "https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html",
		violations: each(vpcType, func(d *deployment, _ mockaws.Resource) (faults []string) {
			needed := []string{"s3", "glue", "logs", "monitoring"}
			if d.hasKey() {
				needed = append(needed, "kms")
			}
			var reached []string
			for _, endpoint := range d.Find(endpointType) {
				service := strings.TrimPrefix(textAt(endpoint.Inputs, "serviceName"), "com.amazonaws."+d.Region+".")
				reached = append(reached, service)
				sound := service == "s3" && endpoint.Inputs["vpcEndpointType"] == "Gateway" ||
					endpoint.Inputs["vpcEndpointType"] == "Interface" && endpoint.Inputs["privateDnsEnabled"] == true
				faults = append(faults, unless(sound, "reaches %s by another name", service)...)
			}
			for _, service := range needed {
				faults = append(faults, unless(slices.Contains(reached, service), "does not reach %s", service)...)
			}
			for _, connection := range d.Find(connectionType) {
				groups, _ := at(connection.Inputs, "physicalConnectionRequirements", "securityGroupIdLists").([]any)
				faults = append(faults, unless(connection.Inputs["connectionType"] == "NETWORK" && len(groups) == 1, "%s does not put jobs into it", label(connection))...)
			}
			return faults
		}),
		breaches: []breach{
			{"dev", func(d *deployment) {
				ownNetwork(isolated)(d)
				add(endpointType, "network-glue", object{"serviceName": "com.amazonaws.ap-southeast-1.glue", "vpcEndpointType": "Interface"})(d)
				add(connectionType, "network-connection", object{"connectionType": "JDBC"})(d)
			}, strings.Join([]string{
				"Vpc network-vpc: reaches glue by another name", "Vpc network-vpc: does not reach s3", "Vpc network-vpc: does not reach logs",
				"Vpc network-vpc: does not reach monitoring", "Vpc network-vpc: Connection network-connection does not put jobs into it",
			}, "\n")},
			{"prod", func(d *deployment) {
				ownNetwork(isolated)(d)
				for _, service := range []string{"glue", "logs", "monitoring", "s3"} {
					add(endpointType, "network-"+service, object{"serviceName": "com.amazonaws.ap-southeast-1." + service, "vpcEndpointType": "Interface", "privateDnsEnabled": true})(d)
				}
			}, "Vpc network-vpc: does not reach kms"},
		},
	},
}

var isolated = object{"natGateways": object{"strategy": "None"}, "subnetSpecs": []any{object{"type": "Isolated"}}}

// ownNetwork adds a network.
func ownNetwork(inputs object) change { return add(vpcType, "network-vpc", inputs) }
