package glue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxBroken is how many places that are no JSON are passed over in one object.
const maxBroken = 1000

// eachRecord calls record for each JSON object or array that follows one another in data, and broken for each place that is
// neither, both with the place where it begins. After one that is broken it goes on at the next line that begins with {,
// which a line within a record hardly does. more says that data was cut off, so that its end is no fault.
func eachRecord(data []byte, more bool, record func(at int, raw []byte), broken func(at int, err error)) {
	var raw json.RawMessage
	begin, faults := 0, 0
	for begin >= 0 && faults < maxBroken {
		decoder := json.NewDecoder(bytes.NewReader(data[begin:]))
		for {
			after := begin + int(decoder.InputOffset())
			err := decoder.Decode(&raw)
			at := after + len(data[after:]) - len(bytes.TrimLeft(data[after:], " \t\r\n"))
			cut := errors.Is(err, io.ErrUnexpectedEOF)
			if errors.Is(err, io.EOF) || cut && more {
				return
			}
			if err == nil && (raw[0] == '{' || raw[0] == '[') {
				record(at, raw)
				continue
			}
			switch {
			case cut:
				err = errors.New("it breaks off")
			case err == nil:
				err = fmt.Errorf("%s is neither an object nor an array", excerpt(string(raw)))
			}
			broken(at, err)
			faults++
			begin = nextObject(data, at)
			break
		}
	}
}

// nextObject is the beginning of the first line after a place that begins with {, or -1.
func nextObject(data []byte, after int) int {
	if next := bytes.Index(data[after:], []byte("\n{")); next >= 0 {
		return after + next + 1
	}
	return -1
}
