package trino

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"datalake/local/glue"
	"datalake/local/trino/testlake"
)

// words is a table of JSON over the folder words/.
func words(t *testing.T) part {
	p := newPart(t)
	p.Add(testlake.JSON, glue.Table{Name: "words", Columns: testlake.Columns("n", "int", "word", "string")})
	return p
}

// A reader can't tell whether Trino took objects one by one or one after the other.
func TestObjectsReadTogetherGiveTheSameAsApart(t *testing.T) {
	for _, c := range []struct {
		name   string
		bodies []string
		want   string
	}{
		{"with a last line end and without", []string{"{\"n\":1}\n", `{"n":2}`, "{\"n\":3}\n{\"n\":4}", "{\"n\":5}\n"}, "1 2 3 4 5"},
		{"empty ones among them", []string{"", `{"n":1}`, "", "", "{\"n\":2}\n", ""}, "1 2"},
		{"all empty", []string{"", ""}, ""},
		{"lines as Windows ends them", []string{"{\"n\":1}\r\n{\"n\":2}\r\n", "{\"n\":3}\r\n", "{\"n\":4}\r"}, "1 2 3 4"},
		{"one of many lines", []string{strings.Repeat("{\"n\":7}\n", 3), `{"n":8}`}, "7 7 7 8"},
		{"letters of several bytes", []string{`{"n":1,"word":"Łódź 東京 😀"}`, `{"n":2,"word":"\u00e9é"}`}, "1 2"},
		{"a line end within a text", []string{`{"n":1,"word":"a\nb"}`, `{"n":2}`}, "1 2"},
		{"compressed ones among them", []string{`{"n":1}`, "gz:{\"n\":2}\n{\"n\":3}", `{"n":4}`, "gz:{\"n\":5}\n"}, "1 2 3 4 5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := words(t)
			size := 0
			for i, body := range c.bodies {
				key := fmt.Sprintf("words/%02d.json", i)
				if plain, ok := strings.CutPrefix(body, "gz:"); ok {
					key, body = key+".gz", zip(t, plain)
				}
				p.Put(t, key, body)
				size += len(body)
			}
			got := p.both(t, `SELECT n FROM words ORDER BY n`)
			require.Equal(t, c.want, strings.ReplaceAll(text(got), "\n", " "))
			require.Equal(t, int64(size), got.Bytes, "compressed ones count as they lie there")
			require.Equal(t, int64(size), p.both(t, `SELECT count(*) FROM words`).Bytes)
		})
	}
	p := words(t)
	p.Put(t, "words/a.json", `{"n":1,"word":"Łódź 東京 😀"}`)
	p.Put(t, "words/b.json", `{"n":2,"word":"\u00e9é"}`)
	require.Equal(t, "Łódź 東京 😀\néé", text(p.both(t, `SELECT word FROM words ORDER BY n`)))
}

func TestSmallObjectsOfJSONAreReadTogether(t *testing.T) {
	p := words(t)
	for _, name := range []string{"a.json", "b", "c.json.gz", "d.json", "e.bz2", "f.json", "h.json"} {
		p.Put(t, "words/"+name, `{"n":1}`)
	}
	p.Put(t, "words/g.json", strings.Repeat(" ", wholeFile-8))
	process := &process{lake: func() *lake { return &lake{shared, shared.Objects} }}
	list := func(join bool) (files []string) {
		listed, err := process.files(question{About: []string{p.Name, "words"}, Location: p.URI("words/")}, &underWay{join: join})
		require.NoError(t, err)
		for _, file := range listed {
			files = append(files, fmt.Sprintf("%s: %d of %d", strings.TrimPrefix(file.Location, p.URI("words/")), len(file.Objects), file.Size))
		}
		return files
	}
	require.Equal(t, []string{"a.json: 2 of 15", "c.json.gz: 1 of 7", "d.json: 1 of 7", "e.bz2: 1 of 7", "f.json: 1 of 7", "g.json: 1 of 8388600", "h.json: 1 of 7"}, list(true),
		"neither what is compressed nor what is too much for one file")
	require.Len(t, list(false), 8)
	p.Add(testlake.CSV, glue.Table{Name: "words", Columns: testlake.Columns("n", "int")})
	require.Len(t, list(true), 8, "an object of another format may have a heading of its own")
}

// 2,500 objects of 8 kB are more than Trino takes into memory as one file.
func TestManyObjectsAreCountedOnceEach(t *testing.T) {
	p := words(t)
	size := 0
	for i := range 2500 {
		body := fmt.Sprintf(`{"n":%d,"word":"%s"}`, i, strings.Repeat("x", 8000+i%2))
		if i%3 == 0 {
			body += "\n"
		}
		p.Put(t, fmt.Sprintf("words/%04d.json", i), body)
		size += len(body)
	}
	got := p.run(t, `SELECT count(*), sum(n), count(DISTINCT n), min(length(word)) FROM words`)
	require.Equal(t, fmt.Sprintf("2500 | %d | 2500 | 8000", 2500*2499/2), text(got))
	require.Equal(t, int64(size), got.Bytes)
}

// An object over 8 MB is read as a stream, and one over 64 MB, of which Trino would make several splits, is not read twice
// where they meet.
func TestLargeObjectsAreCountedOnce(t *testing.T) {
	for _, megabytes := range []int{9, 70} {
		t.Run(fmt.Sprintf("%d MB", megabytes), func(t *testing.T) {
			p := words(t)
			line := `{"n":1,"word":"` + strings.Repeat("x", 983) + "\"}\n"
			require.Len(t, line, 1001)
			count := megabytes * 1_000_000 / len(line)
			p.Put(t, "words/a.json", `{"n":2}`)
			p.Put(t, "words/b.json", strings.Repeat(line, count))
			p.Put(t, "words/c.json", `{"n":3}`)
			got := p.run(t, `SELECT count(*), sum(n) FROM words`)
			require.Equal(t, fmt.Sprintf("%d | %d", count+2, count+5), text(got))
			require.Equal(t, int64(count*len(line)+14), got.Bytes)
		})
	}
}

func TestAnObjectIsReadOnlyAsFarAsItsRowsAreAskedFor(t *testing.T) {
	p := words(t)
	p.Put(t, "words/a.json", strings.Repeat("{\"n\":1}\n", 70<<17))
	got := p.run(t, `SELECT n FROM words LIMIT 3`)
	require.Len(t, got.Rows, 3)
	require.Less(t, got.Bytes, int64(64<<20), "of 70 MB")
}

func TestALimitEndsAQueryThatReadsMore(t *testing.T) {
	t.Parallel() // it takes seconds until the limit is looked at
	p := words(t)
	p.Put(t, "words/a.json", strings.Repeat("{\"n\":1}\n", 16<<17))
	_, err := server.Run(context.Background(), Query{SQL: `SELECT count(*) FROM words a CROSS JOIN UNNEST(sequence(1, 300)) t (x) WHERE n + x = 0`, Database: p.Name, Now: now, Limit: 1 << 20})
	var failed *Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "EXCEEDED_SCAN_LIMIT", failed.Name)
}

func TestEachObjectHasItsNameAndSize(t *testing.T) {
	p := words(t)
	p.Put(t, "words/a.json", `{"n":1}`)
	p.Put(t, "words/b c.json", "{\"n\":20}\n{\"n\":21}")
	p.Put(t, "words/deep/er/d.json.gz", zip(t, `{"n":3}`))
	require.Equal(t, strings.Join([]string{
		"1 | " + p.URI("words/a.json") + " | 7",
		"3 | " + p.URI("words/deep/er/d.json.gz") + fmt.Sprintf(" | %d", len(zip(t, `{"n":3}`))),
		"20 | " + p.URI("words/b c.json") + " | 17",
		"21 | " + p.URI("words/b c.json") + " | 17",
	}, "\n"), text(p.run(t, `SELECT n, "$path", "$file_size" FROM words ORDER BY n`)))
	require.Equal(t, "1", text(p.run(t, `SELECT n FROM words WHERE "$path" LIKE '%/a.json'`)))
	got := p.run(t, `SELECT n FROM words WHERE "$path" = '`+p.URI("words/a.json")+`'`)
	require.Equal(t, "1", text(got))
	require.Equal(t, int64(7), got.Bytes, "the others are not read")
	require.Equal(t, "2026-11-22 09:00:00 +0000 UTC", text(p.run(t, `SELECT DISTINCT "$file_modified_time" FROM words`)))
}

func TestHiddenNamesAndFolderMarksAreNotRead(t *testing.T) {
	p := words(t)
	p.Put(t, "words/a.json", `{"n":1}`)
	for _, key := range []string{"words/_SUCCESS", "words/.hidden", "words/_metadata.json", "words/", "words/deep/"} {
		p.Put(t, key, "")
	}
	p.Put(t, "words/deep/.b.json", "no JSON {")
	p.Put(t, "words/deep/_c.json", "no JSON {")
	p.Put(t, "words/_temporary/e.json", "no JSON {")
	p.Put(t, "words/deep/.staging/deeper/f.json", "no JSON {")
	p.Put(t, "words2/d.json", `{"n":100}`)
	p.Put(t, "words.json", `{"n":200}`)
	got := p.both(t, `SELECT sum(n), count(*) FROM words`)
	require.Equal(t, "1 | 1", text(got))
	require.Equal(t, int64(7), got.Bytes)
}

func TestALocationNeedsNoSlashAtItsEnd(t *testing.T) {
	p := newPart(t)
	p.Put(t, "words/a.json", `{"n":1}`)
	p.Put(t, "words2/d.json", `{"n":100}`)
	p.Add(testlake.JSON, glue.Table{Name: "words", Location: p.URI("words"), Columns: testlake.Columns("n", "int")})
	require.Equal(t, "1", text(p.both(t, `SELECT sum(n) FROM words`)))
}

func TestATableOfOneObjectOrTheWholeBucket(t *testing.T) {
	p := newPart(t)
	p.Put(t, "words/a.json", `{"n":1}`)
	p.Put(t, "words/b.json", `{"n":2}`)
	p.Put(t, "c.json", `{"n":4}`)
	p.Add(testlake.JSON, glue.Table{Name: "object", Location: p.URI("words/a.json"), Columns: testlake.Columns("n", "int")})
	p.Add(testlake.JSON, glue.Table{Name: "bucket", Location: p.URI(""), Columns: testlake.Columns("n", "int")})
	require.Equal(t, "1", text(p.both(t, `SELECT sum(n) FROM object`)))
	require.Equal(t, "7", text(p.both(t, `SELECT sum(n) FROM bucket`)))
}

func TestOddKeysAreReadAndNamed(t *testing.T) {
	p := words(t)
	keys := []string{
		"words/with space.json", "words/star*.json", "words/what?.json", "words/[ab].json", "words/100%.json", "words/%20.json", "words/a+b.json",
		"words/Łódź 東京.json", "words/k=v.json", "words/k=v/a=b/c.json", "words/a:b.json", "words/a#b.json", "words/a&b;c,d.json", "words/quote's \"x\".json", "words/back\\slash.json",
		"words/no-ending", "words//double.json", "words/UPPER.JSON", "words/" + strings.Repeat("long", 60) + ".json",
	}
	for _, key := range keys {
		p.Put(t, key, `{"n":1}`)
	}
	got := p.both(t, `SELECT sum(n) FROM words`)
	require.Equal(t, fmt.Sprint(len(keys)), text(got))
	require.Equal(t, int64(7*len(keys)), got.Bytes)
	var want []string
	for _, key := range keys {
		want = append(want, p.URI(key))
	}
	paths := strings.Split(text(p.run(t, `SELECT "$path" FROM words`)), "\n")
	slices.Sort(paths)
	slices.Sort(want)
	require.Equal(t, want, paths)
}

func TestABucketThatIsNotThereFailsTheQuery(t *testing.T) {
	p := newPart(t)
	p.Add(testlake.JSON, glue.Table{Name: "absent", Location: "s3://absent/", Columns: testlake.Columns("n", "int")})
	p.requireError(t, `SELECT n FROM absent`, "NoSuchBucket")
	p.Add(testlake.JSON, glue.Table{Name: "local", Location: "/data/", Columns: testlake.Columns("n", "int")})
	p.requireError(t, `SELECT n FROM local`, `location "/data/" is not an s3:// URI`)
}
