package terminal_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	_ "datalake/internal/mockaws" // brings the SDK

	"github.com/stretchr/testify/require"
)

// printOnly makes this test binary a program that imports the SDK, prints one line and ends.
const printOnly = "DATALAKE_TEST_PRINT"

func TestMain(m *testing.M) {
	if text, is := os.LookupEnv(printOnly); is {
		fmt.Println(text)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// On a terminal that answers nothing, a program prints what it prints: no question to the terminal comes before.
func TestTheTerminalIsNotAsked(t *testing.T) {
	controller, terminal := openTerminal(t)
	program := exec.Command(os.Args[0])
	program.Env = []string{"TERM=xterm-256color", printOnly + "=hello"}
	program.Stdin, program.Stdout, program.Stderr = terminal, terminal, terminal
	program.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, program.Start())
	require.NoError(t, terminal.Close())
	var printed strings.Builder
	_, err := io.Copy(&printed, controller)
	require.ErrorIs(t, err, syscall.EIO, "the end of a terminal that nobody holds any more")
	require.NoError(t, program.Wait())
	require.Equal(t, "hello\r\n", printed.String())
}

// openTerminal opens a pseudoterminal: what is written to the terminal is read from the controller.
func openTerminal(t *testing.T) (controller, terminal *os.File) {
	t.Helper()
	controller, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = controller.Close() })
	var number, unlock int32
	for request, argument := range map[uintptr]*int32{syscall.TIOCGPTN: &number, syscall.TIOCSPTLCK: &unlock} {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, controller.Fd(), request, uintptr(unsafe.Pointer(argument)))
		require.Zero(t, errno)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	return controller, terminal
}
