package trino

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"datalake/local/trino/testlake"
)

// lonely is a server of a test's own, over an empty lake. What it reads is prepared by the change.
func lonely(t *testing.T, change func(*Config)) *Server {
	t.Helper()
	lake, err := testlake.Open(t.TempDir())
	require.NoError(t, err)
	config := Config{Home: "target", Directory: filepath.Join(t.TempDir(), "trino")}
	if change != nil {
		change(&config)
	}
	s, err := New(config)
	require.NoError(t, err)
	s.Serve(lake, lake.Objects)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func one(s *Server) error {
	_, err := s.Run(context.Background(), Query{SQL: "SELECT 1", Now: now})
	return err
}

// requireGone waits until no process has an id.
func requireGone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool { return syscall.Kill(pid, 0) != nil }, time.Minute, 10*time.Millisecond, "process %d runs on", pid)
}

func TestWithoutJavaTheFirstQuerySaysWhatIsMissing(t *testing.T) {
	t.Setenv("JAVA_HOME", t.TempDir())
	s := lonely(t, nil)
	s.Start()
	err := one(s)
	require.ErrorContains(t, err, "start Trino: ")
	require.ErrorContains(t, err, "bin/java: no such file or directory: install a JDK 17, or set JAVA_HOME")
}

func TestWithoutABuildTheFirstQuerySaysHowToMakeIt(t *testing.T) {
	s := lonely(t, func(c *Config) { c.Home = t.TempDir() })
	s.Start()
	require.ErrorContains(t, one(s), "start Trino: it is not built: run `make setup`")
	_, err := s.Address()
	require.ErrorContains(t, err, "run `make setup`")
}

func TestADirectoryThatCanNotBeMadeIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	s := lonely(t, func(c *Config) { c.Directory = file + "/trino" })
	require.ErrorContains(t, one(s), "start Trino: mkdir "+file)
}

func TestAJavaThatCanNotStartSaysWhyInItsWords(t *testing.T) {
	t.Setenv("JDK_JAVA_OPTIONS", "-XX:Mars")
	s := lonely(t, nil)
	err := one(s)
	require.ErrorContains(t, err, "start Trino: it ended (exit status 1): ")
	require.ErrorContains(t, err, "Unrecognized VM option 'Mars'")
	require.ErrorContains(t, err, "its log: "+s.config.Directory+"/trino.log")
}

func TestATrinoThatIsLostIsReplaced(t *testing.T) {
	require.NoError(t, one(server))
	first := server.process
	failed := make(chan error)
	go func() {
		_, err := server.Run(context.Background(), Query{Now: now, SQL: `SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x), UNNEST(sequence(1, 10000)) b(x), UNNEST(sequence(1, 10000)) c(x) WHERE a.x + b.x + c.x = 5`})
		failed <- err
	}()
	require.Eventually(t, func() bool {
		got, err := server.Run(context.Background(), Query{Now: now, SQL: `SELECT 1 FROM system.runtime.queries WHERE state = 'RUNNING' AND query LIKE '%UNNEST(%' AND query NOT LIKE '%runtime%'`})
		return err == nil && len(got.Rows) == 1
	}, time.Minute, 10*time.Millisecond)
	require.NoError(t, first.command.Process.Kill())
	err := <-failed
	require.ErrorContains(t, err, "while the query ran, Trino was lost: it ended (signal: killed)")
	require.ErrorContains(t, err, "its log: "+server.config.Directory+"/trino.log")
	requireGone(t, first.command.Process.Pid)

	require.NoError(t, one(server))
	require.NotSame(t, first, server.process)
	require.Greater(t, server.PeakBytes(), int64(100<<20))
	require.Less(t, server.PeakBytes(), int64(1<<30), "the heap is bounded")
}

// A query that seems to have read nothing would seem to cost nothing.
func TestAQueryFailsOfWhichNobodyKnowsWhatItRead(t *testing.T) {
	p := &process{config: Config{Directory: "out"}}
	p.ended, p.fail = context.WithCancelCause(context.Background())
	sent := &underWay{completed: make(chan completion, 1)}
	require.EqualError(t, p.account(sent, &Result{}, time.Millisecond), "the query ended, and Trino did not say within 1ms what was read; its log: out/trino.log")
	p.fail(errors.New("it ended"))
	require.EqualError(t, p.account(sent, &Result{}, time.Minute), "the query ended, and Trino was lost before it said what was read: it ended")
}

func TestAQueryWaitsForAStartNoLongerThanForItself(t *testing.T) {
	t.Parallel()
	s := lonely(t, nil)
	s.Start()
	late := errors.New("too late")
	ctx, cancel := context.WithTimeoutCause(context.Background(), 10*time.Millisecond, late)
	defer cancel()
	_, err := s.Run(ctx, Query{SQL: "SELECT 1", Now: now})
	require.ErrorIs(t, err, late)
	pid := s.process.command.Process.Pid
	require.NoError(t, s.Close(), "one that is still starting can be closed")
	requireGone(t, pid)
}

func TestCloseOfAServerThatNeverRanIsNothing(t *testing.T) {
	s := lonely(t, nil)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	require.Zero(t, s.PeakBytes())
}

// A test starts this binary once more, as a process that starts a server and waits to be killed.
const parentDirectory = "TRINO_TEST_PARENT"

func beParent(directory string) {
	lake, err := testlake.Open(directory + "/lake")
	if err == nil {
		var s *Server
		s, err = New(Config{Home: "target", Directory: directory + "/trino"})
		if err == nil {
			s.Serve(lake, lake.Objects)
			err = one(s)
		}
		if err == nil {
			fmt.Println(s.process.command.Process.Pid)
			select {} // until killed
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// Who does not know the user's name gets nothing from the server, though it listens where everybody on the machine can reach it.
func TestNobodyElseMayQuery(t *testing.T) {
	require.NoError(t, one(server))
	address, err := server.Address()
	require.NoError(t, err)
	ask := func(user, sql string) string {
		request, err := http.NewRequest(http.MethodPost, fmt.Sprintf("http://%s:%d/v1/statement", address.Host, address.Port), strings.NewReader(sql))
		require.NoError(t, err)
		if user != "" {
			request.Header.Set("X-Trino-User", user)
		}
		request.Header.Set("X-Trino-Catalog", CatalogName)
		var all strings.Builder
		for {
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			all.Write(body)
			_, next, found := bytes.Cut(body, []byte(`"nextUri":"`))
			if !found {
				return all.String()
			}
			next, _, _ = bytes.Cut(next, []byte(`"`))
			request, err = http.NewRequest(http.MethodGet, string(next), nil)
			require.NoError(t, err)
		}
	}
	require.Contains(t, ask(address.User, "SELECT 41 + 1"), `"data":[[42]]`)
	require.NotContains(t, ask("", "SELECT 40 + 2"), "[[42]]")
	for _, sql := range []string{"SELECT 40 + 2", "SHOW SCHEMAS", "SELECT query FROM system.runtime.queries"} {
		answer := ask("someone", sql)
		require.Contains(t, answer, "PERMISSION_DENIED", sql)
		require.NotContains(t, answer, `"data"`, sql)
	}
	for _, path := range []string{"/v1/query", "/v1/node", "/v1/resourceGroupState/global", "/ui/"} {
		request, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://%s:%d%s", address.Host, address.Port, path), nil)
		require.NoError(t, err)
		request.Header.Set("X-Trino-User", "someone")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.NotContains(t, string(body), address.User, "the user's name is not told")
		require.NotContains(t, string(body), "SELECT 41 + 1", "nor what was asked")
	}
	files, err := filepath.Glob(server.config.Directory + "/*")
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil && bytes.Contains(text, []byte(address.User)) {
			info, err := os.Stat(file)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "%s has the user's name", file)
		}
	}
}
