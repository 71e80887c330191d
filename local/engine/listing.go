package engine

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"datalake/local/fault"
	"datalake/local/interpreter"
)

// ListExecutions are a Standard machine's executions of a status, or all when it is empty, in AWS's order: the last ones first,
// by their end, or by their start while they run.
//
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
func (e *Engine) ListExecutions(machineARN, status string) ([]Execution, error) {
	machine := slices.IndexFunc(e.resources.machines, func(m Machine) bool { return m.ARN == machineARN })
	switch {
	case machine < 0:
		return nil, fault.Errorf("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", machineARN)
	case e.resources.machines[machine].Express:
		return nil, fault.Errorf("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
	case status != "" && !slices.Contains(executionStatuses, status):
		return nil, fault.Errorf("ValidationException", "statusFilter is '%s': give one of %s", status, strings.Join(executionStatuses, ", "))
	}
	listed := slices.DeleteFunc(e.Executions(machineARN), func(x Execution) bool { return status != "" && x.State() != status })
	slices.Reverse(listed)
	slices.SortStableFunc(listed, func(a, b Execution) int { return b.Started.Add(b.Duration).Compare(a.Started.Add(a.Duration)) })
	return listed, nil
}

// executionStatuses are those of executions that are not a Map's.
var executionStatuses = []string{"RUNNING", interpreter.Succeeded, interpreter.Failed, interpreter.TimedOut, interpreter.Aborted}

// State is the execution's status as AWS says it: RUNNING while it runs.
func (x Execution) State() string { return cmp.Or(x.Status, "RUNNING") }

type executionsArguments struct {
	StateMachineArn, StatusFilter, NextToken string
	MaxResults                               int
}

// listExecutions gives a page of the list, with the names of errors and the times as an SDK integration has them.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
func (e *Engine) listExecutions(arguments executionsArguments) (any, error) {
	const most, usual = 1000, 100
	executions, err := e.ListExecutions(arguments.StateMachineArn, arguments.StatusFilter)
	start := 0
	if err == nil && arguments.NextToken != "" {
		if _, wrong := fmt.Sscanf(arguments.NextToken, "from-%d", &start); wrong != nil || start < 0 || start > len(executions) {
			err = fault.Errorf("InvalidToken", "Invalid Token: '%s'", arguments.NextToken)
		}
	}
	if err == nil && (arguments.MaxResults < 0 || arguments.MaxResults > most) {
		err = fault.Errorf("ValidationException", "maxResults is %d: give 0 to %d", arguments.MaxResults, most)
	}
	if refused := (*fault.Error)(nil); errors.As(err, &refused) {
		return nil, fault.Errorf("Sfn."+strings.TrimSuffix(refused.Name, "Exception")+"Exception", "%s", refused.Cause)
	}
	if err != nil {
		return nil, err
	}
	listed := []any{}
	end := min(start+cmp.Or(arguments.MaxResults, usual), len(executions))
	for _, x := range executions[start:end] {
		entry := map[string]any{
			"ExecutionArn": x.ARN, "Name": x.Name, "RedriveCount": 0, "StartDate": interpreter.Timestamp(x.Started), "StateMachineArn": x.StateMachineARN, "Status": x.State(),
		}
		if x.Status != "" {
			entry["StopDate"] = interpreter.Timestamp(x.Started.Add(x.Duration))
		}
		listed = append(listed, entry)
	}
	answer := map[string]any{"Executions": listed}
	if end < len(executions) {
		answer["NextToken"] = fmt.Sprintf("from-%d", end)
	}
	return answer, nil
}
