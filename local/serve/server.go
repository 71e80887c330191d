// Package serve answers AWS's own clients on this machine: requests in AWS's protocols, carried out by a stack's engine.
//
// An API is a file, and an operation in it takes its arguments and gives its answer as AWS's reference has them. What is not
// carried out, an operation or an argument, is refused by name. S3's protocol is gofakes3's.
package serve

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"datalake/local/engine"
)

// Server answers for one stack, calls at one time among them. Whoever opened the engine closes it, after Serve.
type Server struct {
	engine   *engine.Engine
	endpoint string
	log      func(line string)
	json     map[string]map[string]operation // by the service's name in X-Amz-Target, then by the operation's
	query    map[string]operation            // by the action
	s3       http.Handler
	// lake is held for writing while something is written or time passes, and for reading while something is read.
	lake sync.RWMutex
	work sync.WaitGroup // what goes on after its call was answered
}

// operation carries out a call: a document of arguments in JSON, and an answer of maps, lists and scalars, times as time.Time.
type operation func(ctx context.Context, arguments []byte) (any, error)

// New makes the server of an endpoint such as http://127.0.0.1:4566. The log gets a line a call.
func New(e *engine.Engine, endpoint string, log func(line string)) *Server {
	s := &Server{engine: e, endpoint: endpoint, log: log}
	s.json = map[string]map[string]operation{
		"AmazonAthena":     s.athena(),
		"AWSGlue":          s.glue(),
		"AWSStepFunctions": s.stepFunctions(),
		"AWSEvents":        s.eventBridge(),
		"AmazonSQS":        s.sqs(),
	}
	s.query = s.notifications()
	s.s3 = newS3(s)
	return s
}

// Operations are those that are carried out, by API, sorted.
func Operations() map[string][]string {
	s := New(nil, "", nil)
	operations := map[string][]string{
		"S3":  {"AbortMultipartUpload", "CompleteMultipartUpload", "CreateMultipartUpload", "GetBucketLocation", "GetObject", "HeadBucket", "HeadObject", "ListBuckets", "ListMultipartUploads", "ListObjects", "ListObjectsV2", "ListParts", "PutObject", "UploadPart"},
		"SNS": {"ListTopics", "Publish"},
		"STS": {"GetCallerIdentity"},
	}
	for api, carriedOut := range s.json {
		operations[api] = slices.Sorted(maps.Keys(carriedOut))
	}
	return operations
}

// Serve answers until ctx ends. Then what executions and queries wait for is stopped, and it returns once nothing goes on any
// more.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	if err := s.engine.Objects().Settle(); err != nil {
		return err
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute, BaseContext: func(net.Listener) context.Context { return ctx }}
	ended := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		s.stop()
		ended <- server.Shutdown(context.WithoutCancel(ctx)) // which waits for the calls under way
		s.stop()                                             // what those have started
	})
	err := server.Serve(listener)
	if errors.Is(err, http.ErrServerClosed) {
		err = <-ended
	}
	s.work.Wait()
	return err
}

func (s *Server) stop() {
	s.engine.StopAll("The local endpoint was closed.")
	s.engine.Athena().StopAll()
}

// reading is an operation that looks at the lake while nobody writes.
func (s *Server) reading(carryOut operation) operation {
	return func(ctx context.Context, arguments []byte) (any, error) {
		s.lake.RLock()
		defer s.lake.RUnlock()
		return carryOut(ctx, arguments)
	}
}

// writing is an operation that changes the lake, or starts what does.
func (s *Server) writing(carryOut operation) operation {
	return func(ctx context.Context, arguments []byte) (any, error) {
		s.lake.Lock()
		defer s.letTimePass()
		return carryOut(ctx, arguments)
	}
}

// letTimePass lets virtual time pass until nothing is left to do, while the call that led to it is answered, and opens the lake
// then.
func (s *Server) letTimePass() {
	s.work.Go(func() {
		defer s.lake.Unlock()
		s.engine.Run()
		s.engine.Forget()
	})
}

// ServeHTTP answers one request. It takes those alone that are signed, with any credentials, and meant for this machine: what
// a web page has a browser send is neither.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	answer := &recorder{ResponseWriter: w, status: http.StatusOK}
	service, called := s.dispatch(answer, r)
	s.log(fmt.Sprintf("%s %s %s %d%s %.0f ms", began.Format(time.TimeOnly), service, called, answer.status, answer.fault, float64(time.Since(began).Microseconds())/1000))
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	fault  string
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// credential is the scope of a signature: key/date/region/service/aws4_request.
var credential = regexp.MustCompile(`(?:Credential=|^)[^/]+/\d+/[^/]+/([^/]+)/aws4_request`)

// signedFor is the service for which a request is signed, in its header or in its URL; only S3 has URLs of version 2.
func signedFor(r *http.Request) string {
	query := r.URL.Query()
	for _, signed := range []string{r.Header.Get("Authorization"), query.Get("X-Amz-Credential")} {
		if scope := credential.FindStringSubmatch(signed); scope != nil {
			return scope[1]
		}
	}
	if query.Has("AWSAccessKeyId") && query.Has("Signature") {
		return "s3"
	}
	return ""
}

func (s *Server) dispatch(w *recorder, r *http.Request) (service, called string) {
	service, called = signedFor(r), r.Method+" "+r.URL.Path
	target := r.Header.Get("X-Amz-Target")
	switch {
	case !isLoopback(r.Host) || service == "":
		w.refuse(http.StatusForbidden, "MissingAuthenticationToken", "Missing Authentication Token: the local endpoint takes calls that are signed, with any credentials, and sent to "+s.endpoint)
		return "-", called
	case target != "":
		api, name, _ := strings.Cut(target, ".")
		s.answerJSON(w, r, api, name)
		called = name
	case service == "s3":
		s.s3.ServeHTTP(w, r)
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		called = s.answerQuery(w, r)
	default:
		w.refuse(http.StatusNotFound, "UnknownOperationException", fmt.Sprintf("The local endpoint does not carry out %s of %s", called, service))
	}
	return service, called
}

func isLoopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return name == "localhost" || net.ParseIP(name).IsLoopback()
}
