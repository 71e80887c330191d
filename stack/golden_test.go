package stack

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"datalake/internal/mockaws"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// accepted are the URNs that -lose names.
var accepted []string

func init() {
	flag.Func("lose", "with -update: accept the loss of what the resource of this `URN` holds; once for each", func(urn string) error {
		accepted = append(accepted, urn)
		return nil
	})
}

// goldenFile is what a golden file holds.
type goldenFile struct {
	Exports any `json:"exports"`
	// Losses are those that were accepted, by URN, for who reviews the file. Nothing reads them: a line may be deleted.
	Losses map[string]string `json:"losses,omitempty"`
	// Region is where all of it is: the provider replaces everything when it changes, since
	// https://github.com/pulumi/pulumi-aws/pull/4000.
	Region string `json:"region"`
	// Resources are the registrations, by type and name.
	Resources map[string]registration `json:"resources"`
}

// registration is what the program asked for, as the golden files hold it by the resource's type and name.
type registration struct {
	Parent       string         `json:"parent"`
	Aliases      []string       `json:"aliases,omitempty"`
	Protect      bool           `json:"protect,omitempty"`
	Retain       bool           `json:"retain,omitempty"`
	Dependencies []string       `json:"dependencies,omitempty"`
	Inputs       map[string]any `json:"inputs,omitempty"`
}

// testdata/<stack>.json holds everything that the program registers for a committed stack, as an apply shows it. A
// preview shows the same, but for what only AWS can tell. What would be lost with a change, -update takes by name only.
func TestRegistrationsAreAsCommitted(t *testing.T) {
	stacks := map[string]*goldenStack{}
	var lost []loss
	for _, stack := range []string{"dev", "prod"} {
		stacks[stack] = compareGolden(t, stack)
		lost = append(lost, stacks[stack].lost...)
	}
	faults := append(refused(lost, accepted), misplaced(accepted, lost, *update)...)
	if len(faults) > 0 {
		report := t.Errorf
		if *update {
			report = t.Fatalf // before a file is written
		}
		report("what the stacks hold would be lost:\n%s", strings.Join(faults, "\n"))
	}
	for stack, golden := range stacks {
		if *update {
			golden.write(t)
		}
		t.Run(stack+"/apply", func(t *testing.T) {
			require.NotContains(t, string(encodeJSON(t, golden.applied)), mockaws.Unknown)
			requireCommitted(t, golden.file, differences(nil, tree(t, golden.committed), tree(t, golden.applied)))
		})
		t.Run(stack+"/preview", func(t *testing.T) {
			previewed := registrations(t, evaluate(t, stack, true), golden.committed.Losses)
			changes := differences(nil, tree(t, golden.committed), tree(t, previewed))
			// It does not know what only AWS can tell, and leaves such outputs out.
			requireCommitted(t, golden.file, slices.DeleteFunc(changes, func(d difference) bool {
				return d.is == mockaws.Unknown || d.place[0] == "exports" && !d.has
			}))
		})
	}
}

// goldenStack is a committed stack, as its file holds it and as the program registers it in an apply.
type goldenStack struct {
	file               string
	committed, applied goldenFile
	lost               []loss
}

func compareGolden(t *testing.T, stack string) *goldenStack {
	t.Helper()
	golden := &goldenStack{file: filepath.Join("testdata", stack+".json")}
	golden.committed = readGolden(t, golden.file)
	golden.applied = registrations(t, evaluate(t, stack, false), golden.committed.Losses)
	golden.lost = losses(stack, golden.committed, golden.applied)
	return golden
}

// write rewrites the golden file, with the losses that were accepted.
func (g *goldenStack) write(t *testing.T) {
	t.Helper()
	g.applied.Losses = recorded(g.committed.Losses, g.lost)
	require.NoError(t, os.MkdirAll("testdata", 0o755))
	require.NoError(t, os.WriteFile(g.file, encodeJSON(t, g.applied), 0o644))
	g.committed = readGolden(t, g.file)
}

func requireCommitted(t *testing.T, file string, changes []difference) {
	t.Helper()
	if len(changes) > 0 {
		t.Errorf("what is registered is not what stack/%s holds; if it is meant, run go test ./stack -update and commit the file%s", file, listed(changes, 20))
	}
}

// readGolden reads a golden file. One that -update is to write may be missing.
func readGolden(t *testing.T, file string) (golden goldenFile) {
	t.Helper()
	text, err := os.ReadFile(file)
	if *update && errors.Is(err, fs.ErrNotExist) {
		return golden
	}
	require.NoError(t, err, "go test ./stack -update writes it")
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&golden), file)
	return golden
}

// The files are read by people, in reviews: together they stay small.
func TestGoldenFilesStaySmall(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.Len(t, files, 2)
	bytes := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		bytes += len(text)
	}
	require.Less(t, bytes, 500_000)
}

func TestDifferencesAreNamedByTheirPlace(t *testing.T) {
	before := map[string]any{"topic": map[string]any{"key": "a", "list": []any{1.0, 2.0}, "gone": true}}
	after := map[string]any{"topic": map[string]any{"key": "b", "list": []any{1.0, 3.0, 4.0}, "new": "x"}}
	require.Equal(t, []string{
		"  topic › gone: true is missing now",
		`  topic › key: was "a", is "b"`,
		"  topic › list › 001: was 2, is 3",
		"  topic › list › 002: 4 is new",
		`  topic › new: "x" is new`,
	}, strings.Split(listed(differences(nil, before, after), 5), "\n")[1:])
	require.Equal(t, "\n  topic › gone: true is missing now\n  … and 4 more", listed(differences(nil, before, after), 1))
}

// registrations are an evaluation as a golden file holds it, in readable, canonical JSON: registrations by type and name,
// keys in order, a resource's JSON inputs as JSON, texts of several lines as lines.
func registrations(t *testing.T, evaluation *mockaws.Evaluation, losses map[string]string) (golden goldenFile) {
	t.Helper()
	names := map[string]string{} // by URN
	for _, r := range evaluation.Resources {
		names[r.URN] = r.Type + " " + r.Name
	}
	resources := map[string]registration{}
	for _, r := range evaluation.Resources {
		entry := registration{Parent: "the stack", Aliases: r.Aliases, Protect: r.Protect, Retain: r.Retain, Inputs: readable(r.Inputs).(map[string]any)}
		if parent, known := names[r.Parent]; known {
			entry.Parent = parent
		}
		for _, urn := range r.Dependencies {
			require.Contains(t, names, urn, "%s depends on what is registered", r.URN)
			entry.Dependencies = append(entry.Dependencies, names[urn])
		}
		slices.Sort(entry.Dependencies)
		require.NotContains(t, resources, names[r.URN], "a type's names are used once")
		resources[names[r.URN]] = entry
	}
	text := encodeJSON(t, goldenFile{readable(evaluation.Exports), losses, evaluation.Region, resources})
	require.NoError(t, json.Unmarshal(text, &golden)) // its values are of the types that a file's are
	return golden
}

func encodeJSON(t *testing.T, value any) []byte {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "\t")
	require.NoError(t, encoder.Encode(value))
	return text.Bytes()
}

// readable expands texts: JSON becomes {"json": …}, several lines become {"lines": […]}, so that a change shows where
// it is and a text is still told from a structure.
func readable(value any) any {
	switch v := value.(type) {
	case map[string]any:
		expanded := make(map[string]any, len(v))
		for key, element := range v {
			expanded[key] = readable(element)
		}
		return expanded
	case []any:
		expanded := make([]any, len(v))
		for i, element := range v {
			expanded[i] = readable(element)
		}
		return expanded
	case string:
		var document any
		if strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &document) == nil {
			return map[string]any{"json": readable(document)}
		}
		if strings.Contains(v, "\n") {
			return map[string]any{"lines": strings.Split(v, "\n")}
		}
	}
	return value
}

// tree is a golden file as [differences] takes it.
func tree(t *testing.T, golden goldenFile) (document any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(encodeJSON(t, golden), &document))
	return document
}

// difference is a place in which two trees differ.
type difference struct {
	place    []string
	was, is  any
	had, has bool
}

func (d difference) String() string {
	place := strings.Join(d.place, " › ")
	switch {
	case !d.has:
		return fmt.Sprintf("%s: %s is missing now", place, brief(d.was))
	case !d.had:
		return fmt.Sprintf("%s: %s is new", place, brief(d.is))
	default:
		return fmt.Sprintf("%s: was %s, is %s", place, brief(d.was), brief(d.is))
	}
}

// differences compares two trees as encoding/json reads them, in the order of the keys.
func differences(place []string, before, after any) (changes []difference) {
	was, structured := elements(before)
	is, structuredToo := elements(after)
	if !structured || !structuredToo {
		if !reflect.DeepEqual(before, after) {
			changes = append(changes, difference{place, before, after, true, true})
		}
		return changes
	}
	keys := maps.Clone(was)
	maps.Copy(keys, is)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		inside := append(slices.Clone(place), key)
		old, had := was[key]
		current, has := is[key]
		if had && has {
			changes = append(changes, differences(inside, old, current)...)
		} else {
			changes = append(changes, difference{inside, old, current, had, has})
		}
	}
	return changes
}

// elements are the members of a map or of a list.
func elements(value any) (members map[string]any, has bool) {
	switch v := value.(type) {
	case map[string]any:
		return v, true
	case []any:
		members = make(map[string]any, len(v))
		for i, element := range v {
			members[fmt.Sprintf("%03d", i)] = element
		}
		return members, true
	default:
		return nil, false
	}
}

// listed are the first of the changes, a line each.
func listed(changes []difference, most int) string {
	var text strings.Builder
	for i, c := range changes {
		if i == most {
			fmt.Fprintf(&text, "\n  … and %d more", len(changes)-most)
			break
		}
		fmt.Fprintf(&text, "\n  %s", c)
	}
	return text.String()
}

// brief is a value's JSON, cut where it gets long.
func brief(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	if most := 160; len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}
