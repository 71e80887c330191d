package jsonata

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math/rand/v2"
	"regexp"
	"sync"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"
)

//go:embed driver.js check.js longs.js
var scripts embed.FS

func script(name string) *goja.Program {
	source, err := scripts.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return goja.MustCompile(name, string(source), true)
}

var driver, checker, longs = script("driver.js"), script("check.js"), script("longs.js")

// callDepth bounds how many JavaScript calls may be open: endless recursion ends with an error, not with all memory.
const callDepth = 20_000

// A regular expression with a look-around or a back reference backtracks where no interrupt reaches it. goja takes its
// timeout for no match, so that must come after the evaluator has given the expression up.
func init() { regexp2.DefaultMatchTimeout = patience + time.Second }

// machine is one JavaScript machine with jsonata in it.
type machine struct {
	*goja.Runtime
	straight    goja.Callable
	published   func() (goja.Callable, error)
	check       goja.Callable
	expressions map[string]*expression
}

// expression is a compiled expression and the names of the variables that its text may refer to.
type expression struct {
	evaluate goja.Callable
	names    []string
}

func newMachine(l *library, now func() time.Time, random *rand.Rand, steps int) (*machine, error) {
	m := &machine{Runtime: goja.New(), expressions: map[string]*expression{}}
	m.SetTimeSource(now)
	m.SetRandSource(random.Float64)
	m.SetMaxCallStackSize(callDepth)
	prepare, err := m.callable(m.RunProgram(longs))
	if err != nil {
		return nil, err
	}
	if _, err := prepare(goja.Undefined(), m.ToValue(m.parse)); err != nil {
		return nil, err
	}
	aws := m.NewObject()
	for name, member := range map[string]any{
		"mostSteps": steps,
		"hash":      m.hash,
		"parse":     m.parse,
		"random":    func(call goja.FunctionCall) goja.Value { return m.ToValue(draw(random, call.Argument(0))) },
		"uuid":      func() string { return uuid(random) },
	} {
		if err := aws.Set(name, member); err != nil {
			return nil, err
		}
	}
	straight, err := m.load(l.straight)
	if err != nil {
		return nil, err
	}
	if m.straight, err = m.prepared(driver, straight, aws); err != nil {
		return nil, err
	}
	if m.check, err = m.prepared(checker, straight); err != nil {
		return nil, err
	}
	m.published = sync.OnceValues(func() (goja.Callable, error) {
		program, err := l.published()
		if err != nil {
			return nil, err
		}
		published, err := m.load(program)
		if err != nil {
			return nil, err
		}
		return m.prepared(driver, published, aws)
	})
	return m, nil
}

// load loads one form of the library.
func (m *machine) load(program *goja.Program) (goja.Value, error) {
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
	return module.Get("exports"), nil
}

// prepared is the function that a script makes of its arguments.
func (m *machine) prepared(script *goja.Program, arguments ...goja.Value) (goja.Callable, error) {
	prepare, err := m.callable(m.RunProgram(script))
	if err != nil {
		return nil, err
	}
	return m.callable(prepare(goja.Undefined(), arguments...))
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
		panic(m.wrong("$hash knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512, not %q", algorithm))
	}
	h.Write([]byte(data))
	return hex.EncodeToString(h.Sum(nil))
}

// parse is $parse: integers are exact to 64 bits, and a key that stands twice is refused.
func (m *machine) parse(text string) goja.Value {
	value, err := parseUnique([]byte(text))
	if err != nil {
		panic(m.wrong("$parse takes a JSON text: %v", err))
	}
	return m.toScript(value)
}

// wrong is what the functions of Step Functions throw.
func (m *machine) wrong(format string, args ...any) goja.Value {
	thrown := m.NewObject()
	_ = thrown.Set("code", "D3137") // it fails on frozen objects only
	_ = thrown.Set("message", fmt.Sprintf(format, args...))
	return thrown
}

// draw is a number in [0, 1): the next one, or the one that belongs to the seed, as java.util.Random makes it.
//
// https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Random.html
func draw(random *rand.Rand, seed goja.Value) float64 {
	if goja.IsUndefined(seed) {
		return random.Float64()
	}
	const multiplier, mask = 0x5DEECE66D, 1<<48 - 1
	state := (uint64(seed.ToInteger()) ^ multiplier) & mask
	next := func(bits int) uint64 {
		state = (state*multiplier + 0xB) & mask
		return state >> (48 - bits)
	}
	high := next(26)
	return float64(high<<27+next(27)) / (1 << 53)
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
