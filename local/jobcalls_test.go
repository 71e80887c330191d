package main

import (
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/access"
	"datalake/local/policy"
	"datalake/local/spark"

	"github.com/stretchr/testify/require"
)

// jobCalls are the calls to S3 that the weekly job makes for itself: the action, the bucket and the folder.
var jobCalls = []string{
	"s3:GetObject artifacts etl/",
	"s3:ListBucket source raw/", "s3:GetObject source raw/",
	"s3:ListBucket processed weather/", "s3:PutObject processed weather/", "s3:DeleteObject processed weather/",
	"s3:ListBucket processed quarantine/", "s3:PutObject processed quarantine/", "s3:DeleteObject processed quarantine/",
	"s3:PutObject processed metrics/",
}

// inWords are a job's calls to S3 as jobCalls says them, each once.
func inWords(calls []policy.Judged, job string, buckets map[string]any) (words []string) {
	said := map[string]bool{}
	for _, c := range calls {
		if !strings.Contains(c.By, job) || !strings.HasPrefix(c.Action, "s3:") {
			continue
		}
		bucket, key, _ := strings.Cut(strings.TrimPrefix(c.Resource, "arn:aws:s3:::"), "/")
		for name, physical := range buckets {
			folder, _, _ := strings.Cut(key+c.Context["s3:prefix"], "/")
			word := c.Action + " " + name + " " + folder + "/"
			if bucket == physical && !said[word] {
				said[word] = true
				words = append(words, word)
			}
		}
	}
	return words
}

// objectStore is an S3 on this machine that tells what it is asked.
type objectStore struct {
	*httptest.Server
	lock  sync.Mutex
	asked []*http.Request
}

// openStore starts moto's S3 behind a proxy. It forgets what was asked before it is handed over.
func openStore(t *testing.T) *objectStore {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().(*net.TCPAddr)
	require.NoError(t, free.Close())
	moto := exec.Command(python, "-m", "moto.server", "-H", "127.0.0.1", "-p", address.String()[strings.LastIndex(address.String(), ":")+1:])
	require.NoError(t, moto.Start(), "make setup installs it")
	t.Cleanup(func() {
		_ = moto.Process.Kill()
		_ = moto.Wait()
	})
	require.Eventually(t, func() bool {
		connection, err := net.Dial("tcp", address.String())
		if err == nil {
			_ = connection.Close()
		}
		return err == nil
	}, 2*time.Minute, 50*time.Millisecond)
	behind := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: address.String()})
	store := &objectStore{}
	store.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		store.lock.Lock()
		store.asked = append(store.asked, r.Clone(t.Context()))
		store.lock.Unlock()
		behind.ServeHTTP(w, r)
	}))
	t.Cleanup(store.Close)
	return store
}

// put makes a bucket, or an object.
func (s *objectStore) put(t *testing.T, path, body string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPut, s.URL+(&url.URL{Path: "/" + path}).EscapedPath(), strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x")
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode, path)
}

// note says what was asked as IAM sees it.
func (s *objectStore) note(role access.Caller) {
	for _, r := range s.asked {
		bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		switch {
		case key == "":
			role.List(bucket, r.URL.Query().Get("prefix"))
		case r.Method == http.MethodPut:
			role.Object("s3:PutObject", bucket, key)
		case r.Method == http.MethodDelete:
			role.Object("s3:DeleteObject", bucket, key)
		default:
			role.Object("s3:GetObject", bucket, key)
		}
	}
}

// The job as it runs on Glue, on s3:// URIs, against an S3 that notes each of its calls: they are those that a run derives, and
// prod's policies, its key's among them, allow every one.
func TestTheJobsOwnCallsAreAllowed(t *testing.T) {
	evaluation, err := evaluate("prod", nil)
	require.NoError(t, err)
	job := evaluation.Find("aws:glue/job:Job")[0]
	buckets := evaluation.Exports["buckets"].(map[string]any)
	store := openStore(t)
	for _, bucket := range buckets {
		store.put(t, bucket.(string), "")
	}
	in := func(bucket, key string) string { return buckets[bucket].(string) + "/" + key }
	devices, err := os.ReadFile(filepath.Join(etlFolder, "devices.json"))
	require.NoError(t, err)
	store.put(t, in("artifacts", "etl/devices.json"), string(devices))
	directory := t.TempDir()
	require.NoError(t, exec.Command(python, filepath.Join(etlFolder, "sample.py"), directory, "--days", "1").Run())
	require.NoError(t, filepath.WalkDir(filepath.Join(directory, "raw"), func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.Contains(file, "date=2026-01-02") {
			return err
		}
		body, err := os.ReadFile(file)
		store.put(t, in("source", strings.TrimPrefix(file, directory+"/")), string(body))
		return err
	}))
	// Days of the window of which nothing is left.
	store.put(t, in("processed", "weather/date=2026-01-05/part-00000.csv"), "old")
	store.put(t, in("processed", "quarantine/date=2026-01-04/part-00000.json"), "old")
	store.asked = nil

	for name, value := range map[string]string{"AWS_ENDPOINT_URL_S3": store.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"} {
		t.Setenv(name, value)
	}
	interpreter, err := filepath.Abs(python)
	require.NoError(t, err)
	arguments := map[string]string{
		"--window-start": "2026-01-02T00:00:00+07:00", "--window-end": "2026-01-06T00:00:00+07:00", "--metrics": "s3://" + in("processed", "metrics/run.json"),
	}
	for name, value := range job.Inputs["defaultArguments"].(map[string]any) {
		if name != "--extra-py-files" { // the package lies beside the script here
			arguments[name] = value.(string)
		}
	}
	log := t.TempDir()
	run, err := spark.Spark{Python: interpreter, Log: log}.Run(t.Context(), spark.Job{
		Name: "transform", Script: filepath.Join(etlFolder, "weather-transform.py"), Arguments: arguments, Timeout: 5 * time.Minute,
	}, "run")
	require.NoError(t, err)
	printed, _ := os.ReadFile(filepath.Join(log, "run.log"))
	require.Equal(t, "SUCCEEDED", run.State, "%s", printed)

	judged := judgedCalls(t, evaluation, store, job.Inputs["roleArn"].(string))
	require.Equal(t, []policy.Denial{}, judged.Denied)
	require.ElementsMatch(t, jobCalls, inWords(judged.Calls, "the job", buckets))
}

func judgedCalls(t *testing.T, evaluation *mockaws.Evaluation, store *objectStore, role string) policy.Judgement {
	t.Helper()
	calls, err := access.New(evaluation)
	require.NoError(t, err)
	store.note(calls.As(role, "the job"))
	judged, err := calls.Judge(judgeFile)
	require.NoError(t, err)
	return judged
}
