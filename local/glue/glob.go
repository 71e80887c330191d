package glue

import (
	"errors"
	"regexp"
	"strings"
)

// compileGlob turns an exclude pattern into a regular expression over keys relative to the include path, by the rules of "Include and exclude patterns":
// * stays within a folder, ** crosses folders, braces hold alternatives and do not nest, a backslash quotes, a leading dot is a character like any other.
// A **/ also stands for no folder at all.
func compileGlob(glob string) (*regexp.Regexp, error) {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	inBraces := false
	for rest := glob; rest != ""; {
		switch c := rest[0]; {
		case strings.HasPrefix(rest, "**/"):
			b.WriteString("(?:.*/)?")
			rest = rest[3:]
			continue
		case strings.HasPrefix(rest, "**"):
			b.WriteString(".*")
			rest = rest[2:]
			continue
		case c == '*':
			b.WriteString("[^/]*")
		case c == '?':
			b.WriteString("[^/]")
		case c == '[':
			end := strings.IndexByte(rest, ']')
			if end < 2 || rest[1:end] == "!" {
				return nil, errors.New("a [ needs characters and a ]; quote it with a backslash if it stands for itself")
			}
			b.WriteString(characterClass(rest[1:end]))
			rest = rest[end+1:]
			continue
		case c == '{' && inBraces:
			return nil, errors.New("braces do not nest")
		case c == '{':
			inBraces = true
			b.WriteString("(?:")
		case c == '}' && inBraces:
			inBraces = false
			b.WriteString(")")
		case c == ',' && inBraces:
			b.WriteString("|")
		case c == '\\':
			if len(rest) == 1 {
				return nil, errors.New("a backslash at the end quotes nothing")
			}
			b.WriteString(regexp.QuoteMeta(rest[1:2]))
			rest = rest[2:]
			continue
		default:
			b.WriteString(regexp.QuoteMeta(rest[:1]))
		}
		rest = rest[1:]
	}
	if inBraces {
		return nil, errors.New("a { needs a }")
	}
	b.WriteString(`\z`)
	return regexp.Compile(b.String())
}

func characterClass(set string) string {
	negation := ""
	if rest, negated := strings.CutPrefix(set, "!"); negated {
		set, negation = rest, "^/"
	}
	return "[" + negation + strings.NewReplacer(`\`, `\\`, `[`, `\[`, `^`, `\^`).Replace(set) + "]"
}
