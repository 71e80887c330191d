package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"datalake/internal/mockaws"

	"github.com/stretchr/testify/require"
)

// Every block of docs/operations.md says on its first line whether a test runs it.
func TestEveryBlockOfThePageOfOperationsSaysWhetherItIsRun(t *testing.T) {
	blocks := regexp.MustCompile("(?ms)^ *```([a-z]*)\n(.*?)^ *```$").FindAllStringSubmatch(docsPage(t, "operations.md"), -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		switch first, _, _ := strings.Cut(strings.TrimSpace(block[2]), "\n"); block[1] {
		case "sh":
			require.Equal(t, "# run by the test", first, block[2])
		case "":
			require.Equal(t, "# not tried", first, block[2])
		default:
			require.Contains(t, []string{"text", "yaml", "json"}, block[1], block[2])
		}
	}
}

// What the two pages name exists: make's targets, settings, the commands of this program and Pulumi's.
func TestWhatThePagesOfOperationsNameExists(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(projectDirectory, "Makefile"))
	require.NoError(t, err)
	stack, err := mockaws.LoadStack(projectDirectory, "prod")
	require.NoError(t, err)
	text := docsPage(t, "operations.md") + docsPage(t, "scale.md") + strings.Join(commandsOf(t, "operations.md"), "\n")
	named := func(form string, least int) (names []string) {
		for _, found := range regexp.MustCompile(form).FindAllStringSubmatch(text, -1) {
			names = append(names, found[1])
		}
		require.GreaterOrEqual(t, len(names), least, form)
		return names
	}
	for _, target := range named("(?m)(?:^ *|`)make ([a-z-]+)", 4) {
		require.Contains(t, string(makefile), "\n"+target+": ", "make has no target %s", target)
	}
	for _, setting := range named(`datalake:([a-zA-Z]+)`, 4) {
		require.Contains(t, stack.Config, "datalake:"+setting)
	}
	pulumi := []string{"config set", "destroy", "preview", "refresh", "stack change-secrets-provider", "stack init", "stack output", "up"}
	for _, command := range named("(?m)(?:^ *|`)pulumi ((?:config |stack )?[a-z-]+)", 8) {
		require.Contains(t, pulumi, command)
	}
}

// The commands of AWS's CLI that the page has and no test runs are judged by the CLI itself: there is such a command, and it
// knows the options and gets those that it requires.
func TestTheCommandsOfThePageOfOperationsThatAreNotRun(t *testing.T) {
	python, err := filepath.Abs(filepath.Join("clients", ".venv", "bin", "python"))
	require.NoError(t, err)
	require.FileExists(t, python, "AWS's clients are installed by make test, or by local/setup.sh all clients")
	var given [][]string
	for _, line := range commandsOf(t, "operations.md") {
		for _, found := range regexp.MustCompile(`\baws ([a-z0-9-]+) ([a-z0-9-]+)([^|]*)`).FindAllStringSubmatch(line, -1) {
			given = append(given, append([]string{found[1], found[2]}, regexp.MustCompile(`--[a-z0-9-]+`).FindAllString(found[3], -1)...))
		}
	}
	require.Greater(t, len(given), 15)
	text, err := json.Marshal(given)
	require.NoError(t, err)
	command := exec.Command(python, "-c", `
import json, sys
from awscli.clidriver import create_clidriver

driver = create_clidriver()
services = driver.create_help_command()
for service, operation, *options in json.loads(sys.argv[1]):
    line = " ".join([service, operation, *options])
    operations = services.command_table[service].create_help_command().command_table
    assert operation in operations, f"there is no command {line}"
    arguments = operations[operation].create_help_command().arg_table
    known = {f"--{name}" for name in [*arguments, *services.arg_table]}
    assert known.issuperset(options), f"{line}: there is no option {set(options) - known}"
    lacking = {f"--{name}" for name, argument in arguments.items() if argument.required and not argument.positional_arg} - set(options)
    assert not lacking, f"{line}: {lacking} are missing"
`, string(text))
	command.Env = []string{"HOME=" + t.TempDir()} // no person's AWS configuration
	said, err := command.CombinedOutput()
	require.NoError(t, err, string(said))
}

// commandsOf are the lines of a page's blocks that are not tried, without their quoted values.
func commandsOf(t *testing.T, name string) (commands []string) {
	t.Helper()
	for _, block := range regexp.MustCompile("(?ms)^ *```\n *# not tried\n(.*?)^ *```$").FindAllStringSubmatch(docsPage(t, name), -1) {
		for line := range strings.Lines(block[1]) {
			commands = append(commands, regexp.MustCompile(`'[^']*'|"[^"]*"`).ReplaceAllString(strings.TrimSpace(line), "X"))
		}
	}
	require.NotEmpty(t, commands)
	return commands
}
