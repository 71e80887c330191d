// Package objects keeps S3 objects in a directory per bucket.
package objects

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"datalake/local/fault"
)

// tempDir holds bytes on their way into a bucket. No bucket can have its name, since bucket names start with a letter or digit.
const tempDir = ".temp"

// staleMark stands in a store that is empty, though the files of older objects are still there.
const staleMark = ".stale"

// bucketName is what S3 takes as the name of a general purpose bucket ("Bucket naming rules"), but for its list of reserved names.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// Object describes a stored object.
type Object struct {
	Key string
	// Size is in bytes.
	Size int64
	// Modified is the instant that the object's Put named, in UTC.
	Modified time.Time
}

// Store is a set of buckets under one directory. One process at a time may write to it.
type Store struct {
	dir     string
	buckets map[string]bool
	// lock guards what follows. made remembers the directories that exist: asking the file system at every put would cost
	// more than the put.
	lock sync.Mutex
	made map[string]bool
	puts int
	// fresh are the files that were put since OpenEmpty; nil once nothing older is left.
	fresh map[string]bool
}

// OpenEmpty opens the store under dir without what it holds. The old objects' files stay until something is read, so that
// one that is put again, byte for byte, is kept: some file systems take long to give out what was deleted a moment ago.
func OpenEmpty(dir string) (*Store, error) {
	s, err := Open(dir)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(s.dir, staleMark), nil, 0o644); err != nil {
		return nil, fmt.Errorf("emptying the object store: %w", err)
	}
	s.fresh = map[string]bool{}
	return s, nil
}

// Settle deletes what OpenEmpty has left of the old objects. Reading does it too. A store that is settled may be used by
// several at one time.
func (s *Store) Settle() error {
	if s.fresh == nil {
		return nil
	}
	for bucket := range s.buckets {
		err := filepath.WalkDir(filepath.Join(s.dir, bucket), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || s.fresh[path] {
				return err
			}
			return os.Remove(path)
		})
		if err != nil {
			return fmt.Errorf("emptying the object store: %w", err)
		}
	}
	s.fresh = nil
	return os.Remove(filepath.Join(s.dir, staleMark))
}

// Open opens the store under dir, with the buckets that it already holds, or makes an empty one.
func Open(dir string) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the object store: %w", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, tempDir)); err != nil {
		return nil, fmt.Errorf("opening the object store: removing what an interrupted run left: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, tempDir), 0o755); err != nil {
		return nil, fmt.Errorf("opening the object store: %w", err)
	}
	s := &Store{dir: dir, buckets: map[string]bool{}, made: map[string]bool{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the object store: %w", err)
	}
	for _, entry := range entries {
		if entry.Name() == staleMark { // a run that was broken off had not emptied the store yet
			s.fresh = map[string]bool{}
		}
		if entry.IsDir() && bucketName.MatchString(entry.Name()) {
			s.buckets[entry.Name()] = true
		}
	}
	return s, nil
}

// CreateBucket makes a bucket; one that exists stays as it is. The name must follow S3's bucket naming rules.
func (s *Store) CreateBucket(name string) error {
	if !bucketName.MatchString(name) || strings.Contains(name, "..") {
		return fault.Errorf("S3.S3Exception", "InvalidBucketName: %q must have 3 to 63 lower-case letters, digits, dots and hyphens, start and end with a letter or digit, and have no two dots together", name)
	}
	if err := os.MkdirAll(filepath.Join(s.dir, name), 0o755); err != nil {
		return fmt.Errorf("creating bucket %s: %w", name, err)
	}
	s.buckets[name] = true
	return nil
}

// Buckets are the names of the buckets, sorted.
func (s *Store) Buckets() []string { return slices.Sorted(maps.Keys(s.buckets)) }

// Get returns an object's bytes, or a *fault.Error: S3.NoSuchBucketException, S3.NoSuchKeyException.
func (s *Store) Get(bucket, key string) ([]byte, error) {
	if err := s.Settle(); err != nil {
		return nil, err
	}
	path, err := s.Path(bucket, key)
	if err != nil {
		return nil, err
	}
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Errorf("S3.NoSuchKeyException", "The specified key does not exist: %q in bucket %s", key, bucket)
	}
	if err != nil {
		return nil, fmt.Errorf("getting s3://%s/%s: %w", bucket, key, err)
	}
	return body, nil
}

// Head is what S3's HeadObject tells of an object.
type Head struct {
	// Size is in bytes.
	Size int64
	// ETag is without quotes, S3's for an object that came in one part: the MD5 of its bytes.
	ETag string
}

// Head reads an object that is there through, without holding it whole.
func (s *Store) Head(bucket, key string) (Head, error) {
	if err := s.Settle(); err != nil {
		return Head{}, err
	}
	path, err := s.Path(bucket, key)
	if err != nil {
		return Head{}, err
	}
	file, err := os.Open(path)
	if err != nil {
		return Head{}, fmt.Errorf("reading s3://%s/%s: %w", bucket, key, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	sum := md5.New()
	size, err := io.Copy(sum, file)
	if err != nil {
		return Head{}, fmt.Errorf("reading s3://%s/%s: %w", bucket, key, err)
	}
	return Head{Size: size, ETag: hex.EncodeToString(sum.Sum(nil))}, nil
}

// Delete removes an object. As in S3, it is no error if there is none.
func (s *Store) Delete(bucket, key string) error {
	if err := s.Settle(); err != nil {
		return err
	}
	path, err := s.Path(bucket, key)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("deleting s3://%s/%s: %w", bucket, key, err)
	}
	return nil
}

// List returns the bucket's objects whose keys start with prefix, in ascending order of the keys' UTF-8 bytes, all in one page.
func (s *Store) List(bucket, prefix string) ([]Object, error) {
	if err := s.Settle(); err != nil {
		return nil, err
	}
	if err := s.checkBucket(bucket); err != nil {
		return nil, err
	}
	root := filepath.Join(s.dir, bucket)
	// The prefix's whole segments are a directory, and nothing outside it can match.
	start := root
	if slash := strings.LastIndexByte(prefix, '/'); slash >= 0 {
		start = filepath.Join(root, encodeDirectories(prefix[:slash]))
	}
	var found []Object
	err := filepath.WalkDir(start, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			if path == start && errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		if entry.IsDir() {
			return nil
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		key, err := decode(filepath.ToSlash(relative))
		if err != nil {
			return err
		}
		if !strings.HasPrefix(key, prefix) {
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		found = append(found, Object{Key: key, Size: info.Size(), Modified: info.ModTime().UTC()})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing s3://%s/%s: %w", bucket, prefix, err)
	}
	slices.SortFunc(found, func(a, b Object) int { return strings.Compare(a.Key, b.Key) })
	return found, nil
}

// Path returns the absolute path of the file that holds the object's bytes, whether or not there is such an object.
// Keys without odd characters keep their folders and their name's ending, so that readers of hive partitions and of compressed files find what they expect.
func (s *Store) Path(bucket, key string) (string, error) {
	if err := s.checkBucket(bucket); err != nil {
		return "", err
	}
	if err := CheckKey(key); err != nil {
		return "", err
	}
	return s.dir + "/" + bucket + "/" + encode(key), nil
}

func (s *Store) checkBucket(name string) error {
	if !s.buckets[name] {
		return fault.Errorf("S3.NoSuchBucketException", "The specified bucket does not exist: %s", name)
	}
	return nil
}
