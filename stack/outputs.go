package stack

import (
	"datalake/components"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// outputs are the stack's, by the names of what they belong to.
type outputs struct {
	buckets, databases, jobs, machines, pipelines, queues, schedules, topics pulumi.StringMap
	// workgroup is the one for queries by hand: the first reporter's.
	workgroup pulumi.StringInput
	// dashboard is the name of the stack's page in CloudWatch.
	dashboard pulumi.StringInput
	// keyPolicy is what the policy of a key that exists already has to hold; nil where there is none.
	keyPolicy pulumi.StringInput
	// analystPolicy is the ARN of the policy for people who query by hand; nil where there is none.
	analystPolicy pulumi.StringInput
}

func newOutputs(config Config, lake *components.DataLake, alerts *components.Alerts) outputs {
	o := outputs{
		buckets: pulumi.StringMap{
			"source":    lake.Source.Name,
			"processed": lake.Processed.Name,
			"results":   lake.Results.Name,
			"artifacts": lake.Artifacts.Name,
			"logs":      lake.Logs.Name,
		},
		databases: pulumi.StringMap{},
		jobs:      pulumi.StringMap{},
		machines:  pulumi.StringMap{},
		pipelines: pulumi.StringMap{},
		queues:    pulumi.StringMap{},
		schedules: pulumi.StringMap{},
		topics:    pulumi.StringMap{},
	}
	if config.KMSKeyARN != "" {
		o.keyPolicy = lake.Key.Policy
	}
	o.topic("alerts", alerts.TopicARN, alerts.QueueURL, components.Subscribers{Queue: config.AlertQueue})
	return o
}

// topic notes a topic and the queue among its subscribers, if there is one.
func (o *outputs) topic(name string, arn, queueURL pulumi.StringOutput, subscribers components.Subscribers) {
	o.topics[name] = arn
	if subscribers.Queue {
		o.queues[name] = queueURL
	}
}

func (o *outputs) export(ctx *pulumi.Context) {
	for name, values := range map[string]pulumi.StringMap{
		"buckets":   o.buckets,
		"databases": o.databases,
		"jobs":      o.jobs,
		"machines":  o.machines,
		"pipelines": o.pipelines,
		"queues":    o.queues,
		"schedules": o.schedules,
		"topics":    o.topics,
	} {
		ctx.Export(name, values)
	}
	ctx.Export("dashboard", o.dashboard)
	ctx.Export("workgroup", o.workgroup)
	if o.analystPolicy != nil {
		ctx.Export("analystPolicy", o.analystPolicy)
	}
	if o.keyPolicy != nil {
		ctx.Export("keyPolicy", o.keyPolicy)
	}
}
