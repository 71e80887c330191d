package trino

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/stretchr/testify/require"

	"datalake/local/glue"
	"datalake/local/trino/testlake"
)

// reading is a row of the Parquet objects.
type reading struct {
	ID      int64     `parquet:"id"`
	City    string    `parquet:"city,dict"`
	Degrees float64   `parquet:"degrees"`
	Rain    *float64  `parquet:"rain,optional"`
	At      time.Time `parquet:"at,timestamp(millisecond)"`
	Tags    []string  `parquet:"tags,list"`
	Place   place     `parquet:"place"`
}

type place struct {
	Lat float64 `parquet:"lat"`
	Lon float64 `parquet:"lon"`
}

// readings are rows from one id to before another.
func readings(from, to int64) []reading {
	var rows []reading
	for id := from; id < to; id++ {
		row := reading{ID: id, City: []string{"Łódź", "Paris"}[id%2], Degrees: float64(id) / 2, At: now, Tags: []string{"a", fmt.Sprint(id)}, Place: place{float64(id), -1}}
		if id%2 == 0 {
			row.Rain = &row.Degrees
		}
		rows = append(rows, row)
	}
	return rows
}

// parquetOf writes rows, a group of rows after another.
func parquetOf(t *testing.T, codec compress.Codec, groups ...[]reading) string {
	t.Helper()
	var body bytes.Buffer
	w := parquet.NewGenericWriter[reading](&body, parquet.Compression(codec))
	for _, rows := range groups {
		_, err := w.Write(rows)
		require.NoError(t, err)
		require.NoError(t, w.Flush())
	}
	require.NoError(t, w.Close())
	return body.String()
}

// chunks is the compressed size of some columns in some groups of rows, as the footer has it.
func chunks(t *testing.T, body string, groups []int, columns ...string) (size int64) {
	t.Helper()
	file, err := parquet.OpenFile(strings.NewReader(body), int64(len(body)))
	require.NoError(t, err)
	for i, group := range file.Metadata().RowGroups {
		for _, chunk := range group.Columns {
			name := strings.Join(chunk.MetaData.PathInSchema, ".")
			if slices.Contains(groups, i) && slices.ContainsFunc(columns, func(column string) bool { return name == column || strings.HasPrefix(name, column+".") }) {
				size += chunk.MetaData.TotalCompressedSize
			}
		}
	}
	require.Positive(t, size)
	return size
}

// readingsPart has a table whose columns stand in another order than the objects', one of which they lack.
func readingsPart(t *testing.T, bodies ...string) part {
	p := newPart(t)
	for i, body := range bodies {
		p.Put(t, fmt.Sprintf("readings/%d.parquet", i), body)
	}
	p.Add(testlake.Parquet, glue.Table{
		Name: "readings",
		Columns: testlake.Columns("degrees", "double", "wind", "double", "city", "string", "id", "bigint", "rain", "double", "at", "timestamp",
			"tags", "array<string>", "place", "struct<lat:double,lon:double>"),
	})
	return p
}

func TestParquetIsReadByTheNamesOfColumns(t *testing.T) {
	for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Zstd, &parquet.Gzip} {
		t.Run(codec.String(), func(t *testing.T) {
			p := readingsPart(t, parquetOf(t, codec, readings(1, 3)), parquetOf(t, codec, readings(3, 4)))
			require.Equal(t, strings.Join([]string{
				"1 | Paris | 0.5 | NULL | NULL | 2026-11-22 10:00:00.000 | a,1 | 1.0",
				"2 | Łódź | 1.0 | 1.0 | NULL | 2026-11-22 10:00:00.000 | a,2 | 2.0",
				"3 | Paris | 1.5 | NULL | NULL | 2026-11-22 10:00:00.000 | a,3 | 3.0",
			}, "\n"), text(p.run(t, `SELECT id, city, CAST(degrees AS decimal(9,1)), CAST(rain AS decimal(9,1)), wind, CAST(at AS varchar), array_join(tags, ','), CAST(place.lat AS decimal(9,1)) FROM readings ORDER BY id`)))
		})
	}
}

// Athena bills the columns that a query reads, as they lie there compressed.
func TestBytesOfParquetAreThoseOfTheColumnsRead(t *testing.T) {
	all := []int{0, 1}
	for _, codec := range []compress.Codec{&parquet.Snappy, &parquet.Zstd} {
		t.Run(codec.String(), func(t *testing.T) {
			body := parquetOf(t, codec, readings(0, 5000), readings(5000, 8000))
			p := readingsPart(t, body)
			for _, c := range []struct {
				sql, want string
				bytes     int64
			}{
				{`SELECT count(*) FROM readings`, "8000", 0},
				{`SELECT count(wind) FROM readings`, "0", 0},
				{`SELECT sum(id) FROM readings`, "31996000", chunks(t, body, all, "id")},
				{`SELECT count(DISTINCT city), max(degrees) FROM readings`, "2 | 3999.5", chunks(t, body, all, "city", "degrees")},
				{`SELECT count(rain) FROM readings`, "4000", chunks(t, body, all, "rain")},
				{`SELECT count(*) FROM readings WHERE contains(tags, '7')`, "1", chunks(t, body, all, "tags")},
				{`SELECT sum(cardinality(tags)), max(place.lat) FROM readings`, "16000 | 7999", chunks(t, body, all, "tags", "place.lat")},
				{`SELECT max(a.id) FROM readings a JOIN readings b ON a.id = b.id`, "7999", 2 * chunks(t, body, all, "id")},
				// A group of rows is not read if its least and greatest value say that none can be meant.
				{`SELECT sum(degrees) FROM readings WHERE id < 2`, "0.5", chunks(t, body, []int{0}, "id", "degrees")},
				{`SELECT count(*) FROM readings WHERE id > 9000`, "0", 0},
			} {
				got := p.run(t, c.sql)
				require.Equal(t, c.want, text(got), c.sql)
				require.Equal(t, c.bytes, got.Bytes, c.sql)
			}
			require.Equal(t, chunks(t, body, all, "id", "city", "degrees", "rain", "at", "tags", "place"), p.run(t, `SELECT * FROM readings`).Bytes)
		})
	}
}

func TestParquetInPartitions(t *testing.T) {
	p := newPart(t)
	first, second := parquetOf(t, &parquet.Snappy, readings(0, 100)), parquetOf(t, &parquet.Snappy, readings(100, 110))
	p.Put(t, "readings/day=1/a.parquet", first)
	p.Put(t, "readings/day=2/a.snappy.parquet", second)
	p.Add(testlake.Parquet, glue.Table{
		Name: "readings", Columns: testlake.Columns("id", "bigint", "city", "string"), PartitionKeys: testlake.Columns("day", "int"),
		Partitions: []glue.Partition{p.Partition("readings/day=1", "1"), p.Partition("readings/day=2", "2")},
	})
	got := p.run(t, `SELECT day, count(city) FROM readings WHERE day > 1 GROUP BY day`)
	require.Equal(t, "2 | 10", text(got))
	require.Equal(t, chunks(t, second, []int{0}, "city"), got.Bytes)
	require.Equal(t, [2]int{1, 2}, [2]int{got.PartitionsScanned, got.PartitionsTotal})
	require.Equal(t, int64(0), p.run(t, `SELECT day, count(*) FROM readings GROUP BY day`).Bytes)
	require.Equal(t, p.URI("readings/day=1/a.parquet"), text(p.run(t, `SELECT DISTINCT "$path" FROM readings WHERE day = 1`)))
}

func TestWhatIsNoParquetIsNamed(t *testing.T) {
	p := readingsPart(t, parquetOf(t, &parquet.Snappy, readings(0, 10)), "PAR1 and no more")
	p.requireError(t, `SELECT sum(id) FROM readings`, "s3://%s/readings/1.parquet")
	p = readingsPart(t, parquetOf(t, &parquet.Snappy, readings(0, 10)))
	p.Add(testlake.Parquet, glue.Table{Name: "readings", Columns: testlake.Columns("city", "int")})
	p.requireError(t, `SELECT sum(city) FROM readings`, "Unsupported Trino column type (integer) for Parquet column ([city] required binary city (STRING))")
}
