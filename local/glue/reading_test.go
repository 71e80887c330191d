package glue

import (
	"bytes"
	"compress/gzip"
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
	c := settings("s3://lake/t/")
	c.S3Targets[0].SampleSize = 1
	l.mustCrawl(c)
	require.Equal(t, "t @ t/: n int | day string (2)", show(l.table("t")))
	require.Equal(t, "3", l.table("t").Parameters["objectCount"])
}

func TestObjectsThatCannotBeRead(t *testing.T) {
	for _, c := range []struct{ why, key, body, message string }{
		{"Parquet", "t/a.parquet", "PAR1\x00\x01", "reading s3://lake/t/a.parquet: Parquet is not supported locally"},
		{"Avro", "t/a.avro", "Obj\x01\x00", "reading s3://lake/t/a.avro: Avro is not supported locally"},
		{"ORC", "t/a.orc", "ORC\x00", "reading s3://lake/t/a.orc: ORC is not supported locally"},
		{"XML", "t/a.xml", "<a/>", "reading s3://lake/t/a.xml: XML is not supported locally"},
		{"ZIP", "t/a.zip", "PK\x03\x04\x00", "reading s3://lake/t/a.zip: ZIP is not supported locally"},
		{"text", "t/notes", "one line", "reading s3://lake/t/notes: no classifier recognizes it: JSON and CSV are supported locally; exclude it (for instance **/notes) or mend it"},
		{"damaged JSON is no CSV", "t/a.json", "{\"a\",1\n,2", "reading s3://lake/t/a.json: no classifier recognizes it"},
		{"a JSON string is no record", "t/_SUCCESS", `""`, "reading s3://lake/t/_SUCCESS: no classifier recognizes it"},
		{"damaged gzip", "t/a.gz", "\x1f\x8b\x08", "reading s3://lake/t/a.gz: no classifier recognizes it"},
		{"binary", "t/a", "\x00\xff,\n,", "reading s3://lake/t/a: no classifier recognizes it"},
		{"bottomless JSON", "t/a.json", strings.Repeat("[", 100_000), "reading s3://lake/t/a.json: no classifier recognizes it"},
	} {
		t.Run(c.why, func(t *testing.T) {
			l := newLab(t)
			l.put(c.key, c.body)
			require.NoError(t, l.CreateCrawler(settings("s3://lake/t/")))
			last := l.crawl("nightly")
			require.Equal(t, failed, last["Status"])
			require.Contains(t, last["ErrorMessage"], c.message)
			tables, err := l.catalog.Tables("usage")
			require.NoError(t, err)
			require.Empty(t, tables)
		})
	}
}

func TestFewDamagedObjectsAreLoggedAndLeftAside(t *testing.T) {
	l := newLab(t)
	for key, body := range times(8, "t/%d.json", `{"n":1}`) {
		l.put(key, body)
	}
	l.put("t/bad.json", `{"n":`)
	l.put("t/broken.json", `{"n":1}{"n"`)
	l.mustCrawl(settings("s3://lake/t/"))
	require.Equal(t, "t @ t/: n int", show(l.table("t")))
	require.Equal(t, "10", l.table("t").Parameters["objectCount"])
	require.Equal(t, []string{
		"nightly: s3://lake/t/bad.json: no classifier recognizes it",
		"nightly: s3://lake/t/broken.json: no JSON any more after 1 records, which decide its schema",
	}, l.told())
}

func TestOnlyTheBeginningIsRead(t *testing.T) {
	padding := strings.Repeat(" ", firstRead)
	for why, c := range map[string]struct{ body, table string }{
		"the first megabyte":                {`{"n":1}` + padding + `{"late":1}`, "t @ t/: n int"},
		"more while there is no record":     {`{"n":` + padding + padding + `1}` + padding + `{"late":1}`, "t @ t/: n int"},
		"whole lines of the first megabyte": {"id,n\n" + strings.Repeat("x,1\n", firstRead/4) + "y,z\n", "t @ t/: id string, n bigint"},
		"a packed object unpacks that far":  {zipped(`{"n":1}` + padding + `{"late":1}`), "t @ t/: n int"},
	} {
		t.Run(why, func(t *testing.T) {
			l := newLab(t)
			l.put("t/a", c.body)
			l.mustCrawl(settings("s3://lake/t/"))
			require.Equal(t, c.table, show(l.table("t")))
		})
	}
}
