// Package terminal keeps the Pulumi SDK from asking the terminal for its colours while the program starts.
//
// The SDK imports github.com/charmbracelet/bubbletea, whose initialization writes two escape sequences to the terminal
// and waits up to five seconds for the answer, whether or not anything is ever drawn. It asks through lipgloss, which
// does not ask when it was told before.
//
// This package imports lipgloss alone and is initialized before bubbletea: of the packages whose imports are ready, the
// one with the least import path is next (https://go.dev/ref/spec#Program_initialization), and datalake/... is less than
// github.com/....
package terminal

import "github.com/charmbracelet/lipgloss"

func init() {
	lipgloss.SetHasDarkBackground(true) // nothing here is drawn in colours
}
