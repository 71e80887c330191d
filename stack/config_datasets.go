package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"datalake/components"
)

// Dataset is an entry of the setting datasets: data of one kind in a folder of the source bucket, which a crawl keeps in
// the catalog and reports query.
type Dataset struct {
	// Name tells datasets apart. It becomes part of the names of the database and of the state machines.
	Name string
	// Prefix is the folder, ending with a slash. Its last part names the table.
	Prefix string
	// Schedule starts the crawl; nil with Arrival.
	Schedule *components.Schedule
	// Arrival starts the crawl when a _SUCCESS arrives under the Prefix.
	Arrival bool
	// Crawl is what each crawl reads: newFolders or everything.
	Crawl string
	// FullCrawl is when everything is read besides, where a crawl reads new folders; nil for never.
	FullCrawl *components.Schedule
	// Queries is the folder of the reports under queries/; empty for no reports.
	Queries string
	// Sample deploys the state machine that writes the sample dataset.
	Sample bool
}

// What a crawl reads.
const newFolders, everything = "newFolders", "everything"

// keys reads each key of an entry.
func (d *Dataset) keys() map[string]reader {
	return map[string]reader{
		"name":      matching(&d.Name, datasetName, "give 1 to 30 lower-case letters, digits, hyphens and underscores, a letter first"),
		"prefix":    folder(&d.Prefix),
		"schedule":  when(&d.Schedule),
		"arrival":   boolean(&d.Arrival),
		"crawl":     oneOf(&d.Crawl, newFolders, everything),
		"fullCrawl": when(&d.FullCrawl),
		"queries":   oneOf(&d.Queries, queryFolders...),
		"sample":    boolean(&d.Sample),
	}
}

// datasetName leaves room in names of AWS that have at most 64 characters.
var datasetName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,29}$`)

// datasets reads the list; a fault names its entry and key.
func datasets(into *[]Dataset) reader {
	return func(key, value string) error {
		*into = []Dataset{}
		var entries []map[string]json.RawMessage
		if err := json.Unmarshal([]byte(value), &entries); err != nil || entries == nil {
			return wrong(key, value, "give a list of datasets, each with a name, a prefix, and a schedule or arrival")
		}
		var faults []error
		for i, entry := range entries {
			dataset, err := readDataset(place(key, i), entry)
			*into, faults = append(*into, dataset), append(faults, err)
		}
		return errors.Join(faults...)
	}
}

func place(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }

func readDataset(place string, entry map[string]json.RawMessage) (Dataset, error) {
	dataset := Dataset{Crawl: newFolders}
	keys := dataset.keys()
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(entry)) {
		read, known := keys[name]
		if !known {
			faults = append(faults, fmt.Errorf("%s.%s is not a key of a dataset: there are %s", place, name, strings.Join(slices.Sorted(maps.Keys(keys)), ", ")))
			continue
		}
		value := string(entry[name])
		if text := ""; json.Unmarshal(entry[name], &text) == nil {
			value = text // without its quotes, as a setting of its own is handed over
		}
		faults = append(faults, read(place+"."+name, value))
	}
	has := func(key string) bool { return entry[key] != nil }
	fault := func(format string, values ...any) { faults = append(faults, fmt.Errorf(place+format, values...)) }
	for _, required := range []string{"name", "prefix"} {
		if !has(required) {
			fault(".%s is missing: every dataset has a name and a prefix", required)
		}
	}
	switch {
	case has("schedule") && dataset.Arrival:
		fault(" has both schedule and arrival: they exclude each other, remove one")
	case !has("schedule") && !dataset.Arrival:
		fault(" has neither schedule nor arrival: give what starts the crawl, such as schedule: \"01:00\", or arrival: true")
	}
	if !has("queries") && slices.Contains(queryFolders, dataset.Name) {
		dataset.Queries = dataset.Name
	}
	return dataset, errors.Join(faults...)
}

// maxDatasets keeps a stack within the 300 rules of EventBridge that an account has, of which a dataset has up to six.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const maxDatasets = 40

// datasetFaults are what is wrong with entries as a whole, and beside each other.
func datasetFaults(key string, datasets []Dataset) (faults []error) {
	if len(datasets) > maxDatasets {
		faults = append(faults, fmt.Errorf("%s has %d entries: give at most %d, and others to another stack", key, len(datasets), maxDatasets))
	}
	for i, d := range datasets {
		fault := func(format string, values ...any) {
			faults = append(faults, fmt.Errorf(place(key, i)+format, values...))
		}
		if use, taken := takenNames[databaseName(d.Name)]; taken {
			fault(".name is %q, which is %s: choose another name", d.Name, use)
		}
		if d.Queries != "" && clash(d.names().report, weatherReport, weatherQueries) {
			fault(".name is %q, and the weather pipeline's reports are called %s: resources of both could have one name; put an underscore for the first hyphen", d.Name, weatherReport)
		}
		if d.Sample && d.Name != usageDataset {
			fault(".sample is true: the sample is the usage dataset's, so only the dataset called %s has one; remove it", usageDataset)
		}
		if d.FullCrawl != nil && d.Crawl == everything {
			fault(".fullCrawl is given, but crawl is %s: each crawl is a full one, remove it", everything)
		}
		if d.FullCrawl != nil && d.Schedule != nil && d.FullCrawl.At == d.Schedule.At && (d.Schedule.Weekday == "" || d.Schedule.Weekday == d.FullCrawl.Weekday || d.FullCrawl.Weekday == "") {
			fault(".fullCrawl and schedule come at the same time, %s: two crawls would change one table; choose another time for one", d.FullCrawl.At)
		}
		if d.Queries != "" {
			reports, err := queries(d.Queries)
			if err := errors.Join(err, components.CheckQueries(reports)); err != nil {
				fault(".queries is %q: %w", d.Queries, err)
			}
		}
		if overlap(d.Prefix, rawPrefix) {
			fault(".prefix is %q, which overlaps %s, where the weather stations' messages are: choose a folder of its own", d.Prefix, rawPrefix)
		}
		for j, other := range datasets[:i] {
			if d.Name != "" && databaseName(d.Name) == databaseName(other.Name) {
				fault(".name is %q and %s.name is %q: they share a database, give each a name of its own", d.Name, place(key, j), other.Name)
			}
			if mine, others := d.names().crawl, other.names().crawl; clashes(d, other) || clashes(other, d) {
				fault(".name is %q and %s.name is %q: their state machines would be %s and %s, and resources of both could have one name; put an underscore for the hyphen after which one goes on", d.Name, place(key, j), other.Name, mine, others)
			}
			if overlap(d.Prefix, other.Prefix) {
				fault(".prefix is %q and %s.prefix is %q: an object would belong to both, give each a folder of its own", d.Prefix, place(key, j), other.Prefix)
			}
		}
	}
	return faults
}

// takenNames are names of datasets that would collide with what else the program makes, as databases have them.
var takenNames = map[string]string{
	"weather":              "the name of the weather pipeline",
	"weather_data_catalog": "the name of the weather pipeline's database",
	"weekly_etl":           "the name of the weather pipeline's state machine, and of its topic among the outputs",
	"dataset":              "part of crawl-dataset, the state machine of " + usageDataset,
	"results":              "the name of the topic of " + usageDataset + " among the outputs",
	"alerts":               "the name of the alerts topic among the outputs",
}

// clashes tells whether resources of two datasets could have one name, since the first one's goes on after the other's.
func clashes(d, other Dataset) bool {
	reports := d.Queries != "" && other.Queries != "" && clash(d.names().report, other.names().report, other.Queries)
	return reports || clash(d.names().crawl, other.names().crawl, "")
}

// childBeginnings are how the names of what crawls and reports consist of begin before a hyphen, after the component's name.
var childBeginnings = []string{"crawler", "dead", "full", "no", "trigger"}

// clash tells whether a component's name is another's, a hyphen and what a child of that begins with, a query in the folder
// among them. URNs do not hold a component's name: a child of the one could have the URN of a child of the other.
func clash(name, other, folder string) bool {
	after, goesOn := strings.CutPrefix(name, other+"-")
	if !goesOn || folder == "" {
		return goesOn && slices.Contains(childBeginnings, after)
	}
	reports, err := queries(folder)
	return err != nil || slices.Contains(childBeginnings, after) ||
		slices.ContainsFunc(reports, func(q components.Query) bool { return strings.HasPrefix(q.Name, after+"-") })
}

// overlap tells whether one folder holds the other.
func overlap(a, b string) bool {
	return a != "" && b != "" && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a))
}

// matching takes texts of a form.
func matching(into *string, form *regexp.Regexp, right string) reader {
	return func(key, value string) error {
		if !form.MatchString(value) {
			return wrong(key, value, right)
		}
		*into = value
		return nil
	}
}

// folder takes a folder of a bucket.
func folder(into *string) reader {
	return func(key, value string) error {
		if err := components.CheckPrefix(value); err != nil {
			return wrong(key, value, err.Error())
		}
		*into = value
		return nil
	}
}

// when takes a local time of each day or of a weekday; its offset is that of the stack.
func when(into **components.Schedule) reader {
	return func(key, value string) error {
		weekday, at, weekly := strings.Cut(value, " ")
		if !weekly {
			weekday, at = "", value
		}
		schedule := components.Schedule{Weekday: weekday, At: at, Offset: "+00:00"}
		if schedule.Check() != nil || weekly && weekday == "" {
			return wrong(key, value, "give a local time such as 01:00, or with a weekday, SUN 01:00")
		}
		*into = &schedule
		return nil
	}
}
