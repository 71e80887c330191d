package interpreter

import (
	"datalake/local/jsonata"
	"datalake/local/virtual"
)

type parallelAction struct {
	branches  []*flow
	arguments *template
}

func (a *parallelAction) perform(v *visit) (any, *failure) {
	input := v.input
	if a.arguments != nil {
		var failed *failure
		if input, failed = v.evaluate(a.arguments, "Arguments"); failed != nil {
			return nil, failed
		}
		if failed = within(input, v.state.name); failed != nil {
			return nil, failed
		}
	}
	v.history.add("ParallelStateStarted")
	results := make([]any, len(a.branches))
	failed := v.fork(len(a.branches), len(a.branches), func(i int, b *branch) (failed *failure) {
		b.item = v.item
		results[i], failed = b.follow(a.branches[i], input)
		return failed
	}, nil)
	return results, failed
}

// fork runs n branches, at most so many at a time, each with variables of its own inside the state's. The first failure
// aborts the others; aborted is told of each of them.
func (v *visit) fork(n, concurrency int, follow func(i int, b *branch) *failure, aborted func()) *failure {
	var (
		failed *failure
		active = map[int]*branch{}
	)
	for i := 0; failed == nil && (i < n || len(active) > 0); {
		if i == n || len(active) == concurrency {
			v.process.Park()
			continue
		}
		index := i
		b := &branch{run: v.run, history: v.history, variables: v.variables.inside()}
		active[index] = b
		b.process = v.process.Go(index, func(*virtual.Process) {
			if failure := follow(index, b); failure != nil && failed == nil {
				failed = failure
			}
			delete(active, index)
			b.variables.leave()
			v.process.Wake()
		})
		i++
	}
	for _, b := range active { // the order does not show: none runs again
		b.process.Abort()
		b.variables.leave()
		if aborted != nil {
			aborted()
		}
	}
	return failed
}

type mapAction struct {
	processor   *flow
	items       *template
	selector    *template
	concurrency *template
	distributed bool
	jsonata     bool
	tolerances  []tolerance
}

// tolerance is a field that says how many items may fail.
type tolerance struct {
	field string
	value *template
	most  int
}

func (a *mapAction) perform(v *visit) (any, *failure) {
	items, keys, failed := a.itemsOf(v)
	if failed != nil {
		return nil, failed
	}
	concurrency, failed := a.concurrencyOf(v)
	if failed != nil {
		return nil, failed
	}
	for _, t := range a.tolerances {
		if _, failed := v.evaluateWhole(t.value, t.field, 0, t.most); failed != nil {
			return nil, failed
		}
	}
	v.history.add("MapStateStarted")
	if a.distributed {
		v.history.add("MapRunStarted")
	}
	results := make([]any, len(items))
	failed = v.fork(len(items), concurrency, func(i int, b *branch) (failed *failure) {
		item := jsonata.NewObject("Index", float64(i))
		if keys != nil {
			item.Set("Key", keys[i])
		}
		item.Set("Value", items[i])
		item.Set("Source", "STATE_DATA")
		b.item = jsonata.NewObject("Item", item)
		results[i], failed = a.iterate(v, b, items[i])
		return failed
	}, func() {
		if !a.distributed {
			v.history.add("MapIterationAborted")
		}
	})
	if failed != nil {
		if a.distributed {
			v.history.add("MapRunFailed")
			failed = fail(thresholdError, itemsFailedCause)
		}
		return nil, failed
	}
	if a.distributed {
		v.history.add("MapRunSucceeded")
	}
	v.history.add("MapStateSucceeded")
	return results, nil
}

// itemsOf are the items to process; those of an object are the values of its pairs, with their keys beside.
func (a *mapAction) itemsOf(v *visit) (items []any, keys []string, failed *failure) {
	value := v.input
	if a.items != nil {
		if value, failed = v.evaluate(a.items, "Items"); failed != nil {
			return nil, nil, failed
		}
	}
	switch value := value.(type) {
	case []any:
		return value, nil, nil
	case *jsonata.Object:
		if a.jsonata {
			for key, member := range value.All() {
				items, keys = append(items, member), append(keys, key)
			}
			return items, keys, nil
		}
	}
	switch {
	case !a.jsonata:
		return nil, nil, v.failedState(runtimeError, `Reference path "$" must point to array.`)
	case a.items != nil:
		return nil, nil, v.unexpectedType(a.items, "Items", "array", value)
	}
	return nil, nil, v.evaluationFailed("Map state input must be an array but was: %s", jsonata.TypeName(value))
}

func (a *mapAction) concurrencyOf(v *visit) (int, *failure) {
	most := inlineLimit
	if a.distributed {
		most = childLimit
	}
	if a.concurrency == nil {
		return most, nil
	}
	concurrency, failed := v.evaluateWhole(a.concurrency, "MaxConcurrency", 0, longestWait)
	if concurrency == 0 || concurrency > most {
		concurrency = most
	}
	return concurrency, failed
}

// iterate processes one item. A distributed Map's iteration is an execution with a history and variables of its own.
func (a *mapAction) iterate(v *visit, b *branch, item any) (any, *failure) {
	if a.distributed {
		b.history = &history{limit: v.history.limit, types: map[string]int{}, full: v.exceedHistory}
		b.variables = &variables{stored: new(int)}
	} else {
		v.history.add("MapIterationStarted")
	}
	input, failed := a.input(v, b, item)
	if failed == nil {
		input, failed = b.follow(a.processor, input)
	}
	if !a.distributed {
		if failed != nil {
			v.history.add("MapIterationFailed")
		} else {
			v.history.add("MapIterationSucceeded")
		}
	}
	return input, failed
}

// input is what an iteration starts with: the item, or what ItemSelector makes of it.
func (a *mapAction) input(v *visit, b *branch, item any) (any, *failure) {
	if a.selector == nil {
		return item, nil
	}
	context := v.context()
	context.Set("Map", b.item)
	selecting := *v
	selecting.scope = v.scope.With("context", context)
	input, failed := selecting.evaluate(a.selector, "ItemSelector")
	if failed != nil {
		return nil, failed
	}
	return input, within(input, v.state.name)
}
