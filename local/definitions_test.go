package main

import (
	"testing"
	"time"

	"datalake/local/interpreter"
	"datalake/local/jsonata"

	"github.com/stretchr/testify/require"
)

// What AWS would refuse is refused by `execute --definition`: nothing that a stack deploys may be.
func TestEveryDefinitionOfTheStacksIsTaken(t *testing.T) {
	evaluator, err := jsonata.New(jsonataFile, time.Now)
	require.NoError(t, err)
	for _, stack := range []string{"dev", "prod"} {
		evaluation, err := evaluate(stack, nil)
		require.NoError(t, err)
		machines := evaluation.Find("aws:sfn/stateMachine:StateMachine")
		require.NotEmpty(t, machines)
		for _, machine := range machines {
			_, err := interpreter.Load([]byte(machine.Inputs["definition"].(string)), evaluator)
			require.NoError(t, err, "%s of %s", machine.Name, stack)
		}
	}
}
