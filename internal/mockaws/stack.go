package mockaws

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/esc"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ErrNoStack says that the project has no such stack.
var ErrNoStack = errors.New("no such stack")

// Stack is a stack file's configuration, completed with Pulumi.yaml's defaults as the Pulumi CLI does it.
type Stack struct {
	// Project and Name are the project's and the stack's names.
	Project, Name string
	// Config holds each value by its key with the namespace, such as datalake:logDays: text as it stands, the rest as JSON.
	Config map[string]string
}

// LoadStack reads Pulumi.yaml and Pulumi.<name>.yaml in a directory. It refuses a stack that does not exist; what the
// values must be is the program's to say.
func LoadStack(directory, name string) (*Stack, error) {
	project, err := workspace.LoadProject(filepath.Join(directory, "Pulumi.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read the project: %w", err)
	}
	file := filepath.Join(directory, "Pulumi."+name+".yaml")
	if name != filepath.Base(name) {
		return nil, fmt.Errorf("stack %q: %w: the name is part of a file's name", name, ErrNoStack)
	}
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("stack %q: %w: there are %s", name, ErrNoStack, strings.Join(StackNames(directory), ", "))
	}
	sink := diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never})
	stack, err := workspace.LoadProjectStack(sink, project, file)
	if err != nil {
		return nil, fmt.Errorf("read the stack file %s: %w", filepath.Base(file), err)
	}
	if err := workspace.ApplyProjectConfig(context.Background(), name, project, esc.Value{}, stack.Config,
		config.NopEncrypter, config.NopDecrypter); err != nil {
		return nil, fmt.Errorf("complete the stack file %s: %w", filepath.Base(file), err)
	}
	values, err := stack.Config.Decrypt(config.NopDecrypter)
	if err != nil {
		return nil, fmt.Errorf("read the configuration of stack %q: %w", name, err)
	}
	loaded := &Stack{Project: string(project.Name), Name: name, Config: map[string]string{}}
	for key, value := range values {
		loaded.Config[key.String()] = value
	}
	return loaded, nil
}

// StackNames lists the stacks that a project directory has files for.
func StackNames(directory string) []string {
	files, _ := filepath.Glob(filepath.Join(directory, "Pulumi.*.yaml"))
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml"))
	}
	slices.Sort(names)
	return names
}

// AccountID is the account in which everything seems to be where the stack file allows none in particular.
const AccountID = "123456789012"

// account is the first account that the stack allows.
func (s *Stack) account() string {
	var allowed []string
	if json.Unmarshal([]byte(s.Config["aws:allowedAccountIds"]), &allowed) == nil && len(allowed) > 0 {
		return allowed[0]
	}
	return AccountID
}

// region is found where Pulumi's AWS provider looks for one, but for the profiles of a person's own AWS configuration:
// a local run is the same for everyone.
func (s *Stack) region() string {
	return cmp.Or(s.Config["aws:region"], os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
}

// checkRegion refuses what Pulumi's AWS provider refuses.
func (s *Stack) checkRegion() error {
	if s.region() == "" {
		return fmt.Errorf("aws:region is missing in Pulumi.%s.yaml: give the region to deploy to, such as eu-west-1, there or as AWS_REGION", s.Name)
	}
	return nil
}

// environment hands the configuration over as Pulumi's language host does, and returns what takes it back.
func (s *Stack) environment() (restore func(), err error) {
	before, was := os.LookupEnv(pulumi.EnvConfig)
	text, err := json.Marshal(s.Config)
	if err != nil {
		return nil, fmt.Errorf("hand over the configuration: %w", err)
	}
	if err := os.Setenv(pulumi.EnvConfig, string(text)); err != nil {
		return nil, fmt.Errorf("hand over the configuration: %w", err)
	}
	return func() {
		if was {
			_ = os.Setenv(pulumi.EnvConfig, before)
		} else {
			_ = os.Unsetenv(pulumi.EnvConfig)
		}
	}, nil
}
