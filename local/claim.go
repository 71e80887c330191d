package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// holder is the process that works in a stack's directory.
type holder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// claim makes a stack's directory this process's own until it is released: one directory, one run. It refuses one that
// another process has, and names that process. The operating system holds the lock, so that a process that is killed
// leaves none behind; the file stays, and says who held it last.
func claim(directory string, arguments []string) (release func(), err error) {
	file, err := openLock(directory)
	if err != nil {
		return nil, refusal{fmt.Errorf("prepare %s: %w", directory, err)}
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		defer func() { _ = file.Close() }() // it was only read
		return nil, refusal{fmt.Errorf("%s is in use by %s: wait for its end, or end it", directory, readHolder(file))}
	}
	if err == nil {
		err = writeHolder(file, holder{os.Getpid(), strings.Join(arguments, " "), time.Now()})
	}
	if err != nil {
		return nil, refusal{errors.Join(fmt.Errorf("lock %s: %w", directory, err), file.Close())}
	}
	return func() { _ = file.Close() }, nil // which unlocks it
}

func openLock(directory string) (*os.File, error) {
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return nil, err
	}
	return os.OpenFile(filepath.Join(directory, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
}

func writeHolder(file *os.File, h holder) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err = file.WriteAt(append(text, '\n'), 0)
	return err
}

// readHolder says who holds a lock.
func readHolder(file io.Reader) string {
	var h holder
	if json.NewDecoder(file).Decode(&h) != nil {
		return "another process, which has only just begun"
	}
	return fmt.Sprintf("process %d (%q, since %s)", h.PID, h.Command, h.Since.Format(time.DateTime))
}
