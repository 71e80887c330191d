package serve

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"datalake/local/engine"
	"datalake/local/fault"
)

// notifications has SNS's API, and STS's call that tells who calls, which many clients begin with:
// https://docs.aws.amazon.com/sns/latest/api/API_Operations.html
func (s *Server) notifications() map[string]operation {
	return map[string]operation{
		"Publish": s.writing(take(func(given struct{ TopicArn, Message, Subject string }) (any, error) {
			return s.engine.Publish(engine.PublishArguments{TopicArn: given.TopicArn, Message: given.Message, Subject: given.Subject})
		})),
		"ListTopics": take(func(given struct{ NextToken string }) (any, error) {
			return listed("Topics", s.engine.Topics(), page{NextToken: given.NextToken}, 100, func(arn string) any {
				return map[string]any{"TopicArn": arn}
			})
		}),
		"GetCallerIdentity": take(func(struct{}) (any, error) {
			account := s.engine.Account()
			return map[string]any{"Account": account, "UserId": "AIDALOCAL", "Arn": "arn:aws:iam::" + account + ":user/local"}, nil
		}),
	}
}

const inQuery = "<ErrorResponse>%s<RequestId>local</RequestId></ErrorResponse>"

// answerQuery speaks AWS's query protocol, a form and XML: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
func (s *Server) answerQuery(w *recorder, r *http.Request) (action string) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		w.refuseXML(http.StatusBadRequest, inQuery, "MalformedQueryString", err.Error())
		return "?"
	}
	action = r.PostForm.Get("Action")
	carryOut := s.query[action]
	if carryOut == nil {
		w.refuseXML(http.StatusBadRequest, inQuery, "InvalidAction", unknown(action, "version "+r.PostForm.Get("Version"), s.query))
		return action
	}
	arguments := map[string]string{}
	for name := range r.PostForm {
		if name != "Action" && name != "Version" {
			arguments[name] = r.PostForm.Get(name)
		}
	}
	text, err := json.Marshal(arguments)
	var answer any
	if err == nil {
		answer, err = carryOut(r.Context(), text)
	}
	if failure := (*fault.Error)(nil); errors.As(err, &failure) {
		w.refuseXML(http.StatusBadRequest, inQuery, strings.TrimSuffix(codeOf(failure), "Exception"), failure.Cause)
		return action
	}
	if err != nil {
		w.refuseXML(http.StatusBadRequest, inQuery, "InternalFailure", err.Error())
		return action
	}
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprintf(w, "<%[1]sResponse><%[1]sResult>%[2]s</%[1]sResult><ResponseMetadata><RequestId>local</RequestId></ResponseMetadata></%[1]sResponse>", action, elements(answer))
	return action
}

// elements writes an answer as XML; a list's elements are its members.
func elements(value any) string {
	var text strings.Builder
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			fmt.Fprintf(&text, "<%[1]s>%[2]s</%[1]s>", name, elements(member))
		}
	case []any:
		for _, element := range value {
			fmt.Fprintf(&text, "<member>%s</member>", elements(element))
		}
	default:
		_ = xml.EscapeText(&text, fmt.Append(nil, value)) // a builder takes all
	}
	return text.String()
}

// refuseXML answers with an error, in the envelope that a protocol puts around it.
func (r *recorder) refuseXML(status int, envelope, code, message string) {
	r.fault = " " + code
	r.Header().Set("Content-Type", "application/xml")
	r.WriteHeader(status)
	fmt.Fprintf(r, envelope, fmt.Sprintf("<Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error>", elements(code), elements(message)))
}
