package stack

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"datalake/asl"
	"datalake/internal/mockaws"

	"github.com/stretchr/testify/require"
)

// evaluate runs the program as committed, for one of the committed stacks.
func evaluate(t testing.TB, stack string, preview bool) *mockaws.Evaluation {
	t.Helper()
	loaded, err := mockaws.LoadStack("..", stack)
	require.NoError(t, err)
	evaluation, err := mockaws.Evaluate(Deploy, loaded, preview)
	require.NoError(t, err)
	return evaluation
}

// everywhere runs a test on both stacks, in preview and in apply.
func everywhere(t *testing.T, test func(t *testing.T, evaluation *mockaws.Evaluation, preview bool)) {
	for _, stack := range []string{"dev", "prod"} {
		for mode, preview := range map[string]bool{"preview": true, "apply": false} {
			t.Run(stack+"/"+mode, func(t *testing.T) { test(t, evaluate(t, stack, preview), preview) })
		}
	}
}

func TestEveryResourceHasItsPlace(t *testing.T) {
	everywhere(t, func(t *testing.T, evaluation *mockaws.Evaluation, _ bool) {
		require.Empty(t, outOfPlace(evaluation))
	})
}

// outOfPlace says which URNs are used twice, and which children do not carry the name of a component.
func outOfPlace(evaluation *mockaws.Evaluation) (faults []string) {
	byURN := map[string]mockaws.Resource{}
	for _, r := range evaluation.Resources {
		_, used := byURN[r.URN]
		faults = append(faults, unless(!used, "%s: the URN is used twice", r.URN)...)
		byURN[r.URN] = r
	}
	for _, r := range evaluation.Resources {
		parent, known := byURN[r.Parent]
		if r.Custom {
			sound := known && !parent.Custom && strings.HasPrefix(r.Name, parent.Name+"-")
			faults = append(faults, unless(sound, "%s: is not the child of a component whose name it carries", r.URN)...)
		}
		faults = append(faults, unless(r.Parent != "", "%s: has no parent", r.URN)...)
	}
	return faults
}

func TestPreviewAndApplyRegisterTheSame(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		urns := func(preview bool) (urns []string) {
			for _, r := range evaluate(t, stack, preview).Resources {
				urns = append(urns, r.URN)
			}
			return urns
		}
		require.Equal(t, urns(false), urns(true), stack)
	}
}

func TestWhatUsesARoleWaitsForItsPolicy(t *testing.T) {
	everywhere(t, func(t *testing.T, evaluation *mockaws.Evaluation, preview bool) {
		if preview {
			return // ARNs are unknown there; the options do not differ
		}
		policies := map[string]string{} // a role's ARN → its policy's URN
		for _, role := range evaluation.Find("aws:iam/role:Role") {
			for _, policy := range evaluation.Find("aws:iam/rolePolicy:RolePolicy") {
				if policy.Inputs["role"] == role.Outputs["name"] {
					policies[role.Outputs["arn"].(string)] = policy.URN
				}
			}
		}
		users := 0
		for _, r := range evaluation.Resources {
			for _, key := range []string{"roleArn", "role"} {
				if arn, is := r.Inputs[key].(string); is && strings.HasPrefix(arn, "arn:") {
					users++
					require.Contains(t, policies, arn, "%s uses a role that has a policy", r.URN)
					require.Contains(t, r.Dependencies, policies[arn], "%s waits for the policy of its role", r.URN)
				}
			}
		}
		require.GreaterOrEqual(t, users, 5)
	})
}

// jsonInputs are the inputs that AWS reads as JSON.
var jsonInputs = []string{"policy", "assumeRolePolicy", "definition", "eventPattern", "configuration"}

func TestJSONInputsParse(t *testing.T) {
	everywhere(t, func(t *testing.T, evaluation *mockaws.Evaluation, _ bool) {
		parsed, faults := malformed(evaluation)
		require.Empty(t, faults)
		require.Greater(t, parsed, 5)
	})
}

// malformed says which JSON inputs are none, and counts those that are known.
func malformed(evaluation *mockaws.Evaluation) (known int, faults []string) {
	for _, r := range evaluation.Resources {
		for _, key := range jsonInputs {
			text, is := r.Inputs[key].(string)
			if !is || text == mockaws.Unknown {
				continue
			}
			known++
			faults = append(faults, unless(json.Valid([]byte(text)), "%s: %s is no JSON: %s", r.URN, key, text)...)
			faults = append(faults, unless(!strings.Contains(text, `\u00`), "%s: %s holds HTML escapes: %s", r.URN, key, text)...)
		}
	}
	return known, faults
}

var completeARN = regexp.MustCompile(`^arn:aws:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12})?:[^:\s].*$`)

func TestNoARNIsEmpty(t *testing.T) {
	everywhere(t, func(t *testing.T, evaluation *mockaws.Evaluation, _ bool) {
		require.Empty(t, incompleteARNs(evaluation))
	})
}

// incompleteARNs says which ARNs lack a part, those in JSON among them. A service integration's names neither region nor
// account, and AWS's own policies have no account.
func incompleteARNs(evaluation *mockaws.Evaluation) (faults []string) {
	for _, r := range evaluation.Resources {
		for key, value := range r.Inputs {
			empty := strings.HasSuffix(strings.ToLower(key), "arn") && value == ""
			faults = append(faults, unless(!empty, "%s: %s is empty", r.URN, key)...)
			for _, text := range texts(value) {
				inner := []string{text}
				var document any
				if slices.Contains(jsonInputs, key) && json.Unmarshal([]byte(text), &document) == nil {
					inner = texts(document)
				}
				for _, arn := range inner {
					complete := !strings.HasPrefix(arn, "arn:") || completeARN.MatchString(arn) ||
						strings.HasPrefix(arn, "arn:aws:states:::") || strings.HasPrefix(arn, "arn:aws:iam::aws:policy/")
					faults = append(faults, unless(complete, "%s: %s holds the ARN %q", r.URN, key, arn)...)
				}
			}
		}
	}
	return faults
}

// texts are all the strings in a tree.
func texts(value any) (found []string) {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		for _, element := range v {
			found = append(found, texts(element)...)
		}
	case map[string]any:
		for _, element := range v {
			found = append(found, texts(element)...)
		}
	}
	return found
}

// A statement on "*" is allowed where AWS leaves no choice, and there alone.
func TestRolesAreScoped(t *testing.T) {
	unscoped := regexp.MustCompile(`^(logs:(CreateLogDelivery|GetLogDelivery|UpdateLogDelivery|DeleteLogDelivery|ListLogDeliveries|PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups)|xray:.*|lakeformation:GetDataAccess|cloudwatch:PutMetricData)$`)
	for _, stack := range []string{"dev", "prod"} {
		for _, r := range evaluate(t, stack, false).Find("aws:iam/rolePolicy:RolePolicy") {
			var policy struct {
				Statement []struct{ Action, Resource []string }
			}
			require.NoError(t, json.Unmarshal([]byte(r.Inputs["policy"].(string)), &policy))
			for _, statement := range policy.Statement {
				for _, action := range statement.Action {
					require.NotContains(t, action, "*", r.URN)
					if slices.Contains(statement.Resource, "*") {
						require.Regexp(t, unscoped, action, r.URN)
					}
				}
			}
		}
	}
}

// A Retry or Catch that names what cannot be raised would never match.
func TestEveryErrorNameCanBeRaised(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		named := 0
		for _, machine := range evaluate(t, stack, false).Find("aws:sfn/stateMachine:StateMachine") {
			walkStates(at(machine.Inputs, "definition"), func(name string, state map[string]any) {
				_, integration, calls := strings.Cut(textAt(state, "Resource"), ":::")
				for _, field := range []string{"Retry", "Catch"} {
					handlers, _ := state[field].([]any)
					for _, handler := range handlers {
						for _, errorName := range at(handler, "ErrorEquals").([]any) {
							named++
							if calls {
								require.True(t, asl.Call{Integration: integration}.Raises(errorName.(string)), "%s: %s: %s", machine.URN, name, errorName)
							} else {
								require.Equal(t, "States.ALL", errorName, "%s: %s", machine.URN, name)
							}
						}
					}
				}
			})
		}
		require.Greater(t, named, 50)
	}
}

// walkStates visits the states of a flow and of those inside it.
func walkStates(flow any, visit func(name string, state map[string]any)) {
	if text, is := flow.(string); is {
		flow = parse(text)
	}
	states, _ := at(flow, "States").(map[string]any)
	for name, state := range states {
		visit(name, state.(map[string]any))
		walkStates(at(state, "ItemProcessor"), visit)
		branches, _ := at(state, "Branches").([]any)
		for _, branch := range branches {
			walkStates(branch, visit)
		}
	}
}

func TestExportsNameWhatComesNext(t *testing.T) {
	exports := evaluate(t, "dev", false).Exports
	for name, keys := range map[string][]string{
		"buckets":   {"artifacts", "logs", "processed", "results", "source"},
		"databases": {"usage"},
		"topics":    {"alerts", "results"},
		"schedules": {"crawl-dataset"},
		"machines":  {"crawl-dataset", "create-dataset", "execute-queries"},
	} {
		for _, key := range keys {
			require.NotEmpty(t, exports[name].(map[string]any)[key], "%s.%s", name, key)
		}
	}
	require.NotEmpty(t, exports["workgroup"])
	require.Equal(t, "datalake-dev", exports["dashboard"])
	require.Equal(t, "Daily 01:00 +07:00", exports["schedules"].(map[string]any)["crawl-dataset"])
	require.NotContains(t, evaluate(t, "prod", false).Exports["machines"], "create-dataset", "prod has no sample data")
}

func BenchmarkDeploy(b *testing.B) {
	for b.Loop() {
		evaluate(b, "dev", false)
	}
}

// With a private network, the job is put into it.
func TestThePrivateNetworkTakesTheJob(t *testing.T) {
	loaded, err := mockaws.LoadStack("..", "prod")
	require.NoError(t, err)
	loaded.Config["datalake:privateNetwork"] = "true"
	evaluation, err := mockaws.Evaluate(Deploy, loaded, false)
	require.NoError(t, err)
	connections := evaluation.Find("aws:glue/connection:Connection")
	require.Len(t, connections, 1)
	job := evaluation.Find("aws:glue/job:Job")[0]
	require.Equal(t, []any{connections[0].Outputs["name"]}, job.Inputs["connections"])
	require.Contains(t, job.Dependencies, connections[0].URN)
	require.Empty(t, evaluate(t, "prod", false).Find("aws:glue/connection:Connection"), "only where it is asked for")
}
