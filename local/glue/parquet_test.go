package glue

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/stretchr/testify/require"
)

// packed is a Parquet object of some rows, two in each row group.
func packed[T any](t *testing.T, codec compress.Codec, rows ...T) string {
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, parquet.Compression(codec), parquet.MaxRowsPerRowGroup(2))
	for _, row := range rows { // one by one, or they are one row group
		_, err := w.Write([]T{row})
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.String()
}

type order struct {
	ID     int64   `parquet:"id"`
	Shop   string  `parquet:"Shop"`
	Amount float64 `parquet:"amount"`
}

// widerOrder is what orders became.
type widerOrder struct {
	ID     int64   `parquet:"id"`
	Shop   string  `parquet:"Shop"`
	Amount float64 `parquet:"amount"`
	Paid   bool    `parquet:"paid"`
}

// What the table rests on: https://github.com/ThanapoomJoey/AWS-Serverless-DataLake and
// https://github.com/angelocarvalho/Analytics_Labs show what real crawlers wrote.
func TestAParquetTable(t *testing.T) {
	for why, codec := range map[string]compress.Codec{
		"not compressed": &parquet.Uncompressed, "snappy": &parquet.Snappy, "gzip": &parquet.Gzip, "zstd": &parquet.Zstd,
	} {
		t.Run(why, func(t *testing.T) {
			l := newLab(t)
			body := packed(t, codec, make([]order, 5)...)
			file, err := parquet.OpenFile(strings.NewReader(body), int64(len(body)))
			require.NoError(t, err)
			require.Len(t, file.RowGroups(), 3)
			l.put("orders/part-0.parquet", body)
			l.mustCrawl(settings("s3://lake/orders/"))
			require.Equal(t, Table{
				Database:      "usage",
				Name:          "orders",
				Location:      "s3://lake/orders/",
				Columns:       []Column{{"id", "bigint"}, {"shop", "string"}, {"amount", "double"}},
				PartitionKeys: []Column{},
				InputFormat:   "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
				OutputFormat:  "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
				SerDe:         SerDe{"org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe", map[string]string{"serialization.format": "1"}},
				Parameters: map[string]string{
					"classification":                   "parquet",
					"compressionType":                  "none",
					"typeOfData":                       "file",
					"objectCount":                      "1",
					"recordCount":                      "5",
					"sizeKey":                          fmt.Sprint(len(body)),
					"averageRecordSize":                fmt.Sprint(len(body) / 5),
					"CrawlerSchemaSerializerVersion":   "1.0",
					"CrawlerSchemaDeserializerVersion": "1.0",
					"CRAWL_RUN_ID":                     runID("nightly", 1),
					"UPDATED_BY_CRAWLER":               "nightly",
				},
			}, l.table("orders"))
			require.Empty(t, l.told())
		})
	}
}

func TestParquetInFoldersOfKeysIsPartitioned(t *testing.T) {
	l := newLab(t)
	body := packed(t, &parquet.Snappy, make([]order, 3)...)
	for _, key := range []string{"year=2025/month=01/a.parquet", "year=2025/month=02/a.parquet", "year=2025/month=02/b.parquet"} {
		l.put("orders/"+key, body)
	}
	l.put("orders/_SUCCESS", "")
	l.put("orders/_metadata", body)
	l.put("orders/year=2025/month=01/.a.parquet.crc", "crc\x00\x00\x00\x02\x00")
	l.mustCrawl(settings("s3://lake/orders/"))
	table := l.table("orders")
	require.Equal(t, "orders @ orders/: id bigint, shop string, amount double | year string, month string (2)", show(table))
	require.Subset(t, table.Parameters, map[string]string{"objectCount": "3", "recordCount": "9", "partition_filtering.enabled": "true"})
	require.Equal(t, []string{
		"skipped orders/_metadata: its name begins with _ or a dot: Athena reads nothing of that name",
		"skipped orders/year=2025/month=01/.a.parquet.crc: its name begins with _ or a dot: Athena reads nothing of that name",
	}, l.told())
}

func TestAColumnThatCameLaterToParquet(t *testing.T) {
	for _, c := range []struct {
		why     string
		crawler Crawler
		table   string
		told    []string
	}{
		{
			"a crawl of everything adds it", settings("s3://lake/t/"),
			"t @ t/: id bigint, shop string, amount double, paid boolean | day string (2)", nil,
		},
		{
			"a crawl of new folders only names it", incremental(),
			"t @ t/: id bigint, shop string, amount double | day string (2)",
			[]string{"t.paid boolean t/day=2/: column paid boolean is new, and a crawl of new folders only changes no table"},
		},
	} {
		t.Run(c.why, func(t *testing.T) {
			l := newLab(t)
			l.put("t/day=1/a.parquet", packed(t, &parquet.Snappy, make([]order, 2)...))
			l.mustCrawl(c.crawler)
			l.put("t/day=2/a.parquet", packed(t, &parquet.Zstd, make([]widerOrder, 3)...))
			l.mustCrawl(c.crawler)
			table := l.table("t")
			require.Equal(t, c.table, show(table))
			require.Equal(t, c.told, l.told())
			require.Equal(t, "5", table.Parameters["recordCount"])
			columns := [][]Column{table.Partitions[0].Columns, table.Partitions[1].Columns}
			require.Contains(t, columns, []Column(nil), "one partition has the table's columns, the other its own")
		})
	}
}

func TestATypeThatChangedInParquet(t *testing.T) {
	type text struct {
		ID string `parquet:"id"`
	}
	type small struct {
		ID int32 `parquet:"id"`
	}
	type big struct {
		ID int64 `parquet:"id"`
	}
	type nested struct {
		ID struct {
			N int64 `parquet:"n"`
		} `parquet:"id"`
	}
	one, two, three := packed(t, &parquet.Snappy, small{1}), packed(t, &parquet.Snappy, big{1}), packed(t, &parquet.Snappy, text{"1"})
	for _, c := range []struct {
		why     string
		objects map[string]string
		tables  []string
		told    []string
	}{
		{"the wider number is taken", map[string]string{"t/day=1/a": one, "t/day=2/a": two}, []string{"t @ t/: id bigint | day string (2)"}, nil},
		{
			"a number and text are a string, and the object is named",
			map[string]string{"t/day=1/a": one, "t/day=2/a": two, "t/day=3/a": three},
			[]string{"t @ t/: id string | day string (3)"},
			[]string{`t.id string t/day=3/a "string": text in 1 of 3 objects made the column a string`},
		},
		{
			"also the one number among texts",
			map[string]string{"t/day=1/a": three, "t/day=2/a": three, "t/day=3/a": one},
			[]string{"t @ t/: id string | day string (3)"},
			[]string{`t.id string t/day=3/a "int": a number in 1 of 3 objects made the column a string`},
		},
		{
			"within one folder",
			map[string]string{"t/a": one, "t/b": two, "t/c": three},
			[]string{"t @ t/: id string"},
			[]string{`t.id string t/c "string": text in 1 of 3 objects made the column a string`},
		},
		{
			"a struct and a number do not go together",
			map[string]string{"t/day=1/a": one, "t/day=2/a": packed(t, &parquet.Snappy, nested{})},
			[]string{"day_1 @ t/day=1/: id int", "day_2 @ t/day=2/: id struct<n:bigint>"},
			nil,
		},
	} {
		t.Run(c.why, func(t *testing.T) {
			l := newLab(t)
			for key, body := range c.objects {
				l.put(key, body)
			}
			l.mustCrawl(settings("s3://lake/t/"))
			require.Equal(t, c.tables, l.shown())
			require.Equal(t, c.told, l.told())
		})
	}
	t.Run("a new folder of another type is skipped", func(t *testing.T) {
		l := newLab(t)
		l.put("t/day=1/a", one)
		l.mustCrawl(incremental())
		l.put("t/day=2/a", three)
		l.put("t/day=3/a", two)
		l.mustCrawl(incremental())
		require.Equal(t, []string{"t @ t/: id int | day string (2)"}, l.shown())
		require.Equal(t, []string{
			"skipped t/day=2/: its schema is not similar enough to that of t: column id is string and the table's int",
			"t.id bigint t/day=3/: column id is bigint and the table's int, and a crawl of new folders only changes no table",
		}, l.told())
	})
}

func TestParquetAndJSONAreNoOneTable(t *testing.T) {
	parquets, lines := packed(t, &parquet.Snappy, make([]order, 2)...), `{"id":1,"Shop":"tea","amount":2.5}`
	for _, c := range []struct {
		why     string
		objects map[string]string
		tables  []string
	}{
		{
			"in two folders",
			map[string]string{"t/day=1/a": parquets, "t/day=2/a": lines},
			[]string{"day_1 @ t/day=1/: id bigint, shop string, amount double", "day_2 @ t/day=2/: id int, shop string, amount double"},
		},
		{
			"in one folder",
			map[string]string{"t/a.parquet": parquets, "t/b.json": lines},
			[]string{"a_parquet @ t/a.parquet: id bigint, shop string, amount double", "b_json @ t/b.json: id int, shop string, amount double"},
		},
	} {
		l := newLab(t)
		for key, body := range c.objects {
			l.put(key, body)
		}
		crawler := settings("s3://lake/t/")
		crawler.Configuration = combine
		l.mustCrawl(crawler)
		require.Equal(t, c.tables, l.shown(), c.why)
	}
	l := newLab(t)
	l.put("t/day=1/a", lines)
	l.mustCrawl(incremental())
	l.put("t/day=2/a", parquets)
	l.mustCrawl(incremental())
	require.Equal(t, []string{"skipped t/day=2/: its format or compression is not that of t"}, l.told())
}

func TestDamagedParquetIsSkippedAndNamed(t *testing.T) {
	good := packed(t, &parquet.Snappy, make([]order, 9)...)
	end := func(length int) string {
		return string(binary.LittleEndian.AppendUint32(nil, uint32(length))) + "PAR1"
	}
	footer := len(good) - 8 - int(binary.LittleEndian.Uint32([]byte(good[len(good)-8:])))
	for why, c := range map[string]struct{ body, reason string }{
		"cut off":                        {good[:len(good)-1], "it begins with PAR1 and does not end with it: it is cut off, perhaps"},
		"cut off soon":                   {"PAR1", "its 4 bytes are too few for a footer"},
		"without a footer":               {"PAR1" + end(0), "its footer cannot be read: EOF"},
		"a footer longer than itself":    {"PAR1rows" + end(2000), "its footer would have 2000 bytes, and there are 4 before its end"},
		"a footer that begins elsewhere": {good[:len(good)-8] + end(len(good)-8-footer-40), "its footer cannot be read: "},
		"no schema":                      {"PAR1\x15\x02\x19\x0c\x16\x00\x00" + end(7), "its schema breaks off"},
		"a list that cannot be so long":  {"PAR1\x15\x02\x19\xfc\xff\xff\xff\xff\x07" + end(9), "its footer cannot be read: "},
	} {
		t.Run(why, func(t *testing.T) {
			l := newLab(t)
			l.put("t/day=1/a.parquet", good)
			l.put("t/day=2/a.parquet", good)
			l.put("t/day=2/b.parquet", c.body)
			l.mustCrawl(settings("s3://lake/t/"))
			require.Equal(t, []string{"t @ t/: id bigint, shop string, amount double | day string (2)"}, l.shown())
			require.Len(t, l.told(), 1)
			require.Contains(t, l.told()[0], "skipped t/day=2/b.parquet: damaged Parquet: "+c.reason)
		})
	}
}

func TestAFooterWithAWrongByteIsReadOrNamed(t *testing.T) {
	good := packed(t, &parquet.Snappy, make([]order, 2)...)
	footer := len(good) - 8 - int(binary.LittleEndian.Uint32([]byte(good[len(good)-8:])))
	for at := footer; at < len(good); at++ {
		for _, flip := range []byte{0x01, 0x10, 0x80, 0xff} {
			body := []byte(good)
			body[at] ^= flip
			if _, err := readParquet(bytes.NewReader(body), int64(len(body))); err != nil {
				require.ErrorContains(t, err, "Parquet", "byte %d", at)
			}
		}
	}
}

// spans remembers where it was read.
type spans struct {
	*bytes.Reader
	read, first int64
}

func (s *spans) ReadAt(into []byte, at int64) (int, error) {
	s.read, s.first = s.read+int64(len(into)), min(s.first, at)
	return s.Reader.ReadAt(into, at)
}

func TestOfParquetTheFooterAloneIsRead(t *testing.T) {
	small := packed(t, &parquet.Snappy, make([]order, 9)...)
	footer := int64(8 + binary.LittleEndian.Uint32([]byte(small[len(small)-8:])))
	whole := "PAR1" + strings.Repeat("\x00", 20*firstRead) + small[int64(len(small))-footer:]
	object := &spans{Reader: bytes.NewReader([]byte(whole)), first: int64(len(whole))}
	found, err := readParquet(object, int64(len(whole)))
	require.NoError(t, err)
	require.Equal(t, int64(9), found.records)
	require.Equal(t, int64(len(whole))-footer, object.first)
	require.LessOrEqual(t, object.read, footer+8)
}

func TestTextMayBeginLikeParquet(t *testing.T) {
	l := newLab(t)
	l.put("t/a.csv", "PAR1,n\nx,1\n")
	l.mustCrawl(settings("s3://lake/t/"))
	require.Equal(t, []string{"t @ t/: par1 string, n bigint"}, l.shown())
}
