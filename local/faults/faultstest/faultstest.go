// Package faultstest knows the way to states that machines come to only when something fails, for tests that have them fail too.
package faultstest

import "strings"

// Leading are faults, as a file has them, that lead to a state of a machine which is not on the way otherwise.
func Leading(machine, state string) (faults []any) {
	fail := func(state, error string) {
		faults = append(faults, map[string]any{"machine": machine, "state": state, "error": error, "cause": "on the way"})
	}
	query, rows, reads := strings.Cut(state, ": read ")
	switch {
	case state == "Note the error":
		fail("Read the metrics", "S3.NoSuchKeyException")
	case reads && rows != "1000 rows":
		fail(query+": read 1000 rows", "States.DataLimitExceeded")
		if rows == "10 rows" {
			fail(query+": read 100 rows", "States.DataLimitExceeded")
		}
	}
	return faults
}
