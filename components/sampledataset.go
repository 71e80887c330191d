package components

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const sampleDatasetToken = "datalake:index:SampleDataset"

// SampleDatasetArgs says what is written, and where.
type SampleDatasetArgs struct {
	// Bucket takes the dataset. Required.
	Bucket Bucket
	// Prefix is the dataset's folder in the bucket, ending with a slash. Required.
	Prefix string
	// Name is what the dataset is called in descriptions, such as "orders". Required.
	Name string
	// Subject is what each day has an object of, such as "customer", and Measure the number in it, such as "amount":
	// members of the object, and with an s the list in an execution's input. Each is 1 to 32 lower-case letters. Required.
	Subject, Measure string
	// Years, and the first Days of each of their months, are written unless an execution's input says otherwise: years
	// of four digits, and 1 to 28 days. Required.
	Years []int
	Days  int
	// Entries are what is written each of these days, unless an execution's input says otherwise. Required.
	Entries []SampleEntry
	// Operations is how the workflow is watched. Required.
	Operations Operations
}

// SampleEntry is a subject with its measure.
type SampleEntry struct {
	// Subject becomes part of a key: 1 to 64 letters, digits, _ and -, each subject once.
	Subject string
	Measure int
}

// SampleDataset writes a dataset to try a lake with: an object for each subject and day, in hive partitions of year,
// month and date, and an empty _SUCCESS beside them at the end. An execution takes years, days and subjects from its
// input, or those of the arguments.
type SampleDataset struct {
	pulumi.ResourceState

	// StateMachineARN writes the dataset.
	StateMachineARN pulumi.StringOutput `pulumi:"stateMachineArn"`
}

// NewSampleDataset registers the workflow.
func NewSampleDataset(ctx *pulumi.Context, name string, args *SampleDatasetArgs, opts ...pulumi.ResourceOption) (*SampleDataset, error) {
	settings, err := args.check()
	if err != nil {
		return nil, fmt.Errorf("sample dataset %q: %w", name, err)
	}
	sample := &SampleDataset{}
	s, err := open(ctx, sampleDatasetToken, name, sample, settings.Operations, opts)
	if err != nil {
		return nil, err
	}
	machine, err := s.stateMachine(settings.machine(), settings.Operations, settings.Operations.Key.write()...)
	if err != nil {
		return nil, err
	}
	if err := sample.alarms(s, machine, settings.Operations.Alerts); err != nil {
		return nil, err
	}
	sample.StateMachineARN = machine.Arn
	return sample, ctx.RegisterResourceOutputs(sample, pulumi.Map{"stateMachineArn": sample.StateMachineARN})
}

func (a *SampleDatasetArgs) check() (SampleDatasetArgs, error) {
	if a == nil {
		a = &SampleDatasetArgs{}
	}
	args := *a
	var faults []error
	fault := func(format string, values ...any) { faults = append(faults, fmt.Errorf(format, values...)) }
	if args.Bucket.missing() {
		fault("Bucket is missing: give the Name and the ARN of the bucket that takes the dataset")
	}
	if CheckPrefix(args.Prefix) != nil {
		fault("Prefix is %q: %s", args.Prefix, prefixForm)
	}
	if !datasetName.MatchString(args.Name) {
		fault("Name is %q: say what the dataset is, such as orders, in at most 100 letters, digits, spaces and hyphens", args.Name)
	}
	for _, word := range []struct{ field, value string }{{"Subject", args.Subject}, {"Measure", args.Measure}} {
		if !memberName.MatchString(word.value) || slices.Contains(takenWords, word.value) {
			fault("%s is %q: give 1 to 32 lower-case letters, and none of %s", word.field, word.value, strings.Join(takenWords, ", "))
		}
	}
	if args.Subject == args.Measure {
		fault("Subject and Measure are both %q: they are two members of an object, give two names", args.Subject)
	}
	if !distinct(args.Years) || slices.ContainsFunc(args.Years, func(year int) bool { return year < 1000 || year > 9999 }) {
		fault("Years is %v: give at least one, each once and of four digits", args.Years)
	}
	if args.Days < 1 || args.Days > maxDay {
		fault("Days is %d: give 1 to %d, which every month has", args.Days, maxDay)
	}
	var subjects []string
	for i, entry := range args.Entries {
		if !subjectName.MatchString(entry.Subject) {
			fault("Entries[%d].Subject is %q: give 1 to 64 letters, digits, _ and -", i, entry.Subject)
		}
		subjects = append(subjects, entry.Subject)
	}
	if !distinct(subjects) {
		fault("there are %d Entries, with these subjects: %q: give at least one, and each subject once", len(args.Entries), subjects)
	}
	if rounds := args.rounds(); rounds > maxRounds {
		fault("%d Years, %d Days and %d Entries are %d rounds of writing, too many for one run of five minutes: give fewer, at most %d rounds",
			len(args.Years), args.Days, len(args.Entries), rounds, maxRounds)
	}
	faults = append(faults, args.Operations.check())
	if errors.Join(faults...) == nil {
		faults = append(faults, compiles(args.machine()))
	}
	return args, errors.Join(faults...)
}

// maxDay is the last day of the month that every month has.
const maxDay = 28

// takenWords cannot name a member: words of JSONata, and names that the state machine has for itself.
var takenWords = []string{"and", "or", "in", "true", "false", "null", "function", "year", "month", "day", "state"}

var (
	datasetName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 -]{0,99}$`)
	memberName  = regexp.MustCompile(`^[a-z]{1,32}$`)
	subjectName = regexp.MustCompile(`^` + subjectForm + `$`)
)

const subjectForm = `[A-Za-z0-9_-]{1,64}`

// distinct tells whether there are values, each of them once.
func distinct[T cmp.Ordered](values []T) bool {
	return len(values) > 0 && len(slices.Compact(slices.Sorted(slices.Values(values)))) == len(values)
}

// alarms tell of executions that fail: an Express workflow sends no events when it ends.
func (d *SampleDataset) alarms(s scope, machine *sfn.StateMachine, alerts *Alerts) error {
	return errors.Join(
		s.machineAlarm("failed", "ExecutionsFailed", "failed", "see the error in the log that is linked there", machine, alerts),
		s.machineAlarm("timed-out", "ExecutionsTimedOut", "timed out", "start it with fewer years or days in its input", machine, alerts),
	)
}
