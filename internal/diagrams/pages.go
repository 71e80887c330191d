package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"datalake/internal/graph"
	"datalake/internal/mockaws"
	"datalake/stack"
)

// What is drawn stands between these, in each page.
const (
	begin = "<!-- made by go generate ./... -->\n"
	end   = "<!-- end -->\n"
)

// pages are the pages that hold diagrams, as they should be, by their paths in the project.
func pages() (map[string]string, error) {
	dev, err := load("dev")
	if err != nil {
		return nil, err
	}
	prod, err := load("prod")
	if err != nil {
		return nil, err
	}
	machines, err := machines(dev)
	if err != nil {
		return nil, err
	}
	drawn := map[string]string{}
	for page, diagrams := range map[string]string{
		"README.md":              block(overview(dev).mermaid("TB")),
		"docs/pipelines.md":      pipelines(prod),
		"docs/state-machines.md": machines,
	} {
		text, err := os.ReadFile(filepath.Join(project, page))
		if err != nil {
			return nil, fmt.Errorf("read the page: %w", err)
		}
		head, rest, begins := strings.Cut(string(text), begin)
		_, tail, ends := strings.Cut(rest, end)
		if !begins || !ends {
			return nil, fmt.Errorf("%s has no place for its diagrams: give it the lines %q and %q", page, begin, end)
		}
		drawn[page] = head + begin + diagrams + end + tail
	}
	return drawn, nil
}

// drawnStack is a stack that is drawn.
type drawnStack struct {
	evaluation *mockaws.Evaluation
	graph      graph.Graph
}

func load(name string) (drawnStack, error) {
	loaded, err := mockaws.LoadStack(project, name)
	if err != nil {
		return drawnStack{}, err
	}
	return evaluate(loaded)
}

func evaluate(loaded *mockaws.Stack) (drawnStack, error) {
	evaluation, err := mockaws.Evaluate(stack.Deploy, loaded, false)
	if err != nil {
		return drawnStack{}, fmt.Errorf("evaluate stack %s: %w", loaded.Name, err)
	}
	drawn, err := graph.Of(evaluation)
	if err != nil {
		return drawnStack{}, fmt.Errorf("the graph of stack %s: %w", loaded.Name, err)
	}
	return drawnStack{evaluation, drawn}, nil
}

// pipelines draws each pipeline of a stack under a heading.
func pipelines(s drawnStack) string {
	var text strings.Builder
	members := membersOf(s)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		fmt.Fprintf(&text, "## %s\n\n%s\n", name, block(picture(s.graph, members[name]).mermaid("TB")))
	}
	return text.String()
}

func block(diagram string) string { return "```mermaid\n" + diagram + "```\n" }
