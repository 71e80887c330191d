package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Lay puts every file below a directory into the source bucket, under its path there, and counts them.
func (e *Engine) Lay(directory string) (int, error) {
	bucket, known := e.resources.outputs["buckets"]["source"]
	if !known {
		return 0, errors.New(`lay data: the stack exports no buckets.source`)
	}
	laid := 0
	err := filepath.WalkDir(directory, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		key, err := filepath.Rel(directory, file)
		if err != nil {
			return err
		}
		laid++
		_, err = e.put(bucket, filepath.ToSlash(key), body)
		return err
	})
	if err != nil {
		return laid, fmt.Errorf("lay %s over the source bucket: %w", directory, err)
	}
	return laid, nil
}

// Arrive sends the events of all objects in the source bucket, as if they had just been written: for data that was there
// before the rules were.
func (e *Engine) Arrive() error {
	bucket := e.resources.outputs["buckets"]["source"]
	objects, err := e.store.List(bucket, "")
	if err != nil {
		return fmt.Errorf("send the events of the source bucket: %w", err)
	}
	for _, object := range objects {
		e.arrived(bucket, object.Key, int(object.Size), "")
	}
	return nil
}
