package serve

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"os"
	"strings"
	"sync"
	"time"

	"datalake/local/engine"
	"datalake/local/fault"

	"github.com/johannesboyne/gofakes3"
)

// store is the stack's buckets as gofakes3 asks for them. What it has not of the Backend is refused before it is asked for.
type store struct {
	gofakes3.Backend
	*Server
	lock  sync.Mutex
	etags map[string]etag // by path
}

// etag is remembered until its object changes.
type etag struct {
	size     int64
	modified time.Time
	sum      []byte
}

func newS3(s *Server) http.Handler {
	b := &store{Server: s, etags: map[string]etag{}}
	protocol := gofakes3.New(b, gofakes3.WithTimeSkewLimit(0)).Server()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := b.permitted(r); err != nil {
			w.(*recorder).refuseXML(statuses[err.Name], "%s", err.Name, err.Cause)
			return
		}
		w.Header().Set("X-Amz-Bucket-Region", s.engine.Region())
		if _, asked := r.URL.Query()["location"]; asked {
			fmt.Fprintf(w, "<LocationConstraint>%s</LocationConstraint>", s.engine.Region()) // gofakes3 is in us-east-1
			return
		}
		unchunk(r)
		protocol.ServeHTTP(w, r)
	})
}

// parameters are those of the calls that are carried out: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
var parameters = map[string]bool{
	"list-type": true, "prefix": true, "delimiter": true, "max-keys": true, "marker": true, "start-after": true,
	"continuation-token": true, "encoding-type": true, "fetch-owner": true, "location": true, "uploads": true, "uploadId": true,
	"partNumber": true, "x-id": true, "AWSAccessKeyId": true, "Signature": true, "Expires": true,
}

var statuses = map[string]int{"AccessDenied": http.StatusForbidden, "NotImplemented": http.StatusNotImplemented}

// permitted refuses what is not carried out, and writing where nobody but the stack itself writes.
func (b *store) permitted(r *http.Request) *fault.Error {
	for name := range r.URL.Query() {
		if !parameters[name] && !strings.HasPrefix(name, "X-Amz-") && !strings.HasPrefix(name, "response-") {
			return fault.Errorf("NotImplemented", "The local endpoint does not carry out %s with %s", r.Method, name)
		}
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return nil
	case key == "" || r.Method == http.MethodDelete && r.URL.Query().Get("uploadId") == "" || r.Header.Get("X-Amz-Copy-Source") != "":
		return fault.Errorf("NotImplemented", "The local endpoint does not carry out %s of %s: objects are listed, read and put", r.Method, r.URL.Path)
	default:
		return b.engine.MayWrite(bucket, key)
	}
}

// unchunk takes a body out of the chunks in which some clients sign it: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
func unchunk(r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{httputil.NewChunkedReader(r.Body), r.Body}
	r.Header.Del("X-Amz-Content-Sha256")
	r.Header.Set("Content-Length", r.Header.Get("X-Amz-Decoded-Content-Length"))
}

func (b *store) ListBuckets() ([]gofakes3.BucketInfo, error) {
	var buckets []gofakes3.BucketInfo
	for _, name := range b.engine.Objects().Buckets() {
		buckets = append(buckets, gofakes3.BucketInfo{Name: name, CreationDate: gofakes3.NewContentTime(engine.DefaultStart)})
	}
	return buckets, nil
}

func (b *store) BucketExists(name string) (bool, error) {
	_, err := b.engine.Objects().Path(name, "any")
	return err == nil, nil
}

func (b *store) ListBucket(bucket string, prefix *gofakes3.Prefix, page gofakes3.ListBucketPage) (*gofakes3.ObjectList, error) {
	objects, err := b.engine.Objects().List(bucket, prefix.Prefix)
	if err != nil {
		return nil, gofakes3.ErrorMessage(gofakes3.ErrNoSuchBucket, "The specified bucket does not exist")
	}
	found, count, last := gofakes3.NewObjectList(), int64(0), page.Marker
	for _, object := range objects {
		folder, _, inFolder := strings.Cut(object.Key[len(prefix.Prefix):], prefix.Delimiter)
		folder = prefix.Prefix + folder + prefix.Delimiter
		inFolder = inFolder && prefix.Delimiter != ""
		if object.Key <= page.Marker || inFolder && folder <= last {
			continue
		}
		if count == page.MaxKeys {
			found.IsTruncated, found.NextMarker = true, last
			break
		}
		count++
		if inFolder {
			found.AddPrefix(folder)
			last = folder
			continue
		}
		last = object.Key
		sum, err := b.etag(bucket, object.Key)
		if err != nil {
			return nil, err
		}
		found.Add(&gofakes3.Content{
			Key: object.Key, LastModified: gofakes3.NewContentTime(object.Modified), ETag: gofakes3.FormatETag(sum), Size: object.Size,
			StorageClass: gofakes3.StorageStandard,
		})
	}
	return found, nil
}

// etag is the MD5 of an object's bytes, which are read once.
func (b *store) etag(bucket, key string) ([]byte, error) {
	path, err := b.engine.Objects().Path(bucket, key)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	b.lock.Lock()
	known := b.etags[path]
	b.lock.Unlock()
	if known.sum != nil && known.size == info.Size() && known.modified.Equal(info.ModTime()) {
		return known.sum, nil
	}
	head, err := b.engine.Objects().Head(bucket, key)
	if err != nil {
		return nil, err
	}
	sum, err := hex.DecodeString(head.ETag)
	b.lock.Lock()
	defer b.lock.Unlock()
	b.etags[path] = etag{info.Size(), info.ModTime(), sum}
	return sum, err
}

func (b *store) HeadObject(bucket, key string) (*gofakes3.Object, error) {
	return b.GetObject(bucket, key, nil)
}

func (b *store) GetObject(bucket, key string, of *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	file, err := b.engine.Objects().Reader(bucket, key)
	if failure := (*fault.Error)(nil); errors.As(err, &failure) {
		return nil, gofakes3.ErrorMessage(gofakes3.ErrNoSuchKey, "The specified key does not exist.")
	}
	if err != nil {
		return nil, err
	}
	object, err := b.describe(file, bucket, key, of)
	if err != nil {
		_ = file.Close() // it was only opened; gofakes3 knows its own errors by their types
	}
	return object, err
}

func (b *store) describe(file *os.File, bucket, key string, of *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	sum, err := b.etag(bucket, key)
	if err != nil {
		return nil, err
	}
	asked, err := of.Range(info.Size())
	if err != nil {
		return nil, err
	}
	content := io.Reader(file)
	if asked != nil {
		content = io.NewSectionReader(file, asked.Start, asked.Length)
	}
	return &gofakes3.Object{
		Name: key, Size: info.Size(), Hash: sum, Range: asked,
		Metadata: map[string]string{"Last-Modified": info.ModTime().UTC().Format(http.TimeFormat)},
		Contents: struct {
			io.Reader
			io.Closer
		}{content, file},
	}, nil
}

// PutObject keeps the body in a file until it is whole.
func (b *store) PutObject(bucket, key string, _ map[string]string, body io.Reader, _ int64, conditions *gofakes3.PutConditions) (gofakes3.PutObjectResult, error) {
	var done gofakes3.PutObjectResult
	file, err := os.CreateTemp("", "object-")
	if err != nil {
		return done, err
	}
	defer func() { _ = os.Remove(file.Name()) }() // of no more use
	_, err = io.Copy(file, body)
	if err := errors.Join(err, file.Close()); err != nil {
		return done, err
	}
	b.lake.Lock()
	defer b.letTimePass()
	if conditions != nil {
		sum, err := b.etag(bucket, key)
		if err := gofakes3.CheckPutConditions(conditions, &gofakes3.ConditionalObjectInfo{Exists: err == nil, Hash: sum}); err != nil {
			return done, err
		}
	}
	return done, b.engine.Receive(bucket, key, file.Name())
}
