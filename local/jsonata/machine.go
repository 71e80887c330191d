package jsonata

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math/rand/v2"
	"os"
	"regexp"
	"sync"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"
)

//go:embed driver.js
var driverSource string

var driver = goja.MustCompile("driver.js", driverSource, true)

// callDepth bounds how many JavaScript calls may be open: endless recursion ends with an error, not with all memory.
const callDepth = 20_000

// A regular expression with a look-around or a back reference backtracks where no interrupt reaches it. goja takes its
// timeout for no match, so that must come after the evaluator has given the expression up.
func init() { regexp2.DefaultMatchTimeout = patience + time.Second }

// library is jsonata.js in two forms.
//
// The published code makes each step of an evaluation a promise, for functions that answer later; here none does, and
// the job queue takes most of the time. straight is the same code with `async` and `await` taken out, so that each call
// returns its value. The two differ in one thing only: the published code evaluates the members of an array or object
// constructor side by side. Where that could show, published is what runs.
type library struct {
	straight  *goja.Program
	published func() (*goja.Program, error) // compiled when first needed
}

var (
	asyncFunction = regexp.MustCompile(`\basync\s+(function\b|\()`)
	awaiting      = regexp.MustCompile(`\bawait\s+`)
	joining       = regexp.MustCompile(`\bPromise\.all\(`)
	promises      = regexp.MustCompile(`\basync\s+(function\b|\(|\w+\s*=>)|\bawait\b|\bPromise\b`)
)

func readLibrary(path string) (*library, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading jsonata.js: %w (run: make setup)", err)
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

// machine is one JavaScript machine with jsonata in it.
type machine struct {
	*goja.Runtime
	straight    goja.Callable
	published   func() (goja.Callable, error)
	expressions map[string]*expression
}

// expression is a compiled expression and the names of the variables that its text may refer to.
type expression struct {
	evaluate goja.Callable
	names    []string
}

func newMachine(l *library, now func() time.Time, random *rand.Rand) (*machine, error) {
	m := &machine{Runtime: goja.New(), expressions: map[string]*expression{}}
	m.SetTimeSource(now)
	m.SetRandSource(random.Float64)
	m.SetMaxCallStackSize(callDepth)
	aws := m.NewObject()
	for name, function := range map[string]any{
		"hash":   func(data, algorithm string) string { return m.hash(data, algorithm) },
		"random": func(call goja.FunctionCall) goja.Value { return m.ToValue(draw(random, call.Argument(0))) },
		"uuid":   func() string { return uuid(random) },
	} {
		if err := aws.Set(name, function); err != nil {
			return nil, err
		}
	}
	straight, err := m.compiler(l.straight, aws)
	if err != nil {
		return nil, err
	}
	m.straight = straight
	m.published = sync.OnceValues(func() (goja.Callable, error) {
		program, err := l.published()
		if err != nil {
			return nil, err
		}
		return m.compiler(program, aws)
	})
	return m, nil
}

// compiler loads one form of the library and returns the driver's compile function for it.
func (m *machine) compiler(program *goja.Program, aws *goja.Object) (goja.Callable, error) {
	load, err := m.callable(m.RunProgram(program))
	if err != nil {
		return nil, err
	}
	module, exports := m.NewObject(), m.NewObject()
	if err := module.Set("exports", exports); err != nil {
		return nil, err
	}
	if _, err := load(goja.Undefined(), exports, module); err != nil {
		return nil, fmt.Errorf("loading jsonata.js: %w", err)
	}
	prepare, err := m.callable(m.RunProgram(driver))
	if err != nil {
		return nil, err
	}
	return m.callable(prepare(goja.Undefined(), module.Get("exports"), aws))
}

func (m *machine) callable(value goja.Value, err error) (goja.Callable, error) {
	if err != nil {
		return nil, err
	}
	function, ok := goja.AssertFunction(value)
	if !ok {
		return nil, fmt.Errorf("%v is not a function", value)
	}
	return function, nil
}

// compile returns the expression for a source text; each text is compiled once.
func (m *machine) compile(source string) (*expression, error) {
	if known, found := m.expressions[source]; found {
		return known, nil
	}
	compiled, err := m.straight(goja.Undefined(), m.ToValue(source))
	if err != nil {
		return nil, err
	}
	if compiled.ToObject(m.Runtime).Get("concurrent").ToBoolean() {
		published, err := m.published()
		if err != nil {
			return nil, err
		}
		if compiled, err = published(goja.Undefined(), m.ToValue(source)); err != nil {
			return nil, err
		}
	}
	evaluate, err := m.callable(compiled.ToObject(m.Runtime).Get("evaluate"), nil)
	if err != nil {
		return nil, err
	}
	e := &expression{evaluate: evaluate, names: variableNames(source)}
	m.expressions[source] = e
	return e, nil
}

var variable = regexp.MustCompile(`\$[\p{L}_][\p{L}\p{N}\p{M}\p{Pc}]*`)

// variableNames are the names that follow a $ anywhere in the text, so a superset of the variables it refers to.
func variableNames(source string) []string {
	var names []string
	seen := map[string]bool{}
	for _, match := range variable.FindAllString(source, -1) {
		if name := match[1:]; !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

func (m *machine) hash(data, algorithm string) string {
	var h hash.Hash
	switch algorithm {
	case "MD5":
		h = md5.New()
	case "SHA-1":
		h = sha1.New()
	case "SHA-256":
		h = sha256.New()
	case "SHA-384":
		h = sha512.New384()
	case "SHA-512":
		h = sha512.New()
	default:
		thrown := m.NewObject()
		_ = thrown.Set("message", fmt.Sprintf("$hash knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512, not %q", algorithm))
		panic(thrown)
	}
	h.Write([]byte(data))
	return hex.EncodeToString(h.Sum(nil))
}

// draw is a number in [0, 1): the next one, or the one that belongs to the seed.
func draw(random *rand.Rand, seed goja.Value) float64 {
	if goja.IsUndefined(seed) {
		return random.Float64()
	}
	return rand.New(rand.NewPCG(uint64(int64(seed.ToFloat()*1e6)), 0)).Float64()
}

// uuid is the next version 4 identifier.
func uuid(random *rand.Rand) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], random.Uint64())
	binary.BigEndian.PutUint64(b[8:], random.Uint64())
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
