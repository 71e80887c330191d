package trino

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"

	"datalake/local/glue"

	"github.com/stretchr/testify/require"
)

// noTables is a catalog of nothing.
type noTables struct{}

func (noTables) Databases() []string                      { return []string{} }
func (noTables) Tables(string) ([]glue.Table, error)      { return nil, nil }
func (noTables) Table(_, _ string) (t glue.Table, _ bool) { return t, false }

// Between the choice of a port and its use another process may take it.
func TestAServerThatFindsItsPortTakenStartsOnAnother(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	server, err := New(Config{Home: filepath.Join("target"), Directory: t.TempDir(), Catalog: noTables{}})
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Close()) }()
	server.process, err = launchAt(server.config, server.lake.Load, taken.Addr().(*net.TCPAddr).Port)
	require.NoError(t, err)

	result, err := server.Run(context.Background(), Query{SQL: "SELECT 1", Now: time.Now()})
	require.NoError(t, err)
	require.Equal(t, [][]any{{int64(1)}}, result.Rows)
	require.NotEqual(t, taken.Addr().(*net.TCPAddr).Port, server.process.port)
}
