//go:build nightly

package trino

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestATrinoThatCanNotStartSaysWhyInItsWords(t *testing.T) {
	t.Parallel()
	s := lonely(t, func(c *Config) {
		require.NoError(t, os.MkdirAll(c.Directory+"/catalog", 0o700))
		require.NoError(t, os.WriteFile(c.Directory+"/catalog/more.properties", []byte("connector.name=mars\n"), 0o600))
	})
	err := one(s)
	require.ErrorContains(t, err, "start Trino: it ended (exit status ")
	require.ErrorContains(t, err, "No factory for connector 'mars'")
	require.ErrorContains(t, err, "its log: "+s.config.Directory+"/trino.log")
	first := s.process
	require.Equal(t, err, one(s), "the next query is told the same")
	require.Same(t, first, s.process, "it is not tried again")
}

// The port that is chosen may be taken by the time that Trino starts.
func TestATakenPortIsGivenUpForAnother(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	ports := 0
	s := lonely(t, func(c *Config) {
		c.choosePort = func() (int, error) {
			if ports++; ports == 1 {
				return taken.Addr().(*net.TCPAddr).Port, nil
			}
			return freePort()
		}
	})
	require.NoError(t, one(s))
	require.Equal(t, 2, ports)
}

func TestTrinoIsGoneWhenItsParentIsKilled(t *testing.T) {
	t.Parallel()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentDirectory+"="+t.TempDir())
	var complaints bytes.Buffer
	parent.Stderr = &complaints
	output, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	var pid int
	_, err = fmt.Fscan(output, &pid)
	require.NoError(t, err, complaints.String)
	require.NoError(t, syscall.Kill(pid, 0), "Trino runs")
	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())
	requireGone(t, pid)
}
