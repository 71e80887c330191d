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
		"$partition of a part of an item":         {`$partition([1..5], 2.9)`, `[[1,2],[3,4],[5]]`},
		"$partition without a size":               {`$partition([1,2])`, `[[1,2]]`},
		"$partition of one item":                  {`$partition("a", 2)`, `[["a"]]`},
		"$range":                                  {`$range(0, 10, 5)`, `[0,5,10]`},
		"$range downwards":                        {`$range(3, 1, -1)`, `[3,2,1]`},
		"$range of parts":                         {`$range(1.9, 4.9, 1.5)`, `[1,2,3,4]`},
		"$range of one item is the item":          {`$range(7, 8, 5)`, `7`},
		"$range, at its longest":                  {`$count($range(1, 360145, 1))`, `360145`},
		"$hash":                                   {`$hash("input data", "SHA-1")`, `"aaff4a450a104cd177d28d18d74485e8cae074b7"`},
		"$parse":                                  {`$parse('{"b":[1,null],"a":"x"}')`, `{"b":[1,null],"a":"x"}`},
		"$parse as the end of a chain":            {`'[1]' ~> $parse`, `[1]`},
		"a seed gives Java's number":              {`[$random(1), $random(-3), $random(2.9) = $random(2)]`, `[0.7308781907032909,0.2687634822372562,true]`},
		"an object without a name twice":          {`$parse('{"a":{"b":1},"c":{"b":2}}').c.b`, `2`},
		"what is no number":                       {`[1/0, -1/0, 0/0, 1e308*10]`, `["Infinity","-Infinity","NaN","Infinity"]`},
		"a sequence at its longest":               {`$count([1..873782])`, `873782`},
		"calls within each other":                 {`($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(31))`, `31`},
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
		"a function":              {`$sum`, `the result holds a function, which JSON cannot represent`},
		"a lambda in an object":   {`{"f": function($x) { $x }}`, `the result holds a function, which JSON cannot represent`},
		"a regular expression":    {`/a/`, `the result holds a function, which JSON cannot represent`},
		"$eval":                   {`$eval("1")`, `T1006: Attempted to invoke a non-function`},
		"$eval by another name":   {`($e := $eval; $e("1"))`, `T1006: Attempted to invoke a non-function`},
		"$parse of no JSON":       {`$parse("{")`, `D3137: $parse takes a JSON text`},
		"$parse of a name twice":  {`$parse('[{"a":1,"a":1}]')`, `D3137: $parse takes a JSON text: the name "a" stands twice in an object`},
		"$parse of a huge number": {`$parse("-1e400")`, `D3137: $parse takes a JSON text: the number -1e400 is out of range`},
		"$parse of a number":      {`$parse(1)`, `T0410`},
		"$partition into less":    {`$partition([1], -1)`, `D3137: $partition takes a chunk size that is not negative, but was: -1`},
		"$partition of null":      {`$partition(null, 1)`, `T0412`},
		"$range without a step":   {`$range(1, 2)`, `T0410`},
		"$range of too much":      {`$range(0, 360145, 1)`, `Expression evaluation memory limit exceeded`},
		"$random of two numbers":  {`$random(1, 2)`, `T0410`},
		"a sequence of too much":  {`$count([1..873783])`, `Expression evaluation memory limit exceeded`},
		"$hash by another name":   {`$hash("a", "CRC")`, `D3137: $hash knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512, not "CRC"`},
		"a picture of no digits":  {`$formatNumber(1, "abc")`, `D3086`},
		"endless recursion":       {`($f := function($n) { 1 + $f($n) }; $f(1))`, `Stack overflow error`},
		"calls too deep":          {`($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(32))`, `Stack overflow error`},
		"a sum too deep":          {"1" + strings.Repeat("+1", 100), `Stack overflow error`},
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
	for _, source := range []string{
		`$missing`, `$states.input.a.b`, `$states.result`, `$`, `$$.x`, `a`, `$hash("a")`, `$parse()`,
		`$partition([], 2)`, `$partition([1], 0)`, `$range(1, 0, 1)`, `$range(1, 5, 0)`, `$range(1, 5, 0.9)`,
	} {
		_, err := all.Evaluate(source)
		require.ErrorIs(t, err, jsonata.ErrUndefined, source)
	}
}

// An expression has no input document: a name or a context item stands for something inside a path alone.
func TestCheckSaysWhatStepFunctionsRefuses(t *testing.T) {
	evaluator := newEvaluator(t)
	for want, sources := range map[string][]string{
		"": {
			`$states.input.a`, `$states.input.list[price > $min].name`, `$states.input.list.(name & $.id)`, `$states.input.list^(>price)`,
			`$states.input.list{kind: $sum(price)}`, `$states.input.list.{"a": name}`, `$states.input ~> |list|{"price": price * 2}|`,
			`$map($states.input.list, function($v) { $v.name })`, `$states.input.list.$map(names, function($n) { $n & name })`,
			`$states.context.Execution.Name`, `{"a": 1, "b": [true, null]}`, `$lookup($states.input, "a")`, `$eval("1")`, `$never.assigned`,
			`$states.input.list@$l.other[id = $l.id]`, `$states.input.list#$i[$i > 0]`, `$states`, `$sum(?)`,
		},
		"UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'name' at the top level is not supported.": {
			`name`, `name.first`, `name[0]`, `name = 1`, `1 + name`, `-name`, `"a" & name`, `[name]`, `{"a": name}`, `{name: 1}`, `$uppercase(name)`,
			`$x := name`, `true ? name : 1`, `name ? 1 : 2`, `function($x) { name }`, `$map($states.input, function($x) { $x & name })`,
			`(1; name)`, `name ~> $sum`, `$states.input ~> $append(name)`, `name{a: b}`, `name^(a)`, `$states.input.a + name`, `[1..name]`, `$sum(name, ?)`,
		},
		"UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$' at the top level is not supported.":                        {`$`, `$.a`, `$[0]`, `$string($)`, `$map([1], function($x) { $.b })`},
		"UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' at the top level is not supported.":                       {`$$`, `$$.a`, `$keys($$)`},
		"INVALID_JSONATA_EXPRESSION: Field '$states.result' does not exist.":                                         {`$states.result`, `$states.result.a[0]`, `1 + $count($states.result)`},
		"INVALID_JSONATA_EXPRESSION: Field '$states.inputs' does not exist.":                                         {`$states.inputs`},
		"INVALID_JSONATA_EXPRESSION: The JSONata expression '1 +' is not valid: S0207: Unexpected end of expression": {`1 +`},
		"INVALID_JSONATA_EXPRESSION: The JSONata expression '' is not valid: S0207: Unexpected end of expression":    {``},
	} {
		for _, source := range sources {
			err := evaluator.Check(source, "input", "context")
			if want == "" {
				require.NoError(t, err, source)
			} else {
				require.EqualError(t, err, want, source)
			}
		}
	}
	require.NoError(t, evaluator.Check(`$states.result`, "input", "result"))
}

// JavaScript's numbers are exact to 2^53; those of Step Functions to 64 bits.
func TestIntegersKeep64Bits(t *testing.T) {
	input := `{"id":9007199254740993,"next":9007199254740994,"least":-9223372036854775808,"most":9223372036854775807,"list":[{"id":9007199254740995},{"id":9007199254740993}],"one":1.0}`
	evaluator := newEvaluator(t)
	for name, c := range map[string]struct{ source, want string }{
		"passed on":                    {`$states.input`, strings.Replace(input, "1.0", "1", 1)},
		"inside what is made":          {`{"a": [$states.input.id]}`, `{"a":[9007199254740993]}`},
		"from a variable":              {`$big`, `9007199254740993`},
		"parsed":                       {`$parse("[9223372036854775807]")`, `[9223372036854775807]`},
		"as text":                      {`$string($states.input.id)`, `"9007199254740993"`},
		"in a text":                    {`"id-" & $states.input.least`, `"id--9223372036854775808"`},
		"in the text of an object":     {`$string($states.input.list)`, `"[{\"id\":9007199254740995},{\"id\":9007199254740993}]"`},
		"equal":                        {`[$states.input.id = $big, $states.input.id = $states.input.next, $states.input.id != $states.input.next]`, `[true,false,true]`},
		"in order":                     {`[$states.input.id < $states.input.next, $states.input.next <= $states.input.id, $states.input.id > 5, 5 > $states.input.id]`, `[true,false,true,false]`},
		"filtered":                     {`$states.input.list[id = $big].id`, `9007199254740993`},
		"sorted":                       {`$states.input.list^(id).id`, `[9007199254740993,9007199254740995]`},
		"sorted by a function":         {`$sort($states.input.list.id)`, `[9007199254740993,9007199254740995]`},
		"the greatest and the least":   {`[$max($states.input.list.id), $min([5, $big])]`, `[9007199254740995,5]`},
		"distinct":                     {`$distinct([$big, $states.input.id, $states.input.next])`, `[9007199254740993,9007199254740994]`},
		"in a list":                    {`$states.input.id in [1, $big]`, `true`},
		"a number by its type":         {`[$type($big), $type($states.input.one)]`, `["number","number"]`},
		"a number is a number":         {`$number($big)`, `9007199254740993`},
		"true, as any but zero":        {`$big ? "yes" : "no"`, `"yes"`},
		"copied by a transform":        {`$states.input.list[0] ~> |$|{"a": 1}|`, `{"id":9007199254740995,"a":1}`},
		"whole already":                {`[$floor($big), $ceil($big), $round($big)]`, `[9007199254740993,9007199254740993,9007199254740993]`},
		"the other way round":          {`-$big`, `-9007199254740993`},
		"an item's own index is small": {`$states.input.list[$states.input.one].id`, `9007199254740993`},
		"arithmetic goes on":           {`[$big + 1 > 9e15, $sum([$big, 1]) > 9e15, $abs($big) > 9e15, $formatNumber($big, "#") != ""]`, `[true,true,true,true]`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := scope(t, evaluator, input, map[string]any{"big": int64(9007199254740993)}).Evaluate(c.source)
			require.NoError(t, err)
			require.Equal(t, c.want, string(jsonata.Append(nil, got)))
		})
	}
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
		require.Equal(t, text, string(jsonata.Append(nil, parse(t, text))))
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
