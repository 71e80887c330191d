package serve_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"datalake/local/serve"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"
)

func (e *endpoint) queue(t testing.TB) *string {
	t.Helper()
	listed, err := e.sqs.ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: aws.String("execute-queries-queue")})
	require.NoError(t, err)
	parts := strings.Split(listed.QueueUrls[0], "/")
	return &parts[len(parts)-1]
}

func completed(etag *string) *types.CompletedMultipartUpload {
	return &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{ETag: etag, PartNumber: aws.Int32(1)}}}
}

const signature = "AWS4-HMAC-SHA256 Credential=any/20260105/ap-southeast-1/%s/aws4_request, SignedHeaders=host, Signature=0"

// sent sends a request as it stands, signed for a service, and returns the answer.
func (e *endpoint) sent(t testing.TB, method, path, service, target, body string) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, e.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	if service != "" {
		request.Header.Set("Authorization", strings.ReplaceAll(signature, "%s", service))
	}
	if target != "" {
		request.Header.Set("X-Amz-Target", target)
	}
	if strings.HasPrefix(body, "Action=") {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return e.answered(t, request)
}

func (e *endpoint) answered(t testing.TB, request *http.Request) (status int, answer string) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(text)
}

func TestWhatIsNotCarriedOutIsRefusedByName(t *testing.T) {
	e := serveDev(t, "")
	for name, c := range map[string]struct {
		method, path, service, target, body string
		status                              int
		says                                []string
	}{
		"an operation":                  {"POST", "/", "glue", "AWSGlue.DeleteTable", "{}", 400, []string{"UnknownOperationException", "DeleteTable of AWSGlue", "GetTables"}},
		"a service":                     {"POST", "/", "dynamodb", "DynamoDB_20120810.ListTables", "{}", 400, []string{"UnknownOperationException", "ListTables of DynamoDB_20120810"}},
		"a service of another protocol": {"GET", "/2015-03-31/functions", "lambda", "", "", 404, []string{"UnknownOperationException", "/2015-03-31/functions of lambda"}},
		"an action":                     {"POST", "/", "sns", "", "Action=CreateTopic&Version=2010-03-31", 400, []string{"<Code>InvalidAction</Code>", "CreateTopic of version 2010-03-31", "Publish"}},
		"an argument":                   {"POST", "/", "glue", "AWSGlue.GetTables", `{"DatabaseName": "usage_dev", "TransactionId": "1"}`, 400, []string{"InvalidParameterException", "TransactionId"}},
		"an argument of an action":      {"POST", "/", "sns", "", "Action=Publish&Message=m&TargetArn=x", 400, []string{"<Code>InvalidParameter</Code>", "TargetArn"}},
		"arguments that are no JSON":    {"POST", "/", "glue", "AWSGlue.GetTables", `{`, 400, []string{"SerializationException"}},
		"too long arguments":            {"POST", "/", "glue", "AWSGlue.GetTables", strings.Repeat(" ", 5<<20), 400, []string{"SerializationException", "too large"}},
		"a token of nobody's":           {"POST", "/", "glue", "AWSGlue.GetDatabases", `{"NextToken": "x"}`, 400, []string{"InvalidTokenException"}},
		"what S3 has, too":              {"GET", "/" + e.buckets["source"] + "?acl", "s3", "", "", 501, []string{"NotImplemented", "acl"}},
		"a bucket":                      {"PUT", "/another-bucket", "s3", "", "", 501, []string{"NotImplemented", "/another-bucket"}},
		"many deletions":                {"POST", "/" + e.buckets["source"] + "?delete", "s3", "", "", 501, []string{"NotImplemented", "delete"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := e.sent(t, c.method, c.path, c.service, c.target, c.body)
			require.Equal(t, c.status, status, answer)
			for _, says := range c.says {
				require.Contains(t, answer, says)
			}
		})
	}
}

// A web page in a browser on this machine can send requests here, but neither sign them nor read what its name resolves to.
func TestOnlyCallsOfThisMachinesClientsAreTaken(t *testing.T) {
	e := serveDev(t, "")
	status, answer := e.sent(t, "POST", "/", "", "", "Action=Publish&Message=m")
	require.Equal(t, http.StatusForbidden, status)
	require.Contains(t, answer, "MissingAuthenticationToken")

	request, err := http.NewRequestWithContext(t.Context(), "GET", e.URL+"/", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", strings.ReplaceAll(signature, "%s", "s3"))
	request.Host = "attacker.example"
	status, _ = e.answered(t, request)
	require.Equal(t, http.StatusForbidden, status)
}

func TestACallIsALine(t *testing.T) {
	e := serveDev(t, "")
	e.sent(t, "POST", "/", "glue", "AWSGlue.GetDatabases", "{}")
	e.sent(t, "POST", "/", "glue", "AWSGlue.GetTable", "{}")
	e.sent(t, "GET", "/"+e.buckets["source"], "s3", "", "")
	e.lock.Lock()
	defer e.lock.Unlock()
	require.Len(t, e.lines, 3)
	require.Regexp(t, `^\d\d:\d\d:\d\d glue GetDatabases 200 \d+ ms$`, e.lines[0])
	require.Regexp(t, `^\d\d:\d\d:\d\d glue GetTable 400 EntityNotFoundException \d+ ms$`, e.lines[1])
	require.Regexp(t, `^\d\d:\d\d:\d\d s3 GET /\S+ 200 \d+ ms$`, e.lines[2])
}

func TestASignedURLIsEnough(t *testing.T) {
	e := serveDev(t, "")
	object := "/" + e.buckets["source"] + "/data/daily-user-summaries/year=2021/month=01/date=2021-01-01/2021-01-01_a.json"
	for _, signed := range []string{
		"?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=any%2F20260105%2Fap-southeast-1%2Fs3%2Faws4_request&X-Amz-Signature=0&response-content-type=text%2Fplain",
		"?AWSAccessKeyId=any&Signature=0&Expires=1767571200",
	} {
		status, answer := e.sent(t, "GET", object+signed, "", "", "")
		require.Equal(t, http.StatusOK, status, answer)
		require.Equal(t, `{"usage":1,"user":"a"}`, answer)
	}
}

// Some clients send a body in signed chunks.
func TestABodyIsTakenOutOfItsChunks(t *testing.T) {
	e := serveDev(t, "")
	path := "/" + e.buckets["source"] + "/data/daily-user-summaries/chunked.json"
	request, err := http.NewRequestWithContext(t.Context(), "PUT", e.URL+path, strings.NewReader("4;chunk-signature=0\r\n{\"a\"\r\n3;chunk-signature=0\r\n:1}\r\n0;chunk-signature=0\r\n\r\n"))
	require.NoError(t, err)
	request.Header.Set("Authorization", strings.ReplaceAll(signature, "%s", "s3"))
	request.Header.Set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
	request.Header.Set("X-Amz-Decoded-Content-Length", "7")
	status, answer := e.answered(t, request)
	require.Equal(t, http.StatusOK, status, answer)
	_, answer = e.sent(t, "GET", path, "s3", "", "")
	require.Equal(t, `{"a":1}`, answer)
}

func TestOperationsAreThoseThatAreCarriedOut(t *testing.T) {
	operations := serve.Operations()
	require.Contains(t, operations["AWSStepFunctions"], "StartExecution")
	for api, names := range operations {
		require.IsIncreasing(t, names, api)
	}
}
