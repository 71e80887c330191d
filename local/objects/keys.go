package objects

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"datalake/local/fault"
)

// A key's path has its segments as file names, with these changes, all of which start with a tilde:
//
//	~XX      a byte that a file name or a glob pattern gives a meaning of its own, and the tilde
//	~        an empty folder
//	~-name   a folder that is named like a file (report.json/), or a file that is named like a folder (_SUCCESS)
//	part~+/  a name too long for the file system goes on in a directory
//
// The third keeps the object a apart from the folder of the object a/b, whichever comes first.
const (
	emptyFolder  = "~"
	unusual      = "~-"
	continuation = "~+"

	// maxName is the most bytes that file systems take in a name; longer ones are cut into parts.
	maxName = 255
	partLen = 200
	// maxKey is in UTF-8 bytes ("Naming Amazon S3 objects").
	maxKey = 1024
)

// SplitURI takes s3://bucket/key apart. The bucket is empty if the URI is none of S3's.
func SplitURI(uri string) (bucket, key string) {
	if path, ok := strings.CutPrefix(uri, "s3://"); ok {
		bucket, key, _ = strings.Cut(path, "/")
	}
	return bucket, key
}

// CheckKey refuses what S3 does not take as a key, with its error: it has 1 to 1,024 bytes of UTF-8 ("Naming Amazon S3
// objects").
func CheckKey(key string) error {
	switch {
	case key == "":
		return fault.Errorf("S3.S3Exception", "InvalidArgument: an object's key must not be empty")
	case len(key) > maxKey:
		return fault.Errorf("S3.S3Exception", "KeyTooLongError: Your key is too long: %d bytes, at most %d, in %.60q", len(key), maxKey, key)
	case !utf8.ValidString(key):
		return fault.Errorf("S3.S3Exception", "InvalidURI: an object's key must be UTF-8: %.60q", key)
	}
	return nil
}

// encode gives a key's path within its bucket. No two keys share one, and no path is a directory of another.
func encode(key string) string {
	slash := strings.LastIndexByte(key, '/')
	name := key[slash+1:]
	file := escape(name)
	if !likeFile(name) {
		file = unusual + file
	}
	if slash < 0 {
		return cut(file)
	}
	return encodeDirectories(key[:slash]) + "/" + cut(file)
}

func encodeDirectories(folders string) string {
	segments := strings.Split(folders, "/")
	for i, name := range segments {
		switch {
		case name == "":
			segments[i] = emptyFolder
		case likeFile(name):
			segments[i] = cut(unusual + escape(name))
		default:
			segments[i] = cut(escape(name))
		}
	}
	return strings.Join(segments, "/")
}

// likeFile tells names that are usually a file's (2016.json) from those that are usually a folder's (raw, rate=0.5).
func likeFile(name string) bool {
	return strings.Contains(name, ".") && !strings.Contains(name, "=")
}

// IsHidden tells whether a name in a path, a folder's or an object's, begins with _ or a dot: Hive, Spark and Athena read nothing
// of that name.
func IsHidden(path string) bool {
	for name := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") {
			return true
		}
	}
	return false
}

func escape(name string) string {
	if name == "." || name == ".." {
		return strings.Repeat("~2E", len(name))
	}
	if !strings.ContainsFunc(name, special) {
		return name
	}
	var b strings.Builder
	for _, r := range name {
		if special(r) {
			fmt.Fprintf(&b, "~%02X", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// special runes are all ASCII.
func special(r rune) bool {
	return r < ' ' || r == 0x7f || strings.ContainsRune(`~*?[]\`, r)
}

// cut splits a name that is too long, never within a character or an escape, and leaves its ending whole.
func cut(name string) string {
	if len(name) <= maxName {
		return name
	}
	var parts []string
	for len(name) > maxName {
		end := partLen
		if tilde := strings.LastIndexByte(name[end-2:end], '~'); tilde >= 0 {
			end += tilde - 2
		}
		for !utf8.RuneStart(name[end]) {
			end--
		}
		parts = append(parts, name[:end]+continuation)
		name = name[end:]
	}
	return strings.Join(append(parts, name), "/")
}

// decode is the inverse of encode. It refuses a path that encode does not make.
func decode(path string) (string, error) {
	segments := strings.Split(strings.ReplaceAll(path, continuation+"/", ""), "/")
	for i, segment := range segments {
		if segment == emptyFolder {
			segments[i] = ""
			continue
		}
		name, err := unescape(strings.TrimPrefix(segment, unusual))
		if err != nil {
			return "", fmt.Errorf("%s is not an object of this store: %w; remove it", path, err)
		}
		segments[i] = name
	}
	key := strings.Join(segments, "/")
	if encode(key) != path {
		return "", fmt.Errorf("%s is not an object of this store: one with the key %q would be at %s; remove it", path, key, encode(key))
	}
	return key, nil
}

func unescape(name string) (string, error) {
	head, rest, found := strings.Cut(name, "~")
	if !found {
		return name, nil
	}
	var b strings.Builder
	for ; found; head, rest, found = strings.Cut(rest, "~") {
		b.WriteString(head)
		if len(rest) < 2 {
			return "", fmt.Errorf("a ~ without two hexadecimal digits")
		}
		octet, err := hex.DecodeString(rest[:2])
		if err != nil {
			return "", err
		}
		b.Write(octet)
		rest = rest[2:]
	}
	b.WriteString(head)
	return b.String(), nil
}
