package glue

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxDepth of arrays and objects within each other; deeper data is not taken for JSON.
const maxDepth = 512

// jsonContent is what JSON text holds.
type jsonContent struct {
	fields  []field
	records int64
	// covered is how many bytes the records have.
	covered int
	// broken counts the places that are no record; line, text and fault are of the first.
	broken int
	line   int
	text   string
	fault  string
}

// readJSON reads JSON objects that follow one another, in lines or not, and passes over what is none. An array at the top
// becomes a column named array, as Glue's own classifier makes it.
func readJSON(data []byte, more bool) jsonContent {
	var c jsonContent
	broken := func(at int, err error) {
		if c.broken++; c.broken == 1 {
			c.line, c.text, c.fault = lineAt(data, at), excerpt(string(lineOf(data, at))), err.Error()
		}
	}
	eachRecord(data, more, func(at int, raw []byte) {
		record, err := recordType(raw)
		if err != nil {
			broken(at, err)
			return
		}
		if record.kind == array {
			c.fields = mergeFields(c.fields, []field{{name: "array", original: "array", dataType: record}})
		} else {
			c.fields = mergeFields(c.fields, lowerNames(record.fields))
		}
		c.records++
		c.covered += len(raw)
	}, broken)
	return c
}

func (c jsonContent) remarks() []remark {
	if c.broken == 0 {
		return nil
	}
	reason := "no JSON record: " + c.fault
	if c.broken > 1 {
		reason += fmt.Sprintf(" (one of %d such places)", c.broken)
	}
	return []remark{{line: c.line, value: c.text, reason: reason}}
}

func recordType(raw []byte) (dataType, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	token, err := decoder.Token()
	if err != nil {
		return dataType{}, err
	}
	return valueType(decoder, token, 0)
}

// lowerNames makes columns of an object's members; members that differ in case alone are one column.
func lowerNames(members []field) []field {
	var columns []field
	for _, m := range members {
		m.name = strings.ToLower(m.name)
		if at := indexField(columns, m.name); at >= 0 {
			columns[at].dataType = mergeTypes(columns[at].dataType, m.dataType)
			continue
		}
		columns = append(columns, m)
	}
	return columns
}

func valueType(decoder *json.Decoder, token json.Token, depth int) (dataType, error) {
	switch v := token.(type) {
	case bool:
		return dataType{kind: boolean}, nil
	case string:
		return dataType{kind: text}, nil
	case json.Number:
		return dataType{kind: numberKind(v.String())}, nil
	case json.Delim:
		if depth == maxDepth {
			return dataType{}, fmt.Errorf("more than %d arrays and objects within each other", maxDepth)
		}
		if v == '[' {
			return arrayType(decoder, depth+1)
		}
		return objectType(decoder, depth+1)
	}
	return dataType{kind: null}, nil
}

func arrayType(decoder *json.Decoder, depth int) (dataType, error) {
	var element dataType
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return dataType{}, err
		}
		t, err := valueType(decoder, token, depth)
		if err != nil {
			return dataType{}, err
		}
		element = mergeTypes(element, t)
	}
	_, err := decoder.Token()
	return dataType{kind: array, element: &element}, err
}

func objectType(decoder *json.Decoder, depth int) (dataType, error) {
	var members []field
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return dataType{}, err
		}
		token, err := decoder.Token()
		if err != nil {
			return dataType{}, err
		}
		t, err := valueType(decoder, token, depth)
		if err != nil {
			return dataType{}, err
		}
		name := key.(string)
		members = mergeFields(members, []field{{name: name, original: name, dataType: t}})
	}
	_, err := decoder.Token()
	return dataType{kind: object, fields: members}, err
}

// numberKind follows what crawlers wrote for JSON: int where 32 bits are enough, bigint for 64, else double.
func numberKind(number string) kind {
	n, err := strconv.ParseInt(number, 10, 64)
	switch {
	case err != nil:
		return double
	case n >= math.MinInt32 && n <= math.MaxInt32:
		return integer
	default:
		return bigint
	}
}
