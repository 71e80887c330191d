package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Where nothing is installed, setup names all that a pipeline needs, and nothing that it doesn't.
func TestSetupNamesWhatIsMissing(t *testing.T) {
	bash, err := exec.LookPath("bash")
	require.NoError(t, err)
	tools := t.TempDir()
	for _, tool := range []string{"dirname", "grep", "sed"} {
		found, err := exec.LookPath(tool)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(found, filepath.Join(tools, tool)))
	}
	always := []string{"Go 1.26", "Node.js 20", "npm"}
	trino := []string{"a JDK 17", "Maven 3.8"}
	spark := []string{"Python 3.11 with venv, for Spark"}
	clients := []string{"Python 3.11 with venv, for AWS's clients"}
	linter := []string{"Python 3.11 with venv, for cfn-lint"}
	browser := []string{"Chromium, for the tests of the page"}
	both := []string{"Python 3.11 with venv, for Spark, AWS's clients"}
	for arguments, c := range map[string]struct{ needed, others []string }{
		"none":         {always, slices.Concat(trino, spark, clients, browser)},
		"usage":        {slices.Concat(always, trino), slices.Concat(spark, clients)},
		"orders":       {slices.Concat(always, trino), slices.Concat(spark, clients)},
		"weather":      {slices.Concat(always, trino, spark), both},
		"all":          {slices.Concat(always, trino, spark), both},
		"none clients": {slices.Concat(always, clients), slices.Concat(trino, spark)},
		"all clients":  {slices.Concat(always, trino, both), nil},

		"none cfn-lint":        {slices.Concat(always, linter), slices.Concat(trino, spark, clients)},
		"none browser":         {slices.Concat(always, browser), slices.Concat(trino, spark, clients, linter)},
		"all clients cfn-lint": {slices.Concat(always, trino, []string{both[0] + ", cfn-lint"}), nil},
	} {
		t.Run(arguments, func(t *testing.T) {
			setup := exec.Command(bash, append([]string{"setup.sh"}, strings.Fields(arguments)...)...)
			setup.Env = []string{"PATH=" + tools}
			said, err := setup.CombinedOutput()
			require.Error(t, err)
			for _, tool := range c.needed {
				require.Contains(t, string(said), "\n  "+tool)
			}
			for _, tool := range c.others {
				require.NotContains(t, string(said), "\n  "+tool)
			}
		})
	}
}

// AWS's clients are installed once, and again when others are required; only where they are asked for.
func TestSetupInstallsTheClientsOnce(t *testing.T) {
	home := t.TempDir()
	text, err := os.ReadFile("setup.sh")
	require.NoError(t, err)
	write(t, filepath.Join(home, "local", "setup.sh"), string(text))
	write(t, filepath.Join(home, "local", "package-lock.json"), "{}")
	write(t, filepath.Join(home, "local", "node_modules", ".package-lock.json"), "{}")
	requirements := filepath.Join(home, "local", "clients", "requirements.txt")
	write(t, requirements, "boto3\n")
	longAgo := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	require.NoError(t, os.Chtimes(requirements, longAgo, longAgo))

	// A Python that makes environments whose pip says what it is told.
	tools := filepath.Join(home, "tools")
	require.NoError(t, os.Mkdir(tools, 0o755))
	for name, script := range map[string]string{
		"go": "exit 1", "node": "exit 1", "npm": "exit 1",
		"python3.11": `test "$1 $2" = "-m venv" && mkdir -p "$3/bin" && printf '#!/bin/sh\necho pip "$@"\n' >"$3/bin/pip" && chmod +x "$3/bin/pip"`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(tools, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	}
	setup := func(arguments ...string) string {
		setup := exec.Command("bash", append([]string{filepath.Join(home, "local", "setup.sh")}, arguments...)...)
		setup.Env = []string{"PATH=" + tools + string(os.PathListSeparator) + os.Getenv("PATH")}
		said, err := setup.CombinedOutput()
		require.NoError(t, err, string(said))
		return string(said)
	}

	require.Empty(t, setup("none"))
	require.NoDirExists(t, filepath.Join(home, "local", "clients", ".venv"))
	said := setup("none", "clients")
	require.Contains(t, said, "setup: installing AWS's clients")
	require.Contains(t, said, "--requirement clients/requirements.txt")
	require.Empty(t, setup("none", "clients"))
	later := time.Now().Add(time.Hour)
	require.NoError(t, os.Chtimes(requirements, later, later))
	require.Contains(t, setup("none", "clients"), "setup: installing AWS's clients")
	require.NoDirExists(t, filepath.Join(home, "etl"))
}

// Only what runs the tests installs the clients and asks for a browser, and only that and lint the linter of the template.
func TestOnlyTheTestsNeedTheClients(t *testing.T) {
	for target, arguments := range map[string]string{
		"test": "'all' clients cfn-lint browser", "setup": "'all'", "local": "'all'", "serve": "'usage'", "lint": "'all' cfn-lint",
	} {
		would := exec.Command("make", "-C", projectDirectory, "-n", target)
		would.Env = []string{"PATH=" + os.Getenv("PATH")} // without the settings of a make that runs this
		said, err := would.Output()
		require.NoError(t, err)
		require.Regexp(t, `(?m)^\./local/setup\.sh `+arguments+` ?$`, string(said), target)
	}
}
