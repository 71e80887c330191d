package stack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"datalake/components"
	"datalake/internal/mockaws"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

// orders registers an ETL of another kind: other names, columns, keys, script and folders.
func (e *environment) orders() error {
	schedule := components.Schedule{Weekday: "MON", At: "03:00", Offset: "+01:00"}
	etl, err := components.NewWeeklyEtl(e.ctx, "orders-etl", &components.WeeklyEtlArgs{
		Database:         "orders_" + e.suffix,
		Crawler:          "orders-crawler-" + e.suffix,
		Job:              "orders-job-" + e.suffix,
		Source:           e.lake.Source,
		SourcePrefix:     "orders/",
		Processed:        e.lake.Processed,
		QuarantinePrefix: "orders/refused/",
		MetricsPrefix:    "orders/figures/",
		ErrorsPrefix:     "orders/failures/",
		Artifacts:        e.lake.Artifacts,
		ScriptPrefix:     "orders/scripts/",
		TemporaryPrefix:  "orders/scratch/",
		Script: components.Script{
			Path:      "orders/turnover.py",
			Files:     map[string]string{"--currencies": "orders/currencies.json", "--shops": "orders/shops.csv"},
			Arguments: map[string]string{"--into": "EUR"},
		},
		Table: components.Table{
			Name:        "turnover",
			Description: "Turnover by country and shop",
			Prefix:      "orders/turnover/",
			Columns: []components.Column{
				{Name: "country", Type: "string"}, {Name: "shop", Type: "string"}, {Name: "turnover", Type: "decimal(12,2)", Comment: "EUR"},
			},
			DateKey:  "sold_on",
			FirstDay: "2025-07-01",
		},
		MetricNamespace: "datalake/orders",
		Schedule:        schedule,
		Subscribers:     components.Subscribers{Queue: true},
		Operations:      e.operations,
	})
	if err != nil {
		return err
	}
	e.outputs.machines["orders-etl"] = etl.StateMachineARN
	e.outputs.databases["orders"] = etl.DatabaseName
	e.outputs.jobs["orders"] = etl.JobName
	e.outputs.schedules["orders-etl"] = pulumi.String(schedule.String())
	e.outputs.topic("orders-etl", etl.TopicARN, etl.QueueURL, components.Subscribers{Queue: true})
	e.shown.Etls["orders-etl"] = "datalake/orders"
	e.watch("orders", etl.StateMachineARN, schedule, etl.Timeout)
	return nil
}

// deployOrders evaluates a committed stack with the ETL of orders beside what it has.
func deployOrders(t *testing.T, name string) *deployment {
	t.Helper()
	stack, err := mockaws.LoadStack("..", name)
	require.NoError(t, err)
	evaluation, err := mockaws.Evaluate(func(ctx *pulumi.Context) error {
		return deployWith(ctx, (*environment).weather, (*environment).orders)
	}, stack, false)
	require.NoError(t, err)
	return &deployment{evaluation, stack}
}

// etls are the names of the ETLs that lie beside each other.
var etls = []string{"weekly-etl", "orders-etl"}

func TestAnotherEtlKeepsTheGuardrails(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		d := deployOrders(t, stack)
		for _, rail := range guardrails {
			require.Empty(t, rail.violations(d), "%s: %s", stack, rail.rule)
		}
	}
}

func TestAnotherEtlChangesNothingOfWhatIsThere(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		d, before := deployOrders(t, stack), deploy(t, stack)
		added := len(childrenOf(d, "orders-etl")) + 1 + len(childrenOf(d, "watchdog")) - len(childrenOf(before, "watchdog"))
		require.Len(t, d.Resources, len(before.Resources)+added)
		for _, r := range before.Resources {
			if slices.Contains([]string{"watchdog-machine", "watchdog-role", "operations-dashboard"}, r.Name) {
				continue // which look after both
			}
			i := slices.IndexFunc(d.Resources, func(other mockaws.Resource) bool { return other.URN == r.URN })
			require.GreaterOrEqual(t, i, 0, r.URN)
			require.Equal(t, r.Inputs, d.Resources[i].Inputs, r.URN)
		}
	}
}

func TestEtlsHaveNoNameInCommon(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		d := deployOrders(t, stack)
		urns, names := map[string]bool{}, map[string]string{}
		for _, r := range d.Resources {
			require.False(t, urns[r.URN], "%s: %s is registered twice", stack, r.URN)
			urns[r.URN] = true
		}
		for _, etl := range etls {
			for _, r := range childrenOf(d, etl) {
				name := textAt(r.Outputs, "name")
				if r.Type == objectType {
					name = textAt(r.Inputs, "key")
				}
				id := r.Type + " " + name
				require.NotEmpty(t, name, r.URN)
				require.Empty(t, names[id], "%s: %s is called %s too", stack, r.URN, name)
				names[id] = r.URN
			}
		}
		for name, token := range map[string]string{"orders_" + stack: databaseType, "orders-crawler-" + stack: crawlerType, "orders-job-" + stack: jobType, "turnover": tableType} {
			_, has := d.lookup(token, "name", name)
			require.True(t, has, "%s: there is a %s %q", stack, token, name)
		}
		require.Equal(t, []string{"datalake/orders", "datalake/weather"}, metricNamespaces(d))
	}
}

// The ETLs of a stack are apart: beside what no role can do without in its own folders, neither reaches the other's.
var apart = guardrail{
	rule:   "ETLs have no folder and no permission in common",
	reason: "a script that fails, or is taken over, spoils its own dataset and no other",
	source: "https://docs.aws.amazon.com/wellarchitected/latest/framework/sec_permissions_least_privileges.html",
	violations: func(d *deployment) (faults []string) {
		for i, etl := range etls {
			other := etls[1-i]
			for _, own := range foldersOf(d, etl) {
				for _, theirs := range foldersOf(d, other) {
					faults = append(faults, unless(!strings.HasPrefix(own.arn, theirs.arn), "%s: %s lies in %s of %s", etl, own.name, theirs.name, other)...)
				}
			}
			theirs := permissionsOf(d, other)
			for _, own := range permissionsOf(d, etl) {
				alike := slices.ContainsFunc(theirs, func(p permission) bool { return p.key() == own.key() })
				faults = append(faults, unless(!alike || d.isShared(own), "%s may %s on %s, as %s may", own.role, own.action, own.resource, other)...)
				for _, folder := range foldersOf(d, other) {
					faults = append(faults, unless(!own.reaches(folder.arn), "%s may %s on %s: %s of %s", own.role, own.action, own.resource, folder.name, other)...)
				}
			}
		}
		return faults
	},
	breaches: []breach{
		{"dev", grant("orders-etl-job-role", "s3:DeleteObject", func(d *deployment) string { return bucketARN(d, "processed") + "/weather/*" }), strings.Join([]string{
			"weekly-etl-job-role may s3:DeleteObject on {processed}/weather/*, as orders-etl may",
			"orders-etl-job-role may s3:DeleteObject on {processed}/weather/*, as weekly-etl may",
			"orders-etl-job-role may s3:DeleteObject on {processed}/weather/*: --target of weekly-etl",
		}, "\n")},
		{"prod", grant("weekly-etl-job-role", "s3:GetObject", func(d *deployment) string { return bucketARN(d, "artifacts") + "/orders/scratch/x*" }), "weekly-etl-job-role may s3:GetObject on {artifacts}/orders/scratch/x*: --TempDir of orders-etl"},
		{"dev", grant("weekly-etl-role", "s3:GetObject", func(d *deployment) string { return bucketARN(d, "processed") + "/o*" }), strings.Join([]string{
			"weekly-etl-role may s3:GetObject on {processed}/o*: --target of orders-etl",
			"weekly-etl-role may s3:GetObject on {processed}/o*: --quarantine of orders-etl",
			"weekly-etl-role may s3:GetObject on {processed}/o*: the metrics of orders-etl",
			"weekly-etl-role may s3:GetObject on {processed}/o*: the errors of orders-etl",
		}, "\n")},
		{"dev", set(jobType, "orders-etl-job", func(d *deployment) string {
			return textAt(d.named(jobType, "weekly-etl-job").Inputs, "defaultArguments", "--target") + "orders/"
		}, "defaultArguments", "--target"), strings.Join([]string{
			"weekly-etl-job-role may s3:ListBucket on {processed}: --target of orders-etl",
			"weekly-etl-job-role may s3:PutObject on {processed}/weather/*: --target of orders-etl",
			"weekly-etl-job-role may s3:DeleteObject on {processed}/weather/*: --target of orders-etl",
			"orders-etl: --target lies in --target of weekly-etl",
		}, "\n")},
	},
}

func TestEtlsAreApart(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		require.Empty(t, apart.violations(deployOrders(t, stack)), "%s: %s\n%s", stack, apart.reason, apart.source)
	}
}

func TestEtlsThatAreNotApartAreNoticed(t *testing.T) {
	for i, b := range apart.breaches {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			d := deployOrders(t, b.stack)
			b.change(d)
			found := strings.NewReplacer("{processed}", bucketARN(d, "processed"), "{artifacts}", bucketARN(d, "artifacts")).Replace(b.found)
			require.ElementsMatch(t, strings.Split(found, "\n"), apart.violations(d))
		})
	}
}

// childrenOf are the resources of a component.
func childrenOf(d *deployment, component string) (children []mockaws.Resource) {
	for _, r := range d.Resources {
		if strings.HasSuffix(r.Parent, "::"+component) {
			children = append(children, r)
		}
	}
	return children
}

// etlFolder is a folder that an ETL has for itself, as IAM calls it, with the slash at its end.
type etlFolder struct{ name, arn string }

func foldersOf(d *deployment, etl string) (folders []etlFolder) {
	job, machine := d.named(jobType, etl+"-job"), definition(*d.named(machineType, etl+"-machine"))
	add := func(name, uri string) {
		folders = append(folders, etlFolder{name, strings.Replace(uri, "s3://", "arn:aws:s3:::", 1)})
	}
	for _, argument := range []string{"--source", "--target", "--quarantine", "--TempDir"} {
		add(argument, textAt(job.Inputs, "defaultArguments", argument))
	}
	script := textAt(job.Inputs, "command", "scriptLocation")
	add("the script", script[:strings.LastIndex(script, "/")+1])
	processed := "s3://" + textAt(d.Exports, "buckets", "processed") + "/"
	quoted := func(path ...any) string { // the folder in {% 'folder/' & … %}
		return strings.Split(textAt(machine, path...), "'")[1]
	}
	add("the metrics", processed+quoted("States", "Plan the window", "Assign", "metricsKey"))
	add("the errors", processed+quoted("States", "Note the error", "Arguments", "Key"))
	return folders
}

func metricNamespaces(d *deployment) (namespaces []string) {
	for _, etl := range etls {
		namespaces = append(namespaces, textAt(definition(*d.named(machineType, etl+"-machine")), "States", "Send the metrics", "Arguments", "Namespace"))
	}
	slices.Sort(namespaces)
	return namespaces
}

// permission is one action that a role may do on one resource.
type permission struct {
	role, action, resource string
	condition              map[string]map[string]oneOrMore
}

func (p permission) key() string {
	condition, err := json.Marshal(p.condition)
	if err != nil {
		panic(err) // maps of texts
	}
	return p.action + " " + p.resource + " " + string(condition)
}

// reaches tells whether the permission is for objects in a folder, or for listing it.
func (p permission) reaches(folder string) bool {
	overlap := func(pattern string) bool {
		prefix, _, _ := strings.Cut(pattern, "*")
		return strings.HasPrefix(folder, prefix) || strings.HasPrefix(prefix, folder)
	}
	bucket, _, _ := strings.Cut(folder, "/")
	if p.action != "s3:ListBucket" || p.resource != bucket {
		return strings.Contains(p.resource, "/") && overlap(p.resource)
	}
	prefixes := p.condition["StringLike"]["s3:prefix"]
	return len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(prefix string) bool { return overlap(bucket + "/" + prefix) })
}

func permissionsOf(d *deployment, etl string) (permissions []permission) {
	for _, r := range childrenOf(d, etl) {
		if r.Type != rolePolicyType {
			continue
		}
		for _, s := range statements(r, "policy") {
			for _, action := range s.Action {
				for _, resource := range s.Resource {
					permissions = append(permissions, permission{r.Name, action, resource, s.Condition})
				}
			}
		}
	}
	return permissions
}

// isShared tells whether a permission is one that roles cannot but have in common: what AWS knows no finer resource for,
// the lake's key, and the bus that takes every event. A bucket's region tells nothing of what is in it.
func (d *deployment) isShared(p permission) bool {
	shared := []string{"*", ":catalog", ":log-group:/aws-glue/*", ":log-group:/aws-glue/crawlers*", ":event-bus/default"}
	return p.action == "s3:GetBucketLocation" || p.resource == d.key() ||
		slices.ContainsFunc(shared, func(end string) bool { return strings.HasSuffix(p.resource, end) && (end != "*" || p.resource == "*") })
}

func bucketARN(d *deployment, name string) string {
	return "arn:aws:s3:::" + textAt(d.Exports, "buckets", name)
}

// grant adds a permission to a role's policy.
func grant(role, action string, resource func(*deployment) string) change {
	return func(d *deployment) {
		policy := d.named(rolePolicyType, role)
		set(rolePolicyType, role, map[string]any{
			"Effect": "Allow", "Action": []any{action}, "Resource": []any{resource(d)},
		}, "policy", "Statement", len(statements(*policy, "policy")))(d)
	}
}
