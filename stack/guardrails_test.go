package stack

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"datalake/internal/mockaws"

	"github.com/stretchr/testify/require"
)

// guardrail is a rule that everything registered for every committed stack keeps.
type guardrail struct {
	// rule is what holds, reason why, and source who says so: a page, or a control of AWS Security Hub by its id.
	rule, reason, source string
	// violations names each resource that breaks the rule, and how.
	violations func(d *deployment) []string
	// breaches are changes that the rule must notice.
	breaches []breach
}

// breach breaks a rule in a copy of a committed stack's deployment.
type breach struct {
	stack  string
	change change
	// found is what is to be found, no more and no less: a violation, or one a line.
	found string
}

// deployment is what rules judge: a stack file, and what the program registered for it.
type deployment struct {
	*mockaws.Evaluation
	stack *mockaws.Stack
}

var guardrails = slices.Concat(
	storageGuardrails,
	encryptionGuardrails,
	accessGuardrails,
	permissionGuardrails,
	trustGuardrails,
	machineGuardrails,
	crawlerGuardrails,
	jobGuardrails,
	deliveryGuardrails,
	scheduleGuardrails,
	alarmGuardrails,
	successGuardrails,
	dashboardGuardrails,
	accountGuardrails,
	environmentGuardrails,
	nameGuardrails,
	networkGuardrails,
	typeGuardrails,
)

func TestGuardrails(t *testing.T) {
	for _, rail := range guardrails {
		t.Run(rail.rule, func(t *testing.T) {
			for _, stack := range []string{"dev", "prod"} {
				require.Empty(t, rail.violations(deploy(t, stack)), "%s: %s\n%s", stack, rail.reason, rail.source)
			}
		})
	}
}

// Each rule notices what it is for: a rule that nothing can break proves nothing.
func TestGuardrailsNoticeWhatBreaksThem(t *testing.T) {
	for _, rail := range guardrails {
		require.NotEmpty(t, rail.breaches, rail.rule)
		for i, b := range rail.breaches {
			t.Run(fmt.Sprintf("%s/%d", rail.rule, i), func(t *testing.T) {
				d := deploy(t, b.stack)
				b.change(d)
				require.Equal(t, b.found, strings.Join(rail.violations(d), "\n"))
			})
		}
	}
}

// A stack file that asks for less than production needs is noticed too.
func TestGuardrailsNoticeAWeakProduction(t *testing.T) {
	for key, value := range map[string]string{
		"datalake:alertQueue":   "false",
		"datalake:customerKey":  "false",
		"datalake:logDays":      "90",
		"datalake:logPayloads":  "true",
		"datalake:protect":      "false",
		"datalake:datasets":     `[{"name": "usage", "prefix": "data/daily-user-summaries/", "schedule": "01:00", "sample": true}]`,
		"datalake:tracing":      "false",
		"aws:allowedAccountIds": `["111122223333"]`,
		"aws:defaultTags":       "{}",
	} {
		t.Run(key, func(t *testing.T) {
			stack := deploy(t, "prod").stack
			stack.Config[key] = value
			evaluation, err := mockaws.Evaluate(Deploy, stack, false)
			require.NoError(t, err)
			noticed := slices.ContainsFunc(guardrails, func(rail guardrail) bool {
				return len(rail.violations(&deployment{evaluation, stack})) > 0
			})
			require.True(t, noticed, "no guardrail notices %s: %s", key, value)
		})
	}
}

func TestGuardrailsGiveReasons(t *testing.T) {
	seen := map[string]bool{}
	for _, rail := range guardrails {
		require.False(t, seen[rail.rule], "%s: a rule stands once", rail.rule)
		seen[rail.rule] = true
		require.NotEmpty(t, rail.reason, rail.rule)
		require.Regexp(t, `^(https://\S+|[A-Za-z0-9]+\.[0-9]+)( (https://\S+|[A-Za-z0-9]+\.[0-9]+))*$`, rail.source, rail.rule)
	}
}

// deploy evaluates a committed stack as applied, once; what it returns may be changed by a [change].
func deploy(t *testing.T, name string) *deployment {
	t.Helper()
	d, evaluated := deployed[name]
	if !evaluated {
		stack, err := mockaws.LoadStack("..", name)
		require.NoError(t, err)
		evaluation, err := mockaws.Evaluate(Deploy, stack, false)
		require.NoError(t, err)
		d = deployment{evaluation, stack}
		deployed[name] = d
	}
	evaluation, stack := *d.Evaluation, *d.stack
	evaluation.Resources, stack.Config = slices.Clone(evaluation.Resources), maps.Clone(stack.Config)
	return &deployment{&evaluation, &stack}
}

var deployed = map[string]deployment{}

// devStack is the committed dev stack's file, which production is compared with.
var devStack = sync.OnceValues(func() (*mockaws.Stack, error) { return mockaws.LoadStack("..", "dev") })

// asks tells whether the environment is to have what a setting switches on; production has it whatever the file says.
func (d *deployment) asks(setting string) bool {
	return d.isProduction() || d.stack.Config["datalake:"+setting] == "true"
}

func (d *deployment) isProduction() bool { return d.stack.Name == "prod" }

// hasKey tells whether the environment is to have a customer key, be it one of its own.
func (d *deployment) hasKey() bool { return d.asks("customerKey") || d.given("kmsKeyArn") != "" }

// hasNetwork tells whether jobs run in a network.
func (d *deployment) hasNetwork() bool {
	return d.given("privateNetwork") == "true" || d.given("glueConnection") != ""
}

// given is a setting's text.
func (d *deployment) given(setting string) string { return d.stack.Config["datalake:"+setting] }

// key is the ARN of the customer key, if the stack has one.
func (d *deployment) key() string {
	if given := d.given("kmsKeyArn"); given != "" {
		return given
	}
	for _, key := range d.Find(keyType) {
		return key.Outputs["arn"].(string)
	}
	return ""
}

// alertsTopic is the ARN of the topic that is notified of failures.
func (d *deployment) alertsTopic() string { return textAt(d.Exports, "topics", "alerts") }

// lookup finds the resource of a type whose output has a value.
func (d *deployment) lookup(token, output, value string) (found mockaws.Resource, has bool) {
	for _, r := range d.Find(token) {
		if r.Outputs[output] == value {
			return r, true
		}
	}
	return found, false
}

// each judges every resource of a type.
func each(token string, judge func(d *deployment, r mockaws.Resource) []string) func(*deployment) []string {
	return func(d *deployment) (violations []string) {
		for _, r := range d.Find(token) {
			for _, fault := range judge(d, r) {
				violations = append(violations, label(r)+": "+fault)
			}
		}
		return violations
	}
}

// eachBucket judges every bucket with the one resource of a type that belongs to it.
func eachBucket(token string, judge func(d *deployment, bucket, side mockaws.Resource) []string) func(*deployment) []string {
	return each(bucketType, func(d *deployment, bucket mockaws.Resource) []string {
		sides := belonging(d, token, "bucket", bucket.Outputs["bucket"])
		if len(sides) != 1 {
			return []string{fmt.Sprintf("has %d %s, not one", len(sides), shortType(token))}
		}
		return judge(d, bucket, sides[0])
	})
}

// belonging are the resources of a type whose input refers to another's output.
func belonging(d *deployment, token, input string, output any) (found []mockaws.Resource) {
	for _, r := range d.Find(token) {
		if r.Inputs[input] == output {
			found = append(found, r)
		}
	}
	return found
}

// all joins rules about several types into one.
func all(rules ...func(*deployment) []string) func(*deployment) []string {
	return func(d *deployment) (violations []string) {
		for _, rule := range rules {
			violations = append(violations, rule(d)...)
		}
		return violations
	}
}

// unless is a fault that there is if something does not hold.
func unless(holds bool, format string, values ...any) []string {
	if holds {
		return nil
	}
	return []string{fmt.Sprintf(format, values...)}
}

// label names a resource in a violation, such as "Queue alerts-queue".
func label(r mockaws.Resource) string { return shortType(r.Type) + " " + r.Name }

func shortType(token string) string { return token[strings.LastIndex(token, ":")+1:] }
