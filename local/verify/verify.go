// Package verify compares a stack that is deployed on AWS with what the same stack did on this machine: it has AWS judge its
// definitions and policies, starts its state machines, and looks at what comes of them.
package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/engine"
	"datalake/local/objects"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// Stack is one stack, deployed and here.
type Stack struct {
	Name string
	// Program is what the program registers, as an evaluation without an account shows it.
	Program *mockaws.Evaluation
	// Outputs are the deployed stack's, as `pulumi stack output --json` prints them.
	Outputs map[string]any
	// Report is what the last run on this machine did.
	Report *engine.Report
	// Objects are those of that run. Those of its source bucket that the deployed one lacks are copied there first; nil copies
	// nothing.
	Objects *objects.Store
}

// Verdict is what came of a check.
type Verdict string

// The verdicts. Only what differs is a fault.
const (
	Same    Verdict = "same"
	Differs Verdict = "differs"
	// Sent is what a person has to look for.
	Sent Verdict = "sent"
	// NotChecked is what the endpoint does not carry out.
	NotChecked Verdict = "not checked"
)

// Check is one thing that was looked at.
type Check struct {
	What string
	// Deployed and Here are what was found on AWS and on this machine, in a few words.
	Deployed, Here string
	Verdict        Verdict
	// Next is what to do about it, empty for nothing.
	Next string
}

// Verifier asks AWS.
type Verifier struct {
	// Poll is the time between two looks at an execution, Patience how long a rule may take to start one.
	Poll, Patience time.Duration
	// Progress is told what is being done, in a line each.
	Progress func(format string, args ...any)

	accessanalyzer *accessanalyzer.Client
	glue           *glue.Client
	s3             *s3.Client
	sfn            *sfn.Client
	sns            *sns.Client
	sts            *sts.Client
}

// New makes a verifier that asks AWS, or the endpoint that the settings name.
func New(settings aws.Config) *Verifier {
	local := settings.BaseEndpoint != nil
	return &Verifier{
		Poll:           2 * time.Second,
		Patience:       2 * time.Minute,
		Progress:       func(string, ...any) {},
		accessanalyzer: accessanalyzer.NewFromConfig(settings),
		glue:           glue.NewFromConfig(settings),
		s3:             s3.NewFromConfig(settings, func(o *s3.Options) { o.UsePathStyle = local }),
		sfn:            sfn.NewFromConfig(settings, direct(local)),
		sns:            sns.NewFromConfig(settings),
		sts:            sts.NewFromConfig(settings),
	}
}

// verification is the work on one stack.
type verification struct {
	*Verifier
	Stack
	machines map[string]machine // by logical name
	checks   []Check
}

// Verify looks at all there is to see, and gives what it found in the order in which it looked. What AWS refuses is a check
// that differs. It is an error if the stack is not the one that the credentials are for, or if the context ends; executions
// that were started go on.
func (v *Verifier) Verify(ctx context.Context, stack Stack) ([]Check, error) {
	on := &verification{Verifier: v, Stack: stack}
	if err := on.meet(ctx); err != nil {
		return nil, err
	}
	for _, look := range []func(context.Context){on.definitions, on.policies, on.executions, on.tables, on.alert} {
		if look(ctx); ctx.Err() != nil {
			return on.checks, fmt.Errorf("verify stack %s: %w; executions that were started go on", stack.Name, context.Cause(ctx))
		}
	}
	return on.checks, nil
}

// meet finds the stack's machines, and sees that the credentials are for its account.
func (v *verification) meet(ctx context.Context) error {
	v.machines = map[string]machine{}
	for name, arn := range v.output("machines") {
		v.machines[name] = machine{name: name, arn: arn}
	}
	if len(v.machines) == 0 {
		return fmt.Errorf("verify stack %s: its output machines is empty: deploy it with pulumi up first", v.Name)
	}
	here := slices.Sorted(maps.Keys(texts(v.Program.Exports["machines"])))
	if deployed := slices.Sorted(maps.Keys(v.machines)); !slices.Equal(here, deployed) {
		v.differ("state machines", strings.Join(deployed, ", "), strings.Join(here, ", "), "deploy this commit: pulumi up --stack "+v.Name)
	}
	caller, err := v.sts.GetCallerIdentity(ctx, nil)
	if err != nil {
		return fmt.Errorf("ask AWS whose credentials these are: %w", err)
	}
	for name, machine := range v.machines {
		parts := strings.Split(machine.arn, ":")
		if len(parts) != 7 || parts[4] != *caller.Account {
			return fmt.Errorf("verify stack %s: the credentials are for account %s, and %s is %s: take credentials of its account", v.Name, *caller.Account, name, machine.arn)
		}
	}
	v.Progress("Verifying stack %s in account %s as %s", v.Name, *caller.Account, *caller.Arn)
	return nil
}

// output is one of the stack's outputs that map logical names to texts.
func (v *verification) output(name string) map[string]string { return texts(v.Outputs[name]) }

func texts(output any) map[string]string {
	found := map[string]string{}
	values, _ := output.(map[string]any)
	for name, value := range values {
		if text, is := value.(string); is {
			found[name] = text
		}
	}
	return found
}

func (v *verification) add(c Check) { v.checks = append(v.checks, c) }

func (v *verification) differ(what, deployed, here, next string) {
	v.add(Check{what, deployed, here, Differs, next})
}

// compare adds a check of two descriptions, which are the same if there are no differences.
func (v *verification) compare(what, deployed, here string, differences []string, next string) {
	if len(differences) == 0 {
		v.add(Check{What: what, Deployed: deployed, Here: here, Verdict: Same})
		return
	}
	v.differ(what, deployed, here, shortened(differences)+": "+next)
}

// refused adds a check that AWS did not answer.
func (v *verification) refused(what, here string, err error) {
	var failure smithy.APIError
	if errors.As(err, &failure) && slices.Contains([]string{"UnknownOperationException", "InvalidAction", "NotImplemented"}, failure.ErrorCode()) {
		v.add(Check{what, failure.ErrorCode(), here, NotChecked, failure.ErrorMessage()})
		return
	}
	v.differ(what, "no answer", here, err.Error())
}

// alert publishes a test alert.
func (v *verification) alert(ctx context.Context) {
	const what = "test alert"
	topic := v.output("topics")["alerts"]
	subject := "datalake " + v.Name + ": test alert"
	sent, err := v.sns.Publish(ctx, &sns.PublishInput{
		TopicArn: &topic, Subject: &subject,
		Message: aws.String("This is a test by make verify: alerts of stack " + v.Name + " reach you.\n\nNext: nothing, but to say so to whoever ran it."),
	})
	if err != nil {
		v.refused(what, "", err)
		return
	}
	v.add(Check{what, "message " + *sent.MessageId, "", Sent, fmt.Sprintf("ask each subscriber of %s for the message %q; who has none has not confirmed the subscription", topic, subject)})
}
