// Package resident tells how much memory processes took at their peak, in bytes.
package resident

import (
	"os"
	"runtime"
	"syscall"
)

// Own is this process's peak so far.
func Own() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return bytes(&usage)
}

// Of is the peak of a process that has ended; of one that waited for children, the greatest among it and them.
func Of(ended *os.ProcessState) int64 {
	if usage, ok := ended.SysUsage().(*syscall.Rusage); ok {
		return bytes(usage)
	}
	return 0
}

// bytes reads the greatest resident size, which Linux counts in KiB and macOS in bytes.
func bytes(usage *syscall.Rusage) int64 {
	if runtime.GOOS == "linux" {
		return usage.Maxrss * 1024
	}
	return usage.Maxrss
}
