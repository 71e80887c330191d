package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"datalake/local/fault"
)

// PublishArguments are those of SNS's Publish. Message is text, or what is written as JSON.
type PublishArguments struct {
	TopicArn, Subject string
	Message           any
}

// maxMessage is the size of an SNS message, and of an EventBridge entry, in bytes of UTF-8.
const maxMessage = 262_144

// Publish takes what SNS takes: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
func (e *Engine) Publish(arguments PublishArguments) (any, error) {
	text, err := arguments.text()
	if err != nil {
		return nil, err
	}
	refused := func(why string) (any, error) {
		return nil, fault.Errorf("SNS.InvalidParameterException", "Invalid parameter: %s", why)
	}
	_, known := e.resources.topics[arguments.TopicArn]
	switch {
	case !known:
		return nil, fault.Errorf("SNS.NotFoundException", "Topic does not exist: %s", arguments.TopicArn)
	case text == "":
		return refused("Empty message")
	case len(text) > maxMessage:
		return refused("Message too long")
	case len(arguments.Subject) >= 100 || strings.ContainsFunc(arguments.Subject, func(r rune) bool { return r < ' ' || r > '~' }):
		return refused("Subject")
	}
	return map[string]any{"MessageId": e.deliver(arguments.TopicArn, arguments.Subject, text)}, nil
}

func (a PublishArguments) text() (string, error) {
	if text, is := a.Message.(string); is {
		return text, nil
	}
	encoded, err := json.Marshal(a.Message)
	if err != nil {
		return "", fmt.Errorf("encode the message: %w", err)
	}
	return string(encoded), nil
}

// Entry is an event as a caller of PutEvents sends it. Detail is an object, or the text of one.
type Entry struct {
	EventBusName, Source, DetailType string
	Detail                           any
}

// maxEntries is how many events PutEvents takes at a time.
const maxEntries = 10

// PutEventsArguments are those of EventBridge's PutEvents.
type PutEventsArguments struct{ Entries []Entry }

// PutEvents takes the entries that are right, and says of each of the others why not, as EventBridge does.
//
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
func (e *Engine) PutEvents(arguments PutEventsArguments) (answer map[string]any, err error) {
	if count := len(arguments.Entries); count == 0 || count > maxEntries {
		bound := map[bool]string{true: "greater than or equal to 1", false: fmt.Sprintf("less than or equal to %d", maxEntries)}[count == 0]
		return nil, fault.Errorf("EventBridge.ValidationException", "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length %s", bound)
	}
	answers, failed := []any{}, 0
	for _, entry := range arguments.Entries {
		id, refused := e.putEvent(entry)
		if refused != nil {
			failed++
			answers = append(answers, map[string]any{"ErrorCode": refused.Name, "ErrorMessage": refused.Cause})
			continue
		}
		answers = append(answers, map[string]any{"EventId": id})
	}
	return map[string]any{"Entries": answers, "FailedEntryCount": failed}, nil
}

func (e *Engine) putEvent(entry Entry) (id string, refused *fault.Error) {
	if bus := entry.EventBusName; bus != "" && bus != "default" && !strings.HasSuffix(bus, ":event-bus/default") {
		return "", fault.Errorf("InvalidArgument", "The local run has the default bus alone, not %s.", bus)
	}
	detail := entry.Detail
	if text, is := detail.(string); is {
		if err := json.Unmarshal([]byte(text), &detail); err != nil {
			return "", fault.Errorf("MalformedDetail", "Detail is malformed.")
		}
	}
	encoded, err := json.Marshal(detail)
	if err != nil {
		return "", fault.Errorf("MalformedDetail", "Detail is malformed: %v.", err)
	}
	if size := len(entry.Source) + len(entry.DetailType) + len(encoded); size > maxMessage {
		return "", fault.Errorf("InvalidArgument", "The entry has %d bytes: at most %d are taken.", size, maxMessage)
	}
	if _, is := detail.(map[string]any); !is || entry.Source == "" || entry.DetailType == "" || strings.HasPrefix(entry.Source, "aws.") {
		return "", fault.Errorf("InvalidArgument", "An entry needs a Source that does not begin with aws., a DetailType, and an object as its Detail.")
	}
	return e.emit(Event{Source: entry.Source, DetailType: entry.DetailType, Detail: detail}), nil
}

// putEvents fails where an entry does, as Step Functions has it.
func (e *Engine) putEvents(arguments PutEventsArguments) (any, error) {
	for _, entry := range arguments.Entries {
		if !slices.Contains(emitted, entry.Source) && !strings.HasPrefix(entry.Source, "aws.") {
			return nil, fmt.Errorf("the source %q is not among those that rules are checked against: %s", entry.Source, strings.Join(emitted, ", "))
		}
	}
	answer, err := e.PutEvents(arguments)
	if refused := (*fault.Error)(nil); errors.As(err, &refused) {
		return nil, fault.Errorf("EventBridge.EventBridgeException", "%s", refused.Cause) // no error of its model
	}
	if err != nil || answer["FailedEntryCount"] == 0 {
		return answer, err
	}
	cause, err := json.Marshal(answer)
	if err != nil {
		return nil, fmt.Errorf("say which entries failed: %w", err)
	}
	return nil, &fault.Error{Name: "EventBridge.FailedEntry", Cause: string(cause)}
}
