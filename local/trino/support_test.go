package trino

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"datalake/local/trino/testlake"
)

// One Trino serves the package's tests, over one lake; those of faults have their own. It starts with the first query.
var (
	shared *testlake.Lake
	server *Server
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // as the local run does
	if directory := os.Getenv(parentDirectory); directory != "" {
		beParent(directory)
	}
	directory, err := os.MkdirTemp("", "trino-")
	if err == nil {
		shared, err = testlake.Open(directory + "/lake")
	}
	if err == nil {
		server, err = New(Config{Home: "target", Directory: directory + "/trino"})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server.Serve(shared, shared.Objects)
	code := m.Run()
	if err := server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	_ = os.RemoveAll(directory)
	os.Exit(code)
}

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// part is a test's own part of the lake.
type part struct{ testlake.Part }

func newPart(t testing.TB) part { return part{shared.Part(t)} }

// run runs a query that succeeds. A Trino that is not built fails it, and says so.
func (p part) run(t testing.TB, sql string) Result {
	t.Helper()
	got, err := server.Run(context.Background(), Query{SQL: sql, Database: p.Name, Now: now})
	require.NoError(t, err)
	return got
}

// both runs a query on objects joined and apart, which must make no difference but in the order of rows.
func (p part) both(t testing.TB, sql string) Result {
	t.Helper()
	process, err := server.started(context.Background())
	require.NoError(t, err)
	joined, err := process.run(context.Background(), Query{SQL: sql, Database: p.Name, Now: now}, true)
	require.NoError(t, err)
	apart, err := process.run(context.Background(), Query{SQL: sql, Database: p.Name, Now: now}, false)
	require.NoError(t, err)
	require.ElementsMatch(t, apart.Rows, joined.Rows)
	require.Equal(t, apart.Bytes, joined.Bytes)
	require.Equal(t, apart.PartitionsScanned, joined.PartitionsScanned)
	return joined
}

// text is a result's rows as text.
func text(got Result) string {
	var rows []string
	for _, values := range got.Rows {
		var texts []string
		for _, value := range values {
			if value == nil {
				value = "NULL"
			}
			texts = append(texts, fmt.Sprint(value))
		}
		rows = append(rows, strings.Join(texts, " | "))
	}
	return strings.Join(rows, "\n")
}

func zip(t testing.TB, body string) string {
	t.Helper()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := w.Write([]byte(body))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return zipped.String()
}

// sqlText is a text within single quotes of SQL.
func sqlText(text string) string { return strings.ReplaceAll(text, "'", "''") }

// requireError runs a query that fails; %s in what is wanted is the part's name.
func (p part) requireError(t testing.TB, sql, want string) {
	t.Helper()
	_, err := server.Run(context.Background(), Query{SQL: sql, Database: p.Name, Now: now})
	require.ErrorContains(t, err, strings.ReplaceAll(want, "%s", p.Name))
}
