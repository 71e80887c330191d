package document

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPlaceIsFoundAndChangedThroughTextsOfJSON(t *testing.T) {
	inputs := map[string]any{"policy": `{"Statement":[{"Action":["a","b"]}]}`, "days": 7.0}
	require.Equal(t, "b", At(inputs, "policy", "Statement", 0, "Action", 1))
	require.Nil(t, At(inputs, "policy", "Statement", 1, "Action"))
	require.Nil(t, At(inputs, "days", "of", "grace"))

	for name, test := range map[string]struct {
		path  []any
		value any
		text  string
	}{
		"a value":        {[]any{"policy", "Statement", 0, "Action", 1}, "c", `{"Statement":[{"Action":["a","c"]}]}`},
		"one more":       {[]any{"policy", "Statement", 0, "Action", 2}, "c", `{"Statement":[{"Action":["a","b","c"]}]}`},
		"one less":       {[]any{"policy", "Statement", 0, "Action", 0}, nil, `{"Statement":[{"Action":["b"]}]}`},
		"a new member":   {[]any{"policy", "Statement", 0, "Condition", "Bool"}, true, `{"Statement":[{"Action":["a","b"],"Condition":{"Bool":true}}]}`},
		"no member more": {[]any{"policy", "Statement", 0, "Action"}, nil, `{"Statement":[{}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, map[string]any{"policy": test.text, "days": 7.0}, Put(inputs, test.path, test.value))
			require.Equal(t, `{"Statement":[{"Action":["a","b"]}]}`, inputs["policy"], "what is changed is a copy")
		})
	}
}
