package mutants

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"datalake/internal/mockaws"
)

// permissionKinds are about what roles may do.
var permissionKinds = []Kind{
	{"a permission is missing", Guardrails, withoutActions},
	{"a job may not keep temporary files", Guardrails, in(permissions, func(s place) []Mutant {
		if !temporary(s) {
			return nil
		}
		return s.lose()
	})},
	{"permissions on one of several things are missing", Run, in(permissions, func(s place) []Mutant {
		actions, _ := s.at("Action").([]any)
		missing := slices.ContainsFunc(actions, func(action any) bool { return len(allowing(whole(s.resource), action)) == 1 })
		if missing || temporary(s) { // see above
			return nil
		}
		return s.lose()
	})},
	{"a permission's resource is missing", Run, in(permissions, func(s place) (made []Mutant) {
		resources, _ := s.at("Resource").([]any)
		for i, resource := range resources {
			others := slices.DeleteFunc(allowing(whole(s.resource), s.at("Action", 0)), func(other place) bool {
				also, _ := other.at("Resource").([]any)
				return reflect.DeepEqual(other.path, s.path) || !slices.Contains(also, resource)
			})
			if len(resources) > 1 && len(others) == 0 {
				made = append(made, s.lose("Resource", i)...)
			}
		}
		return made
	})},
	{"a permission's condition is missing", Guardrails, in(permissions, func(s place) []Mutant { return s.lose("Condition") })},
	{"a permission's condition takes anything", Guardrails, in(permissions, func(s place) (made []Mutant) {
		for _, leaf := range leaves(s.below("Condition")) {
			made = append(made, leaf.set("*")...)
		}
		return made
	})},
	{"a role may do all that a service knows", Guardrails, in(permissions, func(s place) []Mutant {
		service, _, _ := strings.Cut(s.text("Action", 0), ":")
		return s.set([]any{service + ":*"}, "Action")
	})},
	{"a role may do something else", Guardrails, in(permissions, func(s place) []Mutant {
		service, _, _ := strings.Cut(s.text("Action", 0), ":")
		actions, _ := s.at("Action").([]any)
		other := any(map[string]string{"s3": "s3:DeleteObjectVersion", "glue": "glue:DeleteTable", "states": "states:StopExecution", "kms": "kms:ScheduleKeyDeletion"}[service])
		if other == "" {
			other = "iam:PassRole"
		}
		return s.changed(s.words([]any{"Action"})+" has "+other.(string)+" too", append(slices.Clone(actions), other), "Action")
	})},
	{"a role reaches everything", Guardrails, in(permissions, func(s place) []Mutant { return s.set([]any{"*"}, "Resource") })},
	{"a role reaches all of a kind", Guardrails, in(permissions, func(s place) (made []Mutant) {
		for i := range s.each("Resource") {
			arn := strings.SplitN(s.text("Resource", i), ":", 6)
			if len(arn) < 6 {
				continue
			}
			if kind, _, has := strings.Cut(arn[5], "/"); has {
				arn[5] = kind + "/*"
			} else {
				arn[5] = strings.TrimRight(arn[5], "0123456789abcdef") + "*"
			}
			made = append(made, s.set(strings.Join(arn, ":"), "Resource", i)...)
		}
		return made
	})},
	{"a role is forbidden what it may do", Guardrails, in(permissions, func(s place) []Mutant { return s.set("Deny", "Effect") })},
	{"a role has no policy", Guardrails, in(of("iam/rolePolicy:RolePolicy"), place.drop)},
}

// trustKinds are about who may take a role, and who is let in by a bucket, a topic, a queue or the key.
var trustKinds = []Kind{
	{"a role trusts another service", Guardrails, in(trust, func(s place) []Mutant { return s.set("ec2.amazonaws.com", "Principal", "Service") })},
	{"a role trusts anyone", Guardrails, in(trust, func(s place) []Mutant { return s.set("*", "Principal") })},
	{"a role trusts another account's resources", Guardrails, in(trust, func(s place) []Mutant { return s.lose("Condition") })},
	{"whom a resource lets in, or keeps out, is forgotten", Guardrails, in(doors, func(s place) []Mutant { return s.lose() })},
	{"what is forbidden at a resource is allowed", Guardrails, in(doors, func(s place) []Mutant {
		if s.text("Effect") == "Deny" {
			return s.set("Allow", "Effect")
		}
		return s.set("Deny", "Effect")
	})},
	{"a resource lets anyone in", Guardrails, in(doors, func(s place) []Mutant {
		if s.text("Effect") == "Allow" {
			return s.set("*", "Principal")
		}
		return nil
	})},
	{"a resource lets another account in", Guardrails, in(doors, func(s place) []Mutant {
		if s.text("Effect") == "Allow" {
			return s.set(map[string]any{"AWS": "arn:aws:iam::999999999999:root"}, "Principal")
		}
		return nil
	})},
	{"a resource keeps its word under no condition", Guardrails, in(doors, func(s place) []Mutant { return s.lose("Condition") })},
	{"a resource's word is about something else", Guardrails, in(doors, func(s place) (made []Mutant) {
		for _, leaf := range leaves(s.below("Condition")) {
			made = append(made, leaf.set(map[bool]string{true: "true", false: "arn:aws:events:eu-west-1:999999999999:rule/x"}[leaf.text() == "false"])...)
		}
		return made
	})},
	{"a resource lets in for everything", Guardrails, in(doors, func(s place) []Mutant {
		service, _, _ := strings.Cut(s.text("Action", 0), ":")
		if s.text("Effect") == "Allow" {
			return s.set([]any{service + ":*"}, "Action")
		}
		return s.set([]any{service + ":Get*"}, "Action")
	})},
	{"a resource has no policy", Guardrails, in(of("s3/bucketPolicy:BucketPolicy", "sns/topicPolicy:TopicPolicy", "sqs/queuePolicy:QueuePolicy"), place.drop)},
	{"a role escapes the account's boundary, or has another", Guardrails, in(of("iam/role:Role"), func(r place) []Mutant {
		return r.changed("permissionsBoundary is AdministratorAccess", "arn:aws:iam::aws:policy/AdministratorAccess", "permissionsBoundary")
	})},
}

// withoutActions takes each action away from a policy, wherever it stands there.
func withoutActions(e *mockaws.Evaluation) (made []Mutant) {
	for _, policy := range resources(e, "iam/rolePolicy:RolePolicy", "iam/policy:Policy") {
		all := map[string]any{}
		for _, s := range policy.each("policy", "Statement") {
			for i := range s.each("Action") {
				all[s.text("Action", i)] = true
			}
		}
		for _, action := range sorted(all) {
			m := policy.mutant(action + " is gone")
			for _, s := range slices.Backward(allowing(policy, action)) { // a statement that goes moves those after it
				actions, _ := s.at("Action").([]any)
				if len(actions) == 1 {
					m.edits = append(m.edits, s.lose()[0].edits...)
					continue
				}
				m.edits = append(m.edits, s.lose("Action", slices.Index(actions, any(action)))[0].edits...)
			}
			made = append(made, m)
		}
	}
	return made
}

// temporary tells whether a statement is about the folder where Glue keeps temporary files.
func temporary(s place) bool {
	return strings.Contains(fmt.Sprint(s.at("Resource"), s.at("Condition")), "temp/*")
}

// allowing are the statements of a policy in which an action stands.
func allowing(policy place, action any) []place {
	return slices.DeleteFunc(policy.each("policy", "Statement"), func(s place) bool {
		actions, _ := s.at("Action").([]any)
		return !slices.Contains(actions, action)
	})
}

func statementsOf(document string, types ...string) func(*mockaws.Evaluation) []place {
	return func(e *mockaws.Evaluation) (places []place) {
		for _, r := range resources(e, types...) {
			places = append(places, r.each(document, "Statement")...)
		}
		return places
	}
}

var (
	permissions = statementsOf("policy", "iam/rolePolicy:RolePolicy", "iam/policy:Policy")
	trust       = statementsOf("assumeRolePolicy", "iam/role:Role")
	doors       = statementsOf("policy", "s3/bucketPolicy:BucketPolicy", "sns/topicPolicy:TopicPolicy", "sqs/queuePolicy:QueuePolicy", "kms/key:Key")
)
