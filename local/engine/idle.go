package engine

import (
	"datalake/internal/mockaws"
	"datalake/local/prices"
)

// IdleReport is what the stack would cost on AWS in a month in which nothing runs, in USD at list prices.
type IdleReport struct {
	Month float64    `json:"month"`
	Kinds []IdleKind `json:"kinds"`
	// NotCounted is what is billed besides, and is not known from what the stack registers.
	NotCounted []string `json:"notCounted"`
}

// IdleKind is all of a kind that a stack has, with the price of one in a month.
type IdleKind struct {
	Kind  string  `json:"kind"`
	Count int     `json:"count"`
	Each  float64 `json:"each"`
	Month float64 `json:"month"`
}

// idleKinds are what is billed by the month, and how many of it a resource is.
var idleKinds = []struct {
	kind, typeToken string
	each            float64
	free            int
	count           func(in properties) int
}{
	{"customer managed KMS keys", "aws:kms/key:Key", prices.Key, 0, one},
	{"metrics that alarms watch", "aws:cloudwatch/metricAlarm:MetricAlarm", prices.AlarmMetric, 0, alarmMetrics},
	{"dashboards beyond the first three", "aws:cloudwatch/dashboard:Dashboard", prices.Dashboard, prices.FreeDashboards, one},
	{"interface endpoints in a zone", "aws:ec2/vpcEndpoint:VpcEndpoint", prices.InterfaceEndpoint, 0, endpointZones},
	{"NAT gateways", "aws:ec2/natGateway:NatGateway", prices.NATGateway, 0, one},
}

func one(properties) int { return 1 }

// alarmMetrics is how many metrics an alarm watches: one, unless it computes with several.
func alarmMetrics(in properties) (count int) {
	for _, query := range in.objects("metricQueries") {
		if query["metric"] != nil {
			count++
		}
	}
	return max(1, count)
}

// endpointZones is in how many zones an interface endpoint is; one of a gateway is free.
func endpointZones(in properties) int {
	if in.text("vpcEndpointType") != "Interface" {
		return 0
	}
	return max(1, len(in.texts("subnetIds")))
}

// idleCost counts what is billed by the month among a stack's registrations.
func idleCost(evaluation *mockaws.Evaluation) IdleReport {
	report := IdleReport{Kinds: []IdleKind{}, NotCounted: []string{
		"objects in S3", "logs that are kept", "a key's first two rotations, each as much as a key", "what stands outside of the stack",
	}}
	for _, kind := range idleKinds {
		count := -kind.free
		for _, registered := range evaluation.Find(kind.typeToken) {
			count += kind.count(properties(registered.Inputs))
		}
		if count > 0 {
			month := rounded(float64(count) * kind.each)
			report.Kinds = append(report.Kinds, IdleKind{kind.kind, count, rounded(kind.each), month})
			report.Month = rounded(report.Month + month)
		}
	}
	return report
}
