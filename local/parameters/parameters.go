// Package parameters has the arguments of calls checked as the called services would: unknown, missing or of another type, too
// long or too great, none of the values that there are, or not of the pattern.
package parameters

import (
	"bufio"
	"bytes"
	_ "embed" // of check.py
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// Record is a file of calls, one a line. They are checked at the end, so that it takes no memory how many there are.
type Record struct {
	lock  sync.Mutex
	file  *os.File
	lines *bufio.Writer
	fault error // the first of writing
}

// Call is a call of a service with its arguments.
type Call struct {
	// By says in words what makes the call, such as a state of a state machine.
	By string `json:"by"`
	// Service is botocore's name of the service, such as athena, and Operation the API's, such as StartQueryExecution.
	Service   string `json:"service"`
	Operation string `json:"operation"`
	// Arguments are what a JSON object is made of, whose members have names in PascalCase as Step Functions has them.
	Arguments any `json:"arguments"`
}

// Checked is what the services' models say of the calls of a record.
type Checked struct {
	// ParametersChecked counts the parameters of all calls, those inside others too; 0 until they are checked.
	ParametersChecked int `json:"parametersChecked"`
	// Invalid are the calls that their service would refuse, null until they are checked.
	Invalid []Invalid `json:"invalid"`
}

// Invalid are calls that a service would refuse for the same fault of the same parameter.
type Invalid struct {
	// Call is the service and the operation, such as athena:StartQueryExecution.
	Call string `json:"call"`
	// Fault is that of the first call.
	Fault string `json:"fault"`
	By    string `json:"by"`
	Count int    `json:"count"`
}

// Create makes an empty record in a file, which it replaces.
func Create(name string) (*Record, error) {
	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("record the calls: %w", err)
	}
	return &Record{file: file, lines: bufio.NewWriter(file)}, nil
}

// botocoreServices are the services whose name in botocore is not the one in a task's Resource.
var botocoreServices = map[string]string{"sfn": "stepfunctions"}

// Operation is the call that a service integration makes, by the part of a task's Resource after arn:aws:states:::.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
func Operation(integration string) (service, operation string) {
	service, operation, _ = strings.Cut(strings.TrimPrefix(integration, "aws-sdk:"), ":")
	operation, _, _ = strings.Cut(operation, ".")
	if name, differs := botocoreServices[service]; differs {
		service = name
	}
	return service, strings.ToUpper(operation[:1]) + operation[1:]
}

// Note takes a call down. It may be called at one time. That the file cannot be written is Close's to say.
func (r *Record) Note(c Call) {
	line, err := json.Marshal(c)
	r.lock.Lock()
	defer r.lock.Unlock()
	if err == nil {
		_, err = r.lines.Write(append(line, '\n'))
	}
	if r.fault == nil && err != nil {
		r.fault = err
	}
}

// Close ends the record.
func (r *Record) Close() error {
	if err := errors.Join(r.fault, r.lines.Flush(), r.file.Close()); err != nil {
		return fmt.Errorf("record the calls in %s: %w", r.file.Name(), err)
	}
	return nil
}

//go:embed check.py
var script string

// Check has the calls of a record that is closed checked by botocore against AWS's models; python is an interpreter that has
// it.
func Check(record, python string) (checked Checked, err error) {
	calls, err := os.Open(record)
	if err != nil {
		return Checked{}, fmt.Errorf("check parameters: %w", err)
	}
	defer calls.Close()
	var stdout, stderr bytes.Buffer
	command := exec.Command(python, "-c", script)
	command.Stdin, command.Stdout, command.Stderr = calls, &stdout, &stderr
	if err := command.Run(); err != nil {
		return Checked{}, fmt.Errorf("check parameters with %s: %w: %s", python, err, &stderr)
	}
	if err := json.Unmarshal(stdout.Bytes(), &checked); err != nil {
		return Checked{}, fmt.Errorf("check parameters: read the answer: %w", err)
	}
	return checked, nil
}
