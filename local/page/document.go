package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// document is JSON as a person reads it, and any other text as it is.
func document(value any) string {
	text, is := value.(string)
	if raw, isRaw := value.(json.RawMessage); isRaw {
		text, is = string(raw), true
	}
	if !is {
		var written bytes.Buffer
		encoder := json.NewEncoder(&written)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(value); err != nil {
			return fmt.Sprint(value)
		}
		text = written.String()
	}
	var compact bytes.Buffer
	if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
		if json.Compact(&compact, []byte(trimmed)) == nil {
			return indented(compact.Bytes(), "")
		}
	}
	if said := ""; strings.HasPrefix(text, `"`) && json.Unmarshal([]byte(text), &said) == nil {
		text = said
	}
	return strings.TrimRight(text, "\n")
}

// lineWidth is up to which JSON stands in one line.
const lineWidth = 76

// indented breaks compact JSON into lines: what is short stays in one.
func indented(text []byte, margin string) string {
	opening := text[0]
	if opening != '{' && opening != '[' || len(margin)+len(text) <= lineWidth {
		return spaced(text)
	}
	var lines []string
	decoder := json.NewDecoder(bytes.NewReader(text))
	_, _ = decoder.Token() // the JSON was found sound
	for decoder.More() {
		name := ""
		if opening == '{' {
			token, _ := decoder.Token()
			name = fmt.Sprintf("%q: ", token)
		}
		var member json.RawMessage
		if err := decoder.Decode(&member); err != nil && err != io.EOF {
			return string(text)
		}
		lines = append(lines, margin+"  "+name+indented(member, margin+"  "))
	}
	return string(opening) + "\n" + strings.Join(lines, ",\n") + "\n" + margin + string(text[len(text)-1])
}

// spaced is compact JSON with a blank after each comma and colon that are outside of its texts.
func spaced(text []byte) string {
	var line strings.Builder
	inside, escaped := false, false
	for _, c := range text {
		line.WriteByte(c)
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '"':
			inside = !inside
		case !inside && (c == ',' || c == ':'):
			line.WriteByte(' ')
		}
	}
	return line.String()
}
