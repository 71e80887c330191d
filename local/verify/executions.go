package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"datalake/local/engine"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// machine is a state machine of the deployed stack.
type machine struct {
	name, arn string
	express   bool
	// known are the executions that there were before.
	known map[string]bool
}

// execution is how an execution of the deployed stack ended: failure is its error and cause, how what started it.
type execution struct {
	arn, status, failure, how string
	seconds                   float64
}

// direct has StartSyncExecution call an address as it is: it takes no sync- before it.
func direct(local bool) func(*sfn.Options) {
	return func(o *sfn.Options) {
		if !local {
			return
		}
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("direct", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
			}), middleware.Before)
		})
	}
}

// executions has every machine that ran here run on AWS, in the same order and with the same input: what a rule started here, a
// rule has to start there.
func (v *verification) executions(ctx context.Context) {
	if err := v.remember(ctx); err != nil {
		v.refused("executions", "", err)
		return
	}
	copied, done := false, map[string]bool{}
	for _, here := range v.Report.Executions {
		machine, deployed := v.machines[here.StateMachine]
		if done[here.StateMachine] || !deployed || ctx.Err() != nil {
			continue
		}
		chained := strings.HasPrefix(here.Trigger, "rule ") && len(done) > 0
		done[here.StateMachine] = true
		if here.Trigger != "start" && !copied { // what makes a sample has made it by now
			v.copy(ctx)
			copied = true
		}
		ended, err := v.execute(ctx, machine, here, chained)
		what := "execution " + here.StateMachine
		as := fmt.Sprintf("%s after %.0f s, by %s", here.Status, here.VirtualSeconds, here.Trigger)
		if err != nil {
			v.refused(what, as, err)
			continue
		}
		next := fmt.Sprintf("see its history, aws stepfunctions get-execution-history --execution-arn %s%s", ended.arn, ended.failure)
		var differences []string
		if ended.status != here.Status {
			differences = append(differences, "it ended "+ended.status)
		}
		if chained && ended.how != byRule {
			differences = append(differences, "no rule started it within "+v.Patience.String())
			next = "see that the rule of " + here.StateMachine + " is enabled, and what its dead-letter queue holds"
		}
		v.compare(what, fmt.Sprintf("%s after %.0f s, %s", ended.status, ended.seconds, ended.how), as, differences, next)
		v.messages(ctx, machine, ended)
	}
	for _, name := range slices.Sorted(maps.Keys(v.machines)) {
		if !done[name] {
			v.add(Check{"execution " + name, "not started", "did not run", NotChecked, fmt.Sprintf("run the whole stack here first: make local STACK=%s", v.Name)})
		}
	}
}

// remember notes which executions there are already.
func (v *verification) remember(ctx context.Context) error {
	for name, machine := range v.machines {
		machine.known = map[string]bool{}
		if !machine.express {
			latest, err := v.latest(ctx, machine)
			if err != nil {
				return err
			}
			for _, arn := range latest {
				machine.known[arn] = true
			}
		}
		v.machines[name] = machine
	}
	return nil
}

// latest are the ARNs of a machine's latest executions, the newest first.
func (v *verification) latest(ctx context.Context, m machine) (arns []string, err error) {
	listed, err := v.sfn.ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: &m.arn})
	if err != nil {
		return nil, fmt.Errorf("list the executions of %s: %w", m.name, err)
	}
	for _, x := range listed.Executions {
		arns = append(arns, *x.ExecutionArn)
	}
	return arns, nil
}

const byRule, byUs = "started by its rule", "started by verify"

// execute has a machine run to its end.
func (v *verification) execute(ctx context.Context, m machine, here engine.ExecutionReport, chained bool) (execution, error) {
	input := v.translate(string(here.Input))
	if m.express {
		v.Progress("Running %s", m.name)
		ended, err := v.sfn.StartSyncExecution(ctx, &sfn.StartSyncExecutionInput{StateMachineArn: &m.arn, Input: &input})
		if err != nil {
			return execution{}, err
		}
		return execution{
			*ended.ExecutionArn, string(ended.Status), failure(ended.Error, ended.Cause), byUs, ended.StopDate.Sub(*ended.StartDate).Seconds(),
		}, nil
	}
	x := execution{how: byUs}
	if chained {
		v.Progress("Waiting for the rule that starts %s", m.name)
		arn, err := v.awaitRule(ctx, m)
		if err != nil {
			return x, err
		}
		if arn != "" {
			x.arn, x.how = arn, byRule
		}
	}
	if x.arn == "" {
		var err error
		if x.arn, err = v.start(ctx, m, input); err != nil {
			return x, err
		}
	}
	v.Progress("Waiting for %s to end", m.name)
	for {
		described, err := v.sfn.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &x.arn})
		if err != nil {
			return x, err
		}
		if described.Status != types.ExecutionStatusRunning {
			x.status, x.failure = string(described.Status), failure(described.Error, described.Cause)
			x.seconds = described.StopDate.Sub(*described.StartDate).Seconds()
			return x, nil
		}
		if err := wait(ctx, v.Poll); err != nil {
			return x, err
		}
	}
}

// start starts an execution, by a name of its own: when the answer is lost, the client asks again, and nothing is started twice.
func (v *verification) start(ctx context.Context, m machine, input string) (arn string, err error) {
	name := "verify-" + time.Now().UTC().Format("20060102T150405.000000000")
	started, err := v.sfn.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &m.arn, Name: &name, Input: &input})
	var exists *types.ExecutionAlreadyExists
	switch {
	case errors.As(err, &exists): // it has ended already
		return strings.Replace(m.arn, ":stateMachine:", ":execution:", 1) + ":" + name, nil
	case err != nil:
		return "", err
	}
	return *started.ExecutionArn, nil
}

// awaitRule waits for an execution that nobody has seen before, and gives none when patience ends.
func (v *verification) awaitRule(ctx context.Context, m machine) (arn string, err error) {
	for waited := time.Duration(0); ; waited += v.Poll {
		latest, err := v.latest(ctx, m)
		if err != nil {
			return "", err
		}
		if i := slices.IndexFunc(latest, func(arn string) bool { return !m.known[arn] }); i >= 0 {
			return latest[i], nil
		}
		if waited >= v.Patience {
			return "", nil
		}
		if err := wait(ctx, v.Poll); err != nil {
			return "", err
		}
	}
}

func wait(ctx context.Context, duration time.Duration) error {
	select {
	case <-time.After(duration):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func failure(name, cause *string) string {
	if name == nil {
		return ""
	}
	return fmt.Sprintf(" (%s: %s)", *name, aws.ToString(cause))
}

// translate puts the deployed stack's names in the place of those that the program has here.
func (v *verification) translate(text string) string {
	var pairs []string
	for name, here := range v.Program.Exports {
		deployed := v.output(name)
		for key, was := range texts(here) {
			if is := deployed[key]; is != "" {
				pairs = append(pairs, was, is)
			}
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
