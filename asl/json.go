package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// maxDefinition is the quota of a definition's size: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const maxDefinition = 1 << 20

// EncodeDefinition writes a resolved definition with [Encode]. It refuses one over Step Functions' one megabyte.
func EncodeDefinition(document any) (string, error) {
	text, err := Encode(document)
	if err == nil && len(text) > maxDefinition {
		err = fmt.Errorf("the state machine definition has %d bytes: Step Functions takes at most %d", len(text), maxDefinition)
	}
	return text, err
}

// Encode writes a document as canonical JSON: keys in order, no white space, no HTML escapes.
func Encode(document any) (string, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return "", fmt.Errorf("write canonical JSON: %w", err)
	}
	return string(bytes.TrimSuffix(out.Bytes(), []byte("\n"))), nil
}
