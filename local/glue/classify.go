package glue

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"unicode/utf8"
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
	fields []field
	quoted bool
	// records are counted in what was read and, where that is not all, estimated from it by the number of bytes. AWS does
	// not say how it estimates its recordCount.
	records int64
	// limit is how many bytes of content were read at most.
	limit int64
	// remarks are on places in the object that do not look like the rest.
	remarks []remark
}

// remark is a Note on an object, of which the object and the table are not known yet.
type remark struct {
	column, dataType string
	line             int
	value, reason    string
}

// unreadable says why an object is in no table.
type unreadable struct {
	// line counts from 1; 0 is the whole object.
	line   int
	reason string
	// unsupported says that Glue reads it and this crawler does not.
	unsupported bool
}

func (u *unreadable) Error() string {
	if u.line > 0 {
		return fmt.Sprintf("line %d: %s", u.line, u.reason)
	}
	return u.reason
}

// magics are first bytes of formats that this crawler does not read. Glue reads those that are datasets.
var magics = []struct {
	name, start string
	dataset     bool
}{
	{"Parquet with an encrypted footer", "PARE", false},
	{"ORC", "ORC", true},
	{"Avro", "Obj\x01", true},
	{"Ion", "\xe0\x01\x00\xea", true},
	{"LZ4", "\x04\x22\x4d\x18", true},
	{"Snappy", "\xff\x06\x00\x00sNaPpY", true},
	{"Zstandard", "\x28\xb5\x2f\xfd", true},
	{"ZIP", "PK\x03\x04", false},
	{"XML", "<", false},
	{"UTF-16 text", "\xff\xfe", false},
	{"UTF-16 text", "\xfe\xff", false},
}

const neither = "it is neither JSON nor CSV"

// classify tells what an object holds, by its bytes alone. What Glue would call UNKNOWN is an *unreadable, as is what Glue
// reads and this crawler does not. open gives the object from its beginning.
func classify(open func() (*os.File, error), size int64) (content, error) {
	for limit := int64(firstRead); ; limit += firstRead {
		found, h, err := classifyHead(open, limit, size)
		found.limit = limit
		unread := (*unreadable)(nil)
		if !errors.As(err, &unread) || unread.unsupported || !h.more() || limit >= lastRead || !startsAsJSON(h.data) {
			return found, err
		}
	}
}

func classifyHead(open func() (*os.File, error), limit, size int64) (content, head, error) {
	object, err := open()
	if err != nil {
		return content{}, head{}, err
	}
	defer func() { _ = object.Close() }() // it was only read
	if is, err := isParquet(object, size); is || err != nil {
		if err != nil {
			return content{}, head{}, err
		}
		found, err := readParquet(object, size)
		return found, head{}, err
	}
	h, err := readHead(object, limit, size)
	if err != nil {
		return content{}, head{}, err
	}
	found, err := classifyText(h)
	found.compression = h.compression
	return found, h, err
}

func classifyText(h head) (content, error) {
	data := bytes.TrimPrefix(h.data, []byte("\ufeff"))
	if !isText(data) && !startsAsJSON(data) {
		return content{}, named(data, &unreadable{reason: neither + ": it is no text"})
	}
	var remarks []remark
	if at := invalidUTF8(data); at >= 0 && (!h.more() || len(data)-at >= utf8.UTFMax) {
		remarks = append(remarks, remark{
			line: lineAt(data, at), value: excerpt(string(lineOf(data, at))),
			reason: "the line is not UTF-8 (Latin-1, perhaps); what is not is read as \ufffd",
		})
	}
	found, err := classifyLines(bytes.ToValidUTF8(data, []byte("\ufffd")), h.more())
	if err != nil {
		return content{}, named(data, err)
	}
	found.remarks = append(remarks, found.remarks...)
	found.records = max(1, int64(float64(found.records)/h.share))
	return found, nil
}

// named says the name of a format that this crawler does not read or that is cut off, or else err.
func named(data []byte, err error) error {
	if bytes.HasPrefix(data, []byte(parquetMark)) {
		return damagedParquet("it begins with %s and does not end with it: it is cut off, perhaps", parquetMark)
	}
	for _, magic := range magics {
		if bytes.HasPrefix(data, []byte(magic.start)) {
			return &unreadable{reason: magic.name + " is not supported locally", unsupported: magic.dataset}
		}
	}
	return err
}

func classifyLines(data []byte, more bool) (content, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return content{}, &unreadable{reason: "it is blank"}
	}
	found := readJSON(data, more)
	if startsAsJSON(data) {
		if found.records == 0 {
			return content{}, noJSON(data, found)
		}
		return content{format: format{classification: "json"}, fields: found.fields, records: found.records, remarks: found.remarks()}, nil
	}
	// Text before the first of many records does not make them something else than JSON.
	if found.records > 1 && float64(found.covered) > similarityThreshold*float64(len(data)) {
		return content{format: format{classification: "json"}, fields: found.fields, records: found.records, remarks: found.remarks()}, nil
	}
	if more {
		data = data[:bytes.LastIndexByte(data, '\n')+1]
	}
	rows, err := readCSV(data)
	if err != nil {
		return content{}, err
	}
	return content{
		format: format{classification: "csv", delimiter: rows.delimiter, header: rows.header},
		fields: rows.fields, quoted: rows.quoted, records: rows.records, remarks: rows.remarks,
	}, nil
}

// bareName is how an object begins whose names have no quotation marks.
var bareName = regexp.MustCompile(`\A\s*\{\s*[A-Za-z_$][\w$]*\s*:`)

func noJSON(data []byte, found jsonContent) *unreadable {
	if bareName.Match(data) {
		return &unreadable{line: 1, reason: "it begins as JSON, but a name has no quotation marks; if it is Ion, Ion is not supported locally", unsupported: true}
	}
	if found.broken == 0 {
		return &unreadable{reason: fmt.Sprintf("it begins as JSON, and its first %d bytes hold no whole record", len(data))}
	}
	return &unreadable{line: found.line, reason: "it begins as JSON and holds no whole record: " + found.fault}
}

// startsAsJSON keeps damaged JSON from being taken for CSV, its commas for delimiters.
func startsAsJSON(data []byte) bool {
	start := bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), 256)], []byte("\ufeff")), " \t\r\n")
	return bytes.HasPrefix(start, []byte("{")) || bytes.HasPrefix(start, []byte("["))
}

// isText says that there are no control characters but those that text has, and the delimiter Ctrl-A.
func isText(data []byte) bool {
	for _, b := range data {
		if b < ' ' && (b < '\t' || b > '\r') && b != '\x01' && b != '\x1b' || b == 0x7f {
			return false
		}
	}
	return true
}

// invalidUTF8 is where data first is not UTF-8, or -1.
func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}

// lineAt is the number, from 1, of the line that a byte is in.
func lineAt(data []byte, at int) int { return 1 + bytes.Count(data[:at], []byte("\n")) }

// lineOf is the line that a byte is in.
func lineOf(data []byte, at int) []byte {
	line, _, _ := bytes.Cut(data[bytes.LastIndexByte(data[:at], '\n')+1:], []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r"))
}
