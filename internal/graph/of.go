package graph

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

// Of is the graph of what a program registered in an apply. The error names each part that is not understood.
func Of(evaluation *mockaws.Evaluation) (Graph, error) {
	b := &builder{evaluation: evaluation, nodes: map[string]Node{}, edges: map[Edge]bool{}, byARN: map[string]string{}, grants: map[string][]statement{}}
	var faults []error
	each := func(typeToken string, read func(in, out properties, name string) error) {
		for _, r := range evaluation.Find(typeToken) {
			if err := read(r.Inputs, r.Outputs, r.Name); err != nil {
				faults = append(faults, fmt.Errorf("%s %q: %w", typeToken, r.Name, err))
			}
		}
	}
	// What others refer to goes first.
	each("aws:iam/rolePolicy:RolePolicy", b.policy)
	each("aws:sfn/stateMachine:StateMachine", b.machine)
	each("aws:sns/topic:Topic", b.topic)
	each("aws:glue/catalogDatabase:CatalogDatabase", b.database)
	each("aws:glue/catalogTable:CatalogTable", b.table)
	each("aws:glue/crawler:Crawler", b.crawler)
	each("aws:glue/job:Job", b.job)
	each("aws:sfn/stateMachine:StateMachine", b.tasks)
	each("aws:cloudwatch/eventRule:EventRule", b.rule)
	each("aws:iot/topicRule:TopicRule", b.iotRule)
	each("aws:sns/topicSubscription:TopicSubscription", b.subscription)
	return Graph{
		Nodes: slices.SortedFunc(maps.Values(b.nodes), func(a, b Node) int { return strings.Compare(a.ID, b.ID) }),
		Edges: slices.SortedFunc(maps.Keys(b.edges), compareEdges),
	}, errors.Join(faults...)
}

type builder struct {
	evaluation *mockaws.Evaluation
	nodes      map[string]Node
	edges      map[Edge]bool
	byARN      map[string]string      // the IDs of nodes
	grants     map[string][]statement // by the role's name
}

// node adds a node, which may be there already, and gives its ID.
func (b *builder) node(kind Kind, key, name, detail string) string {
	id := string(kind) + ":" + key
	b.nodes[id] = Node{ID: id, Kind: kind, Name: name, Detail: detail}
	return id
}

func (b *builder) edge(from string, kind Relation, to string) {
	b.edges[Edge{From: from, To: to, Kind: kind}] = true
}

// named is what one of the stack's outputs calls a value, else the given name.
func (b *builder) named(output, value, otherwise string) string {
	entries, _ := b.evaluation.Exports[output].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if entries[name] == value {
			return name
		}
	}
	return otherwise
}

// given is the name that the program asks for, else the resource's: Pulumi adds digits to it.
func given(in properties, name string) string {
	if asked := in.text("name"); asked != "" {
		return asked
	}
	return name
}

func (b *builder) machine(in, out properties, name string) error {
	detail := ""
	if in.text("type") == "EXPRESS" {
		detail = "Express"
	}
	b.byARN[out.text("arn")] = b.node(StateMachine, name, b.named("machines", out.text("arn"), name), detail)
	return nil
}

func (b *builder) topic(_, out properties, name string) error {
	b.byARN[out.text("arn")] = b.node(Topic, name, b.named("topics", out.text("arn"), name), "")
	return nil
}

func (b *builder) database(_, out properties, _ string) error {
	b.node(Database, out.text("name"), out.text("name"), "")
	return nil
}

func (b *builder) table(in, _ properties, _ string) error {
	name := in.text("databaseName") + "." + in.text("name")
	b.edge(b.node(Table, name, name, ""), Describes, b.data(in.object("storageDescriptor").text("location")))
	return nil
}

func (b *builder) crawler(in, out properties, name string) error {
	id := b.node(Crawler, name, given(in, name), "")
	b.byARN[out.text("arn")] = id
	for _, target := range in.objects("s3Targets") {
		b.edge(id, Reads, b.data(target.text("path")))
	}
	b.edge(id, Writes, b.node(Database, in.text("databaseName"), in.text("databaseName"), ""))
	return nil
}

// job reads and writes what its role may, but for what the program itself uploads and for Glue's own scratch.
func (b *builder) job(in, out properties, name string) error {
	id := b.node(Job, name, given(in, name), "")
	b.byARN[out.text("arn")] = id
	own := []string{in.object("defaultArguments").text("--TempDir")}
	for _, object := range b.evaluation.Find("aws:s3/bucketObjectv2:BucketObjectv2") {
		upload := properties(object.Inputs)
		own = append(own, "s3://"+upload.text("bucket")+"/"+upload.text("key"))
	}
	for action, relation := range map[string]Relation{"s3:GetObject": Reads, "s3:PutObject": Writes} {
		for _, location := range b.locations(in.text("roleArn"), action) {
			if !slices.ContainsFunc(own, func(own string) bool { return strings.HasPrefix(own, location) }) {
				b.edge(id, relation, b.data(location))
			}
		}
	}
	return nil
}

// fromTopic finds the topic filter in an IoT rule's statement.
var fromTopic = regexp.MustCompile(`(?i)\bFROM\s+'([^']+)'`)

func (b *builder) iotRule(in, _ properties, name string) error {
	topic := fromTopic.FindStringSubmatch(in.text("sql"))
	if topic == nil {
		return fmt.Errorf("the statement names no topic: %s", in.text("sql"))
	}
	id := b.node(IoTRule, name, given(in, name), topic[1])
	for _, action := range in.objects("s3") {
		for _, location := range b.locations(action.text("roleArn"), "s3:PutObject") {
			if strings.HasPrefix(location, "s3://"+action.text("bucketName")+"/") {
				b.edge(id, Writes, b.data(location))
			}
		}
	}
	for _, queue := range b.evaluation.Find("aws:sqs/queue:Queue") {
		if out := properties(queue.Outputs); out.text("url") == in.object("errorAction").object("sqs").text("queueUrl") {
			b.edge(id, Notifies, b.queue(out.text("arn")))
		}
	}
	return nil
}

func (b *builder) subscription(in, _ properties, _ string) error {
	topic, known := b.byARN[in.text("topic")]
	endpoint := in.text("endpoint")
	switch protocol := in.text("protocol"); {
	case !known:
		return fmt.Errorf("there is no topic %s", in.text("topic"))
	case protocol == "email":
		b.edge(topic, Notifies, b.node(Email, endpoint, endpoint, ""))
	case protocol == "sqs":
		b.edge(topic, Notifies, b.queue(endpoint))
	default:
		return fmt.Errorf("subscribers by %q are not known: they are by email or sqs", protocol)
	}
	return nil
}

// queue is a queue's node. One of another program has its ARN for a name.
func (b *builder) queue(arn string) string {
	for _, queue := range b.evaluation.Find("aws:sqs/queue:Queue") {
		if out := properties(queue.Outputs); out.text("arn") == arn {
			return b.node(Queue, queue.Name, b.named("queues", out.text("url"), queue.Name), "")
		}
	}
	return b.node(Queue, arn, arn, "")
}

// data is the node of what lies at an address such as s3://bucket/folder/.
func (b *builder) data(address string) string {
	bucket, prefix, _ := strings.Cut(strings.TrimPrefix(address, "s3://"), "/")
	name := bucket
	for _, registered := range b.evaluation.Find("aws:s3/bucketV2:BucketV2") {
		if registered.Outputs["bucket"] == bucket {
			name = registered.Name
		}
	}
	return b.node(Data, name+"/"+prefix, prefix, b.named("buckets", bucket, name))
}
