package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"datalake/internal/mockaws"

	"github.com/stretchr/testify/require"
)

// Each command that a page shows and no test runs is one that there is: make's target, this program's options, Go's packages
// and tests, the job's script. AWS's are judged below. What stands in the lists here was not tried.
func TestEveryCommandOfThePages(t *testing.T) {
	judges := map[string]func(given) error{
		"make": judgeMake, "go": judgeGo, "pulumi": judgePulumi, ".venv/bin/python": judgeScript, "python3.11": judgeScript,
		"mvn": judgeMaven, ".venv/bin/pip": judgeFiles,
		// AWS's CLI is judged by itself below; the others are everybody's.
		"aws": taken, ".venv/bin/ruff": taken, "base64": taken, "echo": taken, "export": taken, "jq": taken, "mkdir": taken,
	}
	commands := commandsOfPages(t)
	require.Greater(t, len(commands), 80)
	for _, command := range commands {
		judge, known := judges[command.words[0]]
		require.True(t, known, "%s: nothing is known of %s: %s", command.page, command.words[0], command.line)
		require.NoError(t, judge(command), "%s: %s", command.page, command.line)
	}
}

func taken(given) error { return nil }

func judgeMake(command given) error {
	text, err := os.ReadFile(filepath.Join(projectDirectory, "Makefile"))
	if err != nil {
		return err
	}
	for _, word := range command.words[1:] {
		if variable, _, sets := strings.Cut(word, "="); sets {
			if !strings.Contains(string(text), "$("+variable+")") {
				return fmt.Errorf("the Makefile does not use %s", variable)
			}
		} else if !strings.Contains(string(text), "\n"+word+": ") {
			return fmt.Errorf("make has no target %s", word)
		}
	}
	return nil
}

func judgeGo(command given) error {
	switch command.words[1] {
	case "run":
		if command.words[2] != "." || command.directory != "local" {
			return errors.New("the program is run in local/, by go run .")
		}
		return judgeOwn(command.words[3:])
	case "test":
		return judgeGoTest(command)
	case "build", "generate":
		return nil
	default:
		return fmt.Errorf("go %s is not among what is known", command.words[1])
	}
}

// judgeOwn has the program take the arguments, and names that are there, without running it.
func judgeOwn(arguments []string) error {
	command, rest, err := newRoot(&invocation{}).Find(arguments)
	if err != nil {
		return err
	}
	if err := command.ParseFlags(rest); err != nil {
		return err
	}
	if err := errors.Join(command.ValidateArgs(command.Flags().Args()), command.ValidateRequiredFlags()); err != nil {
		return err
	}
	value := func(flag string) string {
		if found := command.Flags().Lookup(flag); found != nil && found.Changed {
			return found.Value.String()
		}
		return ""
	}
	if stack := value("stack"); stack != "" {
		if !slices.Contains(mockaws.StackNames(projectDirectory), stack) {
			return fmt.Errorf("there is no stack %s", stack)
		}
		for flag, output := range map[string]string{"machine": "machines", "pipeline": "pipelines"} {
			if name := value(flag); name != "" && !slices.Contains(exportNames(stack, output), name) {
				return fmt.Errorf("stack %s has no %s %s", stack, flag, name)
			}
		}
	}
	return nil
}

// judgeGoTest looks for the packages, for a test of the name and for flags of the packages' own.
func judgeGoTest(command given) error {
	var tests strings.Builder
	directories := 0
	for _, word := range command.words[2:] {
		if word != "." && !strings.HasPrefix(word, "./") {
			continue
		}
		directories++
		if word == "./..." {
			continue
		}
		files, err := filepath.Glob(filepath.Join(projectDirectory, command.directory, word, "*_test.go"))
		if err != nil || len(files) == 0 {
			return fmt.Errorf("%s has no tests", word)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			tests.Write(text)
		}
	}
	if directories == 0 {
		return errors.New("no package is named")
	}
	for i, word := range command.words {
		switch name := strings.TrimLeft(word, "-"); {
		case word == "-run" && !strings.Contains(tests.String(), "\nfunc "+command.words[i+1]+"("):
			return fmt.Errorf("there is no test %s", command.words[i+1])
		case word == "-run", word == "-tags", word == "-timeout", word == "-v", name == word:
		case !regexp.MustCompile(`\bflag\.\w+\(` + regexp.QuoteMeta(`"`+name+`"`)).MatchString(tests.String()):
			return fmt.Errorf("the tests have no flag %s", word)
		}
	}
	return nil
}

// judgePulumi knows Pulumi's commands by name: its CLI is not among what the tests have, and they change an account or a state.
func judgePulumi(command given) error {
	known := []string{
		"cancel", "config set", "config set-all", "destroy", "login", "new", "preview", "refresh", "stack change-secrets-provider",
		"stack init", "stack output", "up",
	}
	words := strings.Join(command.words[1:], " ") + " "
	if !slices.ContainsFunc(known, func(name string) bool { return strings.HasPrefix(words, name+" ") }) {
		return fmt.Errorf("pulumi's commands are %s", strings.Join(known, ", "))
	}
	return nil
}

// judgeScript looks for a script and its options in its text or that of the package beside it.
func judgeScript(command given) error {
	script := command.words[1]
	if script == "-m" {
		if !slices.Contains([]string{"pytest", "venv"}, command.words[2]) {
			return fmt.Errorf("module %s is not among what is known", command.words[2])
		}
		return nil
	}
	files, err := filepath.Glob(filepath.Join(projectDirectory, command.directory, "*", "*.py"))
	if err != nil {
		return err
	}
	var source strings.Builder
	for _, file := range append(files, filepath.Join(projectDirectory, command.directory, script)) {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		source.Write(text)
	}
	for _, word := range command.words[2:] {
		option, is := strings.CutPrefix(word, "--")
		if is && !strings.Contains(source.String(), `"--`+option+`"`) && !strings.Contains(source.String(), `"`+option+`"`) {
			return fmt.Errorf("%s has no option %s", script, word)
		}
	}
	return judgeFiles(command)
}

func judgeMaven(command given) error {
	if command.words[1] != "test" {
		return fmt.Errorf("%s is not among what is known", command.words[1])
	}
	_, err := os.Stat(filepath.Join(projectDirectory, command.directory, "pom.xml"))
	return err
}

// judgeFiles looks for the files that a command reads as those of the project.
func judgeFiles(command given) error {
	for i, word := range command.words {
		if i > 0 && command.words[i-1] == "-r" {
			if _, err := os.Stat(filepath.Join(projectDirectory, command.directory, word)); err != nil {
				return err
			}
		}
	}
	return nil
}

// The commands of AWS's CLI are judged by the CLI itself: there is such a command, and it knows the options and gets those that
// it requires, unless it is only mentioned.
func TestTheCommandsOfAWSsCLIThatThePagesHave(t *testing.T) {
	python, err := filepath.Abs(filepath.Join("clients", ".venv", "bin", "python"))
	require.NoError(t, err)
	require.FileExists(t, python, "AWS's clients are installed by make test, or by local/setup.sh all clients")
	type call struct {
		Words     []string
		Mentioned bool
	}
	var calls []call
	for _, command := range commandsOfPages(t) {
		if command.words[0] != "aws" {
			continue
		}
		words := slices.Clone(command.words[1:min(3, len(command.words))])
		for _, word := range command.words[1:] {
			if regexp.MustCompile(`^--[a-z0-9-]+$`).MatchString(word) {
				words = append(words, word)
			}
		}
		calls = append(calls, call{words, command.mentioned})
	}
	require.Greater(t, len(calls), 20)
	text, err := json.Marshal(calls)
	require.NoError(t, err)
	command := exec.Command(python, "-c", `
import json, sys
from awscli.clidriver import create_clidriver

services = create_clidriver().create_help_command()
for call in json.loads(sys.argv[1]):
    service, *rest = call["Words"]
    line = " ".join(call["Words"])
    operations = services.command_table[service].create_help_command().command_table
    if not rest:
        continue
    operation, *options = rest
    assert operation in operations, f"there is no command {line}"
    arguments = operations[operation].create_help_command().arg_table
    known = {f"--{name}" for name in [*arguments, *services.arg_table]}
    assert known.issuperset(options), f"{line}: there is no option {set(options) - known}"
    lacking = {f"--{name}" for name, argument in arguments.items() if argument.required and not argument.positional_arg} - set(options)
    assert call["Mentioned"] or not lacking, f"{line}: {lacking} are missing"
`, string(text))
	command.Env = []string{"HOME=" + t.TempDir()} // no person's AWS configuration
	said, err := command.CombinedOutput()
	require.NoError(t, err, string(said))
}
