package components

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// requireRefused says that a program is refused for all of these reasons, in preview and in apply, before it has
// registered anything.
func requireRefused(t *testing.T, program pulumi.RunFunc, says ...string) {
	t.Helper()
	for _, preview := range []bool{true, false} {
		evaluation, err := evaluate(program, preview)
		for _, reason := range says {
			require.ErrorContains(t, err, reason)
		}
		require.Empty(t, evaluation.Resources, "faulty arguments register nothing")
	}
}

func TestFaultyLakesAreRefused(t *testing.T) {
	for says, args := range map[string]DataLakeArgs{
		"both Disposable and Protect are set":                                                {Disposable: true, Protect: true},
		"NoncurrentDays is -1, ResultDays is 30 and AccessLogDays is 90: each is at least 1": {NoncurrentDays: -1},
		"NoncurrentDays is 30, ResultDays is -7 and AccessLogDays is 90":                     {ResultDays: -7},
		`KeyARN is "alias/lake": give the ARN of a KMS key`:                                  {KeyARN: "alias/lake"},
		"both KeyARN and CustomerKey are set: they exclude each other":                       {CustomerKey: true, KeyARN: givenKeyARN},
		`LogBucket is "arn:aws:s3:::logs": give the name of a bucket, not its ARN`:           {LogBucket: "arn:aws:s3:::logs"},
		`data lake "lake": NoncurrentDays is -1, ResultDays is -1 and AccessL`:               {NoncurrentDays: -1, ResultDays: -1},
	} {
		t.Run(says, func(t *testing.T) { requireRefused(t, lakeProgram(&args), says) })
	}
}

func TestFaultySampleDatasetsAreRefused(t *testing.T) {
	for says, change := range map[string]func(*SampleDatasetArgs){
		"Bucket is missing: give the Name and the ARN of the bucket that takes the dataset": func(a *SampleDatasetArgs) { a.Bucket = Bucket{} },
		`Prefix is "": give a folder such as`:                                               func(a *SampleDatasetArgs) { a.Prefix = "" },
		`Prefix is "data"`:                                                                  func(a *SampleDatasetArgs) { a.Prefix = "data" },
		`Prefix is "it's/"`:                                                                 func(a *SampleDatasetArgs) { a.Prefix = "it's/" },
		`Prefix is "/data/"`:                                                                func(a *SampleDatasetArgs) { a.Prefix = "/data/" },
		`Name is "": say what the dataset is`:                                               func(a *SampleDatasetArgs) { a.Name = "" },
		`Name is "orders'"`:                                                                 func(a *SampleDatasetArgs) { a.Name = "orders'" },
		`Subject is "Customer": give 1 to 32 lower-case letters`:                            func(a *SampleDatasetArgs) { a.Subject = "Customer" },
		`Subject is "": give`:                                                               func(a *SampleDatasetArgs) { a.Subject = "" },
		`Subject is "state": give`:                                                          func(a *SampleDatasetArgs) { a.Subject = "state" },
		`Measure is "in": give 1 to 32 lower-case letters, and none of and, or, i`: func(a *SampleDatasetArgs) { a.Measure = "in" },
		`Subject and Measure are both "amount": they are two members`:              func(a *SampleDatasetArgs) { a.Subject = "amount" },
		"Years is []: give at least one, each once and of four digits":             func(a *SampleDatasetArgs) { a.Years = nil },
		"Years is [2025 2025]: give":                                               func(a *SampleDatasetArgs) { a.Years = []int{2025, 2025} },
		"Years is [999]: give":                                                     func(a *SampleDatasetArgs) { a.Years = []int{999} },
		"Days is 0: give 1 to 28":                                                  func(a *SampleDatasetArgs) { a.Days = 0 },
		"Days is 29: give 1 to 28, which every month has":                          func(a *SampleDatasetArgs) { a.Days = 29 },
		"there are 0 Entries":                                                      func(a *SampleDatasetArgs) { a.Entries = nil },
		`Entries[1].Subject is "b/c": give 1 to 64 letters`:                        func(a *SampleDatasetArgs) { a.Entries[1].Subject = "b/c" },
		`there are 2 Entries, with these subjects: ["anna" "anna"]: give at least`: func(a *SampleDatasetArgs) { a.Entries[1].Subject = "anna" },
		"2 Years, 28 Days and 122 Entries are 576 rounds of writing, too many for one run of five minutes": func(a *SampleDatasetArgs) {
			a.Days, a.Entries = 28, nil
			for i := range 122 {
				a.Entries = append(a.Entries, SampleEntry{Subject: fmt.Sprint(i)})
			}
		},
		"Operations.Alerts is missing: every workflow notifies someone":                     func(a *SampleDatasetArgs) { a.Operations.Alerts = nil },
		"Operations.LogDays is 31: CloudWatch Logs keeps logs for":                          func(a *SampleDatasetArgs) { a.Operations.LogDays = 31 },
		`Operations.Roles.PermissionsBoundary is "boundary": give the ARN of an IAM policy`: func(a *SampleDatasetArgs) { a.Operations.Roles.PermissionsBoundary = "boundary" },
		`Operations.Roles.Path is "datalake": give a path such as /datalake/`:               func(a *SampleDatasetArgs) { a.Operations.Roles.Path = "datalake" },
	} {
		t.Run(says, func(t *testing.T) { requireRefused(t, sampleProgram(change), `sample dataset "sample": `, says) })
	}
}

func TestFaultyCrawlerWorkflowsAreRefused(t *testing.T) {
	tables := map[string]func(a *CrawlerWorkflowArgs){
		`FullCrawl: weekday "Sunday"`: func(a *CrawlerWorkflowArgs) {
			a.FullCrawl = &Schedule{Weekday: "Sunday", At: "03:00", Offset: "+00:00"}
		},
		"FullCrawl and CrawlEverything are both set: each crawl is a full one, choose one": func(a *CrawlerWorkflowArgs) {
			a.CrawlEverything, a.FullCrawl = true, &Schedule{At: "03:00", Offset: "+00:00"}
		},
		"Schedule and OnArrival are both set: they exclude each other, choose one": func(a *CrawlerWorkflowArgs) {
			a.Schedule, a.OnArrival = &Schedule{At: "00:00", Offset: "+00:00"}, true
		},
		"Bucket is missing: give the Name and the ARN of the bucket that holds the dataset": func(a *CrawlerWorkflowArgs) { a.Bucket = Bucket{} },
		`Schedule: time "24:00"`:     func(a *CrawlerWorkflowArgs) { a.Schedule = &Schedule{At: "24:00", Offset: "+00:00"} },
		`Schedule: weekday "Sunday"`: func(a *CrawlerWorkflowArgs) { a.Schedule = &Schedule{Weekday: "Sunday", At: "00:00", Offset: "+00:00"} },
		`Schedule: UTC offset ""`:    func(a *CrawlerWorkflowArgs) { a.Schedule = &Schedule{At: "00:00"} },
		"Operations.Alerts is missing: every workflow notifies someone when it fails": func(a *CrawlerWorkflowArgs) { a.Operations.Alerts = nil },
		"Operations.LogDays is -1: CloudWatch Logs keeps logs for one of [1 3 5 7 ":   func(a *CrawlerWorkflowArgs) { a.Operations.LogDays = -1 },
	}
	for _, prefix := range []string{"", "data", "/data/", "data//usage/", "data/usage", "/", "s3://source/data", "it's/", "data/*/", "data/?/", "${aws:username}/", "two words/", "größe/", "data\n/", "../", "data/./"} {
		tables[fmt.Sprintf("Prefix is %q: give a folder such as data/daily-summaries/", prefix)] = func(a *CrawlerWorkflowArgs) { a.Prefix = prefix }
	}
	for _, database := range []string{"", "Usage", "usage-test", "usage test", "usage.test", "nutzungsübersicht", strings.Repeat("u", 256)} {
		tables[fmt.Sprintf("Database is %q: give lower-case letters, digits and underscores, at most 255", database)] = func(a *CrawlerWorkflowArgs) { a.Database = database }
	}
	for _, pace := range []struct {
		poll, timeout time.Duration
		says          string
	}{
		{poll: -time.Second, says: "Poll is -1s and Timeout is 2h0m0s: both are whole seconds"},
		{poll: time.Millisecond, says: "Poll is 1ms and Timeout is 2h0m0s: both are whole seconds"},
		{poll: 1500 * time.Millisecond, says: "Poll is 1.5s and Timeout is 2h0m0s: both are whole seconds"},
		{timeout: -time.Hour, says: "Poll is 30s and Timeout is -1h0m0s: both are whole seconds"},
		{timeout: time.Hour + time.Millisecond, says: "Timeout is 1h0m0.001s: both are whole seconds"},
		{timeout: 29 * time.Second, says: "Poll is 30s and Timeout is 29s: both are whole seconds, and the Timeout is the longer one"},
		{poll: 3 * time.Hour, says: "Poll is 3h0m0s and Timeout is 2h0m0s: both are whole seconds, and the Timeout is the longer one"},
		{poll: time.Second, says: "Poll is 1s and Timeout is 2h0m0s: an execution's history holds 25000 events, about 2777 polls"},
		{timeout: 24 * time.Hour, says: "Poll is 30s and Timeout is 24h0m0s: an execution's history holds 25000 events"},
		{poll: time.Second, timeout: 10 * time.Second, says: "has a Timeout of 30s, longer than the machine's 10s"},
		{poll: 1e6 * time.Second, timeout: 1e9 * time.Second, says: "give whole seconds, at most 99999999"},
		{poll: time.Second, timeout: 2778 * time.Second, says: "Poll is 1s and Timeout is 46m18s: an execution's history holds 25000 events"},
	} {
		tables[pace.says] = func(a *CrawlerWorkflowArgs) { a.Poll, a.Timeout = pace.poll, pace.timeout }
	}
	for says, change := range tables {
		t.Run(says, func(t *testing.T) { requireRefused(t, crawlerProgram(change), `crawler workflow "crawl": `, says) })
	}
}

func TestAnExecutionsHistoryHoldsEveryPoll(t *testing.T) {
	for _, pace := range []struct{ poll, timeout time.Duration }{
		{}, {poll: 3 * time.Second}, {time.Second, 2777 * time.Second}, {5 * time.Minute, 9 * 24 * time.Hour}, {30 * time.Second, 30 * time.Second},
	} {
		deploy(t, crawlerProgram(func(a *CrawlerWorkflowArgs) { a.Poll, a.Timeout = pace.poll, pace.timeout }))
	}
}

func TestFaultyReportersAreRefused(t *testing.T) {
	query := func(name, sql string) func(*AthenaReporterArgs) {
		return func(a *AthenaReporterArgs) { a.Queries = append(a.Queries, Query{Name: name, SQL: sql}) }
	}
	tables := map[string]func(*AthenaReporterArgs){
		"there are 0 queries: give 1 to 30":                                              func(a *AthenaReporterArgs) { a.Queries = nil },
		"there are 31 queries: give 1 to 30":                                             func(a *AthenaReporterArgs) { a.Queries = manyQueries(31) },
		`query "total": give each query a name of its own`:                               query("total", "SELECT 1"),
		`query "empty" has 0 bytes of SQL: Athena takes 1 to 262144`:                     query("empty", ""),
		`query "long" has 262145 bytes of SQL: Athena takes`:                             query("long", strings.Repeat("x", 262_145)),
		`query "wide" has 262146 bytes of SQL: Athena takes`:                             query("wide", strings.Repeat("é", 131_073)),
		"Database is missing: give the catalog database":                                 func(a *AthenaReporterArgs) { a.Database = nil },
		"Data or Results is missing: give the Name and the ARN of the bucket that holds": func(a *AthenaReporterArgs) { a.Data = Bucket{} },
		"Data or Results is missing: give the Name and the ARN":                          func(a *AthenaReporterArgs) { a.Data.ARN = pulumi.StringOutput{} },
		`query "blank" has 2 bytes of SQL`:                                               query("blank", " \n"),
		"bytes: Step Functions takes at most 1048576": func(a *AthenaReporterArgs) {
			for i := range 5 {
				query(fmt.Sprintf("long-%d", i), strings.Repeat("x", 262_144))(a)
			}
		},
		"Results is missing: give the Name and the ARN of the bucket that holds the data, and ": func(a *AthenaReporterArgs) { a.Results = Bucket{} },
		`DataPrefix is "data" and ResultsPrefix is "report/": give a f`:                         func(a *AthenaReporterArgs) { a.DataPrefix = "data" },
		`DataPrefix is "/" and ResultsPrefix is "report/": give a fol`:                          func(a *AthenaReporterArgs) { a.DataPrefix = "/" },
		`ResultsPrefix is "reports": give a folder such as data/`:                               func(a *AthenaReporterArgs) { a.ResultsPrefix = "reports" },
		"CutoffBytes is 10485759: Athena takes no less than 10485760":                           func(a *AthenaReporterArgs) { a.CutoffBytes = 10_485_759 },
		`e-mail address "nobody": give addresses such as data@exampl`:                           func(a *AthenaReporterArgs) { a.Subscribers.Emails = []string{"nobody"} },
		"CutoffBytes is -1: Athena takes no less than 10485760":                                 func(a *AthenaReporterArgs) { a.CutoffBytes = -1 },
		"Timeout is 59s: give whole seconds, at least a minute":                                 func(a *AthenaReporterArgs) { a.Timeout = 59 * time.Second },
		"Timeout is -1h0m0s: give whole seconds, at least a minute":                             func(a *AthenaReporterArgs) { a.Timeout = -time.Hour },
		"Timeout is 1m0.5s: give whole seconds, at least a minute":                              func(a *AthenaReporterArgs) { a.Timeout = time.Minute + 500*time.Millisecond },
		"Operations.Alerts is missing: every workflow notifies someone":                         func(a *AthenaReporterArgs) { a.Operations.Alerts = nil },
		"Operations.LogDays is 8: CloudWatch Logs keeps logs for one":                           func(a *AthenaReporterArgs) { a.Operations.LogDays = 8 },
	}
	for _, name := range []string{"", "all_time", "all time", "usage.sql", "it's", "verbrauch-jährlich", strings.Repeat("n", 51)} {
		tables[fmt.Sprintf("query %q: give each query a name of its own, of letters, digits and hyphens, at most 50", name)] = query(name, "SELECT 1")
	}
	for says, change := range tables {
		t.Run(says, func(t *testing.T) { requireRefused(t, reporterProgram(change), `reporter "report": `, says) })
	}
}

func TestAthenasOwnLimitsAreNotRefused(t *testing.T) {
	deploy(t, reporterProgram(func(a *AthenaReporterArgs) {
		a.Queries = []Query{{Name: strings.Repeat("n", 50), SQL: strings.Repeat("x", 262_144)}, {Name: "1", SQL: "x"}}
		a.CutoffBytes, a.Timeout = 10_485_760, time.Minute
	}))
}

func TestFaultyAlertsAreRefused(t *testing.T) {
	alerts := func(emails ...string) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			_, err := NewAlerts(ctx, "alerts", &AlertsArgs{Subscribers: Subscribers{Emails: emails}})
			return err
		}
	}
	for _, email := range []string{"", "data", "data@", "@example.com", "data@example", "data@example..com", "da ta@example.com", "Data <data@example.com>", "data@example.com\n"} {
		requireRefused(t, alerts(email), fmt.Sprintf(`alerts "alerts": e-mail address %q: give addresses such as data@example.com, each once`, email))
	}
	requireRefused(t, alerts("data@example.com", "data@example.com"), `e-mail address "data@example.com"`)
	requireRefused(t, alerts("one", "two"), `e-mail address "one"`, `e-mail address "two"`)
}

func TestArgumentsCannotBeLeftOut(t *testing.T) {
	for name, test := range map[string]struct {
		program pulumi.RunFunc
		says    []string
	}{
		"SampleDataset": {func(ctx *pulumi.Context) error {
			_, err := NewSampleDataset(ctx, "sample", nil)
			return err
		}, []string{"Bucket is missing", "Prefix is", "Operations.Alerts is missing"}},
		"CrawlerWorkflow": {func(ctx *pulumi.Context) error {
			_, err := NewCrawlerWorkflow(ctx, "crawl", nil)
			return err
		}, []string{"Bucket is missing", "Prefix is", "Database is", "Operations.Alerts is missing"}},
		"AthenaReporter": {func(ctx *pulumi.Context) error {
			_, err := NewAthenaReporter(ctx, "report", nil)
			return err
		}, []string{"there are 0 queries", "Database is missing", "Data or Results is missing", "Operations.Alerts is missing"}},
		"AnalystPolicy": {func(ctx *pulumi.Context) error {
			_, err := NewAnalystPolicy(ctx, "analysts", nil)
			return err
		}, []string{`analyst policy "analysts": Workgroup is missing`, "Results is missing", `ResultsPrefix is ""`, "Datasets is empty"}},
	} {
		t.Run(name, func(t *testing.T) { requireRefused(t, test.program, test.says...) })
	}
}

// A lake and alerts need no arguments.
func TestArgumentsWithSensibleDefaultsCanBeLeftOut(t *testing.T) {
	deploy(t, func(ctx *pulumi.Context) error {
		if _, err := NewDataLake(ctx, "lake", nil); err != nil {
			return err
		}
		_, err := NewAlerts(ctx, "alerts", nil)
		return err
	})
}

func TestEveryFaultOfAComponentIsReportedAtOnce(t *testing.T) {
	requireRefused(t, lakeProgram(&DataLakeArgs{Disposable: true, Protect: true, ResultDays: -1}),
		"both Disposable and Protect", "ResultDays is -1")

	requireRefused(t, sampleProgram(func(a *SampleDatasetArgs) {
		*a = SampleDatasetArgs{Prefix: "data", Operations: Operations{LogDays: 31}}
	}),
		"Bucket is missing", `Prefix is "data"`, "Operations.Alerts is missing", "Operations.LogDays is 31")

	requireRefused(t, crawlerProgram(func(a *CrawlerWorkflowArgs) {
		*a = CrawlerWorkflowArgs{
			Prefix: "data", Database: "Usage", Poll: time.Millisecond,
			Schedule: &Schedule{Weekday: "Someday", At: "late"}, Operations: Operations{LogDays: 31},
		}
	}), "Bucket is missing", `Prefix is "data"`, `Database is "Usage"`, "Poll is 1ms",
		`weekday "Someday"`, `time "late"`, `UTC offset ""`, "Operations.Alerts is missing", "Operations.LogDays is 31")

	requireRefused(t, reporterProgram(func(a *AthenaReporterArgs) {
		*a = AthenaReporterArgs{
			Queries:    []Query{{Name: "a b"}, {Name: "total", SQL: "SELECT 1"}, {Name: "total", SQL: "SELECT 2"}},
			DataPrefix: "data", CutoffBytes: 1, Timeout: time.Second, Operations: Operations{LogDays: 31},
		}
	}), `query "a b": give`, `query "a b" has 0 bytes`, `query "total": give`, "Database is missing", "Data or Results is missing",
		`DataPrefix is "data"`, "CutoffBytes is 1", "Timeout is 1s", "Operations.Alerts is missing", "Operations.LogDays is 31")
}

func TestFaultyAnalystPoliciesAreRefused(t *testing.T) {
	requireRefused(t, analystProgram(func(a *AnalystPolicyArgs) {
		a.ResultsPrefix, a.Path, a.Datasets = "*", "datalake", []AnalystDataset{{Prefix: "data"}}
	}), `ResultsPrefix is "*"`, `Path is "datalake"`, "Datasets[0].Database is missing", "Datasets[0].Bucket is missing", `Datasets[0].Prefix is "data"`)
}

// The arguments are the caller's: defaults are filled in on a copy.
func TestArgumentsAreNotChanged(t *testing.T) {
	var crawl *CrawlerWorkflowArgs
	var report *AthenaReporterArgs
	var lake DataLakeArgs
	deploy(t, crawlerProgram(func(a *CrawlerWorkflowArgs) { crawl = a }))
	deploy(t, reporterProgram(func(a *AthenaReporterArgs) { report = a }))
	deploy(t, lakeProgram(&lake))
	require.Zero(t, crawl.Poll)
	require.Zero(t, crawl.Operations.LogDays)
	require.Zero(t, report.ResultsPrefix)
	require.Zero(t, report.Operations.LogDays)
	require.Zero(t, lake)
}

func manyQueries(n int) (queries []Query) {
	for i := range n {
		queries = append(queries, Query{Name: fmt.Sprintf("query-%d", i+1), SQL: "SELECT 1"})
	}
	return queries
}
