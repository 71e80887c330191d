package eventbridge

import (
	"testing"

	"github.com/stretchr/testify/require"
)

var transformed = map[string]any{
	"source": "aws.states",
	"detail": map[string]any{"status": "FAILED", "count": 3.0, "cause": `no "usr"`, "error": nil},
}

var transformerPaths = map[string]string{
	"source": "$.source", "status": "$.detail.status", "count": "$.detail.count", "cause": "$.detail.cause", "none": "$.detail.none", "detail": "$.detail",
}

func TestATemplateIsFilledFromTheEvent(t *testing.T) {
	for name, test := range map[string]struct{ template, input string }{
		"a text":                    {`"it <status>"`, `"it FAILED"`},
		"lines":                     {"\"<status> <count>\"\n\"by <source>\"", "\"FAILED 3\"\n\"by aws.states\""},
		"quotes in a text":          {`"\"<status>\" by <source>"`, `"\"FAILED\" by aws.states"`},
		"no value in a text":        {`"<none> of <status>"`, `" of FAILED"`},
		"a text is not escaped":     {`"<cause>"`, `"no "usr""`},
		"JSON":                      {`{"status": <status>, "text": "it <status> <count> times", "all": [<count>]}`, `{"status": "FAILED", "text": "it FAILED 3 times", "all": [3]}`},
		"JSON is escaped, unquoted": {`{"cause": <cause>}`, `{"cause": "no \"usr\""}`},
		"an object":                 {`[<detail>]`, `[{"cause":"no \"usr\"","count":3,"error":null,"status":"FAILED"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			transformer, err := ParseTransformer(transformerPaths, test.template)
			require.NoError(t, err)
			input, err := transformer.Apply(transformed)
			require.NoError(t, err)
			require.Equal(t, test.input, input)
		})
	}
}

func TestWhatIsNoJSONAnyMoreIsNotDelivered(t *testing.T) {
	for _, template := range []string{`{"cause": "<cause>"}`, `{"none": <none>}`} {
		transformer, err := ParseTransformer(transformerPaths, template)
		require.NoError(t, err)
		_, err = transformer.Apply(transformed)
		require.ErrorContains(t, err, "the input that its template makes is no JSON")
	}
}

func TestAFaultyTransformerIsRefused(t *testing.T) {
	for fault, test := range map[string]struct {
		paths    map[string]string
		template string
	}{
		`the path "$.detail.list[0]" of <first>: the local run follows paths such as $.detail.status`: {map[string]string{"first": "$.detail.list[0]"}, `"<first>"`},
		`the path "detail" of <it>`:                            {map[string]string{"it": "detail"}, `"<it>"`},
		`the path's name "a b": give letters, digits, _ and -`: {map[string]string{"a b": "$.detail"}, `"x"`},
		`the template's <statos> has no path`:                  {transformerPaths, `"<statos>"`},
		`the template's <aws.events.rule-name> has no path`:    {transformerPaths, `"<aws.events.rule-name>"`},
		`neither lines in quotes nor JSON: it <status>`:        {transformerPaths, `it <status>`},
		`neither lines in quotes nor JSON: {"a": }`:            {transformerPaths, `{"a": }`},
		`the template has 0 bytes`:                             {transformerPaths, ``},
	} {
		_, err := ParseTransformer(test.paths, test.template)
		require.ErrorContains(t, err, fault)
	}
}
