package serve

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"datalake/local/engine"
	"datalake/local/fault"
	"datalake/local/interpreter"
)

// stepFunctions has Step Functions' API: https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
// How an execution stands can be asked while it runs; its history is there once it has ended.
func (s *Server) stepFunctions() map[string]operation {
	return map[string]operation{
		"StartExecution":                 s.writing(take(s.startExecution)),
		"StartSyncExecution":             s.startSyncExecution,
		"DescribeExecution":              take(s.describeExecution),
		"StopExecution":                  take(s.stopExecution),
		"ListExecutions":                 take(s.listExecutions),
		"GetExecutionHistory":            take(s.getExecutionHistory),
		"DescribeStateMachine":           take(s.describeStateMachine),
		"ListStateMachines":              take(s.listStateMachines),
		"ValidateStateMachineDefinition": s.writing(take(s.validateStateMachineDefinition)), // its evaluator is the executions'
	}
}

// started are the arguments of the calls that start an execution.
type started struct{ StateMachineArn, Name, Input, TraceHeader, IncludedData string }

func (s *Server) start(given started) (*engine.Execution, error) {
	return s.engine.StartExecution(given.StateMachineArn, given.Name, []byte(cmp.Or(given.Input, "{}")))
}

func (s *Server) startExecution(given started) (any, error) {
	x, err := s.start(given)
	if err != nil {
		return nil, err
	}
	return map[string]any{"executionArn": x.ARN, "startDate": x.Started}, nil
}

// startSyncExecution answers when the execution has ended, in real time.
func (s *Server) startSyncExecution(ctx context.Context, arguments []byte) (any, error) {
	var given started
	if err := decode(arguments, &given); err != nil {
		return nil, err
	}
	machine, err := s.machine(given.StateMachineArn)
	if err != nil {
		return nil, err
	}
	if !machine.Express {
		return nil, fault.Errorf("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
	}
	answer, err := s.writing(func(context.Context, []byte) (any, error) { return s.start(given) })(ctx, nil)
	if err != nil {
		return nil, err
	}
	x := answer.(*engine.Execution)
	select {
	case <-x.Ended():
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return ending(*x), nil
}

// ofExecution are the arguments of the calls about an execution.
type ofExecution struct {
	page
	ExecutionArn, Error, Cause, IncludedData string
	ReverseOrder                             bool
	IncludeExecutionData                     *bool
}

func (s *Server) execution(arn string) (engine.Execution, error) {
	if strings.Contains(arn, ":express:") {
		return engine.Execution{}, fault.Errorf("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")
	}
	for _, x := range s.engine.Executions("") {
		if x.ARN == arn {
			return x, nil
		}
	}
	return engine.Execution{}, fault.Errorf("ExecutionDoesNotExist", "Execution Does Not Exist: '%s'", arn)
}

func (s *Server) describeExecution(given ofExecution) (any, error) {
	x, err := s.execution(given.ExecutionArn)
	if err != nil {
		return nil, err
	}
	shown := ending(x)
	shown["redriveCount"], shown["redriveStatus"] = 0, "NOT_REDRIVABLE"
	shown["redriveStatusReason"] = "The local endpoint does not redrive executions"
	return shown, nil
}

// ending is an execution with what it was given, and what came of it.
func ending(x engine.Execution) map[string]any {
	shown := summary(x)
	shown["input"], shown["inputDetails"] = string(x.Input), included
	if x.Status == interpreter.Succeeded {
		shown["output"], shown["outputDetails"] = string(x.Output), included
	}
	if x.Error != nil {
		shown["error"] = *x.Error
	}
	if x.Cause != nil {
		shown["cause"] = *x.Cause
	}
	return shown
}

var included = map[string]any{"included": true}

// summary is what a list shows of an execution.
func summary(x engine.Execution) map[string]any {
	shown := map[string]any{
		"executionArn": x.ARN, "stateMachineArn": x.StateMachineARN, "name": x.Name, "status": x.State(), "startDate": x.Started,
	}
	if x.Status != "" {
		shown["stopDate"] = x.Started.Add(x.Duration)
	}
	return shown
}

func (s *Server) stopExecution(given ofExecution) (any, error) {
	x, err := s.execution(given.ExecutionArn)
	if err != nil {
		return nil, err
	}
	s.engine.StopExecution(x.ARN, given.Error, given.Cause)
	return map[string]any{"stopDate": x.Started.Add(x.Duration)}, nil
}

func (s *Server) listExecutions(given struct {
	page
	StateMachineArn, StatusFilter string
},
) (any, error) {
	executions, err := s.engine.ListExecutions(given.StateMachineArn, given.StatusFilter)
	if err != nil {
		return nil, err
	}
	return camelCased(listed("executions", executions, given.page, 100, func(x engine.Execution) any { return summary(x) }))
}

// camelCased gives a list the token's name in this API.
func camelCased(answer any, err error) (any, error) {
	if page, is := answer.(map[string]any); is && page["NextToken"] != nil {
		page["nextToken"] = page["NextToken"]
		delete(page, "NextToken")
	}
	return answer, err
}

func (s *Server) getExecutionHistory(given ofExecution) (any, error) {
	x, err := s.execution(given.ExecutionArn)
	if err == nil && x.Status == "" {
		s.lake.RLock() // which nobody has while it runs
		x, err = s.execution(given.ExecutionArn)
		s.lake.RUnlock()
	}
	if err != nil {
		return nil, err
	}
	events := slices.Clone(x.History)
	if given.ReverseOrder {
		slices.Reverse(events)
	}
	return camelCased(listed("events", events, given.page, 100, func(e interpreter.Event) any { return e.Document() }))
}

func (s *Server) machine(arn string) (engine.Machine, error) {
	for _, machine := range s.engine.Machines() {
		if machine.ARN == arn {
			return machine, nil
		}
	}
	return engine.Machine{}, fault.Errorf("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", arn)
}

func kindOf(machine engine.Machine) string {
	if machine.Express {
		return "EXPRESS"
	}
	return "STANDARD"
}

func (s *Server) describeStateMachine(given struct{ StateMachineArn, IncludedData string }) (any, error) {
	machine, err := s.machine(given.StateMachineArn)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"stateMachineArn": machine.ARN, "name": machine.Physical, "status": "ACTIVE", "definition": machine.Definition,
		"roleArn": machine.RoleARN, "type": kindOf(machine), "creationDate": engine.DefaultStart,
	}, nil
}

func (s *Server) listStateMachines(given page) (any, error) {
	return camelCased(listed("stateMachines", s.engine.Machines(), given, 100, func(machine engine.Machine) any {
		return map[string]any{
			"stateMachineArn": machine.ARN, "name": machine.Physical, "type": kindOf(machine), "creationDate": engine.DefaultStart,
		}
	}))
}

// validateStateMachineDefinition tells what the interpreter, which follows AWS's rules, has against a definition: errors alone,
// since it has no warnings.
func (s *Server) validateStateMachineDefinition(given struct {
	Definition, Type, Severity string
	MaxResults                 int
},
) (any, error) {
	found := []any{}
	for _, refused := range s.engine.Validate([]byte(given.Definition), given.Type == "EXPRESS") {
		text, location, _ := strings.Cut(refused.Error(), " at /")
		code, message, _ := strings.Cut(text, ": ")
		found = append(found, map[string]any{"severity": "ERROR", "code": code, "message": message, "location": "/" + location})
	}
	most := cmp.Or(given.MaxResults, 100)
	return map[string]any{
		"result":      map[bool]string{true: "OK", false: "FAIL"}[len(found) == 0],
		"diagnostics": found[:min(most, len(found))],
		"truncated":   len(found) > most,
	}, nil
}
