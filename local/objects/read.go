package objects

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"datalake/local/fault"
)

// Reader opens an object's bytes as a stream, which the caller closes. Errors are those of Get.
func (s *Store) Reader(bucket, key string) (io.ReadCloser, error) {
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
