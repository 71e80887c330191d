package main

import (
	"testing"

	"datalake/local/engine"

	"github.com/stretchr/testify/require"
)

func TestAnErrorOrItsCauseMayBeMissing(t *testing.T) {
	for want, each := range map[string][2]*string{
		"Lost: it is gone": {new("Lost"), new("it is gone")}, "Lost": {new("Lost"), nil}, "it is gone": {nil, new("it is gone")}, "": {nil, nil},
	} {
		require.Equal(t, want, errorText(each[0], each[1]))
	}
}

func TestWhereAFailureBegan(t *testing.T) {
	visit := func(state, kind, output string, failed bool) engine.VisitReport {
		v := engine.VisitReport{State: state, Type: kind, Output: output}
		if failed {
			v.Error = new("Lost")
		}
		return v
	}
	for name, each := range map[string]struct {
		visits []engine.VisitReport
		began  []string
	}{
		"nothing failed":        {[]engine.VisitReport{visit("A", "Task", "1", false)}, nil},
		"uncaught":              {[]engine.VisitReport{visit("A", "Task", "1", true), visit("B", "Task", "", true)}, []string{"B"}},
		"caught, then told":     {[]engine.VisitReport{visit("A", "Task", "1", true), visit("B", "Task", "2", false), visit("Fail", "Fail", "", true)}, []string{"A"}},
		"inside a Map":          {[]engine.VisitReport{visit("Each", "Map", "", true), visit("Leaf", "Task", "", true)}, []string{"Leaf"}},
		"several, latest first": {[]engine.VisitReport{visit("A", "Task", "1", true), visit("B", "Task", "1", true), visit("Fail", "Fail", "", true)}, []string{"B", "A"}},
	} {
		var began []string
		for _, v := range beginnings(each.visits) {
			began = append(began, v.State)
		}
		require.Equal(t, each.began, began, name)
	}
}
