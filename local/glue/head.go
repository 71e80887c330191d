package glue

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"io"
)

// Objects are read from their beginning, a megabyte at first, and up to ten where that holds no whole record. What is
// compressed is unpacked as it is read, that far and no further.
const (
	firstRead = 1 << 20
	lastRead  = 10 << 20
)

// head is the beginning of an object's content.
type head struct {
	data        []byte
	compression string
	// share is the part of the object's bytes that data was read from: 1 for all of them.
	share float64
}

// more says that the object goes on.
func (h head) more() bool { return h.share < 1 }

// readHead reads as much content as limit has bytes. It returns an *unreadable for what cannot be unpacked.
func readHead(object io.Reader, limit, size int64) (head, error) {
	packed := &counter{source: object}
	start := make([]byte, 3)
	n, err := io.ReadFull(packed, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return head{}, err
	}
	content := io.MultiReader(bytes.NewReader(start[:n]), packed)
	h := head{compression: "none", share: 1}
	switch {
	case bytes.HasPrefix(start, []byte("\x1f\x8b")):
		h.compression = "gzip"
		if content, err = gzip.NewReader(content); err != nil {
			return head{}, &unreadable{reason: "damaged gzip: " + err.Error()}
		}
	case bytes.HasPrefix(start, []byte("BZh")):
		h.compression = "bzip2"
		content = bzip2.NewReader(content)
	}
	var data bytes.Buffer
	data.Grow(int(min(limit, size)) + bytes.MinRead)
	if _, err = data.ReadFrom(io.LimitReader(content, limit)); err != nil {
		if packed.err != nil && !errors.Is(packed.err, io.EOF) {
			return head{}, packed.err
		}
		return head{}, &unreadable{reason: "damaged " + h.compression + ": " + err.Error()}
	}
	h.data = data.Bytes()
	if n, _ := content.Read(make([]byte, 1)); n > 0 {
		h.share = min(float64(packed.read)/float64(size), 0.999)
	}
	return h, nil
}

// counter counts the bytes that are read of an object, and keeps the error that ended that.
type counter struct {
	source io.Reader
	read   int64
	err    error
}

func (c *counter) Read(into []byte) (int, error) {
	n, err := c.source.Read(into)
	c.read, c.err = c.read+int64(n), err
	return n, err
}
