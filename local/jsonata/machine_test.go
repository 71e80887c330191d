package jsonata

import (
	"testing"
	"time"

	"github.com/dop251/goja"
	"github.com/stretchr/testify/require"
)

func TestARunawayExpressionIsStopped(t *testing.T) {
	evaluator, err := New("../node_modules/jsonata/jsonata.js", time.Now)
	require.NoError(t, err)
	evaluator.patience = 50 * time.Millisecond
	scope := evaluator.Scope(NewObject("input", 1.0), func(string) (any, bool) { return nil, false })
	before := evaluator.machine

	_, err = scope.Evaluate(`($f := function($n) { $f($n + 1) }; $f($states.input))`)
	require.ErrorContains(t, err, "Expression evaluation timeout")
	require.NotSame(t, before, evaluator.machine, "a stopped machine is not used again")

	evaluator.patience = patience
	got, err := scope.Evaluate(`$states.input + 1`)
	require.NoError(t, err)
	require.Equal(t, 2.0, got, "the scope moves to the new machine")
}

// Tail calls open no call within another: what ends them is the number of their steps, the same on every machine.
func TestAnEndlessExpressionIsCounted(t *testing.T) {
	evaluator, err := New("../node_modules/jsonata/jsonata.js", time.Now)
	require.NoError(t, err)
	evaluator.steps = 10_000
	require.NoError(t, evaluator.renew())
	scope := evaluator.Scope(NewObject("input", 1.0), func(string) (any, bool) { return nil, false })
	_, err = scope.Evaluate(`($f := function($n) { $f($n + 1) }; $f($states.input))`)
	require.EqualError(t, err, "Expression evaluation timeout")
	got, err := scope.Evaluate(`($f := function($n) { $n = 0 ? "done" : $f($n - 1) }; $f(500))`)
	require.NoError(t, err, "each expression is counted by itself")
	require.Equal(t, "done", got)
}

// The form without promises must give what the published one gives.
func TestBothFormsOfTheLibraryAgree(t *testing.T) {
	evaluator, err := New("../node_modules/jsonata/jsonata.js", func() time.Time { return time.Unix(0, 0) })
	require.NoError(t, err)
	input, err := Parse([]byte(`{"a":[{"n":3,"k":"x"},{"n":1,"k":"y"},{"n":2,"k":"x"}],"s":"hello world","o":{"p":{"q":[1,[2]]}},"z":null}`))
	require.NoError(t, err)
	scope := evaluator.Scope(NewObject("input", input), func(string) (any, bool) { return nil, false })
	for _, source := range []string{
		`$states.input`, `$states.input.a.n`, `$states.input.a[n>1].k`, `$states.input.a^(>n).n`, `$states.input.a{k: $sum(n)}`,
		`$states.input.a.{"k": k, "m": n * 2}`, `$states.input.**.q`, `$states.input.*`, `$states.input.a#$i.[$i, n]`,
		`$states.input.a@$x.$states.input.a@$y[$x.n = $y.n - 1].[$x.k, $y.k]`, `$states.input.a.n.(%.k)`, `$states.input.o.p.q[1][0]`,
		`$map($states.input.a, function($v, $i, $l) { $v.n + $i + $count($l) })`, `$filter($states.input.a, function($v) { $v.n != 2 }).n`,
		`$reduce($states.input.a.n, function($p, $c) { $p * $c }, 10)`, `$single($states.input.a, function($v) { $v.n = 1 })`,
		`$sift($states.input, function($v, $k) { $k = "s" })`, `$each($states.input.o, function($v, $k) { $k })`,
		`$sort($states.input.a, function($l, $r) { $l.n > $r.n }).n`, `$replace($states.input.s, /o(.)/, function($m) { $uppercase($m.match) })`,
		`$match($states.input.s, /l+/)`, `$split($states.input.s, /\s/)`, `$contains($states.input.s, /w.r/)`, `$states.input ~> |a|{"n": 0},"k"|`,
		`($inc := function($n) { $n + 1 }; $twice := $inc ~> $inc; $twice(1))`, `($add := function($a, $b) { $a + $b }; $add(?, 2)(3))`,
		`($f := function($n, $r) { $n = 0 ? $r : $f($n - 1, $r & "x") }; $f(50, ""))`, `[1..5][$ % 2 = 0]`, `$states.input.z = null ? "null" : "other"`,
		`$zip([1,2],[3,4])`, `$spread($states.input.o)`, `$merge([{"a":1},{"b":2}])`, `$string($states.input)`, `$formatNumber(1234.5, "#,##0.00")`,
		`$toMillis("2020-01-01T00:00:00Z")`, `$fromMillis(0, "[Y]-[M01]-[D01]")`, `$now()`, `"a" in ["a","b"] and $exists($states.input.a)`,
		`1 + "a"`, `$error("x")`, `$number("x")`, `$states.input.a.n + 1`, `$missing(1)`, `$assert(false, "no")`, `$missing`,
	} {
		straight, straightErr := scope.Evaluate(source)
		load, err := evaluator.machine.published()
		require.NoError(t, err)
		compiled, err := load(goja.Undefined(), evaluator.machine.ToValue(source))
		require.NoError(t, err)
		evaluate, err := evaluator.machine.callable(compiled.ToObject(evaluator.machine.Runtime).Get("evaluate"), nil)
		require.NoError(t, err)
		known := evaluator.machine.expressions[source]
		evaluator.machine.expressions[source] = &expression{evaluate, known.names}
		published, publishedErr := scope.Evaluate(source)
		require.Equal(t, publishedErr, straightErr, source)
		require.Equal(t, published, straight, source)
	}
}
