// Package page draws the report of a run as a page: one HTML file that needs nothing beside it, made from report.json alone.
//
// Each section is a template; its pictures are SVG, of which Graphviz lays out the graphs. The script unfolds and changes the
// theme, and the page can be read without it.
package page

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io"

	"github.com/goccy/go-graphviz"
)

//go:embed templates
var files embed.FS

// maxBytes is the most that a page takes.
const maxBytes = 1_000_000

// limits are of what the page shows of a report, which has the whole: bytes of a text, and how many things of a kind.
type limits struct{ text, things int }

// Write writes the page of a report, which is report.json's text, of this version or an earlier one.
func Write(to io.Writer, report []byte) error {
	r, err := readReport(report)
	if err != nil {
		return err
	}
	started, err := graphviz.New(context.Background())
	if err != nil {
		return fmt.Errorf("start Graphviz: %w", err)
	}
	var text bytes.Buffer
	for l := (limits{text: 4096, things: 100}); text.Len() == 0 || text.Len() > maxBytes && l.text > 64; l = l.less() {
		text.Reset()
		if err := write(&text, r, l, renderer{started}); err != nil {
			return fmt.Errorf("draw the page of the report: %w", err)
		}
	}
	if err := started.Close(); err != nil {
		return fmt.Errorf("stop Graphviz: %w", err)
	}
	_, err = to.Write(text.Bytes())
	return err
}

func (l limits) less() limits { return limits{l.text / 2, max(5, l.things/2)} }

func write(to io.Writer, r report, l limits, graphs renderer) error {
	pages, err := template.New("page").Funcs(template.FuncMap{
		"asset": asset, "number": func(n int) string { return number(n) }, "size": size, "duration": duration, "usd": usd, "instant": instant,
		"counted": counted, "cell": cell, "kind": kind, "isJSON": isJSON, "parts": costParts.parts,
		"document": func(value any) string { return cut(document(value), l.text) },
		"short":    func(text string) string { return cut(text, l.text) },
	}).ParseFS(files, "templates/*.html")
	if err != nil {
		return err
	}
	v, err := look(r, l, graphs)
	if err != nil {
		return err
	}
	return pages.ExecuteTemplate(to, "page.html", v)
}
