package objects_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"datalake/local/fault"
	"datalake/local/objects"
)

func TestAnObjectIsReadAsAStream(t *testing.T) {
	s, err := objects.Open(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, s.CreateBucket("lake"))
	require.NoError(t, s.Put("lake", "a/b.txt", []byte("one two"), time.Unix(0, 0)))
	body, err := s.Reader("lake", "a/b.txt")
	require.NoError(t, err)
	first := make([]byte, 3)
	_, err = io.ReadFull(body, first)
	require.NoError(t, err)
	require.Equal(t, "one", string(first))
	require.NoError(t, body.Close())

	for key, want := range map[string]string{"a/c.txt": "S3.NoSuchKeyException", "": "S3.S3Exception"} {
		_, err = s.Reader("lake", key)
		var failure *fault.Error
		require.ErrorAs(t, err, &failure)
		require.Equal(t, want, failure.Name)
	}
	_, err = s.Reader("pond", "a")
	require.ErrorContains(t, err, "S3.NoSuchBucketException")
}
