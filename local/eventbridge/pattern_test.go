package eventbridge

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPatternTakesWhatEventBridgeTakes(t *testing.T) {
	event := `{"source": "aws.s3", "detail-type": "Object Created",
		"detail": {"bucket": {"name": "lake"}, "object": {"key": "data/day=1/_SUCCESS", "size": 12}, "tags": ["a", "b"], "nothing": null}}`
	for name, test := range map[string]struct {
		pattern string
		matches bool
	}{
		"a plain value":                 {`{"source": ["aws.s3"]}`, true},
		"another value":                 {`{"source": ["aws.glue"]}`, false},
		"a list is OR":                  {`{"source": ["aws.glue", "aws.s3"]}`, true},
		"members are AND":               {`{"source": ["aws.s3"], "detail-type": ["x"]}`, false},
		"nested members":                {`{"detail": {"bucket": {"name": ["lake"]}}}`, true},
		"any element of a list":         {`{"detail": {"tags": ["b"]}}`, true},
		"null is a value":               {`{"detail": {"nothing": [null]}}`, true},
		"a member that is not there":    {`{"detail": {"other": ["x"]}}`, false},
		"an object where a value is":    {`{"source": {"name": ["x"]}}`, false},
		"prefix":                        {`{"detail": {"object": {"key": [{"prefix": "data/"}]}}}`, true},
		"prefix of something else":      {`{"detail": {"object": {"key": [{"prefix": "other/"}]}}}`, false},
		"suffix":                        {`{"detail": {"object": {"key": [{"suffix": "_SUCCESS"}]}}}`, true},
		"prefix or suffix, not both":    {`{"detail": {"object": {"key": [{"prefix": "other/"}, {"suffix": "_SUCCESS"}]}}}`, true},
		"wildcard is both":              {`{"detail": {"object": {"key": [{"wildcard": "data/*/_SUCCESS"}]}}}`, true},
		"wildcard in another folder":    {`{"detail": {"object": {"key": [{"wildcard": "other/*/_SUCCESS"}]}}}`, false},
		"wildcard does not overlap":     {`{"source": [{"wildcard": "aws.s3*3"}]}`, false},
		"equals-ignore-case":            {`{"source": [{"equals-ignore-case": "AWS.S3"}]}`, true},
		"anything-but":                  {`{"source": [{"anything-but": ["aws.glue", "aws.states"]}]}`, true},
		"anything-but the value":        {`{"source": [{"anything-but": "aws.s3"}]}`, false},
		"anything-but a prefix":         {`{"source": [{"anything-but": {"prefix": "aws."}}]}`, false},
		"anything-but needs the member": {`{"account": [{"anything-but": "1"}]}`, false},
		"exists":                        {`{"detail": {"object": {"size": [{"exists": true}]}}}`, true},
		"exists not":                    {`{"detail": {"object": {"version": [{"exists": false}]}}}`, true},
		"numeric":                       {`{"detail": {"object": {"size": [{"numeric": [">", 0, "<=", 12]}]}}}`, true},
		"numeric out of range":          {`{"detail": {"object": {"size": [{"numeric": ["<", 12]}]}}}`, false},
		"numeric of a text":             {`{"source": [{"numeric": [">", 0]}]}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			pattern, err := ParsePattern(test.pattern)
			require.NoError(t, err)
			var parsed map[string]any
			require.NoError(t, json.Unmarshal([]byte(event), &parsed))
			require.Equal(t, test.matches, pattern.Matches(parsed))
		})
	}
}

func TestPatternIsRefused(t *testing.T) {
	for pattern, why := range map[string]string{
		`[]`:                                      "read the event pattern",
		`{}`:                                      "empty object",
		`{"source": "aws.s3"}`:                    "stand in lists",
		`{"source": []}`:                          "empty list",
		`{"source": [{"cidr": "10.0.0.0/8"}]}`:    `"cidr" is not supported`,
		`{"$or": [{"source": ["a"]}]}`:            "$or is not supported",
		`{"source": [{"prefix": 1}]}`:             "prefix takes a text",
		`{"source": [{"exists": "yes"}]}`:         "exists takes true or false",
		`{"source": [{"numeric": [">"]}]}`:        "numeric takes pairs",
		`{"source": [{"numeric": ["!", 1]}]}`:     "numeric holds",
		`{"source": [{"wildcard": "a**"}]}`:       "two stars",
		`{"source": [{"prefix": "", "x": true}]}`: "2 operators",
	} {
		_, err := ParsePattern(pattern)
		require.ErrorContains(t, err, why, pattern)
	}
	_, err := ParsePattern(`{"a": "x", "b": []}`)
	require.ErrorContains(t, err, "a is x", "every fault is reported")
	require.ErrorContains(t, err, "b is an empty list")
}
