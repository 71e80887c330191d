package objects

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"datalake/local/fault"
)

// Reader opens an object's bytes for reading, as a stream or at any place; the caller closes it. Errors are those of Get.
func (s *Store) Reader(bucket, key string) (*os.File, error) {
	if err := s.Settle(); err != nil {
		return nil, err
	}
	path, err := s.Path(bucket, key)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Errorf("S3.NoSuchKeyException", "The specified key does not exist: %q in bucket %s", key, bucket)
	}
	if err != nil {
		return nil, fmt.Errorf("getting s3://%s/%s: %w", bucket, key, err)
	}
	return file, nil
}
