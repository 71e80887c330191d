// Package fault holds the one error that the local engines share with Step Functions.
package fault

import "fmt"

// Error is a failure as a state machine sees it: what AWS would put into the `error` and `cause` of a failed task.
type Error struct {
	// Name is AWS's error name, such as Glue.CrawlerRunningException or States.Timeout.
	Name string
	// Cause is the text for a person; it may be empty.
	Cause string
}

// Errorf makes an Error with a formatted cause.
func Errorf(name, format string, args ...any) *Error {
	return &Error{Name: name, Cause: fmt.Sprintf(format, args...)}
}

func (e *Error) Error() string { return e.Name + ": " + e.Cause }
