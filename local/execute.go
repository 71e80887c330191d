package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"datalake/local/engine"
	"datalake/local/fault"
	"datalake/local/interpreter"
	"datalake/local/jsonata"
	"datalake/local/virtual"

	"github.com/spf13/cobra"
)

type executeOptions struct {
	*invocation
	stack, machine                       string
	definition, input, responses, faults path
	now                                  instant
}

// newExecute is the command that runs one state machine and prints how it ended.
func newExecute(in *invocation) *cobra.Command {
	o := executeOptions{invocation: in}
	cmd := &cobra.Command{
		Use:   "execute (--definition FILE | --stack NAME --machine NAME)",
		Short: "Run one state machine, and print how it ended as JSON",
		Long: `Run one state machine, and print how it ended as JSON. Its tasks are carried out on
what the last run left, or answered from a file of responses. The exit code is 0
whenever the execution ended, however that was.`,
		Example: `  local execute --stack dev --machine execute-queries
  local execute --stack dev --machine crawl-dataset --responses answers.json
  local execute --definition machine.asl.json --input input.json`,
		Args:                  noWords,
		DisableFlagsInUseLine: true,
	}
	cmd.RunE = in.does(func(cmd *cobra.Command, _ []string) (int, error) {
		result, unmet, err := o.run()
		if err != nil {
			return 0, err
		}
		for _, fault := range unmet {
			fmt.Fprintln(cmd.ErrOrStderr(), "local:", fault)
		}
		return 0, print(cmd.OutOrStdout(), result)
	})
	in.stackFlag(cmd, &o.stack, "")
	flags := cmd.Flags()
	flags.StringVar(&o.machine, "machine", "", "logical `name` of the state machine")
	flags.Var(&o.definition, "definition", "`file` with a definition in Amazon States Language")
	flags.Var(&o.input, "input", "`file` with the execution's input (default {})")
	flags.Var(&o.responses, "responses", "`file` that answers the tasks, instead of the local engines")
	flags.Var(&o.faults, "faults", "`file` that says which calls fail, and how")
	flags.Var(&o.now, "now", "the `instant` at which the virtual clock starts")
	in.complete(cmd, "machine", func() []string { return exportNames(o.stack, "machines") })
	return cmd
}

// run carries the machine out, and says which faults it has not met.
func (o executeOptions) run() (result interpreter.Result, unmet []string, err error) {
	if (o.definition.given == "") == (o.stack == "" && o.machine == "") || (o.stack == "") != (o.machine == "") {
		return result, nil, refusal{errors.New("give either --definition, or --stack and --machine")}
	}
	if o.faults.given != "" && o.stack == "" {
		return result, nil, refusal{errors.New("--faults goes with --stack and --machine: a definition alone does not say what its calls can fail with")}
	}
	input, err := readInput(o.input.absolute)
	if err != nil {
		return result, nil, refusal{err}
	}
	if o.definition.given != "" {
		definition, err := os.ReadFile(o.definition.absolute)
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
	meet, err := loadFaults(o.faults.absolute, evaluation)
	if err != nil {
		return result, nil, err
	}
	if o.responses.given != "" {
		result, err = o.answered(described, input, meet.Around)
		return result, meet.Unmet(), err
	}
	options, closeTrino, err := options(o.stack)
	if err != nil {
		return result, nil, err
	}
	defer func() { _ = closeTrino() }() // it has nothing left to say
	release, err := claim(options.Directory, o.arguments)
	if err != nil {
		return result, nil, err
	}
	defer release()
	options.Start, options.Quiet, options.Around = o.now.Time, true, meet.Around
	e, err := engine.Open(evaluation, options)
	if err != nil {
		return result, nil, err
	}
	if makesSample(o.machine) {
		err = e.WillHold(true, false)
	}
	if err == nil {
		if result, err = e.Execute(o.machine, input); err != nil {
			err = refusal{err}
		}
	}
	return result, meet.Unmet(), errors.Join(err, e.Close())
}

// answered runs a machine whose tasks are answered from a file, or by what stands around that; nil is nothing.
func (o executeOptions) answered(described engine.Described, input []byte, around func(interpreter.Caller) interpreter.Caller) (result interpreter.Result, err error) {
	caller := interpreter.Caller(unanswered{})
	if o.responses.given != "" {
		text, err := os.ReadFile(o.responses.absolute)
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
	start := o.now.Time
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
