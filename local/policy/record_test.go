package policy

import (
	"encoding/json"
	"fmt"
	"testing"

	"datalake/internal/mockaws"

	"github.com/stretchr/testify/require"
)

type inputs = map[string]any

// registered are a role with a policy and perhaps a boundary, and a key with its policy.
func registered(t *testing.T, identity, key string, boundary ...string) *Policies {
	t.Helper()
	resource := func(kind, name string, in, out inputs) mockaws.Resource {
		return mockaws.Resource{Type: kind, Name: name, Custom: true, Inputs: in, Outputs: out}
	}
	role := inputs{"assumeRolePolicy": `{"Version": "2012-10-17", "Statement": []}`}
	evaluation := &mockaws.Evaluation{AccountID: "111122223333", Region: "eu-west-1", Resources: []mockaws.Resource{
		resource("aws:iam/rolePolicy:RolePolicy", "worker", inputs{"role": "worker", "policy": statements(identity)}, nil),
		resource("aws:kms/key:Key", "key", inputs{"policy": statements(key)}, inputs{"arn": theKey}),
	}}
	for _, text := range boundary {
		arn := "arn:aws:iam::111122223333:policy/bound"
		role["permissionsBoundary"] = arn
		if text != "" {
			evaluation.Resources = append(evaluation.Resources, resource("aws:iam/policy:Policy", "bound", inputs{"policy": statements(text)}, inputs{"arn": arn}))
		}
	}
	evaluation.Resources = append(evaluation.Resources, resource("aws:iam/role:Role", "worker", role, inputs{"arn": worker, "name": "worker"}))
	policies, err := Read(evaluation)
	require.NoError(t, err)
	return policies
}

const (
	worker = "arn:aws:iam::111122223333:role/worker"
	theKey = "arn:aws:kms:eu-west-1:111122223333:key/1"
)

func statements(list string) string {
	return `{"Version": "2012-10-17", "Statement": [` + list + `]}`
}

func put(key string) Call {
	return Call{Principal: worker, Action: "s3:PutObject", Resource: "arn:aws:s3:::lake/" + key, By: "test"}
}

func TestCallsThatThePoliciesCannotTellApartAreOneQuestion(t *testing.T) {
	record := NewRecord(registered(t, `{"Effect": "Allow", "Action": "s3:PutObject", "Resource": ["arn:aws:s3:::lake/a/*", "arn:aws:s3:::lake/a/odd*"]},
		{"Effect": "Allow", "Action": ["s3:List*"], "Resource": "*", "Condition": {"StringLike": {"s3:prefix": ["a/*"]}}}`, ""))
	for i := range 1000 {
		record.Note(put(fmt.Sprint("a/", i)), put(fmt.Sprint("a/odd", i)), put(fmt.Sprint("b/", i)))
	}
	list := Call{Principal: worker, Action: "s3:ListBucket", Resource: "arn:aws:s3:::lake", Context: map[string]string{"s3:prefix": "a/1"}, By: "test"}
	elsewhere := list
	elsewhere.Context = map[string]string{"s3:prefix": "b/1"}
	record.Note(list, elsewhere, list)
	judged, err := record.Judge("judge.mjs")
	require.NoError(t, err)
	var said []string
	for _, c := range judged.Calls {
		said = append(said, fmt.Sprint(c.Count, " ", c.Resource, " ", c.Context["s3:prefix"], " ", c.Decision))
	}
	require.ElementsMatch(t, []string{
		"1000 arn:aws:s3:::lake/a/0  Allowed", "1000 arn:aws:s3:::lake/a/odd0  Allowed", "1000 arn:aws:s3:::lake/b/0  ImplicitlyDenied",
		"2 arn:aws:s3:::lake a/1 Allowed", "1 arn:aws:s3:::lake b/1 ImplicitlyDenied",
	}, said)
	require.Equal(t, Denial{
		worker, "s3:PutObject", "arn:aws:s3:::lake/b/0", "test",
		`the role policy worker lacks {"Effect":"Allow","Action":["s3:PutObject"],"Resource":["arn:aws:s3:::lake/b/0"]}`,
	}, judged.Denied[1])
	require.Empty(t, judged.Unused)
	require.Equal(t, 3, judged.Permissions)
}

// The simulator leaves conditions on an encryption context out; they are compared here.
func TestConditionsOnTheEncryptionContext(t *testing.T) {
	decrypt := Call{Principal: "logs.eu-west-1.amazonaws.com", Action: "kms:Decrypt", Resource: theKey, By: "test", Context: map[string]string{"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:1:log-group:/a/b"}}
	allow := `{"Effect": "Allow", "Principal": {"Service": "logs.eu-west-1.amazonaws.com"}, "Action": "kms:*", "Resource": "*", "Condition": {%q: {"kms:EncryptionContext:aws:logs:arn": [%q]}}}`
	for _, test := range []struct {
		operator, value string
		denied          int
	}{
		{"ArnLike", "arn:aws:logs:eu-west-1:1:log-group:/a/*", 0},
		{"ArnLike", "arn:aws:logs:eu-west-1:1:log-group:/b/*", 1},
		{"StringEquals", "arn:aws:logs:eu-west-1:1:log-group:/a/b", 0},
		{"StringEquals", "arn:aws:logs:eu-west-1:1:log-group:/a/*", 1},
		{"StringLike", "*:/a/?", 0},
	} {
		record := NewRecord(registered(t, "", fmt.Sprintf(allow, test.operator, test.value)))
		record.Note(decrypt)
		judged, err := record.Judge("judge.mjs")
		require.NoError(t, err)
		require.Len(t, judged.Denied, test.denied, "%s %s", test.operator, test.value)
	}
	record := NewRecord(registered(t, "", fmt.Sprintf(allow, "StringNotLike", "x")))
	record.Note(decrypt)
	_, err := record.Judge("judge.mjs")
	require.ErrorContains(t, err, "judge by the key policy key: the operator StringNotLike on kms:EncryptionContext:aws:logs:arn is not compared here")
}

func TestWhatIsMissing(t *testing.T) {
	all := `{"Effect": "Allow", "Action": "*", "Resource": "*"}`
	for name, test := range map[string]struct {
		policies *Policies
		says     string
	}{
		"a statement of the boundary": {registered(t, all, "", `{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}`), "the policy bound lacks {"},
		"none but a refusal":          {registered(t, all+`, {"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"}`, ""), "a Deny of one of: role policy worker"},
	} {
		record := NewRecord(test.policies)
		record.Note(put("a"))
		judged, err := record.Judge("judge.mjs")
		require.NoError(t, err)
		require.Len(t, judged.Denied, 1, name)
		require.Contains(t, judged.Denied[0].Missing, test.says, name)
	}
}

func TestWhatCannotBeJudgedIsSaid(t *testing.T) {
	all := `{"Effect": "Allow", "Action": "*", "Resource": "*"}`
	record := NewRecord(registered(t, all, "", ""))
	record.Note(put("a"))
	judged, err := record.Judge("judge.mjs")
	require.NoError(t, err)
	require.Equal(t, []string{"arn:aws:iam::111122223333:policy/bound"}, judged.Unjudged, "a boundary of somebody else's")

	for _, test := range []struct {
		call Call
		says string
	}{
		{Call{Principal: worker, Action: "s3:PutObject", Resource: "arn:aws:sqs:eu-west-1:1:queue", By: "a test"}, "a test calls s3:PutObject on arn:aws:sqs:eu-west-1:1:queue, which is no resource of that action"},
		{Call{Principal: "arn:aws:iam::1:role/other", Action: "s3:PutObject", Resource: "arn:aws:s3:::lake/a", By: "a test"}, "a test has the role arn:aws:iam::1:role/other, which the stack does not register"},
		{Call{Principal: worker, Action: "s3:Invent", Resource: "arn:aws:s3:::lake/a", By: "a test"}, "s3:Invent"},
	} {
		record := NewRecord(registered(t, all, ""))
		record.Note(test.call)
		_, err := record.Judge("judge.mjs")
		require.ErrorContains(t, err, test.says)
	}
	dropped := NewRecord(registered(t, `{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*", "Condition": {"StringEquals": {"s3:prefix": "a"}}}`, ""))
	call := put("a")
	call.Context = map[string]string{"s3:prefix": "a"}
	dropped.Note(call)
	_, err = dropped.Judge("judge.mjs")
	require.ErrorContains(t, err, "conditions on s3:prefix are not judged")
}

func TestPatterns(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		matches       bool
	}{
		{"*", "", true},
		{"a*c", "abbc", true},
		{"a*c", "abb", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"a*b*c", "a-b-b-c", true},
		{"", "a", false},
		{"a", "a", true},
		{"a*", "a", true},
		{"*a", "ba", true},
	} {
		require.Equal(t, test.matches, matches(test.pattern, test.text), "%s %s", test.pattern, test.text)
	}
	var read document
	require.NoError(t, json.Unmarshal([]byte(statements(`{"Effect": "Allow", "Action": "a:b", "Resource": ["x", "y"]}`)), &read))
	require.Equal(t, []statement{{Effect: "Allow", Action: oneOrMore{"a:b"}, Resource: oneOrMore{"x", "y"}}}, read.Statement)
}
