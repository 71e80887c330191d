package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"datalake/local/fault"
)

// maxBody is more than any call takes but S3's.
const maxBody = 4 << 20

// answerJSON speaks AWS's JSON protocol: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
func (s *Server) answerJSON(w *recorder, r *http.Request, api, name string) {
	carryOut := s.json[api][name]
	if carryOut == nil {
		w.refuse(http.StatusBadRequest, "UnknownOperationException", unknown(name, api, s.json[api]))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		w.fail(fault.Errorf("SerializationException", "read the arguments of %s: %v", name, err))
		return
	}
	answer, err := carryOut(r.Context(), body)
	if err != nil {
		w.fail(err)
		return
	}
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	w.write(http.StatusOK, answer)
}

// unknown says that an operation is not among those that there are.
func unknown(name, api string, operations map[string]operation) string {
	if operations == nil {
		return fmt.Sprintf("The local endpoint does not carry out %s of %s, nor anything else of that service", name, api)
	}
	return fmt.Sprintf("The local endpoint does not carry out %s of %s: there are %s", name, api, strings.Join(slices.Sorted(maps.Keys(operations)), ", "))
}

// take makes an operation of a function on typed arguments, and refuses by name an argument that the function does not know.
func take[A any](carryOut func(A) (any, error)) operation {
	return func(_ context.Context, arguments []byte) (any, error) {
		var given A
		if err := decode(arguments, &given); err != nil {
			return nil, err
		}
		return carryOut(given)
	}
}

func decode(arguments []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(arguments))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	switch {
	case errors.Is(err, io.EOF): // no arguments
		return nil
	case err != nil && strings.HasPrefix(err.Error(), "json: unknown field"):
		return fault.Errorf("InvalidParameterException", "The local endpoint does not take the argument %s", strings.TrimPrefix(err.Error(), "json: unknown field "))
	case err != nil:
		return fault.Errorf("SerializationException", "%v", err)
	}
	return nil
}

// fail answers with an error; a fault's name is AWS's, after that of its service.
func (r *recorder) fail(err error) {
	var failure *fault.Error
	if !errors.As(err, &failure) {
		r.refuse(http.StatusInternalServerError, "InternalFailure", err.Error())
		return
	}
	r.refuse(http.StatusBadRequest, codeOf(failure), failure.Cause)
}

func codeOf(failure *fault.Error) string {
	return failure.Name[strings.LastIndexByte(failure.Name, '.')+1:]
}

func (r *recorder) refuse(status int, code, message string) {
	r.fault = " " + code
	r.Header().Set("Content-Type", "application/x-amz-json-1.1")
	r.Header().Set("X-Amzn-ErrorType", code)
	r.write(status, map[string]any{"__type": code, "message": message, "Message": message})
}

func (r *recorder) write(status int, document any) {
	text, err := json.Marshal(onTheWire(document))
	if err != nil {
		status, text = http.StatusInternalServerError, fmt.Appendf(nil, `{"__type": "InternalFailure", "message": %q}`, err.Error())
	}
	r.Header().Set("Content-Length", strconv.Itoa(len(text)))
	r.WriteHeader(status)
	_, _ = r.Write(text) // a client that is gone misses nothing
}

// onTheWire gives times as AWS's JSON protocol does: seconds since 1970, to the millisecond.
func onTheWire(value any) any {
	switch value := value.(type) {
	case time.Time:
		return float64(value.UnixMilli()) / 1000
	case map[string]any:
		shown := make(map[string]any, len(value))
		for name, member := range value {
			shown[name] = onTheWire(member)
		}
		return shown
	case []any:
		shown := make([]any, len(value))
		for i, element := range value {
			shown[i] = onTheWire(element)
		}
		return shown
	default:
		return value
	}
}

// page is what most calls that list take.
type page struct {
	MaxResults int
	NextToken  string
}

// listed is an answer with a page of a list, in the form that show gives each element, and with the token of the next page.
func listed[E any](member string, all []E, p page, most int, show func(E) any) (any, error) {
	start := 0
	if p.NextToken != "" {
		if _, err := fmt.Sscanf(p.NextToken, "from-%d", &start); err != nil || start < 0 || start > len(all) {
			return nil, fault.Errorf("InvalidTokenException", "NextToken %q is not one that this call gave", p.NextToken)
		}
	}
	if p.MaxResults > 0 {
		most = min(most, p.MaxResults)
	}
	shown := []any{}
	for _, element := range all[start:min(start+most, len(all))] {
		shown = append(shown, show(element))
	}
	answer := map[string]any{member: shown}
	if end := start + len(shown); end < len(all) {
		answer["NextToken"] = fmt.Sprintf("from-%d", end)
	}
	return answer, nil
}

func itself[E any](element E) any { return element }
