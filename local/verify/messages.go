package verify

import (
	"context"
	"encoding/json"
	"fmt"

	"datalake/local/engine"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// messages compares what an execution published with what was published here.
func (v *verification) messages(ctx context.Context, m machine, x execution) {
	if m.express {
		return // it has no history
	}
	published, err := v.published(ctx, x.arn)
	if err != nil {
		v.refused("message of "+m.name, "", err)
		return
	}
	var here []engine.Message
	for _, message := range v.Report.Messages {
		if content, is := message.Message.(map[string]any); is && (content["report"] == m.name || content["pipeline"] == m.name) {
			here = append(here, message)
		}
	}
	if len(published) != len(here) {
		v.differ("messages of "+m.name, fmt.Sprint(len(published)), fmt.Sprint(len(here)), "see what the execution did: "+x.arn)
		return
	}
	for i, message := range here {
		v.message(m, published[i], message)
	}
}

const otherData = "if the deployed source bucket holds other data, make verify COPY=yes copies to it what it lacks, and make local DATA=DIR runs here on a copy of it"

// message compares one message, and each of the queries that it reports on by itself.
func (v *verification) message(m machine, deployed engine.Message, here engine.Message) {
	theirs, ours := queries(deployed.Message), queries(here.Message)
	for i := range max(len(theirs), len(ours)) {
		query := func(of []map[string]any) map[string]any {
			if i < len(of) {
				return of[i]
			}
			return map[string]any{"name": "none"}
		}
		t, o := query(theirs), query(ours)
		v.compare(fmt.Sprintf("query %v of %s", o["name"], m.name), account(t), account(o), differences("", t, o), otherData)
	}
	without := func(message engine.Message) any {
		content := map[string]any{}
		if all, is := message.Message.(map[string]any); is {
			for name, value := range all {
				if name != "queries" {
					content[name] = value
				}
			}
		}
		return map[string]any{"topic": message.Topic, "subject": message.Subject, "message": content}
	}
	v.compare("message of "+m.name, deployed.Subject, here.Subject, differences("", without(deployed), without(here)), otherData)
}

// queries are what a report says of its queries.
func queries(message any) (found []map[string]any) {
	content, _ := message.(map[string]any)
	list, _ := content["queries"].([]any)
	for _, query := range list {
		if query, is := query.(map[string]any); is {
			found = append(found, query)
		}
	}
	return found
}

// account says in a few words what a query gave.
func account(query map[string]any) string {
	rows, _ := query["rows"].([]any)
	bytes, _ := query["dataScannedInBytes"].(float64)
	return fmt.Sprintf("%v: %d rows, %.0f bytes", query["status"], len(rows), bytes)
}

// published are the messages that an execution sent to topics, as its history has them.
func (v *verification) published(ctx context.Context, arn string) (messages []engine.Message, err error) {
	topics := map[string]string{}
	for name, arn := range v.output("topics") {
		topics[arn] = name
	}
	pages := sfn.NewGetExecutionHistoryPaginator(v.sfn, &sfn.GetExecutionHistoryInput{ExecutionArn: &arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the history of %s: %w", arn, err)
		}
		for _, event := range page.Events {
			details := event.TaskScheduledEventDetails
			if event.Type != types.HistoryEventTypeTaskScheduled || *details.ResourceType != "sns" || *details.Resource != "publish" {
				continue
			}
			var sent struct{ TopicArn, Subject, Message string }
			if err := json.Unmarshal([]byte(*details.Parameters), &sent); err != nil {
				return nil, fmt.Errorf("read what %s sent: %w", arn, err)
			}
			message := engine.Message{Topic: topics[sent.TopicArn], Subject: sent.Subject, Message: sent.Message}
			var content any
			if json.Unmarshal([]byte(sent.Message), &content) == nil {
				message.Message = content
			}
			messages = append(messages, message)
		}
	}
	return messages, nil
}
