package trino

import (
	"testing"

	"github.com/stretchr/testify/require"

	"datalake/local/glue"
	"datalake/local/trino/testlake"
)

// shop is a table of CSV with a heading, as a crawler writes it.
func shop(p part, parameters map[string]string, delimiter string, columns ...string) {
	p.Add(testlake.CSV, glue.Table{
		Name: "shop", Columns: testlake.Columns(columns...), Parameters: parameters,
		SerDe: glue.SerDe{Parameters: map[string]string{"field.delim": delimiter}},
	})
}

var heading = map[string]string{"skip.header.line.count": "1"}

// docs.aws.amazon.com/athena/latest/ug/lazy-simple-serde.html
func TestFieldsOfCSV(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"fields", "id,name,price\n1,a,1.5\n2,b,2.5\n", "1 | a | 1.5\n2 | b | 2.5"},
		{"no end of the last line", "id,name,price\n1,a,1.5", "1 | a | 1.5"},
		{"lines as Windows ends them", "id,name,price\r\n1,a,1.5\r\n", "1 | a | 1.5"},
		{"the heading alone", "id,name,price\n", ""},
		{"nothing at all", "", ""},
		{"empty fields: numbers are NULL, texts are empty", "id,name,price\n,,\n", "NULL |  | NULL"},
		{"the sign of NULL", "id,name,price\n1,\\N,\\N\n", "1 | NULL | NULL"},
		{"too few fields", "id,name,price\n1\n", "1 | NULL | NULL"},
		{"too many fields", "id,name,price\n1,a,1.5,more\n", "1 | a | 1.5"},
		{"what is no number is NULL", "id,name,price\nx,a,1.2.3\n", "NULL | a | NULL"},
		{"a number that is too large is NULL", "id,name,price\n3000000000,a,1\n", "NULL | a | 1"},
		{"blanks stay", "id,name,price\n1, a ,1.5\n", "1 |  a  | 1.5"},
		{"quotes are of the text", "id,name,price\n1,\"a\",1.5\n", `1 | "a" | 1.5`},
		{"letters of several bytes", "id,name,price\n1,Łódź,1.5\n", "1 | Łódź | 1.5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPart(t)
			shop(p, heading, ",", "id", "int", "name", "string", "price", "double")
			p.Put(t, "shop/a.csv", c.body)
			got := p.run(t, `SELECT id, name, price FROM shop ORDER BY 1`)
			require.Equal(t, c.want, text(got))
			require.Equal(t, int64(len(c.body)), got.Bytes, "the heading is read too")
		})
	}
}

func TestEachObjectOfCSVHasItsHeading(t *testing.T) {
	p := newPart(t)
	shop(p, heading, ",", "id", "int", "name", "string")
	first, second, third := "id,name\n1,a\n2,b", zip(t, "id,name\n3,c\n"), "id,name\n4,d\n"
	p.Put(t, "shop/a.csv", first)
	p.Put(t, "shop/b.csv.gz", second)
	p.Put(t, "shop/deep/c.csv", third)
	got := p.run(t, `SELECT count(*), sum(id), array_join(array_agg(name ORDER BY id), '') FROM shop`)
	require.Equal(t, "4 | 10 | abcd", text(got))
	require.Equal(t, int64(len(first)+len(second)+len(third)), got.Bytes)
}

func TestCSVOfOtherKinds(t *testing.T) {
	p := newPart(t)
	shop(p, nil, "\t", "day", "date", "at", "timestamp", "price", "decimal(10,2)", "sold", "boolean", "n", "bigint", "share", "float")
	p.Put(t, "shop/a.tsv", "2026-11-22\t2026-11-22 10:00:00.5\t1.50\ttrue\t9223372036854775807\t0.5\nx\tx\tx\tx\tx\tx\n")
	got := p.run(t, `SELECT CAST(day AS varchar), CAST(at AS varchar), price, sold, n, share FROM shop ORDER BY n`)
	require.Equal(t, "2026-11-22 | 2026-11-22 10:00:00.500 | 1.50 | true | 9223372036854775807 | 0.5\nNULL | NULL | NULL | NULL | NULL | NULL", text(got), "without a heading, every line is a row")
}
