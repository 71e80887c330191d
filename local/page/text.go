package page

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// number is a count with its thousands apart.
func number[N int | int64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func size(bytes int64) string {
	if bytes < 1000 {
		return counted(int(bytes), "byte")
	}
	amount, units := float64(bytes)/1000, "kMGTPE"
	for ; amount >= 999.95; units = units[1:] {
		amount /= 1000
	}
	return fmt.Sprintf("%.4g %cB", amount, units[0])
}

func duration(seconds float64) string {
	switch d := time.Duration(math.Round(seconds*1000)) * time.Millisecond; {
	case d == 0:
		return "0 s"
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s"
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
}

// usd is an amount to the thousandth of a cent.
func usd(amount float64) string {
	const least = 0.00001
	switch {
	case amount == 0:
		return "0"
	case amount < least/2:
		return "< 0.00001"
	case amount >= 1:
		return strconv.FormatFloat(amount, 'f', 2, 64)
	default:
		return strconv.FormatFloat(amount, 'f', 5, 64)
	}
}

func instant(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05") }

// counted is a number of things, whose name takes an s for several.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return number(n) + " " + thing
}

// cell is a value as a table shows it.
func cell(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		return value
	case json.Number:
		return value.String()
	default:
		return document(value)
	}
}

// kind is the class of a table's cell.
func kind(value any) string {
	if _, is := value.(json.Number); is {
		return "n"
	}
	const long = 40
	if len(cell(value)) > long {
		return "long"
	}
	return ""
}

// cut is the beginning of a text.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}

// width is at most how wide a text is, in sizes of its font: that of the widest usual font, DejaVu Sans.
func width(text string) (sum float64) {
	for _, r := range text {
		switch {
		case strings.ContainsRune("ijl.,:;'|! ", r):
			sum += 0.4
		case strings.ContainsRune(`frt()[]-/I"`, r):
			sum += 0.46
		case strings.ContainsRune("mwMW%@", r):
			sum++
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_':
			sum += 0.64
		case r < 0x1100:
			sum += 0.85
		default:
			sum += 1.1 // ideographs
		}
	}
	return sum
}

// wrap breaks a text into lines of a width: where words end, where it can.
func wrap(text string, most float64) (lines []string) {
	line := ""
	for _, word := range words.FindAllString(strings.Join(strings.Fields(text), " "), -1) {
		if line != "" && width(line+word) > most {
			lines, line = append(lines, line), ""
		}
		line += word
		for width(line) > most {
			part := ""
			for _, r := range line {
				if part != "" && width(part+string(r)) > most {
					break
				}
				part += string(r)
			}
			lines, line = append(lines, part), strings.TrimPrefix(line, part)
		}
	}
	return append(lines, line)
}

// words end with a blank or a sign, or before a capital.
var words = regexp.MustCompile(`\p{Lu}+[^\p{Lu} ./_-]*[ ./_-]*|[^\p{Lu} ./_-]+[ ./_-]*|[ ./_-]+`)
