package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"datalake/local/engine"
	"datalake/local/fault"
	"datalake/local/interpreter"
	"datalake/local/jsonata"
	"datalake/local/virtual"
)

type executeOptions struct {
	definition, stack, machine, input, responses, faults string
	now                                                  time.Time
}

// execute runs one state machine and prints how it ended.
func execute(arguments []string, stdout, stderr io.Writer) (int, error) {
	var o executeOptions
	flags := flag.NewFlagSet("execute", flag.ContinueOnError)
	flags.StringVar(&o.definition, "definition", "", "`file` with a definition in Amazon States Language")
	flags.StringVar(&o.stack, "stack", "", "`name` of the stack that has the machine")
	flags.StringVar(&o.machine, "machine", "", "logical `name` of the state machine")
	flags.StringVar(&o.input, "input", "", "`file` with the execution's input (default {})")
	flags.StringVar(&o.responses, "responses", "", "`file` that answers the tasks, instead of the local engines")
	flags.StringVar(&o.faults, "faults", "", "`file` that says which calls fail, and how")
	flags.Func("now", "the `instant` at which the virtual clock starts", instant(&o.now))
	if err := parse(flags, arguments, stderr); err != nil {
		return 0, err
	}
	if (o.definition == "") == (o.stack == "" && o.machine == "") || (o.stack == "") != (o.machine == "") {
		return 0, refusal{errors.New("give either --definition, or --stack and --machine")}
	}
	if o.faults != "" && o.stack == "" {
		return 0, refusal{errors.New("--faults goes with --stack and --machine: a definition alone does not say what its calls can fail with")}
	}
	input, err := readInput(o.input)
	if err != nil {
		return 0, refusal{err}
	}
	result, unmet, err := o.run(arguments, input)
	if err != nil {
		return 0, err
	}
	for _, fault := range unmet {
		fmt.Fprintln(stderr, "local:", fault)
	}
	return 0, print(stdout, result)
}

// run carries the machine out, and says which faults it has not met.
func (o executeOptions) run(arguments []string, input []byte) (result interpreter.Result, unmet []string, err error) {
	if o.definition != "" {
		definition, err := os.ReadFile(o.definition)
		if err != nil {
			return result, nil, refusal{fmt.Errorf("read the definition: %w", err)}
		}
		result, err = o.answered(engine.Described{Definition: definition, Execution: interpreter.Execution{
			Name: "execution-1", ARN: "arn:aws:states:us-east-1:123456789012:execution:definition:execution-1",
			StateMachineName: "definition", StateMachineARN: "arn:aws:states:us-east-1:123456789012:stateMachine:definition",
			RoleARN: "arn:aws:iam::123456789012:role/definition",
		}}, input, nil)
		return result, nil, err
	}
	evaluation, err := evaluate(o.stack, nil)
	if err != nil {
		return result, nil, err
	}
	described, err := engine.Describe(evaluation, o.machine)
	if err != nil {
		return result, nil, refusal{err}
	}
	meet, err := loadFaults(o.faults, evaluation)
	if err != nil {
		return result, nil, err
	}
	if o.responses != "" {
		result, err = o.answered(described, input, meet.Around)
		return result, meet.Unmet(), err
	}
	options, closeTrino, err := options(o.stack)
	if err != nil {
		return result, nil, err
	}
	defer func() { _ = closeTrino() }() // it has nothing left to say
	release, err := claim(options.Directory, "execute", arguments)
	if err != nil {
		return result, nil, err
	}
	defer release()
	options.Start, options.Quiet, options.Around = o.now, true, meet.Around
	e, err := engine.Open(evaluation, options)
	if err != nil {
		return result, nil, err
	}
	result, err = e.Execute(o.machine, input)
	if err != nil {
		err = refusal{err}
	}
	return result, meet.Unmet(), errors.Join(err, e.Close())
}

// answered runs a machine whose tasks are answered from a file, or by what stands around that; nil is nothing.
func (o executeOptions) answered(described engine.Described, input []byte, around func(interpreter.Caller) interpreter.Caller) (result interpreter.Result, err error) {
	caller := interpreter.Caller(unanswered{})
	if o.responses != "" {
		text, err := os.ReadFile(o.responses)
		if err != nil {
			return result, refusal{fmt.Errorf("read the responses: %w", err)}
		}
		if caller, err = interpreter.LoadResponses(text); err != nil {
			return result, refusal{err}
		}
	}
	if around != nil {
		caller = around(caller)
	}
	start := o.now
	if start.IsZero() {
		start = engine.DefaultStart
	}
	clock := virtual.NewClock(start)
	evaluator, err := jsonata.New(jsonataFile, clock.Now)
	if err != nil {
		return result, err
	}
	machine, err := interpreter.Load(described.Definition, evaluator)
	if err != nil {
		return result, refusal{err}
	}
	described.Execution.Input = input
	if err := machine.Start(clock, described.Execution, caller, func(r interpreter.Result) { result = r }); err != nil {
		return result, refusal{err}
	}
	clock.Run()
	return result, nil
}

// unanswered fails every task: there is neither a stack to carry it out nor a file to answer it.
type unanswered struct{}

func (unanswered) Call(task interpreter.Task) interpreter.Answer {
	return interpreter.Answer{Fault: fault.Errorf("Local.UnsupportedResource",
		"State %q calls %s: a definition alone carries nothing out; answer it in a file given with --responses.", task.State, task.Resource)}
}

func readInput(file string) ([]byte, error) {
	if file == "" {
		return []byte("{}"), nil
	}
	input, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the input: %w", err)
	}
	return input, nil
}

func print(stdout io.Writer, result interpreter.Result) error {
	encoder := json.NewEncoder(stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(struct {
		Status         string          `json:"status"`
		Output         json.RawMessage `json:"output"`
		Error          *string         `json:"error"`
		Cause          *string         `json:"cause"`
		States         []string        `json:"states"`
		Transitions    int             `json:"transitions"`
		VirtualSeconds float64         `json:"virtualSeconds"`
	}{result.Status, result.Output, result.Error, result.Cause, result.States, result.Transitions, result.Duration.Seconds()})
}
