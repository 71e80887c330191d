package interpreter

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

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
	v.record("ParallelStateStarted", nil)
	results := make([]any, len(a.branches))
	failed := v.fork(len(a.branches), len(a.branches), func(i int, b *branch) (failed *failure) {
		b.item = v.item
		results[i], failed = b.follow(a.branches[i], input)
		return failed
	}, nil)
	if failed == nil {
		v.aside("ParallelStateSucceeded", nil)
	}
	return results, failed
}

// fork runs n branches, at most so many at a time, each with variables of its own inside the state's. The first failure
// aborts the others; aborted is told of each of them. The state's events go on from the branch that ended last.
func (v *visit) fork(n, concurrency int, follow func(i int, b *branch) *failure, aborted func(i int, b *branch)) *failure {
	var (
		failed *failure
		active = map[int]*branch{}
		joined = v.last
	)
	for i := 0; failed == nil && (i < n || len(active) > 0); {
		if i == n || len(active) == concurrency {
			v.process.Park()
			continue
		}
		index := i
		b := &branch{run: v.run, history: v.history, variables: v.variables.inside(), last: v.last, tail: v.last, iteration: v.iteration}
		active[index] = b
		b.process = v.process.Go(index, func(*virtual.Process) {
			failure := follow(index, b)
			if failed == nil {
				failed = failure
				if b.history == v.history {
					joined = b.last
				}
			}
			delete(active, index)
			b.variables.leave()
			v.process.Wake()
		})
		i++
	}
	for _, i := range slices.Sorted(maps.Keys(active)) {
		b := active[i]
		b.process.Abort()
		b.variables.leave()
		if aborted != nil {
			aborted(i, b)
		}
	}
	v.last, v.tail = joined, joined
	return failed
}

type mapAction struct {
	processor   *flow
	items       *template
	selector    *template
	concurrency *template
	distributed bool
	label       string // of a distributed Map; its name by default
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
	v.record("MapStateStarted", func() details { return details{"length": float64(len(items))} })
	if a.distributed {
		v.record("MapRunStarted", func() details { return details{"mapRunArn": a.runARN(v)} })
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
		b.iteration = v.visits.begin(v.state.name)
		results[i], failed = a.iterate(v, b, i, items[i])
		v.visits.end(b.iteration, failed != nil)
		return failed
	}, func(i int, b *branch) {
		if b.iteration != v.iteration { // it had begun
			v.visits.end(b.iteration, true)
		}
		if !a.distributed {
			b.aside("MapIterationAborted", v.iterationDetails(i))
		}
	})
	if failed != nil {
		if a.distributed {
			failed = fail(thresholdError, itemsFailedCause)
			v.record("MapRunFailed", failed.details)
		}
		return nil, failed
	}
	if a.distributed {
		v.aside("MapRunSucceeded", nil)
	}
	v.aside("MapStateSucceeded", nil)
	return results, nil
}

// runARN names a run of a distributed Map; AWS ends it in a random UUID.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-examine-map-run.html
func (a *mapAction) runARN(v *visit) string {
	machine := strings.Replace(v.execution.StateMachineARN, ":stateMachine:", ":mapRun:", 1)
	return fmt.Sprintf("%s/%s:%s-%d", machine, cmp.Or(a.label, v.state.name), v.execution.Name, v.last)
}

// iterationDetails is what the events of an iteration say.
func (v *visit) iterationDetails(i int) func() details {
	return func() details { return details{"name": v.state.name, "index": float64(i)} }
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
	return nil, nil, v.evaluationFailed("", "Map state input must be an array but was: %s", jsonata.TypeName(value))
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
func (a *mapAction) iterate(v *visit, b *branch, i int, item any) (any, *failure) {
	if !a.distributed {
		b.record("MapIterationStarted", v.iterationDetails(i))
	}
	output, failed := a.input(v, b, item)
	if failed == nil {
		if a.distributed {
			b.history, b.last, b.tail = &history{limit: v.history.limit, full: v.exceedHistory}, 0, 0
			b.variables = &variables{stored: new(int)}
		}
		output, failed = b.follow(a.processor, output)
	}
	switch {
	case a.distributed:
	case failed != nil:
		b.aside("MapIterationFailed", v.iterationDetails(i))
	default:
		b.record("MapIterationSucceeded", v.iterationDetails(i))
	}
	return output, failed
}

// input is what an iteration starts with: the item, or what ItemSelector makes of it.
func (a *mapAction) input(v *visit, b *branch, item any) (any, *failure) {
	if a.selector == nil {
		return item, nil
	}
	context := v.context()
	context.Set("Map", b.item)
	selecting := *v
	selecting.branch = b // whose event it is if this fails
	selecting.scope = v.scope.With("context", context)
	input, failed := selecting.evaluate(a.selector, "ItemSelector")
	if failed != nil {
		return nil, failed
	}
	return input, within(input, v.state.name)
}
