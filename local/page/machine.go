package page

import (
	"maps"
	"slices"
)

// definition is a state machine's, in Amazon States Language.
type definition struct {
	StartAt string
	States  map[string]state
}

type state struct {
	Type, Next, Default     string
	Choices                 []struct{ Next string }
	Catch                   []struct{ Next string }
	Branches                []definition
	ItemProcessor, Iterator *definition
}

// bodies are the definitions inside of a state.
func (s state) bodies() []definition {
	bodies := s.Branches
	for _, processor := range []*definition{s.ItemProcessor, s.Iterator} {
		if processor != nil {
			bodies = append(bodies, *processor)
		}
	}
	return bodies
}

// walk visits all states, one before those inside of it.
func (d definition) walk(visit func(name string, s state)) {
	d.walkOwn(func(name string, s state) {
		visit(name, s)
		for _, body := range s.bodies() {
			body.walk(visit)
		}
	})
}

// walkOwn visits the states but not those inside of them: in the order in which they can be reached, then those that cannot.
func (d definition) walkOwn(visit func(name string, s state)) {
	seen := map[string]bool{}
	next := append([]string{d.StartAt}, slices.Sorted(maps.Keys(d.States))...)
	for len(next) > 0 {
		name := next[0]
		next = next[1:]
		s, exists := d.States[name]
		if seen[name] || !exists {
			continue
		}
		seen[name] = true
		visit(name, s)
		var reached []string
		for _, way := range s.ways() {
			reached = append(reached, way.to)
		}
		next = append(reached, next...)
	}
}

// way leads from a state to another.
type way struct {
	to     string
	caught bool
}

// ways are each there once, the usual ones first.
func (s state) ways() (all []way) {
	add := func(w way) {
		if w.to != "" && !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	for _, choice := range s.Choices {
		add(way{to: choice.Next})
	}
	add(way{to: s.Default})
	add(way{to: s.Next})
	for _, catch := range s.Catch {
		add(way{catch.Next, true})
	}
	return all
}

// drawing makes a diagram of a definition and the way that an execution took through it.
type drawing struct {
	*diagram
	// nodes are those of the states; exits stand below all that is inside of one.
	nodes, exits map[string]*node
	taken        map[string]map[way]bool
	drawn        func(name string, s state) *node
}

// draw makes the diagram of a state machine; drawn makes the nodes of its states.
func draw(title string, d definition, visits []visit, drawn func(name string, s state) *node) *diagram {
	g := drawing{&diagram{Title: title}, map[string]*node{}, map[string]*node{}, map[string]map[way]bool{}, drawn}
	for _, v := range visits {
		if g.taken[v.State] == nil {
			g.taken[v.State] = map[way]bool{}
		}
		if v.Next != "" {
			g.taken[v.State][way{v.Next, v.Error != nil}] = true
		}
	}
	start := &node{Class: "start", box: box{Width: 14, Height: 14}}
	g.Nodes = append(g.Nodes, start)
	g.states(d, nil)
	g.enter(start, d)
	g.ways(d)
	return g.diagram
}

// states adds the nodes of the states, those of a Map or Parallel state in a frame.
func (g *drawing) states(d definition, within *group) {
	d.walkOwn(func(name string, s state) {
		n := g.drawn(name, s)
		n.within = within
		if bodies := s.bodies(); len(bodies) > 0 {
			n.within = &group{within: within}
			g.exits[name] = &node{Class: "hidden", within: n.within, box: box{Width: 1, Height: 1}}
			g.Groups = append(g.Groups, n.within)
			g.Nodes = append(g.Nodes, g.exits[name])
			for _, body := range bodies {
				g.states(body, n.within)
			}
		}
		g.nodes[name] = n
		g.Nodes = append(g.Nodes, n)
	})
}

func (g *drawing) enter(from *node, d definition) {
	to, exists := g.nodes[d.StartAt]
	if !exists {
		return
	}
	e := &edge{from: from, to: to, Class: "way"}
	if g.taken[d.StartAt] != nil {
		e.Class = "way taken"
	}
	g.Edges = append(g.Edges, e)
}

// ways adds the edges between the states.
func (g *drawing) ways(d definition) {
	d.walkOwn(func(name string, s state) {
		from, leaves := g.nodes[name], (*group)(nil)
		if exit := g.exits[name]; exit != nil {
			from, leaves = exit, exit.within
		}
		for _, body := range s.bodies() {
			g.enter(g.nodes[name], body)
			g.ways(body)
			body.walkOwn(func(inner string, _ state) {
				last := g.nodes[inner]
				if exit := g.exits[inner]; exit != nil {
					last = exit
				}
				g.Edges = append(g.Edges, &edge{Class: "hidden", from: last, to: from})
			})
		}
		for _, w := range s.ways() {
			to, exists := g.nodes[w.to]
			if !exists {
				continue
			}
			e := &edge{Class: "way", from: from, to: to, leaves: leaves}
			if w.caught {
				e.Class += " caught"
			}
			if g.taken[name][w] {
				e.Class += " taken"
			}
			g.Edges = append(g.Edges, e)
		}
	})
}
