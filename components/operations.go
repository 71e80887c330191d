package components

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Operations is how the workflows of an environment are watched, and what becomes of what they hold. Every workflow
// takes it.
type Operations struct {
	// Alerts is notified of failed executions. Required.
	Alerts *Alerts
	// Key encrypts logs and messages; nil where AWS manages the keys.
	Key *Key
	// LogDays is how long logs are kept: one of the periods that CloudWatch Logs knows. Default: 30.
	LogDays int
	// LogPayloads writes the states' inputs and outputs into the logs. Default: false.
	LogPayloads bool
	// Tracing sends traces to X-Ray. Default: false.
	Tracing bool
	// Retain leaves queues and catalog databases in the account when Pulumi deletes them. Default: false.
	Retain bool
	// Protect has Pulumi refuse to delete catalog databases and tables. Default: false.
	Protect bool
	// Roles is what the workflows' roles are like beside what they allow.
	Roles Roles
}

// LogPeriods are the retention periods that CloudWatch Logs knows, in days.
//
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var LogPeriods = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

func (o *Operations) check() error {
	o.LogDays = cmp.Or(o.LogDays, 30)
	var faults []error
	if o.Alerts == nil || o.Alerts.TopicARN == (pulumi.StringOutput{}) {
		faults = append(faults, errors.New("Operations.Alerts is missing: every workflow notifies someone when it fails"))
	}
	if !slices.Contains(LogPeriods, o.LogDays) {
		faults = append(faults, fmt.Errorf("Operations.LogDays is %d: CloudWatch Logs keeps logs for one of %v days", o.LogDays, LogPeriods))
	}
	return errors.Join(append(faults, o.Roles.check())...)
}
