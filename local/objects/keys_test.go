package objects

import (
	"math/rand/v2"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEncode(t *testing.T) {
	long := strings.Repeat("x", 600)
	for _, c := range []struct{ why, key, path string }{
		{"a plain key is its own path", "data/daily/year=2016/month=01/x.json", "data/daily/year=2016/month=01/x.json"},
		{"endings stay", "raw/2016-01-01.csv.gz", "raw/2016-01-01.csv.gz"},
		{"percent-encoding stays", "location=H%C3%A0%20N%E1%BB%99i/1.json", "location=H%C3%A0%20N%E1%BB%99i/1.json"},
		{"letters of any script stay", "Hà Nội/số 1.json", "Hà Nội/số 1.json"},
		{"a partition value may have a dot", "rate=0.5/x.json", "rate=0.5/x.json"},
		{"an object", "a", "~-a"},
		{"beside a folder of its name", "a/b", "a/~-b"},
		{"a marker without an ending", "data/_SUCCESS", "data/~-_SUCCESS"},
		{"a folder with an ending", "x.json/y.json", "~-x.json/y.json"},
		{"a folder's own object", "data/", "data/~-"},
		{"nothing but a slash", "/", "~/~-"},
		{"empty folders", "//a.b", "~/~/a.b"},
		{"no way up", "../../etc/passwd.x", "~-~2E~2E/~-~2E~2E/etc/passwd.x"},
		{"no way to stay", "./x.y", "~-~2E/x.y"},
		{"the escape itself", "~41.b", "~7E41.b"},
		{"glob patterns and control characters", "a*?[1]\\\x00\n\x7f.b", "a~2A~3F~5B1~5D~5C~00~0A~7F.b"},
		{"a name too long for a file", long + ".gz", long[:200] + "~+/" + long[:200] + "~+/" + long[:200] + ".gz"},
		{"255 bytes fit", long[:252] + ".gz", long[:252] + ".gz"},
	} {
		t.Run(c.why, func(t *testing.T) {
			require.Equal(t, c.path, encode(c.key))
			key, err := decode(c.path)
			require.NoError(t, err)
			require.Equal(t, c.key, key)
		})
	}
}

func TestDecodeRefusesWhatEncodeNeverMakes(t *testing.T) {
	for _, path := range []string{"a", "x.json/y.json", "~-x.json", "~4", "~zz.b", "~41.b", "a~2a.b", "x~+/y.b"} {
		_, err := decode(path)
		require.ErrorContains(t, err, path+" is not an object of this store")
	}
}

// Whatever the key: it comes back, and its path is made of names that every file system takes and never leads out of the bucket.
func checkRoundTrip(t *testing.T, key string) {
	t.Helper()
	encoded := encode(key)
	back, err := decode(encoded)
	require.NoError(t, err)
	require.Equal(t, key, back)
	require.Equal(t, encoded, path.Clean(encoded))
	require.False(t, path.IsAbs(encoded))
	require.Less(t, len(encoded), 3200)
	for name := range strings.SplitSeq(encoded, "/") {
		require.NotContains(t, []string{"", ".", ".."}, name)
		require.LessOrEqual(t, len(name), 255)
		require.NotContains(t, name, "\x00")
	}
}

func FuzzRoundTrip(f *testing.F) {
	for _, key := range []string{"a", "a/", "/", "//", "..", "~", "~-", "~+", "~+/", "a~", "~/~", strings.Repeat("~", 1024), strings.Repeat("/", 1024), strings.Repeat("ộ", 341), strings.Repeat("./", 512)} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if CheckKey(key) == nil {
			checkRoundTrip(t, key)
		}
	})
}

// Keys made of the encoding's own signs collide soonest, and no object's file may be the folder of another's.
func TestPathsAreApart(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	alphabet := []string{"/", "/", ".", "~", "-", "+", "=", "a", "2E", "\x00", "ộ", strings.Repeat("b", 199), strings.Repeat("~", 70)}
	files, folders := map[string]string{}, map[string]string{}
	for range 5_000 {
		var key string
		for range 1 + random.IntN(6) {
			key += alphabet[random.IntN(len(alphabet))]
		}
		if CheckKey(key) != nil {
			continue
		}
		checkRoundTrip(t, key)
		file := encode(key)
		if other, taken := files[file]; taken {
			require.Equal(t, other, key)
		}
		files[file] = key
		for folder := path.Dir(file); folder != "."; folder = path.Dir(folder) {
			folders[folder] = key
		}
	}
	require.Greater(t, len(files), 1_000)
	for file, key := range files {
		require.NotContains(t, folders, file, "%q is a folder of %q", key, folders[file])
	}
}

func TestANameThatBeginsWithAnUnderscoreOrADotHides(t *testing.T) {
	for path, hidden := range map[string]bool{
		"": false, "data.json": false, "year=2021/a_b.json": false, "year=2021/": false,
		"_SUCCESS": true, ".crc": true, "year=2021/_temporary/a.json": true, "year=2021/.a.json": true, "_staging/": true,
	} {
		require.Equal(t, hidden, IsHidden(path), path)
	}
}
