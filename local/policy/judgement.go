package policy

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Judgement is what IAM makes of the calls of a record. Its lists are never nil.
type Judgement struct {
	// Calls are the questions.
	Calls []Judged `json:"calls"`
	// Denied are those that IAM refuses.
	Denied []Denial `json:"denied"`
	// Unused are the permissions that no call needed.
	Unused []Permission `json:"unused"`
	// Permissions is how many the policies give.
	Permissions int `json:"permissions"`
	// Unjudged are the ARNs of boundaries that roles have and that the stack does not register.
	Unjudged []string `json:"unjudged"`
}

// Judged is a call that stands for Count calls which the policies cannot tell apart.
type Judged struct {
	Principal string            `json:"principal"`
	Action    string            `json:"action"`
	Resource  string            `json:"resource"`
	Context   map[string]string `json:"context"`
	By        string            `json:"by"`
	Count     int               `json:"count"`
	Decision  string            `json:"decision"`
}

// Denial is a call that IAM refuses. Role is the principal, which may be a service.
type Denial struct {
	Role     string `json:"role"`
	Action   string `json:"action"`
	Resource string `json:"resource"`
	By       string `json:"by"`
	// Missing says which statement is missing, or which policy refuses.
	Missing string `json:"missing"`
}

// Permission is an action on a resource that a policy allows, both as the policy writes them. Principal is the one that a
// resource's policy names; a role's policy names none.
type Permission struct {
	Policy    string `json:"policy"`
	Principal string `json:"principal,omitempty"`
	Action    string `json:"action"`
	Resource  string `json:"resource"`
	// Condition is the statement's, as JSON; empty for none.
	Condition string `json:"condition,omitempty"`
}

// Judge has the calls judged; script is where judge.mjs is.
func (r *Record) Judge(script string) (Judgement, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	questions := slices.SortedFunc(maps.Values(r.questions), func(a, b *question) int {
		return cmp.Or(strings.Compare(a.Principal, b.Principal), strings.Compare(a.Action, b.Action), strings.Compare(a.Resource, b.Resource), strings.Compare(a.By, b.By))
	})
	documents := map[string]any{}
	var requests []Request
	var faults []error
	for i, q := range questions {
		request, err := r.policies.request(*q, i, documents)
		requests, faults = append(requests, request), append(faults, err)
	}
	if err := errors.Join(faults...); err != nil {
		return Judgement{}, err
	}
	decisions, err := Judge(script, documents, requests)
	if err != nil {
		return Judgement{}, err
	}
	judged := Judgement{Calls: []Judged{}, Denied: []Denial{}, Unjudged: r.policies.unjudged()}
	var allowed []question
	for i, decision := range decisions {
		q := *questions[i]
		judged.Calls = append(judged.Calls, Judged{q.Principal, q.Action, q.Resource, q.Context, q.By, q.count, decision.Result})
		switch decision.Result {
		case Meaningless:
			return Judgement{}, fmt.Errorf("%s calls %s on %s, which is no resource of that action", q.By, q.Action, q.Resource)
		case Allowed:
			allowed = append(allowed, q)
		default:
			judged.Denied = append(judged.Denied, Denial{q.Principal, q.Action, q.Resource, q.By, r.policies.missing(q, decision)})
		}
	}
	judged.Unused, judged.Permissions = r.policies.unused(allowed)
	return judged, nil
}

// request is a question as the judge takes it, over TLS in the stack's account and region. It adds the documents that
// decide, those with conditions on an encryption context as they are for this question alone.
func (p *Policies) request(q question, number int, documents map[string]any) (Request, error) {
	context := map[string][]string{"aws:SecureTransport": {"true"}, "aws:RequestedRegion": {p.region}, "aws:ResourceAccount": {p.account}}
	role, isRole := p.roles[q.Principal]
	if isRole {
		context["aws:PrincipalArn"], context["aws:PrincipalAccount"] = []string{q.Principal}, []string{p.account}
	} else if strings.HasPrefix(q.Principal, "arn:") {
		return Request{}, fmt.Errorf("%s has the role %s, which the stack does not register", q.By, q.Principal)
	}
	for key, value := range q.Context {
		context[key] = []string{value}
	}
	var faults []error
	named := func(names []string) (given []string) {
		for _, name := range names {
			decided, err := p.documents[name].withEncryptionContext(context)
			if err != nil {
				faults = append(faults, fmt.Errorf("judge by the %s: %w", name, err))
			}
			if len(decided.Statement) < len(p.documents[name].Statement) || strings.Contains(fmt.Sprint(p.documents[name]), encryptionContext) {
				name = fmt.Sprintf("%s, for question %d", name, number)
			}
			documents[name] = decided
			given = append(given, name)
		}
		return given
	}
	account := p.account
	if strings.HasPrefix(q.Resource, "arn:aws:kms:") { // a given key may be another account's
		account = strings.Split(q.Resource, ":")[4]
	}
	request := Request{
		Principal: q.Principal, Action: q.Action, Resource: q.Resource, Account: account,
		Identity: append([]string{}, named(role.identity)...), Boundary: named(role.boundary),
	}
	if q.resourcePolicy != "" {
		request.ResourcePolicy = named([]string{q.resourcePolicy})[0]
	}
	maps.DeleteFunc(context, func(key string, _ []string) bool { return strings.HasPrefix(key, encryptionContext) })
	request.Context = context
	return request, errors.Join(faults...)
}

// missing says what would have to be for a call to be allowed.
func (p *Policies) missing(q question, decision Decision) string {
	role := p.roles[q.Principal]
	if decision.Result == ExplicitlyDenied {
		return "a Deny of one of: " + strings.Join(slices.DeleteFunc(append(slices.Concat(role.identity, role.boundary), q.resourcePolicy), func(name string) bool { return name == "" }), ", ")
	}
	add := statement{Effect: "Allow", Action: oneOrMore{q.Action}, Resource: oneOrMore{q.Resource}}
	where := cmp.Or(q.resourcePolicy, "policy of "+q.Resource)
	switch isRole := len(role.identity) > 0; {
	case isRole && slices.Contains(decision.Lacks, "boundary") && !slices.Contains(decision.Lacks, "identity"):
		where = role.boundary[0]
	case isRole && (slices.Contains(decision.Lacks, "identity") || q.resourcePolicy == ""):
		where = role.identity[0]
	default:
		add.Principal = map[string]any{"Service": q.Principal}
		if strings.HasPrefix(q.Principal, "arn:") {
			add.Principal = map[string]any{"AWS": q.Principal}
		}
		if q.Action == assumeRole {
			add.Resource = nil // a trust policy names none
		}
	}
	text, _ := json.Marshal(add) // texts
	return fmt.Sprintf("the %s lacks %s", where, text)
}

// assumeRole is the action of the services that take a role.
const assumeRole = "sts:AssumeRole"

// unused are the permissions that none of some calls needed, of roles and in the policies of resources, and how many
// permissions there are. A managed policy is for people.
func (p *Policies) unused(calls []question) (unused []Permission, all int) {
	unused = []Permission{}
	used := func(name, action, resource string, s statement) bool {
		return slices.ContainsFunc(calls, func(q question) bool {
			decides := q.resourcePolicy == name || slices.Contains(p.roles[q.Principal].identity, name)
			return decides && s.admits(q.Principal, p.account) && anyMatchesAction([]string{action}, q.Action) &&
				(resource == "" || matches(resource, q.Resource)) && s.Condition.mayHold(q.Context)
		})
	}
	for _, name := range slices.Sorted(maps.Keys(p.documents)) {
		if strings.HasPrefix(name, "policy ") {
			continue
		}
		for _, s := range p.documents[name].Statement {
			if s.Effect != "Allow" {
				continue
			}
			condition := ""
			if s.Condition != nil {
				text, _ := json.Marshal(s.Condition) // texts
				condition = string(text)
			}
			resources := s.Resource
			if resources == nil {
				resources = oneOrMore{""}
			}
			for _, resource := range resources {
				for _, action := range s.Action {
					all++
					if !used(name, action, resource, s) {
						unused = append(unused, Permission{name, principals(s.Principal), action, resource, condition})
					}
				}
			}
		}
	}
	return unused, all
}

// principals are those that a statement names, as text.
func principals(named any) string {
	byKind, is := named.(map[string]any)
	if !is {
		text, _ := named.(string)
		return text
	}
	var all []string
	for _, values := range byKind {
		all = append(all, strings.Trim(fmt.Sprint(values), "[]"))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}
