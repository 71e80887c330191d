package components

import (
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
)

func TestFaultyWatchdogsAreRefused(t *testing.T) {
	for says, change := range map[string]func(*WatchdogArgs){
		"Watched is empty: give the pipelines to look after":                            func(a *WatchdogArgs) { a.Watched = nil },
		`Watched[0].Name is "": give each a name of its own`:                            func(a *WatchdogArgs) { a.Watched[0].Name = "" },
		`Watched[1].Name is "a.b": give each a name of its own`:                         func(a *WatchdogArgs) { a.Watched[1].Name = "a.b" },
		`Watched[1].Name is "readings": give each a name of its own`:                    func(a *WatchdogArgs) { a.Watched[1].Name = "readings" },
		"digits, _ and -, at most 34":                                                   func(a *WatchdogArgs) { a.Watched[0].Name = strings.Repeat("r", 35) },
		"Watched[0].StateMachineARN is missing":                                         func(a *WatchdogArgs) { a.Watched[0].StateMachineARN = pulumi.StringOutput{} },
		`Watched[1].Schedule: time "24:00"`:                                             func(a *WatchdogArgs) { a.Watched[1].Schedule.At = "24:00" },
		"Watched[0].Schedule has no Weekday: give one, such as SUN; an alarm can":       func(a *WatchdogArgs) { a.Watched[0].Schedule.Weekday = "" },
		"Watched[0].Timeout is 0s: give the state machine's, in whole minutes":          func(a *WatchdogArgs) { a.Watched[0].Timeout = 0 },
		"Watched[0].Timeout is 1m30s: give the state machine's, in whole minutes":       func(a *WatchdogArgs) { a.Watched[0].Timeout = 90 * time.Second },
		"Watched[1].Timeout is 144h1m0s: give the state machine's, in whole minutes, a": func(a *WatchdogArgs) { a.Watched[1].Timeout = 144*time.Hour + time.Minute },
		"Operations.Alerts is missing":                                                  func(a *WatchdogArgs) { a.Operations.Alerts = nil },
	} {
		t.Run(says, func(t *testing.T) { requireRefused(t, watchdogProgram(change), `watchdog "watchdog": `, says) })
	}
	requireRefused(t, func(ctx *pulumi.Context) error {
		_, err := NewWatchdog(ctx, "watchdog", nil)
		return err
	}, "Watched is empty", "Operations.Alerts is missing")
}

// The check of a week comes when a run that started an hour late must have ended, whatever that makes of the day.
func TestAWeekIsCheckedWhenItsRunMustHaveEnded(t *testing.T) {
	d := deploy(t, watchdogProgram(asItIs))
	for pipeline, expected := range map[string]string{
		"readings": "cron(10 21 ? * SAT *)", // Sundays 00:00 +07:00 and 4:10 hours
		"orders":   "cron(30 6 ? * SUN *)",  // Saturdays 22:30 -05:00 and 3:00 hours
	} {
		rule := d.the("cloudwatch.EventRule", "watchdog-"+pipeline+"-trigger")
		require.Equal(t, expected, rule.Inputs["scheduleExpression"])
		target := d.the("cloudwatch.EventTarget", "watchdog-"+pipeline+"-trigger")
		require.Equal(t, d.arn("sfn.StateMachine", "watchdog-machine"), target.Inputs["arn"])
		requireJSON(t, target, "input", `{"pipeline": "`+pipeline+`"}`)
	}
	require.Equal(t, "Has watchdog look whether orders has succeeded: Sundays 01:30 -05:00", d.the("cloudwatch.EventRule", "watchdog-orders-trigger").Inputs["description"])
}

func TestAScheduleThatComesLater(t *testing.T) {
	const at, aWeek = "2006-01-02 15:04", 7 * 24 * time.Hour
	sunday := time.Date(2024, time.June, 2, 0, 0, 0, 0, time.UTC)
	for day, weekday := range weekdays {
		for minute := 0; minute < minutesADay; minute += 17 {
			then := sunday.AddDate(0, 0, day).Add(time.Duration(minute) * time.Minute)
			for _, later := range []time.Duration{0, time.Minute, 59 * time.Minute, 190 * time.Minute, 24 * time.Hour, 145 * time.Hour, aWeek, 8*aWeek + time.Hour} {
				moved := Schedule{Weekday: weekday, At: then.Format("15:04"), Offset: "+05:45"}.after(later)
				expected := then.Add(later)
				if moved != (Schedule{weekdays[expected.Weekday()], expected.Format("15:04"), "+05:45"}) {
					t.Fatalf("%s and %s: %v", then.Format(at), later, moved)
				}
			}
		}
	}
	require.Equal(t, Schedule{"", "00:30", "+07:00"}, Schedule{"", "23:00", "+07:00"}.after(90*time.Minute))
}

// It reads the lists of what it watches, and nothing else of them.
func TestTheWatchdogListsExecutionsOnly(t *testing.T) {
	var reached []any
	for _, statement := range object(t, deploy(t, watchdogProgram(asItIs)).the("iam.RolePolicy", "watchdog-role"), "policy")["Statement"].([]any) {
		if granted := statement.(map[string]any); !strings.HasPrefix(granted["Action"].([]any)[0].(string), "logs:") {
			require.Equal(t, []any{"states:ListExecutions"}, granted["Action"])
			reached = append(reached, granted["Resource"].([]any)...)
		}
	}
	require.Equal(t, []any{
		"arn:aws:states:eu-west-1:123456789012:stateMachine:crawl", "arn:aws:states:eu-west-1:123456789012:stateMachine:weekly",
	}, reached)
}

// Whoever gets the alert finds there which pipeline it is about, and how to have it looked at anew.
func TestAFailedCheckSaysWhatToDo(t *testing.T) {
	d := deploy(t, watchdogProgram(asItIs))
	requireJSON(t, d.the("cloudwatch.EventRule", "watchdog-failed"), "eventPattern", `{
		"source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"],
		"detail": {"stateMachineArn": ["{machine}"], "status": ["FAILED", "TIMED_OUT", "ABORTED"]}
	}`, "{machine}", d.arn("sfn.StateMachine", "watchdog-machine"))
	transformer := d.the("cloudwatch.EventTarget", "watchdog-failed").Inputs["inputTransformer"].(map[string]any)
	require.Equal(t, []string{
		`"<status>: execution <execution> of watchdog, at <time>."`,
		`"Open https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/<arn> to see which pipeline has not succeeded since its schedule, or why that cannot be told."`,
		`"Next: see how that pipeline's last execution ended, put that right and start it again; when it has succeeded, New execution there looks anew."`,
	}, strings.Split(transformer["inputTemplate"].(string), "\n"))

	states := object(t, d.the("sfn.StateMachine", "watchdog-machine"), "definition")["States"].(map[string]any)
	failed := states["It has not succeeded"].(map[string]any)
	require.Equal(t, "NoSuccess", failed["Error"])
	require.Contains(t, failed["Cause"], "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/statemachines/view/")
	require.Contains(t, states["Refuse the input"].(map[string]any)["Cause"], "readings, orders")
}

// Each check has a queue of its own for starts that could not be delivered, and an alarm on it.
func TestAStartOfAnyCheckIsNotLost(t *testing.T) {
	d := deploy(t, watchdogProgram(asItIs))
	for _, check := range []string{"watchdog-readings", "watchdog-orders"} {
		queue := d.the("sqs.Queue", check+"-dead-letters")
		require.Equal(t, map[string]any{"arn": queue.Outputs["arn"]}, d.the("cloudwatch.EventTarget", check+"-trigger").Inputs["deadLetterConfig"])
		require.Equal(t, map[string]any{"QueueName": queue.Outputs["name"]}, d.the("cloudwatch.MetricAlarm", check+"-trigger-alarm").Inputs["dimensions"])
	}
}
