package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/engine"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/spf13/cobra"
)

// invocation is one call of the program.
type invocation struct {
	arguments []string
	// project is the directory of the checkout, empty for the one that the caller is in.
	project path
	// json has results printed as JSON, quiet leaves out what is said on the way.
	json, quiet bool
	// code is the exit code of a command that came to its end.
	code int
}

// refusal is an error of the caller's, for which nothing was touched: the exit code is 2.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// run carries out a command and returns its exit code.
func run(arguments []string, stdout, stderr io.Writer) int {
	in := &invocation{arguments: arguments}
	root := newRoot(in)
	root.SetArgs(append([]string{}, arguments...)) // nil would be the process's own
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	if err == nil {
		return in.code
	}
	fmt.Fprintln(stderr, "local:", err)
	if refused := (refusal{}); errors.As(err, &refused) {
		return 2
	}
	return 1
}

func newRoot(in *invocation) *cobra.Command {
	root := &cobra.Command{
		Use:   "local",
		Short: "Run a stack's pipelines on this machine: no AWS account, real engines, virtual time",
		Long: `Run a stack's pipelines on this machine: no AWS account, real engines, virtual time.

It is called from anywhere inside a checkout, or with --project. What it makes lies
in local/out/STACK, where one run works at a time.

Exit codes:
  0  done
  1  an execution did not succeed, a call was denied or had a fault that AWS would
     refuse, a check differs, or an engine failed
  2  bad usage, or a configuration or definition that AWS would refuse: nothing was
     touched`,
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, words []string) error {
			if len(words) == 0 {
				return refusal{fmt.Errorf("no command is given\n\n%s", cmd.UsageString())}
			}
			text := fmt.Sprintf("there is no command %q", words[0])
			if near := cmd.SuggestionsFor(words[0]); len(near) > 0 {
				text += ": " + strings.Join(near, " or ") + " perhaps"
			}
			return refusal{fmt.Errorf("%s\n\n%s", text, cmd.UsageString())}
		},
		Args: cobra.ArbitraryArgs,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return refusal{err} })
	all := root.PersistentFlags()
	all.Var(&in.project, "project", "`directory` of the checkout (default: the one around the current directory)")
	all.BoolVar(&in.json, "json", false, "print the result as JSON, and nothing else on standard output")
	all.BoolVar(&in.quiet, "quiet", false, "say nothing on the way")
	root.AddCommand(newRun(in), newExecute(in), newQuery(in), newSchedule(in), newShow(in), newTrino(in), newServe(in), newVerify(in))
	return root
}

// does makes a command's function of one that gives an exit code and needs the checkout.
func (in *invocation) does(run func(cmd *cobra.Command, words []string) (int, error)) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, words []string) (err error) {
		if err := in.enter(); err != nil {
			return refusal{err}
		}
		in.code, err = run(cmd, words)
		return err
	}
}

// enter goes to local/ of the checkout, where every path of the program's own begins.
func (in *invocation) enter() error {
	root := in.project.absolute
	if root == "" {
		file, err := workspace.DetectProjectPath()
		if err != nil {
			return errors.New("the current directory is in no checkout of the project: go into one, or give its directory with --project")
		}
		root = filepath.Dir(file)
	}
	directory := filepath.Join(root, "local")
	if _, err := os.Stat(filepath.Join(directory, judgeFile)); err != nil {
		return fmt.Errorf("%s is no checkout of the project: %w", root, err)
	}
	return os.Chdir(directory)
}

// noWords refuses words that are no flags.
func noWords(_ *cobra.Command, words []string) error {
	if len(words) > 0 {
		return refusal{fmt.Errorf("%q is not an option", words[0])}
	}
	return nil
}

// says is how it is said what is being done. Results as JSON have the standard output for themselves.
func (in *invocation) says(stdout, stderr io.Writer) func(format string, arguments ...any) {
	switch {
	case in.quiet:
		return func(string, ...any) {}
	case in.json:
		stdout = stderr
	}
	return func(format string, arguments ...any) { fmt.Fprintf(stdout, format+"\n", arguments...) }
}

// watch is how it is said and shown what is being done, in a terminal or in lines, and stop ends that. The stack's last report,
// if there is one, tells how much there is to do.
func (in *invocation) watch(stack string, stdout, stderr io.Writer) (say func(format string, arguments ...any), watcher engine.Watcher, stop func()) {
	if in.quiet || in.json || !isTerminal(stdout) {
		return in.says(stdout, stderr), nil, func() {}
	}
	expected := map[string]int64{}
	if last, err := readReport(stack); err == nil {
		for _, x := range last.Executions {
			expected[x.StateMachine] = int64(x.Tasks)
		}
	}
	shown := newTerminal(stdout, expected)
	return shown.say, shown, shown.stop
}

// writeResult prints what a command gives, as JSON.
func writeResult(to io.Writer, result any) error {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(result); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}

// path is the value of a flag that names a file or a directory, from where the caller is.
type path struct{ given, absolute string }

func (p *path) String() string { return p.given }
func (p *path) Type() string   { return "path" }

func (p *path) Set(given string) (err error) {
	if given == "" { // as if it were not given
		*p = path{}
		return nil
	}
	p.given = given
	p.absolute, err = filepath.Abs(given)
	return err
}

// instant is the value of --now.
type instant struct{ time.Time }

func (i *instant) String() string { return "" }
func (i *instant) Type() string   { return "instant" }

func (i *instant) Set(given string) (err error) {
	if i.Time, err = time.Parse(time.RFC3339, given); err != nil {
		return fmt.Errorf("give an instant such as 2026-01-05T00:00:00Z: %w", err)
	}
	return nil
}

// stackFlag adds --stack, whose values a shell completes.
func (in *invocation) stackFlag(cmd *cobra.Command, stack *string, usual string) {
	cmd.Flags().StringVar(stack, "stack", usual, "`name` of the stack")
	in.complete(cmd, "stack", func() []string { return mockaws.StackNames(projectDirectory) })
}

// complete has a shell complete the values of a flag, which is nothing where they cannot be known.
func (in *invocation) complete(cmd *cobra.Command, flag string, values func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		if in.enter() != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return values(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(fmt.Sprintf("--%s of %s: %v", flag, cmd.Name(), err)) // the flag was not added, or twice
	}
}

// exportNames are the names in one of a stack's outputs, none where the stack cannot be evaluated.
func exportNames(stack, output string) (names []string) {
	evaluation, err := evaluate(stack, nil)
	if err != nil {
		return nil
	}
	named, _ := evaluation.Exports[output].(map[string]any)
	for name := range named {
		names = append(names, name)
	}
	return names
}
