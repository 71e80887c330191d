package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"datalake/components"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Config is what one environment asks for. Pulumi.yaml describes every setting.
type Config struct {
	Disposable, Protect, CustomerKey        bool
	Datasets                                []Dataset
	UTCOffset                               string
	WeeklyOn, WeeklyAt                      string
	FlexibleJobs, Ingestion, PrivateNetwork bool
	ResultEmails, AlertEmails               []string
	ResultQueue, AlertQueue                 bool
	QueryCutoffBytes                        int
	ResultDays, NoncurrentDays, LogDays     int
	LogPayloads, Tracing                    bool
	// What the account has already, or asks for; each is empty where it does not.
	PermissionsBoundary, RolePath        string
	KMSKeyARN, GlueConnection, LogBucket string
	AnalystPolicy                        bool
}

// reader reads the value of a setting: text as it stands, the rest as JSON. Its error names the key, the value and what
// would be right.
type reader func(key, value string) error

// settings reads each setting into the configuration; what is not set keeps Pulumi.yaml's default. The region is the
// stack's, if its file gives one.
func (c *Config) settings(region string) map[string]reader {
	return map[string]reader{
		"disposable":       boolean(&c.Disposable),
		"protect":          boolean(&c.Protect),
		"customerKey":      boolean(&c.CustomerKey),
		"datasets":         datasets(&c.Datasets),
		"utcOffset":        text(&c.UTCOffset),
		"weeklyOn":         text(&c.WeeklyOn),
		"weeklyAt":         text(&c.WeeklyAt),
		"flexibleJobs":     boolean(&c.FlexibleJobs),
		"ingestion":        boolean(&c.Ingestion),
		"privateNetwork":   boolean(&c.PrivateNetwork),
		"resultEmails":     list(&c.ResultEmails),
		"resultQueue":      boolean(&c.ResultQueue),
		"alertEmails":      list(&c.AlertEmails),
		"alertQueue":       boolean(&c.AlertQueue),
		"queryCutoffBytes": integer(&c.QueryCutoffBytes, 10_485_760, 1<<50),
		"resultDays":       integer(&c.ResultDays, 1, 3650),
		"noncurrentDays":   integer(&c.NoncurrentDays, 1, 3650),
		"logDays":          period(&c.LogDays),
		"logPayloads":      boolean(&c.LogPayloads),
		"tracing":          boolean(&c.Tracing),

		"permissionsBoundary": optional(&c.PermissionsBoundary, components.CheckPermissionsBoundary),
		"rolePath":            optional(&c.RolePath, components.CheckRolePath),
		"kmsKeyArn":           optional(&c.KMSKeyARN, func(arn string) error { return components.CheckKeyARN(arn, region) }),
		"glueConnection":      optional(&c.GlueConnection, checkConnection),
		"logBucket":           optional(&c.LogBucket, components.CheckBucketName),
		"analystPolicy":       boolean(&c.AnalystPolicy),
	}
}

func defaults() Config {
	return Config{
		Datasets:  []Dataset{},
		UTCOffset: "+07:00",
		WeeklyOn:  "SUN", WeeklyAt: "00:00",
		ResultEmails: []string{}, AlertEmails: []string{},
		QueryCutoffBytes: 10 << 30,
		ResultDays:       30, NoncurrentDays: 30, LogDays: 30,
	}
}

// load reads the stack's configuration strictly: a setting that does not exist, a value of another type or out of range
// and settings that contradict each other are all reported at once.
func load(ctx *pulumi.Context) (Config, error) {
	config := defaults()
	region, _ := ctx.GetConfig("aws:region")
	settings := config.settings(region)
	faults := unknown(ctx.Project(), settings)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		key := ctx.Project() + ":" + name
		value, set := ctx.GetConfig(key)
		if !set {
			continue
		}
		if err := settings[name](key, value); err != nil {
			faults = append(faults, err)
		}
	}
	for _, dataset := range config.Datasets {
		for _, schedule := range []*components.Schedule{dataset.Schedule, dataset.FullCrawl} {
			if schedule != nil {
				schedule.Offset = config.UTCOffset
			}
		}
	}
	faults = append(faults, config.contradictions(ctx.Project())...)
	faults = append(faults, config.analystFaults(ctx.Project(), ctx.Stack())...)
	if len(ctx.Stack()) > maxStackName {
		faults = append(faults, fmt.Errorf("the stack's name has %d characters: names of AWS that hold it leave room for %d", len(ctx.Stack()), maxStackName))
	}
	if len(faults) > 0 {
		return Config{}, fmt.Errorf("the configuration of stack %q (Pulumi.%[1]s.yaml):\n%w", ctx.Stack(), errors.Join(faults...))
	}
	return config, nil
}

// maxStackName is what Glue's names leave for the stack's.
const maxStackName = 64

// weekly is when the weather's week is made.
func (c Config) weekly() components.Schedule {
	return components.Schedule{Weekday: c.WeeklyOn, At: c.WeeklyAt, Offset: c.UTCOffset}
}

func (c Config) contradictions(project string) (faults []error) {
	local := components.Schedule{At: "00:00", Offset: c.UTCOffset}
	if err := local.Check(); err != nil {
		faults = append(faults, fmt.Errorf("%s:utcOffset: %w", project, err))
	}
	faults = append(faults, datasetFaults(project+":datasets", c.Datasets)...)
	weekly := c.weekly()
	weekly.Offset = "+00:00" // the offset is judged above
	if err := weekly.Check(); err != nil {
		faults = append(faults, fmt.Errorf("%s:weeklyOn and %[1]s:weeklyAt: %w", project, err))
	} else if c.WeeklyOn == "" {
		faults = append(faults, fmt.Errorf("%s:weeklyOn is empty: give a weekday, such as SUN", project))
	}
	if err := (components.Subscribers{Emails: c.AlertEmails}).Check(); err != nil {
		faults = append(faults, fmt.Errorf("%s:alertEmails: %w", project, err))
	}
	if err := (components.Subscribers{Emails: c.ResultEmails}).Check(); err != nil {
		faults = append(faults, fmt.Errorf("%s:resultEmails: %w", project, err))
	}
	if c.Disposable && c.Protect {
		faults = append(faults, fmt.Errorf("%s:disposable and %[1]s:protect are both true: they exclude each other, set one to false", project))
	}
	if c.CustomerKey && c.KMSKeyARN != "" {
		faults = append(faults, fmt.Errorf("%s:customerKey is true and %[1]s:kmsKeyArn names a key: they exclude each other, set customerKey to false or leave kmsKeyArn out", project))
	}
	if c.PrivateNetwork && c.GlueConnection != "" {
		faults = append(faults, fmt.Errorf("%s:privateNetwork is true and %[1]s:glueConnection names a connection: they exclude each other, set privateNetwork to false or leave glueConnection out", project))
	}
	return faults
}

// otherNamespaces are those of the providers, and of Pulumi itself.
var otherNamespaces = []string{"aws", "awsx", "pulumi"}

// unknown finds settings that the program does not know, in its own namespace or in one that nobody reads. Pulumi hands a program its whole configuration in the
// environment; its Go SDK reads single keys only.
func unknown[T any](project string, settings map[string]T) (faults []error) {
	var all map[string]any
	if err := json.Unmarshal([]byte(os.Getenv(pulumi.EnvConfig)), &all); err != nil {
		return nil // not set: the program is run under mocks with its configuration given directly
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		namespace, name, _ := strings.Cut(key, ":")
		if _, known := settings[name]; namespace == project && !known {
			faults = append(faults, fmt.Errorf("%s is not a setting: there are %s", key, strings.Join(slices.Sorted(maps.Keys(settings)), ", ")))
		}
		if namespace != project && !slices.Contains(otherNamespaces, namespace) {
			faults = append(faults, fmt.Errorf("%s would have no effect: this project's settings begin with %s:, others with one of %s", key, project, strings.Join(otherNamespaces, ", ")))
		}
	}
	return faults
}

// wrong says of a setting that it has a wrong value, and what would be right.
func wrong(key, value, right string) error { return fmt.Errorf("%s is %q: %s", key, value, right) }

func boolean(into *bool) reader {
	return func(key, value string) error {
		if value != "true" && value != "false" {
			return wrong(key, value, "give true or false")
		}
		*into = value == "true"
		return nil
	}
}

func text(into *string) reader {
	return func(_, value string) error {
		*into = value
		return nil
	}
}

// optional reads a text that may be empty, and else has to pass a check.
func optional(into *string, check func(string) error) reader {
	return func(key, value string) error {
		if value != "" {
			if err := check(value); err != nil {
				return wrong(key, value, err.Error())
			}
		}
		*into = value
		return nil
	}
}

// connectionForm is what the name of a connection may be: it becomes a part of a policy's ARN.
var connectionForm = regexp.MustCompile(`^[A-Za-z0-9_.-]([A-Za-z0-9 _.-]{0,253}[A-Za-z0-9_.-])?$`)

func checkConnection(name string) error {
	if !connectionForm.MatchString(name) {
		return errors.New("give the name of a Glue connection, not its ARN: letters, digits, inner spaces and _.-, at most 255")
	}
	return nil
}

func oneOf(into *string, choices ...string) reader {
	return func(key, value string) error {
		if !slices.Contains(choices, value) {
			return wrong(key, value, "give one of "+strings.Join(choices, ", "))
		}
		*into = value
		return nil
	}
}

func list(into *[]string) reader {
	return func(key, value string) error {
		if err := json.Unmarshal([]byte(value), into); err != nil || *into == nil {
			return wrong(key, value, "give a list of texts")
		}
		return nil
	}
}

func integer(into *int, least, most int) reader {
	return func(key, value string) error {
		number, err := strconv.Atoi(value)
		if err != nil || strconv.Itoa(number) != value || number < least || number > most {
			return wrong(key, value, fmt.Sprintf("give a whole number from %d to %d", least, most))
		}
		*into = number
		return nil
	}
}

func period(into *int) reader {
	return func(key, value string) error {
		days, err := strconv.Atoi(value)
		if err != nil || strconv.Itoa(days) != value || !slices.Contains(components.LogPeriods, days) {
			return wrong(key, value, fmt.Sprintf("give a period that CloudWatch Logs knows, in days: %v", components.LogPeriods))
		}
		*into = days
		return nil
	}
}
