package glue

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func zipped(body string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(body))
	_ = w.Close()
	return b.String()
}

func TestBzip2(t *testing.T) {
	l := newLab(t)
	// {"n":1}, packed
	l.put("t/a.json.bz2", "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x22\x5e\x04\x73\x00\x00\x03\x59\x80\x00\x10\x10\x00\x20\x10\x00\x01\x00\x0a\x20\x00\x22\x03\x65\x08\x60\x11\x4a\x1f\x17\x72\x45\x38\x50\x90\x22\x5e\x04\x73")
	l.mustCrawl(settings("s3://lake/t/"))
	require.Equal(t, "t @ t/: n int", show(l.table("t")))
	require.Equal(t, "bzip2", l.table("t").Parameters["compressionType"])
}

func TestCSVTable(t *testing.T) {
	l := newLab(t)
	l.put("t/a.csv.gz", zipped("id;name\n1;\"x\"\n"))
	l.mustCrawl(settings("s3://lake/t/"))
	table := l.table("t")
	require.Equal(t, SerDe{"org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", map[string]string{"field.delim": ";"}}, table.SerDe)
	require.Subset(t, table.Parameters, map[string]string{
		"classification": "csv", "compressionType": "gzip", "delimiter": ";", "skip.header.line.count": "1", "areColumnsQuoted": "true", "columnsOrdered": "true", "recordCount": "1",
	})
}

func TestSampledObjectsCountAndAreNotRead(t *testing.T) {
	l := newLab(t)
	l.put("t/day=1/1.json", `{"n":1}`)
	l.put("t/day=1/2.json", `{"later":1}`)
	l.put("t/day=2/1.json", `{"n":1}`)
	l.put("t/day=2/0.json", `what is no data is no sample`)
	c := settings("s3://lake/t/")
	c.S3Targets[0].SampleSize = 1
	l.mustCrawl(c)
	require.Equal(t, "t @ t/: n int | day string (2)", show(l.table("t")))
	require.Equal(t, "3", l.table("t").Parameters["objectCount"])
	require.Equal(t, []int{4, 3}, []int{l.Crawls()[0].Objects, l.Crawls()[0].Read})
}

// What nothing but unreadable objects lie in is no dataset that a crawl may pass over.
func TestCrawlsOfNothingReadableFail(t *testing.T) {
	for _, c := range []struct{ why, key, body, message string }{
		{"Parquet that is cut off", "t/a.parquet", "PAR1\x00\x01", "reading s3://lake/t/a.parquet: damaged Parquet: it begins with PAR1 and does not end with it: it is cut off, perhaps"},
		{"encrypted Parquet", "t/a.parquet", "PARE\x00\x01PARE", "reading s3://lake/t/a.parquet: Parquet with an encrypted footer is not supported locally"},
		{"Avro", "t/a.avro", "Obj\x01\x00", "reading s3://lake/t/a.avro: Avro is not supported locally: JSON, CSV and Parquet are supported locally; exclude it or mend it"},
		{"ORC", "t/a.orc", "ORC\x00", "reading s3://lake/t/a.orc: ORC is not supported locally"},
		{"Ion text", "t/a.ion", "{n:1}", "reading s3://lake/t/a.ion: line 1: it begins as JSON, but a name has no quotation marks; if it is Ion, Ion is not supported locally"},
		{"XML", "t/a.xml", "<a/>", "reading s3://lake/t/a.xml: XML is not supported locally"},
		{"ZIP", "t/a.zip", "PK\x03\x04\x00", "reading s3://lake/t/a.zip: ZIP is not supported locally"},
		{"UTF-16", "t/a.csv", "\xff\xfei\x00d\x00", "reading s3://lake/t/a.csv: UTF-16 text is not supported locally"},
		{"a line", "t/notes", "one line", "reading s3://lake/t/notes: it is neither JSON nor CSV, which has at least two lines"},
		{"text", "t/notes", "one\ntwo, three\nfour", "reading s3://lake/t/notes: line 1: it is neither JSON nor CSV, whose lines have as many cells as the first, at least two"},
		{"blank", "t/notes", "\n \n", "reading s3://lake/t/notes: it is blank"},
		{"rows of many widths", "t/a.csv", "a,b\n1,2\n1\n1,2,3\n", "reading s3://lake/t/a.csv: line 3: it is neither JSON nor CSV: 2 of 4 lines have 2 cells, and this has 1"},
		{"damaged JSON is no CSV", "t/a.json", "{\"a\",1\n,2", "reading s3://lake/t/a.json: line 1: it begins as JSON and holds no whole record: invalid character ',' after object key"},
		{"half a record", "t/a.json", "\n{\"a\":1,", "reading s3://lake/t/a.json: line 2: it begins as JSON and holds no whole record: it breaks off"},
		{"a JSON string is no record", "t/_SUCCESS", `""`, "reading s3://lake/t/_SUCCESS: it is neither JSON nor CSV"},
		{"damaged gzip", "t/a.gz", "\x1f\x8b\x08", "reading s3://lake/t/a.gz: damaged gzip: unexpected EOF"},
		{"binary", "t/a", "\x00\xff,\n,", "reading s3://lake/t/a: it is neither JSON nor CSV: it is no text"},
		{"bottomless JSON", "t/a.json", strings.Repeat("[", 100_000), "reading s3://lake/t/a.json: line 1: it begins as JSON and holds no whole record: invalid character '[' exceeded max depth"},
		{"deep JSON", "t/a.json", strings.Repeat("[", 600) + strings.Repeat("]", 600), "more than 512 arrays and objects within each other"},
	} {
		t.Run(c.why, func(t *testing.T) {
			l := newLab(t)
			l.put(c.key, c.body)
			require.NoError(t, l.CreateCrawler(settings("s3://lake/t/")))
			last := l.crawl("nightly")
			require.Equal(t, failed, last["Status"])
			require.Contains(t, last["ErrorMessage"], c.message)
			require.Equal(t, last["ErrorMessage"], l.Crawls()[0].Message)
			require.Len(t, l.Crawls()[0].Skipped, 1)
			tables, err := l.catalog.Tables("usage")
			require.NoError(t, err)
			require.Empty(t, tables)
		})
	}
}

func TestADatasetOfAnUnsupportedFormatFailsTheCrawl(t *testing.T) {
	l := newLab(t)
	l.put("t/orders/a.json", `{"n":1}`)
	l.put("t/items/a.avro", "Obj\x01")
	l.put("t/users/a.avro", "Obj\x01")
	require.NoError(t, l.CreateCrawler(settings("s3://lake/t/")))
	require.Equal(t, "reading s3://lake/t/items/a.avro: Avro is not supported locally (and so in 1 other folder): JSON, CSV and Parquet are supported locally; exclude it or mend it", l.crawl("nightly")["ErrorMessage"])
}

func TestOnlyTheBeginningIsRead(t *testing.T) {
	padding := strings.Repeat(" ", firstRead)
	for why, c := range map[string]struct{ body, table string }{
		"the first megabyte":                {`{"n":1}` + padding + `{"late":1}`, "t @ t/: n int"},
		"more while there is no record":     {`{"n":` + padding + padding + `1}` + padding + `{"late":1}`, "t @ t/: n int"},
		"whole lines of the first megabyte": {"id,n\n" + strings.Repeat("x,1\n", firstRead/4) + "y,z\n", "t @ t/: id string, n bigint"},
		"a packed object unpacks that far":  {zipped(`{"n":1}` + padding + `{"late":1}`), "t @ t/: n int"},
		"a record that the end cuts off":    {`{"n":1}` + padding[:firstRead-20] + `{"n":1,"cut":"` + padding + `"}`, "t @ t/: n int"},
		"a character that the end cuts off": {"{\"n\":\"" + padding[:firstRead-7] + "é\"}{\"n\":\"\"}", "t @ t/: n string"},
	} {
		t.Run(why, func(t *testing.T) {
			l := newLab(t)
			l.put("t/a", c.body)
			l.mustCrawl(settings("s3://lake/t/"))
			require.Equal(t, c.table, show(l.table("t")))
			require.Empty(t, l.told(), "the rest is not known to be wrong")
		})
	}
}

func TestAnObjectIsReadNoFurtherThanItsBeginning(t *testing.T) {
	line := fmt.Sprintf(`{"n":1,"text":"%s"}`, strings.Repeat("x", 1000)) + "\n"
	for _, packed := range []bool{false, true} {
		body := strings.Repeat(line, 20*firstRead/len(line))
		if packed {
			body = zipped(body)
		}
		object := &counter{source: strings.NewReader(body)}
		h, err := readHead(object, firstRead, int64(len(body)))
		require.NoError(t, err)
		require.Len(t, h.data, firstRead)
		require.True(t, h.more())
		require.Less(t, object.read, int64(firstRead+16<<10))
		if packed {
			require.Less(t, float64(object.read), float64(len(body))/10, "a stream is unpacked as it is read")
		}
	}
}

func TestTheNumberOfRecordsIsEstimatedFromTheBeginning(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for why, line := range map[string]string{"JSON": `{"n":%d}`, "CSV": "1,%d"} {
		var body strings.Builder
		for range 150_000 {
			fmt.Fprintf(&body, line+"\n", random.Uint64())
		}
		for _, stored := range []string{body.String(), zipped(body.String())} {
			l := newLab(t)
			l.put("t/a", stored)
			l.mustCrawl(settings("s3://lake/t/"))
			var records int
			_, err := fmt.Sscan(l.table("t").Parameters["recordCount"], &records)
			require.NoError(t, err)
			require.InEpsilon(t, 150_000, records, 0.05, "%s, %s", why, l.table("t").Parameters["compressionType"])
		}
	}
}
