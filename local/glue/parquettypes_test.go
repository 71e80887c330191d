package glue

import (
	"bytes"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	parquetformat "github.com/parquet-go/parquet-go/format"
	"github.com/stretchr/testify/require"
)

// schemaOnly is a Parquet object without rows.
func schemaOnly(t *testing.T, columns parquet.Group) string {
	var b bytes.Buffer
	require.NoError(t, parquet.NewWriter(&b, parquet.NewSchema("t", columns)).Close())
	return b.String()
}

// olderType states a type as writers did before logical types.
type olderType struct {
	parquet.Type
	converted deprecated.ConvertedType
}

func (o olderType) LogicalType() *parquetformat.LogicalType  { return nil }
func (o olderType) ConvertedType() *deprecated.ConvertedType { return &o.converted }
func old(t parquet.Type, as deprecated.ConvertedType) parquet.Node {
	return parquet.Leaf(olderType{t, as})
}

// marked is a group that says it is what another is, whatever is in it.
type marked struct {
	parquet.Group
	as parquet.Type
}

func (m marked) Type() parquet.Type { return m.as }

func list(children parquet.Group) parquet.Node {
	return parquet.Optional(marked{children, parquet.List(parquet.String()).Type()})
}

func dictionary(children parquet.Group) parquet.Node {
	return parquet.Optional(marked{children, parquet.Map(parquet.String(), parquet.String()).Type()})
}

func TestTypesOfParquet(t *testing.T) {
	whole, pair := parquet.Leaf(parquet.Int32Type), parquet.Group{"A": parquet.String(), "b": parquet.Leaf(parquet.Int32Type)}
	for _, c := range []struct {
		why  string
		node parquet.Node
		want string
	}{
		{"a boolean", parquet.Leaf(parquet.BooleanType), "boolean"},
		{"32 bits", whole, "int"},
		{"64 bits", parquet.Leaf(parquet.Int64Type), "bigint"},
		{"96 bits are a time of Impala and older Sparks", parquet.Leaf(parquet.Int96Type), "timestamp"},
		{"a float", parquet.Leaf(parquet.FloatType), "float"},
		{"a double", parquet.Leaf(parquet.DoubleType), "double"},
		{"bytes", parquet.Leaf(parquet.ByteArrayType), "binary"},
		{"bytes of one length", parquet.Leaf(parquet.FixedLenByteArrayType(5)), "binary"},
		{"a UUID is bytes", parquet.UUID(), "binary"},
		{"BSON is bytes", parquet.BSON(), "binary"},

		{"INT_8", parquet.Int(8), "tinyint"},
		{"INT_16", parquet.Int(16), "smallint"},
		{"INT_32", parquet.Int(32), "int"},
		{"INT_64", parquet.Int(64), "bigint"},
		{"UINT_8 takes the next wider type", parquet.Uint(8), "smallint"},
		{"UINT_16 takes the next wider type", parquet.Uint(16), "int"},
		{"UINT_32 takes the next wider type", parquet.Uint(32), "bigint"},
		{"UINT_64 has no wider one", parquet.Uint(64), "decimal(20,0)"},
		{"a date", parquet.Date(), "date"},
		{"milliseconds", parquet.Timestamp(parquet.Millisecond), "timestamp"},
		{"microseconds", parquet.Timestamp(parquet.Microsecond), "timestamp"},
		{"local time", parquet.TimestampAdjusted(parquet.Microsecond, false), "timestamp"},
		{"nanoseconds are a number to crawlers", parquet.Timestamp(parquet.Nanosecond), "bigint"},
		{"a decimal of 32 bits", parquet.Decimal(2, 9, parquet.Int32Type), "decimal(9,2)"},
		{"a decimal of 64 bits", parquet.Decimal(0, 18, parquet.Int64Type), "decimal(18,0)"},
		{"a decimal of bytes", parquet.Decimal(10, 38, parquet.ByteArrayType), "decimal(38,10)"},
		{"a decimal of bytes of one length", parquet.Decimal(4, 20, parquet.FixedLenByteArrayType(9)), "decimal(20,4)"},
		{"a string", parquet.String(), "string"},
		{"an enum", parquet.Enum(), "string"},
		{"JSON", parquet.JSON(), "string"},
		{"an optional column", parquet.Optional(parquet.String()), "string"},

		{"older UTF8", old(parquet.ByteArrayType, deprecated.UTF8), "string"},
		{"older DATE", old(parquet.Int32Type, deprecated.Date), "date"},
		{"older TIMESTAMP_MILLIS", old(parquet.Int64Type, deprecated.TimestampMillis), "timestamp"},
		{"older TIMESTAMP_MICROS", old(parquet.Int64Type, deprecated.TimestampMicros), "timestamp"},
		{"older INT_8", old(parquet.Int32Type, deprecated.Int8), "tinyint"},
		{"older INT_64", old(parquet.Int64Type, deprecated.Int64), "bigint"},
		{"older UINT_32", old(parquet.Int32Type, deprecated.Uint32), "bigint"},

		{"a struct keeps its members' names", pair, "struct<A:string,b:int>"},
		{"a list", parquet.List(whole), "array<int>"},
		{"a list that may be absent, of elements that may be", parquet.Optional(parquet.List(parquet.Optional(parquet.String()))), "array<string>"},
		{"a list of lists", parquet.List(parquet.List(whole)), "array<array<int>>"},
		{"a list of structs", parquet.List(pair), "array<struct<A:string,b:int>>"},
		{"a repeated column is a list", parquet.Repeated(whole), "array<int>"},
		{"a repeated group is one of structs", parquet.Repeated(pair), "array<struct<A:string,b:int>>"},
		{"a list of two levels", list(parquet.Group{"element": parquet.Repeated(whole)}), "array<int>"},
		{"a list of two levels, of structs", list(parquet.Group{"element": parquet.Repeated(pair)}), "array<struct<A:string,b:int>>"},
		{"a group named array is the element", list(parquet.Group{"array": parquet.Repeated(parquet.Group{"n": whole})}), "array<struct<n:int>>"},
		{"a group named after the list is the element", list(parquet.Group{"x_tuple": parquet.Repeated(parquet.Group{"n": whole})}), "array<struct<n:int>>"},
		{"a group of a repeated field is the element", list(parquet.Group{"bag": parquet.Repeated(parquet.Group{"n": parquet.Repeated(whole)})}), "array<struct<n:array<int>>>"},
		{"a group of any other name is around it", list(parquet.Group{"bag": parquet.Repeated(parquet.Group{"array_element": whole})}), "array<int>"},
		{"a map", parquet.Map(parquet.String(), whole), "map<string,int>"},
		{"a map of maps of structs", parquet.Map(parquet.String(), parquet.Map(whole, pair)), "map<string,map<int,struct<A:string,b:int>>>"},
		{"a map with names of its own", dictionary(parquet.Group{"map": parquet.Repeated(parquet.Group{"k": whole, "v": parquet.String()})}), "map<int,string>"},
	} {
		t.Run(c.why, func(t *testing.T) {
			l := newLab(t)
			l.put("t/a.parquet", schemaOnly(t, parquet.Group{"x": c.node}))
			l.mustCrawl(settings("s3://lake/t/"))
			require.Equal(t, []string{"t @ t/: x " + c.want}, l.shown())
			require.Equal(t, "0", l.table("t").Parameters["recordCount"])
		})
	}
}

func TestColumnsOfParquetWithoutAHiveType(t *testing.T) {
	time := parquet.Time(parquet.Microsecond)
	for _, c := range []struct {
		why     string
		node    parquet.Node
		message string
	}{
		{"a time of day", time, "column Opens is a TIME, for which Hive has no type: write a TIMESTAMP, a number or text"},
		{"an older time of day", old(parquet.Int32Type, deprecated.TimeMillis), "column Opens is a TIME, for which"},
		{"one within a struct", parquet.Group{"at": time}, "column Opens.at is a TIME, for which"},
		{"one within a list", parquet.List(parquet.Group{"at": time}), "column Opens[].at is a TIME, for which"},
		{"one within a map", parquet.Map(parquet.String(), time), "column Opens.value is a TIME, for which"},
		{"an interval", old(parquet.FixedLenByteArrayType(12), deprecated.Interval), "column Opens is an INTERVAL, for which Hive has no type: write a number or text"},
		{"a decimal of too many digits", parquet.Decimal(2, 50, parquet.ByteArrayType), "column Opens is a DECIMAL(50,2), for which Hive has no type: write one of 1 to 38 digits"},
		{"a list of two fields", list(parquet.Group{"a": parquet.Repeated(time), "b": time}), "damaged Parquet: column Opens is a LIST, which has one repeated field, and has 2 fields"},
		{"a map without values", dictionary(parquet.Group{"map": parquet.Repeated(parquet.Group{"key": time})}), "damaged Parquet: column Opens is a MAP, which has one repeated field of a key and a value, and has other fields"},
	} {
		t.Run(c.why, func(t *testing.T) {
			l := newLab(t)
			l.put("t/shops/a.parquet", schemaOnly(t, parquet.Group{"Opens": c.node}))
			require.NoError(t, l.CreateCrawler(settings("s3://lake/t/")))
			last := l.crawl("nightly")
			require.Equal(t, failed, last["Status"])
			require.Contains(t, last["ErrorMessage"], "reading s3://lake/t/shops/a.parquet: "+c.message)
		})
	}
	t.Run("beside others, the object is skipped", func(t *testing.T) {
		l := newLab(t)
		l.put("t/a.parquet", schemaOnly(t, parquet.Group{"n": parquet.Int(32)}))
		l.put("t/b.parquet", schemaOnly(t, parquet.Group{"n": parquet.Int(32), "opens": time}))
		l.mustCrawl(settings("s3://lake/t/"))
		require.Equal(t, []string{"t @ t/: n int"}, l.shown())
		require.Equal(t, []string{"skipped t/b.parquet: column opens is a TIME, for which Hive has no type: write a TIMESTAMP, a number or text"}, l.told())
	})
}

// AWS documents nothing of it; the rules are those for JSON and CSV, and of two numbers the one of the wider range.
func TestTypesThatDifferAmongParquetObjects(t *testing.T) {
	decimal := func(precision, scale int) parquet.Node {
		return parquet.Decimal(scale, precision, parquet.ByteArrayType)
	}
	number, pair := parquet.Int(32), parquet.Group{"a": parquet.Int(32)}
	for _, c := range []struct {
		why        string
		one, other parquet.Node
		want       string
		told       []string
	}{
		{"whole numbers", parquet.Int(8), parquet.Int(16), "smallint", nil},
		{"a whole number and a float", parquet.Int(64), parquet.Leaf(parquet.FloatType), "float", nil},
		{"a float and a double", parquet.Leaf(parquet.FloatType), parquet.Leaf(parquet.DoubleType), "double", nil},
		{"decimals have room for all digits", decimal(9, 2), decimal(9, 4), "decimal(11,4)", nil},
		{"a decimal has room for a whole number", decimal(9, 2), number, "decimal(12,2)", nil},
		{"a decimal has no more than 38 digits", decimal(38, 30), decimal(30, 0), "decimal(38,8)", nil},
		{"a decimal and a double", decimal(9, 2), parquet.Leaf(parquet.DoubleType), "double", nil},
		{"a date and a timestamp", parquet.Date(), parquet.Timestamp(parquet.Millisecond), "string", []string{`t.x string t/a "date": a date in 1 of 2 objects made the column a string`}},
		{"bytes and text", parquet.Leaf(parquet.ByteArrayType), parquet.String(), "string", []string{`t.x string t/b "string": text in 1 of 2 objects made the column a string`}},
		{"members of structs", pair, parquet.Group{"a": parquet.Int(64), "b": parquet.String()}, "struct<a:bigint,b:string>", nil},
		{"values of maps", parquet.Map(parquet.String(), pair), parquet.Map(parquet.String(), parquet.Group{"b": parquet.Date()}), "map<string,struct<a:int,b:date>>", nil},
		{
			"within lists and maps", parquet.List(parquet.Map(parquet.String(), number)), parquet.List(parquet.Map(parquet.String(), parquet.Date())), "array<map<string,string>>",
			[]string{`t.x[].value array<map<string,string>> t/b "date": a date in 1 of 2 objects made the column a string`},
		},
	} {
		t.Run(c.why, func(t *testing.T) {
			l := newLab(t)
			l.put("t/a", schemaOnly(t, parquet.Group{"x": c.one}))
			l.put("t/b", schemaOnly(t, parquet.Group{"x": c.other}))
			l.mustCrawl(settings("s3://lake/t/"))
			require.Equal(t, []string{"t @ t/: x " + c.want}, l.shown())
			require.Equal(t, c.told, l.told())
		})
	}
}

func TestColumnsOfParquetThatDifferInCaseAlone(t *testing.T) {
	l := newLab(t)
	l.put("t/a", schemaOnly(t, parquet.Group{"ID": parquet.Int(32), "id": parquet.String()}))
	l.mustCrawl(settings("s3://lake/t/"))
	require.Equal(t, []string{"t @ t/: id int, id string"}, l.shown())
	require.Equal(t, []string{"t.id: it is the name of two columns: Athena refuses the table"}, l.told())
}
