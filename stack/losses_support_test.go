package stack

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// loss is what a change of the program would take away: a holder that vanishes, or is replaced by an empty one.
type loss struct {
	// key is its type and name, as the golden files have them.
	stack, urn, key, name string
	holder                holder
	was                   registration
	// parentGone tells of a holder that vanished that its component did too; unaliased is what is new of its kind.
	parentGone bool
	unaliased  []string
	// replacedBy are the inputs that replace it, with their values; empty for a holder that vanished.
	replacedBy []string
}

// losses compares what a stack registered with what it registers now.
func losses(stack string, committed, current goldenFile) (lost []loss) {
	before, now := committed.Resources, current.Resources
	was, is := urns(stack, before), urns(stack, now)
	successors := successors(was, is, now)
	for _, key := range slices.Sorted(maps.Keys(before)) {
		kind, name, _ := strings.Cut(key, " ")
		h, holds := holders[kind]
		if !holds || h.empty != nil && h.empty(before[key].Inputs) {
			continue
		}
		l := loss{stack: stack, urn: was[key], key: key, name: name, holder: h, was: before[key]}
		successor, stays := successors[key]
		if stays {
			l.replacedBy = replacements(h, before[key].Inputs, now[successor].Inputs, renamed(successors, was, is))
			if committed.Region != current.Region {
				l.replacedBy = append(l.replacedBy, fmt.Sprintf("aws:region: was %q, is %q", committed.Region, current.Region))
			}
		} else {
			_, hadParent := was[before[key].Parent]
			_, hasParent := successors[before[key].Parent]
			l.parentGone = hadParent && !hasParent
			l.unaliased = unaliased(kind, was, is, now)
		}
		if !stays || len(l.replacedBy) > 0 {
			lost = append(lost, l)
		}
	}
	return lost
}

// urns are the URNs of registrations, in which parents stand with their types alone.
func urns(stack string, registered map[string]registration) map[string]string {
	var types func(key string) string
	types = func(key string) string {
		kind, _, _ := strings.Cut(key, " ")
		if parent := registered[key].Parent; registered[parent].Parent != "" {
			return types(parent) + "$" + kind
		}
		return kind
	}
	found := map[string]string{}
	for key := range registered {
		_, name, _ := strings.Cut(key, " ")
		found[key] = "urn:pulumi:" + stack + "::datalake::" + types(key) + "::" + name
	}
	return found
}

// successors are what registrations have become: what has the same URN now, or else an alias of it.
func successors(was, is map[string]string, now map[string]registration) map[string]string {
	byURN := map[string]string{}
	for key, registered := range now {
		for _, alias := range registered.Aliases {
			byURN[alias] = key
		}
	}
	for key, urn := range is {
		byURN[urn] = key
	}
	found := map[string]string{}
	for key, urn := range was {
		if successor, stays := byURN[urn]; stays {
			found[key] = successor
		}
	}
	return found
}

// renamed are the names of what has another URN, as they were and as they are.
func renamed(successors, was, is map[string]string) map[string]string {
	names := map[string]string{}
	for key, successor := range successors {
		if was[key] != is[successor] {
			_, before, _ := strings.Cut(key, " ")
			_, names[before], _ = strings.Cut(successor, " ")
		}
	}
	return names
}

// replacements are the inputs that differ of those that replace a holder.
func replacements(h holder, before, now map[string]any, names map[string]string) (changes []string) {
	for _, input := range slices.Sorted(maps.Keys(h.replacedBy)) {
		old, had := before[input]
		current, has := now[input]
		was, is := old, current
		if !had {
			was = h.replacedBy[input]
		}
		if !has {
			is = h.replacedBy[input]
		}
		if reflect.DeepEqual(was, is) || had && has && settled(was, names) == settled(is, names) {
			continue
		}
		changes = append(changes, difference{[]string{input}, old, current, had, has}.String())
	}
	return changes
}

// settled is a value without what differs only because something that it names has another URN: the digits that mockaws
// makes up from the URN. AWS's name for it stays.
func settled(value any, names map[string]string) string {
	document, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	text := string(document)
	for before, now := range names {
		madeUp := regexp.MustCompile(`([^a-z0-9-])(` + regexp.QuoteMeta(strings.ToLower(before)) + `|` + regexp.QuoteMeta(strings.ToLower(now)) + `)-[0-9a-f]{7}\b`)
		text = madeUp.ReplaceAllString(text, "${1}"+strings.ToLower(now)+"-…")
	}
	return text
}

// alias is the option that says what a resource was, by its type and name.
func alias(key string) string {
	kind, name, _ := strings.Cut(key, " ")
	return fmt.Sprintf("pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String(%q), Type: pulumi.String(%q)}})", name, kind)
}

// unaliased are the names of what is new of a kind and no alias leads to.
func unaliased(kind string, was, is map[string]string, now map[string]registration) (names []string) {
	old := slices.Collect(maps.Values(was))
	for _, key := range slices.Sorted(maps.Keys(now)) {
		itsKind, name, _ := strings.Cut(key, " ")
		known := slices.ContainsFunc(append(now[key].Aliases, is[key]), func(urn string) bool { return slices.Contains(old, urn) })
		if itsKind == kind && !known {
			names = append(names, name)
		}
	}
	return names
}

// what says what happens to the holder, in one line.
func (l loss) what() string {
	if len(l.replacedBy) > 0 {
		return "would be replaced, because " + strings.Join(l.replacedBy, ", and ")
	}
	return "is gone, and no alias leads to its URN"
}

// String says what would be lost, and what to do about it.
func (l loss) String() string {
	lines := []string{
		fmt.Sprintf("%s: the %s %s %s.", l.stack, l.holder.kind, l.name, l.what()),
		"  Lost would be: " + l.holder.lost + ".",
	}
	if len(l.replacedBy) > 0 {
		lines = append(lines, l.onReplacement())
	} else {
		lines = append(lines, l.onRename(), l.onRemoval())
	}
	if l.was.Protect {
		lines = append(lines, "  It is protected: Pulumi refuses that, and the deployment fails.")
	}
	return strings.Join(append(lines, "  Where that is meant, as in a disposable environment: go test ./stack -update -lose '"+l.urn+"'"), "\n")
}

func (l loss) onRename() string {
	text := "  Where it has another name, type or component now: " + alias(l.key) + " there, with its Parent, if it has left " + l.was.Parent + "."
	if l.parentGone {
		text = "  Where " + l.was.Parent + " has another name or type now: " + alias(l.was.Parent) + " there; a component's alias holds for its children."
	}
	if len(l.unaliased) > 0 {
		text += " New, and without an alias: " + strings.Join(l.unaliased, ", ") + "."
	}
	return text
}

func (l loss) onRemoval() string {
	if l.was.Retain {
		return "  It has RetainOnDelete: it stays in the account, out of the program; pulumi import brings it back."
	}
	return "  Where it is to stay in the account: deploy pulumi.RetainOnDelete(true) for it first, then remove it; pulumi import brings it back."
}

func (l loss) onReplacement() string {
	text := "  Leave the input as it was; or copy what it holds first, and deploy pulumi.RetainOnDelete(true) before this change: the new one is empty, the old one stays."
	if l.was.Retain {
		text = "  Leave the input as it was; or copy what it holds first: it has RetainOnDelete and stays in the account, out of the program, but the new one is empty."
	}
	return text + " Which inputs those are: " + providerSource + l.holder.source
}

// refused are the losses that nobody accepted by their URNs.
func refused(lost []loss, accepted []string) (messages []string) {
	for _, l := range lost {
		if !slices.Contains(accepted, l.urn) {
			messages = append(messages, l.String())
		}
	}
	return messages
}

// recorded adds losses that were accepted to those of a golden file.
func recorded(before map[string]string, lost []loss) map[string]string {
	all := maps.Clone(before)
	for _, l := range lost {
		if all == nil {
			all = map[string]string{}
		}
		all[l.urn] = l.what()
	}
	return all
}

// misplaced says what is wrong with the URNs that -lose names.
func misplaced(accepted []string, lost []loss, updating bool) (faults []string) {
	for _, urn := range accepted {
		switch {
		case !updating:
			faults = append(faults, "-lose "+urn+": it goes with -update")
		case !slices.ContainsFunc(lost, func(l loss) bool { return l.urn == urn }):
			faults = append(faults, "-lose "+urn+": nothing would be lost there")
		}
	}
	return faults
}
