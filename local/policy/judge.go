// Package policy has the policies that a stack registers judged by IAM's rules, without an account: the calls that a local run
// makes, and what people and roles can do.
package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
)

// Request is what judge.mjs decides on.
type Request struct {
	// Principal is a role's ARN, or a service such as glue.amazonaws.com.
	Principal string `json:"principal"`
	Action    string `json:"action"`
	Resource  string `json:"resource"`
	// Account is the one that the resource is in.
	Account string              `json:"account"`
	Context map[string][]string `json:"context,omitempty"`
	// Identity, Boundary and ResourcePolicy name the policies of the principal, those that bound it, and the resource's own.
	Identity       []string `json:"identity"`
	Boundary       []string `json:"boundary,omitempty"`
	ResourcePolicy string   `json:"resourcePolicy,omitempty"`
}

func (r Request) String() string { return r.Action + " on " + r.Resource }

// key tells requests apart.
func (r Request) key() string {
	type plain Request // without String
	return fmt.Sprintf("%+v", plain(r))
}

// The results of a decision; a refusal is ImplicitlyDenied, for want of a statement that allows it, or ExplicitlyDenied.
// Meaningless is a resource of a kind that the action does not know.
const (
	Allowed          = "Allowed"
	ExplicitlyDenied = "ExplicitlyDenied"
	Meaningless      = "Meaningless"
)

// Decision is what IAM makes of a request.
type Decision struct {
	Result string
	// Lacks are the kinds of policies that do not allow it: identity, boundary, resource.
	Lacks []string
}

// Judge decides on each request as IAM does, with @cloud-copilot/iam-simulate; script is where judge.mjs is. One process
// judges all of them, equal ones once: it takes a second to start, and a millisecond a request.
func Judge(script string, documents map[string]any, requests []Request) ([]Decision, error) {
	different := []Request{}
	places := map[string]int{} // of each in different
	for _, r := range requests {
		if _, judged := places[r.key()]; !judged {
			places[r.key()] = len(different)
			different = append(different, r)
		}
	}
	if len(different) == 0 {
		return nil, nil
	}
	input, err := json.Marshal(map[string]any{"policies": documents, "requests": different})
	if err != nil {
		return nil, fmt.Errorf("judge permissions: %w", err)
	}
	var stdout, stderr bytes.Buffer
	node := exec.Command("node", script)
	node.Stdin, node.Stdout, node.Stderr = bytes.NewReader(input), &stdout, &stderr
	if err := node.Run(); err != nil {
		return nil, fmt.Errorf("judge permissions with node %s: %w (`make setup` installs what it needs): %s", script, err, &stderr)
	}
	var judged []Decision
	if err := json.Unmarshal(stdout.Bytes(), &judged); err != nil || len(judged) != len(different) {
		return nil, fmt.Errorf("judge permissions: %d decisions on %d requests: %w", len(judged), len(different), err)
	}
	decisions := make([]Decision, len(requests))
	for i, r := range requests {
		decisions[i] = judged[places[r.key()]]
	}
	return decisions, nil
}
