package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"

	"datalake/internal/mockaws"
	"datalake/local/objects"
)

// Data is a directory whose files are to become objects of the source bucket, each under its path there.
type Data struct {
	Directory string
	// Objects is how many there are, Bytes how many they have together.
	Objects int
	Bytes   int64

	keys []string
}

// maxFaults is how many faults of a directory are named one by one.
const maxFaults = 20

// Survey looks through a directory that is to be copied, links followed, and refuses, all at once, what can't be: what
// is neither a file nor a directory, links that lead nowhere or back, what can't be read, and names that S3 does not
// take as keys. What lies in own, the engine's directory, is refused too, since a run empties it, and so are the keys of
// objects that the stack itself puts into the bucket.
func Survey(evaluation *mockaws.Evaluation, directory, own string) (*Data, error) {
	resources, err := read(evaluation)
	if err != nil {
		return nil, fmt.Errorf("prepare the local engines: %w", err)
	}
	s := survey{Data: Data{Directory: directory}, uploads: map[string]bool{}}
	for _, upload := range resources.uploads {
		if upload.bucket == resources.outputs["buckets"]["source"] {
			s.uploads[upload.key] = true
		}
	}
	if s.own, err = os.Stat(own); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look at %s: %w", own, err)
	}
	s.look("", true)
	if s.count > maxFaults {
		s.faults = append(s.faults, fmt.Errorf("and %d more", s.count-maxFaults))
	}
	if err := errors.Join(s.faults...); err != nil {
		return nil, fmt.Errorf("%s can't be copied:\n%w", directory, err)
	}
	return &s.Data, nil
}

type survey struct {
	Data
	// own is the engine's directory, nil if there is none yet.
	own os.FileInfo
	// uploads are the keys of the objects that the stack itself puts into the source bucket.
	uploads map[string]bool
	faults  []error
	count   int
	above   []os.FileInfo // the directories that the current one is in
}

func (s *survey) refuse(key, format string, args ...any) {
	if s.count++; s.count <= maxFaults {
		s.faults = append(s.faults, fmt.Errorf("  %q %w", path.Join(".", key), fmt.Errorf(format, args...)))
	}
}

func (d *Data) file(key string) string { return filepath.Join(d.Directory, filepath.FromSlash(key)) }

// kinds are what is neither a file nor a directory.
var kinds = map[fs.FileMode]string{
	fs.ModeNamedPipe:                  "a pipe",
	fs.ModeSocket:                     "a socket",
	fs.ModeDevice:                     "a device",
	fs.ModeDevice | fs.ModeCharDevice: "a device",
	fs.ModeIrregular:                  "neither a file nor a directory",
}

func (s *survey) look(key string, isLink bool) {
	file := s.file(key)
	info, err := os.Stat(file)
	switch {
	case isLink && errors.Is(err, fs.ErrNotExist):
		target, _ := os.Readlink(file) // the message does without
		s.refuse(key, "is a broken link: it leads to %q, which does not exist", target)
	case errors.Is(err, syscall.ELOOP):
		s.refuse(key, "is a link that leads back to itself")
	case err != nil:
		s.refuse(key, "can't be read: %w", err)
	case isLink && s.isOwn(file):
		s.refuse(key, "leads into the directory that the run empties and fills: copy it elsewhere first")
	case info.IsDir():
		s.folder(key, info)
	case !info.Mode().IsRegular():
		s.refuse(key, "is %s: only files, directories and links to them are copied", kinds[info.Mode().Type()])
	default:
		s.object(key, info.Size())
	}
}

// isOwn tells whether a link leads into the engine's own directory.
func (s *survey) isOwn(link string) bool {
	target, err := filepath.EvalSymlinks(link)
	if err == nil {
		target, err = filepath.Abs(target)
	}
	if err != nil || s.own == nil {
		return false
	}
	for {
		if info, err := os.Stat(target); err == nil && os.SameFile(info, s.own) {
			return true
		}
		parent := filepath.Dir(target)
		if parent == target {
			return false
		}
		target = parent
	}
}

func (s *survey) folder(key string, info os.FileInfo) {
	for _, above := range s.above {
		if os.SameFile(above, info) {
			s.refuse(key, "leads back to a directory that it is in")
			return
		}
	}
	if s.own != nil && os.SameFile(info, s.own) {
		s.refuse(key, "is the directory that the run empties and fills")
		return
	}
	entries, err := os.ReadDir(s.file(key))
	if err != nil {
		s.refuse(key, "can't be read: %w", err)
		return
	}
	s.above = append(s.above, info)
	for _, entry := range entries {
		s.look(path.Join(key, entry.Name()), entry.Type()&fs.ModeSymlink != 0)
	}
	s.above = s.above[:len(s.above)-1]
}

func (s *survey) object(key string, size int64) {
	if err := objects.CheckKey(key); err != nil {
		s.refuse(key, "can't be an object's key: %w", err)
		return
	}
	if s.uploads[key] {
		s.refuse(key, "is the key of an object that the stack itself puts into the source bucket")
		return
	}
	file, err := os.Open(s.file(key))
	if err != nil {
		s.refuse(key, "can't be read: %w", err)
		return
	}
	_ = file.Close() // nothing was written
	s.keys = append(s.keys, key)
	s.Objects++
	s.Bytes += size
}
