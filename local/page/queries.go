package page

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// queryView is a query with its pictures.
type queryView struct {
	query
	ID string
	// Charts are those of the weather, a location each.
	Charts []chart
}

// Title is the query's name, or that it has none.
func (q query) Title() string { return cmp.Or(q.Name, "A query without a name") }

// Share of the bytes that its tables hold, in percent; of nothing that is known, and of tables that grew smaller, all.
func (q query) Share() float64 {
	if q.BytesUnpartitioned == nil || *q.BytesUnpartitioned == 0 {
		return 100
	}
	return min(100, 100*float64(q.DataScannedInBytes)/float64(*q.BytesUnpartitioned))
}

// Scanned says how much of its tables a query read.
func (q query) Scanned() string {
	text := size(q.DataScannedInBytes)
	if q.BytesUnpartitioned != nil {
		text += fmt.Sprintf(" of %s (%.0f%%)", size(*q.BytesUnpartitioned), q.Share())
	}
	if q.PartitionsTotal > 0 {
		text += fmt.Sprintf(", %s of %s", number(q.PartitionsScanned), counted(q.PartitionsTotal, "partition"))
	}
	return text
}

// chart is what was measured at a location, a panel for each quantity.
type chart struct {
	Location    string
	From, To    string
	Panels      []panel
	Width       float64
	Height      float64
	Description string
}

// panel shows one quantity: a band between two columns, or a line.
type panel struct {
	Quantity   string
	Y          float64
	Band, Line string
	Dots       []point
	Range      string
	Baseline   float64
}

// Measures of a chart, in pixels.
const (
	chartWidth, panelHeight, panelGap = 260, 56, 34
)

// weather makes a chart for each location in the result of a query: of columns location, date, and those whose names end in
// _min, _avg or _max. Those of one quantity have one scale at all locations. Other results have none.
func weather(r rows) (charts []chart) {
	location, date := column(r, "location"), column(r, "date")
	quantities := quantitiesOf(r)
	if location < 0 || date < 0 || len(quantities) == 0 {
		return nil
	}
	places := map[string][][]any{}
	var names []string
	for _, row := range r.Rows {
		if len(row) != len(r.Columns) {
			return nil
		}
		name := cell(row[location])
		if places[name] == nil {
			names = append(names, name)
		}
		places[name] = append(places[name], row)
	}
	for _, name := range names {
		days := places[name]
		slices.SortStableFunc(days, func(a, b []any) int { return strings.Compare(cell(a[date]), cell(b[date])) })
		c := chart{Location: name, From: cell(days[0][date]), To: cell(days[len(days)-1][date]), Width: chartWidth}
		var told []string
		for _, q := range quantities {
			p := q.panel(days, r.Rows, c.Height+panelGap)
			c.Height += panelHeight + panelGap
			c.Panels = append(c.Panels, p)
			told = append(told, q.name+" "+p.Range)
		}
		c.Height += 24
		c.Description = fmt.Sprintf("%s, %s to %s: %s", name, c.From, c.To, strings.Join(told, "; "))
		charts = append(charts, c)
	}
	return charts
}

func column(r rows, name string) int {
	for i, column := range r.Columns {
		if strings.EqualFold(column, name) {
			return i
		}
	}
	return -1
}

// quantity is what one or several columns measure.
type quantity struct {
	name    string
	columns []int
}

func quantitiesOf(r rows) (all []quantity) {
	for i, column := range r.Columns {
		for _, statistic := range []string{"_min", "_avg", "_max"} {
			name, is := strings.CutSuffix(column, statistic)
			if !is {
				continue
			}
			name = strings.ReplaceAll(name, "_", " ")
			if len(all) > 0 && all[len(all)-1].name == name {
				all[len(all)-1].columns = append(all[len(all)-1].columns, i)
			} else {
				all = append(all, quantity{name, []int{i}})
			}
		}
	}
	return all
}

// span is the least and the greatest of some rows' values, not numbers where there are none.
func (q quantity) span(of [][]any) (low, high float64) {
	low, high = math.NaN(), math.NaN()
	for _, row := range of {
		for _, column := range q.columns {
			if value, is := value(row[column]); is {
				if math.IsNaN(low) {
					low, high = value, value
				}
				low, high = min(low, value), max(high, value)
			}
		}
	}
	return low, high
}

func value(v any) (float64, bool) {
	number, is := v.(json.Number)
	if !is {
		return 0, false
	}
	f, err := number.Float64()
	return f, err == nil
}

func (q quantity) panel(days, everywhere [][]any, top float64) panel {
	p := panel{Quantity: q.name, Y: top, Baseline: top + panelHeight, Range: "not measured"}
	low, high := q.span(days)
	if math.IsNaN(low) {
		return p
	}
	p.Range = fmt.Sprintf("%.4g to %.4g", low, high)
	least, greatest := q.span(everywhere)
	if least == greatest {
		greatest++
	}
	at := func(i int, value float64) point {
		step := float64(chartWidth-8) / float64(max(1, len(days)-1))
		return point{4 + float64(i)*step, p.Baseline - (value-least)/(greatest-least)*panelHeight}
	}
	var lower, upper []point
	for i, row := range days {
		if low, high := q.span([][]any{row}); !math.IsNaN(low) {
			lower, upper = append(lower, at(i, low)), append(upper, at(i, high))
		}
	}
	p.Line, p.Dots = path(upper), upper
	if len(q.columns) > 1 {
		for i := len(lower) - 1; i >= 0; i-- {
			upper = append(upper, lower[i])
		}
		p.Band, p.Line, p.Dots = path(upper)+" Z", path(lower)+" "+p.Line, nil
	}
	return p
}

func path(along []point) string {
	var text strings.Builder
	for i, p := range along {
		if i == 0 {
			text.WriteString("M")
		} else {
			text.WriteString(" L")
		}
		text.WriteString(p.String())
	}
	return text.String()
}

// labelled are rows with what they are.
type labelled struct {
	Label string
	rows
}

// Kind is the class of a column's heading: that of its first value.
func (r rows) Kind(column int) string {
	if len(r.Rows) == 0 || column >= len(r.Rows[0]) {
		return ""
	}
	return kind(r.Rows[0][column])
}

// First are the first rows of a result.
func (q queryView) First(most int) labelled {
	return labelled{"Result of " + q.Title() + " (" + q.ID + ")", rows{q.Columns, q.Rows[:min(most, len(q.Rows))]}}
}

// Beyond is how many rows there are besides.
func (q queryView) Beyond(most int) int { return max(0, len(q.Rows)-most) }

// First are the first rows of a table.
func (t table) First() labelled {
	return labelled{"First rows of " + t.Database + "." + t.Name, *t.Sample}
}

// Label is where the texts above a panel stand.
func (p panel) Label() float64 { return p.Y - 6 }

// Foot is where the dates below a chart stand.
func (c chart) Foot() float64 { return c.Height - 6 }
