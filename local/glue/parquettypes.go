package glue

import (
	"fmt"

	"github.com/parquet-go/parquet-go/deprecated"
	parquet "github.com/parquet-go/parquet-go/format"
)

// older are the logical types that older writers state in another way. Decimals have their digits beside it.
var older = map[deprecated.ConvertedType]parquet.LogicalType{
	deprecated.UTF8:            {UTF8: &parquet.StringType{}},
	deprecated.Enum:            {Enum: &parquet.EnumType{}},
	deprecated.Json:            {Json: &parquet.JsonType{}},
	deprecated.List:            {List: &parquet.ListType{}},
	deprecated.Map:             {Map: &parquet.MapType{}},
	deprecated.MapKeyValue:     {Map: &parquet.MapType{}},
	deprecated.Date:            {Date: &parquet.DateType{}},
	deprecated.TimeMillis:      {Time: &parquet.TimeType{}},
	deprecated.TimeMicros:      {Time: &parquet.TimeType{}},
	deprecated.TimestampMillis: {Timestamp: &parquet.TimestampType{}},
	deprecated.TimestampMicros: {Timestamp: &parquet.TimestampType{}},
	deprecated.Int8:            {Integer: &parquet.IntType{BitWidth: 8, IsSigned: true}},
	deprecated.Int16:           {Integer: &parquet.IntType{BitWidth: 16, IsSigned: true}},
	deprecated.Uint8:           {Integer: &parquet.IntType{BitWidth: 8}},
	deprecated.Uint16:          {Integer: &parquet.IntType{BitWidth: 16}},
	deprecated.Uint32:          {Integer: &parquet.IntType{BitWidth: 32}},
	deprecated.Uint64:          {Integer: &parquet.IntType{BitWidth: 64}},
}

// physical are the types of values about which nothing more is stated.
var physical = map[parquet.Type]kind{
	parquet.Boolean: boolean, parquet.Int32: integer, parquet.Int64: bigint, parquet.Int96: instant,
	parquet.Float: float, parquet.Double: double, parquet.ByteArray: blob, parquet.FixedLenByteArray: blob,
}

// integers are the types of whole numbers by their bits. Hive has none without a sign; one of Parquet takes the next wider
// type that has room for it, as in Spark and in AWS's SDK for pandas. What crawlers make of these is not documented.
//
// https://github.com/apache/spark/pull/31921, https://github.com/apache/spark/pull/31960
var (
	integers = map[int8]dataType{8: {kind: tinyint}, 16: {kind: smallint}, 32: {kind: integer}, 64: {kind: bigint}}
	unsigned = map[int8]dataType{8: {kind: smallint}, 16: {kind: integer}, 32: {kind: bigint}, 64: {kind: decimal, precision: 20}}
)

// logical is what a field's values mean, beyond their bytes.
func (n parquetNode) logical() parquet.LogicalType {
	switch {
	case n.LogicalType != nil && *n.LogicalType != (parquet.LogicalType{}):
		return *n.LogicalType
	case n.ConvertedType == nil:
		return parquet.LogicalType{}
	case *n.ConvertedType != deprecated.Decimal:
		return older[*n.ConvertedType]
	}
	stated := parquet.DecimalType{}
	if n.Precision != nil {
		stated.Precision = *n.Precision
	}
	if n.Scale != nil {
		stated.Scale = *n.Scale
	}
	return parquet.LogicalType{Decimal: &stated}
}

// hiveType is a field's type. path is the field's, for errors.
func (n parquetNode) hiveType(path string) (dataType, error) {
	one, err := n.valueType(path)
	if err == nil && n.repeated() {
		return dataType{kind: array, element: &one}, nil
	}
	return one, err
}

func (n parquetNode) repeated() bool {
	return n.RepetitionType != nil && *n.RepetitionType == parquet.Repeated
}

// valueType is the type of one value of a field, be it repeated or not.
func (n parquetNode) valueType(path string) (dataType, error) {
	switch logical := n.logical(); {
	case logical.Unknown != nil:
		return dataType{}, nil // nothing but nulls
	case n.Type != nil:
		return n.scalarType(path, logical)
	case logical.List != nil:
		return n.listType(path)
	case logical.Map != nil:
		return n.mapType(path)
	default:
		return n.structType(path)
	}
}

func (n parquetNode) structType(path string) (dataType, error) {
	t := dataType{kind: object}
	for _, child := range n.children {
		member, err := child.hiveType(path + "." + child.Name)
		if err != nil {
			return dataType{}, err
		}
		t.fields = append(t.fields, field{name: child.Name, original: child.Name, dataType: member})
	}
	return t, nil
}

// listType follows the rules for lists of all ages: the repeated field is a group around the element, or the element.
//
// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists
func (n parquetNode) listType(path string) (dataType, error) {
	if len(n.children) != 1 || !n.children[0].repeated() {
		return dataType{}, damagedParquet("column %s is a LIST, which has one repeated field, and has %s", path, count(len(n.children), "field"))
	}
	repeated := n.children[0]
	isElement := len(repeated.children) != 1 || repeated.children[0].repeated() || repeated.Name == "array" || repeated.Name == n.Name+"_tuple"
	var element dataType
	var err error
	if isElement {
		element, err = repeated.valueType(path + "[]")
	} else {
		element, err = repeated.children[0].hiveType(path + "[]")
	}
	return dataType{kind: array, element: &element}, err
}

// mapType goes by the place of key and value, not by their names, which differ among writers.
//
// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#maps
func (n parquetNode) mapType(path string) (dataType, error) {
	if len(n.children) != 1 || !n.children[0].repeated() || len(n.children[0].children) != 2 {
		return dataType{}, damagedParquet("column %s is a MAP, which has one repeated field of a key and a value, and has other fields", path)
	}
	pair, err := parquetNode{children: n.children[0].children}.structType(path)
	if err != nil {
		return dataType{}, err
	}
	pair.fields[0].name, pair.fields[1].name = "key", "value"
	return dataType{kind: mapping, fields: pair.fields}, nil
}

func (n parquetNode) scalarType(path string, logical parquet.LogicalType) (dataType, error) {
	switch {
	case logical.Time != nil:
		return dataType{}, noHiveType(path, "a TIME", "write a TIMESTAMP, a number or text")
	case n.ConvertedType != nil && *n.ConvertedType == deprecated.Interval:
		return dataType{}, noHiveType(path, "an INTERVAL", "write a number or text")
	case logical.Decimal != nil:
		precision, scale := int(logical.Decimal.Precision), int(logical.Decimal.Scale)
		if precision < 1 || precision > maxPrecision || scale < 0 || scale > precision {
			return dataType{}, noHiveType(path, fmt.Sprintf("a DECIMAL(%d,%d)", precision, scale), fmt.Sprintf("write one of 1 to %d digits", maxPrecision))
		}
		return dataType{kind: decimal, precision: precision, scale: scale}, nil
	case logical.Date != nil:
		return dataType{kind: date}, nil
	// Of nanoseconds, crawlers write the bare number: they know what older writers state, which has none.
	// https://github.com/NatLabRockies/buildstockbatch/issues/411, https://techblog.otakashi.jp/archives/559
	case logical.Timestamp != nil && logical.Timestamp.Unit.Nanos == nil:
		return dataType{kind: instant}, nil
	case logical.Integer != nil && logical.Integer.IsSigned:
		return integers[logical.Integer.BitWidth], nil
	case logical.Integer != nil:
		return unsigned[logical.Integer.BitWidth], nil
	case logical.UTF8 != nil || logical.Enum != nil || logical.Json != nil:
		return dataType{kind: text}, nil
	}
	return dataType{kind: physical[*n.Type]}, nil
}

// noHiveType refuses a column that no Hive type says: Hive and Spark refuse it too.
func noHiveType(path, what, remedy string) *unreadable {
	return &unreadable{reason: fmt.Sprintf("column %s is %s, for which Hive has no type: %s", path, what, remedy), unsupported: true}
}
