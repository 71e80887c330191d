package jsonata

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"sync"

	"github.com/dop251/goja"
)

// library is jsonata.js in two forms.
//
// The published code makes each step of an evaluation a promise, for functions that answer later; here none does, and
// the job queue takes most of the time. straight is the same code with `async` and `await` taken out, so that each call
// returns its value. The two differ in one thing only: the published code evaluates the members of an array or object
// constructor side by side. Where that could show, published is what runs.
type library struct {
	straight  *goja.Program
	published func() (*goja.Program, error) // compiled when first needed
	// checked is what was said of a checkedExpression: definitions have most of theirs in common.
	checked sync.Map
}

type checkedExpression struct{ source, members string }

var (
	asyncFunction = regexp.MustCompile(`\basync\s+(function\b|\()`)
	awaiting      = regexp.MustCompile(`\bawait\s+`)
	joining       = regexp.MustCompile(`\bPromise\.all\(`)
	promises      = regexp.MustCompile(`\basync\s+(function\b|\(|\w+\s*=>)|\bawait\b|\bPromise\b`)
)

// changes are what is not as it was published. They have the library take a BigInt for a number: JavaScript's numbers are exact to 2^53, the integers of Step
// Functions to 64 bits, and one beyond is a BigInt here. Arithmetic makes a number of it; it is not known what Step
// Functions does there.
var changes = []struct{ published, here string }{
	{`if(typeof n === 'number') {`, `if(typeof n === 'bigint') { return true; } if(typeof n === 'number') {`},
	{`if (typeof arg === 'number') {`, `if (typeof arg === 'number' || typeof arg === 'bigint') {`},
	{`var ltype = typeof lhs;`, `var ltype = typeof lhs === 'bigint' ? 'number' : typeof lhs;`},
	{`var rtype = typeof rhs;`, `var rtype = typeof rhs === 'bigint' ? 'number' : typeof rhs;`},
	{`var atype = typeof aa;`, `var atype = typeof aa === 'bigint' ? 'number' : typeof aa;`},
	{`var btype = typeof bb;`, `var btype = typeof bb === 'bigint' ? 'number' : typeof bb;`},
	{`result = lhs + rhs;`, `result = Number(lhs) + Number(rhs);`},
	{`result = lhs - rhs;`, `result = Number(lhs) - Number(rhs);`},
	{`result = lhs * rhs;`, `result = Number(lhs) * Number(rhs);`},
	{`result = lhs / rhs;`, `result = Number(lhs) / Number(rhs);`},
	{`result = lhs % rhs;`, `result = Number(lhs) % Number(rhs);`},
	{`total += num;`, `total += Number(num);`},
	{`var type = typeof value;`, `var type = typeof value === 'bigint' ? 'number' : typeof value;`},
	{`Math.abs(value).toFixed(dp)`, `Math.abs(Number(value)).toFixed(dp)`},
	{`value = Math.floor(value);`, `value = Math.floor(Number(value));`},
	// A picture without digits is refused (D3086), not stumbled over.
	{`var activePart = `, `prefix = prefix || ''; suffix = suffix || ''; var activePart = `},
}

// libraries are what was prepared, by what the file held: it takes as long as some machines' runs.
var libraries sync.Map

// readLibrary prepares the library that lies at path.
func readLibrary(path string) (*library, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading jsonata.js: %w (run: make setup)", err)
	}
	if known, found := libraries.Load(string(source)); found {
		return known.(*library), nil
	}
	prepared, err := prepare(path, source)
	if err == nil {
		libraries.Store(string(source), prepared)
	}
	return prepared, err
}

func prepare(path string, source []byte) (*library, error) {
	for _, change := range changes {
		if !bytes.Contains(source, []byte(change.published)) {
			return nil, fmt.Errorf("%s does not hold %q: it is not version 2.0.6 (run: make setup)", path, change.published)
		}
		source = bytes.ReplaceAll(source, []byte(change.published), []byte(change.here))
	}
	straight := asyncFunction.ReplaceAll(source, []byte("$1"))
	straight = awaiting.ReplaceAll(straight, nil)
	straight = joining.ReplaceAll(straight, []byte("("))
	if left := promises.Find(straight); left != nil {
		return nil, fmt.Errorf("%s uses %q in a way that is not known here: it is not version 2.0.6 (run: make setup)", path, left)
	}
	program, err := compileModule(path, straight)
	if err != nil {
		return nil, err
	}
	published := sync.OnceValues(func() (*goja.Program, error) { return compileModule(path, source) })
	return &library{straight: program, published: published}, nil
}

func compileModule(path string, source []byte) (*goja.Program, error) {
	program, err := goja.Compile(path, "(function (exports, module) {"+string(source)+"\n})", false)
	if err != nil {
		return nil, fmt.Errorf("compiling jsonata.js: %w (run: make setup)", err)
	}
	return program, nil
}
