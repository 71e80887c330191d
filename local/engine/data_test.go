package engine

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"datalake/internal/mockaws"

	"github.com/stretchr/testify/require"
)

// copyFrom copies a directory as a run does.
func copyFrom(t *testing.T, e *Engine, directory string) (*Data, Copied) {
	t.Helper()
	data, err := Survey(&mockaws.Evaluation{}, directory, e.options.Directory)
	require.NoError(t, err)
	copied, err := e.Copy(data)
	require.NoError(t, err)
	return data, copied
}

// files makes files that hold their own names.
func files(t *testing.T, directory string, names ...string) {
	t.Helper()
	for _, name := range names {
		file := filepath.Join(directory, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(name), 0o600))
	}
}

func TestSurveyFollowsLinks(t *testing.T) {
	elsewhere := t.TempDir()
	files(t, elsewhere, "one.json", "more/two.json")
	data := t.TempDir()
	files(t, data, "plain.json", ".hidden", "Hà Nội/x.json")
	require.NoError(t, os.Symlink(filepath.Join(elsewhere, "one.json"), filepath.Join(data, "linked.json")))
	require.NoError(t, os.Symlink(elsewhere, filepath.Join(data, "folder")))
	require.NoError(t, os.Symlink("folder", filepath.Join(data, "again")))
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(data, link))

	found, err := Survey(&mockaws.Evaluation{}, link, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, []string{
		".hidden", "Hà Nội/x.json", "again/more/two.json", "again/one.json",
		"folder/more/two.json", "folder/one.json", "linked.json", "plain.json",
	}, found.keys)
	require.Equal(t, 8, found.Objects)
	require.Equal(t, int64(len("one.json")*3+len("more/two.json")*2+len("plain.json.hiddenHà Nội/x.json")), found.Bytes)
}

func TestSurveyNamesWhatItRefuses(t *testing.T) {
	own := t.TempDir()
	files(t, own, "store/bucket/x.json")
	for name, test := range map[string]struct {
		make func(directory string) error
		says string
	}{
		"a broken link":          {func(d string) error { return os.Symlink("nowhere", d+"/a") }, `"a" is a broken link: it leads to "nowhere", which does not exist`},
		"a link to itself":       {func(d string) error { return os.Symlink("a", d+"/a") }, `"a" is a link that leads back to itself`},
		"links in a circle":      {func(d string) error { return errors.Join(os.Symlink("b", d+"/a"), os.Symlink("a", d+"/b")) }, `"b" is a link that leads back to itself`},
		"a link upwards":         {func(d string) error { return errors.Join(os.Mkdir(d+"/a", 0o755), os.Symlink("..", d+"/a/b")) }, `"a/b" leads back to a directory that it is in`},
		"a pipe":                 {func(d string) error { return syscall.Mkfifo(d+"/a", 0o600) }, `"a" is a pipe`},
		"a link to a pipe":       {func(d string) error { return errors.Join(syscall.Mkfifo(d+"/a", 0o600), os.Symlink("a", d+"/b")) }, `"b" is a pipe`},
		"a socket":               {func(d string) error { return listen(d + "/a") }, `"a" is a socket`},
		"a link to a device":     {func(d string) error { return os.Symlink("/dev/zero", d+"/a") }, `"a" is a device`},
		"a name in Latin-1":      {func(d string) error { return os.WriteFile(d+"/na\xefve", nil, 0o600) }, `"na\xefve" can't be an object's key`},
		"a name that is long":    {func(d string) error { return deep(d, 5) }, "KeyTooLongError"},
		"what the run empties":   {func(d string) error { return os.Symlink(filepath.Join(own, "store"), d+"/a") }, `"a" leads into the directory that the run empties`},
		"a file that it empties": {func(d string) error { return os.Symlink(filepath.Join(own, "store/bucket/x.json"), d+"/a") }, `"a" leads into the directory that the run empties`},
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			if err := test.make(directory); strings.Contains(name, "Latin-1") && errors.Is(err, syscall.EILSEQ) {
				return // macOS has no such names
			} else {
				require.NoError(t, err)
			}
			_, err := Survey(&mockaws.Evaluation{}, directory, own)
			require.ErrorContains(t, err, directory+" can't be copied")
			require.ErrorContains(t, err, test.says)
		})
	}
}

// listen leaves a socket behind.
func listen(file string) error {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: file})
	if err != nil {
		return err
	}
	listener.SetUnlinkOnClose(false)
	return listener.Close()
}

// deep makes a file below directories with long names.
func deep(directory string, folders int) error {
	directory = filepath.Join(directory, strings.Repeat(strings.Repeat("d", 250)+"/", folders))
	return errors.Join(os.MkdirAll(directory, 0o755), os.WriteFile(filepath.Join(directory, "x"), nil, 0o600))
}

func TestSurveyRefusesTheRunsOwnDirectory(t *testing.T) {
	own := t.TempDir()
	files(t, own, "store/bucket/x.json")
	for directory, says := range map[string]string{
		own:                                `"." leads into the directory that the run empties`,
		filepath.Join(own, "store/bucket"): `"." leads into the directory that the run empties`,
		filepath.Dir(own):                  fmt.Sprintf("%q is the directory that the run empties", filepath.Base(own)),
	} {
		_, err := Survey(&mockaws.Evaluation{}, directory, own)
		require.ErrorContains(t, err, says)
	}
}

func TestSurveyNamesAllFaultsAtOnce(t *testing.T) {
	directory := t.TempDir()
	for i := range 30 {
		require.NoError(t, os.Symlink("nowhere", filepath.Join(directory, fmt.Sprintf("%02d", i))))
	}
	_, err := Survey(&mockaws.Evaluation{}, directory, t.TempDir())
	require.ErrorContains(t, err, `"00" is a broken link`)
	require.ErrorContains(t, err, `"19" is a broken link`)
	require.NotContains(t, err.Error(), `"20"`)
	require.ErrorContains(t, err, "and 10 more")
}

// What a stack itself puts into the source bucket would be replaced by the data, or the data by it.
func TestSurveyRefusesTheKeysOfUploads(t *testing.T) {
	directory := t.TempDir()
	files(t, directory, "scripts/job.py", "data/x.json")
	upload := map[string]any{"bucket": "lake", "key": "scripts/job.py", "source": "job.py"}
	_, err := Survey(&mockaws.Evaluation{
		Exports:   map[string]any{"buckets": map[string]any{"source": "lake"}},
		Resources: []mockaws.Resource{{Type: "aws:s3/bucketObjectv2:BucketObjectv2", Name: "script", Custom: true, Inputs: upload, Outputs: upload}},
	}, directory, t.TempDir())
	require.ErrorContains(t, err, `"scripts/job.py" is the key of an object that the stack itself puts`)
}

func TestTheEventOfACopiedFileSaysWhatS3Says(t *testing.T) {
	e := open(t, `datalake:datasets=[{"name": "usage", "prefix": "data/daily-user-summaries/", "arrival": true, "sample": true}]`)
	folder := t.TempDir()
	files(t, folder, "data/daily-user-summaries/_SUCCESS")
	copyFrom(t, e, folder)
	object := e.events[0].Detail.(object)["object"].(object)
	require.Equal(t, map[string]any{
		"key": "data/daily-user-summaries/_SUCCESS", "size": 34.0, "etag": "f5bbb6b8f2e010bbadcc97af89275885",
	}, object)
}

func TestReplacedObjectsAreCounted(t *testing.T) {
	e := open(t)
	folder := t.TempDir()
	files(t, folder, "data/a", "data/b")
	_, copied := copyFrom(t, e, folder)
	require.Equal(t, Copied{Objects: 2, Bytes: 12}, copied)
	files(t, folder, "data/c")
	_, copied = copyFrom(t, e, folder)
	require.Equal(t, Copied{Objects: 3, Bytes: 18, Replaced: 2}, copied)
}

func TestADirectoryRemembersWhatItHolds(t *testing.T) {
	e := open(t)
	for _, step := range []struct{ sample, brought, holdsSample, holdsBrought bool }{
		{}, {brought: true, holdsBrought: true}, {sample: true, holdsSample: true, holdsBrought: true},
	} {
		require.NoError(t, e.WillHold(step.sample, step.brought))
		sample, brought, err := Holds(e.options.Directory)
		require.NoError(t, err)
		require.Equal(t, []bool{step.holdsSample, step.holdsBrought}, []bool{sample, brought})
	}
}
