package main

import (
	"fmt"
	"slices"
	"strings"

	"datalake/internal/graph"
)

// looks are what the kinds of nodes are called in a drawing, their shapes and their classes.
var looks = map[graph.Kind]struct{ called, open, close, class string }{
	graph.Schedule:     {"schedule", "([", "])", "event"},
	graph.IoTRule:      {"IoT rule", "([", "])", "event"},
	graph.StateMachine: {"state machine", "[", "]", "machine"},
	graph.Crawler:      {"crawler", "[[", "]]", "engine"},
	graph.Job:          {"Spark job", "[[", "]]", "engine"},
	graph.Query:        {"query", "[[", "]]", "engine"},
	graph.Data:         {"bucket", "[(", ")]", "data"},
	graph.Database:     {"database", "[/", "/]", "data"},
	graph.Table:        {"table", "[/", "/]", "data"},
	graph.Topic:        {"topic", ">", "]", "event"},
	graph.Queue:        {"queue", ">", "]", "event"},
	graph.Email:        {"e-mail", ">", "]", "event"},
	graph.Event:        {"event", ">", "]", "event"},
}

const classes = `  classDef machine fill:#fbe4ef,stroke:#b0084d,color:#111
  classDef engine fill:#e9e3fb,stroke:#6b2fbf,color:#111
  classDef data fill:#e3f1e1,stroke:#3f7d20,color:#111
  classDef event fill:#fff1d6,stroke:#a86a00,color:#111
`

// mermaid writes the drawing as a flowchart.
//
// https://mermaid.js.org/syntax/flowchart.html
func (d *drawing) mermaid(direction string) string {
	var text strings.Builder
	line := func(format string, arguments ...any) { fmt.Fprintf(&text, format+"\n", arguments...) }
	ids := map[string]string{}
	groups := map[string][]box{}
	for i, b := range d.boxes {
		ids[b.id] = fmt.Sprintf("n%d", i+1)
		groups[b.group] = append(groups[b.group], b)
	}
	line("%%%%{init: {\"flowchart\": {\"nodeSpacing\": 25, \"rankSpacing\": 35}}}%%%%\nflowchart %s", direction)
	for i, group := range d.groups() {
		if group != "" {
			ids[group] = fmt.Sprintf("g%d", i)
			line("  subgraph %s [%s]", ids[group], quoted(group))
		}
		for _, b := range groups[group] {
			look := looks[b.kind]
			line("    %s%s%s%s:::%s", ids[b.id], look.open, quoted(b.label()), look.close, look.class)
		}
		if group != "" {
			line("  end\n  style %s fill:none,stroke:#888", ids[group])
		}
	}
	ends := map[string][]string{} // where the arrows that begin alike end
	var starts []string
	for _, a := range d.arrows {
		link := "-->"
		if a.data {
			link = "==>"
		}
		if a.label != "" {
			link += "|" + quoted(a.label) + "|"
		}
		start := ids[a.from] + " " + link
		if ends[start] == nil {
			starts = append(starts, start)
		}
		ends[start] = append(ends[start], ids[a.to])
	}
	for _, start := range starts {
		line("  %s %s", start, strings.Join(ends[start], " & "))
	}
	return text.String() + classes
}

// groups are the frames, the empty one last.
func (d *drawing) groups() (names []string) {
	for _, b := range d.boxes {
		names = append(names, b.group)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return append(slices.DeleteFunc(names, func(name string) bool { return name == "" }), "")
}

func (b box) label() string {
	called := looks[b.kind].called
	switch names := strings.Join(b.names, "<br>"); b.kind {
	case graph.Schedule:
		return called + "<br>" + b.detail
	case graph.Data:
		return b.detail + " bucket<br>" + names
	case graph.Table:
		return called + "<br>" + strings.ReplaceAll(names, ".", "<br>")
	default:
		if b.detail != "" {
			names += "<br>" + b.detail
		}
		for i, part := range b.parts {
			b := "<br>with "
			if i > 0 {
				b = ", "
			}
			names += b + looks[part].called
		}
		return called + "<br>" + names
	}
}

// quoted is text as Mermaid takes it.
func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, "#quot;") + `"` }
