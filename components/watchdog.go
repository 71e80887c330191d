package components

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"datalake/asl"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const watchdogToken = "datalake:index:Watchdog"

// WatchdogArgs says what has to succeed each week.
type WatchdogArgs struct {
	// Watched are the pipelines to look after, each with a name of its own. Required.
	Watched []Watched
	// Operations is how the checks are watched themselves. Required.
	Operations Operations
}

// Watched is a pipeline that a weekly schedule starts.
type Watched struct {
	// Name is the pipeline's: letters, digits, _ and -, at most 34. Required.
	Name string
	// StateMachineARN is the Standard state machine that the schedule starts. Required.
	StateMachineARN pulumi.StringOutput
	// Schedule says when it is started, with a weekday. Required.
	Schedule Schedule
	// Timeout is the state machine's own, in whole minutes, at most six days. Required.
	Timeout time.Duration
}

// startAllowance is how much later than its schedule an execution may start and still end before it is looked for.
const startAllowance = time.Hour

// CheckedAt is when the pipeline's success is looked for: once the execution must have ended.
func (w Watched) CheckedAt() Schedule { return w.Schedule.after(w.Timeout + startAllowance) }

// Watchdog tells of a week without a success, for which CloudWatch's alarms look back too little. Some time after each
// scheduled time, a state machine looks for an execution that began then or later and has succeeded. There is none where
// the schedule did not start it, or where it failed or still runs: then the check fails, and the alerts say so.
//
// A backfill counts as well as the scheduled run, if it began after the scheduled time: a list of executions does not say
// which is which.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
type Watchdog struct {
	pulumi.ResourceState

	// StateMachineARN looks after one pipeline at once, with the input {"pipeline": its name}.
	StateMachineARN pulumi.StringOutput `pulumi:"stateMachineArn"`
}

// NewWatchdog registers the state machine, and a schedule for each pipeline.
func NewWatchdog(ctx *pulumi.Context, name string, args *WatchdogArgs, opts ...pulumi.ResourceOption) (*Watchdog, error) {
	settings, err := args.check()
	if err != nil {
		return nil, fmt.Errorf("watchdog %q: %w", name, err)
	}
	watchdog := &Watchdog{}
	s, err := open(ctx, watchdogToken, name, watchdog, settings.Operations, opts)
	if err != nil {
		return nil, err
	}
	machine, err := s.stateMachine(settings.machine(s.statesLink("statemachines/view/")), settings.Operations)
	if err != nil {
		return nil, err
	}
	for _, w := range settings.Watched {
		if err := s.start(machine, trigger{
			prefix:      w.Name + "-",
			description: fmt.Sprintf("Has %s look whether %s has succeeded: %s", s.name, w.Name, w.CheckedAt()),
			cron:        w.CheckedAt().Cron(),
			input:       map[string]any{"pipeline": w.Name},
		}, settings.Operations); err != nil {
			return nil, err
		}
	}
	if err := s.notifyOfFailuresWith(machine, settings.Operations.Alerts,
		"which pipeline has not succeeded since its schedule, or why that cannot be told",
		"see how that pipeline's last execution ended, put that right and start it again; when it has succeeded, New execution there looks anew",
	); err != nil {
		return nil, err
	}
	watchdog.StateMachineARN = machine.Arn
	return watchdog, ctx.RegisterResourceOutputs(watchdog, pulumi.Map{"stateMachineArn": watchdog.StateMachineARN})
}

// watchedName leaves room in names of AWS that have at most 64 characters.
var watchedName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,34}$`)

func (a *WatchdogArgs) check() (WatchdogArgs, error) {
	if a == nil {
		a = &WatchdogArgs{}
	}
	args := *a
	var faults []error
	fault := func(format string, values ...any) { faults = append(faults, fmt.Errorf(format, values...)) }
	if len(args.Watched) == 0 {
		fault("Watched is empty: give the pipelines to look after")
	}
	names := map[string]bool{}
	for i, w := range args.Watched {
		at := fmt.Sprintf("Watched[%d]", i)
		if !watchedName.MatchString(w.Name) || names[w.Name] {
			fault("%s.Name is %q: give each a name of its own, of letters, digits, _ and -, at most 34", at, w.Name)
		}
		names[w.Name] = true
		if w.StateMachineARN == (pulumi.StringOutput{}) {
			fault("%s.StateMachineARN is missing: give that of the state machine that the schedule starts", at)
		}
		if err := w.Schedule.Check(); err != nil {
			fault("%s.Schedule: %w", at, err)
		}
		if w.Schedule.Weekday == "" {
			fault("%s.Schedule has no Weekday: give one, such as SUN; an alarm can watch what succeeds daily", at)
		}
		if w.Timeout <= 0 || w.Timeout > 6*24*time.Hour || w.Timeout%time.Minute != 0 {
			fault("%s.Timeout is %s: give the state machine's, in whole minutes, at most 144 hours, so that it is over before the next week", at, w.Timeout)
		}
	}
	faults = append(faults, args.Operations.check())
	if errors.Join(faults...) == nil {
		faults = append(faults, compiles(args.machine("")))
	}
	return args, errors.Join(faults...)
}

// machine is the state machine that looks for a success; link, before a state machine's ARN, shows its executions.
//
// Executions are listed by their end, the last one first. So the list is read on until one ended before the scheduled time:
// those after it began before it too.
func (a WatchdogArgs) machine(link string) asl.Machine {
	const listed, judged, none = "List its successes", "Has it succeeded?", "It has not succeeded"
	var rules []asl.Rule
	var names []string
	var arns []any
	for _, w := range a.Watched {
		names, arns = append(names, w.Name), append(arns, w.StateMachineARN)
		rules = append(rules, asl.Rule{
			Comment: w.Name,
			If:      `$states.input.pipeline = ` + quoted(w.Name),
			Next:    listed,
			Assign: map[string]any{
				"pipeline":        w.Name,
				"stateMachineArn": w.StateMachineARN,
				"schedule":        w.Schedule.String(),
				"since":           asl.JSONata(w.lastScheduled()),
			},
		})
	}
	page := func(name string, token any, next string) asl.Task {
		call := asl.ListExecutions(asl.JSONata(`$stateMachineArn`), "SUCCEEDED", 100, token, arns)
		return asl.Task{Name: name, Call: call, Timeout: callTimeout, Retry: patiently(call), Next: next}
	}
	return asl.Machine{
		Comment: "Looks for the success of a pipeline since its last scheduled time",
		Timeout: 15 * time.Minute,
		Flow: asl.Flow{
			asl.Choice{Name: "Which pipeline?", Rules: rules, Otherwise: "Refuse the input"},
			asl.Fail{Name: "Refuse the input", Error: "InvalidInput", Cause: `The input is {"pipeline": "NAME"}, with the name of one that is watched: ` + strings.Join(names, ", ") + `.`},
			page(listed, nil, judged),
			asl.Choice{
				Name: judged,
				Rules: []asl.Rule{
					{Comment: "yes", If: `$count($states.input.Executions[$toMillis(StartDate) >= $toMillis($since)]) > 0`, Next: "It has succeeded"},
					{
						Comment: "there may be more",
						If:      `$type($states.input.NextToken) = 'string' and $count($states.input.Executions[$toMillis(StopDate) < $toMillis($since)]) = 0`,
						Next:    "Wait before the next page",
					},
				},
				Otherwise: none,
			},
			asl.Wait{Name: "Wait before the next page", For: time.Second},
			page("List the next page", asl.JSONata(`$states.input.NextToken`), judged),
			asl.Succeed{Name: "It has succeeded", Output: asl.JSONata(`{
				"pipeline": $pipeline,
				"since": $since,
				"execution": $states.input.Executions[$toMillis(StartDate) >= $toMillis($since)][0].ExecutionArn
			}`)},
			asl.Fail{Name: none, Error: "NoSuccess", Cause: asl.JSONata(`$pipeline & ' (' & $schedule & ') has not succeeded: no execution that began at ' & $since &
				' or later has. Next: see whether its schedule started it, and how that ended: ' & ` + quoted(link) + ` & $stateMachineArn`)},
		},
	}
}

// lastScheduled is the last scheduled time from which the state machine's timeout has passed by now. It does not depend on
// the minute in which the check starts.
func (w Watched) lastScheduled() string {
	const minuteMillis = 60_000
	offset, _ := offsetMinutes(w.Schedule.Offset)
	const thursday = 4 // 1970-01-01
	first := (w.Schedule.shifted(-offset) - thursday*minutesADay + minutesAWeek) % minutesAWeek * minuteMillis
	const weekMillis = minutesAWeek * minuteMillis
	return fmt.Sprintf(`$fromMillis($floor(($toMillis($states.context.Execution.StartTime) - %d) / %d) * %d + %d)`,
		w.Timeout.Milliseconds()+int64(first), weekMillis, weekMillis, first)
}
