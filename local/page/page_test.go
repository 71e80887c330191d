package page

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// drawn is the page of a report, and what it says.
func drawn(t *testing.T, report string) (*html.Node, string) {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, Write(&text, []byte(report)))
	require.LessOrEqual(t, text.Len(), maxBytes)
	document, err := html.Parse(&text)
	require.NoError(t, err)
	return document, said(document)
}

// said is the text below a node as it is read, but for style and script.
func said(n *html.Node) string {
	var words []string
	for below := range n.Descendants() {
		if below.Type == html.TextNode && below.Parent.Data != "style" && below.Parent.Data != "script" {
			words = append(words, strings.Fields(below.Data)...)
		}
	}
	return strings.Join(words, " ")
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// all are the elements of a name, and of a class if one is given.
func all(document *html.Node, name, class string) (found []*html.Node) {
	for n := range document.Descendants() {
		if n.Type == html.ElementNode && n.Data == name && (class == "" || strings.Contains(" "+attribute(n, "class")+" ", " "+class+" ")) {
			found = append(found, n)
		}
	}
	return found
}

func sample(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return string(text)
}

// The report of the samples has something of everything.
func TestEachSectionShowsWhatTheReportSays(t *testing.T) {
	document, text := drawn(t, sample(t, "failed.json"))
	for _, expected := range []string{
		"The run did not succeed",
		"reports failed in “Query” Athena.TooManyRequestsException: Rate exceeded",
		"weather was not started: nothing lies under s3://lake/raw/",
		"By schedule nightly, at 2026-01-05 18:00:00 UTC. It took 2 min 1 s, 0.4 s on this machine, and 1,234 transitions.",
		"QueriesFailed: Query failed",
		"crawler SUCCEEDED 2 of 3 1 0 2",
		"What crawler skipped (1) s3://lake/data/README.md line 7: it is no record",
		"Notes of crawler (1) summaries.usage string: text in 1 object",
		"lake.summaries 2 partitions, 2 objects, 52 bytes",
		"usage int day partition string",
		"Carried out by Trino 435. daily-weather 3 rows in 20 ms, for 0.00005 USD",
		`job SUCCEEDED after 21.0 s on this machine {"records_quarantined": {"not-json": 18}}`,
		"Scanned 136.1 kB of 816.5 kB (17%), 324 of 1,944 partitions",
		"broken FAILED SYNTAX_ERROR",
		"Hà Nội, 2026-01-01 to 2026-01-02: temperature 20 to 30; wind speed not measured",
		"Huế, 2026-01-01 to 2026-01-01: temperature 22 to 25; wind speed 4 to 4",
		`not-json 18 {"temperature": location=x/1.json`,
		`1 of 2 queries succeeded To the subscribers of the topic results {"failed": ["Query"]}`,
		"No subject To the subscribers of the topic alerts FAILED: reports",
		"7 calls, judged as 1 question: 1 denied. 1 of 9 permissions were not used.",
		"The boundary arn:aws:iam::1:policy/outer is not the stack’s, and was not judged.",
		"s3:GetObject arn:aws:s3:::lake/x job arn:aws:iam::1:role/job the policy lacks it",
		"The arguments of 12 calls were checked against AWS’s models: 1 fault. Call By Times Fault glue.StartCrawler reports 2 Name is too long",
		"What AWS would bill in USD, at list prices of us-east-1 (2025).",
		"reports 0.00022 0.00005 0 0 0 < 0.00001 0 0.00027",
		"1.50 USD: metrics that alarms watch 15 × 0.10000.",
	} {
		require.Contains(t, text, expected)
	}
	problems := all(document, "ul", "problems")[0]
	for i, target := range []string{"#execution-1-state-3", "#permissions", "#parameters"} {
		require.Equal(t, target, attribute(all(problems, "a", "")[i], "href"))
	}
}

// The way that an execution took stands out, and so does where it ended.
func TestADiagramShowsTheWayThatWasTaken(t *testing.T) {
	document, _ := drawn(t, sample(t, "failed.json"))
	var states *html.Node
	for _, diagram := range all(document, "svg", "diagram") {
		if attribute(diagram, "aria-label") == "The states of reports" {
			states = diagram
		}
	}
	require.NotNil(t, states)
	for class, names := range map[string][]string{
		"succeeded": {"Each day Map, 30 s, 40 iterations", "Load Task, 2 visits, up to 10 s, 3 retries", "Tell Pass, 0 s"},
		"failed":    {"Query Task, 0.1 s Athena.TooManyRequests Exception", "Stop Fail, 0 s QueriesFailed"},
		"unvisited": {"Done Succeed"},
	} {
		var found []string
		for _, n := range all(states, "g", class) {
			found = append(found, strings.TrimPrefix(strings.TrimPrefix(said(n), "succeeded "), "failed "))
		}
		require.ElementsMatch(t, names, found, class)
	}
	require.Len(t, all(states, "rect", "group"), 1, "the frame of the Map state")
	require.Len(t, all(states, "g", "way"), 6, "one into each definition, four between states")
	require.Len(t, all(states, "g", "caught"), 1)
	require.Len(t, all(states, "g", "taken"), 5, "all but the one to Done")
}

func TestThePipelinesAreDrawn(t *testing.T) {
	document, _ := drawn(t, sample(t, "failed.json"))
	pipelines := all(document, "svg", "diagram")[0]
	require.Equal(t, "The pipelines", attribute(pipelines, "aria-label"))
	require.Len(t, all(pipelines, "g", "node"), 4, "the rule that does nothing but notify is an edge")
	require.Equal(t, "nightly schedule: Daily 01:00", said(all(pipelines, "g", "schedule")[0]))
	require.Equal(t, "failed reports state machine", said(all(pipelines, "g", "stateMachine")[0]))
	require.Equal(t, "#execution-1", attribute(all(pipelines, "a", "")[0], "href"))
	for kind, edges := range map[string]int{"triggers": 1, "reads": 1, "notifies": 1} {
		require.Len(t, all(pipelines, "g", kind), edges, kind)
	}
}

// The page needs nothing beside it, each link in it leads somewhere, and its headings are in order.
func TestThePageStandsAlone(t *testing.T) {
	document, _ := drawn(t, sample(t, "failed.json"))
	ids := map[string]int{}
	for n := range document.Descendants() {
		if id := attribute(n, "id"); id != "" {
			ids[id]++
			require.Equal(t, 1, ids[id], id)
		}
	}
	level := 0
	for n := range document.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		require.NotContains(t, []string{"link", "img", "iframe", "object", "embed", "base", "form"}, n.Data)
		require.Empty(t, attribute(n, "src"))
		if href := attribute(n, "href"); href != "" {
			require.Contains(t, ids, strings.TrimPrefix(href, "#"))
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			deeper := int(n.Data[1] - '0')
			require.LessOrEqual(t, deeper, level+1, said(n))
			level = deeper
		}
		if attribute(n, "role") == "img" {
			require.NotEmpty(t, attribute(n, "aria-label"))
		}
	}
	script, style := all(document, "script", ""), all(document, "style", "")
	require.Len(t, script, 1)
	require.Less(t, len(script[0].FirstChild.Data), 10_000)
	require.NotContains(t, style[0].FirstChild.Data, "url(")
}

// An old report lacks members; each one may.
func TestEveryMemberOfAReportMayBeMissing(t *testing.T) {
	_, text := drawn(t, `{}`)
	require.Contains(t, text, "Nothing was executed")
	var report map[string]any
	require.NoError(t, json.Unmarshal([]byte(sample(t, "failed.json")), &report))
	without(t, report, func(what string) {
		text, err := json.Marshal(report)
		require.NoError(t, err)
		require.NoError(t, Write(&bytes.Buffer{}, text), what)
	})
}

// without calls a function with each member of a document missing.
func without(t *testing.T, value any, try func(what string)) {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			delete(value, name)
			try("without " + name)
			value[name] = member
			without(t, member, try)
		}
	case []any:
		for _, member := range value {
			without(t, member, try)
		}
	}
}

// Keys, records and causes come from outside: whatever they hold is text.
func TestWhateverAReportHoldsIsText(t *testing.T) {
	const hostile = `</script></style></title>--><script>alert(1)</script><img src=x onerror=alert(1)>"'{{.}}`
	var report any
	require.NoError(t, json.Unmarshal([]byte(sample(t, "failed.json")), &report))
	text, err := json.Marshal(poisoned(report, hostile))
	require.NoError(t, err)
	document, words := drawn(t, string(text))
	require.Len(t, all(document, "script", ""), 1)
	require.Len(t, all(document, "style", ""), 1)
	require.Empty(t, all(document, "img", ""))
	for n := range document.Descendants() {
		for _, a := range n.Attr {
			require.False(t, strings.HasPrefix(a.Key, "on"), a.Key)
		}
	}
	require.Greater(t, strings.Count(words, "alert(1)"), 50)
}

// poisoned is a document with more in each of its texts, but for those that say what kind of thing something is.
func poisoned(value any, more string) any {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			if name != "entered" && name != "Type" {
				value[name] = poisoned(member, more)
			}
		}
	case []any:
		for i, member := range value {
			value[i] = poisoned(member, more)
		}
	case string:
		return value + more
	}
	return value
}

// A report may have 10 MB; its page shows less of each thing then, and all that failed.
func TestAGreatReportHasASmallPage(t *testing.T) {
	var report map[string]any
	require.NoError(t, json.Unmarshal([]byte(sample(t, "failed.json")), &report))
	execution := report["executions"].([]any)[0].(map[string]any)
	visits := execution["visits"].([]any)
	long := `{"rows":"` + strings.Repeat("row ", 1000) + `"}`
	for range 1000 {
		visits = append(visits, map[string]any{"state": "Load", "map": "Each day", "entered": "2026-01-05T18:00:00Z", "input": long, "output": long + " "})
	}
	execution["visits"] = visits
	text, err := json.Marshal(report)
	require.NoError(t, err)
	require.Greater(t, len(text), 8*maxBytes)
	_, words := drawn(t, string(text))
	require.Contains(t, words, "Athena.TooManyRequestsException")
	require.Contains(t, words, "more visits, in report.json.")
}

func TestWhatIsNoReportIsRefused(t *testing.T) {
	require.ErrorContains(t, Write(&bytes.Buffer{}, []byte("PK")), "read the report")
}
