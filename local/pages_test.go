package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"datalake/local/serve"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What docs/clients.md says of the clients that start at once, over the sample of 2021: each program prints what the page shows.
// The night reads the rest of the page too.
func TestThePageOfTheClients(t *testing.T) {
	introduction, sections := pageOfTheClients(t)
	r, exported := openReader(t, func() {
		require.Equal(t, "SUCCEEDED", executed(t, "--stack", "dev", "--machine", "create-dataset", "--input", file(t, `{"years": [2021]}`)).Status)
	})
	require.NoError(t, r.read("clients.md", introduction, exported))
	for _, client := range []string{"AWS CLI", "boto3"} {
		i := slices.IndexFunc(sections, func(section string) bool { return strings.HasPrefix(section, client+"\n") })
		require.GreaterOrEqual(t, i, 0, client)
		require.NoError(t, r.read("clients.md", sections[i], ""))
	}
}

// pageOfTheClients is docs/clients.md, its sections with their headings.
func pageOfTheClients(t *testing.T) (introduction string, sections []string) {
	t.Helper()
	introduction, rest, _ := strings.Cut(docsPage(t, "clients.md"), "\n## ")
	return introduction, strings.Split(rest, "\n## ")
}

// openReader serves a lake in a home of its own, where results and alerts are kept in queues. The exports are what a client needs.
func openReader(t *testing.T, lake func()) (r reader, exported string) {
	t.Helper()
	programs, err := filepath.Abs(filepath.Join("clients", ".venv", "bin"))
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(programs, "..", "installed"), "AWS's clients are installed by make test, or by local/setup.sh all clients")
	module, err := os.Getwd()
	require.NoError(t, err)
	home(t)
	keepMessages(t)
	lake()
	exported = served(t)
	r = reader{module: module, directory: t.TempDir(), programs: programs, environment: []string{
		"PATH=" + programs + string(os.PathListSeparator) + os.Getenv("PATH"),
		"HOME=" + t.TempDir(), // no person's AWS configuration
		"LC_ALL=C.UTF-8", "TZ=UTC",
		"DBT_SEND_ANONYMOUS_USAGE_STATS=false", "DBT_USE_COLORS=false",
	}}
	for line := range strings.Lines(exported) {
		r.environment = append(r.environment, strings.Fields(line)[1:]...)
	}
	return r, exported
}

// docsPage is a page of docs/.
func docsPage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(projectDirectory, "docs", name))
	require.NoError(t, err)
	return string(text)
}

// keepMessages has the home's own stack file keep results and alerts in queues.
func keepMessages(t *testing.T) {
	t.Helper()
	file := filepath.Join(projectDirectory, "Pulumi.dev.yaml")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	settings := string(text)
	for _, queue := range []string{"datalake:resultQueue: ", "datalake:alertQueue: "} {
		require.Contains(t, settings, queue+"false")
		settings = strings.Replace(settings, queue+"false", queue+"true", 1)
	}
	require.NoError(t, os.Remove(file)) // a link to everybody's
	require.NoError(t, os.WriteFile(file, []byte(settings), 0o600))
}

// served answers clients on what the last run left until the test ends, and gives what they need to find it.
func served(t *testing.T) (exported string) {
	t.Helper()
	e, closeLake, err := openLake("dev", false, nil)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	endpoint := "http://" + listener.Addr().String()
	var lock sync.Mutex
	var calls []string
	server := serve.New(e, endpoint, func(line string) {
		lock.Lock()
		defer lock.Unlock()
		calls = append(calls, line)
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		assert.NoError(t, <-ended)
		assert.NoError(t, e.Close())
		assert.NoError(t, closeLake())
		if lock.Lock(); t.Failed() {
			t.Log(strings.Join(calls, "\n"))
		}
		lock.Unlock()
	})
	return exports(e, endpoint)
}

// reader does what a page says.
type reader struct {
	module, directory, programs string
	environment                 []string
}

var block = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

// read writes the files of a page's section, runs its programs, and compares what they print with what the section shows, first
// what was shown before.
func (r reader) read(page, section, shown string) error {
	for _, block := range block.FindAllStringSubmatch(section, -1) {
		var program *exec.Cmd
		switch text := block[2]; block[1] {
		case "text":
			if !transcript(text).MatchString(trimmed(shown)) {
				return fmt.Errorf("docs/%s shows\n\n%s\nand printed was\n\n%s", page, text, shown)
			}
			shown = ""
			continue
		case "yaml":
			name, _, _ := strings.Cut(strings.TrimPrefix(text, "# "), "\n")
			if err := os.WriteFile(filepath.Join(r.directory, name), []byte(text), 0o600); err != nil {
				return err
			}
			continue
		case "json":
			continue // what the job's own tests read
		case "sh":
			program = exec.Command("bash", "-euo", "pipefail", "-c", text)
		case "python":
			program = exec.Command(filepath.Join(r.programs, "python"), "-c", text)
		case "go":
			source, binary := filepath.Join(r.directory, "main.go"), filepath.Join(r.directory, "main")
			if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
				return err
			}
			build := exec.Command("go", "build", "-o", binary, source)
			build.Dir = r.module // which requires the SDK
			if said, err := build.CombinedOutput(); err != nil {
				return fmt.Errorf("docs/%s: %w of\n\n%s\n%s", page, err, text, said)
			}
			program = exec.Command(binary)
		default:
			return fmt.Errorf("docs/%s has a block of %s", page, block[1])
		}
		program.Dir, program.Env = r.directory, r.environment
		var errs strings.Builder
		program.Stderr = &errs
		printed, err := program.Output()
		if err != nil {
			return fmt.Errorf("docs/%s: %w of\n\n%s\nafter\n\n%s%s", page, err, block[2], printed, &errs)
		}
		shown = string(printed)
	}
	if shown != "" {
		return fmt.Errorf("docs/%s does not show that printed was\n\n%s", page, shown)
	}
	return nil
}

// transcript matches what a page shows, in which … is anything within a line.
func transcript(text string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(trimmed(text)), "…", ".*") + "$")
}

// trimmed is a text without the blanks that end its lines.
func trimmed(text string) string {
	var lines strings.Builder
	for line := range strings.Lines(text) {
		lines.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return lines.String()
}
