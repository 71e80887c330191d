package glue

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	parquet "github.com/parquet-go/parquet-go/format"
)

// parquetFormat is that of all Parquet: its pages may be compressed, the object is not.
var parquetFormat = format{classification: "parquet", compression: "none"}

// A Parquet object begins and ends with the mark. Before the last are the footer and, in four bytes, the footer's length.
const (
	parquetMark = "PAR1"
	parquetTail = 4 + len(parquetMark)
)

// parquetFooter is what of a footer says something about the table. The rest, on each column of each row group, is
// passed over.
type parquetFooter struct {
	Schema []parquet.SchemaElement `thrift:"2,required"`
	Rows   int64                   `thrift:"3,required"`
}

func damagedParquet(reason string, values ...any) *unreadable {
	return &unreadable{reason: "damaged Parquet: " + fmt.Sprintf(reason, values...)}
}

// isParquet goes by both marks: text may begin with one.
func isParquet(object io.ReaderAt, size int64) (bool, error) {
	mark := make([]byte, len(parquetMark))
	for _, at := range []int64{0, size - int64(len(parquetMark))} {
		if at < 0 {
			return false, nil
		}
		if n, err := object.ReadAt(mark, at); n < len(mark) && !errors.Is(err, io.EOF) {
			return false, err
		}
		if string(mark) != parquetMark {
			return false, nil
		}
	}
	return true, nil
}

// readParquet reads the footer and nothing else, whatever the size.
func readParquet(object io.ReaderAt, size int64) (content, error) {
	tail := make([]byte, parquetTail)
	before := size - int64(len(parquetMark)+parquetTail)
	if before < 0 {
		return content{}, damagedParquet("its %d bytes are too few for a footer", size)
	}
	if _, err := object.ReadAt(tail, size-int64(parquetTail)); err != nil && !errors.Is(err, io.EOF) {
		return content{}, err
	}
	length := int64(binary.LittleEndian.Uint32(tail))
	if length > before {
		return content{}, damagedParquet("its footer would have %d bytes, and there are %d before its end", length, before)
	}
	data := make([]byte, length)
	if _, err := object.ReadAt(data, size-int64(parquetTail)-length); err != nil {
		return content{}, err
	}
	var footer parquetFooter
	reader := boundedReader{new(thrift.CompactProtocol).NewReader(bytes.NewReader(data)), int32(length)}
	if err := thrift.NewDecoder(reader).Decode(&footer); err != nil {
		return content{}, damagedParquet("its footer cannot be read: %v", err)
	}
	root, rest, err := parquetTree(footer.Schema, 0)
	switch {
	case err != nil:
		return content{}, err
	case len(rest) > 0 || len(root.children) == 0 || footer.Rows < 0:
		return content{}, damagedParquet("its footer has %d columns, %s within none of them and %d rows", len(root.children), count(len(rest), "field"), footer.Rows)
	}
	found := content{format: parquetFormat, records: footer.Rows}
	for _, column := range root.children {
		t, err := column.hiveType(column.Name)
		if err != nil {
			return content{}, err
		}
		found.fields = append(found.fields, field{name: strings.ToLower(column.Name), original: column.Name, dataType: t})
	}
	return found, nil
}

// boundedReader refuses lists that are longer than the data could hold: memory is taken for all of a list at once.
type boundedReader struct {
	thriftReader
	limit int32
}

type thriftReader = thrift.Reader // a name for the field that no method has

func (r boundedReader) ReadList() (thrift.List, error) {
	list, err := r.thriftReader.ReadList()
	if err == nil && list.Size > r.limit {
		err = fmt.Errorf("a list of %d elements in %d bytes", list.Size, r.limit)
	}
	return list, err
}

// parquetNode is a field of a Parquet schema with those within it.
type parquetNode struct {
	parquet.SchemaElement
	children []parquetNode
}

// parquetTree takes a field, with what is within it, from the beginning of a schema, where each field precedes its own.
func parquetTree(schema []parquet.SchemaElement, depth int) (node parquetNode, rest []parquet.SchemaElement, err error) {
	switch {
	case len(schema) == 0:
		return node, nil, damagedParquet("its schema breaks off")
	case depth > maxDepth:
		return node, nil, damagedParquet("its schema has more than %d fields within each other", maxDepth)
	}
	node.SchemaElement, rest = schema[0], schema[1:]
	if node.NumChildren == nil {
		return node, rest, nil
	}
	for range *node.NumChildren {
		var child parquetNode
		if child, rest, err = parquetTree(rest, depth+1); err != nil {
			return node, nil, err
		}
		node.children = append(node.children, child)
	}
	return node, rest, nil
}
