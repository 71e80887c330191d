// Package graph tells how a stack's pipelines hang together, from what its program registers: what starts what, what
// reads and writes what, and who is notified. It knows no pipeline by name.
//
// Rules say what they are triggered by and what they trigger, definitions which calls they make, crawlers and tables where
// their data is; which objects a call reads or writes, the policy of its role says. Alarms, dead-letter queues and logs are
// the same for every pipeline, and not in the graph.
package graph

import (
	"cmp"
	"slices"
	"strings"
)

// Graph is what a stack's pipelines are made of. Nodes and edges are in the order of their members.
type Graph struct {
	Nodes []Node `json:"nodes"`
	Edges []Edge `json:"edges"`
}

// Node is a part of a pipeline.
type Node struct {
	// ID is the kind and what tells the node from others of the kind.
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`
	// Name is what the stack's outputs call it, else the name that the program gives it; of data the prefix, of a table
	// the database and the table, of a query its state.
	Name string `json:"name"`
	// Detail is of a schedule when, of a rule on which statuses, of an IoT rule the topic filter, of an Express state
	// machine that, of data the bucket.
	Detail string `json:"detail,omitempty"`
}

// Kind is what a node is.
type Kind string

// The kinds of nodes. Data is what lies under a prefix of a bucket, an event one that a state machine puts on a bus.
const (
	Schedule     Kind = "schedule"
	Rule         Kind = "rule"
	IoTRule      Kind = "iotRule"
	StateMachine Kind = "stateMachine"
	Crawler      Kind = "crawler"
	Job          Kind = "job"
	Query        Kind = "query"
	Data         Kind = "data"
	Database     Kind = "database"
	Table        Kind = "table"
	Topic        Kind = "topic"
	Queue        Kind = "queue"
	Email        Kind = "email"
	Event        Kind = "event"
)

// Edge leads from who acts to what is acted on.
type Edge struct {
	From string   `json:"from"`
	To   string   `json:"to"`
	Kind Relation `json:"kind"`
}

// Relation is what one node does to another.
type Relation string

// The kinds of edges. What triggers sends an event of its own accord; what starts makes a call. A state machine that
// looks at the executions of another reads them. A table describes data.
const (
	Triggers  Relation = "triggers"
	Starts    Relation = "starts"
	Reads     Relation = "reads"
	Writes    Relation = "writes"
	Describes Relation = "describes"
	Notifies  Relation = "notifies"
)

// Node returns the node with an ID; the zero node if there is none.
func (g Graph) Node(id string) Node {
	i, found := slices.BinarySearchFunc(g.Nodes, id, func(n Node, id string) int { return strings.Compare(n.ID, id) })
	if !found {
		return Node{}
	}
	return g.Nodes[i]
}

func compareEdges(a, b Edge) int {
	return cmp.Or(strings.Compare(a.From, b.From), strings.Compare(a.To, b.To), strings.Compare(string(a.Kind), string(b.Kind)))
}
