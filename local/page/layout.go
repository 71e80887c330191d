package page

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-graphviz"
)

// diagram is a graph to be drawn; lay gives everything in it a place, in pixels from the top left.
type diagram struct {
	Title         string
	Groups        []*group
	Nodes         []*node
	Edges         []*edge
	Width, Height float64
	// sideways has edges lead from left to right, not down.
	sideways bool
}

// group is a frame around nodes, perhaps inside of another.
type group struct {
	within *group
	box
}

type node struct {
	Class, Mark string
	// Target is the ID of the element that tells more, empty for none.
	Target string
	Lines  []line
	within *group
	box
}

// line is a line of a node's text, with its middle.
type line struct {
	Text, Class string
	X, Y        float64
}

type edge struct {
	Class, Path, Head string
	from, to          *node
	// leaves is the group whose frame it begins at, nil for the node itself.
	leaves *group
	// loose is an edge that does not say which of its nodes goes first.
	loose bool
}

type box struct{ X, Y, Width, Height float64 }

// The sizes of texts in diagrams, as in style.css.
const (
	nameSize, detailSize   = 13, 11
	nameHeight, lineHeight = 17, 15
	padding, markWidth     = 12, 18
	widest                 = 190
)

// text gives a node its size, from a name and details below it.
func (n *node) text(name string, details ...string) {
	add := func(text, class string, size, height float64) {
		for _, part := range wrap(text, widest/size) {
			n.Lines = append(n.Lines, line{Text: strings.TrimSpace(part), Class: class, Y: n.Height + height/2})
			n.Height += height
			n.Width = max(n.Width, size*width(part))
		}
	}
	add(name, "name", nameSize, nameHeight)
	for _, detail := range details {
		add(detail, "detail", detailSize, lineHeight)
	}
	n.Width, n.Height = n.Width+2*padding, n.Height+padding
	if n.Mark != "" {
		n.Width += markWidth
	}
}

// renderer is Graphviz, which starts as a WebAssembly module once.
type renderer struct{ *graphviz.Graphviz }

func (r renderer) lay(d *diagram) error {
	graph, err := graphviz.ParseBytes(d.dot())
	if err != nil {
		return fmt.Errorf("lay out %s: %w", d.Title, err)
	}
	var laid bytes.Buffer
	if err := r.Render(context.Background(), graph, "json0", &laid); err != nil {
		return fmt.Errorf("lay out %s: %w", d.Title, err)
	}
	if err := d.place(laid.Bytes()); err != nil {
		return fmt.Errorf("read the layout of %s: %w", d.Title, err)
	}
	return graph.Close()
}

// dot is the diagram in Graphviz's language, with numbers for names: each text of a report is drawn by the template alone.
func (d *diagram) dot() []byte {
	var text bytes.Buffer
	direction := "TB"
	if d.sideways {
		direction = "LR"
	}
	fmt.Fprintf(&text, "digraph { graph [rankdir=%s compound=true nodesep=0.3 ranksep=0.4 dpi=72]\nnode [shape=box fixedsize=true label=\"\"]\n", direction)
	groups := map[*group]int{}
	for i, g := range d.Groups {
		groups[g] = i
	}
	var inside func(within *group)
	inside = func(within *group) {
		for i, n := range d.Nodes {
			if n.within == within {
				fmt.Fprintf(&text, "n%d [width=%g height=%g]\n", i, n.Width/72, n.Height/72)
			}
		}
		for i, g := range d.Groups {
			if g.within == within {
				fmt.Fprintf(&text, "subgraph cluster_%d { margin=14\n", i)
				inside(g)
				text.WriteString("}\n")
			}
		}
	}
	inside(nil)
	nodes := map[*node]int{}
	for i, n := range d.Nodes {
		nodes[n] = i
	}
	for i, e := range d.Edges {
		fmt.Fprintf(&text, "n%d -> n%d [id=%d", nodes[e.from], nodes[e.to], i)
		if e.leaves != nil {
			fmt.Fprintf(&text, " ltail=cluster_%d", groups[e.leaves])
		}
		if e.loose {
			text.WriteString(" constraint=false")
		}
		switch {
		case e.Class == "hidden":
			text.WriteString(" style=invis")
		case strings.HasSuffix(e.Class, "taken"):
			text.WriteString(" weight=8") // the way that was taken is as straight as can be
		}
		text.WriteString("]\n")
	}
	text.WriteString("}")
	return text.Bytes()
}

// place takes over where Graphviz put everything; its y goes upwards.
func (d *diagram) place(text []byte) error {
	var laid struct {
		Box     string `json:"bb"`
		Objects []struct {
			Name string
			Pos  string
			Box  string `json:"bb"`
		}
		Edges []struct{ ID, Pos string }
	}
	if err := json.Unmarshal(text, &laid); err != nil {
		return err
	}
	const margin = 4
	_, whole, err := corners(laid.Box)
	if err != nil {
		return err
	}
	d.Width, d.Height = whole.X+2*margin, whole.Y+2*margin
	turned := func(p point) point { return point{p.X + margin, whole.Y - p.Y + margin} }
	for _, object := range laid.Objects {
		if number, is := strings.CutPrefix(object.Name, "cluster_"); is {
			low, high, err := corners(object.Box)
			i, numberErr := strconv.Atoi(number)
			if err := cmp.Or(err, numberErr); err != nil {
				return err
			}
			low, high = turned(low), turned(high)
			g := d.Groups[i]
			g.X, g.Y, g.Width, g.Height = low.X, high.Y, high.X-low.X, low.Y-high.Y
			continue
		}
		i, numberErr := strconv.Atoi(strings.TrimPrefix(object.Name, "n"))
		middle, err := points(object.Pos)
		if err := cmp.Or(err, numberErr); err != nil {
			return err
		}
		d.Nodes[i].moveTo(turned(middle[0]))
	}
	for _, drawn := range laid.Edges {
		i, err := strconv.Atoi(drawn.ID)
		if err != nil {
			return err
		}
		if d.Edges[i].Class == "hidden" {
			continue
		}
		along, err := points(strings.TrimPrefix(drawn.Pos, "e,"))
		if err != nil {
			return err
		}
		for i, p := range along {
			along[i] = turned(p)
		}
		d.Edges[i].follow(along)
	}
	return nil
}

// moveTo puts a node's middle somewhere.
func (n *node) moveTo(middle point) {
	n.X, n.Y = middle.X-n.Width/2, middle.Y-n.Height/2
	for i := range n.Lines {
		n.Lines[i].X, n.Lines[i].Y = middle.X, n.Y+padding/2+n.Lines[i].Y
		if n.Mark != "" {
			n.Lines[i].X += markWidth / 2
		}
	}
}

// follow draws an edge along a Bézier curve, whose end Graphviz says first, with a triangle for a head.
func (e *edge) follow(along []point) {
	end, curve := along[0], along[1:]
	var path strings.Builder
	fmt.Fprintf(&path, "M%s C", curve[0])
	for _, p := range curve[1:] {
		fmt.Fprintf(&path, " %s", p)
	}
	e.Path = path.String()
	last := curve[len(curve)-1]
	across := point{(end.Y - last.Y) * 0.4, (last.X - end.X) * 0.4}
	e.Head = fmt.Sprintf("M%s L%s L%s Z", end, point{last.X + across.X, last.Y + across.Y}, point{last.X - across.X, last.Y - across.Y})
}

type point struct{ X, Y float64 }

func (p point) String() string {
	return strconv.FormatFloat(p.X, 'f', 1, 64) + "," + strconv.FormatFloat(p.Y, 'f', 1, 64)
}

// points reads "x,y x,y".
func points(text string) (all []point, err error) {
	for pair := range strings.FieldsSeq(text) {
		var p point
		if _, err := fmt.Sscanf(pair, "%g,%g", &p.X, &p.Y); err != nil {
			return nil, fmt.Errorf("%q is no point: %w", pair, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// corners reads "x,y,x,y".
func corners(text string) (low, high point, err error) {
	if _, err = fmt.Sscanf(text, "%g,%g,%g,%g", &low.X, &low.Y, &high.X, &high.Y); err != nil {
		return low, high, fmt.Errorf("%q is no box: %w", text, err)
	}
	return low, high, nil
}

// Least is the width below which the texts of a diagram would be too small: where there is less room, it is scrolled.
func (d *diagram) Least() float64 { return 0.85 * d.Width }

// Sign is the drawing of a node's mark: a tick or a cross.
func (n *node) Sign() string {
	x, y := n.X+padding, n.Y+n.Height/2
	if n.Mark == "failed" {
		return fmt.Sprintf("M%s L%s M%s L%s", point{x, y - 5}, point{x + 10, y + 5}, point{x + 10, y - 5}, point{x, y + 5})
	}
	return fmt.Sprintf("M%s L%s L%s", point{x, y}, point{x + 4, y + 4}, point{x + 11, y - 5})
}
