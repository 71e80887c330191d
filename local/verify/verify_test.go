package verify

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/objects"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"
)

const (
	table = "table usage_dev.daily_user_summaries"
	total = "query all-time-usage of execute-queries"
)

func TestAStackThatDoesAsItDidHere(t *testing.T) {
	ran := ran(t)
	_, v := deploy(t, &ran, elsewhere(t), nil)
	checks := verified(t, v, ran)
	require.ElementsMatch(t, []string{
		"definition crawl-dataset", "definition create-dataset", "definition execute-queries", "definition report-weather", "definition watchdog", "definition weekly-etl",
		"execution create-dataset", "execution crawl-dataset", "execution execute-queries",
		total, "query usage-2021 of execute-queries", "message of execute-queries", table, "table weather_data_catalog_dev.weather_summaries",
	}, ofVerdict(checks, Same))
	require.Empty(t, ofVerdict(checks, Differs))
	require.Equal(t, []string{"test alert"}, ofVerdict(checks, Sent))
	require.Equal(t, "SUCCEEDED after 1 s, started by its rule", checks["execution execute-queries"].Deployed)
	require.Equal(t, "5 columns, 24 partitions, 24 objects, 528 bytes", checks[table].Deployed)

	// What did not run here is not started there, and what the endpoint does not do is named.
	require.Contains(t, checks["execution weekly-etl"].Next, "make local STACK=dev")
	policies := checks["41 policies"]
	require.Equal(t, NotChecked, policies.Verdict)
	require.Contains(t, policies.Next, "does not carry out POST /policy/validation of access-analyzer")
}

// Each of these is another fault of a deployed stack, and is found where it lies, with what to do.
func TestAStackThatDoesOtherwise(t *testing.T) {
	ran := ran(t)
	source := func(deployed *mockaws.Evaluation) string { return texts(deployed.Exports["buckets"])["source"] }
	for _, c := range []struct {
		fault   string
		program func(deployed *mockaws.Evaluation)
		object  string
		differ  map[string]string // what, and a part of what is said about it
	}{
		{
			fault:  "the bucket holds other data too",
			object: "data/daily-user-summaries/year=2021/month=01/date=2021-01-01/other.json",
			differ: map[string]string{
				table:                                 "25 objects deployed and 24 here",
				total:                                 "rows is 3 elements deployed and 2 elements here",
				"query usage-2021 of execute-queries": "dataScannedInBytes is 553 deployed and 528 here",
			},
		},
		{
			fault: "a rule is gone",
			program: func(deployed *mockaws.Evaluation) {
				deployed.Resources = slices.DeleteFunc(deployed.Resources, func(r mockaws.Resource) bool {
					return r.Name == "execute-queries-trigger" && (r.Type == "aws:cloudwatch/eventRule:EventRule" || r.Type == "aws:cloudwatch/eventTarget:EventTarget")
				})
			},
			differ: map[string]string{"execution execute-queries": "no rule started it within 20ms: see that the rule of execute-queries is enabled"},
		},
		{
			fault: "a query's text is another",
			program: func(deployed *mockaws.Evaluation) {
				for i, r := range deployed.Resources {
					if r.Type == "aws:sfn/stateMachine:StateMachine" && r.Name == "execute-queries-machine" {
						deployed.Resources[i].Inputs["definition"] = replaced(t, r.Inputs["definition"].(string), "SUM(summary.usage)", "MAX(summary.usage)")
					}
				}
			},
			differ: map[string]string{
				total: "rows 1 total_usage is 3 deployed and 72 here", "query usage-2021 of execute-queries": "is 3 deployed and 72 here",
			},
		},
		{
			fault: "a state machine is not deployed",
			program: func(deployed *mockaws.Evaluation) {
				machines := deployed.Exports["machines"].(map[string]any)
				delete(machines, "report-weather")
			},
			differ: map[string]string{"state machines": "deploy this commit: pulumi up --stack dev"},
		},
	} {
		t.Run(c.fault, func(t *testing.T) {
			deployed := elsewhere(t)
			if c.program != nil {
				c.program(deployed)
			}
			ran := ran
			e, v := deploy(t, &ran, deployed, nil)
			if c.object != "" {
				require.NoError(t, e.Objects().Put(source(deployed), c.object, []byte(`{"usage": 1, "user": "b"}`), e.Now()))
			}
			if c.fault == "a rule is gone" {
				v.Patience = 20 * time.Millisecond
			}
			checks := verified(t, v, ran)
			differ := ofVerdict(checks, Differs)
			require.Len(t, differ, len(c.differ), "%+v", checks)
			for what, says := range c.differ {
				require.Contains(t, checks[what].Next, says)
			}
		})
	}
}

func TestWhatAWSHasAgainstAPolicyIsAFault(t *testing.T) {
	ran := ran(t)
	judged := map[string]int{}
	_, v := deploy(t, &ran, elsewhere(t), func(w http.ResponseWriter, r *http.Request) {
		var given struct{ PolicyDocument, PolicyType string }
		text, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &given))
		require.True(t, json.Valid([]byte(given.PolicyDocument)))
		judged[given.PolicyType]++
		findings := []any{map[string]any{"findingType": "SUGGESTION", "issueCode": "REDUNDANT_ACTION", "findingDetails": "one too many", "learnMoreLink": "", "locations": []any{}}}
		if judged["RESOURCE_POLICY"] == 2 && given.PolicyType == "RESOURCE_POLICY" {
			findings = append(findings, map[string]any{"findingType": "SECURITY_WARNING", "issueCode": "MISSING_CONDITION", "findingDetails": "too wide", "learnMoreLink": "", "locations": []any{}})
		}
		require.NoError(t, json.NewEncoder(w).Encode(map[string]any{"findings": findings}))
	})
	policies := verified(t, v, ran)["41 policies"]
	require.Equal(t, Differs, policies.Verdict)
	require.Equal(t, "1 faults", policies.Deployed)
	require.Contains(t, policies.Next, "SECURITY_WARNING MISSING_CONDITION too wide")
	require.Equal(t, 41, judged["IDENTITY_POLICY"]+judged["RESOURCE_POLICY"])
	require.Greater(t, judged["IDENTITY_POLICY"], 5)
}

// A bucket that holds nothing yet gets what the run here had, and keeps what it has.
func TestTheDataOfTheLocalRunIsCopied(t *testing.T) {
	ran, err := run()
	require.NoError(t, err)
	stored, err := objects.Open(filepath.Join(ran.directory, "store"))
	require.NoError(t, err)
	source := texts(ran.Program.Exports["buckets"])["source"]
	const message, both = "raw/location=Hue/date=2026-01-01/1767225600000.json", "raw/location=Hue/date=2026-01-01/1767225600001.json"
	for _, key := range []string{message, both} {
		require.NoError(t, stored.Put(source, key, []byte(`{"here": true}`), time.Now()))
	}
	ran.Objects = stored
	deployed := elsewhere(t)
	e, v := deploy(t, &ran.Stack, deployed, nil)
	bucket := texts(deployed.Exports["buckets"])["source"]
	require.NoError(t, e.Objects().Put(bucket, both, []byte(`{"there": true}`), e.Now()))
	require.Equal(t, "1 objects were missing", verified(t, v, ran.Stack)["copy to the source bucket"].Deployed)
	for key, holds := range map[string]string{message: `{"here": true}`, both: `{"there": true}`} {
		text, err := e.Objects().Get(bucket, key)
		require.NoError(t, err)
		require.Equal(t, holds, string(text))
	}
}

func TestAnotherAccountIsRefused(t *testing.T) {
	ran := ran(t)
	deployed := elsewhere(t)
	_, v := deploy(t, &ran, deployed, nil)
	ran.Outputs = map[string]any{"machines": map[string]any{"crawl-dataset": "arn:aws:states:eu-central-1:999999999999:stateMachine:crawl-dataset-machine-1"}}
	checks, err := v.Verify(t.Context(), ran)
	require.ErrorContains(t, err, "the credentials are for account 111122223333, and crawl-dataset is arn:aws:states:eu-central-1:999999999999:")
	require.ErrorContains(t, err, "take credentials of its account")
	require.Empty(t, checks)

	ran.Outputs = nil
	_, err = v.Verify(t.Context(), ran)
	require.ErrorContains(t, err, "its output machines is empty: deploy it with pulumi up first")
}

func TestAVerificationThatIsBrokenOff(t *testing.T) {
	ran := ran(t)
	_, v := deploy(t, &ran, elsewhere(t), nil)
	ctx, stop := context.WithCancel(t.Context())
	v.Progress = func(format string, _ ...any) {
		if format == "Waiting for %s to end" {
			stop()
		}
	}
	checks, err := v.Verify(ctx, ran)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "executions that were started go on")
	require.NotEmpty(t, checks)
}

// An answer that is lost on its way has the client ask again, and starts nothing twice.
func TestALostAnswerStartsNothingTwice(t *testing.T) {
	ran := ran(t)
	e, v := deploy(t, &ran, elsewhere(t), nil)
	asked := 0
	v.sfn = sfn.New(v.sfn.Options(), func(o *sfn.Options) {
		o.Retryer = retry.AddWithMaxBackoffDelay(o.Retryer, time.Millisecond)
		reached := o.HTTPClient
		o.HTTPClient = smithyhttp.ClientDoFunc(func(request *http.Request) (*http.Response, error) {
			answer, err := reached.Do(request)
			if err == nil && request.Header.Get("X-Amz-Target") == "AWSStepFunctions.StartExecution" {
				if asked++; asked == 1 {
					_ = answer.Body.Close()
					return nil, errors.New("connection reset by peer")
				}
			}
			return answer, err
		})
	})
	require.Empty(t, ofVerdict(verified(t, v, ran), Differs))
	require.Equal(t, 2, asked)
	require.Len(t, e.Executions(texts(ran.Outputs["machines"])["crawl-dataset"]), 1)
}

// replaced is a text in which a part, which has to be in it, is another.
func replaced(t *testing.T, text, old, is string) string {
	t.Helper()
	require.True(t, strings.Contains(text, old), old)
	return strings.ReplaceAll(text, old, is)
}

func TestDifferencesAreNamedByTheirPlace(t *testing.T) {
	read := func(text string) (value any) {
		require.NoError(t, json.Unmarshal([]byte(text), &value))
		return value
	}
	deployed := read(`{"rows": [{"a": 1, "b": null}, {"a": 0.1}], "execution": "x", "job": {"seconds": 60}, "more": true, "list": [1]}`)
	require.Equal(t, []string{
		`list is 1 elements deployed and 2 elements here`,
		`more is true deployed and null here`,
		`rows 1 b is null deployed and "b" here`,
	}, differences("", deployed, read(`{"rows": [{"a": 1, "b": "b"}, {"a": 0.1000000000001}], "execution": "y", "job": {"seconds": 12}, "list": [1, 2]}`)))
	require.Equal(t, "a; b; c; and 2 more", shortened([]string{"a", "b", "c", "d", "e"}))
}
