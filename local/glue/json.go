package glue

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
)

// maxDepth of arrays and objects within each other; deeper data is not taken for JSON.
const maxDepth = 512

// readJSON reads JSON objects that follow one another, in lines or not. It stops at what is no JSON and says so by intact;
// an array at the top becomes a column named array, as Glue's own classifier makes it.
func readJSON(data []byte) (fields []field, records int64, intact bool) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return fields, records, true
		}
		if err != nil {
			return fields, records, false
		}
		record, err := valueType(decoder, token, 0)
		if err != nil {
			return fields, records, false
		}
		switch record.kind {
		case object:
			fields = mergeFields(fields, lowerNames(record.fields))
		case array:
			fields = mergeFields(fields, []field{{name: "array", original: "array", dataType: record}})
		default:
			return fields, records, false
		}
		records++
	}
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
			return dataType{}, errors.New("too deep")
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
