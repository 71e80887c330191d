package glue

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheValueThatMadeAColumnAStringIsNamed(t *testing.T) {
	rows := func(row string) string { return strings.Repeat(row+"\n", 99) }
	for _, c := range []struct {
		why     string
		objects map[string]string
		table   string
		told    []string
	}{
		{
			"one object of many", join(times(5, "t/day=%d/a.json", `{"id":1,"price":1.5}`), map[string]string{"t/day=3/a.json": "{\"id\":1,\"price\":2}\n{\"id\":2,\"price\":\"n/a\"}"}),
			"t @ t/: id int, price string | day string (5)",
			[]string{`t.price string t/day=3/a.json:2 "n/a": text in 1 of the object's 2 values made the column a string`},
		},
		{
			"an object of text alone",
			map[string]string{"t/1.json": `{"id":1,"n":5}`, "t/2.json": `{"id":2,"n":"five"}`},
			"t @ t/: id int, n string",
			[]string{`t.n string t/2.json:1 "five": text in 1 of 2 objects made the column a string`},
		},
		{
			"a line of JSON",
			map[string]string{"t/a.json": rows(`{"n":1}`) + `{"n":"-"}` + "\n" + rows(`{"n":2}`)},
			"t @ t/: n string",
			[]string{`t.n string t/a.json:100 "-": text in 1 of the object's 199 values made the column a string`},
		},
		{
			"a cell of CSV",
			map[string]string{"t/a.csv": "id,Amount\n" + rows("1,2.5") + "2,unknown\n"},
			"t @ t/: id bigint, amount string",
			[]string{`t.amount string t/a.csv:101 "unknown": text in 1 of the object's 100 values made the column a string`},
		},
		{
			"an object where the others are numbers",
			map[string]string{"t/a.json": rows(`{"n":1}`) + `{"n":{"value":1}}`},
			"t @ t/: n string",
			[]string{`t.n string t/a.json:100 "{\"value\":1}": an object in 1 of the object's 100 values made the column a string`},
		},
		{
			"within structs and arrays",
			map[string]string{"t/a.json": `{"Log":[{"at":1},{"at":2},{"at":"later"}],"in":{"X":[1,true,2]}}`},
			"t @ t/: log array<struct<at:string>>, in struct<X:array<string>>",
			[]string{
				`t.log[].at array<struct<at:string>> t/a.json:1 "later": text in 1 of the object's 3 values made the column a string`,
				`t.in.X[] struct<X:array<string>> t/a.json:1 "true": a boolean in 1 of the object's 3 values made the column a string`,
			},
		},
		{
			"within an array at the top",
			map[string]string{"t/a.json": "[\n{\"n\":1},\n{\"n\":\"x\"}]"},
			"t @ t/: array array<struct<n:string>>",
			[]string{`t.array[].n array<struct<n:string>> t/a.json:1 "x": text in 1 of the object's 2 values made the column a string`},
		},
		{
			"within a cell of CSV",
			map[string]string{"t/a.csv": "id,tags\n1,\"{\"\"n\"\":1}\"\n2,\"{\"\"n\"\":\"\"x\"\"}\"\n"},
			"t @ t/: id bigint, tags struct<n:string>",
			[]string{`t.tags.n struct<n:string> t/a.csv:3 "x": text in 1 of the object's 2 values made the column a string`},
		},
		{
			"a number among texts is no surprise",
			map[string]string{"t/a.csv": "id,name\n1,Ann\n2,Bob\n3,2000\n"},
			"t @ t/: id bigint, name string", nil,
		},
		{
			"nor is text alone, nulls aside",
			map[string]string{"t/a.json": `{"s":"a","n":1}{"s":null,"n":2}`},
			"t @ t/: s string, n int", nil,
		},
		{
			"nor are numbers that widen",
			map[string]string{"t/a.json": `{"n":1}{"n":5000000000}{"n":0.5}`},
			"t @ t/: n double", nil,
		},
	} {
		t.Run(c.why, func(t *testing.T) {
			l := newLab(t)
			for key, body := range c.objects {
				l.put(key, body)
			}
			l.mustCrawl(settings("s3://lake/t/"))
			require.Equal(t, []string{c.table}, l.shown())
			require.Equal(t, c.told, l.told())
		})
	}
}

func TestALongValueIsCut(t *testing.T) {
	require.Equal(t, strings.Repeat("é", 80), excerpt(strings.Repeat("é", 80)))
	require.Equal(t, strings.Repeat("é", 79)+"…", excerpt(strings.Repeat("é", 81)))
}
