package components

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Script is the Python script of a Spark job on Glue 5.1, with what it reads and is told. It takes these arguments:
//
//   - --source, --target, --quarantine: the folders of the raw messages, of the table's objects and of refused records,
//     as s3:// addresses
//   - --window-start, --window-end: the local midnights between which the dataset is made anew, ISO 8601 with offset
//   - --metrics: the s3:// address of the JSON document that it writes last, a few kilobytes however large the run:
//     records_read, records_aggregated, records_duplicate and windows_written (numbers), records_quarantined (a number for
//     each reason), and what else subscribers are to know, such as the days that it wrote
//
// The objects of a day are in the table's folder, in the folder of that day, such as day=2026-07-01/.
type Script struct {
	// Path is where the script is, from the project's directory; its name ends with .py. Required.
	Path string
	// Package is the folder of the Python package that the script imports, from the project's directory, such as jobs/orders.
	// Its modules, every .py in it and below, go beside the script as one archive, orders.zip, which Glue puts on the Python
	// path. Optional.
	Package string
	// Files are what it reads besides: where each is, from the project's directory, by the argument that is given its
	// s3:// address, such as --lookup. No two files, the script among them, have the same name. Optional.
	Files map[string]string
	// Arguments are its further arguments, such as --aggregation. Optional.
	Arguments map[string]string
}

var (
	argumentName = regexp.MustCompile(`^--[a-z][a-z0-9-]{0,62}$`)
	fileName     = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*$`)
	packageName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// takenArguments are what a job is given anyway, and what Glue keeps for itself.
//
// https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
var takenArguments = []string{
	"--source", "--target", "--quarantine", "--metrics", "--window-start", "--window-end",
	"--enable-auto-scaling", "--enable-continuous-cloudwatch-log", "--enable-metrics", "--job-language", "--extra-py-files",
	"--debug", "--mode", "--endpoint",
}

// check reports what is wrong with the script; project is the project's directory, empty for the current one.
func (c Script) check(project string) error {
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
	if c.Package != "" {
		if name := path.Base(c.Package); path.IsAbs(c.Package) || !packageName.MatchString(name) {
			fault("Script.Package is %q: give the path of a Python package from the project's directory, such as etl/orders", c.Package)
		} else if name+".py" == path.Base(c.Path) {
			fault("Script.Package is %q, and Script.Path %q would be imported in its stead: rename either", c.Package, c.Path)
		} else if _, err := c.modules(project); err != nil {
			faults = append(faults, err)
		}
		named[c.archiveName()] = "Script.Package's archive"
	}
	for _, argument := range slices.Sorted(maps.Keys(c.Files)) {
		checkName("Script.Files", argument)
		place, name := fmt.Sprintf("Script.Files[%q]", argument), path.Base(c.Files[argument])
		if argument == "--script" || argument == "--package" {
			fault("%s is called like the script itself, or its package: choose another argument", place)
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

// archiveName is what the package's archive is called.
func (c Script) archiveName() string { return path.Base(c.Package) + ".zip" }

// modules are the files of the package's modules, by their names in the archive. What else lies there, such as what Python
// has compiled, is no part of it: the same modules make the same archive.
func (c Script) modules(project string) (map[string]any, error) {
	parent := path.Dir(c.Package)
	modules := map[string]any{}
	err := fs.WalkDir(os.DirFS(filepath.Join(project, filepath.FromSlash(parent))), path.Base(c.Package), func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && path.Ext(name) == ".py" {
			modules[name] = pulumi.NewFileAsset(path.Join(parent, name))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("Script.Package is %q: give the folder of a Python package: %w", c.Package, err)
	}
	if modules[path.Join(path.Base(c.Package), "__init__.py")] == nil {
		return nil, fmt.Errorf("Script.Package is %q, which holds no __init__.py: give the folder of a Python package", c.Package)
	}
	return modules, nil
}
