// Package jsonata evaluates JSONata as Step Functions does: with the official jsonata.js 2.0.6, AWS's own functions, and
// no input document ($states and the assigned variables are all that an expression sees).
//
// See "Transforming data with JSONata in Step Functions" in the Step Functions developer guide.
package jsonata

import (
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// patience is how long one expression may run, in real time: far beyond what one takes on a slow machine that ends in
// the second that Step Functions gives it.
const patience = time.Minute

// mostSteps is how many nodes of its syntax tree one expression may evaluate: more than one does that ends in that second.
const mostSteps = 10_000_000

// ErrUndefined says that an expression returned nothing, which JSON cannot represent.
var ErrUndefined = errors.New("returned nothing (undefined)")

// Error is what an expression threw.
type Error struct {
	// Code is JSONata's code, such as T2001; errors of AWS's functions have none.
	Code string
	// Message is the text for a person.
	Message string
}

func (e *Error) Error() string {
	if e.Code == "" {
		return e.Message
	}
	return e.Code + ": " + e.Message
}

// Evaluator compiles and evaluates expressions. It belongs to one goroutine at a time.
type Evaluator struct {
	library  *library
	now      func() time.Time
	random   *rand.Rand
	patience time.Duration
	steps    int
	machine  *machine
}

// New reads jsonata.js from path (node_modules/jsonata/jsonata.js). $now and $millis read the clock now; $random,
// $shuffle and $uuid draw from one fixed sequence. The error of a missing or other library says what to run.
func New(path string, now func() time.Time) (*Evaluator, error) {
	library, err := readLibrary(path)
	if err != nil {
		return nil, err
	}
	e := &Evaluator{library: library, now: now, random: rand.New(rand.NewPCG(1, 2)), patience: patience, steps: mostSteps}
	return e, e.renew()
}

// Check tells why Step Functions does not take an expression, if it does not: an *Error whose code is that of the
// refusal, such as UNSUPPORTED_JSONATA_EXPRESSION. members are those that $states has where the expression stands.
func (e *Evaluator) Check(source string, members ...string) error {
	expression := checkedExpression{source, strings.Join(members, " ")}
	said, known := e.library.checked.Load(expression)
	if !known {
		_, err := e.machine.check(goja.Undefined(), e.machine.ToValue(source), e.machine.ToValue(members))
		said = thrown(err)
		e.library.checked.Store(expression, said)
	}
	refusal, _ := said.(error)
	return refusal
}

// Scope is what the expressions of a state see: the members of $states and the variables. States is not changed
// afterwards; variables tells the value of an assigned variable. Values are handed to JavaScript when an expression
// first asks for them, and only once.
func (e *Evaluator) Scope(states *Object, variables func(name string) (any, bool)) *Scope {
	return &Scope{evaluator: e, states: states, variables: variables}
}

func (e *Evaluator) renew() (err error) {
	e.machine, err = newMachine(e.library, e.now, e.random, e.steps)
	return err
}

// Scope evaluates expressions over one set of values.
type Scope struct {
	evaluator *Evaluator
	states    *Object
	variables func(name string) (any, bool)

	machine *machine // to which the values below belong
	members map[string]goja.Value
	bound   map[string]goja.Value
}

// With returns a scope in which one member of $states has another value.
func (s *Scope) With(member string, value any) *Scope {
	states := NewObject()
	for name, old := range s.states.All() {
		states.Set(name, old)
	}
	states.Set(member, value)
	derived := &Scope{evaluator: s.evaluator, states: states, variables: s.variables, machine: s.machine, bound: map[string]goja.Value{}, members: map[string]goja.Value{}}
	for name, converted := range s.members {
		if name != member {
			derived.members[name] = converted
		}
	}
	for name, converted := range s.bound {
		if name != "states" {
			derived.bound[name] = converted
		}
	}
	return derived
}

// Evaluate returns the JSON value of an expression. Errors are ErrUndefined, or an *Error for what it threw: syntax
// errors, a result that is no JSON value, and what Step Functions' limits end among them.
func (s *Scope) Evaluate(source string) (any, error) {
	e := s.evaluator
	compiled, err := e.machine.compile(source)
	if err != nil {
		return nil, thrown(err)
	}
	if s.machine != e.machine {
		s.machine, s.members, s.bound = e.machine, map[string]goja.Value{}, map[string]goja.Value{}
	}
	bindings, err := s.bindings(compiled.names)
	if err != nil {
		return nil, err
	}
	result, err := e.run(compiled, bindings)
	if err != nil {
		return nil, err
	}
	if goja.IsUndefined(result) {
		return nil, ErrUndefined
	}
	value, err := fromScript(result)
	if err != nil {
		return nil, &Error{Message: err.Error()}
	}
	return value, nil
}

func (s *Scope) bindings(names []string) (*goja.Object, error) {
	bindings := s.machine.NewObject()
	for _, name := range names {
		value, bound := s.bound[name]
		if !bound {
			if name == "states" {
				value = s.machine.NewDynamicObject(lazyStates{s})
			} else if assigned, found := s.variables(name); found {
				value = s.machine.toScript(assigned)
			} else {
				continue
			}
			s.bound[name] = value
		}
		if err := bindings.Set(name, value); err != nil {
			return nil, err
		}
	}
	return bindings, nil
}

// run evaluates, and throws the machine away when it had to be stopped.
func (e *Evaluator) run(compiled *expression, bindings *goja.Object) (result goja.Value, err error) {
	m := e.machine
	watchdog := time.AfterFunc(e.patience, func() { m.Interrupt("stopped") })
	defer func() {
		if !watchdog.Stop() {
			err = errors.Join(&Error{Message: "Expression evaluation timeout"}, e.renew())
		}
	}()
	result, err = compiled.evaluate(goja.Undefined(), goja.Undefined(), bindings)
	if err != nil {
		return nil, thrown(err)
	}
	if promise, ok := result.Export().(*goja.Promise); ok {
		return settled(promise)
	}
	return result, nil
}

func settled(promise *goja.Promise) (goja.Value, error) {
	switch promise.State() {
	case goja.PromiseStateFulfilled:
		return promise.Result(), nil
	case goja.PromiseStateRejected:
		return nil, described(promise.Result())
	}
	return nil, &Error{Message: "the expression never ends"}
}

// thrown describes an exception of the machine.
func thrown(err error) error {
	var (
		exception *goja.Exception
		overflow  *goja.StackOverflowError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &overflow):
		return &Error{Message: "Stack overflow error"}
	case errors.As(err, &exception):
		return described(exception.Value())
	}
	return &Error{Message: err.Error()}
}

func described(value goja.Value) error {
	object, ok := value.(*goja.Object)
	if !ok {
		return &Error{Message: value.String()}
	}
	var described Error
	if code := object.Get("code"); code != nil && !goja.IsUndefined(code) {
		described.Code = code.String()
	}
	if message := object.Get("message"); message != nil && !goja.IsUndefined(message) {
		described.Message = message.String()
	}
	return &described
}
