// Package stack is one environment of the data lake: what its configuration asks for, and how the components are wired.
package stack

import (
	"regexp"
	"strings"

	"datalake/components"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Deploy is the Pulumi program: it registers everything that the selected stack's configuration asks for. A faulty
// configuration is refused as a whole, before anything is registered.
//
// Its outputs are what a person or another stack needs next: buckets, databases, workgroup, topics, queues, jobs, the
// schedules in words, the dashboard, the state machines by their logical names, and with which of them each pipeline begins; where
// they are asked for also the policy for people who query and what a given key's policy has to hold.
func Deploy(ctx *pulumi.Context) error { return deployWith(ctx, (*environment).weather) }

// deployWith registers the datasets of the configuration, and the ETLs beside them.
func deployWith(ctx *pulumi.Context, etls ...func(*environment) error) error {
	config, err := load(ctx)
	if err != nil {
		return err
	}
	e, err := newEnvironment(ctx, config)
	if err != nil {
		return err
	}
	for _, dataset := range config.Datasets {
		if err := e.dataset(dataset); err != nil {
			return err
		}
	}
	for _, etl := range etls {
		if err := etl(e); err != nil {
			return err
		}
	}
	if err := e.watchdog(); err != nil {
		return err
	}
	if err := e.analystPolicy(); err != nil {
		return err
	}
	if err := e.dashboard(); err != nil {
		return err
	}
	e.outputs.export(ctx)
	return nil
}

// environment is what the pipelines of a stack share.
type environment struct {
	ctx    *pulumi.Context
	config Config
	// suffix is the stack's name as Glue's names take it.
	suffix     string
	lake       *components.DataLake
	operations components.Operations
	outputs    outputs
	// analysts is what people may query by hand, as it comes up.
	analysts components.AnalystPolicyArgs
	// shown is what the dashboard shows, as it comes up.
	shown components.DashboardArgs
	// watched are the pipelines that have to succeed each week, as they come up.
	watched []components.Watched
}

func newEnvironment(ctx *pulumi.Context, config Config) (*environment, error) {
	lake, err := components.NewDataLake(ctx, "lake", &components.DataLakeArgs{
		Disposable:     config.Disposable,
		Protect:        config.Protect,
		CustomerKey:    config.CustomerKey,
		KeyARN:         config.KMSKeyARN,
		LogBucket:      config.LogBucket,
		NoncurrentDays: config.NoncurrentDays,
		ResultDays:     config.ResultDays,
		AccessLogDays:  config.LogDays,
	})
	if err != nil {
		return nil, err
	}
	alerts, err := components.NewAlerts(ctx, "alerts", &components.AlertsArgs{
		Key:         lake.Key,
		Subscribers: components.Subscribers{Emails: config.AlertEmails, Queue: config.AlertQueue},
		Retain:      !config.Disposable,
	})
	if err != nil {
		return nil, err
	}
	return &environment{
		ctx:    ctx,
		config: config,
		suffix: databaseName(ctx.Stack()),
		lake:   lake,
		operations: components.Operations{
			Alerts:      alerts,
			Key:         lake.Key,
			LogDays:     config.LogDays,
			LogPayloads: config.LogPayloads,
			Tracing:     config.Tracing,
			Retain:      !config.Disposable,
			Protect:     config.Protect,
			Roles:       components.Roles{PermissionsBoundary: config.PermissionsBoundary, Path: config.RolePath},
		},
		outputs: newOutputs(config, lake, alerts),
		shown:   components.DashboardArgs{Workgroups: pulumi.StringMap{}, Etls: map[string]string{}, Alerts: alerts},
	}, nil
}

var notInDatabaseNames = regexp.MustCompile(`[^a-z0-9_]`)

// databaseName is a name as Glue takes it in those of databases.
func databaseName(name string) string {
	return notInDatabaseNames.ReplaceAllString(strings.ToLower(name), "_")
}
