package athena

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// newLazyRows reads an object of LazySimpleSerDe: fields between delimiters, no quotes, what does not parse is NULL.
func newLazyRows(s *scan, body io.Reader) (rowReader, error) {
	delimiter, ok := s.table.SerDeParameters["field.delim"]
	if !ok {
		delimiter = "\x01"
	}
	null, ok := s.table.SerDeParameters["serialization.null.format"]
	if !ok {
		null = `\N`
	}
	if _, ok := s.table.SerDeParameters["escape.delim"]; ok {
		return nil, fmt.Errorf("table %s.%s: SerDe parameter escape.delim is not supported locally", s.table.Database, s.table.Name)
	}
	if err := onlyTypes(s, "string", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal", "boolean", "date", "timestamp"); err != nil {
		return nil, err
	}
	lines := newLineReader(body)
	return &lazyRows{columns: s.columns[:s.dataColumns], delimiter: []byte(delimiter), null: null, lines: lines}, skipHeader(s, lines)
}

type lazyRows struct {
	columns   []scanColumn
	delimiter []byte
	null      string
	lines     *lineReader
}

func (r *lazyRows) next() ([]any, error) {
	line, err := r.lines.next()
	if err != nil {
		return nil, err
	}
	fields := bytes.Split(bytes.TrimSuffix(line, []byte("\r")), r.delimiter)
	row := make([]any, len(r.columns))
	for i, column := range r.columns[:min(len(fields), len(r.columns))] {
		text := string(fields[i])
		if text == r.null {
			continue
		}
		value, err := column.hive.parse(text)
		if errors.Is(err, errPrecision) {
			return nil, fmt.Errorf("column %s: %w", column.name, err)
		}
		if err == nil {
			row[i] = value
		}
	}
	return row, nil
}

// newOpenCSVRows reads an object of OpenCSVSerde: quoted fields; a number that does not parse, empty included, fails the query.
func newOpenCSVRows(s *scan, body io.Reader) (rowReader, error) {
	// This SerDe reads dates and times as numbers since 1970.
	if err := onlyTypes(s, "string", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal", "boolean"); err != nil {
		return nil, err
	}
	parameters := s.table.SerDeParameters
	if quote, ok := parameters["quoteChar"]; ok && quote != `"` {
		return nil, fmt.Errorf("table %s.%s: SerDe parameter quoteChar = %q is not supported locally: only %q is", s.table.Database, s.table.Name, quote, `"`)
	}
	if parameters["escapeChar"] != `"` {
		body = withoutBackslash{body}
	}
	lines := newLineReader(body)
	if err := skipHeader(s, lines); err != nil {
		return nil, err
	}
	reader := csv.NewReader(lines.rest())
	reader.FieldsPerRecord = -1
	if separator := []rune(parameters["separatorChar"]); len(separator) == 1 {
		reader.Comma = separator[0]
	}
	return &openCSVRows{columns: s.columns[:s.dataColumns], reader: reader}, nil
}

// withoutBackslash refuses text with a backslash.
type withoutBackslash struct{ io.Reader }

func (r withoutBackslash) Read(into []byte) (int, error) {
	n, err := r.Reader.Read(into)
	if bytes.IndexByte(into[:n], '\\') >= 0 {
		return 0, errors.New("it has a backslash, which OpenCSVSerde takes for an escape: not supported locally unless the SerDe parameter escapeChar is a double quote")
	}
	return n, err
}

type openCSVRows struct {
	columns []scanColumn
	reader  *csv.Reader
}

func (r *openCSVRows) next() ([]any, error) {
	fields, err := r.reader.Read()
	if err == io.EOF {
		return nil, io.EOF
	}
	if err != nil {
		return nil, fmt.Errorf("HIVE_CURSOR_ERROR: %w", err)
	}
	row := make([]any, len(r.columns))
	for i, column := range r.columns[:min(len(fields), len(r.columns))] {
		if strings.ContainsRune(fields[i], '\n') {
			return nil, fmt.Errorf("HIVE_BAD_DATA: field %s holds a line break, which Athena's CSV readers do not take", column.name)
		}
		if row[i], err = column.hive.parse(fields[i]); err != nil {
			return nil, fmt.Errorf("HIVE_BAD_DATA: Error parsing field value '%s' for field %s: %w", fields[i], column.name, err)
		}
	}
	return row, nil
}

// onlyTypes refuses a table with a data column of any other type.
func onlyTypes(s *scan, allowed ...string) error {
	for _, column := range s.columns[:s.dataColumns] {
		if !slices.Contains(allowed, column.hive.name) {
			return fmt.Errorf("NOT_SUPPORTED: table %s.%s: column %s: type %s is not supported locally with SerDe %s", s.table.Database, s.table.Name, column.name, column.hive.name, s.table.SerDe)
		}
	}
	return nil
}

// skipHeader drops the lines that the table's skip.header.line.count says are a heading.
func skipHeader(s *scan, lines *lineReader) error {
	text, ok := s.table.Parameters["skip.header.line.count"]
	if !ok {
		return nil
	}
	count, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || count < 0 {
		return fmt.Errorf("table %s.%s: parameter skip.header.line.count is %q: it must be a number of lines", s.table.Database, s.table.Name, text)
	}
	for range count {
		if _, err := lines.next(); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	return nil
}
