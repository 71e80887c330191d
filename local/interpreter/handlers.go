package interpreter

import (
	"slices"
	"time"
)

func (s stateNode) retriers() []retrier {
	var all []retrier
	nodes := s.list("Retry", false)
	for i, n := range nodes {
		n.only("ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment")
		r := retrier{errors: n.errorEquals(i == len(nodes)-1), interval: time.Second, attempts: 3, rate: 2}
		if seconds, found := n.whole("IntervalSeconds", 1, longestWait); found {
			r.interval = time.Duration(seconds) * time.Second
		}
		if attempts, found := n.whole("MaxAttempts", 0, longestWait); found {
			r.attempts = attempts
		}
		if value, found := n.object.Get("BackoffRate"); found {
			rate, ok := value.(float64)
			if !ok || rate < 1 {
				s.fault(n.at+"/BackoffRate", "The value must be a number of at least 1.0, but is %s", shortened(value))
			}
			r.rate = rate
		}
		if seconds, found := n.whole("MaxDelaySeconds", 1, 31_622_400); found {
			if r.most = time.Duration(seconds) * time.Second; r.most <= r.interval {
				s.fault(n.at+"/MaxDelaySeconds", "The value must be greater than IntervalSeconds (%v), but is %d", r.interval.Seconds(), seconds)
			}
		}
		n.choice("JitterStrategy", "NONE", "FULL", "NONE")
		all = append(all, r)
	}
	return all
}

func (s stateNode) catchers() []catcher {
	var all []catcher
	nodes := s.list("Catch", false)
	for i, n := range nodes {
		allowed := []string{"ErrorEquals", "Next", "Assign", "Comment"}
		if s.jsonata {
			allowed = append(allowed, "Output")
		} else if _, found := n.object.Get("ResultPath"); found {
			s.refusePath(n.at+"/ResultPath", "ResultPath")
			allowed = append(allowed, "ResultPath")
		}
		n.only(allowed...)
		c := catcher{errors: n.errorEquals(i == len(nodes)-1), assign: s.assign(n, catcherMembers), output: s.template(n, "Output", catcherMembers)}
		c.next, _ = n.text("Next", true)
		all = append(all, c)
	}
	return all
}

func (n node) errorEquals(last bool) []string {
	value, found := n.get("ErrorEquals", true)
	if !found {
		return nil
	}
	at := n.at + "/ErrorEquals"
	items, _ := value.([]any)
	var names []string
	for _, item := range items {
		if name, ok := item.(string); ok {
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 0 || len(names) != len(items):
		n.fault(at, "The value must be an array of error names that is not empty, but is %s", shortened(value))
	case slices.Contains(names, anyError) && len(names) > 1:
		n.fault(at, "States.ALL must appear alone")
	case slices.Contains(names, anyError) && !last:
		n.fault(at, "States.ALL must appear in the last entry")
	}
	return names
}
