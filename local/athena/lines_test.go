package athena

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// endless repeats a line for ever and counts what was read of it.
type endless struct {
	line string
	read int
}

func (e *endless) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = e.line[(e.read+i)%len(e.line)]
	}
	e.read += len(into)
	return len(into), nil
}

func TestAnObjectIsReadOnlyAsFarAsItsRowsAreAskedFor(t *testing.T) {
	for serDe, line := range map[string]string{
		openX: `{"n":1}`,
		"org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe": "1",
		"org.apache.hadoop.hive.serde2.OpenCSVSerde":         "1",
	} {
		s, err := newScan(nil, Table{SerDe: serDe, Columns: []Column{{"n", "int"}}, Parameters: map[string]string{"skip.header.line.count": "1"}}, nil)
		require.NoError(t, err)
		body := &endless{line: line + "\n"}
		rows, err := s.newRows(s, body)
		require.NoError(t, err)
		for range 3 {
			row, err := rows.next()
			require.NoError(t, err)
			require.Equal(t, []any{int32(1)}, row)
		}
		require.LessOrEqual(t, body.read, 64<<10, serDe)
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 100<<10)
	lines := newLineReader(strings.NewReader("a\n" + long + "\n\nend"))
	for i, want := range []string{"a", long, "", "end"} {
		line, err := lines.next()
		require.NoError(t, err)
		require.Equal(t, want, string(line))
		require.Equal(t, i+1, lines.line)
	}
	_, err := lines.next()
	require.ErrorIs(t, err, io.EOF)

	lines = newLineReader(&endless{line: "x"})
	lines.longest = 1000
	_, err = lines.next()
	require.ErrorContains(t, err, "HIVE_CURSOR_ERROR: line 1 is longer than 1000 bytes")
}
