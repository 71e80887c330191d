package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"datalake/local/athena"
	"datalake/local/prices"
	"datalake/local/trino"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/lipgloss/table"
	"github.com/spf13/cobra"
)

type queryOptions struct {
	*invocation
	stack, database, format string
	file                    path
}

// writers print what a query gave, by the format's name.
var writers = map[string]func(to io.Writer, got athena.Query) error{"table": writeTable, "csv": writeCSV, "json": writeJSON}

// newQuery is the command that runs a query on the lake that the last run left.
func newQuery(in *invocation) *cobra.Command {
	o := queryOptions{invocation: in}
	cmd := &cobra.Command{
		Use:   "query [SQL]",
		Short: "Run a query on the lake that the last run left",
		Long: `Run a query, in Athena's SQL, on the lake that the last run left, and say what it read
and what that costs on AWS.`,
		Example: `  local query 'SELECT count(*) FROM usage_dev.daily_user_summaries'
  local query --database usage_dev --format csv --file usage.sql >usage.csv
  echo 'SHOW PARTITIONS usage_dev.daily_user_summaries' | local query --json`,
		Args: cobra.ArbitraryArgs,
	}
	cmd.RunE = in.does(func(cmd *cobra.Command, words []string) (int, error) {
		if o.json {
			o.format = "json"
		}
		write := writers[o.format]
		if write == nil {
			return 0, refusal{fmt.Errorf("--format %s: give table, csv or json", o.format)}
		}
		sql, err := o.read(words, cmd.InOrStdin())
		if err != nil {
			return 0, refusal{err}
		}
		got, err := o.run(sql)
		if err != nil {
			return 0, err
		}
		if err := write(cmd.OutOrStdout(), got); err != nil {
			return 0, fmt.Errorf("write the rows: %w", err)
		}
		if o.format != "json" && !o.quiet {
			fmt.Fprintln(cmd.ErrOrStderr(), account(got))
		}
		return 0, nil
	})
	in.stackFlag(cmd, &o.stack, "dev")
	flags := cmd.Flags()
	flags.StringVar(&o.database, "database", "", "`name` of the database of tables that are named without one")
	flags.StringVar(&o.format, "format", "table", "`form` of the rows: table, csv (as Athena writes results) or json")
	flags.Var(&o.file, "file", "`file` with the query (default: standard input)")
	in.complete(cmd, "format", func() []string { return slices.Sorted(maps.Keys(writers)) })
	return cmd
}

// read is the query, from where it was given.
func (o queryOptions) read(words []string, input io.Reader) (string, error) {
	switch {
	case len(words) > 1 || len(words) == 1 && o.file.given != "":
		return "", errors.New("give one query: quote it, put it into a --file, or on standard input")
	case len(words) == 1:
		return words[0], nil
	case o.file.given == "":
		text, err := io.ReadAll(input)
		return string(text), err
	}
	text, err := os.ReadFile(o.file.absolute)
	return string(text), err
}

func (o queryOptions) run(sql string) (got athena.Query, err error) {
	e, closeLake, err := openLake(o.stack, true, o.arguments)
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
