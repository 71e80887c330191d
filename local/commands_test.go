package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"datalake/internal/mockaws"

	"github.com/stretchr/testify/require"
	"mvdan.cc/sh/v3/syntax"
)

// document is a page of the project as people read it on the forge.
type document struct {
	name, text string
	blocks     []codeBlock
}

type codeBlock struct{ language, text string }

var (
	anyBlock = regexp.MustCompile("(?ms)^ *```([a-z]*)\n(.*?)^ *```$")
	inline   = regexp.MustCompile("`([^`]+)`(?:\\s+in\\s+`([^`]+)`)?")
)

// allPages are those that people read.
func allPages(t *testing.T) (pages []document) {
	t.Helper()
	for _, pattern := range []string{"*.md", "docs/*.md", "etl/*.md"} {
		files, err := filepath.Glob(filepath.Join(projectDirectory, pattern))
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			name, err := filepath.Rel(projectDirectory, file)
			require.NoError(t, err)
			p := document{name: name, text: string(text)}
			for _, found := range anyBlock.FindAllStringSubmatch(p.text, -1) {
				p.blocks = append(p.blocks, codeBlock{language: found[1], text: found[2]})
			}
			pages = append(pages, p)
		}
	}
	require.Greater(t, len(pages), 10)
	return pages
}

// A block marked sh is run by a test; a block without a mark holds commands too, and is judged by TestEveryCommandOfThePages.
func TestEveryBlockOfAPageIsRunOrJudged(t *testing.T) {
	// The tests that run what is marked sh: in a section, or where none is named in the whole page.
	runs := map[string]struct{ test, section string }{
		"README.md":          {"TestTheTenStepsOfTheREADME", "A dataset of your own, in ten steps"},
		"docs/clients.md":    {"TestThePagesOfTheEndpoint", ""},
		"docs/operations.md": {"TestThePagesOfTheEndpoint", ""},
	}
	for _, page := range allPages(t) {
		run, there := runs[page.name], 0
		for _, block := range page.blocks {
			switch block.language {
			case "", "text", "json", "yaml", "sql", "python", "go", "mermaid":
			case "sh":
				require.NotEmpty(t, run.test, "no test runs this block of %s, which is marked sh:\n%s", page.name, block.text)
				there++
			default:
				t.Errorf("%s has a block of %q", page.name, block.language)
			}
		}
		if run.section != "" {
			require.Len(t, regexp.MustCompile("(?m)^ *```sh$").FindAllString(section(t, page.name, run.section), -1), there,
				"%s runs what is marked sh in %q alone", run.test, run.section)
		}
		if run.test != "" {
			require.True(t, hasTest(t, run.test), "there is no test %s, which runs the blocks of %s", run.test, page.name)
		}
	}
}

func hasTest(t *testing.T, name string) bool {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.Contains(string(text), "\nfunc "+name+"(t *testing.T) {") {
			return true
		}
	}
	return false
}

// given is a command of a page.
type given struct {
	page, line string
	words      []string
	// directory is where it is run, from the project's; mentioned is true of one in running text, which may be cut short.
	directory string
	mentioned bool
}

// commandsOfPages are the commands in blocks without a mark and in running text.
func commandsOfPages(t *testing.T) (commands []given) {
	t.Helper()
	for _, page := range allPages(t) {
		home := filepath.Dir(page.name)
		if home == "docs" {
			home = "."
		}
		for _, block := range page.blocks {
			if block.language == "" {
				commands = append(commands, parsed(t, given{page: page.name, line: block.text, directory: home})...)
			}
		}
		for _, found := range inline.FindAllStringSubmatch(anyBlock.ReplaceAllString(page.text, ""), -1) {
			if regexp.MustCompile(`^(make|pulumi|aws|mvn|go (run|test|generate|vet))\s`).MatchString(found[1]) {
				text := strings.Join(strings.Fields(found[1]), " ")
				commands = append(commands, parsed(t, given{page: page.name, line: text, directory: filepath.Join(home, found[2]), mentioned: true})...)
			}
		}
	}
	return commands
}

var stands = regexp.MustCompile(`<\w+>`) // for what a person puts there

// parsed are the commands in a text, as the shell takes it. Those that follow a cd are run there.
func parsed(t *testing.T, text given) (commands []given) {
	t.Helper()
	file, err := syntax.NewParser().Parse(strings.NewReader(stands.ReplaceAllString(text.line, "X")), text.page)
	require.NoError(t, err, text.line)
	syntax.Walk(file, func(node syntax.Node) bool {
		call, is := node.(*syntax.CallExpr)
		if !is || len(call.Args) == 0 {
			return true
		}
		command := text
		command.words = nil
		for _, word := range call.Args {
			command.words = append(command.words, literal(word))
		}
		command.line = strings.Join(command.words, " ")
		if command.words[0] == "cd" {
			require.Len(t, command.words, 2, command.line)
			text.directory = filepath.Join(text.directory, command.words[1])
			require.DirExists(t, filepath.Join(projectDirectory, text.directory), "%s: %s", text.page, command.line)
			return true
		}
		commands = append(commands, command)
		return true
	})
	return commands
}

// literal is a word without its quotes, in which X stands for what only the shell knows.
func literal(word *syntax.Word) string {
	var text strings.Builder
	var add func(parts []syntax.WordPart)
	add = func(parts []syntax.WordPart) {
		for _, part := range parts {
			switch part := part.(type) {
			case *syntax.Lit:
				text.WriteString(strings.ReplaceAll(part.Value, "\\\n", ""))
			case *syntax.SglQuoted:
				text.WriteString(part.Value)
			case *syntax.DblQuoted:
				add(part.Parts)
			default:
				text.WriteString("X")
			}
		}
	}
	add(word.Parts)
	return text.String()
}

// A path in running text that begins with a folder of the project leads somewhere.
func TestThePathsOfThePagesExist(t *testing.T) {
	path := regexp.MustCompile(`^(\.devcontainer|\.github|asl|bootstrap|components|docs|etl|internal|local|stack)(/[\w.-]+)*/?$`)
	checked := 0
	for _, page := range allPages(t) {
		for _, found := range inline.FindAllStringSubmatch(anyBlock.ReplaceAllString(page.text, ""), -1) {
			if path.MatchString(found[1]) && !strings.HasPrefix(found[1], "local/out/") {
				checked++
				_, err := os.Stat(filepath.Join(projectDirectory, found[1]))
				require.NoError(t, err, "%s names %s", page.name, found[1])
			}
		}
	}
	require.Greater(t, checked, 20)
}

func TestTheSettingsOfThePagesExist(t *testing.T) {
	stack, err := mockaws.LoadStack(projectDirectory, "prod")
	require.NoError(t, err)
	checked := 0
	for _, page := range allPages(t) {
		for _, setting := range regexp.MustCompile(`\bdatalake:[a-z]\w*`).FindAllString(page.text, -1) {
			checked++
			require.Contains(t, stack.Config, setting, page.name)
		}
	}
	require.Greater(t, checked, 4)
}
