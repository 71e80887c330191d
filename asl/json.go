package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// maxDefinition is the quota of a definition's size: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const maxDefinition = 1 << 20

// Encode writes a resolved document as canonical JSON: keys in order, no white space, no HTML escapes. It refuses a
// definition over Step Functions' one megabyte.
func Encode(document any) (string, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return "", fmt.Errorf("encode a state machine definition: %w", err)
	}
	text := string(bytes.TrimSuffix(out.Bytes(), []byte("\n")))
	if len(text) > maxDefinition {
		return "", fmt.Errorf("the state machine definition has %d bytes: Step Functions takes at most %d", len(text), maxDefinition)
	}
	return text, nil
}
