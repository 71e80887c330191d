package stack

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"datalake/internal/mockaws"
	"datalake/internal/randomstack"

	"github.com/stretchr/testify/require"
)

var (
	randomStacks = flag.Uint64("random", 50, "how many stacks are drawn at random")
	seed         = flag.Uint64("seed", 1, "the seed of what is drawn at random")
)

// Whatever a stack file says, the program registers what every guardrail holds for, or refuses it with the settings that are
// at fault. What fails is printed as a stack file, as small as it gets.
func TestRandomStacks(t *testing.T) {
	taken, refused := 0, 0
	used := map[string]bool{} // settings, and keys of datasets, of stacks that were accepted
	for number := range *randomStacks {
		drawn := randomstack.Draw(*seed, number)
		t.Run(fmt.Sprint(number), func(t *testing.T) {
			if faults := judge(drawn); len(faults) > 0 {
				small := drawn.Shrink(func(s randomstack.Stack) bool { return len(judge(s)) > 0 })
				t.Errorf("stack %d of seed %d:\n%s\nas small as it gets:\n%s\nPulumi.%s.yaml:\n%s",
					number, *seed, strings.Join(faults, "\n"), strings.Join(judge(small), "\n"), small.Name, small.File())
			}
		})
		if len(drawn.Faults) > 0 {
			refused++
			continue
		}
		taken++
		for key, value := range drawn.Config {
			used[key] = true
			if entries, is := value.([]any); is && key == "datalake:datasets" {
				for _, entry := range entries {
					for key := range entry.(map[string]any) {
						used["datasets."+key] = true
					}
				}
			}
		}
	}
	t.Logf("%d stacks accepted, %d refused", taken, refused)
	require.GreaterOrEqual(t, taken, refused)
	if *randomStacks >= 50 {
		require.Positive(t, refused)
		for key := range new(Config).settings("") {
			require.True(t, used["datalake:"+key], "no stack was drawn with %s", key)
		}
		for key := range new(Dataset).keys() {
			require.True(t, used["datasets."+key], "no dataset was drawn with %s", key)
		}
	}
}

// judge says what is wrong with how the program takes a stack that was drawn.
func judge(drawn randomstack.Stack) (faults []string) {
	stack, err := drawn.Load("..")
	if err != nil {
		return []string{err.Error()}
	}
	defer func() {
		if reason := recover(); reason != nil {
			faults = append(faults, fmt.Sprintf("panics: %v", reason))
		}
	}()
	var urns [2][]string
	for i, preview := range []bool{true, false} {
		evaluation, err := mockaws.Evaluate(Deploy, stack, preview)
		if len(drawn.Faults) > 0 {
			faults = append(faults, wronglyRefused(drawn, evaluation, err)...)
			continue
		}
		if err != nil {
			return []string{"is refused, and nothing is wrong: " + err.Error()}
		}
		_, malformed := malformed(evaluation)
		faults = slices.Concat(faults, outOfPlace(evaluation), malformed, incompleteARNs(evaluation))
		for _, r := range evaluation.Resources {
			urns[i] = append(urns[i], r.URN)
		}
		if !preview {
			for _, rail := range guardrails {
				for _, violation := range rail.violations(&deployment{evaluation, stack}) {
					faults = append(faults, rail.rule+": "+violation)
				}
			}
		}
	}
	return append(faults, unless(slices.Equal(urns[0], urns[1]), "a preview registers %d resources, an apply %d, and not the same", len(urns[0]), len(urns[1]))...)
}

var ownSetting = regexp.MustCompile(`datalake:[A-Za-z]+`)

// wronglyRefused says what is wrong with a refusal: it has to name the settings that are at fault and no others, and come
// before anything is registered.
func wronglyRefused(drawn randomstack.Stack, evaluation *mockaws.Evaluation, err error) (faults []string) {
	if err == nil {
		return []string{fmt.Sprintf("is accepted with %v", drawn.Faults)}
	}
	atFault := slices.Concat(drawn.Faults...)
	for _, key := range atFault {
		faults = append(faults, unless(strings.Contains(err.Error(), key), "the refusal does not name %s: %v", key, err)...)
	}
	for _, key := range ownSetting.FindAllString(err.Error(), -1) {
		faults = append(faults, unless(slices.Contains(atFault, key), "the refusal names %s, which is right: %v", key, err)...)
	}
	return append(faults, unless(len(evaluation.Resources) == 0, "is refused after %d resources were registered", len(evaluation.Resources))...)
}

// The same seed draws the same stacks, for which the same is registered, to the byte.
func TestRandomStacksAreTheSameEachTime(t *testing.T) {
	for number := range uint64(5) {
		var files, resources [2]string
		for i := range files {
			drawn := randomstack.Draw(*seed, number)
			files[i] = drawn.File()
			stack, err := drawn.Load("..")
			require.NoError(t, err)
			evaluation, err := mockaws.Evaluate(Deploy, stack, false)
			require.Equal(t, len(drawn.Faults) > 0, err != nil)
			text, err := json.Marshal(evaluation)
			require.NoError(t, err)
			resources[i] = string(text)
		}
		require.Equal(t, files[0], files[1])
		require.Equal(t, resources[0], resources[1])
	}
}

// Each setting that there is can be drawn.
func TestRandomStacksKnowEverySetting(t *testing.T) {
	drawn := map[string]bool{}
	for number := range uint64(100) {
		for key := range randomstack.Draw(*seed, number).Config {
			drawn[strings.TrimPrefix(key, "datalake:")] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(new(Config).settings(""))) {
		require.True(t, drawn[key], key)
	}
}

// As many datasets as a stack takes, each as large as it gets, stay within AWS's limits.
func TestTheLargestStackStaysWithinAWSsLimits(t *testing.T) {
	d := with(t, "dev", map[string]string{"datalake:datasets": largestDatasets(t, maxDatasets, 400)})
	require.LessOrEqual(t, len(d.Find(ruleType)), 300)
	require.Empty(t, outOfPlace(d.Evaluation))
	for _, rail := range append(nameGuardrails, dashboardGuardrails[0]) {
		require.Empty(t, rail.violations(d), rail.rule)
	}
	require.ErrorContains(t, refuse(t, map[string]string{"datalake:datasets": largestDatasets(t, maxDatasets+1, 400)}),
		"datalake:datasets has 41 entries: give at most 40")
}

// largestDatasets are datasets with everything that they can have, and with the longest names and prefixes.
func largestDatasets(t *testing.T, count, prefix int) string {
	t.Helper()
	entries := []any{}
	for i := range count {
		folder := fmt.Sprintf("%d", i)
		entries = append(entries, map[string]any{
			"name": fmt.Sprintf("%s%02d", strings.Repeat("n", 28), i), "prefix": folder + strings.Repeat("p", prefix-len(folder)-1) + "/",
			"schedule": "SUN 01:00", "fullCrawl": "WED 01:00", "queries": "usage",
		})
	}
	text, err := json.Marshal(entries)
	require.NoError(t, err)
	return string(text)
}

// The length of the policy for people who query is known before anything is registered, a preview included.
func TestAPolicyForAnalystsThatIAMWouldRefuse(t *testing.T) {
	for name, settings := range map[string]map[string]string{
		"none":                 {"datalake:datasets": "[]"},
		"short ones":           {"datalake:datasets": `[{"name": "a", "prefix": "a/", "arrival": true}, {"name": "b", "prefix": "b/", "arrival": true}]`},
		"long ones with a key": {"datalake:datasets": largestDatasets(t, 3, 400), "datalake:customerKey": "true"},
	} {
		settings["datalake:analystPolicy"] = "true"
		d := with(t, "dev", settings)
		config := Config{}
		require.NoError(t, datasets(&config.Datasets)("datalake:datasets", settings["datalake:datasets"]))
		length := len(d.named(policyType, "analysts-policy").Inputs["policy"].(string))
		require.LessOrEqual(t, length, config.analystPolicySize("dev"), name)
		require.InDelta(t, length, config.analystPolicySize("dev"), 500, name)
	}
	require.ErrorContains(t, refuse(t, map[string]string{"datalake:analystPolicy": "true", "datalake:datasets": largestDatasets(t, 4, 400)}),
		"datalake:analystPolicy is true, and for the 4 entries of datalake:datasets the policy would have about 6")
}
