package policy

import (
	"fmt"
	"slices"
	"strings"
)

// matches tells whether a text is what a pattern means, in which * stands for any characters and ? for one.
func matches(pattern, text string) bool {
	star, from := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

func anyMatches(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, text) })
}

// IAM's actions are compared without regard to case.
func anyMatchesAction(patterns []string, action string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(strings.ToLower(pattern), strings.ToLower(action)) })
}

const encryptionContext = "kms:EncryptionContext:"

// withEncryptionContext decides the conditions on kms:EncryptionContext:KEY, which the simulator leaves out: a statement of
// which one does not hold is none, and one that holds is taken away. Any other operator than these is an error.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
func (d document) withEncryptionContext(context map[string][]string) (document, error) {
	decided := document{Version: d.Version, Statement: []statement{}}
	for _, s := range d.Statement {
		left, holds := conditions{}, true
		for operator, keys := range s.Condition {
			for key, values := range keys {
				if !strings.HasPrefix(key, encryptionContext) {
					if left[operator] == nil {
						left[operator] = map[string]oneOrMore{}
					}
					left[operator][key] = values
					continue
				}
				given := context[key]
				switch operator {
				case "StringEquals", "ArnEquals", "ArnLike", "StringLike":
				default:
					return document{}, fmt.Errorf("the operator %s on %s is not compared here: write StringEquals, StringLike or ArnLike", operator, key)
				}
				holds = holds && len(given) == 1 && (slices.Contains(values, given[0]) || operator != "StringEquals" && anyMatches(values, given[0]))
			}
		}
		if s.Condition = left; len(left) == 0 {
			s.Condition = nil
		}
		if holds {
			decided.Statement = append(decided.Statement, s)
		}
	}
	return decided, nil
}

// mayHold is false where a text of the context is none of those that a condition asks for.
func (c conditions) mayHold(context map[string]string) bool {
	for operator, keys := range c {
		if !strings.HasPrefix(operator, "String") && !strings.HasPrefix(operator, "Arn") || strings.Contains(operator, "Not") {
			continue
		}
		for key, values := range keys {
			if given, is := context[key]; is && !anyMatches(values, given) {
				return false
			}
		}
	}
	return true
}
