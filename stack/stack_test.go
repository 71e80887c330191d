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
		byURN := map[string]mockaws.Resource{}
		for _, r := range evaluation.Resources {
			require.NotContains(t, byURN, r.URN, "a URN is used once")
			byURN[r.URN] = r
		}
		for _, r := range evaluation.Resources {
			require.NotEmpty(t, r.Parent, r.URN)
			if r.Custom {
				parent, known := byURN[r.Parent]
				require.True(t, known, "%s is the child of a component", r.URN)
				require.False(t, parent.Custom, r.URN)
				require.True(t, strings.HasPrefix(r.Name, parent.Name+"-"), "%s carries the name of %s", r.URN, parent.Name)
			}
		}
	})
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
		parsed := 0
		for _, r := range evaluation.Resources {
			for _, key := range jsonInputs {
				text, is := r.Inputs[key].(string)
				if !is || text == mockaws.Unknown {
					continue
				}
				parsed++
				require.True(t, json.Valid([]byte(text)), "%s: %s", r.URN, key)
				require.NotContains(t, text, `\u00`, "%s: %s holds no HTML escapes", r.URN, key)
			}
		}
		require.Greater(t, parsed, 5)
	})
}

var completeARN = regexp.MustCompile(`^arn:aws:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12})?:[^:\s].*$`)

func TestNoARNIsEmpty(t *testing.T) {
	everywhere(t, func(t *testing.T, evaluation *mockaws.Evaluation, preview bool) {
		for _, r := range evaluation.Resources {
			for key, value := range r.Inputs {
				if strings.HasSuffix(strings.ToLower(key), "arn") && value != nil {
					require.NotEmpty(t, value, "%s: %s", r.URN, key)
				}
				for _, text := range texts(value) {
					var document any
					if slices.Contains(jsonInputs, key) && json.Unmarshal([]byte(text), &document) == nil {
						for _, inner := range texts(document) {
							requireARN(t, r, inner)
						}
						continue
					}
					requireARN(t, r, text)
				}
			}
		}
	})
}

func requireARN(t *testing.T, r mockaws.Resource, text string) {
	t.Helper()
	// A service integration's ARN names neither region nor account.
	if strings.HasPrefix(text, "arn:") && !strings.HasPrefix(text, "arn:aws:states:::") {
		require.Regexp(t, completeARN, text, r.URN)
	}
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
