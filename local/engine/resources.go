package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"datalake/internal/mockaws"
	"datalake/local/athena"
	"datalake/local/eventbridge"
	"datalake/local/glue"
	"datalake/local/prices"
	"datalake/local/sqs"
)

// resources is what a stack registered, as the engines take it.
type resources struct {
	account    string
	region     string
	buckets    []string
	notifying  map[string]bool // buckets that send their events to EventBridge
	databases  []string
	crawlers   []glue.Crawler
	tables     []glue.Table
	jobs       map[string]*job // by name
	unpriced   []string        // jobs whose workers have no price here
	idle       IdleReport
	uploads    []upload
	workgroups map[string]athena.Workgroup
	queries    []NamedQuery
	machines   []Machine
	rules      []rule
	topics     map[string]string // ARN → logical name
	queues     []sqs.Settings
	subscribed map[string][]string // a topic's ARN → the ARNs of queues
	outputs    map[string]map[string]string
}

// Machine is a state machine.
type Machine struct {
	// Name is its logical name: the stack output's, else the resource's. Physical is its name on AWS.
	Name, Physical, ARN, RoleARN string
	// Definition is in Amazon States Language.
	Definition string
	Express    bool
}

// NamedQuery is a query that is saved in a workgroup.
type NamedQuery struct{ ID, Name, Database, Workgroup, SQL string }

// target is a state machine or a topic that a rule hands events to; input stands in place of the event where it is given,
// or what the transformer makes of the event. The role and the dead-letter queue are ARNs, empty for none.
type target struct {
	arn, input        string
	role, deadLetters string
	transformer       *eventbridge.Transformer
}

// rule is an EventBridge rule with its targets.
type rule struct {
	name     string
	arn      string
	pattern  *eventbridge.Pattern
	schedule *eventbridge.Schedule
	targets  []target
}

// schedules tells whether the rule starts a state machine at times.
func (r rule) schedules(machineARN string) bool {
	return r.schedule != nil && slices.ContainsFunc(r.targets, func(t target) bool { return t.arn == machineARN })
}

// scheduleName is what the stack's outputs call the schedule of a rule: the state machine's name, or that with what is
// special about it.
func (r rule) scheduleName() string { return strings.TrimSuffix(r.name, "-trigger") }

func (r rule) takes(envelope map[string]any) bool {
	return r.pattern != nil && r.pattern.Matches(envelope)
}

// inert are the types that nothing on this machine depends on: they decide who may do what, how long things are kept and
// who is notified. A type that is neither here nor read below is refused.
var inert = map[string]bool{
	"aws:cloudwatch/dashboard:Dashboard":                                   true,
	"aws:cloudwatch/logGroup:LogGroup":                                     true,
	"aws:cloudwatch/metricAlarm:MetricAlarm":                               true,
	"aws:ec2/securityGroup:SecurityGroup":                                  true,
	"aws:ec2/vpcEndpoint:VpcEndpoint":                                      true,
	"aws:glue/connection:Connection":                                       true,
	"aws:glue/securityConfiguration:SecurityConfiguration":                 true,
	"aws:iam/role:Role":                                                    true,
	"aws:iam/rolePolicy:RolePolicy":                                        true,
	"aws:iot/topicRule:TopicRule":                                          true,
	"aws:kms/key:Key":                                                      true,
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": true,
	"aws:s3/bucketLoggingV2:BucketLoggingV2":                               true,
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls":               true,
	"aws:s3/bucketPolicy:BucketPolicy":                                     true,
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":               true,
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": true,
	"aws:s3/bucketVersioningV2:BucketVersioningV2":                                               true,
	"aws:sns/topicPolicy:TopicPolicy":                                                            true,
	"aws:sqs/queuePolicy:QueuePolicy":                                                            true,
}

// read sorts the registrations by the engine that carries them out.
func read(evaluation *mockaws.Evaluation) (*resources, error) {
	r := &resources{
		account:    evaluation.AccountID,
		region:     evaluation.Region,
		notifying:  map[string]bool{},
		jobs:       map[string]*job{},
		workgroups: map[string]athena.Workgroup{},
		topics:     map[string]string{},
		subscribed: map[string][]string{},
		outputs:    textOutputs(evaluation.Exports),
		idle:       idleCost(evaluation),
	}
	var faults []error
	for _, registered := range evaluation.Resources {
		if !registered.Custom || inert[registered.Type] {
			continue
		}
		if err := r.take(registered, evaluation); err != nil {
			faults = append(faults, fmt.Errorf("%s %q: %w", registered.Type, registered.Name, err))
		}
	}
	for _, rule := range r.rules {
		for _, target := range rule.targets {
			_, isTopic := r.topics[target.arn]
			if !isTopic && !slices.ContainsFunc(r.machines, func(m Machine) bool { return m.ARN == target.arn }) {
				faults = append(faults, fmt.Errorf("rule %q: the local run carries out state machines and topics, not the target %s", rule.name, target.arn))
			}
		}
	}
	return r, errors.Join(faults...)
}

func (r *resources) take(registered mockaws.Resource, evaluation *mockaws.Evaluation) error {
	in, out := properties(registered.Inputs), properties(registered.Outputs)
	switch registered.Type {
	case "aws:s3/bucketV2:BucketV2":
		r.buckets = append(r.buckets, out.text("bucket"))
	case "aws:s3/bucketNotification:BucketNotification":
		if err := in.only("bucket", "eventbridge"); err != nil {
			return err
		}
		r.notifying[in.text("bucket")] = in["eventbridge"] == true
	case "aws:glue/catalogDatabase:CatalogDatabase":
		r.databases = append(r.databases, out.text("name"))
	case "aws:glue/crawler:Crawler":
		crawler, err := readCrawler(in, out)
		if err != nil {
			return err
		}
		r.crawlers = append(r.crawlers, crawler)
	case "aws:glue/catalogTable:CatalogTable":
		r.tables = append(r.tables, readTable(in))
	case "aws:glue/job:Job":
		job, err := readJob(in)
		if err != nil {
			return err
		}
		r.jobs[out.text("name")] = job
		if job.dpus == 0 {
			r.unpriced = append(r.unpriced, out.text("name"))
		}
	case "aws:s3/bucketObjectv2:BucketObjectv2":
		r.uploads = append(r.uploads, upload{bucket: in.text("bucket"), key: in.text("key"), file: in.text("source"), files: in.object("source").textMap()})
	case "aws:athena/workgroup:Workgroup":
		configuration := in.object("configuration")
		r.workgroups[out.text("name")] = athena.Workgroup{
			OutputLocation:             configuration.object("resultConfiguration").text("outputLocation"),
			BytesScannedCutoffPerQuery: int64(configuration.number("bytesScannedCutoffPerQuery")),
		}
	case "aws:athena/namedQuery:NamedQuery":
		r.queries = append(r.queries, NamedQuery{
			ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", len(r.queries)+1), Name: out.text("name"),
			Database: in.text("database"), Workgroup: in.text("workgroup"), SQL: in.text("query"),
		})
	case "aws:sfn/stateMachine:StateMachine":
		r.machines = append(r.machines, Machine{
			Name:       r.logicalName("machines", out.text("arn"), registered.Name),
			Physical:   out.text("name"),
			ARN:        out.text("arn"),
			RoleARN:    in.text("roleArn"),
			Definition: in.text("definition"),
			Express:    in.text("type") == "EXPRESS",
		})
	case "aws:sns/topic:Topic":
		r.topics[out.text("arn")] = r.logicalName("topics", out.text("arn"), registered.Name)
	case "aws:sns/topicSubscription:TopicSubscription":
		return r.subscribe(in)
	case "aws:sqs/queue:Queue":
		queue, err := readQueue(in, out)
		if err != nil {
			return err
		}
		r.queues = append(r.queues, queue)
	case "aws:cloudwatch/eventRule:EventRule":
		rule, err := readRule(registered, evaluation)
		if err != nil {
			return err
		}
		if in.text("state") == "ENABLED" {
			r.rules = append(r.rules, rule)
		}
	case "aws:cloudwatch/eventTarget:EventTarget": // read with its rule
	default:
		return errors.New("the local run does not know this type")
	}
	return nil
}

func readCrawler(in, out properties) (glue.Crawler, error) {
	if err := in.only("name", "description", "databaseName", "role", "tablePrefix", "s3Targets", "schemaChangePolicy", "recrawlPolicy", "configuration", "securityConfiguration"); err != nil {
		return glue.Crawler{}, err
	}
	crawler := glue.Crawler{
		Name:            out.text("name"),
		Role:            in.text("role"),
		Database:        in.text("databaseName"),
		TablePrefix:     in.text("tablePrefix"),
		UpdateBehavior:  in.object("schemaChangePolicy").text("updateBehavior"),
		DeleteBehavior:  in.object("schemaChangePolicy").text("deleteBehavior"),
		RecrawlBehavior: in.object("recrawlPolicy").text("recrawlBehavior"),
		Configuration:   in.text("configuration"),
	}
	for _, target := range in.objects("s3Targets") {
		if err := target.only("path", "exclusions", "sampleSize"); err != nil {
			return glue.Crawler{}, err
		}
		crawler.S3Targets = append(crawler.S3Targets, glue.S3Target{
			Path:       target.text("path"),
			Exclusions: target.texts("exclusions"),
			SampleSize: int(target.number("sampleSize")),
		})
	}
	return crawler, nil
}

func readTable(in properties) glue.Table {
	storage := in.object("storageDescriptor")
	serDe := storage.object("serDeInfo")
	return glue.Table{
		Database:      in.text("databaseName"),
		Name:          in.text("name"),
		Location:      storage.text("location"),
		Columns:       readColumns(storage.objects("columns")),
		PartitionKeys: readColumns(in.objects("partitionKeys")),
		Parameters:    in.object("parameters").textMap(),
		InputFormat:   storage.text("inputFormat"),
		OutputFormat:  storage.text("outputFormat"),
		SerDe:         glue.SerDe{Library: serDe.text("serializationLibrary"), Parameters: serDe.object("parameters").textMap()},
	}
}

func readColumns(of []properties) (columns []glue.Column) {
	for _, column := range of {
		columns = append(columns, glue.Column{Name: column.text("name"), Type: column.text("type")})
	}
	return columns
}

func readJob(in properties) (*job, error) {
	command := in.object("command")
	if command.text("name") != "glueetl" {
		return nil, fmt.Errorf("the local run does not support jobs of type %q, only glueetl", command.text("name"))
	}
	dpus, _ := prices.DPUs(in.text("workerType"), in.number("numberOfWorkers"))
	return &job{
		role:      in.text("roleArn"),
		script:    command.text("scriptLocation"),
		arguments: in.object("defaultArguments").textMap(),
		timeout:   time.Duration(in.number("timeout")) * time.Minute,
		dpus:      dpus + in.number("maxCapacity"), // a job has the one or the other
		flexible:  in.text("executionClass") == "FLEX",
	}, nil
}

// emitted are the sources of the events that there are on this machine.
var emitted = []string{"aws.s3", "aws.states", "datalake"}

func readRule(registered mockaws.Resource, evaluation *mockaws.Evaluation) (rule, error) {
	in, out := properties(registered.Inputs), properties(registered.Outputs)
	read := rule{name: registered.Name, arn: out.text("arn")}
	var err error
	if expression := in.text("scheduleExpression"); expression != "" {
		if read.schedule, err = eventbridge.ParseSchedule(expression); err != nil {
			return rule{}, err
		}
	}
	if text := in.text("eventPattern"); text != "" {
		if read.pattern, err = eventbridge.ParsePattern(text); err != nil {
			return rule{}, err
		}
		if len(read.pattern.Sources(emitted)) == 0 {
			return rule{}, fmt.Errorf("it waits for events that nothing sends on this machine: there are events of %s", strings.Join(emitted, ", "))
		}
	}
	for _, registered := range evaluation.Find("aws:cloudwatch/eventTarget:EventTarget") {
		settings := properties(registered.Inputs)
		if settings.text("rule") != out.text("name") {
			continue
		}
		target, err := readTarget(settings)
		if err != nil {
			return rule{}, fmt.Errorf("its target %q: %w", registered.Name, err)
		}
		read.targets = append(read.targets, target)
	}
	return read, nil
}

func readTarget(in properties) (target, error) {
	if err := in.only("rule", "arn", "roleArn", "input", "inputTransformer", "retryPolicy", "deadLetterConfig"); err != nil {
		return target{}, err
	}
	read := target{arn: in.text("arn"), input: in.text("input"), role: in.text("roleArn"), deadLetters: in.object("deadLetterConfig").text("arn")}
	if read.input != "" && !json.Valid([]byte(read.input)) {
		return target{}, fmt.Errorf("the input is no JSON: %s", read.input)
	}
	transformer := in.object("inputTransformer")
	if transformer == nil {
		return read, nil
	}
	if read.input != "" {
		return target{}, errors.New("input and inputTransformer exclude each other")
	}
	if err := transformer.only("inputPaths", "inputTemplate"); err != nil {
		return target{}, err
	}
	var err error
	read.transformer, err = eventbridge.ParseTransformer(transformer.object("inputPaths").textMap(), transformer.text("inputTemplate"))
	return read, err
}

// logicalName is the key under which a stack output holds an ARN, else the fallback.
func (r *resources) logicalName(output, arn, fallback string) string {
	for name, value := range r.outputs[output] {
		if value == arn {
			return name
		}
	}
	return fallback
}

func textOutputs(exports map[string]any) map[string]map[string]string {
	out := map[string]map[string]string{}
	for name, value := range exports {
		if entries, is := value.(map[string]any); is {
			out[name] = map[string]string{}
			for key, entry := range entries {
				out[name][key] = fmt.Sprint(entry)
			}
		}
	}
	return out
}

// queried tells whether a state machine runs queries.
func (r *resources) queried() bool {
	return slices.ContainsFunc(r.machines, func(m Machine) bool { return strings.Contains(m.Definition, ":athena:startQueryExecution") })
}
