package engine

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"datalake/local/athena"
	"datalake/local/fault"
	"datalake/local/glue"
	"datalake/local/interpreter"
	"datalake/local/objects"
	"datalake/local/sqs"
)

// Account is where the stack seems to be deployed.
func (e *Engine) Account() string { return e.resources.account }

// Region is where the stack seems to be deployed.
func (e *Engine) Region() string { return e.resources.region }

// Athena runs the queries.
func (e *Engine) Athena() *athena.Athena { return e.athena }

// Glue has the crawlers.
func (e *Engine) Glue() *glue.Glue { return e.glue }

// Catalog has the databases and tables; partitions that are projected are not in it.
func (e *Engine) Catalog() *glue.Catalog { return e.catalog }

// Objects has the buckets.
func (e *Engine) Objects() *objects.Store { return e.store }

// Queues are those that topics have for subscribers.
func (e *Engine) Queues() *sqs.Queues { return e.queues }

// Machines are the stack's state machines.
func (e *Engine) Machines() []Machine { return e.resources.machines }

// Workgroups are Athena's, by name.
func (e *Engine) Workgroups() map[string]athena.Workgroup { return e.resources.workgroups }

// NamedQueries are those that are saved in workgroups.
func (e *Engine) NamedQueries() []NamedQuery { return e.resources.queries }

// Topics are the ARNs of the topics, sorted.
func (e *Engine) Topics() []string { return slices.Sorted(maps.Keys(e.resources.topics)) }

// executionName is what StartExecution takes as a name.
var executionName = regexp.MustCompile(`^[^\x00-\x20\x7F-\x9F<>{}\[\]?*"#%\\^|~` + "`" + `$&,;:/]{1,80}$`)

// StartExecution starts a state machine by its ARN as soon as time passes. A name is unique for a Standard machine: the same
// with the same input, while it runs, is the same execution. Without a name, it gets one.
//
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
func (e *Engine) StartExecution(machineARN, name string, input []byte) (*Execution, error) {
	if name != "" && !executionName.MatchString(name) {
		return nil, fault.Errorf("InvalidName", "Invalid Name: '%s': give 1 to 80 characters, without blanks and without any of <>{}[]?*\"#%%\\^|~`$&,;:/", name)
	}
	for _, x := range e.Executions(machineARN) {
		switch {
		case name == "" || x.Name != name || x.Express:
		case x.Status == "" && string(x.Input) == string(input):
			return &x, nil
		default:
			return nil, fault.Errorf("ExecutionAlreadyExists", "Execution Already Exists: '%s'", x.ARN)
		}
	}
	x, err := e.start(machineARN, "StartExecution", name, input)
	switch {
	case errors.Is(err, ErrNoMachine):
		return nil, fault.Errorf("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", machineARN)
	case err != nil:
		return nil, fault.Errorf("InvalidExecutionInput", "Invalid State Machine Execution Input: '%v'", err)
	}
	return x, nil
}

// Validate gives all that AWS has against a definition, an Express machine's or a Standard one's.
//
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
func (e *Engine) Validate(definition []byte, express bool) []error {
	machine, err := interpreter.Load(definition, e.evaluator)
	if err == nil && express {
		err = machine.CheckExpress()
	}
	if joined, several := err.(interface{ Unwrap() []error }); several {
		return joined.Unwrap()
	}
	if err != nil {
		return []error{err}
	}
	return nil
}

// MayWrite refuses, as AccessDenied, a place where others than a producer of the crawled data write, and says where one may.
func (e *Engine) MayWrite(bucket, key string) *fault.Error {
	var places []string
	for _, crawler := range e.resources.crawlers {
		for _, target := range crawler.S3Targets {
			if strings.HasPrefix("s3://"+bucket+"/"+key, target.Path) {
				return nil
			}
			places = append(places, target.Path)
		}
	}
	slices.Sort(places)
	return fault.Errorf("AccessDenied", "s3://%s/%s can't be written here: put data under %s", bucket, key, strings.Join(slices.Compact(places), ", "))
}

// Receive puts an object from a file, and sends its event.
func (e *Engine) Receive(bucket, key, file string) error {
	if _, err := e.store.PutFile(bucket, key, file, e.clock.Now(), func(int64) {}); err != nil {
		return err
	}
	return e.arrive(bucket, key)
}
