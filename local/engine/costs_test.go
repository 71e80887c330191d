package engine

import (
	"testing"

	"datalake/internal/mockaws"
	"datalake/local/athena"
	"datalake/local/glue"
	"datalake/local/interpreter"

	"github.com/stretchr/testify/require"
)

// Each execution costs what it did itself: the same each time, but for jobs.
func TestWhatExecutionsCost(t *testing.T) {
	e := open(t)
	require.NoError(t, e.Start("create-dataset", []byte(`{"years": [2021], "days": [1, 2], "users": [{"usage": 1, "user": "a"}]}`)))
	e.Run()
	require.NoError(t, e.Schedule("crawl-dataset"))
	e.Run()
	report, err := e.Report()
	require.NoError(t, err)
	require.Len(t, report.Executions, 3)
	sample, crawl, queries := report.Executions[0], report.Executions[1], report.Executions[2]

	require.Equal(t, CostParts{StepFunctions: rounded(1e-6 + 0.06/16*sample.VirtualSeconds/3600), S3: 0.000125}, sample.Cost.Parts, "24 objects and _SUCCESS")
	require.Equal(t, CostParts{StepFunctions: rounded(0.000025 * float64(crawl.Transitions)), GlueCrawlers: 0.146666667}, crawl.Cost.Parts, "ten minutes of two DPUs")
	require.Equal(t, CostParts{StepFunctions: rounded(0.000025 * float64(queries.Transitions)), Athena: 0.0001, SNS: 0.0000005, EventBridge: 0.000001}, queries.Cost.Parts, "two queries, a message and an event")
	for _, x := range report.Executions {
		p := x.Cost.Parts
		require.Equal(t, x.Cost.Total, rounded(p.StepFunctions+p.Athena+p.GlueCrawlers+p.GlueJobs+p.S3+p.SNS+p.EventBridge))
	}
}

func TestWhatAJobRunCosts(t *testing.T) {
	e := open(t)
	e.resources.jobs["j"] = &job{dpus: 2, flexible: true}
	x := &Execution{Execution: interpreter.Execution{ARN: "a"}}
	e.executions = append(e.executions, x)
	run := &JobRun{JobReport: JobReport{Name: "j", Seconds: 90}}
	e.bill(interpreter.Task{Execution: &x.Execution}, func(u *usage) { u.jobs = append(u.jobs, run, &JobRun{JobReport: JobReport{Name: "j"}}) })
	require.Equal(t, CostReport{0.0145, CostParts{GlueJobs: 0.0145}}, e.costOf(x), "one that could not start costs nothing")
}

func TestWhatAQueryWouldReadWithoutPartitions(t *testing.T) {
	tables := map[string]tableSize{"d.t": {bytes: 600}, "d.u": {bytes: 50}, "d.p": sizeOf(glue.Table{SerDe: glue.SerDe{Library: parquetSerDe}}, 90)}
	for name, c := range map[string]struct {
		query athena.Query
		bytes int64
		known bool
	}{
		"all of its partitions":     {athena.Query{DataScannedInBytes: 40, PartitionsScanned: 3, PartitionsTotal: 3, Tables: map[string]int{"d.p": 1}}, 40, true},
		"some of its partitions":    {athena.Query{DataScannedInBytes: 100, PartitionsScanned: 1, PartitionsTotal: 6, Tables: map[string]int{"d.t": 1}}, 600, true},
		"a table twice, and others": {athena.Query{PartitionsTotal: 13, Tables: map[string]int{"d.t": 2, "d.u": 1}}, 1250, true},
		"a columnar table":          {athena.Query{PartitionsTotal: 1, Tables: map[string]int{"d.p": 1}}, 0, false},
		"a table that has gone":     {athena.Query{PartitionsTotal: 1, Tables: map[string]int{"d.gone": 1}}, 0, false},
	} {
		bytes, known := unpartitioned(c.query, tables)
		require.Equal(t, c.known, known, name)
		require.Equal(t, c.bytes, bytes, name)
	}
}

const parquetSerDe = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"

func TestWhatAStackCostsIdle(t *testing.T) {
	e := open(t)
	report, err := e.Report()
	require.NoError(t, err)
	require.NotEmpty(t, report.IdleCost.Kinds)
	for _, kind := range report.IdleCost.Kinds {
		require.Equal(t, "metrics that alarms watch", kind.Kind, "dev has neither a key nor a network of its own")
		require.Equal(t, rounded(0.1*float64(kind.Count)), report.IdleCost.Month)
	}

	registered := func(kind string, inputs map[string]any) mockaws.Resource {
		return mockaws.Resource{Type: kind, Custom: true, Inputs: inputs}
	}
	var resources []mockaws.Resource
	for range 5 {
		resources = append(resources, registered("aws:cloudwatch/dashboard:Dashboard", nil))
	}
	resources = append(resources,
		registered("aws:kms/key:Key", nil),
		registered("aws:cloudwatch/metricAlarm:MetricAlarm", object{"metricName": "m"}),
		registered("aws:cloudwatch/metricAlarm:MetricAlarm", object{"metricQueries": []any{object{"metric": object{}}, object{"metric": object{}}, object{"expression": "a+b"}}}),
		registered("aws:ec2/vpcEndpoint:VpcEndpoint", object{"vpcEndpointType": "Gateway"}),
		registered("aws:ec2/vpcEndpoint:VpcEndpoint", object{"vpcEndpointType": "Interface", "subnetIds": []any{"a", "b"}}),
		registered("aws:ec2/natGateway:NatGateway", nil),
	)
	idle := idleCost(&mockaws.Evaluation{Resources: resources})
	require.Equal(t, []IdleKind{
		{"customer managed KMS keys", 1, 1, 1},
		{"metrics that alarms watch", 3, 0.1, 0.3},
		{"dashboards beyond the first three", 2, 3, 6},
		{"interface endpoints in a zone", 2, 7.3, 14.6},
		{"NAT gateways", 1, 32.85, 32.85},
	}, idle.Kinds)
	require.Equal(t, 54.75, idle.Month)
}

func TestJobsWithoutAPriceAreNamed(t *testing.T) {
	read, err := readJob(properties{"command": object{"name": "glueetl"}, "workerType": "R.1X", "numberOfWorkers": 2.0})
	require.NoError(t, err)
	require.Zero(t, read.dpus)
	e := open(t)
	require.NotContains(t, e.pricesReport().NotCounted[len(e.pricesReport().NotCounted)-1], "job")
	e.resources.unpriced = []string{"j"}
	require.Contains(t, e.pricesReport().NotCounted, "runs of the job j, whose type of worker has no price here")
}
