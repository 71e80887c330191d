package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/engine"
	"datalake/local/serve"
	"datalake/local/trino"
	"datalake/local/trino/trinotest"
	"datalake/stack"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/require"
)

var (
	server *trino.Server
	// scratch is a directory for all the tests.
	scratch string
)

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "verify-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := trinotest.Run(m, &server)
	_ = os.RemoveAll(scratch) // a temporary directory
	os.Exit(code)
}

// program is the dev stack's, with names of its own for another region.
func program(region string) (*mockaws.Evaluation, error) {
	loaded, err := mockaws.LoadStack("../..", "dev")
	if err != nil {
		return nil, err
	}
	loaded.Config["aws:region"] = region
	return mockaws.Evaluate(stack.Deploy, loaded, false)
}

const here, there = "ap-southeast-1", "eu-central-1"

func open(evaluation *mockaws.Evaluation, directory string) (*engine.Engine, error) {
	return engine.Open(evaluation, engine.Options{
		Directory: directory,
		Project:   filepath.Join("..", ".."),
		JSONata:   filepath.Join("..", "node_modules", "jsonata", "jsonata.js"),
		Trino:     server,
	})
}

// run is the usage pipeline as it runs here, on two days of one user, and the directory in which it ran.
var run = sync.OnceValues(func() (ran struct {
	Stack
	directory string
}, err error,
) {
	ran.Name, ran.Report = "dev", &engine.Report{}
	if ran.Program, err = program(here); err != nil {
		return ran, err
	}
	if ran.directory, err = os.MkdirTemp(scratch, "run-"); err != nil {
		return ran, err
	}
	e, err := open(ran.Program, ran.directory)
	if err != nil {
		return ran, err
	}
	err = e.Start("create-dataset", []byte(`{"years": [2021], "days": [1, 2], "users": [{"usage": 3, "user": "a"}]}`))
	e.Run()
	err = errors.Join(err, e.Schedule("crawl-dataset"))
	e.Run()
	report, reportErr := e.Report()
	if err = errors.Join(err, reportErr, e.Close()); err != nil {
		return ran, err
	}
	text, err := json.Marshal(report)
	if err != nil {
		return ran, err
	}
	return ran, json.Unmarshal(text, ran.Report) // as it is read from report.json
})

// ran is what is compared with a deployed stack.
func ran(t *testing.T) Stack {
	t.Helper()
	ran, err := run()
	require.NoError(t, err)
	return ran.Stack
}

// elsewhere is the program as it is deployed.
func elsewhere(t *testing.T) *mockaws.Evaluation {
	t.Helper()
	deployed, err := program(there)
	require.NoError(t, err)
	return deployed
}

// deploy puts a stack where a client finds it, in another region than it ran here: an engine of its own stands for AWS, and
// answer for what that does not carry out.
func deploy(t *testing.T, ran *Stack, deployed *mockaws.Evaluation, answer http.HandlerFunc) (*engine.Engine, *Verifier) {
	t.Helper()
	e, err := open(deployed, t.TempDir())
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := "http://" + listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve.New(e, address, func(string) {}).Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, e.Close())
	})
	if answer != nil {
		target, err := url.Parse(address)
		require.NoError(t, err)
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/policy/") {
				answer(w, r)
				return
			}
			httputil.NewSingleHostReverseProxy(target).ServeHTTP(w, r)
		}))
		t.Cleanup(front.Close)
		address = front.URL
	}
	settings, err := config.LoadDefaultConfig(t.Context(),
		config.WithBaseEndpoint(address), config.WithRegion(there),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("any", "any", "")),
	)
	require.NoError(t, err)
	ran.Outputs = deployed.Exports
	return e, quick(settings)
}

// quick is a verifier for virtual time.
func quick(settings aws.Config) *Verifier {
	v := New(settings)
	v.Poll, v.Patience = 2*time.Millisecond, 20*time.Second
	return v
}

// verified are the checks, by what they are of.
func verified(t *testing.T, v *Verifier, ran Stack) map[string]Check {
	t.Helper()
	checks, err := v.Verify(t.Context(), ran)
	require.NoError(t, err)
	found := map[string]Check{}
	for _, c := range checks {
		require.NotContains(t, found, c.What)
		found[c.What] = c
	}
	return found
}

// ofVerdict names the checks of a verdict.
func ofVerdict(checks map[string]Check, verdict Verdict) (names []string) {
	for name, c := range checks {
		if c.Verdict == verdict {
			names = append(names, name)
		}
	}
	return names
}
