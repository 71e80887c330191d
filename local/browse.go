package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"datalake/local/page"
)

// pageFile is where the page of a report stands: beside it.
func pageFile(report string) string {
	return strings.TrimSuffix(report, filepath.Ext(report)) + ".html"
}

// drawPage draws the page of a report that is there.
func drawPage(report string) error {
	text, err := os.ReadFile(report)
	var drawn bytes.Buffer
	if err == nil {
		err = page.Write(&drawn, text)
	}
	if err == nil {
		err = os.WriteFile(pageFile(report), drawn.Bytes(), 0o644)
	}
	if err != nil {
		return fmt.Errorf("draw the page of %s: %w", report, err)
	}
	return nil
}

// openPage opens a page in a person's browser, where there is a person with one.
func openPage(file string, stdout io.Writer) error {
	opener := openerOf(runtime.GOOS, os.Getenv)
	if opener == "" || !isTerminal(stdout) {
		return nil
	}
	if said, err := exec.Command(opener, file).CombinedOutput(); err != nil {
		return fmt.Errorf("open %s with %s: %w\n%s", file, opener, err, said)
	}
	return nil
}

// openerOf is the command that opens a file on a person's screen, empty where there is none.
func openerOf(system string, environment func(string) string) string {
	switch {
	case system == "darwin":
		return "open"
	case environment("DISPLAY") != "" || environment("WAYLAND_DISPLAY") != "":
		return "xdg-open"
	default:
		return ""
	}
}
