package policy

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// Call is one action on one resource, as IAM sees it.
type Call struct {
	// Principal is the ARN of the role that makes it, or the service, such as events.amazonaws.com.
	Principal string
	// Action is IAM's, such as s3:PutObject, and Resource an ARN, or * where the action knows none.
	Action, Resource string
	// Context is what AWS knows of the call besides what it knows of every call, by key, such as s3:prefix.
	Context map[string]string
	// By says in words what made it, such as a state of a state machine.
	By string
}

// Record is what was called. Calls that the policies cannot tell apart are one question, with their number: two resources are
// alike when each pattern in the policies that decide matches both or neither, and so are two values of the context.
type Record struct {
	policies  *Policies
	lock      sync.Mutex
	questions map[string]*question
	patterns  map[string]*patterns // by principal, action and the policy of the resource
}

// question is a call that stands for those like it: the first of them.
type question struct {
	Call
	count          int
	resourcePolicy string
}

// patterns are those that decide on an action.
type patterns struct {
	resources []string
	// keys are the values that conditions have for a key, by its lower-case name; nil for one that is compared otherwise
	// than by equality and wildcards, whose values are all different.
	keys map[string][]string
}

// NewRecord makes an empty record of calls that some policies decide on.
func NewRecord(policies *Policies) *Record {
	return &Record{policies: policies, questions: map[string]*question{}, patterns: map[string]*patterns{}}
}

// Note takes calls down. It may be called at one time.
func (r *Record) Note(calls ...Call) {
	r.lock.Lock()
	defer r.lock.Unlock()
	for _, c := range calls {
		own := r.policies.resourcePolicy(c.Resource)
		subject := c.Principal + "|" + c.Action + "|" + own
		decisive := r.patterns[subject]
		if decisive == nil {
			decisive = r.policies.patterns(c, own)
			r.patterns[subject] = decisive
		}
		key := subject + "|" + decisive.signature(c)
		if r.questions[key] == nil {
			r.questions[key] = &question{Call: c, resourcePolicy: own}
		}
		r.questions[key].count++
	}
}

// patterns gathers those of the statements that are for an action.
func (p *Policies) patterns(c Call, resourcePolicy string) *patterns {
	found := &patterns{keys: map[string][]string{}}
	role := p.roles[c.Principal]
	for _, name := range append(slices.Concat(role.identity, role.boundary), resourcePolicy) {
		for _, s := range p.documents[name].Statement {
			if !anyMatchesAction(s.Action, c.Action) {
				continue
			}
			found.resources = append(found.resources, s.Resource...)
			for operator, keys := range s.Condition {
				for key, values := range keys {
					found.condition(strings.ToLower(key), operator, values)
				}
			}
		}
	}
	slices.Sort(found.resources)
	found.resources = slices.Compact(found.resources)
	return found
}

func (p *patterns) condition(key, operator string, values []string) {
	before, seen := p.keys[key]
	for _, compared := range []string{"String", "Arn", "Bool", "Null"} {
		if strings.Contains(operator, compared) && (before != nil || !seen) && len(values) > 0 {
			p.keys[key] = append(before, values...)
			return
		}
	}
	p.keys[key] = nil
}

// signature is the same for calls that the patterns cannot tell apart.
func (p *patterns) signature(c Call) string {
	var text strings.Builder
	sign := func(patterns []string, value string) {
		for _, pattern := range patterns {
			if matches(pattern, value) {
				text.WriteByte('1')
			} else {
				text.WriteByte('0')
			}
		}
	}
	sign(p.resources, c.Resource)
	if len(c.Context) == 0 {
		return text.String()
	}
	for _, key := range slices.Sorted(maps.Keys(c.Context)) {
		patterns, decisive := p.keys[strings.ToLower(key)]
		if !decisive {
			continue
		}
		text.WriteString("|" + key + "=")
		if sign(patterns, c.Context[key]); patterns == nil {
			text.WriteString(c.Context[key])
		}
	}
	return text.String()
}
