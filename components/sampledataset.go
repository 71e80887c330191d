package components

import (
	"errors"
	"fmt"
	"time"

	"datalake/asl"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const sampleDatasetToken = "datalake:index:SampleDataset"

// SampleDatasetArgs says where the sample is written.
type SampleDatasetArgs struct {
	// Bucket takes the dataset. Required.
	Bucket Bucket
	// Prefix is the dataset's folder in the bucket, ending with a slash. Required.
	Prefix string
	// Operations is how the workflow is watched. Required.
	Operations Operations
}

// SampleDataset writes a usage dataset to try a lake with: an object for each user and day, in hive partitions, and an
// empty _SUCCESS beside them at the end. An execution takes years, days and users from its input, or its own.
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
	machine, err := s.stateMachine(sampleMachine(settings), settings.Operations, settings.Operations.Key.use()...)
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
	if !folderPrefix.MatchString(args.Prefix) {
		fault("Prefix is %q: %s", args.Prefix, prefixForm)
	}
	faults = append(faults, args.Operations.check())
	return args, errors.Join(faults...)
}

// alarms tell of executions that fail: an Express workflow sends no events when it ends.
func (d *SampleDataset) alarms(s scope, machine *sfn.StateMachine, alerts *Alerts) error {
	failures := func(suffix, description, metric string) error {
		return s.alarm(suffix, alarm{
			description: description,
			namespace:   "AWS/States",
			metric:      metric,
			dimensions:  pulumi.StringMap{"StateMachineArn": machine.Arn},
			statistic:   "Sum",
		}, alerts.TopicARN)
	}
	return errors.Join(
		failures("failed", s.name+" failed", "ExecutionsFailed"),
		failures("timed-out", s.name+" timed out", "ExecutionsTimedOut"),
	)
}

// The sample, where the input does not say otherwise.
var (
	sampleYears = []any{2016, 2017, 2018, 2019, 2020, 2021}
	sampleUsage = []int{672, 25, 32, 1, 0, 500, 7000, 13, 12, 120, 5}
)

const sampleDays = 27

// How much is written at once: 3 × 5 × 11 = 165 objects, well under the 3,500 writes a second that S3 takes for a
// prefix. A round of them takes some tenths of a second, so that 500 rounds stay well inside Express's five minutes.
const (
	monthsAtOnce, daysAtOnce, usersAtOnce = 3, 5, 11
	maxRounds                             = 500
)

// sampleMachine is the state machine create-dataset. It is an Express workflow, since the sample's 21,384 calls do not
// fit the history of a Standard one.
func sampleMachine(args SampleDatasetArgs) asl.Machine {
	return asl.Machine{
		Comment: "Writes the sample usage dataset, an object for each user and day",
		Express: true,
		Timeout: 5 * time.Minute,
		Flow: asl.Flow{
			asl.Choice{
				Name:      "Check the input",
				Rules:     refusals("Refuse the input"),
				Otherwise: "Take the input or the sample",
			},
			asl.Fail{Name: "Refuse the input", Error: "InvalidInput", Cause: asl.JSONata(`$refusal`)},
			asl.Pass{Name: "Take the input or the sample", Assign: map[string]any{
				"years":  inputOr("years", sampleYears),
				"months": []any{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
				"days":   inputOr("days", sampleDayList()),
				"users":  inputOr("users", sampleUsers()),
			}},
			asl.Map{Name: "Years", Items: `$years`, Concurrency: 1, Output: sumOfResults, Each: asl.Flow{
				asl.Pass{Name: "Take the year", Assign: map[string]any{"year": asl.JSONata(`$states.input`)}},
				asl.Map{Name: "Months", Items: `$months`, Concurrency: monthsAtOnce, Output: sumOfResults, Each: asl.Flow{
					asl.Pass{Name: "Take the month", Assign: map[string]any{"month": asl.JSONata(`$formatInteger($states.input, '00')`)}},
					asl.Map{Name: "Days", Items: `$days`, Concurrency: daysAtOnce, Output: sumOfResults, Each: asl.Flow{
						asl.Pass{Name: "Name the day", Assign: map[string]any{"objectPrefix": asl.JSONata(`(
							$date := $year & '-' & $month & '-' & $formatInteger($states.input, '00');
							'` + args.Prefix + `year=' & $year & '/month=' & $month & '/date=' & $date & '/' & $date & '_'
						)`)}},
						asl.Map{Name: "Users", Items: `$users`, Concurrency: usersAtOnce, Output: sumOfResults, Each: asl.Flow{
							asl.Task{
								Name: "Write the summary",
								Call: asl.PutObject(args.Bucket.Name, asl.JSONata(`$objectPrefix & $states.input.user & '.json'`),
									asl.JSONata(`$states.input`), args.Bucket.Objects(args.Prefix)),
								Timeout: callTimeout,
								Retry:   shortly(),
								Output:  1,
							},
						}},
					}},
				}},
			}},
			asl.Task{
				Name:    "Mark the dataset complete",
				Call:    asl.PutObject(args.Bucket.Name, args.Prefix+"_SUCCESS", nil, args.Bucket.Objects(args.Prefix)),
				Timeout: callTimeout,
				Retry:   shortly(),
				Output:  asl.JSONata(`{"objects": $states.input}`),
			},
		},
	}
}

// sumOfResults counts the objects that the iterations have written; their own outputs would outgrow a payload.
var sumOfResults = asl.JSONata(`$sum($states.result)`)

// shortly repeats a write that S3 could not take at once: five minutes leave no room for more patience.
func shortly() []asl.Retrier {
	return []asl.Retrier{{
		Errors:   asl.PutObject(nil, "", nil, nil).Throttles,
		Interval: time.Second,
		Backoff:  2,
		MaxDelay: 5 * time.Second,
		Attempts: 4,
		Jitter:   true,
	}}
}

// refusals are the rules that refuse an input. User names become parts of keys, so only plain ones are taken.
func refusals(next string) []asl.Rule {
	refuse := func(comment, condition, why string) asl.Rule {
		return asl.Rule{Comment: comment, If: condition, Next: next, Assign: map[string]any{"refusal": why}}
	}
	given := func(name, sound string) string {
		return fmt.Sprintf(`$exists($states.input.%[1]s) ? ($list := $states.input.%[1]s; $not($type($list) = 'array' and $count($list) > 0
			? $count($distinct($list)) = $count($list) and $count($list[%[2]s]) = $count($list) : false)) : false`, name, sound)
	}
	count := func(name string, fallback int) string {
		return fmt.Sprintf(`($exists($states.input.%[1]s) ? $count($states.input.%[1]s) : %[2]d)`, name, fallback)
	}
	whole := func(from, to int) string {
		return fmt.Sprintf(`$type($) = 'number' ? $ = $floor($) and $ >= %d and $ <= %d : false`, from, to)
	}
	rounds := fmt.Sprintf(`%s * %d * $ceil(%s / %d) * $ceil(%s / %d)`, count("years", len(sampleYears)), 12/monthsAtOnce,
		count("days", sampleDays), daysAtOnce, count("users", len(sampleUsage)), usersAtOnce)
	return []asl.Rule{
		refuse("something else is given", `$type($states.input) != 'object' ? true : $count($keys($states.input)[$not($ in ['years', 'days', 'users', 'comment', 'Comment'])]) > 0`,
			"The input is an object with years, days and users, each of which may be left out; it holds something else."),
		refuse("years is unsound", given("years", whole(1000, 9999)), "years is a list of different years, such as [2020, 2021]."),
		refuse("days is unsound", given("days", whole(1, 28)), "days is a list of different days of the month, from 1 to 28, such as [1, 2, 3]."),
		refuse("users is unsound", given("users", `$type($) = 'object' ? ($type(user) = 'string' and $type(usage) = 'number' and $count($keys($)) = 2
			? $contains(user, /^[A-Za-z0-9_-]{1,64}$/) : false) : false`),
			`users is a list of different objects such as {"usage": 672, "user": "user-00000000001"}, with 1 to 64 letters, digits, _ and - in user.`),
		refuse("a user is named twice", `$exists($states.input.users) ? $count($distinct($states.input.users.user)) < $count($states.input.users) : false`,
			"users names a user twice: its objects would overwrite each other."),
		refuse("it is too large", rounds+fmt.Sprintf(" > %d", maxRounds),
			fmt.Sprintf("The input is too large for one run of five minutes: years × %d × (days / %d, rounded up) × (users / %d, rounded up) is at most %d. Give fewer years, days or users, and run it more than once.",
				12/monthsAtOnce, daysAtOnce, usersAtOnce, maxRounds)),
	}
}

// inputOr is the input's member, or what stands for it.
func inputOr(name string, fallback []any) string {
	text, err := asl.Encode(fallback)
	if err != nil {
		panic(err) // constants of this file
	}
	return asl.JSONata(fmt.Sprintf(`$exists($states.input.%[1]s) ? $states.input.%[1]s : %[2]s`, name, text))
}

func sampleDayList() []any {
	var days []any
	for day := 1; day <= sampleDays; day++ {
		days = append(days, day)
	}
	return days
}

func sampleUsers() []any {
	var users []any
	for i, usage := range sampleUsage {
		users = append(users, map[string]any{"usage": usage, "user": fmt.Sprintf("user-%011d", i+1)})
	}
	return users
}
