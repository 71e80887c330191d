package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	codeBlocks = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	link       = regexp.MustCompile(`\]\(([^)]+)\)`)
	heading    = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notInSlugs = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// A link from one page to another, or to a section of one, leads somewhere; and every page of docs/ can be found from the README.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	var pages []string
	for _, pattern := range []string{"*.md", "*/*.md"} {
		found, err := filepath.Glob(filepath.Join(projectDirectory, pattern))
		require.NoError(t, err)
		pages = append(pages, found...)
	}
	require.Greater(t, len(pages), 8)
	// prose is a page without its blocks of code.
	prose := func(page string) string {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		return codeBlocks.ReplaceAllString(string(text), "")
	}
	named := map[string]bool{}
	for _, page := range pages {
		for _, found := range link.FindAllStringSubmatch(prose(page), -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			file, section, _ := strings.Cut(found[1], "#")
			target := page
			if file != "" {
				target = filepath.Join(filepath.Dir(page), file)
			}
			require.FileExists(t, target, "%s links to %s", page, found[1])
			if page == filepath.Join(projectDirectory, "README.md") {
				named[target] = true
			}
			require.True(t, section == "" || slices.Contains(sectionsOf(prose(target)), section), "%s links to %s: that has no such section", page, found[1])
		}
	}
	for _, page := range pages {
		require.True(t, filepath.Base(filepath.Dir(page)) != "docs" || named[page], "the README does not link to %s", page)
	}
}

// sectionsOf are the names under which GitHub finds a page's headings.
func sectionsOf(page string) (names []string) {
	for _, found := range heading.FindAllStringSubmatch(page, -1) {
		names = append(names, strings.ReplaceAll(notInSlugs.ReplaceAllString(strings.ToLower(found[1]), ""), " ", "-"))
	}
	return names
}
