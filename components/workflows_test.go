package components

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// What every workflow does alike: a state machine with a role of its own, a log, and somebody to tell.

func TestStateMachines(t *testing.T) {
	for machine, test := range map[string]struct {
		program     pulumi.RunFunc
		kind, level string
	}{
		"sample":   {sampleProgram(asItIs), "EXPRESS", "ERROR"},
		"crawl":    {crawlerProgram(asItIs), "STANDARD", "ALL"},
		"report":   {reporterProgram(asItIs), "STANDARD", "ALL"},
		"watchdog": {watchdogProgram(asItIs), "STANDARD", "ALL"},
	} {
		t.Run(machine, func(t *testing.T) {
			d := deploy(t, test.program)
			registered := d.the("sfn.StateMachine", machine+"-machine")
			require.Equal(t, test.kind, registered.Inputs["type"])
			require.Equal(t, d.arn("iam.Role", machine+"-role"), registered.Inputs["roleArn"])
			require.Equal(t, map[string]any{
				"level": test.level, "includeExecutionData": false, "logDestination": d.arn("cloudwatch.LogGroup", machine+"-machine") + ":*",
			}, registered.Inputs["loggingConfiguration"])
			require.Equal(t, map[string]any{"enabled": false}, registered.Inputs["tracingConfiguration"])

			definition := object(t, registered, "definition")
			require.Equal(t, "JSONata", definition["QueryLanguage"])
			require.NotEmpty(t, definition["Comment"])
			require.Positive(t, definition["TimeoutSeconds"])
			require.Contains(t, definition["States"], definition["StartAt"])
		})
	}
}

// A service may take a role for this account only.
func TestRolesAreTakenByTheirServiceOnly(t *testing.T) {
	d := deploy(t, everything("", ignore))
	for role, service := range map[string]string{
		"sample-role": "states", "crawl-role": "states", "report-role": "states",
		"crawl-trigger-role": "events", "report-trigger-role": "events", "crawl-crawler-role": "glue",
	} {
		requireJSON(t, d.the("iam.Role", role), "assumeRolePolicy", `{"Version": "2012-10-17", "Statement": [{
			"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": "{service}.amazonaws.com"},
			"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}]}`, "{service}", service)
	}
}

func TestLogsAreKeptAsAskedFor(t *testing.T) {
	log := func(change func(*Operations)) map[string]any {
		return deploy(t, crawlerProgram(func(a *CrawlerWorkflowArgs) { change(&a.Operations) })).the("cloudwatch.LogGroup", "crawl-machine").Inputs
	}
	const prefix = "/aws/vendedlogs/states/crawl-machine-"
	require.Equal(t, map[string]any{"namePrefix": prefix, "retentionInDays": 30.0}, log(asItIs))
	require.Equal(t, map[string]any{"namePrefix": prefix, "retentionInDays": 3653.0, "kmsKeyId": keyARN}, log(func(o *Operations) { o.LogDays, o.Key = 3653, customerKey() }))
}

func TestPayloadsAreLoggedOnlyWhereAskedFor(t *testing.T) {
	d := deploy(t, crawlerProgram(func(a *CrawlerWorkflowArgs) { a.Operations.LogPayloads = true }))
	logging := d.the("sfn.StateMachine", "crawl-machine").Inputs["loggingConfiguration"].(map[string]any)
	require.Equal(t, true, logging["includeExecutionData"])
}

func TestTracingTakesARoleThatMaySendTraces(t *testing.T) {
	d := deploy(t, crawlerProgram(func(a *CrawlerWorkflowArgs) { a.Operations.Tracing = true }))
	require.Equal(t, map[string]any{"enabled": true}, d.the("sfn.StateMachine", "crawl-machine").Inputs["tracingConfiguration"])
	require.Contains(t, d.the("iam.RolePolicy", "crawl-role").Inputs["policy"], `"xray:PutTraceSegments"`)
	require.NotContains(t, deploy(t, crawlerProgram(asItIs)).the("iam.RolePolicy", "crawl-role").Inputs["policy"], "xray")
}

func TestACustomerKeyIsUsedByWhoeverReadsOrWritesWithIt(t *testing.T) {
	for role, each := range map[string]struct {
		without, with pulumi.RunFunc
		actions       string
	}{
		"sample-role":        {sampleProgram(asItIs), sampleProgram(func(a *SampleDatasetArgs) { a.Operations.Key = customerKey() }), `"kms:GenerateDataKey"`},
		"crawl-crawler-role": {crawlerProgram(asItIs), crawlerProgram(func(a *CrawlerWorkflowArgs) { a.Operations.Key = customerKey() }), `"kms:Decrypt"`},
		"report-role":        {reporterProgram(asItIs), reporterProgram(func(a *AthenaReporterArgs) { a.Operations.Key = customerKey() }), `"kms:Decrypt","kms:GenerateDataKey"`},
	} {
		allowed := `{"Action":[` + each.actions + `],"Effect":"Allow","Resource":["` + keyARN + `"]}`
		require.NotContains(t, deploy(t, each.without).the("iam.RolePolicy", role).Inputs["policy"], "kms", role)
		require.Contains(t, deploy(t, each.with).the("iam.RolePolicy", role).Inputs["policy"], allowed, role)
	}
	crawlsOnly := deploy(t, crawlerProgram(func(a *CrawlerWorkflowArgs) { a.Operations.Key = customerKey() }))
	require.NotContains(t, crawlsOnly.the("iam.RolePolicy", "crawl-role").Inputs["policy"], "kms", "who starts a crawl reads no data")
}
