package glue

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tables are the catalog's, as show writes them.
func (l lab) shown() []string {
	tables, err := l.catalog.Tables("usage")
	require.NoError(l.t, err)
	var shown []string
	for _, table := range tables {
		shown = append(shown, show(table))
	}
	return shown
}

// What AWS makes of these is not documented. Here the data stays one table, and what is no part of it is named.
func TestStrayObjectsAreSkippedAndNamed(t *testing.T) {
	for _, c := range []struct{ why, key, body, told string }{
		{"a text", "README.md", "# Sales\n\nOne object a day, by shop.\n", "skipped t/README.md:1: it is neither JSON nor CSV, whose lines have as many cells as the first, at least two"},
		{"a text that looks like CSV", "readme.txt", "Sales, by day.\nAsk us, if in doubt.\n", "skipped t/readme.txt: by its name it is a document, and its lines fall into cells of text alone"},
		{"Finder's memory", "day=1/.DS_Store", "\x00\x00\x00\x01Bud1\x00", "skipped t/day=1/.DS_Store: its name begins with _ or a dot: Athena reads nothing of that name"},
		{"Windows' thumbnails", "Thumbs.db", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "skipped t/Thumbs.db: it is neither JSON nor CSV: it is no text"},
		{"Windows' settings", "day=1/desktop.ini", "[.ShellClassInfo]\r\nIconResource=a.dll,3\r\n", "skipped t/day=1/desktop.ini:1: it begins as JSON and holds no whole record: invalid character '.' looking for beginning of value"},
		{"an image", "logo.png", "\x89PNG\r\n\x1a\n\x00", "skipped t/logo.png: it is neither JSON nor CSV: it is no text"},
		{"an archive", "day=1/old.zip", "PK\x03\x04\x00", "skipped t/day=1/old.zip: ZIP is not supported locally"},
		{"a page", "index.html", "<html>\n</html>\n", "skipped t/index.html: XML is not supported locally"},
		{"an Avro object beside others", "day=1/a.avro", "Obj\x01", "skipped t/day=1/a.avro: Avro is not supported locally"},
		{"Parquet that is cut off", "day=1/a.parquet", "PAR1\x00", "skipped t/day=1/a.parquet: damaged Parquet: it begins with PAR1 and does not end with it: it is cut off, perhaps"},
		{"damaged gzip", "day=1/b.json.gz", zipped(`{"n":1}`)[:20], "skipped t/day=1/b.json.gz: damaged gzip: unexpected EOF"},
		{"an empty object", "day=1/b.json", "", "skipped t/day=1/b.json: it is empty"},
		{"half a record", "day=1/b.json", `{"n":`, "skipped t/day=1/b.json:1: it begins as JSON and holds no whole record: it breaks off"},
		{"a folder of a job that still writes", "_temporary/0/part.json", `{"other":true}`, "skipped t/_temporary/: its name begins with _ or a dot: Athena reads nothing of that name"},
		{"a job's mark with something in it", "_SUCCESS", `""`, "skipped t/_SUCCESS: its name begins with _ or a dot: Athena reads nothing of that name"},
		{"a folder of documents", "docs/about.txt", "about\n", "skipped t/docs/about.txt: it is neither JSON nor CSV, which has at least two lines"},
	} {
		t.Run(c.why, func(t *testing.T) {
			l := newLab(t)
			l.put("t/day=1/a.json", `{"n":1}`)
			l.put("t/day=2/a.json", `{"n":1}`)
			l.put("t/"+c.key, c.body)
			l.mustCrawl(settings("s3://lake/t/"))
			require.Equal(t, []string{"t @ t/: n int | day string (2)"}, l.shown())
			require.Equal(t, "2", l.table("t").Parameters["objectCount"])
			require.Equal(t, []string{c.told}, l.told())
			require.Equal(t, 3, l.Crawls()[0].Objects)
		})
	}
}

func TestEmptyMarksAreNotWorthAWord(t *testing.T) {
	l := newLab(t)
	l.put("t/day=1/a.json", `{"n":1}`)
	for _, key := range []string{"t/", "t/day=1/", "t/day=1_$folder$", "t/_SUCCESS", "t/.keep"} {
		l.put(key, "")
	}
	l.mustCrawl(settings("s3://lake/t/"))
	require.Empty(t, l.told())
	require.Equal(t, 1, l.Crawls()[0].Objects)
}

func TestHiddenNamesAreReadWhereThereAreNoOthers(t *testing.T) {
	for why, c := range map[string]struct {
		objects map[string]string
		tables  []string
	}{
		"a folder":                       {map[string]string{"t/_landing/day=1/a.json": `{"n":1}`}, []string{"_landing @ t/_landing/: n int | day string (1)"}},
		"a folder beside a text":         {map[string]string{"t/_landing/day=1/a.json": `{"n":1}`, "t/README": "data"}, []string{"_landing @ t/_landing/: n int | day string (1)"}},
		"a partition key with such name": {map[string]string{"t/_day=1/a.json": `{"n":1}`, "t/_day=2/a.json": `{"n":1}`}, []string{"t @ t/: n int | _day string (2)"}},
	} {
		l := newLab(t)
		for key, body := range c.objects {
			l.put(key, body)
		}
		l.mustCrawl(settings("s3://lake/t/"))
		require.Equal(t, c.tables, l.shown(), why)
	}
}

// The object is part of the table all the same, and the crawl says where it is not like the rest.
func TestOddPlacesInObjectsAreNoted(t *testing.T) {
	for _, c := range []struct {
		why, body, table string
		told             []string
	}{
		{"a row with too many cells", "id,note\n1,a\n2,b,c\n3,d\n", "id bigint, note string", []string{`t t/a:3 "2,b,c": the row has 3 cells, the others 2`}},
		{"rows with too few", "id|a|b\n1|2|3\n4\n5|6|7\n\n8|9\n" + strings.Repeat("1|2|3\n", 5), "id bigint, a bigint, b bigint", []string{`t t/a:3 "4": the row has 1 cell, the others 3 (one of 2 such rows)`}},
		{"a title above the header", "Sales of May\nid,amount\n1,2.5\n2,3\n", "id bigint, amount double", []string{`t t/a:1 "Sales of May": the row has 1 cell, the others 2`}},
		{"delimiters that end the rows alone", "id,n\n1,2,\n3,4,\n", "id bigint, n bigint", nil},
		{"a cell over two lines", "id,text\n1,\"one\ntwo\"\n2,x\n", "id bigint, text string", []string{`t t/a:2 "1,\"one": a quoted cell goes on over the line's end: Athena takes each line for a row`}},
		{"a mark that is not closed", "id,text\n1,\"one\n2,x\n", "id bigint, text string", nil},
		{"text amid JSON lines", "{\"a\":1}\nretrying\n{\"a\":2,\"b\":3}\n", "a int, b int", []string{`t t/a:2 "retrying": no JSON record: invalid character 'r' looking for beginning of value`}},
		{"text before JSON lines", "started\n{\"a\":1,\"b\":2}\n{\"a\":2,\"b\":3}\n", "a int, b int", []string{`t t/a:1 "started": no JSON record: invalid character 's' looking for beginning of value`}},
		{"a record that breaks off amid others", "{\"a\":1}\n{\"a\":2,\n{\"b\":3}\n", "a int, b int", []string{`t t/a:2 "{\"a\":2,": no JSON record: invalid character '{' looking for beginning of object key string`}},
		{"an array that breaks off amid others", "{\"a\":1}\n{\"a\":[\n{\"b\":3}\n", "a int, b int", []string{`t t/a:2 "{\"a\":[": no JSON record: it breaks off`}},
		{"a record that breaks off at the end", "{\"a\":1}\n{\"a\":", "a int", []string{`t t/a:2 "{\"a\":": no JSON record: it breaks off`}},
		{"commas between JSON lines", "{\"a\":1},\n{\"b\":2},\n{\"c\":3}\n", "a int, b int, c int", []string{`t t/a:1 "{\"a\":1},": no JSON record: invalid character ',' looking for beginning of value (one of 2 such places)`}},
		{"zeros at the end", "{\"a\":1}\n\x00\x00", "a int", []string{"t t/a:2 \"\\x00\\x00\": no JSON record: invalid character '\\x00' looking for beginning of value"}},
		{"values that are no records", "{\"a\":1}\n5 null\n{\"a\":2}\n", "a int", []string{`t t/a:2 "5 null": no JSON record: 5 is neither an object nor an array`}},
		{"records without line ends", `{"a":1}{"b":2} {"c":3}`, "a int, b int, c int", nil},
		{"Latin-1 in CSV", "id,name\n1,Ann\n2,Zo\xeb\n", "id bigint, name string", []string{"t t/a:3 \"2,Zo\ufffd\": the line is not UTF-8 (Latin-1, perhaps); what is not is read as \ufffd"}},
		{"Latin-1 in JSON", "{\"name\":\"Zo\xeb\"}", "name string", []string{"t t/a:1 \"{\\\"name\\\":\\\"Zo\ufffd\\\"}\": the line is not UTF-8 (Latin-1, perhaps); what is not is read as \ufffd"}},
		{"a byte order mark and CRLF", "\ufeffid,name\r\n1,ann\r\n", "id bigint, name string", nil},
		{"a byte order mark before JSON lines", "\ufeff{\"n\":1}\r\n{\"n\":2}\r\n", "n int", nil},
		{"two columns of one name", "id,ID\n1,2\n", "id bigint, id bigint", []string{"t.id: it is the name of two columns: Athena refuses the table"}},
		{"cells with JSON objects", "id,tags\nv1,\"{\"\"name\"\":\"\"a\"\",\"\"n\"\":1}\"\nv2,\"{\"\"Team\"\":{\"\"x\"\":[true]}}\"\nv3,\n", "id string, tags struct<name:string,n:int,Team:struct<x:array<boolean>>>", nil},
		{"cells that only look like JSON", "id,tags\n1,{a}\n2,{}\n", "id bigint, tags string", []string{`t.tags string t/a:2 "{a}": text in 1 of the object's 2 values made the column a string`}},
		{"cells with JSON arrays", "id,list\n1,\"[1,2]\"\n", "id bigint, list string", []string{`t.list string t/a:2 "[1,2]": the cell holds a JSON array, which stays text: what AWS makes of it is not documented`}},
	} {
		t.Run(c.why, func(t *testing.T) {
			l := newLab(t)
			l.put("t/a", c.body)
			l.mustCrawl(settings("s3://lake/t/"))
			require.Equal(t, []string{"t @ t/: " + c.table}, l.shown())
			require.Equal(t, c.told, l.told())
		})
	}
}

func TestManyBrokenPlacesAreNotAllLookedAt(t *testing.T) {
	l := newLab(t)
	l.put("t/a", "{\"a\":1}\n"+strings.Repeat("{\"a\":[\n", 150_000))
	l.mustCrawl(settings("s3://lake/t/"))
	require.Equal(t, []string{`t t/a:2 "{\"a\":[": no JSON record: invalid character '{' exceeded max depth (one of 1000 such places)`}, l.told())
}

func TestSkipsAndNotesAreBounded(t *testing.T) {
	l := newLab(t)
	for key, body := range join(
		times(30, "t/day=%d/a.json", "{\"n\":1}\noops\n"), times(25, "t/day=0/%d.txt", "text"),
		map[string]string{"t/day=0/z.json": `{"n":"x"}`},
	) {
		l.put(key, body)
	}
	l.mustCrawl(settings("s3://lake/t/"))
	last := l.Crawls()[0]
	require.Equal(t, []int{20, 5, 20, 11}, []int{len(last.Skipped), last.SkippedBeyond, len(last.Notes), last.NotesBeyond})
	require.Equal(t, Note{
		Table: "t", Column: "n", Type: "string", Object: "s3://lake/t/day=0/z.json", Line: 1, Value: "x",
		Reason: "text in 1 of 31 objects made the column a string",
	}, last.Notes[0], "what is said of columns is never crowded out")
}

func TestWhatCannotBeReadAnyMoreIsNotGone(t *testing.T) {
	l := newLab(t)
	crawler := settings("s3://lake/t/")
	crawler.DeleteBehavior = deleteGone
	for _, key := range []string{"t/a/day=1/x.json", "t/a/day=2/x.json", "t/c/x.json"} {
		l.put(key, `{"n":1}`)
	}
	l.put("t/b/x.json", `{"m":"1"}`)
	l.mustCrawl(crawler)
	before := l.shown()
	l.put("t/a/day=2/x.json", `{"n":`)
	l.put("t/b/x.json", `{"m":`)
	l.mustCrawl(crawler)
	require.Equal(t, before, l.shown())
	require.Contains(t, l.told(), "a t/a/day=2/: the partition stays as it was, though none of its objects can be read any more")
	require.Contains(t, l.told(), "b: it stays as it was, though none of its objects can be read any more")
}
