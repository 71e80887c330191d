package objects_test

import (
	"crypto/md5"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"datalake/local/fault"
	"datalake/local/objects"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func open(t testing.TB) *objects.Store {
	store, err := objects.Open(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, store.CreateBucket("lake"))
	return store
}

func TestPutGetDelete(t *testing.T) {
	store := open(t)
	require.NoError(t, store.Put("lake", "a", []byte("first"), noon))
	require.NoError(t, store.Put("lake", "a", []byte("second"), noon.Add(time.Minute)))
	require.NoError(t, store.Put("lake", "a/b", nil, noon))
	body, err := store.Get("lake", "a")
	require.NoError(t, err)
	require.Equal(t, "second", string(body))

	listed, err := store.List("lake", "")
	require.NoError(t, err)
	require.Equal(t, []objects.Object{
		{Key: "a", Size: 6, Modified: noon.Add(time.Minute)},
		{Key: "a/b", Size: 0, Modified: noon},
	}, listed)

	require.NoError(t, store.Delete("lake", "a"))
	require.NoError(t, store.Delete("lake", "a"), "S3 does not mind an absent key")
	listed, err = store.List("lake", "")
	require.NoError(t, err)
	require.Len(t, listed, 1)
}

func TestOpenKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	store, err := objects.Open(dir)
	require.NoError(t, err)
	require.NoError(t, store.CreateBucket("lake"))
	require.NoError(t, store.Put("lake", "data/x.json", []byte("{}"), noon))

	store, err = objects.Open(dir)
	require.NoError(t, err)
	require.NoError(t, store.CreateBucket("lake"))
	body, err := store.Get("lake", "data/x.json")
	require.NoError(t, err)
	require.Equal(t, "{}", string(body))
	listed, err := store.List("lake", "data/")
	require.NoError(t, err)
	require.Equal(t, []objects.Object{{Key: "data/x.json", Size: 2, Modified: noon}}, listed)
}

func TestListByPrefixInOrderOfBytes(t *testing.T) {
	store := open(t)
	for _, key := range []string{"b", "a/ộ", "a/z", "a/b.json/c", "a/b.json", "a.b/c", "a", "a/", "a//c", "ab/c", "a/b"} {
		require.NoError(t, store.Put("lake", key, nil, noon))
	}
	for prefix, want := range map[string][]string{
		"":           {"a", "a.b/c", "a/", "a//c", "a/b", "a/b.json", "a/b.json/c", "a/z", "a/ộ", "ab/c", "b"},
		"a":          {"a", "a.b/c", "a/", "a//c", "a/b", "a/b.json", "a/b.json/c", "a/z", "a/ộ", "ab/c"},
		"a/":         {"a/", "a//c", "a/b", "a/b.json", "a/b.json/c", "a/z", "a/ộ"},
		"a/b":        {"a/b", "a/b.json", "a/b.json/c"},
		"a/b.json/":  {"a/b.json/c"},
		"a//":        {"a//c"},
		"nothing/at": nil,
	} {
		listed, err := store.List("lake", prefix)
		require.NoError(t, err)
		var keys []string
		for _, object := range listed {
			keys = append(keys, object.Key)
		}
		require.Equal(t, want, keys, "prefix %q", prefix)
	}
}

func TestRefusals(t *testing.T) {
	store := open(t)
	get := func(bucket, key string) error { _, err := store.Get(bucket, key); return err }
	list := func(bucket string) error { _, err := store.List(bucket, ""); return err }
	for _, c := range []struct {
		err         error
		name, cause string
	}{
		{get("lake", "none"), "S3.NoSuchKeyException", `"none" in bucket lake`},
		{get("pond", "none"), "S3.NoSuchBucketException", "pond"},
		{list("pond"), "S3.NoSuchBucketException", "pond"},
		{store.Put("pond", "a", nil, noon), "S3.NoSuchBucketException", "pond"},
		{store.Put("../lake", "a", nil, noon), "S3.NoSuchBucketException", "../lake"},
		{store.Delete("pond", "a"), "S3.NoSuchBucketException", "pond"},
		{store.Put("lake", "", nil, noon), "S3.S3Exception", "must not be empty"},
		{store.Put("lake", strings.Repeat("k", 1025), nil, noon), "S3.S3Exception", "KeyTooLongError: Your key is too long: 1025 bytes, at most 1024"},
		{store.Put("lake", "a\xff", nil, noon), "S3.S3Exception", "must be UTF-8"},
		{store.CreateBucket("Lake"), "S3.S3Exception", `InvalidBucketName: "Lake"`},
		{store.CreateBucket("a..b"), "S3.S3Exception", `InvalidBucketName: "a..b"`},
		{store.CreateBucket(".temp"), "S3.S3Exception", `InvalidBucketName: ".temp"`},
	} {
		var failure *fault.Error
		require.ErrorAs(t, c.err, &failure)
		require.Equal(t, c.name, failure.Name)
		require.Contains(t, failure.Cause, c.cause)
	}
}

func TestTheLongestKeysFit(t *testing.T) {
	store := open(t)
	for _, unit := range []string{"k", "/", "~", "../", "k/", "\n"} {
		key := strings.Repeat(unit, 1024)[:1024]
		require.NoError(t, store.Put("lake", key, []byte(unit), noon))
		body, err := store.Get("lake", key)
		require.NoError(t, err)
		require.Equal(t, unit, string(body))
	}
}

func TestAFileThatIsNoObjectIsNamed(t *testing.T) {
	store := open(t)
	path, err := store.Path("lake", "data/x.json")
	require.NoError(t, err)
	stray := strings.TrimSuffix(path, "data/x.json") + "stray"
	require.NoError(t, os.WriteFile(stray, nil, 0o644))
	_, err = store.List("lake", "")
	require.ErrorContains(t, err, "listing s3://lake/: stray is not an object of this store")
}

// The sample dataset: 21,384 objects in 1,944 folders.
func BenchmarkSample(b *testing.B) {
	var keys []string
	for day := range 1944 {
		for user := range 11 {
			keys = append(keys, fmt.Sprintf("data/daily/year=%d/month=%02d/date=%d/%d_user-%011d.json", day/324, day/27, day, day, user))
		}
	}
	body := []byte(`{"usage":672,"user":"user-00000000001"}`)
	for b.Loop() {
		store := open(b)
		start := time.Now()
		for _, key := range keys {
			require.NoError(b, store.Put("lake", key, body, noon))
		}
		b.ReportMetric(time.Since(start).Seconds(), "put-s")
		start = time.Now()
		listed, err := store.List("lake", "data/")
		require.NoError(b, err)
		require.Len(b, listed, len(keys))
		b.ReportMetric(time.Since(start).Seconds(), "list-s")
	}
}

// Whatever stood there before, the object is the file's bytes; progress counts each of them once.
func TestPutFileStoresAFile(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 2<<20) + "!" // 32 MB and a byte
	for name, test := range map[string]struct {
		before, file string
		keep         bool
		replaced     bool
	}{
		"a new object":               {file: "new"},
		"an empty one":               {file: ""},
		"a large one":                {file: large},
		"over another":               {before: "old", file: "new", keep: true, replaced: true},
		"over the same":              {before: "new", file: "new", keep: true, replaced: true},
		"over a forgotten one":       {before: "old", file: "new"},
		"over a forgotten same one":  {before: "new", file: "new"},
		"over a forgotten large one": {before: strings.Replace(large, "!", "?", 1), file: large},
		"over a forgotten longer":    {before: "longer", file: "long"},
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			store, err := objects.Open(directory)
			require.NoError(t, err)
			require.NoError(t, store.CreateBucket("lake"))
			if test.before != "" {
				require.NoError(t, store.Put("lake", "data/x", []byte(test.before), noon))
			}
			if !test.keep {
				store, err = objects.OpenEmpty(directory)
				require.NoError(t, err)
			}
			file := filepath.Join(t.TempDir(), "file")
			require.NoError(t, os.WriteFile(file, []byte(test.file), 0o600))
			var copied int64
			replaced, err := store.PutFile("lake", "data/x", file, noon.Add(time.Hour), func(count int64) { copied += count })
			require.NoError(t, err)
			require.Equal(t, test.replaced, replaced)
			listed, err := store.List("lake", "")
			require.NoError(t, err)
			require.Equal(t, []objects.Object{{Key: "data/x", Size: int64(len(test.file)), Modified: noon.Add(time.Hour)}}, listed)
			body, err := store.Get("lake", "data/x")
			require.NoError(t, err)
			require.True(t, test.file == string(body))
			head, err := store.Head("lake", "data/x")
			require.NoError(t, err)
			require.Equal(t, objects.Head{Size: int64(len(test.file)), ETag: fmt.Sprintf("%x", md5.Sum([]byte(test.file)))}, head)
			require.Equal(t, int64(len(test.file)), copied)
		})
	}
}
