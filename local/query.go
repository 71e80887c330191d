package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"datalake/local/athena"
	"datalake/local/prices"
	"datalake/local/trino"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/lipgloss/table"
)

type queryOptions struct {
	stack, database, format, file string
}

// writers print what a query gave, by the format's name.
var writers = map[string]func(to io.Writer, got athena.Query) error{"table": writeTable, "csv": writeCSV, "json": writeJSON}

// query runs a query on the lake that the last run left.
func query(arguments []string, stdout, stderr io.Writer) (int, error) {
	var o queryOptions
	flags := flag.NewFlagSet("query", flag.ContinueOnError)
	flags.StringVar(&o.stack, "stack", "dev", "`name` of the stack")
	flags.StringVar(&o.database, "database", "", "`name` of the database of tables that are named without one")
	flags.StringVar(&o.format, "format", "table", "`form` of the rows: table, csv (as Athena writes results) or json")
	flags.StringVar(&o.file, "file", "", "`file` with the query (default: standard input)")
	if err := parse(flags, arguments, stderr); err != nil {
		return 0, err
	}
	write := writers[o.format]
	if write == nil {
		return 0, refusal{fmt.Errorf("--format %s: give table, csv or json", o.format)}
	}
	sql, err := o.read(flags.Args(), os.Stdin)
	if err != nil {
		return 0, refusal{err}
	}
	got, err := o.run(arguments, sql)
	if err != nil {
		return 0, err
	}
	if err := write(stdout, got); err != nil {
		return 0, fmt.Errorf("write the rows: %w", err)
	}
	if o.format != "json" {
		fmt.Fprintln(stderr, account(got))
	}
	return 0, nil
}

// read is the query, from where it was given.
func (o queryOptions) read(words []string, input io.Reader) (string, error) {
	switch {
	case len(words) > 1 || len(words) == 1 && o.file != "":
		return "", errors.New("give one query: quote it, put it into a --file, or on standard input")
	case len(words) == 1:
		return words[0], nil
	case o.file == "":
		text, err := io.ReadAll(input)
		return string(text), err
	}
	text, err := os.ReadFile(o.file)
	return string(text), err
}

func (o queryOptions) run(arguments []string, sql string) (got athena.Query, err error) {
	e, closeLake, err := openLake(o.stack, true, "query", arguments)
	if err != nil {
		return got, err
	}
	defer func() { err = errors.Join(err, closeLake()) }()
	got, err = e.Query(sql, o.database)
	if failed := (*trino.Error)(nil); errors.As(err, &failed) && failed.Name == "MISSING_SCHEMA_NAME" {
		err = fmt.Errorf("%w: give --database, one of %s", err, strings.Join(e.Databases(), ", "))
	}
	return got, err
}

func writeTable(to io.Writer, got athena.Query) error {
	aligned := table.New().Headers(got.Columns...).StyleFunc(func(int, int) lipgloss.Style {
		return lipgloss.NewStyle().Padding(0, 1)
	})
	for _, values := range got.Rows {
		cells := make([]string, len(values))
		for i, value := range values {
			if cells[i] = fmt.Sprint(value); value == nil {
				cells[i] = "NULL"
			}
		}
		aligned.Row(cells...)
	}
	_, err := fmt.Fprintln(to, aligned)
	return err
}

func writeCSV(to io.Writer, got athena.Query) error {
	_, err := to.Write(got.CSV())
	return err
}

func writeJSON(to io.Writer, got athena.Query) error {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{
		"columns":            slices.Concat([]string{}, got.Columns),
		"rows":               got.Rows,
		"dataScannedInBytes": got.DataScannedInBytes,
		"partitionsScanned":  got.PartitionsScanned,
		"partitionsTotal":    got.PartitionsTotal,
		"cost":               got.Cost(got.DataScannedInBytes),
	})
}

// account says what a query read, and what that would cost.
func account(got athena.Query) string {
	return fmt.Sprintf("%d rows; %d bytes scanned in %d of %d partitions; %s USD on AWS (5 USD a TB, at least 10 MB: %s, %s)",
		len(got.Rows), got.DataScannedInBytes, got.PartitionsScanned, got.PartitionsTotal,
		strconv.FormatFloat(got.Cost(got.DataScannedInBytes), 'f', -1, 64), prices.Region, prices.Date)
}
