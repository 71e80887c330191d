package jsonata_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"datalake/local/jsonata"

	"github.com/stretchr/testify/require"
)

const library = "../node_modules/jsonata/jsonata.js"

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func newEvaluator(t testing.TB) *jsonata.Evaluator {
	t.Helper()
	evaluator, err := jsonata.New(library, func() time.Time { return now })
	require.NoError(t, err)
	return evaluator
}

// scope sees $states.input, $states.context and the variables.
func scope(t testing.TB, evaluator *jsonata.Evaluator, input string, variables map[string]any) *jsonata.Scope {
	t.Helper()
	states := jsonata.NewObject("input", parse(t, input), "context", parse(t, `{"State":{"Name":"Here"}}`))
	return evaluator.Scope(states, func(name string) (any, bool) {
		value, found := variables[name]
		return value, found
	})
}

func parse(t testing.TB, text string) any {
	t.Helper()
	value, err := jsonata.Parse([]byte(text))
	require.NoError(t, err)
	return value
}

func TestExpressionsGiveJSON(t *testing.T) {
	input := `{"z":1,"a":[{"n":1},{"n":2}],"one":[7],"none":null,"text":"x","__proto__":"own"}`
	variables := map[string]any{"prefix": "data/", "größe": 3.0, "list": []any{1.0, 2.0}}
	cases := map[string]struct{ source, want string }{
		"the order of members survives":           {`$states.input`, input},
		"path over an array":                      {`$states.input.a.n`, `[1,2]`},
		"a sequence of one is its item":           {`$states.input.a[n=2].n`, `2`},
		"an array of one stays an array":          {`$states.input.one`, `[7]`},
		"a kept array leaves no mark":             {`{"kept": $states.input.a[n=2][].n}`, `{"kept":[2]}`},
		"null is not undefined":                   {`$states.input.none`, `null`},
		"undefined members are left out":          {`{"a": $states.input.nothing, "b": 1}`, `{"b":1}`},
		"variables":                               {`$prefix & $states.input.text`, `"data/x"`},
		"names beyond ASCII":                      {`$größe + 1`, `4`},
		"context":                                 {`$states.context.State.Name`, `"Here"`},
		"$states as a whole":                      {`$keys($states)`, `["input","context"]`},
		"$states through $lookup":                 {`$lookup($states, "in" & "put").z`, `1`},
		"assignment inside an expression":         {`($x := 2; $x * $prefix.$length())`, `10`},
		"functions":                               {`($f := function($n) { $n <= 1 ? 1 : $n * $f($n - 1) }; $f(5))`, `120`},
		"higher order functions":                  {`$map($list, function($v, $i) { $v * 10 + $i })`, `[10,21]`},
		"sorting":                                 {`$sort([3,1,2], function($l, $r) { $l > $r })`, `[1,2,3]`},
		"regular expressions":                     {`$replace("2026-11-22", /(\d+)-(\d+)/, "$2/$1")`, `"11/2026-22"`},
		"look-behind":                             {`$contains("hello$world", /(?<=\$)world/)`, `true`},
		"transform":                               {`$states.input ~> |a|{"n": n + 1}| ~> function($v) { $v.a.n }`, `[2,3]`},
		"the virtual clock":                       {`$now()`, `"2026-11-22T10:00:00.000Z"`},
		"the virtual clock in milliseconds":       {`$millis()`, `1795341600000`},
		"numbers as JavaScript writes them":       {`[1/3, 1e21, 1e-7, 0.1+0.2, -0]`, `[0.3333333333333333,1e+21,1e-7,0.30000000000000004,0]`},
		"$partition":                              {`$partition([1..5], 2)`, `[[1,2],[3,4],[5]]`},
		"$partition of nothing":                   {`$partition([], 2)`, `[]`},
		"$range":                                  {`$range(0, 10, 5)`, `[0,5,10]`},
		"$range downwards":                        {`$range(3, 1, -1)`, `[3,2,1]`},
		"$range of nothing":                       {`$range(1, 0, 1)`, `[]`},
		"$hash":                                   {`$hash("input data", "SHA-1")`, `"aaff4a450a104cd177d28d18d74485e8cae074b7"`},
		"$parse":                                  {`$parse('{"b":[1,null],"a":"x"}')`, `{"b":[1,null],"a":"x"}`},
		"$parse as the end of a chain":            {`'[1]' ~> $parse`, `[1]`},
		"a seed gives the same number":            {`$random(5) = $random(5) and $random(5) != $random(6)`, `true`},
		"$random lies in [0, 1)":                  {`[1..20].$random()[$ < 0 or $ >= 1] ~> $count`, `0`},
		"constructors are evaluated side by side": {`($x := 1; [$x := $x + 1, $x])`, `[2,1]`},
	}
	evaluator := newEvaluator(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := scope(t, evaluator, input, variables).Evaluate(c.source)
			require.NoError(t, err)
			require.Equal(t, c.want, string(jsonata.Append(nil, got)))
		})
	}
}

func TestUUIDIsVersion4AndNeverTheSame(t *testing.T) {
	const shape = `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`
	draw := func() []string {
		var drawn []string
		all := scope(t, newEvaluator(t), `{}`, nil)
		for range 3 {
			id, err := all.Evaluate(`$uuid()`)
			require.NoError(t, err)
			require.Regexp(t, shape, id)
			require.NotContains(t, drawn, id)
			drawn = append(drawn, id.(string))
		}
		return drawn
	}
	require.Equal(t, draw(), draw(), "each run draws the same identifiers")
}

func TestExpressionsThatFail(t *testing.T) {
	cases := map[string]struct{ source, want string }{
		"type error":              {`1 + "a"`, `T2002: The right side of the "+" operator must evaluate to a number`},
		"unknown function":        {`$nothing(1)`, `T1006: Attempted to invoke a non-function`},
		"syntax":                  {`1 +`, `S0207: Unexpected end of expression`},
		"own error":               {`$error("no good")`, `D3137: no good`},
		"number out of range":     {`1 / 0`, `the result holds the number +Inf, which JSON cannot represent`},
		"a function":              {`$sum`, `the result holds a function, which JSON cannot represent`},
		"a lambda in an object":   {`{"f": function($x) { $x }}`, `the result holds a function, which JSON cannot represent`},
		"a regular expression":    {`/a/`, `the result holds a function, which JSON cannot represent`},
		"$eval":                   {`$eval("1")`, `Step Functions does not offer the function $eval; $parse reads a JSON text`},
		"$eval by another name":   {`($e := $eval; $e("1"))`, `Step Functions does not offer the function $eval; $parse reads a JSON text`},
		"$parse of no JSON":       {`$parse("{")`, `$parse takes a JSON text`},
		"$partition into nothing": {`$partition([1], 0)`, `$partition takes a chunk size that is a positive integer, but was: 0`},
		"$range without a step":   {`$range(1, 2, 0)`, `$range takes a step that is not zero`},
		"$range of too much":      {`$range(1, 1001, 0.5)`, `$range makes at most 1000 items, but was asked for 2001`},
		"$hash by another name":   {`$hash("a", "CRC")`, `$hash knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512, not "CRC"`},
		"endless recursion":       {`($f := function($n) { 1 + $f($n) }; $f(1))`, `the expression calls itself too deeply`},
	}
	evaluator := newEvaluator(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			all := scope(t, evaluator, `{}`, nil)
			_, err := all.Evaluate(c.source)
			var failure *jsonata.Error
			require.ErrorAs(t, err, &failure)
			require.ErrorContains(t, err, c.want)
			two, err := all.Evaluate(`1 + 1`)
			require.NoError(t, err)
			require.Equal(t, 2.0, two, "the evaluator works on")
		})
	}
}

func TestNothingIsAnErrorOfItsOwn(t *testing.T) {
	all := scope(t, newEvaluator(t), `{"a":{}}`, nil)
	for _, source := range []string{`$missing`, `$states.input.a.b`, `$states.result`, `$`, `$$.x`, `a`} {
		_, err := all.Evaluate(source)
		require.ErrorIs(t, err, jsonata.ErrUndefined, source)
	}
}

func TestCheckFindsSyntaxErrors(t *testing.T) {
	evaluator := newEvaluator(t)
	require.NoError(t, evaluator.Check(`$states.input.a`))
	require.ErrorContains(t, evaluator.Check(`$states.input.a[`), "S0203")
	require.ErrorContains(t, evaluator.Check(`$eval('1')`), "$parse")
}

func TestExpressionsCannotReachEachOther(t *testing.T) {
	evaluator := newEvaluator(t)
	all := scope(t, evaluator, `{"list":[1]}`, map[string]any{"v": 1.0})
	for _, source := range []string{`($v := 2; $v)`, `$states.input.list[]`, `$append($states.input.list, 2)`} {
		_, err := all.Evaluate(source)
		require.NoError(t, err)
	}
	got, err := all.Evaluate(`[$v, $states.input.list]`)
	require.NoError(t, err)
	require.Equal(t, []any{1.0, 1.0}, got)
}

func TestWithReplacesOneMember(t *testing.T) {
	all := scope(t, newEvaluator(t), `{"a":1}`, nil)
	for _, round := range []float64{1, 2} {
		got, err := all.With("context", round).Evaluate(`[$states.input.a, $states.context]`)
		require.NoError(t, err)
		require.Equal(t, []any{1.0, round}, got)
	}
	got, err := all.Evaluate(`$states.context.State.Name`)
	require.NoError(t, err)
	require.Equal(t, "Here", got)
}

func TestAMissingLibraryNamesTheFix(t *testing.T) {
	_, err := jsonata.New(filepath.Join(t.TempDir(), "jsonata.js"), time.Now)
	require.ErrorContains(t, err, "run: make setup")
}

func TestJSONTextIsReadStrictly(t *testing.T) {
	for text, want := range map[string]string{
		``:           "ends too early",
		`{`:          "ends too early",
		`[1,]`:       "invalid character",
		`{"a" 1}`:    "invalid character",
		`1 2`:        "goes on after its value",
		"\"\xff\"":   "not UTF-8",
		`{"a":1}}`:   "goes on after its value",
		`["a" "b"]`:  "invalid character",
		`nothing`:    "invalid character",
		`{"a":1,"b"`: "ends too early",
	} {
		_, err := jsonata.Parse([]byte(text))
		require.ErrorContains(t, err, want, text)
	}
}

func TestJSONTextSurvives(t *testing.T) {
	for _, text := range []string{
		`{"b":1,"a":{"d":[],"c":{}}}`, `"<&>\u0001\n\"\\ ü 🙂"`, `[0,-1,1.5,1e+21,9007199254740993]`, `null`, `true`,
	} {
		want := strings.Replace(text, "9007199254740993", "9007199254740992", 1) // a float64 holds no more
		require.Equal(t, want, string(jsonata.Append(nil, parse(t, text))))
	}
}

func TestFromTakesWhatEncodingJSONKnows(t *testing.T) {
	value, err := jsonata.From(map[string]any{"b": []any{1.0, nil}, "a": struct {
		Name string `json:"name"`
	}{"x"}})
	require.NoError(t, err)
	require.Equal(t, `{"a":{"name":"x"},"b":[1,null]}`, string(jsonata.Append(nil, value)))
	require.Equal(t, map[string]any{"a": map[string]any{"name": "x"}, "b": []any{1.0, nil}}, jsonata.Plain(value))
	_, err = jsonata.From([]any{math.NaN, func() {}})
	require.Error(t, err)
}

func BenchmarkEvaluate(b *testing.B) {
	evaluator := newEvaluator(b)
	variables := map[string]any{"prefix": "data/daily-user-summaries/year=2016/"}
	for name, source := range map[string]string{
		"path":   `$states.input.user`,
		"key":    `$prefix & $states.input.user & '.json'`,
		"object": `{"usage": $states.input.usage, "user": $states.input.user}`,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := scope(b, evaluator, `{"user":"user-00000000001","usage":672}`, variables).Evaluate(source)
				require.NoError(b, err)
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		newEvaluator(b)
	}
}
