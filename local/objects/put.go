package objects

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// Put stores an object, replacing at once and whole the one that had the key.
func (s *Store) Put(bucket, key string, body []byte, at time.Time) error {
	path, err := s.Path(bucket, key)
	if err != nil {
		return err
	}
	if err := s.put(path, bytes.NewReader(body), at, func(int64) {}); err != nil {
		return fmt.Errorf("putting s3://%s/%s: %w", bucket, key, err)
	}
	return nil
}

// PutFile stores a file's bytes as Put does, without holding them whole. It calls copied with the number of bytes that
// came since the last call, at least every 16 MB, and tells whether an object had the key before.
func (s *Store) PutFile(bucket, key, file string, at time.Time, copied func(int64)) (replaced bool, err error) {
	path, err := s.Path(bucket, key)
	if err != nil {
		return false, err
	}
	body, err := os.Open(file)
	if err != nil {
		return false, fmt.Errorf("putting s3://%s/%s: %w", bucket, key, err)
	}
	defer func() { _ = body.Close() }() // it was only read
	if s.fresh == nil || s.fresh[path] {
		_, err := os.Lstat(path)
		replaced = err == nil
	}
	if err := s.put(path, body, at, copied); err != nil {
		return false, fmt.Errorf("putting s3://%s/%s: %w", bucket, key, err)
	}
	return replaced, nil
}

// chunk is what is copied at once: the kernel does it, where both files lie on one file system.
const chunk = 16 << 20

func (s *Store) put(path string, body io.ReadSeeker, at time.Time, copied func(int64)) error {
	temp, err := s.temporary(path)
	if err != nil {
		return err
	}
	size, err := body.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if s.fresh != nil {
		s.fresh[path] = true
		same, err := holds(path, body, size)
		if err != nil {
			return err
		}
		if same {
			copied(size)
			return os.Chtimes(path, at, at)
		}
	}
	if err := write(temp, body, size, copied); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := os.Chtimes(temp, at, at); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// temporary makes the directory of an object's file, and names the file in which its bytes gather.
func (s *Store) temporary(path string) (string, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if parent := filepath.Dir(path); !s.made[parent] {
		if err := os.MkdirAll(parent, 0o755); err != nil {
			return "", err
		}
		s.made[parent] = true
	}
	s.puts++
	return filepath.Join(s.dir, tempDir, strconv.Itoa(s.puts)), nil
}

func write(path string, body io.ReadSeeker, size int64, copied func(int64)) error {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	for left := size; left > 0 && err == nil; left -= chunk {
		var count int64
		count, err = io.CopyN(file, body, min(left, chunk))
		copied(count)
	}
	return errors.Join(err, file.Close())
}

// holds tells whether a file has a body's bytes and no others.
func holds(path string, body io.ReadSeeker, size int64) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, nil // what stands in the way, if anything, is found when it is replaced
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err != nil || info.Size() != size {
		return false, err
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	length := min(size, 64<<10)
	old, given := make([]byte, length), make([]byte, length)
	for left := size; left > 0; left -= length {
		length = min(length, left)
		if _, err := io.ReadFull(file, old[:length]); err != nil {
			return false, err
		}
		if _, err := io.ReadFull(body, given[:length]); err != nil {
			return false, err
		}
		if !bytes.Equal(old[:length], given[:length]) {
			return false, nil
		}
	}
	return true, nil
}
