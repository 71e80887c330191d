package athena

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxLine is the longest line that Trino reads by default, in bytes (hive.text.max-line-length).
const maxLine = 100 << 20

// lineReader reads a stream line by line.
type lineReader struct {
	buffer *bufio.Reader
	// line is the number of the last line read, from 1.
	line int
	// longest is the most bytes that a line may have.
	longest int
}

func newLineReader(body io.Reader) *lineReader {
	return &lineReader{buffer: bufio.NewReaderSize(body, 64<<10), longest: maxLine}
}

// next returns a line without its end, or io.EOF. The line is good until the next call.
func (r *lineReader) next() ([]byte, error) {
	part, err := r.buffer.ReadSlice('\n')
	line := part
	if errors.Is(err, bufio.ErrBufferFull) {
		line = bytes.Clone(part)
		for errors.Is(err, bufio.ErrBufferFull) && len(line) <= r.longest {
			part, err = r.buffer.ReadSlice('\n')
			line = append(line, part...)
		}
	}
	r.line++
	switch {
	case len(line) > r.longest:
		return nil, fmt.Errorf("HIVE_CURSOR_ERROR: line %d is longer than %d bytes", r.line, r.longest)
	case len(line) == 0 && errors.Is(err, io.EOF):
		return nil, io.EOF
	case err != nil && !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("HIVE_CURSOR_ERROR: line %d: %w", r.line, err)
	}
	return bytes.TrimSuffix(line, []byte("\n")), nil
}

// rest is what was not read yet.
func (r *lineReader) rest() io.Reader { return r.buffer }
