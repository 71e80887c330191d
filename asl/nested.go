package asl

// Inline Maps run at most 40 iterations at once: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
const maxMapConcurrency = 40

// Map runs a flow for each of its items, in inline mode. Its result is the list of the iterations' outputs.
type Map struct {
	Name string
	// Items is a JSONata expression, without the {% %} around it, for the list to go through.
	Items string
	// ItemSelector is each iteration's input, from $states.context.Map.Item (Index and Value). Default: the item.
	ItemSelector map[string]any
	// Concurrency is how many iterations run at once, from 1 to 40.
	Concurrency int
	// Each is run for every item. Variables of the flows around it can be read there; its own are its own.
	Each   Flow
	Retry  []Retrier
	Catch  []Catcher
	Assign map[string]any
	Output any
	Next   string
}

func (s Map) stateName() string { return s.Name }
func (s Map) exits() []string   { return append([]string{s.Next}, catchExits(s.Catch)...) }

func (s Map) fields(c *compiler) map[string]any {
	where := quote(s.Name)
	if s.Items == "" {
		c.fault("%s has no Items: give an expression for a list", where)
	}
	if s.Concurrency < 1 || s.Concurrency > maxMapConcurrency {
		c.fault("%s has a Concurrency of %d: give 1 to %d", where, s.Concurrency, maxMapConcurrency)
	}
	processor := c.flow(where, s.Each)
	processor["ProcessorConfig"] = map[string]any{"Mode": "INLINE"}
	fields := map[string]any{
		"Type":           "Map",
		"Items":          JSONata(s.Items),
		"MaxConcurrency": s.Concurrency,
		"ItemProcessor":  processor,
	}
	put(fields, "ItemSelector", s.ItemSelector)
	put(fields, "Output", s.Output)
	c.assign(where, fields, s.Assign)
	c.handlers(where, fields, s.Retry, s.Catch, raisedInside)
	return fields
}

// Parallel runs its branches side by side, each with the state's input. Its result is the list of their outputs, in
// the order of the branches; one that fails ends the others.
type Parallel struct {
	Name     string
	Branches []Flow
	Retry    []Retrier
	Catch    []Catcher
	Assign   map[string]any
	Output   any
	Next     string
}

func (s Parallel) stateName() string { return s.Name }
func (s Parallel) exits() []string   { return append([]string{s.Next}, catchExits(s.Catch)...) }

func (s Parallel) fields(c *compiler) map[string]any {
	where := quote(s.Name)
	if len(s.Branches) == 0 {
		c.fault("%s has no Branches: a Parallel needs at least one", where)
	}
	var branches []any
	for _, branch := range s.Branches {
		branches = append(branches, c.flow(where, branch))
	}
	fields := map[string]any{"Type": "Parallel", "Branches": branches}
	put(fields, "Output", s.Output)
	c.assign(where, fields, s.Assign)
	c.handlers(where, fields, s.Retry, s.Catch, raisedInside)
	return fields
}
