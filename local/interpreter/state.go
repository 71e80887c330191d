package interpreter

import (
	"math"
	"slices"
	"strings"

	"datalake/local/jsonata"
)

// stateNode is a state of a definition.
type stateNode struct {
	node
	jsonata bool     // its query language
	scope   []string // the variables that its flow and those around it assign
}

// fieldsOf names the fields of each type of state; those of all types are in commonFields.
var fieldsOf = map[string]string{
	"Pass":     "",
	"Task":     "Resource TimeoutSeconds HeartbeatSeconds Retry Catch",
	"Choice":   "Choices Default",
	"Wait":     "Seconds Timestamp",
	"Succeed":  "",
	"Fail":     "Error Cause",
	"Parallel": "Branches Retry Catch",
	"Map":      "ItemSelector ItemProcessor Iterator MaxConcurrency Label ToleratedFailureCount ToleratedFailurePercentage Retry Catch",
}

// notCovered are fields that AWS knows and this interpreter does not.
var notCovered = map[string]string{
	"Task": "Credentials",
	"Map":  "ItemReader ItemBatcher ResultWriter",
}

// pathFields are the fields by which JSONPath states pick and place data, apart from those ending in Path.
const pathFields = "Parameters ResultSelector Variable"

func (c *checker) state(n node, name string, scope []string) *state {
	s := &state{name: name, action: succeedAction{}}
	types := []string{"Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"}
	if _, found := n.get("Type", true); !found {
		return s
	}
	var known bool
	if s.kind, known = n.choice("Type", "", types...); !known {
		return s
	}
	sn := stateNode{n, c.jsonata, scope}
	if language, found := n.choice("QueryLanguage", "", languageJSONPath, languageJSONata); found {
		sn.jsonata = language == languageJSONata
		if c.jsonata && !sn.jsonata {
			c.fault(n.at+"/QueryLanguage", "A state of a JSONata state machine cannot be JSONPath")
		}
	}
	sn.checkFields(s.kind)
	if s.kind != "Choice" && s.kind != "Succeed" && s.kind != "Fail" {
		s.next = sn.nextOrEnd()
	}
	members := statesMembers
	if s.produces() {
		members = resultMembers
	}
	s.assign = sn.assign(n, members)
	s.output = sn.template(n, "Output", members)
	s.retry = sn.retriers()
	s.catch = sn.catchers()
	s.action = sn.action(s.kind)
	return s
}

func (s stateNode) checkFields(kind string) {
	allowed := "Type Comment QueryLanguage " + fieldsOf[kind]
	switch kind {
	case "Succeed", "Fail":
	case "Choice":
		allowed += " Assign"
	default:
		allowed += " Assign Next End"
	}
	if s.jsonata {
		if kind != "Fail" {
			allowed += " Output"
		}
		switch kind {
		case "Task", "Parallel":
			allowed += " Arguments"
		case "Map":
			allowed += " Items"
		}
	} else if kind == "Pass" {
		allowed += " Result"
	}
	for field := range s.object.All() {
		at := s.at + "/" + field
		switch {
		case slices.Contains(strings.Fields(allowed), field):
		case slices.Contains(strings.Fields(notCovered[kind]), field):
			s.fault(at, "The field %q is not covered by the local run", field)
		case isPathField(field) && !s.jsonata:
			s.refusePath(at, field)
		case isPathField(field):
			s.fault(at, "The field %q is not supported in a JSONata state", field)
		case !s.jsonata && slices.Contains([]string{"Arguments", "Output", "Items"}, field):
			s.fault(at, "The field %q is supported in JSONata states only (\"QueryLanguage\": \"JSONata\")", field)
		default:
			s.fault(at, "The field %q is not supported by Step Functions in a %s state", field, kind)
		}
	}
}

func isPathField(field string) bool {
	return strings.HasSuffix(field, "Path") || strings.HasSuffix(field, ".$") || slices.Contains(strings.Fields(pathFields), field)
}

func (c *checker) refusePath(at, field string) {
	c.fault(at, "The field %q is for JSONPath, whose paths the local run does not cover; write the state in JSONata", field)
}

// refusePaths looks for fields ending in .$ inside the payload templates of a JSONPath state.
func (c *checker) refusePaths(at string, value any) {
	switch value := value.(type) {
	case *jsonata.Object:
		for name, inner := range value.All() {
			if strings.HasSuffix(name, ".$") {
				c.refusePath(at+"/"+name, name)
			}
			c.refusePaths(at+"/"+name, inner)
		}
	case []any:
		for i, inner := range value {
			c.refusePaths(indexed(at, i), inner)
		}
	}
}

func (s stateNode) nextOrEnd() string {
	next, hasNext := s.text("Next", false)
	value, hasEnd := s.object.Get("End")
	end, ok := value.(bool)
	if hasEnd && !ok {
		s.fault(s.at+"/End", "The value must be true or false, but is %s", shortened(value))
	}
	if hasNext == end {
		s.fault(s.at, "The state must have either \"Next\" or \"End\": true")
	}
	return next
}

func (s stateNode) action(kind string) action {
	switch kind {
	case "Pass":
		result, found := s.object.Get("Result")
		if !found {
			return &passAction{}
		}
		return &passAction{result: &template{constant: result}}
	case "Task":
		return s.task()
	case "Choice":
		return s.choiceState()
	case "Wait":
		return s.wait()
	case "Fail":
		return &failAction{name: s.textTemplate("Error"), cause: s.textTemplate("Cause")}
	case "Parallel":
		a := &parallelAction{arguments: s.template(s.node, "Arguments", statesMembers)}
		for _, b := range s.list("Branches", true) {
			b.only("StartAt", "States", "Comment")
			a.branches = append(a.branches, s.flow(b, s.scope))
		}
		return a
	case "Map":
		return s.mapState()
	}
	return succeedAction{}
}

func (s stateNode) task() *taskAction {
	a := &taskAction{
		arguments: s.template(s.node, "Arguments", statesMembers),
		timeout:   s.wholeTemplate("TimeoutSeconds", 1, longestWait),
		heartbeat: s.wholeTemplate("HeartbeatSeconds", 1, longestWait),
	}
	a.resource, _ = s.text("Resource", true)
	at := s.at + "/Resource"
	if a.resource == "" {
		return a
	}
	if parts := strings.SplitN(a.resource, ":", 6); len(parts) < 6 || parts[0] != "arn" || parts[2] == "" {
		s.fault(at, "The value %q is not a valid resource ARN", a.resource)
		return a
	}
	_, kind, _ := a.parts()
	switch {
	case kind == "aws-sdk" && a.submits() && !a.waitsForToken():
		s.fault(at, "The resource %q does not exist: SDK integrations cannot wait for a job (.sync)", a.resource)
	case a.submits():
		s.standardOnly = append(s.standardOnly, located("SCHEMA_VALIDATION_FAILED", at, "Express state machines do not support the resource %q", a.resource))
	case a.eventKind() == "Activity":
		s.standardOnly = append(s.standardOnly, located("SCHEMA_VALIDATION_FAILED", at, "Express state machines do not support activities"))
	}
	if timeout, beat := constantNumber(a.timeout), constantNumber(a.heartbeat); timeout > 0 && beat >= timeout {
		s.fault(s.at+"/HeartbeatSeconds", "The value must be smaller than TimeoutSeconds (%v), but is %v", timeout, beat)
	}
	return a
}

func constantNumber(t *template) int {
	if t == nil {
		return 0
	}
	number, _ := wholeNumber(t.constant)
	return number
}

func (s stateNode) choiceState() *choiceAction {
	a := &choiceAction{}
	a.fallback, _ = s.text("Default", false)
	for _, rule := range s.list("Choices", true) {
		if !s.jsonata {
			s.refuseComparisons(rule)
			continue
		}
		rule.only("Condition", "Next", "Assign", "Output", "Comment")
		r := choiceRule{assign: s.assign(rule, statesMembers), output: s.template(rule, "Output", statesMembers)}
		r.next, _ = rule.text("Next", true)
		if condition, found := rule.get("Condition", true); found {
			r.condition = s.compile(rule.at+"/Condition", condition, statesMembers)
			if _, constant := r.condition.constant.(bool); !constant && r.condition.source == "" {
				s.fault(rule.at+"/Condition", "The value must be a boolean or a JSONata expression, but is %s", shortened(condition))
			}
		}
		a.rules = append(a.rules, r)
	}
	return a
}

// refuseComparisons names what a JSONPath rule compares, which always takes a path.
func (s stateNode) refuseComparisons(rule node) {
	before := len(s.faults)
	for field, value := range rule.object.All() {
		at := rule.at + "/" + field
		switch {
		case field == "And" || field == "Or":
			for _, inner := range rule.list(field, true) {
				s.refuseComparisons(inner)
			}
		case field == "Not":
			if inner, ok := s.node.node(at, value); ok {
				s.refuseComparisons(inner)
			}
		case isPathField(field):
			s.refusePath(at, field)
		}
	}
	if len(s.faults) == before {
		s.fault(rule.at, "The rule must have a field \"Variable\" and a comparison, or be written in JSONata with a \"Condition\"")
	}
}

func (s stateNode) wait() *waitAction {
	a := &waitAction{
		seconds: s.wholeTemplate("Seconds", 0, longestWait),
		timestamp: s.typed("Timestamp", "an ISO 8601 date and time with an offset, such as 2016-03-14T01:59:00Z", func(value any) bool {
			written, ok := value.(string)
			if ok {
				_, ok = parseTimestamp(written)
			}
			return ok
		}),
	}
	if (a.seconds == nil) == (a.timestamp == nil) {
		s.fault(s.at, "The state must have exactly one of \"Seconds\" and \"Timestamp\"")
	}
	return a
}

// tolerance reads how many items of a distributed Map may fail. An inline Map takes the fields, evaluates them and fails
// at the first failure all the same.
func (s stateNode) tolerance(distributed bool) []tolerance {
	var all []tolerance
	for _, field := range []tolerance{{field: "ToleratedFailureCount", most: math.MaxInt32}, {field: "ToleratedFailurePercentage", most: 100}} {
		if field.value = s.wholeTemplate(field.field, 0, field.most); field.value == nil {
			continue
		}
		if distributed {
			s.fault(s.at+"/"+field.field, "The field %q of a distributed Map is not covered by the local run", field.field)
		}
		all = append(all, field)
	}
	return all
}

func (s stateNode) mapState() *mapAction {
	a := &mapAction{
		items: s.typed("Items", "an array, an object or a JSONata expression", func(value any) bool {
			kind := jsonata.TypeName(value)
			return kind == "array" || kind == "object"
		}),
		selector:    s.template(s.node, "ItemSelector", statesMembers),
		concurrency: s.wholeTemplate("MaxConcurrency", 0, math.MaxInt),
		jsonata:     s.jsonata,
	}
	field := "ItemProcessor"
	if _, found := s.object.Get("Iterator"); found {
		if _, both := s.object.Get(field); both {
			s.fault(s.at, "The state must have only one of \"ItemProcessor\" and \"Iterator\"")
		}
		field = "Iterator"
	}
	a.label, _ = s.text("Label", false)
	processor, ok := s.child(field, true)
	if !ok {
		return a
	}
	processor.only("StartAt", "States", "Comment", "ProcessorConfig")
	scope := s.scope
	if config, ok := processor.child("ProcessorConfig", false); ok {
		config.only("Mode", "ExecutionType")
		mode, _ := config.choice("Mode", "INLINE", "INLINE", "DISTRIBUTED")
		if a.distributed = mode == "DISTRIBUTED"; a.distributed {
			config.choice("ExecutionType", "", "STANDARD", "EXPRESS")
			s.standardOnly = append(s.standardOnly, located("SCHEMA_VALIDATION_FAILED", config.at, "Express state machines do not support distributed Map states"))
			scope = nil
		}
	}
	a.tolerances = s.tolerance(a.distributed)
	a.processor = s.flow(processor, scope)
	return a
}
