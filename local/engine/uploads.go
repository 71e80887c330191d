package engine

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// upload is an object that the program makes of a file of the project, or of several as a zip archive.
type upload struct {
	bucket, key, file string
	// files are the archive's, by their names in it.
	files map[string]string
}

// body is what is uploaded; the same files make the same archive.
func (u upload) body(project string) ([]byte, error) {
	if u.file != "" {
		return os.ReadFile(filepath.Join(project, u.file))
	}
	var zipped bytes.Buffer
	archive := zip.NewWriter(&zipped)
	for _, name := range slices.Sorted(maps.Keys(u.files)) {
		text, err := os.ReadFile(filepath.Join(project, u.files[name]))
		if err != nil {
			return nil, err
		}
		if !fs.ValidPath(name) {
			return nil, fmt.Errorf("%q can't be the name of a file in an archive", name)
		}
		file, err := archive.Create(name)
		if err == nil {
			_, err = file.Write(text)
		}
		if err != nil {
			return nil, fmt.Errorf("add %s to the archive: %w", name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("write the archive: %w", err)
	}
	return zipped.Bytes(), nil
}

// openUploads uploads what the program uploads.
func (e *Engine) openUploads() error {
	for _, upload := range e.resources.uploads {
		body, err := upload.body(e.options.Project)
		if err == nil {
			err = e.store.Put(upload.bucket, upload.key, body, e.clock.Now())
		}
		if err != nil {
			return fmt.Errorf("upload %s: %w", upload.key, err)
		}
	}
	return nil
}
