package components

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
)

// Script is the Python script of a Spark job on Glue 5.1, with what it reads and is told. It takes these arguments:
//
//   - --source, --target, --quarantine: the folders of the raw messages, of the table's objects and of refused records,
//     as s3:// addresses
//   - --window-start, --window-end: the local midnights between which the dataset is made anew, ISO 8601 with offset
//   - --metrics: the s3:// address of the JSON document that it writes last: records_read, records_aggregated,
//     records_duplicate and windows_written (numbers), records_quarantined (a number for each reason), and partitions (of
//     each that was written the values as texts, in the order of the table's partition keys)
//
// The objects of a partition are in the table's folder, in folders key=value, percent-encoded.
type Script struct {
	// Path is where the script is, from the project's directory; its name ends with .py. Required.
	Path string
	// Files are what it reads besides: where each is, from the project's directory, by the argument that is given its
	// s3:// address, such as --lookup. No two files, the script among them, have the same name. Optional.
	Files map[string]string
	// Arguments are its further arguments, such as --aggregation. Optional.
	Arguments map[string]string
}

var (
	argumentName = regexp.MustCompile(`^--[a-z][a-z0-9-]{0,62}$`)
	fileName     = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*$`)
)

// takenArguments are what a job is given anyway, and what Glue keeps for itself.
//
// https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
var takenArguments = []string{
	"--source", "--target", "--quarantine", "--metrics", "--window-start", "--window-end",
	"--enable-auto-scaling", "--enable-continuous-cloudwatch-log", "--enable-metrics", "--job-language",
	"--debug", "--mode", "--endpoint",
}

func (c Script) check() error {
	var faults []error
	fault := func(format string, values ...any) { faults = append(faults, fmt.Errorf(format, values...)) }
	if !fileName.MatchString(path.Base(c.Path)) || path.Ext(c.Path) != ".py" {
		fault("Script.Path is %q: give the path of a Python script such as etl/transform.py", c.Path)
	}
	checkName := func(field, argument string) {
		if !argumentName.MatchString(argument) {
			fault("%s has %q: give arguments such as --time-zone, of lower-case letters, digits and hyphens, at most 64 characters", field, argument)
		} else if slices.Contains(takenArguments, argument) {
			fault("%s has %q, which the job is given otherwise: give the script's own arguments", field, argument)
		}
	}
	named := map[string]string{path.Base(c.Path): "Script.Path"}
	for _, argument := range slices.Sorted(maps.Keys(c.Files)) {
		checkName("Script.Files", argument)
		place, name := fmt.Sprintf("Script.Files[%q]", argument), path.Base(c.Files[argument])
		if argument == "--script" {
			fault("%s is called like the script itself: choose another argument", place)
		}
		if !fileName.MatchString(name) {
			fault("%s is %q: give the path of a file such as etl/lookup.json", place, c.Files[argument])
		} else if other := named[name]; other != "" {
			fault("%s is %q, named like %s: both would be the object %s", place, c.Files[argument], other, name)
		}
		named[name] = place
	}
	for _, argument := range slices.Sorted(maps.Keys(c.Arguments)) {
		checkName("Script.Arguments", argument)
		if c.Arguments[argument] == "" {
			fault("Script.Arguments[%q] is empty: give a value, or leave it out", argument)
		}
		if _, both := c.Files[argument]; both {
			fault("Script.Arguments and Script.Files both have %q: give it once", argument)
		}
	}
	return errors.Join(faults...)
}
