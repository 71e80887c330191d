// Command diagrams draws the pipelines and the state machines of the committed stacks into the README and the pages of
// docs/, from what the program registers. A test compares.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

//go:generate go run .

// project is where the pages are, from here.
const project = "../.."

func main() {
	drawn, err := pages()
	if err == nil {
		err = write(drawn)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "diagrams:", err)
		os.Exit(1)
	}
}

func write(drawn map[string]string) error {
	for page, text := range drawn {
		if err := os.WriteFile(filepath.Join(project, page), []byte(text), 0o644); err != nil {
			return fmt.Errorf("write the diagrams of %s: %w", page, err)
		}
	}
	return nil
}
