// Package randomstack draws stack files at random over the whole schema of the configuration, right ones and faulty ones,
// for tests.
package randomstack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

// Stack is a stack file as it was drawn.
type Stack struct {
	// Name is the stack's name.
	Name string
	// Config holds each value by its key with the namespace, as encoding/json reads values.
	Config map[string]any
	// Faults are what is wrong, each by the keys that the refusal has to name; a stack without is to be accepted.
	Faults [][]string
}

// Draw draws one of the stacks of a seed. The same seed and number give the same stack; about one in three is faulty.
func Draw(seed, number uint64) Stack {
	d := drawing{Rand: rand.New(rand.NewPCG(seed, number))}
	d.account()
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		if d.IntN(5) < 3 {
			d.Config[namespace+key] = settings[key].right(&d)
		}
	}
	for _, pair := range exclusive {
		if d.isOn(pair[0]) && d.isOn(pair[1]) {
			delete(d.Config, namespace+pair[d.IntN(2)])
		}
	}
	if entries, _ := d.Config[namespace+"datasets"].([]any); len(entries) > 3 {
		delete(d.Config, namespace+"analystPolicy") // has a limit that depends on the datasets
	}
	if d.IntN(3) == 0 {
		for range 1 + d.IntN(3) {
			d.fault()
		}
	}
	return d.Stack
}

// namespace begins the keys of the program's own settings.
const namespace = "datalake:"

type drawing struct {
	*rand.Rand
	Stack
}

// account draws what every stack file has: where it is deployed, and its tags.
func (d *drawing) account() {
	d.Name = one(d, "test", "t", "Team-A", "eu_west.1", "9", strings.Repeat("s", 64))
	d.Config = map[string]any{
		"aws:region":            one(d, "ap-southeast-1", "eu-west-1", "us-east-1"),
		"aws:allowedAccountIds": []any{d.digits("0123456789", 12)},
		"aws:defaultTags":       map[string]any{"tags": map[string]any{"Project": "datalake", "Environment": d.Name}},
	}
}

// fault makes one more thing wrong, unless that is wrong already.
func (d *drawing) fault() {
	var keys []string
	var change func()
	switch d.IntN(15) {
	case 0:
		key := one(d, namespace+"typo", namespace+"Datasets", namespace, "datalak:logDays", "other:key")
		keys, change = []string{key}, func() { d.Config[key] = "x" }
	case 1, 2:
		pair := one(d, exclusive...)
		keys = []string{namespace + pair[0], namespace + pair[1]}
		change = func() {
			for _, key := range pair {
				for !d.isOn(key) {
					d.Config[namespace+key] = settings[key].right(d)
				}
			}
		}
	case 3:
		keys = []string{namespace + "analystPolicy", namespace + "datasets"}
		change = func() {
			entries := d.some(len(datasetNames))
			for i, entry := range entries {
				entry.(map[string]any)["prefix"] = fmt.Sprintf(longFolder, i)
			}
			d.Config[keys[0]], d.Config[keys[1]] = true, entries
		}
	default:
		key := one(d, slices.Sorted(maps.Keys(settings))...)
		if d.IntN(3) == 0 {
			key = "datasets" // has the most rules
		}
		keys, change = []string{namespace + key}, func() { d.Config[namespace+key] = settings[key].wrong(d) }
		if strings.HasPrefix(key, "weekly") {
			keys = []string{namespace + "weeklyOn", namespace + "weeklyAt"} // are judged together
		}
	}
	for _, key := range keys {
		if slices.ContainsFunc(d.Faults, func(fault []string) bool { return slices.Contains(fault, key) }) {
			return
		}
	}
	change()
	d.Faults = append(d.Faults, keys)
}

// isOn tells whether a setting asks for something.
func (d *drawing) isOn(key string) bool {
	value := d.Config[namespace+key]
	return value != nil && value != "" && value != false && value != "false"
}

// one is one of some values.
func one[T any](d *drawing, values ...T) T { return values[d.IntN(len(values))] }

// digits are characters of an alphabet.
func (d *drawing) digits(alphabet string, count int) string {
	text := make([]byte, count)
	for i := range text {
		text[i] = alphabet[d.IntN(len(alphabet))]
	}
	return string(text)
}

// File is the stack file: its values are JSON, which YAML knows too.
func (s Stack) File() string {
	var file strings.Builder
	file.WriteString("config:\n")
	for _, key := range slices.Sorted(maps.Keys(s.Config)) {
		var value bytes.Buffer
		encoder := json.NewEncoder(&value)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(s.Config[key]); err != nil {
			panic(fmt.Sprintf("%s holds what is no JSON: %v", key, err))
		}
		fmt.Fprintf(&file, "  %q: %s", key, &value)
	}
	return file.String()
}

// Load reads the stack file beside the Pulumi.yaml of a directory, as the Pulumi CLI does.
func (s Stack) Load(directory string) (*mockaws.Stack, error) {
	project, err := os.ReadFile(filepath.Join(directory, "Pulumi.yaml"))
	if err != nil {
		return nil, err
	}
	temporary, err := os.MkdirTemp("", "stack")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(temporary) }()
	for name, text := range map[string]string{"Pulumi.yaml": string(project), "Pulumi." + s.Name + ".yaml": s.File()} {
		if err := os.WriteFile(filepath.Join(temporary, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	return mockaws.LoadStack(temporary, s.Name)
}

// Shrink drops settings, datasets and what they do not need, one after the other, as long as what is left still fails. A
// fault goes as a whole, with the keys that make it.
func (s Stack) Shrink(fails func(Stack) bool) Stack {
	for i := 0; ; {
		smaller := s.smaller()
		if i >= len(smaller) {
			return s
		}
		if fails(smaller[i]) {
			s = smaller[i] // whose next smaller one stands in the same place
		} else {
			i++
		}
	}
}

// smaller are the stacks that have one thing less.
func (s Stack) smaller() (stacks []Stack) {
	without := func(keys ...string) Stack {
		less := Stack{Name: s.Name, Config: maps.Clone(s.Config), Faults: s.Faults}
		for _, key := range keys {
			delete(less.Config, key)
		}
		return less
	}
	faulty := map[string]bool{}
	for i, fault := range s.Faults {
		less := without(fault...)
		less.Faults = slices.Delete(slices.Clone(s.Faults), i, i+1)
		stacks = append(stacks, less)
		for _, key := range fault {
			faulty[key] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Config)) {
		if !faulty[key] && !strings.HasPrefix(key, "aws:") {
			stacks = append(stacks, without(key))
		}
	}
	const datasets = namespace + "datasets"
	entries, _ := s.Config[datasets].([]any)
	if faulty[datasets] {
		return stacks
	}
	for i, entry := range entries {
		less := without()
		less.Config[datasets] = slices.Delete(slices.Clone(entries), i, i+1)
		stacks = append(stacks, less)
		for _, key := range []string{"crawl", "fullCrawl", "queries", "sample"} {
			if rest := maps.Clone(entry.(map[string]any)); rest[key] != nil {
				delete(rest, key)
				less := without()
				less.Config[datasets] = slices.Replace(slices.Clone(entries), i, i+1, any(rest))
				stacks = append(stacks, less)
			}
		}
	}
	return stacks
}
