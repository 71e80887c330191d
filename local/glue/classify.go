package glue

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Objects are read from their beginning, a megabyte at first, and up to ten where that holds no whole JSON record.
const (
	firstRead = 1 << 20
	lastRead  = 10 << 20
)

// format is what two objects must share to be in one table.
type format struct {
	classification string
	compression    string
	delimiter      string
	header         bool
}

// content is what an object was found to hold.
type content struct {
	format
	fields  []field
	quoted  bool
	records int64
	// intact is false for an object that begins as JSON and does not go on so.
	intact bool
}

var errUnrecognized = errors.New("no classifier recognizes it")

// magics are first bytes of formats that Glue reads and this crawler does not.
var magics = []struct{ name, start string }{
	{"Parquet", "PAR1"},
	{"ORC", "ORC"},
	{"Avro", "Obj\x01"},
	{"Ion", "\xe0\x01\x00\xea"},
	{"ZIP", "PK\x03\x04"},
	{"LZ4", "\x04\x22\x4d\x18"},
	{"Snappy", "\xff\x06\x00\x00sNaPpY"},
	{"Zstandard", "\x28\xb5\x2f\xfd"},
	{"XML", "<"},
}

// classify tells what the file holds, by its bytes alone. errUnrecognized is what Glue would call UNKNOWN.
func classify(path string, size int64) (content, error) {
	for limit := int64(firstRead); ; limit += firstRead {
		data, compression, more, err := readStart(path, limit, size)
		if err != nil {
			return content{}, err
		}
		found, err := classifyText(data, more)
		found.compression = compression
		if !errors.Is(err, errUnrecognized) || !more || limit >= lastRead || !startsAsJSON(data) {
			return found, err
		}
	}
}

// readStart returns the first bytes of the file's content and whether there are more.
func readStart(path string, limit, size int64) (data []byte, compression string, more bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, "", false, err
	}
	defer file.Close()
	data = make([]byte, min(limit+1, size))
	n, err := io.ReadFull(file, data)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, "", false, err
	}
	data, compression = data[:n], "none"
	source := io.MultiReader(bytes.NewReader(data), file)
	var unpacked io.Reader
	switch {
	case bytes.HasPrefix(data, []byte("\x1f\x8b")):
		compression = "gzip"
		if unpacked, err = gzip.NewReader(source); err != nil {
			return nil, "", false, fmt.Errorf("%w: damaged gzip: %w", errUnrecognized, err)
		}
	case bytes.HasPrefix(data, []byte("BZh")):
		compression = "bzip2"
		unpacked = bzip2.NewReader(source)
	}
	if unpacked != nil {
		if data, err = io.ReadAll(io.LimitReader(unpacked, limit+1)); err != nil {
			return nil, "", false, fmt.Errorf("%w: damaged %s: %w", errUnrecognized, compression, err)
		}
	}
	more = int64(len(data)) > limit
	return data[:min(int64(len(data)), limit)], compression, more, nil
}

func classifyText(data []byte, more bool) (content, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if startsAsJSON(data) {
		fields, records, intact := readJSON(data)
		if records == 0 {
			return content{}, errUnrecognized
		}
		return content{format: format{classification: "json"}, fields: fields, records: records, intact: intact || more}, nil
	}
	if more {
		data = data[:bytes.LastIndexByte(data, '\n')+1]
	}
	rows, ok := readCSV(data)
	if !ok {
		return content{}, nameFormat(data)
	}
	return content{
		format: format{classification: "csv", delimiter: rows.delimiter, header: rows.header},
		fields: rows.fields, quoted: rows.quoted, records: rows.records, intact: true,
	}, nil
}

func nameFormat(data []byte) error {
	for _, magic := range magics {
		if bytes.HasPrefix(data, []byte(magic.start)) {
			return fmt.Errorf("%s is not supported locally", magic.name)
		}
	}
	return errUnrecognized
}

// startsAsJSON keeps damaged JSON from being taken for CSV, its commas for delimiters.
func startsAsJSON(data []byte) bool {
	start := strings.TrimLeft(string(data[:min(len(data), 256)]), " \t\r\n")
	return strings.HasPrefix(start, "{") || strings.HasPrefix(start, "[")
}
